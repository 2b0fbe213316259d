"""A row of colours to choose from, for the mouse and for the keys."""

from __future__ import annotations

from typing import get_args

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QIcon, QKeyEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QWidget

from engine.annotations import Color
from gui.theme import Theme, current_theme, theme_notifier
from gui.widgets.basic import keeps_space

COLORS: tuple[Color, ...] = get_args(Color)
SIDE, DOT = 25, 18
"""Of a button and of the circle in it, in points."""


def color_name(color: str) -> str:
    """How a colour is called in the window."""
    return color.capitalize() if color else "No colour"


class Swatches(QWidget):
    """One circle per colour. Left and right move among them, Space and Enter choose; the row is one stop of Tab."""

    color_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Colour")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(1)
        self.buttons = {color: _Swatch(color, self) for color in COLORS}
        for color, button in self.buttons.items():
            row.addWidget(button)
            button.clicked.connect(lambda _checked=False, color=color: self.color_chosen.emit(color))
        row.addStretch(1)
        theme_notifier.theme_changed.connect(self.update)

    def set_color(self, color: str | None) -> None:
        """Mark the colour of what is selected; None where there are several."""
        for name, button in self.buttons.items():
            button.setChecked(name == color)

    def _step(self, by: int) -> None:
        buttons = [*self.buttons.values()]
        here = next((index for index, button in enumerate(buttons) if button.hasFocus()), 0)
        buttons[(here + by) % len(buttons)].setFocus(Qt.FocusReason.TabFocusReason)

    def focusInEvent(self, event: QFocusEvent) -> None:
        checked = next((button for button in self.buttons.values() if button.isChecked()), self.buttons[""])
        checked.setFocus(event.reason())

    def focusNextPrevChild(self, next: bool) -> bool:
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # else Shift+Tab would come back to the row at once
        try:
            return super().focusNextPrevChild(next)
        finally:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if event.key() in steps:
            self._step(steps[Qt.Key(event.key())])
        else:
            event.ignore()


class _Swatch(QAbstractButton):
    """One circle. The usual colour is an empty one with a line through it."""

    def __init__(self, color: Color, parent: QWidget) -> None:
        super().__init__(parent)
        self._color = color
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setFixedSize(SIDE, SIDE)
        self.setAccessibleName(color_name(color))
        self.setToolTip(color_name(color))

    def nextCheckState(self) -> None:
        """What is marked follows the document, not the click."""

    def sizeHint(self) -> QSize:
        return QSize(SIDE, SIDE)

    def event(self, event: QEvent) -> bool:
        return keeps_space(event) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down):
            event.ignore()  # the row moves on, or the menu around it
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = current_theme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect())
        spot = QRectF(0, 0, DOT, DOT)
        spot.moveCenter(area.center())
        if self.hasFocus() or self.isChecked() or self.underMouse():
            ring = theme.focus if self.hasFocus() else theme.text if self.isChecked() else theme.border_strong
            painter.setPen(QPen(QColor(ring), 2 if self.hasFocus() or self.isChecked() else 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(spot.adjusted(-2.5, -2.5, 2.5, 2.5))
        paint_swatch(painter, spot, self._color, theme)
        painter.end()


def paint_swatch(painter: QPainter, spot: QRectF, color: str, theme: Theme) -> None:
    """Draw a colour as a circle."""
    tint = theme.tint(color)
    painter.setPen(QPen(QColor(tint.line), 1))
    painter.setBrush(_between(tint.fill, tint.line, 0.7) if color else QColor(theme.surface_raised))
    painter.drawEllipse(spot.adjusted(1, 1, -1, -1))
    if not color:
        third = spot.width() / 3.4
        painter.drawLine(spot.bottomLeft() + (spot.topRight() - spot.bottomLeft()) * (third / spot.width()),
                         spot.topRight() - (spot.topRight() - spot.bottomLeft()) * (third / spot.width()))  # fmt: skip


def _between(one: str, other: str, share: float) -> QColor:
    a, b = QColor(one), QColor(other)
    channels = ((a.red(), b.red()), (a.green(), b.green()), (a.blue(), b.blue()))
    return QColor(*(round(x + (y - x) * share) for x, y in channels))


def swatch_icon(color: str) -> QIcon:
    """A colour as the icon of a menu entry, in today's theme."""
    result = QIcon()
    for ratio in (1.0, 2.0):
        picture = QPixmap(QSize(16, 16) * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_swatch(painter, QRectF(1, 1, 14, 14), color, current_theme())
        painter.end()
        result.addPixmap(picture)
    return result
