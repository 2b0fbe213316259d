"""Baselines: the same examples and metrics as a network, against scikit-learn's own numbers."""

from __future__ import annotations

import time
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from engine.baseline_run import BaselineRun
from engine.baselines import BASELINES, Examples, Forest, Linear, Neighbours, Question, SupportVectors, examples_of, fit
from engine.data import Dataset, DataSettings, Target, parse_spec, prepare
from engine.feed import Feed, evaluate
from engine.fitting import fit_design
from engine.network import compile_design
from engine.templates import load_template

TITANIC = Path("/work/shared/data/tabular/titanic_train.csv")


def classes_data(m: int = 200):
    random = np.random.default_rng(0)
    x = random.normal(3, 5, size=(m, 3))
    y = (x[:, 0] + 0.5 * x[:, 1] > 4).astype(np.int64)
    return prepare(DataSettings(), Dataset({"x": x}, {"y": Target("y", "classes", y, ("no", "yes"))}))


def values_data(k: int = 1):
    random = np.random.default_rng(1)
    x = random.normal(size=(120, 2))
    y = 1000 + 50 * x @ random.normal(size=(2, k)) + 3 * random.normal(size=(120, k))
    target = Target("y", "values", y, columns=tuple(f"y{i}" for i in range(k)))
    return prepare(DataSettings(), Dataset({"x": x}, {"y": target}))


CLASSES, VALUES = Question(("",), "", "classes"), Question(("",), "", "values")


def test_every_baseline_fits_classes_and_values():
    for data, question, metric in ((classes_data(), CLASSES, "accuracy"), (values_data(), VALUES, "r2")):
        examples = examples_of(data, question)
        for kind in (Linear, Neighbours, *BASELINES[2:3]):
            found = fit(kind, examples)
            assert set(found.parts) == {"train", "dev"}, found.note
            assert found.parts["dev"][metric] > 0.7, f"{found.name} should learn this: {found}"
            assert not found.note


def test_titles_say_the_task():
    assert Linear.title("classes") == "Logistic regression"
    assert Linear.title("values") == "Linear regression"
    assert all(kind.title("classes") and kind.title("values") and kind.help for kind in BASELINES)


def test_linear_regression_is_that_of_scikit_learn_in_original_units():
    from sklearn.linear_model import LinearRegression
    from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

    data = values_data()
    found = fit(Linear, examples_of(data, VALUES)).parts["dev"]
    raw = data.targets["y"].values
    parts = data.parts
    model = LinearRegression().fit(parts["train"].input(), raw[parts["train"].rows])
    predicted, truth = model.predict(parts["dev"].input()), raw[parts["dev"].rows]
    assert found["mae"] == pytest.approx(mean_absolute_error(truth, predicted), rel=1e-9)
    assert found["rmse"] == pytest.approx(root_mean_squared_error(truth, predicted), rel=1e-9)
    assert found["r2"] == pytest.approx(r2_score(truth, predicted), rel=1e-9)


def test_metrics_have_the_names_of_those_of_the_network():
    for template in ("moons", "regression", "softmax3"):
        design = load_template(template)
        data = prepare(design.data)
        design = design.with_changes(graph=fit_design(design.graph, data))
        network = compile_design(design)
        question = Question.of(network.inputs, network.outputs)
        own = set(fit(Linear, examples_of(data, question)).parts["dev"])
        assert own == set(evaluate(network, Feed.of(network, data.parts["dev"]), data)) - {"cost"}, template


def test_several_values_are_predicted_at_once():
    data = values_data(2)
    for kind in (Linear, Neighbours, SupportVectors):
        assert fit(kind, examples_of(data, VALUES)).parts["dev"]["r2"] > 0.3


def test_values_of_0_and_1_can_be_classes():
    x = np.random.default_rng(0).normal(size=(80, 2))
    y = (x > 0).astype(np.float64)
    data = prepare(DataSettings(), Dataset({"x": x}, {"y": Target("y", "values", y, columns=("a", "b"))}))
    found = fit(Linear, examples_of(data, Question(("",), "", "binary")))
    assert found.parts["dev"]["accuracy"] > 0.8


