"""What a run shows in numbers: how far it is, how fast, and how well the network does."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from engine.events import Metrics
from gui.widgets.numbers import format_number

WINDOW = 2.0
"""Seconds over which the speed is averaged."""


class RunClock:
    """Speed and times of a run, from the step counts that arrive. It knows no widget."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._marks: deque[tuple[float, int]] = deque()
        self._elapsed = 0.0
        self._since: float | None = None
        self.step = 0
        self.epoch = 0
        self.steps_per_epoch = 1

    def reset(self) -> None:
        """A new run begins."""
        self.__init__(self._clock)

    def begin(self, step: int, epoch: int, steps_per_epoch: int) -> None:
        """The run starts, or goes on, at this step."""
        self.step, self.epoch, self.steps_per_epoch = step, epoch, max(steps_per_epoch, 1)
        self._marks.clear()
        self._marks.append((self._clock(), step))

    def set_running(self, running: bool) -> None:
        """Time passes only while running."""
        if running and self._since is None:
            self._since = self._clock()
            self._marks.clear()
            self._marks.append((self._since, self.step))
        elif not running and self._since is not None:
            self._elapsed += self._clock() - self._since
            self._since = None

    def advance(self, step: int, epoch: int) -> None:
        """So many steps are done."""
        self.step, self.epoch = step, epoch
        now = self._clock()
        self._marks.append((now, step))
        while len(self._marks) > 2 and now - self._marks[0][0] > WINDOW:
            self._marks.popleft()

    @property
    def elapsed(self) -> float:
        """Seconds of training so far."""
        return self._elapsed + (self._clock() - self._since if self._since is not None else 0.0)

    @property
    def speed(self) -> float:
        """Steps a second of late; 0 while unknown."""
        if len(self._marks) < 2:
            return 0.0
        (t0, s0), (t1, s1) = self._marks[0], self._marks[-1]
        return (s1 - s0) / (t1 - t0) if t1 > t0 else 0.0

    def seconds_left(self, epochs: int) -> float | None:
        """Until all epochs are done at this speed; None while unknown."""
        speed = self.speed
        return max(epochs * self.steps_per_epoch - self.step, 0) / speed if speed else None


def duration(seconds: float | None) -> str:
    """A time as 4.2 s, 1:05, or 2:03:20; a dash while unknown."""
    if seconds is None:
        return "–"
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    hours, rest = divmod(whole, 3600)
    if hours >= 1000:
        return "> 1000 h"
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def cost_text(metrics: Metrics | None) -> str:
    """The cost in four digits."""
    if not metrics or "cost" not in metrics:
        return "–"
    cost = metrics["cost"]
    return f"{cost:.4f}" if 1e-3 <= abs(cost) < 100 else format_number(float(f"{cost:.3g}"))


SECOND = (("accuracy", "Accuracy"), ("r2", "R²"), ("mae", "Mean abs. error"))
"""Metrics that stand beside the cost; the first that a network has is shown."""


def second_metric(metrics: Metrics | None) -> tuple[str, str]:
    """Title and text of the metric that stands beside the cost."""
    for key, title in SECOND:
        if metrics and key in metrics:
            value = metrics[key]
            return title, f"{value:.1%}".replace("%", " %") if key == "accuracy" else f"{value:.3g}"
    return "Accuracy", "–"
