"""How columns of prepared data go together: correlation, means by group, cross table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from engine.data.describing import Bins, DataColumn, Description, column_values, counts_by
from engine.data.prepare import PreparedData

CHUNK = 65_536
"""Rows taken at once, so that nothing of the size of the data is made."""
SAMPLE = 5_000
"""Points of a scatter plot."""


def correlation(columns: Sequence[np.ndarray]) -> np.ndarray:
    """Pearson's r of every pair, over the rows where both are known; as `pandas.DataFrame.corr`.

    r = Σ (x − x̄)(y − ȳ) / √(Σ (x − x̄)² · Σ (y − ȳ)²)

    Args:
        columns: n arrays (m,), nan where a value is missing.

    Returns:
        (n, n); nan where a column is constant or a pair has fewer than two rows.
    """
    n = len(columns)
    count, sums, squares, products = (np.zeros((n, n)) for _ in range(4))
    middles = [_mean(column) for column in columns]  # so that the sums do not cancel
    scales = [_spread(column) for column in columns]
    for start in range(0, len(columns[0]) if n else 0, CHUNK):
        x = np.stack([(c[start : start + CHUNK] - mid) / s for c, mid, s in zip(columns, middles, scales, strict=True)])
        known = ~np.isnan(x)
        if known.all():
            count += x.shape[1]
            sums += x.sum(axis=1)[:, None]
            own = x @ x.T
            squares += own.diagonal()[:, None]
            products += own
            continue
        x[~known] = 0
        mask = known.astype(np.float64)
        count += mask @ mask.T
        sums += x @ mask.T  # of the first, where the second is known too
        squares += (x * x) @ mask.T
        products += x @ x.T
    with np.errstate(all="ignore"):
        covariance = products - sums * sums.T / count
        variance = squares - sums * sums / count
        r = covariance / np.sqrt(variance * variance.T)
        constant = variance <= 1e-12 * count
        r[constant | constant.T | (count < 2)] = np.nan
    return np.clip(r, -1, 1)


def _mean(column: np.ndarray) -> float:
    known = column[~np.isnan(column)]
    return float(known.mean()) if len(known) else 0.0


def _spread(column: np.ndarray) -> float:
    known = column[~np.isnan(column)]
    return (float(known.max() - known.min()) or 1.0) if len(known) else 1.0


def group_means(columns: Sequence[np.ndarray], groups: np.ndarray, count: int) -> np.ndarray:
    """The mean (count, n) of n number columns in each group; nan where a group has no known value.

    Args:
        columns: n arrays (m,), nan where a value is missing.
        groups: Place of the group (m,) of each row; −1 for rows of no group.
        count: Number of groups.
    """
    result = np.full((count, len(columns)), np.nan)
    for place, column in enumerate(columns):
        known = ~np.isnan(column) & (groups >= 0)
        sums = np.bincount(groups[known], weights=column[known], minlength=count)
        counts = np.bincount(groups[known], minlength=count)
        np.divide(sums, counts, out=result[:, place], where=counts > 0)
    return result


def cross_table(data: PreparedData, first: tuple[DataColumn, Bins], second: tuple[DataColumn, Bins]) -> np.ndarray:
    """How often (rows, columns) the values of two columns come together."""
    (row, rows), (column, columns) = first, second
    by_row = rows.codes(column_values(data, row))
    by_column = columns.codes(column_values(data, column))
    return counts_by(by_column, len(columns), by_row, len(rows))


@dataclass(frozen=True, slots=True)
class Measure:
    """Something that has a number in every row: a number column, or one of two categories as 0 and 1."""

    name: str
    description: Description

    def values(self, data: PreparedData) -> np.ndarray:
        """(m,) of all parts one after the other, nan where missing."""
        return column_values(data, self.description.column).astype(np.float64)


def measures(descriptions: Sequence[Description]) -> list[Measure]:
    """What can be correlated; of two categories the second counts as 1. Constant columns have no correlation."""
    found = []
    for description in descriptions:
        column = description.column
        if column.is_number and description.whole.distinct > 1:
            found.append(Measure(column.name, description))
        elif len(column.choices) == 2:
            found.append(Measure(f"{column.name} = {column.choices[1]}", description))
    return found


def sample_rows(m: int, most: int = SAMPLE) -> np.ndarray:
    """Some of m rows in order, always the same ones; all where they are few enough."""
    if m <= most:
        return np.arange(m)
    return np.sort(np.random.default_rng(0).choice(m, most, replace=False))


def strongest(r: np.ndarray, most: int, of: Callable[[int], bool]) -> list[int]:
    """Where there are too many columns: those that go most with the ones named by `of`, or else with any other."""
    named = [place for place in range(len(r)) if of(place)]
    rest = np.abs(np.nan_to_num(r - np.eye(len(r))))
    strength = rest[:, named].max(axis=1) if named else rest.max(axis=1)
    strength[named] = np.inf
    return sorted(np.argsort(-strength, kind="stable")[:most].tolist())
