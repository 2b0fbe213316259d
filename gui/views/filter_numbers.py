"""The filters of a layer as tiles: which there are, how strong each is, and which are dead. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np

from engine.data import PreparedData
from engine.plan import Plan, PlanNode
from engine.shapes import Shape
from engine.tensors import layer_numbers, symbol_of
from gui.views.engine import ViewEngine
from gui.views.map_source import sight_of
from gui.views.map_tiles import (
    MOST_LINES,
    Tile,
    curve_tile,
    map_tile,
    maps_tile,
    middle,
    picture_tile,
    scale_of,
    vector_tile,
)
from gui.views.map_work import chunk
from gui.views.tensor_text import number_text

MOST_FILTERS = 256
"""Filters that are drawn; the norms are those of all."""
WEAK = 1e-3
"""A filter whose norm is below this share of the median is dead."""
EXAMPLES = (16, 64)
"""Training examples, at least and at most, over which a dead filter's activations are all 0."""
ALL = -1
"""In place of an input channel: all of them."""


@dataclass(frozen=True, slots=True)
class Question:
    """Which filters are to be shown."""

    node: str
    parameter: str
    channel: int = ALL
    by_norm: bool = True
    depth: int | None = None
    """Slice of filters with three axes; the middle one for None."""


@dataclass(frozen=True, eq=False, slots=True)
class Answer:
    """The filters of one parameter."""

    question: Question
    symbol: str
    shape: Shape
    """Of one filter: places, then input channels."""
    step: int
    order: np.ndarray
    """Numbers of the filters in the order of the tiles."""
    norms: np.ndarray
    """(filters,) √Σw² of each."""
    dead: dict[int, str]
    """Why a filter is dead, by its number."""
    tiles: tuple[Tile, ...]
    colored: bool
    """The pictures are in the colours of the input."""


def filter_parameters(plan: Plan) -> list[tuple[PlanNode, str]]:
    """The layers with filters, each with the parameter that holds them."""
    return [
        (node, name) for node in plan.nodes.values() for name in node.layer.kernels
        if node.shape is not None and name in node.parameters
    ]  # fmt: skip


def compute_filters(engine: ViewEngine, question: Question) -> Answer:
    """Tiles, norms and dead filters. Raises ValueError when the layer is gone."""
    plan = engine.network.plan
    node = plan.nodes.get(question.node)
    if node is None or question.parameter not in node.parameters:
        raise ValueError("This layer is not in the network any more. Choose another one.")
    network, axis = engine.network, node.layer.kernels[question.parameter]
    w = np.asarray(network.backend.to_host(network.store.arrays[f"{node.id}/{question.parameter}"]))
    filters = np.moveaxis(w, axis, 0)
    image = seen_shape(plan, engine.data, node) if filters.ndim == 2 else None
    if image is not None:
        filters = filters.reshape(len(filters), *image)
    every = list(range(w.ndim))
    norms = np.sqrt(np.einsum(w, every, w, every, [axis % w.ndim], dtype=np.float64))  # without a copy of large weights
    dead = dead_filters(engine, node, norms)
    order = np.argsort(-np.nan_to_num(norms, nan=np.inf), kind="stable") if question.by_norm else np.arange(len(norms))
    colored = filters.ndim == 4 and filters.shape[-1] == 3 and question.channel == ALL and _sees_colors(plan, node)
    limit = scale_of(filters)
    tiles = tuple(
        _tile(int(k), np.array(filters[k]), limit, float(norms[k]), dead.get(int(k), ""), question, colored=colored)
        for k in order[:MOST_FILTERS]
    )
    symbol = symbol_of(question.parameter, layer_numbers(plan)[node.id])
    return Answer(question, symbol, filters.shape[1:], engine.step, order, norms, dead, tiles, colored)


