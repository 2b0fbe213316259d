"""How the mouse moves and scales the cost plot."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal

from gui.plots.style import thin_pen
from gui.theme import current_theme, qcolor

WHEEL = 1.0015
"""Factor of the range for each unit of the wheel; a notch has 120."""


class ZoomBox(pg.ViewBox):
    """The wheel scales the steps (with Shift the other axis), dragging marks out a rectangle, dragging with Shift or
    the middle button moves, a double click shows all again. Over an axis wheel and dragging mean that axis alone."""

    all_requested = Signal()

    def __init__(self) -> None:
        super().__init__(enableMenu=False)
        self.setMouseMode(self.RectMode)
        self.setLimits(minXRange=1e-4, minYRange=1e-12)

    def restyle(self) -> None:
        """Take the colours of the theme."""
        accent = current_theme().accent
        self.rbScaleBox.setPen(thin_pen(accent))
        self.rbScaleBox.setBrush(qcolor(accent, 40))

    def zoom(self, factor: float, share: float = 0.0) -> None:
        """Scale the steps around the middle, and move by a share of what is seen, as the user's doing."""
        low, high = self.viewRange()[0]
        middle, half = (low + high) / 2 + share * (high - low), (high - low) / 2 * factor
        self.setXRange(middle - half, middle + half, padding=0)
        self.sigRangeChangedManually.emit([True, False])

    def wheelEvent(self, ev: Any, axis: int | None = None) -> None:
        if axis is None:
            axis = 1 if ev.modifiers() & Qt.KeyboardModifier.ShiftModifier else 0
        factor = WHEEL ** -ev.delta()
        centre = QPointF(pg.invertQTransform(self.childGroup.transform()).map(ev.pos()))
        self._resetTarget()
        self.scaleBy([factor if axis == 0 else None, factor if axis == 1 else None], centre)
        ev.accept()
        self.sigRangeChangedManually.emit([axis == 0, axis == 1])

    def mouseDragEvent(self, ev: Any, axis: int | None = None) -> None:
        moves = ev.button() != Qt.MouseButton.LeftButton or bool(ev.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if axis is None and moves:
            ev.accept()
            self._resetTarget()
            moved = self.mapToView(ev.lastPos()) - self.mapToView(ev.pos())
            self.translateBy(x=moved.x(), y=moved.y())
            self.sigRangeChangedManually.emit([True, True])
            return
        super().mouseDragEvent(ev, axis)

    def showAxRect(self, ax: Any, **_: Any) -> None:
        self.setRange(ax.normalized(), padding=0)
        self.sigRangeChangedManually.emit([True, True])

    def mouseClickEvent(self, ev: Any) -> None:
        if ev.double():
            ev.accept()
            self.all_requested.emit()
