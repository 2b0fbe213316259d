"""In which colours and how exactly the items draw: as on the screen, or for a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF
from PySide6.QtGui import QPainter, QPainterPath
from PySide6.QtSvg import QSvgRenderer

import resources
from gui.canvas.geometry import NODE_WIDTH
from gui.theme import Theme, current_theme

_file_theme: Theme | None = None
_exact = False


def drawing_theme() -> Theme:
    """The theme to draw in."""
    return _file_theme or current_theme()


def for_file() -> bool:
    """Whether a picture of the design alone is drawn, without selection, hover and gestures."""
    return _file_theme is not None


def exactly() -> bool:
    """Whether every detail is drawn at any scale, and icons as lines."""
    return _exact


@contextmanager
def drawing_for_file(theme: Theme, *, exact: bool) -> Iterator[None]:
    """All items draw the design alone, in a theme."""
    global _file_theme, _exact
    before = _file_theme, _exact
    _file_theme, _exact = theme, exact
    try:
        yield
    finally:
        _file_theme, _exact = before


def draw_icon_lines(painter: QPainter, name: str, color: str, place: QRectF) -> None:
    """Draw an icon as lines, which stay sharp in a file at any size."""
    _renderer(name, color).render(painter, place)


@lru_cache(maxsize=64)
def _renderer(name: str, color: str) -> QSvgRenderer:
    svg = resources.path("icons", f"{name}.svg").read_text("utf-8")
    return QSvgRenderer(QByteArray(svg.replace("currentColor", color).encode()))


@lru_cache(maxsize=64)
def rounded(x: float, y: float, width: float, height: float, left: float, right: float) -> QPainterPath:
    """A rectangle with other corners on the left than on the right."""
    path = QPainterPath()
    path.moveTo(x + left, y)
    path.lineTo(x + width - right, y)
    path.quadTo(x + width, y, x + width, y + right)
    path.lineTo(x + width, y + height - right)
    path.quadTo(x + width, y + height, x + width - right, y + height)
    path.lineTo(x + left, y + height)
    path.quadTo(x, y + height, x, y + height - left)
    path.lineTo(x, y + left)
    path.quadTo(x, y, x + left, y)
    return path


def lower_part(height: float, body: float, left: float, right: float) -> QPainterPath:
    """The lower part of a node, where its problem stands."""
    below = QPainterPath()
    below.addRect(QRectF(0, body, NODE_WIDTH, height - body))
    return rounded(0.5, 0.5, NODE_WIDTH - 1, height - 1, left, right).intersected(below)