def _tile(
    number: int, w: np.ndarray, limit: float, norm: float, reason: str, question: Question, *, colored: bool
) -> Tile:  # fmt: skip
    title = str(number) if reason else f"{number} · {number_text(norm)}"
    note = "dead" if reason else ""
    tip = f"Filter {number}: norm {number_text(norm)}" + (f"; dead: {reason}" if reason else "")
    if w.ndim == 1:
        return vector_tile(title, w, limit, note=note, tip=tip)
    channel = min(question.channel, w.shape[-1] - 1)
    if w.ndim == 4:
        w = w[middle(w.shape[0], question.depth)]
    if w.ndim == 2 and len(w) > 1:
        lines = w[:, :MOST_LINES] if channel == ALL else w[:, channel : channel + 1]
        return curve_tile(title, lines, (-limit, limit), note=note, tip=tip)
    if colored:
        return picture_tile(title, w, -limit, limit, note=note, tip=tip)
    if channel != ALL:
        return map_tile(title, w[..., channel].reshape(w.shape[0], -1), limit, note=note, tip=tip)
    if prod(w.shape[:-1]) == 1:
        return vector_tile(title, w.reshape(-1), limit, note=note, tip=tip)
    return maps_tile(title, w, limit, note=note, tip=tip)


def seen_shape(plan: Plan, data: PreparedData, node: PlanNode) -> Shape | None:
    """How the inputs of a layer on rows were laid out before: (n_H, n_W, n_C) before a Flatten or in the data."""
    size = prod(node.input_shapes[0]) if node.input_shapes else 0
    while node.inputs and len(node.inputs) == 1:
        shape = node.input_shapes[0]
        if prod(shape) != size:
            return None
        if len(shape) > 1:
            return shape if len(shape) > 2 or shape[1] <= MOST_LINES else (*shape, 1)
        node = plan.nodes[node.inputs[0]]
        if any(spec.penalized for spec in node.parameters.values()):
            return None
    if node.inputs or node.shape is None:
        return None
    sight = sight_of(data, node)
    return sight.shape if sight is not None and prod(sight.shape) == size else None


def _sees_colors(plan: Plan, node: PlanNode) -> bool:
    """Whether the channels that a layer reads are those of an Input, at most rescaled."""
    shape = node.input_shapes[0]
    while len(node.inputs) == 1:
        node = plan.nodes[node.inputs[0]]
        if node.shape != shape or any(spec.penalized for spec in node.parameters.values()):
            return False
    return not node.inputs


def dead_filters(engine: ViewEngine, node: PlanNode, norms: np.ndarray) -> dict[int, str]:
    """Why a filter is dead, by its number: nearly no weights, or nothing comes out for any of some examples."""
    found = {}
    median = float(np.median(norms))
    for k in np.flatnonzero(norms < WEAK * median):
        found[int(k)] = f"its norm is below 1/1000 of the median, {number_text(median)}"
    silent, m = _silent(engine, node)
    for k in np.flatnonzero(silent):
        found.setdefault(int(k), f"its activations are all 0 for the first {m} training examples")
    return found


def _silent(engine: ViewEngine, node: PlanNode) -> tuple[np.ndarray, int]:
    """(channels,) whether the activation function behind a layer gives nothing but 0, and for how many examples."""
    plan = engine.network.plan
    if node.id not in plan.used or node.shape is None:
        return np.zeros(0, bool), 0
    last = _used_as(plan, node)
    m = min(max(chunk(plan.multiplications), EXAMPLES[0]), EXAMPLES[1], engine.data.train.m)
    program = engine.run(engine.batch("train", m), backward=False)
    a = np.asarray(engine.network.backend.to_host(program.array(f"{last.id}/A")))
    return (a.reshape(-1, a.shape[-1]) == 0).all(axis=0), m


def _used_as(plan: Plan, node: PlanNode) -> PlanNode:
    """The last layer behind it that only works on its single values: normalization, activation function, dropout."""
    while True:
        after = [other for other in plan.nodes.values() if node.id in other.inputs and other.id in plan.used]
        if len(after) != 1 or len(after[0].inputs) != 1 or after[0].layer.terminal or after[0].shape != node.shape:
            return node
        if any(spec.penalized for spec in after[0].parameters.values()) or hasattr(after[0].layer, "window"):
            return node
        node = after[0]
