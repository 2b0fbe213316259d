"""Tensors as pictures: which number stands in which cell, and with which code of the colours. No Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from engine.tensors import Tensor

MOST = 256
"""Cells of a picture along each side; of larger arrays evenly some are shown."""
MOST_TILES = 64
"""Channels shown beside each other."""
SPREAD = 126
"""Codes on each side of ZERO."""
ZERO, GAP, NOT_FINITE = 127, 0, 255
"""Codes of the number 0, of cells between tiles, and of what is not a finite number; the rest is 1 … 253."""


@dataclass(frozen=True, eq=False, slots=True)
class Picture:
    """A tensor as cells in rows and columns."""

    values: np.ndarray
    """(rows, columns) of the tensor's own type; what lies between tiles is not to be read."""
    codes: np.ndarray
    """(rows, columns) uint8, for a colour table."""
    step: tuple[int, int] = (1, 1)
    """Every so manyth row and column of the tensor is shown."""
    tile: tuple[int, int] = (0, 0)
    """Rows and columns of a tile; (0, 0) for one picture."""
    across: int = 1
    """Tiles beside each other."""
    tiles: int = 1
    example: int | None = None
    """The example whose image this is, as a place in the batch."""
    is_vector: bool = False
    """It is better drawn as bars."""

    def index_at(self, row: int, column: int) -> tuple[int, ...] | None:
        """Place of a cell: (row, column) of a matrix, (place,) of a vector, (row, column, tile) of tiles."""
        if not (0 <= row < self.values.shape[0] and 0 <= column < self.values.shape[1]):
            return None
        if self.tile == (0, 0):
            place = (row * self.step[0], column * self.step[1])
            return place[1:] if self.is_vector else place
        high, wide = self.tile[0] + 1, self.tile[1] + 1
        number = row // high * self.across + column // wide
        if row % high == self.tile[0] or column % wide == self.tile[1] or number >= self.tiles:
            return None
        return (row % high * self.step[0], column % wide * self.step[1], number)


def codes_of(values: np.ndarray, limit: float) -> np.ndarray:
    """The code of each number on a scale from −limit to limit that is symmetrical around 0; beyond it, its ends."""
    if not limit > 0:
        return np.where(np.isfinite(values), ZERO, NOT_FINITE).astype(np.uint8)
    with np.errstate(all="ignore"):
        place = np.clip(values * (SPREAD / limit), -SPREAD, SPREAD)
        finite = np.isfinite(values)
        codes = (np.rint(np.nan_to_num(place)) + ZERO).astype(np.uint8)
    codes[~finite] = NOT_FINITE
    return codes


def picture_of(tensor: Tensor, array: np.ndarray, limit: float, example: int = 0) -> Picture:
    """The picture of a tensor; the arrays are its own.

    Vectors are one row. Parameters (units, inputs) and values of examples (m, units) are matrices. Images
    (m, n_H, n_W, n_C) are tiles, one for each channel of an example; filters (f, f, n_C_prev, n_C) one for each
    output channel, through the first input channel.

    Args:
        tensor: What it is.
        array: Its numbers.
        limit: Number that gets the strongest colour.
        example: Place in the batch of the example whose channels are shown.
    """
    if array.ndim <= 1:
        return _plain(array.reshape(1, -1), limit, is_vector=True)
    if tensor.of_parameter:
        return _plain(array, limit) if array.ndim == 2 else _tiles(_filters(array), limit)
    if array.ndim == 2:
        return _plain(array, limit)
    example = min(example, len(array) - 1)
    one = array[example]
    if one.ndim == 2:
        return _plain(one, limit, example=example)
    return _tiles(one.reshape(*one.shape[:2], -1), limit, example)


def _filters(array: np.ndarray) -> np.ndarray:
    """(f, f, n_C_prev, n_C) as (f, f, n_C), (f, a, b) as it is, through the first of what lies between."""
    while array.ndim > 3:
        array = array[:, :, 0]
    return array


def _step(length: int, most: int) -> int:
    return max(1, math.ceil(length / most))


def _plain(matrix: np.ndarray, limit: float, *, example: int | None = None, is_vector: bool = False) -> Picture:
    step = _step(matrix.shape[0], MOST), _step(matrix.shape[1], MOST)
    values = matrix[:: step[0], :: step[1]].copy()
    return Picture(values, codes_of(values, limit), step, example=example, is_vector=is_vector)


def _tiles(channels: np.ndarray, limit: float, example: int | None = None) -> Picture:
    """(rows, columns, channels) as tiles with a cell between them."""
    count = min(channels.shape[2], MOST_TILES)
    across = math.ceil(math.sqrt(count))
    down = math.ceil(count / across)
    step = _step(channels.shape[0] * down, 2 * MOST), _step(channels.shape[1] * across, 2 * MOST)
    shown = channels[:: step[0], :: step[1], :count]
    high, wide = shown.shape[:2]
    values = np.zeros((down * (high + 1) - 1, across * (wide + 1) - 1), channels.dtype)
    codes = np.full(values.shape, GAP, np.uint8)
    colored = codes_of(shown, limit)
    for number in range(count):
        row, column = number // across * (high + 1), number % across * (wide + 1)
        values[row : row + high, column : column + wide] = shown[:, :, number]
        codes[row : row + high, column : column + wide] = colored[:, :, number]
    return Picture(values, codes, step, (high, wide), across, count, example)
