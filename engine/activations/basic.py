"""Activation functions. Each gives g and its derivative g′ as operations on whole arrays."""

from __future__ import annotations

import math

from engine.activation import ActivationFunction
from engine.declaration import field
from engine.program import Buffer, Scope


class Linear(ActivationFunction, kind="linear"):
    """Passes every value on unchanged.

    g(z) = z, g′(z) = 1
    """

    shifts_pass = True

    def forward(self, p: Scope, z: Buffer) -> Buffer:
        return p.name("A", z)

    def backward(self, p: Scope, z: Buffer, da: Buffer) -> Buffer:
        return da


class Sigmoid(ActivationFunction, kind="sigmoid"):
    """Squeezes every value into 0 … 1.

    g(z) = 1 / (1 + e^−z), g′ = a (1 − a)
    """

    largest_slope = 0.25

    def forward(self, p: Scope, z: Buffer) -> Buffer:
        return p.sigmoid(z, "A")

    def backward(self, p: Scope, z: Buffer, da: Buffer) -> Buffer:
        slope = p.subtract(p.constant(1), p["A"])
        p.multiply(slope, p["A"], slope)
        return p.multiply(slope, da, slope)


class Tanh(ActivationFunction, kind="tanh"):
    """Squeezes every value into −1 … 1, centred on zero.

    g(z) = tanh z, g′ = 1 − a²
    """

    def forward(self, p: Scope, z: Buffer) -> Buffer:
        return p.tanh(z, "A")

    def backward(self, p: Scope, z: Buffer, da: Buffer) -> Buffer:
        slope = p.square(p["A"])
        p.subtract(p.constant(1), slope, slope)
        return p.multiply(slope, da, slope)


class ReLU(ActivationFunction, kind="relu", label="ReLU"):
    """Passes positive values and stops negative ones.

    g(z) = max(0, z), g′ = 1 for z > 0, else 0
    """

    def forward(self, p: Scope, z: Buffer) -> Buffer:
        return p.maximum(z, p.constant(0), "A")

    def backward(self, p: Scope, z: Buffer, da: Buffer) -> Buffer:
        return p.multiply(da, p.greater(p["A"], p.constant(0)))


class LeakyReLU(ActivationFunction, kind="leaky_relu", label="Leaky ReLU"):
    """Passes positive values and a small share of negative ones, so that no unit dies.

    g(z) = max(slope · z, z), g′ = 1 for z > 0, else slope
    """

    slope: float = field(0.01, help="Share of a negative value that passes.", ge=0, le=1, log=True)

    def forward(self, p: Scope, z: Buffer) -> Buffer:
        scaled = p.multiply(z, p.constant(self.slope), "A")
        return p.maximum(scaled, z, scaled)

    def backward(self, p: Scope, z: Buffer, da: Buffer) -> Buffer:
        dz = p.multiply(da, p.constant(self.slope))
        return p.where(p.greater(z, p.constant(0)), da, dz)


class ELU(ActivationFunction, kind="elu", label="ELU"):
    """Like ReLU for positive values, bending smoothly towards −α for negative ones (Clevert et al. 2016).

    g(z) = z for z > 0, else α (e^z − 1)
    """

    alpha: float = field(1.0, help="Size of the lower bound.", label="α", gt=0, log=True)

    def forward(self, p: Scope, z: Buffer) -> Buffer:
        zero = p.constant(0)
        bend = p.minimum(z, zero, "bend")
        p.expm1(bend, bend)
        p.multiply(bend, p.constant(self.alpha), bend)
        return p.add(bend, p.maximum(z, zero), "A")

    def backward(self, p: Scope, z: Buffer, da: Buffer) -> Buffer:
        slope = p.add(p["bend"], p.constant(self.alpha))
        p.where(p.greater(z, p.constant(0)), p.constant(1), slope)
        return p.multiply(slope, da, slope)


class GELU(ActivationFunction, kind="gelu", label="GELU"):
    """Weighs every value by the chance that a normal number is smaller (Hendrycks and Gimpel 2016).

    g(z) = z Φ(z), g′ = Φ(z) + z φ(z), with Φ and φ of the standard normal distribution
    """

    def forward(self, p: Scope, z: Buffer) -> Buffer:
        chance = p.multiply(z, p.constant(math.sqrt(0.5)), "chance")
        p.erf(chance, chance)
        p.add(chance, p.constant(1), chance)
        p.multiply(chance, p.constant(0.5), chance)
        return p.multiply(z, chance, "A")

    def backward(self, p: Scope, z: Buffer, da: Buffer) -> Buffer:
        slope = p.square(z)
        p.multiply(slope, p.constant(-0.5), slope)
        p.exp(slope, slope)
        p.multiply(slope, p.constant(1 / math.sqrt(2 * math.pi)), slope)
        p.multiply(slope, z, slope)
        p.add(slope, p["chance"], slope)
        return p.multiply(slope, da, slope)


class Softplus(ActivationFunction, kind="softplus"):
    """A smooth ReLU.

    g(z) = log(1 + e^z), g′ = σ(z)
    """

    def forward(self, p: Scope, z: Buffer) -> Buffer:
        return p.logaddexp(z, p.constant(0), "A")

    def backward(self, p: Scope, z: Buffer, da: Buffer) -> Buffer:
        slope = p.sigmoid(z)
        return p.multiply(slope, da, slope)


class Softmax(ActivationFunction, kind="softmax"):
    """Turns the values of one example into probabilities that sum to 1.

    g(z)_i = e^z_i / Σ_j e^z_j, dZ = A (dA − Σ dA A)
    """

    mixes = True

    def forward(self, p: Scope, z: Buffer) -> Buffer:
        return softmax(p, z, "A")

    def backward(self, p: Scope, z: Buffer, da: Buffer) -> Buffer:
        a = p["A"]
        dz = p.multiply(da, a)
        total = p.sum(dz, -1)
        p.subtract(da, total, dz)
        return p.multiply(dz, a, dz)


def softmax(p: Scope, z: Buffer, out: str) -> Buffer:
    """Append softmax along the last axis; the maximum is subtracted first, so that nothing overflows."""
    a = p.subtract(z, p.max(z, -1), out)
    p.exp(a, a)
    return p.divide(a, p.sum(a, -1), a)
