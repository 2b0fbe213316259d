"""The arrays of a sub-step as pictures: the examples of the batch as a table, everything else as heat maps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from engine.slow_figures import Examples, Figure
from engine.slow_motion import SubStep
from engine.tensors import largest
from gui.theme import Theme, current_theme, theme_notifier
from gui.views.tensor_paint import colors_of, figure_font
from gui.views.tensor_picture import codes_of
from gui.views.tensor_text import number_text, share_text

GAP, TILE_GAP = 16.0, 4.0
CELL = 16.0
"""Side of a cell where there is room."""
NARROWEST, WIDEST = 104.0, 240.0
PICTURE = 92.0
"""Height of the heat maps."""


@dataclass(frozen=True, eq=False, slots=True)
class _Tile:
    """A heat map as drawn."""

    figure: Figure
    number: int
    rect: QRectF
    image: QImage


class SlowPicture(QWidget):
    """Draws the arrays of one sub-step; the number under the mouse is told."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._figures: tuple[Figure, ...] = ()
        self._examples: Examples | None = None
        self._tiles: list[_Tile] = []
        self._limits: list[float] = []
        self.setAccessibleName("Arrays of the sub-step")
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        theme_notifier.theme_changed.connect(self._on_theme_changed)

    def set_substep(self, substep: SubStep | None) -> None:
        """Show the arrays of this one."""
        self._figures = substep.figures if substep is not None else ()
        self._examples = substep.examples if substep is not None else None
        self._limits = [largest(*figure.tiles) for figure in self._figures]
        described = [f"{f.symbol} {_sizes(f)}: {', '.join(_numbers(f))}" for f in self._figures]
        self.setAccessibleDescription("; ".join(described))
        self._arrange()
        self.updateGeometry()
        self.update()

    def text_at(self, point: QPointF) -> str:
        """The number under a point, with its place; "" where there is none."""
        for tile in self._tiles:
            if tile.rect.contains(point):
                values, inside = tile.figure.tiles[tile.number], point - tile.rect.topLeft()
                row = min(int(inside.y() / tile.rect.height() * values.shape[0]), values.shape[0] - 1)
                column = min(int(inside.x() / tile.rect.width() * values.shape[1]), values.shape[1] - 1)
                place = _place(tile.figure, row, column, tile.number)
                return f"{tile.figure.symbol}{place} = {number_text(values[row, column])}"
        return ""

    # Places

    @property
    def _line(self) -> float:
        return current_theme().font_size_small + 5.0

    def _blocks(self, width: float) -> list[QRectF]:
        """Room for the table, if there is one, and for each figure; they wrap."""
        count = len(self._figures)
        across = max(1, min(count, int((width + GAP) // (NARROWEST + GAP))))
        found, y = [], 0.0
        if self._examples is not None:
            wide = min(width, self._table_width())
            height = self._line * (len(self._examples.rows) + 2) + 4
            found.append(QRectF(0, 0, wide, height))
            if width - wide - GAP >= NARROWEST:
                rest = width - wide - GAP
                across = max(1, min(count, int((rest + GAP) // (NARROWEST + GAP))))
                return found + self._grid(wide + GAP, 0.0, rest, across)
            y = height + GAP / 2
        return found + self._grid(0.0, y, width, across)

    def _grid(self, left: float, top: float, width: float, across: int) -> list[QRectF]:
        wide = min(WIDEST, (width - GAP * (across - 1)) / across)
        high = PICTURE + 3 * self._line
        return [
            QRectF(left + i % across * (wide + GAP), top + i // across * (high + 8), wide, high)
            for i in range(len(self._figures))
        ]

    def _arrange(self) -> None:
        blocks = self._blocks(max(float(self.width()), NARROWEST))
        blocks = blocks[1:] if self._examples is not None else blocks
        table = list(colors_of(current_theme()))
        self._tiles = []
        for figure, limit, block in zip(self._figures, self._limits, blocks, strict=True):
            area = QRectF(block.left(), block.top() + self._line + 2, block.width(), PICTURE)
            across = 1 if len(figure.tiles) == 1 else 2
            down = -(-len(figure.tiles) // across)
            wide, high = (area.width() - TILE_GAP * (across - 1)) / across, (PICTURE - TILE_GAP * (down - 1)) / down
            for number, values in enumerate(figure.tiles):
                rows, columns = values.shape
                across_cell, down_cell = min(wide / columns, CELL), min(high / rows, CELL)
                if len(figure.shape) > 2:  # an image
                    across_cell = down_cell = min(across_cell, down_cell)
                drawn = columns * across_cell, rows * down_cell
                left = area.left() + number % across * (drawn[0] + TILE_GAP)
                rect = QRectF(left, area.top() + number // across * (drawn[1] + TILE_GAP), *drawn)
                self._tiles.append(_Tile(figure, number, rect, _image(codes_of(values, limit), table)))

    def _table_width(self) -> float:
        return sum(self._column_widths()) + 12.0 * max(len(self._column_widths()) - 1, 0)

    def _column_widths(self) -> list[float]:
        if self._examples is None:
            return []
        metrics = QFontMetricsF(figure_font(current_theme().font_size_small))
        lines = [self._examples.header, *self._examples.rows]
        return [min(max(metrics.horizontalAdvance(line[i]) for line in lines) + 2, 110.0) for i in range(len(lines[0]))]

    # Qt

    def heightForWidth(self, width: int) -> int:
        return round(max((block.bottom() for block in self._blocks(float(width))), default=0.0)) + 4

    def sizeHint(self) -> QSize:
        return QSize(420, self.heightForWidth(max(self.width(), 320)))

    def minimumSizeHint(self) -> QSize:
        return QSize(round(NARROWEST), self.heightForWidth(max(self.width(), round(NARROWEST))))

    def resizeEvent(self, event: QEvent) -> None:
        self._arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        blocks = self._blocks(max(float(self.width()), NARROWEST))
        if self._examples is not None:
            self._paint_table(painter, theme, blocks.pop(0))
        for tile in self._tiles:
            painter.drawImage(tile.rect, tile.image)
            painter.setPen(QPen(QColor(theme.border_strong), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(tile.rect.adjusted(0.5, 0.5, -0.5, -0.5))
        for figure, block in zip(self._figures, blocks, strict=True):
            self._paint_words(painter, theme, figure, block)

    def _paint_words(self, painter: QPainter, theme: Theme, figure: Figure, block: QRectF) -> None:
        font = figure_font(theme.font_size_small, bold=True)
        painter.setFont(font)
        painter.setPen(QColor(theme.text))
        line = QRectF(block.left(), block.top(), block.width(), self._line)
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        metrics = QFontMetricsF(font)
        name = metrics.elidedText(figure.symbol, Qt.TextElideMode.ElideMiddle, block.width() * 0.75)
        painter.drawText(line, flags, name)
        painter.setFont(figure_font(theme.font_size_small))
        painter.setPen(QColor(theme.text_muted))
        plain, rest = QFontMetricsF(painter.font()), line.adjusted(metrics.horizontalAdvance(name) + 8, 0, 0, 0)
        sizes = _sizes(figure)
        if plain.horizontalAdvance(sizes) > rest.width():
            sizes = plain.elidedText(sizes.replace(" ", ""), Qt.TextElideMode.ElideRight, rest.width())
        painter.drawText(rest, flags, sizes)
        bottom = max(tile.rect.bottom() for tile in self._tiles if tile.figure is figure)
        below = QRectF(block.left(), bottom + 3, block.width(), self._line)
        for number, text in enumerate(_numbers(figure)):
            text = plain.elidedText(text, Qt.TextElideMode.ElideRight, block.width())
            painter.drawText(below.translated(0, number * (self._line - 2)), flags, text)

    def _paint_table(self, painter: QPainter, theme: Theme, rect: QRectF) -> None:
        assert self._examples is not None
        painter.setFont(figure_font(theme.font_size_small))
        metrics, widths = QFontMetricsF(painter.font()), self._column_widths()
        for number, cells in enumerate([self._examples.header, *self._examples.rows]):
            x, y = rect.left(), rect.top() + number * self._line
            painter.setPen(QColor(theme.text if number else theme.text_muted))
            for cell, width in zip(cells, widths, strict=True):
                text = metrics.elidedText(cell, Qt.TextElideMode.ElideRight, width)
                painter.drawText(QRectF(x, y, width, self._line), Qt.AlignmentFlag.AlignRight, text)
                x += width + 12
        y = rect.top() + self._line
        painter.setPen(QPen(QColor(theme.border), 1))
        painter.drawLine(QPointF(rect.left(), y), QPointF(rect.right(), y))
        if self._examples.more:
            painter.setPen(QColor(theme.text_muted))
            last = QRectF(rect.left(), rect.bottom() - self._line - 4, rect.width(), self._line)
            painter.drawText(last, Qt.AlignmentFlag.AlignLeft, f"and {self._examples.more:,} more")

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            text = self.text_at(QPointF(event.pos()))
            if text:
                QToolTip.showText(event.globalPos(), text, self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def _on_theme_changed(self) -> None:
        self._arrange()
        self.update()


def _image(codes: np.ndarray, table: list[int]) -> QImage:
    codes = np.ascontiguousarray(codes)
    image = QImage(codes.data, codes.shape[1], codes.shape[0], codes.shape[1], QImage.Format.Format_Indexed8).copy()
    image.setColorTable(table)
    return image


def _sizes(figure: Figure) -> str:
    return " × ".join(f"{size:,}" for size in figure.shape) or "1"


def _numbers(figure: Figure) -> list[str]:
    """The statistics that tell most, in a line or two."""
    numbers = figure.statistics
    if numbers.not_finite:
        return [f"{share_text(numbers.not_finite)} not finite"]
    return [f"{number_text(numbers.minimum)} … {number_text(numbers.maximum)}", f"norm {number_text(numbers.norm)}"]


def _place(figure: Figure, row: int, column: int, tile: int) -> str:
    """Which number of the array a cell is, counted from 0."""
    row, column = row * figure.steps[0], column * figure.steps[1]
    if len(figure.shape) <= 1:
        return f"[{column}]"
    return f"[{row}, {column}]" + (f" of channel {tile}" if len(figure.tiles) > 1 else "")
