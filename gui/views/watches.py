"""The live view of watched tensors: their norm, mean, range or share of zeros against the step."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout

from gui.plots.lines import Lines
from gui.plots.ranges import FollowedRange
from gui.plots.style import Overlay, PlotCanvas, make_plot, style_plot, swatch, thin_pen, toggle
from gui.theme import current_theme, theme_notifier
from gui.views.base import LiveView
from gui.views.tensor_answer import Watch
from gui.views.tensor_choice import Choice
from gui.views.tensor_legend import WatchLegend, curve_pen
from gui.views.tensor_recorder import QUANTITIES, Curve, recorder_of
from gui.views.tensor_text import number_text, share_text
from gui.widgets.basic import ElidedLabel, ToolButton
from gui.widgets.export import Table

EMPTY = "Nothing is watched yet. Press the eye of a tensor in the view Tensors; its curve is drawn here."
MARKERS_UP_TO = 2
"""Points of a curve that still get a marker each: a single one would not be seen."""


class WatchesView(LiveView):
    """Curves of what the `Recorder` recorded."""

    name = "watches"
    title = "Over time"
    help = "How the norm, mean, range or zeros of watched tensors change from step to step."
    follows_weights = False  # the recorder does

    def build(self) -> None:
        self.recorder = recorder_of(self.context)
        self.quantity = Choice("Quantity", "What is drawn of each tensor; all of it is recorded", self.tools)
        self.quantity.fill([(title, name) for name, title in QUANTITIES.items()], "norm")
        self.quantity.setMinimumContentsLength(14)
        self.tools.setStretch(0, 0)
        self.log = toggle("Log", "Logarithmic axis; what is not positive is left out", self)
        self.clear = ToolButton("delete", "Stop watching all tensors", self)
        self.tools.addWidget(self.log)
        self.complaint = ElidedLabel("", "warning")
        self.tools.addWidget(self.complaint, 1)
        self.tools.addWidget(self.clear)
        self._plot_canvas = PlotCanvas(self)
        self._plot_canvas.setAccessibleName("Watched tensors over the steps")
        self._plot_canvas.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._plot = make_plot(self._plot_canvas, 0, bottom="Step")
        self._plot.disableAutoRange()
        self._plot.setMouseEnabled(x=False, y=False)
        self._lines = Lines()
        self._lines_made = 0
        self._plot.addItem(self._lines, ignoreBounds=True)
        self._cursor = pg.InfiniteLine(angle=90, movable=False)
        self._plot.addItem(self._cursor, ignoreBounds=True)
        self._cursor.hide()
        self._readout = Overlay(self._plot_canvas, framed=True)
        self._x_range, self._y_range = FollowedRange(), FollowedRange()
        self.legend = WatchLegend()
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self._plot_canvas, 1)
        row.addWidget(self.legend)
        self.body.addLayout(row)
        self._connect()
        self._restyle()

    def _connect(self) -> None:
        self.quantity.activated.connect(self._on_quantity_activated)
        self.log.toggled.connect(self._on_log_toggled)
        self.clear.clicked.connect(self.recorder.clear)
        self.legend.removed.connect(self.recorder.remove)
        self.recorder.changed.connect(self._on_recorder_changed)
        self.recorder.recorded.connect(self._on_recorder_recorded)
        self._plot_canvas.sceneObj.sigMouseMoved.connect(self._on_scene_mouse_moved)
        self._plot_canvas.viewport().installEventFilter(self)
        self._plot_canvas.installEventFilter(self)
        theme_notifier.theme_changed.connect(self._on_theme_notifier_theme_changed)

    # The base's side

    def problem_changed(self) -> None:
        self._show()

    def table(self) -> Table | None:
        watches = self._drawn()
        if not watches:
            return None
        columns = [dict(zip(curve.steps, curve.values, strict=True)) for _, curve in watches]
        steps = sorted(set().union(*columns))
        title = self.quantity.currentText().lower()
        names = [f"{title} of {watch.label}{f' ({watch.examples})' if watch.examples else ''}" for watch, _ in watches]
        return Table(["step", *names], [[step, *(column.get(step, "") for column in columns)] for step in steps])

    # Drawing

    def _drawn(self) -> list[tuple[Watch, Curve]]:
        quantity = self.quantity.currentData()
        return [(watch, curves[quantity]) for watch, curves in self.recorder.curves.items()]

    def _text(self, value: float) -> str:
        return share_text(value) if self.quantity.currentData() == "zeros" else number_text(value)

    def _show(self) -> None:
        """Another set of curves: choose between the picture and a sentence, and draw."""
        if self.context.problem is None and not self.recorder.curves:
            self.say(self.context.complaint)
            return
        self.say("" if self.recorder.curves else EMPTY)
        self.clear.setEnabled(bool(self.recorder.curves))
        self._restyle()

    def _redraw(self) -> None:
        drawn, log = self._drawn(), self.log.isChecked()
        values = []
        for number, (_, curve) in enumerate(drawn):
            x, y = curve.drawn()
            values.append(y)
            with np.errstate(all="ignore"):
                heights = np.where(y > 0, np.log10(y), np.nan) if log else y
            markers = len(x) <= MARKERS_UP_TO and bool(np.isfinite(heights).all())
            self._lines.set(str(number), x, heights, markers=markers)
        for number in range(len(drawn), self._lines_made):
            self._lines.set(str(number), np.empty(0), np.empty(0))
        ends = [curve.steps[-1] for _, curve in drawn if curve.steps]
        starts = [curve.steps[0] for _, curve in drawn if curve.steps]
        if ends:
            span = self._x_range.fit_end(min(starts), max(ends))
            if span is not None:
                self._plot.setXRange(*span, padding=0)
        share = self.quantity.currentData() == "zeros" and not log
        span = self._y_range.fit(values, log, share=share)
        if span is not None:
            self._plot.setYRange(*((-0.02, 1.02) if share else span), padding=0)
        self._lines.show_range(*self._plot.viewRange())
        latest = [self._text(curve.values[-1]) if curve.values else "–" for _, curve in drawn]
        self.legend.show_values(latest)
        if self.complaint.accessibleName() != self.recorder.complaint:
            self.complaint.set_full_text(self.recorder.complaint)

    def _restyle(self) -> None:
        self.legend.show_watches(self.recorder.watches)
        self._plot_canvas.setBackground(current_theme().surface_raised)
        style_plot(self._plot)
        for number in range(len(self.recorder.curves)):
            color, dashed = curve_pen(number)
            if number >= self._lines_made:
                self._lines.add(str(number), smooth=True)
                self._lines_made = number + 1
            self._lines.style(str(number), thin_pen(color, 2, dashed=dashed), thin_pen(color, 2), pg.mkBrush(color))
        self._cursor.setPen(thin_pen(current_theme().border_strong))
        self._readout.restyle()
        self._fit_anew()

    def _fit_anew(self) -> None:
        self._x_range.reset()
        self._y_range.reset()
        self._plot.setLabel("left", self.quantity.currentText())
        self._redraw()

    # Reading off

    def _point_at(self, step: float) -> None:
        """Show the numbers recorded nearest to a step."""
        found = [(number, watch, curve.at(step)) for number, (watch, curve) in enumerate(self._drawn())]
        points = [(number, watch, point) for number, watch, point in found if point is not None]
        if not points:
            self._hide_readout()
            return
        nearest = min((point[0] for _, _, point in points), key=lambda at: abs(at - step))
        lines = [f"<b>Step {nearest:,}</b>"]
        for number, watch, point in points:
            color, dashed = curve_pen(number)
            when = "" if point[0] == nearest else f" (step {point[0]:,})"
            lines.append(swatch(color, f"{escape(watch.label)} {escape(self._text(point[1]))}{when}", dashed=dashed))
        self._cursor.setValue(nearest)
        self._cursor.show()
        place = self._plot_canvas.mapFromScene(self._plot.getViewBox().mapViewToScene(QPointF(nearest, 0)))
        self._readout.show_near("<br>".join(lines), place.x(), self._plot_canvas.height() // 2)

    def _hide_readout(self) -> None:
        self._readout.hide()
        self._cursor.hide()

    def _move_cursor(self, way: int) -> None:
        steps = sorted({step for _, curve in self._drawn() for step in curve.steps})
        if steps:
            at = self._cursor.value() if self._cursor.isVisible() else steps[-1] + 1
            place = int(np.searchsorted(steps, at)) + way if self._cursor.isVisible() else len(steps) - 1
            self._point_at(steps[min(max(place, 0), len(steps) - 1)])

    # Slots

    def _on_quantity_activated(self) -> None:
        self._fit_anew()

    def _on_log_toggled(self, checked: bool) -> None:
        self._plot.getAxis("left").setLogMode(x=False, y=checked)
        self._fit_anew()

    def _on_recorder_changed(self) -> None:
        self._show()

    def _on_recorder_recorded(self) -> None:
        if self.is_shown:
            self._redraw()

    def _on_scene_mouse_moved(self, position: QPointF) -> None:
        if self._plot.sceneBoundingRect().contains(position):
            self._point_at(self._plot.getViewBox().mapSceneToView(position).x())
        else:
            self._hide_readout()

    def _on_theme_notifier_theme_changed(self) -> None:
        self._restyle()

    # Qt

    def eventFilter(self, watched: Any, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Leave, QEvent.Type.FocusOut):
            self._hide_readout()
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and watched is self._plot_canvas:
            way = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
            if way is not None:
                self._move_cursor(way)
                return True
        return super().eventFilter(watched, event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.recorder.is_looked_at = True
        self._show()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.recorder.is_looked_at = False
