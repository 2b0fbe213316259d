"""Icons: SVG files of `resources/icons`, drawn in the colours of the theme."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

import resources
from gui.theme import current_theme

SIZES = (16, 20, 24, 32, 40, 48, 64)


def icon(name: str, color: str = "") -> QIcon:
    """An icon by the name of its file below `resources/icons`; the folder `actions` may be left out.

    Args:
        name: Such as "save" or "layers/dense", without the ending.
        color: A colour of the theme; the text's when empty.

    The icon has the colours of today's theme: ask again when the theme changes.
    """
    theme = current_theme()
    return _icon(name, color or theme.text, theme.text_muted, theme.accent)


@lru_cache(maxsize=512)
def _icon(name: str, color: str, muted: str, accent: str) -> QIcon:
    svg = _text(name)
    result = QIcon()
    if not svg:
        return result
    faded = svg.replace("currentColor", muted).replace("<svg ", '<svg opacity="0.5" ', 1)
    modes, states = QIcon.Mode, QIcon.State
    versions = (
        (svg.replace("currentColor", color), ((modes.Normal, states.Off),)),
        (svg.replace("currentColor", accent), ((modes.Normal, states.On),)),
        (faded, ((modes.Disabled, states.Off), (modes.Disabled, states.On))),
    )
    for text, uses in versions:
        renderer = QSvgRenderer(QByteArray(text.encode()))
        for size in SIZES:
            picture = _render(renderer, size)
            for mode, state in uses:
                result.addPixmap(picture, mode, state)
    return result


def pixmap(name: str, size: int, color: str = "", ratio: float = 1.0) -> QPixmap:
    """An icon as a picture of `size` points on a screen with `ratio` pixels per point."""
    picture = icon(name, color).pixmap(QSize(size, size), ratio)
    picture.setDevicePixelRatio(ratio)
    return picture


def has_icon(name: str) -> bool:
    """Whether there is a file for this icon."""
    return bool(_text(name))


@lru_cache(maxsize=512)
def _text(name: str) -> str:
    for parts in ((f"{name}.svg",), ("actions", f"{name}.svg")):
        file = resources.path("icons", *parts)
        if file.is_file():
            return file.read_text("utf-8")
    return ""


def _render(renderer: QSvgRenderer, size: int) -> QPixmap:
    picture = QPixmap(size, size)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    renderer.render(painter, QRectF(0, 0, size, size))
    painter.end()
    return picture
