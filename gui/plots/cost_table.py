"""The numbers of the cost plot as rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gui.plots.captions import metric_title
from gui.plots.cost_controls import CostView
from gui.plots.curves import SAVED_BLOCKS
from gui.plots.ghosts import Ghost
from gui.plots.lazy_rows import LazyRows
from gui.widgets.export import Table


def cost_table(current: Ghost, ghosts: Sequence[Ghost], view: CostView) -> Table:
    """A row for every step at which something is known of a run; of more than 20,000 steps, one for every block."""
    runs = [*ghosts, current]
    figures = list(dict.fromkeys(key for run in runs for key in run.history.evaluations))
    titles = [f"{part} {'cost' if name == 'cost' else metric_title(name)}" for part, name in figures]
    header = ["run", "step", "epoch", "cost", "lowest", "highest", "smoothed", *titles, "change"]
    return Table(header, LazyRows(lambda: [row for run in runs for row in _rows(run, figures, view)]))


def _rows(run: Ghost, figures: list[tuple[str, str]], view: CostView) -> list[list[Any]]:
    history = run.history
    data = history.costs.to_data(SAVED_BLOCKS)
    block, mean = data["block"], data["mean"]
    ends = (data["start"] + block * np.arange(1, len(mean) + 1)).tolist()
    costs = dict(zip(ends, zip(mean, data.get("low", mean), data.get("high", mean), strict=True), strict=True))
    points = [
        dict(zip(found.steps, found.values, strict=True)) if (found := history.evaluations.get(key)) else {}
        for key in figures
    ]
    changes: dict[int, str] = {}
    for mark in history.marks:
        changes[mark.step] = "; ".join(filter(None, [changes.get(mark.step), mark.text]))
    steps = sorted({*costs, *changes, *(step for found in points for step in found)})
    smoothed = _smoothed(run, np.array(steps, np.int64), view)
    nothing = ("", "", "")
    return [
        [
            run.title, step, step / history.window, *costs.get(step, nothing), "" if average != average else average,
            *(found.get(step, "") for found in points), changes.get(step, ""),
        ]
        for step, average in zip(steps, smoothed.tolist(), strict=True)
    ]  # fmt: skip


def _smoothed(run: Ghost, steps: np.ndarray, view: CostView) -> np.ndarray:
    if view.mode == "weighted":
        return run.smoothed(view.smoothing).averages_at(steps)
    if view.mode == "epoch":
        return run.history.costs.averages_at(steps, run.history.window)
    return np.full(len(steps), np.nan)
