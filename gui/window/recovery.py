"""Keeps a recovery file of what a window would lose, a moment after every change and while it trains."""

from __future__ import annotations

import logging
from contextlib import suppress
from time import monotonic

from PySide6.QtCore import QObject, QTimer

from gui.document.document import Document
from gui.project_files import ProjectFiles
from gui.runtime.session import TrainingSession
from gui.runtime.tasks import TaskRunner
from gui.training_controller import TrainingController
from gui.window.recovery_files import (
    WEIGHTS_AT_MOST,
    Recovered,
    Snapshot,
    lock_of,
    new_recovery_file,
    weights_size,
    write_snapshot,
)

AFTER_CHANGE = 250
"""Milliseconds from a change to its writing; changes in between are written together."""
WHILE_TRAINING = 900
"""Milliseconds between two checkpoints."""
SHARE = 2
"""Writing takes at most one part in so many of the time, however large the weights and slow the disk."""

log = logging.getLogger(__name__)


class Recovery(QObject):
    """Writes the recovery file of one window, in a thread of its own, and removes it when nothing can be lost."""

    def __init__(
        self,
        document: Document,
        session: TrainingSession,
        controller: TrainingController,
        files: ProjectFiles,
        parent: QObject | None = None,
    ):
        super().__init__(parent)
        self._document = document
        self._session = session
        self._controller = controller
        self._files = files
        self._runner = TaskRunner(self)
        self.file = new_recovery_file()
        self._lock = lock_of(self.file)
        self._written: Snapshot | None = None
        self._writing = self._again = self._closed = False
        self._began = 0.0
        self._progressed = False
        self._failed = False
        self._timer = QTimer(self, singleShot=True, interval=AFTER_CHANGE)
        self._timer.timeout.connect(self._on_timer_timeout)
        self._training_timer = QTimer(self, interval=WHILE_TRAINING)
        self._training_timer.timeout.connect(self._on_training_timer_timeout)
        document.undo_stack.indexChanged.connect(self._on_change)
        document.design_replaced.connect(self._on_change)
        document.modified_changed.connect(self._on_change)
        document.path_changed.connect(self._on_change)
        controller.record_changed.connect(self._on_controller_record_changed)
        files.saved.connect(self._on_change)
        session.progressed.connect(self._on_session_progressed)
        session.state_changed.connect(self._on_session_state_changed)

    def snapshot(self) -> Snapshot | None:
        """What would be lost now; None when that is nothing."""
        if not (self._document.modified or self._files.trained_since_saved):
            return None
        record = self._controller.record
        checkpoint = record.checkpoint if record is not None else None
        if checkpoint is not None and self._controller.stale:
            checkpoint = None  # weights of another network
        history = {}
        if checkpoint is not None and weights_size(checkpoint) <= WEIGHTS_AT_MOST:
            history = self._files.full_history(coarse=True)
        return Snapshot(self._document.design, self._document.path, self._document.modified, checkpoint, history)

    def adopt(self, recovered: Recovered) -> None:
        """Go on with the recovery file of a window that is gone, so that it is never without one."""
        if self._lock.is_held:
            self._runner.run(self.file.unlink, True)
            self._lock.release()
        self.file, self._lock = recovered.file, recovered.lock
        self._written = None
        self._on_change()

    def close(self) -> None:
        """The window ends in good order: nothing is left behind."""
        self._closed = True
        self._timer.stop()
        self._training_timer.stop()
        self._runner.close()
        with suppress(OSError):
            self.file.unlink(missing_ok=True)
        self._lock.release()

    def _write(self) -> None:
        if self._writing:
            self._again = True
            return
        snapshot = self.snapshot()
        if snapshot is None:
            self._written = None
            if self._lock.is_held:
                self._runner.run(self.file.unlink, True, on_failure=self._on_task_failed)
            return
        before = self._written
        if (
            before is not None
            and before.design is snapshot.design
            and before.checkpoint is snapshot.checkpoint
            and (before.path, before.edited) == (snapshot.path, snapshot.edited)
        ):
            return
        self._lock.acquire()
        self._writing, self._written, self._began = True, snapshot, monotonic()
        self._runner.run(
            write_snapshot, self.file, snapshot, on_success=self._on_task_done, on_failure=self._on_task_failed
        )

    def _go_on(self) -> None:
        took = monotonic() - self._began
        self._training_timer.setInterval(max(WHILE_TRAINING, round(SHARE * took * 1000)))
        self._writing = False
        if self._again and not self._closed:
            self._again = False
            self._timer.start()

    def _on_change(self, *_: object) -> None:
        if not self._closed and not self._timer.isActive():
            self._timer.start()

    def _on_controller_record_changed(self) -> None:
        if self._closed:
            return
        if self._session.is_active:
            self._write()  # a checkpoint that was asked for
        else:
            self._on_change()

    def _on_timer_timeout(self) -> None:
        self._write()

    def _on_training_timer_timeout(self) -> None:
        if self._progressed:
            self._progressed = False
            self._session.request_checkpoint()  # it arrives as another record of the controller

    def _on_session_progressed(self, _progress: object) -> None:
        self._progressed = True

    def _on_session_state_changed(self, _state: str) -> None:
        if not self._session.is_active:
            self._training_timer.stop()
        elif not self._training_timer.isActive() and not self._closed:
            self._training_timer.start()

    def _on_task_done(self, _none: object) -> None:
        self._failed = False
        self._go_on()

    def _on_task_failed(self, error: Exception) -> None:
        self._written = None
        if not self._failed:
            self._failed = True
            log.warning("The recovery file cannot be written.", exc_info=error)
            self._files.noticed.emit(f"Changes are not kept for the case of a crash: {error}")
        self._go_on()
