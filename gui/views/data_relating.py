"""What the Relations view draws, found out in the background: plain numbers and texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from engine.data import PreparedData
from engine.data.describing import Description, column_values, group_bins
from engine.data.relations import correlation, cross_table, group_means, measures, sample_rows, strongest
from gui.views.data_grid import Grid
from gui.views.result_text import examples, figure, percent

Mode = Literal["scatter", "correlation", "means", "cross"]
MOST_MEASURES = 40
"""Columns of a correlation matrix."""
MOST_GROUPS = 40
"""Rows or columns of the other grids."""
JITTER = 0.28
"""Points of a category are strewn over so much to each side of it."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What is to be related to what; names of columns."""

    mode: Mode
    x: str = ""
    y: str = ""
    color: str = ""
    """Empty for one colour."""
    group: str = ""
    by: str = ""
    """The columns of the cross table; its rows are those of `group`."""


@dataclass(frozen=True, eq=False, slots=True)
class Axis:
    """The places of points along one axis."""

    name: str
    values: np.ndarray
    """(k,) nan where missing."""
    ticks: tuple[str, ...]
    """Names of categories, at 0, 1, …; empty for numbers."""
    span: tuple[float, float]
    texts: list[str]
    """What the points have there."""


@dataclass(frozen=True, eq=False, slots=True)
class Scatter:
    """Points of some examples."""

    x: Axis
    y: Axis
    color: str
    groups: tuple[str, ...]
    """Classes of the colour; empty for numbers and for one colour."""
    codes: np.ndarray
    """(k,) places among the groups, or shares from 0 to 1; nan where missing."""
    ends: tuple[float, float]
    """Numbers of the shares 0 and 1."""
    color_texts: list[str]
    rows: np.ndarray
    """(k,) places of the examples, where all parts stand one after the other."""
    caption: str


@dataclass(frozen=True, eq=False, slots=True)
class Related:
    """A grid with a caption; the names of the columns to open from a cell."""

    grid: Grid
    caption: str
    numbers: np.ndarray
    """(R, C) as drawn."""
    opens: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())


def relate(data: PreparedData, found: tuple[Description, ...], choice: Choice) -> Scatter | Related | str:
    """What to draw, or a sentence why there is nothing."""
    by_name = {description.column.name: description for description in found}
    if choice.mode == "correlation":
        return _correlation(data, found)
    if choice.mode == "means":
        return _means(data, found, by_name[choice.group])
    if choice.mode == "cross":
        return _cross(data, by_name[choice.group], by_name[choice.by])
    return _scatter(data, by_name[choice.x], by_name[choice.y], by_name.get(choice.color))


def _scatter(data: PreparedData, x: Description, y: Description, color: Description | None) -> Scatter:
    m = sum(part.m for part in data.parts.values())
    rows = sample_rows(m)
    groups, codes, ends, texts = _colors(data, color, rows)
    across, up = _axis(data, x, rows, 0), _axis(data, y, rows, 1)
    shown = int((~np.isnan(across.values) & ~np.isnan(up.values)).sum())
    caption = examples(shown) if len(rows) == m else f"{examples(shown)}, a sample of {m:,}"
    if shown < len(rows):
        caption += f"; {len(rows) - shown:,} without a value are not shown"
    name = color.column.name if color is not None else ""
    return Scatter(across, up, name, groups, codes, ends, texts, rows, caption)


def _axis(data: PreparedData, one: Description, rows: np.ndarray, seed: int) -> Axis:
    values = column_values(data, one.column)[rows]
    if one.column.choices:
        texts = [one.column.choices[k] for k in values.tolist()]
        strewn = np.random.default_rng(seed).uniform(-JITTER, JITTER, len(values))
        last = len(one.column.choices) - 0.5
        return Axis(one.column.name, values + strewn, one.column.choices, (-0.5, last), texts)
    low, high = one.whole.low, one.whole.high
    margin = 0.04 * (high - low) or 0.5
    span = (low - margin, high + margin) if one.whole.count else (0.0, 1.0)
    return Axis(one.column.name, values, (), span, [figure(value, 5) for value in values.tolist()])


def _colors(
    data: PreparedData, color: Description | None, rows: np.ndarray
) -> tuple[tuple[str, ...], np.ndarray, tuple[float, float], list[str]]:
    if color is None:
        return (), np.zeros(len(rows)), (0.0, 0.0), []
    values = column_values(data, color.column)[rows]
    if not color.bins.are_stretches:
        codes = color.bins.codes(values).astype(np.float64)
        texts = [color.bins.names[int(k)] if k >= 0 else "missing" for k in codes.tolist()]
        return color.bins.names, np.where(codes < 0, np.nan, codes), (0.0, 0.0), texts
    low, high = color.whole.quarters[0], color.whole.quarters[2]
    reach = 1.5 * (high - low)  # so that outliers do not take all colours
    low, high = max(color.whole.low, low - reach), min(color.whole.high, high + reach)
    shares = np.clip((values - low) / ((high - low) or 1.0), 0, 1)
    return (), shares, (low, high), [figure(value, 5) for value in values.tolist()]


