"""Convolutions over one, two and three axes."""

from __future__ import annotations

from math import prod
from typing import ClassVar, Self

from pydantic import model_validator

from engine.activation import ActivationFunction
from engine.activations.basic import Linear, Tanh
from engine.declaration import field
from engine.fixes import Change, Insert
from engine.initializer import Initializer
from engine.initializers.basic import Zeros
from engine.initializers.scaled import He
from engine.layer import Layer, ParameterSpec
from engine.program import Buffer, Scope
from engine.shapes import Box, Shape, ShapeError
from engine.windows import Padding, Window, per_axis

AXES = {1: "(n, n_C)", 2: "(n_H, n_W, n_C)", 3: "(n_D, n_H, n_W, n_C)"}
"""How a shape over so many axes is written."""


def spatial(layer: Layer, shape: Shape, axes: int) -> Shape:
    """The spatial sizes of an input with channels last. Raises ShapeError when it has another number of axes."""
    if len(shape) == axes + 1:
        return shape[:-1]
    message = f"takes examples of shape {AXES[axes]} but gets {shape}."
    if len(shape) == axes:
        raise ShapeError(f"{message} Give them a last axis of one channel.", Insert("reshape", {"shape": (*shape, 1)}))
    raise ShapeError(message)


def checked_sizes(name: str, values: Shape, axes: int, least: int = 1) -> None:
    """Raise ValueError unless these are sizes for so many axes."""
    if any(value < least for value in values):
        raise ValueError(f"{name} must be at least {least}, but is {', '.join(map(str, values))}")
    try:
        per_axis(values, axes)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


