"""A board of small pictures: as large as the room allows, scrolling below that; by mouse and by keyboard."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QScrollArea, QWidget

from gui.theme import current_theme, qcolor, theme_notifier
from gui.views.map_paint import heat_of, image_of, paint_tile
from gui.views.map_tiles import Tile
from gui.views.tensor_paint import figure_font, line_height

GAP = 8
SMALLEST, LARGEST = 52, 320
"""Longer side of a picture, in points."""
Spot = tuple[int, int, int]
"""Tile, row, column."""


class TileBoard(QScrollArea):
    """Shows tiles; the one in use has a frame."""

    pointed = Signal(object, QPoint)
    """The `Spot` under the mouse or the keyboard's mark (None for none), and where in this widget."""
    pressed = Signal(object)
    """A `Spot` was clicked, or Enter pressed on it."""
    current_changed = Signal(int)
    """Another tile is in use."""

    def __init__(self, name: str, *, largest: int = LARGEST, smallest: int = SMALLEST) -> None:
        """An empty board.

        Args:
            name: For those who cannot see it.
            largest: Longer side of a picture at most, in points.
            smallest: And at least; then the board scrolls.
        """
        super().__init__()
        self.sheet = _Sheet(self, largest, smallest)
        self.sheet.setAccessibleName(name)
        self.setWidget(self.sheet)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFocusProxy(self.sheet)
        self.setAccessibleName(name)
        self.setMinimumSize(smallest + 2 * GAP, smallest + 2 * GAP)

    @property
    def tiles(self) -> Sequence[Tile]:
        """What is shown."""
        return self.sheet.tiles

    @property
    def current(self) -> int:
        """The tile in use."""
        return self.sheet.current

    def show_tiles(self, tiles: Sequence[Tile]) -> None:
        """Show these."""
        self.sheet.show_tiles(tiles)

    def set_current(self, number: int) -> None:
        """Use another tile; nothing is told."""
        self.sheet.set_current(number)

    def tile_rect(self, number: int) -> QRectF:
        """Where the picture of a tile is, in `sheet`."""
        return self.sheet.picture_rect(number)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.sheet.arrange()


