"""Layers that only change the shape."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from engine.declaration import field
from engine.fixes import Change
from engine.layer import Layer
from engine.program import Buffer, Scope
from engine.shapes import Box, Shape, ShapeError, whole


class Flatten(Layer, kind="flatten", category="Shape"):
    """Lays the values of each example out in one row.

    Shape: (…) -> (product,)
    """

    samples = (((2, 3),), ((4,),))

    def output_shape(self, *inputs: Shape) -> Shape:
        return (prod(inputs[0]),)

    def forward(self, p: Scope, *inputs: Buffer) -> Buffer:
        return p.name("A", inputs[0].reshape(p.m, prod(inputs[0].shape[1:])))

    def backward(self, p: Scope, dy: Buffer) -> Buffer | None:
        return p.name("dX", dy.reshape(*p.inputs[0].shape)) if p.needs() else None


class Reshape(Layer, kind="reshape", category="Shape"):
    """Gives the values of each example another shape, in the same order.

    Shape: (…) -> shape; one size may be −1 and follows from the others.
    """

    samples = (((2, 3),), ((6,),))

    shape: tuple[int, ...] = field((-1,), help="Sizes of one example, without m; −1 once for 'the rest'.")

    @classmethod
    def sample_layers(cls) -> tuple[Layer, ...]:
        return (cls(shape=(3, 2)), cls(shape=(-1, 2)))

    def output_shape(self, *inputs: Shape) -> Shape:
        total, known = prod(inputs[0]), prod(size for size in self.shape if size != -1)
        if any(size < 1 and size != -1 for size in self.shape) or self.shape.count(-1) > 1:
            message = f"cannot take the shape {self.shape}: sizes are at least 1, and −1 stands once at most."
            raise ShapeError(message, *self._shapes_that_fit(total))
        fits = known == total if -1 not in self.shape else known and total % known == 0
        if not fits:
            message = f"cannot lay {total} values {inputs[0]} out as {self.shape} ({known} values)."
            raise ShapeError(message, *self._shapes_that_fit(total))
        return tuple(total // known if size == -1 else size for size in self.shape)

    def sees(self, box: Box, *inputs: Shape) -> tuple[Box, ...]:
        """A further axis of one entry moves nothing; otherwise everything is seen."""
        wide = [(extent, side) for extent, side in zip(self.output_shape(*inputs), box, strict=True) if extent > 1]
        if [extent for extent, _ in wide] != [extent for extent in inputs[0] if extent > 1]:
            return (whole(inputs[0]),)
        sides = iter(side for _, side in wide)
        return (tuple(next(sides) if extent > 1 else (0, 1) for extent in inputs[0]),)

    def _shapes_that_fit(self, total: int) -> Iterator[Change]:
        """Advice: this shape with another last (or first) size, else all values in a row."""
        found = {}
        for place in (len(self.shape) - 1, 0):
            others = [size for i, size in enumerate(self.shape) if i != place]
            if all(size >= 1 for size in others) and total % prod(others) == 0:
                shape = list(self.shape)
                shape[place : place + 1] = [total // prod(others)]
                found[tuple(shape)] = None
        for shape in found or {(total,): None}:
            yield Change(f"Set the shape of {{node}} to {' × '.join(map(str, shape))}", {"shape": shape})

    def forward(self, p: Scope, *inputs: Buffer) -> Buffer:
        return p.name("A", inputs[0].reshape(p.m, *self.output_shape(inputs[0].shape[1:])))

    def backward(self, p: Scope, dy: Buffer) -> Buffer | None:
        return p.name("dX", dy.reshape(*p.inputs[0].shape)) if p.needs() else None

    def key_fields(self) -> str:
        return " × ".join(map(str, self.shape))
