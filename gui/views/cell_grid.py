"""A table of painted cells under names: what the confusion matrix and the grids of numbers share."""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from gui.theme import current_theme, theme_notifier
from gui.views.result_table import Index


class CellGrid(QTableView):
    """Cells to look at, and to open by click or Enter; arrows move among them."""

    cell_opened = Signal(int, int)
    cell_pointed = Signal(int, int)
    """The mouse or the keyboard is at a cell; −1, −1 when at none."""

    def __init__(
        self, model: QAbstractTableModel, smallest: int, elide: Qt.TextElideMode, parent: QWidget | None = None
    ) -> None:
        """An empty grid.

        Args:
            model: What it shows.
            smallest: Least size of a cell, in points.
            elide: Where names that are too long are cut.
            parent: Owner.
        """
        super().__init__(parent)
        model.setParent(self)
        self.setModel(model)
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
            header = _Names(orientation, elide, self)
            place(header)
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
            header.setMinimumSectionSize(smallest)
        self.setMinimumSize(160, 120)
        self.clicked.connect(self._on_clicked)
        self.entered.connect(self._on_entered)
        self.viewportEntered.connect(self._on_viewport_entered)
        theme_notifier.theme_changed.connect(self.viewport().update)

    def fit(self) -> None:
        """Make the cells as large as the room allows, within bounds."""

    def _on_clicked(self, index: QModelIndex) -> None:
        self.cell_opened.emit(index.row(), index.column())

    def _on_entered(self, index: QModelIndex) -> None:
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

    def __init__(self, orientation: Qt.Orientation, elide: Qt.TextElideMode, parent: QWidget) -> None:
        super().__init__(orientation, parent)
        self._elide = elide
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:
        theme, text = current_theme(), str(self.model().headerData(logicalIndex, self.orientation()) or "")
        painter.save()
        painter.fillRect(rect, QColor(theme.surface))
        painter.setPen(QColor(theme.text_muted))
        turned = bool(self.property("turned"))
        length = (rect.height() if turned else rect.width()) - 12
        shown = self.fontMetrics().elidedText(text, self._elide, length)
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
