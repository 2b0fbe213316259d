"""What all plots look like."""

from __future__ import annotations

import math
import re
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QPen
from PySide6.QtWidgets import QLabel, QToolButton, QWidget

from gui.theme import Theme, current_theme, qcolor

pg.setConfigOptions(antialias=False, imageAxisOrder="row-major")


class PlotCanvas(pg.GraphicsLayoutWidget):
    """A bare drawing area for plots."""

    sceneObj: Any
    ci: Any
    """pyqtgraph's layout of plots; like its plots it takes on methods while it runs, which no checker can see."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(self.Shape.NoFrame)
        self.ci.layout.setContentsMargins(0, 4, 8, 4)
        self.ci.layout.setSpacing(4)
        self.setMinimumSize(160, 120)


LONGEST_LEFT = 6
"""Characters for which there is room between a left axis and its label."""


class NumberAxis(pg.AxisItem):
    """An axis that writes 20,000 and 0.05 as people do, and 1, 2, 5 of each decade when it is logarithmic.

    It is painted once into a picture of its own; curves that move in front of it do not paint it anew.
    """

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation)
        self.setCacheMode(self.CacheMode.DeviceCoordinateCache)

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        if self.logMode:
            return [_plain(10.0**value) for value in values]
        digits = max(0, math.ceil(-math.log10(spacing * scale) - 1e-9)) if spacing * scale > 0 else 0
        if digits > 6 or max((abs(v) for v in values), default=0) * scale >= 1e7:
            return [_plain(value * scale) for value in values]
        texts = [f"{value * scale:,.{digits}f}".replace("-", "−") for value in values]
        if self.orientation == "left" and max(map(len, texts), default=0) > LONGEST_LEFT:
            return [_plain(value * scale) for value in values]  # else it would cover the axis label
        return texts

    def logTickValues(self, minVal: float, maxVal: float, size: float, stdTicks: Any) -> list[tuple[Any, list[float]]]:
        decades = range(math.floor(minVal), math.ceil(maxVal) + 1)
        room = size / max(maxVal - minVal, 1e-9)
        if room < 30:
            every = math.ceil(30 / room)
            return [(1.0, [float(d) for d in decades if d % every == 0 and minVal <= d <= maxVal])]
        digits = (1,) if room < 60 else (1, 2, 5) if room < 240 else (1, 1.5, 2, 3, 4, 5, 7)
        ticks = [d + math.log10(digit) for d in decades for digit in digits]
        return [(1.0, [tick for tick in ticks if minVal <= tick <= maxVal])]


def _plain(value: float) -> str:
    return f"{value:.3g}".replace("e+0", "e").replace("e-0", "e−").replace("-", "−")


def make_plot(canvas: PlotCanvas, row: int, bottom: str = "", left: str = "", box: pg.ViewBox | None = None) -> Any:
    """A plot without pyqtgraph's own menu and buttons, in a row of the canvas; `box` moves and scales it."""
    axes = {side: NumberAxis(side) for side in ("bottom", "left")}
    plot = canvas.ci.addPlot(row=row, col=0, axisItems=axes, viewBox=box)
    plot.setMenuEnabled(False)
    plot.hideButtons()
    for side, text in (("bottom", bottom), ("left", left)):
        axis = plot.getAxis(side)
        axis.enableAutoSIPrefix(False)
        if text:
            axis.setLabel(text)
    plot.getAxis("left").setWidth(58)
    return plot


def style_plot(plot: Any, *, grid: bool = True) -> None:
    """Give a plot the colours and fonts of the theme."""
    theme = current_theme()
    font = QFont()
    font.setPixelSize(theme.font_size_small - 1)
    for side in ("bottom", "left"):
        axis = plot.getAxis(side)
        axis.setPen(pg.mkPen(theme.border))
        axis.setTextPen(pg.mkPen(theme.text_muted))
        axis.setStyle(tickFont=font, tickLength=-4, tickTextOffset=6, maxTickLevel=0)
        axis.setGrid(70 if grid else False)
        if grid:
            axis.setTickPen(pg.mkPen(theme.grid))
        axis.setLabel(axis.labelText, **{"color": theme.text_muted, "font-size": f"{theme.font_size_small}px"})
    plot.getViewBox().setBackgroundColor(None)


def thin_pen(color: str, width: float = 1.0, alpha: int = 255, dashed: bool = False) -> QPen:
    """A pen whose width does not change with the scale of the plot."""
    pen = pg.mkPen(qcolor(color, alpha), width=width)
    if dashed:
        pen.setDashPattern([5.0, 3.0])
    return pen


def toggle(text: str, tip: str, parent: QWidget, *, checked: bool = False) -> QToolButton:
    """A small button that stays down."""
    button = QToolButton(parent)
    button.setText(text)
    button.setToolTip(tip)
    button.setAccessibleName(text)
    button.setAccessibleDescription(tip)
    button.setCheckable(True)
    button.setChecked(checked)
    button.setAutoRaise(True)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


class Overlay(QLabel):
    """Text over a plot, through which the mouse reaches it."""

    def __init__(self, parent: QWidget, *, framed: bool) -> None:
        super().__init__(parent)
        self._framed = framed
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setTextFormat(Qt.TextFormat.RichText if framed else Qt.TextFormat.PlainText)
        self.restyle()
        self.hide()

    def restyle(self) -> None:
        """Take the colours of the theme."""
        theme = current_theme()
        if self._framed:
            style = (
                f"background: {theme.surface_raised}; color: {theme.text}; border: 1px solid {theme.border_strong};"
                f"border-radius: {theme.radius}px; padding: 4px 8px; font-size: {theme.font_size_small}px;"
            )
        else:
            style = f"background: transparent; color: {theme.text_muted}; font-size: {theme.font_size}px;"
        self.setStyleSheet(f"QLabel {{ {style} }}")
        self.adjustSize()  # fonts may have another size

    def show_near(self, text: str, x: int, y: int) -> None:
        """Show a text beside a point of the parent, inside of it."""
        self.setText(text)
        self.adjustSize()
        parent = self.parentWidget()
        assert parent is not None
        area = parent.rect()
        left = x + 16 if x + 16 + self.width() <= area.right() - 4 else x - 16 - self.width()
        top = min(max(y - self.height() // 2, 4), area.bottom() - self.height() - 4)
        self.move(max(left, 4), max(top, 4))
        self.show()


def unbroken(entry: str) -> str:
    """An entry of a legend that is not wrapped within."""
    return "".join(
        part if part.startswith("<") else part.replace(" ", "&nbsp;") for part in re.split(r"(<[^>]*>)", entry)
    )


def swatch(color: str, text: str, *, faint: bool = False, dashed: bool = False, dot: bool = False) -> str:
    """One entry of a legend, as rich text."""
    theme: Theme = current_theme()
    shown = qcolor(color, 110 if faint else 255)
    mark = "●" if dot else "┅" if dashed else "━"
    rgba = f"rgba({shown.red()},{shown.green()},{shown.blue()},{shown.alphaF():.2f})"
    return f"<span style='color:{rgba}'>{mark}</span> <span style='color:{theme.text_muted}'>{text}</span>"
