"""Where a new layer goes: after the selected node, into a wire, or on a free place."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.graph import Edge
from engine.layer import Layer
from gui.canvas.geometry import GAP, NODE_HEIGHT, NODE_WIDTH, NodeBox, free_place, snap
from gui.document import Document
from gui.document.edits import Position, descendants


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a new node stands and how it is wired."""

    position: Position
    edge: Edge | None = None
    """The wire that it goes into."""
    connect_from: str | None = None
    moves: dict[str, Position] = field(default_factory=dict)
    """Where other nodes move to make room."""


def place_after(document: Document, boxes: dict[str, NodeBox], layer: Layer, anchor: str | None) -> Placement:
    """Where a layer goes that is appended to a node; without one, to the last of the network."""
    if anchor is None or not document.has_node(anchor):
        anchor = _last(document, layer)
    if anchor is None:
        return Placement(free_place((0, 0), boxes.values()))
    box = boxes[anchor]
    if not layer.ports and not layer.variadic:
        return Placement(free_place((box.x, box.y), boxes.values()))
    node = document.node(anchor)
    edge = _wire_to_split(document, anchor)
    if edge is not None and document.can_insert(layer):
        return place_in_wire(document, boxes, edge)
    wanted = (box.x + NODE_WIDTH + GAP, box.y)
    if node.layer.terminal:
        return Placement(free_place((box.x, box.y), boxes.values()))
    return Placement(free_place(wanted, boxes.values()), connect_from=anchor)


def place_in_wire(document: Document, boxes: dict[str, NodeBox], edge: Edge) -> Placement:
    """In the middle of a wire; what comes after it moves to the right where there is not enough room."""
    source, target = boxes[edge.source], boxes[edge.target]
    left, right = source.x + NODE_WIDTH + GAP, target.x - GAP - NODE_WIDTH
    if right >= left:
        position = (snap((left + right) / 2), snap((source.y + target.y) / 2))
        return Placement(free_place(position, boxes.values()), edge)
    later = descendants(document.graph, edge.target) - {edge.source}
    delta = left - right
    moves = {i: (boxes[i].x + delta, boxes[i].y) for i in later if i in boxes and boxes[i].x >= left - GAP}
    rest = [box for node_id, box in boxes.items() if node_id not in moves]
    return Placement(
        free_place((left, target.y if abs(target.y - source.y) < 1 else source.y), rest), edge, moves=moves
    )


def place_at(
    document: Document, boxes: dict[str, NodeBox], layer: Layer, center: Position, edge: Edge | None
) -> Placement:
    """Where a layer goes that is dropped with the mouse: there, or into the wire under it."""
    if edge is not None and document.can_insert(layer):
        return place_in_wire(document, boxes, edge)
    return Placement((snap(center[0] - NODE_WIDTH / 2), snap(center[1] - NODE_HEIGHT / 2)))


def _last(document: Document, layer: Layer) -> str | None:
    """The node that a layer is appended to when none is selected: the end of the longest chain so far."""
    order = list(document.plan.nodes)
    return next((i for i in reversed(order) if not document.node(i).layer.terminal), order[-1] if order else None)


def _wire_to_split(document: Document, anchor: str) -> Edge | None:
    """The only wire out of a node, or the one into an end of the network."""
    outgoing = document.graph.outgoing(anchor)
    if len(outgoing) == 1:
        return outgoing[0]
    incoming = document.graph.incoming(anchor)
    return incoming[0] if document.node(anchor).layer.terminal and len(incoming) == 1 else None
