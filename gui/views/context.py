"""What all live views of a window share: the network they show, its weights, the selection, and the time they take."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from engine.checkpoint import Checkpoint
from engine.data import DataError, PreparedData
from engine.design import Design
from engine.events import Checkpointed, Metrics, Weights
from engine.plan import DesignError
from gui.document.document import Document
from gui.runtime.feed import WeightsFeed
from gui.runtime.session import TrainingSession
from gui.runtime.tasks import TaskRunner
from gui.views.engine import ViewEngine

DUTY = 0.03
"""Share of one processor that all live views together may take while a network trains."""
SHORTEST = 0.030
"""Seconds between two pictures of a view."""
NO_DATA = "There is no data yet."


@dataclass(frozen=True, eq=False, slots=True)
class Problem:
    """The design that the weights belong to, and the data they are shown with."""

    design: Design
    data: PreparedData


@dataclass(frozen=True, eq=False, slots=True)
class Answer:
    """What a view computed, and the processor time it took."""

    value: Any
    seconds: float


class Viewer(Protocol):
    """What computes with the network in the background: a `LiveView`, or something that only records."""

    follows_weights: ClassVar[bool]

    @property
    def is_shown(self) -> bool:
        """Its answers are wanted now."""
        ...

    def question(self) -> Any | None:
        """What to compute now; None for nothing."""
        ...

    @staticmethod
    def compute(engine: ViewEngine, question: Any) -> Any:
        """The answer. In the background."""
        ...

    def take_answer(self, answer: Any) -> None:
        """In the window's thread."""
        ...

    def take_failure(self, error: Exception) -> None:
        """In the window's thread."""
        ...


