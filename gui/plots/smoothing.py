"""Exponentially weighted averages of a growing series, exact at any length."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from gui.plots.series import Envelope, Series

CHUNK = 64
"""Numbers whose averages one product of matrices gives."""


@dataclass(frozen=True, slots=True)
class Smoothing:
    """v := β v + (1 − β) θ from v = 0, and v / (1 − βᵗ) with bias correction. Source: course 2, week 2."""

    beta: float = 0.9
    corrected: bool = True

    @property
    def title(self) -> str:
        """As the legend has it."""
        return f"β {self.beta:g}" + (", corrected" if self.corrected else "")


def weighted_average(values: np.ndarray, beta: float, start: float = 0.0) -> np.ndarray:
    """v_t = β v_(t−1) + (1 − β) θ_t for all t of an array (n,), without a loop over its numbers.

    Stretches of 64 are averaged from 0 by one product with a triangular matrix; what the averages at their ends hand
    on obeys the same rule with β⁶⁴, so it is found in the same way. A million numbers take some 20 ms.

    Args:
        values: θ, all finite.
        beta: β, from 0 up to but without 1.
        start: v before the first.
    """
    n = len(values)
    if n == 0:
        return np.empty(0)
    padded = np.zeros(-(-n // CHUNK) * CHUNK)
    padded[:n] = values
    matrix, decay = _weights(beta)
    local = padded.reshape(-1, CHUNK) @ matrix
    before = np.empty(len(local))
    before[0] = start
    if len(local) > 1:
        ahead = float(decay[-1])
        ends = local[:-1, -1].copy()
        # c_k = β⁶⁴ c_(k−1) + e_k is the same recursion, but for the factor 1 − β⁶⁴ before e_k.
        before[1:] = weighted_average(ends / (1 - ahead), ahead, start)
    return (local + before[:, None] * decay).ravel()[:n]


@cache
def _weights(beta: float) -> tuple[np.ndarray, np.ndarray]:
    """The matrix (64, 64) that averages a row from 0, and β, β², … β⁶⁴."""
    powers = beta ** np.arange(CHUNK + 1, dtype=np.float64)
    lag = np.arange(CHUNK)[None] - np.arange(CHUNK)[:, None]
    matrix = np.where(lag >= 0, (1 - beta) * powers[np.maximum(lag, 0)], 0.0)
    return matrix, powers[1:]


class SmoothedSeries:
    """The exponentially weighted average of another series, taken on as that one grows.

    It is exact for every step while the source holds each (up to a million); of longer ones it averages the means of
    their blocks, with β to the power of the block's length.
    """

    def __init__(self, smoothing: Smoothing) -> None:
        """Nothing is averaged yet."""
        self.smoothing = smoothing
        self._source: Series | None = None
        self._generation = 0
        self._averages = Series()
        self._last = 0.0
        """v, without bias correction."""
        self._taken = 0

    def update(self, source: Series) -> None:
        """Take on what the source has gained; all of it where it is another one, was cut, or joined its blocks."""
        if source is not self._source or source.generation != self._generation:
            self._source, self._generation = source, source.generation
            self._taken, self._last = 0, 0.0
            self._averages = Series(source.start, block=source.block)
        if source.blocks == self._taken:
            return
        beta = self.smoothing.beta**source.block
        new = _filled(source.means(self._taken, source.blocks), self._last)
        averages = weighted_average(new, beta, self._last)
        self._last = float(averages[-1])
        if self.smoothing.corrected and beta > 0:
            t = np.arange(self._taken + 1, source.blocks + 1)
            averages = averages / -np.expm1(t * np.log(beta))
        self._taken = source.blocks
        self._averages.append_blocks(averages)

    def envelope(self, first: float, last: float, columns: int) -> Envelope:
        """The average in columns, as `Series.envelope`; its `mean` is that of the average in each column."""
        return self._averages.envelope(first, last, columns, 1)

    def averages_at(self, steps: np.ndarray) -> np.ndarray:
        """The average after each of some steps; nan beside the series."""
        return self._averages.averages_at(steps)

    def at(self, step: float) -> float | None:
        """The average after a step; None beside the series."""
        found = self._averages.at(step)
        return found[1] if found is not None else None


def _filled(values: np.ndarray, before: float) -> np.ndarray:
    """The numbers with what is not finite replaced by the last finite one."""
    finite = np.isfinite(values)
    if finite.all():
        return values
    place = np.maximum.accumulate(np.where(finite, np.arange(len(values)), -1))
    return np.where(place >= 0, values[np.maximum(place, 0)], before)
