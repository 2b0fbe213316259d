"""Layers that join several inputs into one output."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from math import prod

from engine.declaration import field
from engine.fixes import Change, EqualWidths, Insert
from engine.layer import Layer
from engine.program import Buffer, Scope
from engine.shapes import Box, Shape, ShapeError


def _equal_shapes(inputs: tuple[Shape, ...]) -> Shape:
    if len(set(inputs)) > 1:
        message = f"needs equal shapes but gets {' and '.join(map(str, inputs))}."
        raise ShapeError(message, EqualWidths(inputs), *_laid_out(inputs))
    return inputs[0]


def _laid_out(inputs: tuple[Shape, ...]) -> Iterator[Insert]:
    """Advice for inputs of other dimensions: with equally many values the shape of the first, else rows."""
    others = tuple(port for port, shape in enumerate(inputs) if shape != inputs[0])
    if len({prod(shape) for shape in inputs}) == 1:
        yield Insert("reshape", {"shape": inputs[0]}, others)
    elif len({len(shape) for shape in inputs}) > 1:
        yield Insert("flatten", ports=tuple(port for port, shape in enumerate(inputs) if len(shape) > 1))


class Add(Layer, kind="add", category="Merge"):
    """Sums its inputs value by value: the joint of a skip connection.

    Y = X₁ + X₂ + …, dXᵢ = dY

    Shape: equal shapes -> the same
    """

    variadic = True
    samples = (((3,), (3,)), ((2, 2), (2, 2), (2, 2)))

    def output_shape(self, *inputs: Shape) -> Shape:
        return _equal_shapes(inputs)

    def forward(self, p: Scope, *inputs: Buffer) -> Buffer:
        y = p.add(inputs[0], inputs[1], "A")
        for x in inputs[2:]:
            p.add(y, x, y)
        return y

    def backward(self, p: Scope, dy: Buffer) -> tuple[Buffer | None, ...]:
        return tuple(dy if p.needs(i) else None for i in range(len(p.inputs)))


class Multiply(Layer, kind="multiply", category="Merge"):
    """Multiplies its inputs value by value: the joint of a gate.

    Y = X₁ · X₂ · …, dXᵢ = dY · (product of the others)

    Shape: equal shapes -> the same
    """

    variadic = True
    samples = (((3,), (3,)), ((2, 2), (2, 2), (2, 2)))

    def output_shape(self, *inputs: Shape) -> Shape:
        return _equal_shapes(inputs)

    def forward(self, p: Scope, *inputs: Buffer) -> Buffer:
        y = p.multiply(inputs[0], inputs[1], "A")
        for x in inputs[2:]:
            p.multiply(y, x, y)
        return y

    def backward(self, p: Scope, dy: Buffer) -> tuple[Buffer | None, ...]:
        gradients: list[Buffer | None] = []
        for i in range(len(p.inputs)):
            if not p.needs(i):
                gradients.append(None)
                continue
            dx = dy
            for j, x in enumerate(p.inputs):  # no division by X_i: it may be zero
                if j != i:
                    dx = p.multiply(dx, x)
            gradients.append(p.name(f"dX{i + 1}", dx))
        return tuple(gradients)


class Concatenate(Layer, kind="concatenate", category="Merge"):
    """Puts its inputs side by side along one axis.

    Shape: shapes equal except along the axis -> that axis summed
    """

    variadic = True
    samples = (((3,), (2,)), ((2, 1), (2, 3), (2, 2)))

    axis: int = field(-1, help="Axis of one example along which to join; −1 is the last (channels).", ge=-8, le=7)

    def output_shape(self, *inputs: Shape) -> Shape:
        first = inputs[0]
        if not -len(first) <= self.axis < len(first):
            last = Change("Join {node} along the last axis", {"axis": -1})
            raise ShapeError(f"has no axis {self.axis} in an input of shape {first}.", last)
        axis = self.axis % len(first)
        rest = [x[:axis] + x[axis + 1 :] for x in inputs]
        if any(len(x) != len(first) for x in inputs) or any(r != rest[0] for r in rest):
            message = f"needs shapes equal but for axis {axis}, and gets {' and '.join(map(str, inputs))}."
            deep = tuple(port for port, shape in enumerate(inputs) if len(shape) > 1)
            raise ShapeError(message, *[Insert("flatten", ports=deep)] * (self.axis in (-1, 0)))
        return (*first[:axis], sum(x[axis] for x in inputs), *first[axis + 1 :])

    def sees(self, box: Box, *inputs: Shape) -> tuple[Box, ...]:
        axis = self.axis % len(inputs[0])
        (start, stop), found, before = box[axis], [], 0
        for shape in inputs:
            n = shape[axis]
            own = (min(max(start - before, 0), n), min(max(stop - before, 0), n))
            found.append((*box[:axis], own, *box[axis + 1 :]))
            before += n
        return tuple(found)

    def forward(self, p: Scope, *inputs: Buffer) -> Buffer:
        y = p.new("A", (p.m, *self.output_shape(*(x.shape[1:] for x in inputs))))
        for x, part in zip(inputs, self._parts(inputs), strict=True):
            p.copy(x, y[part])
        return y

    def backward(self, p: Scope, dy: Buffer) -> tuple[Buffer | None, ...]:
        parts = enumerate(self._parts(p.inputs))
        return tuple(p.copy(dy[part], f"dX{i + 1}") if p.needs(i) else None for i, part in parts)

    def _parts(self, inputs: tuple[Buffer, ...]) -> list[tuple[slice, ...]]:
        axis = 1 + self.axis % (len(inputs[0].shape) - 1)
        ends = list(accumulate(x.shape[axis] for x in inputs))
        before = (slice(None),) * axis
        return [(*before, slice(start, end)) for start, end in zip([0, *ends], ends, strict=False)]
