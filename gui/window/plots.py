"""The plots of a window. They are made after its first paint, because what they need is slow to import."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.data import PreparedData
from engine.design import Design
from engine.events import Changed, Started, Weights
from gui.document.document import Document
from gui.panels.data_loader import DataLoader
from gui.runtime.session import TrainingSession
from gui.runtime.tasks import TaskRunner
from gui.training_controller import TrainingController
from gui.views.context import ViewContext

if TYPE_CHECKING:
    from gui.plots.boundary_plot import BoundaryPlot
    from gui.plots.cost_plot import CostPlot


LOADING_TEXT = "The data is loading …"


class PlotHolder(QWidget):
    """Keeps the place of a plot until it is there."""

    def __init__(self, name: str, parent: QWidget | None = None):
        super().__init__(parent)
        self.setAccessibleName(name)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)

    def hold(self, plot: QWidget) -> None:
        """Show the plot."""
        self._column.addWidget(plot)
        self.setFocusProxy(plot)


class LivePlots(QObject):
    """Makes the plots of a window and tells them and the live views what happens; asking for one makes it at once."""

    made = Signal()
    """The plots are there, and what they import."""

    def __init__(
        self,
        document: Document,
        session: TrainingSession,
        controller: TrainingController,
        loader: DataLoader,
        context: ViewContext,
        parent: QWidget,
    ):
        super().__init__(parent)
        self._document = document
        self._session = session
        self._controller = controller
        self._loader = loader
        self._context = context
        self._tasks = TaskRunner(self)
        self._cost: CostPlot | None = None
        self._boundary: BoundaryPlot | None = None
        self._closed = False
        self._load_failure = ""
        self.cost_holder = PlotHolder("Cost plot")
        self.boundary_holder = PlotHolder("Boundary plot")
        document.plan_changed.connect(self.show_problem)
        document.design_replaced.connect(self._on_document_design_replaced)
        loader.data_loaded.connect(self._on_loader_data_loaded)
        loader.busy_changed.connect(self._on_loader_busy_changed)
        loader.load_failed.connect(self._on_loader_load_failed)
        session.started.connect(self._on_session_started)
        session.changed.connect(self._on_session_changed)
        controller.record_changed.connect(self._on_controller_record_changed)
        controller.run_cleared.connect(self._on_controller_run_cleared)

    @property
    def cost(self) -> CostPlot:
        """The cost plot."""
        self.make()
        assert self._cost is not None
        return self._cost

    @property
    def boundary(self) -> BoundaryPlot:
        """The boundary plot."""
        self.make()
        assert self._boundary is not None
        return self._boundary

    def prepare(self) -> None:
        """Import what the plots need in the background, and make them then."""
        if self._cost is None and not self._closed:
            self._tasks.run(_import_plots, on_success=self._on_task_done, on_failure=self._on_task_done)

    def make(self) -> None:
        """Make the plots now, if there are none."""
        if self._cost is not None:
            return
        pyqtgraph = _import_plots()
        from gui.plots.boundary_plot import BoundaryPlot
        from gui.plots.cost_plot import CostPlot
        from gui.plots.painting import Painting
        from gui.runtime.feed import WeightsFeed

        pyqtgraph.setConfigOptions(antialias=True)
        self._cost, self._boundary = CostPlot(), BoundaryPlot()
        self.cost_holder.hold(self._cost)
        self.boundary_holder.hold(self._boundary)
        loader = self._loader
        self.painting = Painting(self._boundary, self._document, lambda: loader.prepared)
        self._boundary.example_chosen.connect(self._context.show_example)
        self._context.example_changed.connect(self._on_context_example_changed)
        self._feed = WeightsFeed(self._session, self._boundary, self)
        self._session.progressed.connect(self._cost.append_progress)
        self._session.evaluated.connect(self._cost.append_evaluation)
        self._context.references_changed.connect(self._on_context_references_changed)
        self.show_problem()
        self.made.emit()

    def history(self) -> dict[str, Any]:
        """The history of the run, for a file."""
        return self._cost.history() if self._cost is not None else {}

    def coarse_history(self) -> dict[str, Any]:
        """The same with fewer points, for the recovery file."""
        return self._cost.coarse_history() if self._cost is not None else {}

    def mark(self, changed: Changed) -> None:
        """Mark a change in the cost plot."""
        self.cost.mark(changed)

    def show_problem(self, *_: object) -> None:
        """Give the boundary plot the network that its weights belong to."""
        if self._boundary is None:
            return
        record, prepared = self._controller.record, self._loader.prepared
        if record is None or (self._controller.stale and not self._session.is_active):
            self._set_problem(self._document.design, prepared)
            self._context.set_checkpoint(self._controller.next_checkpoint)
            kept = self._controller.kept_weights if prepared is not None else None
            if kept is not None:
                self._boundary.update_weights(kept)
                self._context.update_weights(kept)
            return
        active = self._session.is_active and record.data is not None
        self._set_problem(record.design, record.data if active else prepared)
        if not active and record.checkpoint is not None:
            checkpoint = record.checkpoint
            weights = Weights(checkpoint.step, checkpoint.epoch, checkpoint.weights)
            self._boundary.update_weights(weights)
            self._context.set_checkpoint(checkpoint)
            self._context.update_weights(weights)

    def _set_problem(self, design: Design, data: PreparedData | None) -> None:
        assert self._boundary is not None
        why = LOADING_TEXT if self._loader.is_busy else self._load_failure
        self._boundary.set_problem(design, data, *filter(None, [why]))
        self._context.set_problem(design, data, why)
        self._on_context_example_changed()

    def _on_context_example_changed(self) -> None:
        if self._boundary is not None:
            self._boundary.set_example(*self._context.example)

    def _on_loader_data_loaded(self, _loaded: object) -> None:
        self._load_failure = ""
        self.show_problem()

    def _on_loader_busy_changed(self, _busy: bool) -> None:
        if self._loader.prepared is None:
            self.show_problem()

    def _on_loader_load_failed(self, sentence: str) -> None:
        self._load_failure = sentence
        self._on_loader_busy_changed(False)

    def close(self) -> None:
        """End what runs in the background."""
        self._closed = True
        self._tasks.close()
        self._context.close()
        if self._boundary is not None:
            self._boundary.close_tasks()

    def _on_task_done(self, _result: object) -> None:
        if not self._closed:
            self.make()  # a failed import is met again here, where it is reported

    def _on_session_started(self, started: Started) -> None:
        if self._controller.record is not None:
            self.cost.set_run(self._controller.record.design)
        self.cost.begin(started)

    def _on_session_changed(self, changed: Changed) -> None:
        self.mark(changed)

    def _on_context_references_changed(self) -> None:
        self.cost.set_references(self._context.references)

    def _on_controller_record_changed(self) -> None:
        if not self._session.is_active:
            record = self._controller.record
            if record is not None and self._cost is not None:
                self._cost.set_run(record.design)
            self.show_problem()

    def _on_document_design_replaced(self) -> None:
        if self._cost is not None:
            self._cost.forget_ghosts()

    def _on_controller_run_cleared(self) -> None:
        if self._cost is None or self._boundary is None:
            return
        self._cost.keep_and_clear()
        self._set_problem(self._document.design, None)
        self.show_problem()


def _import_plots() -> Any:
    import pyqtgraph

    import gui.plots.boundary_plot
    import gui.plots.cost_plot
    import gui.plots.painting  # noqa: F401
    from gui.views.base import view_types

    view_types()
    return pyqtgraph
