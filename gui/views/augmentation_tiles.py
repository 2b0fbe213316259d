"""An example before and after augmentation: pictures, or curves where it is no picture."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.theme import current_theme, qcolor, theme_notifier

GAP = 8
CURVES_AT_MOST = 4


def shades(examples: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Pictures (k, n_H, n_W, n_C) as bytes (k, n_H, n_W, 4) for QImage.Format_RGB32; of a volume its middle slice."""
    if examples.ndim == 5:
        examples = examples[:, examples.shape[1] // 2]
    span = np.where(high > low, high - low, 1)
    values = np.clip(np.nan_to_num((examples - low) / span) * 255 + 0.5, 0, 255).astype(np.uint8)
    out = np.full((*values.shape[:3], 4), 255, np.uint8)
    out[..., :3] = values[..., 2::-1] if values.shape[-1] >= 3 else values[..., :1]
    return out


class Tiles(QWidget):
    """The example on the left, its variants in a grid beside it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._examples = np.zeros((0, 1, 1, 1), np.float32)
        self._pixels: np.ndarray | None = None
        self._low = self._high = np.zeros(1)
        self.setMinimumSize(240, 160)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("The example before and after augmentation")
        theme_notifier.theme_changed.connect(self.update)

    def fill(self, examples: np.ndarray, low: np.ndarray, high: np.ndarray) -> None:
        """Show the example (first) and its variants (k, …, n_C), from the lowest to the highest value by channel."""
        self._examples, self._low, self._high = examples, low, high
        self._pixels = np.ascontiguousarray(shades(examples, low, high)) if examples.ndim >= 4 else None
        self.update()

    def places(self) -> list[QRectF]:
        """Where each tile is drawn, below its caption line."""
        count = len(self._examples) - 1
        head = self.fontMetrics().height() + 4
        area = QRectF(12, 4 + head, max(1, self.width() - 24), max(1, self.height() - 12 - head))
        # The example takes as much room as two by two variants, beside them.

        def side_with(columns: int) -> float:
            rows = max(2, -(-count // columns))
            return min((area.height() - (rows - 1) * GAP) / rows, (area.width() - (columns + 2) * GAP) / (columns + 2))

        columns = max((4, 8, 3, 2, 1), key=side_with)
        side = max(side_with(columns), 8.0)
        first = QRectF(area.left(), area.top(), 2 * side + GAP, 2 * side + GAP)
        left = first.right() + 2 * GAP
        rest = [
            QRectF(left + (i % columns) * (side + GAP), area.top() + (i // columns) * (side + GAP), side, side)
            for i in range(count)
        ]
        return [first, *rest]

    def _draw_picture(self, painter: QPainter, place: QRectF, pixels: np.ndarray) -> None:
        height, width = pixels.shape[:2]
        image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32)
        scale = min(place.width() / width, place.height() / height)
        spot = QRectF(0, 0, width * scale, height * scale)
        spot.moveCenter(place.center())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scale < 2)
        painter.drawImage(spot, image)

    def _draw_curves(self, painter: QPainter, place: QRectF, example: np.ndarray) -> None:
        theme = current_theme()
        painter.setPen(QPen(qcolor(theme.border), 1))
        painter.drawRect(place)
        curves = example.T if example.ndim == 2 else example[None]
        low, high = float(self._low.min()), float(self._high.max())
        span = (high - low) or 1.0
        for number, curve in enumerate(curves[:CURVES_AT_MOST]):
            x = np.linspace(place.left() + 4, place.right() - 4, max(2, len(curve)))
            y = np.clip(place.bottom() - 4 - (np.nan_to_num(curve) - low) / span * (place.height() - 8),
                        place.top(), place.bottom())  # fmt: skip
            painter.setPen(QPen(qcolor(theme.classes[number % len(theme.classes)]), 1.5))
            painter.drawPolyline(QPolygonF([QPointF(*point) for point in zip(x.tolist(), y.tolist(), strict=False)]))

    def sizeHint(self) -> QSize:
        return QSize(560, 260)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if not len(self._examples):
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        places = self.places()
        painter.setPen(qcolor(current_theme().text_muted))
        head = self.fontMetrics().height()
        starts = [(places[0], "Before"), *([(places[1], "After, as training may meet it")] if len(places) > 1 else [])]
        for place, text in starts:
            line = QRectF(place.left(), place.top() - head - 4, self.width() - place.left() - 4, head)
            shown = self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(line.width()))
            painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
        for number, place in enumerate(places):
            if self._pixels is not None:
                self._draw_picture(painter, place, self._pixels[number])
            else:
                self._draw_curves(painter, place, self._examples[number])
