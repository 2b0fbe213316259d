"""The cost plot: how far the network is from its targets, step by step, while it learns."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QPointF, Qt, QTimer
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from engine.design import Design
from engine.events import Changed, Evaluated, Metrics, Progress, Started
from gui.plots.captions import ghost_line, legend_text, readout
from gui.plots.cost_controls import CostControls, CostView
from gui.plots.cost_curves import CostCurves, ghost_color
from gui.plots.cost_table import cost_table
from gui.plots.curves import CostHistory
from gui.plots.ghosts import KEPT, Ghost, RunSettings
from gui.plots.smoothing import SmoothedSeries
from gui.plots.style import Overlay, PlotCanvas
from gui.theme import theme_notifier
from gui.widgets.export import Table

EMPTY_TEXT = "Press Space to train"
DUTY = 0.12
"""Share of the window's thread that drawing may take: what it takes, the trainer waits for the interpreter."""
PAINT = 4.0
"""Painting takes three times as long again as preparing it."""
COARSE = 500
KEYS = {
    Qt.Key.Key_Plus: (0.8, 0.0),
    Qt.Key.Key_Equal: (0.8, 0.0),
    Qt.Key.Key_Minus: (1.25, 0.0),
    Qt.Key.Key_Left: (1.0, -0.1),
    Qt.Key.Key_Right: (1.0, 0.1),
}
"""Factor of the range of steps, and the share of it by which it moves."""


