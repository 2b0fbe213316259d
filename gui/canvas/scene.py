"""The scene: one item per node and per edge of the document, kept in step by its signals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from PySide6.QtCore import QObject, QPointF, QRectF, Signal
from PySide6.QtWidgets import QGraphicsItem, QGraphicsScene

from engine.graph import Edge
from engine.shapes import format_shape
from gui.canvas.edge_item import EdgeItem
from gui.canvas.geometry import INSERT_REACH, NodeBox, PortHit, distance_to_path, node_at, port_at
from gui.canvas.node_item import NodeItem
from gui.canvas.node_look import input_ports, node_looks
from gui.canvas.overview import Overview
from gui.canvas.pictures import Pictures
from gui.canvas.shape_names import explain_shape
from gui.document import Document
from gui.document.edits import FARTHEST, Position
from gui.theme import theme_notifier


class CanvasScene(QGraphicsScene):
    """Mirrors the document; selection and hover are the only state of its own."""

    content_changed = Signal()
    """Something moved, came, went or looks otherwise."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self._nodes: dict[str, NodeItem] = {}
        self._edges: dict[Edge, EdgeItem] = {}
        self._preview: dict[str, Position] = {}
        self._overview: Overview | None = None
        self._content: QRectF | None = None
        self.pictures = Pictures(self)
        self._changed: set[str] = set()
        self._selection_lost = False
        far = FARTHEST + 20_000
        self.setSceneRect(QRectF(-far, -far, 2 * far, 2 * far))
        document.node_added.connect(self._on_document_node_added)
        document.node_removed.connect(self._on_document_node_removed)
        document.node_changed.connect(self._on_document_node_changed)
        document.edge_added.connect(self._on_document_edge_added)
        document.edge_removed.connect(self._on_document_edge_removed)
        document.settled.connect(self._on_document_settled)
        document.checks.changed.connect(self._on_document_plan_changed)
        document.weights.changed.connect(self._on_document_plan_changed)
        document.design_replaced.connect(self._on_document_design_replaced)
        theme_notifier.theme_changed.connect(self._on_theme_notifier_theme_changed)
        self._on_document_design_replaced()

    # Items

    def node_item(self, node_id: str) -> NodeItem:
        """The item of a node. Raises KeyError."""
        return self._nodes[node_id]

    def node_items(self) -> dict[str, NodeItem]:
        """All items of nodes by id, in the order of the document."""
        return dict(self._nodes)

    def edge_item(self, edge: Edge) -> EdgeItem:
        """The item of an edge. Raises KeyError."""
        return self._edges[edge]

    def edge_items(self) -> dict[Edge, EdgeItem]:
        """All items of edges."""
        return dict(self._edges)

    def boxes(self, near: QPointF | None = None, reach: float = 64.0) -> list[NodeBox]:
        """Boxes of all nodes, or of those near a point; from bottom to top."""
        if near is None:
            return [item.box for item in self._nodes.values()]
        area = QRectF(near.x() - reach, near.y() - reach, 2 * reach, 2 * reach)
        return [item.box for item in reversed(self.items(area)) if isinstance(item, NodeItem)]

    def content_rect(self) -> QRectF:
        """What the nodes cover."""
        if self._content is None:
            self._content = self.rect_of(self._nodes)
        return QRectF(self._content)

    def rect_of(self, node_ids: Iterable[str]) -> QRectF:
        """What some nodes cover."""
        rects = [self._nodes[node_id].rect for node_id in node_ids]
        if not rects:
            return QRectF()
        left, top = min(rect.left() for rect in rects), min(rect.top() for rect in rects)
        right, bottom = max(rect.right() for rect in rects), max(rect.bottom() for rect in rects)
        return QRectF(left, top, right - left, bottom - top)

    # Near and far

    @property
    def is_far(self) -> bool:
        """Whether everything is drawn plainly by the overview."""
        return self._overview is not None

    def set_far(self, far: bool) -> None:
        """Draw everything plainly, because it is seen from afar; or every node and wire by itself."""
        if far == self.is_far:
            return
        for item in (*self._nodes.values(), *self._edges.values()):
            item.setFlag(QGraphicsItem.GraphicsItemFlag.ItemHasNoContents, far)
        if self._overview is not None:
            self.removeItem(self._overview)
            self._overview = None
            return
        self._overview = Overview()
        self.addItem(self._overview)
        self._show_content()

    @contextmanager
    def drawn(self, far: bool) -> Iterator[None]:
        """Draw near or far for a while, whatever the view shows, with nothing selected."""
        before, selected = self.is_far, self.selectedItems()
        blocked = self.blockSignals(True)
        self.clearSelection()
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
        if self._overview is not None:
            rect = self.content_rect().adjusted(-2000, -2000, 2000, 2000)
            self._overview.set_items(self._nodes.values(), self._edges.values(), rect)
        self.content_changed.emit()

    # What lies under a point

    def port_at(self, point: QPointF, reach: float) -> PortHit | None:
        """The port under a point."""
        return port_at(point, self.boxes(point, reach + 8), reach)

    def node_at(self, point: QPointF) -> str | None:
        """The node under a point."""
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

    def selected_nodes(self) -> list[str]:
        """Ids of the selected nodes, in the order of the document."""
        return [node_id for node_id, item in self._nodes.items() if item.isSelected()]

    def selected_edges(self) -> list[Edge]:
        """The selected wires."""
        return [edge for edge, item in self._edges.items() if item.isSelected()]

    def select(self, node_ids: list[str] | set[str], edges: list[Edge] | None = None) -> None:
        """Select exactly these; `selection_changed` of the view comes once."""
        before = set(self.selectedItems())
        wanted: set[QGraphicsItem] = {self._nodes[i] for i in node_ids if i in self._nodes}
        wanted |= {self._edges[edge] for edge in edges or () if edge in self._edges}
        if before == wanted:
            return
        blocked = self.blockSignals(True)
        for item in before - wanted:
            item.setSelected(False)
        for item in wanted - before:
            item.setSelected(True)
        self.blockSignals(blocked)
        if self._overview is not None:
            self._overview.update()
        self.selectionChanged.emit()

    # Previews of gestures

    def preview_positions(self, positions: Mapping[str, Position]) -> None:
        """Draw some nodes elsewhere than the document has them; {} ends it."""
        changed = set(positions) | set(self._preview)
        self._preview = dict(positions)
        self._shift(changed)

    def _shift(self, node_ids: set[str]) -> None:
        """Put nodes elsewhere whose ports did not change, and the wires at them; this is done for every frame."""
        moved = {}
        for node_id in node_ids:
            if node_id in self._nodes and self.document.has_node(node_id):
                item = self._nodes[node_id]
                x, y = self._preview.get(node_id, self.document.node(node_id).position)
                moved[node_id] = (x - item.box.x, y - item.box.y)
                item.set_box(replace(item.box, x=x, y=y))
        for edge, item in self._edges.items():
            source, target = moved.get(edge.source), moved.get(edge.target)
            if source is not None and source == target:
                item.shift(*source)
            elif source is not None or target is not None:
                item.set_ends(self._nodes[edge.source].box.output, self._nodes[edge.target].box.input(edge.port))
        self._show_content()

    # Keeping in step

    def _place(self, node_ids: set[str]) -> None:
        """Put nodes, and the wires at them, where they belong."""
        graph, plan = self.document.graph, self.document.plan
        present = [node_id for node_id in node_ids if node_id in self._nodes and self.document.has_node(node_id)]
        incoming: dict[str, list[Edge]] = {node_id: [] for node_id in present}
        touched: list[Edge] = []
        for edge in graph.edges:
            if edge.target in incoming:
                incoming[edge.target].append(edge)
            if edge.target in incoming or edge.source in incoming:
                touched.append(edge)
        for node_id in present:
            item, node = self._nodes[node_id], self.document.node(node_id)
            x, y = self._preview.get(node_id, node.position)
            ports = input_ports(node.layer, incoming[node_id])
            item.set_box(NodeBox(node_id, x, y, ports, not node.layer.terminal, bool(item.look.problem)))
        wrong = frozenset(problem.edge for problem in plan.problems if problem.edge is not None)
        for edge in touched:
            if edge not in self._edges:
                continue
            source, target = self._nodes[edge.source].box, self._nodes[edge.target].box
            item = self._edges[edge]
            item.set_ends(source.output, target.input(edge.port))
            shape = plan.nodes[edge.source].shape
            titles = f"{self.document.node(edge.source).title} → {self.document.node(edge.target).title}"
            label = format_shape(shape) if shape is not None else ""
            explained = explain_shape(shape) if shape is not None else ""
            tooltip = "\n".join(line for line in (titles, label, explained) if line)
            item.set_label(label, shape or (), tooltip, edge in wrong)
        self._show_content()

    def _on_document_node_added(self, node_id: str) -> None:
        item = NodeItem(node_id, self.pictures)
        item.setFlag(QGraphicsItem.GraphicsItemFlag.ItemHasNoContents, self.is_far)
        self._nodes[node_id] = item
        self.addItem(item)

    def _on_document_node_removed(self, node_id: str) -> None:
        self._preview.pop(node_id, None)
        item = self._nodes.pop(node_id)
        self.pictures.forget(item)
        self._take_away(item)

    def _on_document_node_changed(self, node_id: str) -> None:
        self._changed.add(node_id)

    def _on_document_settled(self) -> None:
        changed, self._changed = self._changed, set()
        if changed:
            self._place(changed)
        lost, self._selection_lost = self._selection_lost, False
        if lost:
            self.selectionChanged.emit()

    def _on_document_edge_added(self, edge: Edge) -> None:
        item = EdgeItem(edge, self.pictures)
        item.setFlag(QGraphicsItem.GraphicsItemFlag.ItemHasNoContents, self.is_far)
        self._edges[edge] = item
        self.addItem(item)

    def _on_document_edge_removed(self, edge: Edge) -> None:
        self._take_away(self._edges.pop(edge))

    def _take_away(self, item: QGraphicsItem) -> None:
        """Remove an item; that the selection changed is said once, when the edit is complete."""
        self._selection_lost = self._selection_lost or item.isSelected()
        blocked = self.blockSignals(True)
        self.removeItem(item)
        self.blockSignals(blocked)

    def _on_document_plan_changed(self) -> None:
        order = {node.id: index for index, node in enumerate(self.document.graph.nodes)}
        self._nodes = dict(sorted(self._nodes.items(), key=lambda entry: order[entry[0]]))
        document = self.document
        for node_id, look in node_looks(document.plan, document.checks.by_node(), document.weights.stale).items():
            self._nodes[node_id].set_look(look)
        self._changed.clear()
        self._place(set(self._nodes))

    def _on_document_design_replaced(self) -> None:
        for item in (*self._edges.values(), *self._nodes.values()):
            self._take_away(item)
        self._nodes, self._edges, self._preview = {}, {}, {}
        self._changed.clear()
        self.pictures.clear()
        for node in self.document.graph.nodes:
            self._on_document_node_added(node.id)
        for edge in self.document.graph.edges:
            self._on_document_edge_added(edge)
        self._on_document_plan_changed()
        self._on_document_settled()

    def _on_theme_notifier_theme_changed(self) -> None:
        for item in self._nodes.values():
            item.fit_text()
        self.pictures.clear()
        self.update()
