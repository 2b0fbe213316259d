"""A small picture stretched smoothly over a stretch of a plot."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter


class SmoothImage(pg.GraphicsObject):
    """Draws pixels (n_y, n_x, 4) with the first row at the bottom."""

    def __init__(self) -> None:
        super().__init__()
        self._image: QImage | None = None
        self._pixels: np.ndarray | None = None
        self._rect = QRectF()

    def set_pixels(self, pixels: np.ndarray | None, rect: QRectF) -> None:
        """Show other pixels; None shows nothing."""
        if rect != self._rect:
            self.prepareGeometryChange()
            self._rect = rect
        self._pixels = None if pixels is None else np.ascontiguousarray(pixels)
        if self._pixels is None:
            self._image = None
        else:
            height, width = self._pixels.shape[:2]
            # A QImage does not own the bytes it is made from: the array is kept beside it.
            self._image = QImage(self._pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32)
        self.update()

    @property
    def pixels(self) -> np.ndarray | None:
        """(n_y, n_x, 4) bytes: blue, green, red, 255."""
        return self._pixels

    def boundingRect(self) -> QRectF:
        return self._rect

    def paint(self, painter: QPainter, *_: Any) -> None:
        if self._image is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(self._rect, self._image)
