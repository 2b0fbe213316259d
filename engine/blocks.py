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
Joined = tuple[tuple[InnerPort, ...], ...]
_NOTHING: dict[int, str] = {}


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


class BlockTree:
    """The blocks of one graph, indexed: every question takes as long as its answer."""

    def __init__(self, graph: GraphSpec) -> None:
        self.graph = graph
        self.blocks = {block.id: block for block in graph.blocks}
        self._chains: dict[str, list[str]] = {"": []}
        self._members: dict[str, list[Node]] = {block.id: [] for block in graph.blocks}
        self._inside: dict[str, set[str]] = {}
        self._fed: dict[str, dict[int, str]] | None = None
        self._full: set[str] = set()
        """Nodes all of whose ports are fed."""
        self._readers: dict[str, list[str]] = {}
        self._ports: dict[str, BlockPorts] = {}
        self._joining: set[str] = set()
        if self.blocks:
            for node in graph.nodes:
                for block_id in self.enclosing(node.block):
                    self._members[block_id].append(node)
                if node.layer.variadic:
                    self._joining.add(node.id)

    def enclosing(self, block_id: str) -> list[str]:
        """The block and those that it lies in, from the inside out; nothing for ""."""
        chain = self._chains.get(block_id)
        if chain is None:
            chain = [block_id, *self.enclosing(self.blocks[block_id].parent)]
            self._chains[block_id] = chain
        return chain

    def members(self, block_id: str) -> list[Node]:
        """All nodes in a block and in the blocks in it, in the order of the graph."""
        return self._members[block_id]

    def inside(self, block_id: str) -> set[str]:
        """The ids of the members."""
        found = self._inside.get(block_id)
        if found is None:
            found = self._inside[block_id] = {node.id for node in self._members[block_id]}
        return found

    def is_joining(self, node_id: str) -> bool:
        """Whether the layer of a node takes any number of inputs."""
        return node_id in self._joining

    def children(self, block_id: str) -> list[Block]:
        """The blocks that lie directly in a block; in none for ""."""
        return [block for block in self.graph.blocks if block.parent == block_id]

    def descendants(self, block_id: str) -> set[str]:
        """Ids of the block and of all blocks in it."""
        return {other for other in self.blocks if block_id in self.enclosing(other)}

    def within(self, node_ids: Collection[str]) -> set[str]:
        """Ids of the blocks all of whose nodes are among these."""
        chosen = set(node_ids)
        return {name for name, nodes in self._members.items() if nodes and chosen.issuperset(self.inside(name))}

    def common(self, *block_ids: str) -> str:
        """The innermost block that all of these are or lie in; "" for none."""
        first, *others = (self.enclosing(block_id) for block_id in block_ids)
        return next((name for name in first if all(name in chain for chain in others)), "")

    def ports(self, block_id: str) -> BlockPorts:
        """The ports of a block: one for each outside node that feeds it, one for each inner port that nothing feeds
        (joined ones together), and one output for each inner node that is read outside or by nobody."""
        found = self._ports.get(block_id)
        if found is None:
            inside = self.inside(block_id)
            inputs = self.inputs(block_id, self.blocks[block_id].joined)
            outputs = tuple(node.id for node in self._members[block_id] if self._is_output(node, inside))
            found = self._ports[block_id] = BlockPorts(inputs, outputs)
        return found

    def inputs(self, block_id: str, joined: Joined) -> tuple[BlockInput, ...]:
        """The input ports as they would be if these inner ports were one."""
        self._index_edges()
        assert self._fed is not None
        inside, group_of = self.inside(block_id), {end: index for index, ends in enumerate(joined) for end in ends}
        remembered: dict[str, list[int]] = {}
        for end in group_of:
            remembered.setdefault(end.node, []).append(end.port)
        groups: dict[tuple[str, object], list[InnerPort]] = {}
        for node in self._members[block_id]:
            fed = self._fed.get(node.id, _NOTHING)
            if node.id in self._full and inside.issuperset(fed.values()):
                continue  # as most are
            for port in sorted({*fed, *_open_ports(node, fed, remembered.get(node.id, ()))}):
                source = fed.get(port, "")
                if source in inside:
                    continue
                end = InnerPort(node=node.id, port=port)
                key = ("fed", source) if source else ("free", group_of.get(end, (node.id, port)))
                groups.setdefault(key, []).append(end)
        return tuple(BlockInput(tuple(ends), str(of) if how == "fed" else "") for (how, of), ends in groups.items())

    def _is_output(self, node: Node, inside: set[str]) -> bool:
        readers = self._readers.get(node.id)
        return not node.layer.terminal and (not readers or not inside.issuperset(readers))

    def _index_edges(self) -> None:
        if self._fed is None:
            self._fed = {}
            for edge in self.graph.edges:
                self._fed.setdefault(edge.target, {})[edge.port] = edge.source
                self._readers.setdefault(edge.source, []).append(edge.target)
            self._full = {
                node.id
                for node in self.graph.nodes
                if not node.layer.variadic and len(self._fed.get(node.id, _NOTHING)) == len(node.layer.ports)
            }


def _open_ports(node: Node, fed: Mapping[int, str], remembered: Iterable[int]) -> list[int]:
    """Ports of a node that are there though nothing feeds them. A joining layer has one while nothing at all does, and
    those that are remembered."""
    if node.layer.variadic:
        return [*remembered] or ([] if fed else [0])
    return [*range(len(node.layer.ports))]


