"""The Baselines view: fitting beside the window, the network's row, cancelling, lines in the cost plot."""

from __future__ import annotations

import time

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from engine.baseline_run import BaselineRun
from engine.baselines import BASELINES, Fit
from engine.data import DataError
from engine.feed import Feed, evaluate
from engine.losses.basic import BinaryCrossEntropy, MeanSquaredError
from engine.network import compile_design
from gui.plots.cost_plot import CostPlot
from gui.plots.references import spread
from gui.views import baselines
from gui.views.baselines import BaselinesView


@pytest.fixture
def classes(bench):
    random = np.random.default_rng(0)
    x = random.normal(size=(80, 2))
    data = bench.data(x, (x.sum(axis=1) > 0).astype(int), ("no", "yes"), train=0.5, dev=0.5)
    return bench.design(data, BinaryCrossEntropy()), data


class QuickRun(BaselineRun):
    """Instead of a process: results at once."""

    def work(self, examples):
        made = examples()
        for place in self.places:
            part = {"accuracy": 0.5 + place / 10} if made.task != "values" else {"r2": 0.5, "rmse": 1.0, "mae": 1.0}
            shares = (("sex", 0.75), ("age", 0.25)) if place == 3 else ()
            self.results.append((place, Fit(f"Method {place}", {"train": part, "dev": part}, 0.01, "", shares)))


class EndlessRun(BaselineRun):
    """One that does not end by itself."""

    def work(self, examples):
        while not self._cancelled:
            time.sleep(0.005)


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(baselines, "BaselineRun", QuickRun)


def fitted(bench, view):
    bench.wait_for(lambda: not view.is_fitting, "the fitting did not end")
    QTest.qWait(20)


def test_the_network_has_the_figures_of_the_engine(bench, classes):
    design, data = classes
    view = bench.show(BaselinesView, design, data, W=[[1.0, 0.2]], b=[0.1])
    network = compile_design(design)
    network["dense_1/W"], network["dense_1/b"] = np.array([[1.0, 0.2]]), np.array([0.1])
    expected = evaluate(network, Feed.of(network, data.parts["dev"]), data)
    model = view.table_view.baselines
    assert model.rows[0].parts["dev"] == pytest.approx(expected)
    assert model.text(0, 2) == f"{100 * expected['accuracy']:.2f}\N{NO-BREAK SPACE}%"
    assert [row.name for row in model.rows[1:3]] == ["Logistic regression", "k-nearest neighbours"]


def test_all_are_fitted_by_one_click_and_the_best_is_marked(bench, classes, quick):
    view = bench.show(BaselinesView, *classes, W=[[0.0, 0.0]], b=[-1.0])
    QTest.mouseClick(view.fit_all, Qt.MouseButton.LeftButton)
    fitted(bench, view)
    model = view.table_view.baselines
    assert len(view.fits) == len(BASELINES)
    assert model.best == 5
    assert model.text(5, len(model.headings) - 1).startswith("Best.")
    assert view.importance.bars == (("sex", 0.75), ("age", 0.25))
    assert view.importance.isVisible()
    assert bench.context.references["Method 4"] == {"accuracy": pytest.approx(0.9)}
    assert any(row[:2] == ["Gradient boosting", "dev"] and row[3] == 0.9 for row in view.table().rows)


def test_enter_fits_one_row(bench, classes, quick):
    view = bench.show(BaselinesView, *classes)
    assert not view.fit_one.isEnabled()
    view.table_view.setCurrentIndex(view.table_view.baselines.index(2, 0))
    assert view.fit_one.isEnabled()
    QTest.keyClick(view.table_view, Qt.Key.Key_Return)
    fitted(bench, view)
    assert list(view.fits) == [1]
    QTest.mouseClick(view.fit_one, Qt.MouseButton.LeftButton)
    fitted(bench, view)
    assert list(view.fits) == [1]


def test_cancel_frees_the_button_at_once(bench, classes, monkeypatch):
    monkeypatch.setattr(baselines, "BaselineRun", EndlessRun)
    view = bench.show(BaselinesView, *classes)
    view.fit_all.click()
    assert "Fitting Logistic regression (1 of 5)" in view.progress.text()
    assert view.cancel.isVisible()
    begun = time.monotonic()
    view.cancel.click()
    assert time.monotonic() - begun < 0.2
    assert view.fit_all.isVisible()
    assert not view.fits
    bench.wait_for(lambda: not view._tasks.is_busy, "a cancelled run must end")


