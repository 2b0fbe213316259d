"""The pad to draw on: soft brush and eraser, by mouse or by keys, with undo."""

from __future__ import annotations

from typing import cast

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QImage, QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.theme import current_theme, theme_notifier
from gui.views.draw_image import Style, seen_by, stroke
from gui.widgets.basic import keeps_space

UNDONE = 30
"""Strokes that can be taken back."""
MOVES = {
    Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0),
}  # fmt: skip


class DrawPad(QWidget):
    """Shows a drawing in the network's pixels and lets one draw on it."""

    changed = Signal()
    undo_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.style_of_data = Style((28, 28, 1), 0.0, 1.0)
        self.drawing = self.style_of_data.blank()
        self.radius = 1.2
        """Of the brush, in pixels of the network."""
        self.erases = False
        self.color = np.ones(1)
        self._before: list[np.ndarray] = []
        self._last: tuple[float, float] | None = None
        self._cursor = (0.5, 0.5)
        """Row and column of the keyboard's pen, as shares."""
        self._pen_down = False
        self._uses_keys = False
        """The pen of the keyboard is shown."""
        self._image: QImage | None = None
        self.setAccessibleName("Drawing: arrows move the pen, Space lowers or lifts it")
        self.setToolTip(
            "Draw with the mouse, erase with the right button; arrows move the pen, Space lowers or lifts it"
        )
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme_notifier.theme_changed.connect(self.update)

    @property
    def can_undo(self) -> bool:
        """A stroke can be taken back."""
        return bool(self._before)

    @property
    def is_blank(self) -> bool:
        """Nothing is drawn."""
        return bool(np.abs(self.drawing - self.style_of_data.background).max() < 1e-3)

    def set_style(self, style: Style) -> None:
        """Take pictures of this kind; what was drawn stays where the shape stays."""
        same = style.shape == self.style_of_data.shape and style.background == self.style_of_data.background
        self.style_of_data = style
        if not same:
            self._before.clear()
            self.undo_changed.emit()
            self._show(style.blank())

    def put(self, drawing: np.ndarray) -> None:
        """Show another drawing; it can be taken back."""
        self._remember()
        self._show(drawing)

    def clear(self) -> None:
        """Begin anew; it can be taken back."""
        if not self.is_blank:
            self.put(self.style_of_data.blank())

    def undo(self) -> None:
        """Take the last stroke back."""
        if self._before:
            self._show(self._before.pop())
            self.undo_changed.emit()

    def _remember(self) -> None:
        self._before = [*self._before, self.drawing.copy()][-UNDONE:]
        self.undo_changed.emit()

    def _show(self, drawing: np.ndarray) -> None:
        self.drawing = drawing
        self._image = None
        self.update()
        self.changed.emit()

    # Geometry

    @property
    def _area(self) -> QRectF:
        height, width = self.drawing.shape[:2]
        scale = min((self.width() - 4) / width, (self.height() - 4) / height)
        wide, high = width * scale, height * scale
        return QRectF((self.width() - wide) / 2, (self.height() - high) / 2, wide, high)

    def _place(self, point: QPointF) -> tuple[float, float]:
        area, (height, width) = self._area, self.drawing.shape[:2]
        return (
            (point.y() - area.top()) / max(area.height(), 1) * height,
            (point.x() - area.left()) / max(area.width(), 1) * width,
        )

    def _draw_to(self, place: tuple[float, float], *, erases: bool) -> None:
        color = np.full(self.drawing.shape[2], self.style_of_data.background) if erases else self.color
        size = self.radius * self.style_of_data.fineness * (1.6 if erases else 1.0)
        stroke(self.drawing, self._last or place, place, size, color)
        self._last = place
        self._show(self.drawing)

    # Qt

    def sizeHint(self) -> QSize:
        return QSize(240, 240)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 120)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, area = current_theme(), self._area
        if self._image is None:
            self._image = image_of(seen_by(self.drawing, self.style_of_data, centre=False))
        painter = QPainter(self)
        painter.drawImage(area, self._image)
        painter.setPen(
            QPen(QColor(theme.focus if self.hasFocus() else theme.border_strong), 2 if self.hasFocus() else 1)
        )
        painter.drawRect(area)
        if self.hasFocus() and self._uses_keys:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            at = QPointF(area.left() + self._cursor[1] * area.width(), area.top() + self._cursor[0] * area.height())
            size = max(self.radius * area.width() / self.style_of_data.shape[1], 3.0)
            painter.setPen(QPen(QColor(theme.accent), 2 if self._pen_down else 1))
            painter.drawEllipse(at, size, size)
        if self.is_blank:
            dark = self.style_of_data.background < 0.5
            painter.setPen(QColor("#c8ccd4" if dark else "#4a5160"))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, "Draw here")
        painter.end()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride:
            key = cast(QKeyEvent, event)
            if key.key() in MOVES or key.key() == Qt.Key.Key_Delete or key.matches(QKeySequence.StandardKey.Undo):
                event.accept()  # else they would be shortcuts of the window
                return True
        return keeps_space(event) or super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            self._remember()
            self._last, self._uses_keys = None, False
            erases = self.erases or event.button() == Qt.MouseButton.RightButton
            self._draw_to(self._place(event.position()), erases=erases)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        buttons = event.buttons()
        if buttons & (Qt.MouseButton.LeftButton | Qt.MouseButton.RightButton) and self._last is not None:
            erases = self.erases or bool(buttons & Qt.MouseButton.RightButton)
            self._draw_to(self._place(event.position()), erases=erases)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._last = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, self._uses_keys = Qt.Key(event.key()), True
        height, width = self.drawing.shape[:2]
        if key in MOVES:
            step = 0.5 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1.0
            rows, columns = self.style_of_data.shape[:2]
            self._cursor = (
                min(max(self._cursor[0] + step * MOVES[key][0] / rows, 0), 1),
                min(max(self._cursor[1] + step * MOVES[key][1] / columns, 0), 1),
            )
            if self._pen_down:
                self._draw_to((self._cursor[0] * height, self._cursor[1] * width), erases=self.erases)
            self.update()
        elif key in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._pen_down, self._last = not self._pen_down, None
            if self._pen_down:
                self._remember()
                self._draw_to((self._cursor[0] * height, self._cursor[1] * width), erases=self.erases)
            self.update()
        elif event.matches(QKeySequence.StandardKey.Undo):
            self.undo()
        elif key == Qt.Key.Key_Delete:
            self.clear()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._uses_keys = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._pen_down, self._last = False, None
        self.update()


def image_of(picture: np.ndarray) -> QImage:
    """A picture (height, width, 1 or 3), from 0 to 1."""
    height, width, channels = picture.shape
    shades = np.clip(np.rint(picture * 255), 0, 255).astype(np.uint8)
    pixels = np.ascontiguousarray(np.broadcast_to(shades, (height, width, 3)) if channels == 1 else shades)
    return QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
