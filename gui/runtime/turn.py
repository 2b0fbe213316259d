"""Whose turn it is to hold Python's interpreter lock: the window's while it draws, else the trainer's.

Every call of Qt from Python gives the lock away and must get it back; against a thread that computes flat out each
time costs milliseconds, and a frame makes a hundred such calls. So the window takes its turn at the start of a frame,
the trainer rests after its slice of about a millisecond, and goes on when the frame is on the screen. Networks whose
steps are long leave the lock by themselves (their time goes into BLAS) and do not rest. Figures: benchmarks/window.py.
"""

from __future__ import annotations

import sys
import threading

from PySide6.QtCore import QCoreApplication, QObject, QTimer

PASSES = 3
"""Passes of the event loop that a turn lasts: redrawing follows the tick, and painting follows redrawing."""
LONGEST_WAIT = 0.03
"""Seconds after which the trainer goes on in any case."""


SWITCH_INTERVAL = 0.0001
"""Seconds after which a thread that computes must give the lock to one that asks; Python's own 5 ms add up to a
stutter."""


class Turn:
    """The trainer's side; nothing of Qt."""

    def __init__(self) -> None:
        self._free = threading.Event()
        self._free.set()

    def begin(self) -> None:
        """The window draws."""
        self._free.clear()

    def end(self) -> None:
        """The window is done."""
        self._free.set()

    def wait(self) -> None:
        """Rest while the window draws."""
        if not self._free.is_set():
            self._free.wait(LONGEST_WAIT)


turn = Turn()


class _Taker(QObject):
    """The window's side."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._left = 0
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._on_timer_timeout)

    def take(self) -> None:
        self._left = PASSES
        turn.begin()
        self._timer.start()

    def _on_timer_timeout(self) -> None:
        self._left -= 1
        if self._left <= 0:
            self._timer.stop()
            turn.end()


_taker: _Taker | None = None


def share_interpreter() -> None:
    """Let the window get the lock soon when it asks out of turn, as for a mouse move."""
    sys.setswitchinterval(SWITCH_INTERVAL)


def take_turn() -> None:
    """Let the trainer rest until what follows from the current event is drawn. Call it in the window's thread."""
    global _taker
    if _taker is None:
        application = QCoreApplication.instance()
        if application is None:
            return
        _taker = _Taker(application)
        _taker.destroyed.connect(_forget)
    _taker.take()


def _forget(*_: object) -> None:
    global _taker
    _taker = None
    turn.end()
