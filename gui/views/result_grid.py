"""The painted grid of a confusion matrix: rows are true classes, columns predicted ones."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFocusEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from gui.theme import current_theme
from gui.views.cell_grid import CellGrid
from gui.views.result_table import Index, Role
from gui.views.result_text import cell_sentence, percent

Shown = Literal["counts", "of true", "of predicted"]
SMALLEST, TALLEST, WIDEST = 22, 96, 144
"""Of a cell, in points."""
LONGEST_NAME = 120
SPACIOUS = 10
"""Classes up to which shares are written with a decimal and the sign for per cent."""
ROUNDED = 12
"""Classes up to which the corners of cells are round, which takes long to draw."""


class ConfusionModel(QAbstractTableModel):
    """Counts (C, C) under the names of the classes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.matrix = np.zeros((0, 0), np.int64)
        self.names: tuple[str, ...] = ()
        self.shown: Shown = "counts"
        self.of_true = np.zeros((0, 0))
        """Each count as a share of its row."""
        self._rates = self.of_true

    def fill(self, matrix: np.ndarray, names: Sequence[str], shown: Shown) -> None:
        """Show other counts."""
        same = tuple(names) == self.names
        if not same:
            self.beginResetModel()
        self.matrix, self.names, self.shown = matrix, tuple(names), shown
        self.of_true = _rates(matrix, 1)
        self._rates = _rates(matrix, 0) if shown == "of predicted" else self.of_true
        if not same:
            self.endResetModel()
        elif names:
            last = len(names) - 1
            self.dataChanged.emit(self.index(0, 0), self.index(last, last))

    def text(self, i: int, j: int) -> str:
        """What stands in a cell."""
        if self.shown == "counts":
            return f"{int(self.matrix[i, j]):,}"
        return self.rate_text(float(self._rates[i, j]))

    def rate_text(self, rate: float) -> str:
        """A share in per cent; among many classes there is room for whole numbers only."""
        if len(self.names) <= SPACIOUS:
            return percent(rate)
        return f"{100 * rate:.0f}" if np.isfinite(rate) else "–"

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else len(self.names)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else len(self.names)

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        i, j = index.row(), index.column()
        if role == Role.DisplayRole:
            return self.text(i, j)
        if role in (Role.ToolTipRole, Role.AccessibleTextRole, Role.AccessibleDescriptionRole):
            return cell_sentence(self.matrix, self.names, i, j)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> Any:
        if section < len(self.names):
            if role == Role.DisplayRole:
                return self.names[section]
            if role == Role.ToolTipRole:
                what = "Predicted" if orientation == Qt.Orientation.Horizontal else "True"
                return f"{what} class '{self.names[section]}'"
        return None


def _rates(matrix: np.ndarray, axis: int) -> np.ndarray:
    totals = np.broadcast_to(matrix.sum(axis=axis, keepdims=True), matrix.shape)
    return np.divide(matrix, totals, out=np.full(matrix.shape, np.nan), where=totals > 0)


