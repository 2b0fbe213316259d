"""Fitting baselines in a process of their own, which can be ended at any moment.

scikit-learn cannot be interrupted inside a fit, and a thread cannot be ended from outside; a process can.
"""

from __future__ import annotations

import contextlib
import os
from collections import deque
from collections.abc import Callable, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from threading import Lock
from typing import Any

from engine.baselines import BASELINES, Examples, Fit, fit

NICENESS = 10
"""Of the process: a training beside it goes first."""
PATIENCE = 0.05
"""Seconds between two looks whether the run was cancelled."""


class BaselineRun:
    """One run; `work` is for a thread, everything else for the one that waits."""

    def __init__(self, places: Sequence[int]) -> None:
        """A run that has not begun.

        Args:
            places: Which of `BASELINES`, in this order.
        """
        self.places = tuple(places)
        self.results: deque[tuple[int, Fit]] = deque()
        """Place and result of each baseline, as they come; whoever waits takes them out."""
        self._lock = Lock()
        self._cancelled = False
        self._process: Any = None

    def cancel(self) -> None:
        """End it now; what is not in the results by then never will be."""
        with self._lock:
            self._cancelled = True
            if self._process is not None:
                self._process.terminate()

    def work(self, examples: Callable[[], Examples]) -> None:
        """Fit them all; returns when that is done or the run was cancelled.

        Raises:
            DataError: from `examples`.
            RuntimeError: the process ended before it was done; a plain sentence.
        """
        made = examples()
        own, theirs = get_context("spawn").Pipe()
        with self._lock:
            if self._cancelled:
                return
            self._process = get_context("spawn").Process(target=_serve, args=(theirs,), daemon=True)
            self._process.start()
        theirs.close()
        try:
            own.send((self.places, made))
            del made
            self._receive(own)
        except (EOFError, OSError):
            if not self._cancelled:
                raise RuntimeError(
                    "The process that fits the baselines ended before it was done. Often the memory was not enough: "
                    "train on fewer examples."
                ) from None
        finally:
            self._process.terminate()
            self._process.join()
            own.close()

    def _receive(self, connection: Connection) -> None:
        left = len(self.places)
        while left and not self._cancelled:
            if connection.poll(PATIENCE):
                self.results.append(connection.recv())
                left -= 1


def _serve(connection: Connection) -> None:
    """What the process does."""
    with contextlib.suppress(AttributeError, OSError):  # Windows has no os.nice
        os.nice(NICENESS)
    with contextlib.suppress(EOFError, OSError, KeyboardInterrupt):  # the program has ended
        places, examples = connection.recv()
        for place in places:
            connection.send((place, fit(BASELINES[place], examples)))
        connection.close()
