"""Initializers that keep the variance of activations or gradients from layer to layer."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from engine.declaration import field
from engine.initializer import Initializer
from engine.shapes import Shape

Distribution = Literal["normal", "uniform"]


def _sample(random: np.random.Generator, shape: Shape, deviation: float, distribution: Distribution) -> np.ndarray:
    if distribution == "normal":
        return random.standard_normal(shape) * deviation
    limit = math.sqrt(3) * deviation
    return random.uniform(-limit, limit, shape)


class He(Initializer, kind="he"):
    """Variance 2 / n_in: keeps the variance of ReLU activations (He et al. 2015)."""

    distribution: Distribution = field("normal", help="Shape of the distribution.")
    multiplier: float = field(1.0, help="Free factor on the standard deviation.", ge=0, log=True)

    def sample(self, random: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> np.ndarray:
        return _sample(random, shape, self.multiplier * math.sqrt(2 / fan_in), self.distribution)


class Xavier(Initializer, kind="xavier", label="Xavier (Glorot)", replaces=("glorot",)):
    """Variance 1 / n_in or 2 / (n_in + n_out): for tanh and sigmoid (Glorot and Bengio 2010)."""

    variance: Literal["1/n_in", "2/(n_in+n_out)"] = field(
        "2/(n_in+n_out)", help="The course's first form divides by the inputs; Glorot's by the mean of both sides."
    )
    distribution: Distribution = field("uniform", help="Shape of the distribution.")
    multiplier: float = field(1.0, help="Free factor on the standard deviation.", ge=0, log=True)

    def sample(self, random: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> np.ndarray:
        variance = 1 / fan_in if self.variance == "1/n_in" else 2 / (fan_in + fan_out)
        return _sample(random, shape, self.multiplier * math.sqrt(variance), self.distribution)


class LeCun(Initializer, kind="lecun", label="LeCun"):
    """Variance 1 / n_in (LeCun et al. 1998, Efficient BackProp)."""

    distribution: Distribution = field("normal", help="Shape of the distribution.")
    multiplier: float = field(1.0, help="Free factor on the standard deviation.", ge=0, log=True)

    def sample(self, random: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> np.ndarray:
        return _sample(random, shape, self.multiplier * math.sqrt(1 / fan_in), self.distribution)


class Orthogonal(Initializer, kind="orthogonal"):
    """Rows (or columns) are orthonormal, so that lengths are kept (Saxe et al. 2014)."""

    gain: float = field(1.0, help="Factor on the orthonormal matrix.", ge=0, log=True)

    def sample(self, random: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> np.ndarray:
        rows, columns = shape[0], math.prod(shape[1:])
        tall = random.standard_normal((max(rows, columns), min(rows, columns)))
        basis, triangle = np.linalg.qr(tall)
        basis *= np.sign(np.diagonal(triangle))  # else the distribution is not uniform over rotations
        return self.gain * (basis if rows >= columns else basis.T).reshape(shape)
