"""Layers that make new columns from the columns of their input: features before, or within, a network.

Each takes columns of the last axis and puts what it makes of them behind its inputs, or in their place. They have no
weights. Their inputs get gradients, so that they may also stand behind layers that learn.
"""

from __future__ import annotations

from math import prod
from typing import ClassVar, Literal

from engine.declaration import field
from engine.fixes import Change
from engine.layer import Layer
from engine.program import Buffer, Scope
from engine.shapes import Box, Shape, ShapeError

MOST_NEW = 4_096
"""New columns that one layer makes at most."""


class FeatureTransform(Layer):
    """Base of the layers that make new columns.

    Shape: (…, n) -> (…, n + new), or (…, new) without the inputs
    """

    category: ClassVar[str] = "Features"
    samples = (((3,),), ((2, 3),))

    columns: tuple[int, ...] = field((), help="Numbers of the columns it takes, counted from 0; empty for all.")
    keep: bool = field(True, label="Keep inputs", help="Put the new columns behind the inputs, not in their place.")

    @classmethod
    def sample_layers(cls) -> tuple[Layer, ...]:
        return (cls(), cls(columns=(2, 0)), cls(columns=(0, 1), keep=False), cls(keep=False))

    def chosen(self, n: int) -> tuple[int, ...]:
        """The columns it takes of n. Raises ShapeError."""
        return chosen_columns(self.columns, n)

    def new_count(self, k: int) -> int:
        """Number of new columns from k."""
        return k

    def transform(self, p: Scope, x: Buffer) -> Buffer:
        """Append the operations that make the new columns F (rows, new) from the taken ones (rows, k)."""
        raise TypeError(f"{type(self).__name__} does not say which columns it makes.")

    def transform_back(self, p: Scope, x: Buffer, df: Buffer) -> Buffer:
        """Append the operations that turn the gradient of F into that of the taken columns."""
        raise TypeError(f"{type(self).__name__} does not say how gradients pass through it.")

    def output_shape(self, *inputs: Shape) -> Shape:
        *before, n = inputs[0] or (1,)
        k = len(self.chosen(n))
        new = self.new_count(k)
        if new > MOST_NEW:
            raise ShapeError(f"would make {new:,} new columns of {k:,}; at most are {MOST_NEW:,}. Name fewer columns.")
        return (*before, n + new if self.keep else new)

    def sees(self, box: Box, *inputs: Shape) -> tuple[Box, ...]:
        return ((*box[:-1], (0, inputs[0][-1])),)

    def forward(self, p: Scope, *inputs: Buffer) -> Buffer:
        x = as_rows(inputs[0])
        f = self.transform(p, self._taken(p, x))
        rows, n = x.shape
        if self.keep:
            joined = p.new("XF", (rows, n + f.shape[1]))
            p.copy(x, joined[:, :n])
            p.copy(f, joined[:, n:])
            f = joined
        return f.reshape(*inputs[0].shape[:1], *self.output_shape(inputs[0].shape[1:]))

    def backward(self, p: Scope, dy: Buffer) -> Buffer | None:
        if not p.needs():
            return None
        x, dy = as_rows(p.inputs[0]), as_rows(dy)
        n, dx = x.shape[1], None
        if self.keep:
            dx, dy = p.copy(dy[:, :n], "dX"), p.copy(dy[:, n:], "dF")
        columns = self.chosen(n)
        takes_all = columns == tuple(range(n))
        taken = self.transform_back(p, x if takes_all else p["X_taken"], dy)
        if dx is None and takes_all:
            return taken.reshape(*p.inputs[0].shape)
        if dx is None:
            dx = p.copy(p.constant(0.0), p.new("dX", x.shape))
        return p.add_to_columns(taken, columns, dx).reshape(*p.inputs[0].shape)

    def _taken(self, p: Scope, x: Buffer) -> Buffer:
        columns = self.chosen(x.shape[1])
        return x if columns == tuple(range(x.shape[1])) else p.take_columns(x, columns, "X_taken")

    def formula(self) -> str:
        """What it makes of x, for the node."""
        return self.label

    def key_fields(self) -> str:
        of = f" of {', '.join(map(str, self.columns))}" if self.columns else ""
        return f"{self.formula()}{of}{'' if self.keep else ' only'}"


