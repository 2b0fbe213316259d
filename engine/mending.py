"""Advice on wires and ends: what the plan suggests where something is missing, left over or in a circle."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.fixes import Advice, Case, Fix
from engine.graph import SPACING, Edge, GraphSpec, Node
from engine.layers.ends import Input, Output
from engine.shapes import ShapeError

if TYPE_CHECKING:
    from engine.data import PreparedData
    from engine.plan import Plan, PlanNode


@dataclass(frozen=True)
class ConnectInput(Advice):
    """Wire the nearest node whose output fits into a free port."""

    def fixes(self, case: Case) -> Iterator[Fix]:
        planned, graph = case.planned, case.plan.graph
        taken = {edge.port for edge in graph.incoming(planned.id)}
        port = next(number for number in range(len(taken) + 1) if number not in taken)
        source = _nearest_source(case.plan, planned, port)
        if source is not None:
            edge = Edge(source=source, target=planned.id, port=port)
            text = f"Connect {case.title(source)} to {case.title(planned.id)}"
            yield Fix(text, lambda graph: graph.with_nodes((), [edge]))


@dataclass(frozen=True)
class Cut(Advice):
    """Remove wires."""

    edges: tuple[Edge, ...]

    def fixes(self, case: Case) -> Iterator[Fix]:
        where = " and ".join(f"from {case.title(edge.source)}" for edge in self.edges)
        text = f"Remove the wire{'s' if len(self.edges) > 1 else ''} {where}"
        yield Fix(text, lambda graph: graph.without((), self.edges))


@dataclass(frozen=True)
class CutCycle(Advice):
    """Remove the wire that closes a cycle: the youngest one in it."""

    def fixes(self, case: Case) -> Iterator[Fix]:
        graph = case.plan.graph
        circle = {i for i in graph.descendants(case.node) if case.node in graph.descendants(i)}
        inside = [edge for edge in graph.edges if edge.source in circle and edge.target in circle]
        for count, edge in enumerate(inside):
            before = GraphSpec.model_construct(nodes=(), edges=tuple(inside[:count]))
            if before.would_close_cycle(edge.source, edge.target):
                text = f"Remove the wire from {case.title(edge.source)} to {case.title(edge.target)}"
                yield Fix(text, lambda graph, edge=edge: graph.without((), (edge,)))
                return


@dataclass(frozen=True)
class RemoveUnused(Advice):
    """Remove a node that leads to no Output, with everything unused that hangs together with it."""

    def fixes(self, case: Case) -> Iterator[Fix]:
        used, neighbours = case.plan.used, {}
        for edge in case.plan.graph.edges:
            if edge.source not in used and edge.target not in used:
                neighbours.setdefault(edge.source, []).append(edge.target)
                neighbours.setdefault(edge.target, []).append(edge.source)
        part, waiting = {case.node}, [case.node]
        while waiting:
            found = [other for other in neighbours.get(waiting.pop(), ()) if other not in part]
            part.update(found)
            waiting += found
        text = f"Remove {case.title(case.node)}" if len(part) == 1 else f"Remove the {len(part)} unused layers"
        yield Fix(text, lambda graph: graph.without(part))


@dataclass(frozen=True)
class AddOutput(Advice):
    """Put an Output behind the last layer, with the loss that fits the data."""

    def fixes(self, case: Case) -> Iterator[Fix]:
        last = _last_layer(case.plan)
        behind = f" behind {case.title(last.id)}" if last is not None else ""
        yield Fix(f"Add an Output{behind}", lambda graph: add_output(graph, last.id if last else None, case.data))


@dataclass(frozen=True)
class AddInput(Advice):
    """Put an Input, with the shape of the data, before the first layer that has none."""

    def fixes(self, case: Case) -> Iterator[Fix]:
        read = {edge.target for edge in case.plan.graph.edges}
        bare = [n for n in case.plan.graph.nodes if n.layer.ports and n.id not in read and not n.layer.terminal]
        first = min(bare, key=lambda node: node.position, default=None)
        before = f" before {case.title(first.id)}" if first is not None else ""
        yield Fix(f"Add an Input{before}", lambda graph: add_input(graph, first, case.data))


def add_output(graph: GraphSpec, source: str | None, data: PreparedData | None) -> GraphSpec:
    """The graph with a new Output behind a node, fitted to the data where there is some."""
    node = Node(id=graph.new_id(Output.kind), layer=Output(), position=_beside(graph, source, SPACING))
    graph = graph.with_nodes([node], [Edge(source=source, target=node.id)] if source else ())
    return _fitted(graph, node.id, data)


def add_input(graph: GraphSpec, target: Node | None, data: PreparedData | None) -> GraphSpec:
    """The graph with a new Input before a node, fitted to the data where there is some."""
    place = _beside(graph, target.id if target else None, -SPACING)
    node = Node(id=graph.new_id(Input.kind), layer=Input(), position=place)
    graph = graph.with_nodes([node], [Edge(source=node.id, target=target.id)] if target else ())
    return _fitted(graph, node.id, data)


def _fitted(graph: GraphSpec, node_id: str, data: PreparedData | None) -> GraphSpec:
    from engine.fitting import fit_end  # fitting needs the plan, which needs this module

    return graph if data is None else fit_end(graph, node_id, data)


def _beside(graph: GraphSpec, node_id: str | None, dx: float) -> tuple[float, float]:
    if node_id is None:
        return max((node.position[0] for node in graph.nodes), default=-SPACING) + SPACING, 0.0
    x, y = graph.node(node_id).position
    return x + dx, y


def _last_layer(plan: Plan) -> PlanNode | None:
    """The end of the longest way from an Input; failing that, the last layer on the canvas that nothing follows."""
    followed = {edge.source for edge in plan.graph.edges}
    ends = [node for node in plan.nodes.values() if node.id not in followed and not node.layer.terminal]
    depth: dict[str, int] = {}
    for node in plan.nodes.values():  # in the order of execution
        before = max((depth.get(source, 0) for source in node.inputs), default=0)
        depth[node.id] = before + 1 if before or isinstance(node.layer, Input) else 0
    return max(ends, key=lambda node: (node.shape is not None, depth[node.id], node.node.position), default=None)


def _nearest_source(plan: Plan, target: PlanNode, port: int) -> str | None:
    """The node to wire in: one that fits rather than not, a loose end rather than not, and then the nearest."""
    graph = plan.graph
    behind, followed = graph.descendants(target.id), {edge.source for edge in graph.edges}
    x, y = target.node.position

    def rank(source: PlanNode) -> tuple[bool, bool, float]:
        dx, dy = x - source.node.position[0], y - source.node.position[1]
        distance = abs(dy) + (dx if dx >= 0 else -4 * dx)  # designs run from left to right
        return not _takes(target, port, source), source.id in followed, distance

    sources = [n for n in plan.nodes.values() if n.id not in behind and not n.layer.terminal]
    sources = [n for n in sources if n.id not in target.inputs]
    best = min(sources, key=rank, default=None)
    return best.id if best is not None else None


def _takes(target: PlanNode, port: int, source: PlanNode) -> bool:
    """Whether the source's output is right for the target, as far as that can be said of one input."""
    if source.shape is None:
        return False
    shapes = [*target.input_shapes]
    shapes.insert(port, source.shape)
    try:
        target.layer.output_shape(*shapes)
    except (ShapeError, ValueError, IndexError, TypeError):
        return False
    return True
