"""The label of a wire: the sizes, and below each of them the name of its dimension."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen

from engine.shapes import Shape
from gui.canvas.shape_names import dimension_names
from gui.canvas.text import small_font, text_width
from gui.theme import Theme

LABEL_HEIGHT = 18.0
NAMES_HEIGHT = 11.0
NAMED_HEIGHT = LABEL_HEIGHT + NAMES_HEIGHT
PADDING = 5.0


@lru_cache(maxsize=8)
def _name_font(family: str, size: int) -> QFont:
    font = QFont(family)
    font.setPixelSize(size)
    return font


def _fonts() -> tuple[QFont, QFont]:
    """Of the letter of a dimension, and of its index."""
    family = small_font().family()
    return _name_font(family, 10), _name_font(family, 8)


def label_width(label: str) -> float:
    """How wide the label is drawn."""
    return text_width(label, small_font()) + 2 * PADDING


def paint_label(
    painter: QPainter, theme: Theme, rect: QRectF, label: str, sizes: Shape, fill: QColor, line: QColor, strong: bool
) -> None:
    """Draw it: on a background that hides the wire, with a border where it is pointed at."""
    names = dimension_names(sizes)
    painter.setPen(QPen(line, 1) if strong else Qt.PenStyle.NoPen)
    painter.setBrush(fill)
    painter.drawRoundedRect(rect, 5, 5)
    painter.setPen(QColor(theme.text if strong else theme.text_muted))
    painter.setFont(small_font())
    row = QRectF(rect.left() + PADDING, rect.top(), rect.width() - PADDING, LABEL_HEIGHT)
    painter.drawText(row, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, label)
    if not names:
        return
    letters, indices = _fonts()
    x, between = row.left(), text_width(" × ", small_font())
    y = rect.top() + LABEL_HEIGHT + NAMES_HEIGHT - 4
    for text, (letter, index) in zip(("m", *map(str, sizes)), (("", ""), *names), strict=True):
        width = text_width(text, small_font())
        if letter:
            named = text_width(letter, letters) + text_width(index, indices)
            start = x + (width - named) / 2
            painter.setFont(letters)
            painter.drawText(QPointF(start, y), letter)
            painter.setFont(indices)
            painter.drawText(QPointF(start + text_width(letter, letters), y + 2), index)
        x += width + between
