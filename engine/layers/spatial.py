"""Layers that change the places of an image, sequence or volume: borders, crops, enlargement, order of axes."""

from __future__ import annotations

from typing import Any, Self

from pydantic import model_validator

from engine.declaration import field
from engine.fixes import Change
from engine.layer import Layer
from engine.program import Buffer, Scope
from engine.shapes import Box, Shape, ShapeError
from engine.windows import per_axis


def places(shape: Shape) -> Shape:
    """Sizes of the axes before the channels. Raises ShapeError for flat inputs."""
    if len(shape) < 2:
        raise ShapeError(f"needs places and channels, such as (n_H, n_W, n_C), but gets {shape}.")
    return shape[:-1]


def _sides(before: Shape, after: Shape, axes: int) -> list[tuple[int, int]]:
    try:
        return list(zip(per_axis(before, axes), per_axis(after, axes), strict=True))
    except ValueError as error:
        raise ShapeError(f"does not fit an input with {axes} axes of places: {error}.") from None


class Border(Layer):
    """Base of the layers that add or take away a border."""

    samples = (((4, 5, 2),), ((5, 3),))

    before: tuple[int, ...] = field((1,), help="Width at the top, left (front): one number, or one for each axis.")
    after: tuple[int, ...] = field((1,), help="Width at the bottom, right (back): one number, or one for each axis.")

    @classmethod
    def sample_layers(cls) -> tuple[Layer, ...]:
        return (cls(), cls(before=(0,), after=(2,)))

    @model_validator(mode="after")
    def _not_negative(self) -> Self:
        if min((*self.before, *self.after), default=0) < 0 or not self.before or not self.after:
            raise ValueError("the widths of a border are whole numbers from 0")
        return self

    def sides(self, shape: Shape) -> list[tuple[int, int]]:
        """Widths before and after, by axis. Raises ShapeError."""
        return _sides(self.before, self.after, len(places(shape)))

    def inner(self, shape: Shape) -> tuple[Any, ...]:
        """The slices of a batch of the larger shape that hold the smaller one."""
        return (slice(None), *(slice(a, n - b) for (a, b), n in zip(self.sides(shape), shape, strict=False)))

    def key_fields(self) -> str:
        first, last = (", ".join(map(str, widths)) for widths in (self.before, self.after))
        return first if first == last else f"{first} before, {last} after"


def _shifted(box: Box, shape: Shape, shifts: list[int]) -> Box:
    """A box moved along the axes of places; what leaves the shape is cut off."""
    moved = zip(box, shifts, shape, strict=False)
    return (*((min(max(a + d, 0), n), min(max(b + d, 0), n)) for (a, b), d, n in moved), box[-1])


class ZeroPadding(Border, kind="zero_padding", category="Shape"):
    """Puts a border of zeros around the places of each example.

    Shape: (n, …, n_C) -> (before + n + after, …, n_C)
    """

    def output_shape(self, *inputs: Shape) -> Shape:
        sides = self.sides(inputs[0])
        return (*(a + n + b for (a, b), n in zip(sides, inputs[0], strict=False)), inputs[0][-1])

    def sees(self, box: Box, *inputs: Shape) -> tuple[Box, ...]:
        return (_shifted(box, inputs[0], [-first for first, _ in self.sides(inputs[0])]),)

    def forward(self, p: Scope, *inputs: Buffer) -> Buffer:
        y = p.new("Y", (p.m, *self.output_shape(inputs[0].shape[1:])))
        p.copy(p.constant(0), y)
        p.copy(inputs[0], y[self.inner(y.shape[1:])])
        return y

    def backward(self, p: Scope, dy: Buffer) -> Buffer | None:
        return p.copy(dy[self.inner(dy.shape[1:])], "dX") if p.needs() else None


class Cropping(Border, kind="cropping", category="Shape"):
    """Cuts a border off the places of each example.

    Shape: (n, …, n_C) -> (n − before − after, …, n_C)
    """

    def output_shape(self, *inputs: Shape) -> Shape:
        sizes = [n - a - b for (a, b), n in zip(self.sides(inputs[0]), inputs[0], strict=False)]
        if min(sizes) < 1:
            message = f"cuts off {self.key_fields()} of {places(inputs[0])}, so that nothing is left."
            raise ShapeError(message, Change("Cut nothing off in {node}", {"before": (0,), "after": (0,)}))
        return (*sizes, inputs[0][-1])

    def sees(self, box: Box, *inputs: Shape) -> tuple[Box, ...]:
        return (_shifted(box, inputs[0], [first for first, _ in self.sides(inputs[0])]),)

    def forward(self, p: Scope, *inputs: Buffer) -> Buffer:
        return p.copy(inputs[0][self.inner(inputs[0].shape[1:])], "Y")

    def backward(self, p: Scope, dy: Buffer) -> Buffer | None:
        if not p.needs():
            return None
        dx = p.new("dX", p.inputs[0].shape)
        p.copy(p.constant(0), dx)
        p.copy(dy, dx[self.inner(dx.shape[1:])])
        return dx


