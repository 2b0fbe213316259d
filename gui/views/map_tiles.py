"""Small pictures of arrays, as plain values: maps of numbers, pictures in their own colours, curves. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np

from engine.tensors import Tensor, largest
from gui.views.tensor_picture import GAP, Picture, codes_of, picture_of
from gui.views.tensor_text import number_text

MOST_LINES = 10
"""Curves in one tile."""

Ranges = tuple[tuple[int, int], ...]
"""From where to where (exclusive) along rows and columns, or along a signal."""


@dataclass(frozen=True, eq=False, slots=True)
class Tile:
    """One small picture with a line of words."""

    title: str
    values: np.ndarray
    """(rows, columns), (rows, columns, channels), or for curves (places, lines)."""
    codes: np.ndarray | None = None
    """(rows, columns) for the colour table of the theme."""
    pixels: np.ndarray | None = None
    """(rows, columns, 4) bytes: blue, green, red, 255."""
    limits: tuple[float, float] = (0.0, 0.0)
    """The numbers at the lower and upper end of the scale."""
    heat: np.ndarray | None = None
    """(rows, columns) or (places,) from −1 to 1, laid over the picture: 0 leaves it as it is."""
    box: Ranges | None = None
    """A frame around these places."""
    note: str = ""
    """What is wrong with it, such as "dead"; it is then shown faded."""
    tip: str = ""
    """A sentence about the whole tile."""
    picture: Picture | None = None
    """Where several maps lie in one tile: which cell is what."""
    count: int = 0
    """Where a vector was laid out in rows: its length."""

    @property
    def is_curve(self) -> bool:
        """Lines over places instead of cells."""
        return self.codes is None and self.pixels is None

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns; for curves what looks well."""
        return (2, 3) if self.is_curve else (self.values.shape[0], self.values.shape[1])

    def index_at(self, row: int, column: int) -> tuple[int, ...] | None:
        """What a cell is: (row, column), (row, column, map) of several maps, (place,) of curves and vectors."""
        if self.is_curve:
            return (column,) if 0 <= column < len(self.values) else None
        if self.picture is not None:
            return self.picture.index_at(row, column)
        rows, columns = self.values.shape[:2]
        if not (0 <= row < rows and 0 <= column < columns):
            return None
        if self.count:
            place = row * columns + column
            return (place,) if place < self.count else None
        return row, column


def map_tile(title: str, values: np.ndarray, limit: float, **more: object) -> Tile:
    """(rows, columns) as cells on a scale from −limit to limit."""
    return Tile(title, values, codes_of(values, limit), limits=(-limit, limit), **more)  # type: ignore[arg-type]


def maps_tile(title: str, values: np.ndarray, limit: float, **more: object) -> Tile:
    """(rows, columns, maps) as several maps beside each other in one tile; the first 64 of them."""
    if values.shape[2] == 1:
        return map_tile(title, values[:, :, 0], limit, **more)
    tensor = Tensor("", "", "value", values.shape)
    picture = picture_of(tensor, values[None], limit)
    return Tile(title, picture.values, picture.codes, limits=(-limit, limit), picture=picture, **more)  # type: ignore[arg-type]


def vector_tile(title: str, values: np.ndarray, limit: float, **more: object) -> Tile:
    """(n,) numbers in rows, about as many rows as columns."""
    n = len(values)
    columns = max(1, ceil(sqrt(n)))
    rows = max(1, ceil(n / columns))
    cells, codes = np.zeros(rows * columns, values.dtype), np.full(rows * columns, GAP, np.uint8)
    cells[:n], codes[:n] = values, codes_of(values, limit)
    shape = rows, columns
    return Tile(title, cells.reshape(shape), codes.reshape(shape), limits=(-limit, limit), count=n, **more)  # type: ignore[arg-type]


def curve_tile(title: str, values: np.ndarray, limits: tuple[float, float], **more: object) -> Tile:
    """(places, lines) as lines over places; the first ten of them."""
    low, high = limits
    return Tile(title, values[:, :MOST_LINES], limits=(low, high if high > low else low + 1), **more)  # type: ignore[arg-type]


def picture_tile(title: str, values: np.ndarray, low: float, high: float, **more: object) -> Tile:
    """(rows, columns, channels) with low as black and high as white: grey, or in colours where there are 3 or more."""
    scale = 255 / (high - low) if high > low else 0.0
    shades = np.clip((np.nan_to_num(values) - low) * scale + 0.5, 0, 255).astype(np.uint8)
    pixels = np.full((*values.shape[:2], 4), 255, np.uint8)
    pixels[..., :3] = shades[..., 2::-1] if values.shape[2] >= 3 else shades[..., :1]
    return Tile(title, values, pixels=pixels, limits=(low, high), **more)  # type: ignore[arg-type]


def array_tile(title: str, values: np.ndarray, limit: float, depth: int | None = None, **more: object) -> Tile:
    """One channel of a layer, (n_H, n_W), (n,), (n_D, n_H, n_W), or a single number ()."""
    if values.ndim == 3:
        values = values[middle(values.shape[0], depth)]
    if values.ndim == 2:
        return map_tile(title, values, limit, **more)
    if values.ndim == 1:
        low = min(0.0, float(np.nanmin(values, initial=0.0))) if np.isfinite(values).any() else 0.0
        return curve_tile(title, values[:, None], (-limit if low < 0 else 0.0, limit), **more)
    return map_tile(title, values.reshape(1, 1), limit, **more)


def middle(depth: int, chosen: int | None) -> int:
    """The slice of a volume to show: the chosen one, else the middle one."""
    return depth // 2 if chosen is None else min(max(chosen, 0), depth - 1)


def scale_of(*arrays: np.ndarray) -> float:
    """The largest |x| of some arrays: the end of their common scale."""
    return largest(*arrays)


def short_text(value: float) -> str:
    """A number in two digits, for the narrow line below a tile."""
    return number_text(float(f"{value:.2g}"))


def source_text(tile: Tile, row: int, column: int) -> str:
    """The numbers of an example's picture at a place, in words."""
    values = tile.values[column] if tile.is_curve else tile.values[row, column]
    place = f"place {column}" if tile.is_curve else f"pixel ({row}, {column})"
    return f"{place}: {', '.join(number_text(float(value)) for value in np.atleast_1d(values))}"
