"""The trainer thread: it holds plain objects only, so that nothing of Qt can die in it."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Thread
from typing import Protocol

from engine.backend import BackendError
from engine.checkpoint import Checkpoint
from engine.control import Control
from engine.data import DataError, PreparedData
from engine.design import Design, DesignFileError
from engine.events import Event, Progress
from engine.plan import DesignError
from engine.training import train
from gui.runtime.mailbox import Ended, Failed, Mailbox
from gui.runtime.turn import turn

THREAD_NAME = "netloom-trainer"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """How the trainer shares the interpreter with the window (measured by `benchmarks/window.py`)."""

    slice_seconds: float = 0.001
    """Work between two looks at whose turn it is."""
    sleep_seconds: float = 0.0
    """Sleep after each slice; 0 does not sleep."""
    long_step: float = 0.0004
    """Seconds; a network with longer steps never rests."""


class TrainFunction(Protocol):
    """`engine.training.train`, or a stand-in for it in a test."""

    def __call__(
        self,
        design: Design,
        data: PreparedData | None = None,
        *,
        control: Control | None = None,
        checkpoint: Checkpoint | None = None,
        slice_seconds: float = 0.02,
    ) -> Iterator[Event]: ...


class TrainerRun:
    """One run: a thread, what steers it, and where its events go. Late events of an old run stay in its own mailbox."""

    def __init__(
        self,
        design: Design,
        data: PreparedData | None,
        checkpoint: Checkpoint | None,
        *,
        pace: Pace,
        after: TrainerRun | None = None,
        paused: bool = False,
        function: TrainFunction = train,
    ) -> None:
        """Make a run.

        Args:
            design: What to train.
            data: On what.
            checkpoint: Where to go on from.
            pace: How to share the interpreter.
            after: The run before, which was told to stop; this one begins when it has ended.
            paused: Wait for `resume` or `step` before the first step.
            function: What trains.
        """
        self.control = Control()
        self.mailbox = Mailbox()
        if paused:
            self.control.pause()
        arguments = (design, data, checkpoint, self.control, self.mailbox, pace, after, function)
        self._thread = Thread(target=_work, args=arguments, name=THREAD_NAME, daemon=True)

    @property
    def is_alive(self) -> bool:
        """The thread has not ended."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the end; False when the time ran out first."""
        self._thread.join(timeout)
        return not self._thread.is_alive()


def _work(
    design: Design,
    data: PreparedData | None,
    checkpoint: Checkpoint | None,
    control: Control,
    mailbox: Mailbox,
    pace: Pace,
    after: TrainerRun | None,
    function: TrainFunction,
) -> None:
    """Body of the thread."""
    if after is not None:
        after.join()
        after = None
    step = epoch = 0
    try:
        events = function(design, data, control=control, checkpoint=checkpoint, slice_seconds=pace.slice_seconds)
        for event in events:
            step, epoch = event.step, event.epoch
            mailbox.post(event)
            if isinstance(event, Progress) and len(event.costs) * pace.long_step > pace.slice_seconds:
                turn.wait()
                if pace.sleep_seconds:
                    time.sleep(pace.sleep_seconds)
    except Exception as error:  # whatever happens here must not close the window
        log.warning("The trainer failed.", exc_info=error)
        mailbox.post(Failed(step, epoch, explain_failure(error)))
    mailbox.post(Ended(step, epoch))


def explain_failure(error: BaseException) -> str:
    """A plain sentence for an error of training."""
    message = str(error).strip()
    if isinstance(error, (DesignError, DesignFileError, DataError, BackendError)) and message:
        return message
    if isinstance(error, MemoryError):
        detail = f" ({message})" if message else ""
        return f"There is not enough memory for this training{detail}. Take a smaller batch or smaller layers."
    if type(error) is ValueError and message:
        return f"Training stopped: {message}"
    detail = f": {message}" if message else ""
    return (
        f"Training stopped because of an internal error ({type(error).__name__}{detail}). "
        "The design is unharmed; save it and start again."
    )
