"""What the hidden-layer view computes: activations, the input grid behind a layer, and two axes to see them by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.answers import answers_of, read_target
from engine.compiler import BoundProgram
from engine.data import DataError
from engine.layers.ends import Input, Output
from engine.network import input_buffer
from engine.plan import Plan, PlanNode
from gui.plots.surface import Feature, NoSurfaceError, SurfaceEvaluator
from gui.views.engine import ViewEngine

EXAMPLES = 600
"""Examples of a part that are drawn at most."""
LINES = 13
"""Lines of the input grid in each direction."""
PLACES = 49
"""Places along a line."""
PCA = "pca"
Axes = str | tuple[int, int]
"""PCA, or two units, counted from 0."""


@dataclass(frozen=True, slots=True)
class Question:
    """What to draw."""

    node: str
    axes: Axes
    part: str
    features: tuple[int, int] = (0, 1)
    """Which two features the grid runs over, counted from 0; the others keep their medians."""
    example: tuple[str, int] | None = None
    """Part and place of an example that must be among the points."""


@dataclass(frozen=True, eq=False, slots=True)
class Bent:
    """Examples and the input grid, as a layer has them."""

    question: Question
    layer: str
    """Its title."""
    points: np.ndarray
    """(m, 2) places of the examples."""
    rows: np.ndarray
    """(m,) their places within the part."""
    target: np.ndarray
    """(m,) labels or values."""
    class_names: tuple[str, ...]
    """Empty for values."""
    grid: tuple[np.ndarray, ...]
    """Two arrays (n, 2): lines of equal first and of equal second feature, with nan between them; none without one."""
    titles: tuple[str, str]
    features: tuple[str, ...]
    """Names of the two features of the grid."""
    decision: tuple[float, float, float] | None
    """a, b, c of the line a u + b v + c = 0 at which the next layer, a linear one of one unit, decides."""
    decided_by: str
    step: int


def hidden_nodes(plan: Plan) -> list[PlanNode]:
    """Layers whose activations can be looked at, from the first to the last."""
    return [
        node
        for node in plan.nodes.values()
        if node.id in plan.used and node.shape and not isinstance(node.layer, Input | Output)
    ]


def compute_bent(engine: ViewEngine, question: Question) -> Bent:
    """Run examples and grid through the network. Raises ValueError with a plain sentence."""
    plan = engine.network.plan
    node = plan.nodes[question.node]
    rows = _rows(engine.data.parts[question.part].m, question)
    batch = engine.batch(question.part, rows)
    program = engine.run(batch, backward=False)
    acts = program.array(f"{node.id}/A").reshape(batch.m, -1).astype(np.float64)
    if not np.isfinite(acts).all():
        raise ValueError(
            f"The activations of '{node.node.title}' are not finite numbers, so they have no place. "
            "Lower the learning rate and reset."
        )
    evaluator = _evaluator(engine)
    features = _features(evaluator, question)
    grid = _grid(engine, evaluator, features, node) if len(features) == 2 and evaluator is not None else None
    target, class_names = _target(engine, batch.part, rows)
    if acts.shape[1] == 1:
        return _of_one_unit(engine, question, node, rows, acts, grid, features, target, class_names)
    origin, basis, titles = _axes(engine, question, acts)
    decision, decided_by = _decision(engine, program, node, acts, origin, basis)
    return Bent(
        question, node.node.title, (acts - origin) @ basis, rows, target, class_names,
        () if grid is None else tuple((lines - origin) @ basis for lines in grid),
        titles, tuple(feature.title for feature in features), decision, decided_by, engine.step,
    )  # fmt: skip


def _of_one_unit(
    engine: ViewEngine,
    question: Question,
    node: PlanNode,
    rows: np.ndarray,
    acts: np.ndarray,
    grid: tuple[np.ndarray, np.ndarray] | None,
    features: tuple[Feature, ...],
    target: np.ndarray,
    class_names: tuple[str, ...],
) -> Bent:
    """One unit has one axis only: the other shows the second feature, or the target where there is none."""
    evaluator = _evaluator(engine)
    if evaluator is None or not features:
        places = np.column_stack([acts[:, 0], target])
        return Bent(
            question, node.node.title, places, rows, target, class_names, (), ("Unit 1", "Target"), (), None, "",
            engine.step,
        )  # fmt: skip
    up = evaluator.column(engine.data.parts[question.part], features[-1])[rows]
    lines: tuple[np.ndarray, ...] = ()
    if grid is not None:
        values = engine.memory["hidden/grid", features, "raw"]
        lines = tuple(np.column_stack([line[:, 0], raw]) for line, raw in zip(grid, values, strict=True))
    return Bent(
        question, node.node.title, np.column_stack([acts[:, 0], up]), rows, target, class_names, lines,
        ("Unit 1", features[-1].title), tuple(feature.title for feature in features), None, "", engine.step,
    )  # fmt: skip


def principal_axes(values: np.ndarray, before: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """The two directions in which examples (m, n) vary most.

    Args:
        values: Examples, one a row.
        before: Directions (n, 2) shown last: signs and order are those that resemble them most, so that a picture
            does not flip while a network learns.

    Returns:
        (n, 2) unit vectors, (2,) their shares of the variance, and which component each is, counted from 1.
    """
    m, n = values.shape
    centred = values - values.mean(axis=0)
    _, spread, directions = np.linalg.svd(centred, full_matrices=False)
    total = float((spread**2).sum())
    basis, shares = np.zeros((n, 2)), np.zeros(2)
    found = min(2, m, n)
    basis[:, :found] = directions[:found].T
    shares[:found] = spread[:found] ** 2 / total if total > 0 else 0.0
    order = [0, 1]
    if before is not None and before.shape == basis.shape:
        alike = np.abs(basis.T @ before)
        if alike[0, 1] + alike[1, 0] > alike[0, 0] + alike[1, 1]:
            order = [1, 0]
        basis, shares = basis[:, order], shares[order]
        signs = np.sign((basis * before).sum(axis=0))
    else:
        signs = np.sign(basis[np.abs(basis).argmax(axis=0), [0, 1]])
    return basis * np.where(signs == 0, 1.0, signs), shares, [place + 1 for place in order]


def _rows(m: int, question: Question) -> np.ndarray:
    rows = np.arange(m)
    if m > EXAMPLES:
        rows = np.random.default_rng(0).choice(m, EXAMPLES, replace=False)
        if question.example is not None and question.example[0] == question.part:
            rows[0] = question.example[1]
        rows = np.unique(rows)
    return rows


def _evaluator(engine: ViewEngine) -> SurfaceEvaluator | None:
    """Knows the features of the inputs; None where they are no single numbers, as the pixels of an image."""
    if "hidden/evaluator" not in engine.memory:
        try:
            engine.memory["hidden/evaluator"] = SurfaceEvaluator(engine.design, engine.data)
        except (NoSurfaceError, DataError):
            engine.memory["hidden/evaluator"] = None
    return engine.memory["hidden/evaluator"]


def _features(evaluator: SurfaceEvaluator | None, question: Question) -> tuple[Feature, ...]:
    if evaluator is None or len(evaluator.features) < 2:
        return ()
    last = len(evaluator.features) - 1
    return tuple(evaluator.features[min(place, last)] for place in question.features)


def _grid(
    engine: ViewEngine, evaluator: SurfaceEvaluator, features: tuple[Feature, ...], node: PlanNode
) -> tuple[np.ndarray, np.ndarray]:
    """Activations (n, units) along lines of equal first and of equal second feature, nan after each line."""
    key = ("hidden/grid", features)
    if key not in engine.memory:
        (low_x, high_x), (low_y, high_y) = (evaluator.bounds(feature) for feature in features)
        across, up = np.linspace(low_x, high_x, LINES), np.linspace(low_y, high_y, LINES)
        along_x, along_y = np.linspace(low_x, high_x, PLACES), np.linspace(low_y, high_y, PLACES)
        x = np.concatenate([np.repeat(across, PLACES), np.tile(along_x, LINES)])
        y = np.concatenate([np.tile(along_y, LINES), np.repeat(up, PLACES)])
        engine.memory[key] = evaluator.inputs_at({features[0]: x, features[1]: y})
        engine.memory["hidden/grid", features, "raw"] = _with_gaps(y.reshape(2, LINES, PLACES, 1))[..., 0]
    program = engine.network.program(2 * LINES * PLACES, costs=False)
    for name, values in engine.network.encode_inputs(engine.memory[key]).items():
        program.array(input_buffer(engine.network.plan.nodes[name]))[...] = values
    with np.errstate(all="ignore"):
        program.run("forward")
    values = program.array(f"{node.id}/A").reshape(2, LINES, PLACES, -1).astype(np.float64)
    lines = _with_gaps(values)
    return lines[0], lines[1]


def _with_gaps(values: np.ndarray) -> np.ndarray:
    """Lines (2, lines, places, n) one after the other, with nan between them."""
    gaps = np.full((2, LINES, 1, values.shape[-1]), np.nan)
    return np.concatenate([values, gaps], axis=2).reshape(2, LINES * (PLACES + 1), -1)


def _axes(engine: ViewEngine, question: Question, acts: np.ndarray) -> tuple[np.ndarray, np.ndarray, tuple[str, str]]:
    """Where the plane of the picture lies among the activations: origin (n,), basis (n, 2), and names of the axes."""
    n = acts.shape[1]
    mean = acts.mean(axis=0)
    if question.axes == PCA and n > 2:
        key = ("hidden/basis", question.node)
        basis, shares, numbers = principal_axes(acts, engine.memory.get(key))
        engine.memory[key] = basis
        first, second = (f"PC {k} ({share:.0%} of variance)" for k, share in zip(numbers, shares, strict=True))
        return mean, basis, (first, second)
    i, j = (min(int(unit), n - 1) for unit in question.axes) if not isinstance(question.axes, str) else (0, 1)
    basis = np.zeros((n, 2))
    basis[i, 0] = 1
    if j < n and j != i:
        basis[j, 1] = 1
    return np.where(basis.any(axis=1), 0.0, mean), basis, (f"Unit {i + 1}", f"Unit {j + 1}")


def _decision(
    engine: ViewEngine,
    program: BoundProgram,
    node: PlanNode,
    acts: np.ndarray,
    origin: np.ndarray,
    basis: np.ndarray,
) -> tuple[tuple[float, float, float] | None, str]:
    """The line at which the next layer decides: where its only unit, linear in these activations, is 0."""
    plan = engine.network.plan
    after = [other for other in plan.nodes.values() if node.id in other.inputs and other.id in plan.used]
    if len(after) != 1 or not _decides(plan, after[0]) or after[0].inputs != (node.id,):
        return None, ""
    weights = [engine.network[f"{after[0].id}/{name}"] for name in after[0].parameters]
    w = next((array for array in weights if array.shape == (1, acts.shape[1])), None)
    b = next((array for array in weights if array.shape == (1,)), np.zeros(1))
    if w is None:
        return None, ""
    if not np.allclose(program.array(f"{after[0].id}/A")[:, 0], acts @ w[0] + b[0], rtol=1e-3, atol=1e-3):
        return None, ""  # not linear: there is an activation in between
    a, b_ = w[0].astype(np.float64) @ basis
    return (float(a), float(b_), float(w[0] @ origin + b[0])), after[0].node.title


def _decides(plan: Plan, node: PlanNode) -> bool:
    """Its one number goes to an output of two classes, which has its boundary at 0."""
    ends = [other for other in plan.nodes.values() if node.id in other.inputs]
    return node.shape == (1,) and any(isinstance(end.layer, Output) and end.layer.loss.task == "binary" for end in ends)


def _target(engine: ViewEngine, part: str, rows: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """What colours the examples: their class, or their value; nan where there is no such single target."""
    answers = answers_of(engine.network.outputs, engine.data)
    if not answers:
        return np.full(len(rows), np.nan), ()
    values = read_target(engine.data.parts[part], answers[0], engine.data, rows)
    return values, answers[0].class_names if answers[0].kind == "classes" else ()
