"""Confusion matrix, and precision, recall and F1 of each class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QHBoxLayout, QWidget

from engine.metrics import ClassReport, class_report, confusion_matrix
from gui.plots.style import toggle
from gui.theme import current_theme, qcolor
from gui.views.engine import ViewEngine
from gui.views.result_data import outcome
from gui.views.result_grid import ConfusionGrid, Shown
from gui.views.result_table import RowsTable
from gui.views.result_text import cell_sentence, examples, percent, rate
from gui.views.result_view import QuietCombo, ResultView
from gui.widgets.basic import ElidedLabel
from gui.widgets.export import Table

LARGEST, KEPT = 60, 49
"""A matrix of more classes than the first is drawn of those with the most errors, so many, and of all others as one."""
ROOMY = 660
"""Points in the longer direction from which matrix and figures have room together."""
WIDE = 900
"""Points in which both lines of text have room beside each other."""
SHOWN: dict[Shown, str] = {"counts": "Counts", "of true": "% of true", "of predicted": "% of predicted"}
TIPS = {
    0: "Averages: macro counts every class alike, weighted by its examples; micro counts every example alike",
    1: "Precision: of the examples taken for the class, the share that belongs to it",
    2: "Recall: of the examples of the class, the share that was found",
    3: "F1: the harmonic mean of precision and recall",
    4: "m: examples of the class in this part",
}
AVERAGES = {
    "macro": "Macro average",
    "weighted": "Weighted average",
    "micro": "Micro average",
}


@dataclass(frozen=True, eq=False, slots=True)
class Judgement:
    """What the view draws."""

    names: tuple[str, ...]
    """Of rows and columns of the matrix."""
    classes: tuple[int, ...]
    """Their classes; −1 for all others together."""
    matrix: np.ndarray
    class_names: tuple[str, ...]
    report: ClassReport
    rows: list[list[str]]
    """Figures of each class and averages, as texts."""
    m: int
    sampled: str


class ConfusionView(ResultView):
    """Which classes are taken for which."""

    name = "confusion"
    title = "Confusion matrix"
    help = "Which classes are taken for which; precision, recall and F1 of each."
    wants = "classes"
    otherwise = "'{title}' is a number, not a class. The Residuals view shows how far the predictions are off."

    def build_picture(self) -> None:
        self._judgement: Judgement | None = None
        self._pointed = (-1, -1)
        self.shown = QuietCombo("Cells show", "What stands in the cells")
        self.shown.set_texts(list(SHOWN.values()), 0)
        self.shown.activated.connect(self._on_shown_activated)
        self.tools.addWidget(self.shown)
        self.per_class = toggle("Per class", "Precision, recall and F1 of each class", self)
        self.per_class.clicked.connect(self._on_per_class_clicked)
        self.tools.addWidget(self.per_class)
        self.caption = ElidedLabel("", "heading")
        self.sentence = ElidedLabel("", "muted")
        self.grid = ConfusionGrid()
        self.figures = RowsTable("Precision, recall and F1 of each class")
        self._lay_out()
        self.grid.cell_opened.connect(self._on_grid_cell_opened)
        self.grid.cell_pointed.connect(self._on_grid_cell_pointed)

    def _lay_out(self) -> None:
        self._framed = QWidget()
        self._asked_for_figures: bool | None = None
        frame = QGridLayout(self._framed)
        frame.setContentsMargins(0, 0, 0, 0)
        frame.setSpacing(4)
        frame.addWidget(_AxisTitle("Predicted class", Qt.Orientation.Horizontal, self.grid), 0, 1)
        frame.addWidget(_AxisTitle("True class", Qt.Orientation.Vertical, self.grid), 1, 0)
        frame.addWidget(self.grid, 1, 1)
        self._halves = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._halves.setContentsMargins(0, 0, 0, 0)
        self._halves.setSpacing(16)
        self._halves.addWidget(self._framed, 3)
        self._halves.addWidget(self.figures, 2)
        self._lines = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._lines.setContentsMargins(12, 0, 12, 0)
        self._lines.setSpacing(4)
        self._lines.addWidget(self.caption, 1)
        self._lines.addWidget(self.sentence, 1)
        self.body.addLayout(self._lines)
        middle = QHBoxLayout()
        middle.setContentsMargins(8, 8, 8, 8)
        middle.addLayout(self._halves)
        self.body.addLayout(middle, 1)

    @staticmethod
    def compute(engine: ViewEngine, question: Any) -> Judgement:
        part, index, threshold = question
        found = outcome(engine, part, index)
        names, guess = found.answer.class_names, found.decided(threshold)
        report = class_report(found.truth, guess, len(names))
        shown, classes, truth = names, tuple(range(len(names))), found.truth
        if len(names) > LARGEST:
            shown, classes, truth, guess = _folded(names, truth, guess)
        matrix = confusion_matrix(truth, guess, len(shown))
        return Judgement(shown, classes, matrix, names, report, _rows(names, report), len(truth), found.sampled)

    def show_answer(self, answer: Judgement) -> None:
        self._judgement = answer
        report, wrong = answer.report, round(answer.m * (1 - answer.report.accuracy))
        self.caption.set_full_text(
            f"Accuracy {percent(report.accuracy, 2)}: {wrong:,} of {examples(answer.m)} "
            f"{'is' if wrong == 1 else 'are'} wrong. {answer.sampled}".strip()
        )
        self.grid.fill(answer.matrix, answer.names, self._shown)
        again = len(self.figures.rows_model.rows) != len(answer.class_names) + len(AVERAGES)
        self.figures.rows_model.fill(
            ["Class", "Precision", "Recall", "F1", "m"], answer.rows, tips=TIPS,
            bold_from=len(answer.class_names),
        )  # fmt: skip
        if again:
            self.figures.fit_columns()
        self._show_sentence(*self._pointed)

    def table(self) -> Table | None:
        judgement = self._judgement
        if judgement is None:
            return None
        report = judgement.report
        header = ["true class", *(f"taken for {name}" for name in judgement.names)]
        rows: list[list[Any]] = [[n, *row] for n, row in zip(judgement.names, judgement.matrix.tolist(), strict=True)]
        rows += [[], ["class", "precision", "recall", "F1", "examples"]]
        figures = zip(judgement.class_names, report.precision, report.recall, report.f1, report.support, strict=True)
        rows += [[name, float(p), float(r), float(f), int(n)] for name, p, r, f, n in figures]
        return Table(header, [*rows, *([name, *triple, judgement.m] for name, triple in report.averages.items())])

    @property
    def _shown(self) -> Shown:
        return list(SHOWN)[max(self.shown.currentIndex(), 0)]

    def _show_sentence(self, i: int, j: int) -> None:
        judgement = self._judgement
        if judgement is None:
            return
        if 0 <= i < len(judgement.names) and 0 <= j < len(judgement.names):
            self.sentence.set_full_text(cell_sentence(judgement.matrix, judgement.names, i, j))
        else:
            self.sentence.set_full_text("Click a cell to see its examples.")

    def _arrange(self) -> None:
        """Matrix and figures beside each other or one below the other; where room is short, one of them."""
        wide = self.width() > 1.35 * self.height()
        roomy = self.width() >= ROOMY if wide else self.height() >= ROOMY
        figures = roomy if self._asked_for_figures is None else self._asked_for_figures
        self.per_class.setChecked(figures)
        self.figures.setVisible(figures)
        self._framed.setVisible(roomy or not figures)
        self.figures.setMinimumSize(*((min(408, self.width() // 2), 0) if wide and roomy else (160, 0)))
        beside = self.width() >= WIDE
        self._lines.setDirection(QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom)
        self._halves.setDirection(QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom)

    def _on_per_class_clicked(self, checked: bool) -> None:
        self._asked_for_figures = checked
        self._arrange()

    def _on_shown_activated(self, _index: int) -> None:
        if self._judgement is not None:
            self.grid.fill(self._judgement.matrix, self._judgement.names, self._shown)

    def _on_grid_cell_pointed(self, i: int, j: int) -> None:
        self._pointed = (i, j)
        self._show_sentence(i, j)

    def _on_grid_cell_opened(self, i: int, j: int) -> None:
        if self._judgement is None:
            return
        cell = self._judgement.classes[i], self._judgement.classes[j]
        self.state.choose_cell(cell if min(cell) >= 0 else None)
        self.context.view_requested.emit("examples")

    # Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()


def _folded(
    names: tuple[str, ...], truth: np.ndarray, guess: np.ndarray
) -> tuple[tuple[str, ...], tuple[int, ...], np.ndarray, np.ndarray]:
    """Of very many classes those with the most errors, and all others as one."""
    wrong = truth != guess
    errors = np.bincount(truth[wrong], minlength=len(names)) + np.bincount(guess[wrong], minlength=len(names))
    kept = np.sort(np.argsort(-errors, kind="stable")[:KEPT])
    place = np.full(len(names), KEPT)
    place[kept] = np.arange(KEPT)
    shown = (*(names[k] for k in kept), f"{len(names) - KEPT:,} other classes")
    return shown, (*kept.tolist(), -1), place[truth], place[guess]


def _rows(names: tuple[str, ...], report: ClassReport) -> list[list[str]]:
    rows = []
    for k, name in enumerate(names):
        precision = rate(report.precision[k]) if report.predicted[k] else "–"
        recall = rate(report.recall[k]) if report.support[k] else "–"
        rows.append([name, precision, recall, rate(report.f1[k]), f"{report.support[k]:,}"])
    for name, title in AVERAGES.items():
        rows.append([title, *(rate(value) for value in report.averages[name]), f"{report.support.sum():,}"])
    return rows


class _AxisTitle(QWidget):
    """A small text along one side of the grid."""

    def __init__(self, text: str, orientation: Qt.Orientation, grid: ConfusionGrid) -> None:
        super().__init__()
        self._text, self._orientation, self._grid = text, orientation, grid
        room = QFontMetrics(self.font()).height() + 2
        if orientation == Qt.Orientation.Horizontal:
            self.setFixedHeight(room)
        else:
            self.setFixedWidth(room)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(qcolor(current_theme().text_muted))
        begin, end = self._grid.extent(self._orientation)
        area = QRect(begin, 0, end - begin, self.height())
        if self._orientation == Qt.Orientation.Vertical:
            painter.translate(0, end)
            painter.rotate(-90)
            area = QRect(0, 0, end - begin, self.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, self._text)
        painter.end()