def test_other_data_forgets_what_was_fitted(bench, classes, quick):
    design, data = classes
    view = bench.show(BaselinesView, design, data)
    view.fit_all.click()
    fitted(bench, view)
    bench.context.set_problem(design.with_changes(), data)
    assert view.fits, "another network on the same data keeps the baselines"
    other = bench.data(np.eye(4)[:, :2], [0, 1, 0, 1], ("no", "yes"))
    bench.context.set_problem(design, other)
    assert not view.fits
    assert not bench.context.references
    bench.settle()


def test_the_lines_can_be_hidden(bench, classes, quick):
    view = bench.show(BaselinesView, *classes)
    view.fit_all.click()
    fitted(bench, view)
    view.lines.setChecked(False)
    assert not bench.context.references
    view.lines.setChecked(True)
    assert len(bench.context.references) == 5


def test_regression_has_r2_rmse_and_mae(bench, quick):
    x = np.random.default_rng(0).normal(size=(40, 2))
    data = bench.data(x, 100 * x[:, 0], train=0.5, dev=0.5)
    view = bench.show(BaselinesView, bench.design(data, MeanSquaredError()), data)
    titles = [heading.title for heading in view.table_view.baselines.headings]
    assert titles == ["Method", "Train R²", "Dev R²", "Dev RMSE", "Dev MAE", "Seconds", "Note"]
    view.fit_all.click()
    fitted(bench, view)
    assert view.table_view.baselines.text(1, 2) == "0.500"


def test_a_failure_is_said(bench, classes, monkeypatch):
    class Failing(BaselineRun):
        def work(self, examples):
            raise DataError("There is no target 'y'.")

    monkeypatch.setattr(baselines, "BaselineRun", Failing)
    view = bench.show(BaselinesView, *classes)
    view.fit_all.click()
    fitted(bench, view)
    assert view.note.text() == "There is no target 'y'."
    assert view.note.isVisible()


def test_a_closed_view_ends_its_run(bench, classes, monkeypatch):
    runs = []

    class Kept(EndlessRun):
        def __init__(self, places):
            super().__init__(places)
            runs.append(self)

    monkeypatch.setattr(baselines, "BaselineRun", Kept)
    view = bench.show(BaselinesView, *classes)
    view.fit_all.click()
    bench.context.remove(view)
    bench.views.remove(view)
    view.deleteLater()
    QTest.qWait(20)
    bench.wait_for(lambda: runs[0]._cancelled, "closing the view must end the fitting")


def test_a_closing_window_ends_the_run(bench, classes, monkeypatch):
    monkeypatch.setattr(baselines, "BaselineRun", EndlessRun)
    view = bench.show(BaselinesView, *classes)
    view.fit_all.click()
    run = view._runs.current
    bench.context.close()
    assert run._cancelled
    assert not view.is_fitting


def test_the_cost_plot_draws_the_lines_of_its_metric(bench):
    from engine.events import Evaluated

    plot = CostPlot()
    try:
        plot.resize(500, 400)
        plot.show()
        plot.append_evaluation(Evaluated(10, 1, {"dev": {"cost": 0.5, "accuracy": 0.6}}))
        plot.set_references({"SVM": {"accuracy": 0.9}, "Other": {"r2": 0.5}})
        QTest.qWait(30)
        assert plot._curves.references.lines == (("SVM", 0.9),)
        low, high = plot._curves.metric.viewRange()[1]
        assert low < 0.6 < 0.9 < high
        assert not plot.grab().isNull()
    finally:
        plot.close()
        plot.deleteLater()


def test_names_of_close_lines_do_not_cover_each_other():
    tops = spread([50.0, 51.0, 52.0, 90.0], 10.0, 0.0, 100.0)
    assert (np.diff(tops) >= 10 - 1e-9).all()
    assert tops[1] == pytest.approx(46.0), "the middle of a heap stays where it belongs"
    assert tops[3] == pytest.approx(85.0)
    assert spread([99.0], 10.0, 0.0, 100.0) == [90.0]
    assert spread([], 10.0, 0.0, 100.0) == []
