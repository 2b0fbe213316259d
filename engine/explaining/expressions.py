"""Expressions: how one array follows from others, as a tree that can be written, evaluated and taken apart."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.shapes import Shape

Values = Callable[[str], Any]
"""From the name of a buffer, such as `dense_1/W`, to its array."""

LONGEST = 48
"""Parts of an expression that can still be read."""


@dataclass(frozen=True, eq=False, slots=True)
class Expression:
    """A symbol, a number, a view of another expression, or an operation on some."""

    kind: str
    args: tuple[Expression, ...] = ()
    shape: Shape = ()
    name: str = ""
    """Of a symbol: the name of its buffer. Of a number: how it is written, when not by its digits."""
    value: float = 0.0
    view: Callable[[Any], Any] | None = None
    """Of a view: from the array of its base to its own."""
    attributes: dict[str, Any] = field(default_factory=dict)
    size: int = field(default=1, init=False)
    """Number of parts; they may be shared, so that counting them by walking would take for ever."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", 1 + sum(arg.size for arg in self.args))

    def contains(self, kind: str) -> bool:
        """Whether it has a part of this kind."""
        return self.kind == kind or any(arg.contains(kind) for arg in self.args)

    def symbols(self) -> Iterator[Expression]:
        """Every symbol in it, from left to right."""
        if self.kind == "symbol":
            yield self
        for arg in self.args:
            yield from arg.symbols()


def symbol(name: str, shape: Shape) -> Expression:
    """The array of a buffer."""
    return Expression("symbol", (), shape, name)


def number(value: float, name: str = "") -> Expression:
    """A fixed number."""
    return Expression("number", (), (), name, value)


def is_number(expression: Expression, value: float) -> bool:
    """Whether it is this very number."""
    return expression.kind == "number" and not expression.name and expression.value == value


def is_zero(expression: Expression) -> bool:
    """Whether it is 0, or an array of zeros."""
    inner = expression.args[0] if expression.kind == "copy" else expression
    return inner.kind == "number" and inner.value == 0


def same(a: Expression, b: Expression) -> bool:
    """Whether two expressions are built alike from the same symbols."""
    if a is b:
        return True
    alike = (a.kind, a.name, a.value, a.shape, a.attributes) == (b.kind, b.name, b.value, b.shape, b.attributes)
    return alike and a.view is b.view and len(a.args) == len(b.args) and all(map(same, a.args, b.args))


def abridged(expression: Expression) -> Expression:
    """An expression that is too long to be read, as "several steps from" what it is made of."""
    if expression.size <= LONGEST:
        return expression
    used = {part.name: part for part in expression.symbols()}
    return Expression("steps", tuple(used.values()), expression.shape)


def transpose(a: Expression) -> Expression:
    """The transpose of a matrix."""
    return Expression("T", (a,), a.shape[::-1], view=np.transpose)


def combine(kind: str, args: tuple[Expression, ...], shape: Shape, **attributes: Any) -> Expression:
    """An operation in its most readable form: σ and softmax instead of what computes them without overflow."""
    rule = _RULES.get(kind)
    found = rule(args, shape) if rule is not None else None
    return found or Expression(kind, args, shape, attributes=attributes)


def _add(args: tuple[Expression, ...], shape: Shape) -> Expression | None:
    a, b = args
    if is_zero(a) and b.shape == shape:
        return b
    half_tanh = is_number(b, 0.5) and a.kind == "multiply" and is_number(a.args[1], 0.5) and a.args[0].kind == "tanh"
    if half_tanh:
        inner = a.args[0].args[0]
        if inner.kind == "multiply" and is_number(inner.args[1], 0.5):
            return Expression("sigmoid", (inner.args[0],), shape)
    return None


def _multiply(args: tuple[Expression, ...], shape: Shape) -> Expression | None:
    a, b = args
    if is_number(b, 1):
        return a
    if is_number(a, 1):
        return b
    if b.kind == "number" and b.name and b.value < 1:  # a share of the batch: divide by its size
        above = b.attributes.get("above", 1.0)
        scaled = a if above == 1 else Expression("multiply", (number(above), a), a.shape)
        return Expression("divide", (scaled, number(round(above / b.value), b.name)), shape)
    return None


