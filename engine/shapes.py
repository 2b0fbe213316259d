"""Shapes of one example: tuples of sizes, without the m examples in front."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.fixes import Advice

Shape = tuple[int, ...]
Box = tuple[tuple[int, int], ...]
"""Entries of one example: from where to where (exclusive) along each of its axes."""


class ShapeError(ValueError):
    """A layer cannot take these input shapes. The message says what it needs, what it gets and what to do."""

    def __init__(self, message: str, *advice: Advice) -> None:
        """Raise it with a sentence, and perhaps with what would mend it in one click (`engine.fixes`)."""
        super().__init__(message)
        self.advice = advice


def whole(shape: Shape) -> Box:
    """The box of all entries."""
    return tuple((0, extent) for extent in shape)


def size(shape: Shape) -> int:
    """Number of values of one example."""
    return prod(shape)


def format_shape(shape: Shape | None) -> str:
    """Write a shape as in the course, with m in front: (32,) becomes `m × 32`."""
    return "?" if shape is None else " × ".join(["m", *map(str, shape)])
