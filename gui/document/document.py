"""The document that the window mirrors: a design, its plan, its history, and one method per edit."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from engine.data import DataSettings
from engine.design import Design
from engine.graph import Edge, GraphSpec, Node
from engine.layer import Layer
from engine.plan import Plan, Problem, make_plan
from gui.document import edits
from gui.document.commands import ChangeDesign
from gui.document.edits import Position

DUPLICATE_OFFSET = (32.0, 32.0)


class Document(QObject):
    """The only owner of the design that is edited.

    Every editing method is one undo step and does nothing at all if nothing would change. Views listen to the
    signals, which come for undo and redo just as for the edit itself, always in this order: edges removed, nodes
    removed, nodes added, nodes changed, edges added, plan, training, data, info. `plan` is current when they come.
    """

    node_added = Signal(str)
    node_removed = Signal(str)
    node_changed = Signal(str)
    """Its layer, name, position or frozen flag."""
    edge_added = Signal(object)
    edge_removed = Signal(object)
    plan_changed = Signal()
    """Shapes, counts or problems may differ; not sent when nodes only move."""
    training_changed = Signal()
    data_changed = Signal()
    info_changed = Signal()
    """The design's name or description."""
    design_replaced = Signal()
    """Another design was loaded: rebuild everything. None of the finer signals above follows."""
    path_changed = Signal()
    modified_changed = Signal(bool)

    def __init__(self, design: Design | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._design = design if design is not None else Design()
        self._plan = make_plan(self._design.graph)
        self._index = {node.id: node for node in self._design.graph.nodes}
        self._path: Path | None = None
        self._merge_generation = 0
        self._undo_stack = QUndoStack(self)
        self._undo_stack.cleanChanged.connect(self._on_undo_stack_clean_changed)

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

    # Nodes and wires

    def add_node(self, layer: Layer, position: Position, connect_from: str | None = None) -> str:
        """Add a node, wired from another one if that is possible; returns its id."""
        node = self._new_node(layer, position)
        graph = edits.add_node(self.graph, node)
        if connect_from is not None and not edits.why_not_connect(graph, self.node(connect_from), node):
            graph = edits.connect(graph, connect_from, node.id, 0)
        self._push(f"Add {layer.label}", graph=graph)
        return node.id

    def insert_node(
        self, layer: Layer, position: Position, edge: Edge, moves: Mapping[str, Position] | None = None
    ) -> str:
        """Add a node in the middle of a wire, and move others to make room for it; returns its id.

        Raises:
            ValueError: if the layer does not fit into a wire.
        """
        if not self.can_insert(layer) or edge not in self.graph.edges:
            raise ValueError(f"{layer.label} cannot be put into a wire; it needs one input and one output.")
        node = self._new_node(layer, position)
        changes = {node_id: {"position": edits.reachable(place)} for node_id, place in (moves or {}).items()}
        graph = edits.insert(edits.change_nodes(self.graph, changes), node, edge)
        self._push(f"Insert {layer.label}", graph=graph)
        return node.id

    def can_insert(self, layer: Layer | type[Layer]) -> bool:
        """Whether a layer can stand in the middle of a wire."""
        return bool(layer.ports) and not layer.terminal

    def remove(self, node_ids: Collection[str], edges: Collection[Edge] = ()) -> None:
        """Remove nodes with all their wires, and further wires."""
        graph = edits.remove(self.graph, node_ids, edges)
        self._push(f"Delete {_count(len(self.graph.nodes) - len(graph.nodes), len(edges))}", graph=graph)

    def duplicate(self, node_ids: Collection[str], offset: Position = DUPLICATE_OFFSET) -> dict[str, str]:
        """Copy nodes and the wires among them; returns the copy's id for each original."""
        graph, copies = edits.duplicate(self.graph, node_ids, offset)
        self._push(f"Duplicate {_count(len(copies), 0)}", graph=graph)
        return copies

    def connect(self, source: str, target: str, port: int | None = None) -> Edge:  # type: ignore[override]
        """Wire an output to an input port; an occupied port gets the new wire instead of the old one.

        Raises:
            ValueError: with the sentence of `why_not_connect`.
        """
        reason = self.why_not_connect(source, target, port)
        if reason:
            raise ValueError(reason)
        place = edits.target_port(self.graph, self.node(target), port)
        assert place is not None  # why_not_connect has asked
        self._push("Connect", graph=edits.connect(self.graph, source, target, place))
        return Edge(source=source, target=target, port=place)

    def why_not_connect(self, source: str, target: str, port: int | None = None) -> str:
        """A sentence that says why this wire is not possible; empty if it is."""
        for node_id in (source, target):
            if node_id not in self._index:
                return f"There is no node '{node_id}'."
        return edits.why_not_connect(self.graph, self.node(source), self.node(target), port)

    def refusals(self, source: str) -> dict[str, str]:
        """For every node the sentence of `why_not_connect` for a wire from the source; "" where it is possible."""
        return edits.refusals(self.graph, self.node(source))

    def problem_of_connecting(self, source: str, target: str, port: int | None = None) -> Problem | None:
        """The error that this (possible) wire would leave on its target, such as shapes that do not fit."""
        place = edits.target_port(self.graph, self.node(target), port)
        if place is None:
            return None
        plan = make_plan(edits.connect(self.graph, source, target, place))
        return next((problem for problem in plan.problems if problem.node == target), None)

    def disconnect(self, edge: Edge) -> None:  # type: ignore[override]
        """Remove a wire."""
        self._push("Disconnect", graph=edits.remove(self.graph, (), (edge,)))

    def move(self, positions: Mapping[str, Position]) -> None:
        """Move nodes; moves of the same nodes shortly after each other are one step."""
        changes = {node_id: {"position": edits.reachable(position)} for node_id, position in positions.items()}
        key = ("move", tuple(sorted(changes)))
        self._push(f"Move {_count(len(changes), 0)}", key, graph=edits.change_nodes(self.graph, changes))

    def set_layer_field(self, node_id: str, field_name: str, value: Any) -> None:
        """Set one field of a layer; settings of the same field shortly after each other are one step.

        Raises:
            pydantic.ValidationError: if the value is not legal; nothing changed then.
        """
        layer = self.node(node_id).layer
        label = next((f.label for f in layer.fields() if f.name == field_name), field_name)
        self._set_layer(node_id, layer.replace(**{field_name: value}), f"Set {label}", ("field", node_id, field_name))

    def set_layer(self, node_id: str, layer: Layer, text: str) -> None:
        """Put another layer into a node; wires that the new one has no port for are removed with it."""
        self._set_layer(node_id, layer, text, None)

    def rename(self, node_id: str, name: str) -> None:
        """Give a node a name; without one it shows its id."""
        name = " ".join(name.split())[: edits.LONGEST_NAME]
        self._push("Rename", graph=edits.change_nodes(self.graph, {node_id: {"name": name}}))

    def set_frozen(self, node_ids: Collection[str], frozen: bool) -> None:
        """Keep the parameters of nodes as they are while training, or let them learn again."""
        graph = edits.change_nodes(self.graph, {node_id: {"frozen": frozen} for node_id in node_ids})
        self._push("Freeze" if frozen else "Unfreeze", graph=graph)

    # Settings

    def set_training(self, **changes: Any) -> None:
        """Change training settings. Raises pydantic.ValidationError for a value that is not legal."""
        key = ("training", *sorted(changes))
        self._push("Change training", key, training=self._design.training.replace(**changes))

    def set_data(self, settings: DataSettings, graph: GraphSpec | None = None, text: str = "Change data") -> None:
        """Change the data; with a graph, the design fitted to it follows in the same step."""
        changes: dict[str, Any] = {"data": settings}
        if graph is not None:
            changes["graph"] = graph
        self._push(text, ("data", graph is None), **changes)

    def set_graph(self, graph: GraphSpec, text: str) -> None:
        """Replace the whole graph in one step, for edits that none of the methods above makes."""
        self._push(text, graph=graph)

    def set_design_info(self, name: str | None = None, description: str | None = None) -> None:
        """Change what the user wrote about the design."""
        given = {"name": name, "description": description}
        changes = {key: value for key, value in given.items() if value is not None}
        self._push("Describe design", ("info", *changes), **changes)

    # Files and history

    def replace_design(self, design: Design, path: Path | None = None) -> None:
        """Show another design, as when a file is opened. The history starts anew."""
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

    # How edits are made

    def _new_node(self, layer: Layer, position: Position) -> Node:
        node_id = self.graph.new_id(edits.kind_prefix(layer))
        return Node(id=node_id, layer=layer, position=edits.reachable(position))

    def _set_layer(self, node_id: str, layer: Layer, text: str, key: Hashable) -> None:
        graph = edits.change_nodes(self.graph, {node_id: {"layer": layer}})
        lost = [] if layer.variadic else [e for e in graph.incoming(node_id) if e.port >= len(layer.ports)]
        if layer.terminal:
            lost += graph.outgoing(node_id)
        self._push(text, key, graph=edits.remove(graph, (), lost) if lost else graph)

    def _push(self, text: str, merge_key: Hashable = None, **changes: Any) -> None:
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
        if not only_moved:
            self.plan_changed.emit()

    def _on_undo_stack_clean_changed(self, clean: bool) -> None:
        self.modified_changed.emit(not clean)


def _computes_otherwise(before: Node, after: Node) -> bool:
    """Whether the plan has to be made anew for this change of a node."""
    return (before.layer, before.name, before.frozen) != (after.layer, after.name, after.frozen)


def _count(nodes: int, edges: int) -> str:
    """ "1 node", "3 nodes", "2 wires", "3 nodes and 1 wire"."""
    parts = [
        f"{number} {word}{'s' if number > 1 else ''}" for number, word in ((nodes, "node"), (edges, "wire")) if number
    ]
    return " and ".join(parts) or "nothing"
