"""ROC, precision–recall and calibration of networks whose weights are known."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from engine.losses.basic import BinaryCrossEntropy, CategoricalCrossEntropy, Hinge
from gui.views.curves import CurvesView
from gui.views.result_state import ResultState

X = [[-2.0], [-1.0], [1.0], [2.0], [3.0]]
Y = [0, 1, 1, 1, 0]


def two_classes(bench, loss=None, y=Y):
    data = bench.data(X, y, ("no", "yes"))
    return bench.show(CurvesView, bench.design(data, loss or BinaryCrossEntropy()), data, [[1.0]], [0.0])


def choose(bench, view, index):
    view.kind.setCurrentIndex(index)
    view.kind.activated.emit(index)
    bench.settle()


@pytest.mark.parametrize("loss", [BinaryCrossEntropy(), Hinge()])
def test_area_and_mark_of_known_scores(bench, loss):
    view = two_classes(bench, loss)
    (line,) = view._drawing.lines
    # Of the 6 pairs (no, yes) the yes scores higher in 3: the no at −2 against all three.
    assert line.curve.area == pytest.approx(0.5)
    assert line.curve.x.tolist() == [0, 0.5, 0.5, 1]
    assert line.curve.y.tolist() == [0, 0, 1, 1]
    assert line.mark == (0.5, pytest.approx(2 / 3)), "above the boundary are one no of two and two yes of three"
    assert "AUC\N{NO-BREAK SPACE}0.5" in view.chart.legend.text()
    view.controls.threshold.setValue(100)
    bench.settle()
    assert view._drawing.lines[0].mark[1] == pytest.approx(1 / 3 if isinstance(loss, Hinge) else 0), (
        "of the yes only the score of 2 is above the margin of 1, and no probability is above 1"
    )


def test_precision_and_recall(bench):
    view = two_classes(bench)
    choose(bench, view, 1)
    (line,) = view._drawing.lines
    assert line.curve.area == pytest.approx((1 / 2 + 2 / 3 + 3 / 4) / 3)
    assert line.mark == (pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert view.table().header == ["class", "Recall", "Precision", "threshold"]


def test_calibration_by_hand_and_none_for_scores(bench):
    view = two_classes(bench)
    choose(bench, view, 2)
    p = 1 / (1 + np.exp(-np.array([-2.0, -1.0, 1.0, 2.0, 3.0])))
    expected = np.sum(np.abs([0 - p[0], 1 - p[1], 1 - p[2], 1 - p[3], 0 - p[4]])) / 5
    bins = view._drawing.bins
    assert bins.counts.tolist() == [0, 1, 1, 0, 0, 0, 0, 1, 1, 1]
    assert bins.error == pytest.approx(expected, abs=1e-6)
    bench.set_weights(bench.context.problem.design, {"dense_1/W": [[0.0]], "dense_1/b": [0.0]})
    bench.settle()
    assert view._drawing.bins.error == pytest.approx(0.1, abs=1e-6), "all at 0.5, and 3 of 5 are so"
    hinge = two_classes(bench, Hinge())
    choose(bench, hinge, 2)
    assert "scores, not probabilities" in bench.message(hinge)


def test_one_class_only_is_said(bench):
    view = two_classes(bench, y=[1, 1, 1, 1, 1])
    assert "only examples of 'yes'" in bench.message(view)


def test_each_class_against_all_others(bench):
    data = bench.data(np.eye(3)[[0, 1, 2, 2]], [0, 1, 2, 0], ("a", "b", "c"))
    view = bench.show(CurvesView, bench.design(data, CategoricalCrossEntropy(), 3), data, np.eye(3), np.zeros(3))
    areas = {line.title: line.curve.area for line in view._drawing.lines}
    # Class a: its examples score high and low; two others score low: (2·1 + 2·½)/4.
    assert areas == {"a": pytest.approx(0.75), "b": pytest.approx(1.0), "c": pytest.approx(5 / 6)}
    assert not view.controls.threshold.isVisible()


def test_keys_go_along_the_curve_and_enter_takes_the_threshold(bench):
    view = two_classes(bench)
    chart = view.chart
    chart.canvas.setFocus()
    QTest.keyClick(chart.canvas, Qt.Key.Key_Right)
    QTest.keyClick(chart.canvas, Qt.Key.Key_Right)
    assert chart.readout.isVisible()
    assert "true positive rate" in chart.readout.text()
    QTest.keyClick(chart.canvas, Qt.Key.Key_Return)
    bench.settle()
    p = 1 / (1 + np.exp(-np.array([3.0, -1.0])))
    assert ResultState.of(bench.context).threshold == pytest.approx((p[0] + p[1]) / 2, abs=1e-6)
    scene = chart.plot.getViewBox().mapViewToScene(QPointF(0.5, 1.0))
    assert chart._nearest(scene) == 2, "the corner of the curve is under the mouse"


def test_of_many_classes_the_hardest_are_drawn(bench):
    classes = 120
    data = bench.data(np.eye(classes), np.arange(classes), tuple(f"c{k}" for k in range(classes)))
    W = np.eye(classes)
    W[5, 5] = -1  # class 5 is never ranked above the others
    view = bench.show(CurvesView, bench.design(data, CategoricalCrossEntropy(), classes), data, W, np.zeros(classes))
    assert len(view._drawing.lines) == 10
    assert "c5" in {line.title for line in view._drawing.lines}
    assert "the 10 hardest of the most frequent 100 classes" in view.chart.legend.text()
