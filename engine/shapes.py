"""Shapes of one example: tuples of sizes, without the m examples in front."""

from __future__ import annotations

from math import prod

Shape = tuple[int, ...]


class ShapeError(ValueError):
    """A layer cannot take these input shapes. The message says what it needs, what it gets and what to do."""


def size(shape: Shape) -> int:
    """Number of values of one example."""
    return prod(shape)


def format_shape(shape: Shape | None) -> str:
    """Write a shape as in the course, with m in front: (32,) becomes `m × 32`."""
    return "?" if shape is None else " × ".join(["m", *map(str, shape)])
