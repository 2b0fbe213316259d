"""Axis ranges of moving points, which change in calm steps and leave out what lies far away."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

MARGIN = 0.08
FARTHEST = 0.6
"""The grid is followed as far as this share of the points' extent beyond them."""
LEAST = 1e-3
"""Points that lie closer than this are taken for one place."""


class CalmRange:
    """The range of one axis; it changes only when points leave it or fill less than half of it."""

    def __init__(self) -> None:
        self._range: tuple[float, float] | None = None

    def reset(self) -> None:
        """Fit anew with the next points."""
        self._range = None

    def fit(self, points: np.ndarray, grid: Sequence[np.ndarray]) -> tuple[float, float]:
        """A range that holds all points, and of the grid what is not far away."""
        finite = points[np.isfinite(points)]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
        if high - low < LEAST:
            low, high = low - 0.5, high + 0.5
        reach = FARTHEST * (high - low)
        for values in grid:
            if np.isfinite(values).any():
                low = min(low, max(float(np.nanmin(values)), low - reach))
                high = max(high, min(float(np.nanmax(values)), high + reach))
        if self._range is not None:
            bottom, top = self._range
            if bottom <= low and high <= top and high - low >= 0.6 * (top - bottom):
                return self._range
        pad = MARGIN * (high - low)
        self._range = low - pad, high + pad
        return self._range
