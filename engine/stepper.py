"""The steps of a run: which examples come next, one optimizer step, and the state in between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.augmenting import Augmenter, in_use
from engine.checkpoint import Checkpoint
from engine.compiler import BoundProgram
from engine.data.pixels import Pixels
from engine.feed import Feed
from engine.network import Network
from engine.settings import TrainingSettings

_PHASES = ("forward", "target", "cost", "backward")


@dataclass(slots=True)
class _Stage:
    """All that one step of a given batch size runs."""

    gathers: list[tuple[Callable[..., Any], Any]]
    calls: list[Callable[[], Any]]
    cost: Any
    penalty: Any | None
    program: BoundProgram


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The raw state of a run, to go back to within this process."""

    settings: TrainingSettings
    step: int
    epoch: int
    position: int
    arrays: list[np.ndarray]
    updater_step: int
    batches: Any
    dropout: Any
    epoch_cost: tuple[float, int]


class Stepper:
    """A network, its training examples, and how far the run has come."""

    def __init__(self, network: Network, feed: Feed, settings: TrainingSettings) -> None:
        """Begin a run."""
        self.network = network
        self.settings = settings
        self.m = feed.m
        """Examples of the training part."""
        self.step = 0
        """Optimizer steps made."""
        self.epoch = 0
        """Epochs finished."""
        self.position = 0
        """Examples of the current epoch that are done."""
        self.evaluated = (0, 0)
        """Step and epoch of the last evaluation."""
        self._feed = feed
        self._streamed = feed.streamed
        self._updater = network.updater
        self._batches = np.random.default_rng([settings.seed, 2])
        self._epoch_state: Any = self._batches.bit_generator.state
        self._order: Any = None
        self._epoch_cost = (0.0, 0)
        self._stages: dict[int, _Stage] = {}
        self._augmenter: Augmenter | None = None
        self.configure(settings)

    @property
    def batch_size(self) -> int:
        """Examples of a full batch: all of the training part for 0, and never more than it has."""
        return min(self.settings.batch_size or self.m, self.m)

    @property
    def steps_per_epoch(self) -> int:
        """Optimizer steps in one epoch; the last batch may be smaller."""
        return -(-self.m // self.batch_size)

    def configure(self, settings: TrainingSettings) -> None:
        """Take these settings from the next step on; batches are put together again when next used.

        Raises:
            DesignError: the augmentations do not fit; nothing is changed.
        """
        self._configure_augmentations(settings)
        self.settings = settings
        self._updater.configure(settings.optimizer, settings.l2, settings.l1)
        self._stages.clear()

    @property
    def mixes(self) -> bool:
        """The targets of classes come as shares, because examples are mixed."""
        return self._augmenter is not None and self._augmenter.mixes

    def close(self) -> None:
        """End what is prepared in the background."""
        if self._augmenter is not None:
            self._augmenter.close()

    def _configure_augmentations(self, settings: TrainingSettings) -> None:
        wanted = in_use(settings.augmentations)
        if wanted == (self._augmenter.items if self._augmenter is not None else ()):
            return
        new = Augmenter(self.network, self._feed, wanted, settings.seed) if wanted else None
        self.close()
        self._augmenter = new

    # One step

    def one_step(self) -> float:
        """Make a step; its cost J, with penalties."""
        stage, size = self._next_batch()
        self._updater.advance()
        for call in stage.calls:
            call()
        cost = stage.cost.item()
        if stage.penalty is not None:
            cost += stage.penalty.item()
        self._count(size, cost)
        return cost

    def watched_step(self) -> str | None:
        """Make a step, looking at every result; the name of the first array that is not finite."""
        stage, size = self._next_batch()
        self._updater.advance()
        for operation, calls in [*stage.program.operations(*_PHASES), *self._updater.operations(size)]:
            for call in calls:
                call()
            array = operation.output.resolve()
            if array.dtype.kind == "f" and not self.network.backend.xp.isfinite(array).all():
                return operation.output.name
        self._count(size, 0.0)
        if self.is_epoch_over:
            self.end_epoch()
        return None

    def advance(self) -> None:
        """Make a step that nobody asks the cost of."""
        self.one_step()
        if self.is_epoch_over:
            self.end_epoch()

    def begin_step(self) -> tuple[BoundProgram, np.ndarray]:
        """Fill a program with the next examples, for a step that somebody makes in parts; `end_step` must follow.

        Returns:
            The program of the step, and the places of its examples in the training part.
        """
        stage, size = self._next_batch()
        rows = self._order[self.position : self.position + size]
        return stage.program, self.network.backend.to_host(rows)

    def end_step(self, size: int, cost: float) -> None:
        """The step that was begun is made: of so many examples, with this cost."""
        self._count(size, cost)
        if self.is_epoch_over:
            self.end_epoch()

    @property
    def is_epoch_over(self) -> bool:
        """All examples of the epoch are done; `end_epoch` must follow."""
        return self.position >= self.m

    def _next_batch(self) -> tuple[_Stage, int]:
        """Fill the buffers with the next examples."""
        if self.position == 0:
            self._epoch_state = self._batches.bit_generator.state
            self._draw_order()
        size = min(self.batch_size, self.m - self.position)
        stage = self._stages.get(size) or self._make_stage(size)
        rows = self._order[self.position : self.position + size]
        if self._augmenter is None:
            for take, out in stage.gathers:
                take(rows, 0, out, "clip")
        else:
            after = self.position + size
            next_rows = self._order[after : after + self.batch_size]
            self._augmenter.fill(stage.program, rows, self.step, next_rows)
        for pixels in self._streamed:
            after = self.position + size
            pixels.look_ahead(self.network.backend.to_host(self._order[after : after + self.batch_size]))
        return stage, size

    def _count(self, size: int, cost: float) -> None:
        self.step += 1
        self.position += size
        total, count = self._epoch_cost
        self._epoch_cost = (total + cost, count + 1)

    def end_epoch(self) -> tuple[int, int, float]:
        """Begin the next epoch; number, step and mean cost of the one that is over."""
        total, count = self._epoch_cost
        self.epoch += 1
        self.position = 0
        self._epoch_cost = (0.0, 0)
        return self.epoch, self.step, total / count

    def _draw_order(self) -> None:
        is_drawn = self.settings.shuffle and self.batch_size < self.m  # the order of a full batch decides nothing
        order = self._batches.permutation(self.m) if is_drawn else np.arange(self.m)
        self._order = order if self.network.backend.on_host else self.network.backend.to_device(order)

    def _make_stage(self, size: int) -> _Stage:
        program = self.network.program(size, training=True, backward=True, shares=self.mixes)
        calls = program.callables(*_PHASES) + self._updater.callables(size)
        take = self._take if self.network.backend.on_host else self._take_on_device
        arrays = {} if self._augmenter is not None else self._feed.arrays
        gathers = [(take(array), program.array(name)) for name, array in arrays.items()]
        stage = _Stage(gathers, calls, program.array("cost"), self._updater.penalty_array, program)
        self._stages[size] = stage
        return stage

    @staticmethod
    def _take(array: Any) -> Callable[..., Any]:
        return array.take

    def _take_on_device(self, array: Any) -> Callable[..., Any]:
        """CuPy's take knows no mode; indices are never out of range here."""
        if isinstance(array, Pixels):
            return array.take
        return lambda rows, axis, out, mode: self.network.backend.xp.take(array, rows, axis, out)

    # States

    @property
    def _next_order(self) -> Any:
        """State of the generator from which the order of the current epoch is, or will be, drawn."""
        return self._epoch_state if self.position else self._batches.bit_generator.state

    def snapshot(self) -> Snapshot:
        """The state as it is now."""
        return Snapshot(
            self.settings,
            self.step,
            self.epoch,
            self.position,
            [self.network.backend.to_host(array) for array in self._arrays()],
            self._updater.step,
            self._next_order,
            self.network.random.bit_generator.state,
            self._epoch_cost,
        )

    def recall(self, snapshot: Snapshot) -> None:
        """Go back to a snapshot, settings included."""
        self.configure(snapshot.settings)
        self.step, self.epoch, self.position = snapshot.step, snapshot.epoch, snapshot.position
        for array, value in zip(self._arrays(), snapshot.arrays, strict=True):
            array[...] = self.network.backend.xp.asarray(value)
        self._updater.step = snapshot.updater_step
        self._updater.refresh()
        self._epoch_cost = snapshot.epoch_cost
        self._restore_random(snapshot.batches, snapshot.dropout)

    def _arrays(self) -> list[Any]:
        store = self.network.store
        return [store.theta, *store.state.values(), *store.live.values(), *self._updater.slots.values()]

    def has_finite_weights(self) -> bool:
        """Whether all parameters and running averages are numbers."""
        store = self.network.store
        return all(bool(store.backend.xp.isfinite(array).all()) for array in (store.theta, *store.state.values()))

    def _restore_random(self, batches: Any, dropout: Any) -> None:
        self.network.random.bit_generator.state = dropout
        self._batches.bit_generator.state = self._epoch_state = batches
        if self.position:
            self._draw_order()

    def checkpoint(self) -> Checkpoint:
        """The state between two steps."""
        return Checkpoint(
            step=self.step,
            epoch=self.epoch,
            position=self.position,
            seed=self.settings.seed,
            dtype=self.settings.dtype,
            weights=self.network.weights(),
            slots=self._updater.export_slots(),
            optimizer=self.settings.optimizer.kind,
            optimizer_steps=self._updater.step,
            random={
                "batches": self._next_order,
                "dropout": self.network.random.bit_generator.state,
            },
            epoch_cost=self._epoch_cost,
            evaluated=self.evaluated,
        )

    def _adopt(self, checkpoint: Checkpoint) -> None:
        """Begin with these weights and slots; what is missing stays as it was drawn."""
        self.network.set_weights(self.network.weights() | checkpoint.weights)
        if checkpoint.optimizer == self.settings.optimizer.kind:
            self._updater.load_slots(self._updater.export_slots() | checkpoint.slots)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go on from a checkpoint, or begin with what a partial one has.

        Raises:
            ValueError, KeyError: it belongs to another network, or is partial and has an array of another shape.
        """
        if checkpoint.partial:
            self._adopt(checkpoint)
            return
        self.network.set_weights(checkpoint.weights)
        if checkpoint.optimizer == self.settings.optimizer.kind:
            self._updater.load_slots(checkpoint.slots)
            self._updater.step = checkpoint.optimizer_steps
        self.step, self.epoch = checkpoint.step, checkpoint.epoch
        self.position = checkpoint.position if checkpoint.position < self.m else 0
        self._epoch_cost = checkpoint.epoch_cost
        self.evaluated = checkpoint.evaluated
        self._restore_random(checkpoint.random["batches"], checkpoint.random["dropout"])
