"""Live changes in the cost plot: a line each, and its text where there is room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter

from gui.plots.curves import Mark
from gui.plots.step_axis import StepAxis
from gui.plots.style import thin_pen
from gui.theme import current_theme, qcolor

ROWS = 3
"""Labels above each other."""
NEAR = 6.0
"""Points of the screen beside a line that still mean it."""
LINES_AT_MOST = 200


class MarkLines(pg.GraphicsObject):
    """Draws vertical lines in the points of the screen, so that texts find their room."""

    def __init__(self, *, labels: bool) -> None:
        """No lines yet; `labels` tells whether their texts are written too."""
        super().__init__()
        self._labels = labels
        self._rect = QRectF(0, 0, 1, 1)
        self._marks: list[tuple[float, Mark]] = []
        self.labelled: list[str] = []
        """Texts that had room when it was last painted."""
        self.setZValue(20 if labels else -1)

    @property
    def marks(self) -> list[Mark]:
        """What is drawn."""
        return [mark for _, mark in self._marks]

    def set(self, marks: Sequence[Mark], axis: StepAxis) -> None:
        """Draw other lines."""
        self._marks = [(float(axis.place(mark.step)), mark) for mark in marks[-LINES_AT_MOST:]]
        self.update()

    def show_range(self, x: Sequence[float], y: Sequence[float]) -> None:
        """Tell which part of the plot is seen."""
        rect = QRectF(x[0], y[0], x[1] - x[0], y[1] - y[0])
        if rect != self._rect:
            self.prepareGeometryChange()
            self._rect = rect

    def near(self, x: float, width: float) -> list[Mark]:
        """Marks beside a place on the axis, when a point of the screen is `width` of it."""
        return [mark for place, mark in self._marks if abs(place - x) <= NEAR * width]

    def boundingRect(self) -> QRectF:
        return self._rect

    def paint(self, painter: QPainter, *_: Any) -> None:
        shown = [(place, mark) for place, mark in self._marks if self._rect.left() <= place <= self._rect.right()]
        self.labelled = []
        if not shown:
            return
        theme, transform = current_theme(), painter.worldTransform()
        painter.resetTransform()
        area = transform.mapRect(self._rect)
        painter.setPen(thin_pen(theme.accent, 1, 170, dashed=True))
        places = [transform.map(QPointF(place, self._rect.center().y())).x() for place, _ in shown]
        for x in places:
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        if self._labels:
            self._write(painter, area, list(zip(places, (mark for _, mark in shown), strict=True)))

    def _write(self, painter: QPainter, area: QRectF, shown: list[tuple[float, Mark]]) -> None:
        theme = current_theme()
        font = QFont(painter.font())
        font.setPixelSize(theme.font_size_small - 1)
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        free = [area.left()] * ROWS
        height = metrics.height() + 2
        for x, mark in shown:
            for text in (mark.sentence, mark.text):
                width = metrics.horizontalAdvance(text) + 8
                left = x + 3 if x + 3 + width <= area.right() else x - 3 - width
                row = next((r for r in range(ROWS) if free[r] <= left and (r + 1) * height <= area.height() / 2), None)
                if row is not None:
                    box = QRectF(left, area.top() + 2 + row * (height + 2), width, height)
                    painter.setPen(Qt.PenStyle.NoPen)
                    painter.setBrush(qcolor(theme.surface_raised, 225))
                    painter.drawRoundedRect(box, 3, 3)
                    painter.setPen(qcolor(theme.text))
                    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
                    free[row] = box.right() + 4
                    self.labelled.append(text)
                    break
