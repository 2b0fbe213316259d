"""Garbage collection in the window's thread alone.

Python collects reference cycles in whatever thread happens to allocate. Were that the trainer's, a widget in a cycle
would be destroyed there, and Qt aborts. So the automatic collector is switched off, and a timer of the window does
its work; that also keeps its pauses out of the trainer's loop.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

PERIOD = 500
"""Milliseconds between two looks."""


class WindowGarbageCollector(QObject):
    """Collects garbage from a timer; the automatic collector is off while it lives."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Take over; what exists already (modules, classes) is exempt from now on, which keeps collections short."""
        super().__init__(parent)
        gc.collect()
        gc.disable()
        gc.freeze()
        self._thresholds = gc.get_threshold()
        self._timer = QTimer(self, interval=PERIOD)
        self._timer.timeout.connect(self._on_timer_timeout)
        self._timer.start()
        self.destroyed.connect(_hand_back)

    def close(self) -> None:
        """Give the work back to Python."""
        self._timer.stop()
        _hand_back()

    def _on_timer_timeout(self) -> None:
        young, middle, old = gc.get_count()
        if old > self._thresholds[2]:
            gc.collect(2)
        elif middle > self._thresholds[1]:
            gc.collect(1)
        elif young > self._thresholds[0]:
            gc.collect(0)


def _hand_back(*_: object) -> None:
    gc.unfreeze()
    gc.enable()
