"""The document that the window mirrors: one method per edit, each one undo step."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import Any

from engine.data import DataSettings
from engine.graph import Edge, GraphSpec, Node
from engine.layer import Layer
from engine.plan import Problem, make_plan
from gui.document import edits, repeating, trials
from gui.document.block_edits import BlockEdits
from gui.document.edits import Position
from gui.document.repeating import End

DUPLICATE_OFFSET = (32.0, 32.0)


class Document(BlockEdits):
    """The design that is edited. Every method here is one undo step and does nothing if nothing would change."""

    # Nodes and wires

    def add_node(
        self,
        layer: Layer,
        position: Position,
        connect_from: str | None = None,
        connect_to: tuple[str, int | None] | None = None,
        *,
        also_to: Sequence[End] = (),
        block: str = "",
    ) -> str:
        """Add a node, wired from another one, or to a port of another one, if that is possible; returns its id.

        Args:
            layer: What it computes.
            position: Its upper left corner.
            connect_from: The node that feeds it.
            connect_to: The port that it feeds.
            also_to: Further ports that it feeds, if it feeds that one: those behind the same port of a block.
            block: Id of the block that it lies in.
        """
        node = self._new_node(layer, position).model_copy(update={"block": block})
        graph = edits.add_node(self.graph, node)
        if connect_from is not None and not edits.why_not_connect(graph, self.node(connect_from), node):
            graph = edits.connect(graph, connect_from, node.id, 0)
        if connect_to is not None:
            target, port = self.node(connect_to[0]), connect_to[1]
            place = edits.target_port(graph, target, port)
            if place is not None and not edits.why_not_connect(graph, node, target, port):
                graph = repeating.wired(edits.connect(graph, node.id, target.id, place), node.id, also_to)
        self._push(f"Add {layer.label}", graph=graph)
        return node.id

    def insert_node(
        self,
        layer: Layer,
        position: Position,
        edge: Edge | Sequence[Edge],
        moves: Mapping[str, Position] | None = None,
    ) -> str:
        """Add a node in the middle of a wire (all its edges), and move others to make room; returns its id.

        It lies in the innermost block in which both ends lie.

        Raises:
            ValueError: if the layer does not fit into a wire.
        """
        wire = [edge] if isinstance(edge, Edge) else edge
        if not self.can_insert(layer) or not set(wire).issubset(self.graph.edges):
            raise ValueError(f"{layer.label} cannot be put into a wire; it needs one input and one output.")
        ends = (wire[0].source, *(edge.target for edge in wire))
        block = self.blocks.common(*(self.node(node_id).block for node_id in ends))
        node = self._new_node(layer, position).model_copy(update={"block": block})
        graph = edits.insert(edits.move(self.graph, moves or {}), node, wire)
        self._push(f"Insert {layer.label}", graph=graph)
        return node.id

    def can_insert(self, layer: Layer | type[Layer]) -> bool:
        """Whether a layer can stand in the middle of a wire."""
        return bool(layer.ports) and not layer.terminal

    def remove(self, node_ids: Collection[str], edges: Collection[Edge] = (), note_ids: Collection[str] = ()) -> None:
        """Remove nodes with all their wires, and further wires and notes."""
        graph = edits.remove(self.graph, node_ids, edges, note_ids)
        nodes, notes = len(self.graph.nodes) - len(graph.nodes), len(self.graph.notes) - len(graph.notes)
        self._push(f"Delete {_count(nodes, len(edges), notes)}", graph=graph)

    def duplicate(
        self, node_ids: Collection[str], offset: Position = DUPLICATE_OFFSET, note_ids: Collection[str] = ()
    ) -> dict[str, str]:
        """Copy nodes, the wires among them, and notes; returns the copy's id for each original."""
        graph, copies = repeating.duplicated(self.graph, node_ids, offset, note_ids)
        self._push(f"Duplicate {_count(len(node_ids), 0, len(note_ids))}", graph=graph)
        return copies

    def paste(self, fragment: GraphSpec, offset: Position = (0.0, 0.0), text: str = "Paste") -> dict[str, str]:
        """Add nodes and wires that were copied, under new ids where theirs are taken; returns the new id of each."""
        graph, copies = edits.paste(self.graph, fragment, offset)
        self._push(f"{text} {_content(fragment)}", graph=graph)
        return copies

    def replace_node(self, node_id: str, layer: Layer) -> str:
        """Put another kind of layer into the place of a node, with its name and wires; returns the new node's id.

        Settings that both kinds have are kept. Wires that the new layer has no port for go in the same step.
        """
        old = self.node(node_id)
        taken = edits.with_settings_of(self.fit_new(layer), old.layer)
        graph, new_id = edits.replace_node(self.graph, node_id, taken)
        self._push(f"Replace {old.layer.label} by {layer.label}", graph=graph)
        return new_id

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

    def why_not_add(
        self, layer: Layer, connect_from: str | None = None, connect_to: tuple[str, int | None] | None = None
    ) -> str:
        """Why a new layer does not fit behind a node, or before a port of one; empty if it does, or nobody can know."""
        layer = self.fit_new(layer)
        if connect_from is not None:
            return trials.why_not_follow(self.plan, connect_from, layer)
        return trials.why_not_precede(self.plan, *connect_to, layer) if connect_to is not None else ""

    def reconnect(self, edge: Edge, source: str, target: str, port: int | None = None) -> Edge:
        """Let a wire begin or end elsewhere, in one step; an occupied port gets it instead of its old wire.

        Raises:
            ValueError: with the sentence of `why_not_reconnect`.
        """
        reason = self.why_not_reconnect(edge, source, target, port)
        if reason:
            raise ValueError(reason)
        graph, moved = edits.reconnect(self.graph, edge, source, target, port)
        self._push("Reconnect", graph=graph)
        return moved

    def why_not_reconnect(self, edge: Edge, source: str, target: str, port: int | None = None) -> str:
        """A sentence that says why a wire cannot go there; empty if it can. Its own place is possible."""
        for node_id in (source, target):
            if node_id not in self._index:
                return f"There is no node '{node_id}'."
        rest = edits.remove(self.graph, (), (edge,))
        return edits.why_not_connect(rest, self.node(source), self.node(target), port)

    def reconnect_refusals(self, edge: Edge, moves_target: bool) -> dict[str, str]:
        """For every node why the target (or else the source) of a wire cannot be there; "" where it can."""
        rest = edits.remove(self.graph, (), (edge,))
        if moves_target:
            return edits.refusals(rest, self.node(edge.source))
        target = self.node(edge.target)
        return edits.source_refusals(rest, target, edge.port)

    def source_refusals(self, target: str, port: int | None = None) -> dict[str, str]:
        """For every node why it cannot feed a port; "" where it can."""
        return edits.source_refusals(self.graph, self.node(target), port)

    def problem_of_reconnecting(self, edge: Edge, source: str, target: str, port: int | None = None) -> Problem | None:
        """The error that a wire would leave on its target if it went there."""
        graph, _ = edits.reconnect(self.graph, edge, source, target, port)
        return next((problem for problem in make_plan(graph).problems if problem.node == target), None)

    def disconnect(self, edge: Edge) -> None:  # type: ignore[override]
        """Remove a wire."""
        self._push("Disconnect", graph=edits.remove(self.graph, (), (edge,)))

    def move(self, positions: Mapping[str, Position], text: str = "") -> None:
        """Move nodes and notes; moves without a text of their own soon after each other are one step for the same."""
        key = None if text else ("move", tuple(sorted(positions)))
        notes = sum(note.id in positions for note in self.graph.notes)
        text = text or f"Move {_count(len(positions) - notes, 0, notes)}"
        self._push(text, key, graph=edits.move(self.graph, positions))

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

    # How edits are made

    def _new_node(self, layer: Layer, position: Position) -> Node:
        node_id = self.graph.new_id(edits.kind_prefix(layer))
        return Node(id=node_id, layer=self.fit_new(layer), position=edits.reachable(position))

    def _set_layer(self, node_id: str, layer: Layer, text: str, key: Hashable) -> None:
        graph = edits.change_nodes(self.graph, {node_id: {"layer": layer}})
        lost = [] if layer.variadic else [e for e in graph.incoming(node_id) if e.port >= len(layer.ports)]
        if layer.terminal:
            lost += graph.outgoing(node_id)
        self._push(text, key, graph=edits.remove(graph, (), lost) if lost else graph)


def _content(fragment: GraphSpec) -> str:
    return _count(len(fragment.nodes), 0, len(fragment.notes))


def _count(nodes: int, edges: int, notes: int = 0) -> str:
    """ "1 node", "3 nodes", "2 wires", "3 nodes, 1 wire and 1 note"."""
    counts = ((nodes, "node"), (edges, "wire"), (notes, "note"))
    parts = [f"{number} {word}{'s' if number > 1 else ''}" for number, word in counts if number]
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts) or "nothing"
