"""The cost plot: how far the network is from its targets, step by step, while it learns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, QTimer
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from engine.events import Changed, Evaluated, Progress, Started
from gui.plots.captions import PARTS, legend_text, metric_title, part_colors, readout
from gui.plots.curves import CostHistory
from gui.plots.lines import Lines
from gui.plots.ranges import FollowedRange, most_below
from gui.plots.style import Overlay, PlotCanvas, make_plot, style_plot, thin_pen, toggle
from gui.theme import current_theme, theme_notifier

EMPTY_TEXT = "Press Space to train"
COLUMNS = 300
"""At least; a stretch is drawn in one to four times as many."""
MARKERS_UP_TO = 25
"""Points of an evaluated curve that still get a marker each."""
MARKS_SHOWN = 40
COARSE = 500


class CostPlot(QWidget):
    """Cost per step with its moving average over an epoch, cost and metric of train and dev, and live changes.

    Whatever is appended is only stored; drawing happens once afterwards, and not at all while the plot is hidden.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._history = CostHistory()
        self._build()
        self._redraw_timer = QTimer(self, singleShot=True, interval=0)
        self._redraw_timer.timeout.connect(self._on_redraw_timer_timeout)
        theme_notifier.theme_changed.connect(self._on_theme_notifier_theme_changed)
        self._restyle()
        self._show_metric_plot()

    # What the window calls

    def begin(self, started: Started) -> None:
        """A run begins or goes on: take the length of its epochs for the moving average."""
        self._history.window = max(1, started.steps_per_epoch)
        if self._history and started.step < self._history.end:
            self._history.truncate(started.step)
        self._changed()

    def append_progress(self, progress: Progress) -> None:
        """Add the costs of some steps."""
        self._history.append_progress(progress)
        self._changed()

    def append_evaluation(self, evaluated: Evaluated) -> None:
        """Add cost and metrics of the parts."""
        self._history.append_evaluation(evaluated)
        if self._metric.count() != len(self._history.metrics):
            self._fill_metrics()
        self._changed()

    def mark(self, changed: Changed) -> None:
        """Draw a line where a live setting was changed."""
        self._history.mark(changed)
        self._draw_marks()
        self._changed()

    def clear(self) -> None:
        """Forget everything."""
        self._use(CostHistory())

    def history(self) -> dict[str, Any]:
        """Everything as plain values, for a project file."""
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

    def _use(self, history: CostHistory) -> None:
        self._history = history
        self._x_range.reset()
        self._cost_range.reset()
        self._metric_range.reset()
        self._follow.setChecked(True)
        self._fill_metrics()
        self._draw_marks()
        self._redraw()

    # Building

    def _build(self) -> None:
        self._legend = QLabel(self)
        self._legend.setTextFormat(Qt.TextFormat.RichText)
        self._log = toggle("Log", "Logarithmic axis for the cost", self)
        self._log.toggled.connect(self._on_log_toggled)
        self._follow = toggle("Follow", "Keep the whole run in view; drag or turn the wheel to look closer", self)
        self._follow.setChecked(True)
        self._follow.toggled.connect(self._on_follow_toggled)
        self._show_metric = toggle("Metric", "Show accuracy, or the errors of a regression, below the cost", self)
        self._show_metric.setChecked(True)
        self._show_metric.toggled.connect(self._on_show_metric_toggled)
        self._metric = QComboBox(self)
        self._metric.setAccessibleName("Metric")
        self._metric.setToolTip("The figure drawn below the cost")
        self._metric.currentIndexChanged.connect(self._on_metric_current_index_changed)
        self._canvas = PlotCanvas(self)
        self._canvas.setAccessibleName("Cost plot")
        self._plot = make_plot(self._canvas, 0, left="Cost J")
        self._metric_plot = make_plot(self._canvas, 1, bottom="Step", left="Metric")
        self._metric_plot.setXLink(self._plot)
        self._canvas.ci.layout.setRowStretchFactor(0, 3)
        self._canvas.ci.layout.setRowStretchFactor(1, 2)
        self._x_range, self._cost_range, self._metric_range = FollowedRange(), FollowedRange(), FollowedRange()
        self._costs, self._figures = Lines(), Lines()
        self._costs.add("each")
        self._costs.add("mean", smooth=True)
        for plot, lines in ((self._plot, self._costs), (self._metric_plot, self._figures)):
            plot.addItem(lines, ignoreBounds=True)
            for part in PARTS:
                lines.add(part, smooth=True)
        self._lines: list[pg.InfiniteLine] = []
        self._cursors = [pg.InfiniteLine(angle=90, movable=False) for _ in range(2)]
        for plot, cursor in zip((self._plot, self._metric_plot), self._cursors, strict=True):
            plot.disableAutoRange()
            plot.addItem(cursor, ignoreBounds=True)
            cursor.hide()
            plot.getViewBox().sigRangeChangedManually.connect(self._on_view_box_range_changed_manually)
        self._canvas.sceneObj.sigMouseMoved.connect(self._on_scene_mouse_moved)
        self._canvas.viewport().installEventFilter(self)
        self._readout = Overlay(self._canvas, framed=True)
        self._empty = Overlay(self._canvas, framed=False)
        self._empty.setText(EMPTY_TEXT)
        self._empty.adjustSize()
        header = QHBoxLayout()
        header.setContentsMargins(8, 4, 8, 0)
        header.setSpacing(8)
        header.addWidget(self._legend, 1)
        for widget in (self._metric, self._show_metric, self._log, self._follow):
            header.addWidget(widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(header)
        layout.addWidget(self._canvas, 1)

    def _restyle(self) -> None:
        theme = current_theme()
        self._canvas.setBackground(theme.surface_raised)
        for plot in (self._plot, self._metric_plot):
            style_plot(plot)
        self._costs.style("each", thin_pen(theme.text_muted, 1, 70))
        self._costs.style("mean", thin_pen(theme.text, 1))
        for lines in (self._costs, self._figures):
            for part, color in part_colors():
                hollow = part == "dev"
                inside = pg.mkBrush(theme.surface_raised if hollow else color)
                lines.style(part, thin_pen(color, 2, dashed=hollow), thin_pen(color, 1.5), inside)
        for cursor in self._cursors:
            cursor.setPen(thin_pen(theme.border_strong))
        for overlay in (self._readout, self._empty):
            overlay.restyle()
        self._draw_marks()
        self._redraw()

    def _write_legend(self) -> None:
        text = legend_text(self._history) if self._history else ""
        if text != self._legend.text():
            self._legend.setText(text)

    # Drawing

    def _changed(self) -> None:
        if not self._redraw_timer.isActive() and self.isVisible():
            self._redraw_timer.start()

    def _redraw(self) -> None:
        history, log = self._history, self._log.isChecked()
        self._empty.setVisible(not history)
        self._place_empty()
        self._write_legend()
        following = self._follow.isChecked()
        if following:
            span = self._x_range.fit_end(history.costs.start, history.end)
            if span is not None:
                self._plot.setXRange(*span, padding=0)
        first, last = self._plot.viewRange()[0]
        envelope = history.costs.envelope(first, last, COLUMNS, history.window)
        raw_y = np.empty(2 * len(envelope.step))
        raw_y[::2], raw_y[1::2] = envelope.low, envelope.high
        if np.array_equal(envelope.low, envelope.high):
            self._costs.set("each", envelope.step, _scaled(envelope.low, log))
        else:
            self._costs.set("each", np.repeat(envelope.step, 2), _scaled(raw_y, log))
        mean = envelope.mean if history.window > 1 else envelope.mean[:0]
        self._costs.set("mean", envelope.step[: len(mean)], _scaled(mean, log))
        metric = self._metric.currentData()
        costs = [self._draw_part(self._costs, part, "cost", log) for part in PARTS]
        figures = [self._draw_part(self._figures, part, metric, False) for part in PARTS]
        if following:
            typical = most_below(envelope.high, 0.98)
            span = self._cost_range.fit([envelope.low, envelope.mean, [typical], *costs], log)
            if span is not None:
                self._plot.setYRange(*span, padding=0)
            span = self._metric_range.fit(figures, False, share=bool(metric) and metric.endswith("accuracy"))
            if span is not None:
                self._metric_plot.setYRange(*span, padding=0)
        self._costs.show_range(*self._plot.viewRange())
        self._figures.show_range(*self._metric_plot.viewRange())

    def _draw_part(self, lines: Lines, part: str, metric: str | None, log: bool) -> np.ndarray:
        points = self._history.evaluations.get((part, metric or ""))
        steps, values = points.drawn() if points is not None else (np.empty(0), np.empty(0))
        lines.set(part, steps, _scaled(values, log), markers=len(steps) <= MARKERS_UP_TO)
        return values

    def _draw_marks(self) -> None:
        theme = current_theme()
        for line in self._lines:
            self._plot.removeItem(line)
        self._lines = []
        for number, mark in enumerate(self._history.marks[-MARKS_SHOWN:]):
            options = {
                "position": 0.94 - 0.09 * (number % 3),
                "color": theme.text,
                "fill": theme.surface_raised,
                "border": thin_pen(theme.border),
                "movable": False,
            }
            pen = thin_pen(theme.accent, 1, 170, dashed=True)
            line = pg.InfiniteLine(mark.step, angle=90, pen=pen, label=mark.text, labelOpts=options)
            line.setZValue(-1)
            for item in (line, line.label):
                item.setCacheMode(item.CacheMode.DeviceCoordinateCache)
            self._plot.addItem(line, ignoreBounds=True)
            self._lines.append(line)

    def _fill_metrics(self) -> None:
        chosen = self._metric.currentData()
        self._metric.blockSignals(True)
        self._metric.clear()
        for name in self._history.metrics:
            self._metric.addItem(metric_title(name), name)
        self._metric.setCurrentIndex(max(0, self._metric.findData(chosen)))
        self._metric.blockSignals(False)
        self._show_metric_plot()

    def _show_metric_plot(self) -> None:
        metrics = self._metric.count()
        shown = metrics > 0 and self._show_metric.isChecked()
        self._show_metric.setVisible(metrics > 0)
        self._metric.setVisible(metrics > 1 and shown)
        self._show_metric.setText(self._metric.currentText() if metrics == 1 else "Metric")
        self._metric_plot.setVisible(shown)
        self._canvas.ci.layout.setRowStretchFactor(1, 2 if shown else 0)
        self._canvas.ci.layout.setRowMaximumHeight(1, 16_777_215 if shown else 0)
        self._plot.setLabel("bottom", "" if shown else "Step")
        self._plot.getAxis("bottom").setStyle(showValues=not shown)
        self._metric_plot.setLabel("left", self._metric.currentText() or "Metric")

    def _place_empty(self) -> None:
        self._empty.move(
            (self._canvas.width() - self._empty.width()) // 2, (self._canvas.height() - self._empty.height()) // 2
        )

    # Reading off

    def _hide_readout(self) -> None:
        self._readout.hide()
        for cursor in self._cursors:
            cursor.hide()

    # Slots

    def _on_redraw_timer_timeout(self) -> None:
        if self.isVisible():
            self._redraw()

    def _on_theme_notifier_theme_changed(self) -> None:
        self._restyle()

    def _on_log_toggled(self, checked: bool) -> None:
        self._plot.getAxis("left").setLogMode(x=False, y=checked)
        self._cost_range.reset()
        self._follow.setChecked(True)
        self._redraw()

    def _on_follow_toggled(self, checked: bool) -> None:
        if checked:
            for followed in (self._x_range, self._cost_range, self._metric_range):
                followed.reset()
            self._redraw()

    def _on_show_metric_toggled(self, _checked: bool) -> None:
        self._show_metric_plot()
        self._redraw()

    def _on_metric_current_index_changed(self, _index: int) -> None:
        self._metric_plot.setLabel("left", self._metric.currentText() or "Metric")
        self._metric_range.reset()
        self._redraw()

    def _on_view_box_range_changed_manually(self, _axes: object) -> None:
        self._follow.setChecked(False)
        self._changed()

    def _on_scene_mouse_moved(self, position: QPointF) -> None:
        box = self._plot.getViewBox()
        inside = any(
            p.isVisible() and p.sceneBoundingRect().contains(position) for p in (self._plot, self._metric_plot)
        )
        step = box.mapSceneToView(position).x()
        found = readout(self._history, step, self._metric.currentData()) if inside else None
        if found is None:
            self._hide_readout()
            return
        for cursor in self._cursors:
            cursor.setValue(found[0])
            cursor.show()
        place = self._canvas.mapFromScene(position)
        self._readout.show_near(found[1], place.x(), place.y())

    def eventFilter(self, watched: Any, event: Any) -> bool:
        if event.type() == event.Type.Leave:
            self._hide_readout()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_empty()
        self._changed()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._changed()


def _scaled(values: np.ndarray, log: bool) -> np.ndarray:
    """Values as drawn: on a logarithmic axis, what is not positive sits far below."""
    return np.log10(np.maximum(values, 1e-12)) if log else values
