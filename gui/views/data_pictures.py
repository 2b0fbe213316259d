"""The mean picture of each class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from engine.data import PreparedData
from gui.theme import current_theme, theme_notifier
from gui.views.result_pictures import picture_shape

MOST_CLASSES = 20
SAMPLED = 5_000
"""Training examples from which the means are taken at most."""
LARGEST, SMALLEST, MARGIN = 128, 48, 12
"""Side of a picture in points, and the room around it."""


@dataclass(frozen=True, eq=False, slots=True)
class MeanPicture:
    """The mean of some examples of a class."""

    name: str
    count: int
    pixels: np.ndarray
    """(height, width, 4) bytes in the order of QImage.Format_RGB32."""


def mean_pictures(data: PreparedData) -> tuple[MeanPicture, ...]:
    """Of the first input that holds pictures, for each class of the first target; none for other data."""
    target = next(iter(data.targets.values()))
    array = next((name for name in data.input_layout.shapes if picture_shape(data, name)), None)
    if array is None or target.kind != "classes":
        return ()
    shape = picture_shape(data, array)
    assert shape is not None
    raw = data.input_scaling[array].undo(data.train.inputs[array][:SAMPLED]).reshape(-1, *shape)
    labels = data.train.targets[target.name][:SAMPLED]
    low, high = float(raw.min()), float(raw.max())
    made = []
    for label in range(min(target.classes, MOST_CLASSES)):
        own = raw[labels == label]
        if not len(own):
            continue
        shades = np.clip((own.mean(axis=0) - low) * (255 / ((high - low) or 1)) + 0.5, 0, 255).astype(np.uint8)
        pixels = np.full((*shades.shape[:2], 4), 255, np.uint8)
        pixels[..., :3] = shades if shape[2] == 1 else shades[..., 2::-1]
        made.append(MeanPicture(target.class_names[label], len(own), pixels))
    return tuple(made)


class MeanPictures(QWidget):
    """The pictures side by side, in as many rows as it takes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pictures: Sequence[MeanPicture] = ()
        self.setMinimumSize(160, 120)
        theme_notifier.theme_changed.connect(self.update)

    def show_pictures(self, pictures: Sequence[MeanPicture]) -> None:
        """Show other ones."""
        self.pictures = pictures
        self.setAccessibleName("Mean picture of each class")
        self.setAccessibleDescription(", ".join(f"{own.name} ({own.count:,})" for own in pictures))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(400, 200)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.pictures:
            return
        painter, theme = QPainter(self), current_theme()
        line = painter.fontMetrics().height()
        painter.setPen(QColor(theme.text_muted))
        painter.drawText(QPointF(MARGIN, line), "Mean picture of each class, of the training part")
        side = self._side(line)
        across = max(1, int((self.width() - MARGIN) // (side + MARGIN)))
        for place, picture in enumerate(self.pictures):
            left = MARGIN + place % across * (side + MARGIN)
            top = line + MARGIN + place // across * (side + line + MARGIN)
            height, width = picture.pixels.shape[:2]
            image = QImage(picture.pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32)
            scale = side / max(width, height)
            painter.drawImage(QRectF(left, top, width * scale, height * scale), image)
            text = f"{picture.name}  {picture.count:,}"
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(side))
            painter.setPen(QColor(theme.text))
            painter.drawText(QRectF(left, top + side, side, line), Qt.AlignmentFlag.AlignLeft, shown)
        painter.end()

    def _side(self, line: float) -> float:
        """The largest side with which all pictures have room."""
        for side in range(LARGEST, SMALLEST, -4):
            across = max(1, int((self.width() - MARGIN) // (side + MARGIN)))
            down = -(-len(self.pictures) // across)
            if line + MARGIN + down * (side + line + MARGIN) <= self.height():
                return side
        return SMALLEST
