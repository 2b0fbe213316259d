"""What a network answers, and what is asked of new rows."""

from __future__ import annotations

import numpy as np
import pytest

from engine.answers import Answer, decide, rank_scores, read_prediction, read_target
from engine.data import DataError, Dataset, DataSettings, Target, prepare
from engine.data.sources.csv_file import CsvFile
from engine.losses.basic import BinaryCrossEntropy
from engine.metrics import roc_curve
from engine.new_rows import entries_of, example_row, network_inputs, read_new_table, row_values, table_values
from engine.plan import make_plan
from engine.templates import load_template

YES_NO = ("no", "yes")


def answer(**changes) -> Answer:
    values = {"node": "output_1", "source": "", "component": 0, "title": "y", "kind": "classes", "class_names": YES_NO}
    return Answer(**(values | changes))


def test_one_logit_decides_as_its_metric_does():
    prediction = np.array([[0.2], [0.5], [0.8]], np.float32)
    labels = decide(prediction, answer(one_logit=True))
    assert labels.tolist() == [0, 0, 1]
    assert BinaryCrossEntropy().metrics(prediction, np.array([[0.0], [0.0], [1.0]]))["accuracy"] == 1.0
    assert decide(prediction, answer(one_logit=True), 0.1).tolist() == [1, 1, 1]


def test_scores_decide_at_zero_however_small_they_are():
    scores = np.array([[-2.0], [-1e-9], [0.0], [1e-9]], np.float32)
    scored = answer(one_logit=True, scored=True)
    assert decide(scores, scored).tolist() == [0, 0, 0, 1]
    assert decide(scores, scored, 0.0).tolist() == [0, 1, 1, 1]
    assert rank_scores(scores, scored, 0)[0] == 2.0
    assert roc_curve(np.array([0, 0, 0, 1]), rank_scores(scores, scored, 1)).area == 1.0


def test_two_and_more_classes():
    two = np.array([[0.7, 0.3], [0.5, 0.5], [0.1, 0.9]])
    assert decide(two, answer()).tolist() == [0, 0, 1]
    assert decide(two, answer(), 0.2).tolist() == [1, 1, 1]
    three = np.array([[0.2, 0.3, 0.5]])
    assert decide(three, answer(class_names=("a", "b", "c")), 0.9).tolist() == [2]


def test_several_yes_or_no_answers_take_their_own_column():
    y = np.array([[0.0, 1.0], [1.0, 1.0], [1.0, 0.0]])
    dataset = Dataset({"x": np.eye(3)}, {"y": Target("y", "values", y, columns=("wet", "cold"))})
    data = prepare(DataSettings(train=1.0, dev=0.0, standardize_target=False), dataset)
    cold = answer(component=1, one_logit=True)
    places = np.argsort(data.train.rows)
    assert read_target(data.train, cold, data, places).tolist() == [1, 1, 0]
    assert read_prediction(np.array([[0.1, 0.9]]), cold, data).tolist() == [[pytest.approx(0.1), 0.9]]
    with pytest.raises(DataError, match="Give the last layer 2 units"):
        read_target(data.train, answer(component=2, one_logit=True), data)


ROWS = "age,sex,when,y\n20,male,1,0\n30,female,2,1\n,male,3,0\n50,,4,1\n10,male,9,1\n"


@pytest.fixture
def people(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text(ROWS)
    data = prepare(DataSettings(source=CsvFile(path=str(path), target="y"), train=1.0, dev=0.0))
    graph = load_template("logistic").graph
    node = next(node for node in graph.nodes if node.id == "input_1")
    changed = node.model_copy(update={"layer": node.layer.replace(shape=data.input_shape())})
    graph = graph.model_copy(update={"nodes": tuple(changed if n.id == node.id else n for n in graph.nodes)})
    return data, make_plan(graph).inputs


def test_a_text_column_is_one_entry_and_rows_come_back(people):
    data, inputs = people
    entries = entries_of(data, inputs)
    assert [(entry.name, entry.choices) for entry in entries] == [
        ("age", ()),
        ("sex", ("female", "male", "missing")),
        ("when", ()),
    ]
    place = int(np.flatnonzero(data.train.rows == 1)[0])
    row = example_row(data, entries, "train", place)
    assert row == [30.0, "female", 2.0]
    (made,) = network_inputs(data, inputs, entries, row_values(entries, row)).values()
    np.testing.assert_allclose(made[0], data.train.inputs["x"][place], atol=1e-12)
    (made,) = network_inputs(data, inputs, entries, row_values(entries, [float("nan"), "male", 1.0])).values()
    mu, sigma = data.input_statistics()
    assert made[0, 0] * sigma[0] + mu[0] == pytest.approx(25.0), "the median of 10, 20, 30 and 50"
    with pytest.raises(DataError, match=r"'mal' is none of the categories.*Did you mean 'male'"):
        row_values(entries, [1.0, "mal", 1.0])


def test_a_table_of_new_rows(people, tmp_path):
    data, inputs = people
    entries = entries_of(data, inputs)
    path = tmp_path / "new.tsv"
    path.write_text("SEX\twhen\tage\nmale\t1\t20\n\t2\t30\n")
    age, sex, when = table_values(read_new_table(str(path)), entries)
    assert (age.tolist(), sex.tolist(), when.tolist()) == ([20, 30], [1, 2], [1, 2])
    with pytest.raises(DataError, match="is no table"):
        read_new_table(str(tmp_path / "new.npz"))
    path.write_text("a\tb\n1\t2\n")
    with pytest.raises(DataError, match="lacks the columns 'age', 'sex', 'when'"):
        table_values(read_new_table(str(path)), entries)
