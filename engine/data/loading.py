"""Progress of something that loads, and the wish to stop it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class LoadingCancelledError(Exception):
    """The user no longer wants what is loading."""


class Loading:
    """One loading, seen from two threads: the one that loads reports, the other reads and may cancel.

    A source calls `current_loading().report(...)` where it takes long. It need not: a source that knows nothing of
    this simply shows no progress.
    """

    def __init__(self) -> None:
        self.fraction = 0.0
        """Share that is done, 0 to 1."""
        self.text = ""
        """What is being done, for the user."""
        self._cancelled = False

    def report(self, fraction: float, text: str = "") -> None:
        """Say how far it is. Raises LoadingCancelledError when nobody wants it any more."""
        self.check()
        self.fraction = min(max(fraction, 0.0), 1.0)
        self.text = text or self.text

    def check(self) -> None:
        """Raise LoadingCancelledError when nobody wants it any more."""
        if self._cancelled:
            raise LoadingCancelledError

    def cancel(self) -> None:
        """Ask the loading thread to stop; it does at its next report."""
        self._cancelled = True

    @contextmanager
    def active(self) -> Iterator[Loading]:
        """Make this the loading that `current_loading` returns, in this thread."""
        token = _current.set(self)
        try:
            yield self
        finally:
            _current.reset(token)


_current: ContextVar[Loading | None] = ContextVar("loading", default=None)


def current_loading() -> Loading:
    """The loading of this thread; one that nobody looks at when there is none."""
    return _current.get() or Loading()
