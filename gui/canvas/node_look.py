"""What a node shows, worked out from the plan: plain text and flags, nothing of Qt."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from engine.graph import Edge, Node
from engine.layer import Layer, UnknownLayer
from engine.plan import Plan, Problem
from engine.shapes import format_shape
from gui.canvas.text import short_count


@dataclass(frozen=True, slots=True)
class NodeLook:
    """Everything that decides how a node is drawn, but its place."""

    title: str
    detail: str
    shape: str
    parameters: str
    problem: str = ""
    severity: str = ""
    """"error", "warning" or empty."""
    icon_layer: Layer | None = None
    source: bool = False
    terminal: bool = False
    frozen: bool = False
    stale: bool = False
    """Its weights will be re-initialized."""
    unknown: bool = False
    used: bool = True
    tooltip: str = ""
    summary: str = ""
    """One sentence for a screen reader."""


def node_looks(plan: Plan, problems: Mapping[str, list[Problem]], stale: Collection[str] = ()) -> dict[str, NodeLook]:
    """How every node of this plan is drawn.

    Args:
        plan: What the canvas shows.
        problems: By node.
        stale: Nodes whose weights will be drawn anew.
    """
    return {
        node.id: node_look(plan, node, problems.get(node.id, []), stale=node.id in stale) for node in plan.graph.nodes
    }


def node_look(plan: Plan, node: Node, problems: list[Problem], *, stale: bool = False) -> NodeLook:
    """How a node of this plan is drawn, with its problems."""
    planned, layer = plan.nodes[node.id], node.layer
    first = problems[0] if problems else None
    unknown = isinstance(layer, UnknownLayer)
    count, shape = planned.parameter_count, format_shape(planned.shape)
    detail = layer.key_fields() or layer.label
    lines = [f"{layer.label} '{node.title}'", detail if detail != layer.label else ""]
    lines.append(f"Output {shape}" if planned.shape is not None else "Output shape not known yet")
    if count:
        lines.append(f"{count:,} parameters{', not trained (frozen)' if node.frozen else ''}")
    if planned.multiplications:
        lines.append(f"{planned.multiplications:,} multiplications per example")
    facts = ". ".join(line for line in lines if line)
    sentences = [problem.message for problem in problems]
    if any(problem.advice for problem in problems):
        sentences.append("Right-click for a one-click fix.")
    if stale:
        sentences.append("Its weights will be re-initialized when training starts.")
    return NodeLook(
        title=node.title,
        detail=detail,
        shape=shape,
        parameters=f"{short_count(count)} parameter{'s' if count > 1 else ''}" if count else "",
        problem=_without_name(first.brief or first.message, node) if first else "",
        severity=first.severity if first else "",
        icon_layer=layer,
        source=not layer.ports and not layer.variadic,
        terminal=layer.terminal,
        frozen=node.frozen,
        stale=stale,
        unknown=unknown,
        used=not plan.used or node.id in plan.used,
        tooltip="\n".join([*(line for line in lines if line), *(f"\n{sentence}" for sentence in sentences)]),
        summary=" ".join([f"{facts}.", *sentences]),
    )


def input_ports(layer: Layer, incoming: list[Edge]) -> tuple[int, ...]:
    """Numbers of the ports to draw: those of the layer; for a joining layer the wired ones and a free one."""
    if layer.variadic:
        wired = sorted(edge.port for edge in incoming)
        return (*wired, max(wired, default=-1) + 1)
    extra = [edge.port for edge in incoming if edge.port >= len(layer.ports)]
    return (*range(len(layer.ports)), *sorted(extra))


def _without_name(message: str, node: Node) -> str:
    """The problem without "Dense 'hidden' ", which the node shows anyway."""
    rest = message.removeprefix(f"{node.layer.label} '{node.title}'").lstrip(": ").strip()
    return rest[:1].upper() + rest[1:]
