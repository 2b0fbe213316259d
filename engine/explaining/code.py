"""Formulas as program text: once with loops over examples and units, once on whole arrays."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np

from engine.explaining.deriving import Statement
from engine.explaining.expressions import Expression
from engine.explaining.writing import Writer, letter, number_text

_SIGNS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "greater": ">", "less": "<"}
_NUMPY = {"abs": "np.abs", "sigmoid": "sigmoid", "softmax": "softmax", "erf": "erf"}
INDICES = "ijabcd"


class CodeWriter:
    """Writes the forward pass of one network as Python."""

    def __init__(self, writer: Writer, parameters: frozenset[str]) -> None:
        self.writer = writer
        self.parameters = parameters
        self.names: dict[str, str] = {}
        """The variable of each buffer that was written so far."""
        self.has_loops_only = True
        """Whatever `looped` wrote so far is program text that runs, number by number."""

    def name(self, buffer: str) -> str:
        """A variable for a buffer: W1, A_left; no two buffers share one."""
        if buffer not in self.names:
            name = self._name(buffer)
            while name in self.names.values() or name in INDICES or name in ("k", "z"):
                name += "_"
            self.names[buffer] = name
        return self.names[buffer]

    def _name(self, buffer: str) -> str:
        node, label = buffer.split("/", 1)
        mark = self.writer.marks.get(node, "")
        mark = mark if not mark or mark.isdigit() else f"_{mark}"
        text = re.sub(r"\W", "_", "".join(letter(label)).replace("Ŷ", "Y_hat").replace("X̂", "X_hat") + mark)
        return text if not text[:1].isdigit() else f"_{text}"

    # On whole arrays

    def vectorized(self, statements: Iterable[Statement]) -> str:
        """One line for each formula, with the shapes behind it."""
        lines = []
        for statement in statements:
            shapes = [str(part.shape) for part in statement.expression.symbols() if part.shape]
            line = f"{self.name(statement.name)} = {self._array(statement.expression, 0)}"
            lines.append(f"{line}  # {statement.expression.shape} from {', '.join(dict.fromkeys(shapes))}")
        return "\n".join(lines)

    def _array(self, e: Expression, within: int) -> str:
        if e.kind == "symbol":
            return self.name(e.name)
        if e.kind == "number":
            return number_text(e.value, 6).replace("−", "-").replace(",", "")
        args = e.args
        if e.kind in _SIGNS:
            own = 1 if e.kind in ("add", "subtract") else 2
            text = f"{self._array(args[0], own)} {_SIGNS[e.kind]} {self._array(args[1], own + (e.kind != 'add'))}"
            return f"({text})" if own < within else text
        if e.kind == "matmul":
            text = f"{self._array(args[0], 3)} @ {self._array(args[1], 3)}"
            return f"({text})" if within > 2 else text
        if e.kind == "T":
            return f"{self._array(args[0], 4)}.T"
        if e.kind == "reshape":
            return f"{self._array(args[0], 4)}.reshape{e.shape}"
        if e.kind == "take_columns":
            return f"{self._array(args[0], 4)}[:, {list(e.attributes['columns'])}]"
        if e.kind == "join":
            return f"np.concatenate([{', '.join(self._array(arg, 0) for arg in args)}], axis=-1)"
        if e.kind == "sum":
            axis = e.attributes.get("axis")
            return f"{self._array(args[0], 4)}.sum({'' if axis is None else axis})"
        function = _NUMPY.get(e.kind, f"np.{e.kind}" if e.kind in _PLAIN else e.kind)
        return f"{function}({', '.join(self._array(arg, 0) for arg in args)})"

    # With loops

    def looped(self, statements: Iterable[Statement], m: int) -> str:
        """Loops over examples and units, and over the inputs of each unit."""
        once, lines = self._lines(statements, m)
        return "\n".join([*once, f"for i in range({m}):  # examples", *lines])

    def function(self, statements: Iterable[Statement], m: int) -> str:
        """The same as a function `example(i)` of one example, which calls `check()` at every unit."""
        once, lines = self._lines(statements, m)
        checked = [(line, f"{'    ' * 2}check()") if line.endswith("# units") else (line,) for line in lines]
        return "\n".join([*once, "def example(i):", *(line for pair in checked for line in pair)])

    def _lines(self, statements: Iterable[Statement], m: int) -> tuple[list[str], list[str]]:
        """What is computed once, and what for each example."""
        once: list[str] = []
        lines: list[str] = []
        block: tuple[str, tuple[int, ...]] | None = None
        for statement in statements:
            shape = statement.expression.shape
            if shape[:1] != (m,):
                once.append(f"{self.name(statement.name)} = {self._array(statement.expression, 0)}")
                continue
            self.has_loops_only &= len(shape) <= len(INDICES)
            element, in_loops = self._element_lines(statement, "    " * min(len(shape), len(INDICES)))
            if not in_loops:
                self.has_loops_only, block = False, None
                whole = self._array(statement.expression, 0)
                lines.append(f"    {self.name(statement.name)}[i] = {whole}  # of example i, on whole arrays")
                continue
            here = (statement.source.split("/", 1)[0], shape)
            if here != block or any(statement.expression.contains(kind) for kind in _ACROSS_UNITS):
                lines += [
                    f"{'    ' * depth}for {INDICES[depth]} in range({size}):" + ("  # units" if depth == 1 else "")
                    for depth, size in enumerate(shape[: len(INDICES)])
                    if depth
                ]
                block = here
            lines += element
        return once, lines

    def _element_lines(self, statement: Statement, indent: str) -> tuple[list[str], bool]:
        """How one number is computed, and whether that needs no operation on whole arrays."""
        known, self.has_loops_only = self.has_loops_only, True
        before: list[str] = []
        place = list(INDICES[: len(statement.expression.shape)])
        text = self._element(statement.expression, place, before)
        in_loops, self.has_loops_only = self.has_loops_only, known
        last = f"{indent}{self.name(statement.name)}[{', '.join(place)}] = {text}"
        return [*(indent + line for line in before), last], in_loops

    def _element(self, e: Expression, place: list[str], before: list[str]) -> str:
        if e.kind == "symbol":
            inner = [
                "0" if size == 1 and e.name in self.parameters else i
                for i, size in zip(place[len(place) - len(e.shape) :], e.shape, strict=True)
            ]
            return f"{self.name(e.name)}[{', '.join(inner)}]" if e.shape else self.name(e.name)
        if e.kind == "number":
            return self._array(e, 0)
        if e.kind == "T":
            return self._element(e.args[0], place[::-1], before)
        if e.kind == "matmul" and len(e.shape) == 2:
            a = self._element(e.args[0], [place[0], "k"], before)
            b = self._element(e.args[1], ["k", place[1]], before)
            before += ["z = 0.0", f"for k in range({e.args[0].shape[-1]}):  # inputs", f"    z += {a} * {b}"]
            return "z"
        if e.kind == "softmax":
            a = self._element(e.args[0], place, before)
            other = self._element(e.args[0], [*place[:-1], "k"], before)
            return f"exp({a}) / sum(exp({other}) for k in range({e.shape[-1]}))"
        if e.kind == "take_columns":
            columns = e.attributes["columns"]
            return self._element(e.args[0], [place[0], f"{columns}[{place[1]}]"], before)
        if e.kind == "where":
            mask, a, b = (self._element(arg, place, before) for arg in e.args)
            return f"({a} if {mask} else {b})"
        if e.kind == "join" and len(e.shape) == 2 and (starts := _starts(e)) is not None:
            return self._joined(e, starts, place, before)
        if e.kind in _SIGNS:
            a, b = (self._element(arg, place, before) for arg in e.args)
            return f"{_in_parentheses(a)} {_SIGNS[e.kind]} {_in_parentheses(b)}"
        if e.kind in _PLAIN or e.kind in _NUMPY:
            name = {"maximum": "max", "minimum": "min"}.get(e.kind, e.kind)
            return f"{name}({', '.join(self._element(arg, place, before) for arg in e.args)})"
        self.has_loops_only = False
        return f"({self._array(e, 0)})[{', '.join(place)}]"

    def _joined(self, e: Expression, starts: list[int], place: list[str], before: list[str]) -> str:
        parts = []
        for part, start in zip(e.args, starts, strict=True):
            column = f"{place[1]} - {start}" if start else place[1]
            parts.append(self._element(part, [place[0], column], before))
        text = parts[-1]
        for part, end in zip(parts[-2::-1], starts[:0:-1], strict=True):
            text = f"{part} if {place[1]} < {end} else {text}"
        return text


def _starts(e: Expression) -> list[int] | None:
    """The first columns of the parts of a join, when they lie side by side in order."""
    columns = np.broadcast_to(np.arange(e.shape[1]), e.shape)
    end, starts = 0, []
    for part, view in zip(e.args, e.attributes["views"], strict=True):
        taken = view(columns)
        if taken.shape != part.shape or not np.array_equal(taken[0], np.arange(end, end + part.shape[1])):
            return None
        starts.append(end)
        end += part.shape[1]
    return starts


_ACROSS_UNITS = ("matmul", "softmax", "sum", "max", "join", "take_columns")
"""They read other units than the one they compute, so those must be done."""
_PLAIN = {
    "tanh",
    "exp",
    "log",
    "sqrt",
    "maximum",
    "minimum",
    "square",
    "log1p",
    "expm1",
    "sin",
    "cos",
    "sign",
    "logaddexp",
}


def _in_parentheses(text: str) -> str:
    return f"({text})" if " " in re.sub(r"[\[(].*?[\])]", "", text) else text
