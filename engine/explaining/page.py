"""What the Inspector tells of one node: formulas with shapes, then the numbers of one example and one unit."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np

from engine.explaining.deriving import Explainer, Formulas, Statement
from engine.explaining.expressions import is_plain
from engine.explaining.scalar_writing import ScalarWriter
from engine.explaining.scalars import Expander, OpaqueError, Place
from engine.explaining.writing import Piece, Writer, number_text
from engine.plan import Plan, PlanNode
from engine.shapes import Shape


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading between formulas, with a sentence under it."""

    text: str
    remark: str = ""


Row = Heading | Sequence[Piece]


def unit_place(shape: Shape, unit: int) -> Place:
    """The place of a unit in the output of one example, from its number in order."""
    return tuple(int(i) for i in np.unravel_index(unit, shape)) if shape else ()


def formula_rows(explainer: Explainer, writer: Writer, node: PlanNode) -> list[Row]:
    """The formulas of a node, forward and backward, with the shape of every array below it."""
    formulas = explainer.formulas(node.id)
    rows: list[Row] = [Heading("Forward", f"For a batch of m = {formulas.m:,} examples at once.")]
    if not node.inputs:
        rows.append(
            [replace(writer.symbol(f"{node.id}/A", (formulas.m, *(node.shape or ())))), Piece(" = X, the batch")]
        )
    rows += [writer.statement(statement) for statement in formulas.forward]
    if not all(is_plain(statement.expression) for statement in formulas.statements):
        rows += _in_words(node)
    rows.append(Heading("Backward", _backward_remark(node)))
    rows += [writer.statement(statement) for statement in formulas.backward]
    if not node.inputs:
        rows.append([writer.symbol(f"{node.id}/dA", (formulas.m, *(node.shape or ()))), Piece(" = ∂J/∂X")])
    return rows


def _in_words(node: PlanNode) -> list[Row]:
    text = inspect.cleandoc(type(node.layer).__doc__ or "").split("\n\n")
    stated = [part.replace("\n", " ") for part in text if "=" in part and not part.startswith("Shape:")]
    return [Heading("", stated[0])] if stated else []


def _backward_remark(node: PlanNode) -> str:
    if node.layer.terminal:
        return (
            "dZ is short for ∂J/∂Z. The mean over the batch is in it, so all gradients before it are divided by m too."
        )
    if not node.inputs:
        return "No weights here. Seen as parameters, the inputs would have this gradient."
    if node.node.frozen:
        return "Frozen: its weights get no gradient, but pass one on. dA comes from the layer behind it."
    return "From right to left: dA comes from the layer behind it. The 1/m is in the dZ of the last layer already."


