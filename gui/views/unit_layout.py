"""Where things are in the Units view, as pure functions: tiles, wires, bias squares, and what lies under a point."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import hypot

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

MARGIN = 16.0
HEAD = 28.0
NAMES = 92.0
"""Room for the names of the inputs, left of their tiles."""
NUMBERS = 68.0
"""Room for the number of a unit, right of its tile."""
BIAS = 12.0
REACH = 7.0
"""Points from a wire that still mean it."""
LEAST_PITCH, LARGEST_PITCH = 42.0, 92.0

Place = tuple[int, int]
"""Unit and input of a weight, counted within the page; input −1 for the bias."""


@dataclass(frozen=True, slots=True)
class UnitLayout:
    """Of one page, in a widget of a size."""

    units: int
    inputs: int
    has_bias: bool
    width: float
    height: float
    aside: float
    """Room at the right for the large map; 0 for none."""

    @property
    def pitch(self) -> float:
        """From one unit to the next."""
        rows = max(self.units, self.inputs, 1)
        return min(LARGEST_PITCH, max(LEAST_PITCH, (self.height - HEAD - 2 * MARGIN) / rows))

    @property
    def tile(self) -> float:
        """Side of a map."""
        return self.pitch - 12.0

    def _top(self, rows: int, row: int) -> float:
        whole = max(self.units, self.inputs, 1)
        return HEAD + MARGIN + (whole - rows) / 2 * self.pitch + row * self.pitch + 6.0

    def input_rect(self, column: int) -> QRectF:
        """The map of an input."""
        return QRectF(MARGIN + NAMES, self._top(self.inputs, column), self.tile, self.tile)

    def unit_rect(self, unit: int) -> QRectF:
        """The map of a unit."""
        left = self.width - self.aside - MARGIN - NUMBERS - self.tile
        if not self.inputs:
            left = MARGIN + NAMES
        return QRectF(left, self._top(self.units, unit), self.tile, self.tile)

    def bias_rect(self, unit: int) -> QRectF:
        """The square of a bias, at the lower left corner of its unit."""
        rect = self.unit_rect(unit)
        return QRectF(rect.left() - BIAS - 3, rect.bottom() - BIAS, BIAS, BIAS)

    def wire(self, unit: int, column: int) -> QPainterPath:
        """The wire of a weight; those of one unit end at places of their own."""
        source, target = self.input_rect(column), self.unit_rect(unit)
        spread = min(self.tile * 0.5 / max(self.inputs, 1), 6.0)
        end = QPointF(target.left(), target.center().y() - 4 + (column - (self.inputs - 1) / 2) * spread)
        start = QPointF(source.right(), source.center().y())
        bend = max((end.x() - start.x()) / 2, 8.0)
        path = QPainterPath(start)
        path.cubicTo(start + QPointF(bend, 0), end - QPointF(bend, 0), end)
        return path

    def middle(self, place: Place) -> QPointF:
        """Where a weight is spoken of."""
        return self.bias_rect(place[0]).center() if place[1] < 0 else self.wire(*place).pointAtPercent(0.5)

    def places(self) -> list[Place]:
        """All weights, unit by unit, the bias first."""
        first = -1 if self.has_bias else 0
        return [(unit, column) for unit in range(self.units) for column in range(first, self.inputs)]

    def weight_at(self, point: QPointF) -> Place | None:
        """The bias or wire under a point."""
        for unit in range(self.units if self.has_bias else 0):
            if self.bias_rect(unit).adjusted(-4, -4, 4, 4).contains(point):
                return unit, -1
        best, found = REACH, None
        for unit in range(self.units):
            for column in range(self.inputs):
                distance = _distance(point, self.wire(unit, column))
                if distance < best:
                    best, found = distance, (unit, column)
        return found

    def unit_at(self, point: QPointF) -> int | None:
        """The unit whose map is under a point."""
        return next((unit for unit in range(self.units) if self.unit_rect(unit).contains(point)), None)

    def input_at(self, point: QPointF) -> int | None:
        """The input whose map is under a point."""
        return next((column for column in range(self.inputs) if self.input_rect(column).contains(point)), None)


def _distance(point: QPointF, path: QPainterPath) -> float:
    if not path.boundingRect().adjusted(-REACH, -REACH, REACH, REACH).contains(point):
        return REACH
    places = [path.pointAtPercent(step / 16) for step in range(17)]
    return min(_to_line(point, a, b) for a, b in pairwise(places))


def _to_line(point: QPointF, a: QPointF, b: QPointF) -> float:
    along = b - a
    length = QPointF.dotProduct(along, along)
    share = max(0.0, min(1.0, QPointF.dotProduct(point - a, along) / length)) if length else 0.0
    nearest = a + along * share
    return hypot(point.x() - nearest.x(), point.y() - nearest.y())
