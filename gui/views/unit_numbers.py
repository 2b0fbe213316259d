"""One layer unit by unit: the maps of its units and of what feeds them, its weights and biases. Numbers only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.layers.ends import Input
from engine.plan import Plan, PlanNode
from engine.tensors import layer_numbers, symbol_of
from gui.views.engine import ViewEngine
from gui.views.response_numbers import MapQuestion, Maps, Scale, compute_maps, flat_nodes, has_plane

PAGE = 8
"""Units, and inputs of them, on one page."""


@dataclass(frozen=True, slots=True)
class Weights2D:
    """Names of a layer's parameters with a weight from each input to each unit, and with a bias for each unit."""

    weight: str
    bias: str = ""


@dataclass(frozen=True, slots=True)
class UnitsQuestion:
    """Which layer, and which page of it."""

    node: str
    first_unit: int
    first_input: int
    features: tuple[str, str]
    scale: Scale


@dataclass(frozen=True, eq=False, slots=True)
class UnitsAnswer:
    """One page of a layer."""

    question: UnitsQuestion
    title: str
    source: str
    """Id of the layer that feeds it; "" where it has no weights."""
    source_title: str
    input_names: tuple[str, ...]
    """Of the inputs on the page."""
    units: int
    """Of the whole layer."""
    inputs: int
    weight_name: str
    """Such as dense_1/W; "" where it has no weights."""
    bias_name: str
    weight_symbol: str
    """Such as W[1]."""
    bias_symbol: str
    W: np.ndarray
    """(units, inputs) of the page; a copy."""
    b: np.ndarray
    """(units,) of the page; empty where there are no biases."""
    largest: float
    """Largest finite size of all weights and biases of the layer."""
    precision: str
    maps: Maps | None
    """None where there is no plane."""


def weights_of(node: PlanNode) -> Weights2D | None:
    """The weights between units, told by their shapes: (units, inputs) and (units,); None where there are none."""
    if node.shape is None or len(node.shape) != 1 or len(node.inputs) != 1 or len(node.input_shapes[0]) != 1:
        return None
    wanted = (node.shape[0], node.input_shapes[0][0])
    weight = next((name for name, spec in node.parameters.items() if spec.shape == wanted), "")
    bias = next((name for name, spec in node.parameters.items() if spec.shape == wanted[:1]), "")
    return Weights2D(weight, bias) if weight else None


def compute_units(engine: ViewEngine, question: UnitsQuestion) -> UnitsAnswer:
    """Weights and maps of one page."""
    plan, network = engine.network.plan, engine.network
    node = plan.nodes[question.node]
    units, named = (node.shape or (0,))[0], weights_of(node)
    rows = slice(question.first_unit, min(question.first_unit + PAGE, units))
    wanted = [(node.id, rows.start, rows.stop)]
    weight, bias = np.zeros((rows.stop - rows.start, 0)), np.zeros(0)
    source, inputs, largest, names = "", 0, 0.0, ()
    columns = slice(0, 0)
    if named is not None:
        source = node.inputs[0]
        inputs = node.input_shapes[0][0]
        columns = slice(question.first_input, min(question.first_input + PAGE, inputs))
        whole = network.store.get(f"{node.id}/{named.weight}")
        shift = network.store.get(f"{node.id}/{named.bias}") if named.bias else np.zeros(0)
        weight, bias = whole[rows, columns].copy(), shift[rows].copy() if named.bias else shift
        largest = max(_largest(whole), _largest(shift))
        names = _input_names(engine, plan.nodes[source])[columns]
        if len(plan.nodes[source].shape or ()) == 1:
            wanted.append((source, columns.start, columns.stop))
    maps = None
    if has_plane(plan):
        maps = compute_maps(engine, MapQuestion(tuple(wanted), question.features, question.scale))
    number = layer_numbers(plan)[node.id]
    return UnitsAnswer(
        question, node.node.title, source, plan.nodes[source].node.title if source else "", tuple(names), units, inputs,
        f"{node.id}/{named.weight}" if named else "", f"{node.id}/{named.bias}" if named and named.bias else "",
        symbol_of(named.weight, number) if named else "", symbol_of(named.bias, number) if named else "",
        weight, bias, largest, network.dtype.name, maps,
    )  # fmt: skip


def _largest(array: np.ndarray) -> float:
    finite = array[np.isfinite(array)]
    return float(np.abs(finite).max()) if finite.size else 0.0


def _input_names(engine: ViewEngine, source: PlanNode) -> tuple[str, ...]:
    """Features by the names of the data, other values by unit."""
    width = (source.shape or (0,))[0]
    if isinstance(source.layer, Input):
        layout = engine.data.input_layout
        names = layout.column_names(layout.find(source.layer.source))
        if len(names) == width:
            return tuple(names)
        return tuple(f"feature {k}" for k in range(width))
    return tuple(f"unit {k}" for k in range(width))


def unit_nodes(plan: Plan) -> list[PlanNode]:
    """The layers with weights between units, or else all whose units answer with one number each."""
    flat = flat_nodes(plan)
    return [node for node in flat if weights_of(node) is not None] or flat
