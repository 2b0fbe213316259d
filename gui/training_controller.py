"""Between document, data and session: what start, pause, stop and reset mean for the design on the canvas."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any, Literal

from PySide6.QtCore import QObject, Signal

from engine.checkpoint import Checkpoint
from engine.data import PreparedData
from engine.design import Design
from engine.events import Changed, Checkpointed, Diverged, Evaluated, Finished, Metrics, Started
from engine.fitting import data_problems
from gui.document.document import Document
from gui.panels.data_loader import DataLoader, LoadedData
from gui.runtime.session import TrainingSession

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


@dataclass(slots=True)
class RunRecord:
    """What is known of the run that the weights come from."""

    design: Design
    data: PreparedData | None
    checkpoint: Checkpoint | None = None
    parts: dict[str, Metrics] = field(default_factory=dict)


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
        self._data_missing = False
        self._stale_said = False
        self._live: dict[str, float] = {}
        document.training_changed.connect(self._on_document_training_changed)
        document.node_changed.connect(self._on_document_node_changed)
        document.plan_changed.connect(self._on_document_plan_changed)
        document.data_changed.connect(self._on_document_plan_changed)
        document.design_replaced.connect(self._on_document_design_replaced)
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
    def can_go_on(self) -> bool:
        """Start would go on with the weights there are."""
        return self._record is not None and self._record.checkpoint is not None and not self.stale

    @property
    def is_done(self) -> bool:
        """All epochs of the run are done."""
        checkpoint = self._record.checkpoint if self._record else None
        return checkpoint is not None and checkpoint.epoch >= self._document.design.training.epochs

    # The actions

    def toggle(self) -> None:
        """Start, pause or go on."""
        state = self._session.state
        if state == "running":
            self._session.pause()
        elif state == "paused":
            self._session.resume()
        else:
            self._start("run")

    def step(self) -> None:
        """One optimizer step, then wait."""
        if self._session.is_active:
            self._session.step()
        else:
            self._start("step")

    def stop(self) -> None:
        """End the run; its weights stay."""
        self._waiting = ""
        self._session.stop()

    def reset(self) -> None:
        """Back to the first weights of the same seed; the next start trains the design as it is now."""
        self._waiting = ""
        self._session.close(timeout=0.05)
        self._record = None
        self._stale_said = False
        self._live.clear()
        self.message_shown.emit(None)
        self.run_cleared.emit()
        self.record_changed.emit()

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
        self.message_shown.emit(None)
        self._waiting = ""
        checkpoint = self._record.checkpoint if self._record is not None and self.can_go_on else None
        design = self._document.design
        if checkpoint is None:
            self.run_cleared.emit()
        parts = self._record.parts if self._record is not None and checkpoint is not None else {}
        self._record = RunRecord(design, prepared, checkpoint, parts)
        self._stale_said = False
        self._live = live_values(design)
        self._session.start(design, prepared, checkpoint, paused=how == "step")
        if how == "step":
            self._session.step()
        self.record_changed.emit()

    def _why_not_start(self) -> Message | None:
        plan = self._document.plan
        blocking = plan.blocking
        if not blocking and self._loader.prepared is not None:
            blocking = [p for p in data_problems(plan, self._loader.prepared) if p.severity == "error"]
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
                tail = "Reset to train the new design." if active else "Starting trains anew, from new weights."
                text = f"{what} changed since training started. {tail}"
                self.message_shown.emit(Message(text, action="train_reset" if active else ""))
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
        self.message_shown.emit(Message(sentence, "error"))

    def _on_session_finished(self, finished: Finished) -> None:
        if self._record is not None and finished.parts:
            self._record.parts = finished.parts
        self.ready_changed.emit()

    def _on_session_noticed(self, sentence: str) -> None:
        self.message_shown.emit(Message(sentence))


def structure(design: Design) -> Any:
    """What a compiled network depends on: layers and wires, without names, places and live settings."""
    nodes = []
    for node in design.graph.nodes:
        live = {item.name: item.default for item in type(node.layer).fields() if item.live}
        nodes.append((node.id, node.layer.replace(**live) if live else node.layer, node.frozen))
    return tuple(nodes), frozenset(design.graph.edges)


def start_settings(design: Design) -> tuple[int, str]:
    """The training settings that decide the first weights."""
    return design.training.seed, design.training.dtype


def live_values(design: Design, node_id: str = "") -> dict[str, float]:
    """The live settings of the layers (of one, if named), as `dropout_1/keep_prob`."""
    values = {}
    for node in design.graph.nodes:
        if node_id and node.id != node_id:
            continue
        for item in type(node.layer).fields():
            if item.live:
                values[f"{node.id}/{item.name}"] = float(getattr(node.layer, item.name))
    return values


def changed_text(changed: Changed) -> str:
    """A live change as a line for the status bar."""
    return f"{changed.name}: {changed.old} → {changed.new} from step {changed.step + 1:,}"
