"""Copies of whole blocks as pure functions of graphs: repeated in series, doubled beside themselves, or from a file."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from engine.annotations import Block
from engine.blocks import BlockTree, external_edges, homes_among
from engine.graph import Edge, GraphSpec
from gui.document import edits
from gui.document.edits import Position

MOST_TIMES = 50
"""A block is repeated at most so often at once."""
End = tuple[str, int | None]
"""A node, and a port of it or None for the one that is free."""


def top_block(fragment: GraphSpec) -> Block | None:
    """The block that a copied part of a graph is, if it is one block and nothing else."""
    tops = [block for block in fragment.blocks if not block.parent]
    return tops[0] if len(tops) == 1 and all(node.block for node in fragment.nodes) else None


def block_part(graph: GraphSpec, block_id: str) -> GraphSpec:
    """A block with everything in it, and nothing else."""
    tree = BlockTree(graph)
    blocks = tree.descendants(block_id)
    notes = [note.id for note in graph.notes if note.block in blocks]
    return edits.part(graph, tree.inside(block_id), notes, blocks)


def new_names(graph: GraphSpec, name: str, count: int) -> list[str]:
    """Names like "Tower 2" that no block has yet."""
    words = re.sub(r"\s+\d+$", "", name) or name
    taken, number, found = {block.title for block in graph.blocks}, 1, list[str]()
    while len(found) < count:
        new = words if number == 1 else f"{words} {number}"
        if new not in taken:
            found.append(new)
        number += 1
    return found


def why_not_repeat(graph: GraphSpec, block_id: str) -> str:
    """A sentence that says why no copy of a block can follow it; empty if one can."""
    tree = BlockTree(graph)
    ports, title = tree.ports(block_id), tree.blocks[block_id].title
    for there, what, how in ((ports.inputs, "input", "lead into"), (ports.outputs, "output", "leave")):
        if not there:
            return (
                f"'{title}' cannot be repeated: it has no {what}, so no wire can {how} a copy of it. "
                f"Open it and take out of it what begins or ends the network."
            )
    return ""


def repeated(graph: GraphSpec, block_id: str, times: int, step: float) -> tuple[GraphSpec, list[str]]:
    """The graph with a block `times` times in series, each `step` points to the right of the last; and their ids.

    The first output of each feeds the first input of the next. The wires that left the block leave the last one; what
    else fed it feeds every copy, too. Raises ValueError with a sentence when it has no input or no output.
    """
    reason = why_not_repeat(graph, block_id)
    if reason:
        raise ValueError(reason)
    tree, fragment = BlockTree(graph), block_part(graph, block_id)
    first, *others = tree.ports(block_id).inputs
    block, inside = tree.blocks[block_id], tree.inside(block_id)
    read = {edge.source for edge in graph.edges if edge.source in inside and edge.target not in inside}
    outputs = tree.ports(block_id).outputs
    output = next((node_id for node_id in outputs if node_id in read), outputs[0])
    leaving = set[Edge](external_edges(graph, block_id)[1])
    names, made, copies = new_names(graph, block.title, times - 1), list[str](), {name: name for name in inside}
    for number in range(1, times):
        before = copies[output]
        graph, copies = edits.paste(graph, fragment, (step * number, 0.0))
        edges = [Edge(source=before, target=copies[end.node], port=end.port) for end in first.ends]
        for port in others:
            if port.source:
                edges += [Edge(source=port.source, target=copies[end.node], port=end.port) for end in port.ends]
        made.append(copies[block_id])
        graph = graph.replace(edges=(*graph.edges, *edges))
    moved = (e.model_copy(update={"source": copies[e.source]}) if e in leaving else e for e in graph.edges)
    changes = {name: {"name": names[i], "parent": block.parent} for i, name in enumerate(made)}
    return graph.replace(edges=tuple(moved), blocks=change_blocks(graph, changes)), [block_id, *made]


def change_blocks(graph: GraphSpec, changes: Mapping[str, Mapping[str, object]]) -> tuple[Block, ...]:
    """The blocks with other values for some fields of some of them."""
    return tuple(b.model_copy(update=changes[b.id]) if b.id in changes else b for b in graph.blocks)


def duplicated(
    graph: GraphSpec, node_ids: Collection[str], offset: Position, note_ids: Collection[str] = ()
) -> tuple[GraphSpec, dict[str, str]]:
    """The graph with copies beside the originals, in the blocks in which these are; and the copy's id for each."""
    fragment = edits.part(graph, node_ids, note_ids)
    copied = {block.id for block in fragment.blocks}
    outer = homes_among(graph, {block.id for block in graph.blocks} - copied)
    after, copies = edits.paste(graph, fragment, offset)
    if not graph.blocks:
        return after, copies
    homes = {copies[item.id]: outer.get(item.block, "") for item in (*graph.nodes, *graph.notes) if item.id in copies}
    parents = {copies[b.id]: {"parent": outer.get(b.parent, "")} for b in graph.blocks if b.id in copied}
    tops = {copies[b.id] for b in fragment.blocks if not b.parent}

    def placed(items: Iterable) -> tuple:
        return tuple(
            i.model_copy(update={"block": homes[i.id]}) if not i.block and homes.get(i.id) else i for i in items
        )

    blocks = change_blocks(after, {name: change for name, change in parents.items() if name in tops})
    return after.replace(nodes=placed(after.nodes), notes=placed(after.notes), blocks=blocks), copies


def wired(graph: GraphSpec, source: str, ends: Sequence[End]) -> GraphSpec:
    """The graph with wires from a node to several ports at once, such as those behind one port of a block."""
    for node_id, port in ends:
        place = edits.target_port(graph, graph.node(node_id), port)
        if place is not None:
            graph = edits.connect(graph, source, node_id, place)
    return graph


def why_not_wired(graph: GraphSpec, source: str, ends: Sequence[End]) -> str:
    """A sentence that says why these wires are not possible; empty if they are, and not all of them there already."""
    there = {(edge.target, edge.port) for edge in graph.edges if edge.source == source}
    new = [end for end in ends if end not in there] or ends
    reasons = (edits.why_not_connect(graph, graph.node(source), graph.node(target), port) for target, port in new)
    return next((reason for reason in reasons if reason), "")


def with_block(
    graph: GraphSpec,
    fragment: GraphSpec,
    offset: Position,
    edges: Sequence[Edge] = (),
    source: str = "",
    home: str = "",
) -> tuple[GraphSpec, str]:
    """The graph with a block from a file: in the middle of a wire (its edges), or fed by a node; and the block's id.

    Raises:
        ValueError: if it shall go into a wire and has no input or no output.
    """
    top = top_block(fragment)
    assert top is not None, "only whole blocks are kept as files"
    after, copies = edits.paste(graph, fragment, offset)
    block_id, tree = copies[top.id], BlockTree(after)
    ports = tree.ports(block_id)
    ends = [(end.node, end.port) for end in ports.inputs[0].ends] if ports.inputs else []
    if edges:
        if not ends or not ports.outputs:
            raise ValueError(f"'{top.title}' cannot be put into a wire; it needs an input and an output.")
        source = edges[0].source
        cut = set(edges)
        out = tuple(e.model_copy(update={"source": ports.outputs[0]}) if e in cut else e for e in after.edges)
        after = after.replace(edges=out)
        home = tree.common(*(after.node(name).block for name in (source, *(edge.target for edge in edges))))
    if source and ends and not why_not_wired(after, source, ends):
        after = wired(after, source, ends)
    return after.replace(blocks=change_blocks(after, {block_id: {"parent": home}})), block_id