def test_the_importance_of_a_text_column_is_one_number():
    random = np.random.default_rng(3)
    town = random.integers(0, 3, 150)
    x = np.column_stack([random.normal(size=150), np.eye(3)[town]])
    names = ("noise", "town=a", "town=b", "town=c")
    target = Target("y", "classes", (town == 1).astype(np.int64), ("no", "yes"))
    data = prepare(DataSettings(), Dataset({"x": x}, {"y": target}, {"x": names}, as_is={"x": np.arange(4) > 0}))
    importance = dict(fit(Forest, examples_of(data, CLASSES)).importance)
    assert list(importance) == ["town", "noise"]
    assert sum(importance.values()) == pytest.approx(1)
    assert importance["town"] > 0.9


def test_pictures_are_laid_out_flat():
    x = np.random.default_rng(0).normal(size=(40, 3, 3, 1))
    target = Target("y", "classes", (x[:, 0, 0, 0] > 0).astype(np.int64), ("no", "yes"))
    data = prepare(DataSettings(), Dataset({"image": x}, {"y": target}))
    examples = examples_of(data, CLASSES)
    assert examples.parts["train"][0].shape == (32, 9)
    assert examples.groups[4] == ("image[1, 1, 0]", (4,))


class FewNeighbours(Neighbours):
    most_rows = 50
    most_classes = 3


def test_of_many_examples_a_sample_is_taken_and_that_is_said():
    found = fit(FewNeighbours, examples_of(classes_data(), CLASSES))
    assert found.note == "Fitted on a sample of 50 of 160 examples."


def test_too_many_classes_and_one_class_are_said():
    x = np.zeros((8, 1))
    many = Examples("classes", 4, {"train": (x, np.arange(8) % 4)}, (np.zeros(1), np.ones(1)))
    assert "4 classes" in fit(FewNeighbours, many).note
    one = Examples("classes", 2, {"train": (x, np.zeros(8, np.int64))}, (np.zeros(1), np.ones(1)))
    assert "one class only" in fit(Linear, one).note


def test_few_examples_have_fewer_neighbours():
    x = np.array([[0.0], [1.0], [10.0]])
    few = Examples("classes", 2, {"train": (x, np.array([0, 0, 1]))}, (np.zeros(1), np.ones(1)))
    assert fit(Neighbours, few).parts["train"]["accuracy"] == pytest.approx(2 / 3)


class Refusing(Neighbours):
    @staticmethod
    def classifier(m: int):
        raise ValueError("It wants more.\nMuch more.")


def test_what_cannot_be_fitted_is_said():
    assert fit(Refusing, examples_of(classes_data(), CLASSES)).note == "It could not be fitted: It wants more."


def started(run: BaselineRun, make) -> Thread:
    thread = Thread(target=run.work, args=(make,), daemon=True)
    thread.start()
    return thread


def test_a_process_fits_and_says_so_one_by_one():
    examples = examples_of(classes_data(), CLASSES)
    run = BaselineRun([1, 0])
    run.work(lambda: examples)
    places, fits = zip(*run.results, strict=True)
    assert places == (1, 0)
    own = fit(Linear, examples)
    assert fits[1].parts == own.parts, "another process must not make another result"


def test_cancel_ends_the_process_at_once():
    random = np.random.default_rng(0)
    x = random.normal(size=(10_000, 20))
    slow = Examples("classes", 2, {"train": (x, random.integers(0, 2, 10_000))}, (np.zeros(1), np.ones(1)))
    run = BaselineRun([2])
    thread = started(run, lambda: slow)
    while run._process is None:
        time.sleep(0.01)
    begun = time.monotonic()
    run.cancel()
    thread.join(5)
    assert not thread.is_alive()
    assert not run._process.is_alive(), "a cancelled fit must not go on in the background"
    assert time.monotonic() - begun < 2
    assert not run.results


def test_cancelled_before_it_began():
    run = BaselineRun([0])
    run.cancel()
    run.work(lambda: examples_of(classes_data(), CLASSES))
    assert run._process is None


@pytest.mark.skipif(not TITANIC.exists(), reason="the shared data is not here")
def test_titanic():
    source = parse_spec(f"csv:{TITANIC}?target=Survived&drop=PassengerId")
    examples = examples_of(prepare(DataSettings(source=source)), CLASSES)
    begun = time.monotonic()
    fits = [fit(kind, examples) for kind in BASELINES]
    assert time.monotonic() - begun < 10
    for found in fits:
        assert 0.75 <= found.parts["dev"]["accuracy"] <= 0.9, f"not plausible: {found}"
    importance = dict(fits[3].importance)
    assert {"Sex", "Age", "Fare", "Pclass"} <= set(importance)
    assert "Sex=male" not in importance
