"""Looking closer, and earlier runs."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.events import Changed, Evaluated, Progress
from gui.plots.cost_plot import CostPlot
from gui.widgets.export import save_picture


@pytest.fixture
def plot(application, wait_for):
    made = CostPlot()
    made.resize(600, 420)
    made.show()
    QTest.qWaitForWindowExposed(made)
    yield made
    made.close()
    made.deleteLater()


def run(plot, m=400, level=1.0):
    plot.append_progress(Progress(m, 10, level / np.arange(1, m + 1), ((1, 40, level),)))
    plot.append_evaluation(Evaluated(m, 10, {"dev": {"cost": level / m, "accuracy": 0.9}}))
    plot._redraw()
    plot.grab()


def place(plot, x, share_y=0.5):
    """A point of the viewport over a step."""
    box = plot._curves.boxes[0]
    low, high = box.viewRange()[1]
    return plot._canvas.mapFromScene(box.mapViewToScene(QPointF(x, low + share_y * (high - low))))


def wheel(plot, at, notches, modifiers=Qt.KeyboardModifier.NoModifier):
    viewport = plot._canvas.viewport()
    event = QWheelEvent(
        QPointF(at), QPointF(viewport.mapToGlobal(at)), QPoint(), QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton, modifiers, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(viewport, event)


def test_the_wheel_scales_the_steps_around_the_mouse(plot):
    run(plot)
    before = plot._curves.cost.viewRange()
    wheel(plot, place(plot, 200), 2)
    after = plot._curves.cost.viewRange()
    assert after[1] == before[1], "the cost axis must stay"
    assert after[0][1] - after[0][0] == pytest.approx((before[0][1] - before[0][0]) * 1.0015**-240)
    share = [(200 - low) / (high - low) for low, high in (before[0], after[0])]
    assert share[0] == pytest.approx(share[1], abs=0.01)
    assert not plot._controls.follow.isChecked()
    wheel(plot, place(plot, 200), 2, Qt.KeyboardModifier.ShiftModifier)
    assert plot._curves.cost.viewRange()[0] == after[0]
    assert plot._curves.cost.viewRange()[1] != after[1]


def test_a_rectangle_is_looked_at_and_a_double_click_shows_all(plot):
    run(plot)
    viewport, before = plot._canvas.viewport(), plot._curves.cost.viewRange()
    begin, end = place(plot, 100, 0.8), place(plot, 300, 0.2)
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=begin)
    for share in (0.3, 0.6, 1.0):
        QTest.mouseMove(viewport, begin + (end - begin) * share)
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=end)
    (x_low, x_high), (y_low, y_high) = plot._curves.cost.viewRange()
    assert (x_low, x_high) == pytest.approx((100, 300), abs=6)
    height = before[1][1] - before[1][0]
    assert y_high - y_low == pytest.approx(0.6 * height, abs=0.05 * height)
    assert not plot._controls.follow.isChecked()
    QTest.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=place(plot, 200))
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=place(plot, 200))
    assert plot._controls.follow.isChecked()
    assert plot._curves.cost.viewRange() == before


def test_the_keyboard_scales_moves_and_shows_all(plot):
    run(plot)
    before = plot._curves.cost.viewRange()[0]
    plot._canvas.setFocus()
    QTest.keyClick(plot._canvas, Qt.Key.Key_Plus)
    low, high = plot._curves.cost.viewRange()[0]
    assert high - low == pytest.approx(0.8 * (before[1] - before[0]))
    QTest.keyClick(plot._canvas, Qt.Key.Key_Right)
    assert plot._curves.cost.viewRange()[0][0] == pytest.approx(low + 0.1 * (high - low))
    QTest.keyClick(plot._canvas, Qt.Key.Key_Home)
    assert plot._curves.cost.viewRange()[0] == before


def test_epochs_and_logarithmic_steps(plot):
    run(plot)
    axes = plot._controls.axes
    axes.epochs.setChecked(True)
    x, y = plot._curves.lines.points("each")
    np.testing.assert_allclose(x, np.arange(1, 401) / 40)
    assert plot._curves.cost.getAxis("bottom").labelText == ""
    assert plot._curves.metric.getAxis("bottom").labelText == "Epoch"
    axes.epochs.setChecked(False)
    axes.log_steps.setChecked(True)
    x, y = plot._curves.lines.points("each")
    steps = 10**x
    assert (steps[0], steps[-1]) == pytest.approx((1, 400))
    first = np.unique(steps.round(6))[:30]
    np.testing.assert_allclose(first, np.arange(1, 31))
    np.testing.assert_allclose(y[steps < 30.5], 1 / steps[steps < 30.5])
    assert plot._curves.cost.viewRange()[0][0] == 0, "the first step is the left end"


def test_logarithmic_steps_keep_the_first_of_a_million(plot):
    plot._controls.axes.log_steps.setChecked(True)
    run(plot, 1_000_000)
    x, _ = plot._curves.lines.points("each")
    steps = np.unique(np.round(10**x)).astype(int)
    assert len(x) < 4_000
    assert steps[:50].tolist() == list(range(1, 51))


def test_the_weighted_average_is_drawn_and_read_off(plot):
    run(plot)
    smooth = plot._controls.smooth
    smooth.by_mode["weighted"].setChecked(True)
    smooth.corrected.setChecked(False)
    v, expected = 0.0, []
    for cost in 1 / np.arange(1, 401):
        v = 0.9 * v + 0.1 * cost
        expected.append(v)
    np.testing.assert_allclose(plot._curves.lines.points("mean")[1], expected, atol=1e-12)
    _, text = plot._read_off(200)
    assert "cost 0.005" in text
    assert f"β 0.9: {expected[199]:.5g}" in text
    smooth.by_mode["none"].setChecked(True)
    assert not len(plot._curves.lines.points("mean")[0])


def test_live_changes_are_named_where_there_is_room_and_under_the_mouse(plot):
    run(plot, 1_000)
    plot.mark(Changed(500, 3, "α", "0.1", "0.03"))
    for step in range(900, 1_000, 4):
        plot.data.marks.append(type(plot.data.marks[0])(step, f"λ {step}", "0", "1"))
    plot._redraw()
    plot.grab()
    labelled = plot._curves.marks.labelled
    assert "α 0.1 → 0.03 at 500" in labelled
    assert len(labelled) < 10, "labels must not cover each other"
    _, text = plot._read_off(500)
    assert "α 0.1 → 0.03 at 500" in text
    assert "→" not in plot._read_off(300)[1]


def test_earlier_runs_stay_pale_and_can_be_hidden_and_removed(plot, problems):
    for k in range(7):
        plot.set_run(problems.chain(2, 1, seed=k))
        run(plot, level=k + 1.0)
        plot.keep_and_clear()
    plot.keep_and_clear()  # a reset, then a start: nothing to keep
    assert [ghost.title for ghost in plot.ghosts] == [f"run {k} · α 0.01 · seed {k - 1}" for k in range(3, 8)]
    plot.set_run(problems.chain(2, 1, seed=2, batch_size=64))
    run(plot)
    np.testing.assert_allclose(plot._curves.old_lines.points("3 dev")[1], [3 / 400])
    _, text = plot._read_off(400)
    assert "run 7 · α 0.01 · seed 6: cost" in text
    assert plot.ghosts[0].differences(plot._settings) == "Batch size 32 (now 64)"
    runs = plot._controls.runs
    assert runs.isVisible()
    runs.boxes[0].setChecked(False)
    assert "run 7" not in plot._read_off(400)[1]
    runs.removers[-1].click()
    assert [ghost.number for ghost in plot.ghosts] == [4, 5, 6, 7]
    plot.forget_ghosts()
    assert not runs.isVisible()


def test_numbers_of_all_runs_as_a_table(plot, problems):
    plot.set_run(problems.chain(2, 1))
    run(plot, 3)
    plot.keep_and_clear()
    run(plot, 2)
    plot.mark(Changed(1, 0, "α", "0.1", "0.03"))
    table = plot.table()
    assert list(table.header) == [
        "run", "step", "epoch", "cost", "lowest", "highest", "smoothed", "dev cost", "dev Accuracy", "change",
    ]  # fmt: skip
    assert [row[:2] for row in table.rows] == [
        [f"run {r} · α 0.01 · seed 0", s] for r, s in ((1, 1), (1, 2), (1, 3), (2, 1), (2, 2))
    ]
    assert table.rows[3][3] == 1.0
    assert table.rows[3][-1] == "α 0.1 → 0.03"
    assert table.rows[4][7:9] == [0.5, 0.9]


def test_cleared_axes_are_those_of_an_empty_plot(plot):
    first = plot._curves.cost.viewRange()
    run(plot, 4_000, level=1e5)
    assert plot._curves.cost.viewRange() != first
    plot.clear()
    assert plot._curves.cost.viewRange() == first
    assert plot.table() is None


def test_the_panels_open_and_close_by_keyboard(plot):
    run(plot)
    smooth = plot._controls.smooth
    smooth.setFocus()
    QTest.keyClick(smooth, Qt.Key.Key_Space)
    assert smooth.panel.isVisible()
    smooth.by_mode["none"].setFocus()
    QTest.keyClick(smooth.by_mode["none"], Qt.Key.Key_Space)
    assert smooth.mode == "none"
    QTest.keyClick(smooth.panel, Qt.Key.Key_Escape)
    assert not smooth.panel.isVisible()
    assert smooth.accessibleName() == "Smooth"


def test_an_svg_file_keeps_points_and_lines(plot, tmp_path):
    run(plot)
    path = tmp_path / "cost.svg"
    save_picture(plot._body, path)
    text = path.read_text()
    assert text.count("<path") + text.count("<polyline") > 3
    assert "Cost" in text
