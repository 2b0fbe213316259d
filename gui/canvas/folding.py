"""Opening, closing and repeating blocks as pure functions: how everything around them makes room, and comes back."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRectF

from engine.blocks import BlockTree
from engine.graph import GraphSpec
from gui.canvas.geometry import GAP, NODE_HEIGHT, NODE_WIDTH, snap
from gui.canvas.shown import Shown, closed_rect, room_moves
from gui.document import edits
from gui.document.edits import Position
from gui.document.repeating import change_blocks

NoteRects = Mapping[str, QRectF]
"""What the notes of a graph cover, by id."""


def folded(graph: GraphSpec, block_id: str, closed: bool, notes: NoteRects) -> GraphSpec:
    """The graph with a block open or closed. What is beside it moves, so that its distance to it stays."""
    shown = Shown(graph, BlockTree(graph))
    if shown.tree.blocks[block_id].collapsed == closed:
        return graph
    extents = _extents(shown)
    box, extent = closed_rect(extents[block_id]), extents[block_id]
    graph = _with_room(shown, extents, block_id, notes, *((extent, box) if closed else (box, extent)))
    return graph.replace(blocks=change_blocks(graph, {block_id: {"collapsed": closed}}))


def moved_between(before: GraphSpec, after: GraphSpec) -> dict[str, Position]:
    """The new places of the nodes and notes that moved."""
    old = {item.id: item.position for item in (*before.nodes, *before.notes)}
    return {item.id: item.position for item in (*after.nodes, *after.notes) if old[item.id] != item.position}


def step_of_copies(graph: GraphSpec, block_id: str) -> float:
    """How far apart copies of a block stand, in points."""
    return snap(_rect(Shown(graph, BlockTree(graph)), block_id).width() + GAP)


def room_for_copies(graph: GraphSpec, block_id: str, times: int, notes: NoteRects) -> dict[str, Position]:
    """Where nodes and notes go so that copies have room to the right of a block."""
    shown = Shown(graph, BlockTree(graph))
    rect = _rect(shown, block_id)
    wide = rect.adjusted(0, 0, (times - 1) * step_of_copies(graph, block_id), 0)
    return moved_between(graph, _with_room(shown, _extents(shown), block_id, notes, rect, wide))


def _rect(shown: Shown, block_id: str) -> QRectF:
    extent = _extents(shown)[block_id]
    return closed_rect(extent) if shown.tree.blocks[block_id].collapsed else extent


def _extents(shown: Shown) -> dict[str, QRectF]:
    places = {node.id: node.position for node in shown.graph.nodes}
    return shown.extents(places.__getitem__)


def _with_room(
    shown: Shown, extents: Mapping[str, QRectF], block_id: str, notes: NoteRects, before: QRectF, after: QRectF
) -> GraphSpec:
    tree, graph = shown.tree, shown.graph
    inside = tree.inside(block_id) | tree.descendants(block_id) | set(shown.notes_of(block_id))
    positions = {item.id: item.position for item in (*graph.nodes, *graph.notes)}
    places = {
        box_id: closed_rect(extents[box_id])
        if box_id in shown.closed
        else QRectF(*positions[box_id], NODE_WIDTH, NODE_HEIGHT)
        for box_id in shown.boxes
    }
    for note in graph.notes:
        if not shown.hides(note.block):
            size = notes[note.id].size() if note.id in notes else QRectF().size()
            places[note.id] = QRectF(QPointF(*note.position), size)
    moves: dict[str, Position] = {}
    for item_id, (dx, dy) in room_moves(places, before, after, inside).items():
        for inner in (*shown.nodes_of(item_id), *shown.notes_of(item_id)):
            moves[inner] = (positions[inner][0] + dx, positions[inner][1] + dy)
    return edits.move(graph, moves)
