"""Long series of numbers, held so that any stretch can be drawn in any number of columns at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

FACTOR = 4
"""Blocks that the next coarser level joins."""
CAPACITY = 1 << 20
"""Blocks kept; when there are more, pairs of them are joined, so that memory stays bounded."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A stretch of a series in columns."""

    step: np.ndarray
    """Last step of each column."""
    low: np.ndarray
    high: np.ndarray
    mean: np.ndarray
    """Moving average that ends at `step`."""


class _Grown:
    """A float64 array that grows by doubling."""

    def __init__(self) -> None:
        self._array = np.empty(256)
        self.size = 0

    @property
    def values(self) -> np.ndarray:
        return self._array[: self.size]

    def extend(self, values: np.ndarray) -> None:
        need = self.size + len(values)
        if need > len(self._array):
            grown = np.empty(max(need, 2 * len(self._array)))
            grown[: self.size] = self.values
            self._array = grown
        self._array[self.size : need] = values
        self.size = need


class Series:
    """One number per step, from `start` + 1 on, in O(1) a number.

    A block holds the lowest and highest number of `block` steps, one step at first; a running total gives the mean of
    any stretch. Coarser levels hold the extremes of 4, 16, 64 … blocks.
    """

    def __init__(self, start: int = 0, capacity: int = CAPACITY, *, block: int = 1) -> None:
        """Make an empty series.

        Args:
            start: Number of the step before the first.
            capacity: Blocks kept.
            block: Steps of a block.
        """
        self.start = start
        self.generation = 0
        """Rises when blocks that were complete are cut off or joined."""
        self._capacity = capacity
        self._clear(block)

    def _clear(self, block: int) -> None:
        self.generation += 1
        self.block = block
        self.last = float("nan")
        self._lows, self._highs = [_Grown()], [_Grown()]
        self._totals = _Grown()
        self._totals.extend(np.zeros(1))
        self._rest = np.empty(0)

    @property
    def blocks(self) -> int:
        """Number of complete blocks."""
        return self._lows[0].size

    @property
    def end(self) -> int:
        """Number of the last step."""
        return self.start + self.blocks * self.block + len(self._rest)

    @property
    def steps(self) -> int:
        """How many numbers were appended."""
        return self.end - self.start

    @property
    def values(self) -> np.ndarray:
        """The numbers themselves, or the means of the blocks once blocks hold several."""
        return self.means(0, self.blocks)

    def means(self, begin: int, end: int) -> np.ndarray:
        """The means of some blocks, counted from 0."""
        if self.block == 1:
            return self._lows[0].values[begin:end]
        return np.diff(self._totals.values[begin : end + 1]) / self.block

    def append(self, values: np.ndarray) -> None:
        """Add the numbers of the next steps."""
        values = np.asarray(values, np.float64)
        if not len(values):
            return
        self.last = float(values[-1])
        if self.block > 1:
            values = np.concatenate([self._rest, values])
            whole = len(values) // self.block * self.block
            values, self._rest = values[:whole], values[whole:].copy()
            if not whole:
                return
            rows = values.reshape(-1, self.block)
            self._add(rows.min(axis=1), rows.max(axis=1), rows.sum(axis=1))
        else:
            self._add(values, values, values)
        while self.blocks > self._capacity:
            self._coarsen()

    def append_blocks(self, means: np.ndarray) -> None:
        """Add whole blocks that hold one number each; the series keeps them all."""
        self._add(means, means, means * self.block)
        self.last = float(means[-1])

    def _add(self, low: np.ndarray, high: np.ndarray, total: np.ndarray) -> None:
        self._lows[0].extend(low)
        self._highs[0].extend(high)
        finite = np.where(np.isfinite(total), total, 0.0)
        self._totals.extend(self._totals.values[-1] + np.cumsum(finite))
        level = 0
        while True:
            if level + 1 == len(self._lows):
                if self._lows[level].size < FACTOR:
                    break
                self._lows.append(_Grown())
                self._highs.append(_Grown())
            begin, end = self._lows[level + 1].size * FACTOR, self._lows[level].size // FACTOR * FACTOR
            if begin == end:
                break
            self._lows[level + 1].extend(self._lows[level].values[begin:end].reshape(-1, FACTOR).min(axis=1))
            self._highs[level + 1].extend(self._highs[level].values[begin:end].reshape(-1, FACTOR).max(axis=1))
            level += 1

    def _coarsen(self) -> None:
        """Join pairs of blocks. Half of what came before is looked at once more: O(1) a number in the long run."""
        low, high, totals = self._lows[0].values, self._highs[0].values, self._totals.values
        pairs = len(low) // 2
        odd = (float(low[-1]), float(high[-1]), float(totals[-1] - totals[-2])) if len(low) % 2 else None
        low, high = low[: 2 * pairs].reshape(-1, 2).min(axis=1), high[: 2 * pairs].reshape(-1, 2).max(axis=1)
        total, rest, last, block = np.diff(totals[: 2 * pairs + 1 : 2]), self._rest, self.last, self.block
        self._clear(2 * block)
        self.last = last
        self._add(low, high, total)
        if odd is not None:
            low_, high_, total_ = odd
            between = (total_ - low_ - high_) / max(block - 2, 1)
            rest = np.concatenate([[low_, high_, *[between] * (block - 2)] if block > 1 else [low_], rest])
        self._rest = rest
        while len(self._rest) >= self.block:
            rows, self._rest = self._rest[: self.block], self._rest[self.block :]
            self._add(rows.min(keepdims=True), rows.max(keepdims=True), rows.sum(keepdims=True))

    def truncate(self, step: int) -> None:
        """Forget what came after a step; of a block that is cut only the mean is known."""
        keep, cut = divmod(max(0, min(step - self.start, self.steps)), self.block)
        rest = self._rest[:cut] if keep == self.blocks else np.repeat(self.means(keep, keep + 1), cut)
        low, high, totals = self._lows[0].values[:keep], self._highs[0].values[:keep], self._totals.values[: keep + 1]
        total = np.diff(totals)
        self._clear(self.block)
        if keep:
            self._add(low, high, total)
            self.last = float(high[-1])
        self._rest = rest

    def fill_to(self, step: int) -> None:
        """Bridge fewer steps than a block holds with the last mean: files keep whole blocks only."""
        gap = step - self.end
        if gap > 0 and self.blocks:
            last = self._rest[-1:] if len(self._rest) else self.means(self.blocks - 1, self.blocks)
            self.append(np.repeat(last, gap))

    def bounds(self) -> tuple[float, float]:
        """Lowest and highest number of all; (nan, nan) when there is none."""
        if not self.blocks:
            return float("nan"), float("nan")
        envelope = self.envelope(self.start, self.end, 64, 1)
        return float(envelope.low.min()), float(envelope.high.max())

    def envelope(self, first: float, last: float, columns: int, window: int = 1) -> Envelope:
        """Lowest, highest and mean of a stretch of steps, in `columns` to about 4 · `columns` columns.

        Args:
            first: First step.
            last: Last step.
            columns: How many columns there is room for.
            window: Steps over which the mean is taken, at least the width of a column.
        """
        begin = int(np.clip((first - self.start) // self.block - 1, 0, self.blocks))
        end = int(np.clip(-(-(last - self.start) // self.block) + 1, begin, self.blocks))
        level, width = 0, 1
        while (end - begin) // (width * FACTOR) >= columns and level + 1 < len(self._lows):
            level, width = level + 1, width * FACTOR
        begin //= width
        stop = min(-(-end // width), self._lows[level].size)
        low, high = self._lows[level].values[begin:stop], self._highs[level].values[begin:stop]
        edge = np.arange(begin + 1, stop + 1) * width
        if stop * width < end:  # blocks that do not fill a column yet
            low = np.append(low, self._lows[0].values[stop * width : end].min())
            high = np.append(high, self._highs[0].values[stop * width : end].max())
            edge = np.append(edge, end)
        span = max(width, -(-window // self.block))
        totals = self._totals.values
        before = np.maximum(edge - span, 0)
        mean = (totals[edge] - totals[before]) / np.maximum(edge - before, 1) / self.block
        return Envelope(self.start + edge * self.block, low, high, mean)

    def at(self, step: float, window: int = 1) -> tuple[int, float, float] | None:
        """The block at a step: (step, mean of the block, moving average up to it), or None beside the series."""
        index = int((step - self.start - 1) // self.block)
        if not 0 <= index < self.blocks:
            return None
        totals, span = self._totals.values, max(1, -(-window // self.block))
        before = max(index + 1 - span, 0)
        mean = float(totals[index + 1] - totals[before]) / (index + 1 - before) / self.block
        value = float(self._lows[0].values[index]) if self.block == 1 else mean
        return self.start + (index + 1) * self.block, value, mean

    def averages_at(self, steps: np.ndarray, window: int = 1) -> np.ndarray:
        """The moving average at each of some steps; nan beside the series."""
        index = (np.asarray(steps, np.int64) - self.start - 1) // self.block
        known = (index >= 0) & (index < self.blocks)
        ends = np.where(known, index + 1, 1)
        before = np.maximum(ends - max(1, -(-window // self.block)), 0)
        totals = self._totals.values
        if not self.blocks:
            return np.full(len(index), np.nan)
        return np.where(known, (totals[ends] - totals[before]) / (ends - before) / self.block, np.nan)

    def to_data(self, limit: int) -> dict[str, Any]:
        """Plain lists, of at most `limit` blocks; the inverse is `from_data`."""
        low, high, total, block = self._lows[0].values, self._highs[0].values, np.diff(self._totals.values), self.block
        rest = self._rest
        while len(low) > limit:
            pairs = len(low) // 2
            if len(low) % 2:
                rest = np.concatenate([np.repeat(total[-1:] / block, block), rest])
            low, high = low[: 2 * pairs].reshape(-1, 2).min(axis=1), high[: 2 * pairs].reshape(-1, 2).max(axis=1)
            total, block = total[: 2 * pairs].reshape(-1, 2).sum(axis=1), 2 * block
        mean = low if block == 1 else total / block
        data: dict[str, Any] = {"start": self.start, "block": block, "mean": mean.tolist()}
        if block > 1:
            data |= {"low": low.tolist(), "high": high.tolist()}
        return data | {"rest": rest.tolist()} if len(rest) else data

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Series:
        """Inverse of `to_data`. Raises KeyError, TypeError or ValueError where the lists do not fit together."""
        series, block = cls(int(data["start"])), int(data["block"])
        mean = np.asarray(data["mean"], np.float64)
        low = mean if block == 1 else np.asarray(data["low"], np.float64)
        high = mean if block == 1 else np.asarray(data["high"], np.float64)
        if block < 1 or not mean.ndim == 1 or not mean.shape == low.shape == high.shape:
            raise ValueError("The lists of the cost history do not fit together.")
        series._clear(block)
        if len(mean):
            series._add(low, high, mean * block)
            series.last = float(mean[-1])
        rest = np.asarray(data.get("rest", ()), np.float64)
        if rest.ndim != 1 or len(rest) >= block:
            raise ValueError("The rest of the cost history is longer than a block.")
        series._rest = rest
        return series


class Points:
    """Numbers at some steps: few, or so many that every second is left out again and again."""

    LIMIT = 20_000

    def __init__(self) -> None:
        self.steps: list[int] = []
        self.values: list[float] = []

    def append(self, step: int, value: float) -> None:
        """Add a number; one of the same step is replaced, later ones are forgotten."""
        self.truncate(step - 1)
        self.steps.append(step)
        self.values.append(value)
        if len(self.steps) > self.LIMIT:
            self.steps, self.values = self.steps[::2], self.values[::2]

    def truncate(self, step: int) -> None:
        """Forget what came after a step."""
        while self.steps and self.steps[-1] > step:
            self.steps.pop()
            self.values.pop()

    def drawn(self, limit: int = 1_000) -> tuple[np.ndarray, np.ndarray]:
        """The points to draw: all, or evenly some and the last."""
        stride = -(-len(self.steps) // limit) or 1
        steps, values = self.steps[::stride], self.values[::stride]
        if stride > 1 and steps[-1] != self.steps[-1]:
            steps, values = [*steps, self.steps[-1]], [*values, self.values[-1]]
        return np.array(steps, np.float64), np.array(values, np.float64)

    def at(self, step: float) -> tuple[int, float] | None:
        """The last point at or before a step."""
        import bisect

        index = bisect.bisect_right(self.steps, step) - 1
        return (self.steps[index], self.values[index]) if index >= 0 else None
