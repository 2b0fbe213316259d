"""Pooling: each window of a channel becomes one number, its largest or its mean."""

from __future__ import annotations

from math import prod
from typing import ClassVar, Literal, Self

from pydantic import model_validator

from engine.declaration import field
from engine.layer import Layer
from engine.layers.convolution import checked_sizes, spatial
from engine.program import Buffer, Scope
from engine.shapes import Box, Shape, ShapeError, whole
from engine.windows import Tap, Window, per_axis


class Pooling(Layer):
    """What all pooling layers share."""

    axes: ClassVar[int] = 2

    kernel: tuple[int, ...] = field((2,), label="Window f", help="Size of the window: f, or one number for each axis.")
    strides: tuple[int, ...] = field(
        (), label="Stride s", help="Step of the window: s, or one number for each axis; empty: as large as the window."
    )
    padding: Literal["valid", "same"] = field(
        "valid", help="No border (valid), or so much that ⌈n / s⌉ outputs come out (same); a border never counts."
    )

    @model_validator(mode="after")
    def _fitting_sizes(self) -> Self:
        checked_sizes("kernel", self.kernel, self.axes)
        if self.strides:
            checked_sizes("strides", self.strides, self.axes)
        return self

    @classmethod
    def sample_layers(cls) -> tuple[Layer, ...]:
        return (cls(), cls(kernel=(3,), strides=(2,), padding="same"), cls(kernel=(3,), strides=(1,)))

    def window(self, shape: Shape) -> Window:
        """How the window moves over examples of this shape. Raises ShapeError."""
        inputs, kernel = spatial(self, shape, self.axes), per_axis(self.kernel, self.axes)
        strides = per_axis(self.strides, self.axes) if self.strides else kernel
        return Window.over(inputs, kernel, strides, (1,) * self.axes, self.padding)

    def output_shape(self, *inputs: Shape) -> Shape:
        return (*self.window(inputs[0]).outputs, inputs[0][-1])

    def sees(self, box: Box, *inputs: Shape) -> tuple[Box, ...]:
        return ((*self.window(inputs[0]).sees(box[:-1]), box[-1]),)

    def key_fields(self) -> str:
        kernel = " × ".join(map(str, per_axis(self.kernel, self.axes)))
        return f"{kernel}, s {self.strides[0]}" if self.strides else kernel


class MaxPooling(Pooling):
    """The largest value of each window; of equal ones the first counts, so that a flat patch gets one gradient."""

    def forward(self, p: Scope, *inputs: Buffer) -> Buffer:
        (x,) = inputs
        window = self.window(x.shape[1:])
        best = p.new("A", (p.m, *window.outputs, x.shape[-1]))
        first, *others = _taps(window)
        if _reaches_all(first, window):
            p.copy(x[(slice(None), *first.inputs)], best)
        else:
            p.copy(p.constant(float("-inf")), best)
            others = [first, *others]
        for tap in others:
            here = (slice(None), *tap.outputs)
            value, place = x[(slice(None), *tap.inputs)], best[here]
            p.greater(value, place, p.new(_name(tap), best.shape, "mask")[here])
            p.maximum(place, value, place)
        return best

    def backward(self, p: Scope, dy: Buffer) -> Buffer | None:
        if not p.needs():
            return None
        (x,) = p.inputs
        window = self.window(x.shape[1:])
        dx, left = p.new("dX", x.shape), p.copy(dy)
        add = not window.is_tiling
        if add or not _covers(window):
            p.copy(p.constant(0), dx)
        first, *others = _taps(window)
        if not _reaches_all(first, window):
            others = [first, *others]
        part = p.new("dX_part", dy.shape) if add else None
        for tap in reversed(others):
            here, there = (slice(None), *tap.outputs), dx[(slice(None), *tap.inputs)]
            own = part[here] if part is not None else there
            p.multiply(left[here], p[_name(tap)][here], own)
            p.subtract(left[here], own, left[here])
            if add:
                p.add(there, own, there)
        if _reaches_all(first, window):
            there = dx[(slice(None), *first.inputs)]
            if add:
                p.add(there, left, there)
            else:
                p.copy(left, there)
        return dx


class AveragePooling(Pooling):
    """The mean of each window."""

    def forward(self, p: Scope, *inputs: Buffer) -> Buffer:
        (x,) = inputs
        window = self.window(x.shape[1:])
        total = p.new("A", (p.m, *window.outputs, x.shape[-1]))
        p.copy(p.constant(0), total)
        for tap in _taps(window):
            place = total[(slice(None), *tap.outputs)]
            p.add(place, x[(slice(None), *tap.inputs)], place)
        return p.multiply(total, self._shares(p, window), total)

    def backward(self, p: Scope, dy: Buffer) -> Buffer | None:
        if not p.needs():
            return None
        (x,) = p.inputs
        window = self.window(x.shape[1:])
        part = p.multiply(dy, self._shares(p, window))
        dx = p.new("dX", x.shape)
        p.copy(p.constant(0), dx)
        for tap in _taps(window):
            place = dx[(slice(None), *tap.inputs)]
            p.add(place, part[(slice(None), *tap.outputs)], place)
        return dx

    @staticmethod
    def _shares(p: Scope, window: Window) -> Buffer:
        """1 / (number of inputs in the window), which is smaller at a border."""
        if all(pads == (0, 0) for pads in window.pads):
            return p.constant(1 / window.taps_count)
        if "shares" in p:
            return p["shares"]
        return p.operation("window_shares", out="shares", shape=(*window.outputs, 1), window=window)


def _taps(window: Window) -> list[Tap]:
    return [tap for tap in window.taps() if all(place.stop > place.start for place in tap.outputs)]


