"""Whether the parts of the data hold the same: tests that two samples come from one distribution."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from engine.data.describing import Description

FALSE_ALARMS = 0.001
"""At most this share of random splits is warned of, all columns and parts together."""
LEAST_EFFECT = 0.1
"""Smaller differences are not worth a warning, however sure they are (Cohen 1988: a small effect)."""
LEAST_EXPECTED = 5.0
"""Categories expected more seldom are taken together: χ² would be too large for them (Cochran 1954)."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How a part differs from the training part in one column."""

    effect: float
    """0 to 1: Kolmogorov and Smirnov's D for numbers, Cramér's V for categories."""
    p: float
    """How probable such a difference is by chance."""
    is_number: bool

    def is_warning(self, comparisons: int) -> bool:
        """Large, and not by chance even though so many comparisons were made (Bonferroni)."""
        return self.effect >= LEAST_EFFECT and self.p < FALSE_ALARMS / max(comparisons, 1)


def difference(description: Description, part: str, base: str = "train") -> Difference:
    """Compare a part with the training part."""
    if description.column.is_number:
        sizes = description.parts[base].count, description.parts[part].count
        return kolmogorov_smirnov(description.samples[base], description.samples[part], sizes)
    return chi_squared(description.counts[base], description.counts[part])


def kolmogorov_smirnov(first: np.ndarray, second: np.ndarray, sizes: tuple[int, int] = (0, 0)) -> Difference:
    """Two-sample Kolmogorov–Smirnov test of sorted numbers (m,) and (n,).

    `sizes` says how many numbers each stands for, where they have been thinned.

    D = max over x of |F₁(x) − F₂(x)|; p by Kolmogorov's distribution at √(m n / (m + n)) · D, which for ties is on
    the safe side. Source: Smirnov 1939.
    """
    from scipy.special import kolmogorov

    m, n = len(first), len(second)
    if not m or not n:
        return Difference(0.0, 1.0, True)
    # Of equal numbers the last counts; the largest gap is at a number of either sample.
    at_first = np.abs(np.searchsorted(first, first, "right") / m - np.searchsorted(second, first, "right") / n)
    at_second = np.abs(np.searchsorted(first, second, "right") / m - np.searchsorted(second, second, "right") / n)
    d = float(max(at_first.max(), at_second.max()))
    m, n = max(m, sizes[0]), max(n, sizes[1])
    return Difference(d, float(kolmogorov(np.sqrt(m * n / (m + n)) * d)), True)


def chi_squared(first: np.ndarray, second: np.ndarray) -> Difference:
    """Pearson's χ² test that two rows of counts (k,) have the same shares, with Cramér's V = √(χ² / n).

    Source: Pearson 1900; Cramér 1946.
    """
    from scipy.special import chdtrc

    table = np.stack([first, second]).astype(np.float64)
    table = table[:, table.sum(axis=0) > 0]
    total = table.sum()
    if not table.sum(axis=1).all():
        return Difference(0.0, 1.0, False)
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / total
    seldom = expected.min(axis=0) < LEAST_EXPECTED
    if seldom.sum() > 1:
        table = np.column_stack([table[:, ~seldom], table[:, seldom].sum(axis=1)])
        expected = np.column_stack([expected[:, ~seldom], expected[:, seldom].sum(axis=1)])
    if table.shape[1] < 2:
        return Difference(0.0, 1.0, False)
    chi = float((np.square(table - expected) / expected).sum())
    return Difference(float(np.sqrt(chi / total)), float(chdtrc(table.shape[1] - 1, chi)), False)


def empty_classes(description: Description) -> Mapping[str, list[str]]:
    """Classes of a target without an example, by part; parts that hold all are left out."""
    column = description.column
    if column.role != "target" or column.is_number:
        return {}
    found = {
        part: [name for name, count in zip(column.choices, counts.tolist(), strict=True) if not count]
        for part, counts in description.counts.items()
    }
    return {part: names for part, names in found.items() if names}
