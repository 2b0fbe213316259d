"""A grid of coloured numbers under names: correlations, means of groups, a cross table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import (
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from gui.theme import current_theme
from gui.views.cell_grid import CellGrid
from gui.views.result_table import Index, Role

SMALLEST, TALLEST, WIDEST = 24, 56, 132
"""Of a cell, in points."""
LONGEST_NAME = 150


@dataclass(frozen=True, eq=False, slots=True)
class Grid:
    """What a grid shows."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    texts: list[list[str]]
    strengths: np.ndarray
    """(R, C) from −1 (orange) to 1 (blue); nan for no colour."""
    tips: list[list[str]]


class GridModel(QAbstractTableModel):
    """The cells of a `Grid`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.grid = Grid((), (), [], np.zeros((0, 0)), [])

    def fill(self, grid: Grid) -> None:
        """Show other numbers."""
        self.beginResetModel()
        self.grid = grid
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else len(self.grid.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else len(self.grid.columns)

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        if role == Role.DisplayRole:
            return self.grid.texts[index.row()][index.column()]
        if role in (Role.ToolTipRole, Role.AccessibleTextRole):
            return self.grid.tips[index.row()][index.column()]
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> Any:
        names = self.grid.columns if orientation == Qt.Orientation.Horizontal else self.grid.rows
        return names[section] if role in (Role.DisplayRole, Role.ToolTipRole) and section < len(names) else None


class DataGrid(CellGrid):
    """Numbers by rows and columns, the larger the stronger coloured."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self.cells = GridModel()
        super().__init__(self.cells, SMALLEST, Qt.TextElideMode.ElideMiddle, parent)
        self.setItemDelegate(_Cells(self))

    def fill(self, grid: Grid) -> None:
        """Show other numbers."""
        place = self.currentIndex().row(), self.currentIndex().column()
        self.cells.fill(grid)
        self.fit()
        if 0 <= place[0] < len(grid.rows) and 0 <= place[1] < len(grid.columns):
            self.setCurrentIndex(self.cells.index(*place))

    def fit(self) -> None:
        """Make the cells as large as the room allows, within bounds."""
        grid, metrics = self.cells.grid, self.fontMetrics()
        if not grid.rows or not grid.columns:
            return
        left = max(metrics.horizontalAdvance(name) for name in grid.rows) + 20
        left = min(left, LONGEST_NAME, max(self.width() // 3, 48))
        longest = max(metrics.horizontalAdvance(name) for name in grid.columns) + 20
        least = max(metrics.horizontalAdvance(text) for row in grid.texts for text in row) + 14
        width = min(max((self.width() - left - 16) // len(grid.columns), least, SMALLEST), WIDEST)
        turned = longest - 8 > width
        top = min(longest, LONGEST_NAME, max(self.height() // 3, 48)) if turned else metrics.height() + 12
        height = min(max((self.height() - top - 16) // len(grid.rows), SMALLEST), TALLEST)
        self.horizontalHeader().setProperty("turned", turned)
        self.horizontalHeader().setFixedHeight(top)
        self.verticalHeader().setFixedWidth(left)
        self.horizontalHeader().setDefaultSectionSize(width)
        self.verticalHeader().setDefaultSectionSize(height)


class _Cells(QStyledItemDelegate):
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        table = self.parent()
        assert isinstance(table, DataGrid)
        fill = strength_color(float(table.cells.grid.strengths[index.row(), index.column()]))
        area = QRectF(option.rect).adjusted(1, 1, -1, -1)  # pyright: ignore[reportAttributeAccessIssue]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawRoundedRect(area, 3, 3)
        if table.hasFocus() and index == table.currentIndex():
            painter.setPen(QPen(QColor(current_theme().focus), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), 3, 3)
        painter.setFont(table.font())
        painter.setPen(_ink(fill))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, str(index.data()))
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(SMALLEST, SMALLEST)


def strength_color(strength: float) -> QColor:
    """From orange at −1 over the paper at 0 to blue at 1; both told apart by the colour-blind."""
    theme = current_theme()
    paper = QColor(theme.surface_raised)
    if not np.isfinite(strength):
        return paper
    color = QColor(theme.classes[1 if strength > 0 else 0])
    share = 0.85 * min(abs(strength), 1.0) ** 0.8
    pairs = ((paper.red(), color.red()), (paper.green(), color.green()), (paper.blue(), color.blue()))
    return QColor(*(round(a + (b - a) * share) for a, b in pairs))


def _ink(fill: QColor) -> QColor:
    theme = current_theme()
    return max(QColor(theme.text), QColor(theme.accent_text), key=lambda ink: abs(_light(ink) - _light(fill)))


def _light(color: QColor) -> float:
    return 0.299 * color.red() + 0.587 * color.green() + 0.114 * color.blue()
