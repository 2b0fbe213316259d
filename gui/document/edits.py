"""Edits of a graph as pure functions: a graph goes in, the changed graph comes out, and nothing else happens."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from math import isfinite
from typing import Any

from pydantic import ValidationError

from engine.annotations import LONGEST_NOTE, Note
from engine.blocks import at_home, blocks_within, homes_among, renamed_block, with_joined_ports
from engine.design import Design
from engine.graph import Edge, GraphSpec, Node
from engine.layer import Layer

Position = tuple[float, float]

FARTHEST = 100_000.0
"""No node is placed farther from the origin than this, so that every one can be reached."""
LONGEST_NAME = 200
NARROWEST_NOTE, WIDEST_NOTE = 64.0, 1200.0
"""Points; of a text."""


def reachable(position: Position) -> Position:
    """The position, brought back to where a user can scroll to. Raises ValueError for NaN."""
    if any(coordinate != coordinate for coordinate in position):
        raise ValueError(f"A node cannot be placed at {position}.")
    x, y = (
        max(-FARTHEST, min(FARTHEST, float(c))) if isfinite(c) else (FARTHEST if c > 0 else -FARTHEST) for c in position
    )
    return x, y


def sound_note(note: Note, **changes: Any) -> Note:
    """The note with other values, within reach, neither too narrow nor too wide, and not too long.

    Raises:
        pydantic.ValidationError: if a value is not legal.
    """
    if "text" in changes:
        changes["text"] = changes["text"][:LONGEST_NOTE]
    x, y = reachable(changes.get("position", note.position))
    width, height = (c if isfinite(c) else 0.0 for c in changes.get("extent", note.extent))
    if note.kind == "arrow":
        tip = reachable((x + width, y + height))
        extent = tip[0] - x, tip[1] - y
    else:
        extent = max(NARROWEST_NOTE, min(WIDEST_NOTE, width)), 0.0
    changes |= {"position": (x, y), "extent": extent}
    if all(getattr(note, name) == value for name, value in changes.items()):
        return note
    return Note.model_validate(note.model_dump() | changes)


def within_reach(design: Design) -> Design:
    """The design with every node and note where a user can scroll to; the same object if they all are."""
    graph = design.graph
    changes = {node.id: {"position": reachable(node.position)} for node in graph.nodes}
    notes = tuple(sound_note(note) for note in graph.notes)
    if notes == graph.notes and all(node.position == changes[node.id]["position"] for node in graph.nodes):
        return design
    return design.with_changes(graph=change_nodes(graph, changes).replace(notes=notes))


def add_node(graph: GraphSpec, node: Node, edges: Iterable[Edge] = ()) -> GraphSpec:
    """The graph with one more node, and edges to it or from it."""
    return graph.replace(nodes=(*graph.nodes, node), edges=(*graph.edges, *edges))


def remove(
    graph: GraphSpec, node_ids: Collection[str], edges: Collection[Edge] = (), note_ids: Collection[str] = ()
) -> GraphSpec:
    """The graph without some nodes, every edge that touches them, and some further edges and notes."""
    gone, cut, lost = set(node_ids), set(edges), set(note_ids)
    return graph.replace(
        notes=tuple(note for note in graph.notes if note.id not in lost),
        nodes=tuple(node for node in graph.nodes if node.id not in gone),
        edges=tuple(e for e in graph.edges if e not in cut and e.source not in gone and e.target not in gone),
    )


def connect(graph: GraphSpec, source: str, target: str, port: int) -> GraphSpec:
    """The graph with an edge into that port; it takes the place of the edge that was there."""
    edge = Edge(source=source, target=target, port=port)
    edges = list(graph.edges)
    for index, other in enumerate(edges):
        if (other.target, other.port) == (target, port):
            edges[index] = edge
            break
    else:
        edges.append(edge)
    return graph.replace(edges=tuple(edges))


def insert(graph: GraphSpec, node: Node, wire: Collection[Edge]) -> GraphSpec:
    """The graph with a node in the middle of edges that leave the same source: source, node, targets."""
    cut, source = set(wire), next(edge.source for edge in wire)
    edges = [Edge(source=node.id, target=e.target, port=e.port) if e in cut else e for e in graph.edges]
    before = Edge(source=source, target=node.id)
    return graph.replace(nodes=(*graph.nodes, node), edges=(*edges, before))


def change_nodes(graph: GraphSpec, changes: Mapping[str, Mapping[str, Any]]) -> GraphSpec:
    """The graph with other values for some fields of some nodes."""
    nodes = tuple(node.model_copy(update=changes[node.id]) if node.id in changes else node for node in graph.nodes)
    return graph.replace(nodes=nodes)


def move(graph: GraphSpec, positions: Mapping[str, Position]) -> GraphSpec:
    """The graph with nodes and notes elsewhere; an arrow keeps its direction."""
    graph = change_nodes(graph, {item_id: {"position": reachable(place)} for item_id, place in positions.items()})
    if not any(note.id in positions for note in graph.notes):
        return graph
    moved = tuple(sound_note(n, position=positions[n.id]) if n.id in positions else n for n in graph.notes)
    return graph.replace(notes=moved)


def part(
    graph: GraphSpec,
    node_ids: Collection[str],
    note_ids: Collection[str] = (),
    block_ids: Collection[str] | None = None,
) -> GraphSpec:
    """Some nodes and notes of a graph, the edges among them, and the blocks that lie in it as a whole (or these)."""
    kept = set(node_ids)
    blocks = blocks_within(graph, kept) if block_ids is None else set(block_ids)
    homes = homes_among(graph, blocks)
    return GraphSpec(
        nodes=tuple(at_home(node, homes) for node in graph.nodes if node.id in kept),
        edges=tuple(edge for edge in graph.edges if edge.source in kept and edge.target in kept),
        blocks=tuple(
            block.model_copy(update={"parent": homes.get(block.parent, "")})
            for block in with_joined_ports(graph).blocks
            if block.id in blocks
        ),
        notes=tuple(at_home(note, homes) for note in graph.notes if note.id in set(note_ids)),
    )


def paste(graph: GraphSpec, fragment: GraphSpec, offset: Position) -> tuple[GraphSpec, dict[str, str]]:
    """The graph with a copy of everything in another one; and the copy's id for each original."""
    taken = {item.id for item in (*graph.nodes, *graph.blocks, *graph.notes)}
    numbers = dict[str, int]()
    copies: dict[str, str] = {}

    def new_id(old: str, prefix: str) -> str:
        copy_id = old
        while copy_id in taken:
            numbers[prefix] = numbers.get(prefix, 0) + 1
            copy_id = f"{prefix}_{numbers[prefix]}"
        taken.add(copy_id)
        copies[old] = copy_id
        return copy_id

    def moved(position: Position) -> Position:
        return reachable((position[0] + offset[0], position[1] + offset[1]))

    for node in fragment.nodes:
        new_id(node.id, kind_prefix(node.layer))
    for block in fragment.blocks:
        new_id(block.id, "block")
    for note in fragment.notes:
        new_id(note.id, note.kind)
    copies[""] = ""
    placed = [
        item.model_copy(
            update={"id": copies[item.id], "position": moved(item.position), "block": copies.get(item.block, "")}
        )
        for item in (*fragment.nodes, *fragment.notes)
    ]
    nodes = [item for item in placed if isinstance(item, Node)]
    notes = [sound_note(item) for item in placed if not isinstance(item, Node)]
    blocks = tuple(renamed_block(block, copies) for block in fragment.blocks)
    edges = tuple(Edge(source=copies[e.source], target=copies[e.target], port=e.port) for e in fragment.edges)
    del copies[""]
    pasted = graph.replace(
        nodes=(*graph.nodes, *nodes), edges=graph.edges + edges,
        blocks=graph.blocks + blocks, notes=(*graph.notes, *notes),
    )  # fmt: skip
    return pasted, copies


