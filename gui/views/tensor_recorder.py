"""Records the statistics of watched tensors while a network trains, also while no view of them is open."""

from __future__ import annotations

import time
from array import array
from dataclasses import replace
from typing import ClassVar

import numpy as np
from PySide6.QtCore import QObject, Signal

from engine.events import Started
from engine.tensors import Statistics
from gui.views.context import ViewContext
from gui.views.engine import ViewEngine
from gui.views.tensor_answer import Watch, compute_watches

QUANTITIES = {"norm": "Norm", "mean": "Mean", "minimum": "Minimum", "maximum": "Maximum", "zeros": "Share of zeros"}
"""Fields of `Statistics` that are recorded, with their titles."""
LIMIT = 5_000
"""Points of a curve; beyond it, of each four the lowest and the highest stay."""
HIDDEN_SECONDS = 0.25
"""At least so long between two records while nobody looks."""

Record = tuple[int, int, dict[Watch, Statistics]]
"""Number of the run, step, and what was found then."""


class Curve:
    """One number over the steps."""

    def __init__(self) -> None:
        self.steps = array("q")
        self.values = array("d")

    @property
    def end(self) -> int:
        """The last step; −1 when there is none."""
        return self.steps[-1] if self.steps else -1

    def append(self, step: int, value: float) -> None:
        """Add a number; one of the same step is replaced, later ones are forgotten."""
        self.truncate(step - 1)
        self.steps.append(step)
        self.values.append(value)
        if len(self.steps) > LIMIT:
            steps, values = thinned(np.array(self.steps), np.array(self.values))
            self.steps, self.values = array("q", steps.tolist()), array("d", values.tolist())

    def truncate(self, step: int) -> None:
        """Forget what came after a step."""
        while self.steps and self.steps[-1] > step:
            self.steps.pop()
            self.values.pop()

    def at(self, step: float) -> tuple[int, float] | None:
        """The recorded point nearest to a step."""
        if not self.steps:
            return None
        place = int(np.abs(np.array(self.steps) - step).argmin())
        return self.steps[place], self.values[place]

    def drawn(self, limit: int = 800) -> tuple[np.ndarray, np.ndarray]:
        """Steps and values in at most so many points, with every extreme."""
        steps, values = np.array(self.steps, np.float64), np.array(self.values)
        while len(steps) > limit:
            steps, values = thinned(steps, values)
        return steps, values


