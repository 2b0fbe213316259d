"""What the columns of prepared data hold: figures as of pandas' describe(), value counts and histograms.

Everything is in original units and of the known values only: what was missing and has been filled is left out. Text
columns, which became columns of zeros and ones, are one column again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from engine.data.prepare import PreparedData
from engine.data.selection import split_head

MOST_COLUMNS = 500
"""Of wider data so many are described."""
FEW_VALUES = 12
"""A number column with so many different values at most is counted value by value."""
SAMPLED = 10_000
"""Numbers kept of each part to compare the parts by: their shares are exact to a ten-thousandth."""
QUARTERS = (0.25, 0.5, 0.75)
BINS = (12, 40)
"""Fewest and most bars of a histogram."""


@dataclass(frozen=True, slots=True)
class DataColumn:
    """An input or target, as a person sees it: numbers, or one of some texts (categories)."""

    name: str
    role: Literal["input", "target"]
    array: str
    """Name of the input array or target."""
    columns: tuple[int, ...]
    """Columns of the array: one for numbers, one for each text; () for class labels."""
    choices: tuple[str, ...] = ()
    """The texts or classes; empty for numbers."""
    type_text: str = "number"
    missing_texts: int = 0
    """Rows without a text, which count as the category 'missing'."""

    @property
    def is_number(self) -> bool:
        """It holds numbers."""
        return not self.choices


@dataclass(frozen=True, slots=True)
class Figures:
    """Of known values x; for categories count, missing and distinct only, the rest is nan."""

    count: int
    missing: int
    distinct: int
    mean: float = float("nan")
    std: float = float("nan")
    """√(Σ (x − mean)² / (count − 1)), as pandas has it."""
    low: float = float("nan")
    quarters: tuple[float, float, float] = (float("nan"), float("nan"), float("nan"))
    """Lower quartile, median, upper quartile; between two values by straight lines."""
    high: float = float("nan")

    @property
    def median(self) -> float:
        """The middle value."""
        return self.quarters[1]


@dataclass(frozen=True, eq=False, slots=True)
class Bins:
    """Into what a column is sorted for counting: stretches of numbers, single numbers, or categories."""

    names: tuple[str, ...]
    """One for each category or single number; for stretches empty."""
    edges: np.ndarray
    """(B + 1,) ends of the stretches, or (B,) the single numbers; empty for categories."""

    def __len__(self) -> int:
        return len(self.names) or len(self.edges) - 1

    @property
    def are_stretches(self) -> bool:
        """They lie side by side on an axis."""
        return not self.names

    def codes(self, values: np.ndarray) -> np.ndarray:
        """The bin of each value (m,); −1 for what is missing."""
        if not len(self.edges):
            return values
        found = np.searchsorted(self._ends, values, "right")
        return np.where(np.isnan(values), -1, found)

    def counts(self, ordered: np.ndarray) -> np.ndarray:
        """How many (B,) of some sorted known numbers are in each bin."""
        return np.diff([0, *np.searchsorted(ordered, self._ends).tolist(), len(ordered)])

    @property
    def _ends(self) -> np.ndarray:
        """Where one bin ends and the next begins."""
        return (self.edges[1:] + self.edges[:-1]) / 2 if self.names else self.edges[1:-1]


@dataclass(frozen=True, eq=False, slots=True)
class Description:
    """One column: figures and counts, of all rows and of each part."""

    column: DataColumn
    whole: Figures
    parts: dict[str, Figures]
    bins: Bins
    counts: dict[str, np.ndarray]
    """(B,) by part."""
    samples: dict[str, np.ndarray]
    """Known numbers of each part in order, of many every so-and-so-manyth; empty for categories."""

    @property
    def total(self) -> np.ndarray:
        """Counts (B,) of all rows."""
        return np.sum(list(self.counts.values()), axis=0)


def data_columns(data: PreparedData) -> tuple[DataColumn, ...]:
    """All columns of flat inputs, then the targets; pictures and other arrays are left out."""
    facts = {fact.name: fact for fact in data.table}
    found: list[DataColumn] = []
    for array, shape in data.input_layout.shapes.items():
        if len(shape) != 1:
            continue
        for name, columns, choices in column_groups(data, array):
            if len(found) == MOST_COLUMNS:
                break
            fact = facts.get(name) or facts.get(split_head(name))
            kind = "text" if choices else _TYPES.get(fact.kind, "number") if fact else "number"
            gaps = fact.missing if fact and choices else 0
            found.append(DataColumn(name, "input", array, columns, choices, kind, gaps))
    for array, target in data.targets.items():
        if target.kind == "classes":
            found.append(DataColumn(target.name, "target", array, (), target.class_names, "class"))
            continue
        names = target.columns or tuple(f"{array}[{i}]" for i in range(target.values.shape[-1]))
        if target.values.ndim == 2:
            found += [DataColumn(name, "target", array, (i,)) for i, name in enumerate(names[:MOST_COLUMNS])]
    return tuple(found)


_TYPES = {"numbers": "number", "truth": "yes or no", "dates": "date", "text": "text"}


def column_groups(data: PreparedData, array: str) -> list[tuple[str, tuple[int, ...], tuple[str, ...]]]:
    """Name, columns and texts of what a flat input array holds; the columns of one text column come as one."""
    names = data.columns.get(array, ())
    names = tuple(names[i] if i < len(names) else f"{array}[{i}]" for i in range(data.input_layout.shapes[array][0]))
    heads: dict[str, list[int]] = {}
    for i, name in enumerate(names):
        heads.setdefault(split_head(name), []).append(i)
    groups = []
    for head, columns in heads.items():
        if len(columns) > 1 and _is_one_hot(data, array, columns):
            groups.append((head, tuple(columns), tuple(names[i].partition("=")[2] for i in columns)))
        else:
            groups += [(names[i], (i,), ()) for i in columns]
    return groups


def _is_one_hot(data: PreparedData, array: str, columns: Sequence[int]) -> bool:
    values = data.train.inputs[array][:2_000, list(columns)]
    return bool(np.isin(values, (0, 1)).all() and (values.sum(axis=1) == 1).all())


def column_values(data: PreparedData, column: DataColumn, part: str = "") -> np.ndarray:
    """The values (m,) of a part, or of all parts one after the other.

    Returns:
        Numbers as float64 in original units, nan where the value was missing; or the places among the choices.
    """
    if not part:
        return np.concatenate([column_values(data, column, part) for part in data.parts])
    rows = data.parts[part].rows
    if column.role == "target":
        values = data.targets[column.array].values
        return values[rows] if not column.columns else values[rows, column.columns[0]].astype(np.float64)
    own = data.parts[part].inputs[column.array]
    if column.choices:
        return own[:, list(column.columns)].argmax(axis=1)
    return _unscaled(_as_prepared(data, column, part), data, column)


def _as_prepared(data: PreparedData, column: DataColumn, part: str) -> np.ndarray:
    """A copy of the numbers (m,) of an input as they are kept, but nan where the value was missing."""
    place, rows = column.columns[0], data.parts[part].rows
    numbers = data.parts[part].inputs[column.array][:, place].copy()
    gaps = data.gaps.get(column.array, {}).get(place)
    if gaps is not None:
        missing = np.zeros(max(int(rows.max()), int(gaps.max())) + 1, bool)
        missing[gaps] = True
        numbers[missing[rows]] = np.nan
    return numbers


def _unscaled(numbers: np.ndarray, data: PreparedData, column: DataColumn) -> np.ndarray:
    """Back to original units; what is sorted stays sorted, because σ is above 0."""
    place, scaling = column.columns[0], data.input_scaling[column.array]
    sigma, mu = np.float64(scaling.sigma[place]), np.float64(scaling.mu[place])
    result = numbers * sigma + mu
    if mu:
        rounding = 4 * np.finfo(numbers.dtype).eps * (abs(mu) + sigma)
        result[np.abs(result) < rounding] = 0.0  # it was 0: nobody should read 4e−16
    return result


def _ordered(data: PreparedData, column: DataColumn, part: str) -> tuple[np.ndarray, int]:
    """The known numbers of a part in order, and how many are missing. Sorting them as they are kept is quicker."""
    is_input = column.role == "input"
    values = _as_prepared(data, column, part) if is_input else column_values(data, column, part)
    values.sort()
    missing = int(np.isnan(values).sum())
    known = values[: len(values) - missing]
    return _unscaled(known, data, column) if is_input else known, missing


def part_codes(data: PreparedData) -> np.ndarray:
    """The place of the part (m,) of each row, where all parts stand one after the other."""
    return np.repeat(np.arange(len(data.parts)), [part.m for part in data.parts.values()])


def describe(data: PreparedData, column: DataColumn) -> Description:
    """Figures, counts and histogram of a column."""
    if column.choices:
        return _describe_categories(data, column)
    found = {part: _ordered(data, column, part) for part in data.parts}
    known = {part: ordered for part, (ordered, _) in found.items()}
    missing = sum(count for _, count in found.values())
    # Timsort merges what is in order already.
    together = (
        next(iter(known.values())) if len(known) == 1 else np.sort(np.concatenate([*known.values()]), kind="stable")
    )
    bins = bins_of(together)
    return Description(
        column,
        figures_of(together, missing),
        {part: figures_of(ordered, count) for part, (ordered, count) in found.items()},
        bins,
        {part: bins.counts(ordered) for part, ordered in known.items()},
        {part: _thinned(ordered) for part, ordered in known.items()},
    )


def _describe_categories(data: PreparedData, column: DataColumn) -> Description:
    bins = Bins(column.choices, np.empty(0))
    counts = {part: np.bincount(column_values(data, column, part), minlength=len(bins)) for part in data.parts}
    gaps = column.missing_texts
    total = np.sum(list(counts.values()), axis=0)
    whole = Figures(int(total.sum()) - gaps, gaps, int((total > 0).sum()) - (gaps > 0))
    parts = {part: Figures(int(own.sum()), 0, int((own > 0).sum())) for part, own in counts.items()}
    return Description(column, whole, parts, bins, counts, dict.fromkeys(counts, np.empty(0)))


def _thinned(ordered: np.ndarray) -> np.ndarray:
    if len(ordered) <= SAMPLED:
        return ordered
    return ordered[(np.arange(SAMPLED) + 0.5).astype(np.int64) * len(ordered) // SAMPLED]


def figures_of(ordered: np.ndarray, missing: int = 0) -> Figures:
    """Figures of numbers (m,) that are sorted and known."""
    count = len(ordered)
    if not count:
        return Figures(0, missing, 0)
    distinct = 1 + int(np.count_nonzero(ordered[1:] > ordered[:-1]))
    std = float(ordered.std(ddof=1)) if count > 1 else float("nan")
    first, middle, third = (_quantile(ordered, share) for share in QUARTERS)
    return Figures(
        count, missing, distinct, float(ordered.mean()), std, float(ordered[0]), (first, middle, third),
        float(ordered[-1]),
    )  # fmt: skip


def _quantile(ordered: np.ndarray, share: float) -> float:
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return float(ordered[low] + (place - low) * (ordered[high] - ordered[low]))


def bins_of(ordered: np.ndarray) -> Bins:
    """Bins for sorted numbers: each different number where there are few, else stretches of equal width.

    The width is that of Freedman and Diaconis (1981), 2 · interquartile range / ∛m, within 12 to 40 bars.
    """
    if not len(ordered):
        return Bins((), np.array([0.0, 1.0]))
    low, high = float(ordered[0]), float(ordered[-1])
    jumps = np.flatnonzero(ordered[1:] > ordered[:-1])
    if len(jumps) < FEW_VALUES and (len(jumps) + 1 <= len(ordered) / 2 or len(jumps) == 0):
        single = ordered[[*jumps.tolist(), len(ordered) - 1]]
        return Bins(tuple(number_text(value) for value in single.tolist()), single)
    iqr = _quantile(ordered, 0.75) - _quantile(ordered, 0.25)
    width = 2 * iqr / len(ordered) ** (1 / 3)
    count = int(np.clip((high - low) / width if width > 0 else BINS[1], *BINS))
    return Bins((), np.linspace(low, high, count + 1))


def number_text(value: float) -> str:
    """A number in a name: six digits at most, with a real minus sign."""
    return f"{value:.6g}".replace("-", "−")


def group_bins(description: Description) -> Bins:
    """Bins by which rows are grouped: the categories or few numbers there are, else the four quarters of the rows."""
    if not description.bins.are_stretches:
        return description.bins
    figures = description.whole
    if not figures.count:
        return Bins(("no value",), np.zeros(1))
    ends = sorted({*figures.quarters})
    names = [f"up to {number_text(ends[0])}"]
    names += [f"{number_text(a)} to {number_text(b)}" for a, b in pairwise(ends)]
    return Quarters((*names, f"above {number_text(ends[-1])}"), np.array(ends))


class Quarters(Bins):
    """Stretches with names, each up to an end and with it; the last goes on for ever."""

    def codes(self, values: np.ndarray) -> np.ndarray:
        """The bin of each value (m,); −1 for what is missing."""
        return np.where(np.isnan(values), -1, np.searchsorted(self.edges, values))


def counts_by(codes: np.ndarray, bins: int, groups: np.ndarray, count: int) -> np.ndarray:
    """How often (count, bins) each bin occurs in each group; −1 in either is left out."""
    known = (codes >= 0) & (groups >= 0)
    both = groups[known] * bins + codes[known]
    return np.bincount(both, minlength=count * bins).reshape(count, bins)
