"""One-click fixes: whoever finds a problem gives advice, and the fixes are worked out when they are shown.

Advice is plain data, so a problem costs nothing more than its sentence. A layer, loss, initializer or activation
function gives advice with its `ShapeError` or its `Remark`; a new kind may bring a subclass of `Advice` of its own.
`engine.mending` has the advice on wires and ends, which the plan gives itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from pydantic import ValidationError

from engine.shapes import Shape

if TYPE_CHECKING:
    from engine.data import PreparedData
    from engine.graph import GraphSpec
    from engine.layer import Layer
    from engine.plan import Plan, PlanNode


@dataclass(frozen=True, slots=True)
class Fix:
    """A change of the graph that mends a problem."""

    text: str
    """What a button says: "Insert Flatten"."""
    apply: Callable[[GraphSpec], GraphSpec]


@dataclass(frozen=True, slots=True)
class Case:
    """What advice is worked out from."""

    plan: Plan
    node: str = ""
    """The node that has the problem; empty for a problem of the whole design."""
    data: PreparedData | None = None

    @property
    def planned(self) -> PlanNode:
        """The node that has the problem."""
        return self.plan.nodes[self.node]

    def title(self, node_id: str) -> str:
        """How a button names a node."""
        return f"'{self.plan.nodes[node_id].node.title}'"


class Advice:
    """Base of all advice: what may help, told without looking at the rest of the design."""

    def fixes(self, case: Case) -> Iterator[Fix]:
        """The fixes that are possible in this design; none where the advice does not help."""
        raise TypeError(f"{type(self).__name__} does not say what it would change.")


@dataclass(frozen=True)
class Insert(Advice):
    """Insert a layer before some input ports."""

    kind: str
    fields: Mapping[str, Any] = field(default_factory=dict, hash=False)
    ports: tuple[int, ...] = (0,)

    def fixes(self, case: Case) -> Iterator[Fix]:
        layer = cast("Layer", case.planned.layer.registry[self.kind].from_data({"kind": self.kind, **self.fields}))
        edges = case.plan.graph.incoming(case.node)
        ports = [edges[index].port for index in self.ports if index < len(edges)]
        if not ports:
            return
        where = ""
        if len(edges) > 1:
            where = " after " + " and ".join(case.title(edges[index].source) for index in self.ports)

        def change(graph: GraphSpec) -> GraphSpec:
            for port in ports:
                graph = graph.with_inserted(layer, case.node, port)
            return graph

        yield Fix(f"Insert {layer.label}{where}", change)


@dataclass(frozen=True)
class Change(Advice):
    """Set fields of the node, or of other nodes."""

    text: str
    """May hold {node}: the title of the (first) node."""
    fields: Mapping[str, Any] = field(default_factory=dict, hash=False)
    nodes: tuple[str, ...] = ()
    """Ids; the node that has the problem when empty."""

    def fixes(self, case: Case) -> Iterator[Fix]:
        ids = [node_id for node_id in self.nodes or (case.node,) if node_id in case.plan.nodes]
        layers = changed_layers(case.plan, dict.fromkeys(ids, self.fields))
        if layers:
            yield Fix(self.text.replace("{node}", case.title(ids[0])), lambda graph: graph.with_layers(layers))


@dataclass(frozen=True)
class SetWidth(Advice):
    """Give the layer that decides how many values arrive at a port another width."""

    width: int
    port: int = 0

    def fixes(self, case: Case) -> Iterator[Fix]:
        inputs = case.planned.inputs
        found = widest_before(case.plan, inputs[self.port]) if self.port < len(inputs) else None
        if found is None:
            return
        name = found.layer.width_field
        layers = changed_layers(case.plan, {found.id: {name: self.width}})
        if layers:
            yield Fix(
                f"Give {case.title(found.id)} {self.width} {name if self.width > 1 else name.removesuffix('s')}",
                lambda graph: graph.with_layers(layers),
            )


@dataclass(frozen=True)
class EqualWidths(Advice):
    """Make the last sizes of all inputs equal to one of them."""

    shapes: tuple[Shape, ...]

    def fixes(self, case: Case) -> Iterator[Fix]:
        if len({len(shape) for shape in self.shapes}) > 1 or len({shape[:-1] for shape in self.shapes}) > 1:
            return
        deciders = [widest_before(case.plan, source) for source in case.planned.inputs]
        for width in dict.fromkeys(shape[-1] for shape in self.shapes):
            others = [d for d, shape in zip(deciders, self.shapes, strict=True) if shape[-1] != width]
            kept = {d.id for d, shape in zip(deciders, self.shapes, strict=True) if d and shape[-1] == width}
            if not all(other is not None and other.id not in kept for other in others):
                continue
            changes = {other.id: {other.layer.width_field: width} for other in others if other is not None}
            layers = changed_layers(case.plan, changes)
            if len(layers) == len(changes):
                titles = " and ".join(map(case.title, changes))
                name = next(iter(next(iter(changes.values()))))
                yield Fix(f"Give {titles} {width} {name}", lambda graph, layers=layers: graph.with_layers(layers))


@dataclass(frozen=True)
class Bypass(Advice):
    """Remove a node and join what is before it with what is behind it."""

    def fixes(self, case: Case) -> Iterator[Fix]:
        yield Fix(f"Remove {case.title(case.node)}", lambda graph: graph.bypassing(case.node))


@dataclass(frozen=True)
class FitToData(Advice):
    """Fit an end of the network to the data that is loaded; nothing while there is none."""

    def fixes(self, case: Case) -> Iterator[Fix]:
        from engine.fitting import end_fixes  # fitting needs the plan, which needs this module

        if case.data is not None:
            yield from end_fixes(case.plan, case.node, case.data)


def changed_layers(plan: Plan, changes: Mapping[str, Mapping[str, Any]]) -> dict[str, Layer]:
    """The layers with other values in some fields; those that do not allow them, or have them, are left out."""
    layers = {}
    for node_id, fields in changes.items():
        layer = plan.nodes[node_id].layer
        try:
            changed = layer.replace(**fields)
        except ValidationError:
            continue
        if changed != layer:
            layers[node_id] = changed
    return layers


def widest_before(plan: Plan, node_id: str) -> PlanNode | None:
    """The layer that decides the last size of what a node puts out: itself, or one before it that it passes on."""
    while (planned := plan.nodes.get(node_id)) is not None:
        if planned.layer.width_field:
            return planned
        if len(planned.inputs) != 1 or planned.input_shapes != (planned.shape,):
            return None
        (node_id,) = planned.inputs
    return None
