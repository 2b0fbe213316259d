"""Predicting what a person types, or what a file holds."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from engine.data import DataSettings, parse_spec, prepare
from engine.losses.basic import BinaryCrossEntropy, Hinge, MeanSquaredError
from gui.views.predict import PredictView
from gui.views.result_form import ChoiceField, NumberField

ROWS = ["age,sex,saved", *(f"{age},{sex},{saved}" for age, sex, saved in [
    (20, "male", "no"), (30, "female", "yes"), (40, "male", "no"), (50, "female", "yes"), (60, "male", "no"),
    (22, "female", "yes"), (33, "male", "no"), (44, "female", "yes"),
])]  # fmt: skip


def passengers(bench, folder, loss=None):
    """P(yes) = σ(0.1 · age − 3 for men, + 0 for women), in original units."""
    path = folder / "passengers.csv"
    path.write_text("\n".join(ROWS) + "\n")
    source: Any = parse_spec(f"csv:{path}?target=saved")
    data = prepare(DataSettings(source=source, train=1.0, dev=0.0))
    assert data.columns["x"] == ("age", "sex=female", "sex=male")
    mu, sigma = (float(values[0]) for values in data.input_statistics())
    W = [[0.1 * sigma, 0.0, -3.0]]
    return bench.show(PredictView, bench.design(data, loss or BinaryCrossEntropy()), data, W, [0.1 * mu])


def probability(view):
    return float(view._answer[0].values[1])


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def test_the_form_holds_the_example_in_original_units(bench, tmp_path):
    view = passengers(bench, tmp_path)
    bench.context.show_example("train", 1)
    bench.settle()
    age, sex = view.form.fields
    assert isinstance(age, NumberField)
    assert isinstance(sex, ChoiceField)
    row = bench.context.problem.data.train.rows[1]
    wanted = ROWS[1 + row].split(",")
    assert [age.text(), sex.value()] == wanted[:2]
    assert view.origin.accessibleName() == f"Example 2 of the train part: true saved is {wanted[2]}"
    z = 0.1 * float(wanted[0]) - (3 if wanted[1] == "male" else 0)
    assert probability(view) == pytest.approx(sigmoid(z), abs=1e-5)


def test_typing_answers_at_once(bench, tmp_path):
    view = passengers(bench, tmp_path)
    age, sex = view.form.fields
    sex.setCurrentText("male")
    age.selectAll()
    QTest.keyClicks(age, "20")
    bench.settle()
    assert probability(view) == pytest.approx(sigmoid(-1.0), abs=1e-5)
    assert view._answer[0].headline == "no"
    assert "changed" in view.origin.accessibleName()
    sex.setCurrentText("female")
    bench.settle()
    assert probability(view) == pytest.approx(sigmoid(2.0), abs=1e-5)
    assert "yes" in view.bars.accessibleDescription()
    QTest.keyClick(age, Qt.Key.Key_Up)
    assert float(age.text()) > 20
    age.clear()  # missing: the median is taken
    bench.settle()
    assert probability(view) == pytest.approx(sigmoid(0.1 * 36.5), abs=1e-5)
    QTest.mouseClick(view.reset, Qt.MouseButton.LeftButton)
    bench.settle()
    assert "changed" not in view.origin.accessibleName()
    assert age.text()


@pytest.mark.parametrize(("text", "words"), [("1e9999", "too large"), ("old", "not a number"), ("nan", "nan")])
def test_what_is_no_number_is_said_and_the_answer_stays(bench, tmp_path, text, words):
    view = passengers(bench, tmp_path)
    before = probability(view)
    age = view.form.fields[0]
    age.setText(text)
    bench.settle()
    assert view.complaint.isVisible()
    assert view.complaint.text().startswith("age: ")
    assert words in view.complaint.text()
    assert age.property("invalid")
    assert probability(view) == before
    age.setText("30")
    bench.settle()
    assert not view.complaint.isVisible()


def test_a_file_gets_its_predictions_appended(bench, tmp_path, monkeypatch):
    view = passengers(bench, tmp_path)
    source, target = tmp_path / "new.csv", tmp_path / "out.csv"
    source.write_text("name,sex,age\nAnn,female,20\nBob,male,\nCid,male,50\n")
    monkeypatch.setattr("gui.views.predict.QFileDialog.getSaveFileName", lambda *_: (str(target), "CSV (*.csv)"))
    view.predict_file(str(source))
    bench.wait_for(target.exists, "the predictions were not saved")
    with target.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["name", "sex", "age", "predicted saved", "P(no)", "P(yes)"]
    assert [row["name"] for row in rows] == ["Ann", "Bob", "Cid"]
    found = [float(row["P(yes)"]) for row in rows]
    assert found == pytest.approx([sigmoid(2.0), sigmoid(0.1 * 36.5 - 3), sigmoid(2.0)], abs=1e-5)
    assert [row["predicted saved"] for row in rows] == ["yes", "yes", "yes"]
    assert "3 examples with predictions saved" in view.notice.text()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("age,name\n20,Ann\n", "lacks the column 'sex'"),
        ("age,sex\n20,femal\n", "Line 2, column 'sex': 'femal' is none of the categories"),
        ("age,sex\n20,male\n1e9999,male\n", "Line 3, column 'age': '1e9999' is infinite"),
        ("age,sex\n20,male\nold,male\n", "Line 3, column 'age': 'old' is not a number"),
        ("age,sex\n20,\n", "Line 2, column 'sex': there is no text"),
        ("", "empty"),
    ],
)
def test_files_that_do_not_fit_are_refused_in_a_sentence(bench, tmp_path, text, words):
    view = passengers(bench, tmp_path)
    path = tmp_path / "new.csv"
    path.write_text(text)
    view.predict_file(str(path))
    bench.settle()
    assert view.complaint.isVisible()
    assert words in view.complaint.text()
    assert probability(view) > 0, "the form goes on"


def test_values_in_original_units(bench):
    data = bench.data([[1.0], [2.0], [3.0]], [10.0, 20.0, 60.0])
    view = bench.show(PredictView, bench.design(data, MeanSquaredError()), data, [[10.0]], [5.0])
    view.form.fields[0].setText("1.5")
    bench.settle()
    assert view._answer[0].headline == "20"
    assert view.table().to_csv().splitlines()[-1] == "predicted y,20.0"


def test_scores_are_no_probabilities(bench, tmp_path):
    view = passengers(bench, tmp_path, Hinge())
    view.form.fields[1].setCurrentText("female")
    view.form.fields[0].setText("5")
    bench.settle()
    assert view._answer[0].bars == []
    assert view._answer[0].sentence == "saved: yes, score 0.5"


def test_pictures_have_no_form_but_an_answer(bench):
    x = np.zeros((2, 6, 6, 1))
    x[1] = 1
    data = bench.data(x, [0, 1], ("dark", "light"), as_is={"x": np.array(True)})
    view = bench.show(PredictView, bench.design(data, BinaryCrossEntropy()), data, np.full((1, 36), 0.1), [-1.8])
    assert not view.form.isVisible()
    assert view.example_picture.isVisible()
    for place in (0, 1):
        bench.context.show_example("train", place)
        bench.settle()
        white = float(data.train.inputs["x"][place].max())
        assert probability(view) == pytest.approx(sigmoid(3.6 * white - 1.8), abs=1e-5)


def test_another_design_refills_the_form(bench, tmp_path):
    view = passengers(bench, tmp_path)
    data = bench.data(np.ones((3, 4)), [0, 1, 0], ("no", "yes"), columns={"x": ("a", "b", "c", "d")})
    bench.context.set_problem(bench.design(data, BinaryCrossEntropy()), data)
    bench.settle()
    assert [field.entry.name for field in view.form.fields] == ["a", "b", "c", "d"]
    bench.context.set_problem(bench.design(data, BinaryCrossEntropy()), None)
    assert "no data" in bench.message(view)


@pytest.mark.parametrize("width", [300, 460, 900])
def test_fields_stand_below_each_other_at_every_width(bench, width):
    data = bench.data(np.eye(40), np.arange(40) % 2, ("no", "yes"), columns={"x": tuple(f"c{k}" for k in range(40))})
    view = bench.show(PredictView, bench.design(data, BinaryCrossEntropy()), data)
    for size in (900, width):
        view.resize(size, 440)
        bench.settle()
    first, second = view.form.fields[:2]
    assert second.geometry().top() >= first.geometry().bottom(), f"the fields overlap at a width of {width}"


TITANIC = Path("/work/shared/data/tabular/titanic_train.csv")


@pytest.mark.skipif(not TITANIC.exists(), reason="the shared data is not here")
def test_a_real_table_with_gaps_and_text(bench, tmp_path, monkeypatch):
    source: Any = parse_spec(f"csv:{TITANIC}?target=Survived&drop=PassengerId,Name,Ticket,Cabin")
    data = prepare(DataSettings(source=source))
    view = bench.show(PredictView, bench.design(data, BinaryCrossEntropy()), data)
    kinds = {field.entry.name: type(field) for field in view.form.fields}
    assert kinds["Sex"] is kinds["Embarked"] is ChoiceField
    assert kinds["Age"] is kinds["Fare"] is NumberField
    target = tmp_path / "out.csv"
    monkeypatch.setattr("gui.views.predict.QFileDialog.getSaveFileName", lambda *_: (str(target), ""))
    view.predict_file(str(TITANIC))
    bench.wait_for(target.exists, f"the predictions were not saved: {view.complaint.text()}")
    with target.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 891
    assert rows[0]["Name"] == "Braund, Mr. Owen Harris"
    assert {row["predicted Survived"] for row in rows} <= {"0", "1"}
    assert all(abs(float(row["P(0)"]) + float(row["P(1)"]) - 1) < 1e-6 for row in rows)
