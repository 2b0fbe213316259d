"""Work in the background: a function runs in another thread, its result comes back into the window's."""

from __future__ import annotations

import itertools
import logging
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Condition, Thread
from time import monotonic
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer

from gui.runtime.turn import take_turn

THREAD_NAME = "netloom-task"
POLL = 8
"""Milliseconds between two looks for results, while any is awaited."""
IDLE_SECONDS = 5.0
"""A worker thread without work ends after this time; the next task starts another."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Callbacks:
    on_success: Callable[[Any], None] | None
    on_failure: Callable[[Exception], None] | None
    latest: Hashable


class TaskRunner(QObject):
    """Runs functions in one or two worker threads.

    The workers see the function, its arguments and its result, which must be plain objects; the callbacks, which
    belong to the window, never leave its thread.
    """

    def __init__(self, owner: QObject | None = None, *, threads: int = 1) -> None:
        """Make a runner; results that come after the owner is gone are dropped.

        Args:
            owner: Its parent.
            threads: How many tasks may run at once.
        """
        super().__init__(owner)
        self._pool = _Pool(threads)
        self._tickets = itertools.count()
        self._waiting: dict[int, _Callbacks] = {}
        self._timer = QTimer(self, interval=POLL, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_timer_timeout)
        self.destroyed.connect(self._pool.close)

    @property
    def is_busy(self) -> bool:
        """A result is awaited."""
        return bool(self._waiting)

    def run(
        self,
        function: Callable[..., Any],
        *args: Any,
        on_success: Callable[[Any], None] | None = None,
        on_failure: Callable[[Exception], None] | None = None,
        latest: Hashable = None,
    ) -> None:
        """Run `function(*args)` in the background.

        Args:
            function: A plain function; it must not touch the window.
            *args: Plain values.
            on_success: Gets the result, in the window's thread.
            on_failure: Gets the exception, in the window's thread; without it the exception is logged.
            latest: With a key, an earlier task of the same key is skipped if it did not begin, and its result dropped.
        """
        if latest is not None:
            for ticket in [t for t, callbacks in self._waiting.items() if callbacks.latest == latest]:
                del self._waiting[ticket]
                self._pool.cancel(ticket)
        ticket = next(self._tickets)
        self._waiting[ticket] = _Callbacks(on_success, on_failure, latest)
        self._pool.submit(ticket, function, args)
        if not self._timer.isActive():
            self._timer.start()

    def close(self, timeout: float = 2.0) -> bool:
        """Drop all that waits, and wait for what runs. False when it did not end in time (it ends with the process)."""
        self._timer.stop()
        self._waiting.clear()
        return self._pool.close(timeout=timeout)

    def _on_timer_timeout(self) -> None:
        if self._pool.results:
            take_turn()
        while self._pool.results:
            ticket, result, error = self._pool.results.popleft()
            callbacks = self._waiting.pop(ticket, None)
            if callbacks is None:
                continue
            if error is None:
                if callbacks.on_success:
                    callbacks.on_success(result)
            elif callbacks.on_failure:
                callbacks.on_failure(error)
            else:
                log.error("A background task failed.", exc_info=error)
        if not self._waiting:
            self._timer.stop()


class _Pool:
    """Worker threads and their queue; nothing of Qt."""

    def __init__(self, size: int) -> None:
        self.results: deque[tuple[int, Any, Exception | None]] = deque()
        self._size = size
        self._jobs: deque[tuple[int, Callable[..., Any], tuple[Any, ...]]] = deque()
        self._condition = Condition()
        self._threads: list[Thread] = []
        self._idle = 0
        self._closed = False

    def submit(self, ticket: int, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
        with self._condition:
            if self._closed:
                return
            self._jobs.append((ticket, function, args))
            if self._idle < len(self._jobs) and len(self._threads) < self._size:
                thread = Thread(target=self._work, name=THREAD_NAME, daemon=True)
                self._threads.append(thread)
                thread.start()
            self._condition.notify()

    def cancel(self, ticket: int) -> None:
        with self._condition:
            self._jobs = deque(job for job in self._jobs if job[0] != ticket)

    def close(self, *_: object, timeout: float = 0.0) -> bool:
        with self._condition:
            self._closed = True
            self._jobs.clear()
            self._condition.notify_all()
            threads = list(self._threads)
        end = monotonic() + timeout
        for thread in threads:
            thread.join(max(0.0, end - monotonic()))
        return not any(thread.is_alive() for thread in threads)

    def _work(self) -> None:
        from threading import current_thread

        while True:
            with self._condition:
                self._idle += 1
                while not self._jobs and not self._closed:
                    if not self._condition.wait(IDLE_SECONDS) and not self._jobs:
                        break
                self._idle -= 1
                if self._closed or not self._jobs:
                    self._threads.remove(current_thread())
                    return
                ticket, function, args = self._jobs.popleft()
            try:
                outcome = (ticket, function(*args), None)
            except Exception as error:  # noqa: BLE001  handed to on_failure
                outcome = (ticket, None, error)
            self.results.append(outcome)
            del function, args, outcome
