"""The numbers behind the cost plot, without any drawing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.events import Changed, Evaluated, Progress
from gui.plots.series import Points, Series

SAVED_BLOCKS = 20_000
"""Longer histories are saved as extremes and means of blocks."""


@dataclass(slots=True)
class Mark:
    """A live change: where, and from what to what."""

    step: int
    name: str
    old: str
    new: str

    @property
    def text(self) -> str:
        """What stands at the line."""
        return f"{self.name} {self.old} → {self.new}"

    @property
    def sentence(self) -> str:
        """The same with its place."""
        return f"{self.text} at {self.step:,}"


class CostHistory:
    """Costs of a run by step, evaluations by part and metric, and live changes."""

    def __init__(self) -> None:
        self.costs = Series()
        self.window = 1
        """Steps of the moving average: one epoch."""
        self.evaluations: dict[tuple[str, str], Points] = {}
        """By part and metric, such as ("dev", "cost")."""
        self.marks: list[Mark] = []
        self._epoch_step = 0

    def __bool__(self) -> bool:
        return bool(self.costs.steps or self.evaluations)

    @property
    def end(self) -> int:
        """The last step known."""
        return max([self.costs.end, *(points.steps[-1] for points in self.evaluations.values() if points.steps)])

    @property
    def metrics(self) -> list[str]:
        """Names of the metrics other than the cost, in the order they came."""
        return list(dict.fromkeys(name for _, name in self.evaluations if name != "cost"))

    def append_progress(self, progress: Progress) -> None:
        """Add costs; where steps are made again, they replace the old ones."""
        first = progress.step - len(progress.costs)
        if 0 < first - self.costs.end < self.costs.block:
            self.costs.fill_to(first)
        if not self.costs.steps or first > self.costs.end:
            self.costs = Series(first)
        elif first < self.costs.end:
            self.truncate(first)
        self.costs.append(progress.costs)
        for _, step, _ in progress.epoch_costs:
            if 0 < self._epoch_step < step:
                self.window = step - self._epoch_step
            elif self._epoch_step == 0 and first <= step and self.costs.start == 0 and self.window == 1:
                self.window = step
            self._epoch_step = step

    def append_evaluation(self, evaluated: Evaluated) -> None:
        """Add the figures of every part."""
        for part, metrics in evaluated.parts.items():
            for name, value in metrics.items():
                self.evaluations.setdefault((part, name), Points()).append(evaluated.step, value)

    def mark(self, changed: Changed) -> Mark:
        """Add a live change; those that a slider makes one after another become one."""
        near = max(50, self.end // 40)
        last = self.marks[-1] if self.marks else None
        if last is not None and last.name == changed.name and 0 <= changed.step - last.step <= near:
            last.new = changed.new
            return last
        self.marks.append(Mark(changed.step, changed.name, changed.old, changed.new))
        return self.marks[-1]

    def truncate(self, step: int) -> None:
        """Forget what came after a step: the run went back."""
        self.costs.truncate(step)
        for points in self.evaluations.values():
            points.truncate(step)
        self.marks = [mark for mark in self.marks if mark.step <= step]
        self._epoch_step = 0

    def to_data(self, points_at_most: int = SAVED_BLOCKS) -> dict[str, Any]:
        """Plain values for a project file; fewer points make a coarser copy, quickly."""
        strides = {key: -(-len(points.steps) // points_at_most) or 1 for key, points in self.evaluations.items()}
        if points_at_most >= SAVED_BLOCKS:
            strides = dict.fromkeys(strides, 1)
        return {
            "costs": self.costs.to_data(points_at_most),
            "window": self.window,
            "evaluations": [
                {"part": part, "metric": metric, "step": steps, "value": values}
                for (part, metric), points in self.evaluations.items()
                for stride in (strides[part, metric],)
                for steps, values in ((list(points.steps)[::stride], list(points.values)[::stride]),)
            ],
            "changes": [{"step": m.step, "name": m.name, "old": m.old, "new": m.new} for m in self.marks],
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> CostHistory:
        """Inverse of `to_data`. Raises ValueError with a plain sentence."""
        history = cls()
        try:
            history.costs = Series.from_data(data["costs"])
            history.window = max(1, int(data["window"]))
            for entry in data["evaluations"]:
                points = history.evaluations[(str(entry["part"]), str(entry["metric"]))] = Points()
                for step, value in zip(entry["step"], entry["value"], strict=True):
                    points.append(int(step), float(value))
            for entry in data["changes"]:
                history.marks.append(Mark(int(entry["step"]), str(entry["name"]), str(entry["old"]), str(entry["new"])))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"The history of the training cannot be read: {error}.") from error
        return history
