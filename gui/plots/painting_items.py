"""What is seen while painting: the points, and the outline of the brush."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QGraphicsEllipseItem

from gui.plots.coloring import value_table
from gui.plots.style import PlotCanvas, thin_pen
from gui.theme import current_theme, qcolor

SHADES = 32
"""Colours of values."""
POINT_SIZE = 7.5


class PaintingItems:
    """The items of a plot that is painted on; it holds no truth of its own."""

    def __init__(self, canvas: PlotCanvas, plot: Any) -> None:
        """Put the items into a plot, unseen."""
        self._old, self._new = pg.ScatterPlotItem(pxMode=True), pg.ScatterPlotItem(pxMode=True)
        for item in (self._old, self._new):
            item.setZValue(20)
            plot.addItem(item, ignoreBounds=True)
        self.outline = QGraphicsEllipseItem()
        self.outline.setZValue(1_000)
        canvas.sceneObj.addItem(self.outline)
        self.hide()

    def hide(self) -> None:
        """Show nothing."""
        for item in (self._old, self._new):
            item.clear()
        self.outline.hide()

    def show_points(self, points: np.ndarray, target: Literal["classes", "values"], low: float, high: float) -> None:
        """Show points (m, 3); values are coloured between low and high."""
        self._put(self._old, points, target, low, high)

    def show_stroke(self, points: np.ndarray, target: Literal["classes", "values"], low: float, high: float) -> None:
        """Show the points of the stroke under way, which are few."""
        self._put(self._new, points, target, low, high)

    def show_outline(self, at: QPointF | None, radius: float) -> None:
        """Show where the brush is, in points of the scene; None takes it away."""
        self.outline.setVisible(at is not None)
        if at is not None:
            pen = thin_pen(current_theme().text, 1.2, dashed=True)
            pen.setCosmetic(True)
            self.outline.setPen(pen)
            self.outline.setBrush(Qt.BrushStyle.NoBrush)
            self.outline.setRect(at.x() - radius, at.y() - radius, 2 * radius, 2 * radius)

    @staticmethod
    def _put(item: Any, points: np.ndarray, target: str, low: float, high: float) -> None:
        theme = current_theme()
        if target == "classes":
            brushes = [pg.mkBrush(qcolor(color)) for color in theme.classes]
            own = points[:, 2].astype(int) % len(brushes)
        else:
            table = value_table()[:: 256 // SHADES]
            brushes = [pg.mkBrush(int(r), int(g), int(b)) for b, g, r, _ in table]
            own = np.clip((points[:, 2] - low) / max(high - low, 1e-12) * SHADES, 0, SHADES - 1).astype(int)
        # One pen and brush per colour: every other object would be another picture in the item's atlas.
        edge = thin_pen(theme.surface_raised if theme.name == "light" else theme.background, 1)
        size = POINT_SIZE if len(points) <= 600 else 6.0 if len(points) <= 2_000 else 4.5
        item.setData(points[:, 0], points[:, 1], symbol="o", size=size, pen=edge, brush=[brushes[k] for k in own])
