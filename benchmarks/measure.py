"""Side-by-side measurement: the contestants take turns in one process, and medians are compared as a ratio."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """Medians in seconds per unit of work."""

    name: str
    ours: float
    peer: float
    bar: float
    """Largest ratio ours / peer that the project accepts."""

    @property
    def ratio(self) -> float:
        """Below 1, ours is faster."""
        return self.ours / self.peer

    def plain(self) -> dict[str, float | str | bool]:
        """JSON values."""
        return {
            "name": self.name,
            "ours_us": self.ours * 1e6,
            "peer_us": self.peer * 1e6,
            "ratio": self.ratio,
            "bar": self.bar,
            "met": self.ratio <= self.bar,
        }


def timed(work: Callable[[], int]) -> float:
    """Seconds per unit of one call; the call returns how many units it did."""
    start = time.perf_counter()
    units = work()
    return (time.perf_counter() - start) / units


def compare(name: str, ours: Callable[[], int], peer: Callable[[], int], bar: float, rounds: int = 15) -> Result:
    """Let both run by turns; each call does a fixed piece of work and returns its size."""
    for _ in range(2):
        ours()
        peer()
    mine, theirs = [], []
    for turn in range(rounds):
        order = ((ours, mine), (peer, theirs)) if turn % 2 else ((peer, theirs), (ours, mine))
        for work, times in order:
            times.append(timed(work))
    return Result(name, statistics.median(mine), statistics.median(theirs), bar)
