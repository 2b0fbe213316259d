"""What can be put on the canvas: a layer, or a block that the user has kept. The palette, menus and drags name it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.blocks import BlockTree
from engine.graph import Edge, GraphSpec
from engine.layer import Layer
from gui.canvas.placing import Fits, Placement
from gui.canvas.shown import Shown, closed_rect
from gui.document import Document
from gui.document.edits import Position
from gui.document.repeating import top_block
from gui.document.user_blocks import BLOCK_PREFIX, UserBlock, user_blocks

Moves = Mapping[str, Position]


class Addition:
    """Something new for the canvas."""

    fits: Fits

    def add(self, document: Document, place: Placement, wire: Sequence[Edge], moves: Moves, block: str) -> str:
        """Add it to the document in one step; returns its id.

        Args:
            document: Where it comes.
            place: Where it stands, and which node feeds it.
            wire: The edges of the wire that it goes into, if it goes into one.
            moves: Where nodes and notes move to make room.
            block: The open block that it comes into, if it goes into no wire.
        """
        raise NotImplementedError


@dataclass(frozen=True)
class NewLayer(Addition):
    """A layer with its usual settings."""

    layer: Layer

    @property
    def fits(self) -> Fits:  # type: ignore[override]
        takes = bool(self.layer.ports) or self.layer.variadic
        return Fits(takes, bool(self.layer.ports) and not self.layer.terminal)

    def add(self, document: Document, place: Placement, wire: Sequence[Edge], moves: Moves, block: str) -> str:
        if wire:
            return document.insert_node(self.layer, place.position, wire, moves)
        return document.add_node(self.layer, place.position, place.connect_from, block=block)


@dataclass(frozen=True)
class NewBlock(Addition):
    """A copy of a block that the user has kept."""

    block: UserBlock

    @property
    def fits(self) -> Fits:  # type: ignore[override]
        top = top_block(self.block.graph)
        assert top is not None
        ports = BlockTree(self.block.graph).ports(top.id)
        return Fits(bool(ports.inputs), bool(ports.inputs) and bool(ports.outputs))

    def add(self, document: Document, place: Placement, wire: Sequence[Edge], moves: Moves, block: str) -> str:
        graph = self.block.graph
        left, top = _corner(graph)
        offset = place.position[0] - left, place.position[1] - top
        return document.add_block(graph, offset, place.connect_from or "", wire, moves, block)


def addition(name: str) -> Addition:
    """The layer of a kind, or the block that the user has kept under "block:KEY". Raises KeyError."""
    if name.startswith(BLOCK_PREFIX):
        kept = user_blocks.get(name.removeprefix(BLOCK_PREFIX))
        if kept is None:
            raise KeyError(name)
        return NewBlock(kept)
    layer = Layer.registry[name]()
    assert isinstance(layer, Layer)
    return NewLayer(layer)


def _corner(graph: GraphSpec) -> Position:
    """Where the closed block of a file would stand."""
    shown, places = Shown(graph, BlockTree(graph)), {node.id: node.position for node in graph.nodes}
    top = top_block(graph)
    assert top is not None
    corner = closed_rect(shown.extents(places.__getitem__)[top.id]).topLeft()
    return corner.x(), corner.y()
