"""The output of a layer for one example as bars, of which one is chosen."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from engine.explaining.writing import number_text
from gui.theme import current_theme, qcolor, theme_notifier

MARGIN = 16
WIDEST = 28.0
WIDE_ENOUGH = 230.0
"""Points behind the bars in which their scale can be written."""


class UnitBars(QWidget):
    """One bar per unit, upwards for positive values. A click, or left and right, chooses a unit."""

    unit_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Units of the layer")
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._values = np.empty(0)
        self._unit = 0
        theme_notifier.theme_changed.connect(self.update)

    def set_values(self, values: np.ndarray, unit: int) -> None:
        """Show these outputs; `unit` is the chosen one."""
        self._values, self._unit = values, unit
        if len(values):
            self.setAccessibleDescription(f"Unit {unit + 1} of {len(values)}: {number_text(float(values[unit]))}")
        self.update()

    def unit_at(self, x: float) -> int:
        """The unit under a place, or −1."""
        if not len(self._values) or not MARGIN <= x <= MARGIN + self._step() * len(self._values):
            return -1
        return min(int((x - MARGIN) / self._step()), len(self._values) - 1)

    def bar_center(self, unit: int) -> int:
        """Where the bar of a unit is, from the left."""
        return round(MARGIN + (unit + 0.5) * self._step())

    def _step(self) -> float:
        return min((self.width() - 2 * MARGIN) / max(len(self._values), 1), WIDEST)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not len(self._values):
            return
        theme, painter = current_theme(), QPainter(self)
        finite = np.nan_to_num(self._values, nan=0.0, posinf=0.0, neginf=0.0)
        largest = float(np.abs(finite).max()) or 1.0
        area = QRectF(self.rect()).adjusted(MARGIN, 6, -MARGIN, -6)
        signed = bool((finite < 0).any())
        zero = area.center().y() if signed else area.bottom()
        scale = (area.height() / 2 if signed else area.height()) / largest
        step = self._step()
        for unit, value in enumerate(finite):
            height = max(abs(value) * scale, 1.0)
            top = zero - height if value >= 0 else zero
            left = area.left() + unit * step
            bar = QRectF(left + min(1.0, step * 0.1), top, max(step - min(2.0, step * 0.2), 0.5), height)
            if unit == self._unit:
                painter.fillRect(
                    QRectF(left, area.top() - 4, max(step, 2), area.height() + 8), qcolor(theme.accent_soft)
                )
            painter.fillRect(bar, QColor(theme.accent if unit == self._unit else theme.border_strong))
        painter.setPen(QPen(QColor(theme.border_strong), 1))
        painter.drawLine(round(area.left()), round(zero), round(area.left() + step * len(finite)), round(zero))
        self._paint_scale(painter, area, largest, area.left() + step * len(finite))
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.focus), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(8, 1, -8, -1), 4, 4)
        painter.end()

    def _paint_scale(self, painter: QPainter, area: QRectF, largest: float, right: float) -> None:
        if area.right() - right < 100:
            return
        font = QFont(self.font())
        font.setPixelSize(current_theme().font_size_small - 1)
        painter.setFont(font)
        painter.setPen(QColor(current_theme().text_muted))
        chosen = number_text(float(self._values[self._unit]), 3)
        text = f"unit {self._unit + 1}: {chosen}"
        if area.right() - right > WIDE_ENOUGH:
            text += f"   (bars up to ±{number_text(largest, 3)})"
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(QRectF(right + 12, area.top(), area.right() - right - 12, area.height()), flags, text)

    def _choose(self, unit: int) -> None:
        if 0 <= unit < len(self._values) and unit != self._unit:
            self.set_values(self._values, unit)
            self.unit_chosen.emit(unit)

    def sizeHint(self) -> QSize:
        return QSize(240, 56)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._choose(self.unit_at(event.position().x()))

    def event(self, event) -> bool:
        if event.type() == event.Type.ToolTip and isinstance(event, QHelpEvent):
            unit = self.unit_at(event.pos().x())
            text = f"Unit {unit + 1}: {number_text(float(self._values[unit]))}" if unit >= 0 else ""
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if event.key() in steps:
            self._choose(self._unit + steps[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)
