"""A scene that mirrors a document: one item per node, closed block and wire, and a frame per open block."""

from __future__ import annotations

from PySide6.QtCore import QObject

from gui.canvas.block_item import BlockItem
from gui.canvas.block_look import block_look
from gui.canvas.edge_item import EdgeItem
from gui.canvas.node_item import NodeItem
from gui.canvas.node_look import node_look
from gui.canvas.placed_scene import PlacedScene
from gui.canvas.shown import Shown
from gui.document import Document
from gui.theme import theme_notifier


class MirrorScene(PlacedScene):
    """Keeps the items in step with the document."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(document, parent)
        self._changed: set[str] = set()
        self._stale = False
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

    # Keeping in step

    def _sync(self) -> None:
        """Have an item for all that is shown."""
        self._stale = False
        self._finish_carrying()
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
                self.addItem(self._nodes[box_id])
        for edge in shown.wires:
            if edge not in self._edges:
                self._edges[edge] = EdgeItem(edge, self.pictures)
                self.addItem(self._edges[edge])
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
            self._place(changed, labels=False)
        lost, self._selection_lost = self._selection_lost, False
        if lost:
            self.selectionChanged.emit()

    def _on_document_design_replaced(self) -> None:
        for item in (*self._edges.values(), *self._nodes.values()):
            self._take_away(item)
        self._carrying = None
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
