"""Where things are on the canvas, as pure functions: boxes, ports, wires, and what lies under a point."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import hypot

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

GRID = 8
"""Nodes lie on multiples of this, in points."""
NODE_WIDTH = 192.0
NODE_HEIGHT = 80.0
PROBLEM_HEIGHT = 40.0
"""Added below a node that has a problem."""
GAP = 72.0
"""Between neighbours that the program places."""
PORT_RADIUS = 5.0
PORT_REACH = 14.0
"""How near a press must be to a port."""
PORT_PITCH = 16.0
WIRE_REACH = 8.0
INSERT_REACH = 28.0
"""How near a dropped layer must be to a wire to go into it."""


@dataclass(frozen=True, slots=True)
class NodeBox:
    """Where a node, or a closed block, and its ports are."""

    id: str
    x: float
    y: float
    inputs: tuple[int, ...] = (0,)
    """Numbers of the input ports from top to bottom, the free one of a joining layer last."""
    has_output: bool = True
    problem: bool = False
    inlets: tuple[tuple[tuple[str, int], ...], ...] = ()
    """Of a closed block: for every input port the inner ports behind it; `inputs` numbers them from 0."""
    outlets: tuple[str, ...] = ()
    """Of a closed block: the inner nodes at its output ports, from top to bottom."""

    @property
    def body_height(self) -> float:
        """Height without the problem below."""
        return max(NODE_HEIGHT, snap(PORT_PITCH * (max(len(self.inputs), len(self.outlets)) + 1)))

    @property
    def rect(self) -> QRectF:
        """The box as drawn."""
        return QRectF(self.x, self.y, NODE_WIDTH, self.body_height + (PROBLEM_HEIGHT if self.problem else 0))

    @property
    def form(self) -> tuple:
        """All but its place."""
        return self.inputs, self.has_output, self.problem, self.inlets, self.outlets

    def moved(self, dx: float, dy: float) -> NodeBox:
        """The same elsewhere."""
        return NodeBox(self.id, self.x + dx, self.y + dy, *self.form)

    def input(self, port: int) -> QPointF:
        """Where a wire into this port ends."""
        index = self.inputs.index(port) if port in self.inputs else len(self.inputs) - 1
        middle = (len(self.inputs) - 1) / 2
        return QPointF(self.x, self.y + self.body_height / 2 + (index - middle) * PORT_PITCH)

    @property
    def output(self) -> QPointF:
        """Where wires out of the node begin; of a closed block, the middle of its outputs."""
        return QPointF(self.x + NODE_WIDTH, self.y + self.body_height / 2)

    def place(self, hit: PortHit) -> QPointF:
        """Where a wire at this port ends or begins; the port may be one of a node in the closed block."""
        if hit.port is None:
            away = self.outlets.index(hit.node) - (len(self.outlets) - 1) / 2 if hit.node in self.outlets else 0.0
            return self.output + QPointF(0, away * PORT_PITCH)
        return self.input(next((i for i, ends in enumerate(self.inlets) if (hit.node, hit.port) in ends), hit.port))

    def ports(self) -> list[PortHit]:
        """All ports, the inputs first; of a closed block, the first inner port behind each."""
        outlets = self.outlets or ((self.id,) if self.has_output else ())
        inlets = [PortHit(*ends[0]) for ends in self.inlets] or [PortHit(self.id, port) for port in self.inputs]
        return [*inlets, *(PortHit(node_id, None) for node_id in outlets)]


@dataclass(frozen=True, slots=True)
class PortHit:
    """A port under the mouse; `port` is None for the output."""

    node: str
    port: int | None


def snap(value: float) -> float:
    """The nearest multiple of the grid."""
    return round(value / GRID) * GRID


def snap_point(point: QPointF) -> tuple[float, float]:
    """The nearest point of the grid."""
    return snap(point.x()), snap(point.y())


def wire_path(start: QPointF, end: QPointF) -> QPainterPath:
    """A smooth curve that leaves to the right and arrives from the left; backwards it goes around the boxes."""
    dx, dy = end.x() - start.x(), end.y() - start.y()
    path = QPainterPath(start)
    if dx < 0:
        between = (start.y() + end.y()) / 2
        y = between if abs(dy) >= NODE_HEIGHT + 2 * GRID else max(start.y(), end.y()) + NODE_HEIGHT / 2 + 3 * GRID
        first, last = (max(24.0, min(64.0, abs(y - side) * 0.75)) for side in (start.y(), end.y()))
        path.cubicTo(start.x() + first, start.y(), start.x() + first, y, start.x(), y)
        path.lineTo(end.x(), y)
        path.cubicTo(end.x() - last, y, end.x() - last, end.y(), end.x(), end.y())
        return path
    bend = max(dx / 2, min(48.0, abs(dy) / 3))
    path.cubicTo(start + QPointF(bend, 0), end - QPointF(bend, 0), end)
    return path


def port_at(point: QPointF, boxes: Iterable[NodeBox], reach: float = PORT_REACH) -> PortHit | None:
    """The port nearest to a point, if one is near enough."""
    best, found = reach, None
    for box in boxes:
        for hit in box.ports():
            place = box.place(hit)
            distance = hypot(place.x() - point.x(), place.y() - point.y())
            if distance < best:
                best, found = distance, hit
    return found


def node_at(point: QPointF, boxes: Sequence[NodeBox]) -> str | None:
    """The topmost node under a point; the boxes come from bottom to top."""
    return next((box.id for box in reversed(boxes) if box.rect.contains(point)), None)


def distance_to_path(point: QPointF, path: QPainterPath, steps: int = 24) -> float:
    """How far a point is from a curve."""
    points = [path.pointAtPercent(step / steps) for step in range(steps + 1)]
    return min(_distance_to_line(point, a, b) for a, b in pairwise(points))


def _distance_to_line(point: QPointF, a: QPointF, b: QPointF) -> float:
    along = b - a
    length = QPointF.dotProduct(along, along)
    share = max(0.0, min(1.0, QPointF.dotProduct(point - a, along) / length)) if length else 0.0
    nearest = a + along * share
    return hypot(point.x() - nearest.x(), point.y() - nearest.y())


def free_place(wanted: tuple[float, float], boxes: Iterable[NodeBox]) -> tuple[float, float]:
    """The wanted place for a new node, or the first free one below it."""
    others = [box.rect.adjusted(-GRID, -GRID, GRID, GRID) for box in boxes]
    x, y = snap(wanted[0]), snap(wanted[1])
    while True:
        here = QRectF(x, y, NODE_WIDTH, NODE_HEIGHT)
        hit = next((rect for rect in others if rect.intersects(here)), None)
        if hit is None:
            return x, y
        y = snap(hit.bottom() + 2 * GRID)
