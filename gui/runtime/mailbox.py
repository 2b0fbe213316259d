"""The mailbox between the trainer thread and the window."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock

import numpy as np

from engine.events import Event, Progress, Weights


@dataclass(frozen=True, slots=True)
class Failed(Event):
    """The trainer thread ended with an error."""

    message: str
    """A plain sentence."""


@dataclass(frozen=True, slots=True)
class Ended(Event):
    """The trainer thread has nothing more to say; always the last event of a run."""


class Mailbox:
    """Events that one thread posts and another drains.

    Streams are joined, so that the window's work depends on its own pace and not on the trainer's; facts are kept, each
    of them and in order.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._events: list[Event] = []

    def post(self, event: Event) -> None:
        """Put an event in; never waits for the window."""
        with self._lock:
            self._events.append(event)

    def drain(self) -> list[Event]:
        """Take everything out.

        All Progress events come as one, in the place of the first; of the Weights only the newest comes.
        """
        with self._lock:
            events, self._events = self._events, []
        progress = [event for event in events if isinstance(event, Progress)]
        weights = [event for event in events if isinstance(event, Weights)]
        superseded = {id(event) for event in (*progress[1:], *weights[:-1])}
        joined = _join(progress)
        return [
            joined if joined is not None and event is progress[0] else event
            for event in events
            if id(event) not in superseded
        ]


def _join(events: list[Progress]) -> Progress | None:
    """All of them as one, with one copy of the numbers."""
    if len(events) < 2:
        return events[0] if events else None
    last = events[-1]
    costs = np.concatenate([event.costs for event in events])
    epochs = tuple(epoch for event in events for epoch in event.epoch_costs)
    return Progress(last.step, last.epoch, costs, epochs)