class ConfusionGrid(CellGrid):
    """The cells of a confusion matrix."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self.confusion = ConfusionModel()
        super().__init__(self.confusion, SMALLEST, Qt.TextElideMode.ElideRight, parent)
        self.setItemDelegate(_Cells(self))
        self.setAccessibleName("Confusion matrix: rows are true classes, columns predicted ones")
        self.setFrameShape(self.Shape.NoFrame)

    def fill(self, matrix: np.ndarray, names: Sequence[str], shown: Shown) -> None:
        """Show other counts."""
        before = self.confusion
        if (before.names, before.shown) == (tuple(names), shown) and np.array_equal(before.matrix, matrix):
            return
        again = tuple(names) != self.confusion.names or shown != self.confusion.shown
        again |= len(str(matrix.max(initial=0))) != len(str(self.confusion.matrix.max(initial=0)))
        self.confusion.fill(matrix, names, shown)
        if again:
            self.fit()
        self.viewport().repaint()  # now, so that the time it takes counts for how soon the next picture comes

    def extent(self, orientation: Qt.Orientation) -> tuple[int, int]:
        """Where the cells that are seen begin and end, in points of the widget."""
        names, cells = self.verticalHeader(), self.horizontalHeader()
        if orientation == Qt.Orientation.Horizontal:
            return names.width(), min(names.width() + cells.length(), self.width())
        return cells.height(), min(cells.height() + names.length(), self.height())

    def fit(self) -> None:
        """Make the cells as large as the room allows, within bounds."""
        names, metrics = self.confusion.names, self.fontMetrics()
        if not names:
            return
        longest = max(metrics.horizontalAdvance(name) for name in names) + 20
        left = min(longest, LONGEST_NAME, max(self.width() // 3, 48))
        widest = (
            f"{int(self.confusion.matrix.max(initial=0)):,}"
            if self.confusion.shown == "counts"
            else self.confusion.rate_text(1)
        )
        least = max(metrics.horizontalAdvance(widest) + 12, SMALLEST)
        high = metrics.height() + 12 + SMALLEST * len(names) > self.height()
        room = self.width() - left - (self.verticalScrollBar().sizeHint().width() + 4 if high else 4)
        width = min(max(room // len(names), least), WIDEST)
        turned = longest - 8 > width
        top = min(longest, LONGEST_NAME, max(self.height() // 3, 48)) if turned else metrics.height() + 12
        height = min(max((self.height() - top - 4) // len(names), SMALLEST), TALLEST)
        for header, size, room in (
            (self.horizontalHeader(), width, top),
            (self.verticalHeader(), height, left),
        ):
            for section in range(len(names)):
                header.resizeSection(section, size)
            if header.orientation() == Qt.Orientation.Horizontal:
                header.setFixedHeight(room)
            else:
                header.setFixedWidth(room)
        self.horizontalHeader().setProperty("turned", turned)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if not self.currentIndex().isValid() and self.confusion.names:
            self.setCurrentIndex(self.confusion.index(0, 0))


class _Cells(QStyledItemDelegate):
    """A calm diagonal; errors the redder the larger their share of the true class."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        grid = self.parent()
        assert isinstance(grid, ConfusionGrid)
        model, i, j = grid.confusion, index.row(), index.column()
        fill, ink = _shades(
            round(float(model.of_true[i, j]), 2), i == j, bool(model.matrix[i, j]), current_theme().name
        )
        area = option.rect.adjusted(1, 1, -1, -1)  # pyright: ignore[reportAttributeAccessIssue]
        if len(model.names) <= ROUNDED:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(fill)
            painter.drawRoundedRect(area, 3, 3)
        else:
            painter.fillRect(area, fill)
        if grid.hasFocus() and index == grid.currentIndex():
            painter.setPen(QPen(QColor(current_theme().focus), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(area).adjusted(1, 1, -1, -1), 3, 3)
        painter.setPen(ink)
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, model.text(i, j))

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(SMALLEST, SMALLEST)


@lru_cache(maxsize=1024)
def _shades(rate: float, right: bool, seen: bool, _theme: str) -> tuple[QColor, QColor]:
    """Ground and text of a cell; worked out once for each theme, as there are many cells."""
    fill = cell_color(max(rate, 0.01) if seen else 0.0, right=right)
    return fill, _ink(fill, zero=not seen)


def cell_color(rate: float, *, right: bool) -> QColor:
    """The colour of a cell with this share of its true class."""
    theme = current_theme()
    if not rate > 0:  # nan where the class has no example
        return QColor(theme.surface_raised)
    strength = 0.05 + 0.25 * rate if right else 0.12 + 0.78 * rate**0.5
    return _mixed(QColor(theme.surface_raised), QColor(theme.accent if right else theme.error), strength)


def _mixed(ground: QColor, color: QColor, strength: float) -> QColor:
    pairs = ((ground.red(), color.red()), (ground.green(), color.green()), (ground.blue(), color.blue()))
    return QColor(*(round(a + (b - a) * strength) for a, b in pairs))


def _ink(fill: QColor, *, zero: bool) -> QColor:
    theme = current_theme()
    if zero:
        color = QColor(theme.text_muted)
        color.setAlpha(150)
        return color
    return max(QColor(theme.text), QColor(theme.accent_text), key=lambda ink: abs(_light(ink) - _light(fill)))


def _light(color: QColor) -> float:
    return 0.299 * color.red() + 0.587 * color.green() + 0.114 * color.blue()
