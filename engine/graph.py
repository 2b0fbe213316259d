"""The graph of a design: nodes that hold a layer, and edges between them, as immutable data."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError, field_serializer, field_validator, model_validator

import engine.layers  # noqa: F401  loads every layer, so that files can name them
from engine.annotations import Block, Color, Note
from engine.declaration import explain
from engine.layer import Layer, UnknownLayer

SPACING = 264.0
"""Points from one node to the next, where nodes are placed by the program."""

GRAPH_PARTS = ("nodes", "edges", "blocks", "notes")


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
    block: str = ""
    """Id of the innermost block that it lies in; "" for none."""
    color: Color = ""

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
    """Nodes and edges, and what is drawn around them.

    Ids are unique, edges join existing nodes, a port takes one edge; cycles are left to the plan.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    blocks: tuple[Block, ...] = ()
    notes: tuple[Note, ...] = ()

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
        if self.blocks or self.notes or any(node.block for node in self.nodes):
            self._check_annotations(set(counts))
        return self

    def _check_annotations(self, node_ids: set[str]) -> None:
        parents = {block.id: block.parent for block in self.blocks}
        ids = [*node_ids, *(block.id for block in self.blocks), *(note.id for note in self.notes)]
        for name, count in Counter(ids).items():
            if count > 1:
                raise ValueError(f"the id '{name}' is used {count} times; nodes, blocks and notes need different ids")
        for holder in (*self.nodes, *self.notes):
            if holder.block and holder.block not in parents:
                raise ValueError(f"'{holder.id}' lies in the block '{holder.block}', which is not there")
        for block in self.blocks:
            seen, here = {block.id}, block.parent
            while here:
                if here not in parents:
                    raise ValueError(f"the block '{block.id}' lies in '{here}', which is no block")
                if here in seen:
                    raise ValueError(f"the block '{block.id}' lies in itself")
                seen.add(here)
                here = parents[here]

    # Files

    def to_data(self) -> dict[str, list[dict[str, Any]]]:
        """Plain JSON values: lists `nodes` and `edges`, and `blocks` and `notes` where there are some."""
        lists = {name: [part.model_dump(mode="json") for part in getattr(self, name)] for name in GRAPH_PARTS}
        for node in lists["nodes"]:
            for name in ("block", "color"):
                if not node[name]:
                    del node[name]
        return {name: parts for name, parts in lists.items() if parts or name in ("nodes", "edges")}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Inverse of `to_data`; other entries are ignored. Raises pydantic.ValidationError or TypeError."""
        kinds = {"nodes": Node, "edges": Edge, "blocks": Block, "notes": Note}
        parts = {name: tuple(kinds[name].model_validate(part) for part in data.get(name, ())) for name in GRAPH_PARTS}
        return cls(**parts)

    # Looking

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
        return source in self.descendants(target)

    # Changed copies

    def with_layers(self, layers: Mapping[str, Layer]) -> GraphSpec:
        """The graph with other layers in some nodes; ids that it does not have are ignored."""
        nodes = (
            node.model_copy(update={"layer": layers[node.id]}) if node.id in layers else node for node in self.nodes
        )
        return self.model_copy(update={"nodes": tuple(nodes)})

    def replace(self, **parts: Any) -> GraphSpec:
        """The graph with other nodes, edges, blocks or notes, checked anew."""
        return GraphSpec(**({name: getattr(self, name) for name in GRAPH_PARTS} | parts))

    def with_nodes(self, nodes: Iterable[Node], edges: Iterable[Edge] = ()) -> GraphSpec:
        """The graph with further nodes and edges. An edge into an occupied port takes the place of the old one."""
        new = {(edge.target, edge.port): edge for edge in edges}
        kept = (edge for edge in self.edges if (edge.target, edge.port) not in new)
        return self.replace(nodes=(*self.nodes, *nodes), edges=(*kept, *new.values()))

    def without(self, node_ids: Collection[str] = (), edges: Collection[Edge] = ()) -> GraphSpec:
        """The graph without some nodes, the edges at them, and further edges."""
        gone, cut = set(node_ids), set(edges)
        return self.replace(
            nodes=tuple(node for node in self.nodes if node.id not in gone),
            edges=tuple(e for e in self.edges if e not in cut and e.source not in gone and e.target not in gone),
        )

    def bypassing(self, node_id: str) -> GraphSpec:
        """The graph without a node; what it read goes on to those that read it."""
        sources = self.incoming(node_id)
        if not sources:
            return self.without([node_id])
        followers = self.outgoing(node_id)
        edges = [Edge(source=sources[0].source, target=edge.target, port=edge.port) for edge in followers]
        return self.without([node_id]).with_nodes((), edges)

    def with_inserted(self, layer: Layer, target: str, port: int = 0) -> GraphSpec:
        """The graph with a new node in the edge into that port; nodes behind it make room."""
        edge = next((edge for edge in self.edges if (edge.target, edge.port) == (target, port)), None)
        if edge is None:
            return self
        (x, y), (target_x, target_y) = self.node(edge.source).position, self.node(target).position
        missing = max(2 * SPACING - (target_x - x), 0) if target_x > x else 0
        behind = self.descendants(target) if missing else set()
        moved = (
            node.model_copy(update={"position": (node.position[0] + missing, node.position[1])})
            if node.id in behind
            else node
            for node in self.nodes
        )
        new = Node(id=self.new_id(layer.kind), layer=layer, position=((x + target_x + missing) / 2, (y + target_y) / 2))
        edges = (Edge(source=edge.source, target=new.id), Edge(source=new.id, target=target, port=port))
        return self.model_copy(update={"nodes": tuple(moved)}).with_nodes([new], edges)

    def descendants(self, node_id: str) -> set[str]:
        """The node and everything that depends on it."""
        followers: dict[str, list[str]] = {}
        for edge in self.edges:
            followers.setdefault(edge.source, []).append(edge.target)
        reached, waiting = {node_id}, [node_id]
        while waiting:
            for follower in followers.get(waiting.pop(), ()):
                if follower not in reached:
                    reached.add(follower)
                    waiting.append(follower)
        return reached

    def new_id(self, kind: str) -> str:
        """An unused id such as dense_2."""
        taken = {item.id for item in (*self.nodes, *self.blocks, *self.notes)}
        number = 1
        while f"{kind}_{number}" in taken:
            number += 1
        return f"{kind}_{number}"