def _name(tap: Tap) -> str:
    return "won_" + "_".join(map(str, tap.index))


def _reaches_all(tap: Tap, window: Window) -> bool:
    return all(place == slice(0, size) for place, size in zip(tap.outputs, window.outputs, strict=True))


def _covers(window: Window) -> bool:
    """Whether every input lies in a window that tiles."""
    return all(f == s for f, s in zip(window.kernel, window.strides, strict=True)) and all(
        o * s == n for o, s, n in zip(window.outputs, window.strides, window.inputs, strict=True)
    )


class MaxPooling1D(MaxPooling, kind="max_pooling1d", category="Pooling", label="Max pooling 1-D"):
    """The largest value of each window of a sequence; of equal ones the first counts.

    Shape: (n, n_C) -> (⌊(n − f) / s⌋ + 1, n_C)
    """

    axes = 1
    samples = (((7, 2),),)


class MaxPooling2D(MaxPooling, kind="max_pooling2d", category="Pooling", label="Max pooling"):
    """The largest value of each window of an image, channel by channel; of equal ones the first counts.

    A[i, j, c] = max over a, b of X[s·i + a, s·j + b, c]; dX goes to where the maximum was.

    Shape: (n_H, n_W, n_C) -> (⌊(n_H − f) / s⌋ + 1, ⌊(n_W − f) / s⌋ + 1, n_C). Source: course 4, week 1.
    """

    axes = 2
    samples = (((4, 6, 2),), ((5, 5, 1),))


class MaxPooling3D(MaxPooling, kind="max_pooling3d", category="Pooling", label="Max pooling 3-D"):
    """The largest value of each window of a volume; of equal ones the first counts.

    Shape: (n_D, n_H, n_W, n_C) -> (…, n_C)
    """

    axes = 3
    samples = (((4, 3, 4, 2),),)


class AveragePooling1D(AveragePooling, kind="average_pooling1d", category="Pooling", label="Average pooling 1-D"):
    """The mean of each window of a sequence; a border does not count.

    Shape: (n, n_C) -> (⌊(n − f) / s⌋ + 1, n_C)
    """

    axes = 1
    samples = (((7, 2),),)


class AveragePooling2D(AveragePooling, kind="average_pooling2d", category="Pooling", label="Average pooling"):
    """The mean of each window of an image, channel by channel; a border does not count.

    A[i, j, c] = mean over a, b of X[s·i + a, s·j + b, c]

    Shape: (n_H, n_W, n_C) -> (⌊(n_H − f) / s⌋ + 1, ⌊(n_W − f) / s⌋ + 1, n_C). Source: course 4, week 1.
    """

    axes = 2
    samples = (((4, 6, 2),), ((5, 5, 1),))


class AveragePooling3D(AveragePooling, kind="average_pooling3d", category="Pooling", label="Average pooling 3-D"):
    """The mean of each window of a volume; a border does not count.

    Shape: (n_D, n_H, n_W, n_C) -> (…, n_C)
    """

    axes = 3
    samples = (((4, 3, 4, 2),),)


def _flat(layer: Layer, x: Buffer) -> Buffer:
    """(m, places, n_C)."""
    return x.reshape(x.shape[0], prod(x.shape[1:-1]), x.shape[-1])


class GlobalPooling(Layer):
    """What the pooling layers over whole channels share."""

    samples = (((3, 4, 2),), ((5, 3),), ((2, 3, 2, 2),))

    def output_shape(self, *inputs: Shape) -> Shape:
        if len(inputs[0]) < 2:
            raise ShapeError(f"needs places and channels, such as (n_H, n_W, n_C), but gets {inputs[0]}.")
        return inputs[0][-1:]

    def sees(self, box: Box, *inputs: Shape) -> tuple[Box, ...]:
        return ((*whole(inputs[0][:-1]), box[-1]),)


class GlobalAveragePooling(GlobalPooling, kind="global_average_pooling", category="Pooling"):
    """The mean of each channel: the end of most modern convolutional networks.

    Shape: (…, n_C) -> (n_C,). Source: Lin et al. 2014.
    """

    def forward(self, p: Scope, *inputs: Buffer) -> Buffer:
        x = _flat(self, inputs[0])
        total = p.sum(x, 1)
        return p.multiply(total, p.constant(1 / x.shape[1]), "Y").reshape(p.m, x.shape[-1])

    def backward(self, p: Scope, dy: Buffer) -> Buffer | None:
        if not p.needs():
            return None
        x = _flat(self, p.inputs[0])
        part = p.multiply(dy, p.constant(1 / x.shape[1])).reshape(p.m, 1, x.shape[-1])
        dx = p.new("dX", p.inputs[0].shape)
        p.copy(part, dx.reshape(*x.shape))
        return dx


class GlobalMaxPooling(GlobalPooling, kind="global_max_pooling", category="Pooling"):
    """The largest value of each channel; of equal ones the first counts.

    Shape: (…, n_C) -> (n_C,)
    """

    def forward(self, p: Scope, *inputs: Buffer) -> Buffer:
        x = _flat(self, inputs[0])
        p.operation("first_maximum", x, out="place", shape=(p.m, x.shape[-1]), element="index")
        return p.max(x, 1, "Y").reshape(p.m, x.shape[-1])

    def backward(self, p: Scope, dy: Buffer) -> Buffer | None:
        if not p.needs():
            return None
        shape = _flat(self, p.inputs[0]).shape
        dx = p.operation("put_at", dy, p["place"], shape=shape)
        return p.name("dX", dx.reshape(*p.inputs[0].shape))
