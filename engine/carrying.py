"""From one design to the next: which weights of a run still fit after an edit, and which begin anew."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from engine.checkpoint import Checkpoint
from engine.plan import Plan
from engine.shapes import Shape


@dataclass(frozen=True)
class Carried:
    """What goes over from a run to another design."""

    checkpoint: Checkpoint
    """Partial: a new run begins with these weights and slots."""
    stale: frozenset[str]
    """Ids of the nodes of which something is drawn anew."""


def weight_shapes(plan: Plan) -> dict[str, Shape]:
    """Shapes of all parameters and states of a network, by name."""
    parameters = {
        f"{node.id}/{name}": spec.shape
        for node in plan.nodes.values()
        if node.id in plan.used
        for name, spec in node.parameters.items()
    }
    states = {f"{node.id}/{name}": spec.shape for node in plan.nodes.values() for name, spec in node.state.items()}
    return parameters | states


def stale_nodes(before: Mapping[str, Shape], plan: Plan, drop: Collection[str] = ()) -> frozenset[str]:
    """The nodes of a plan of which some parameter or state is drawn anew.

    Args:
        before: Shapes of the weights there are, by name.
        plan: The edited design. Nodes whose shapes a problem keeps unknown are not told.
        drop: Nodes that are to begin anew in any case.
    """
    return frozenset(node for node, name, shape in _owners(plan) if node in drop or before.get(name) != shape)


def carry_over(checkpoint: Checkpoint, plan: Plan, drop: Collection[str] = ()) -> Carried:
    """Keep what still fits: parameters, running averages and optimizer slots whose name and shape are the same.

    The new run begins at step 0 with the examples in the order of its seed. The optimizer keeps its slots, but counts
    its steps from 0: Adam's bias correction is then right for what is drawn anew, and makes the kept parameters move
    less at first rather than the new ones too far.

    Args:
        checkpoint: Of the run that the weights come from.
        plan: The edited design.
        drop: Nodes that are to begin anew in any case.
    """
    expected = {name: shape for node, name, shape in _owners(plan) if node not in drop}
    weights = {name: value for name, value in checkpoint.weights.items() if expected.get(name) == value.shape}
    slots = {
        name: value
        for name, value in checkpoint.slots.items()
        if expected.get(name.split("/", 1)[1]) == value.shape[1:]
    }
    partial = replace(
        checkpoint,
        step=0,
        epoch=0,
        position=0,
        weights=weights,
        slots=slots,
        optimizer_steps=0,
        random={},
        epoch_cost=(0.0, 0),
        evaluated=(0, 0),
        partial=True,
    )
    return Carried(partial, stale_nodes({name: value.shape for name, value in weights.items()}, plan, drop))


def _owners(plan: Plan) -> list[tuple[str, str, Shape]]:
    """Node, name and shape of every parameter and state."""
    return [(name.rsplit("/", 1)[0], name, shape) for name, shape in weight_shapes(plan).items()]
