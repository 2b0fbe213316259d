"""Training: a generator of events, with or without a window."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.backend import BackendName, flush_denormals
from engine.checkpoint import Checkpoint
from engine.compiler import BoundProgram
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
from engine.feed import Feed, evaluate
from engine.network import Network, compile_design
from engine.settings import TrainingSettings

EVALUATED_AT_MOST = 5_000
"""Training examples measured in between; the final figures are of all."""
GOOD_EVERY = 0.25
"""Seconds between the snapshots that a diverged run goes back to."""
THREADS_PAY_ABOVE = 3e7
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


@dataclass(slots=True)
class _Stage:
    """All that one step of a given batch size runs."""

    gathers: list[tuple[Callable[..., Any], Any]]
    calls: list[Callable[[], Any]]
    cost: Any
    penalty: Any | None
    program: BoundProgram


@dataclass(slots=True)
class _Snapshot:
    """The raw state of a run, to go back to within this process."""

    step: int
    epoch: int
    position: int
    arrays: list[np.ndarray]
    updater_step: int
    batches: dict[str, Any]
    dropout: dict[str, Any]
    epoch_cost: tuple[float, int]


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
        self.settings: TrainingSettings = design.training
        self.network = network or compile_design(design, backend=backend)
        self.data = prepare(design.data) if data is None else data
        self.control = control or Control()
        self.feeds = {name: Feed.of(self.network, part) for name, part in self.data.parts.items()}
        self.step = 0
        self.epoch = 0
        self.last_parts: dict[str, Metrics] = {}
        self._m = self.feeds["train"].m
        self._updater = self.network.updater
        self._batches = np.random.default_rng([self.settings.seed, 2])
        self._epoch_state = self._batches.bit_generator.state
        self._order: np.ndarray | None = None
        self._position = 0
        self._epoch_cost = (0.0, 0)
        self._evaluated = (0, 0)
        self._stages: dict[int, _Stage] = {}
        self._good: list[_Snapshot] = []
        self._configure()
        if checkpoint is not None:
            self._restore(checkpoint)

    @property
    def batch_size(self) -> int:
        """Examples of a full batch: all of the training part for 0, and never more than it has."""
        return min(self.settings.batch_size or self._m, self._m)

    @property
    def steps_per_epoch(self) -> int:
        """Optimizer steps in one epoch; the last batch may be smaller."""
        return -(-self._m // self.batch_size)

    def run(self, slice_seconds: float = 0.02) -> Iterator[Event]:
        """Train to the end and report; see `train`."""
        started = time.perf_counter()
        with self._threads():
            yield self._started()
            yield from self._notices()
            self._remember()
            while self.epoch < self.settings.epochs and not self.control.stopped:
                if self.control.waiting:
                    yield from self._obey()
                    if self.control.stopped:
                        break
                event = self._slice(slice_seconds)
                if isinstance(event, Diverged):
                    yield event
                    yield Checkpointed(self.step, self.epoch, self.checkpoint())
                    yield Finished(self.step, self.epoch, True, time.perf_counter() - started, self.last_parts)
                    return
                yield event
                if self._is_evaluation_due():
                    yield self._evaluate(EVALUATED_AT_MOST)
            stopped = self.control.stopped and self.epoch < self.settings.epochs
            if not stopped:
                yield self._evaluate(None)
            yield Checkpointed(self.step, self.epoch, self.checkpoint())
            yield Finished(self.step, self.epoch, stopped, time.perf_counter() - started, self.last_parts)

    # One slice of steps

    def _slice(self, seconds: float) -> Event:
        """Steps until the time is up, an epoch ends with an evaluation due, or somebody asks for something."""
        costs: list[float] = []
        epochs: list[tuple[int, int, float]] = []
        control, clock = self.control, time.perf_counter
        deadline = clock() + seconds
        with np.errstate(all="ignore"), flush_denormals():
            while True:
                cost = self._one_step()
                if not math.isfinite(cost):
                    return self._go_back()
                costs.append(cost)
                if self._position >= self._m:
                    epochs.append(self._end_epoch())
                    if self.epoch >= self.settings.epochs or self._is_evaluation_due():
                        break
                if control.waiting:
                    control.count_step()
                    break
                if clock() >= deadline:
                    break
        if self._good[-1].step + 1 < self.step and clock() - self._good_at > GOOD_EVERY:
            self._remember()
        return Progress(self.step, self.epoch, np.array(costs), tuple(epochs))

    def _one_step(self) -> float:
        if self._position == 0:
            self._begin_epoch()
        size = min(self.batch_size, self._m - self._position)
        stage = self._stages.get(size) or self._make_stage(size)
        if stage.gathers:
            assert self._order is not None
            rows = self._order[self._position : self._position + size]
            for take, out in stage.gathers:
                take(rows, 0, out, "clip")
        self._updater.advance()
        for call in stage.calls:
            call()
        cost = stage.cost.item()
        if stage.penalty is not None:
            cost += stage.penalty.item()
        self.step += 1
        self._position += size
        total, count = self._epoch_cost
        self._epoch_cost = (total + cost, count + 1)
        return cost

    def _begin_epoch(self) -> None:
        self._epoch_state = self._batches.bit_generator.state
        self._draw_order()

    def _draw_order(self) -> None:
        order = self._batches.permutation(self._m) if self.settings.shuffle else np.arange(self._m)
        self._order = order if self.network.backend.on_host else self.network.backend.to_device(order)

    def _end_epoch(self) -> tuple[int, int, float]:
        total, count = self._epoch_cost
        self.epoch += 1
        self._position = 0
        self._epoch_cost = (0.0, 0)
        return self.epoch, self.step, total / count

    def _make_stage(self, size: int) -> _Stage:
        program = self.network.program(size, training=True, backward=True)
        feed = self.feeds["train"]
        calls = program.callables("forward", "target", "cost", "backward") + self._updater.callables(size)
        take = self._take if self.network.backend.on_host else self._take_on_device
        gathers = [(take(array), program.array(name)) for name, array in feed.arrays.items()]
        stage = _Stage(gathers, calls, program.array("cost"), self._updater.penalty_array, program)
        self._stages[size] = stage
        return stage

    @staticmethod
    def _take(array: Any) -> Callable[..., Any]:
        return array.take

    def _take_on_device(self, array: Any) -> Callable[..., Any]:
        """CuPy's take knows no mode; indices are never out of range here."""
        return lambda rows, axis, out, mode: self.network.backend.xp.take(array, rows, axis, out)

    # Settings and requests

    def _configure(self) -> None:
        """Bind optimizer and penalty anew; batches of the current sizes are put together again when next used."""
        settings = self.settings
        self._updater.configure(settings.optimizer, settings.l2, settings.l1)
        self._stages.clear()

    def _obey(self) -> Iterator[Event]:
        """Do what was asked; a paused run waits here."""
        said_paused = False
        while True:
            requests = self.control.take()
            if requests.settings is not None:
                yield from self._change_settings(requests.settings)
            for name, value in requests.live.items():
                yield from self._change_live(name, value)
            if requests.weights:
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
        self.settings = old.replace(**live)
        changes = _describe_changes(old, self.settings)
        if not changes:
            return
        self._configure()
        self._remember()
        for name, before, after in changes:
            yield Changed(self.step, self.epoch, name, before, after)
        if old.batch_size != self.settings.batch_size:
            yield from self._notices()

    def _change_live(self, name: str, value: float) -> Iterator[Event]:
        if name not in self.network.store.live:
            yield Notice(self.step, self.epoch, f"The running network has no setting '{name}'; nothing was changed.")
            return
        before = float(self.network.store.live[name])
        if before == value:
            return
        self.network.set_live(name, value)
        self._remember()
        yield Changed(self.step, self.epoch, name, f"{before:.6g}", f"{value:.6g}")

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
        if self.settings.batch_size > self._m:
            message = (
                f"The training part has {self._m} examples, fewer than the batch size {self.settings.batch_size}; "
                "every step takes all of them."
            )
            yield Notice(self.step, self.epoch, message)

    def _is_evaluation_due(self) -> bool:
        """Whether the parts are to be measured now; it depends on counts alone, so that runs repeat exactly."""
        at_step, at_epoch = self._evaluated
        if self._position or self.epoch == at_epoch or self.epoch >= self.settings.epochs:
            return False
        if self.settings.evaluate_every:
            return self.epoch - at_epoch >= self.settings.evaluate_every
        examined = min(self._m, EVALUATED_AT_MOST) + (self.feeds["dev"].m if "dev" in self.feeds else 0)
        learned = (self.epoch - at_epoch) * self._m
        return learned >= 3 * examined and self.step - at_step >= max(100, self.step // 500)

    def _evaluate(self, limit: int | None) -> Evaluated:
        names = [name for name in self.feeds if limit is None or name != "test"]
        with np.errstate(all="ignore"):
            parts = {}
            for name in names:
                parts[name] = evaluate(self.network, self.feeds[name], self.data, limit if name == "train" else None)
        self._evaluated = (self.step, self.epoch)
        self.last_parts = parts
        return Evaluated(self.step, self.epoch, parts)

    def _threads(self) -> AbstractContextManager[Any]:
        """One BLAS thread for small products: there a second one costs more than it brings."""
        backend = self.network.backend
        if not backend.on_host:
            return nullcontext()
        program = self.network.program(self.batch_size, training=True, backward=True).program
        largest = max((operation.multiplications for operation in program.operations()), default=0)
        if largest > THREADS_PAY_ABOVE:
            return nullcontext()
        from threadpoolctl import threadpool_limits

        return threadpool_limits(1, "blas")

    # Going back

    def _remember(self) -> None:
        """Keep a snapshot; the last two are enough to reach any step before a divergence."""
        self._good_at = time.perf_counter()
        host = self.network.backend.to_host
        self._good.append(
            _Snapshot(
                self.step,
                self.epoch,
                self._position,
                [host(array) for array in self._raw_arrays()],
                self._updater.step,
                self._epoch_state,
                self.network.random.bit_generator.state,
                self._epoch_cost,
            )
        )
        del self._good[:-2]

    def _raw_arrays(self) -> list[Any]:
        store = self.network.store
        return [store.theta, *store.state.values(), *self._updater.slots.values()]

    def _recall(self, snapshot: _Snapshot) -> None:
        self.step, self.epoch, self._position = snapshot.step, snapshot.epoch, snapshot.position
        for array, value in zip(self._raw_arrays(), snapshot.arrays, strict=True):
            array[...] = self.network.backend.to_device(value)
        self._updater.step = snapshot.updater_step
        self._updater.refresh()
        self._epoch_cost = snapshot.epoch_cost
        self.network.random.bit_generator.state = snapshot.dropout
        self._batches.bit_generator.state = self._epoch_state = snapshot.batches
        if self._position:
            self._draw_order()

    def _go_back(self) -> Diverged:
        """Return to the last weights with a finite cost, and say where the numbers overflowed.

        The bad cost belongs to step t, so the step before made the bad weights. From a snapshot the run is repeated
        up to that step, which is exact, and the step is then made one operation at a time.
        """
        bad = self.step
        good = max(bad - 2, 0)
        snapshot = next((s for s in reversed(self._good) if s.step <= good), self._good[0])
        self._recall(snapshot)
        while self.step < good:
            self._advance_silently()
        self._good = []
        self._remember()
        overflow = None
        while overflow is None and self.step < bad:
            overflow = self._watched_step()
        self._recall(self._good[0])
        message, node, tensor = describe_overflow(self.network, overflow, bad, self.step, self.settings)
        return Diverged(self.step, self.epoch, message, node, tensor, self.step)

    def _advance_silently(self) -> None:
        self._one_step()
        if self._position >= self._m:
            self._end_epoch()

    def _watched_step(self) -> str | None:
        """Make one step, looking at every result; the name of the first array that is not finite."""
        if self._position == 0:
            self._begin_epoch()
        size = min(self.batch_size, self._m - self._position)
        stage = self._stages.get(size) or self._make_stage(size)
        assert self._order is not None
        for take, out in stage.gathers:
            take(self._order[self._position : self._position + size], 0, out, "clip")
        self._updater.advance()
        phases = ("forward", "target", "cost", "backward")
        for operation, calls in [*stage.program.operations(*phases), *self._updater.operations()]:
            for call in calls:
                call()
            array = operation.output.resolve()
            if array.dtype.kind == "f" and not self.network.backend.xp.isfinite(array).all():
                return operation.output.name
        self.step += 1
        self._position += size
        if self._position >= self._m:
            self._epoch_cost = (0.0, 1)
            self._end_epoch()
        return None

    # Checkpoints

    def checkpoint(self) -> Checkpoint:
        """The state between two steps."""
        return Checkpoint(
            step=self.step,
            epoch=self.epoch,
            position=self._position,
            seed=self.settings.seed,
            dtype=self.settings.dtype,
            weights=self.network.weights(),
            slots=self._updater.export_slots(),
            optimizer=self.settings.optimizer.kind,
            optimizer_steps=self._updater.step,
            random={
                "batches": self._epoch_state if self._position else self._batches.bit_generator.state,
                "dropout": self.network.random.bit_generator.state,
            },
            epoch_cost=self._epoch_cost,
            evaluated=self._evaluated,
        )

    def _restore(self, checkpoint: Checkpoint) -> None:
        """Go on from a checkpoint. Raises ValueError or KeyError when it belongs to another network."""
        self.network.set_weights(checkpoint.weights)
        if checkpoint.optimizer == self.settings.optimizer.kind:
            self._updater.load_slots(checkpoint.slots)
            self._updater.step = checkpoint.optimizer_steps
        self.step, self.epoch = checkpoint.step, checkpoint.epoch
        self._position = checkpoint.position if checkpoint.position < self._m else 0
        self._epoch_cost = checkpoint.epoch_cost
        self._evaluated = checkpoint.evaluated
        self.network.random.bit_generator.state = checkpoint.random["dropout"]
        self._batches.bit_generator.state = self._epoch_state = checkpoint.random["batches"]
        if self._position:
            self._draw_order()


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
    return f"{value:.6g}" if isinstance(value, float) else str(value)
