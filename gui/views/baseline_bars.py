"""Shares as horizontal bars: how much each column matters to a forest."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from gui.theme import current_theme, theme_notifier
from gui.views.result_text import percent

ROW, MARGIN = 24, 12
MOST = 20
"""Columns with a bar; the others are summed up in one."""
TIP = (
    "The share of all decrease in impurity that splits by the column brought, in all trees; texts that became several "
    "columns count as one. It favours columns with many different values (Breiman 2001; Strobl et al. 2007)."
)


class ImportanceBars(QWidget):
    """Paints names, bars and percentages, the largest first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bars: tuple[tuple[str, float], ...] = ()
        self.setToolTip(TIP)
        theme_notifier.theme_changed.connect(self.update)

    def show_shares(self, shares: Sequence[tuple[str, float]]) -> None:
        """Show these; the sum is 1."""
        bars = tuple(shares[:MOST])
        if len(shares) > MOST:
            bars += ((f"{len(shares) - MOST:,} other columns", sum(share for _, share in shares[MOST:])),)
        if bars != self.bars:
            self.bars = bars
            self.setAccessibleName("Importance of the columns")
            self.setAccessibleDescription(", ".join(f"{name} {percent(share)}" for name, share in bars))
            self.setMinimumHeight(self.sizeHint().height())
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(300, len(self.bars) * ROW + MARGIN)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.bars:
            return
        painter, theme = QPainter(self), current_theme()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics, flags = painter.fontMetrics(), Qt.AlignmentFlag
        names = min(max(metrics.horizontalAdvance(name) for name, _ in self.bars) + 12, 0.4 * self.width())
        number = metrics.horizontalAdvance("100.0 %") + 8
        room = max(self.width() - 2 * MARGIN - names - number, 24.0)
        largest = max(share for _, share in self.bars) or 1.0
        for place, (name, share) in enumerate(self.bars):
            top = MARGIN / 2 + place * ROW
            painter.setPen(QColor(theme.text))
            text = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, int(names - 8))
            painter.drawText(QRectF(MARGIN, top, names, ROW), flags.AlignVCenter | flags.AlignLeft, text)
            wide = max(room * share / largest, 2.0)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.accent))
            painter.drawRoundedRect(QRectF(MARGIN + names, top + 6, wide, ROW - 12), 2, 2)
            painter.setPen(QColor(theme.text_muted))
            at = QRectF(MARGIN + names + wide + 6, top, number, ROW)
            painter.drawText(at, flags.AlignVCenter | flags.AlignLeft, percent(share))
        painter.end()