class CostPlot(QWidget):
    """Cost per step with an average, cost and metric of train and dev, live changes, and earlier runs.

    Whatever is appended is only stored; drawing happens once afterwards, and not at all while the plot is hidden.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._history = CostHistory()
        self._ghosts: list[Ghost] = []
        self._number = 1
        self._settings: RunSettings | None = None
        self._references: dict[str, Metrics] = {}
        self._build()
        self._view = self._controls.view
        self._smoothed = SmoothedSeries(self._view.smoothing)
        self._redraw_timer = QTimer(self, singleShot=True, interval=0)
        self._rested_at = 0.0
        self._redraw_timer.timeout.connect(self._on_redraw_timer_timeout)
        theme_notifier.theme_changed.connect(self._on_theme_notifier_theme_changed)
        self._restyle()

    # What the window calls

    def begin(self, started: Started) -> None:
        """A run begins or goes on: take the length of its epochs for the moving average."""
        self._history.window = max(1, started.steps_per_epoch)
        if self._history and started.step < self._history.end:
            self._history.truncate(started.step)
        self._changed()

    def set_run(self, design: Design) -> None:
        """Tell which design the numbers that come belong to."""
        self._settings = RunSettings.of(design)
        self._fill_runs()

    def append_progress(self, progress: Progress) -> None:
        """Add the costs of some steps."""
        self._history.append_progress(progress)
        self._changed()

    def append_evaluation(self, evaluated: Evaluated) -> None:
        """Add cost and metrics of the parts."""
        self._history.append_evaluation(evaluated)
        self._fill_metrics()
        self._changed()

    def mark(self, changed: Changed) -> None:
        """Draw a line where a live setting was changed."""
        self._history.mark(changed)
        self._changed()

    def clear(self) -> None:
        """Forget the run."""
        self._use(CostHistory())

    def keep_and_clear(self) -> None:
        """The run is over and another begins: let its curves stay, pale. Of more than five the oldest go."""
        if self._history:
            self._ghosts.append(Ghost.of(self._number, self._settings, self._history))
            self._number += 1
            del self._ghosts[:-KEPT]
        self.clear()
        self._fill_runs()

    def forget_ghosts(self) -> None:
        """Another design is shown, with which earlier runs have nothing to do."""
        self._ghosts, self._number, self._settings = [], 1, None
        self._fill_runs()
        self._redraw()

    def set_references(self, references: Mapping[str, Metrics]) -> None:
        """Draw figures to compare with, such as those of baselines, by their names; those of the metric shown."""
        self._references = dict(references)
        self._curves.refit()
        self._changed()

    def history(self) -> dict[str, Any]:
        """Everything as plain values, for a project file. Earlier runs are not among them."""
        return self._history.to_data()

    def coarse_history(self) -> dict[str, Any]:
        """The same with so few points that it can be written every second."""
        return self._history.to_data(COARSE)

    def set_history(self, data: Mapping[str, Any]) -> None:
        """Show what `history` returned. Raises ValueError with a plain sentence, and then changes nothing."""
        self._use(CostHistory.from_data(data))

    @property
    def data(self) -> CostHistory:
        """The numbers shown."""
        return self._history

    @property
    def ghosts(self) -> tuple[Ghost, ...]:
        """Earlier runs, the oldest first."""
        return tuple(self._ghosts)

    def table(self) -> Table | None:
        """The numbers of all runs that are shown; None when there are none."""
        shown = [ghost for ghost in self._ghosts if ghost.shown]
        if not self._history and not shown:
            return None
        return cost_table(Ghost(self._number, self._settings, self._history), shown, self._view)

    def _use(self, history: CostHistory) -> None:
        self._history = history
        self._controls.follow.setChecked(True)
        self._fill_metrics()
        self._show_view()
        self._curves.show_nothing()
        self._redraw()

    # Building

    def _build(self) -> None:
        self._canvas = PlotCanvas(self)
        self._canvas.setAccessibleName("Cost plot")
        self._curves = CostCurves(self._canvas)
        self._body = QWidget(self)
        self._body.setAccessibleName("Cost")
        self._controls = CostControls(lambda: self._body, self.table, self)
        self._controls.changed.connect(self._on_controls_changed)
        self._controls.runs.removed.connect(self._on_runs_removed)
        self._controls.follow.toggled.connect(self._on_follow_toggled)
        for box in self._curves.boxes:
            box.sigRangeChangedManually.connect(self._on_view_box_range_changed_manually)
            box.all_requested.connect(self._on_box_all_requested)
        self._canvas.sceneObj.sigMouseMoved.connect(self._on_scene_mouse_moved)
        self._canvas.viewport().installEventFilter(self)
        self._canvas.installEventFilter(self)
        self._readout = Overlay(self._canvas, framed=True)
        self._empty = Overlay(self._canvas, framed=False)
        self._empty.setText(EMPTY_TEXT)
        self._empty.adjustSize()
        self._legend = QLabel(self)
        self._legend.setTextFormat(Qt.TextFormat.RichText)
        self._legend.setContentsMargins(8, 2, 8, 2)
        self._legend.setWordWrap(True)
        body = QVBoxLayout(self._body)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(0)
        body.addWidget(self._legend)
        body.addWidget(self._canvas, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._controls)
        layout.addWidget(self._body, 1)

    def _restyle(self) -> None:
        self._curves.restyle()
        for overlay in (self._readout, self._empty):
            overlay.restyle()
        self._fill_runs()
        self._show_view()
        self._redraw()

    # Showing

    def _changed(self) -> None:
        if not self._redraw_timer.isActive() and self.isVisible():
            self._redraw_timer.start(max(0, round(1000 * (self._rested_at - time.monotonic()))))

    def _redraw(self) -> None:
        self._empty.setVisible(not self._history and not any(ghost.shown for ghost in self._ghosts))
        self._place_empty()
        self._write_legend()
        if self._view.epochs and self._curves.axis.per != self._history.window:
            self._show_view()
        if self._view.mode == "weighted":
            self._smoothed.update(self._history.costs)
        metric = self._view.metric
        lines = [(name, own[metric]) for name, own in self._references.items() if metric in own]
        self._curves.references.set(lines)
        self._curves.draw(self._history, self._smoothed, self._ghosts, following=self._controls.follow.isChecked())

    def _show_view(self) -> None:
        self._view = self._controls.view
        if self._view.smoothing != self._smoothed.smoothing:
            self._smoothed = SmoothedSeries(self._view.smoothing)
        self._curves.show_view(self._view, self._history.window)

    def _write_legend(self) -> None:
        text = legend_text(self._history, self._average_title()) if self._history else ""
        if text != self._legend.text():
            self._legend.setText(text)

    def _average_title(self) -> str:
        if self._view.mode == "weighted":
            return self._view.smoothing.title
        window = self._history.window
        return f"mean of {window:,} steps" if self._view.mode == "epoch" and window > 1 else ""

    def _fill_metrics(self) -> None:
        self._controls.axes.fill(self._history.metrics)
        if self._controls.axes.metric != self._view.metric:
            self._show_view()

    def _fill_runs(self) -> None:
        self._controls.runs.fill(self._ghosts, self._settings, ghost_color)

    def _place_empty(self) -> None:
        self._empty.move(
            (self._canvas.width() - self._empty.width()) // 2, (self._canvas.height() - self._empty.height()) // 2
        )

    def _average_at(self, step: float) -> float | None:
        if self._view.mode == "weighted":
            return self._smoothed.at(round(step))
        at = self._history.costs.at(round(step), self._history.window)
        return at[2] if at is not None else None

    def _read_off(self, place: float) -> tuple[float, str] | None:
        step = self._curves.axis.step(place)
        average = (self._average_title(), self._average_at(step))
        found = readout(self._history, step, self._view.metric, average, self._curves.marks_near(place))
        step = found[0] if found is not None else round(step)
        old = [ghost_line(ghost, step, ghost_color(ghost), self._view.metric) for ghost in self._ghosts if ghost.shown]
        text = "<br>".join([found[1] if found is not None else f"<b>Step {step:,}</b>", *filter(None, old)])
        return (step, text) if found is not None or any(old) else None

    def _hide_readout(self) -> None:
        self._readout.hide()
        for cursor in self._curves.cursors:
            cursor.hide()

    # Slots

    def _on_redraw_timer_timeout(self) -> None:
        begun = time.monotonic()
        if self.isVisible():
            self._redraw()
        self._rested_at = begun + PAINT * (time.monotonic() - begun) / DUTY

    def _on_theme_notifier_theme_changed(self) -> None:
        self._restyle()

    def _on_controls_changed(self) -> None:
        before: CostView = self._view
        self._show_view()
        after = self._view
        if (before.log_cost, before.log_steps, before.epochs) != (after.log_cost, after.log_steps, after.epochs):
            self._controls.follow.setChecked(True)
        self._redraw()

    def _on_runs_removed(self, ghost: Ghost) -> None:
        self._ghosts.remove(ghost)
        self._fill_runs()
        self._redraw()

    def _on_follow_toggled(self, checked: bool) -> None:
        if checked:
            self._curves.refit()
            self._redraw()

    def _on_view_box_range_changed_manually(self, _axes: object) -> None:
        self._controls.follow.setChecked(False)
        self._changed()

    def _on_box_all_requested(self) -> None:
        self._controls.follow.setChecked(True)

    def _on_scene_mouse_moved(self, position: QPointF) -> None:
        curves = self._curves
        inside = any(
            p.isVisible() and p.getViewBox().sceneBoundingRect().contains(position)
            for p in (curves.cost, curves.metric)
        )
        found = self._read_off(curves.boxes[0].mapSceneToView(position).x()) if inside else None
        if found is None:
            self._hide_readout()
            return
        for cursor in curves.cursors:
            cursor.setValue(float(curves.axis.place(found[0])))
            cursor.show()
        place = self._canvas.mapFromScene(position)
        self._readout.show_near(found[1], place.x(), place.y())

    def _on_key_pressed(self, key: int) -> bool:
        if key in (Qt.Key.Key_Home, Qt.Key.Key_0):
            self._controls.follow.setChecked(True)
            return True
        factor, share = KEYS.get(Qt.Key(key), (0.0, 0.0))
        if factor:
            self._curves.boxes[0].zoom(factor, share)
        return bool(factor)

    # Qt

    def eventFilter(self, watched: Any, event: Any) -> bool:
        if event.type() == event.Type.Leave:
            self._hide_readout()
        elif event.type() == event.Type.KeyPress and watched is self._canvas and self._on_key_pressed(event.key()):
            return True
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_empty()
        self._changed()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._changed()
