"""Residuals of a network whose weights are known."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from engine.data import Dataset, DataSettings, Target, prepare
from engine.losses.basic import BinaryCrossEntropy, MeanSquaredError
from gui.views.residuals import ResidualsView

X = [[0.0], [1.0], [2.0], [3.0]]
Y = [0.0, 3.0, 3.0, 7.0]


def regression(bench):
    data = bench.data(X, Y)
    return bench.show(ResidualsView, bench.design(data, MeanSquaredError()), data, [[2.0]], [0.0])


def test_figures_of_known_weights(bench):
    view = regression(bench)
    # ŷ = 2x: 0 2 4 6 against 0 3 3 7; residuals 0 −1 1 −1.
    assert view._fit.residuals.tolist() == [0, -1, 1, -1]
    assert view._fit.figures.mae == 0.75
    assert view._fit.figures.rmse == pytest.approx(0.75**0.5)
    assert view._fit.figures.r2 == pytest.approx(1 - 3 / 24.75)
    assert view._fit.figures.bias == -0.25
    assert "MAE <b>0.75</b>" in view.chart.legend.text()
    assert view.table().to_csv().splitlines()[1:3] == ["1,0.0,0.0,0.0", "2,3.0,2.0,-1.0"]


def test_original_units_come_back(bench):
    target = Target("price", "values", np.array([[100.0], [300.0], [300.0], [700.0]]), columns=("price",))
    settings = DataSettings(train=1.0, dev=0.0)
    data = prepare(settings, Dataset({"x": np.array(X)}, {"price": target}))
    mu, sigma = data.target_statistics()
    view = bench.show(ResidualsView, bench.design(data, MeanSquaredError()), data, [[0.0]], [0.0])
    assert view._fit.predicted == pytest.approx([float(mu[0])] * 4), "a network that says 0 predicts the mean"
    assert view._fit.figures.rmse == pytest.approx(float(sigma[0]))
    assert view._fit.figures.r2 == pytest.approx(0)


def test_every_plot_has_points_that_say_what_they_are(bench):
    view = regression(bench)
    for index, (x, words) in enumerate([(3.0, "true 3"), (2.0, "residual −1"), (None, "examples</b>")]):
        view.kind.setCurrentIndex(index)
        view.kind.activated.emit(index)
        if x is None:
            assert int(view._bars.opts["height"].sum()) == 4
            view.chart._show(int(np.argmax(view._fit.counts)))
        else:
            view.chart._show(1)
            assert view.chart._x[1] == x
        assert words in view.chart.readout.text()


def test_a_click_looks_at_the_example(bench):
    view = regression(bench)
    chart = view.chart
    scene = chart.plot.getViewBox().mapViewToScene(QPointF(7.0, 6.0))
    QTest.mouseClick(chart.canvas.viewport(), Qt.MouseButton.LeftButton, pos=chart.canvas.mapFromScene(scene))
    assert bench.context.example == ("train", 3)
    assert view._ring.getData()[0].tolist() == [7.0], "the example looked at is ringed"
    chart.canvas.setFocus()
    QTest.keyClick(chart.canvas, Qt.Key.Key_Left)
    QTest.keyClick(chart.canvas, Qt.Key.Key_Return)
    assert bench.context.example[1] in (0, 2)


def test_one_example_and_classes(bench):
    data = bench.data([[1.0]], [2.0])
    view = bench.show(ResidualsView, bench.design(data, MeanSquaredError()), data, [[1.0]], [0.0])
    assert "R² <b>–</b>" in view.chart.legend.text()
    data = bench.data(X, [0, 1, 0, 1], ("no", "yes"))
    view = bench.show(ResidualsView, bench.design(data, BinaryCrossEntropy()), data)
    assert "'y' is a class" in bench.message(view)
