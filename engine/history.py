"""The history of a run: what a project file keeps of it, and the cost plot draws again when the file is opened."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import Any, TextIO

import numpy as np

from engine.events import Changed, Evaluated, Event, Metrics, Progress, Started

BLOCKS_AT_MOST = 20_000
"""Longer runs are kept as extremes and means of blocks of steps."""
STEPS_AT_MOST = 20_000_000
"""A history of more steps is not continued: a few bytes in a file could ask for any amount of memory."""


class HistoryRecorder:
    """Collects the events of a run, or of the next part of a run that was interrupted."""

    def __init__(self, before: dict[str, Any] | None = None) -> None:
        """Start empty, or after what `to_data` returned. Raises ValueError when that cannot be read."""
        self.epochs: list[tuple[int, int, float]] = []
        """(epoch, step, mean cost of its steps) of this part of the run."""
        self._first = 0
        self._block = 1  # of what was read
        self._costs: list[np.ndarray] = []  # each (3, k): mean, lowest and highest of every step
        self._window = 1
        self._points: dict[tuple[str, str], dict[int, float]] = {}
        self._changes: list[dict[str, Any]] = []
        self._parts: dict[str, Metrics] = {}
        if before:
            try:
                self._read(before)
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                raise ValueError(f"The history of the training cannot be read: {error}.") from error

    def append(self, event: Event) -> None:
        """Take from an event what belongs into the history."""
        if isinstance(event, Started):
            self._window = event.steps_per_epoch
            self._start_at(event.step)
        elif isinstance(event, Progress):
            self._costs.append(np.broadcast_to(event.costs, (3, len(event.costs))))
            self.epochs += event.epoch_costs
        elif isinstance(event, Evaluated):
            self._parts = event.parts
            for part, metrics in event.parts.items():
                for name, value in metrics.items():
                    self._points.setdefault((part, name), {})[event.step] = value
        elif isinstance(event, Changed):
            self._changes.append({"step": event.step, "name": event.name, "old": event.old, "new": event.new})

    def to_data(self) -> dict[str, Any]:
        """Plain values: `costs` in blocks of steps, `window` (steps of an epoch), `evaluations`, `changes`, `parts`."""
        return {
            "costs": self._blocks(),
            "window": self._window,
            "evaluations": [
                {"part": part, "metric": metric, "step": list(points), "value": list(points.values())}
                for (part, metric), points in self._points.items()
            ],
            "changes": self._changes,
            "parts": self._parts,
        }

    def write_csv(self, stream: TextIO) -> None:
        """One row an epoch: its mean cost, and the figures of the parts where they were measured."""
        names = list(self._points)
        writer = csv.writer(stream)
        writer.writerow(["epoch", "step", "cost", *("/".join(name) for name in names)])
        for epoch, step, cost in self.epochs:
            writer.writerow([epoch, step, cost, *(self._points[name].get(step, "") for name in names)])

    def _blocks(self) -> dict[str, Any]:
        costs, block = self._all(), 1
        while costs.shape[1] > BLOCKS_AT_MOST:
            block *= 2
            pairs = costs[:, : costs.shape[1] // 2 * 2].reshape(3, -1, 2)
            costs = np.stack([pairs[0].mean(1), pairs[1].min(1), pairs[2].max(1)])
        mean, low, high = costs.tolist()
        data = {"start": self._first, "block": block, "mean": mean}
        return data if block == 1 else data | {"low": low, "high": high}

    def _all(self) -> np.ndarray:
        return np.concatenate([np.empty((3, 0)), *self._costs], axis=1)

    def _read(self, data: dict[str, Any]) -> None:
        costs = data["costs"]
        block, mean = int(costs["block"]), costs["mean"]
        rows = np.array([mean, costs.get("low", mean), costs.get("high", mean)], np.float64)
        if rows.ndim != 2 or not 1 <= block <= STEPS_AT_MOST // max(rows.shape[1], 1):
            raise ValueError("the costs are not lists of numbers, or too many")
        self._first, self._block, self._costs = int(costs["start"]), block, [np.repeat(rows, block, axis=1)]
        self._changes, self._parts = list(data["changes"]), dict(data.get("parts", {}))
        for entry in data["evaluations"]:
            pairs: Iterable[tuple[int, float]] = zip(entry["step"], entry["value"], strict=True)
            self._points[entry["part"], entry["metric"]] = dict(pairs)

    def _start_at(self, step: int) -> None:
        """Forget what came after a step, since it is made again; where steps are missing before it, start here."""
        costs = self._all()[:, : max(step - self._first, 0)]
        gap = step - self._first - costs.shape[1]
        if not costs.shape[1] or not 0 <= gap < self._block:
            self._first, costs = step, costs[:, :0]
        elif gap:  # the rest that filled no block was not kept
            costs = np.concatenate([costs, np.repeat(costs[:, -1:], gap, axis=1)], axis=1)
        self._costs = [costs]
        self._points = {
            name: {at: value for at, value in points.items() if at <= step} for name, points in self._points.items()
        }
        self._changes = [change for change in self._changes if change["step"] <= step]
