"""The likeliest classes of one example as bars, as many as there is room for."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.theme import current_theme, theme_notifier
from gui.views.result_bars import Verdict
from gui.views.result_text import figure, percent

ALL_UP_TO, TOP = 10, 5
"""Classes that are all shown in their order; of more the likeliest, in the order of probability."""
TALLEST, SMALLEST = 24, 11
"""Height of a row."""


def likeliest(values: np.ndarray, all_up_to: int = ALL_UP_TO) -> list[int]:
    """Numbers of the classes to show."""
    if len(values) <= all_up_to:
        return list(range(len(values)))
    return np.argsort(-np.nan_to_num(values, nan=-1), kind="stable")[:TOP].tolist()


class ChanceBars(QWidget):
    """The answer in large letters, and a bar for each class that is likely."""

    def __init__(self, all_up_to: int = ALL_UP_TO, parent: QWidget | None = None) -> None:
        """No answer yet.

        Args:
            all_up_to: Up to so many classes all are shown, else the five likeliest.
            parent: Owner.
        """
        super().__init__(parent)
        self.verdict: Verdict | None = None
        self.true: int | None = None
        self.note = ""
        """Said beside the answer."""
        self._all_up_to = all_up_to
        self.setAccessibleName("The network's answer")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme_notifier.theme_changed.connect(self.update)

    def show_verdict(self, verdict: Verdict | None, true: int | None = None) -> None:
        """Show this answer; where the true class is known it is marked."""
        self.verdict, self.true = verdict, true
        self.setAccessibleDescription(verdict.sentence if verdict is not None else "")
        self.update()

    @property
    def rows(self) -> list[tuple[str, float, int]]:
        """Name, probability and number of each class that is shown."""
        verdict = self.verdict
        if verdict is None or verdict.guess < 0 or verdict.answer.scored:
            return []
        names, values = verdict.answer.class_names, verdict.values
        return [(names[k], float(values[k]), k) for k in likeliest(values, self._all_up_to)]

    def sizeHint(self) -> QSize:
        return QSize(230, 220)

    def minimumSizeHint(self) -> QSize:
        return QSize(130, 96)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.verdict is None:
            return
        theme, verdict = current_theme(), self.verdict
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        large = QFont(self.font())
        large.setPixelSize(theme.font_size_large)
        large.setWeight(QFont.Weight.DemiBold)
        rows, width = self.rows, float(self.width())
        head = 1.5 * theme.font_size_large
        high = min(TALLEST, max(SMALLEST, (self.height() - head - 4) / max(len(rows), 1)))
        flags = Qt.AlignmentFlag
        painter.setFont(large)
        painter.setPen(QColor(theme.text))
        text = painter.fontMetrics().elidedText(verdict.headline, Qt.TextElideMode.ElideRight, int(width * 0.6))
        painter.drawText(QRectF(0, 0, width, head), flags.AlignLeft | flags.AlignVCenter, text)
        at = painter.fontMetrics().horizontalAdvance(text) + 8
        painter.setFont(self.font())
        painter.setPen(QColor(theme.text_muted))
        note = f"score {figure(verdict.score, 3)}" if verdict.answer.scored else self.note or verdict.answer.title
        shown = painter.fontMetrics().elidedText(note, Qt.TextElideMode.ElideRight, int(width - at))
        painter.drawText(QRectF(at, 0, width - at, head), flags.AlignLeft | flags.AlignVCenter, shown)
        self._paint_rows(painter, rows, head, high)
        painter.end()

    def _paint_rows(self, painter: QPainter, rows: list[tuple[str, float, int]], top: float, high: float) -> None:
        theme, flags, width = current_theme(), Qt.AlignmentFlag, float(self.width())
        font = QFont(self.font())
        font.setPixelSize(min(theme.font_size, max(9, int(high * 0.7))))
        painter.setFont(font)
        metrics = painter.fontMetrics()
        number = metrics.horizontalAdvance("100.0 %") + 2.0
        names = min(0.4 * width, max((metrics.horizontalAdvance(name) for name, _, _ in rows), default=0) + 8.0)
        for place, (name, share, k) in enumerate(rows):
            y = top + place * high
            strong = self.verdict is not None and k == self.verdict.guess
            painter.setPen(QColor(theme.success if k == self.true else theme.text if strong else theme.text_muted))
            text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, int(names - 6))
            painter.drawText(QRectF(0, y, names, high), flags.AlignLeft | flags.AlignVCenter, text)
            painter.drawText(
                QRectF(width - number, y, number, high), flags.AlignRight | flags.AlignVCenter, percent(share)
            )
            thick = min(10.0, high - 5)
            track = QRectF(names, y + (high - thick) / 2, max(width - names - number - 6, 8), thick)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.border))
            painter.drawRoundedRect(track, 3, 3)
            if np.isfinite(share) and share * track.width() >= 0.5:
                painter.setBrush(QColor(theme.classes[k % len(theme.classes)]))
                painter.drawRoundedRect(QRectF(track.left(), track.top(), share * track.width(), thick), 3, 3)