class ExamplePage:
    """The numbers of one example at one node, from a program that has just run on it (m = 1)."""

    def __init__(self, explainer: Explainer, writer: Writer, values: Callable[[str], Any], node: PlanNode) -> None:
        self.explainer = explainer
        self.plan: Plan = explainer.plan
        self.node = node
        self.formulas: Formulas = explainer.formulas(node.id)
        self.expander = Expander(values)
        self.writing = ScalarWriter(writer, frozenset(explainer.program.external))
        self.shape: Shape = (node.input_shapes[0] if node.layer.terminal else node.shape) or ()
        self.input_shape: Shape = node.input_shapes[0] if node.input_shapes else ()

    def rows(self, unit: int, feature: int) -> list[Row]:
        """Forward and backward through one unit; `feature` is the number of one of its inputs."""
        rows: list[Row] = [Heading("In numbers, forward")]
        if not self.node.inputs:
            rows += [self._known(f"{self.node.id}/{label}", unit) for label in ("A", "dA")]
            return rows
        rows += [self._equation(statement, unit, feature) for statement in self.formulas.forward]
        rows.append(Heading("In numbers, backward", "For a batch of this one example: m = 1."))
        told = {statement.name for statement in self.formulas.backward}
        if not self.node.layer.terminal and f"{self.node.id}/dA" not in told:  # else branches meet here
            rows.append(self._known(f"{self.node.id}/dA", unit))
        rows += [self._equation(statement, unit, feature) for statement in self.formulas.backward]
        rows += self._weight(unit, feature)
        if not self.node.layer.terminal:
            rows.append(Heading("The way back from J", "Read from right to left; the length ‖·‖ of each is below it."))
            rows.append(self.chain())
        return rows

    def value(self, name: str, place: Place) -> float:
        """One number of a buffer."""
        return float(self.expander.array(name)[place])

    def place(self, name: str, unit: int, feature: int) -> Place:
        """Which number of an array goes with this unit and this input."""
        shape = self.explainer.buffer(name).shape
        owner, label = name.split("/", 1)
        if name in self.explainer.program.external:
            if len(shape) == 2:
                return (unit % shape[0], feature % shape[1])
            return tuple(0 for _ in shape[:-1]) + ((unit % shape[-1],) if shape else ())
        if owner != self.node.id and label == "dA" and prod(shape) == prod(self.input_shape):
            return unit_place(shape, feature)
        if prod(shape) == prod(self.shape):
            return unit_place(shape, unit)
        return tuple(0 for _ in shape[:-1]) + ((unit % shape[-1],) if shape else ())

    def _known(self, name: str, unit: int) -> list[Piece]:
        place = self.place(name, unit, 0)
        return [self.writing.symbol(name, place), Piece(" = "), Piece(number_text(self.value(name, place)))]

    def _equation(self, statement: Statement, unit: int, feature: int) -> list[Piece]:
        place = self.place(statement.source, unit, feature)
        shape = statement.expression.shape
        if self.explainer.buffer(statement.source).shape != shape:
            place = self.place(statement.name, unit, feature)
        value = self.value(statement.name, place)
        try:
            scalar = self.expander.expand(statement.expression, place)
        except OpaqueError:
            return [self.writing.symbol(statement.name, place), Piece(" = "), Piece(number_text(value))]
        return self.writing.equation(statement.name, place, scalar, value)

    def _weight(self, unit: int, feature: int) -> list[Row]:
        """The weight between the input and the unit, and its gradient as a product along the way."""
        weight, gradient = f"{self.node.id}/W", f"{self.node.id}/dW"
        spec = self.node.parameters.get("W")
        before = f"{self.node.inputs[0]}/A"
        if spec is None or len(spec.shape) != 2 or gradient not in self.explainer:
            return []
        place = (unit, feature)
        symbol = self.writing.symbol(weight, place)
        shown = replace(symbol, target="", place=())
        rows: list[Row] = [
            Heading("The weight of these two", "Chain rule: ∂J/∂w is ∂J/∂a, times the slope g′(z), times the input."),
            [shown, Piece(" = "), Piece(number_text(self.value(weight, place)))],
        ]
        da = self.value(f"{self.node.id}/dA", (0, unit))
        dz = self.value(f"{self.node.id}/dZ", (0, unit))
        factors = [
            Piece(number_text(da), under="∂J/∂a", target=f"{self.node.id}/dA", place=(0, unit)),
            Piece(" · "),
            Piece(_signed(dz / da) if da else "?", under="g′(z)", target=f"{self.node.id}/Z", place=(0, unit)),
            Piece(" · "),
            Piece(_signed(self.value(before, (0, feature))), under="input", target=before, place=(0, feature)),
        ]
        elementwise = not any(part.expression.contains("sum") for part in [self.formulas.get("dZ")] if part)
        if elementwise and da:
            head = replace(shown, text="∂J/∂w", variable=True)
            rows.append([head, Piece(" = "), *factors, Piece(f" = {number_text(self.value(gradient, place))}")])
        return rows

    def chain(self) -> list[Piece]:
        """From the gradients of this node back to J, which stands at the right end."""
        names: list[str] = []
        if not self.node.layer.terminal:
            own = (f"{self.node.id}/d{name}" for name in self.node.parameters)
            names += [name for name in own if name in self.explainer][:1]
        for node in self._way():
            if node.layer.terminal:
                names.append(f"{node.id}/J")
                continue
            both = [f"{node.id}/{label}" for label in ("dZ", "dA") if f"{node.id}/{label}" in self.explainer]
            same = len(both) == 2 and self.explainer.buffer(both[0]) is self.explainer.buffer(both[1])
            names += both[:1] if same else both
        pieces: list[Piece] = []
        for name in names:
            array = self.expander.array(name)
            size = float(array) if array.ndim == 0 else float(np.linalg.norm(array.astype(np.float64)))
            symbol = self.writing.writer.symbol(name)
            under = number_text(size, 3) if array.ndim == 0 else f"‖·‖ {number_text(size, 3)}"
            pieces += [*([Piece(" ← ")] if pieces else []), replace(symbol, under=under)]
        return pieces

    def _way(self) -> list[PlanNode]:
        """This node and those behind it, along the first branch, to an Output."""
        way = [self.node]
        while not way[-1].layer.terminal:
            behind = [
                node for node in self.plan.nodes.values() if way[-1].id in node.inputs and node.id in self.plan.used
            ]
            if not behind:
                break
            way.append(behind[0])
        return way


def _signed(value: float) -> str:
    text = number_text(value)
    return f"({text})" if text.startswith("−") else text
