"""Many lines as one item: one call from Qt to Python a frame, and no bounding boxes to be found.

Qt's painter draws lines wider than one device pixel ten to fifty times slower than lines of one (626 points: 6.3
against 0.11 ms, and 11 ms when translucent). So wide lines are drawn as thin ones side by side, in solid colours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPainterPath, QPen, QTransform


@dataclass(slots=True)
class Line:
    """One line, with markers at its points or without."""

    pen: QPen
    smooth: bool = False
    marker: QPen | None = None
    """Outline of its markers."""
    inside: Any = None
    """Brush of its markers."""
    x: np.ndarray | None = None
    y: np.ndarray | None = None
    path: QPainterPath | None = None
    with_markers: bool = False


class Lines(pg.GraphicsObject):
    """Draws lines by name, in the order in which they were added."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: dict[str, Line] = {}
        self._rect = QRectF(0, 0, 1, 1)

    def add(self, name: str, *, smooth: bool = False) -> None:
        """Make an empty line; smooth ones are for few points."""
        self._lines[name] = Line(pg.mkPen("k"), smooth)

    def remove(self, name: str) -> None:
        """Forget a line."""
        del self._lines[name]
        self.update()

    def style(self, name: str, pen: QPen, marker: QPen | None = None, inside: Any = None) -> None:
        """Set the pen of a line and of its markers."""
        line = self._lines[name]
        line.pen, line.marker, line.inside = pen, marker, inside

    def set(self, name: str, x: np.ndarray, y: np.ndarray, *, markers: bool = False) -> None:
        """Give a line other points; what is not finite leaves a gap."""
        line = self._lines[name]
        line.x, line.y, line.with_markers = x, y, markers
        finite = bool(np.isfinite(y).all())
        line.path = (
            pg.arrayToQPath(x, y, connect="all" if finite else "finite", finiteCheck=not finite) if len(x) else None
        )

    def points(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """The points of a line, as drawn."""
        line = self._lines[name]
        return (np.empty(0), np.empty(0)) if line.x is None or line.y is None else (line.x, line.y)

    def show_range(self, x: tuple[float, float], y: tuple[float, float]) -> None:
        """Tell which part of the plot is seen, and draw anew."""
        rect = QRectF(x[0], y[0], x[1] - x[0], y[1] - y[0])
        if rect != self._rect:
            self.prepareGeometryChange()
            self._rect = rect
        self.update()

    def boundingRect(self) -> QRectF:
        return self._rect

    def paint(self, painter: QPainter, *_: Any) -> None:
        transform, ratio = painter.worldTransform(), painter.device().devicePixelRatioF()
        for line in self._lines.values():
            if line.path is None:
                continue
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, line.smooth)
            painter.setBrush(pg.mkBrush(None))
            width = max(1, round(line.pen.widthF() * ratio))
            pen = QPen(line.pen)
            pen.setWidthF(1 / ratio)
            painter.setPen(pen)
            for i in range(width):
                aside = (i - (width - 1) / 2) / ratio
                for dx, dy in ((0.0, aside), (aside, 0.0)) if aside else ((0.0, 0.0),):
                    painter.setWorldTransform(transform * QTransform.fromTranslate(dx, dy))
                    painter.drawPath(line.path)
            painter.setWorldTransform(transform)
            if line.with_markers and line.marker is not None and line.x is not None and line.y is not None:
                painter.resetTransform()
                painter.setPen(line.marker)
                painter.setBrush(line.inside)
                for x, y in zip(line.x.tolist(), line.y.tolist(), strict=True):
                    painter.drawEllipse(transform.map(QPointF(x, y)), 3.0, 3.0)
                painter.setWorldTransform(transform)
