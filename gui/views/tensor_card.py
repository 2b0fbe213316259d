"""One tensor as a card: picture, histogram on the same colour scale, and numbers."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPaintEngine,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from gui.theme import Theme, current_theme, qcolor, theme_notifier
from gui.views.tensor_answer import Card
from gui.views.tensor_paint import (
    COLOR_BAR,
    colors_of,
    figure_font,
    line_height,
    paint_bars,
    paint_figures,
    paint_histogram,
)  # fmt: skip
from gui.views.tensor_text import bin_text, cell_text, figures, shape_text
from gui.widgets.basic import ToolButton

PAD, HEAD = 8, 27
SMALLEST = (288, 110)
FIGURES = 196
"""Width of the numbers in two columns."""
FIGURE_ROWS = 3
LONGEST_CELL = 4
"""A cell of a matrix is at most so many times longer than broad."""


class TensorCard(QWidget):
    """Shows one `Card`; it is kept and filled again with each update."""

    pointed = Signal(str, QPoint)
    """What is under the mouse or the keyboard's cell, and where in this widget; "" when nothing is."""
    watch_toggled = Signal(bool)

    def __init__(self, parent: QWidget) -> None:
        """An empty card."""
        super().__init__(parent)
        self.card: Card | None = None
        self._image: QImage | None = None
        self._background: QPixmap | None = None
        self._cell: tuple[int, int] | None = None
        self._picture_rect = QRectF()
        self._histogram_rect = QRectF()
        self._figures_rect = QRectF()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.eye = ToolButton("eye", "Watch", self)
        self.eye.setCheckable(True)
        self.eye.setFixedSize(24, 24)
        self.eye.clicked.connect(self.watch_toggled)
        theme_notifier.theme_changed.connect(self._on_theme_notifier_theme_changed)

    def show_card(self, card: Card, tip: str, *, watched: bool) -> None:
        """Show a tensor."""
        shape = self.card.tensor.shape if self.card is not None else ()
        other = self.card is None or self.card.tensor.symbol != card.tensor.symbol
        self.card = card
        self._recolor()
        if other or (self._cell is not None and not self._holds(*self._cell)):
            self._cell = None
        if other or shape != card.tensor.shape:
            self._background = None
        if other:
            name = card.tensor.symbol
            self.eye.setToolTip(f"Watch {name}: its norm, mean and range over the steps, in the view Over time")
            self.eye.setAccessibleName(f"Watch {name}")
        self.eye.setChecked(watched)
        if tip != self.toolTip():
            self.setToolTip(tip)
        self.setAccessibleName(f"{card.tensor.symbol}, {shape_text(card.tensor.shape)}")
        self.setAccessibleDescription(", ".join(f"{name} {value}" for name, value in figures(card.statistics)))
        self._place()
        self.update()

    # Geometry

    def _holds(self, row: int, column: int) -> bool:
        return self.card is not None and self.card.picture.index_at(row, column) is not None

    def _place(self) -> None:
        """Picture, histogram and numbers: beside each other in a low card, one above the other in a narrow one."""
        area = QRectF(self.rect()).adjusted(PAD, HEAD, -PAD, 2 - PAD)
        rows = FIGURE_ROWS * line_height()
        if area.width() - FIGURES < min(0.75 * area.height(), 140):
            below = min(max(72.0, 0.28 * area.height()), 130.0)
            room = area.adjusted(0, 0, 0, -rows - below - PAD)
            right = QRectF(area.left(), room.bottom() + PAD, area.width(), below + rows)
        else:
            room = QRectF(area.topLeft(), QSizeF(min(1.2 * area.height(), area.width() - FIGURES - PAD), area.height()))
            right = area.adjusted(room.width() + PAD, 0, 0, 0)
        if right.width() >= 2 * FIGURES - 60 and right.height() < 2 * rows + 40:
            self._figures_rect = QRectF(right.right() - FIGURES, right.top() + 2, FIGURES, rows)
            self._histogram_rect = right.adjusted(0, 0, -FIGURES - 2 * PAD, 0)
        else:
            self._figures_rect = QRectF(right.left(), right.bottom() - rows, right.width(), rows)
            self._histogram_rect = right.adjusted(0, 0, 0, -rows - 4)
        self._picture_rect = self._fitted(room)
        self.eye.move(self.width() - 24 - 4, 3)

    def _fitted(self, room: QRectF) -> QRectF:
        """The cells, as large as they go; square for images."""
        if self.card is None:
            return room
        picture = self.card.picture
        rows, columns = picture.values.shape
        if self._draws_bars(room):
            wide = min(room.width(), 28.0 * columns)
            return QRectF(room.left(), room.top(), wide, min(room.height(), 160))
        square = min(room.width() / columns, room.height() / rows)
        longest = 1 if picture.tile != (0, 0) or picture.example is not None else LONGEST_CELL
        sizes = [min(room.width() / columns, longest * square), min(room.height() / rows, longest * square)]
        if picture.is_vector:
            sizes[1] = min(room.height(), 24.0)
        wide, high = (float(int(size)) if size >= 2 else size for size in sizes)
        return QRectF(room.left(), room.top(), wide * columns, high * rows)

    def _draws_bars(self, room: QRectF) -> bool:
        return (
            self.card is not None and self.card.picture.is_vector and 2 * self.card.picture.values.size <= room.width()
        )

    # Painting

    def _recolor(self) -> None:
        if self.card is None:
            return
        codes = np.ascontiguousarray(self.card.picture.codes)
        rows, columns = codes.shape
        image = QImage(codes.data, columns, rows, columns, QImage.Format.Format_Indexed8).copy()
        image.setColorTable(colors_of(current_theme()))
        self._image = image

    def _paint_background(self, theme: Theme) -> QPixmap:
        """What stays from one update to the next, painted once: rounded corners and text take long."""
        ratio = self.devicePixelRatioF()
        pixmap = QPixmap(self.size() * ratio)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self._paint_still(painter, theme)
        painter.end()
        return pixmap

    def _paint_still(self, painter: QPainter, theme: Theme) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(qcolor(theme.surface_raised))
        self._paint_frame(painter, theme, theme.border)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self.card is not None:
            self._paint_head(painter, self.card, theme)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _paint_frame(self, painter: QPainter, theme: Theme, color: str) -> None:
        painter.setPen(QPen(qcolor(color), 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), theme.radius, theme.radius)

    def _paint_head(self, painter: QPainter, card: Card, theme: Theme) -> None:
        painter.setFont(figure_font(theme.font_size, bold=True))
        painter.setPen(qcolor(theme.text))
        line = QRect(PAD, 4, self.width() - 2 * PAD - 24, 20)
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, card.tensor.symbol)
        used = painter.fontMetrics().horizontalAdvance(card.tensor.symbol) + PAD
        painter.setFont(figure_font(theme.font_size_small))
        painter.setPen(qcolor(theme.text_muted))
        room = line.adjusted(used, 0, 0, 0)
        shape = painter.fontMetrics().elidedText(
            shape_text(card.tensor.shape), Qt.TextElideMode.ElideRight, room.width()
        )
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, shape)

    def _paint_picture(self, painter: QPainter, card: Card, theme: Theme) -> None:
        rect = self._picture_rect
        if card.picture.is_vector and self._draws_bars(rect.adjusted(0, 0, 1, 0)):
            paint_bars(painter, rect, card, theme)
        elif self._image is not None:
            shrunk = rect.width() * self.devicePixelRatioF() < self._image.width()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, shrunk)
            painter.drawImage(rect, self._image)
            painter.setPen(QPen(qcolor(theme.border), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(rect)
        if self._cell is not None:
            painter.setPen(QPen(qcolor(theme.text), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self._cell_rect(*self._cell).adjusted(-0.5, -0.5, 0.5, 0.5))

    # Reading off

    def _bins_rect(self) -> QRectF:
        return self._histogram_rect.adjusted(0, 0, 0, -COLOR_BAR - line_height())

    def _cell_rect(self, row: int, column: int) -> QRectF:
        assert self.card is not None
        rows, columns = self.card.picture.values.shape
        rect = self._picture_rect
        wide, high = rect.width() / columns, rect.height() / rows
        return QRectF(rect.left() + column * wide, rect.top() + row * high, wide, high)

    def text_at(self, position: QPointF) -> str:
        """What is at a place of the card: the number of a cell, or the count of a bar; else ""."""
        card = self.card
        if card is None:
            return ""
        if self._picture_rect.contains(position):
            rows, columns = card.picture.values.shape
            x = (position.x() - self._picture_rect.left()) / self._picture_rect.width()
            y = (position.y() - self._picture_rect.top()) / self._picture_rect.height()
            return cell_text(card, min(int(y * rows), rows - 1), min(int(x * columns), columns - 1))
        bins = self._bins_rect().adjusted(0, 0, 0, COLOR_BAR)
        if bins.contains(position):
            place = int((position.x() - bins.left()) / bins.width() * len(card.histogram))
            return bin_text(card, min(place, len(card.histogram) - 1))
        return ""

    def _move_cell(self, rows: int, columns: int) -> None:
        """Go to the next cell that holds a number."""
        assert self.card is not None
        height, width = self.card.picture.values.shape
        row, column = self._cell or (-rows if rows > 0 else 0, -columns if columns > 0 else 0)
        row, column = row + rows, column + columns
        while 0 <= row < height and 0 <= column < width:
            if self._holds(row, column):
                self._cell = (row, column)
                break
            row, column = row + rows, column + columns
        if self._cell is not None:
            center = self._cell_rect(*self._cell).center().toPoint()
            self.pointed.emit(cell_text(self.card, *self._cell), center)
        self.update()

    def _leave(self) -> None:
        self._cell = None
        self.pointed.emit("", QPoint())
        self.update()

    def _on_theme_notifier_theme_changed(self) -> None:
        self._background = None
        self._recolor()
        self._place()
        self.update()

    # Qt

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and self.text_at(QPointF(event.pos())):
            return True  # the number under the mouse is shown already
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        ratio = self.devicePixelRatioF()
        raster = painter.paintEngine().type() == QPaintEngine.Type.Raster
        if not raster or painter.deviceTransform().m11() != ratio:
            # An export, which is sharper than the screen or has text as text.
            self._paint_still(painter, theme)
        else:
            if self._background is None or self._background.devicePixelRatioF() != ratio:
                self._background = self._paint_background(theme)
            painter.drawPixmap(0, 0, self._background)
        if self.hasFocus():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_frame(painter, theme, theme.focus)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        if self.card is not None:
            self._paint_picture(painter, self.card, theme)
            paint_histogram(painter, self._bins_rect(), self.card, theme)
            paint_figures(painter, self._figures_rect, self.card, theme)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._background = None
        self._place()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.pointed.emit(self.text_at(event.position()), event.position().toPoint())

    def leaveEvent(self, event: object) -> None:
        self._leave()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._leave()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = Qt.Key
        ways = {keys.Key_Left: (0, -1), keys.Key_Right: (0, 1), keys.Key_Up: (-1, 0), keys.Key_Down: (1, 0)}
        way = ways.get(Qt.Key(event.key()))
        if way is not None and self.card is not None:
            self._move_cell(*way)
        elif event.key() == keys.Key_Escape and self._cell is not None:
            self._leave()
        else:
            super().keyPressEvent(event)