def enclosing(graph: GraphSpec, block_id: str) -> list[str]:
    """The block and those that it lies in, from the inside out; nothing for ""."""
    return BlockTree(graph).enclosing(block_id)


def members(graph: GraphSpec, block_id: str) -> list[str]:
    """Ids of all nodes in a block and in the blocks in it, in the order of the graph."""
    return [node.id for node in BlockTree(graph).members(block_id)]


def ports(graph: GraphSpec, block_id: str) -> BlockPorts:
    """The ports of a block; see `BlockTree.ports`, which is faster for several blocks."""
    return BlockTree(graph).ports(block_id)


def with_joined_ports(graph: GraphSpec) -> GraphSpec:
    """The graph whose blocks remember which inner ports one outside node feeds, so that they stay one port of the
    block when that wire goes or the block is copied."""
    if not graph.blocks:
        return graph
    tree = BlockTree(graph)
    return _with_joined(tree, _memory(tree))


def _memory(tree: BlockTree) -> dict[str, Joined]:
    return {block.id: _joined(tree, block.id, block.joined) for block in tree.graph.blocks}


def _joined(tree: BlockTree, block_id: str, joined: Joined) -> Joined:
    """What does not follow from the layers alone: ports that belong together, and those of joining layers."""
    found = tree.inputs(block_id, joined)
    return tuple(p.ends for p in found if len(p.ends) > 1 or any(tree.is_joining(end.node) for end in p.ends))


def _with_joined(tree: BlockTree, memory: Mapping[str, Joined]) -> GraphSpec:
    graph, blocks = tree.graph, []
    for block in graph.blocks:
        joined = _joined(tree, block.id, memory.get(block.id, block.joined))
        blocks.append(block if joined == block.joined else block.model_copy(update={"joined": joined}))
    return graph if tuple(blocks) == graph.blocks else graph.replace(blocks=tuple(blocks))


def settled(before: GraphSpec, after: GraphSpec) -> GraphSpec:
    """An edited graph without empty blocks, and with the ports of blocks joined as they were before the edit."""
    if not after.blocks:
        return after
    if before.edges == after.edges and before.blocks == after.blocks and _homes(before) == _homes(after):
        return after
    tree = BlockTree(after)
    empty = {block.id for block in after.blocks if not tree.members(block.id)}
    if empty:
        notes = tuple(n if n.block not in empty else n.model_copy(update={"block": ""}) for n in after.notes)
        after = after.replace(blocks=tuple(b for b in after.blocks if b.id not in empty), notes=notes)
        tree = BlockTree(after)
    return _with_joined(tree, _memory(BlockTree(before)))


def _homes(graph: GraphSpec) -> list[tuple[str, str]]:
    return [(node.id, node.block) for node in graph.nodes]


# Copies


def blocks_within(graph: GraphSpec, node_ids: Collection[str]) -> set[str]:
    """Ids of the blocks all of whose nodes are among these."""
    return BlockTree(graph).within(node_ids)


def homes_among(graph: GraphSpec, blocks: Collection[str]) -> dict[str, str]:
    """For every block the innermost of some blocks that it is or lies in; "" for none."""
    tree = BlockTree(graph)
    return {name: next((other for other in tree.enclosing(name) if other in blocks), "") for name in tree.blocks}


def at_home(item: Held, homes: Mapping[str, str]) -> Held:
    """A node or note in the block that stands for its own in a copy."""
    home = homes.get(item.block, "")
    return item if item.block == home else item.model_copy(update={"block": home})


def renamed_block(block: Block, names: Mapping[str, str]) -> Block:
    """A block whose own id and those it names are replaced."""
    joined = tuple(
        tuple(InnerPort(node=names[end.node], port=end.port) for end in ends if end.node in names)
        for ends in block.joined
    )
    return block.model_copy(update={"id": names[block.id], "parent": names.get(block.parent, ""), "joined": joined})


# Grouping


def group(
    graph: GraphSpec, node_ids: Iterable[str], name: str = "", note_ids: Collection[str] = ()
) -> tuple[GraphSpec, str]:
    """The graph with a new block around some nodes (and around blocks that lie in it as a whole); and the block's id.

    The block lies in the innermost block that all of them share. Raises ValueError when there is no node.
    """
    chosen, tree = set(node_ids), BlockTree(graph)
    nodes = [node for node in graph.nodes if node.id in chosen]
    if not nodes:
        raise ValueError("There is nothing to group. Select some layers first.")
    whole = tree.within(chosen)
    shared = tree.enclosing(tree.common(*{node.block: None for node in nodes}))
    parent = next((block_id for block_id in shared if block_id not in whole), "")
    block = Block(id=graph.new_id("block"), name=name, parent=parent)
    blocks = tuple(
        b.model_copy(update={"parent": block.id}) if b.id in whole and b.parent not in whole else b
        for b in graph.blocks
    )
    grouped = tuple(
        node.model_copy(update={"block": block.id}) if node.id in chosen and node.block not in whole else node
        for node in graph.nodes
    )
    notes = tuple(
        note.model_copy(update={"block": block.id}) if note.id in note_ids and note.block not in whole else note
        for note in graph.notes
    )
    after = graph.replace(nodes=grouped, notes=notes, blocks=(*blocks, block))
    return settled(graph, after), block.id


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
    inside = BlockTree(graph).inside(block_id)
    into = [edge for edge in graph.edges if edge.target in inside and edge.source not in inside]
    out = [edge for edge in graph.edges if edge.source in inside and edge.target not in inside]
    return into, out
