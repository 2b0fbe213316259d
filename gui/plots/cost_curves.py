"""What the cost plot draws: curves of the cost and of a figure below it, earlier runs, live changes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import pyqtgraph as pg

from gui.plots.captions import PARTS, metric_title, part_colors
from gui.plots.coloring import rgb
from gui.plots.cost_controls import CostView
from gui.plots.curves import CostHistory, Mark
from gui.plots.ghosts import Ghost
from gui.plots.lines import Lines
from gui.plots.marks import MarkLines
from gui.plots.ranges import FollowedRange, most_below
from gui.plots.references import ReferenceLines
from gui.plots.series import Envelope
from gui.plots.smoothing import SmoothedSeries, Smoothing
from gui.plots.step_axis import StepAxis
from gui.plots.style import PlotCanvas, make_plot, style_plot, thin_pen
from gui.plots.zoom import ZoomBox
from gui.theme import current_theme

COLUMNS = 300
"""At least; a stretch is drawn in one to four times as many."""
GHOST_COLUMNS = 120
MARKERS_UP_TO = 25
"""Points of an evaluated curve that still get a marker each."""
PALE = 0.45
"""How much of its colour an earlier run keeps."""
FIRST_STEPS, FIRST_COST = (0.0, 50.0), (0.0, 1.0)
"""Ranges of the axes while there is nothing."""


class CostCurves:
    """The items of the plot; it holds no truth of its own."""

    def __init__(self, canvas: PlotCanvas) -> None:
        """Put the items into a canvas."""
        self._canvas = canvas
        self.boxes = (ZoomBox(), ZoomBox())
        self.cost = make_plot(canvas, 0, left="Cost J", box=self.boxes[0])
        self.metric = make_plot(canvas, 1, bottom="Step", left="Metric", box=self.boxes[1])
        self.metric.setXLink(self.cost)
        self.axis = StepAxis()
        self._view = CostView("epoch", Smoothing())
        self._metric_shown: bool | None = None
        self._ranges = FollowedRange(), FollowedRange(), FollowedRange()
        self.lines, self.figures = Lines(), Lines()
        self.old_lines, self.old_figures = Lines(), Lines()
        self._old_names: list[str] = []
        self._old_key: object = None
        self.marks, self._marks_below = MarkLines(labels=True), MarkLines(labels=False)
        self.references = ReferenceLines()
        self.lines.add("each")
        self.lines.add("mean", smooth=True)
        for plot, items in (
            (self.cost, (self.old_lines, self.lines, self.marks)),
            (self.metric, (self.references, self.old_figures, self.figures, self._marks_below)),
        ):
            plot.disableAutoRange()
            for item in items:
                plot.addItem(item, ignoreBounds=True)
        for lines in (self.lines, self.figures):
            for part in PARTS:
                lines.add(part, smooth=True)
        self.cursors = [pg.InfiniteLine(angle=90, movable=False) for _ in range(2)]
        for plot, cursor in zip((self.cost, self.metric), self.cursors, strict=True):
            plot.addItem(cursor, ignoreBounds=True)
            cursor.hide()
        canvas.ci.layout.setRowStretchFactor(0, 3)
        self.show_nothing()

    def restyle(self) -> None:
        """Take the colours of the theme."""
        theme = current_theme()
        self._canvas.setBackground(theme.surface_raised)
        for plot in (self.cost, self.metric):
            style_plot(plot)
        for box in self.boxes:
            box.restyle()
        self.lines.style("each", thin_pen(theme.text_muted, 1, 70))
        self.lines.style("mean", thin_pen(theme.text, 1))
        for lines in (self.lines, self.figures):
            for part, color in part_colors():
                hollow = part == "dev"
                inside = pg.mkBrush(theme.surface_raised if hollow else color)
                lines.style(part, thin_pen(color, 2, dashed=hollow), thin_pen(color, 1.5), inside)
        for cursor in self.cursors:
            cursor.setPen(thin_pen(theme.border_strong))
        self._old_key = None

    def show_nothing(self) -> None:
        """Axes as before the first run."""
        self.refit()
        self.cost.setXRange(*self.axis.place(np.array(FIRST_STEPS) + self.axis.log), padding=0)
        self.cost.setYRange(*(FIRST_COST if not self._view.log_cost else (-2.0, 0.0)), padding=0)
        self.metric.setYRange(0.0, 1.02, padding=0)

    def refit(self) -> None:
        """Let the axes fit anew when they follow next."""
        for followed in self._ranges:
            followed.reset()

    def show_view(self, view: CostView, window: int) -> None:
        """Axes as chosen; `window` is the steps of an epoch."""
        axis = StepAxis(window if view.epochs else 1, view.log_steps)
        if (axis, view.log_cost, view.metric) != (self.axis, self._view.log_cost, self._view.metric):
            self.refit()
        self.axis, self._view = axis, view
        self.cost.getAxis("left").setLogMode(x=False, y=view.log_cost)
        shown = bool(view.metric)
        for plot in (self.cost, self.metric):
            plot.getAxis("bottom").setLogMode(x=view.log_steps, y=False)
        _label(self.cost, "bottom", "" if shown else axis.title)
        _label(self.metric, "bottom", axis.title)
        _label(self.metric, "left", metric_title(view.metric) if shown else "Metric")
        if shown != self._metric_shown:
            self._metric_shown = shown
            self.metric.setVisible(shown)
            self._canvas.ci.layout.setRowStretchFactor(1, 2 if shown else 0)
            self._canvas.ci.layout.setRowMaximumHeight(1, 16_777_215 if shown else 0)
            self.cost.getAxis("bottom").setStyle(showValues=not shown)

    def draw(self, history: CostHistory, smoothed: SmoothedSeries, ghosts: Sequence[Ghost], *, following: bool) -> None:
        """Draw everything anew; `smoothed` is up to date where it is shown."""
        ghosts = [ghost for ghost in ghosts if ghost.shown]
        if following:
            self._follow_steps(history, ghosts)
        first, last = self.cost.viewRange()[0]
        envelope = self._envelope(history, first, last, COLUMNS)
        self._draw_steps(history, smoothed, envelope, (first, last))
        log, metric = self._view.log_cost, self._view.metric
        costs = [self._draw_part(self.lines, history, part, "cost", log) for part in PARTS]
        figures = [self._draw_part(self.figures, history, part, metric, False) for part in PARTS]
        old = self._draw_ghosts(ghosts, first, last)
        if following:
            self._follow_values(envelope, costs, figures, old if not history else ([], []))
        for plot, items in (
            (self.cost, (self.lines, self.old_lines, self.marks)),
            (self.metric, (self.figures, self.old_figures, self._marks_below, self.references)),
        ):
            for item in items:
                item.show_range(*plot.viewRange())
        for lines in (self.marks, self._marks_below):
            lines.set(history.marks, self.axis)

    def marks_near(self, place: float) -> list[Mark]:
        """Live changes under the mouse."""
        return self.marks.near(place, self.boxes[0].viewPixelSize()[0])

    # Parts of it

    def _envelope(self, history: CostHistory, first: float, last: float, columns: int) -> Envelope:
        make = partial(history.costs.envelope, window=history.window)
        return self.axis.envelope(make, first, last, columns)

    def _draw_steps(
        self, history: CostHistory, smoothed: SmoothedSeries, envelope: Envelope, seen: tuple[float, float]
    ) -> None:
        log, place = self._view.log_cost, self.axis.place(envelope.step)
        if np.array_equal(envelope.low, envelope.high):
            self.lines.set("each", place, _scaled(envelope.low, log))
        else:
            both = np.stack([envelope.low, envelope.high], axis=1).ravel()
            self.lines.set("each", np.repeat(place, 2), _scaled(both, log))
        if self._view.mode == "weighted":
            average = self.axis.envelope(smoothed.envelope, *seen, COLUMNS)
            self.lines.set("mean", self.axis.place(average.step), _scaled(average.mean, log))
        elif self._view.mode == "epoch" and history.window > 1:
            self.lines.set("mean", place, _scaled(envelope.mean, log))
        else:
            self.lines.set("mean", place[:0], place[:0])

    def _draw_part(self, lines: Lines, history: CostHistory, part: str, metric: str, log: bool) -> np.ndarray:
        points = history.evaluations.get((part, metric))
        steps, values = points.drawn() if points is not None else (np.empty(0), np.empty(0))
        lines.set(part, self.axis.place(steps), _scaled(values, log), markers=len(steps) <= MARKERS_UP_TO)
        return values

    def _draw_ghosts(self, ghosts: list[Ghost], first: float, last: float) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Earlier runs; they do not change, so they are drawn anew only when something else does."""
        key = (tuple(ghost.number for ghost in ghosts), first, last, self.axis, self._view)
        if key == self._old_key:
            return [], []
        self._old_key = key
        for name in self._old_names:
            self.old_lines.remove(name)
            self.old_figures.remove(name)
        self._old_names, costs, figures = [], [], []
        for ghost in ghosts:
            envelope = self._envelope(ghost.history, first, last, GHOST_COLUMNS)
            if self._view.mode == "weighted":
                envelope = self.axis.envelope(ghost.smoothed(self._view.smoothing).envelope, first, last, GHOST_COLUMNS)
            costs.append(envelope.mean)
            self._add_old(ghost, "", self.axis.place(envelope.step), envelope.mean, np.empty(0), np.empty(0))
            points = ghost.history.evaluations.get(("dev", "cost"))
            below = ghost.history.evaluations.get(("dev", self._view.metric)) or ghost.history.evaluations.get(
                ("train", self._view.metric)
            )
            dev, figure = (p.drawn(500) if p is not None else (np.empty(0), np.empty(0)) for p in (points, below))
            figures.append(figure[1])
            self._add_old(ghost, " dev", self.axis.place(dev[0]), dev[1], self.axis.place(figure[0]), figure[1])
        return costs, figures

    def _add_old(self, ghost: Ghost, part: str, x: np.ndarray, y: np.ndarray, u: np.ndarray, v: np.ndarray) -> None:
        name = f"{ghost.number}{part}"
        self._old_names.append(name)
        pen = thin_pen(ghost_color(ghost), 1, dashed=bool(part))
        for lines, places, values in ((self.old_lines, x, _scaled(y, self._view.log_cost)), (self.old_figures, u, v)):
            lines.add(name, smooth=True)
            lines.style(name, pen)
            lines.set(name, places, values)

    # Following

    def _follow_steps(self, history: CostHistory, ghosts: Sequence[Ghost]) -> None:
        runs = [history] if history else [ghost.history for ghost in ghosts]
        if not runs:
            return
        start, end = min(run.costs.start for run in runs), max(run.end for run in runs)
        span = self._ranges[0].fit_end(start, end)
        if span is not None:
            self.cost.setXRange(
                *self.axis.place(np.array([max(span[0], 1.0) if self.axis.log else span[0], span[1]])), padding=0
            )

    def _follow_values(
        self,
        envelope: Envelope,
        costs: list[np.ndarray],
        figures: list[np.ndarray],
        old: tuple[list[np.ndarray], list[np.ndarray]],
    ) -> None:
        typical = most_below(envelope.high, 0.98)
        span = self._ranges[1].fit([envelope.low, envelope.mean, [typical], *costs, *old[0]], self._view.log_cost)
        if span is not None:
            self.cost.setYRange(*span, padding=0)
        share = self._view.metric.endswith("accuracy")
        others = [[value for _, value in self.references.lines]]
        span = self._ranges[2].fit([*figures, *old[1], *others], False, share=share)
        if span is not None:
            self.metric.setYRange(*span, padding=0)


def ghost_color(ghost: Ghost) -> str:
    """The pale colour of an earlier run; solid, because translucent lines are slow to draw."""
    theme = current_theme()
    own, paper = rgb(theme.classes[(ghost.number + 1) % len(theme.classes)]), rgb(theme.surface_raised)
    red, green, blue = (int(c) for c in paper + PALE * (own - paper))
    return f"#{red:02x}{green:02x}{blue:02x}"


def _label(plot: object, side: str, text: str) -> None:
    axis = plot.getAxis(side)  # type: ignore[attr-defined]
    if axis.labelText != text:
        axis.setLabel(text, **axis.labelStyle)


def _scaled(values: np.ndarray, log: bool) -> np.ndarray:
    """Values as drawn: on a logarithmic axis, what is not positive sits far below."""
    return np.log10(np.maximum(values, 1e-12)) if log else values
