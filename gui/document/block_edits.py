"""Edits of blocks; like every edit of the document, each is one undo step."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from engine.annotations import Block
from engine.blocks import BlockTree, group, ungroup
from engine.graph import Edge, GraphSpec
from engine.plan import Problem, make_plan
from gui.document import edits, repeating
from gui.document.edits import Position
from gui.document.note_edits import NoteEdits
from gui.document.repeating import End

Moves = Mapping[str, Position]
"""Where nodes and notes move to make room."""


class BlockEdits(NoteEdits):
    """The part of the document that edits blocks, and wires to ports of blocks."""

    _tree: BlockTree | None = None

    @property
    def blocks(self) -> BlockTree:
        """The blocks of the graph as it is now."""
        if self._tree is None or self._tree.graph is not self.graph:
            self._tree = BlockTree(self.graph)
        return self._tree

    def has_block(self, block_id: str) -> bool:
        """Whether a block has this id."""
        return block_id in self.blocks.blocks

    def block(self, block_id: str) -> Block:
        """The block with this id. Raises KeyError."""
        return self.blocks.blocks[block_id]

    def group(self, node_ids: Collection[str], name: str = "", note_ids: Collection[str] = ()) -> str:
        """Put nodes, and blocks all of whose nodes are among them, into a new block; returns its id.

        Raises:
            ValueError: if there is no node.
        """
        name = name or repeating.new_names(self.graph, "Block", 1)[0]
        graph, block_id = group(self.graph, node_ids, name, note_ids)
        self._push("Group", graph=graph)
        return block_id

    def ungroup(self, block_ids: Collection[str], moves: Moves | None = None) -> None:
        """Take blocks away; what lay in them stays, and others move to make room for it."""
        graph = edits.move(self.graph, moves) if moves else self.graph
        for block_id in block_ids:
            graph = ungroup(graph, block_id)
        self._push("Ungroup", graph=graph)

    def take_out(self, node_ids: Collection[str]) -> None:
        """Let nodes lie in the block around their own."""
        parents = {block.id: block.parent for block in self.graph.blocks}
        changes = {name: {"block": parents.get(self.node(name).block, "")} for name in node_ids}
        self._push("Take out of block", graph=edits.change_nodes(self.graph, changes))

    def rename_block(self, block_id: str, name: str) -> None:
        """Give a block a name; without one it shows its id."""
        name = " ".join(name.split())[: edits.LONGEST_NAME]
        blocks = repeating.change_blocks(self.graph, {block_id: {"name": name}})
        self._push("Rename", graph=self.graph.replace(blocks=blocks))

    def set_collapsed(self, block_ids: Collection[str], collapsed: bool, moves: Moves | None = None) -> None:
        """Draw blocks as one box each, or show what is in them; others move to make room."""
        graph = edits.move(self.graph, moves) if moves else self.graph
        blocks = repeating.change_blocks(graph, {name: {"collapsed": collapsed} for name in block_ids})
        self._push("Close block" if collapsed else "Open block", graph=graph.replace(blocks=blocks))

    def repeat_block(self, block_id: str, times: int, step: float, moves: Moves | None = None) -> list[str]:
        """Put copies of a block behind it, so that it is there `times` times in series; returns the ids of all.

        Raises:
            ValueError: with the sentence of `why_not_repeat`.
        """
        graph = edits.move(self.graph, moves) if moves else self.graph
        graph, made = repeating.repeated(graph, block_id, times, step)
        self._push(f"Repeat {self.block(block_id).title}", graph=graph)
        return made

    def why_not_repeat(self, block_id: str) -> str:
        """A sentence that says why no copy of a block can follow it; empty if one can."""
        return repeating.why_not_repeat(self.graph, block_id)

    def add_block(
        self,
        fragment: GraphSpec,
        offset: Position,
        source: str = "",
        edges: Sequence[Edge] = (),
        moves: Moves | None = None,
        parent: str = "",
    ) -> str:
        """Add a block that was kept as a file, fed by a node or in the middle of a wire; returns its id.

        It lies in the block `parent`, or else in the innermost one in which both ends of the wire lie.

        Raises:
            ValueError: if it does not fit into a wire.
        """
        graph = edits.move(self.graph, moves) if moves else self.graph
        graph, block_id = repeating.with_block(graph, fragment, offset, edges, source, parent)
        top = repeating.top_block(fragment)
        self._push(f"Add {top.title if top else 'block'}", graph=graph)
        return block_id

    # Wires to several ports at once

    def wire(self, source: str, ends: Sequence[End]) -> None:
        """Wire an output to all inner ports behind a port of a block, or to one port of a node.

        Raises:
            ValueError: with the sentence of `why_not_wire`.
        """
        reason = self.why_not_wire(source, ends)
        if reason:
            raise ValueError(reason)
        self._push("Connect", graph=repeating.wired(self.graph, source, ends))

    def why_not_wire(self, source: str, ends: Sequence[End]) -> str:
        """A sentence that says why these wires are not possible; empty if they are."""
        return repeating.why_not_wired(self.graph, source, ends)

    def problem_of_wire(self, source: str, ends: Sequence[End]) -> Problem | None:
        """The error that these (possible) wires would leave on their targets, such as shapes that do not fit."""
        return _problem(repeating.wired(self.graph, source, ends), ends)

    def rewire(self, wire: Sequence[Edge], source: str, ends: Sequence[End]) -> Edge:
        """Let the edges that are drawn as one wire begin or end elsewhere, in one step; returns one of the new ones.

        Raises:
            ValueError: with the sentence of `why_not_rewire`.
        """
        reason = self.why_not_rewire(wire, source, ends)
        if reason:
            raise ValueError(reason)
        graph, moved = self._rewired(wire, source, ends)
        self._push("Reconnect", graph=graph)
        return moved

    def why_not_rewire(self, wire: Sequence[Edge], source: str, ends: Sequence[End]) -> str:
        """A sentence that says why a wire cannot go there; empty if it can. Its own place is possible."""
        return repeating.why_not_wired(edits.remove(self.graph, (), wire), source, ends)

    def problem_of_rewire(self, wire: Sequence[Edge], source: str, ends: Sequence[End]) -> Problem | None:
        """The error that a wire would leave on its targets if it went there."""
        return _problem(self._rewired(wire, source, ends)[0], ends)

    def rewire_refusals(self, wire: Sequence[Edge], moves_target: bool) -> dict[str, str]:
        """For every node why the target (or else the source) of a wire cannot be there; "" where it can."""
        rest = edits.remove(self.graph, (), wire)
        if moves_target:
            return edits.refusals(rest, self.node(wire[0].source))
        return edits.source_refusals(rest, self.node(wire[0].target), wire[0].port)

    def _rewired(self, wire: Sequence[Edge], source: str, ends: Sequence[End]) -> tuple[GraphSpec, Edge]:
        if len(wire) == len(ends) == 1:
            return edits.reconnect(self.graph, wire[0], source, *ends[0])
        graph = repeating.wired(edits.remove(self.graph, (), wire), source, ends)
        return graph, next(edge for edge in graph.edges if (edge.source, edge.target) == (source, ends[0][0]))


def _problem(graph: GraphSpec, ends: Sequence[End]) -> Problem | None:
    targets = {node_id for node_id, _ in ends}
    return next((problem for problem in make_plan(graph).problems if problem.node in targets), None)
