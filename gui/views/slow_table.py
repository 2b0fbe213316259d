"""The numbers of slow motion as a table, and whether two states of a run are the same."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.checkpoint import Checkpoint
from engine.slow_motion import SlowStep
from gui.widgets.export import Table

HEADER = (
    "step", "sub-step", "phase", "layer", "sentence", "array", "shape",
    "min", "max", "mean", "norm", "share of zeros",
)  # fmt: skip


def table_of(step: SlowStep) -> Table:
    """A row for each array of each sub-step."""
    rows: list[list[Any]] = []
    for number, part in enumerate(step.substeps, 1):
        begin = [step.step, number, part.phase, part.title, part.sentence]
        for figure in part.figures:
            s, shape = figure.statistics, " x ".join(map(str, figure.shape))
            rows.append([*begin, figure.symbol, shape, s.minimum, s.maximum, s.mean, s.norm, s.zeros])
        if not part.figures:
            rows.append([*begin, *[""] * (len(HEADER) - len(begin))])
    return Table(HEADER, rows)


def is_same_state(a: Checkpoint | None, b: Checkpoint | None) -> bool:
    """Whether the same step follows from both."""
    if a is None or b is None or a is b:
        return a is b
    same = (a.step, a.position, a.seed, a.partial) == (b.step, b.position, b.seed, b.partial)
    equal = a.weights.keys() == b.weights.keys() and all(
        np.array_equal(value, b.weights[name], equal_nan=True) for name, value in a.weights.items()
    )
    return same and equal