class ViewContext(QObject):
    """Shared by the live views of a window.

    Views compute one after another in one background thread, with one network (`ViewEngine`). While a network trains,
    they rest between two computations so long that together they take only a small share of the time.
    """

    problem_changed = Signal()
    """Another design or other data is shown; `problem` and `complaint` are current."""
    weights_changed = Signal()
    """Other weights are there: `step` is current."""
    selection_changed = Signal()
    example_changed = Signal()
    node_requested = Signal(str)
    """A view wants this node to be shown on the canvas."""
    checkpoint_changed = Signal()
    """The run is known at another step: `checkpoint` is current."""
    flow_shown = Signal(object)
    """A view shows on the canvas where values go: a `gui.canvas.flow.Flow`; None takes it away."""
    view_requested = Signal(str)
    """A view wants the view of this name to be opened."""
    closed = Signal()
    """The window closes: what runs in the background has to end."""
    weight_edited = Signal(object)
    """The user sets a weight of the network shown by hand: an `engine.weight_edits.WeightEdit`."""
    references_changed = Signal()
    """Other figures are there to compare the network with: `references` is current."""

    def __init__(self, document: Document, session: TrainingSession, parent: QObject | None = None) -> None:
        """Shared state of the views of one document."""
        super().__init__(parent)
        self.document = document
        self.session = session
        self.problem: Problem | None = None
        self.data: PreparedData | None = None
        """The data; there may be some although the network cannot be shown."""
        self.references: dict[str, Metrics] = {}
        """Metrics of the dev part (or of the training part where there is none) of other methods, by their names."""
        self.complaint = NO_DATA
        """Why there is nothing to show; empty when there is."""
        self.step = 0
        """Steps after which the weights shown were those of the run."""
        self.checkpoint: Checkpoint | None = None
        """The last state of the run that is known in full, from which the next step follows; None before the first."""
        self.selection: tuple[str, ...] = ()
        """Ids of the selected nodes."""
        self.example = ("train", 0)
        """Part and place within it of the example that is looked at."""
        self._weights: Weights | None = None
        self._tasks = TaskRunner(self)
        self._engine: ViewEngine | None = None
        self._engine_busy = False
        self._views: list[Viewer] = []
        self._waiting: list[Viewer] = []
        self._working: Viewer | None = None
        self._asked_engine: ViewEngine | None = None
        self._free_at = 0.0
        self._is_urgent = False
        """While something was computed, the user did what is to be answered at once."""
        self._timer = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._work)
        self._feed = WeightsFeed(session, self, self)
        session.checkpointed.connect(self._on_session_checkpointed)
        session.state_changed.connect(self._on_session_state_changed)

    # What is shown

    def set_problem(self, design: Design, data: PreparedData | None, complaint: str = "") -> None:
        """Show another network, with its first weights until others come."""
        if self.problem is not None and self.problem.design is design and self.problem.data is data:
            return
        self._engine, self._weights, self.step, self.checkpoint = None, None, 0, None
        self.data = data
        self.problem = Problem(design, data) if data is not None else None
        self.complaint = "" if data is not None else complaint or NO_DATA
        if data is not None:
            part, place = self.example
            m = data.parts[part].m if part in data.parts else 0
            self.example = (part, min(place, m - 1)) if m else ("train", 0)
        self.problem_changed.emit()
        for view in self._views:
            self.ask(view)

    def select(self, node_ids: list[str]) -> None:
        """Nodes were selected on the canvas."""
        if tuple(node_ids) != self.selection:
            self.selection = tuple(node_ids)
            self.selection_changed.emit()

    def show_example(self, part: str, place: int) -> None:
        """Look at another example. Raises KeyError or IndexError when there is no such one."""
        if self.problem is None or not 0 <= place < self.problem.data.parts[part].m:
            raise IndexError(f"There is no example {place} in the {part} part.")
        if (part, place) != self.example:
            self.example = (part, place)
            self.example_changed.emit()

    def set_references(self, references: dict[str, Metrics]) -> None:
        """Give other figures to compare the network with; the cost plot draws them."""
        if references != self.references:
            self.references = references
            self.references_changed.emit()

    def set_checkpoint(self, checkpoint: Checkpoint | None) -> None:
        """The state that the next step of the run follows from."""
        if checkpoint is not self.checkpoint:
            self.checkpoint = checkpoint
            self.checkpoint_changed.emit()

    # Weights, as the feed brings them

    @property
    def wants_weights(self) -> bool:
        """Weights that came now would be shown at once."""
        # Views may be waiting: hidden ones for long, and one that is just seen again only until it is asked.
        ready = self._working is None and time.monotonic() >= self._free_at
        return ready and any(view.follows_weights and view.is_shown for view in self._views)

    def update_weights(self, weights: Weights) -> None:
        """Show other weights."""
        self._weights, self.step = weights, weights.step
        self.weights_changed.emit()
        for view in self._views:
            if view.follows_weights:
                self.ask(view)

    # Computing

    def add(self, view: Viewer) -> None:
        """A view was made."""
        self._views.append(view)

    def remove(self, view: Viewer) -> None:
        """A view is gone."""
        self._views = [other for other in self._views if other is not view]
        self._waiting = [other for other in self._waiting if other is not view]

    def ask(self, view: Viewer, *, at_once: bool = False) -> None:
        """Let a view compute as soon as it is its turn; at once where the user waits for it."""
        if view not in self._waiting:
            self._waiting.insert(0 if at_once else len(self._waiting), view)
        if at_once:
            self._free_at, self._is_urgent = 0.0, self._working is not None
        self._work()

    def close(self) -> None:
        """End what runs in the background."""
        self._timer.stop()
        self._waiting.clear()
        self.closed.emit()
        self._tasks.close()

    def _work(self) -> None:
        if self._working is not None or self._engine_busy or self.problem is None:
            return
        ready = [view for view in self._waiting if view.is_shown]
        if not ready:
            return  # hidden views ask again when they are shown
        rest = self._free_at - time.monotonic()
        if rest > 0:
            self._timer.start(max(1, round(1000 * rest)))
            return
        if self._engine is None:
            self._prepare()
            return
        view = ready[0]
        self._waiting.remove(view)
        question = view.question()
        if question is None:
            self._work()
            return
        self._working, self._asked_engine = view, self._engine
        self._tasks.run(
            _compute, self._engine, self._weights, type(view).compute, question,
            on_success=self._on_tasks_computed, on_failure=self._on_tasks_compute_failed,
        )  # fmt: skip

    def _prepare(self) -> None:
        assert self.problem is not None
        self._engine_busy = True
        problem = self.problem

        def ready(engine: ViewEngine) -> None:
            self._engine_busy = False
            if problem is self.problem:
                self._engine = engine
            self._work()

        def failed(error: Exception) -> None:
            self._engine_busy = False
            if problem is self.problem:
                self.problem = None
                known = isinstance(error, DesignError | DataError | ValueError)
                self.complaint = str(error) if known else f"The network cannot be shown: {error}."
                self.problem_changed.emit()
            self._work()

        self._tasks.run(ViewEngine, problem.design, problem.data, on_success=ready, on_failure=failed)

    def _on_tasks_computed(self, answer: Answer) -> None:
        view, self._working = self._working, None
        begun = time.thread_time()
        if view is not None and view in self._views:
            if self._asked_engine is self._engine:
                view.take_answer(answer.value)
            elif view not in self._waiting:
                self._waiting.append(view)  # meanwhile another network is shown
        self._rest(answer.seconds + 2 * (time.thread_time() - begun))  # painting takes about as long as preparing it
        self._work()
        self._feed.ask()

    def _on_tasks_compute_failed(self, error: Exception) -> None:
        view, self._working = self._working, None
        if self._asked_engine is not self._engine:
            pass  # meanwhile another network is shown, for which the view has been asked again
        elif isinstance(error, StaleWeightsError):
            self._weights = None  # on their way when the design changed
        elif view is not None and view in self._views:
            view.take_failure(error)
        self._rest(0.0)
        self._work()

    def _rest(self, seconds: float) -> None:
        training = self.session.state == "running"
        rest = max(SHORTEST, seconds / DUTY if training else 0.0)
        self._free_at = 0.0 if self._is_urgent else time.monotonic() + rest
        self._is_urgent = False

    def _on_session_checkpointed(self, event: Checkpointed) -> None:
        self.set_checkpoint(event.checkpoint)

    def _on_session_state_changed(self, _state: str) -> None:
        self._free_at = 0.0
        self._work()


class StaleWeightsError(ValueError):
    """Weights of another network than the one that is shown."""


def _compute(
    engine: ViewEngine, weights: Weights | None, function: Callable[[ViewEngine, Any], Any], question: Any
) -> Answer:
    begun = time.thread_time()
    if weights is not None and engine.memory.get("weights") is not weights:
        try:
            engine.set_weights(weights.values, weights.step)
        except (KeyError, ValueError) as error:
            raise StaleWeightsError(str(error)) from error
        engine.memory["weights"] = weights
    return Answer(function(engine, question), time.thread_time() - begun)
