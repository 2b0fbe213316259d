"""What of a graph is shown: a closed block hides what is in it, and wires that look the same are one.

Everything on the canvas is in terms of real nodes and edges: a wire is known by one of the edges that it stands for, a
port of a closed block by the inner port behind it. Only boxes may stand for something else than a node.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import floor

from PySide6.QtCore import QRectF

from engine.blocks import BlockTree
from engine.graph import Edge, GraphSpec
from gui.canvas.geometry import GRID, NODE_HEIGHT, NODE_WIDTH
from gui.document.edits import Position

SIDE = 16.0
"""Between the border of an open block and what is in it, in points."""
TITLE = 32.0
"""The same at the top, where its name stands."""

PositionOf = Callable[[str], Position]


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports of a closed block, as `NodeBox` wants them."""

    inlets: tuple[tuple[tuple[str, int], ...], ...]
    outlets: tuple[str, ...]


class Shown:
    """Boxes, open blocks and wires of one graph. Worked out once for every edit that is not a mere move."""

    def __init__(self, graph: GraphSpec, tree: BlockTree) -> None:
        self.graph, self.tree = graph, tree
        self._cover = {"": ""}
        for block in graph.blocks:
            closed = [name for name in tree.enclosing(block.id) if tree.blocks[name].collapsed]
            self._cover[block.id] = closed[-1] if closed else ""
        self.home = {n.id: self._cover[n.block] for n in graph.nodes if self._cover[n.block]}
        """For every hidden node the closed block that stands for it."""
        self.node_blocks = {node.id: node.block for node in graph.nodes if node.block}
        """For every node in a block the innermost one."""
        self.boxes = list(dict.fromkeys(self.home.get(node.id, node.id) for node in graph.nodes))
        """Ids of the nodes and closed blocks that are shown, in the order of the graph."""
        self.closed = {name: self._ports(name) for name in dict.fromkeys(self.home.values())}
        """The closed blocks that are shown, with their ports."""
        nested = sorted(graph.blocks, key=lambda block: len(tree.enclosing(block.id)))
        self.open = [b.id for b in nested if not self._cover[b.id] and tree.members(b.id)]
        """The open blocks, outer ones first."""
        self.wires: dict[Edge, tuple[Edge, ...]] = {}
        """The edges that each wire stands for, by the first of them."""
        self._wire_of: dict[Edge, Edge] = {}
        self._find_wires()

    def box_of(self, item_id: str) -> str:
        """The box that stands for a node or block: itself, or the closed block that hides it."""
        return self.home.get(item_id) or self._cover.get(item_id) or item_id

    def visible_block(self, node_id: str) -> str:
        """The innermost open block in which a node, or the closed block that hides it, lies; "" for none."""
        home = self.home.get(node_id)
        return self.tree.blocks[home].parent if home else self.node_blocks.get(node_id, "")

    def block_around(self, box_id: str) -> str:
        """The innermost open block in which a box lies; "" for none."""
        return self.tree.blocks[box_id].parent if box_id in self.closed else self.node_blocks.get(box_id, "")

    def hides(self, block_id: str) -> bool:
        """Whether what lies directly in a block is hidden."""
        return bool(self._cover.get(block_id))

    def wire_of(self, edge: Edge) -> Edge:
        """By which edge the wire is known that stands for an edge. Raises KeyError if it is hidden."""
        return edge if edge in self.wires else self._wire_of[edge]

    def known(self, edge: Edge) -> Edge | None:
        """By which edge the wire is known that stands for an edge; None if there is none."""
        return edge if edge in self.wires else self._wire_of.get(edge)

    def behind(self, edges: Iterable[Edge]) -> list[Edge]:
        """All edges that are drawn as these wires."""
        return [edge for wire in edges for edge in self.wires.get(wire, (wire,))]

    def nodes_of(self, item_id: str) -> list[str]:
        """The nodes that a box or an open block stands for."""
        return [node.id for node in self.tree.members(item_id)] if item_id in self.tree.blocks else [item_id]

    def notes_of(self, item_id: str) -> list[str]:
        """The notes in a block; none in a node."""
        if item_id not in self.tree.blocks:
            return []
        return [n.id for n in self.graph.notes if n.block and item_id in self.tree.enclosing(n.block)]

    def ends_of(self, node_id: str, port: int | None) -> list[tuple[str, int | None]]:
        """The inner ports that are fed together with one; it alone if no closed block hides it."""
        for ends in self.closed[self.home[node_id]].inlets if node_id in self.home else ():
            if (node_id, port) in ends:
                return [*ends]
        return [(node_id, port)]

    def links(self) -> list[tuple[str, str]]:
        """From which box to which the wires go, in the order of the ports they end in."""
        wires = sorted(self.wires, key=lambda edge: edge.port)
        return [(self.box_of(edge.source), self.box_of(edge.target)) for edge in wires]

    def _ports(self, block_id: str) -> Ports:
        found = self.tree.ports(block_id)
        return Ports(tuple(tuple((e.node, e.port) for e in port.ends) for port in found.inputs), found.outputs)

    def _find_wires(self) -> None:
        if not self.home:
            self.wires = {edge: (edge,) for edge in self.graph.edges}
            return
        number = {
            (block_id, end): index
            for block_id, ports in self.closed.items()
            for index, ends in enumerate(ports.inlets)
            for end in ends
        }
        groups: dict[tuple, list[Edge]] = {}
        for edge in self.graph.edges:
            source, target = self.home.get(edge.source), self.home.get(edge.target)
            if target is None:
                groups[edge.source, edge.target, edge.port] = [edge]
            elif source != target:
                end = number[target, (edge.target, edge.port)]
                groups.setdefault((edge.source, target, end), []).append(edge)
        for edges in groups.values():
            self.wires[edges[0]] = tuple(edges)
            self._wire_of.update((edge, edges[0]) for edge in edges)

    # Places

    def extents(self, position_of: PositionOf) -> dict[str, QRectF]:
        """What is in every block, without borders, by the places of its nodes; closed blocks in it are one box each.

        Nodes and closed blocks count with the usual size, so that a problem that comes or goes moves nothing.
        """
        extents: dict[str, QRectF] = {}
        for node in self.graph.nodes:
            if node.block:
                place = QRectF(*position_of(node.id), NODE_WIDTH, NODE_HEIGHT)
                extents[node.block] = extents.get(node.block, place).united(place)
        tree = self.tree
        for block in sorted(self.graph.blocks, key=lambda block: -len(tree.enclosing(block.id))):
            if block.parent and block.id in extents:
                place = closed_rect(extents[block.id]) if block.collapsed else extents[block.id]
                extents[block.parent] = extents.get(block.parent, place).united(place)
        return extents


