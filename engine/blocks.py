"""Blocks of a graph: which nodes lie in one, which ports it has, and how blocks come, go and are copied.

Pure functions: a graph goes in, another comes out. What the network computes is never touched.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from engine.annotations import Block, InnerPort, Note
from engine.graph import Edge, GraphSpec, Node

Held = TypeVar("Held", Node, Note)


@dataclass(frozen=True, slots=True)
class BlockInput:
    """An input port of a block: inner ports that are fed together."""

    ends: tuple[InnerPort, ...]
    source: str = ""
    """Id of the node outside that feeds it; "" while there is none."""


@dataclass(frozen=True, slots=True)
class BlockPorts:
    """The ports of a block, from top to bottom."""

    inputs: tuple[BlockInput, ...]
    outputs: tuple[str, ...]
    """Ids of the inner nodes that are read outside, or by nobody yet."""


def enclosing(graph: GraphSpec, block_id: str) -> list[str]:
    """The block and those that it lies in, from the inside out; nothing for ""."""
    parents = {block.id: block.parent for block in graph.blocks}
    chain = []
    while block_id:
        chain.append(block_id)
        block_id = parents[block_id]
    return chain


def members(graph: GraphSpec, block_id: str) -> list[str]:
    """Ids of all nodes in a block and in the blocks in it, in the order of the graph."""
    inside = {block.id for block in graph.blocks if block_id in enclosing(graph, block.id)}
    return [node.id for node in graph.nodes if node.block in inside]


def ports(graph: GraphSpec, block_id: str) -> BlockPorts:
    """The ports of a block: one for each outside node that feeds it, one for each inner port that nothing feeds
    (joined ones together), and one output for each inner node that is read outside or by nobody."""
    inside = set(members(graph, block_id))
    block = next(block for block in graph.blocks if block.id == block_id)
    group_of = {end: index for index, group in enumerate(block.joined) for end in group}
    fed = {(edge.target, edge.port): edge.source for edge in graph.edges if edge.target in inside}
    groups: dict[tuple[str, object], list[InnerPort]] = {}
    for node in graph.nodes:
        if node.id not in inside:
            continue
        used = [port for target, port in fed if target == node.id]
        free = [] if node.layer.variadic and used else list(range(max(len(node.layer.ports), 1)))
        for port in sorted({*used, *(free if node.layer.ports or node.layer.variadic else ())}):
            end = InnerPort(node=node.id, port=port)
            source = fed.get((node.id, port), "")
            if source in inside:
                continue
            key = ("fed", source) if source else ("free", group_of.get(end, (node.id, port)))
            groups.setdefault(key, []).append(end)
    inputs = tuple(
        BlockInput(tuple(ends), str(source) if how == "fed" else "") for (how, source), ends in groups.items()
    )
    readers: dict[str, set[str]] = {}
    for edge in graph.edges:
        readers.setdefault(edge.source, set()).add(edge.target)
    outputs = tuple(
        node.id
        for node in graph.nodes
        if node.id in inside and not node.layer.terminal and (not readers.get(node.id) or readers[node.id] - inside)
    )
    return BlockPorts(inputs, outputs)


def with_joined_ports(graph: GraphSpec) -> GraphSpec:
    """The graph whose blocks remember which inner ports one outside node feeds, so that they stay one port of the
    block when that wire goes or the block is copied."""
    blocks = tuple(block.model_copy(update={"joined": _joined(graph, block)}) for block in graph.blocks)
    return graph if blocks == graph.blocks else graph.replace(blocks=blocks)


def _joined(graph: GraphSpec, block: Block) -> tuple[tuple[InnerPort, ...], ...]:
    return tuple(port.ends for port in ports(graph, block.id).inputs if len(port.ends) > 1)


def settled(before: GraphSpec, after: GraphSpec) -> GraphSpec:
    """An edited graph without empty blocks, and with the ports of blocks joined as they were before the edit."""
    if not after.blocks:
        return after
    held = {name for node in after.nodes for name in enclosing(after, node.block)}
    kept = tuple(block for block in after.blocks if block.id in held)
    if len(kept) < len(after.blocks):
        notes = tuple(n if n.block in held else n.model_copy(update={"block": ""}) for n in after.notes)
        after = after.replace(blocks=kept, notes=notes)
    if before.edges == after.edges and before.blocks == after.blocks:
        return after
    old = {block.id: block for block in with_joined_ports(before).blocks}
    blocks = tuple(
        block.model_copy(update={"joined": old[block.id].joined})
        if block.id in old and not block.joined and old[block.id].joined
        else block
        for block in after.blocks
    )
    return after if blocks == after.blocks else after.replace(blocks=blocks)


# Copies


def blocks_within(graph: GraphSpec, node_ids: Collection[str]) -> set[str]:
    """Ids of the blocks all of whose nodes are among these."""
    inside = set(node_ids)
    return {block.id for block in graph.blocks if inside.issuperset(members(graph, block.id))}


def home_among(graph: GraphSpec, block_id: str, blocks: Collection[str]) -> str:
    """The innermost of some blocks that a block is or lies in; "" for none."""
    return next((name for name in enclosing(graph, block_id) if name in blocks), "")


def at_home(item: Held, homes: Mapping[str, str]) -> Held:
    """A node or note in the block that stands for its own in a copy."""
    home = homes.get(item.block, "")
    return item if item.block == home else item.model_copy(update={"block": home})


def renamed_block(block: Block, names: Mapping[str, str]) -> Block:
    """A block whose own id and those it names are replaced."""
    joined = tuple(
        tuple(InnerPort(node=names[end.node], port=end.port) for end in group if end.node in names)
        for group in block.joined
    )
    return block.model_copy(update={"id": names[block.id], "parent": names.get(block.parent, ""), "joined": joined})


# Grouping


def group(graph: GraphSpec, node_ids: Iterable[str], name: str = "") -> tuple[GraphSpec, str]:
    """The graph with a new block around some nodes (and around blocks that lie in it as a whole); and the block's id.

    The block lies in the innermost block that all of them share. Raises ValueError when there is no node.
    """
    chosen = set(node_ids)
    nodes = [node for node in graph.nodes if node.id in chosen]
    if not nodes:
        raise ValueError("There is nothing to group. Select some layers first.")
    chains = [enclosing(graph, node.block) for node in nodes]
    whole = blocks_within(graph, chosen)
    common = [b for b in chains[0] if all(b in chain for chain in chains) and b not in whole]
    parent = common[0] if common else ""
    block = Block(id=graph.new_id("block"), name=name, parent=parent)
    inner = {b.id for b in graph.blocks if b.id in whole}
    blocks = tuple(
        b.model_copy(update={"parent": block.id}) if b.id in inner and b.parent not in inner else b
        for b in graph.blocks
    )
    grouped = tuple(
        node.model_copy(update={"block": block.id}) if node.id in chosen and node.block not in inner else node
        for node in graph.nodes
    )
    return settled(graph, graph.replace(nodes=grouped, blocks=(*blocks, block))), block.id


def ungroup(graph: GraphSpec, block_id: str) -> GraphSpec:
    """The graph without a block; what lay in it lies in the block around it."""
    block = next(block for block in graph.blocks if block.id == block_id)

    def out(item: Held) -> Held:
        return item.model_copy(update={"block": block.parent}) if item.block == block_id else item

    blocks = tuple(
        b.model_copy(update={"parent": block.parent}) if b.parent == block_id else b
        for b in graph.blocks
        if b.id != block_id
    )
    return graph.replace(nodes=tuple(map(out, graph.nodes)), notes=tuple(map(out, graph.notes)), blocks=blocks)


def external_edges(graph: GraphSpec, block_id: str) -> tuple[list[Edge], list[Edge]]:
    """The edges into a block, and those out of it."""
    inside = set(members(graph, block_id))
    into = [edge for edge in graph.edges if edge.target in inside and edge.source not in inside]
    out = [edge for edge in graph.edges if edge.source in inside and edge.target not in inside]
    return into, out
