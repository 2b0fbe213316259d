"""Programs: what a network computes for one batch size, as a list of array operations on named buffers.

Layers append operations once. Binding gives every buffer an array and every operation a callable; training only
replays the list. Everything else — looking at a tensor, slow motion, counting, export — is a walk over the same list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from math import prod
from typing import Any, Literal

import numpy as np

from engine.shapes import Shape

ElementType = Literal["real", "mask", "index"]
"""Computed numbers (float32 or float64), truth values, or whole numbers such as labels."""


class Buffer:
    """A named array of a program: its shape from the start, its memory once the program is bound.

    A view (transpose, reshape) shares the memory of its base and keeps its name.
    """

    __slots__ = ("_view", "array", "augmented", "base", "element", "name", "shape")

    def __init__(
        self,
        name: str,
        shape: Shape,
        element: ElementType = "real",
        base: Buffer | None = None,
        view: Callable[[Any], Any] | None = None,
    ) -> None:
        self.name = name
        self.shape = shape
        self.element: ElementType = element
        self.base = base
        self.array: Any = None
        self.augmented: Any = None
        """For a matrix kept by columns: its memory as (n + 1, m), whose last row is ones; see `BoundProgram`."""
        self._view = view

    @property
    def T(self) -> Buffer:
        """The transpose of a matrix, as a view."""
        return Buffer(self.name + ".T", self.shape[::-1], self.element, self, lambda array: array.T)

    def reshape(self, *shape: int) -> Buffer:
        """The same values in another shape, as a view."""
        return Buffer(self.name, shape, self.element, self, lambda array: array.reshape(shape))

    def transpose(self, *axes: int) -> Buffer:
        """The same values with the axes in another order, as a view. Read from it or copy into it only."""
        shape = tuple(self.shape[axis] for axis in axes)
        return Buffer(self.name, shape, self.element, self, lambda array: array.transpose(axes))

    def __getitem__(self, key: Any) -> Buffer:
        """A slice, as a view. It is not C-contiguous in general: read from it or copy into it only."""
        shape = np.broadcast_to(np.bool_(), self.shape)[key].shape  # allocates nothing
        return Buffer(self.name, shape, self.element, self, lambda array: array[key])

    def resolve(self) -> Any:
        """The array of a buffer or of the memory that it views."""
        if self.array is None and self.base is not None and self._view is not None:
            self.array = self._view(self.base.resolve())
        return self.array

    def shares_memory(self) -> bool:
        """Whether a view really is one, and not a copy."""
        return self.base is None or np.may_share_memory(self.resolve(), self.base.resolve())

    def forget_view(self) -> None:
        """Take the view anew when it is next asked for, since its base gets another array."""
        if self.base is not None:
            self.array = None
            self.base.forget_view()

    def __repr__(self) -> str:
        return f"{self.name}{self.shape}"


@dataclass(frozen=True, slots=True)
class Operation:
    """One array operation: `output = kind(*inputs)`."""

    kind: str
    inputs: tuple[Buffer, ...]
    output: Buffer
    node: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)

    @property
    def multiplications(self) -> int:
        """Multiply–accumulate steps of a matrix product or convolution; 0 for everything else."""
        if self.kind == "convolution":
            return self.output_size * prod(self.inputs[1].shape[:-1])
        if self.kind == "convolution_input":
            return prod(self.inputs[0].shape) * prod(self.inputs[1].shape[:-1])
        return self.output_size * self.inputs[0].shape[-1] if self.kind in ("matmul", "affine") else 0

    @property
    def output_size(self) -> int:
        """Number of values written."""
        size = 1
        for extent in self.output.shape:
            size *= extent
        return size

    def __repr__(self) -> str:
        return f"{self.output} = {self.kind}({', '.join(map(repr, self.inputs))})"


class Program:
    """Operations in the order of execution, in named phases, with all their buffers."""

    def __init__(self, m: int, training: bool) -> None:
        self.m = m
        self.training = training
        self.phases: dict[str, list[Operation]] = {}
        self.buffers: dict[str, Buffer] = {}
        self.external: dict[str, Buffer] = {}
        """Buffers whose memory belongs to the network: parameters, gradients, state, live settings."""
        self.constants: dict[float, Buffer] = {}
        self.ones: dict[int, Buffer] = {}
        self.phase = "forward"

    def buffer(self, name: str, shape: Shape, element: ElementType = "real") -> Buffer:
        """A new buffer; a second one of the same name is a programming error."""
        if name in self.buffers:
            raise ValueError(f"The program already has a buffer '{name}'.")
        self.buffers[name] = Buffer(name, shape, element)
        return self.buffers[name]

    def share(self, name: str, shape: Shape) -> Buffer:
        """A buffer whose memory the network gives when the program is bound."""
        if name not in self.external:
            self.external[name] = Buffer(name, shape)
        return self.external[name]

    def append(self, operation: Operation) -> None:
        """Add an operation to the current phase."""
        self.phases.setdefault(self.phase, []).append(operation)

    def operations(self, *phases: str) -> Iterable[Operation]:
        """The operations of these phases, one after another (all phases when none is named)."""
        for phase in phases or self.phases:
            yield from self.phases.get(phase, ())

    @property
    def own_buffers(self) -> Iterable[Buffer]:
        """Every buffer whose memory belongs to this program; one that has several names comes once."""
        everything = (*self.buffers.values(), *self.constants.values(), *self.ones.values())
        external = set(map(id, self.external.values()))
        for buffer in {id(buffer): buffer for buffer in everything}.values():
            if buffer.base is None and id(buffer) not in external:
                yield buffer


class Scope:
    """What one node sees of the program while it appends its operations.

    Every operation returns its output buffer. `out` is a name for a new buffer of this node (`"Z"` becomes
    `dense_1/Z`), an existing buffer, or None for a buffer without a name of its own.
    """

    def __init__(
        self,
        program: Program,
        node: str,
        inputs: tuple[Buffer, ...] = (),
        needs: tuple[bool, ...] = (),
        parameters: dict[str, Shape] | None = None,
        states: dict[str, Shape] | None = None,
        trained: bool = True,
    ) -> None:
        self.program = program
        self.node = node
        self.inputs = inputs
        self.trained = trained
        """The node's parameters need gradients (it is not frozen)."""
        self._needs = needs
        self._parameters = parameters or {}
        self._states = states or {}
        self._count = 0

    @property
    def m(self) -> int:
        """Number of examples in the batch."""
        return self.program.m

    @property
    def training(self) -> bool:
        """Dropout drops and batch normalization uses the batch."""
        return self.program.training

    def needs(self, port: int = 0) -> bool:
        """Whether anybody wants the gradient of this input."""
        return self._needs[port]

    # Buffers

    def parameter(self, name: str) -> Buffer:
        """A trainable array of this node."""
        return self.program.share(f"{self.node}/{name}", self._parameters[name])

    def gradient(self, name: str) -> Buffer:
        """Where the gradient of a parameter is to be written: dW for W."""
        return self.program.share(f"{self.node}/d{name}", self._parameters[name])

    def state(self, name: str) -> Buffer:
        """An array kept between batches."""
        return self.program.share(f"{self.node}/{name}", self._states[name])

    def live(self, name: str) -> Buffer:
        """A single number that may change while training: a field declared with `live=True`."""
        return self.program.share(f"{self.node}/{name}", ())

    def new(self, name: str, shape: Shape, element: ElementType = "real") -> Buffer:
        """A buffer of this node."""
        return self.program.buffer(f"{self.node}/{name}", shape, element)

    def name(self, name: str, buffer: Buffer) -> Buffer:
        """Let a buffer be known under a further name of this node; views and slow motion show it."""
        self.program.buffers.setdefault(f"{self.node}/{name}", buffer)
        return buffer

    def __getitem__(self, name: str) -> Buffer:
        """A buffer that this node named earlier."""
        return self.program.buffers[f"{self.node}/{name}"]

    def __contains__(self, name: str) -> bool:
        return f"{self.node}/{name}" in self.program.buffers

    def constant(self, value: float) -> Buffer:
        """A fixed number."""
        return self.program.constants.setdefault(value, Buffer(f"{value:g}", ()))

    def ones(self, length: int) -> Buffer:
        """A vector of ones; a product with it sums faster than a reduction."""
        return self.program.ones.setdefault(length, Buffer(f"ones({length})", (length,)))

    # Operations

    def operation(
        self,
        kind: str,
        *inputs: Buffer,
        out: str | Buffer | None = None,
        shape: Shape | None = None,
        element: ElementType = "real",
        **attributes: Any,
    ) -> Buffer:
        """Append any operation of `engine.kernels`; the shape is the broadcast of the inputs unless given."""
        if not isinstance(out, Buffer):
            if out is None:
                self._count += 1
                out = f"t{self._count}"
            out = self.new(out, np.broadcast_shapes(*(x.shape for x in inputs)) if shape is None else shape, element)
        self.program.append(Operation(kind, inputs, out, self.node, attributes))
        return out

    def matmul(self, a: Buffer, b: Buffer, out: str | Buffer | None = None) -> Buffer:
        """Matrix product of matrices or vectors."""
        return self.operation("matmul", a, b, out=out, shape=a.shape[:-1] + b.shape[1:])

    def affine(self, x: Buffer, w: Buffer, b: Buffer, out: str | Buffer | None = None) -> Buffer:
        """X Wᵀ + b for examples in rows."""
        return self.operation("affine", x, w, b, out=out, shape=(x.shape[0], w.shape[0]))

    def sum_examples(self, a: Buffer, out: str | Buffer | None = None) -> Buffer:
        """Sum over the first axis of a matrix."""
        return self.matmul(self.ones(a.shape[0]), a, out)

    def take_columns(self, a: Buffer, columns: tuple[int, ...], out: str | Buffer | None = None) -> Buffer:
        """Some columns of a matrix, in this order; one may come several times."""
        return self.operation("take_columns", a, out=out, shape=(a.shape[0], len(columns)), columns=columns)

    def add_to_columns(self, a: Buffer, columns: tuple[int, ...], out: Buffer) -> Buffer:
        """Add each column of a matrix to a column of `out`: how gradients go back through `take_columns`."""
        return self.operation("add_to_columns", a, out=out, columns=columns)

    def sum(self, a: Buffer, axis: int | None = None, out: str | Buffer | None = None) -> Buffer:
        """Sum of all entries, or along one axis that is kept with length 1."""
        return self._reduce("sum", a, axis, out)

    def max(self, a: Buffer, axis: int, out: str | Buffer | None = None) -> Buffer:
        """Maximum along one axis that is kept with length 1."""
        return self._reduce("max", a, axis, out)

    def _reduce(self, kind: str, a: Buffer, axis: int | None, out: str | Buffer | None) -> Buffer:
        if axis is None:
            return self.operation(kind, a, out=out, shape=(), axis=None)
        axis %= len(a.shape)
        kept = tuple(1 if i == axis else extent for i, extent in enumerate(a.shape))
        return self.operation(kind, a, out=out, shape=kept, axis=axis)

    def add(self, a: Buffer, b: Buffer, out: str | Buffer | None = None) -> Buffer:
        return self.operation("add", a, b, out=out)

    def subtract(self, a: Buffer, b: Buffer, out: str | Buffer | None = None) -> Buffer:
        return self.operation("subtract", a, b, out=out)

    def multiply(self, a: Buffer, b: Buffer, out: str | Buffer | None = None) -> Buffer:
        return self.operation("multiply", a, b, out=out)

    def divide(self, a: Buffer, b: Buffer, out: str | Buffer | None = None) -> Buffer:
        return self.operation("divide", a, b, out=out)

    def maximum(self, a: Buffer, b: Buffer, out: str | Buffer | None = None) -> Buffer:
        return self.operation("maximum", a, b, out=out)

    def minimum(self, a: Buffer, b: Buffer, out: str | Buffer | None = None) -> Buffer:
        return self.operation("minimum", a, b, out=out)

    def logaddexp(self, a: Buffer, b: Buffer, out: str | Buffer | None = None) -> Buffer:
        """log(exp(a) + exp(b)) without overflow."""
        return self.operation("logaddexp", a, b, out=out)

    def greater(self, a: Buffer, b: Buffer, out: str | Buffer | None = None) -> Buffer:
        """A mask of where a > b."""
        return self.operation("greater", a, b, out=out, element="mask")

    def less(self, a: Buffer, b: Buffer, out: str | Buffer | None = None) -> Buffer:
        """A mask of where a < b."""
        return self.operation("less", a, b, out=out, element="mask")

    def copy(self, a: Buffer, out: str | Buffer | None = None) -> Buffer:
        return self.operation("copy", a, out=out)

    def negative(self, a: Buffer, out: str | Buffer | None = None) -> Buffer:
        return self.operation("negative", a, out=out)

    def abs(self, a: Buffer, out: str | Buffer | None = None) -> Buffer:
        return self.operation("abs", a, out=out)

    def sign(self, a: Buffer, out: str | Buffer | None = None) -> Buffer:
        return self.operation("sign", a, out=out)

    def square(self, a: Buffer, out: str | Buffer | None = None) -> Buffer:
        return self.operation("square", a, out=out)

    def sqrt(self, a: Buffer, out: str | Buffer | None = None) -> Buffer:
        return self.operation("sqrt", a, out=out)

    def exp(self, a: Buffer, out: str | Buffer | None = None) -> Buffer:
        return self.operation("exp", a, out=out)

    def expm1(self, a: Buffer, out: str | Buffer | None = None) -> Buffer:
        return self.operation("expm1", a, out=out)

    def log(self, a: Buffer, out: str | Buffer | None = None) -> Buffer:
        return self.operation("log", a, out=out)

    def log1p(self, a: Buffer, out: str | Buffer | None = None) -> Buffer:
        """log(1 + a), exact for small a."""
        return self.operation("log1p", a, out=out)

    def sin(self, a: Buffer, out: str | Buffer | None = None) -> Buffer:
        return self.operation("sin", a, out=out)

    def cos(self, a: Buffer, out: str | Buffer | None = None) -> Buffer:
        return self.operation("cos", a, out=out)

    def tanh(self, a: Buffer, out: str | Buffer | None = None) -> Buffer:
        return self.operation("tanh", a, out=out)

    def erf(self, a: Buffer, out: str | Buffer | None = None) -> Buffer:
        """The error function."""
        return self.operation("erf", a, out=out)

    def where(self, mask: Buffer, a: Buffer, out: Buffer) -> Buffer:
        """Write a into `out` where the mask holds, and leave the rest."""
        return self.operation("where", mask, a, out=out)

    def random(self, shape: Shape, out: str | Buffer | None = None) -> Buffer:
        """Evenly distributed numbers from 0 to 1, new for each batch, from the run's own generator."""
        return self.operation("random", out=out, shape=shape)

    def sigmoid(self, a: Buffer, out: str | Buffer | None = None) -> Buffer:
        """σ(a) = ½ + ½ tanh(a/2): stable for any a, and one fast call."""
        half = self.constant(0.5)
        s = self.multiply(a, half, out)
        self.tanh(s, s)
        self.multiply(s, half, s)
        return self.add(s, half, s)
