"""Aligning, distributing and tidying as pure functions of boxes: where the nodes go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from gui.canvas.geometry import GRID, NODE_WIDTH, NodeBox, snap
from gui.canvas.layered import Extent, layered

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
) -> Places:
    """A layered layout of these boxes; the upper left corner of all stays where it is.

    Edges come in the order of the ports they end in.

    Raises:
        CancelledError: soon after `cancelled` says so.
    """
    if not boxes:
        return {}
    extents = {box.id: _extent(box, direction) for box in boxes}
    found = layered(extents, edges, ALONG[direction], ACROSS[direction], cancelled)
    by_id = {box.id: box for box in boxes}
    places: Places = {}
    for node_id, (along, across) in found.items():
        box = by_id[node_id]
        places[node_id] = (
            (along, across - box.body_height / 2) if direction == "right" else (across - NODE_WIDTH / 2, along)
        )
    left, top = min(x for x, _ in places.values()), min(y for _, y in places.values())
    dx, dy = snap(min(box.x for box in boxes) - left), snap(min(box.y for box in boxes) - top)
    return {node_id: (snap(x + dx), snap(y + dy)) for node_id, (x, y) in places.items()}


def _extent(box: NodeBox, direction: Direction) -> Extent:
    if direction == "down":
        return Extent(NODE_WIDTH / 2, NODE_WIDTH / 2, box.rect.height())
    half = box.body_height / 2
    return Extent(half, box.rect.height() - half, NODE_WIDTH)


def _snapped(value: float, now: float) -> float:
    """On the grid, but not moved for a fraction of it."""
    return now if abs(value - now) < GRID / 2 else snap(value)
