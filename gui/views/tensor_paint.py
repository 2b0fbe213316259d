"""How the parts of a tensor's card are painted: colours, bars, histogram and numbers."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPen

from gui.theme import Theme, current_theme, qcolor
from gui.views.tensor_answer import Card
from gui.views.tensor_picture import GAP, NOT_FINITE, SPREAD, ZERO
from gui.views.tensor_text import figures, number_text

COLOR_BAR = 4
"""Height of the colour bar below a histogram."""


@lru_cache(maxsize=4)
def color_table(negative: str, positive: str, paper: str, missing: str, between: str) -> tuple[int, ...]:
    """256 colours (ARGB) for codes: orange below 0, the paper at 0, blue above; both told apart by the colour-blind."""
    ground, ends = _rgb(paper), (_rgb(negative), _rgb(positive))
    table = [0] * 256
    for code in range(1, ZERO + SPREAD + 1):
        share = abs(code - ZERO) / SPREAD
        red, green, blue = np.rint(ground + (ends[code > ZERO] - ground) * share**0.8)
        table[code] = QColor(int(red), int(green), int(blue)).rgba()
    table[NOT_FINITE] = QColor(missing).rgba()
    table[GAP] = QColor(between).rgba()
    return tuple(table)


def _rgb(color: str) -> np.ndarray:
    shown = QColor(color)
    return np.array([shown.red(), shown.green(), shown.blue()], float)


def colors_of(theme: Theme) -> tuple[int, ...]:
    """The colour table of a theme."""
    return color_table(theme.classes[0], theme.classes[1], theme.surface_raised, theme.text, theme.border)


@lru_cache(maxsize=16)
def figure_font(pixels: int, *, bold: bool = False) -> QFont:
    """A font whose digits are equally wide, so that numbers that change do not jump."""
    font = QFont()
    font.setPixelSize(pixels)
    font.setBold(bold)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def line_height() -> int:
    """Height of a line of small numbers."""
    return current_theme().font_size_small + 2


def paint_bars(painter: QPainter, rect: QRectF, card: Card, theme: Theme) -> None:
    """A vector: a bar for each number, from a line at 0 that is in the middle where there are both signs."""
    values = card.picture.values[0]
    below, above = bool((values < 0).any()), bool((values > 0).any())  # nan is neither
    unit = rect.height() / 2 if below and above else rect.height()
    middle = rect.top() + (0.0 if below and not above else unit)
    wide = rect.width() / len(values)
    colors = colors_of(theme)
    outline = QPen(qcolor(theme.border_strong), 0.5)
    for place, (value, code) in enumerate(zip(values.tolist(), card.picture.codes[0].tolist(), strict=True)):
        left = rect.left() + place * wide
        if code == NOT_FINITE:
            painter.fillRect(QRectF(left, rect.top(), max(wide - 1, 1), rect.height()), QColor(theme.text))
            continue
        high = unit * min(1.0, max(-1.0, value / card.limit)) if card.limit > 0 else 0.0
        painter.setPen(outline)
        painter.setBrush(QColor.fromRgba(colors[code]))
        painter.drawRect(QRectF(left, middle - high, max(wide - 1.5, 0.5), high))
    painter.setPen(QPen(qcolor(theme.border_strong), 1))
    painter.drawLine(QPointF(rect.left(), middle), QPointF(rect.right(), middle))


def paint_histogram(painter: QPainter, rect: QRectF, card: Card, theme: Theme) -> None:
    """The histogram in `rect`; below it the colour bar and the numbers at its ends."""
    bins, top = len(card.histogram), max(int(card.histogram.max()), 1)
    wide, high, left, bottom = rect.width() / bins, rect.height() / top, rect.left(), rect.bottom()
    brushes, tops = _bin_colors(colors_of(theme), bins), []
    for place in np.flatnonzero(card.histogram).tolist():
        x, y = left + place * wide, bottom - max(high * int(card.histogram[place]), 1.0)
        painter.fillRect(QRectF(x, y, wide + 0.5, bottom - y), brushes[place])
        tops.append(QLineF(x, y, x + wide, y))
    painter.drawImage(QRectF(left, bottom, rect.width(), COLOR_BAR), _color_bar(colors_of(theme)))
    painter.setPen(QPen(qcolor(theme.border_strong), 1))
    middle = rect.center().x()
    painter.drawLines(
        [*tops, QLineF(middle, rect.top(), middle, bottom + COLOR_BAR), QLineF(left, bottom, rect.right(), bottom)]
    )
    painter.setFont(figure_font(theme.font_size_small - 1))
    painter.setPen(qcolor(theme.text_muted))
    labels = QRectF(left, bottom + COLOR_BAR, rect.width(), line_height())
    flags = Qt.AlignmentFlag
    if card.limit > 0:
        painter.drawText(labels, flags.AlignLeft | flags.AlignVCenter, number_text(-card.limit))
        painter.drawText(labels, flags.AlignRight | flags.AlignVCenter, number_text(card.limit))
    painter.drawText(labels, flags.AlignHCenter | flags.AlignVCenter, "0")


@lru_cache(maxsize=4)
def _bin_colors(colors: tuple[int, ...], bins: int) -> list[QColor]:
    return [QColor.fromRgba(colors[ZERO + round(SPREAD * (2 * n + 1 - bins) / bins)]) for n in range(bins)]


@lru_cache(maxsize=4)
def _color_bar(colors: tuple[int, ...]) -> QImage:
    codes = np.arange(ZERO - SPREAD, ZERO + SPREAD + 1, dtype=np.uint8)
    image = QImage(codes.data, len(codes), 1, len(codes), QImage.Format.Format_Indexed8).copy()
    image.setColorTable(colors)
    return image.convertToFormat(QImage.Format.Format_RGB32)


def paint_figures(painter: QPainter, rect: QRectF, card: Card, theme: Theme) -> None:
    """The statistics: two columns of name and number."""
    line = line_height()
    left, top, width = rect.left(), rect.top(), rect.width()
    painter.setFont(figure_font(theme.font_size_small - 1))
    flags = Qt.AlignmentFlag
    half = min((width - 12) / 2, 110)
    for place, (name, value) in enumerate(figures(card.statistics)):
        cell = QRectF(left + place % 2 * (half + 12), top + place // 2 * line, half, line)
        painter.setPen(qcolor(theme.text_muted))
        painter.drawText(cell, flags.AlignLeft | flags.AlignVCenter, name)
        painter.setPen(qcolor(theme.error if name.startswith("NaN") else theme.text))
        painter.drawText(cell, flags.AlignRight | flags.AlignVCenter, value)