def replace_node(graph: GraphSpec, node_id: str, layer: Layer) -> tuple[GraphSpec, str]:
    """The graph with another layer in the place of a node, without the edges it has no port for; and the new id."""
    old = graph.node(node_id)
    new_id = node_id if old.layer.kind == layer.kind else graph.new_id(kind_prefix(layer))
    node = old.model_copy(update={"id": new_id, "layer": layer})
    incoming = graph.incoming(node_id)
    kept = incoming if layer.variadic else incoming[: len(layer.ports)]
    ports = {edge: edge.port if layer.variadic else index for index, edge in enumerate(kept)}
    edges: list[Edge] = []
    for edge in graph.edges:
        if edge in ports:
            edges.append(Edge(source=edge.source, target=new_id, port=ports[edge]))
        elif edge.source == node_id and not layer.terminal:
            edges.append(Edge(source=new_id, target=edge.target, port=edge.port))
        elif node_id not in (edge.source, edge.target):
            edges.append(edge)
    nodes = tuple(node if other.id == node_id else other for other in graph.nodes)
    return graph.replace(nodes=nodes, edges=tuple(edges)), new_id


def with_settings_of(layer: Layer, other: Layer) -> Layer:
    """A layer with the values of another one for the settings that both have."""
    there = {field.name: field.kind for field in other.fields()}
    for field in layer.fields():
        if there.get(field.name) == field.kind:
            try:
                layer = layer.replace(**{field.name: getattr(other, field.name)})
            except ValidationError:  # the same name for something with other bounds
                continue
    return layer


