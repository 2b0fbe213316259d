"""Transposed convolution: from a small image to a larger one, with learned filters."""

from __future__ import annotations

from math import prod
from typing import Self

from pydantic import model_validator

from engine.activation import ActivationFunction
from engine.activations.basic import Linear, Tanh
from engine.declaration import field
from engine.fixes import Change
from engine.initializer import Initializer
from engine.initializers.basic import Zeros
from engine.initializers.scaled import He
from engine.layer import Layer, ParameterSpec
from engine.layers.convolution import checked_sizes, spatial
from engine.program import Buffer, Scope
from engine.shapes import Box, Shape, ShapeError
from engine.windows import Padding, Window, per_axis


class TransposedConv2D(Layer, kind="transposed_conv2d", category="Convolution", label="Transposed Conv2D"):
    """Paints each input pixel as a filter into a larger image: the backward pass of Conv2D as a layer.

    Z = what Conv2D with this W would send back to its input, + b; A = g(Z)

    Shape: (n_H, n_W, n_C_prev) -> (s (n_H − 1) + f − 2p, …, filters); with the padding 'same' (s · n_H, …).
    W: (f, f, filters, n_C_prev), b: (filters,). Source: course 4, week 3 (U-Net).
    """

    width_field = "filters"
    kernels = {"W": -2}
    samples = (((3, 4, 2),), ((2, 9, 3),))

    filters: int = field(16, help="Number of filters: channels n_C of the output.", ge=1, le=65_536)
    kernel: tuple[int, ...] = field((3,), label="Kernel f", help="Size of the filters: f, or f_h and f_w.")
    strides: tuple[int, ...] = field((2,), label="Stride s", help="How far apart the filters are painted.")
    padding: Padding = field("same", help="What is cut off the border: nothing (valid), down to s · n (same), or p.")
    pad: tuple[int, ...] = field((0,), label="Padding p", help="With the padding 'explicit': cut off on each side.")
    activation: ActivationFunction = field(Linear(), help="Function g applied to Z.")
    bias: bool = field(True, help="Add b[l]. Not needed right before batch normalization.")
    initializer: Initializer = field(He(), help="How the first W[l] is drawn.")
    bias_initializer: Initializer = field(Zeros(), help="How the first b[l] is drawn.")
    l2: float | None = field(None, label="L2 λ", help="L2 penalty of this layer's W; empty: the network's.", ge=0)
    l1: float | None = field(None, label="L1 λ", help="L1 penalty of this layer's W; empty: the network's.", ge=0)

    @model_validator(mode="after")
    def _fitting_sizes(self) -> Self:
        for name, least in (("kernel", 1), ("strides", 1), ("pad", 0)):
            checked_sizes(name, getattr(self, name), 2, least)
        return self

    @classmethod
    def sample_layers(cls) -> tuple[Layer, ...]:
        return (
            cls(filters=2, activation=Tanh()),
            cls(filters=3, kernel=(2,), strides=(1,), padding="valid", bias=False),
            cls(filters=2, kernel=(3,), strides=(2,), padding="explicit", pad=(1,)),
            cls(filters=2, kernel=(1,), strides=(3,), padding="valid"),
        )

    def window(self, shape: Shape) -> Window:
        """The window of the Conv2D that goes from this layer's output back to its input. Raises ShapeError."""
        inputs = spatial(self, shape, 2)
        kernel, strides, pad = (per_axis(values, 2) for values in (self.kernel, self.strides, self.pad))
        if self.padding == "same":
            sizes = tuple(n * s for n, s in zip(inputs, strides, strict=True))
        else:
            cut = pad if self.padding == "explicit" else (0, 0)
            sizes = tuple((n - 1) * s + f - 2 * p for n, s, f, p in zip(inputs, strides, kernel, cut, strict=True))
        if min(sizes) < 1:
            message = f"cuts {self.pad} off on each side, so that nothing is left."
            raise ShapeError(message, Change("Use the padding 'same' in {node}", {"padding": "same"}))
        return Window.over(sizes, kernel, strides, (1, 1), self.padding, pad)

    def output_shape(self, *inputs: Shape) -> Shape:
        return (*self.window(inputs[0]).inputs, self.filters)

    def parameters(self, *inputs: Shape) -> dict[str, ParameterSpec]:
        kernel, channels = per_axis(self.kernel, 2), inputs[0][-1]
        fan_in, fan_out = prod(kernel) * channels, prod(kernel) * self.filters
        shape = (*kernel, self.filters, channels)
        specs = {"W": ParameterSpec(shape, self.initializer, fan_in, fan_out, True, self.l2, self.l1)}
        if self.bias:
            specs["b"] = ParameterSpec((self.filters,), self.bias_initializer, fan_in, fan_out)
        return specs

    def sees(self, box: Box, *inputs: Shape) -> tuple[Box, ...]:
        return ((*self.window(inputs[0]).seen_by(box[:-1]), (0, inputs[0][-1])),)

    def forward(self, p: Scope, *inputs: Buffer) -> Buffer:
        x, window = inputs[0], self.window(inputs[0].shape[1:])
        shape = (p.m, *window.inputs, self.filters)
        z = p.operation("convolution_input", x, p.parameter("W"), out="Z", shape=shape, window=window)
        if self.bias:
            p.add(z, p.parameter("b"), z)
        return self.activation.forward(p, z)

    def backward(self, p: Scope, dy: Buffer) -> Buffer | None:
        x, w, window = p.inputs[0], p.parameter("W"), self.window(p.inputs[0].shape[1:])
        dz = p.name("dZ", self.activation.backward(p, p["Z"], dy))
        if p.trained:
            p.operation("convolution_weights", dz, x, out=p.gradient("W"), window=window)
            if self.bias:
                p.sum_examples(dz.reshape(prod(dz.shape[:-1]), self.filters), p.gradient("b"))
        return p.operation("convolution", dz, w, out="dX", shape=x.shape, window=window) if p.needs() else None

    def key_fields(self) -> str:
        kernel = " × ".join(map(str, per_axis(self.kernel, 2)))
        return f"{self.filters} of {kernel}, s {self.strides[0]}"
