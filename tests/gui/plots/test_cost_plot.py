import json

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from engine.events import Changed, Evaluated, Progress, Started
from gui.plots.captions import metric_title
from gui.plots.cost_plot import EMPTY_TEXT, CostPlot
from gui.theme import current_theme, set_theme


@pytest.fixture
def plot(application):
    made = CostPlot()
    made.resize(600, 420)
    made.show()
    yield made
    made.close()
    made.deleteLater()


def fill(plot, m=400, epoch=40, seed=0, accuracy=True):
    costs = np.abs(np.random.default_rng(seed).normal(size=m)) + np.linspace(1, 0.1, m)
    for start in range(0, m, epoch):
        step = min(start + epoch, m)
        mean = float(costs[start:step].mean())
        number = start // epoch + 1
        plot.append_progress(Progress(step, number, costs[start:step], ((number, step, mean),)))
        figures = {"cost": mean, "accuracy": 0.9} if accuracy else {"cost": mean}
        plot.append_evaluation(Evaluated(step, number, {"train": figures, "dev": figures}))
    return costs


def test_empty_it_says_what_to_do(plot, wait_for):
    wait_for(lambda: False, 0.05)
    assert plot._empty.isVisible()
    assert plot._empty.text() == EMPTY_TEXT
    fill(plot)
    wait_for(lambda: False, 0.05)
    assert not plot._empty.isVisible()
    plot.clear()
    assert plot._empty.isVisible()


def test_it_draws_exactly_the_appended_numbers(plot, wait_for):
    costs = fill(plot)
    wait_for(lambda: False, 0.05)
    x, y = plot._curves.lines.points("each")
    np.testing.assert_array_equal(x, np.arange(1, 401))
    np.testing.assert_array_equal(y, costs)
    x, y = plot._curves.lines.points("mean")
    assert y[-1] == pytest.approx(costs[-40:].mean())
    x, y = plot._curves.lines.points("dev")
    np.testing.assert_array_equal(x, np.arange(40, 401, 40))
    np.testing.assert_allclose(y, costs.reshape(-1, 40).mean(axis=1))
    np.testing.assert_array_equal(plot._curves.figures.points("train")[1], np.full(10, 0.9))


def test_a_logarithmic_axis_draws_logarithms(plot, wait_for):
    costs = fill(plot)
    plot._controls.axes.log_cost.setChecked(True)
    wait_for(lambda: False, 0.05)
    np.testing.assert_allclose(plot._curves.lines.points("each")[1], np.log10(costs))
    low, high = plot._curves.cost.viewRange()[1]
    assert low <= np.log10(costs.min())
    assert high < 1


def test_a_million_steps_are_drawn_in_a_bounded_number_of_points(plot, wait_for):
    values = np.random.default_rng(0).normal(size=1_000_000) + 5
    for start in range(0, len(values), 1_000):
        plot.append_progress(Progress(start + 1_000, 0, values[start : start + 1_000]))
    wait_for(lambda: False, 0.1)
    x, y = plot._curves.lines.points("each")
    assert len(x) <= 2 * (4 * 300 + 2)
    assert y.min() == values.min()
    assert y.max() == values.max()
    np.testing.assert_array_equal(plot.data.costs.values, values)


def test_the_view_follows_until_the_user_looks_closer(plot, wait_for):
    fill(plot)
    wait_for(lambda: False, 0.05)
    assert plot._curves.cost.viewRange()[0][1] >= 400
    plot._curves.cost.getViewBox().sigRangeChangedManually.emit([True, True])
    assert not plot._controls.follow.isChecked()
    before = plot._curves.cost.viewRange()
    plot.append_progress(Progress(4_400, 11, np.ones(4_000)))
    wait_for(lambda: False, 0.05)
    assert plot._curves.cost.viewRange() == before
    plot._controls.follow.setChecked(True)
    assert plot._curves.cost.viewRange()[0][1] >= 4_400


def test_going_back_to_a_checkpoint_forgets_what_came_after(plot):
    costs = fill(plot)
    plot.begin(Started(200, 5, 0, "numpy", "float32", 40, 1_000, 9))
    assert plot.data.costs.end == 200
    assert plot.data.window == 40
    plot.append_progress(Progress(201, 5, np.array([7.0])))
    np.testing.assert_array_equal(plot.data.costs.values, [*costs[:200], 7.0])
    assert plot.data.evaluations[("dev", "cost")].steps[-1] == 200


