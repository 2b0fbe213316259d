"""In which colours and how exactly the items draw: as on the screen, or for a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF
from PySide6.QtGui import QPainter
from PySide6.QtSvg import QSvgRenderer

import resources
from gui.theme import Theme, current_theme

_file_theme: Theme | None = None


def drawing_theme() -> Theme:
    """The theme to draw in."""
    return _file_theme or current_theme()


def for_file() -> bool:
    """Whether a file is drawn: with every detail at any scale, without selection, with icons as lines."""
    return _file_theme is not None


@contextmanager
def drawing_for_file(theme: Theme) -> Iterator[None]:
    """All items draw for a file in a theme."""
    global _file_theme
    before, _file_theme = _file_theme, theme
    try:
        yield
    finally:
        _file_theme = before


def draw_icon_lines(painter: QPainter, name: str, color: str, place: QRectF) -> None:
    """Draw an icon as lines, which stay sharp in a file at any size."""
    _renderer(name, color).render(painter, place)


@lru_cache(maxsize=64)
def _renderer(name: str, color: str) -> QSvgRenderer:
    svg = resources.path("icons", f"{name}.svg").read_text("utf-8")
    return QSvgRenderer(QByteArray(svg.replace("currentColor", color).encode()))
