"""The plan of a graph: order, shapes, parameters, counts and problems. Everything else walks over it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING, Literal

from engine.fixes import Advice, Bypass, Case, Fix
from engine.graph import Edge, GraphSpec, Node
from engine.layer import Layer, ParameterSpec, StateSpec, UnknownLayer
from engine.layers.ends import Input, Output
from engine.mending import AddInput, AddOutput, ConnectInput, Cut, CutCycle, RemoveUnused
from engine.program import Program, Scope
from engine.shapes import Shape, ShapeError
from engine.surroundings import Surroundings

if TYPE_CHECKING:
    from engine.data import PreparedData


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that keeps a design from training (error), or probably is not meant (warning)."""

    message: str
    """A plain sentence that names the nodes and shapes."""
    node: str | None = None
    edge: Edge | None = None
    severity: Literal["error", "warning"] = "error"
    advice: tuple[Advice, ...] = ()
    """What would mend it; `Plan.fixes` works it out."""
    brief: str = ""
    """The message without the names that its node shows anyway; empty where it is the same."""


class DesignError(ValueError):
    """A design cannot be compiled; the message lists its problems."""


@dataclass(frozen=True, slots=True)
class PlanNode:
    """One node of a plan."""

    node: Node
    inputs: tuple[str, ...] = ()
    """Ids of the nodes it reads, in port order."""
    input_shapes: tuple[Shape, ...] = ()
    shape: Shape | None = None
    """Output shape of one example; None while a problem keeps it unknown."""
    parameters: dict[str, ParameterSpec] = field(default_factory=dict)
    state: dict[str, StateSpec] = field(default_factory=dict)
    multiplications: int = 0
    """Multiply–accumulate steps of one example's forward pass."""

    @property
    def id(self) -> str:
        return self.node.id

    @property
    def layer(self) -> Layer:
        return self.node.layer

    @property
    def parameter_count(self) -> int:
        """Number of trainable values."""
        return sum(prod(spec.shape) for spec in self.parameters.values())


@dataclass(frozen=True, slots=True)
class Plan:
    """What follows from a graph. `nodes` is in the order of execution."""

    graph: GraphSpec
    nodes: dict[str, PlanNode]
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    used: frozenset[str]
    """Nodes that an Output depends on; the others are not computed while training."""

    @property
    def parameter_count(self) -> int:
        """Trainable values of the whole network."""
        return sum(node.parameter_count for node in self.nodes.values())

    @property
    def multiplications(self) -> int:
        """Multiply–accumulate steps of one example's forward pass."""
        return sum(node.multiplications for node in self.nodes.values())

    @property
    def inputs(self) -> list[PlanNode]:
        """The used Input nodes."""
        return [node for node in self.nodes.values() if isinstance(node.layer, Input) and node.id in self.used]

    @property
    def outputs(self) -> list[PlanNode]:
        """The Output nodes."""
        return [node for node in self.nodes.values() if isinstance(node.layer, Output)]

    def problems_of(self, node_id: str) -> list[Problem]:
        """Errors and warnings shown on one node."""
        return [problem for problem in (*self.problems, *self.warnings) if problem.node == node_id]

    def fixes(self, problem: Problem, data: PreparedData | None = None) -> list[Fix]:
        """The one-click fixes of one of this plan's problems, the best first; some need the data."""
        case = Case(self, problem.node or "", data)
        found = {fix.text: fix for advice in reversed(problem.advice) for fix in reversed([*advice.fixes(case)])}
        return [*found.values()][::-1]

    @property
    def blocking(self) -> list[Problem]:
        """The problems that keep the design from training; those of nodes that no Output needs do not."""
        return [problem for problem in self.problems if problem.node is None or problem.node in self.used]

    def require(self) -> Plan:
        """This plan, if it can be compiled. Raises DesignError with every problem in the way."""
        if self.blocking:
            raise DesignError(" ".join(problem.message for problem in self.blocking))
        return self


def make_plan(graph: GraphSpec) -> Plan:
    """Infer everything that follows from a graph. It never fails: what is wrong becomes a problem."""
    order, stuck = _topological_order(graph)
    incoming: dict[str, list[Edge]] = {node.id: [] for node in graph.nodes}
    for edge in sorted(graph.edges, key=lambda edge: edge.port):
        incoming[edge.target].append(edge)
    titles = {node.id: node.title for node in graph.nodes}
    problems: list[Problem] = []
    nodes: dict[str, PlanNode] = {}
    for node in order:
        edges = incoming[node.id]
        inputs = tuple(edge.source for edge in edges)
        planned, shapes = PlanNode(node, inputs), ()
        try:
            _check_ports(node, edges)
            known = [nodes[source].shape for source in inputs]
            shapes = tuple(shape for shape in known if shape is not None)
            if len(shapes) == len(known):
                planned = _infer(node, inputs, shapes)
        except ShapeError as error:
            message = _with_names(str(error), node, [f"'{titles[source]}'" for source in inputs], shapes)
            edge = edges[0] if len(edges) == 1 else None
            problems.append(Problem(message, node.id, edge, advice=error.advice, brief=str(error)))
        nodes[node.id] = planned
    for node in stuck:
        nodes[node.id] = PlanNode(node, tuple(edge.source for edge in incoming[node.id]))
    cyclic = [node for node in stuck if node.id in _ancestors(nodes, nodes[node.id].inputs)]
    names = ", ".join(f"'{node.title}'" for node in cyclic)
    problems += [
        Problem(
            f"{node.layer.label} '{node.title}' is in a cycle ({names}). Remove one edge of it.",
            node.id,
            advice=(CutCycle(),),
        )
        for node in cyclic
    ]
    used = _ancestors(nodes, (node.id for node in graph.nodes if isinstance(node.layer, Output)))
    if not any(isinstance(node.layer, Output) for node in graph.nodes):
        message = "The design has no Output. Add one after the last layer; it holds the loss."
        problems.append(Problem(message, advice=(AddOutput(),)))
    if not any(isinstance(node.layer, Input) for node in graph.nodes):
        message = "The design has no Input. Add one before the first layer."
        problems.append(Problem(message, advice=(AddInput(),)))
    return Plan(graph, nodes, tuple(problems), tuple(_warnings(nodes, used)), frozenset(used))


