"""Figures to compare a run with, such as those of baselines: dashed lines across the plot, with their names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter

from gui.plots.style import thin_pen
from gui.theme import current_theme, qcolor


class ReferenceLines(pg.GraphicsObject):
    """Draws horizontal lines; their names stand at the right, one above the other where the lines are close."""

    def __init__(self) -> None:
        super().__init__()
        self._rect = QRectF(0, 0, 1, 1)
        self.lines: tuple[tuple[str, float], ...] = ()
        """Name and value, the highest first."""
        self.setZValue(10)

    def set(self, lines: Sequence[tuple[str, float]]) -> None:
        """Draw other lines; values that are not finite are left out."""
        finite = ((name, value) for name, value in lines if np.isfinite(value))
        self.lines = tuple(sorted(finite, key=lambda line: -line[1]))
        self.update()

    def show_range(self, x: Sequence[float], y: Sequence[float]) -> None:
        """Tell which part of the plot is seen."""
        rect = QRectF(x[0], y[0], x[1] - x[0], y[1] - y[0])
        if rect != self._rect:
            self.prepareGeometryChange()
            self._rect = rect

    def boundingRect(self) -> QRectF:
        return self._rect

    def paint(self, painter: QPainter, *_: Any) -> None:
        shown = [line for line in self.lines if self._rect.top() <= line[1] <= self._rect.bottom()]
        if not shown:
            return
        theme, transform = current_theme(), painter.worldTransform()
        painter.resetTransform()
        area = transform.mapRect(self._rect)
        places = [transform.map(QPointF(self._rect.left(), value)).y() for _, value in shown]
        for y in places:
            painter.setPen(thin_pen(theme.border_strong, 1, dashed=True))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
        font = QFont(painter.font())
        font.setPixelSize(theme.font_size_small - 1)
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        names = [name for name, _ in shown]
        for name, top in zip(names, spread(places, metrics.height(), area.top(), area.bottom()), strict=True):
            width = metrics.horizontalAdvance(name) + 8
            box = QRectF(area.right() - width - 4, top, width, metrics.height())
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(qcolor(theme.surface_raised, 215))
            painter.drawRoundedRect(box, 3, 3)
            painter.setPen(qcolor(theme.text_muted))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, name)


def spread(places: Sequence[float], height: float, top: float, bottom: float) -> list[float]:
    """Upper ends of texts that belong to sorted places: as near as can be without covering each other."""
    wished = np.asarray(places, np.float64) - height / 2
    steps = height * np.arange(len(wished))
    # Pushed down only and pushed up only; their mean keeps all distances, and the middle of each heap.
    down = np.maximum.accumulate(wished - steps)
    up = np.minimum.accumulate((wished - steps)[::-1])[::-1]
    room = max(bottom - top - height * len(wished), 0.0)
    return (np.clip((down + up) / 2, top, top + room) + steps).tolist()
