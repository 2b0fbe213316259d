"""A grid of coloured numbers under names: correlations, means of groups, a cross table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from gui.theme import current_theme, theme_notifier
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


class DataGrid(QTableView):
    """Cells to look at; arrows move among them, a click or Enter opens one."""

    cell_opened = Signal(int, int)
    cell_pointed = Signal(int, int)
    """The mouse or the keyboard is at a cell; −1, −1 when at none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cells = GridModel(self)
        self.setModel(self.cells)
        self.setItemDelegate(_Cells(self))
        self.setShowGrid(False)
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        for orientation, place in (
            (Qt.Orientation.Horizontal, self.setHorizontalHeader), (Qt.Orientation.Vertical, self.setVerticalHeader),
        ):  # fmt: skip
            header = _Names(orientation, self)
            place(header)
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
            header.setMinimumSectionSize(SMALLEST)
        self.setMinimumSize(160, 120)
        self.clicked.connect(self._on_clicked)
        self.entered.connect(self._on_entered)
        self.viewportEntered.connect(self._on_viewport_entered)
        theme_notifier.theme_changed.connect(self.viewport().update)

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

    def _on_clicked(self, index: Index) -> None:
        self.cell_opened.emit(index.row(), index.column())

    def _on_entered(self, index: Index) -> None:
        self.cell_pointed.emit(index.row(), index.column())

    def _on_viewport_entered(self) -> None:
        self.cell_pointed.emit(-1, -1)

    # Qt

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        if current.isValid():
            self.cell_pointed.emit(current.row(), current.column())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and index.isValid():
            self.cell_opened.emit(index.row(), index.column())
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()


class _Names(QHeaderView):
    """Names; above narrow columns they are turned."""

    def __init__(self, orientation: Qt.Orientation, parent: QWidget) -> None:
        super().__init__(orientation, parent)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:
        theme, text = current_theme(), str(self.model().headerData(logicalIndex, self.orientation()) or "")
        painter.save()
        painter.fillRect(rect, QColor(theme.surface))
        painter.setPen(QColor(theme.text_muted))
        turned = bool(self.property("turned"))
        length = (rect.height() if turned else rect.width()) - 12
        shown = self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, length)
        flags = Qt.AlignmentFlag
        if turned:
            painter.translate(rect.bottomLeft() + QPoint(0, 1))
            painter.rotate(-90)
            painter.drawText(QRect(6, 0, length, rect.width()), flags.AlignVCenter | flags.AlignLeft, shown)
        else:
            side = flags.AlignRight if self.orientation() == Qt.Orientation.Vertical else flags.AlignHCenter
            painter.drawText(rect.adjusted(6, 0, -6, 0), flags.AlignVCenter | side, shown)
        painter.restore()

    def paintEvent(self, e: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), QColor(current_theme().surface))
        painter.end()
        super().paintEvent(e)


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
