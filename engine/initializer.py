"""The base of all initializers."""

from __future__ import annotations

import numpy as np

from engine.declaration import Declaration
from engine.shapes import Shape


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
