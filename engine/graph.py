"""The graph of a design: nodes that hold a layer, and edges between them, as immutable data."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError, field_serializer, field_validator, model_validator

import engine.layers  # noqa: F401  loads every layer, so that files can name them
from engine.declaration import explain
from engine.layer import Layer, UnknownLayer


class Node(BaseModel):
    """One box of the canvas: a layer with an id that never changes, a name and a position."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    id: str
    layer: Layer
    name: str = ""
    """Shown to the user; the id when empty."""
    position: tuple[float, float] = (0.0, 0.0)
    """Top-left corner on the canvas, in points."""
    frozen: bool = False
    """Its parameters are not trained."""

    @property
    def title(self) -> str:
        """The name, or the id of a node without one."""
        return self.name or self.id

    @field_validator("id")
    @classmethod
    def _usable_in_names(cls, value: str) -> str:
        if not value or "/" in value or len(value) > 200:
            raise ValueError("an id has 1 to 200 characters and no '/'")
        return value

    @field_validator("layer", mode="before")
    @classmethod
    def _keep_what_is_not_understood(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        try:
            return Layer.from_data(value)
        except ValidationError as error:
            reason = explain(error, str(value.get("kind", "layer")))
            return UnknownLayer(raw=json.dumps(value, ensure_ascii=False), reason=reason)

    @field_serializer("layer")
    def _layer_data(self, layer: Layer) -> dict[str, Any]:
        return layer.to_data()


class Edge(BaseModel):
    """A wire from the output of one node into an input port of another."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    target: str
    port: int = 0
    """Input port of the target; for layers with any number of inputs, the order among them."""


class GraphSpec(BaseModel):
    """Nodes and edges: unique ids, edges between existing nodes, one edge a port; cycles are left to the plan."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        counts = Counter(node.id for node in self.nodes)
        for name, count in counts.items():
            if count > 1:
                raise ValueError(f"the node id '{name}' is used {count} times; ids must be unique")
        for edge in self.edges:
            for end in (edge.source, edge.target):
                if end not in counts:
                    raise ValueError(f"an edge from '{edge.source}' to '{edge.target}' names '{end}', which is no node")
            if edge.port < 0:
                raise ValueError(
                    f"the edge from '{edge.source}' to '{edge.target}' names the negative port {edge.port}"
                )
        for (target, port), count in Counter((edge.target, edge.port) for edge in self.edges).items():
            if count > 1:
                raise ValueError(f"port {port} of '{target}' has {count} edges; a port takes one")
        return self

    def node(self, node_id: str) -> Node:
        """The node with this id. Raises KeyError."""
        for node in self.nodes:
            if node.id == node_id:
                return node
        raise KeyError(node_id)

    def incoming(self, node_id: str) -> list[Edge]:
        """Edges into a node, in port order."""
        return sorted((edge for edge in self.edges if edge.target == node_id), key=lambda edge: edge.port)

    def outgoing(self, node_id: str) -> list[Edge]:
        """Edges out of a node."""
        return [edge for edge in self.edges if edge.source == node_id]

    def would_close_cycle(self, source: str, target: str) -> bool:
        """Whether an edge from source to target would let a node depend on itself."""
        reached, waiting = {target}, [target]
        while waiting:
            current = waiting.pop()
            for edge in self.edges:
                if edge.source == current and edge.target not in reached:
                    reached.add(edge.target)
                    waiting.append(edge.target)
        return source in reached

    def new_id(self, kind: str) -> str:
        """An unused id such as dense_2."""
        taken = {node.id for node in self.nodes}
        number = 1
        while f"{kind}_{number}" in taken:
            number += 1
        return f"{kind}_{number}"