def test_live_changes_leave_marks_and_a_dragged_slider_leaves_one(plot):
    fill(plot)
    plot.mark(Changed(100, 2, "α", "0.1", "0.09"))
    for step in range(101, 130):
        plot.mark(Changed(step, 2, "α", "…", f"0.0{step}"))
    plot.mark(Changed(300, 7, "α", "0.0129", "0.01"))
    plot.mark(Changed(300, 7, "L2 λ", "0", "1"))
    assert [(m.step, m.text) for m in plot.data.marks] == [
        (100, "α 0.1 → 0.0129"), (300, "α 0.0129 → 0.01"), (300, "L2 λ 0 → 1"),
    ]  # fmt: skip
    plot._redraw()
    assert plot._curves.marks.marks == plot.data.marks


def test_history_round_trip_as_json(plot):
    costs = fill(plot)
    plot.mark(Changed(100, 2, "α", "0.1", "0.09"))
    data = json.loads(json.dumps(plot.history()))
    plot.clear()
    plot.set_history(data)
    np.testing.assert_array_equal(plot.data.costs.values, costs)
    assert plot.data.marks[0].text == "α 0.1 → 0.09"
    assert plot.data.metrics == ["accuracy"]
    assert plot.history() == data


@pytest.mark.parametrize("data", [{}, {"costs": 1}, {"costs": {"start": 0, "block": 2, "mean": [1], "low": []}}])
def test_a_broken_history_is_refused_with_a_sentence_and_nothing_is_lost(plot, data):
    costs = fill(plot)
    with pytest.raises(ValueError, match="history"):
        plot.set_history(data)
    np.testing.assert_array_equal(plot.data.costs.values, costs)


def test_values_are_read_off_under_the_mouse(plot, wait_for):
    costs = fill(plot)
    wait_for(lambda: False, 0.05)
    plot.grab()  # the view finds its scale when it is painted
    place = plot._curves.cost.getViewBox().mapViewToScene(QPointF(200, 0.5))
    plot._on_scene_mouse_moved(place)
    text = plot._readout.text()
    assert plot._readout.isVisible()
    assert "Step 200" in text
    assert f"cost {costs[199]:.5g}" in text
    assert "accuracy 90.00%" in text
    plot._on_scene_mouse_moved(QPointF(-5, -5))
    assert not plot._readout.isVisible()


def test_the_metric_plot_is_there_only_with_a_metric(plot, wait_for):
    fill(plot, accuracy=False)
    metric_plot, axes = plot._curves.metric, plot._controls.axes
    assert not metric_plot.isVisible()
    plot.append_evaluation(Evaluated(401, 11, {"train": {"cost": 1.0, "rmse": 0.2, "r2": 0.9}}))
    assert metric_plot.isVisible()
    assert list(axes.by_metric) == ["", "rmse", "r2"]
    axes.by_metric["r2"].setChecked(True)
    np.testing.assert_array_equal(plot._curves.figures.points("train")[1], [0.9])
    axes.by_metric[""].setChecked(True)
    assert not metric_plot.isVisible()


def test_hidden_it_stores_and_draws_when_shown(plot, wait_for):
    wait_for(lambda: False, 0.05)
    plot.hide()
    costs = fill(plot)
    assert not plot._redraw_timer.isActive()
    plot.show()
    wait_for(lambda: False, 0.05)
    np.testing.assert_array_equal(plot._curves.lines.points("each")[1], costs)


def test_it_follows_the_theme(plot):
    before = current_theme().name
    set_theme("dark", remember=False)
    assert plot._curves.lines._lines["train"].pen.color().name() == current_theme().train
    set_theme("light", remember=False)
    assert plot._curves.lines._lines["train"].pen.color().name() == current_theme().train
    set_theme(before, remember=False)


def test_metrics_are_written_as_people_write_them():
    assert [metric_title(name) for name in ("accuracy", "rmse", "r2", "price/mae")] == [
        "Accuracy", "RMSE", "R²", "price · MAE",
    ]  # fmt: skip
