"""Would a layer that does not exist yet fit there? Tried with its shapes alone, without a plan of the whole graph."""

from __future__ import annotations

from engine.layer import Layer, UnknownLayer
from engine.plan import Plan
from engine.shapes import Shape, ShapeError


def why_not_follow(plan: Plan, source: str, layer: Layer) -> str:
    """Why a layer cannot come after a node; empty if it can, as far as is known."""
    node = plan.nodes[source]
    if node.layer.terminal:
        return f"{node.layer.label} '{node.node.title}' is an end of the network. Nothing can follow it."
    if not layer.variadic and not layer.ports:
        return f"{layer.label} takes no input."
    if node.shape is None:
        return ""
    return _refusal(layer, (node.shape, node.shape) if layer.variadic else (node.shape,))


def why_not_precede(plan: Plan, target: str, port: int | None, layer: Layer) -> str:
    """Why a layer cannot come before an input port; empty if it can. Only what has no input has a known shape."""
    if layer.terminal:
        return f"{layer.label} is an end of the network. Nothing can follow it."
    if layer.variadic or layer.ports:
        return ""
    try:
        shape = layer.output_shape()
    except ShapeError as error:
        return f"{layer.label} {error}"
    node = plan.nodes[target]
    if isinstance(node.layer, UnknownLayer):
        return ""
    if not node.layer.variadic:
        return _refusal(node.layer, (shape,)) if len(node.layer.ports) == 1 else ""
    others = [e for e in plan.graph.incoming(target) if e.port != port]
    shapes = [plan.nodes[e.source].shape for e in others]
    known = [other for other in shapes if other is not None]
    return _refusal(node.layer, (*known, shape)) if len(known) == len(shapes) else ""


def _refusal(layer: Layer, shapes: tuple[Shape, ...]) -> str:
    try:
        layer.output_shape(*shapes)
        layer.parameters(*shapes)
    except ShapeError as error:
        return f"{layer.label} {error}"
    return ""
