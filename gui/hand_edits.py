"""Weights set by hand: in the run under way, in the weights it left, or in those from which the first will begin."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from engine.checkpoint import Checkpoint
from engine.data import PreparedData
from engine.design import Design
from engine.plan import make_plan
from engine.training import Trainer
from engine.weight_edits import WeightEdit, changed_weight, edit_checkpoint
from gui.document.document import Document
from gui.panels.data_loader import DataLoader
from gui.runtime.session import TrainingSession
from gui.runtime.tasks import TaskRunner
from gui.training_controller import TrainingController


class HandEdits(QObject):
    """Carries out edits of single weights, whatever training does at the moment."""

    changed = Signal(object)
    """A Changed event of an edit while no run was under way; else the session tells."""
    refused = Signal(str)
    """A sentence that says why a weight was not set."""

    def __init__(
        self, document: Document, session: TrainingSession, loader: DataLoader, controller: TrainingController
    ) -> None:
        super().__init__(controller)
        self._document = document
        self._session = session
        self._loader = loader
        self._controller = controller
        self._tasks = TaskRunner(self)
        self._waiting: list[WeightEdit] = []

    def set_weight(self, edit: WeightEdit) -> None:
        """Set a weight of the network that the views show. The next step, or the next start, goes on from it."""
        controller, record = self._controller, self._controller.record
        if self._session.is_active:
            self._session.set_weight(edit)
        elif record is not None and record.checkpoint is not None and self._is_kept_whole:
            self._edit(record.checkpoint, [edit])
        elif self._loader.prepared is not None:
            self._waiting.append(edit)
            design, data = self._document.design, self._loader.prepared

            def ready(checkpoint: Checkpoint) -> None:
                edits, self._waiting = self._waiting, []
                fits = self._document.design is design and self._loader.prepared is data
                if edits and fits and not self._session.is_active:
                    controller.begin_at(checkpoint)
                    self._edit(checkpoint, edits)

            self._tasks.run(
                _beginning, design, data, controller.next_checkpoint,
                on_success=ready, on_failure=self._on_tasks_failed, latest=(id(self), "beginning"),
            )  # fmt: skip

    def close(self) -> None:
        """End what runs in the background."""
        self._tasks.close()

    @property
    def _is_kept_whole(self) -> bool:
        """All weights that the last run left are those with which a start would go on."""
        return self._controller.can_go_on or self._controller.kept_weights is not None

    def _edit(self, checkpoint: Checkpoint, edits: list[WeightEdit]) -> None:
        record = self._controller.record
        assert record is not None
        plan, events = make_plan(record.design.graph), []
        for edit in edits:
            try:
                checkpoint, before, after = edit_checkpoint(checkpoint, edit)
            except ValueError as error:
                self.refused.emit(str(error))
                continue
            if before != after:
                events.append(changed_weight(plan, edit, before, after, checkpoint.step, checkpoint.epoch))
        self._controller.set_weights_of(checkpoint)
        for event in events:
            self.changed.emit(event)

    def _on_tasks_failed(self, error: Exception) -> None:
        self._waiting.clear()
        self.refused.emit(f"The weight cannot be set: {error}")


def _beginning(design: Design, data: PreparedData, checkpoint: Checkpoint | None) -> Checkpoint:
    """The state of a run before its first step."""
    return Trainer(design, data, checkpoint=checkpoint).checkpoint()
