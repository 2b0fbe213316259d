"""How good the ranking of a classifier is, and whether its probabilities are right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyqtgraph as pg

from engine.answers import Answer, rank_scores
from engine.metrics import Calibration, Curve, calibration, precision_recall_curve, roc_curve, thinned
from gui.plots.style import swatch, thin_pen
from gui.theme import current_theme, qcolor
from gui.views.engine import ViewEngine
from gui.views.result_data import Outcome, ResultError, outcome
from gui.views.result_plot import PointPlot
from gui.views.result_text import examples, figure, percent, rate, unbroken
from gui.views.result_view import QuietCombo, ResultView
from gui.widgets.export import Table

Kind = Literal["roc", "precision_recall", "calibration"]
KINDS: dict[Kind, str] = {"roc": "ROC", "precision_recall": "Precision–recall", "calibration": "Calibration"}
AXES = {
    "roc": ("False positive rate", "True positive rate"),
    "precision_recall": ("Recall", "Precision"),
    "calibration": ("Predicted probability", "Share that is so"),
}
MOST = 10
"""Curves drawn at once: of more classes the hardest."""
MOST_SORTED = 100
"""Classes whose curves are worked out: of more the most frequent."""
MARGIN = 0.03


@dataclass(frozen=True, eq=False, slots=True)
class Line:
    """The curve of one class against all others."""

    title: str
    number: int
    curve: Curve
    share: float
    """Of the examples that are of this class."""
    mark: tuple[float, float] | None
    """Where the threshold stands."""


@dataclass(frozen=True, eq=False, slots=True)
class Drawing:
    """What the view draws."""

    kind: Kind
    answer: Answer
    lines: tuple[Line, ...]
    mean: float
    """Of the areas of all classes."""
    classes: int
    bins: Calibration | None
    m: int
    threshold: float
    sampled: str


class CurvesView(ResultView):
    """ROC curve, precision–recall curve and calibration."""

    name = "curves"
    title = "ROC, precision–recall, calibration"
    help = "How well the network ranks the examples at every threshold, and whether its probabilities are right."
    wants = "classes"
    otherwise = "'{title}' is a number, so there is nothing to rank. The Residuals view shows how far it is off."

    def build_picture(self) -> None:
        self._drawing: Drawing | None = None
        self.kind = QuietCombo("Curve", "Which curve is shown")
        self.kind.set_texts(list(KINDS.values()), 0)
        self.kind.activated.connect(self._on_kind_activated)
        self.tools.addWidget(self.kind)
        self.chart = PointPlot("Curves: left and right go along them, Enter takes the threshold", reach=48)
        self.chart.restyled.connect(self._on_chart_restyled)
        self.chart.point_chosen.connect(self._on_chart_point_chosen)
        self.body.addWidget(self.chart)
        plot = self.chart.plot
        self._chance = pg.PlotCurveItem()
        self._bars = pg.BarGraphItem(x=[], height=[], width=0.09)
        self._curves: list[pg.PlotCurveItem] = []
        self._marks = pg.ScatterPlotItem(pxMode=True, size=12)
        for item, z in ((self._bars, -5), (self._chance, -2), (self._marks, 20)):
            item.setZValue(z)
            plot.addItem(item, ignoreBounds=True)

    def result_question(self) -> Any:
        return *super().result_question(), self._kind

    @staticmethod
    def compute(engine: ViewEngine, question: Any) -> Drawing:
        part, index, threshold, kind = question
        found = outcome(engine, part, index)
        answer, m = found.answer, len(found.places)
        if kind == "calibration":
            bins = _bins(found)
            return Drawing(kind, answer, (), float("nan"), 0, bins, m, threshold, found.sampled)
        make = roc_curve if kind == "roc" else precision_recall_curve
        two = len(answer.class_names) == 2
        lines = []
        for k in [1] if two else _frequent(found.truth):
            truth, scores = found.truth == k, rank_scores(found.raw, answer, k)
            curve = make(truth, scores)
            if np.isfinite(curve.area):
                least = (2 * threshold - 1 if answer.scored else threshold) if two else None
                mark = None if least is None else _mark(kind, truth, scores > least)
                lines.append(Line(answer.class_names[k], k, thinned(curve), float(truth.mean()), mark))
        if not lines or (two and len(np.unique(found.truth)) < 2):
            only = answer.class_names[int(found.truth[0])]
            raise ResultError(
                f"The {part} part holds only examples of '{only}'. The curve needs examples of both classes: make the "
                "part larger."
            )
        mean = float(np.mean([line.curve.area for line in lines]))
        hardest = sorted(sorted(lines, key=lambda line: line.curve.area)[:MOST], key=lambda line: line.number)
        return Drawing(kind, answer, tuple(hardest), mean, len(lines), None, m, threshold, found.sampled)

    def show_answer(self, answer: Drawing) -> None:
        self._drawing = answer
        bounds = (-MARGIN, 1 + MARGIN)
        self.chart.set_axes(*AXES[answer.kind], bounds, bounds)
        self._draw()

    def table(self) -> Table | None:
        drawing = self._drawing
        if drawing is None:
            return None
        if drawing.bins is not None:
            bins = drawing.bins
            columns = zip(bins.predicted.tolist(), bins.observed.tolist(), bins.counts.tolist(), strict=True)
            return Table(["mean predicted probability", "share that is so", "examples"], list(columns))
        x, y = AXES[drawing.kind]
        rows = [
            [line.title, *point]
            for line in drawing.lines
            for point in zip(line.curve.x.tolist(), line.curve.y.tolist(), line.curve.thresholds.tolist(), strict=True)
        ]
        return Table(["class", x, y, "threshold"], rows)

    # Drawing

    @property
    def _kind(self) -> Kind:
        return list(KINDS)[max(self.kind.currentIndex(), 0)]

    def _draw(self) -> None:
        drawing, theme = self._drawing, current_theme()
        if drawing is None:
            return
        chance = {"roc": [0, 1], "calibration": [0, 1]}.get(drawing.kind)
        if chance is None and len(drawing.lines) == 1:
            chance = [drawing.lines[0].share] * 2
        self._chance.setData([0, 1] if chance else [], chance or [])
        self._chance.setPen(thin_pen(theme.text_muted, 1, 160, dashed=True))
        while len(self._curves) < max(len(drawing.lines), 1):
            curve = pg.PlotCurveItem(antialias=True)
            self.chart.plot.addItem(curve, ignoreBounds=True)
            self._curves.append(curve)
        for curve in self._curves[len(drawing.lines) :]:
            curve.setData([], [])
        for curve, line in zip(self._curves, drawing.lines, strict=False):
            curve.setPen(thin_pen(self._color(line), 2))
            curve.setData(line.curve.x, line.curve.y, connect="finite")
        marks = [line.mark for line in drawing.lines if line.mark is not None and np.isfinite(line.mark).all()]
        self._marks.setData(
            [mark[0] for mark in marks], [mark[1] for mark in marks],
            brush=pg.mkBrush(theme.surface_raised), pen=thin_pen(theme.accent, 2.5),
        )  # fmt: skip
        self._draw_bins(drawing)
        if drawing.bins is None:
            x = np.concatenate([line.curve.x for line in drawing.lines])
            y = np.concatenate([line.curve.y for line in drawing.lines])
            self.chart.set_points(x, y, self._describe)
        self.chart.legend.setText(self._legend(drawing))

    def _draw_bins(self, drawing: Drawing) -> None:
        theme, bins = current_theme(), drawing.bins
        if bins is None:
            self._bars.setOpts(x=[], height=[])
            return
        full = bins.counts > 0
        centres = (np.arange(len(bins.counts)) + 0.5) / len(bins.counts)
        self._bars.setOpts(
            x=centres, height=bins.counts / max(bins.counts.sum(), 1),
            brush=pg.mkBrush(qcolor(theme.text_muted, 60)), pen=pg.mkPen(None),
        )  # fmt: skip
        x, y = bins.predicted[full], bins.observed[full]
        self._curves[0].setPen(thin_pen(theme.accent, 2))
        self._curves[0].setData(x, y)
        self._marks.setData(x, y, brush=pg.mkBrush(theme.accent), pen=thin_pen(theme.surface_raised, 1))
        counts = bins.counts[full]

        def describe(i: int) -> str:
            return (
                f"<b>{examples(int(counts[i]))}</b><br>predicted {percent(float(x[i]))} on average<br>"
                f"so in {percent(float(y[i]))} of them"
            )

        self.chart.set_points(x, y, describe)

    def _color(self, line: Line) -> str:
        theme = current_theme()
        return theme.accent if self._is_single else theme.classes[line.number % len(theme.classes)]

    @property
    def _is_single(self) -> bool:
        return self._drawing is not None and len(self._drawing.answer.class_names) == 2

    def _line_at(self, index: int) -> tuple[Line, int] | None:
        for line in self._drawing.lines if self._drawing is not None else ():
            if index < len(line.curve.x):
                return line, index
            index -= len(line.curve.x)
        return None

    def _describe(self, index: int) -> str:
        found = self._line_at(index)
        if found is None or self._drawing is None:
            return ""
        line, i = found
        x, y = (name.lower() for name in AXES[self._drawing.kind])
        threshold = line.curve.thresholds[i]
        least = f"threshold {figure(float(threshold), 3)}" if np.isfinite(threshold) else "threshold above all"
        return (
            f"<b>{line.title}</b>, {least}<br>{x} {percent(float(line.curve.x[i]))}<br>"
            f"{y} {percent(float(line.curve.y[i]))}"
        )

    def _legend(self, drawing: Drawing) -> str:
        theme, gap = current_theme(), " &nbsp; "
        tail = f"{gap}{drawing.sampled}" if drawing.sampled else ""
        if drawing.bins is not None:
            two = len(drawing.answer.class_names) == 2
            what = f"share that is '{drawing.answer.class_names[1]}'" if two else "share of right answers"
            entries = [
                swatch(theme.accent, what, dot=True),
                swatch(theme.text_muted, "share of the examples in each tenth", faint=True),
                swatch(theme.text_muted, "perfectly calibrated", dashed=True),
            ]
            error = f"<b>Expected calibration error {percent(drawing.bins.error)}</b>"
            return gap.join(map(unbroken, [error, *entries])) + tail
        area = "AUC" if drawing.kind == "roc" else "average precision"
        if self._is_single:
            line = drawing.lines[0]
            entries = [
                f"<b>{area} {figure(line.curve.area, 4)}</b>", swatch(theme.accent, f"'{line.title}' is the yes"),
                swatch(theme.accent, self._threshold_text(drawing), dot=True),
                swatch(theme.text_muted, "by chance", dashed=True),
            ]  # fmt: skip
            return gap.join(map(unbroken, entries)) + tail
        few = _which(drawing)
        entries = [swatch(self._color(line), f"{line.title}: {rate(line.curve.area)}") for line in drawing.lines]
        head = f"<b>Mean {area} {figure(drawing.mean, 4)}</b>, each class against all others;{few}"
        return head + gap + gap.join(map(unbroken, entries)) + tail

    def _threshold_text(self, drawing: Drawing) -> str:
        unit = 2 * drawing.threshold - 1 if drawing.answer.scored else drawing.threshold
        return f"threshold {unit:.2f}".replace("-", "−")

    def _on_kind_activated(self, _index: int) -> None:
        self.refresh()

    def _on_chart_restyled(self) -> None:
        self._draw()

    def _on_chart_point_chosen(self, index: int) -> None:
        found = self._line_at(index)
        if found is None or not self._is_single or self._drawing is None or self._drawing.bins is not None:
            return
        line, i = found
        here = line.curve.thresholds[i]
        after = line.curve.thresholds[min(i + 1, len(line.curve.thresholds) - 1)]
        threshold = float((here + after) / 2) if np.isfinite(here) else 1.0
        self.state.choose(threshold=(threshold + 1) / 2 if self._drawing.answer.scored else threshold)


def _which(drawing: Drawing) -> str:
    if drawing.classes <= MOST:
        return ""
    those = "the most frequent" if drawing.classes == MOST_SORTED else "all"
    return f" the {len(drawing.lines)} hardest of {those} {drawing.classes} classes:"


def _frequent(truth: np.ndarray) -> list[int]:
    """The classes that have examples; of very many the most frequent."""
    counts = np.bincount(truth)
    return np.sort(np.argsort(-counts, kind="stable")[: min(int((counts > 0).sum()), MOST_SORTED)]).tolist()


def _mark(kind: Kind, truth: np.ndarray, guess: np.ndarray) -> tuple[float, float]:
    """Where a curve stands when these examples are taken for a yes."""
    recall = float(guess[truth].mean())
    if kind == "roc":
        return (float(guess[~truth].mean()) if not truth.all() else float("nan")), recall
    return recall, (float(truth[guess].mean()) if guess.any() else 1.0)


def _bins(found: Outcome) -> Calibration:
    answer = found.answer
    if answer.scored:
        raise ResultError(
            "This loss gives scores, not probabilities, so there is nothing to calibrate. Take a cross-entropy loss to "
            "get probabilities."
        )
    if len(answer.class_names) == 2:
        return calibration(found.truth == 1, found.values[:, 1])
    guess = found.decided(0.5)
    return calibration(guess == found.truth, found.values.max(axis=1))
