"""A picture as a grid of cells: with its numbers where there is room, the padding around it, and a window on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from math import floor
from typing import cast

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.convolution_bench import number
from gui.theme import Theme, current_theme, qcolor, theme_notifier
from gui.views.tensor_paint import colors_of, figure_font
from gui.views.tensor_picture import NOT_FINITE, codes_of
from gui.widgets.basic import keeps_space

LARGEST_CELL = 60.0
SMALLEST_TEXT = 7
"""Pixels of a font below which numbers are left out."""
GOOD_TEXT = 10
"""Pixels of a font below which numbers lose a digit."""
LINES_FROM = 7.0
"""Cells smaller than this have no lines between them."""
MOVES = {
    Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0),
}  # fmt: skip


@dataclass(frozen=True, eq=False, slots=True)
class Sheet:
    """What a grid shows."""

    values: np.ndarray
    """(rows, columns)."""
    signed: bool = False
    """Coloured around 0, instead of in grey from the smallest to the largest."""
    pads: tuple[tuple[int, int], tuple[int, int]] = ((0, 0), (0, 0))
    """Cells of padding: above and below, left and right."""
    known: int | None = None
    """So many cells in row order are filled already; None for all."""
    marked: tuple[tuple[int, int], ...] = ()
    """Cells of the window; those in the padding have negative or too large places."""
    winner: tuple[int, int] | None = None
    cursor: tuple[int, int] | None = None
    """The cell that the pencil is at."""
    names: tuple[str, str] = field(default=("Row", "column"))


class NumberGrid(QWidget):
    """Shows a `Sheet`. Mouse and keys are told in places of the picture; those in the padding lie outside of it."""

    pressed = Signal(int, int)
    dragged = Signal(int, int)
    moved = Signal(int, int)
    """An arrow key: rows and columns to go."""
    jumped = Signal(bool)
    """Home (False) or End (True)."""
    typed = Signal(int)
    """A digit."""
    entered = Signal()
    toggled = Signal()
    """The space bar."""
    pointed = Signal(str, QPoint)
    """What is under the mouse; "" for nothing."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.sheet = Sheet(np.zeros((1, 1)))
        self._codes = np.zeros((1, 1), np.uint8)
        theme_notifier.theme_changed.connect(self.update)

    def show_sheet(self, sheet: Sheet) -> None:
        """Show another one."""
        if sheet.values is not self.sheet.values or sheet.signed != self.sheet.signed:
            self._codes = np.ascontiguousarray(_coded(sheet.values, signed=sheet.signed))
        self.sheet = sheet
        self.update()

    # Geometry

    @property
    def _extent(self) -> tuple[int, int]:
        """Rows and columns with the padding."""
        (top, bottom), (left, right) = self.sheet.pads
        rows, columns = self.sheet.values.shape
        return rows + top + bottom, columns + left + right

    @property
    def cell(self) -> float:
        """Side of a cell."""
        rows, columns = self._extent
        side = min((self.width() - 4) / max(columns, 1), (self.height() - 4) / max(rows, 1), LARGEST_CELL)
        return max(floor(side) if side >= 4 else side, 0.5)

    def rect_of(self, row: float, column: float) -> QRectF:
        """Where a cell is; places in the padding are negative or too large."""
        side, (rows, columns) = self.cell, self._extent
        left, top = (self.width() - side * columns) / 2, (self.height() - side * rows) / 2
        x, y = round(left) + side * (column + self.sheet.pads[1][0]), round(top) + side * (row + self.sheet.pads[0][0])
        return QRectF(x, y, side, side)

    def cell_at(self, point: QPointF) -> tuple[int, int]:
        """The cell at a point, even where none is drawn."""
        first = self.rect_of(0, 0)
        return floor((point.y() - first.top()) / self.cell), floor((point.x() - first.left()) / self.cell)

    def _is_cell(self, row: int, column: int) -> bool:
        """Of the picture or its padding."""
        (top, bottom), (left, right) = self.sheet.pads
        rows, columns = self.sheet.values.shape
        return -top <= row < rows + bottom and -left <= column < columns + right

    def _text_at(self, row: int, column: int) -> str:
        rows, columns = self.sheet.values.shape
        place = f"{self.sheet.names[0]} {row + 1}, {self.sheet.names[1]} {column + 1}"
        if not (0 <= row < rows and 0 <= column < columns):
            return "Padding: 0" if self._is_cell(row, column) else ""
        if self.sheet.known is not None and row * columns + column >= self.sheet.known:
            return f"{place}: not computed yet"
        return f"{place}: {number(float(self.sheet.values[row, column]), 5)}"

    # Painting

    def _paint_cells(self, painter: QPainter, theme: Theme) -> None:
        rows, columns = self.sheet.values.shape
        codes = self._codes
        image = QImage(codes.data, columns, rows, columns, QImage.Format.Format_Indexed8)
        image.setColorTable(colors_of(theme) if self.sheet.signed else _greys(theme.text))
        side, corner = self.cell, self.rect_of(0, 0).topLeft()
        known = rows * columns if self.sheet.known is None else min(self.sheet.known, rows * columns)
        full, rest = divmod(known, columns)
        for top, high, wide in ((0, full, columns), (full, 1, rest)):
            if high and wide:
                target = QRectF(corner.x(), corner.y() + top * side, wide * side, high * side)
                painter.drawImage(target, image, QRectF(0, top, wide, high))

    def _paint_lines(self, painter: QPainter, theme: Theme) -> None:
        rows, columns = self.sheet.values.shape
        whole = self.rect_of(0, 0).united(self.rect_of(rows - 1, columns - 1))
        painter.setPen(QPen(qcolor(theme.border_strong, 150), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(whole)
        if self.cell >= LINES_FROM:
            for row in range(1, rows):
                y = self.rect_of(row, 0).top()
                painter.drawLine(QPointF(whole.left(), y), QPointF(whole.right(), y))
            for column in range(1, columns):
                x = self.rect_of(0, column).left()
                painter.drawLine(QPointF(x, whole.top()), QPointF(x, whole.bottom()))

    def _paint_padding(self, painter: QPainter, theme: Theme, pixels: int) -> None:
        (top, bottom), (left, right) = self.sheet.pads
        rows, columns = self.sheet.values.shape
        if not (top or bottom or left or right):
            return
        pen = QPen(qcolor(theme.border_strong, 170), 1, Qt.PenStyle.DashLine)
        pen.setDashPattern([3, 3])
        painter.setPen(pen)
        whole = self.rect_of(-top, -left).united(self.rect_of(rows + bottom - 1, columns + right - 1))
        painter.drawRect(whole)
        if self.cell < LINES_FROM:
            return
        painter.setFont(figure_font(max(pixels, SMALLEST_TEXT)))
        for row in range(-top, rows + bottom):
            for column in range(-left, columns + right):
                if 0 <= row < rows and 0 <= column < columns:
                    continue
                painter.setPen(pen)
                painter.drawRect(self.rect_of(row, column))
                if pixels:
                    painter.setPen(QColor(theme.text_muted))
                    painter.drawText(self.rect_of(row, column), Qt.AlignmentFlag.AlignCenter, "0")

    def _paint_numbers(self, painter: QPainter, theme: Theme, texts: list[str], pixels: int) -> None:
        columns = self.sheet.values.shape[1]
        table = [QColor.fromRgba(color) for color in (colors_of(theme) if self.sheet.signed else _greys(theme.text))]
        painter.setFont(figure_font(pixels))
        known = len(texts) if self.sheet.known is None else self.sheet.known
        for place, text in enumerate(texts[:known]):
            row, column = divmod(place, columns)
            ground = table[int(self._codes[row, column])]
            painter.setPen(QColor("black" if ground.lightness() > 135 else "white"))
            painter.drawText(self.rect_of(row, column), Qt.AlignmentFlag.AlignCenter, text)

    def _texts(self) -> tuple[list[str], int]:
        """The numbers, and the pixels of their font; 0 where there is no room for them."""
        if self.cell < 14 or self.sheet.values.size > 1024:
            return [], 0
        texts, pixels = [], 0
        for digits in (3, 2):
            texts = [number(value, digits) for value in self.sheet.values.ravel().tolist()]
            widest = max((len(text) for text in texts), default=1)
            pixels = min(
                13 if self.cell < 48 else 16, int(0.5 * self.cell), int((self.cell - 4) / (0.58 * max(widest, 2)))
            )
            if pixels >= GOOD_TEXT:
                break
        return texts, pixels if pixels >= SMALLEST_TEXT else 0

    def _paint_window(self, painter: QPainter, theme: Theme) -> None:
        if not self.sheet.marked:
            return
        rects = [self.rect_of(*place) for place in self.sheet.marked]
        around = rects[0].united(rects[-1])
        gaps = len(rects) * self.cell**2 < 0.99 * around.width() * around.height()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(qcolor(theme.accent, 56))
        painter.drawRects(rects)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if gaps:
            painter.setPen(QPen(qcolor(theme.accent), 1.5))
            painter.drawRects(rects)
        painter.setPen(QPen(qcolor(theme.accent), 1 if gaps else 2.5))
        painter.drawRect(around)
        if self.sheet.winner is not None:
            self._paint_ring(painter, self.rect_of(*self.sheet.winner), theme.classes[0], theme)

    def _paint_ring(self, painter: QPainter, rect: QRectF, color: str, theme: Theme) -> None:
        inner = rect.adjusted(1.5, 1.5, -1.5, -1.5) if self.cell >= 8 else rect.adjusted(-2, -2, 2, 2)
        painter.setPen(QPen(QColor(theme.surface_raised), 5 if self.cell >= 20 else 3))
        painter.drawRect(inner)
        painter.setPen(QPen(QColor(color), 3 if self.cell >= 20 else 1.5))
        painter.drawRect(inner)

    # Qt

    def sizeHint(self) -> QSize:
        return QSize(220, 180)

    def minimumSizeHint(self) -> QSize:
        return QSize(96, 84)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        if self.sheet.values.size:
            texts, pixels = self._texts()
            self._paint_cells(painter, theme)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_padding(painter, theme, pixels)
            self._paint_lines(painter, theme)
            if pixels:
                self._paint_numbers(painter, theme, texts, pixels)
            self._paint_window(painter, theme)
            if self.sheet.cursor is not None:
                self._paint_ring(painter, self.rect_of(*self.sheet.cursor), theme.text, theme)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(theme.focus), 1))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        painter.end()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride:
            key = cast(QKeyEvent, event)
            if not key.modifiers() and (key.key() in MOVES or key.text() in tuple("0123456789")):
                event.accept()  # else they might be shortcuts of the window
                return True
        return keeps_space(event) or super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.pressed.emit(*self.cell_at(event.position()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = self.cell_at(event.position())
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.dragged.emit(*place)
        self.pointed.emit(self._text_at(*place), event.position().toPoint())

    def leaveEvent(self, event: QEvent) -> None:
        self.pointed.emit("", QPoint())
        super().leaveEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in MOVES:
            self.moved.emit(*MOVES[key])
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self.jumped.emit(key == Qt.Key.Key_End)
        elif key == Qt.Key.Key_Space:
            self.toggled.emit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit()
        elif event.text() in tuple("0123456789"):
            self.typed.emit(int(event.text()))
        else:
            super().keyPressEvent(event)


def _coded(values: np.ndarray, *, signed: bool) -> np.ndarray:
    """(rows, columns) uint8, for a colour table."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return np.full(values.shape, NOT_FINITE, np.uint8)
    if signed:
        return codes_of(values, float(np.abs(finite).max()))
    low, high = min(float(finite.min()), 0.0), float(finite.max())
    shade = np.nan_to_num((values - low) / (high - low if high > low else 1.0), nan=0, posinf=1, neginf=0)
    codes = np.rint(np.clip(shade, 0, 1) * (NOT_FINITE - 1)).astype(np.uint8)
    codes[~np.isfinite(values)] = NOT_FINITE
    return codes


@lru_cache(maxsize=4)
def _greys(missing: str) -> tuple[int, ...]:
    """Nearly black to nearly white, so that lines are seen on both; and a colour for what is no number."""
    greys = [QColor.fromRgbF(*(0.12 + 0.86 * k / (NOT_FINITE - 1),) * 3).rgba() for k in range(NOT_FINITE)]
    return (*greys, QColor(missing).rgba())
