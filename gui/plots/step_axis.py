"""The axis of steps: counted as steps or as epochs, linear or logarithmic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from gui.plots.series import Envelope

MakeEnvelope = Callable[[float, float, int], Envelope]
"""From first step, last step and columns to what is seen of a series."""

PIECES = 24
"""Stretches of a logarithmic axis, each drawn with columns of its own."""


@dataclass(frozen=True, slots=True)
class StepAxis:
    """Between numbers of steps and places on the axis."""

    per: int = 1
    """Steps of a unit: 1, or those of an epoch."""
    log: bool = False

    @property
    def title(self) -> str:
        """What the axis counts."""
        return "Step" if self.per == 1 else "Epoch"

    def place(self, steps: np.ndarray | float) -> np.ndarray:
        """Where steps lie."""
        units = np.asarray(steps, np.float64) / self.per
        return np.log10(np.maximum(units, 1e-9)) if self.log else units

    def step(self, place: float) -> float:
        """Which step lies at a place."""
        return float(10.0 ** min(place, 15.0) if self.log else place) * self.per

    def envelope(self, make: MakeEnvelope, first: float, last: float, columns: int) -> Envelope:
        """What is seen of a series between two places."""
        if not self.log:
            return make(self.step(first), self.step(last), columns)
        edges = [self.step(float(place)) for place in np.linspace(first, last, PIECES + 1)]
        return _joined([make(begin, end, max(columns // PIECES, 8)) for begin, end in pairwise(edges)])


def _joined(pieces: list[Envelope]) -> Envelope:
    """Envelopes of neighbouring stretches as one; columns that two of them have are taken once."""
    step = np.concatenate([piece.step for piece in pieces])
    new = step > np.concatenate([[-1.0], np.maximum.accumulate(step)[:-1]]) if len(step) else np.empty(0, bool)
    low, high, mean = (np.concatenate([getattr(p, name) for p in pieces])[new] for name in ("low", "high", "mean"))
    return Envelope(step[new], low, high, mean)