def framed(content: QRectF) -> QRectF:
    """The border of an open block around what is in it."""
    return content.adjusted(-SIDE, -TITLE, SIDE, SIDE)


def closed_rect(extent: QRectF) -> QRectF:
    """Where a block is drawn as a box: at the left side of what is in it, in the middle between top and bottom.

    Rounded down, not to the nearest, so that it moves exactly as its members do.
    """
    top = floor((extent.center().y() - NODE_HEIGHT / 2) / GRID) * GRID
    return QRectF(extent.left(), top, NODE_WIDTH, NODE_HEIGHT)


def room_moves(
    places: Mapping[str, QRectF], before: QRectF, after: QRectF, skip: Iterable[str] = ()
) -> dict[str, tuple[float, float]]:
    """How far boxes and notes move when something grows or shrinks, so that all keep their distance to it.

    What is to its right moves with its right side, what is above or below with its upper or lower side: the way back
    is the way there.

    Args:
        places: What they cover, by id.
        before: What it covered.
        after: What it covers now.
        skip: Ids of those that stay.
    """
    right, up, down = after.right() - before.right(), after.top() - before.top(), after.bottom() - before.bottom()
    moves, stay = {}, set(skip)
    for item_id, rect in places.items():
        dx = right if rect.left() >= before.right() else 0.0
        dy = up if rect.bottom() <= before.top() else down if rect.top() >= before.bottom() else 0.0
        if (dx or dy) and item_id not in stay:
            moves[item_id] = (dx, dy)
    return moves
