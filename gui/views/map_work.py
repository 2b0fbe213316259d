"""Long computations of views in short slices, all with one and the same weights. No Qt."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from gui.views.engine import ViewEngine

SLICE = 0.035
"""Seconds after which a computation lets other views have their turn."""
CHANGE = 0.1
"""Relative change of the weights from which a finished result is computed anew."""
SAMPLE = 100_000
"""Weights of which the change is measured."""
WORK = 2.5e7
"""Multiplications in one go: about a hundredth of a second."""

Steps = Iterator[tuple[float, Any]]
"""Yields, after some milliseconds each, the share that is done and the result so far, never changed afterwards."""


@dataclass(frozen=True, eq=False, slots=True)
class Slice:
    """How far a computation is."""

    value: Any
    """The result so far, or the last finished one; None before there is any."""
    share: float
    """From 0 to 1."""
    finished: bool
    step: int
    """The weights are those after so many steps."""


class Work:
    """A computation under way, with the weights there were when it began."""

    def __init__(self, engine: ViewEngine, steps: Steps) -> None:
        """Nothing is computed yet."""
        self._steps = steps
        self._weights = engine.memory.get("weights")
        self._values = engine.network.weights() if self._weights is None else self._weights.values
        self._theta = _sample(engine).copy()
        self.step = engine.step
        self.share = 0.0
        self.value: Any = None
        self.finished = False

    def advance(self, engine: ViewEngine) -> None:
        """Go on for a slice of time. The context gives the engine its own weights again before the next view."""
        if engine.memory.get("weights") is not self._weights:
            engine.set_weights(self._values, self.step)
            engine.memory["weights"] = self._weights
        end = time.perf_counter() + SLICE
        while not self.finished and time.perf_counter() < end:
            try:
                self.share, self.value = next(self._steps)
            except StopIteration:
                self.finished, self.share = True, 1.0

    def change(self, engine: ViewEngine) -> float:
        """‖θ − θ₀‖ / ‖θ₀‖ of the weights since it began."""
        now = _sample(engine)
        with np.errstate(all="ignore"):
            size = float(np.linalg.norm(self._theta))
            moved = float(np.linalg.norm(now - self._theta))
        return moved / size if size > 0 else float(moved > 0)


def _sample(engine: ViewEngine) -> np.ndarray:
    """The weights, or so many of them that a copy costs nothing."""
    theta = engine.network.store.theta
    return np.asarray(engine.network.backend.to_host(theta[:: max(1, theta.size // SAMPLE)]))


@dataclass(slots=True)
class _Kept:
    question: Any
    work: Work
    before: Work | None = None
    """The finished one before it, shown until this one is finished."""


def advance(engine: ViewEngine, name: str, question: Any, start: Callable[[], Steps], *, run: bool = True) -> Slice:
    """Go on with a computation for a slice of time, or begin it; a finished one stays until the weights changed much.

    Args:
        engine: Remembers it.
        name: Under this name; another question under the same name takes its place.
        question: What is computed.
        start: Begins it.
        run: False to see only how far it is.
    """
    kept: _Kept | None = engine.memory.get(name)
    if kept is None or kept.question != question:
        kept = engine.memory[name] = _Kept(question, Work(engine, start()))
    elif run and kept.work.finished and kept.work.change(engine) > CHANGE:
        kept = engine.memory[name] = _Kept(question, Work(engine, start()), kept.work)
    work = kept.work
    if run and not work.finished:
        work.advance(engine)
    shown = work if work.finished or kept.before is None else kept.before
    return Slice(shown.value, work.share, work.finished, shown.step)


def latest(engine: ViewEngine, name: str) -> Any:
    """The result so far of the computation under a name; None where there is none."""
    kept: _Kept | None = engine.memory.get(name)
    return kept.work.value if kept is not None else None


def chunk(multiplications: int, most: int = 64) -> int:
    """Examples to compute in one go."""
    return int(min(max(WORK // max(multiplications, 1), 1), most))
