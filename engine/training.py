"""Training: a generator of events, with or without a window."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, nullcontext
from typing import Any

import numpy as np

from engine.backend import BackendName, flush_denormals
from engine.checkpoint import Checkpoint
from engine.control import Control
from engine.data import PreparedData, prepare
from engine.design import Design
from engine.divergence import describe_overflow
from engine.events import (
    Changed,
    Checkpointed,
    Diverged,
    Evaluated,
    Event,
    Finished,
    Metrics,
    Notice,
    Paused,
    Progress,
    Resumed,
    Started,
    Weights,
)
from engine.feed import EVALUATED_AT_MOST, Feed, evaluate
from engine.memory import check_memory
from engine.network import Network, compile_design
from engine.plan import DesignError, make_plan
from engine.settings import TrainingSettings
from engine.statistics import set_statistics
from engine.stepper import Snapshot, Stepper
from engine.weight_edits import WeightEdit, edit_network

GOOD_EVERY = 0.25
"""Seconds between the snapshots that a diverged run goes back to."""
THREADS_PAY_ABOVE = 1e7
"""Multiply–accumulate steps of the largest matrix product from which a second processor helps (docs/speed)."""


def train(
    design: Design,
    data: PreparedData | None = None,
    *,
    backend: BackendName = "numpy",
    control: Control | None = None,
    checkpoint: Checkpoint | None = None,
    slice_seconds: float = 0.02,
) -> Iterator[Event]:
    """Train a design and report what happens.

    Args:
        design: Its training settings decide everything; `design.data` is loaded when `data` is not given.
        data: Prepared data.
        backend: "numpy" or "cupy".
        control: Steers the run from another thread.
        checkpoint: Go on from here.
        slice_seconds: About how often control comes back to the caller while nothing else happens.

    Raises:
        DesignError, DataError, BackendError: before the first event; the message is a plain sentence.
    """
    return Trainer(design, data, backend=backend, control=control, checkpoint=checkpoint).run(slice_seconds)


class Trainer:
    """One run: a network, data, and the position in between."""

    def __init__(
        self,
        design: Design,
        data: PreparedData | None = None,
        *,
        backend: BackendName = "numpy",
        control: Control | None = None,
        checkpoint: Checkpoint | None = None,
        network: Network | None = None,
    ) -> None:
        """Compile and allocate. Raises DesignError, DataError or BackendError."""
        self.design = design
        make_plan(design.graph).require()
        self.data = prepare(design.data) if data is None else data
        if network is None:
            check_memory(design, self.data, backend)
        self.network = network or compile_design(design, backend=backend)
        self.control = control or Control()
        self.feeds = {name: Feed.of(self.network, part) for name, part in self.data.parts.items()}
        self.last_parts: dict[str, Metrics] = {}
        """Figures of the last evaluation."""
        self._stepper = Stepper(self.network, self.feeds["train"], design.training)
        self._good: list[Snapshot] = []
        self._good_at = 0.0
        if checkpoint is not None:
            self._stepper.restore(checkpoint)
        if checkpoint is None or checkpoint.partial:
            set_statistics(self.network, self.feeds["train"])

    @property
    def settings(self) -> TrainingSettings:
        """The settings in force; live changes replace them."""
        return self._stepper.settings

    @property
    def step(self) -> int:
        """Optimizer steps made."""
        return self._stepper.step

    @property
    def epoch(self) -> int:
        """Epochs finished."""
        return self._stepper.epoch

    @property
    def steps_per_epoch(self) -> int:
        """Optimizer steps in one epoch; the last batch may be smaller."""
        return self._stepper.steps_per_epoch

    def checkpoint(self) -> Checkpoint:
        """The state between two steps."""
        return self._stepper.checkpoint()

    def run(self, slice_seconds: float = 0.02) -> Iterator[Event]:
        """Train to the end and report; see `train`."""
        started = time.perf_counter()
        with self._threads(), closing(self._stepper):
            yield self._started()
            yield from self._notices()
            self._remember()
            yield from self._steps(slice_seconds)
            yield from self._edit_weights(self.control.take().weight_edits)  # those that came with the last step
            yield Checkpointed(self.step, self.epoch, self.checkpoint())
            stopped = self.epoch < self.settings.epochs
            yield Finished(self.step, self.epoch, stopped, time.perf_counter() - started, self.last_parts)

    def _steps(self, slice_seconds: float) -> Iterator[Event]:
        """All steps, up to the last epoch, a stop or a divergence."""
        while not self._is_over:
            if self.control.waiting:
                yield from self._obey()
                if self._is_over:
                    break
            progress, is_finite = self._slice(slice_seconds)
            if len(progress.costs):
                yield progress
            if not is_finite:
                yield self._go_back(bad=self.step)
                return
            if self._is_evaluation_due():
                yield self._evaluate(EVALUATED_AT_MOST)
        final = self._evaluate(None) if self.epoch >= self.settings.epochs else None
        ruined = final is not None and not math.isfinite(final.parts["train"]["cost"])
        if ruined or not self._stepper.has_finite_weights():  # by the last update, and no later cost told
            yield self._go_back(bad=self.step + 1)
        elif final is not None:
            self.last_parts = final.parts
            yield final

    @property
    def _is_over(self) -> bool:
        return self.control.stopped or self.epoch >= self.settings.epochs

    # One slice of steps

    def _slice(self, seconds: float) -> tuple[Progress, bool]:
        """Steps until the time is up, an epoch ends with an evaluation due, or somebody asks for something.

        Returns:
            The costs, and whether all is well; if not, the cost of the last step was not finite.
        """
        costs: list[float] = []
        epochs: list[tuple[int, int, float]] = []
        stepper, control, clock = self._stepper, self.control, time.perf_counter
        deadline = clock() + seconds
        with np.errstate(all="ignore"), flush_denormals():
            while True:
                cost = stepper.one_step()
                if not math.isfinite(cost):
                    return Progress(self.step - 1, self.epoch, np.array(costs), tuple(epochs)), False
                costs.append(cost)
                epoch_ended = stepper.is_epoch_over
                if epoch_ended:
                    epochs.append(stepper.end_epoch())
                if control.waiting:
                    control.count_step()
                    break
                if clock() >= deadline or (epoch_ended and (self._is_over or self._is_evaluation_due())):
                    break
        if self._good[-1].step + 1 < self.step and clock() - self._good_at > GOOD_EVERY:
            self._remember()
        return Progress(self.step, self.epoch, np.array(costs), tuple(epochs)), True

    # Settings and requests

    def _obey(self) -> Iterator[Event]:
        """Do what was asked; a paused run waits here."""
        said_paused = False
        while True:
            requests = self.control.take()
            if requests.settings is not None:
                yield from self._change_settings(requests.settings)
            for name, value in requests.live.items():
                yield from self._change_live(name, value)
            yield from self._edit_weights(requests.weight_edits)
            if requests.weights or requests.weight_edits:
                yield Weights(self.step, self.epoch, self.network.weights())
            if requests.checkpoint:
                yield Checkpointed(self.step, self.epoch, self.checkpoint())
            if not self.control.paused or self.control.stopped:
                break
            if not said_paused:
                said_paused = True
                yield Paused(self.step, self.epoch)
            self.control.wait()
        if said_paused and not self.control.stopped:
            yield Resumed(self.step, self.epoch)

    def _change_settings(self, settings: TrainingSettings) -> Iterator[Event]:
        old = self.settings
        live = {d.name: getattr(settings, d.name) for d in TrainingSettings.fields() if d.live}
        live["optimizer"] = settings.optimizer
        new = old.replace(**live)
        changes = _describe_changes(old, new)
        if not changes:
            return
        try:
            self._stepper.configure(new)
        except DesignError as error:
            yield Notice(self.step, self.epoch, f"{error} The run goes on as before.")
            return
        self._remember()
        for name, before, after in changes:
            yield Changed(self.step, self.epoch, name, before, after)
        if old.batch_size != new.batch_size:
            yield from self._notices()

    def _change_live(self, name: str, value: float) -> Iterator[Event]:
        if name not in self.network.store.live:
            yield Notice(self.step, self.epoch, f"The running network has no setting '{name}'; nothing was changed.")
            return
        before = float(self.network.store.live[name])
        if before == self.network.dtype.type(value):
            return
        try:
            self.network.set_live(name, value)
        except ValueError as error:
            yield Notice(self.step, self.epoch, f"{error} Nothing was changed.")
            return
        self._remember()
        yield Changed(self.step, self.epoch, name, f"{before:.6g}", f"{value:.6g}")

    def _edit_weights(self, edits: list[WeightEdit]) -> Iterator[Event]:
        for event in edit_network(self.network, edits, self.step, self.epoch):
            self._remember()
            yield event

    # Reports

    def _started(self) -> Started:
        settings = self.settings
        left = max(settings.epochs - self.epoch, 0) * self.steps_per_epoch
        return Started(
            self.step,
            self.epoch,
            seed=settings.seed,
            backend=self.network.backend.describe(),
            dtype=settings.dtype,
            steps_per_epoch=self.steps_per_epoch,
            total_steps=self.step + left,
            parameters=self.network.plan.parameter_count,
            notices=self.data.notices,
        )

    def _notices(self) -> Iterator[Event]:
        m = self._stepper.m
        if self.settings.batch_size > m:
            message = (
                f"The training part has {m} examples, fewer than the batch size {self.settings.batch_size}; "
                "every step takes all of them."
            )
            yield Notice(self.step, self.epoch, message)

    def _is_evaluation_due(self) -> bool:
        """Whether the parts are to be measured now; it depends on counts alone, so that runs repeat exactly."""
        at_step, at_epoch = self._stepper.evaluated
        if self._stepper.position or self.epoch == at_epoch or self.epoch >= self.settings.epochs:
            return False
        if self.settings.evaluate_every:
            return self.epoch - at_epoch >= self.settings.evaluate_every
        m = self._stepper.m
        examined = min(m, EVALUATED_AT_MOST) + (self.feeds["dev"].m if "dev" in self.feeds else 0)
        learned = (self.epoch - at_epoch) * m
        return learned >= 6 * examined and self.step - at_step >= max(100, self.step // 500)

    def _evaluate(self, limit: int | None) -> Evaluated:
        names = [name for name in self.feeds if limit is None or name != "test"]
        with np.errstate(all="ignore"):
            parts = {}
            for name in names:
                parts[name] = evaluate(self.network, self.feeds[name], self.data, limit if name == "train" else None)
        self._stepper.evaluated = (self.step, self.epoch)
        if limit is not None:
            self.last_parts = parts
        return Evaluated(self.step, self.epoch, parts)

    def _threads(self) -> AbstractContextManager[Any]:
        """One BLAS thread for small products: there a second one costs more than it brings."""
        backend = self.network.backend
        if not backend.on_host:
            return nullcontext()
        mixes = self._stepper.mixes
        program = self.network.program(self._stepper.batch_size, training=True, backward=True, shares=mixes).program
        operations = list(program.operations())
        largest = max((operation.multiplications for operation in operations), default=0)
        own_threads = any(operation.kind.startswith("convolution") for operation in operations)
        if largest > THREADS_PAY_ABOVE and not own_threads:
            return nullcontext()
        from threadpoolctl import threadpool_limits

        return threadpool_limits(1, "blas")

    # Going back

    def _remember(self) -> None:
        """Keep a snapshot; the last two are enough to reach any step before a divergence."""
        self._good_at = time.perf_counter()
        if self._good and self._good[-1].step == self.step:
            self._good.pop()  # a change of settings at the same step; the one before must stay
        self._good = [*self._good[-1:], self._stepper.snapshot()]

    def _go_back(self, bad: int) -> Diverged:
        """Return to the last weights with a finite cost, and say where the numbers overflowed.

        The bad cost belongs to step `bad`, so the step before made the bad weights. From a snapshot the run is
        repeated up to that step, which is exact, and the step is then made one operation at a time.
        """
        stepper, settings = self._stepper, self.settings
        good = max(bad - 2, 0)
        stepper.recall(next((snapshot for snapshot in reversed(self._good) if snapshot.step <= good), self._good[0]))
        overflow = None
        with np.errstate(all="ignore"), flush_denormals():
            while stepper.step < good:
                stepper.advance()
            last_good = stepper.snapshot()
            while overflow is None and stepper.step < bad:
                overflow = stepper.watched_step()
        stepper.recall(last_good)
        message, node, tensor = describe_overflow(self.network, overflow, bad, self.step, settings)
        return Diverged(self.step, self.epoch, message, node, tensor, self.step)


def _describe_changes(old: TrainingSettings, new: TrainingSettings) -> list[tuple[str, str, str]]:
    changes = []
    if type(old.optimizer) is not type(new.optimizer):
        changes.append(("optimizer", old.optimizer.label, new.optimizer.label))
    else:
        changes += _field_changes(old.optimizer, new.optimizer)
    changes += [change for change in _field_changes(old, new) if change[0] != "Optimizer"]
    return changes


def _field_changes(old: Any, new: Any) -> list[tuple[str, str, str]]:
    pairs = ((d.label, getattr(old, d.name), getattr(new, d.name)) for d in type(old).fields())
    return [(label, _text(before), _text(after)) for label, before, after in pairs if before != after]


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(item.label for item in value if item.on) or "none"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
