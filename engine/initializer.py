"""The base of all initializers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from engine.declaration import Declaration
from engine.fixes import Advice, Change
from engine.shapes import Shape
from engine.surroundings import Place, Remark

if TYPE_CHECKING:
    from engine.layer import ParameterSpec


class Initializer(Declaration, family=True):
    """Base of all initializers: how the first values of a weight array are drawn."""

    def sample(self, random: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> np.ndarray:
        """Draw the array in float64.

        Args:
            random: Source of randomness; the same state gives the same array.
            shape: Shape of the array.
            fan_in: Number of inputs that one output value sums over.
            fan_out: Number of outputs that one input value reaches.
        """
        raise TypeError(f"{type(self).__name__} does not say how it draws values.")

    @property
    def symmetric(self) -> bool:
        """Every unit gets the same values."""
        return False

    def remarks_on_weights(self, place: Place, name: str, spec: ParameterSpec) -> Iterator[Remark]:
        """What is probably not meant where it draws a parameter; by default, hidden units that all stay equal."""
        if not (spec.penalized and spec.fan_out > 1 and self.symmetric and place.is_hidden and place.is_used):
            return
        fields = [d for d in place.layer.fields() if getattr(place.layer, d.name) is self]
        default = fields[0].default if fields else None
        advice: tuple[Advice, ...] = ()
        if isinstance(default, Initializer) and not default.symmetric:
            advice = (Change(f"Draw {name} of {{node}} by {default.label}", {fields[0].name: default}),)
        yield Remark(
            f"{place.name} begins with equal weights ({self.label}), so all its units learn the same and it counts "
            f"as a single one. Draw {name} at random.",
            advice,
        )
