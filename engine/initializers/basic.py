"""Initializers that ignore the size of the layer: zeros, a constant, normal and uniform values."""

from __future__ import annotations

import numpy as np

from engine.declaration import field
from engine.initializer import Initializer
from engine.shapes import Shape


class Zeros(Initializer, kind="zeros"):
    """All values zero: right for biases; in hidden weights all units stay equal (symmetry)."""

    @property
    def symmetric(self) -> bool:
        return True

    def sample(self, random: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> np.ndarray:
        return np.zeros(shape)


class Constant(Initializer, kind="constant"):
    """All values the same."""

    value: float = field(1.0, help="The value of every entry.")

    @property
    def symmetric(self) -> bool:
        return True

    def sample(self, random: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> np.ndarray:
        return np.full(shape, self.value)


class Normal(Initializer, kind="normal"):
    """Normally distributed values around zero: W = randn · scale."""

    scale: float = field(0.01, help="Standard deviation.", ge=0, log=True)

    @property
    def symmetric(self) -> bool:
        return self.scale == 0

    def sample(self, random: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> np.ndarray:
        return random.standard_normal(shape) * self.scale


class Uniform(Initializer, kind="uniform"):
    """Evenly distributed values between −scale and +scale."""

    scale: float = field(0.05, help="Largest absolute value.", ge=0, log=True)

    @property
    def symmetric(self) -> bool:
        return self.scale == 0

    def sample(self, random: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> np.ndarray:
        return random.uniform(-self.scale, self.scale, shape)
