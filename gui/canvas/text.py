"""Text that fits: lines cut with an ellipsis, and numbers in few characters."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetricsF, QGuiApplication, QTextLayout, QTextOption

from gui.theme import current_theme


@lru_cache(maxsize=16)
def _font(family: str, size: int, strong: bool) -> QFont:
    font = QFont(family)
    font.setPixelSize(size)
    font.setWeight(QFont.Weight.DemiBold if strong else QFont.Weight.Normal)
    return font


def title_font() -> QFont:
    """For the names of nodes."""
    return _font(QGuiApplication.font().family(), current_theme().font_size, True)


def note_font() -> QFont:
    """For notes."""
    return _font(QGuiApplication.font().family(), current_theme().font_size, False)


def small_font() -> QFont:
    """For everything else on the canvas."""
    return _font(QGuiApplication.font().family(), current_theme().font_size_small, False)


def large_font() -> QFont:
    """For the names of nodes seen from some way off."""
    return _font(QGuiApplication.font().family(), 2 * current_theme().font_size, False)


def elided(text: str, font: QFont, width: float, mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight) -> str:
    """The text, shortened to a width."""
    return QFontMetricsF(font).elidedText(" ".join(text[:400].split()), mode, width)


def elided_lines(text: str, font: QFont, width: float, lines: int) -> tuple[str, ...]:
    """The text in at most so many lines of a width; the last one is shortened."""
    text = " ".join(text[:400].split())
    layout = QTextLayout(text, font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    found: list[str] = []
    layout.beginLayout()
    while len(found) < lines:
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(width)
        start, length = line.textStart(), line.textLength()
        last = len(found) == lines - 1
        found.append(elided(text[start:], font, width) if last else text[start : start + length].strip())
    layout.endLayout()
    return tuple(found)


def text_width(text: str, font: QFont) -> float:
    """How wide a text is."""
    return QFontMetricsF(font).horizontalAdvance(text)


def short_count(number: int) -> str:
    """A count in few characters: 9,402 · 785 k · 1.2 M."""
    if number < 100_000:
        return f"{number:,}"
    for unit, size in (("G", 10**9), ("M", 10**6), ("k", 10**3)):
        if number >= size:
            return f"{number / size:.3g} {unit}"
    return str(number)


def breakable(text: str, longest: int = 28) -> str:
    """The text with places where words that are too long for a line may be broken."""
    return " ".join(
        "\u200b".join(word[i : i + longest] for i in range(0, len(word), longest)) if len(word) > longest else word
        for word in text.split(" ")
    )
