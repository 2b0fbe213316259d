"""Expressions as they are written: pieces of text with their indices, and what stands below them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np

from engine.explaining.deriving import Statement
from engine.explaining.expressions import Expression, is_zero
from engine.plan import Plan
from engine.shapes import Shape
from engine.tensors import layer_numbers

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "lambda": "λ", "mu": "μ", "sigma": "σ",
    "rho": "ρ", "omega": "ω", "theta": "θ",
}  # fmt: skip
SUM, PRODUCT, PREFIX, POWER, ATOM = range(5)
"""How tightly an expression holds together; a looser one within a tighter one needs parentheses."""

MOST_ARGUMENTS = 4
"""Arguments of one function that are written out."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a formula: text with something above and below its end, and a remark under it."""

    text: str
    above: str = ""
    below: str = ""
    under: str = ""
    """Written small under it: the shape of an array, or the symbol that a number stands for."""
    target: str = ""
    """Name of the buffer that it stands for, such as `dense_1/W`; empty where there is nothing to look up."""
    place: tuple[int, ...] = ()
    """Which number of the buffer; empty for all of it."""
    variable: bool = False
    """A letter, as opposed to a number, a name or a sign."""

    def plain(self) -> str:
        """As text in one line."""
        above = self.above.replace("ᵀ", "")
        return f"{self.text}{above}{'ᵀ' if 'ᵀ' in self.above else ''}{f'_{self.below}' if self.below else ''}"


def plain(pieces: list[Piece]) -> str:
    """A formula as text in one line."""
    return "".join(piece.plain() for piece in pieces).strip()


def shape_text(shape: Shape) -> str:
    """(64, 4), (4,), or nothing for a single number."""
    return str(tuple(shape)) if shape else ""


def layer_marks(plan: Plan) -> dict[str, str]:
    """What stands in the brackets of A[1], by node.

    The course's number for layers with weights and the input; the title for all others, and where branches share a
    number, so that no two nodes are written alike.
    """
    numbers = layer_numbers(plan)
    shown = [node for node in plan.nodes.values() if node.id in plan.used and not node.layer.terminal]
    counted = [node for node in shown if not node.inputs or any(s.penalized for s in node.parameters.values())]
    uses = Counter(numbers[node.id] for node in counted)
    alone = {node.id for node in counted if uses[numbers[node.id]] == 1}
    return {node.id: str(numbers[node.id]) if node.id in alone else node.node.title for node in shown}


def letter(label: str) -> tuple[str, str]:
    """A buffer's name as it is written: a letter and what stands above it."""
    if label.startswith("d") and len(label) > 1 and (label[1].isupper() or label[1:] in GREEK):
        inner, above = letter(label[1:])
        return "d" + inner, above
    stem = label.rstrip("0123456789")
    digits = label[len(stem) :]
    if stem in GREEK:
        return GREEK[stem], {"2": "²"}.get(digits, digits)
    if stem.endswith("_hat") and len(stem) == 5:
        return {"Y": "Ŷ", "X": "X̂"}.get(stem[0], stem[0] + "̂"), digits
    return label.replace("_", " "), ""


