"""The confusion matrix: counts of a network whose weights are known, and what one does with its cells."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from engine.data import Dataset, DataSettings, Target, prepare
from engine.events import Checkpointed, Evaluated, Weights
from engine.losses.basic import BinaryCrossEntropy, CategoricalCrossEntropy, Hinge, MeanSquaredError
from engine.templates import load_template
from engine.training import train
from gui.views.confusion import KEPT, ConfusionView
from gui.views.result_state import ResultState

X = [[-2.0], [-1.0], [1.0], [2.0], [3.0]]
Y = [0, 1, 1, 1, 0]


def two_classes(bench, loss=None):
    data = bench.data(X, Y, ("no", "yes"))
    design = bench.design(data, loss or BinaryCrossEntropy())
    return bench.show(ConfusionView, design, data, [[1.0]], [0.0]), design, data


def test_counts_figures_and_sentences_of_known_weights(bench):
    view, _, _ = two_classes(bench)
    # x > 0 is taken for "yes": 0 0 1 1 1 against 0 1 1 1 0.
    assert view.grid.confusion.matrix.tolist() == [[1, 1], [1, 2]]
    assert "60.00" in view.caption.accessibleName()
    assert "2 of 5 examples are wrong" in view.caption.accessibleName()
    rows = view.figures.rows_model.rows
    assert rows[0] == ["no", "0.500", "0.500", "0.500", "2"]
    assert rows[1] == ["yes", "0.667", "0.667", "0.667", "3"]
    assert rows[2][:2] == ["Macro average", "0.583"]
    view._on_grid_cell_pointed(0, 1)
    sentence = view.sentence.accessibleName().replace("\N{NO-BREAK SPACE}", " ")
    assert sentence == "1 example of 'no' was taken for 'yes' (50.0 % of them)."
    table = view.table().to_csv().splitlines()
    assert table[1:3] == ["no,1,1", "yes,1,2"]


def test_the_threshold_moves_examples_between_the_columns(bench):
    view, _, _ = two_classes(bench)
    slider = view.controls.threshold
    slider.setValue(90)  # σ(z) > 0.9 where z > 2.2
    bench.settle()
    assert view.grid.confusion.matrix.tolist() == [[1, 1], [3, 0]]
    assert ResultState.of(bench.context).threshold == pytest.approx(0.9)
    assert view.controls.figure.text() == "0.90"


def test_hinge_scores_are_cut_at_zero_and_the_slider_shows_scores(bench):
    view, _, _ = two_classes(bench, Hinge())
    assert view.grid.confusion.matrix.tolist() == [[1, 1], [1, 2]]
    assert view.controls.figure.text() == "0.00"


def test_rates_of_rows_and_columns(bench):
    view, _, _ = two_classes(bench)
    QTest.keyClick(view.shown, Qt.Key.Key_Down)
    view.shown.activated.emit(view.shown.currentIndex())
    texts = [[view.grid.confusion.text(i, j).replace("\N{NO-BREAK SPACE}", " ") for j in (0, 1)] for i in (0, 1)]
    assert texts == [["50.0 %", "50.0 %"], ["33.3 %", "66.7 %"]]
    view.shown.setCurrentIndex(2)
    view.shown.activated.emit(2)
    assert view.grid.confusion.text(1, 0).startswith("50.0")
    assert view.grid.confusion.text(1, 1).startswith("66.7")


def test_a_click_and_enter_open_the_examples_of_a_cell(bench):
    view, _, _ = two_classes(bench)
    asked = []
    bench.context.view_requested.connect(asked.append)
    grid = view.grid
    place = grid.visualRect(grid.confusion.index(0, 1)).center()
    QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert (ResultState.of(bench.context).cell, asked) == ((0, 1), ["examples"])
    grid.setFocus()
    grid.setCurrentIndex(grid.confusion.index(0, 1))
    QTest.keyClick(grid, Qt.Key.Key_Down)
    QTest.keyClick(grid, Qt.Key.Key_Left)
    QTest.keyClick(grid, Qt.Key.Key_Return)
    assert (ResultState.of(bench.context).cell, asked) == ((1, 0), ["examples", "examples"])


def test_other_weights_and_broken_weights(bench):
    view, design, _ = two_classes(bench)
    bench.set_weights(design, {"dense_1/W": [[-1.0]], "dense_1/b": [0.0]}, step=2)
    bench.settle()
    assert view.grid.confusion.matrix.tolist() == [[1, 1], [2, 1]]
    bench.set_weights(design, {"dense_1/W": [[np.nan]], "dense_1/b": [0.0]}, step=3)
    bench.settle()
    assert "not a finite number" in bench.message(view)
    bench.set_weights(design, {"dense_1/W": [[1.0]], "dense_1/b": [0.0]}, step=4)
    bench.settle()
    assert bench.message(view) == ""


def test_values_have_no_confusion_matrix(bench):
    data = bench.data(X, [1.0, 2.0, 3.0, 4.0, 6.0])
    view = bench.show(ConfusionView, bench.design(data, MeanSquaredError()), data)
    assert "'y' is a number" in bench.message(view)


def test_one_example_and_a_class_that_is_missing(bench):
    data = bench.data([[1.0]], [2], ("a", "b", "c"))
    view = bench.show(
        ConfusionView, bench.design(data, CategoricalCrossEntropy(), 3), data, [[0.0], [1.0], [0.0]], [0.0, 0.0, 0.0]
    )
    assert view.grid.confusion.matrix.tolist() == [[0, 0, 0], [0, 0, 0], [0, 1, 0]]
    assert view.figures.rows_model.rows[0][1:3] == ["–", "–"]


def test_many_classes_are_folded_into_those_with_the_most_errors(bench):
    classes = 100
    x, y = np.eye(classes), np.arange(classes)
    W = np.eye(classes)
    W[:, 99] = 0
    W[7, 99] = 1  # class 99 is taken for class 7
    data = bench.data(x, y, tuple(f"c{k}" for k in range(classes)))
    design = bench.design(data, CategoricalCrossEntropy(), classes)
    view = bench.show(ConfusionView, design, data, W, np.zeros(classes))
    names, matrix = view.grid.confusion.names, view.grid.confusion.matrix
    assert len(names) == KEPT + 1
    assert names[-1] == "51 other classes"
    assert matrix.sum() == classes
    assert matrix[names.index("c99"), names.index("c7")] == 1
    assert len(view.figures.rows_model.rows) == classes + 3


def test_the_matrix_of_a_trained_network_agrees_with_its_evaluation(bench):
    design = load_template("breast_cancer")
    design = design.with_changes(training=design.training.replace(epochs=3))
    data = prepare(design.data)
    events = list(train(design, data))
    accuracy = [event for event in events if isinstance(event, Evaluated)][-1].parts["dev"]["accuracy"]
    checkpoint = [event for event in events if isinstance(event, Checkpointed)][-1].checkpoint
    view = bench.show(ConfusionView, design, data)
    bench.context.update_weights(Weights(checkpoint.step, checkpoint.epoch, checkpoint.weights))
    bench.settle()
    matrix = view.grid.confusion.matrix
    assert ResultState.of(bench.context).part == "dev"
    assert matrix.sum() == data.parts["dev"].m
    assert np.trace(matrix) / matrix.sum() == pytest.approx(accuracy, abs=1e-9)


def test_several_outputs_are_chosen_by_name(bench):
    design = load_template("two_inputs")
    data = prepare(design.data)
    view = bench.show(ConfusionView, design, data)
    assert bench.message(view) == ""
    state = ResultState.of(bench.context)
    assert view.controls.output.isVisible() == (len(state.answers) > 1)


def test_several_yes_or_no_answers_have_a_matrix_each(bench):
    y = np.array([[0, 1], [1, 1], [1, 0], [0, 0]], float)
    target = Target("y", "values", y, columns=("wet", "cold"))
    data = prepare(
        DataSettings(train=1.0, dev=0.0, standardize=False, standardize_target=False),
        Dataset({"x": np.array([[-1.0], [1.0], [2.0], [3.0]])}, {"y": target}),
    )
    design = bench.design(data, BinaryCrossEntropy(), 2)
    view = bench.show(ConfusionView, design, data, [[1.0], [-1.0]], [0.0, 0.0])
    assert [answer.title for answer in view.state.answers] == ["wet", "cold"]
    assert view.grid.confusion.matrix.tolist() == [[1, 1], [0, 2]]
    view.controls.output.setCurrentIndex(1)
    view.controls.output.activated.emit(1)
    bench.settle()
    assert view.grid.confusion.matrix.tolist() == [[2, 0], [1, 1]]


def test_a_part_too_large_is_taken_evenly_and_that_is_said(bench, monkeypatch):
    monkeypatch.setattr("gui.views.result_data.LIMIT", 50)
    data = bench.data(np.linspace(-1, 1, 200)[:, None], np.arange(200) >= 100, ("no", "yes"))
    design = bench.design(data, BinaryCrossEntropy())
    view = bench.show(ConfusionView, design, data, [[1.0]], [0.0])
    assert view.grid.confusion.matrix.sum() == 50
    assert "50 of 200 examples, evenly taken." in view.caption.accessibleName()


def test_targets_that_do_not_fit_are_said_in_a_sentence(bench):
    data = bench.data(np.eye(4), [0, 1, 2, 3], tuple("abcd"))
    view = bench.show(ConfusionView, bench.design(data, CategoricalCrossEntropy(), 3), data)
    assert "Give the last layer 4 units" in bench.message(view)


def test_another_design_forgets_the_cell_and_the_threshold(bench):
    view, _, _ = two_classes(bench)
    view.state.choose(threshold=0.9)
    view.state.choose_cell((1, 0))
    data = bench.data(np.eye(3), [0, 1, 2], tuple("abc"))
    bench.context.set_problem(bench.design(data, CategoricalCrossEntropy(), 3), data)
    bench.settle()
    assert (view.state.cell, view.state.threshold) == (None, 0.5)
    assert view.grid.confusion.matrix.shape == (3, 3)
    assert not view.controls.threshold.isVisible()


def test_where_room_is_short_a_button_changes_between_matrix_and_figures(bench):
    view, _, _ = two_classes(bench)
    assert view.grid.isVisible()
    assert view.figures.isVisible()
    view.resize(420, 300)
    bench.settle()
    assert view.grid.isVisible()
    assert not view.figures.isVisible()
    QTest.mouseClick(view.per_class, Qt.MouseButton.LeftButton)
    assert not view.grid.isVisible()
    assert view.figures.isVisible()