def thinned(steps: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of each four points the one with the lowest and the one with the highest value; the last few all stay."""
    whole = (len(steps) - 1) // 4 * 4
    rows = values[:whole].reshape(-1, 4)
    lows = np.where(np.isnan(rows), np.inf, rows).argmin(1)
    highs = np.where(np.isnan(rows), -np.inf, rows).argmax(1)
    highs = np.where(highs == lows, (lows + 2) % 4, highs)  # four equal numbers
    first = np.arange(0, whole, 4)
    kept = np.sort(np.stack([first + lows, first + highs], axis=1), axis=1).ravel()
    kept = np.concatenate([kept, np.arange(whole, len(steps))])
    return steps[kept], values[kept]


class Recorder(QObject):
    """The watched tensors of a window and what was recorded of them. Nothing of it is saved.

    It asks the context for its turn like a view, so that it keeps within the time of all views. A new run begins new
    curves; one that goes on after a stop, or goes back to an earlier step, keeps what came before.
    """

    changed = Signal()
    """Other tensors are watched, or the curves were cleared."""
    recorded = Signal()

    follows_weights: ClassVar[bool] = True

    def __init__(self, context: ViewContext) -> None:
        """One for each context: use `recorder_of`."""
        super().__init__(context)
        self._context = context
        self.curves: dict[Watch, dict[str, Curve]] = {}
        """By what is watched and the name of the quantity."""
        self.complaint = ""
        """Why the last record failed."""
        self.is_looked_at = False
        """Somebody sees the curves: record as often as views are drawn."""
        self._recorded_at = 0.0
        self._run = 0
        self._weights_are_old = False
        """A run began, and the context still has the weights of the one before."""
        context.add(self)
        context.problem_changed.connect(self._on_context_problem_changed)
        context.weights_changed.connect(self._on_context_weights_changed)
        context.session.started.connect(self._on_session_started)

    @property
    def watches(self) -> list[Watch]:
        """What is watched, in the order in which it was added."""
        return list(self.curves)

    def is_watching(self, watch: Watch) -> bool:
        """Whether this tensor is recorded with these examples."""
        return any(other.key == watch.key for other in self.curves)

    def add(self, watch: Watch) -> None:
        """Record a tensor from now on."""
        if not self.is_watching(watch):
            self.curves[watch] = {name: Curve() for name in QUANTITIES}
            self.changed.emit()
            self._recorded_at = 0.0
            self._context.ask(self, at_once=True)

    def remove(self, watch: Watch) -> None:
        """Record it no longer, and forget its curve."""
        kept = {other: curve for other, curve in self.curves.items() if other.key != watch.key}
        if len(kept) < len(self.curves):
            self.curves = kept
            self.changed.emit()

    def clear(self) -> None:
        """Watch nothing."""
        self.curves = {}
        self.changed.emit()

    # What the context calls

    @property
    def is_shown(self) -> bool:
        """It is time for another record."""
        if not self.curves:
            return False
        running = self._context.session.state == "running"
        return not running or self.is_looked_at or time.monotonic() - self._recorded_at >= HIDDEN_SECONDS

    def question(self) -> tuple[int, tuple[Watch, ...]] | None:
        """The run, and all that is watched."""
        return (self._run, tuple(self.curves)) if self.curves and not self._weights_are_old else None

    @staticmethod
    def compute(
        engine: ViewEngine, question: tuple[int, tuple[Watch, ...]]
    ) -> tuple[int, int, dict[Watch, Statistics]]:
        """The run, the step and the statistics."""
        run, watches = question
        return (run, *compute_watches(engine, watches))

    def take_answer(self, answer: Record) -> None:
        """Add a point to each curve, unless it is of an earlier run or step (a snapshot that is looked at)."""
        run, step, found = answer
        self.complaint = ""
        numbers_by_key = {watch.key: numbers for watch, numbers in found.items()}
        for watch, curves in self.curves.items():
            numbers = numbers_by_key.get(watch.key)
            for name, curve in curves.items():
                if numbers is not None and run == self._run and step >= curve.end:
                    curve.append(step, getattr(numbers, name))
        self._recorded_at = time.monotonic()
        self.recorded.emit()

    def take_failure(self, error: Exception) -> None:
        """Keep the curves; say why they do not go on."""
        self.complaint = str(error) or type(error).__name__
        self._recorded_at = time.monotonic()
        self.recorded.emit()

    # Slots

    def _on_session_started(self, started: Started) -> None:
        """Steps are counted anew, or from where the run goes on."""
        for curves in self.curves.values():
            for curve in curves.values():
                curve.truncate(started.step if started.step else -1)
        self._run += 1
        self._weights_are_old = True
        self._recorded_at = 0.0
        if self.curves:
            self.changed.emit()

    def _on_context_weights_changed(self) -> None:
        self._weights_are_old = False

    def _on_context_problem_changed(self) -> None:
        """Layers may have other names, or be gone and with them what was watched of them."""
        problem = self._context.problem
        if problem is None or not self.curves:
            return
        titles = {node.id: node.title for node in problem.design.graph.nodes}
        self.curves = {
            replace(watch, title=titles[watch.node]): curves
            for watch, curves in self.curves.items()
            if watch.node in titles
        }
        self.changed.emit()


def recorder_of(context: ViewContext) -> Recorder:
    """The recorder of a window; the first call makes it."""
    found = context.findChild(Recorder)
    return found if isinstance(found, Recorder) else Recorder(context)
