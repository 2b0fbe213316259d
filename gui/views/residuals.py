"""Regression: predicted against true values, and what is left over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyqtgraph as pg

from engine.metrics import ErrorFigures, error_figures
from gui.plots.captions import part_colors
from gui.plots.style import thin_pen
from gui.theme import current_theme, qcolor
from gui.views.engine import ViewEngine
from gui.views.result_data import outcome
from gui.views.result_plot import PointPlot
from gui.views.result_text import examples, figure, unbroken
from gui.views.result_view import QuietCombo, ResultView
from gui.widgets.export import Table

Kind = Literal["against", "residuals", "histogram"]
KINDS: dict[Kind, str] = {
    "against": "Predicted against true", "residuals": "Residuals", "histogram": "Histogram of residuals",
}  # fmt: skip
POINTS = 2_000
"""Examples drawn at most."""
BINS = 30


@dataclass(frozen=True, eq=False, slots=True)
class Fit:
    """What the view draws, in original units."""

    title: str
    part: str
    places: np.ndarray
    truth: np.ndarray
    predicted: np.ndarray
    figures: ErrorFigures
    counts: np.ndarray
    """(BINS,) examples by residual."""
    edges: np.ndarray
    sampled: str

    @property
    def residuals(self) -> np.ndarray:
        """ŷ − y."""
        return self.predicted - self.truth


class ResidualsView(ResultView):
    """How far predicted values are from the true ones."""

    name = "residuals"
    title = "Residuals"
    help = "Regression: predicted against true values, residuals, and MAE, RMSE and R²."
    wants = "values"
    otherwise = "'{title}' is a class, not a number. The Confusion matrix shows which classes are mixed up."
    offers_threshold = False

    def build_picture(self) -> None:
        self._fit: Fit | None = None
        self._drawn = np.zeros(0, np.int64)
        self.kind = QuietCombo("Plot", "Which plot is shown")
        self.kind.set_texts(list(KINDS.values()), 0)
        self.kind.activated.connect(self._on_kind_activated)
        self.tools.addWidget(self.kind)
        self.chart = PointPlot("Examples: left and right go from one to the next, Enter looks at it")
        self.chart.restyled.connect(self._on_chart_restyled)
        self.chart.point_chosen.connect(self._on_chart_point_chosen)
        self.body.addWidget(self.chart)
        self._bars = pg.BarGraphItem(x=[], height=[], width=1)
        self._ideal = pg.PlotCurveItem()
        self._cloud = pg.ScatterPlotItem(pxMode=True)
        self._ring = pg.ScatterPlotItem(pxMode=True, size=15)
        for item in (self._bars, self._ideal, self._cloud, self._ring):
            self.chart.plot.addItem(item, ignoreBounds=True)
        self.context.example_changed.connect(self._on_context_example_changed)

    @staticmethod
    def compute(engine: ViewEngine, question: Any) -> Fit:
        part, index, _ = question
        found = outcome(engine, part, index)
        truth, predicted = found.truth.astype(np.float64), found.values.astype(np.float64)
        left = predicted - truth
        counts, edges = np.histogram(left, BINS, range=_range(left))
        figures = error_figures(truth, predicted)
        return Fit(found.answer.title, part, found.places, truth, predicted, figures, counts, edges, found.sampled)

    def show_answer(self, answer: Fit) -> None:
        self._fit = answer
        self._draw()

    def table(self) -> Table | None:
        fit = self._fit
        if fit is None:
            return None
        columns = (fit.places + 1, fit.truth, fit.predicted, fit.residuals)
        rows = list(zip(*(column.tolist() for column in columns), strict=True))
        return Table(["example", f"true {fit.title}", f"predicted {fit.title}", "residual"], rows)

    # Drawing

    @property
    def _kind(self) -> Kind:
        return list(KINDS)[max(self.kind.currentIndex(), 0)]

    def _draw(self) -> None:
        fit, theme = self._fit, current_theme()
        if fit is None:
            return
        self.chart.legend.setText(_legend(fit))
        color = dict(part_colors())[fit.part]
        if self._kind == "histogram":
            self._draw_histogram(fit, color)
            return
        self._bars.setOpts(x=[], height=[])
        shown = np.arange(len(fit.places))
        if len(shown) > POINTS:
            shown = np.linspace(0, len(shown) - 1, POINTS).round().astype(np.int64)
        if self._kind == "against":
            x, y = fit.truth[shown], fit.predicted[shown]
            both = _range(np.concatenate([fit.truth, fit.predicted]))
            self.chart.set_axes(f"True {fit.title}", f"Predicted {fit.title}", both, both)
            self._ideal.setData(list(both), list(both))
        else:
            x, y = fit.predicted[shown], fit.residuals[shown]
            across, reach = _range(fit.predicted), max(abs(v) for v in _range(fit.residuals))
            self.chart.set_axes(f"Predicted {fit.title}", "Residual: predicted − true", across, (-reach, reach))
            self._ideal.setData(list(across), [0, 0])
        self._ideal.setPen(thin_pen(theme.text_muted, 1.2, 200, dashed=True))
        size = 8 if len(shown) <= 400 else 6
        self._cloud.setData(x, y, size=size, brush=pg.mkBrush(qcolor(color, 150)), pen=thin_pen(theme.surface_raised))
        self._drawn = shown
        self.chart.set_points(x, y, self._describe)
        self._show_ring(x, y)

    def _draw_histogram(self, fit: Fit, color: str) -> None:
        theme = current_theme()
        for item in (self._cloud, self._ring):
            item.setData([], [])
        centres, width = (fit.edges[1:] + fit.edges[:-1]) / 2, float(fit.edges[1] - fit.edges[0])
        self._bars.setOpts(
            x=centres, height=fit.counts, width=0.92 * width,
            brush=pg.mkBrush(qcolor(color, 150)), pen=pg.mkPen(None),
        )  # fmt: skip
        top = 1.08 * max(int(fit.counts.max(initial=0)), 1)
        self.chart.set_axes(
            "Residual: predicted − true", "Examples", (float(fit.edges[0]), float(fit.edges[-1])), (0, top)
        )
        self._ideal.setData([0, 0], [0, top])
        self._ideal.setPen(thin_pen(theme.text_muted, 1.2, 200, dashed=True))

        def describe(i: int) -> str:
            low, high = figure(float(fit.edges[i]), 3), figure(float(fit.edges[i + 1]), 3)
            return f"<b>{examples(int(fit.counts[i]))}</b><br>residual {low} to {high}"

        self._drawn = np.zeros(0, np.int64)
        self.chart.set_points(centres, fit.counts.astype(np.float64), describe)

    def _describe(self, index: int) -> str:
        fit = self._fit
        if fit is None or index >= len(self._drawn):
            return ""
        i = self._drawn[index]
        return (
            f"<b>Example {fit.places[i] + 1:,} of {fit.part}</b><br>true {figure(float(fit.truth[i]))}<br>"
            f"predicted {figure(float(fit.predicted[i]))}<br>residual {figure(float(fit.residuals[i]))}"
        )

    def _show_ring(self, x: np.ndarray, y: np.ndarray) -> None:
        """Mark the example that is looked at."""
        fit, (part, place) = self._fit, self.context.example
        here = fit.places[self._drawn] == place if fit is not None and fit.part == part else np.zeros(len(x), bool)
        self._ring.setData(x[here], y[here], brush=pg.mkBrush(None), pen=thin_pen(current_theme().text, 2))

    def _on_kind_activated(self, _index: int) -> None:
        self._draw()

    def _on_chart_restyled(self) -> None:
        self._draw()

    def _on_chart_point_chosen(self, index: int) -> None:
        if self._fit is not None and index < len(self._drawn):
            self.context.show_example(self._fit.part, int(self._fit.places[self._drawn[index]]))

    def _on_context_example_changed(self) -> None:
        self._draw()


def _range(values: np.ndarray) -> tuple[float, float]:
    """A stretch that holds all values and a margin."""
    low, high = float(values.min()), float(values.max())
    pad = 0.05 * (high - low) or max(abs(high), 1.0) * 0.05
    return low - pad, high + pad


def _legend(fit: Fit) -> str:
    theme, figures = current_theme(), fit.figures
    pairs = [
        ("MAE", figures.mae), ("RMSE", figures.rmse), ("R²", figures.r2), ("mean residual", figures.bias),
        ("spread", figures.spread), ("median |residual|", figures.median), ("largest", figures.largest),
    ]  # fmt: skip
    strong = " &nbsp; ".join(f"{name} <b>{figure(value)}</b>" for name, value in pairs[:3])
    rest = " · ".join(unbroken(f"{name} {figure(value, 3)}") for name, value in pairs[3:])
    tail = f" &nbsp; {fit.sampled}" if fit.sampled else ""
    return f"{strong} &nbsp; <span style='color:{theme.text_muted}'>{rest}{tail}</span>"
