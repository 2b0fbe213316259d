"""A scene with boxes and wires where the document, or a gesture, has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QObject, QPointF, QRectF, Signal
from PySide6.QtWidgets import QGraphicsItem, QGraphicsScene

from engine.graph import Edge
from engine.shapes import format_shape
from gui.canvas.carrying import MANY, Carrying
from gui.canvas.edge_item import EdgeItem
from gui.canvas.frames import Frames
from gui.canvas.geometry import NodeBox, PortHit
from gui.canvas.node_item import NodeItem
from gui.canvas.node_look import input_ports
from gui.canvas.note_items import NoteItems
from gui.canvas.pictures import Pictures
from gui.canvas.shape_names import explain_shape
from gui.canvas.shown import Shown, closed_rect
from gui.document import Document
from gui.document.edits import FARTHEST, Position

SAME_WAY = 1e-3
"""Nodes whose ways differ by less go the same way, in points."""


class PlacedScene(QGraphicsScene):
    """Holds the items and knows their places; the items themselves come from `MirrorScene`."""

    content_changed = Signal()
    """Something moved, came, went or looks otherwise."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.shown = Shown(document.graph, document.blocks)
        """Which boxes and wires there are, and what they stand for."""
        self._nodes: dict[str, NodeItem] = {}
        self._edges: dict[Edge, EdgeItem] = {}
        self._ends: list[tuple[EdgeItem, str, str]] = []
        self._preview: dict[str, Position] = {}
        self._carrying: Carrying | None = None
        self._crossing: list[tuple[EdgeItem, str, str]] = []
        self._around: set[str] = set()
        self._carried: frozenset[str] = frozenset()
        self._closed_at: dict[str, Position] = {}
        self._content: QRectF | None = None
        self.pictures = Pictures(self)
        self.notes = NoteItems(document, self, self._take_away)
        self.frames = Frames(self, self._take_away)
        self._selection_lost = False
        far = FARTHEST + 20_000
        self.setSceneRect(QRectF(-far, -far, 2 * far, 2 * far))

    # Items

    def node_item(self, node_id: str) -> NodeItem:
        """The item of a node or closed block, or of the closed block that hides it. Raises KeyError."""
        return self._nodes[self.shown.box_of(node_id)]

    def node_items(self) -> dict[str, NodeItem]:
        """All items of nodes and closed blocks by id, in the order of the document."""
        return dict(self._nodes)

    def edge_item(self, edge: Edge) -> EdgeItem:
        """The item of the wire that stands for an edge. Raises KeyError if it is hidden."""
        return self._edges[self.shown.wire_of(edge)]

    def edge_items(self) -> dict[Edge, EdgeItem]:
        """All items of wires, by one of the edges that each stands for."""
        return dict(self._edges)

    def content_rect(self) -> QRectF:
        """What nodes, blocks and notes cover."""
        if self._content is None:
            self._content = self.rect_of([*self._nodes, *self.frames.items, *self.notes.shown()])
        return QRectF(self._content)

    def rect_of(self, ids: Iterable[str]) -> QRectF:
        """What some nodes, blocks and notes cover."""
        rects = [rect for item_id in ids if (rect := self._rect_of(item_id)) is not None]
        if not rects:
            return QRectF()
        left, top = min(rect.left() for rect in rects), min(rect.top() for rect in rects)
        right, bottom = max(rect.right() for rect in rects), max(rect.bottom() for rect in rects)
        return QRectF(left, top, right - left, bottom - top)

    def _rect_of(self, item_id: str) -> QRectF | None:
        item = self._nodes.get(item_id) or self.notes.items.get(item_id) or self.frames.items.get(item_id)
        if item is None:
            item = self._nodes.get(self.shown.box_of(item_id))
        if self._carrying is not None and isinstance(item, NodeItem):
            return item.rect.translated(*self._carrying.lag_of(item))
        return item.rect if item is not None else None

    # What differs between near and far

    @property
    def is_far(self) -> bool:
        """Whether everything is drawn plainly."""
        return False

    def _show_content(self) -> None:
        """Something moved, came or went."""
        self._content = None
        self.content_changed.emit()

    # Previews of gestures

    def preview_positions(self, positions: Mapping[str, Position]) -> None:
        """Draw some nodes and notes elsewhere than the document has them; {} ends it."""
        self.notes.preview(positions)
        before, self._preview = self._preview, dict(positions)
        if not self._carry(positions):
            if self._carrying is not None and not positions:
                self._carrying.offset = (0.0, 0.0)
            self._finish_carrying()
            self._shift({*positions, *before})

    def _carry(self, positions: Mapping[str, Position]) -> bool:
        """Preview positions by `Carrying`; False if they are too few or go different ways."""
        least = 1 if self.is_far else MANY
        if len(positions) < least:
            return False
        nodes = [node for node in self.document.graph.nodes if node.id in positions]
        across = [positions[node.id][0] - node.position[0] for node in nodes]
        down = [positions[node.id][1] - node.position[1] for node in nodes]
        if not nodes or max(max(across) - min(across), max(down) - min(down)) > SAME_WAY:
            return False
        ids = frozenset(positions)
        if self._carrying is None or ids != self._carried:
            boxes = {self.shown.home.get(node.id, node.id) for node in nodes}
            if len(boxes.intersection(self._nodes)) < least:
                return False
            self._begin_carrying(boxes)
            self._carried = ids
        assert self._carrying is not None
        self._carrying.offset = across[0], down[0]
        self.show_carried()
        return True

    def _begin_carrying(self, boxes: set[str]) -> None:
        self._finish_carrying()
        document = self.document
        first = next(iter(boxes))
        here, there = self._nodes[first].box, self._closed_at.get(first) if first in self.shown.closed else None
        there = there or document.node(first).position
        inner = [item for item, source_id, target_id in self._ends if source_id in boxes and target_id in boxes]
        start = here.x - there[0], here.y - there[1]
        self._carrying = Carrying((self._nodes[box_id] for box_id in boxes), inner, start)
        self._crossing = [ends for ends in self._ends if (ends[1] in boxes) != (ends[2] in boxes)]
        around = {self.shown.block_around(box_id) for box_id in boxes}
        self._around = (around | {note.block for note in self.shown.graph.notes}) - {""}

    def show_carried(self) -> None:
        """Draw what is dragged where it is now, as far as it is seen; needed again when another part is seen."""
        if self._carrying is None:
            return
        for view in self.views() if not self.is_far else ():
            self._carrying.show(view.mapToScene(view.viewport().rect()).boundingRect())
        for ends in self._crossing:
            self._set_ends(*ends)
        if self.frames.items:
            self.frames.place(self._rect_of, self._around)
        self._show_content()

    def _finish_carrying(self) -> None:
        """Bring all that is dragged to where it is drawn."""
        carrying, self._carrying = self._carrying, None
        if carrying is not None:
            carrying.finish()
            for ends in self._crossing:
                self._set_ends(*ends)

    def _shift(self, ids: set[str]) -> None:
        """Put boxes elsewhere whose ports did not change, and the wires at them; this is done for every frame."""
        moved: dict[str, Position] = {}
        document, home = self.document, self.shown.home
        touched = {note.block for note in self.shown.graph.notes if note.block and note.id in ids}
        for node_id in ids:
            box_id = home.get(node_id, node_id)
            if box_id in moved or box_id not in self._nodes or not document.has_node(node_id):
                continue
            item, node = self._nodes[box_id], document.node(node_id)
            x, y = self._preview.get(node_id, node.position)
            if box_id != node_id:  # a closed block moves as any of its nodes does
                base = self._closed_at[box_id]
                x, y = base[0] + x - node.position[0], base[1] + y - node.position[1]
            if (x, y) == (item.box.x, item.box.y):
                continue
            moved[box_id] = (x - item.box.x, y - item.box.y)
            item.shift(*moved[box_id])
            touched.add(document.block(box_id).parent if box_id != node_id else node.block)
        if moved:
            self._move_wires(moved)
        if self.frames.items and touched - {""}:
            self.frames.place(self._rect_of, touched - {""})
        if moved or any(note.id in ids for note in self.shown.graph.notes):
            self._show_content()

    def _move_wires(self, moved: Mapping[str, Position]) -> None:
        """Put wires at boxes that were moved."""
        for item, source_id, target_id in self._ends:
            source, target = moved.get(source_id), moved.get(target_id)
            if source is not None and source == target:
                item.shift(*source)
            elif source is not None or target is not None:
                self._set_ends(item, source_id, target_id)

    # Places

    def _place(self, ids: set[str], *, labels: bool = True) -> None:
        """Put nodes and closed blocks, and the wires at them, where they belong.

        Args:
            ids: Of the nodes.
            labels: Whether what stands at the wires may have changed.
        """
        self._finish_carrying()
        document, shown = self.document, self.shown
        boxes = {shown.home.get(node_id, node_id) for node_id in ids}.intersection(self._nodes)
        incoming: dict[str, list[Edge]] = {box_id: [] for box_id in boxes}
        for edge in document.graph.edges:
            if edge.target in incoming:
                incoming[edge.target].append(edge)
        extents = shown.extents(self._position_of) if boxes.intersection(shown.closed) else {}
        before = {box_id: self._nodes[box_id].box for box_id in boxes}
        for box_id in boxes:
            item = self._nodes[box_id]
            if box_id in shown.closed:
                corner, ports = closed_rect(extents[box_id]).topLeft(), shown.closed[box_id]
                self._closed_at[box_id] = corner.x(), corner.y()
                inputs, outputs = tuple(range(len(ports.inlets))), bool(ports.outlets)
                problem = bool(item.look.problem)
                item.set_box(NodeBox(box_id, corner.x(), corner.y(), inputs, outputs, problem,
                                     ports.inlets, ports.outlets))  # fmt: skip
                item.set_color(document.block(box_id).color)
                continue
            node = document.node(box_id)
            x, y = self._preview.get(box_id, node.position)
            ports = input_ports(node.layer, incoming[box_id])
            item.set_box(NodeBox(box_id, x, y, ports, not node.layer.terminal, bool(item.look.problem)))
            item.set_color(node.color)
        if labels:
            self._label_wires(boxes)
        self._place_wires(before)
        self.frames.place(self._rect_of)
        self._show_content()

    def _place_wires(self, before: Mapping[str, NodeBox]) -> None:
        """Put the wires at boxes that were elsewhere, or otherwise, before. Those between boxes that moved alike, as
        most do, need no new curve."""
        ways: dict[str, Position | None] = {}
        for box_id, old in before.items():
            box = self._nodes[box_id].box
            ways[box_id] = (box.x - old.x, box.y - old.y) if box.form == old.form else None
        for item, source_id, target_id in self._ends:
            if source_id not in ways and target_id not in ways:
                continue
            way = ways.get(source_id)
            if way is not None and way == ways.get(target_id) and not item.path.isEmpty():
                item.shift(*way)
            else:
                self._set_ends(item, source_id, target_id)

    def _label_wires(self, boxes: set[str]) -> None:
        plan, document = self.document.plan, self.document
        wrong = frozenset(problem.edge for problem in plan.problems if problem.edge is not None)
        for item, source_id, target_id in self._ends:
            if source_id not in boxes and target_id not in boxes:
                continue
            edge = item.edge
            shape = plan.nodes[edge.source].shape
            titles = f"{document.node(edge.source).title} → {document.node(edge.target).title}"
            label = format_shape(shape) if shape is not None else ""
            explained = explain_shape(shape) if shape is not None else ""
            tooltip = "\n".join(line for line in (titles, label, explained) if line)
            item.set_label(label, shape or (), tooltip, any(e in wrong for e in self.shown.wires[edge]))

    def _set_ends(self, item: EdgeItem, source_id: str, target_id: str) -> None:
        edge, source, target = item.edge, self._nodes[source_id].box, self._nodes[target_id].box
        start, end = source.place(PortHit(edge.source, None)), target.place(PortHit(edge.target, edge.port))
        if self._carrying is not None:
            start += QPointF(*self._carrying.lag_of(self._nodes[source_id]))
            end += QPointF(*self._carrying.lag_of(self._nodes[target_id]))
        item.set_ends(start, end)

    def _position_of(self, node_id: str) -> Position:
        return self._preview.get(node_id) or self.document.node(node_id).position

    def _take_away(self, item: QGraphicsItem) -> None:
        """Remove an item; that the selection changed is said once, when the edit is complete."""
        self._selection_lost = self._selection_lost or item.isSelected()
        blocked = self.blockSignals(True)
        self.removeItem(item)
        self.blockSignals(blocked)
