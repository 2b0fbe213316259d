"""Axis ranges that follow growing data in calm steps: every change repaints the axis and moves the eye."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Range = tuple[float, float]


class FollowedRange:
    """The range of one axis; it is changed only when the data leaves it or fills too little of it."""

    def __init__(self) -> None:
        self._range: Range | None = None
        self._log = False

    def reset(self) -> None:
        """Fit anew with the next data."""
        self._range = None

    def fit_end(self, start: float, end: float) -> Range | None:
        """A range from `start` to beyond a growing `end`; None when the old one still does."""
        if self._range is not None:
            first, last = self._range
            if first == start and end <= last and end - start >= 0.5 * (last - start):
                return None
        self._range = (float(start), float(start + max(50.0, 1.25 * (end - start))))
        return self._range

    def fit(self, values: Sequence[np.ndarray | list[float]], log: bool, *, share: bool = False) -> Range | None:
        """A range that holds all finite values; None when the old one still does, or there are none.

        Args:
            values: Arrays of numbers on a linear scale.
            log: Return the range of their decadic logarithms.
            share: The numbers are shares of 1.
        """
        finite = np.concatenate([np.asarray(v, np.float64) for v in values]) if len(values) else np.empty(0)
        finite = finite[np.isfinite(finite) & ((finite > 0) | (not log))]
        if not finite.size:
            return None
        if log:
            finite = np.log10(np.maximum(finite, 1e-12))
        low, high = float(finite.min()), float(finite.max())
        if self._range is not None:
            bottom, top = self._range
            if bottom <= low and high <= top and high - low >= 0.5 * (top - bottom):
                return None
            if not log and bottom == 0 <= low and 0.6 * top <= high <= top:
                return None
        self._range = self._widened(low, high, log, share)
        return self._range

    @staticmethod
    def _widened(low: float, high: float, log: bool, share: bool) -> Range:
        if share:
            bottom = max(0.0, np.floor((low - 0.02) * 10) / 10)
            return float(min(bottom, 0.9)), 1.02
        spread = max(high - low, 1e-9, 1e-3 * abs(high))
        if log:
            return low - 0.08 * spread - 0.02, high + 0.08 * spread + 0.02
        if low >= 0 and low < 0.6 * high:
            return 0.0, 1.12 * high
        return low - 0.1 * spread, high + 0.12 * spread


def most_below(values: np.ndarray, share: float) -> float:
    """The number that a share of the values does not exceed; nan when there are none.

    `np.quantile` is ten times slower here, and its first call imports `numpy.ma`, which takes 0.1 s.
    """
    if not len(values):
        return float("nan")
    place = round(share * (len(values) - 1))
    return float(np.partition(values, place)[place])