class _Sheet(QWidget):
    def __init__(self, board: TileBoard, largest: int, smallest: int) -> None:
        super().__init__()
        self._board = board
        self._largest, self._smallest = largest, smallest
        self.tiles: Sequence[Tile] = ()
        self._images: list[tuple[QImage | None, QImage | None] | None] = []
        self._across, self._label = 1, 0
        self._unit = self._wide = self._high = 1.0
        self._layout: tuple[object, ...] = ()
        self.current = 0
        self._cell = (0, 0)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        theme_notifier.theme_changed.connect(self._on_theme_notifier_theme_changed)

    def show_tiles(self, tiles: Sequence[Tile]) -> None:
        self.tiles, self._images = tiles, [None] * len(tiles)
        self.current = min(self.current, max(len(tiles) - 1, 0))
        self.arrange()
        self._describe()
        self.update()

    def set_current(self, number: int) -> None:
        if 0 <= number < len(self.tiles) and number != self.current:
            self.current, self._cell = number, (0, 0)
            self._describe()
            self.update()

    def _describe(self) -> None:
        if self.tiles:
            tile = self.tiles[self.current]
            self.setAccessibleDescription(". ".join(filter(None, (tile.title, tile.note, tile.tip))))

    # Geometry

    def arrange(self) -> None:
        """The largest pictures that all fit into the room; at the smallest size the board scrolls."""
        room, count = self._board.maximumViewportSize(), len(self.tiles)
        sizes = [tile.size for tile in self.tiles] or [(1, 1)]
        shape = max(rows for rows, _ in sizes), max(columns for _, columns in sizes)
        titled = any(tile.title or tile.note for tile in self.tiles)
        layout = (room, count, shape, titled, current_theme().font_size_small)
        if layout == self._layout:
            return
        self._layout = layout
        self._label = line_height() + 2 if titled else 0
        rows, columns = shape
        best, self._across = 0.0, 1
        for across in range(1, count + 1):
            down = -(-count // across)
            wide = (room.width() - GAP) / across - GAP
            high = (room.height() - GAP) / down - GAP - self._label
            unit = min(wide / columns, high / rows)
            if unit > best:
                best, self._across = unit, across
        longest = max(rows, columns)
        unit = min(best, self._largest / longest)
        if unit * longest < self._smallest:
            unit = self._smallest / longest
            bar = self._board.verticalScrollBar().sizeHint().width()
            self._across = max(1, int((room.width() - bar - GAP) // (columns * unit + GAP)))
        if unit >= 2:
            unit = float(int(unit))  # cells of equal size
        self._unit, self._wide, self._high = unit, columns * unit, rows * unit
        down = -(-count // self._across)
        self.resize(
            max(int(GAP + self._across * (self._step_x + GAP)), 1),
            max(int(GAP + down * (self._high + self._label + GAP)), 1),
        )

    @property
    def _step_x(self) -> float:
        return max(self._wide, self._smallest)

    def picture_rect(self, number: int) -> QRectF:
        line, column = divmod(number, self._across)
        left = GAP + column * (self._step_x + GAP)
        top = GAP + line * (self._high + self._label + GAP)
        tile = self.tiles[number]
        rows, columns = tile.size
        return QRectF(round(left), round(top), columns * self._unit, rows * self._unit)

    def _tile_at(self, place: QPointF) -> int | None:
        column = int((place.x() - GAP) // (self._step_x + GAP))
        line = int((place.y() - GAP) // (self._high + self._label + GAP))
        number = line * self._across + column
        if not (0 <= column < self._across and line >= 0 and number < len(self.tiles)):
            return None
        rect = self.picture_rect(number)
        slot = QRectF(rect.left(), rect.top(), max(rect.width(), self._step_x), self._high + self._label)
        return number if slot.contains(place) else None

    def _spot_at(self, place: QPointF) -> Spot | None:
        number = self._tile_at(place)
        if number is None:
            return None
        rows, columns = self._cells(number)
        rect = self.picture_rect(number)
        row = int((place.y() - rect.top()) * rows / rect.height())
        column = int((place.x() - rect.left()) * columns / rect.width())
        return number, min(max(row, 0), rows - 1), min(max(column, 0), columns - 1)

    def _cells(self, number: int) -> tuple[int, int]:
        tile = self.tiles[number]
        return (1, len(tile.values)) if tile.is_curve else (tile.values.shape[0], tile.values.shape[1])

    # Events

    def _tell(self) -> None:
        """Say where the keyboard's mark is."""
        rect = self.picture_rect(self.current)
        rows, columns = self._cells(self.current)
        row, column = self._cell
        at = QPointF(
            rect.left() + (column + 0.5) * rect.width() / columns, rect.top() + (row + 0.5) * rect.height() / rows
        )
        self._board.ensureVisible(round(rect.center().x()), round(rect.center().y()), 60, round(rect.height()))
        self._board.pointed.emit((self.current, row, column), self.mapTo(self._board, at.toPoint()))

    def _use(self, number: int) -> None:
        if number != self.current:
            self.set_current(number)
            self._board.current_changed.emit(number)

    def _on_theme_notifier_theme_changed(self) -> None:
        self._images = [None] * len(self.tiles)
        self._layout = ()
        self.arrange()
        self.update()

    # Qt

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = current_theme(), QPainter(self)
        ratio = self.devicePixelRatioF()
        font = figure_font(theme.font_size_small - 1)
        for number, tile in enumerate(self.tiles):
            rect = self.picture_rect(number)
            whole = rect.adjusted(-GAP / 2, -GAP / 2, GAP / 2, self._label + GAP / 2)
            if not whole.intersects(QRectF(event.rect())):
                continue
            images = self._images[number]
            if images is None:
                images = self._images[number] = (image_of(tile, theme), heat_of(tile, theme))
            paint_tile(painter, rect, tile, images, theme, ratio)
            if number == self.current and len(self.tiles) > 1:
                painter.setPen(QPen(qcolor(theme.focus), 2 if self.hasFocus() else 1))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(rect.adjusted(-2, -2, 2, 2))
            if self.hasFocus() and number == self.current:
                self._paint_cell(painter, rect)
            self._paint_words(painter, rect, tile, font)
        painter.end()

    def _paint_cell(self, painter: QPainter, rect: QRectF) -> None:
        rows, columns = self._cells(self.current)
        row, column = self._cell
        wide, high = rect.width() / columns, rect.height() / rows
        painter.setPen(QPen(qcolor(current_theme().focus), 1.5))
        painter.drawRect(QRectF(rect.left() + column * wide, rect.top() + row * high, wide, high))

    def _paint_words(self, painter: QPainter, rect: QRectF, tile: Tile, font: object) -> None:
        if not self._label:
            return
        theme = current_theme()
        painter.setFont(font)  # type: ignore[arg-type]
        wide = max(self._step_x, rect.width())
        line = QRect(round(rect.left()), round(rect.top() + self._high) + 2, round(wide), self._label)
        note = f" {tile.note}" if tile.note else ""
        metrics = painter.fontMetrics()
        room, title = round(wide) - metrics.horizontalAdvance(note), tile.title
        if metrics.horizontalAdvance(title) > room:
            title = title.split(" · ")[0]  # the number alone; the rest is told on pointing
        title = metrics.elidedText(title, Qt.TextElideMode.ElideRight, room)
        painter.setPen(qcolor(theme.text_muted))
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft, title)
        if note:
            painter.setPen(qcolor(theme.error))
            used = metrics.horizontalAdvance(title)
            painter.drawText(line.adjusted(used, 0, 0, 0), Qt.AlignmentFlag.AlignLeft, note)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._board.pointed.emit(self._spot_at(event.position()), self.mapTo(self._board, event.position().toPoint()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        spot = self._spot_at(event.position())
        if spot is not None and event.button() == Qt.MouseButton.LeftButton:
            self._use(spot[0])
            self._cell = spot[1:]
            self.update()
            self._board.pressed.emit(spot)

    def leaveEvent(self, event: QEvent) -> None:
        self._board.pointed.emit(None, QPoint())

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._board.pointed.emit(None, QPoint())
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys, key = Qt.Key, event.key()
        moves = {keys.Key_Left: (0, -1), keys.Key_Right: (0, 1), keys.Key_Up: (-1, 0), keys.Key_Down: (1, 0)}
        if not self.tiles or key not in (*moves, keys.Key_Return, keys.Key_Enter):
            super().keyPressEvent(event)
            return
        if key in moves and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            rows, columns = self._cells(self.current)
            down, right = moves[keys(key)]
            row, column = self._cell
            self._cell = (min(max(row + down, 0), rows - 1), min(max(column + right, 0), columns - 1))
        elif key in moves:
            down, right = moves[keys(key)]
            self._use(min(max(self.current + down * self._across + right, 0), len(self.tiles) - 1))
        else:
            self._board.pressed.emit((self.current, *self._cell))
        self._tell()
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()
