"""Arrays under other shapes and names: what a derivation needs to know of buffers and their views."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np

from engine.explaining.expressions import Expression, transpose
from engine.program import Buffer


def root_of(buffer: Buffer) -> Buffer:
    """The buffer whose memory a view shows."""
    while buffer.base is not None:
        buffer = buffer.base
    return buffer


def share_of_batch(value: float, share: Fraction, below: str) -> Expression:
    """A number such as 2/m: what stands above the line, and below it as it is written."""
    return Expression("number", (), (), below, value, attributes={"above": float(share.numerator)})


def told(expression: Expression) -> set[str]:
    """Names that stand in a formula; what is abridged tells of no intermediate steps."""
    if expression.kind == "steps":
        return set()
    return {expression.name} if expression.kind == "symbol" else set().union(*map(told, expression.args))


def distinct(symbols: tuple[Expression, ...]) -> tuple[Expression, ...]:
    """Each symbol once."""
    return tuple({part.name: part for part in symbols}.values())


def path_to(buffer: Buffer) -> Callable[[Any], Any]:
    """From the array of a buffer's root to its own."""
    views: list[Callable[[Any], Any]] = []
    while buffer.base is not None:
        assert buffer._view is not None
        views.append(buffer._view)
        buffer = buffer.base

    def view(array: Any) -> Any:
        for step in reversed(views):
            array = step(array)
        return array

    return view


def reshaped(expression: Expression, shape: tuple[int, ...]) -> Expression:
    """The same numbers in another shape."""
    if expression.shape == shape or expression.kind == "number":
        return expression
    if expression.kind == "reshape":
        return reshaped(expression.args[0], shape)
    return Expression("reshape", (expression,), shape, view=lambda array: array.reshape(shape))


def viewed(expression: Expression, buffer: Buffer) -> Expression:
    """What a view shows of its base, which the expression stands for."""
    if buffer.base is not None and buffer.name == f"{buffer.base.name}.T" and buffer.shape == buffer.base.shape[::-1]:
        return transpose(expression)
    assert buffer._view is not None
    if prod(buffer.shape) != prod(expression.shape):
        return Expression("slice", (expression,), buffer.shape, view=buffer._view)
    if keeps_order(buffer._view, expression.shape):
        return reshaped(expression, buffer.shape)
    return Expression("permute", (expression,), buffer.shape, view=buffer._view)


def keeps_order(view: Callable[[Any], Any], shape: tuple[int, ...]) -> bool:
    """Whether a view holds all numbers of an array in their order: it only has another shape."""
    places = np.arange(prod(shape)).reshape(shape)
    seen = view(places)
    return seen.size == places.size and np.array_equal(seen.ravel(), places.ravel())
