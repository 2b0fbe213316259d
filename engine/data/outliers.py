"""Values far from all others: how many there are, and where they would be clipped."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

REACH = 3.0
"""Interquartile ranges beyond the quartiles from which a value counts as an outlier (Tukey's outer fences)."""

SAMPLE = 100_000
"""The quartiles are those of at most so many examples, evenly taken."""


@dataclass(frozen=True, eq=False)
class Fences:
    """Between what values each column lies, but for its outliers.

    low = Q1 - 3 (Q3 - Q1), high = Q3 + 3 (Q3 - Q1), with the quartiles of the training part. Columns whose quartiles
    are the same have no fences: -∞ and ∞.
    """

    low: np.ndarray
    high: np.ndarray

    @classmethod
    def of(cls, train: np.ndarray, as_is: np.ndarray | None = None) -> Fences:
        """Compute the fences of the training part (m, n); columns that are `as_is` get none."""
        sample = train[:: max(1, len(train) // SAMPLE)]
        width = train.shape[1]
        low, high = np.full(width, -np.inf), np.full(width, np.inf)
        skip = np.broadcast_to(False if as_is is None else as_is, width)
        for j in np.flatnonzero(~skip):
            values = sample[:, j].astype(np.float64)
            values = values[~np.isnan(values)]
            if not values.size:
                continue
            q1, q3 = np.percentile(values, (25, 75))
            if q3 > q1:
                low[j], high[j] = q1 - REACH * (q3 - q1), q3 + REACH * (q3 - q1)
        return cls(low, high)

    def counts(self, values: np.ndarray) -> np.ndarray:
        """Number of outliers in each column of (m, n); NaN is none."""
        low, high = self.low.astype(values.dtype), self.high.astype(values.dtype)
        return np.array([((column < a) | (column > b)).sum() for column, a, b in zip(values.T, low, high, strict=True)])

    def clip(self, values: np.ndarray) -> np.ndarray:
        """A copy in which every outlier lies on its fence."""
        return np.clip(values, self.low.astype(values.dtype), self.high.astype(values.dtype))
