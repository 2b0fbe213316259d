"""A plain table of texts for the result views: drawn as it is scrolled, quick to fill anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole


class RowsModel(QAbstractTableModel):
    """Rows of texts; numbers stand at the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.header: tuple[str, ...] = ()
        self.rows: Sequence[Sequence[str]] = ()
        self._left: frozenset[int] = frozenset()
        self._tips: dict[int, str] = {}
        self._bold_from = 0

    def fill(
        self,
        header: Sequence[str],
        rows: Sequence[Sequence[str]],
        *,
        left: Sequence[int] = (0,),
        tips: dict[int, str] | None = None,
        bold_from: int | None = None,
    ) -> None:
        """Show other rows.

        Args:
            header: Names of the columns.
            rows: The texts.
            left: Columns of words, which stand at the left.
            tips: Tooltips of columns.
            bold_from: From this row on the text is strong, as for sums.
        """
        same = tuple(header) == self.header and len(rows) == len(self.rows)
        if not same:
            self.beginResetModel()
        self.header, self.rows, self._left = tuple(header), rows, frozenset(left)
        self._tips = tips or {}
        self._bold_from = len(rows) if bold_from is None else bold_from
        if not same:
            self.endResetModel()
        elif rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(header) - 1))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else len(self.header)

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        if role in (Role.DisplayRole, Role.ToolTipRole):
            return self.rows[index.row()][index.column()]
        if role == Role.TextAlignmentRole:
            return self._alignment(index.column())
        if role == Role.FontRole and index.row() >= self._bold_from:
            font = QFont()
            font.setWeight(QFont.Weight.DemiBold)
            return font
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and section < len(self.header):
            if role == Role.DisplayRole:
                return self.header[section]
            if role == Role.ToolTipRole:
                return self._tips.get(section, self.header[section])
            if role == Role.TextAlignmentRole:
                return self._alignment(section)
        return None

    def _alignment(self, column: int) -> int:
        side = Qt.AlignmentFlag.AlignLeft if column in self._left else Qt.AlignmentFlag.AlignRight
        return int(side | Qt.AlignmentFlag.AlignVCenter)


class RowsTable(QTableView):
    """Shows a `RowsModel`; one row is current at a time."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows_model = RowsModel(self)
        self._first = 56
        self.setModel(self.rows_model)
        self.setAccessibleName(name)
        self.setShowGrid(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(26)
        self.verticalHeader().setMinimumSectionSize(26)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(40)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def fit_columns(self, widest: int = 200) -> None:
        """Give each column the room that its first texts need."""
        metrics, model = self.fontMetrics(), self.rows_model
        for column, title in enumerate(model.header):
            shown = [title, *(row[column] for row in model.rows[:40])]
            room = max(metrics.horizontalAdvance(text) for text in shown) + 20
            self.setColumnWidth(column, min(max(room, 48), widest))
        self._first = self.columnWidth(0)
        self._stretch()

    def _stretch(self) -> None:
        """Give the first column, which holds the names, the room that is left."""
        rest = sum(self.columnWidth(column) for column in range(1, self.rows_model.columnCount()))
        self.setColumnWidth(0, max(self._first, self.viewport().width() - rest))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.rows_model.header:
            self._stretch()
