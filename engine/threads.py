"""A second thread for long operations: halves of a batch are computed side by side.

NumPy and BLAS leave the interpreter lock while they compute, so this pays where single calls are long (convolutions),
and loses where they take microseconds.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from threading import Thread
from typing import Any

import numpy as np

from engine.backend import flush_denormals

Call = Callable[[], Any]

THREAD_NAME = "netloom-compute"

_most = 0
_helpers: list[_Helper] = []


def processors() -> int:
    """Processors that operations may use: those of this process, unless `set_processors` or NETLOOM_THREADS says so."""
    if _most:
        return _most
    named = os.environ.get("NETLOOM_THREADS", "")
    if named.isdigit() and int(named) > 0:
        return int(named)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def set_processors(count: int) -> None:
    """Use at most so many; 0 for as many as there are. Programs that are bound already keep what they have."""
    global _most
    _most = count


def side_by_side(parts: Sequence[Sequence[Call]]) -> Call:
    """One call that runs several lists of calls at once, and returns when all are done."""
    first, *others = [list(part) for part in parts]

    def run() -> None:
        while len(_helpers) < len(others):
            _helpers.append(_Helper())
        done: SimpleQueue[BaseException | None] = SimpleQueue()
        for helper, calls in zip(_helpers, others, strict=False):
            helper.jobs.put((calls, done))
        try:
            for call in first:
                call()
        finally:
            failures = [done.get() for _ in others]
        for failure in failures:
            if failure is not None:
                raise failure

    return run


class _Helper:
    """A thread that waits for calls, and ends with the program."""

    def __init__(self) -> None:
        self.jobs: SimpleQueue[tuple[list[Call], SimpleQueue[BaseException | None]]] = SimpleQueue()
        Thread(target=self._work, name=THREAD_NAME, daemon=True).start()

    def _work(self) -> None:
        with flush_denormals(), np.errstate(all="ignore"):
            while True:
                calls, done = self.jobs.get()
                failure = None
                try:
                    for call in calls:
                        call()
                except BaseException as error:  # noqa: BLE001  raised again where it was asked for
                    failure = error
                del calls
                done.put(failure)
