"""A strip with the activations of every layer: channels as tiles, dense layers as bars."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.theme import Theme, current_theme, theme_notifier
from gui.views.draw_answer import LayerPicture
from gui.views.tensor_paint import colors_of
from gui.views.tensor_text import number_text, shape_text

GAP, CAPTION, TALLEST, NARROWEST = 12, 36, 190, 76
MORE = 120
"""Room for a word on the layers that are not shown."""
BAR = 4
"""Width of the bar of a unit, where there is room."""


class LayerStrip(QWidget):
    """Layers from left to right, in the order of computing."""

    pointed = Signal(str, QPoint)
    """What is under the mouse; "" for nothing."""
    chosen = Signal(str)
    """A layer was clicked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.layers: Sequence[LayerPicture] = ()
        self.seen = QImage()
        """What the network gets; first in the strip."""
        self.left_out = 0
        self.tallest = TALLEST
        """Of a picture."""
        self._current = 0
        self.setAccessibleName(
            "Activations of the layers: arrows go from one to the next, Enter shows it on the canvas"
        )
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Expanding)
        theme_notifier.theme_changed.connect(self.update)

    def show_layers(self, layers: Sequence[LayerPicture], left_out: int, seen: QImage) -> None:
        """Show these."""
        before = self._width()
        self.layers, self.left_out, self.seen = layers, left_out, seen
        self._current = min(self._current, max(len(layers) - 1, 0))
        if self._width() != before:
            self.setMinimumWidth(self._width())
        names = ", ".join(f"{layer.title} {shape_text(layer.shape)}" for layer in layers)
        self.setAccessibleDescription(names)
        self.update()

    # Geometry

    @property
    def _room(self) -> float:
        return float(min(max(self.height() - CAPTION - 4, 24), self.tallest))

    def _size(self, layer: LayerPicture) -> tuple[float, float]:
        """Width and height of a layer's picture."""
        room, (rows, columns) = self._room, layer.picture.values.shape
        if layer.picture.is_vector:
            return min(max(columns * BAR, NARROWEST), 260.0), min(room, 110.0)
        scale = room / rows
        return min(columns * scale, 2.4 * room), min(room, 2.4 * room / columns * rows)

    def _seen_rect(self) -> QRectF:
        side = min(self._room, 110.0)
        scale = side / max(self.seen.width(), self.seen.height(), 1)
        return QRectF(2, CAPTION, self.seen.width() * scale, self.seen.height() * scale)

    def _rects(self) -> list[QRectF]:
        rects, x = [], 2.0 + max(self._seen_rect().width(), NARROWEST) + GAP
        for layer in self.layers:
            wide, high = self._size(layer)
            rects.append(QRectF(x, CAPTION, wide, high))
            x += max(wide, NARROWEST) + GAP
        return rects

    def _width(self) -> int:
        seen = max(self._seen_rect().width(), NARROWEST)
        return (
            round(seen + sum(max(self._size(layer)[0], NARROWEST) + GAP for layer in self.layers))
            + 30
            + MORE * bool(self.left_out)
        )

    # Painting

    def _paint_seen(self, painter: QPainter, theme: Theme) -> None:
        rect = self._seen_rect()
        self._paint_caption(painter, rect, "The network sees", f"{self.seen.height()} × {self.seen.width()}", theme)
        painter.drawImage(rect, self.seen)
        painter.setPen(QPen(QColor(theme.border_strong), 1))
        painter.drawRect(rect)

    @staticmethod
    def _paint_caption(painter: QPainter, rect: QRectF, title: str, note: str, theme: Theme) -> None:
        wide = max(rect.width(), NARROWEST)
        flags = Qt.AlignmentFlag
        metrics = painter.fontMetrics()
        line = (CAPTION - 4) / 2
        painter.setPen(QColor(theme.text))
        title = metrics.elidedText(title, Qt.TextElideMode.ElideRight, int(wide + GAP - 4))
        painter.drawText(QRectF(rect.left(), 0, wide + GAP, line), flags.AlignLeft | flags.AlignVCenter, title)
        painter.setPen(QColor(theme.text_muted))
        note = metrics.elidedText(note, Qt.TextElideMode.ElideRight, int(wide + GAP - 4))
        painter.drawText(QRectF(rect.left(), line, wide + GAP, line), flags.AlignLeft | flags.AlignVCenter, note)

    def _paint_layer(self, painter: QPainter, layer: LayerPicture, rect: QRectF, theme: Theme) -> None:
        self._paint_caption(painter, rect, layer.title, shape_text(layer.shape), theme)
        if layer.picture.is_vector:
            self._paint_bars(painter, layer, rect, theme)
            return
        codes = np.ascontiguousarray(layer.picture.codes)
        image = QImage(codes.data, codes.shape[1], codes.shape[0], codes.shape[1], QImage.Format.Format_Indexed8)
        image.setColorTable((0, *colors_of(theme)[1:]))  # nothing between the tiles
        painter.drawImage(rect, image)

    def _paint_bars(self, painter: QPainter, layer: LayerPicture, rect: QRectF, theme: Theme) -> None:
        values, codes, table = layer.picture.values[0], layer.picture.codes[0], colors_of(theme)
        below, above = bool((values < 0).any()), bool((values > 0).any())
        unit = rect.height() / 2 if below and above else rect.height()
        middle = rect.top() if below and not above else rect.top() + unit
        wide = rect.width() / len(values)
        for place, (value, code) in enumerate(zip(values.tolist(), codes.tolist(), strict=True)):
            high = unit * value / layer.limit if layer.limit > 0 and np.isfinite(value) else 0.0
            left = rect.left() + place * wide
            bar = QRectF(left, min(middle, middle - high), max(wide - (1 if wide > 2.5 else 0), 0.6), abs(high))
            painter.fillRect(bar, QColor.fromRgba(table[code]))
        painter.setPen(QPen(QColor(theme.border_strong), 1))
        painter.drawLine(QPointF(rect.left(), middle), QPointF(rect.right(), middle))

    # What is where

    def _text_at(self, point: QPointF) -> str:
        for layer, rect in zip(self.layers, self._rects(), strict=True):
            if not rect.contains(point):
                continue
            picture = layer.picture
            rows, columns = picture.values.shape
            row = floor((point.y() - rect.top()) / rect.height() * rows)
            column = floor((point.x() - rect.left()) / rect.width() * columns)
            row = 0 if picture.is_vector else row
            place = picture.index_at(row, column)
            if place is None:
                return ""
            value = number_text(float(picture.values[row, column]))
            if picture.is_vector:
                return f"{layer.title}, unit {place[0] + 1}: {value}"
            where = f"row {place[0] + 1}, column {place[1] + 1}"
            channel = f", channel {place[2] + 1}" if len(place) > 2 else ""
            return f"{layer.title}{channel}, {where}: {value}"
        return ""

    # Qt

    def sizeHint(self) -> QSize:
        return QSize(self._width(), CAPTION + 110)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, CAPTION + 60)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        font = self.font()
        font.setPixelSize(theme.font_size_small)
        painter.setFont(font)
        if not self.seen.isNull():
            self._paint_seen(painter, theme)
        for place, (layer, rect) in enumerate(zip(self.layers, self._rects(), strict=True)):
            self._paint_layer(painter, layer, rect, theme)
            if self.hasFocus() and place == self._current:
                painter.setPen(QPen(QColor(theme.focus), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(rect.adjusted(-3, -3, 3, 3), 4, 4)
        if self.left_out:
            painter.setPen(QColor(theme.text_muted))
            spot = QRectF(self.width() - MORE, CAPTION, MORE - 8, self._room)
            text = f"{self.left_out} more layers are not shown"
            painter.drawText(spot, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap, text)
        painter.end()

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # pyright: ignore[reportArgumentType]
        if self.minimumWidth() != self._width():
            self.setMinimumWidth(self._width())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.pointed.emit(self._text_at(event.position()), event.position().toPoint())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        for place, rect in enumerate(self._rects()):
            if rect.adjusted(0, -CAPTION, 0, 0).contains(event.position()):
                self._current = place
                self.chosen.emit(self.layers[place].node)

    def leaveEvent(self, event: QEvent) -> None:
        self.pointed.emit("", QPoint())
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if event.key() in steps and self.layers:
            self._current = min(max(self._current + steps[Qt.Key(event.key())], 0), len(self.layers) - 1)
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.layers:
            self.chosen.emit(self.layers[self._current].node)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()
