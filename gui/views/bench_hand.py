"""Mouse and keys on the pictures of the convolution bench: they move the window, or the pencil."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from gui.views.bench_images import next_ink
from gui.views.bench_player import BenchPlayer
from gui.views.bench_stage import BenchStage
from gui.views.bench_state import Bench


class BenchHand(QObject):
    """Listens to both grids of a stage."""

    drawn = Signal()
    """The image was changed."""
    cursor_moved = Signal()

    def __init__(self, bench: Bench, player: BenchPlayer, stage: BenchStage) -> None:
        super().__init__(stage)
        self._bench, self._player = bench, player
        self.draws = False
        """It holds the pencil."""
        self._cursor = (0, 0)
        self._ink = 0.0
        for grid in (stage.image, stage.output):
            grid.jumped.connect(self._on_grid_jumped)
            grid.toggled.connect(player.toggle)
        stage.image.pressed.connect(self._on_image_pressed)
        stage.image.dragged.connect(self._on_image_dragged)
        stage.image.typed.connect(self._on_image_typed)
        stage.image.entered.connect(self._on_image_entered)
        stage.image.moved.connect(self._on_image_moved)
        stage.output.pressed.connect(self._on_output_pressed)
        stage.output.dragged.connect(self._on_output_pressed)
        stage.output.moved.connect(self.move_window)

    @property
    def cursor(self) -> tuple[int, int] | None:
        """The cell that the pencil is at; None without it."""
        if not self.draws:
            return None
        rows, columns = self._bench.image.shape[:2]
        return min(self._cursor[0], rows - 1), min(self._cursor[1], columns - 1)

    # The window

    def move_window(self, rows: int, columns: int) -> None:
        """By so many outputs down and to the right."""
        row, column = self._bench.place(self._player.index)
        self._go_to(row + rows, column + columns)

    def _go_to(self, row: int, column: int) -> None:
        high, wide = self._bench.output.shape[:2]
        if high and wide:
            self._player.pause()
            row, column = min(max(row, 0), high - 1), min(max(column, 0), wide - 1)
            self._player.go(row * wide + column)

    def _drag_window(self, row: int, column: int) -> None:
        """Put the middle of the window as near to a cell as it goes."""
        window = self._bench.window
        if window is None:
            return
        place = []
        for axis, at in enumerate((row, column)):
            middle = (window.kernel[axis] - 1) * window.dilation[axis] / 2
            place.append(round((at + window.pads[axis][0] - middle) / window.strides[axis]))
        self._go_to(place[0], place[1])

    # The pencil

    def _draw(self, row: int, column: int, value: float | None) -> None:
        """Set a cell, where there is one; without a value to the next one of those that a click takes."""
        bench, (rows, columns) = self._bench, self._bench.image.shape[:2]
        if not (0 <= row < rows and 0 <= column < columns):
            return
        self._cursor = row, column
        self._ink = next_ink(bench.image, row, column, bench.channel) if value is None else value
        bench.set_pixel(row, column, self._ink)
        self.drawn.emit()

    # Slots

    def _on_image_pressed(self, row: int, column: int) -> None:
        if self.draws:
            self._draw(row, column, None)
        else:
            self._drag_window(row, column)

    def _on_image_dragged(self, row: int, column: int) -> None:
        if not self.draws:
            self._drag_window(row, column)
        elif (row, column) != self._cursor:
            self._draw(row, column, self._ink)

    def _on_image_moved(self, rows: int, columns: int) -> None:
        if not self.draws:
            self.move_window(rows, columns)
            return
        high, wide = self._bench.image.shape[:2]
        row, column = self._cursor[0] + rows, self._cursor[1] + columns
        self._cursor = min(max(row, 0), high - 1), min(max(column, 0), wide - 1)
        self.cursor_moved.emit()

    def _on_image_typed(self, digit: int) -> None:
        if self.draws:
            self._draw(*self._cursor, float(digit))

    def _on_image_entered(self) -> None:
        if self.draws:
            self._draw(*self._cursor, None)

    def _on_output_pressed(self, row: int, column: int) -> None:
        high, wide = self._bench.output.shape[:2]
        if 0 <= row < high and 0 <= column < wide:
            self._go_to(row, column)

    def _on_grid_jumped(self, to_end: bool) -> None:
        self._player.pause()
        if to_end:
            self._player.go(self._player.count - 1)
        else:
            self._player.restart()
