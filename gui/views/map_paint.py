"""How a tile is painted: cells, pictures, curves, and what lies over them."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF

from gui.theme import Theme, qcolor
from gui.views.map_tiles import Ranges, Tile
from gui.views.tensor_paint import colors_of
from gui.views.tensor_picture import GAP

FADED = 0.35
"""Opacity of what is marked as dead."""
HEAT = 0.75
"""Opacity of the strongest heat."""


def image_of(tile: Tile, theme: Theme) -> QImage | None:
    """The cells of a tile; None for curves."""
    if tile.pixels is not None:
        return _image(np.ascontiguousarray(tile.pixels), QImage.Format.Format_RGB32)
    if tile.codes is None:
        return None
    codes = np.ascontiguousarray(tile.codes)
    rows, columns = codes.shape
    image = QImage(codes.data, columns, rows, columns, QImage.Format.Format_Indexed8).copy()
    colors = list(colors_of(theme))
    colors[GAP] = QColor(theme.surface).rgba()  # as if several maps lay on the board by themselves
    image.setColorTable(colors)
    return image


def heat_of(tile: Tile, theme: Theme) -> QImage | None:
    """What lies over a tile, transparent where it is 0: blue where it is above, orange where it is below."""
    if tile.heat is None:
        return None
    heat = np.clip(np.nan_to_num(tile.heat), -1, 1)
    heat = heat[None] if heat.ndim == 1 else heat
    ends = [QColor(theme.classes[k]) for k in (0, 1)]
    below, above = (np.array([color.blue(), color.green(), color.red()], float) for color in ends)
    strength = np.abs(heat)[..., None] ** 0.7 * HEAT
    pixels = np.empty((*heat.shape, 4), np.uint8)
    pixels[..., :3] = np.where(heat[..., None] < 0, below, above) * strength  # premultiplied
    pixels[..., 3:] = 255 * strength
    return _image(pixels, QImage.Format.Format_ARGB32_Premultiplied)


def _image(pixels: np.ndarray, form: QImage.Format) -> QImage:
    height, width = pixels.shape[:2]
    return QImage(pixels.data, width, height, 4 * width, form).copy()


def paint_tile(
    painter: QPainter, rect: QRectF, tile: Tile, images: tuple[QImage | None, QImage | None], theme: Theme, ratio: float
) -> None:
    """A tile into a rectangle.

    Args:
        painter: Of the widget.
        rect: The place of the picture, without the words.
        tile: What to paint.
        images: From `image_of` and `heat_of`.
        theme: Colours.
        ratio: Pixels for each point.
    """
    image, heat = images
    painter.setOpacity(FADED if tile.note else 1.0)
    if image is None:
        painter.fillRect(rect, QColor(theme.surface_raised))
    else:
        shrunk = rect.width() * ratio < image.width()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, shrunk)
        painter.drawImage(rect, image)
    if heat is not None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, True)
        painter.drawImage(rect, heat)
    if image is None:
        _paint_curves(painter, rect, tile, theme)
    painter.setOpacity(1.0)
    painter.setPen(QPen(qcolor(theme.border_strong if tile.note else theme.border), 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(rect)
    if tile.box is not None:
        _paint_box(painter, rect, tile, tile.box, theme)


def _paint_curves(painter: QPainter, rect: QRectF, tile: Tile, theme: Theme) -> None:
    low, high = tile.limits
    inner = rect.adjusted(2, 3, -2, -3)
    if low < 0 < high:
        zero = inner.bottom() - inner.height() * (0 - low) / (high - low)
        painter.setPen(QPen(qcolor(theme.border), 1))
        painter.drawLine(QPointF(inner.left(), zero), QPointF(inner.right(), zero))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    n = len(tile.values)
    x = inner.left() + (np.arange(n) + 0.5) * (inner.width() / n)
    with np.errstate(all="ignore"):
        y = inner.bottom() - inner.height() * np.clip((tile.values - low) / (high - low), 0, 1)
    for line in range(tile.values.shape[1]):
        painter.setPen(QPen(QColor(theme.classes[(line + 1) % len(theme.classes)]), 1.4))
        known = np.isfinite(y[:, line])
        points = [QPointF(a, b) for a, b in zip(x[known].tolist(), y[known, line].tolist(), strict=True)]
        if len(points) <= 12:
            for point in points:
                painter.drawEllipse(point, 1.5, 1.5)
        painter.drawPolyline(QPolygonF(points))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def box_rect(rect: QRectF, tile: Tile, box: Ranges) -> QRectF:
    """Where a box of places lies within the picture of a tile."""
    if tile.is_curve:
        (left, right), n = box[-1], len(tile.values)
        return QRectF(
            rect.left() + rect.width() * left / n, rect.top(), rect.width() * (right - left) / n, rect.height()
        )
    rows, columns = tile.values.shape[:2]
    (top, bottom), (left, right) = box[-2:]
    wide, high = rect.width() / columns, rect.height() / rows
    return QRectF(rect.left() + left * wide, rect.top() + top * high, (right - left) * wide, (bottom - top) * high)


def _paint_box(painter: QPainter, rect: QRectF, tile: Tile, box: Ranges, theme: Theme) -> None:
    """A frame that is seen on black and on white."""
    place = box_rect(rect, tile, box)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    small = rect.width() < 100
    for color, width in ((theme.surface_raised, 3.0 if small else 4.0), (theme.error, 1.0 if small else 2.0)):
        pen = QPen(QColor(color), width)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        painter.drawRect(place)