def reconnect(
    graph: GraphSpec, edge: Edge, source: str, target: str, port: int | None = None
) -> tuple[GraphSpec, Edge]:
    """The graph with a wire that begins or ends elsewhere; it keeps its place in the order of edges."""
    rest = remove(graph, (), (edge,))
    place = target_port(rest, rest.node(target), port)
    moved = Edge(source=source, target=target, port=place or 0)
    edges = [moved if e == edge else e for e in graph.edges if e == edge or (e.target, e.port) != (target, place)]
    return graph.replace(edges=tuple(edges)), moved


def kind_prefix(layer: Layer) -> str:
    """What the id of a new node with this layer begins with."""
    return layer.kind or "layer"


def free_port(graph: GraphSpec, node: Node) -> int | None:
    """The port that a new wire takes when none is named; None if there is no free one."""
    taken = [edge.port for edge in graph.incoming(node.id)]
    if node.layer.variadic:
        return max(taken, default=-1) + 1
    return next((port for port in range(len(node.layer.ports)) if port not in taken), None)


def target_port(graph: GraphSpec, node: Node, port: int | None = None) -> int | None:
    """The port that a wire takes: the one that is named, a free one, or else the first; None if there is none."""
    if port is not None:
        return port
    free = free_port(graph, node)
    if free is not None:
        return free
    return 0 if node.layer.ports else None


def why_not_connect(graph: GraphSpec, source: Node, target: Node, port: int | None = None) -> str:
    """A sentence that says why this wire is not possible; empty if it is."""
    return _why_not(graph, source, target, port, ancestors(graph, source.id))


def refusals(graph: GraphSpec, source: Node) -> dict[str, str]:
    """For every node the sentence of `why_not_connect` for a wire from the source; the graph is walked once only."""
    before = ancestors(graph, source.id)
    return {node.id: _why_not(graph, source, node, None, before) for node in graph.nodes}


def source_refusals(graph: GraphSpec, target: Node, port: int | None = None) -> dict[str, str]:
    """For every node the sentence of `why_not_connect` for a wire from it; the graph is walked once only."""
    after = descendants(graph, target.id)
    return {n.id: _why_not(graph, n, target, port, (target.id,) if n.id in after else ()) for n in graph.nodes}


def ancestors(graph: GraphSpec, node_id: str) -> set[str]:
    """The node and everything it depends on."""
    return _reach({edge.target: [] for edge in graph.edges}, ((e.target, e.source) for e in graph.edges), node_id)


def descendants(graph: GraphSpec, node_id: str) -> set[str]:
    """The node and everything that depends on it."""
    return _reach({edge.source: [] for edge in graph.edges}, ((e.source, e.target) for e in graph.edges), node_id)


def _reach(neighbours: dict[str, list[str]], steps: Iterable[tuple[str, str]], start: str) -> set[str]:
    for here, there in steps:
        neighbours[here].append(there)
    reached, waiting = {start}, [start]
    while waiting:
        for node_id in neighbours.get(waiting.pop(), ()):
            if node_id not in reached:
                reached.add(node_id)
                waiting.append(node_id)
    return reached


def _why_not(graph: GraphSpec, source: Node, target: Node, port: int | None, before_source: Collection[str]) -> str:
    if source.layer.terminal:
        return f"{describe(source)} is an end of the network. Nothing can follow it."
    if not target.layer.variadic and not target.layer.ports:
        return f"{describe(target)} takes no input. Wires only leave it."
    if source.id == target.id:
        return f"{describe(source)} cannot feed itself. A network has no cycles."
    if port is not None and not target.layer.variadic and not 0 <= port < len(target.layer.ports):
        return f"{describe(target)} has {len(target.layer.ports)} input port(s), so there is no port {port + 1}."
    if target.id in before_source:
        return f"This wire would close a cycle: '{source.title}' already depends on '{target.title}'."
    place = target_port(graph, target, port)
    if any((edge.source, edge.target, edge.port) == (source.id, target.id, place) for edge in graph.edges):
        return f"'{source.title}' is already connected to '{target.title}'."
    return ""


def describe(node: Node) -> str:
    """How a sentence names a node: "Dense 'hidden 1'"."""
    return f"{node.layer.label} '{node.title}'"
