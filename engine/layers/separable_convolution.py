"""Separable convolution: first each channel by itself, then all channels of each pixel."""

from __future__ import annotations

from math import prod
from typing import Self

from pydantic import model_validator

from engine.activation import ActivationFunction
from engine.activations.basic import Linear, Tanh
from engine.declaration import field
from engine.initializer import Initializer
from engine.initializers.basic import Zeros
from engine.initializers.scaled import He
from engine.layer import Layer, ParameterSpec
from engine.layers.convolution import checked_sizes, spatial
from engine.program import Buffer, Scope
from engine.shapes import Box, Shape
from engine.windows import Padding, Window, per_axis


class SeparableConv2D(Layer, kind="separable_conv2d", category="Convolution", label="Separable Conv2D"):
    """A depthwise convolution and then a 1 × 1 one: nearly as good as Conv2D for a fraction of the work.

    H[i, j, k] = Σ V[a, b, k] · X[s·i + d·a − p, s·j + d·b − p, k], Z = H W + b, A = g(Z)

    Shape: (n_H_prev, n_W_prev, n_C_prev) -> (n_H, n_W, filters). V: (f, f, 1, n_C_prev · multiplier),
    W: (1, 1, n_C_prev · multiplier, filters), b: (filters,). Source: course 4, week 2; Howard et al. 2017.
    """

    width_field = "filters"
    kernels = {"V": -1, "W": -1}
    samples = (((5, 4, 3),), ((3, 10, 5),))

    filters: int = field(16, help="Number of filters: channels n_C of the output.", ge=1, le=65_536)
    kernel: tuple[int, ...] = field((3,), label="Kernel f", help="Size of the filters: f, or f_h and f_w.")
    strides: tuple[int, ...] = field((1,), label="Stride s", help="Step of the filters: s, or s_h and s_w.")
    padding: Padding = field("valid", help="Zeros around the input: none, so many that the size stays, or p.")
    pad: tuple[int, ...] = field((0,), label="Padding p", help="With the padding 'explicit': zeros on each side.")
    dilation: tuple[int, ...] = field((1,), help="Distance of neighbouring filter entries; 1 leaves no gaps.")
    multiplier: int = field(1, help="Channels made of each input channel before they are mixed.", ge=1, le=64)
    activation: ActivationFunction = field(Linear(), help="Function g applied to Z.")
    bias: bool = field(True, help="Add b[l]. Not needed right before batch normalization.")
    initializer: Initializer = field(He(), help="How the first V and W are drawn.")
    bias_initializer: Initializer = field(Zeros(), help="How the first b[l] is drawn.")
    l2: float | None = field(None, label="L2 λ", help="L2 penalty of V and W; empty: the network's.", ge=0)
    l1: float | None = field(None, label="L1 λ", help="L1 penalty of V and W; empty: the network's.", ge=0)

    @model_validator(mode="after")
    def _fitting_sizes(self) -> Self:
        for name, least in (("kernel", 1), ("strides", 1), ("dilation", 1), ("pad", 0)):
            checked_sizes(name, getattr(self, name), 2, least)
        return self

    @classmethod
    def sample_layers(cls) -> tuple[Layer, ...]:
        return (
            cls(filters=2, activation=Tanh()),
            cls(filters=3, kernel=(2,), strides=(2,), padding="same", multiplier=2, bias=False),
        )

    def window(self, shape: Shape) -> Window:
        """How the filters slide over examples of this shape. Raises ShapeError."""
        inputs = spatial(self, shape, 2)
        kernel, strides, dilation, pad = (
            per_axis(values, 2) for values in (self.kernel, self.strides, self.dilation, self.pad)
        )
        return Window.over(inputs, kernel, strides, dilation, self.padding, pad)

    def output_shape(self, *inputs: Shape) -> Shape:
        return (*self.window(inputs[0]).outputs, self.filters)

    def parameters(self, *inputs: Shape) -> dict[str, ParameterSpec]:
        kernel, middle = per_axis(self.kernel, 2), inputs[0][-1] * self.multiplier
        taps = prod(kernel)
        specs = {
            "V": ParameterSpec(
                (*kernel, 1, middle), self.initializer, taps, taps * self.multiplier, True, self.l2, self.l1
            ),
            "W": ParameterSpec(
                (1, 1, middle, self.filters), self.initializer, middle, self.filters, True, self.l2, self.l1
            ),
        }
        if self.bias:
            specs["b"] = ParameterSpec((self.filters,), self.bias_initializer, middle, self.filters)
        return specs

    def sees(self, box: Box, *inputs: Shape) -> tuple[Box, ...]:
        return ((*self.window(inputs[0]).sees(box[:-1]), (0, inputs[0][-1])),)

    def forward(self, p: Scope, *inputs: Buffer) -> Buffer:
        x, window = inputs[0], self.window(inputs[0].shape[1:])
        middle = (p.m, *window.outputs, x.shape[-1] * self.multiplier)
        h = p.operation("convolution", x, p.parameter("V"), out="H", shape=middle, window=window)
        rows, w = _rows(h), p.parameter("W").reshape(middle[-1], self.filters)
        z = p.new("Z", (p.m, *window.outputs, self.filters))
        p.matmul(rows, w, _rows(z))
        if self.bias:
            p.add(_rows(z), p.parameter("b"), _rows(z))
        return self.activation.forward(p, z)

    def backward(self, p: Scope, dy: Buffer) -> Buffer | None:
        x, window, h = p.inputs[0], self.window(p.inputs[0].shape[1:]), p["H"]
        dz = _rows(p.name("dZ", self.activation.backward(p, p["Z"], dy)))
        w = p.parameter("W").reshape(h.shape[-1], self.filters)
        if p.trained:
            p.matmul(_rows(h).T, dz, p.gradient("W").reshape(*w.shape))
            if self.bias:
                p.sum_examples(dz, p.gradient("b"))
        if not (p.trained or p.needs()):
            return None
        dh = p.new("dH", h.shape)
        p.matmul(dz, w.T, _rows(dh))
        if p.trained:
            p.operation("convolution_weights", x, dh, out=p.gradient("V"), window=window)
        if not p.needs():
            return None
        return p.operation("convolution_input", dh, p.parameter("V"), out="dX", shape=x.shape, window=window)

    def key_fields(self) -> str:
        kernel = " × ".join(map(str, per_axis(self.kernel, 2)))
        return f"{self.filters} of {kernel}"


def _rows(x: Buffer) -> Buffer:
    """(places, channels)."""
    return x.reshape(prod(x.shape[:-1]), x.shape[-1])
