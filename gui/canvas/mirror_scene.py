"""A scene that mirrors a document: one item per node, closed block and wire, and a frame per open block."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from PySide6.QtCore import QObject, QRectF, Signal
from PySide6.QtWidgets import QGraphicsItem, QGraphicsScene

from engine.graph import Edge
from engine.shapes import format_shape
from gui.canvas.block_item import BlockItem
from gui.canvas.block_look import block_look
from gui.canvas.edge_item import EdgeItem
from gui.canvas.frames import Frames
from gui.canvas.geometry import NodeBox, PortHit
from gui.canvas.node_item import NodeItem
from gui.canvas.node_look import input_ports, node_look
from gui.canvas.note_items import NoteItems
from gui.canvas.pictures import Pictures
from gui.canvas.shape_names import explain_shape
from gui.canvas.shown import Shown, closed_rect
from gui.document import Document
from gui.document.edits import FARTHEST, Position
from gui.theme import theme_notifier


class MirrorScene(QGraphicsScene):
    """Keeps the items in step with the document."""

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
        self._closed_at: dict[str, Position] = {}
        self._content: QRectF | None = None
        self.pictures = Pictures(self)
        self.notes = NoteItems(document, self, self._take_away)
        self.frames = Frames(self, self._take_away)
        self._changed: set[str] = set()
        self._stale = self._selection_lost = False
        far = FARTHEST + 20_000
        self.setSceneRect(QRectF(-far, -far, 2 * far, 2 * far))
        for signal in (document.node_added, document.node_removed, document.edge_added, document.edge_removed):
            signal.connect(self._on_document_structure_changed)
        document.node_changed.connect(self._on_document_node_changed)
        document.blocks_changed.connect(self._on_document_structure_changed)
        document.notes_changed.connect(self._on_document_notes_changed)
        document.settled.connect(self._on_document_settled)
        document.checks.changed.connect(self._on_document_plan_changed)
        document.weights.changed.connect(self._on_document_plan_changed)
        document.design_replaced.connect(self._on_document_design_replaced)
        theme_notifier.theme_changed.connect(self._on_theme_notifier_theme_changed)

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
        changed = set(positions) | set(self._preview)
        self._preview = dict(positions)
        self._shift(changed)

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
            moved[box_id] = (x - item.box.x, y - item.box.y)
            item.set_box(replace(item.box, x=x, y=y))
            touched.add(document.block(box_id).parent if box_id != node_id else node.block)
        for item, source_id, target_id in self._ends:
            source, target = moved.get(source_id), moved.get(target_id)
            if source is not None and source == target:
                item.shift(*source)
            elif source is not None or target is not None:
                self._set_ends(item, source_id, target_id)
        if self.frames.items:
            self.frames.place(self._rect_of, touched - {""})
        self._show_content()

    # Keeping in step

    def _sync(self) -> None:
        """Have an item for all that is shown."""
        self._stale = False
        chosen = [name for name in self.shown.closed if name in self._nodes and self._nodes[name].isSelected()]
        chosen += self.frames.selected()
        shown = self.shown = Shown(self.document.graph, self.document.blocks)
        wanted = set(shown.boxes)
        for box_id in [*self._nodes]:
            if box_id not in wanted:
                item = self._nodes.pop(box_id)
                self.pictures.forget(item)
                self._take_away(item)
        for edge in [*self._edges]:
            if edge not in shown.wires:
                self._take_away(self._edges.pop(edge))
        for box_id in shown.boxes:
            if box_id not in self._nodes:
                kind = BlockItem if box_id in shown.closed else NodeItem
                self._nodes[box_id] = kind(box_id, self.pictures)
                self._add(self._nodes[box_id])
        for edge in shown.wires:
            if edge not in self._edges:
                self._edges[edge] = EdgeItem(edge, self.pictures)
                self._add(self._edges[edge])
        self._nodes = {box_id: self._nodes[box_id] for box_id in shown.boxes}
        self._edges = {edge: self._edges[edge] for edge in shown.wires}
        self._ends = [(i, shown.box_of(e.source), shown.box_of(e.target)) for e, i in self._edges.items()]
        self.frames.sync(shown)
        self._show_notes()
        self._choose(chosen)

    def _choose(self, block_ids: list[str]) -> None:
        """Let blocks stay selected that are drawn by another item now."""
        blocked = self.blockSignals(True)
        for block_id in block_ids:
            item = self._nodes.get(block_id) or self.frames.items.get(block_id)
            if item is not None:
                item.setSelected(True)
        self.blockSignals(blocked)

    def _add(self, item: QGraphicsItem) -> None:
        item.setFlag(QGraphicsItem.GraphicsItemFlag.ItemHasNoContents, self.is_far)
        self.addItem(item)

    def _show_notes(self) -> None:
        """Hide the notes in closed blocks."""
        for item in self.notes.items.values():
            visible = not self.shown.hides(item.note.block)
            if not visible and item.isSelected():
                self._selection_lost = True
                blocked = self.blockSignals(True)
                item.setSelected(False)
                self.blockSignals(blocked)
            item.setVisible(visible)

    def _place(self, ids: set[str]) -> None:
        """Put nodes and closed blocks, and the wires at them, where they belong."""
        document, shown = self.document, self.shown
        boxes = {shown.home.get(node_id, node_id) for node_id in ids}.intersection(self._nodes)
        incoming: dict[str, list[Edge]] = {box_id: [] for box_id in boxes}
        for edge in document.graph.edges:
            if edge.target in incoming:
                incoming[edge.target].append(edge)
        extents = shown.extents(self._position_of) if boxes.intersection(shown.closed) else {}
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
        self._place_wires(boxes)
        self.frames.place(self._rect_of)
        self._show_content()

    def _place_wires(self, boxes: set[str]) -> None:
        plan, document = self.document.plan, self.document
        wrong = frozenset(problem.edge for problem in plan.problems if problem.edge is not None)
        for item, source_id, target_id in self._ends:
            if source_id not in boxes and target_id not in boxes:
                continue
            self._set_ends(item, source_id, target_id)
            edge = item.edge
            shape = plan.nodes[edge.source].shape
            titles = f"{document.node(edge.source).title} → {document.node(edge.target).title}"
            label = format_shape(shape) if shape is not None else ""
            explained = explain_shape(shape) if shape is not None else ""
            tooltip = "\n".join(line for line in (titles, label, explained) if line)
            item.set_label(label, shape or (), tooltip, any(e in wrong for e in self.shown.wires[edge]))

    def _set_ends(self, item: EdgeItem, source_id: str, target_id: str) -> None:
        edge, source, target = item.edge, self._nodes[source_id].box, self._nodes[target_id].box
        item.set_ends(source.place(PortHit(edge.source, None)), target.place(PortHit(edge.target, edge.port)))

    def _position_of(self, node_id: str) -> Position:
        return self._preview.get(node_id) or self.document.node(node_id).position

    def _show_looks(self) -> None:
        document, shown = self.document, self.shown
        plan, problems, stale = document.plan, document.checks.by_node(), document.weights.stale
        for box_id, item in self._nodes.items():
            if box_id in shown.closed:
                block, nodes = document.block(box_id), shown.tree.members(box_id)
                item.set_look(block_look(plan, block, nodes, shown.closed[box_id].outlets, problems, stale))
            else:
                found = problems.get(box_id, [])
                item.set_look(node_look(plan, document.node(box_id), found, stale=box_id in stale))

    def _take_away(self, item: QGraphicsItem) -> None:
        """Remove an item; that the selection changed is said once, when the edit is complete."""
        self._selection_lost = self._selection_lost or item.isSelected()
        blocked = self.blockSignals(True)
        self.removeItem(item)
        self.blockSignals(blocked)

    # Slots

    def _on_document_structure_changed(self, *_: object) -> None:
        self._stale = True

    def _on_document_node_changed(self, node_id: str) -> None:
        self._changed.add(node_id)

    def _on_document_notes_changed(self) -> None:
        self.notes.refresh()
        if not self._stale:  # else all is shown anew in a moment
            self.shown = Shown(self.document.graph, self.document.blocks)
            self._show_notes()
            self.frames.sync(self.shown)
            self.frames.place(self._rect_of)
            self._show_content()

    def _on_document_plan_changed(self) -> None:
        self._sync()
        self._show_looks()
        self._changed.clear()
        self._place({node.id for node in self.document.graph.nodes})

    def _on_document_settled(self) -> None:
        changed, self._changed = self._changed, set()
        if self._stale:
            self._on_document_plan_changed()
        elif changed:
            self._place(changed)
        lost, self._selection_lost = self._selection_lost, False
        if lost:
            self.selectionChanged.emit()

    def _on_document_design_replaced(self) -> None:
        for item in (*self._edges.values(), *self._nodes.values()):
            self._take_away(item)
        self._nodes, self._edges, self._preview = {}, {}, {}
        self._changed.clear()
        self.pictures.clear()
        self.notes.refresh()
        self._on_document_plan_changed()
        self._on_document_settled()

    def _on_theme_notifier_theme_changed(self) -> None:
        for item in self._nodes.values():
            item.fit_text()
        self.frames.fit_text()
        self.notes.fit_text()
        self.pictures.clear()
        self.update()
