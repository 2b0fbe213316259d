"""Training as the window sees it: a state, a few verbs, and signals at the window's own pace."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from engine.checkpoint import Checkpoint
from engine.data import PreparedData
from engine.design import Design
from engine.events import (
    Changed,
    Checkpointed,
    Diverged,
    Evaluated,
    Event,
    Finished,
    Notice,
    Paused,
    Progress,
    Resumed,
    Started,
    Weights,
)
from engine.settings import TrainingSettings
from engine.training import train
from engine.weight_edits import WeightEdit
from gui.runtime.mailbox import Ended, Failed
from gui.runtime.trainer import Pace, TrainerRun, TrainFunction
from gui.runtime.turn import share_interpreter, take_turn

State = Literal["idle", "running", "paused", "finished", "failed"]

TICK = 33
"""Milliseconds between two drains of the mailbox."""


class TrainingSession(QObject):
    """Starts and steers training runs, one at a time, and hands their events to the window.

    The signals come in the window's thread. Streams (progress, weights) come at most once a tick, joined; facts come
    each and in order. A run that was replaced by a newer one is not heard of any more.
    """

    started = Signal(object)
    progressed = Signal(object)
    evaluated = Signal(object)
    changed = Signal(object)
    noticed = Signal(str)
    weights_arrived = Signal(object)
    checkpointed = Signal(object)
    diverged = Signal(object)
    failed = Signal(str)
    finished = Signal(object)
    state_changed = Signal(str)

    def __init__(
        self, parent: QObject | None = None, *, pace: Pace | None = None, function: TrainFunction = train
    ) -> None:
        """Make a session that does nothing yet.

        Args:
            parent: Owner.
            pace: How the trainer shares the interpreter with the window.
            function: What trains; tests put their own in.
        """
        super().__init__(parent)
        self._pace = pace or Pace()
        self._function: TrainFunction = function
        self._state: State = "idle"
        self._run: TrainerRun | None = None
        self._timer = QTimer(self, interval=TICK, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_timer_timeout)

    @property
    def state(self) -> State:
        """ "idle" before the first run, "running", "paused", "finished" (also when stopped), or "failed"."""
        return self._state

    @property
    def is_active(self) -> bool:
        """A run is under way, paused or not."""
        return self._state in ("running", "paused")

    # Verbs

    def start(
        self,
        design: Design,
        data: PreparedData | None,
        checkpoint: Checkpoint | None = None,
        *,
        paused: bool = False,
    ) -> None:
        """Start a run; one that is under way is stopped, and the new one begins as soon as it has ended.

        Args:
            design: What to train.
            data: On what; the design's own data is loaded when None.
            checkpoint: Go on from here.
            paused: Wait for `step` or `resume` before the first step.
        """
        before = self._run
        if before is not None:
            before.control.stop()
        self._run = TrainerRun(
            design,
            data,
            checkpoint,
            pace=self._pace,
            after=before if before is not None and before.is_alive else None,
            paused=paused,
            function=self._function,
        )
        share_interpreter()
        self._run.start()
        self._timer.start()
        self._set_state("paused" if paused else "running")

    def pause(self) -> None:
        """Wait after the current step. Does nothing unless running."""
        if self._run is not None and self._state == "running":
            self._run.control.pause()
            self._set_state("paused")

    def resume(self) -> None:
        """Go on. Does nothing unless paused."""
        if self._run is not None and self._state == "paused":
            self._run.control.resume()
            self._set_state("running")

    def step(self, count: int = 1) -> None:
        """Make some steps and wait again; a running one pauses."""
        if self._run is not None and self.is_active:
            self._run.control.step(count)
            self._set_state("paused")

    def stop(self) -> None:
        """End the run after the current step; `finished` follows. Does nothing when no run is under way."""
        if self._run is not None and self.is_active:
            self._run.control.stop()

    def set_training(self, settings: TrainingSettings) -> None:
        """Use the live settings (optimizer, batch size, λ, epochs) from the next step on."""
        if self._run is not None and self.is_active:
            self._run.control.set_training(settings)

    def set_live(self, name: str, value: float) -> None:
        """Change a live setting of a layer, such as `dropout_1/keep_prob`, from the next step on."""
        if self._run is not None and self.is_active:
            self._run.control.set_live(name, value)

    def set_weight(self, edit: WeightEdit) -> None:
        """Set a weight by hand, from the next step on; `changed` and `weights_arrived` follow."""
        if self._run is not None and self.is_active:
            self._run.control.set_weight(edit)

    def request_weights(self) -> bool:
        """Ask for the weights; `weights_arrived` follows. False when no run is under way."""
        if self._run is None or not self.is_active:
            return False
        self._run.control.request_weights()
        return True

    def request_checkpoint(self) -> bool:
        """Ask for a checkpoint; `checkpointed` follows. False when no run is under way."""
        if self._run is None or not self.is_active:
            return False
        self._run.control.request_checkpoint()
        return True

    def close(self, timeout: float = 2.0) -> bool:
        """Stop, forget the run, and wait for its thread. False when it outlived the wait (it ends with the process)."""
        self._timer.stop()
        run, self._run = self._run, None
        self._set_state("idle")
        if run is None:
            return True
        run.control.stop()
        return run.join(timeout)

    # Events

    def _on_timer_timeout(self) -> None:
        run = self._run
        if run is None:
            self._timer.stop()
            return
        take_turn()
        for event in run.mailbox.drain():
            if run is not self._run:
                return  # a slot started another run or closed the session
            self._deliver(event)

    def _deliver(self, event: Event) -> None:
        match event:
            case Progress():
                self.progressed.emit(event)
            case Weights():
                self.weights_arrived.emit(event)
            case Evaluated():
                self.evaluated.emit(event)
            case Started():
                self.started.emit(event)
            case Changed():
                self.changed.emit(event)
            case Notice():
                self.noticed.emit(event.message)
            case Checkpointed():
                self.checkpointed.emit(event)
            case Diverged():
                self._set_state("failed")
                self.diverged.emit(event)
            case Failed():
                self._set_state("failed")
                self.failed.emit(event.message)
            case Finished():
                if self._state != "failed":
                    self._set_state("finished")
                self.finished.emit(event)
            case Ended():
                self._timer.stop()
                if self.is_active:
                    self._set_state("finished")
            case Paused() | Resumed():
                pass  # the state followed the click already

    def _set_state(self, state: State) -> None:
        if state != self._state:
            self._state = state
            self.state_changed.emit(state)
