"""The base of all activation functions."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile
from math import prod
from typing import TYPE_CHECKING, ClassVar

from engine.declaration import Declaration
from engine.fixes import Change
from engine.surroundings import Place, Remark

if TYPE_CHECKING:
    from engine.program import Buffer, Scope

SMALL_SLOPE = 0.5
"""Slopes below make gradients die out in deep stacks."""
DEEP = 3
"""Hidden layers in a row from which small slopes are worth a warning."""

MANY = 10
"""Hidden layers in a row beyond which no exact number is worth reading: 4 to the power of 10 is a million."""


class ActivationFunction(Declaration, family=True):
    """Base of all activation functions A = g(Z)."""

    shifts_pass: ClassVar[bool] = False
    """g(z + b) = g(z) + b, so that a bias before it does the same as one behind it."""
    mixes: ClassVar[bool] = False
    """Each value of A depends on all of Z along the last axis."""
    largest_slope: ClassVar[float] = 1.0
    """Upper bound of g′, where it is clearly below 1: gradients shrink by it in every layer."""

    def forward(self, p: Scope, z: Buffer) -> Buffer:
        """Append A = g(Z) and return A, which is named "A"."""
        raise TypeError(f"{type(self).__name__} does not say how it is computed.")

    def backward(self, p: Scope, z: Buffer, da: Buffer) -> Buffer:
        """Append dZ = dA · g'(Z) and return dZ; A is found at `p["A"]`."""
        raise TypeError(f"{type(self).__name__} does not say its derivative.")

    def remarks(self, place: Place) -> Iterator[Remark]:
        """By default: that gradients die out in a stack of hidden layers; once, at the last of them."""
        if self.largest_slope >= SMALL_SLOPE or not (place.is_hidden and place.is_used):
            return
        if any(_slope(other) < SMALL_SLOPE for other in _one_scale(place.behind())):
            return
        stack = [place, *(other for other in _one_scale(place.before()) if _slope(other) < SMALL_SLOPE)][::-1]
        if len(stack) < DEEP:
            return
        shrink = prod(1 / _slope(other) for other in stack[:MANY])
        times = f"{shrink:,.0f} times and more" if len(stack) < MANY else "more than a million times"
        yield Remark(
            f"{len(stack)} hidden layers in a row, {stack[0].title} to {stack[-1].title}, end in {self.label} or the "
            f"like, with slopes of at most {self.largest_slope:g}: gradients shrink {times} on "
            "their way back. Use ReLU or tanh in hidden layers.",
            (Change("Use ReLU in these layers", {"activation": "relu"}, tuple(other.id for other in stack)),),
        )


def _one_scale(places: Iterator[Place]) -> Iterator[Place]:
    """The hidden layers on the way, up to one that brings values back to scale."""
    return takewhile(lambda place: place.is_hidden and not place.layer.renormalizes, places)


def _slope(place: Place) -> float:
    function = getattr(place.layer, "activation", None)
    return function.largest_slope if isinstance(function, ActivationFunction) else 1.0