def _divide(args: tuple[Expression, ...], shape: Shape) -> Expression | None:
    a, b = args
    if a.kind == "exp" and b.kind == "sum" and same(a, b.args[0]) and a.args[0].kind == "subtract":
        z, largest = a.args[0].args
        if largest.kind == "max" and same(z, largest.args[0]):
            return Expression("softmax", (z,), shape)
    return None


def _matmul(args: tuple[Expression, ...], shape: Shape) -> Expression | None:
    a, b = (arg.args[0] if arg.kind == "reshape" and len(arg.shape) == 1 else arg for arg in args)
    if args[0].kind == "ones" and len(args[0].shape) == 1:
        if not shape:
            return Expression("sum", (b,), (), attributes={"axis": None})
        return Expression("sum", (b,), shape, attributes={"axis": 0, "drops": True})
    if not shape and a.shape == b.shape:
        product = Expression("square", (a,), a.shape) if same(a, b) else Expression("multiply", (a, b), a.shape)
        return Expression("sum", (product,), (), attributes={"axis": None})
    return None


_RULES: dict[str, Callable[[tuple[Expression, ...], Shape], Expression | None]] = {
    "add": _add,
    "multiply": _multiply,
    "divide": _divide,
    "matmul": _matmul,
}


def sigmoid(z: Any) -> Any:
    """σ(z), stable for any z."""
    return 0.5 + 0.5 * np.tanh(0.5 * z)


def softmax(z: Any) -> Any:
    """Softmax along the last axis."""
    shifted = np.exp(z - z.max(-1, keepdims=True))
    return shifted / shifted.sum(-1, keepdims=True)


def sum_of(a: Any, axis: int | None, drops: bool = False) -> Any:
    """The sum of everything, or along one axis, which is kept with length 1 unless it is dropped."""
    return a.sum() if axis is None else a.sum(axis, keepdims=not drops)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: getattr(np, name) for name in (
        "add", "subtract", "multiply", "divide", "maximum", "minimum", "logaddexp", "greater", "less", "negative",
        "sign", "square", "sqrt", "exp", "expm1", "log", "log1p", "sin", "cos", "tanh", "abs",
    )},
    "matmul": np.dot,
    "sigmoid": sigmoid,
    "erf": np.vectorize(math.erf, otypes=[np.float64]),
    "where": np.where,
}  # fmt: skip
"""What an operation computes, for those that need no attributes."""


def evaluate(expression: Expression, values: Values) -> Any:
    """The array that an expression stands for. Raises KeyError for operations that have no meaning of their own."""
    kind = expression.kind
    if kind == "symbol":
        return np.asarray(values(expression.name))
    if kind == "number":
        return expression.value
    if kind == "ones":
        return np.ones(expression.shape)
    args = [evaluate(arg, values) for arg in expression.args]
    if expression.view is not None:
        return expression.view(args[0])
    if kind in FUNCTIONS:
        return FUNCTIONS[kind](*args)
    return _SPECIAL[kind](expression, *args)


def is_plain(expression: Expression) -> bool:
    """Whether every operation in it has a meaning of its own, so that a reader can follow it."""
    known = (
        expression.kind in FUNCTIONS or expression.kind in _SPECIAL or expression.kind in ("symbol", "number", "ones")
    )
    return (known or expression.view is not None) and all(map(is_plain, expression.args))


def _join(expression: Expression, *parts: Any) -> Any:
    whole = np.zeros(expression.shape)
    for part, view in zip(parts, expression.attributes["views"], strict=True):
        view(whole)[...] = part
    return whole


def _add_to_columns(expression: Expression, before: Any, a: Any) -> Any:
    whole = np.broadcast_to(before, expression.shape).copy()
    for i, column in enumerate(expression.attributes["columns"]):
        whole[:, column] += a[:, i]
    return whole


def _one_hot(expression: Expression, labels: Any) -> Any:
    return np.eye(expression.shape[1])[labels]


_SPECIAL: dict[str, Callable[..., Any]] = {
    "softmax": lambda expression, z: softmax(z),
    "sum": lambda expression, a: sum_of(a, expression.attributes["axis"], expression.attributes.get("drops", False)),
    "max": lambda expression, a: a.max(expression.attributes["axis"], keepdims=True),
    "mean": lambda expression, a: a.mean(),
    "copy": lambda expression, a: np.broadcast_to(a, expression.shape),
    "take_columns": lambda expression, a: a[:, list(expression.attributes["columns"])],
    "add_to_columns": _add_to_columns,
    "one_hot": _one_hot,
    "join": _join,
}