class Convolution(Layer):
    """What the convolutions over one, two and three axes share."""

    axes: ClassVar[int] = 2
    width_field = "filters"
    kernels = {"W": -1}

    filters: int = field(16, help="Number of filters: channels n_C of the output.", ge=1, le=65_536)
    kernel: tuple[int, ...] = field((3,), label="Kernel f", help="Size of the filters: f, or one number for each axis.")
    strides: tuple[int, ...] = field(
        (1,), label="Stride s", help="Step of the filters: s, or one number for each axis."
    )
    padding: Padding = field(
        "valid", help="Zeros around the input: none (valid), so many that the size stays (same), or as many as said."
    )
    pad: tuple[int, ...] = field((0,), label="Padding p", help="With the padding 'explicit': zeros on each side.")
    dilation: tuple[int, ...] = field((1,), help="Distance of neighbouring filter entries; 1 leaves no gaps.")
    groups: int = field(
        1, ge=1, help="Channels are split into so many groups, each with filters of its own; n_C groups: depthwise."
    )
    activation: ActivationFunction = field(Linear(), help="Function g applied to Z.")
    bias: bool = field(True, help="Add b[l]. Not needed right before batch normalization.")
    initializer: Initializer = field(He(), help="How the first W[l] is drawn.")
    bias_initializer: Initializer = field(Zeros(), help="How the first b[l] is drawn.")
    l2: float | None = field(None, label="L2 λ", help="L2 penalty of this layer's W; empty: the network's.", ge=0)
    l1: float | None = field(None, label="L1 λ", help="L1 penalty of this layer's W; empty: the network's.", ge=0)

    @model_validator(mode="after")
    def _fitting_sizes(self) -> Self:
        for name, least in (("kernel", 1), ("strides", 1), ("dilation", 1), ("pad", 0)):
            checked_sizes(name, getattr(self, name), self.axes, least)
        if self.filters % self.groups:
            raise ValueError(f"filters ({self.filters}) must be a multiple of the groups ({self.groups})")
        return self

    @classmethod
    def sample_layers(cls) -> tuple[Layer, ...]:
        return (
            cls(filters=4, kernel=(2,), activation=Tanh()),
            cls(filters=2, kernel=(3,), strides=(2,), padding="same", bias=False),
            cls(filters=4, kernel=(2,), dilation=(2,), padding="explicit", pad=(1,), groups=2),
        )

    def window(self, shape: Shape) -> Window:
        """How the filters slide over examples of this shape. Raises ShapeError."""
        inputs = spatial(self, shape, self.axes)
        kernel, strides, dilation, pad = (
            per_axis(values, self.axes) for values in (self.kernel, self.strides, self.dilation, self.pad)
        )
        return Window.over(inputs, kernel, strides, dilation, self.padding, pad)

    def output_shape(self, *inputs: Shape) -> Shape:
        window, channels = self.window(inputs[0]), inputs[0][-1]
        if channels % self.groups:
            fitting = [n for n in range(1, self.groups) if channels % n == 0 and self.filters % n == 0]
            raise ShapeError(
                f"splits its input into {self.groups} groups, but that has {channels} channels. "
                "Take a number of groups that divides the channels.",
                *(Change(f"Use {n} groups in {{node}}", {"groups": n}) for n in fitting[-1:]),
            )
        return (*window.outputs, self.filters)

    def parameters(self, *inputs: Shape) -> dict[str, ParameterSpec]:
        kernel = per_axis(self.kernel, self.axes)
        channels, taps = inputs[0][-1] // self.groups, prod(kernel)
        fan_in, fan_out = taps * channels, taps * self.filters // self.groups
        shape = (*kernel, channels, self.filters)
        specs = {"W": ParameterSpec(shape, self.initializer, fan_in, fan_out, True, self.l2, self.l1)}
        if self.bias:
            specs["b"] = ParameterSpec((self.filters,), self.bias_initializer, fan_in, fan_out)
        return specs

    def sees(self, box: Box, *inputs: Shape) -> tuple[Box, ...]:
        first, last = (0, self.filters) if self.activation.mixes else box[-1]
        own, made = inputs[0][-1] // self.groups, self.filters // self.groups
        channels = (first // made * own, ((last - 1) // made + 1) * own)
        return ((*self.window(inputs[0]).sees(box[:-1]), channels),)

    def forward(self, p: Scope, *inputs: Buffer) -> Buffer:
        x, window = inputs[0], self.window(inputs[0].shape[1:])
        arrays = (x, p.parameter("W"), p.parameter("b")) if self.bias else (x, p.parameter("W"))
        shape = (p.m, *window.outputs, self.filters)
        return self.activation.forward(p, p.operation("convolution", *arrays, out="Z", shape=shape, window=window))

    def backward(self, p: Scope, dy: Buffer) -> Buffer | None:
        x, w, window = p.inputs[0], p.parameter("W"), self.window(p.inputs[0].shape[1:])
        dz = p.name("dZ", self.activation.backward(p, p["Z"], dy))
        if p.trained:
            p.operation("convolution_weights", x, dz, out=p.gradient("W"), window=window)
            if self.bias:
                p.sum_examples(dz.reshape(prod(dz.shape[:-1]), self.filters), p.gradient("b"))
        return p.operation("convolution_input", dz, w, out="dX", shape=x.shape, window=window) if p.needs() else None

    def key_fields(self) -> str:
        kernel = " × ".join(map(str, per_axis(self.kernel, self.axes)))
        stride = f", s {self.strides[0]}" if set(self.strides) != {1} else ""
        activation = f", {self.activation.label}" if not isinstance(self.activation, Linear) else ""
        return f"{self.filters} of {kernel}{stride}{activation}"


class Conv1D(Convolution, kind="conv1d", category="Convolution", label="Conv1D"):
    """Slides filters along a sequence or signal.

    Z[i, c] = Σ W[a, k, c] · X[s·i + d·a − p, k] + b[c], A = g(Z)

    Shape: (n, n_C_prev) -> (⌊(n + 2p − d(f − 1) − 1) / s⌋ + 1, filters). W: (f, n_C_prev / groups, filters),
    b: (filters,). Source: course 4, week 2 (1-D data).
    """

    axes = 1
    samples = (((6, 2),), ((9, 4),))


class Conv2D(Convolution, kind="conv2d", category="Convolution", label="Conv2D"):
    """Slides filters over an image: each finds one pattern wherever it is.

    Z[i, j, c] = Σ W[a, b, k, c] · X[s·i + d·a − p, s·j + d·b − p, k] + b[c], A = g(Z)

    Shape: (n_H_prev, n_W_prev, n_C_prev) -> (n_H, n_W, filters) with n = ⌊(n_prev + 2p − d(f − 1) − 1) / s⌋ + 1.
    W: (f, f, n_C_prev / groups, filters), b: (filters,). Source: course 4, week 1.
    """

    axes = 2
    samples = (((5, 6, 2),), ((4, 4, 4),), ((3, 10, 4),))


class Conv3D(Convolution, kind="conv3d", category="Convolution", label="Conv3D"):
    """Slides filters through a volume, such as a scan or a film.

    As Conv2D, with one axis more.

    Shape: (n_D, n_H, n_W, n_C_prev) -> (…, filters). W: (f, f, f, n_C_prev / groups, filters), b: (filters,).
    Source: course 4, week 2 (3-D data).
    """

    axes = 3
    samples = (((4, 3, 3, 2),),)