def _with_names(text: str, node: Node, sources: list[str], shapes: tuple[Shape, ...]) -> str:
    """A shape error as a sentence that names the layer, and where its shapes are the matter, also those before it."""
    name = f"{node.layer.label} '{node.title}'"
    if not shapes:
        return f"{name} {text}"
    gets = f"gets {shapes[0]}"
    if len(sources) == 1 and gets in text:
        return f"{name} {text.replace(gets, f'{gets} from {sources[0]}', 1)}"
    return f"{name} (from {', '.join(sources)}) {text}"


def _check_ports(node: Node, edges: list[Edge]) -> None:
    layer = node.layer
    if isinstance(layer, UnknownLayer):
        raise ShapeError(f"cannot be used: {layer.reason} It is kept as it is in the file.")
    if layer.variadic:
        if len(edges) < 2:
            message = f"joins two or more inputs but has {len(edges)}. Connect another layer to it."
            raise ShapeError(message, ConnectInput(), *[Bypass()] * len(edges))
    elif not layer.ports and edges:
        raise ShapeError("takes no input. Remove the edge into it.", Cut(tuple(edges)))
    elif len(edges) < len(layer.ports):
        raise ShapeError("has no input. Connect the output of another layer to it.", ConnectInput())
    elif edges and edges[-1].port >= len(layer.ports):
        message = f"has {len(layer.ports)} input port(s), but an edge names port {edges[-1].port}."
        raise ShapeError(message, Cut(tuple(edge for edge in edges if edge.port >= len(layer.ports))))


def _infer(node: Node, inputs: tuple[str, ...], shapes: tuple[Shape, ...]) -> PlanNode:
    shape, parameters, state, multiplications = _layer_facts(node.layer, shapes)  # pyright: ignore[reportArgumentType]  frozen models hash
    return PlanNode(node, inputs, shapes, shape, parameters, state, multiplications)


@lru_cache(maxsize=8192)
def _layer_facts(
    layer: Layer, shapes: tuple[Shape, ...]
) -> tuple[Shape, dict[str, ParameterSpec], dict[str, StateSpec], int]:
    """Everything that depends on the layer and its input shapes alone; the same question comes on every edit."""
    shape = layer.output_shape(*shapes)
    parameters, state = layer.parameters(*shapes), layer.state(*shapes)
    if isinstance(layer, Output):
        return shape, parameters, state, 0
    program = Program(1, training=False)
    scope = Scope(
        program,
        "node",
        tuple(program.buffer(f"x{i}", (1, *x)) for i, x in enumerate(shapes)),
        parameters={name: spec.shape for name, spec in parameters.items()},
        states={name: spec.shape for name, spec in state.items()},
    )
    layer.forward(scope, *scope.inputs)
    return shape, parameters, state, sum(operation.multiplications for operation in program.operations())


def _topological_order(graph: GraphSpec) -> tuple[list[Node], list[Node]]:
    """Nodes so that each comes after what it reads; and those that cannot be placed, in cycles or behind one."""
    followers: dict[str, list[str]] = {node.id: [] for node in graph.nodes}
    waiting = dict.fromkeys(followers, 0)
    for edge in graph.edges:
        followers[edge.source].append(edge.target)
        waiting[edge.target] += 1
    by_id = {node.id: node for node in graph.nodes}
    ready = deque(node for node in graph.nodes if not waiting[node.id])
    order = []
    while ready:
        node = ready.popleft()
        order.append(node)
        for target in followers[node.id]:
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(by_id[target])
    placed = {node.id for node in order}
    return order, [node for node in graph.nodes if node.id not in placed]


def _ancestors(nodes: dict[str, PlanNode], ends: Iterable[str]) -> set[str]:
    found, waiting = set(), list(ends)
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting.extend(nodes[current].inputs)
    return found


def _warnings(nodes: dict[str, PlanNode], used: set[str]) -> Iterator[Problem]:
    for planned in nodes.values():
        if used and planned.id not in used:
            message = f"{planned.layer.label} '{planned.node.title}' leads to no Output, so it is not trained."
            yield Problem(message, planned.id, severity="warning", advice=(RemoveUnused(),))
    for node_id, remark in Surroundings(nodes, used).remarks():
        yield Problem(remark.message, node_id, severity="warning", advice=remark.advice)
