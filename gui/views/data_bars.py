"""Value counts as horizontal bars, one for each value or one for each value and group."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gui.theme import current_theme, theme_notifier
from gui.views.data_groups import Close

ROW, THIN, GAP, MARGIN = 24, 16, 8, 12
"""Heights of a row without groups, of one group's bar, between rows; and at the sides."""


class CountBars(QWidget):
    """Paints the counts of a `Close` with names."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.close_look: Close | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        theme_notifier.theme_changed.connect(self.update)

    def show_counts(self, close: Close) -> None:
        """Show other counts."""
        self.close_look = close
        self.setAccessibleName(f"Value counts of {close.column.name}")
        groups = close.groups or ("",)
        self.setAccessibleDescription(
            "; ".join(
                f"{name} {group} {close.count_text(g, k)}".replace("  ", " ")
                for k, name in enumerate(close.bins.names)
                for g, group in enumerate(groups)
            )
        )
        self.updateGeometry()
        self.setMinimumHeight(self.sizeHint().height())
        self.update()

    def _height(self) -> float:
        close = self.close_look
        return ROW if close is None or not close.groups else len(close.groups) * THIN + GAP

    def _tip(self, y: float) -> str:
        close = self.close_look
        place = int((y - MARGIN / 2) // self._height()) if close is not None else -1
        if close is None or not 0 <= place < len(close.bins):
            return ""
        name = close.bin_text(place)
        if not close.groups:
            return f"{name}: {close.count_text(0, place)}"
        lines = [f"{group}: {close.count_text(g, place)}" for g, group in enumerate(close.groups)]
        return "\n".join([name, *lines])

    def sizeHint(self) -> QSize:
        bins = len(self.close_look.bins) if self.close_look is not None else 0
        return QSize(300, round(bins * self._height()) + MARGIN)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self._tip(event.pos().y()), self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        close = self.close_look
        if close is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = painter.fontMetrics()
        names = max((metrics.horizontalAdvance(name) for name in close.bins.names), default=0) + 12
        names = min(names, 0.35 * self.width())
        texts = [close.count_text(g, k) for g in range(len(close.counts)) for k in range(len(close.bins))]
        numbers = max((metrics.horizontalAdvance(text) for text in texts), default=0) + 8
        top, high = MARGIN / 2, self._height()
        for place in range(len(close.bins)):
            area = QRectF(MARGIN, top, self.width() - 2 * MARGIN, high)
            self._paint_row(painter, close, place, area, names, numbers)
            top += high
        painter.end()

    def _paint_row(
        self, painter: QPainter, close: Close, place: int, area: QRectF, names: float, numbers: float
    ) -> None:
        theme, middle, flags = current_theme(), Qt.AlignmentFlag.AlignVCenter, Qt.AlignmentFlag
        painter.setPen(QColor(theme.text))
        text = painter.fontMetrics().elidedText(close.bins.names[place], Qt.TextElideMode.ElideRight, int(names - 8))
        painter.drawText(QRectF(area.left(), area.top(), names, area.height()), middle | flags.AlignLeft, text)
        shares = close.shares
        largest = float(shares.max()) or 1.0
        high = THIN if close.groups else ROW
        room = max(area.width() - names - numbers, 16.0)
        top = area.top() + (area.height() - len(close.counts) * high) / 2
        for group in range(len(close.counts)):
            wide = room * float(shares[group, place]) / largest
            bar = QRectF(
                area.left() + names, top + (2 if close.groups else 5), wide, high - (4 if close.groups else 10)
            )
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(close.color(group)))
            if wide > 0:
                painter.drawRoundedRect(bar.adjusted(0, 0, max(2 - wide, 0), 0), 2, 2)
            painter.setPen(QColor(theme.text_muted))
            number = QRectF(bar.left() + max(wide, 2) + 6, top - 2, numbers, high + 4)
            painter.drawText(number, middle | flags.AlignLeft, close.count_text(group, place))
            top += high
