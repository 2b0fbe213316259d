"""Formulas that a declaration states in words of its own, such as `(sigmoid(Z) - Y) / mn`."""

from __future__ import annotations

import ast
from collections.abc import Mapping

import numpy as np

from engine.explaining.expressions import Expression, number

_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "divide",
}


def parse(text: str, known: Mapping[str, Expression], m: int, n: int) -> Expression:
    """The expression that a text means.

    Args:
        text: In Python's notation, with + − * / and the functions of expressions; `m` is the number of examples, `mn`
            that of values.
        known: What the names in it stand for.
        m: Number of examples.
        n: Values of each.

    Raises:
        ValueError: the text holds something else.
    """

    def read(node: ast.AST) -> Expression:
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            return number(float(node.value))
        if isinstance(node, ast.Name):
            if node.id == "m":
                return number(m, "m" if m > 1 else "")
            if node.id == "mn":
                return number(m * n, "m" if n == 1 and m > 1 else f"(m · {n})" if m > 1 else "")
            return known[node.id]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return _make("negative", read(node.operand))
        if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
            left, right = read(node.left), read(node.right)
            divided_by_one = isinstance(node.op, ast.Div) and right.kind == "number" and right.value == 1
            return left if divided_by_one else _make(_OPERATORS[type(node.op)], left, right)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return _make(node.func.id, *(read(arg) for arg in node.args))
        raise ValueError(f"'{text}' is no formula: {ast.dump(node)}.")

    return read(ast.parse(text, mode="eval").body)


def _make(kind: str, *args: Expression) -> Expression:
    if kind in ("sum", "mean"):
        return Expression(kind, args, (), attributes={"axis": None})
    return Expression(kind, args, np.broadcast_shapes(*(arg.shape for arg in args)))