def chosen_columns(columns: tuple[int, ...], n: int) -> tuple[int, ...]:
    """The columns that a layer takes of n; all where it names none. Raises ShapeError."""
    everything = Change("Take all columns of the input", {"columns": ()})
    for column in columns:
        if not 0 <= column < n:
            there = f"the columns 0 to {n - 1}" if n > 1 else "column 0 only"
            raise ShapeError(f"takes column {column}, but its input has {there}.", everything)
    if len(set(columns)) < len(columns):
        raise ShapeError("names a column twice. Name each once.", everything)
    return columns or tuple(range(n))


def as_rows(x: Buffer) -> Buffer:
    """An array (m, …, n) as a matrix (rows, n)."""
    *before, n = x.shape if len(x.shape) > 1 else (*x.shape, 1)
    return x.reshape(prod(before), n)


class Square(FeatureTransform, kind="square"):
    """Adds the square of each column, with which a straight line becomes a circle or a parabola.

    F = x², dx = dF · 2x

    Shape: (…, n) -> (…, 2n), or (…, n) without the inputs
    """

    def transform(self, p: Scope, x: Buffer) -> Buffer:
        return p.square(x, "F")

    def transform_back(self, p: Scope, x: Buffer, df: Buffer) -> Buffer:
        slope = p.add(x, x)
        return p.multiply(df, slope, slope)

    def formula(self) -> str:
        return "x²"


class Sine(FeatureTransform, kind="sine", label="Sine, cosine"):
    """Adds a wave of each column, for what repeats itself.

    F = sin(ωx), dx = dF · ω cos(ωx), or F = cos(ωx), dx = −dF · ω sin(ωx)

    Shape: (…, n) -> (…, 2n), or (…, n) without the inputs
    """

    function: Literal["sin", "cos"] = field("sin", help="Which wave.")
    frequency: float = field(
        1.0, label="ω", gt=0, le=1_000, log=True, help="Multiplies x: a wave is 2π/ω long, in units of the input."
    )

    @classmethod
    def sample_layers(cls) -> tuple[Layer, ...]:
        return (*super().sample_layers(), cls(function="cos", frequency=2.5))

    def transform(self, p: Scope, x: Buffer) -> Buffer:
        angle = p.multiply(x, p.constant(self.frequency), "angle")
        return p.sin(angle, "F") if self.function == "sin" else p.cos(angle, "F")

    def transform_back(self, p: Scope, x: Buffer, df: Buffer) -> Buffer:
        sine = self.function == "sin"
        slope = p.cos(p["angle"]) if sine else p.sin(p["angle"])
        p.multiply(slope, p.constant(self.frequency if sine else -self.frequency), slope)
        return p.multiply(df, slope, slope)

    def formula(self) -> str:
        omega = "" if self.frequency == 1 else f"{self.frequency:g}"
        return f"{self.function}({omega}x)"


class Logarithm(FeatureTransform, kind="logarithm"):
    """Adds the logarithm of each column, which draws small values apart and large ones together.

    F = sign(x) log(1 + |x|), dx = dF / (1 + |x|)

    Like log x where x is large, and defined for every x: log(1 + x) for positive values, mirrored for negative ones,
    and 0 at 0.

    Shape: (…, n) -> (…, 2n), or (…, n) without the inputs
    """

    def transform(self, p: Scope, x: Buffer) -> Buffer:
        size = p.abs(x)
        f = p.log1p(size, "F")
        return p.multiply(f, p.sign(x, size), f)

    def transform_back(self, p: Scope, x: Buffer, df: Buffer) -> Buffer:
        below = p.abs(x)
        p.add(below, p.constant(1.0), below)
        return p.divide(df, below, below)

    def formula(self) -> str:
        return "± log(1 + |x|)"


class AbsoluteValue(FeatureTransform, kind="absolute"):
    """Adds the absolute value of each column.

    F = |x|, dx = dF · sign(x)

    Shape: (…, n) -> (…, 2n), or (…, n) without the inputs
    """

    def transform(self, p: Scope, x: Buffer) -> Buffer:
        return p.abs(x, "F")

    def transform_back(self, p: Scope, x: Buffer, df: Buffer) -> Buffer:
        slope = p.sign(x)
        return p.multiply(df, slope, slope)

    def formula(self) -> str:
        return "|x|"
