"""How another thread steers a run: requests that the trainer reads at batch boundaries."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from engine.settings import TrainingSettings
from engine.weight_edits import WeightEdit


@dataclass(slots=True)
class Requests:
    """What was asked since the last look."""

    settings: TrainingSettings | None = None
    live: dict[str, float] = field(default_factory=dict)
    weight_edits: list[WeightEdit] = field(default_factory=list)
    weights: bool = False
    checkpoint: bool = False


class Control:
    """Steers one run. Every method may be called from any thread, at any time; the next batch follows it."""

    def __init__(self, *, paused: bool = False) -> None:
        self._condition = threading.Condition()
        self._requests = Requests()
        self._paused = paused
        self._stopped = False
        self._allowed = 0
        self.waiting = paused
        """Whether the trainer has to look before its next step; read without the lock, so that looking is free."""

    def pause(self) -> None:
        """Stop after the batch that is running, until `resume`."""
        self._change(paused=True)

    def resume(self) -> None:
        """Go on after `pause`."""
        self._change(paused=False)

    def stop(self) -> None:
        """End the run after the batch that is running; it also ends a paused run."""
        with self._condition:
            self._stopped = True
            self._wake()

    def step(self, count: int = 1) -> None:
        """Make `count` steps and pause."""
        with self._condition:
            self._paused = True
            self._allowed += count
            self._wake()

    def set_training(self, settings: TrainingSettings) -> None:
        """Take the live settings (optimizer, batch size, λ, epochs) from these."""
        with self._condition:
            self._requests.settings = settings
            self._wake()

    def set_live(self, name: str, value: float) -> None:
        """Change a live setting of a layer, such as `dropout_1/keep_prob`."""
        with self._condition:
            self._requests.live[name] = value
            self._wake()

    def set_weight(self, edit: WeightEdit) -> None:
        """Set a weight by hand."""
        with self._condition:
            self._requests.weight_edits.append(edit)
            self._wake()

    def request_weights(self) -> None:
        """A Weights event follows."""
        with self._condition:
            self._requests.weights = True
            self._wake()

    def request_checkpoint(self) -> None:
        """A Checkpointed event follows."""
        with self._condition:
            self._requests.checkpoint = True
            self._wake()

    def _change(self, *, paused: bool) -> None:
        with self._condition:
            self._paused = paused
            self._allowed = 0
            self._wake()

    def _wake(self) -> None:
        self.waiting = True
        self._condition.notify_all()

    # The trainer's side

    @property
    def stopped(self) -> bool:
        """`stop` was called."""
        return self._stopped

    @property
    def paused(self) -> bool:
        """The trainer must not make a step now."""
        return self._paused and not self._allowed

    def take(self) -> Requests:
        """All requests since the last call."""
        with self._condition:
            requests, self._requests = self._requests, Requests()
            self.waiting = self._paused or self._stopped
            return requests

    def count_step(self) -> None:
        """A step was made; `step` allowed it, if the run is paused."""
        with self._condition:
            self._allowed = max(self._allowed - 1, 0)

    def wait(self) -> None:
        """Block a paused run until something is asked."""
        with self._condition:
            self._condition.wait_for(lambda: self._stopped or not self.paused or self._requests != Requests())
