"""A small line of text beside the mouse pointer that says what a gesture would do."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QLabel, QWidget

from gui.canvas.text import breakable, small_font
from gui.theme import current_theme

Level = Literal["info", "warning", "error"]
MAX_WIDTH = 320
PADDING = QSize(9, 6)


class PointerHint(QLabel):
    """Shown inside the canvas, never under the pointer and never cut off."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def show_text(self, text: str, level: Level, at: QPoint) -> None:
        """Show a sentence beside a point of the parent; without text it hides."""
        if not text:
            self.hide()
            return
        theme = current_theme()
        color, fill = {
            "info": (theme.border_strong, theme.surface_raised),
            "warning": (theme.warning, theme.warning_soft),
            "error": (theme.error, theme.error_soft),
        }[level]
        self.setStyleSheet(
            f"background: {fill}; color: {theme.text}; border: 1px solid {color}; border-radius: 5px;"
            f" padding: 5px 8px; font-size: {theme.font_size_small}px;"
        )
        text = breakable(text)
        self.setText(text)
        self.ensurePolished()
        self.setFont(small_font())
        room = QRect(0, 0, MAX_WIDTH, 1000)
        needed = QFontMetrics(small_font()).boundingRect(room, int(Qt.TextFlag.TextWordWrap), text).size()
        self.setFixedSize(needed + PADDING * 2 + QSize(6, 2))
        parent = self.parentWidget()
        assert parent is not None
        area = parent.rect().adjusted(4, 4, -4, -4)
        x = at.x() + 18 if at.x() + 18 + self.width() <= area.right() else at.x() - 18 - self.width()
        y = at.y() + 18 if at.y() + 18 + self.height() <= area.bottom() else at.y() - 12 - self.height()
        self.move(max(area.left(), x), max(area.top(), y))
        self.show()
        self.raise_()
