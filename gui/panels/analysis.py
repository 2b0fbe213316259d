"""The analysis table: what every layer of the design costs, as in the course, with totals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QMimeData, QModelIndex, QSize, QSortFilterProxyModel, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QKeyEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QHeaderView, QTableView, QVBoxLayout, QWidget

from engine.analysis import Analysis, AnalysisRow, analyse
from engine.shapes import format_shape
from gui.document import Document
from gui.theme import current_theme, theme_notifier
from gui.widgets.basic import Button, ElidedLabel

_UNITS = ("B", "kB", "MB", "GB", "TB")

Column = tuple[str, str, Callable[[AnalysisRow], Any], Callable[[Any], str]]


def _count(number: int | None) -> str:
    return "?" if number is None else f"{number:,}"


def bytes_text(number: int | None) -> str:
    """A size in memory with three figures: "1.26 MB" (of 1,000,000 bytes)."""
    if number is None:
        return "?"
    value, unit = float(number), 0
    while value >= 999.5 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{number} B" if not unit else f"{value:.3g} {_UNITS[unit]}"


COLUMNS: tuple[Column, ...] = (
    ("Layer", "Name of the layer", lambda row: row.name, str),
    ("Kind", "Kind of layer", lambda row: row.kind, str),
    ("Activation shape", "Shape of the output, with m examples first", lambda row: row.shape, format_shape),
    ("Size", "Values of one example's activation", lambda row: row.size, _count),
    ("Parameters", "Trainable values", lambda row: row.parameters, _count),
    ("Multiplications", "Multiply–accumulate steps of one example's forward pass", lambda row: row.multiplications,
     _count),
    ("Memory", "Bytes of the activations of a batch and of the parameters", lambda row: row.memory, bytes_text),
)  # fmt: skip
SHAPE = 2
NUMBERS = range(3, len(COLUMNS))


class AnalysisModel(QAbstractTableModel):
    """The rows in the order of execution, and the totals as the last one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.analysis = Analysis((), 1, "float32")
        self.rows: tuple[AnalysisRow, ...] = ()

    def show(self, analysis: Analysis) -> None:
        """Show this analysis; the view keeps its place where the layers are the same."""
        rows = (*analysis.rows, analysis.total)
        same = [row.id for row in rows] == [row.id for row in self.rows]
        if not same:
            self.beginResetModel()
        self.analysis, self.rows = analysis, rows
        if not same:
            self.endResetModel()
        else:
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(COLUMNS) - 1))

    def is_total(self, row: int) -> bool:
        """Whether it is the row of totals."""
        return row == len(self.rows) - 1

    def rowCount(self, parent: Any = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Any = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation == Qt.Orientation.Horizontal:
            if role == Qt.ItemDataRole.DisplayRole:
                return COLUMNS[section][0]
            if role == Qt.ItemDataRole.ToolTipRole:
                return f"{COLUMNS[section][1]}. Click to sort."
            if role == Qt.ItemDataRole.TextAlignmentRole:
                return self._alignment(section)
        return None

    def data(self, index: Any, role: int = 0) -> Any:
        if not index.isValid() or index.row() >= len(self.rows):
            return None
        row, (_, _, value, text) = self.rows[index.row()], COLUMNS[index.column()]
        total = self.is_total(index.row())
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return "" if total and index.column() == SHAPE else text(value(row))
            case Qt.ItemDataRole.UserRole:
                return value(row)
            case Qt.ItemDataRole.TextAlignmentRole:
                return self._alignment(index.column())
            case Qt.ItemDataRole.FontRole if total:
                font = QFont(QGuiApplication.font())
                font.setWeight(QFont.Weight.DemiBold)
                return font
            case Qt.ItemDataRole.ForegroundRole if not row.used:
                return QColor(current_theme().text_muted)
            case Qt.ItemDataRole.ToolTipRole:
                unused = " It leads to no Output and is not computed while training." if not row.used else ""
                memory = f" {_count(row.memory)} bytes for m = {self.analysis.m:,}." if index.column() == 6 else ""
                return f"{row.kind} '{row.name}'.{memory}{unused}" if not total else f"{row.name}: {row.kind}.{memory}"
        return None

    @staticmethod
    def _alignment(column: int) -> int:
        side = Qt.AlignmentFlag.AlignRight if column in NUMBERS else Qt.AlignmentFlag.AlignLeft
        return int(side | Qt.AlignmentFlag.AlignVCenter)


class TotalsLast(QSortFilterProxyModel):
    """Sorts by value, with the totals at the end in either order. Without a column it is the order of execution."""

    def lessThan(self, left: Any, right: Any) -> bool:
        model = self.sourceModel()
        assert isinstance(model, AnalysisModel)
        ascending = self.sortOrder() == Qt.SortOrder.AscendingOrder
        if model.is_total(left.row()) or model.is_total(right.row()):
            return model.is_total(right.row()) == ascending
        values = [COLUMNS[index.column()][2](model.rows[index.row()]) for index in (left, right)]
        if left.column() == SHAPE:
            values = [(len(shape), shape) if shape is not None else None for shape in values]
        if None in values:
            return values[0] is None and values[1] is not None
        if isinstance(values[0], str):
            values = [value.casefold() for value in values]
        return (values[0], left.row()) < (values[1], right.row())


class AnalysisTable(QTableView):
    """The table; Ctrl+C copies it."""

    copy_wanted = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_wanted.emit()
            event.accept()
        else:
            super().keyPressEvent(event)


class AnalysisPanel(QWidget):
    """Shows the table of a document, and copies it as CSV or Markdown."""

    node_requested = Signal(str)
    """The row of this node was clicked."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._dirty = True
        self._selection: tuple[str, ...] = ()
        self.model = AnalysisModel(self)
        self.order = TotalsLast(self)
        self.order.setSourceModel(self.model)
        self.table = AnalysisTable()
        self._set_up_table()
        self.note = ElidedLabel("", "muted")
        self.csv = Button("Copy as CSV", tooltip="Copy the table for a spreadsheet (Ctrl+C in the table)")
        self.markdown = Button("Copy as Markdown", tooltip="Copy the table for a text or a web page")
        self.unsorted = Button("Order of execution", tooltip="Show the layers in the order in which they compute")
        bar = QHBoxLayout()
        bar.setContentsMargins(12, 8, 12, 8)
        bar.setSpacing(8)
        bar.addWidget(self.note, 1)
        for button in (self.unsorted, self.csv, self.markdown):
            bar.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(self.table, 1)
        self._timer = QTimer(self, singleShot=True, interval=0)
        self._timer.timeout.connect(self._on_timer_timeout)
        self.csv.clicked.connect(self.copy_csv)
        self.markdown.clicked.connect(self.copy_markdown)
        self.unsorted.clicked.connect(self._on_unsorted_clicked)
        self.table.copy_wanted.connect(self.copy_csv)
        self.table.clicked.connect(self._on_table_chosen)
        self.table.activated.connect(self._on_table_chosen)
        self.order.layoutChanged.connect(self._on_order_layout_changed)
        document.checks.changed.connect(self._on_document_changed)
        document.training_changed.connect(self._on_document_changed)
        document.design_replaced.connect(self._on_document_changed)
        theme_notifier.theme_changed.connect(self._on_document_changed)
        self._on_order_layout_changed()

    def _set_up_table(self) -> None:
        table, header = self.table, self.table.horizontalHeader()
        table.setModel(self.order)
        table.setAccessibleName("Analysis of the design")
        table.setSortingEnabled(True)
        self.order.sort(-1)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(26)
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(72)

    def shown_rows(self) -> list[AnalysisRow]:
        """The layers as they stand in the table."""
        indexes = (self.order.mapToSource(self.order.index(row, 0)).row() for row in range(self.order.rowCount()))
        return [self.model.rows[row] for row in indexes if not self.model.is_total(row)]

    def set_selection(self, node_ids: Sequence[str]) -> None:
        """Mark the rows of these nodes."""
        self._selection = tuple(node_ids)
        if self.isVisible() and not self.table.hasFocus():
            self._mark_selection()

    def refresh(self) -> None:
        """Show the design as it is now; done by itself while the panel is to be seen."""
        if not self._dirty:
            return
        self._dirty = False
        training, data = self._document.design.training, self._document.checks.data
        everything = data.train.m if data is not None else 0
        m = min(training.batch_size or everything, everything or training.batch_size) or 1
        self.model.show(analyse(self._document.plan, m=m, dtype=training.dtype))
        self.note.set_full_text(f"Memory for a batch of m = {m:,} in {training.dtype}")
        self._mark_selection()

    def copy_csv(self) -> None:
        """Put the table, as it is sorted, on the clipboard as CSV."""
        self.refresh()
        text = self.model.analysis.to_csv(self.shown_rows())
        data = QMimeData()
        data.setText(text)
        data.setData("text/csv", text.encode())
        QGuiApplication.clipboard().setMimeData(data)

    def copy_markdown(self) -> None:
        """Put the table, as it is sorted, on the clipboard as Markdown."""
        self.refresh()
        QGuiApplication.clipboard().setText(self.model.analysis.to_markdown(self.shown_rows()))

    def _mark_selection(self) -> None:
        self.table.clearSelection()
        wanted = set(self._selection)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.MultiSelection)
        for row in range(self.order.rowCount()):
            if self.model.rows[self.order.mapToSource(self.order.index(row, 0)).row()].id in wanted:
                self.table.selectRow(row)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)

    def _on_document_changed(self) -> None:
        self._dirty = True
        if self.isVisible():
            self._timer.start()

    def _on_timer_timeout(self) -> None:
        if self.isVisible():
            self.refresh()

    def _on_table_chosen(self, index: Any) -> None:
        row = self.model.rows[self.order.mapToSource(index).row()]
        if row.id:
            self.node_requested.emit(row.id)

    def _on_unsorted_clicked(self) -> None:
        self.table.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.order.sort(-1)
        self._on_order_layout_changed()

    def _on_order_layout_changed(self) -> None:
        self.unsorted.setVisible(self.order.sortColumn() >= 0)

    def sizeHint(self) -> QSize:
        return QSize(720, 260)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()