def _correlation(data: PreparedData, found: tuple[Description, ...]) -> Related | str:
    kept = measures(found)
    if len(kept) < 2:
        return "A correlation needs two columns of numbers (or of two categories) that are not constant."
    r = correlation([measure.values(data) for measure in kept])
    caption = "Pearson's r, from −1 to 1. Click a cell to see its points."
    if len(kept) > MOST_MEASURES:
        targets = [place for place, own in enumerate(kept) if own.description.column.role == "target"]
        places = strongest(r, MOST_MEASURES, targets.__contains__)
        caption = f"The {MOST_MEASURES} of {len(kept)} columns that go most with the target. {caption}"
        kept, r = [kept[place] for place in places], r[np.ix_(places, places)]
    names = tuple(measure.name for measure in kept)
    columns = tuple(measure.description.column.name for measure in kept)
    short = len(kept) > 12
    texts = [[_r_text(value, short=short) for value in row] for row in r.tolist()]
    tips = [
        [f"{a} and {b}: r = {_r_text(value)}" for b, value in zip(names, row, strict=True)]
        for a, row in zip(names, r.tolist(), strict=True)
    ]
    return Related(Grid(names, names, texts, r, tips), caption, r, (columns, columns))


def _r_text(value: float, *, short: bool = False) -> str:
    if not np.isfinite(value):
        return "–"
    text = f"{round(value, 2) + 0.0:.2f}".replace("-", "−")  # + 0.0: no −0
    return text.replace("0.", ".") if short and text != "0.00" else text


def _means(data: PreparedData, found: tuple[Description, ...], group: Description) -> Related | str:
    numbers = [one for one in found if one.column.is_number and one is not group]
    if not numbers:
        return "There is no column of numbers whose mean could be taken."
    bins = group_bins(group)
    codes = bins.codes(column_values(data, group.column))
    means = group_means([column_values(data, one.column) for one in numbers], codes, len(bins))
    counts = np.bincount(codes[codes >= 0], minlength=len(bins))
    kept = np.sort(np.argsort(-counts, kind="stable")[:MOST_GROUPS])
    numbers, means, counts = numbers[:MOST_GROUPS], means[kept, :MOST_GROUPS], counts[kept]
    spread = np.array([one.whole.std if one.whole.std > 0 else np.nan for one in numbers])
    strengths = (means - np.array([one.whole.mean for one in numbers])) / spread
    rows = tuple(bins.names[k] for k in kept)
    columns = tuple(one.column.name for one in numbers)
    texts = [[f"{count:,}", *map(figure, row)] for count, row in zip(counts.tolist(), means.tolist(), strict=True)]
    tips = [
        [
            f"{group.column.name} {name}: {examples(int(counts[i]))}",
            *(
                f"Mean {column} of {group.column.name} {name}: {figure(means[i, j], 6)}, {figure(strengths[i, j], 2)} "
                f"σ from the mean of all, {figure(numbers[j].whole.mean, 6)}"
                for j, column in enumerate(columns)
            ),
        ]
        for i, name in enumerate(rows)
    ]
    strengths = np.column_stack([np.full(len(rows), np.nan), strengths])
    everything = np.column_stack([counts, means])
    caption = f"Mean of each column by {group.column.name}; blue above and orange below the mean of all, in σ."
    return Related(Grid(rows, ("examples", *columns), texts, strengths, tips), caption, everything)


def _cross(data: PreparedData, first: Description, second: Description) -> Related:
    rows, columns = group_bins(first), group_bins(second)
    counts = cross_table(data, (first.column, rows), (second.column, columns))
    kept = np.sort(np.argsort(-counts.sum(axis=1), kind="stable")[:MOST_GROUPS])
    across = np.sort(np.argsort(-counts.sum(axis=0), kind="stable")[:MOST_GROUPS])
    counts = counts[np.ix_(kept, across)]
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, totals, out=np.full(counts.shape, np.nan), where=totals > 0)
    names, titles = [rows.names[k] for k in kept], [columns.names[k] for k in across]
    texts = [
        [f"{n:,} · {percent(share, 0)}" if total else "0" for n, share in zip(line, own, strict=True)] + [f"{total:,}"]
        for line, own, total in zip(counts.tolist(), shares.tolist(), totals[:, 0].tolist(), strict=True)
    ]
    tips = [
        [
            f"{examples(int(counts[i, j]))} of the {int(totals[i, 0]):,} with {first.column.name} {name} have "
            f"{second.column.name} {title}"
            for j, title in enumerate(titles)
        ]
        + [f"{first.column.name} {name}: {examples(int(totals[i, 0]))}"]
        for i, name in enumerate(names)
    ]
    sums = [f"{n:,}" for n in counts.sum(axis=0).tolist()]
    below = [f"{second.column.name} {title}: {total}" for title, total in zip(titles, sums, strict=True)]
    grid = Grid(
        (*names, "sum"), (*titles, "sum"), [*texts, [*sums, f"{int(counts.sum()):,}"]],
        np.pad(shares, ((0, 1), (0, 1)), constant_values=np.nan),
        [*tips, [*below, examples(int(counts.sum()))]],
    )  # fmt: skip
    caption = f"Rows: {first.column.name}; columns: {second.column.name}. Percent of the row."
    across_all = np.column_stack([counts, counts.sum(axis=1)])
    return Related(grid, caption, np.vstack([across_all, across_all.sum(axis=0)]))
