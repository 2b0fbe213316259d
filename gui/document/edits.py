"""Edits of a graph as pure functions: a graph goes in, the changed graph comes out, and nothing else happens."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from math import isfinite
from typing import Any

from engine.graph import Edge, GraphSpec, Node
from engine.layer import Layer

Position = tuple[float, float]

FARTHEST = 100_000.0
"""No node is placed farther from the origin than this, so that every one can be reached."""
LONGEST_NAME = 200


def reachable(position: Position) -> Position:
    """The position, brought back to where a user can scroll to. Raises ValueError for NaN."""
    if any(coordinate != coordinate for coordinate in position):
        raise ValueError(f"A node cannot be placed at {position}.")
    x, y = (
        max(-FARTHEST, min(FARTHEST, float(c))) if isfinite(c) else (FARTHEST if c > 0 else -FARTHEST) for c in position
    )
    return x, y


def add_node(graph: GraphSpec, node: Node, edges: Iterable[Edge] = ()) -> GraphSpec:
    """The graph with one more node, and edges to it or from it."""
    return GraphSpec(nodes=(*graph.nodes, node), edges=(*graph.edges, *edges))


def remove(graph: GraphSpec, node_ids: Collection[str], edges: Collection[Edge] = ()) -> GraphSpec:
    """The graph without some nodes, every edge that touches them, and some further edges."""
    gone, cut = set(node_ids), set(edges)
    return GraphSpec(
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
    return GraphSpec(nodes=graph.nodes, edges=tuple(edges))


def insert(graph: GraphSpec, node: Node, edge: Edge) -> GraphSpec:
    """The graph with a node in the middle of an edge: source, node, target."""
    edges = [Edge(source=node.id, target=e.target, port=e.port) if e == edge else e for e in graph.edges]
    before = Edge(source=edge.source, target=node.id)
    return GraphSpec(nodes=(*graph.nodes, node), edges=(*edges, before))


def change_nodes(graph: GraphSpec, changes: Mapping[str, Mapping[str, Any]]) -> GraphSpec:
    """The graph with other values for some fields of some nodes."""
    nodes = tuple(node.model_copy(update=changes[node.id]) if node.id in changes else node for node in graph.nodes)
    return GraphSpec(nodes=nodes, edges=graph.edges)


def duplicate(graph: GraphSpec, node_ids: Collection[str], offset: Position) -> tuple[GraphSpec, dict[str, str]]:
    """The graph with copies of some nodes and of the edges among them; and the copy's id for each original."""
    copies: dict[str, str] = {}
    for node in (node for node in graph.nodes if node.id in set(node_ids)):
        copy_id = graph.new_id(kind_prefix(node.layer))
        position = reachable((node.position[0] + offset[0], node.position[1] + offset[1]))
        graph = add_node(graph, node.model_copy(update={"id": copy_id, "position": position}))
        copies[node.id] = copy_id
    edges = tuple(
        Edge(source=copies[e.source], target=copies[e.target], port=e.port)
        for e in graph.edges
        if e.source in copies and e.target in copies
    )
    return GraphSpec(nodes=graph.nodes, edges=graph.edges + edges), copies


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
