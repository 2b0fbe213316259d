"""Dragging hundreds of boxes at once: only what is seen is moved, the rest follows when it comes into sight."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QRectF

from gui.canvas.edge_item import EdgeItem
from gui.canvas.geometry import NODE_WIDTH
from gui.canvas.node_item import NodeItem

MANY = 80
"""From so many boxes on."""
NEAR = NODE_WIDTH
"""What is so near to the part that is seen is moved, too."""

Offset = tuple[float, float]


class Carrying:
    """Boxes and wires that all go the same way, and how far each of them is on it."""

    def __init__(self, boxes: Iterable[NodeItem], wires: Iterable[EdgeItem], start: Offset) -> None:
        """Nothing moves yet.

        Args:
            boxes: All that move.
            wires: Those between them.
            start: How far they all are on the way already.
        """
        self.items: set[NodeItem | EdgeItem] = {*boxes, *wires}
        self.offset = self._start = start
        """How far they are to be drawn from where the document has them."""
        self._at: dict[NodeItem | EdgeItem, Offset] = {}
        self._places: list[tuple[NodeItem | EdgeItem, float, float, float, float]] = []

    @property
    def since_start(self) -> Offset:
        """How far they have to be drawn from where they were, had none been moved."""
        return self.offset[0] - self._start[0], self.offset[1] - self._start[1]

    def lag_of(self, item: NodeItem | EdgeItem) -> Offset:
        """How far an item still has to go; (0, 0) for those that stay."""
        if item not in self.items:
            return 0.0, 0.0
        x, y = self._at.get(item, self._start)
        return self.offset[0] - x, self.offset[1] - y

    def show(self, seen: QRectF) -> None:
        """Move what is seen, or was until now."""
        if not self._places:
            self._places = self._find_places()
        dx, dy = self.offset
        left, right, top, bottom = seen.left() - NEAR, seen.right() + NEAR, seen.top() - NEAR, seen.bottom() + NEAR
        at, start = self._at, self._start
        for item, x0, y0, x1, y1 in self._places:
            x, y = at.get(item, start)
            comes = x0 + dx < right and x1 + dx > left and y0 + dy < bottom and y1 + dy > top
            if comes or (x0 + x < right and x1 + x > left and y0 + y < bottom and y1 + y > top):
                self._move(item)

    def _find_places(self) -> list[tuple[NodeItem | EdgeItem, float, float, float, float]]:
        """Where all are in the document; asked before any is moved."""
        x, y = self._start
        found = []
        for item in self.items:
            rect = item.rect if isinstance(item, NodeItem) else item.boundingRect()
            left, top, right, bottom = rect.getCoords()  # pyright: ignore[reportGeneralTypeIssues]
            found.append((item, left - x, top - y, right - x, bottom - y))
        return found

    def finish(self) -> None:
        """Move all."""
        for item in self.items:
            self._move(item)

    def _move(self, item: NodeItem | EdgeItem) -> None:
        x, y = self._at.get(item, self._start)
        if (x, y) != self.offset:
            item.shift(self.offset[0] - x, self.offset[1] - y)
            self._at[item] = self.offset
