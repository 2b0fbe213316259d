"""What a network answers to one example: probabilities as bars, values as figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from engine.answers import Answer
from gui.theme import current_theme, theme_notifier
from gui.views.result_text import figure, percent

MOST = 12
"""Classes with a bar; of more the likeliest."""
ROW, MARGIN = 26, 12


@dataclass(frozen=True, eq=False, slots=True)
class Verdict:
    """One answer to one example."""

    answer: Answer
    values: np.ndarray
    """(C,) probabilities, or one value in original units."""
    score: float
    """Of a hinge loss; nan for others."""
    guess: int
    """The class that was decided for; −1 for values."""

    @property
    def headline(self) -> str:
        """The answer in a few words."""
        if self.guess < 0:
            return figure(float(self.values[0]), 5)
        return self.answer.class_names[self.guess]

    @property
    def bars(self) -> list[tuple[str, float, int]]:
        """Name, probability and number of the classes to draw, in their order."""
        if self.guess < 0 or self.answer.scored:
            return []
        likeliest = np.sort(np.argsort(-self.values, kind="stable")[:MOST])
        return [(self.answer.class_names[k], float(self.values[k]), int(k)) for k in likeliest]

    @property
    def sentence(self) -> str:
        """The answer in full."""
        if self.guess < 0:
            return f"{self.answer.title}: {self.headline}"
        if self.answer.scored:
            return f"{self.answer.title}: {self.headline}, score {figure(self.score, 3)}"
        return f"{self.answer.title}: {self.headline} with {percent(float(self.values[self.guess]))}"


class AnswerBars(QWidget):
    """The verdicts one below the other."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.verdicts: Sequence[Verdict] = ()
        self.setAccessibleName("The network's answer")
        theme_notifier.theme_changed.connect(self.update)

    def show_verdicts(self, verdicts: Sequence[Verdict]) -> None:
        """Draw these."""
        before, self.verdicts = self._height(), verdicts
        self.setAccessibleDescription(". ".join(verdict.sentence for verdict in verdicts))
        if self._height() != before:
            self.setMinimumHeight(self._height())
        self.update()

    def _height(self) -> int:
        heights = (
            ROW + self._strong_height() + ROW * len(verdict.bars) + MARGIN + self._note(verdict) * ROW
            for verdict in self.verdicts
        )
        return sum(heights) + MARGIN

    def _strong_height(self) -> int:
        return round(1.6 * current_theme().font_size_large)

    @staticmethod
    def _note(verdict: Verdict) -> int:
        return int(verdict.answer.scored and verdict.guess >= 0)

    def sizeHint(self) -> QSize:
        return QSize(300, self._height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = 0.0
        for verdict in self.verdicts:
            top = self._paint_verdict(painter, verdict, top) + MARGIN
        painter.end()

    def _paint_verdict(self, painter: QPainter, verdict: Verdict, top: float) -> float:
        theme, width = current_theme(), self.width() - 2 * MARGIN
        plain = self.font()
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.setPen(QColor(theme.text_muted))
        painter.setFont(plain)
        painter.drawText(QRectF(MARGIN, top, width, ROW), left, f"Predicted {verdict.answer.title}")
        strong = QFont(plain)
        strong.setPixelSize(theme.font_size_large)
        strong.setWeight(QFont.Weight.DemiBold)
        painter.setFont(strong)
        painter.setPen(QColor(theme.text))
        top += ROW
        shown = painter.fontMetrics().elidedText(verdict.headline, Qt.TextElideMode.ElideRight, width)
        painter.drawText(QRectF(MARGIN, top, width, self._strong_height()), left, shown)
        top += self._strong_height()
        painter.setFont(plain)
        if self._note(verdict):
            painter.setPen(QColor(theme.text_muted))
            note = f"Score {figure(verdict.score, 3)}; above the boundary at 0 it is the second class. No probability."
            shown = painter.fontMetrics().elidedText(note, Qt.TextElideMode.ElideRight, width)
            painter.drawText(QRectF(MARGIN, top, width, ROW), left, shown)
            top += ROW
        names = max((painter.fontMetrics().horizontalAdvance(name) for name, _, _ in verdict.bars), default=0)
        for name, share, k in verdict.bars:
            area = QRectF(MARGIN, top, width, ROW)
            self._paint_bar(painter, name, share, area, names, k, guessed=k == verdict.guess)
            top += ROW
        return top

    def _paint_bar(
        self, painter: QPainter, name: str, share: float, area: QRectF, names: float, k: int, *, guessed: bool
    ) -> None:
        theme, metrics = current_theme(), painter.fontMetrics()
        number = metrics.horizontalAdvance("100.0 % ")
        names = min(0.45 * area.width(), names + 16)
        painter.setPen(QColor(theme.text if guessed else theme.text_muted))
        text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, int(names - 8))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(area.left(), area.top(), names, ROW), middle | Qt.AlignmentFlag.AlignLeft, text)
        painter.drawText(
            QRectF(area.right() - number, area.top(), number, ROW), middle | Qt.AlignmentFlag.AlignRight, percent(share)
        )
        track = QRectF(area.left() + names, area.center().y() - 5, max(area.width() - names - number - 8, 8), 10)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.border))
        painter.drawRoundedRect(track, 3, 3)
        if np.isfinite(share) and share * track.width() >= 0.5:
            painter.setBrush(QColor(theme.classes[k % len(theme.classes)]))
            painter.drawRoundedRect(QRectF(track.left(), track.top(), track.width() * share, 10), 3, 3)
