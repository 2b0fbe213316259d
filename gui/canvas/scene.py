"""The scene: what lies where, what is selected, and how it is drawn from near and from afar."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from PySide6.QtCore import QObject, QPointF, QRectF
from PySide6.QtWidgets import QGraphicsItem

from engine.graph import Edge
from gui.canvas.edge_item import EdgeItem
from gui.canvas.flow import Flow, FlowLayer
from gui.canvas.geometry import INSERT_REACH, NodeBox, PortHit, distance_to_path, node_at, port_at
from gui.canvas.mirror_scene import MirrorScene
from gui.canvas.node_item import NodeItem
from gui.canvas.overview import Overview
from gui.document import Document
from gui.document.edits import Position

CROWD = 60
"""From so many selected wires on these are drawn more simply."""


class CanvasScene(MirrorScene):
    """Mirrors the document; selection and hover are the only state of its own.

    Boxes are nodes and closed blocks. Where a node is asked for that a closed block hides, the block answers.
    """

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        self._overview: Overview | None = None
        self._others: list[QGraphicsItem] = []
        super().__init__(document, parent)
        self._flow = FlowLayer(self)
        self.selectionChanged.connect(self._on_selection_changed)
        self._on_document_design_replaced()

    def _on_selection_changed(self) -> None:
        if self._overview is not None:
            self._overview.choose()

    # Boxes

    def boxes(self, near: QPointF | None = None, reach: float = 64.0) -> list[NodeBox]:
        """All boxes, or those near a point; from bottom to top."""
        if near is None:
            return [item.box for item in self._nodes.values()]
        area = QRectF(near.x() - reach, near.y() - reach, 2 * reach, 2 * reach)
        return [item.box for item in reversed(self.items(area)) if isinstance(item, NodeItem)]

    def place_of(self, hit: PortHit) -> QPointF:
        """Where a port is drawn, be it one of a hidden node."""
        return self.node_item(hit.node).box.place(hit)

    # Where values go

    @property
    def flow(self) -> FlowLayer:
        """What shows where values go at the moment."""
        return self._flow

    def show_flow(self, flow: Flow | None) -> None:
        """Show at which nodes work is done and along which wires values go; None takes it away."""
        self._flow.show(flow)

    def clear_flow(self) -> None:
        """Take it away."""
        self._flow.show(None)

    # Near and far

    @property
    def is_far(self) -> bool:
        """Whether everything is drawn plainly by the overview."""
        return self._overview is not None

    def set_far(self, far: bool) -> None:
        """Draw everything plainly, because it is seen from afar; or every node and wire by itself."""
        if far == self.is_far:
            return
        if self._overview is not None:
            self.removeItem(self._overview)
            self._overview = None
            self.show_carried()
            return
        self._finish_carrying()
        self._overview = Overview()
        self.addItem(self._overview)
        self._show_content()

    def plain_items(self) -> list[QGraphicsItem] | None:
        """What is drawn from afar, from back to front: the overview in place of all nodes and wires."""
        return sorted(self._others, key=QGraphicsItem.zValue) if self.is_far else None

    def addItem(self, item: QGraphicsItem) -> None:
        super().addItem(item)
        if not isinstance(item, NodeItem | EdgeItem) and item.parentItem() is None:
            self._others.append(item)

    def removeItem(self, item: QGraphicsItem) -> None:
        super().removeItem(item)
        if item in self._others:
            self._others.remove(item)
            if self._overview is not None:
                self._overview.redraw()

    @contextmanager
    def drawn(self, far: bool) -> Iterator[None]:
        """Draw near or far for a while, whatever the view shows, with nothing selected."""
        before, selected = self.is_far, self.selectedItems()
        blocked = self.blockSignals(True)
        for item in selected:
            item.setSelected(False)
        self.set_far(far)
        try:
            yield
        finally:
            self.set_far(before)
            for item in selected:
                item.setSelected(True)
            self.blockSignals(blocked)

    def _show_content(self) -> None:
        """Something moved, came or went."""
        self._content = None
        carrying = self._carrying
        if self._overview is not None and carrying is not None:
            self._overview.carry(carrying.items, [item for item, _, _ in self._crossing], carrying.since_start)
        elif self._overview is not None:
            rect = self.content_rect().adjusted(-2000, -2000, 2000, 2000)
            self._overview.set_items(self._nodes.values(), self._edges.values(), rect)
        self.content_changed.emit()

    # What lies under a point

    def port_at(self, point: QPointF, reach: float) -> PortHit | None:
        """The port under a point."""
        return port_at(point, self.boxes(point, reach + 8), reach)

    def node_at(self, point: QPointF) -> str | None:
        """The node or closed block under a point."""
        return node_at(point, self.boxes(point, 1))

    def edge_at(self, point: QPointF, reach: float) -> Edge | None:
        """The wire nearest to a point, if one is near enough."""
        area = QRectF(point.x() - reach, point.y() - reach, 2 * reach, 2 * reach)
        near = [item for item in self.items(area) if isinstance(item, EdgeItem)]
        best = min(near, key=lambda item: distance_to_path(point, item.path), default=None)
        return best.edge if best is not None and distance_to_path(point, best.path) <= reach else None

    def edge_for_insert(self, point: QPointF) -> Edge | None:
        """The wire that a layer dropped here would go into."""
        return self.edge_at(point, INSERT_REACH)

    # Selection

    def selected_boxes(self) -> list[str]:
        """Ids of the selected nodes and closed blocks, in the order of the document."""
        return [box_id for box_id, item in self._nodes.items() if item.isSelected()]

    def selected_blocks(self) -> list[str]:
        """Ids of the selected blocks, closed or open."""
        closed = [box_id for box_id in self.shown.closed if self._nodes[box_id].isSelected()]
        return [*closed, *self.frames.selected()]

    def selected_nodes(self) -> list[str]:
        """Ids of the selected nodes and of all nodes in the selected blocks, in the order of the document."""
        found, frames = self.selected_boxes(), self.frames.selected()
        if not frames and not self.shown.closed:
            return found
        inside = {node_id for item_id in (*found, *frames) for node_id in self.shown.nodes_of(item_id)}
        return [node.id for node in self.document.graph.nodes if node.id in inside]

    def selected_notes(self) -> list[str]:
        """Ids of the selected notes and of all notes in the selected blocks."""
        found = self.notes.selected()
        found += [note_id for block_id in self.selected_blocks() for note_id in self.shown.notes_of(block_id)]
        return list(dict.fromkeys(found))

    def selected_ids(self) -> list[str]:
        """Ids of all that is selected by itself but wires: nodes, blocks and notes."""
        return [*self.selected_boxes(), *self.frames.selected(), *self.notes.selected()]

    def selected_edges(self) -> list[Edge]:
        """The selected wires, each by one of the edges that it stands for."""
        return [edge for edge, item in self._edges.items() if item.isSelected()]

    def select(self, ids: list[str] | set[str], edges: list[Edge] | None = None) -> None:
        """Select exactly these nodes, blocks, notes and wires; `selection_changed` of the view comes once.

        Of a block and nodes in it, only the block is selected.
        """
        before = set(self.selectedItems())
        frames, notes = self.frames.items, self.notes.items
        inner = {node_id for item_id in ids if item_id in frames for node_id in self._inside(item_id)}
        wanted: set[QGraphicsItem] = {frames[i] for i in ids if i in frames and i not in inner}
        wanted |= {self._nodes[box] for i in ids if i not in inner and (box := self.shown.box_of(i)) in self._nodes}
        wanted |= {notes[i] for i in ids if i in notes and i not in inner and notes[i].isVisible()}
        wires = (self.shown.known(edge) for edge in edges or ())
        wanted |= {self._edges[wire] for wire in wires if wire is not None}
        if before == wanted:
            return
        chosen = [item for item in wanted if isinstance(item, EdgeItem)]
        for item in chosen:
            item.set_crowded(len(chosen) > CROWD)
        blocked = self.blockSignals(True)
        for item in before - wanted:
            item.setSelected(False)
        for item in wanted - before:
            item.setSelected(True)
        self.blockSignals(blocked)
        self.selectionChanged.emit()

    def _inside(self, block_id: str) -> list[str]:
        blocks = self.shown.tree.descendants(block_id) - {block_id}
        return [*self.shown.nodes_of(block_id), *blocks, *self.shown.notes_of(block_id)]

    def moves_for(self, places: Mapping[str, Position]) -> dict[str, Position]:
        """Where nodes and notes go so that these boxes come to these places."""
        moves = {}
        for box_id, (x, y) in places.items():
            box = self._nodes[box_id].box
            moves[box_id] = (x - box.x, y - box.y)
        return self.moved(moves)

    def moved(self, deltas: Mapping[str, Position]) -> dict[str, Position]:
        """Where nodes and notes go when boxes and notes move by so much."""
        notes = {note.id: note.position for note in self.document.graph.notes}
        places: dict[str, Position] = {}
        for item_id, (dx, dy) in deltas.items():
            if item_id in notes:
                places[item_id] = (notes[item_id][0] + dx, notes[item_id][1] + dy)
                continue
            for node_id in self.shown.nodes_of(item_id):
                x, y = self.document.node(node_id).position
                places[node_id] = (x + dx, y + dy)
            for note_id in self.shown.notes_of(item_id):
                places[note_id] = (notes[note_id][0] + dx, notes[note_id][1] + dy)
        return places
