"""Aligning, distributing and tidying as pure functions of boxes: where the nodes go."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from gui.canvas.geometry import GRID, NODE_WIDTH, NodeBox, snap
from gui.canvas.layered import Extent, layered
from gui.canvas.shown import SIDE, TITLE

Side = Literal["left", "centre", "right", "top", "middle", "bottom"]
Axis = Literal["horizontal", "vertical"]
Direction = Literal["right", "down"]
Places = dict[str, tuple[float, float]]

ALONG = {"right": 88.0, "down": 64.0}
ACROSS = {"right": 40.0, "down": 48.0}


def align(boxes: Sequence[NodeBox], side: Side) -> Places:
    """Bring one side, or the middle, of all boxes into one line. The middle is the line of the ports."""
    if side in ("left", "centre", "right"):
        xs = [box.x for box in boxes]
        x = {"left": min(xs), "right": max(xs), "centre": snap((min(xs) + max(xs)) / 2)}[side]
        return {box.id: (x, box.y) for box in boxes}
    if side == "top":
        top = min(box.y for box in boxes)
        return {box.id: (box.x, top) for box in boxes}
    if side == "bottom":
        bottom = max(box.rect.bottom() for box in boxes)
        return {box.id: (box.x, bottom - box.rect.height()) for box in boxes}
    middles = [box.output.y() for box in boxes]
    middle = (min(middles) + max(middles)) / 2
    return {box.id: (box.x, _snapped(middle - box.body_height / 2, box.y)) for box in boxes}


def distribute(boxes: Sequence[NodeBox], axis: Axis) -> Places:
    """Make the gaps between boxes equal; the outermost two stay."""
    across = axis == "horizontal"
    ordered = sorted(boxes, key=lambda box: (box.x, box.y) if across else (box.y, box.x))
    if len(ordered) < 3:
        return {}
    sizes = [box.rect.width() if across else box.rect.height() for box in ordered]
    start = ordered[0].x if across else ordered[0].y
    end = (ordered[-1].x if across else ordered[-1].y) + sizes[-1]
    gap = (end - start - sum(sizes)) / (len(ordered) - 1)
    places: Places = {}
    at = start
    for box, size in zip(ordered[:-1], sizes, strict=False):
        places[box.id] = (snap(at), box.y) if across else (box.x, snap(at))
        at += size + gap
    places[ordered[0].id] = (ordered[0].x, ordered[0].y)
    return places


def tidy(
    boxes: Sequence[NodeBox],
    edges: Sequence[tuple[str, str]],
    direction: Direction,
    cancelled: Callable[[], bool] = lambda: False,
    around: Mapping[str, Sequence[str]] | None = None,
) -> Places:
    """A layered layout of these boxes; the upper left corner of all stays where it is.

    Args:
        boxes: Where they are now.
        edges: Wires between them, in the order of the ports they end in.
        direction: Where the wires lead.
        cancelled: Asked from time to time.
        around: For boxes in open blocks the ids of these, from the outside in; what lies in one stays together.

    Raises:
        CancelledError: soon after `cancelled` says so.
    """
    if not boxes:
        return {}
    chains = {box.id: tuple((around or {}).get(box.id, ())) for box in boxes}
    places, _ = _laid({box.id: box for box in boxes}, chains, edges, direction, cancelled)
    left, top = min(x for x, _ in places.values()), min(y for _, y in places.values())
    dx, dy = snap(min(box.x for box in boxes) - left), snap(min(box.y for box in boxes) - top)
    return {node_id: (snap(x + dx), snap(y + dy)) for node_id, (x, y) in places.items()}


@dataclass(frozen=True, slots=True)
class _Unit:
    """A box, or an open block with all that is in it, as one thing to place."""

    width: float
    height: float
    line: tuple[float, float]
    """Where its wires leave it: from its left side for a layout downwards, from its top for one to the right."""
    inner: Places = field(default_factory=dict)
    """Of a block: where its boxes are, from its upper left corner."""


def _laid(
    boxes: Mapping[str, NodeBox],
    chains: Mapping[str, tuple[str, ...]],
    edges: Sequence[tuple[str, str]],
    direction: Direction,
    cancelled: Callable[[], bool],
) -> tuple[Places, _Unit]:
    """Places of the boxes from the upper left corner of them all; and all of them as one unit."""
    members: dict[str, list[str]] = {}
    for box_id in boxes:
        members.setdefault(chains[box_id][0] if chains[box_id] else box_id, []).append(box_id)
    unit_of = {box_id: unit_id for unit_id, inner in members.items() for box_id in inner}
    units: dict[str, _Unit] = {}
    for unit_id, inner in members.items():
        if unit_id in boxes:
            box = boxes[unit_id]
            units[unit_id] = _Unit(NODE_WIDTH, box.rect.height(), (NODE_WIDTH / 2, box.body_height / 2))
            continue
        rest = [(a, b) for a, b in edges if unit_of.get(a) == unit_of.get(b) == unit_id]
        inside = {box_id: boxes[box_id] for box_id in inner}
        units[unit_id] = _laid(inside, {i: chains[i][1:] for i in inner}, rest, direction, cancelled)[1]
    links = [(unit_of[a], unit_of[b]) for a, b in edges if a in unit_of and b in unit_of]
    found = _placed(units, [(a, b) for a, b in links if a != b], direction, cancelled)
    left, top = min(x for x, _ in found.values()), min(y for _, y in found.values())
    found = {unit_id: (x - left, y - top) for unit_id, (x, y) in found.items()}
    places: Places = {}
    for unit_id, (x, y) in found.items():
        inner = units[unit_id].inner or {unit_id: (0.0, 0.0)}
        places |= {box_id: (x + dx, y + dy) for box_id, (dx, dy) in inner.items()}
    width = max(x + units[i].width for i, (x, _) in found.items())
    height = max(y + units[i].height for i, (_, y) in found.items())
    first = min(found, key=lambda i: found[i][0 if direction == "right" else 1])
    line = found[first][0] + units[first].line[0] + SIDE, found[first][1] + units[first].line[1] + TITLE
    moved = {box_id: (x + SIDE, y + TITLE) for box_id, (x, y) in places.items()}
    return places, _Unit(width + 2 * SIDE, height + TITLE + SIDE, line, moved)


def _placed(
    units: Mapping[str, _Unit], edges: Sequence[tuple[str, str]], direction: Direction, cancelled: Callable[[], bool]
) -> Places:
    if direction == "right":
        extents = {i: Extent(unit.line[1], unit.height - unit.line[1], unit.width) for i, unit in units.items()}
    else:
        extents = {i: Extent(unit.line[0], unit.width - unit.line[0], unit.height) for i, unit in units.items()}
    found = layered(extents, edges, ALONG[direction], ACROSS[direction], cancelled)
    if direction == "right":
        return {i: (along, across - units[i].line[1]) for i, (along, across) in found.items()}
    return {i: (across - units[i].line[0], along) for i, (along, across) in found.items()}


def _snapped(value: float, now: float) -> float:
    """On the grid, but not moved for a fraction of it."""
    return now if abs(value - now) < GRID / 2 else snap(value)
