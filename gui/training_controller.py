"""Between document, data and session: what start, pause, stop and reset mean for the design on the canvas."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QObject, Signal

from engine.carrying import carry_over, weight_shapes
from engine.checkpoint import Checkpoint
from engine.events import Checkpointed, Diverged, Evaluated, Finished, Metrics, Started, Weights
from engine.memory import MemoryShortageError, check_memory
from engine.plan import make_plan
from gui.document.document import Document
from gui.panels.data_loader import DataLoader, LoadedData
from gui.run_record import RunRecord, changed_text, live_values, start_settings, structure
from gui.runtime.session import TrainingSession

__all__ = ["Message", "RunRecord", "TrainingController", "changed_text"]

Level = Literal["info", "warning", "error"]

LARGEST_NEW_SEED = 10_000
"""New seeds are short numbers, which can be read out and typed."""


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence for the banner."""

    text: str
    level: Level = "info"
    node: str = ""
    """The node it is about."""
    action: str = ""
    """Name of the window's action that helps."""


class TrainingController(QObject):
    """Carries out the training actions, and remembers the state to go on from."""

    message_shown = Signal(object)
    """A Message; None takes it away."""
    run_cleared = Signal()
    """The weights are gone: views go back to an untrained network."""
    record_changed = Signal()
    """There is another checkpoint, or another design is trained."""
    ready_changed = Signal()
    """What start would do may have changed."""

    def __init__(self, document: Document, session: TrainingSession, loader: DataLoader, parent: QObject | None = None):
        super().__init__(parent)
        self._document = document
        self._session = session
        self._loader = loader
        self._record: RunRecord | None = None
        self._waiting: str = ""
        self._restarting: str = ""
        self._data_missing = False
        self._stale_said = False
        self._live: dict[str, float] = {}
        document.training_changed.connect(self._on_document_training_changed)
        document.node_changed.connect(self._on_document_node_changed)
        document.plan_changed.connect(self._on_document_plan_changed)
        document.data_changed.connect(self._on_document_plan_changed)
        document.design_replaced.connect(self._on_document_design_replaced)
        document.weights.dropped_changed.connect(self._on_weights_dropped_changed)
        loader.data_loaded.connect(self._on_loader_data_loaded)
        loader.load_failed.connect(self._on_loader_load_failed)
        session.started.connect(self._on_session_started)
        session.evaluated.connect(self._on_session_evaluated)
        session.checkpointed.connect(self._on_session_checkpointed)
        session.diverged.connect(self._on_session_diverged)
        session.failed.connect(self._on_session_failed)
        session.finished.connect(self._on_session_finished)
        session.noticed.connect(self._on_session_noticed)

    @property
    def record(self) -> RunRecord | None:
        """The run that the weights come from; None before the first."""
        return self._record

    @property
    def stale(self) -> bool:
        """The canvas, the data or the seed is not what the weights were trained for."""
        return bool(self._what_changed())

    @property
    def kept_weights(self) -> Weights | None:
        """The weights with which a start would train other data than they know; None where it draws some anew."""
        checkpoint = self._first_checkpoint() if self.stale else None
        if checkpoint is None or set(checkpoint.weights) != set(weight_shapes(self._document.plan)):
            return None
        last = self._record.checkpoint if self._record is not None else None
        return Weights(last.step, last.epoch, checkpoint.weights) if last is not None else None

    @property
    def next_checkpoint(self) -> Checkpoint | None:
        """Where a start would begin; None for the first weights."""
        return self._first_checkpoint()

    @property
    def can_go_on(self) -> bool:
        """Start would go on with the weights there are."""
        given_up = self._document.weights.dropped
        return self._record is not None and self._record.checkpoint is not None and not self.stale and not given_up

    @property
    def has_steps(self) -> bool:
        """The weights come from steps of training, not only from the first draw or the user's hand."""
        return self._record is not None and self._record.checkpoint is not None and self._record.checkpoint.step > 0

    @property
    def can_restart(self) -> bool:
        """The run under way trains another design than the canvas shows."""
        return self._session.is_active and self.stale

    @property
    def is_done(self) -> bool:
        """All epochs of the run are done."""
        checkpoint = self._record.checkpoint if self._record else None
        return checkpoint is not None and checkpoint.epoch >= self._document.design.training.epochs

    # The actions

    def toggle(self) -> None:
        """Start, pause or go on; a paused run whose design was edited begins again with what still fits."""
        state = self._session.state
        if state == "running":
            self._session.pause()
        elif self.can_restart:
            self.restart()
        elif state == "paused":
            self._session.resume()
        else:
            self._start("run")

    def step(self) -> None:
        """One optimizer step, then wait."""
        if self.can_restart:
            self.restart("step")
        elif self._session.is_active:
            self._session.step()
        else:
            self._start("step")

    def restart(self, how: str = "run") -> None:
        """Train the design as it is now, from the weights that still fit; a run under way ends first."""
        if not self._session.is_active:
            self._start(how)
        elif (problem := self._why_not_start()) is not None:
            self.message_shown.emit(problem)
        else:
            self._restarting = how
            self._session.stop()

    def stop(self) -> None:
        """End the run; its weights stay."""
        self._waiting = self._restarting = ""
        self._session.stop()

    def reset(self) -> None:
        """Back to the first weights of the same seed; the next start trains the design as it is now."""
        self._waiting = self._restarting = ""
        self._session.close(timeout=0.05)
        self._record = None
        self._document.weights.set_trained(None)
        self._stale_said = False
        self._live.clear()
        self.message_shown.emit(None)
        self.run_cleared.emit()
        self.record_changed.emit()

    def fit_batch_size(self) -> None:
        """Take the largest batch size that fits in memory, and start."""
        prepared = self._loader.prepared
        if prepared is None or self._why_not_start() is not None:
            self._start("run")  # which says what is missing
            return
        try:
            check_memory(self._document.design, prepared)
        except MemoryShortageError as error:
            if error.batch_size:
                self._document.set_training(batch_size=error.batch_size)
                self._document.end_merge()
            self._start("run")
            return
        self.message_shown.emit(Message("The batch size fits in memory as it is."))

    def new_seed(self) -> None:
        """Another seed, and back to its first weights."""
        old = self._document.design.training.seed
        seed = old
        while seed == old:
            seed = secrets.randbelow(LARGEST_NEW_SEED)
        self._document.set_training(seed=seed)
        self._document.end_merge()
        self.reset()

    def adopt(self, checkpoint: Checkpoint | None, parts: dict[str, Metrics]) -> None:
        """Take over the weights of a project that was opened."""
        self.reset()
        if checkpoint is not None:
            self._record = RunRecord(self._document.design, None, checkpoint, parts)
            self._mark_weights()
            self.record_changed.emit()

    def begin_at(self, checkpoint: Checkpoint) -> None:
        """Let the next start train the design as it is from this state, before its first step; no run is under way."""
        before, self._record = self._record, RunRecord(self._document.design, self._loader.prepared, checkpoint)
        self._mark_weights()
        self._stale_said = False
        if before is not None:
            self.message_shown.emit(None)
            self.run_cleared.emit()

    def set_weights_of(self, checkpoint: Checkpoint) -> None:
        """Let the next start go on from the weights of this state of the run; no run is under way."""
        if self._record is not None:
            self._record.checkpoint = checkpoint
            self.record_changed.emit()

    # Starting

    def _start(self, how: str) -> None:
        problem = self._why_not_start()
        if problem is not None:
            self.message_shown.emit(problem)
            return
        prepared = self._loader.prepared
        if prepared is None:
            if not self._loader.is_busy:
                self._loader.reload()
            self._waiting = how
            self.message_shown.emit(Message("The data is still loading; training starts when it is there."))
            return
        if self.can_go_on and self.is_done:
            epochs = self._document.design.training.epochs
            text = f"All {epochs:,} epochs are done. Set more epochs to go on, or reset to start over."
            self.message_shown.emit(Message(text, action="train_reset"))
            return
        try:
            check_memory(self._document.design, prepared)
        except MemoryShortageError as error:
            action = "train_fit_batch" if error.batch_size else ""
            self.message_shown.emit(Message(str(error), "error", action=action))
            return
        self.message_shown.emit(None)
        self._waiting = ""
        checkpoint = self._first_checkpoint()
        design = self._document.design
        goes_on = checkpoint is not None and not checkpoint.partial
        if not goes_on:
            self.run_cleared.emit()
        parts = self._record.parts if self._record is not None and goes_on else {}
        self._record = RunRecord(design, prepared, checkpoint if goes_on else None, parts)
        self._mark_weights()
        self._stale_said = False
        self._live = live_values(design)
        self._session.start(design, prepared, checkpoint, paused=how == "step")
        if how == "step":
            self._session.step()
        self.record_changed.emit()

    def _first_checkpoint(self) -> Checkpoint | None:
        """Where the next run begins: where the last one ended, with the weights of it that still fit, or anew."""
        record, document = self._record, self._document
        if (
            record is None
            or record.checkpoint is None
            or start_settings(document.design) != start_settings(record.design)
        ):
            return None
        if self.can_go_on:
            return record.checkpoint
        return carry_over(record.checkpoint, document.plan, document.weights.dropped).checkpoint

    def _mark_weights(self) -> None:
        """Let the canvas mark what will begin anew."""
        record = self._record
        self._document.weights.set_trained(weight_shapes(make_plan(record.design.graph)) if record else None)

    def _why_not_start(self) -> Message | None:
        plan = self._document.plan
        blocking = plan.blocking or [p for p in self._document.checks.errors if p not in plan.problems]
        if not blocking:
            return None
        first, more = blocking[0], len(blocking) - 1
        tail = "" if not more else f" (and {more} more problem{'s' if more > 1 else ''})"
        return Message(first.message + tail, "error", first.node or "")

    # What happens elsewhere

    def _on_loader_data_loaded(self, _loaded: LoadedData) -> None:
        how, self._waiting = self._waiting, ""
        if how or self._data_missing:
            self._data_missing = False
            self.message_shown.emit(None)
        if how:
            self._start(how)
        self.ready_changed.emit()

    def _on_loader_load_failed(self, sentence: str) -> None:
        self._waiting = ""  # other data, chosen later, must not start by itself
        if self._loader.prepared is None:
            self._data_missing = True
            self.message_shown.emit(Message(sentence, "error"))

    def _on_document_training_changed(self) -> None:
        self._session.set_training(self._document.design.training)
        self._on_document_plan_changed()

    def _on_document_node_changed(self, node_id: str) -> None:
        if not self._session.is_active:
            return
        for name, value in live_values(self._document.design, node_id).items():
            if name in self._live and self._live[name] != value:
                self._live[name] = value
                self._session.set_live(name, value)

    def _on_document_plan_changed(self) -> None:
        if self._record is not None:
            what = self._what_changed()
            if what and not self._stale_said:
                active = self._session.is_active
                keeps = start_settings(self._document.design) == start_settings(self._record.design)
                if active:
                    kept = "Train the edited one to keep all weights that still fit." if keeps else ""
                    text = f"{what} changed since training started; this run goes on with the old design. {kept}"
                else:
                    tail = "keeps all weights that still fit." if keeps else "trains anew, from new weights."
                    text = f"{what} changed since training started. Starting {tail}"
                self.message_shown.emit(Message(text.strip(), action="train_restart" if active else "train_reset"))
            elif not what and self._stale_said:
                self.message_shown.emit(None)
            self._stale_said = bool(what)
        self.ready_changed.emit()

    def _what_changed(self) -> str:
        """What differs from the run, as the start of a sentence; empty when nothing does."""
        record, design = self._record, self._document.design
        if record is None:
            return ""
        if structure(design) != structure(record.design):
            return "The canvas has"
        if design.data != record.design.data:
            return "The data has"
        return "The seed or the precision has" if start_settings(design) != start_settings(record.design) else ""

    def _on_weights_dropped_changed(self) -> None:
        if self._session.is_active and self._document.weights.dropped:
            self.restart("run" if self._session.state == "running" else "step")
        self.ready_changed.emit()

    def _on_document_design_replaced(self) -> None:
        self.reset()

    def _on_session_started(self, _started: Started) -> None:
        self.ready_changed.emit()

    def _on_session_evaluated(self, evaluated: Evaluated) -> None:
        if self._record is not None:
            self._record.parts = evaluated.parts

    def _on_session_checkpointed(self, event: Checkpointed) -> None:
        if self._record is not None:
            self._record.checkpoint = event.checkpoint
            self.record_changed.emit()

    def _on_session_diverged(self, event: Diverged) -> None:
        self.message_shown.emit(Message(event.message, "error", event.node))

    def _on_session_failed(self, sentence: str) -> None:
        self._restarting = ""
        self.message_shown.emit(Message(sentence, "error"))

    def _on_session_finished(self, finished: Finished) -> None:
        if self._record is not None and finished.parts:
            self._record.parts = finished.parts
        how, self._restarting = self._restarting, ""
        if how:
            self._start(how)
        self.ready_changed.emit()

    def _on_session_noticed(self, sentence: str) -> None:
        self.message_shown.emit(Message(sentence))
