"""A table of columns of the data, each with a small histogram."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from engine.data.describing import Description
from gui.plots.captions import part_colors
from gui.theme import current_theme, qcolor, theme_notifier
from gui.views.result_table import Index, RowsTable

MINI = 80
"""Width of a small histogram."""
MOST_BARS = 24


class DescriptionTable(RowsTable):
    """Rows of texts, of which the second column is a small histogram."""

    row_chosen = Signal(int)

    def __init__(self, name: str, *, by_part: bool, parent: QWidget | None = None) -> None:
        """An empty table; with `by_part` the histograms show every part as a line."""
        super().__init__(name, parent)
        self.descriptions: Sequence[Description] = ()
        self._minis = _Minis(self, by_part=by_part)
        self.setItemDelegateForColumn(1, self._minis)
        self.verticalHeader().setDefaultSectionSize(30)
        theme_notifier.theme_changed.connect(self.viewport().update)

    def show_rows(
        self,
        descriptions: Sequence[Description],
        header: Sequence[str],
        rows: Sequence[Sequence[str]],
        *,
        left: Sequence[int],
        tips: dict[int, str],
    ) -> None:
        """Show other columns of the data; row by row as `descriptions`."""
        self.descriptions = descriptions
        self.rows_model.fill(header, rows, left=left, tips=tips)
        self.fit_columns()
        self.setColumnWidth(1, MINI + 8)
        self._stretch()

    def choose(self, row: int) -> None:
        """Make a row the current one; nothing is emitted."""
        if row != self.currentIndex().row():
            blocked = self.blockSignals(True)
            self.setCurrentIndex(self.rows_model.index(row, 0))
            self.blockSignals(blocked)

    def currentChanged(self, current: QModelIndex | QPersistentModelIndex, previous: Index) -> None:
        super().currentChanged(current, previous)
        if current.isValid() and current.row() != previous.row():
            self.row_chosen.emit(current.row())


class _Minis(QStyledItemDelegate):
    def __init__(self, table: DescriptionTable, *, by_part: bool) -> None:
        super().__init__(table)
        self._by_part = by_part

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)  # the ground of a row that is chosen
        table = self.parent()
        assert isinstance(table, DescriptionTable)
        if index.row() >= len(table.descriptions):
            return
        area = QRectF(option.rect).adjusted(6, 4, -6, -4)  # pyright: ignore[reportAttributeAccessIssue]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        description = table.descriptions[index.row()]
        if self._by_part and len(description.counts) > 1 and description.bins.are_stretches:
            _paint_lines(painter, area, description)
        elif self._by_part and len(description.counts) > 1:
            _paint_bars(painter, area, list(description.counts.values()), [color for _, color in part_colors()])
        else:
            _paint_bars(painter, area, [description.total], [current_theme().accent])
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(MINI, 28)


def _paint_bars(painter: QPainter, area: QRectF, counts: list[np.ndarray], colors: list[str]) -> None:
    bins = len(counts[0])
    if bins > MOST_BARS:
        ends = np.arange(0, bins, -(-bins // MOST_BARS))  # as many to each bar, else they would look like a comb
        counts = [np.add.reduceat(own, ends) for own in counts]
        bins = len(ends)
    shares = [own / max(own.sum(), 1) for own in counts]
    top = max(float(own.max(initial=0)) for own in shares) or 1.0
    wide = min(area.width() / max(bins, 1), 18.0)
    each = (wide - 1) / len(shares)
    painter.setPen(Qt.PenStyle.NoPen)
    for place, own in enumerate(shares):
        painter.setBrush(qcolor(colors[place % len(colors)], 190))
        for k, share in enumerate(own.tolist()):
            if share:
                high = max(area.height() * share / top, 1.0)
                painter.drawRect(QRectF(area.left() + k * wide + place * each, area.bottom() - high, each, high))
    painter.setPen(QPen(QColor(current_theme().border), 1))
    painter.drawLine(area.bottomLeft(), area.bottomRight())


def _paint_lines(painter: QPainter, area: QRectF, description: Description) -> None:
    shares = [own / max(own.sum(), 1) for own in description.counts.values()]
    top = max(float(own.max(initial=0)) for own in shares) or 1.0
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for own, (_, color) in zip(shares, part_colors(), strict=False):
        wide = area.width() / len(own)
        line = QPolygonF()
        for k, share in enumerate(own.tolist()):
            y = area.bottom() - area.height() * share / top
            for x in (area.left() + k * wide, area.left() + (k + 1) * wide):
                line.append(QRectF(x, y, 0, 0).topLeft())
        painter.setPen(QPen(QColor(color), 1.2))
        painter.drawPolyline(line)
    painter.setPen(QPen(QColor(current_theme().border), 1))
    painter.drawLine(area.bottomLeft(), area.bottomRight())
