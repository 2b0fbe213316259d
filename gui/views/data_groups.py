"""One column looked at closely: its counts, for all rows or by part or class."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from engine.data import PreparedData
from engine.data.describing import (
    Bins,
    DataColumn,
    Description,
    column_values,
    counts_by,
    group_bins,
    number_text,
)
from gui.theme import current_theme
from gui.views.result_text import percent

By = Literal["all", "part", "target"]
MOST_GROUPS = 10
"""Of more classes the most frequent are shown."""
MOST_BARS = 30
"""Of more categories the most frequent are shown."""


@dataclass(frozen=True, eq=False, slots=True)
class Close:
    """What the large picture of a column shows."""

    column: DataColumn
    bins: Bins
    groups: tuple[str, ...]
    """Empty where all rows are one."""
    numbers: tuple[int, ...]
    """Of the groups, for their colours."""
    counts: np.ndarray
    """(G, B); (1, B) without groups."""
    by: By
    title: str
    note: str = ""

    @property
    def shares(self) -> np.ndarray:
        """(G, B): of the rows of each group."""
        totals = self.counts.sum(axis=1, keepdims=True)
        return np.divide(self.counts, totals, out=np.zeros(self.counts.shape), where=totals > 0)

    def bin_text(self, place: int) -> str:
        """The name of a bin."""
        if self.bins.names:
            return self.bins.names[place]
        low, high = self.bins.edges[place], self.bins.edges[place + 1]
        return f"{_short(low)} to {_short(high)}"

    def count_text(self, group: int, place: int) -> str:
        """How many there are in a bin, and which share."""
        return f"{int(self.counts[group, place]):,} ({percent(float(self.shares[group, place]))})"

    def color(self, group: int) -> str:
        """The colour of a group."""
        theme = current_theme()
        if not self.groups:
            return theme.accent
        if self.by == "part":
            return (theme.train, theme.dev, theme.warning)[self.numbers[group] % 3]
        return theme.classes[self.numbers[group] % len(theme.classes)]


def _short(value: float) -> str:
    return number_text(float(f"{value:.4g}"))


def look_close(data: PreparedData, found: tuple[Description, ...], name: str, by: By) -> Close | None:
    """The large picture of a column; None when there are no columns."""
    description = next((one for one in found if one.column.name == name), found[0] if found else None)
    if description is None:
        return None
    bins, column = description.bins, description.column
    target = next((one for one in found if one.column.role == "target"), None)
    if by == "target" and (target is None or target is description):
        by = "all"
    if by == "part":
        counts = np.stack(list(description.counts.values()))
        close = Close(
            column, bins, tuple(description.counts), tuple(range(len(counts))), counts, by, f"{column.name} by part"
        )
    elif by == "target" and target is not None:
        close = _by_target(data, description, target)
    else:
        close = Close(column, bins, (), (0,), description.total[None], "all", column.name)
    return _fewer_bars(close)


def _by_target(data: PreparedData, description: Description, target: Description) -> Close:
    column, groups = description.column, group_bins(target)
    codes = description.bins.codes(column_values(data, column))
    own = groups.codes(column_values(data, target.column))
    counts = counts_by(codes, len(description.bins), own, len(groups))
    kept = np.sort(np.argsort(-counts.sum(axis=1), kind="stable")[:MOST_GROUPS])
    note = f"The {MOST_GROUPS} most frequent of {len(groups):,} classes. " if len(kept) < len(groups) else ""
    names, title = tuple(groups.names[k] for k in kept), f"{column.name} by {target.column.name}"
    return Close(column, description.bins, names, tuple(kept.tolist()), counts[kept], "target", title, note)


def _fewer_bars(close: Close) -> Close:
    if not close.bins.names or len(close.bins) <= MOST_BARS:
        return close
    kept = np.argsort(-close.counts.sum(axis=0), kind="stable")[:MOST_BARS]
    bins = Bins(tuple(close.bins.names[k] for k in kept), np.empty(0))
    note = f"{close.note}The {MOST_BARS} most frequent of {len(close.bins):,} values."
    return replace(close, bins=bins, counts=close.counts[:, kept], note=note)