class Writer:
    """Writes the formulas of one network."""

    def __init__(self, plan: Plan) -> None:
        self.marks: Mapping[str, str] = layer_marks(plan)
        self._ends = {node.id for node in plan.nodes.values() if node.layer.terminal}
        self._several_ends = len(plan.outputs) > 1
        self._titles = {node.id: node.node.title for node in plan.nodes.values()}

    def symbol(self, name: str, shape: Shape = ()) -> Piece:
        """A buffer such as `dense_1/dW`: dW[1], with its shape under it."""
        node, _, label = name.partition("/")
        text, above = letter(label)
        if node in self._ends:
            mark = f"[{self._titles[node]}]" if self._several_ends else ""
        else:
            mark = f"[{self.marks[node]}]" if node in self.marks else ""
        return Piece(text, above + mark, under=shape_text(shape), target=name, variable=len(text) <= 3)

    def statement(self, statement: Statement, shape: Shape | None = None) -> list[Piece]:
        """The whole formula: Z[1] = A[0] W[1]ᵀ + b[1]."""
        left = self.symbol(statement.name, statement.expression.shape if shape is None else shape)
        return [left, Piece(" = "), *self.expression(statement.expression)]

    def expression(self, expression: Expression, within: int = SUM) -> list[Piece]:
        """An expression, in parentheses where it stands in one that holds more tightly."""
        tightness, pieces = self._write(expression)
        return [Piece("("), *pieces, Piece(")")] if tightness < within else pieces

    def _write(self, e: Expression) -> tuple[int, list[Piece]]:
        if e.kind == "symbol":
            return ATOM, [self.symbol(e.name, e.shape)]
        if e.kind == "number":
            text = e.name or number_text(e.value)
            return (PREFIX if text.startswith("−") else ATOM), [Piece(text, variable=text == "m")]
        if e.kind in _WRITTEN:
            return _WRITTEN[e.kind](self, e)
        return ATOM, self._call(e.kind.replace("_", " "), e)

    def _call(self, name: str, e: Expression, extra: str = "") -> list[Piece]:
        pieces = [Piece(f"{name}(")]
        for place, arg in enumerate(e.args):
            pieces += [*([Piece(", ")] if place else []), *self.expression(arg)]
        return [*pieces, Piece(f"{extra})")]

    # By kind of operation

    def _between(self, e: Expression, sign: str, tightness: int, right: int) -> tuple[int, list[Piece]]:
        a, b = e.args
        return tightness, [*self.expression(a, tightness), Piece(sign), *self.expression(b, right)]

    def _multiply(self, e: Expression) -> tuple[int, list[Piece]]:
        a, b = e.args
        if b.kind == "number" or (_is_gradient(b) and not _is_gradient(a) and a.kind != "number"):
            a, b = b, a  # 0.5 x, and the gradient first as in dA ∗ g′(Z)
        if is_minus_one(a):
            return PREFIX, [Piece("−"), *self.expression(b, PRODUCT)]
        sign = " " if a.kind == "number" else " ∗ "
        return PRODUCT, [*self.expression(a, PRODUCT), Piece(sign), *self.expression(b, PRODUCT + (sign == " "))]

    def _transpose(self, e: Expression) -> tuple[int, list[Piece]]:
        pieces = self.expression(e.args[0], ATOM)
        last = pieces[-1]
        under = shape_text(e.shape) if len(pieces) == 1 else last.under
        return ATOM, [*pieces[:-1], replace(last, above=last.above + "ᵀ", under=under)]

    def _power(self, e: Expression) -> tuple[int, list[Piece]]:
        pieces = self.expression(e.args[0], ATOM)
        return POWER, [*pieces[:-1], replace(pieces[-1], above=pieces[-1].above + "²")]

    def _sum(self, e: Expression) -> tuple[int, list[Piece]]:
        axis, inner = e.attributes.get("axis"), e.args[0]
        over = (
            ""
            if axis is None
            else "examples"
            if axis == 0
            else "row"
            if axis in (-1, len(inner.shape) - 1)
            else str(axis)
        )
        return PRODUCT, [Piece("Σ ", under=over), *self.expression(inner, PRODUCT)]

    def _where(self, e: Expression) -> tuple[int, list[Piece]]:
        mask, a, b = e.args
        mask_pieces = self._write(mask)[1]
        return SUM, [*self.expression(a), Piece(" where "), *mask_pieces, Piece(", else "), *self.expression(b)]

    def _compare(self, e: Expression, sign: str) -> tuple[int, list[Piece]]:
        return SUM, [*self.expression(e.args[0], PRODUCT), Piece(sign), *self.expression(e.args[1], PRODUCT)]

    def _logaddexp(self, e: Expression) -> tuple[int, list[Piece]]:
        parts = [[Piece("1")] if is_zero(arg) else [Piece("exp("), *self.expression(arg), Piece(")")] for arg in e.args]
        return ATOM, [Piece("log("), *parts[1], Piece(" + "), *parts[0], Piece(")")]

    def _plus_one(self, e: Expression, begin: str, end: str) -> tuple[int, list[Piece]]:
        return (ATOM if begin.startswith("log") else SUM), [Piece(begin), *self.expression(e.args[0]), Piece(end)]

    def _slice(self, e: Expression) -> tuple[int, list[Piece]]:
        pieces = self.expression(e.args[0], ATOM)
        last = pieces[-1]
        places = slice_text(e)
        return ATOM, [*pieces[:-1], replace(last, below=last.below + places, under=shape_text(e.shape))]

    def _columns(self, e: Expression) -> tuple[int, list[Piece]]:
        pieces = self.expression(e.args[0], ATOM)
        text = columns_text(e.attributes["columns"])
        return ATOM, [*pieces[:-1], replace(pieces[-1], below=f":, {text}", under=shape_text(e.shape))]

    def _add_to_columns(self, e: Expression) -> tuple[int, list[Piece]]:
        a, before = e.args[1], e.args[0]
        added = [*self.expression(a, PRODUCT), Piece(" into columns "), Piece(columns_text(e.attributes["columns"]))]
        return SUM, added if is_zero(before) else [*self.expression(before), Piece(" + "), *added]

    def _largest(self, e: Expression, name: str) -> tuple[int, list[Piece]]:
        args: list[Expression] = []
        waiting = [e]
        while waiting:  # the largest of several is computed two by two
            part = waiting.pop()
            if part.kind == e.kind:
                waiting += part.args[::-1]
            else:
                args.append(part)
        return ATOM, self._call(
            name, Expression(e.kind, tuple(args[:MOST_ARGUMENTS])), ", …" * (len(args) > MOST_ARGUMENTS)
        )

    def _steps(self, e: Expression) -> tuple[int, list[Piece]]:
        used = {part.name: part for part in e.symbols()}
        known = [p for p in used.values() if len(p.name.split("/", 1)[1]) <= 2 or p.name.split("/", 1)[1] in GREEK]
        shown = (known or list(used.values()))[:MOST_ARGUMENTS]
        pieces = [Piece("several steps from ")]
        for place, part in enumerate(shown):
            pieces += [*([Piece(", ")] if place else []), *self.expression(part)]
        return SUM, [*pieces, *([Piece(", …")] if len(known or used) > len(shown) else [])]

    def _join(self, e: Expression) -> tuple[int, list[Piece]]:
        pieces = [Piece("[")]
        for place, arg in enumerate(e.args):
            pieces += [*([Piece(" | ")] if place else []), *self.expression(arg)]
        return ATOM, [*pieces, Piece("]")]


