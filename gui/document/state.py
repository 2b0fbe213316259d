"""What the document holds: the design, its plan and its history; and who hears of changes."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from engine.blocks import settled
from engine.design import Design
from engine.graph import GraphSpec, Node
from engine.layer import Layer
from engine.plan import Plan, make_plan
from gui.document import edits
from gui.document.checks import Checks
from gui.document.commands import ChangeDesign
from gui.document.weights import WeightMarks


class DocumentState(QObject):
    """The only owner of the design that is edited.

    Views listen to the signals, which come for undo and redo just as for the edit itself, always in this order:
    edges removed, nodes removed, nodes added, nodes changed, edges added, blocks, notes, plan, training, data, info.
    `plan` is current when they come.
    """

    node_added = Signal(str)
    node_removed = Signal(str)
    node_changed = Signal(str)
    """Its layer, name, position, block, color or frozen flag."""
    edge_added = Signal(object)
    edge_removed = Signal(object)
    blocks_changed = Signal()
    """Blocks came, went or changed, or a node lies in another one."""
    notes_changed = Signal()
    """Notes came, went or changed."""
    plan_changed = Signal()
    """Shapes, counts or problems may differ; not sent when nodes only move."""
    training_changed = Signal()
    data_changed = Signal()
    info_changed = Signal()
    """The design's name or description."""
    settled = Signal()
    """All signals of one edit of the graph have come; views that would rather do their work once wait for it."""
    design_replaced = Signal()
    """Another design was loaded: rebuild everything. None of the finer signals above follows."""
    path_changed = Signal()
    modified_changed = Signal(bool)

    def __init__(self, design: Design | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._design = edits.within_reach(design) if design is not None else Design()
        self._plan = make_plan(self._design.graph)
        self._index = {node.id: node for node in self._design.graph.nodes}
        self._path: Path | None = None
        self._merge_generation = 0
        self.fit_new: Callable[[Layer], Layer] = lambda layer: layer
        """Makes a new layer fit what the document does not know, such as the data that is loaded."""
        self._undo_stack = QUndoStack(self)
        self._undo_stack.cleanChanged.connect(self._on_undo_stack_clean_changed)
        self.checks = Checks(self)  # pyright: ignore[reportArgumentType]  it is a Document
        """Problems with their fixes; current when the signals come."""
        self.weights = WeightMarks(self)  # pyright: ignore[reportArgumentType]  it is a Document
        """Which layers keep their trained weights."""

    # What it holds

    @property
    def design(self) -> Design:
        """The design as it is now."""
        return self._design

    @property
    def graph(self) -> GraphSpec:
        """The design's graph."""
        return self._design.graph

    @property
    def plan(self) -> Plan:
        """Shapes, counts and problems of the design as it is now."""
        return self._plan

    @property
    def path(self) -> Path | None:
        """The file it was loaded from or saved to."""
        return self._path

    @property
    def undo_stack(self) -> QUndoStack:
        """The history; only this document pushes to it."""
        return self._undo_stack

    @property
    def modified(self) -> bool:
        """Whether there are edits that were not saved."""
        return not self._undo_stack.isClean()

    def node(self, node_id: str) -> Node:
        """The node with this id. Raises KeyError."""
        return self._index[node_id]

    def has_node(self, node_id: str) -> bool:
        """Whether a node has this id."""
        return node_id in self._index

    # Files and history

    def replace_design(self, design: Design, path: Path | None = None) -> None:
        """Show another design, as when a file is opened. The history starts anew."""
        design = edits.within_reach(design)
        self._design, self._plan = design, make_plan(design.graph)
        self._index = {node.id: node for node in design.graph.nodes}
        self._path = path
        self._undo_stack.clear()
        self._undo_stack.setClean()
        self.design_replaced.emit()
        self.path_changed.emit()

    def mark_saved(self, path: Path) -> None:
        """Say that the design as it is now lies in this file."""
        changed, self._path = path != self._path, path
        self._undo_stack.setClean()
        if changed:
            self.path_changed.emit()

    def end_merge(self) -> None:
        """The next edit starts a step of its own; call it when a slider or the mouse is released."""
        self._merge_generation += 1

    # How changes are made

    def _push(self, text: str, merge_key: Hashable = None, **changes: Any) -> None:
        if "graph" in changes:
            changes["graph"] = settled(self.graph, changes["graph"])
        after = self._design.with_changes(**changes)
        if after != self._design:
            key = None if merge_key is None else (merge_key, self._merge_generation)
            self._undo_stack.push(ChangeDesign(self, after, text, key))

    def _show(self, design: Design) -> None:
        """Make a design the current one and tell the views what differs. Called by the undo command only."""
        before, self._design = self._design, design
        if design.graph is not before.graph:
            self._show_graph(before.graph, design.graph)
        if design.training != before.training:
            self.training_changed.emit()
        if design.data != before.data:
            self.data_changed.emit()
        if (design.name, design.description) != (before.name, before.description):
            self.info_changed.emit()

    def _show_graph(self, before: GraphSpec, graph: GraphSpec) -> None:
        old, self._index = self._index, {node.id: node for node in graph.nodes}
        changed = [n for n in graph.nodes if n.id in old and n is not old[n.id] and n != old[n.id]]
        only_moved = before.edges == graph.edges and [*old] == [*self._index]
        only_moved = only_moved and not any(_computes_otherwise(old[node.id], node) for node in changed)
        if only_moved:
            nodes = self._plan.nodes | {n.id: replace(self._plan.nodes[n.id], node=n) for n in changed}
            self._plan = replace(self._plan, graph=graph, nodes=nodes)
        else:
            self._plan = make_plan(graph)
        edges_before, edges_now = set(before.edges), set(graph.edges)
        for edge in before.edges:
            if edge not in edges_now:
                self.edge_removed.emit(edge)
        for node_id in old:
            if node_id not in self._index:
                self.node_removed.emit(node_id)
        for node in graph.nodes:
            if node.id not in old:
                self.node_added.emit(node.id)
        for node in changed:
            self.node_changed.emit(node.id)
        for edge in graph.edges:
            if edge not in edges_before:
                self.edge_added.emit(edge)
        if before.blocks != graph.blocks or (graph.blocks and _homes(before) != _homes(graph)):
            self.blocks_changed.emit()
        if before.notes != graph.notes:
            self.notes_changed.emit()
        if not only_moved:
            self.plan_changed.emit()
        self.settled.emit()

    def _on_undo_stack_clean_changed(self, clean: bool) -> None:
        self.modified_changed.emit(not clean)


def _homes(graph: GraphSpec) -> dict[str, str]:
    return {node.id: node.block for node in graph.nodes}


def _computes_otherwise(before: Node, after: Node) -> bool:
    """Whether the plan has to be made anew for this change of a node."""
    return (before.layer, before.name, before.frozen) != (after.layer, after.name, after.frozen)
