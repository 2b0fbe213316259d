"""Scrolling while something is dragged to the edge of the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt, QTimer

if TYPE_CHECKING:
    from gui.canvas.view import CanvasView

EDGE = 28
"""How near the pointer must be to the edge, in points of the screen."""
FASTEST = 22
INTERVAL = 16


class EdgeScroller(QObject):
    """Scrolls the faster, the nearer the pointer comes to the edge, until `stop`."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        self._delta = QPoint()
        self._timer = QTimer(self, interval=INTERVAL, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_timer_timeout)

    @property
    def is_active(self) -> bool:
        """Whether it scrolls."""
        return self._timer.isActive()

    def follow(self, pointer: QPoint) -> None:
        """The pointer is there, in the viewport, while something is dragged."""
        area = self._view.viewport().rect()
        across = _speed(pointer.x() - area.left(), area.right() - pointer.x())
        down = _speed(pointer.y() - area.top(), area.bottom() - pointer.y())
        self._delta = QPoint(across, down)
        if self._delta.isNull():
            self._timer.stop()
        elif not self._timer.isActive():
            self._timer.start()

    def stop(self) -> None:
        """Nothing is dragged any more."""
        self._timer.stop()

    def _on_timer_timeout(self) -> None:
        self._view.scroll_by(self._delta)
        self._view.repeat_drag()


def _speed(before: int, after: int) -> int:
    """Points per tick to move what is seen; positive shows what lies before."""
    if before < EDGE and before <= after:
        return round(FASTEST * min(1.0, (EDGE - before) / EDGE))
    return -round(FASTEST * min(1.0, (EDGE - after) / EDGE)) if after < EDGE else 0
