"""What a closed block shows, worked out from the plan of what is in it: plain text and flags, nothing of Qt."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from engine.annotations import Block
from engine.graph import Node
from engine.plan import Plan, Problem
from engine.shapes import format_shape
from gui.canvas.node_look import NodeLook
from gui.canvas.text import short_count


def block_look(
    plan: Plan,
    block: Block,
    nodes: Sequence[Node],
    outputs: Sequence[str],
    problems: Mapping[str, list[Problem]],
    stale: Collection[str] = (),
) -> NodeLook:
    """How a closed block is drawn.

    Args:
        plan: What the canvas shows.
        block: The block.
        nodes: All nodes in it.
        outputs: Those at its output ports.
        problems: By node.
        stale: Nodes whose weights will be drawn anew.
    """
    planned = [plan.nodes[node.id] for node in nodes]
    count = sum(item.parameter_count for item in planned)
    multiplications = sum(item.multiplications for item in planned)
    trainable = [item.node for item in planned if item.parameter_count]
    found = [problem for node in nodes for problem in problems.get(node.id, ())]
    found.sort(key=lambda problem: problem.severity != "error")
    shape = ", ".join(format_shape(plan.nodes[name].shape) for name in outputs)
    redrawn = sum(node.id in stale for node in nodes)
    layers = layer_count(len(nodes))
    lines = [
        f"Block '{block.title}'",
        layers,
        f"Output {shape}" if shape else "No output",
        f"{count:,} parameter{'' if count == 1 else 's'}" if count else "",
        f"{multiplications:,} multiplications per example" if multiplications else "",
        "All its parameters are frozen" if trainable and all(node.frozen for node in trainable) else "",
    ]
    sentences = [problem.message for problem in found[:3]]
    if len(found) > 3:
        sentences.append(f"There are {len(found) - 3} more problems in it.")
    if redrawn:
        sentences.append(f"Weights of {layer_count(redrawn)} will be re-initialized when training starts.")
    facts = [line for line in lines if line]
    return NodeLook(
        title=block.title,
        detail=layers,
        shape=shape,
        parameters=f"{short_count(count)} parameter{'s' if count > 1 else ''}" if count else "",
        problem=found[0].message if found else "",
        severity=found[0].severity if found else "",
        frozen=bool(trainable) and all(node.frozen for node in trainable),
        stale=redrawn > 0,
        used=not plan.used or any(node.id in plan.used for node in nodes),
        tooltip="\n".join([*facts, *(f"\n{sentence}" for sentence in sentences), "\nDouble-click to open it."]),
        summary=" ".join([f"{'. '.join(facts)}. Closed.", *sentences]),
    )


def layer_count(number: int) -> str:
    """ "1 layer", "12 layers"."""
    return f"{number:,} layer{'' if number == 1 else 's'}"
