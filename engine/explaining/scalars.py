"""One number of an array, taken apart into the numbers that it was computed from."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

import numpy as np

from engine.explaining.expressions import FUNCTIONS, Expression, Values, evaluate, is_zero

MOST_TERMS = 20_000
"""Terms of one sum that are still taken apart."""
Place = tuple[int, ...]


class OpaqueError(ValueError):
    """An operation that cannot be taken apart into numbers."""


@dataclass(frozen=True, eq=False, slots=True)
class Scalar:
    """A number and how it came about: a leaf (symbol or number), or an operation on others."""

    kind: str
    value: float
    args: tuple[Scalar, ...] = ()
    name: str = ""
    """Of a symbol: its buffer. Of a number: how it is written."""
    place: Place = ()


class Expander:
    """Takes numbers apart, with the arrays of one batch."""

    def __init__(self, values: Values) -> None:
        self.values = values
        self._arrays: dict[str, np.ndarray] = {}
        self._maps: dict[int, np.ndarray] = {}

    def array(self, name: str) -> np.ndarray:
        """The numbers of a buffer."""
        if name not in self._arrays:
            self._arrays[name] = np.asarray(self.values(name))
        return self._arrays[name]

    def expand(self, e: Expression, place: Place) -> Scalar:
        """One number of an expression. Raises OpaqueError when an operation in it has no known parts."""
        if e.kind == "symbol":
            return self.leaf(e.name, place)
        if e.kind == "number":
            return Scalar("number", e.value, name="" if e.name == "m" else e.name)
        if e.kind == "ones":
            return Scalar("number", 1.0)
        if e.kind in _KINDS:
            return _KINDS[e.kind](self, e, place)
        if e.kind in FUNCTIONS:
            args = tuple(self.expand(arg, _within(place, arg.shape)) for arg in e.args)
            return _operation(e.kind, args)
        raise OpaqueError(e.kind)

    def leaf(self, name: str, place: Place) -> Scalar:
        """A number of a buffer itself."""
        return Scalar("symbol", float(self.array(name)[place]), (), name, place)

    # By kind of operation

    def _view(self, e: Expression, place: Place) -> Scalar:
        base = e.args[0]
        if e.kind == "T":
            return self.expand(base, place[::-1])
        if e.kind == "reshape":
            flat = int(np.ravel_multi_index(place, e.shape)) if e.shape else 0
        else:
            if id(e) not in self._maps:
                assert e.view is not None
                self._maps[id(e)] = e.view(np.arange(prod(base.shape)).reshape(base.shape))
            flat = int(self._maps[id(e)][place])
        return self.expand(base, tuple(map(int, np.unravel_index(flat, base.shape))))

    def _matmul(self, e: Expression, place: Place) -> Scalar:
        a, b = e.args
        rows, columns = place[: len(a.shape) - 1], place[len(a.shape) - 1 :]
        terms = [
            _operation("multiply", (self.expand(a, (*rows, k)), self.expand(b, (k, *columns))))
            for k in range(_countable(a.shape[-1]))
        ]
        return _sum(terms)

    def _sum(self, e: Expression, place: Place) -> Scalar:
        (a,), axis = e.args, e.attributes["axis"]
        if axis is None:
            _countable(prod(a.shape))
            places: Any = product(*map(range, a.shape))
        else:
            axis %= len(a.shape)
            rest = place if e.attributes.get("drops") else place[:axis] + place[axis + 1 :]
            places = ((*rest[:axis], k, *rest[axis:]) for k in range(_countable(a.shape[axis])))
        return _sum([self.expand(a, tuple(each)) for each in places])

    def _softmax(self, e: Expression, place: Place) -> Scalar:
        terms = [_operation("exp", (self.expand(e.args[0], (*place[:-1], k)),)) for k in range(e.shape[-1])]
        return Scalar("divide", float(evaluate(e, self.array)[place]), (terms[place[-1]], _sum(terms)))

    def _where(self, e: Expression, place: Place) -> Scalar:
        mask, a, b = (_within(place, arg.shape) for arg in e.args)
        holds = self.expand(e.args[0], mask).value
        return self.expand(e.args[1], a) if holds else self.expand(e.args[2], b)

    def _take_columns(self, e: Expression, place: Place) -> Scalar:
        return self.expand(e.args[0], (place[0], e.attributes["columns"][place[1]]))

    def _add_to_columns(self, e: Expression, place: Place) -> Scalar:
        before, a = e.args
        terms = [] if is_zero(before) else [self.expand(before, place)]
        columns = e.attributes["columns"]
        terms += [self.expand(a, (place[0], i)) for i, column in enumerate(columns) if column == place[1]]
        return _sum(terms)

    def _join(self, e: Expression, place: Place) -> Scalar:
        index = np.arange(prod(e.shape)).reshape(e.shape)
        flat = int(index[place])
        for arg, view in reversed([*zip(e.args, e.attributes["views"], strict=True)]):
            found = np.argwhere(view(index) == flat)
            if len(found):
                return self.expand(arg, tuple(map(int, found[0])))
        raise OpaqueError("join")

    def _convolution(self, e: Expression, place: Place) -> Scalar:
        """Σ w · x over the window and its channels, + b; padding adds nothing."""
        x, w = e.args[:2]
        window, filters, channels = e.attributes["window"], w.shape[-1], w.shape[-2]
        _countable(prod(w.shape[:-1]))
        first = place[-1] // (filters // (x.shape[-1] // channels)) * channels
        terms = []
        for entry in product(*map(range, w.shape[:-2])):
            steps = zip(place[1:-1], window.strides, entry, window.dilation, window.pads, strict=True)
            at = tuple(i * stride + k * apart - pads[0] for i, stride, k, apart, pads in steps)
            if all(0 <= i < size for i, size in zip(at, x.shape[1:-1], strict=True)):
                for c in range(channels):
                    weight = self.expand(w, (*entry, c, place[-1]))
                    terms.append(_operation("multiply", (weight, self.expand(x, (place[0], *at, first + c)))))
        return _sum(terms + [self.expand(bias, (place[-1],)) for bias in e.args[2:]] or [Scalar("number", 0.0)])

    def _copy(self, e: Expression, place: Place) -> Scalar:
        return self.expand(e.args[0], _within(place, e.args[0].shape))


_KINDS: dict[str, Any] = {
    "T": Expander._view,
    "reshape": Expander._view,
    "slice": Expander._view,
    "permute": Expander._view,
    "matmul": Expander._matmul,
    "sum": Expander._sum,
    "softmax": Expander._softmax,
    "where": Expander._where,
    "take_columns": Expander._take_columns,
    "add_to_columns": Expander._add_to_columns,
    "join": Expander._join,
    "convolution": Expander._convolution,
    "copy": Expander._copy,
}


def _countable(terms: int) -> int:
    if terms > MOST_TERMS:
        raise OpaqueError(f"a sum of {terms:,} terms")
    return terms


def _within(place: Place, shape: tuple[int, ...]) -> Place:
    """The place in an array that is repeated along its axes of length 1."""
    rest = place[len(place) - len(shape) :] if shape else ()
    return tuple(0 if size == 1 else i for i, size in zip(rest, shape, strict=True))


def _operation(kind: str, args: tuple[Scalar, ...]) -> Scalar:
    if kind in ("add", "sum"):
        return _sum([*args])
    with np.errstate(all="ignore"):
        return Scalar(kind, float(FUNCTIONS[kind](*(np.float64(arg.value) for arg in args))), args)


def _sum(terms: list[Scalar]) -> Scalar:
    """A sum of sums is one sum."""
    flat = tuple(part for term in terms for part in (term.args if term.kind == "sum" else (term,)))
    return flat[0] if len(flat) == 1 else Scalar("sum", float(sum(term.value for term in flat)), flat)
