"""The kernel as a small table to type in."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLineEdit,
    QSizePolicy,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from engine.convolution_bench import number
from gui.theme import current_theme, theme_notifier
from gui.views.tensor_paint import colors_of, figure_font
from gui.views.tensor_picture import codes_of
from gui.widgets.numbers import format_number, read_number

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole


class KernelModel(QAbstractTableModel):
    """The numbers (f_H, f_W) of one kernel in one channel."""

    edited = Signal(int, int, float)
    refused = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.values = np.zeros((1, 1))
        self.codes = np.zeros((1, 1), np.uint8)
        self.locked = False

    def fill(self, values: np.ndarray, *, locked: bool) -> None:
        """Show other numbers."""
        same = values.shape == self.values.shape
        if not same:
            self.beginResetModel()
        finite = values[np.isfinite(values)]
        self.values, self.locked = values, locked
        self.codes = codes_of(values, float(np.abs(finite).max()) if finite.size else 0.0)
        if not same:
            self.endResetModel()
        else:
            self.dataChanged.emit(self.index(0, 0), self.index(values.shape[0] - 1, values.shape[1] - 1))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else self.values.shape[0]

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else self.values.shape[1]

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        place = index.row(), index.column()
        value = float(self.values[place])
        if role == Role.DisplayRole:
            return number(value, 3)
        if role == Role.EditRole:
            return format_number(value) if np.isfinite(value) else ""
        if role == Role.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignCenter
        color = QColor.fromRgba(colors_of(current_theme())[int(self.codes[place])])
        if role == Role.BackgroundRole:
            return color
        if role == Role.ForegroundRole:
            return QColor("black" if color.lightness() > 135 else "white")
        if role == Role.AccessibleTextRole:
            return f"Row {place[0] + 1}, column {place[1] + 1}: {number(value, 5)}"
        if role == Role.ToolTipRole:
            return f"{number(value, 7)}" if self.locked else f"{number(value, 7)}: type another number, or a fraction"
        return None

    def setData(self, index: Index, value: Any, role: int = Role.EditRole) -> bool:
        if role != Role.EditRole or str(value) == self.data(index, Role.EditRole):
            return False
        try:
            read = read_fraction(str(value))
        except ValueError as error:
            self.refused.emit(str(error))
            return False
        self.edited.emit(index.row(), index.column(), read)
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return flags if self.locked else flags | Qt.ItemFlag.ItemIsEditable


def read_fraction(text: str) -> float:
    """A number, or one such as 1/9. Raises ValueError with a sentence."""
    above, line, below = text.partition("/")
    value = read_number(above, integral=False)
    if not line:
        return float(value)
    under = read_number(below, integral=False)
    if not under:
        raise ValueError(f"'{text.strip()}' divides by 0. Write a fraction such as 1/9.")
    return float(value) / float(under)


class KernelTable(QTableView):
    """Cells for the numbers of a kernel: arrows and Tab move, typing changes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kernel = KernelModel(self)
        self.setModel(self.kernel)
        self.setItemDelegate(_Cells(self))
        self.setAccessibleName("Kernel: arrows and Tab move, typing changes a number")
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.hide()
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
            header.setMinimumSectionSize(12)
        triggers = QAbstractItemView.EditTrigger
        self.setEditTriggers(triggers.AnyKeyPressed | triggers.DoubleClicked | triggers.EditKeyPressed)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(self.Shape.NoFrame)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme_notifier.theme_changed.connect(self.viewport().update)

    def fill(self, values: np.ndarray, *, locked: bool) -> None:
        """Show a kernel (f_H, f_W); locked, nothing can be typed."""
        if np.array_equal(values, self.kernel.values, equal_nan=True) and locked == self.kernel.locked:
            return
        again = values.shape != self.kernel.values.shape
        self.kernel.fill(values, locked=locked)
        if again:
            self.setCurrentIndex(self.kernel.index(0, 0))

    def fit(self, room: int, *, narrow: bool = False) -> None:
        """Give the cells their sizes, within so many points of height where that leaves them legible."""
        rows, columns = self.kernel.values.shape
        wide = 34 if narrow or columns > 5 else 46 if columns <= 3 else 40
        high = min(30, max(room // rows, 16))
        if (wide * columns + 1, high * rows + 1) == (self.width(), self.height()):
            return
        self.horizontalHeader().setDefaultSectionSize(wide)
        self.verticalHeader().setDefaultSectionSize(high)
        self.setFixedSize(wide * columns + 1, high * rows + 1)
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def focusNextPrevChild(self, forward: bool) -> bool:
        last = self.kernel.values.size - 1
        index = self.currentIndex()
        at = index.row() * self.kernel.values.shape[1] + index.column()
        self.setTabKeyNavigation(at != (last if forward else 0))  # from the ends Tab leaves the table
        return super().focusNextPrevChild(forward)


class _Cells(QStyledItemDelegate):
    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        editor = QLineEdit(parent)
        editor.setStyleSheet("QLineEdit { padding: 0 1px; min-height: 0; border-radius: 0 }")
        editor.setAlignment(Qt.AlignmentFlag.AlignCenter)
        editor.setAccessibleName(f"Row {index.row() + 1}, column {index.column() + 1} of the kernel")
        return editor

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        table, theme = self.parent(), current_theme()
        assert isinstance(table, KernelTable)
        area = QRectF(option.rect)  # pyright: ignore[reportAttributeAccessIssue]
        painter.save()
        painter.fillRect(area, index.data(Role.BackgroundRole))
        painter.setPen(QColor(theme.border_strong))
        painter.drawRect(area)
        text = index.data(Role.DisplayRole)
        painter.setFont(figure_font(min(theme.font_size_small, int((area.width() - 4) / (0.58 * max(len(text), 2))))))
        painter.setPen(index.data(Role.ForegroundRole))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)
        if index == table.currentIndex() and table.hasFocus():
            painter.setPen(QPen(QColor(theme.surface_raised), 4))
            painter.drawRect(area.adjusted(2, 2, -2, -2))
            painter.setPen(QPen(QColor(theme.focus), 2))
            painter.drawRect(area.adjusted(2, 2, -2, -2))
        painter.restore()