def _is_gradient(e: Expression) -> bool:
    return (
        e.kind == "symbol" and letter(e.name.split("/", 1)[-1])[0].startswith("d") and len(e.name.split("/", 1)[-1]) > 1
    )


def is_minus_one(e: Expression) -> bool:
    """Whether it is the number −1."""
    return e.kind == "number" and e.value == -1 and not e.name


def number_text(value: float, digits: int = 4) -> str:
    """A number as people write it, with some significant digits: 0.3068, −12,400, 3.1e−9."""
    if not np.isfinite(value):
        return "NaN" if np.isnan(value) else "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 1e6 or size < 1e-4:
        mantissa, exponent = f"{value:.{digits - 2}e}".split("e")
        text = f"{mantissa.rstrip('0').rstrip('.') if '.' in mantissa else mantissa}e{int(exponent)}"
    else:
        text = f"{float(f'{value:.{digits}g}'):,.10f}".rstrip("0").rstrip(".")
    return text.replace("-", "−")


def columns_text(columns: tuple[int, ...]) -> str:
    """Numbers of columns, shortened where there are many."""
    shown = ", ".join(map(str, columns[:6]))
    return f"({shown}, …)" if len(columns) > 6 else f"({shown})"


def slice_text(e: Expression) -> str:
    """Which part of its base a slice is, such as ":, 0–2"."""
    base = e.args[0].shape
    assert e.view is not None
    taken = e.view(np.arange(prod(base)).reshape(base)).ravel()
    parts = []
    for axis, size in enumerate(base):
        places = np.unravel_index(taken, base)[axis]
        low, high = int(places.min()), int(places.max())
        parts.append(":" if (low, high) == (0, size - 1) else f"{low}–{high}" if high > low else str(low))
    return ", ".join(parts)


def _same(writer: Writer, e: Expression) -> tuple[int, list[Piece]]:
    tightness, pieces = writer._write(e.args[0])
    if len(pieces) == 1 and pieces[0].target:
        pieces = [replace(pieces[0], under=f"{pieces[0].under} as {shape_text(e.shape)}")]
    return tightness, pieces


_WRITTEN: dict[str, Any] = {
    "add": lambda w, e: w._between(e, " + ", SUM, SUM),
    "subtract": lambda w, e: w._between(e, " − ", SUM, PRODUCT),
    "multiply": Writer._multiply,
    "divide": lambda w, e: w._between(e, " / ", PRODUCT, PREFIX),
    "matmul": lambda w, e: w._between(e, " ", PRODUCT, PRODUCT),
    "T": Writer._transpose,
    "square": Writer._power,
    "negative": lambda w, e: (PREFIX, [Piece("−"), *w.expression(e.args[0], PRODUCT)]),
    "sum": Writer._sum,
    "mean": lambda w, e: (ATOM, w._call("mean", e)),
    "max": lambda w, e: (ATOM, w._call("max", e)),
    "maximum": lambda w, e: w._largest(e, "max"),
    "minimum": lambda w, e: w._largest(e, "min"),
    "abs": lambda w, e: (ATOM, [Piece("|"), *w.expression(e.args[0]), Piece("|")]),
    "sqrt": lambda w, e: (ATOM, w._call("√", e)),
    "sigmoid": lambda w, e: (ATOM, w._call("σ", e)),
    "greater": lambda w, e: w._compare(e, " > "),
    "less": lambda w, e: w._compare(e, " < "),
    "where": Writer._where,
    "logaddexp": Writer._logaddexp,
    "log1p": lambda w, e: w._plus_one(e, "log(1 + ", ")"),
    "expm1": lambda w, e: w._plus_one(e, "exp(", ") − 1"),
    "one_hot": lambda w, e: (ATOM, w._call("one-hot", e)),
    "random": lambda w, e: (ATOM, [Piece("random", under=shape_text(e.shape))]),
    "steps": Writer._steps,
    "copy": lambda w, e: w._write(e.args[0]),
    "permute": lambda w, e: (ATOM, w._call("permute", e)),
    "reshape": _same,
    "slice": Writer._slice,
    "take_columns": Writer._columns,
    "add_to_columns": Writer._add_to_columns,
    "join": Writer._join,
}  # fmt: skip
