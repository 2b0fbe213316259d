"""What every unit of a layer answers all over the plane of two features: numbers only, computed in the background."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from engine.data import DataError
from engine.layers.ends import Input
from engine.network import input_buffer
from engine.plan import Plan, PlanNode
from gui.plots.surface import Feature, NoSurfaceError, SurfaceEvaluator
from gui.views.engine import ViewEngine
from gui.views.tensor_picture import codes_of

CELLS = 40
"""Along each side of a map."""
NO_PLANE = "Response maps need single numbers as inputs: there is no plane of two features over images."

Scale = Literal["unit", "layer"]


@dataclass(frozen=True, slots=True)
class MapQuestion:
    """Which units of which layers, over which features."""

    nodes: tuple[tuple[str, int, int], ...]
    """Id, first unit, and the one behind the last."""
    features: tuple[str, str] = ("", "")
    """Titles; "" for the one that tells most about the target."""
    scale: Scale = "unit"
    """What the darkest colour stands for: the largest size of a unit's own values, or of all its layer's."""


@dataclass(frozen=True, slots=True)
class Side:
    """An axis of the maps: a feature and its stretch, in original units."""

    title: str
    low: float
    high: float


@dataclass(frozen=True, eq=False, slots=True)
class UnitMap:
    """A unit's activation A over the plane."""

    unit: int
    codes: np.ndarray
    """(CELLS, CELLS) bytes, the highest y in the first row: codes of `tensor_picture`."""
    limit: float
    """What the strongest colours stand for."""
    low: float
    high: float
    """Smallest and largest value; nan where none is finite."""


@dataclass(frozen=True, eq=False, slots=True)
class Maps:
    """Maps by node, and their axes; `y` is None where there is one feature only."""

    x: Side
    y: Side | None
    units: dict[str, tuple[UnitMap, ...]]
    step: int


def flat_nodes(plan: Plan) -> list[PlanNode]:
    """The layers whose units answer with one number each, in the order of execution."""
    nodes = (node for node in plan.nodes.values() if node.id in plan.used and not node.layer.terminal)
    return [node for node in nodes if node.shape is not None and len(node.shape) == 1]


def has_plane(plan: Plan) -> bool:
    """All inputs are single numbers, so that there is a plane of two of them."""
    return all(isinstance(n.layer, Input) and len(n.layer.shape) == 1 for n in plan.inputs) and bool(plan.inputs)


def compute_maps(engine: ViewEngine, question: MapQuestion) -> Maps:
    """Run the grid through the network. Raises NoSurfaceError with a plain sentence where there is no plane."""
    evaluator = evaluator_of(engine)
    if evaluator is None:
        raise NoSurfaceError(NO_PLANE)
    chosen = ("responses/features", question.features)
    if chosen not in engine.memory:
        engine.memory[chosen] = chosen_features(evaluator, question.features)
    x, y = engine.memory[chosen]
    key = ("responses/grid", x, y)
    if key not in engine.memory:
        engine.memory[key] = _grid_inputs(evaluator, x, y)
    network = engine.network
    program = network.program(CELLS * (CELLS if y else 1), costs=False)
    for name, values in network.encode_inputs(engine.memory[key]).items():
        program.array(input_buffer(network.plan.nodes[name]))[...] = values
    with np.errstate(all="ignore"):
        program.run("forward")
    units = {
        node: unit_maps(program.array(f"{node}/A").reshape(-1, CELLS, _width(network.plan, node)), start, stop,
                        question.scale)
        for node, start, stop in question.nodes
    }  # fmt: skip
    return Maps(_side(evaluator, x), _side(evaluator, y) if y else None, units, engine.step)


def evaluator_of(engine: ViewEngine) -> SurfaceEvaluator | None:
    """Knows the features of the inputs; None where they are no single numbers."""
    if "responses/evaluator" not in engine.memory:
        try:
            engine.memory["responses/evaluator"] = SurfaceEvaluator(engine.design, engine.data)
        except (NoSurfaceError, DataError):
            engine.memory["responses/evaluator"] = None
    return engine.memory["responses/evaluator"]


def chosen_features(evaluator: SurfaceEvaluator, titles: tuple[str, str]) -> tuple[Feature, Feature | None]:
    """The features of these titles; where a title is empty or not known, those that the boundary plot begins with."""
    view = evaluator.default_view()
    if view.y is None:
        return view.x, None
    known = {feature.title: feature for feature in evaluator.features}
    first, second = known.get(titles[0], view.x), known.get(titles[1], view.y)
    if first == second:
        second = next(feature for feature in evaluator.features if feature != first)
    return first, second


def unit_maps(values: np.ndarray, start: int, stop: int, scale: Scale) -> tuple[UnitMap, ...]:
    """Maps of some units.

    Args:
        values: Activations (n_y, n_x, units), the lowest y first.
        start: The first unit.
        stop: The unit behind the last.
        scale: Whether each unit has its own scale.
    """
    finite = np.where(np.isfinite(values), values, 0.0)
    largest = np.abs(finite).max(axis=(0, 1)).astype(float)
    whole = float(largest.max(initial=0.0))
    found = []
    for unit in range(start, min(stop, values.shape[2])):
        limit = float(largest[unit]) if scale == "unit" else whole
        own = values[::-1, :, unit]
        seen = own[np.isfinite(own)]
        low, high = (float(seen.min()), float(seen.max())) if seen.size else (float("nan"), float("nan"))
        found.append(UnitMap(unit, np.ascontiguousarray(codes_of(own, limit)), limit, low, high))
    return tuple(found)


def _width(plan: Plan, node: str) -> int:
    return (plan.nodes[node].shape or (1,))[0]


def _side(evaluator: SurfaceEvaluator, feature: Feature) -> Side:
    return Side(feature.title, *evaluator.bounds(feature))


def _grid_inputs(evaluator: SurfaceEvaluator, x: Feature, y: Feature | None) -> dict[str, np.ndarray]:
    """Inputs at the centres of the cells, row by row from the lowest y."""

    def centres(feature: Feature) -> np.ndarray:
        low, high = evaluator.bounds(feature)
        return low + (np.arange(CELLS) + 0.5) * ((high - low) / CELLS)

    if y is None:
        return evaluator.inputs_at({x: centres(x)})
    return evaluator.inputs_at({x: np.tile(centres(x), CELLS), y: np.repeat(centres(y), CELLS)})
