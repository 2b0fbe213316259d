"""Where a new layer or block goes: after the selected node, into a wire, or on a free place."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.graph import Edge
from gui.canvas.geometry import GAP, NODE_HEIGHT, NODE_WIDTH, NodeBox, free_place, snap
from gui.document import Document
from gui.document.edits import Position, descendants

Boxes = dict[str, NodeBox]
"""By the ids of all nodes; a hidden one has the box of the closed block that hides it."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a new box stands and how it is wired."""

    position: Position
    edge: Edge | None = None
    """The wire that it goes into."""
    connect_from: str | None = None
    moves: dict[str, Position] = field(default_factory=dict)
    """How far other boxes move to make room."""


@dataclass(frozen=True, slots=True)
class Fits:
    """How a new box can be wired."""

    input: bool
    """Something can feed it."""
    wire: bool
    """It can stand in the middle of a wire."""


def place_after(document: Document, boxes: Boxes, fits: Fits, anchor: str | None) -> Placement:
    """Where a box goes that is appended to a node; without one, to the last of the network."""
    if anchor is None or not document.has_node(anchor):
        anchor = _last(document)
    if anchor is None:
        return Placement(free_place((0, 0), boxes.values()))
    box = boxes[anchor]
    if not fits.input:
        return Placement(free_place((box.x, box.y), boxes.values()))
    node = document.node(anchor)
    edge = _wire_to_split(document, boxes, anchor)
    if edge is not None and fits.wire:
        return place_in_wire(document, boxes, edge)
    wanted = (box.x + NODE_WIDTH + GAP, box.y)
    if node.layer.terminal:
        return Placement(free_place((box.x, box.y), boxes.values()))
    return Placement(free_place(wanted, boxes.values()), connect_from=anchor)


def place_in_wire(document: Document, boxes: Boxes, edge: Edge) -> Placement:
    """In the middle of a wire; what comes after it moves to the right where there is not enough room."""
    source, target = boxes[edge.source], boxes[edge.target]
    left, right = source.x + NODE_WIDTH + GAP, target.x - GAP - NODE_WIDTH
    if right >= left:
        position = (snap((left + right) / 2), snap((source.y + target.y) / 2))
        return Placement(free_place(position, boxes.values()), edge)
    later = {boxes[i].id: boxes[i] for i in descendants(document.graph, edge.target)}
    later.pop(source.id, None)
    moves = {box.id: (left - right, 0.0) for box in later.values() if box.x >= left - GAP}
    rest = [box for box in boxes.values() if box.id not in moves]
    return Placement(
        free_place((left, target.y if abs(target.y - source.y) < 1 else source.y), rest), edge, moves=moves
    )


def place_at(document: Document, boxes: Boxes, fits: Fits, center: Position, edge: Edge | None) -> Placement:
    """Where a box goes that is dropped with the mouse: there, or into the wire under it."""
    if edge is not None and fits.wire:
        return place_in_wire(document, boxes, edge)
    return Placement((snap(center[0] - NODE_WIDTH / 2), snap(center[1] - NODE_HEIGHT / 2)))


def _last(document: Document) -> str | None:
    """The node that a box is appended to when none is selected: the end of the longest chain so far."""
    order = list(document.plan.nodes)
    return next((i for i in reversed(order) if not document.node(i).layer.terminal), order[-1] if order else None)


def _wire_to_split(document: Document, boxes: Boxes, anchor: str) -> Edge | None:
    """The only wire out of a node, or the one into an end of the network."""
    outgoing = document.graph.outgoing(anchor)
    if outgoing and len({boxes[edge.target].id for edge in outgoing}) == 1 and _one_wire(boxes, outgoing):
        return outgoing[0]
    incoming = document.graph.incoming(anchor)
    return incoming[0] if document.node(anchor).layer.terminal and len(incoming) == 1 else None


def _one_wire(boxes: Boxes, edges: list[Edge]) -> bool:
    return len(edges) == 1 or bool(boxes[edges[0].target].inlets)
