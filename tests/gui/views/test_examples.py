"""The gallery and the list of examples of networks whose weights are known."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from engine.losses.basic import BinaryCrossEntropy, CategoricalCrossEntropy, MeanSquaredError
from gui.views.examples import MORE, ExamplesView
from gui.views.result_state import ResultState

X = [[-2.0], [-1.0], [1.0], [2.0], [3.0]]
Y = [0, 1, 1, 1, 0]


def two_classes(bench):
    data = bench.data(X, Y, ("no", "yes"), columns={"x": ("height",)})
    return bench.show(ExamplesView, bench.design(data, BinaryCrossEntropy()), data, [[1.0]], [0.0])


def column(view, index):
    return [row[index] for row in view.rows.rows_model.rows]


def test_wrong_examples_come_by_confidence(bench):
    view = two_classes(bench)
    assert view.rows.rows_model.header == ("Example", "True", "Predicted", "Confidence", "height")
    # x = 3 is a "no" taken for "yes" with σ(3) = 95.3 %, x = −1 a "yes" taken for "no" with 73.1 %.
    assert [row[1:3] for row in view.rows.rows_model.rows] == [["no", "yes"], ["yes", "no"]]
    assert [text.replace("\N{NO-BREAK SPACE}", " ") for text in column(view, 3)] == ["95.3 %", "73.1 %"]
    assert column(view, 4) == ["3", "−1"]
    assert "2 of 5 examples are wrong" in view.caption.accessibleName()


def test_all_examples_and_those_of_a_cell(bench):
    view = two_classes(bench)
    view.which.setCurrentIndex(1)
    view.which.activated.emit(1)
    bench.settle()
    assert column(view, 4) == ["3", "−1", "1", "−2", "2"], "mistakes by confidence, then the least sure of the right"
    ResultState.of(bench.context).choose_cell((1, 1))
    bench.settle()
    assert column(view, 4) == ["1", "2"]
    assert view.which.currentText() == "'yes', recognized"
    ResultState.of(bench.context).choose_cell((1, 0))
    bench.settle()
    assert view.which.currentText() == "'yes' taken for 'no'"
    assert view.table().to_csv().splitlines()[0] == "example,true y,predicted y,P(no),P(yes)"
    view.which.setCurrentIndex(0)
    view.which.activated.emit(0)
    bench.settle()
    assert ResultState.of(bench.context).cell is None
    assert len(column(view, 0)) == 2


def test_clicks_and_keys_choose_the_example_looked_at(bench):
    view = two_classes(bench)
    places = [int(text) - 1 for text in column(view, 0)]
    index = view.rows.rows_model.index(0, 1)
    QTest.mouseClick(view.rows.viewport(), Qt.MouseButton.LeftButton, pos=view.rows.visualRect(index).center())
    assert bench.context.example == ("train", places[0])
    QTest.keyClick(view.rows, Qt.Key.Key_Down)
    assert bench.context.example == ("train", places[1])
    bench.context.show_example("train", places[0])
    assert view.rows.currentIndex().row() == 0, "an example chosen elsewhere is marked here"


def test_no_mistakes_are_said(bench):
    data = bench.data(X, [0, 0, 1, 1, 1], ("no", "yes"))
    view = bench.show(ExamplesView, bench.design(data, BinaryCrossEntropy()), data, [[1.0]], [0.0])
    assert "None of 5 examples of the train part is wrong" in bench.message(view)


def test_more_than_can_be_shown_at_once(bench):
    m = MORE + 20
    data = bench.data(np.ones((m, 1)), np.zeros(m), ("no", "yes"))
    view = bench.show(ExamplesView, bench.design(data, BinaryCrossEntropy()), data, [[1.0]], [0.0])
    assert len(view.rows.rows_model.rows) == MORE
    QTest.mouseClick(view.more, Qt.MouseButton.LeftButton)
    bench.settle()
    assert len(view.rows.rows_model.rows) == m
    assert not view.more.isVisible()
    assert len(view.table().rows) == m


def test_values_by_the_size_of_the_residual(bench):
    data = bench.data(X, [-4.0, -2.0, 2.0, 9.0, 6.5])
    view = bench.show(ExamplesView, bench.design(data, MeanSquaredError()), data, [[2.0]], [0.0])
    assert column(view, 3) == ["−5", "−0.5", "0", "0", "0"]
    assert view.which.count() == 1


def test_pictures_are_shown_with_their_pixels(bench):
    x = np.zeros((2, 6, 6, 1))
    x[0, 0, 0], x[1, 5, 5] = 1, 1
    data = bench.data(x, [0, 1], ("corner", "end"), as_is={"x": np.array(True)})
    W = np.zeros((2, 36))
    W[1, 0] = W[0, 35] = 2  # everything is mixed up
    view = bench.show(ExamplesView, bench.design(data, CategoricalCrossEntropy(), 2), data, W, [0, 0])
    model = view.gallery.gallery_model
    assert model.rowCount() == 2
    assert {words[0] for words in model.words} == {"corner → end", "end → corner"}
    first = next(i for i, words in enumerate(model.words) if words[0] == "corner → end")
    assert model.pixels.shape == (2, 6, 6, 4)
    assert model.pixels[first, 0, 0].tolist() == [255, 255, 255, 255]
    assert model.pixels[first, 1:, 1:, :3].max() == 0
    view.gallery.setFocus()
    QTest.mouseClick(
        view.gallery.viewport(), Qt.MouseButton.LeftButton, pos=view.gallery.visualRect(model.index(0)).center()
    )
    before = bench.context.example
    QTest.keyClick(view.gallery, Qt.Key.Key_Right)
    assert bench.context.example != before


def test_the_five_likeliest_classes_of_the_example_looked_at(bench):
    names = tuple("abcdef")
    data = bench.data(np.eye(6), [0, 1, 2, 3, 4, 4], names, columns={"x": tuple(f"c{k}" for k in range(6))})
    weights = np.diag([4.0, 4, 4, 4, 4, 4])
    view = bench.show(ExamplesView, bench.design(data, CategoricalCrossEntropy(), 6), data, weights, np.arange(6) / 10)
    assert view.bars.true == 0, "the example looked at has its bars although only the wrong ones are listed"
    bench.context.show_example("train", 5)
    bench.settle()
    assert view.bars.isVisible()
    rows = view.bars.rows
    assert [name for name, _, _ in rows] == ["f", "e", "d", "c", "b"]
    assert view.bars.true == 4
    e = np.exp(np.array([0, 0.1, 0.2, 0.3, 0.4, 4.5]))
    assert abs(rows[0][1] - e[5] / e.sum()) < 1e-5
    view.resize(380, 440)
    QTest.qWait(10)
    assert view.bars.isHidden(), "a narrow view keeps its room for the list"
