"""Preparing the next batch in the background while the network computes."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Generic, TypeVar

T = TypeVar("T")


class Ahead(Generic[T]):
    """Holds one result that was asked for before it was needed.

    The work must be a pure function of its key: whether it was done ahead decides nothing but the time it takes.
    """

    def __init__(self) -> None:
        self._key: object = None
        self._thread: Thread | None = None
        self._result: T | None = None
        self._error: Exception | None = None

    def begin(self, key: object, work: Callable[[], T]) -> None:
        """Begin work that will probably be asked for under this key; what was begun before is forgotten."""
        self.close()

        def run() -> None:
            try:
                self._result = work()
            except Exception as error:  # noqa: BLE001  told to the one who takes the result
                self._error = error

        self._key = key
        self._thread = Thread(target=run, name="netloom-augmenting", daemon=True)
        self._thread.start()

    def take(self, key: object, work: Callable[[], T]) -> T:
        """The result for a key; the work is done now if something else was begun."""
        if self._thread is None or key != self._key:
            self.close()
            return work()
        self._thread.join()
        result, error = self._result, self._error
        self.close()
        if error is not None:
            raise error
        assert result is not None
        return result

    def close(self) -> None:
        """Wait for what is under way, and forget it."""
        if self._thread is not None:
            self._thread.join()
        self._key = self._thread = self._result = self._error = None