class Upsampling(Layer, kind="upsampling", category="Shape"):
    """Enlarges an image by repeating every place.

    Shape: (n, …, n_C) -> (factor · n, …, n_C)
    """

    samples = (((2, 3, 2),), ((4, 3),))

    factor: tuple[int, ...] = field((2,), help="Times that each place is repeated: one number, or one for each axis.")

    @classmethod
    def sample_layers(cls) -> tuple[Layer, ...]:
        return (cls(), cls(factor=(3,)))

    @model_validator(mode="after")
    def _at_least_one(self) -> Self:
        if not self.factor or min(self.factor) < 1:
            raise ValueError("a factor is a whole number from 1")
        return self

    def _factors(self, shape: Shape) -> Shape:
        return tuple(first for first, _ in _sides(self.factor, self.factor, len(places(shape))))

    def output_shape(self, *inputs: Shape) -> Shape:
        factors = self._factors(inputs[0])
        return (*(f * n for f, n in zip(factors, inputs[0], strict=False)), inputs[0][-1])

    def sees(self, box: Box, *inputs: Shape) -> tuple[Box, ...]:
        factors = self._factors(inputs[0])
        return ((*((a // f, -(-b // f)) for (a, b), f in zip(box, factors, strict=False)), box[-1]),)

    def _split(self, shape: Shape) -> tuple[Shape, Shape]:
        """(n, 1, …, n_C) and (n, factor, …, n_C)."""
        factors = self._factors(shape)
        one = tuple(size for n in shape[:-1] for size in (n, 1))
        all_ = tuple(size for n, f in zip(shape, factors, strict=False) for size in (n, f))
        return (*one, shape[-1]), (*all_, shape[-1])

    def forward(self, p: Scope, *inputs: Buffer) -> Buffer:
        one, whole = self._split(inputs[0].shape[1:])
        y = p.new("Y", (p.m, *self.output_shape(inputs[0].shape[1:])))
        p.copy(inputs[0].reshape(p.m, *one), y.reshape(p.m, *whole))
        return y

    def backward(self, p: Scope, dy: Buffer) -> Buffer | None:
        if not p.needs():
            return None
        shape = p.inputs[0].shape
        _, whole = self._split(shape[1:])
        total = dy.reshape(p.m, *whole)
        for axis in range(len(whole) - 2, 0, -2):
            total = p.sum(total, axis + 1)
        return p.name("dX", total.reshape(*shape))

    def key_fields(self) -> str:
        return " × ".join(map(str, self.factor))


class Permute(Layer, kind="permute", category="Shape"):
    """Changes the order of the axes of each example.

    Shape: (n₁, n₂, …) -> (n at order₁, n at order₂, …)
    """

    samples = (((2, 3, 4),),)

    order: tuple[int, ...] = field((2, 1), help="The axes in their new order, counted from 1 (m is not among them).")

    @classmethod
    def sample_layers(cls) -> tuple[Layer, ...]:
        return (cls(order=(2, 1, 3)), cls(order=(3, 1, 2)))

    def output_shape(self, *inputs: Shape) -> Shape:
        axes = list(range(1, len(inputs[0]) + 1))
        if sorted(self.order) != axes:
            raise ShapeError(
                f"names the axes {self.order}, but its input {inputs[0]} has the axes {', '.join(map(str, axes))}. "
                "Name each of them once.",
                Change("Keep the order in {node}", {"order": tuple(axes)}),
            )
        return tuple(inputs[0][axis - 1] for axis in self.order)

    def sees(self, box: Box, *inputs: Shape) -> tuple[Box, ...]:
        return (tuple(box[self.order.index(axis + 1)] for axis in range(len(box))),)

    def forward(self, p: Scope, *inputs: Buffer) -> Buffer:
        return p.copy(inputs[0].transpose(0, *self.order), "Y")

    def backward(self, p: Scope, dy: Buffer) -> Buffer | None:
        if not p.needs():
            return None
        back = (self.order.index(axis) + 1 for axis in range(1, len(self.order) + 1))
        return p.copy(dy.transpose(0, *back), "dX")

    def key_fields(self) -> str:
        return ", ".join(map(str, self.order))
