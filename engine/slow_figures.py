"""Arrays as slow motion keeps them: what they are, and so few of their numbers that a whole step stays small."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.shapes import Shape
from engine.tensors import Statistics, statistics

MOST_ROWS, MOST_COLUMNS = 24, 40
"""Of an array, no more numbers than these are kept for its picture; evenly some of a larger one."""
MOST_TILES, TILE = 4, 15
"""Channels of an image that are kept, and numbers along each of their sides."""


@dataclass(frozen=True, eq=False, slots=True)
class Figure:
    """An array of a sub-step: what it is, and some of its numbers."""

    symbol: str
    """As the course writes it, such as dW[2]."""
    shape: Shape
    statistics: Statistics
    tiles: tuple[np.ndarray, ...]
    """One matrix (rows, columns), or one for each channel shown; float64 copies."""
    steps: tuple[int, int] = (1, 1)
    """Every so manyth row and column is shown."""


@dataclass(frozen=True, slots=True)
class Examples:
    """The first examples of the batch as a table of text."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    more: int
    """Examples of the batch that are not in it."""


def figure_of(symbol: str, array: np.ndarray, of_examples: bool) -> Figure:
    """The figure of an array; with `of_examples`, its first axis are the examples."""
    tiles, steps = _tiles(array, of_examples)
    return Figure(symbol, array.shape, statistics(array), tiles, steps)


def _tiles(array: np.ndarray, of_examples: bool) -> tuple[tuple[np.ndarray, ...], tuple[int, int]]:
    """Some numbers of an array: a matrix, or channels of the first image; of filters those of the first channel."""
    values = np.asarray(array, np.float64)
    if values.ndim <= 1 or (values.ndim == 2 and 1 in values.shape and not of_examples):
        return _thinned([values.reshape(1, -1)], 1, MOST_ROWS * MOST_COLUMNS // 10)
    if values.ndim == 2:
        return _thinned([values], MOST_ROWS, MOST_COLUMNS)
    if of_examples:
        values = values[0]
        values = values.reshape(len(values), -1) if values.ndim < 3 else values
    while values.ndim > 3:
        values = values[:, :, 0]
    if values.ndim == 2:
        return _thinned([values], MOST_ROWS, MOST_COLUMNS)
    return _thinned([values[:, :, channel] for channel in range(min(values.shape[2], MOST_TILES))], TILE, TILE)


def _thinned(tiles: list[np.ndarray], rows: int, columns: int) -> tuple[tuple[np.ndarray, ...], tuple[int, int]]:
    steps = max(1, -(-tiles[0].shape[0] // rows)), max(1, -(-tiles[0].shape[1] // columns))
    return tuple(tile[:: steps[0], :: steps[1]].copy() for tile in tiles), steps
