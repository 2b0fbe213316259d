"""What the Inspector computes in the background."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.activation import ActivationFunction
from engine.explaining.curves import Curve, activation_curve
from engine.explaining.deriving import Explainer
from engine.explaining.page import ExamplePage, Row, formula_rows
from engine.explaining.writing import Writer
from engine.plan import PlanNode
from gui.views.engine import ViewEngine

BATCH = 256
"""Examples whose z are drawn under the activation function, at most."""
WORK = 10_000_000
"""Multiplications that this may cost."""
MOST_BARS = 512
"""Units that are shown as bars."""
POINTS = 161


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked at."""

    node: str
    part: str
    place: int
    unit: int
    feature: int


@dataclass(frozen=True, eq=False, slots=True)
class Told:
    """What there is to see."""

    asked: Asked
    rows: list[Row]
    output: np.ndarray
    """Output of the layer for this example, one value per unit."""
    curve: Curve | None
    z: np.ndarray
    chosen: float


def tell(engine: ViewEngine, question: Asked) -> Told:
    """Everything that is to be seen of one node, one example and one unit."""
    node, memory = engine.network.plan.nodes[question.node], engine.memory
    size = engine.design.training.batch_size or engine.data.parts["train"].m
    m = min(size, engine.data.parts["train"].m)
    if "inspector" not in memory:
        plan = engine.network.plan
        memory["inspector"] = Explainer(plan, m, training=True), Explainer(plan, 1, training=False), Writer(plan)
    of_batch, of_one, writer = memory["inspector"]
    host = engine.network.backend.to_host
    program = engine.run(engine.batch(question.part, [question.place]))
    page = ExamplePage(of_one, writer, lambda name: host(program.array(name)), node)
    key = ("inspector", "formulas", node.id)
    if key not in memory:
        memory[key] = formula_rows(of_batch, writer, node)
    rows = [*memory[key], *page.rows(question.unit, question.feature)]
    source = node.inputs[0] if node.layer.terminal else node.id
    output = host(program.array(f"{source}/A"))[0].ravel()[:MOST_BARS].astype(np.float64)
    curve, z, chosen = _activation(engine, node, question, page)
    return Told(question, rows, output, curve, z, chosen)


def _activation(
    engine: ViewEngine, node: PlanNode, question: Asked, page: ExamplePage
) -> tuple[Curve | None, np.ndarray, float]:
    """The activation function of a layer around its own z, if it has one that looks at one unit at a time."""
    function = getattr(node.layer, "activation", None)
    if not isinstance(function, ActivationFunction):
        return None, np.empty(0), 0.0
    name = f"{node.id}/Z" if f"{node.id}/Z" in page.explainer else f"{node.inputs[0]}/A"
    chosen = page.value(name, page.place(name, question.unit, question.unit))
    examples = min(BATCH, max(8, WORK // max(engine.network.plan.multiplications, 1)))
    program = engine.run(engine.batch(question.part, examples), backward=False)
    z = engine.network.backend.to_host(program.array(name)).ravel().astype(np.float64)
    z = z[np.isfinite(z)]
    reach = max(float(np.abs(z).max(initial=0.0)) * 1.05, 3.0)
    return activation_curve(function, np.linspace(-reach, reach, POINTS)), z, chosen
