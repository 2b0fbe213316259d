"""The boundary plot: what the network predicts all over two features, with the examples on top."""

from __future__ import annotations

import time
from typing import Any

from PySide6.QtCore import QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from engine.data import DataError, PreparedData
from engine.design import Design
from engine.events import Weights
from engine.plan import DesignError
from gui.plots.boundary_job import Picture, Request, compute, prepare_evaluator
from gui.plots.boundary_scene import BoundaryScene
from gui.plots.pace import FINE_GRID, ViewPace
from gui.plots.style import Overlay, PlotCanvas, swatch
from gui.plots.surface import Feature, NoSurfaceError, SurfaceEvaluator, View
from gui.runtime.tasks import TaskRunner
from gui.theme import current_theme, theme_notifier
from gui.widgets.basic import ElidedComboBox

NO_PROBLEM_TEXT = "No data yet. Choose data in the data panel."
WAIT_BEFORE_FINE = 0.3
"""Seconds without new weights after which the picture is drawn finely."""


class BoundaryPlot(QWidget):
    """Class probabilities or values over one or two features, for weights that are handed in.

    The computing runs in the background with a network of its own and takes a small share of the time; of weights
    that come meanwhile only the newest are drawn.
    """

    drawn = Signal()
    """The newest weights are on the screen, and others may come."""

    def __init__(self, parent: QWidget | None = None, *, tasks: TaskRunner | None = None) -> None:
        """Make an empty plot.

        Args:
            parent: Parent.
            tasks: Where to compute; a runner of its own when None.
        """
        super().__init__(parent)
        self._tasks = tasks or TaskRunner(self)
        self._evaluator: SurfaceEvaluator | None = None
        self._problem: tuple[Any, ...] | None = None
        self._view: View | None = None
        self._weights: Weights | None = None
        self._pending = False
        self._busy = False
        self._pace = ViewPace()
        self._next_time = 0.0
        self._picture: Picture | None = None
        self._build()
        self._due_timer = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._due_timer.timeout.connect(self._on_due_timer_timeout)
        self._fine_timer = QTimer(self, singleShot=True)
        self._fine_timer.timeout.connect(self._on_fine_timer_timeout)
        theme_notifier.theme_changed.connect(self._on_theme_notifier_theme_changed)
        self._restyle()
        self._say(NO_PROBLEM_TEXT)

    # What the window calls

    def set_problem(self, design: Design, data: PreparedData | None) -> None:
        """Show another design or other data, with the first weights of its seed until others come."""
        nodes = tuple((node.id, node.layer, node.name) for node in design.graph.nodes)
        problem = (nodes, design.graph.edges, design.training.dtype, design.training.seed, data)
        if self._problem is not None and problem[:4] == self._problem[:4] and data is self._problem[4]:
            return
        self._problem = problem
        self._evaluator, self._view, self._weights, self._picture = None, None, None, None
        self._pending = self._busy = False
        self._pace, self._next_time = ViewPace(), 0.0
        if data is None:
            self._say(NO_PROBLEM_TEXT)
            return
        self._busy = True
        self._tasks.run(
            prepare_evaluator,
            design,
            data,
            on_success=self._on_tasks_prepared,
            on_failure=self._on_tasks_prepare_failed,
            latest=(id(self), "boundary"),
        )

    def update_weights(self, weights: Weights) -> None:
        """Draw for other weights, soon: at once when nothing is being computed."""
        self._weights = weights
        self._request()

    @property
    def wants_weights(self) -> bool:
        """Other weights would be drawn now: the plot is seen, is not busy, and has rested long enough."""
        shown = self.isVisible() and self._evaluator is not None and not self._busy and not self._pending
        return shown and time.monotonic() >= self._next_time - 0.020

    @property
    def message(self) -> str:
        """The sentence that stands in place of the picture; empty when there is one."""
        return self._message.text() if not self._message.isHidden() else ""

    @property
    def picture(self) -> Picture | None:
        """What is shown."""
        return self._picture

    @property
    def view(self) -> View | None:
        """Features and answer shown."""
        return self._view

    def close_tasks(self) -> None:
        """End the background thread; call it before the application ends."""
        self._due_timer.stop()
        self._fine_timer.stop()
        self._tasks.close()

    # Building

    def _build(self) -> None:
        self._canvas = PlotCanvas(self)
        self._canvas.setAccessibleName("Boundary plot")
        self._scene = BoundaryScene(self._canvas)
        self._canvas.sceneObj.sigMouseMoved.connect(self._on_scene_mouse_moved)
        self._canvas.viewport().installEventFilter(self)
        self._legend = QLabel(self)
        self._legend.setTextFormat(Qt.TextFormat.RichText)
        self._answer = self._combo("Answer", "Which prediction is shown")
        self._x = self._combo("Horizontal feature", "The feature along the horizontal axis")
        self._y = self._combo("Vertical feature", "The feature along the vertical axis; the others keep their median")
        self._message = Overlay(self._canvas, framed=False)
        self._message.setWordWrap(True)
        self._message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._readout = Overlay(self._canvas, framed=True)
        header = QHBoxLayout()
        header.setContentsMargins(8, 4, 8, 0)
        header.setSpacing(8)
        header.addWidget(self._legend, 1)
        choices = QHBoxLayout()
        choices.setContentsMargins(8, 4, 8, 0)
        choices.setSpacing(8)
        for combo in (self._answer, self._x, self._y):
            choices.addWidget(combo, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(header)
        layout.addLayout(choices)
        layout.addWidget(self._canvas, 1)

    def _combo(self, name: str, tip: str) -> QComboBox:
        combo = ElidedComboBox(self)
        combo.setAccessibleName(name)
        combo.setToolTip(tip)
        combo.setMaxVisibleItems(20)
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        combo.setMinimumContentsLength(8)
        combo.currentIndexChanged.connect(self._on_combo_current_index_changed)
        combo.hide()
        return combo

    def _restyle(self) -> None:
        self._scene.restyle()
        for overlay in (self._message, self._readout):
            overlay.restyle()
        if self._view is not None:
            self._show_view(self._view)

    def _say(self, sentence: str) -> None:
        self._message.setText(sentence)
        self._message.setVisible(bool(sentence))
        self._place_message()
        if sentence:
            self._picture = None
            self._legend.clear()
            self._scene.clear()
            for combo in (self._answer, self._x, self._y):
                combo.hide()

    def _place_message(self) -> None:
        self._message.setGeometry(self._canvas.rect().adjusted(24, 24, -24, -24))

    # A problem and a view of it

    def _on_tasks_prepared(self, prepared: tuple[SurfaceEvaluator, View]) -> None:
        self._busy = False
        self._evaluator, view = prepared
        self._say("")
        features = self._evaluator.features
        for combo in (self._x, self._y):
            self._fill(combo, [(feature.title, feature) for feature in features], len(features) > 2)
        answers = self._evaluator.answers
        self._fill(self._answer, [(answer.title, answer) for answer in answers], len(answers) > 1)
        self._select(view)
        self._show_view(view)

    def _on_tasks_prepare_failed(self, error: Exception) -> None:
        self._busy = False
        if isinstance(error, DesignError):
            self._say("No boundary yet: the design cannot be computed. The problem list says what is missing.")
        elif isinstance(error, (NoSurfaceError, DataError)):
            self._say(str(error))
        else:
            self._say(f"No boundary can be drawn for this design ({type(error).__name__}: {error}).")

    @staticmethod
    def _fill(combo: QComboBox, entries: list[tuple[str, Any]], shown: bool) -> None:
        combo.blockSignals(True)
        combo.clear()
        for title, value in entries:
            combo.addItem(title, value)
        combo.blockSignals(False)
        combo.setVisible(shown)

    def _select(self, view: View) -> None:
        assert self._evaluator is not None
        for combo, choices, value in (
            (self._x, self._evaluator.features, view.x),
            (self._y, self._evaluator.features, view.y),
            (self._answer, self._evaluator.answers, view.answer),
        ):
            combo.blockSignals(True)
            combo.setCurrentIndex(choices.index(value) if value in choices else -1)
            combo.blockSignals(False)

    def _on_combo_current_index_changed(self, _index: int) -> None:
        if self._evaluator is None or self._view is None:
            return
        features, answers = self._evaluator.features, self._evaluator.answers
        x, y = features[max(0, self._x.currentIndex())], None
        if self._view.y is not None:
            y = features[max(0, self._y.currentIndex())]
            if x == y:  # the other one gives way
                x, y = (x, self._view.x) if self.sender() is self._x else (self._view.y, y)
        self._show_view(View(x, y, answers[max(0, self._answer.currentIndex())]))
        assert self._view is not None
        self._select(self._view)

    def set_features(self, x: Feature, y: Feature) -> None:
        """Look at two other features."""
        if self._view is not None:
            view = View(x, y, self._view.answer)
            self._select(view)
            self._show_view(view)

    def _show_view(self, view: View) -> None:
        """Axes, examples and legend of a view; the picture follows."""
        assert self._evaluator is not None
        self._view = view
        self._scene.show_view(view, self._evaluator)
        self._write_legend(view)
        self._request(at_once=True)

    def _write_legend(self, view: View) -> None:
        theme, entries = current_theme(), []
        for k, name in enumerate(view.answer.class_names[:6]):
            entries.append(swatch(theme.classes[k % len(theme.classes)], name, dot=True))
        if len(view.answer.class_names) > 6:
            entries.append(f"… {len(view.answer.class_names)} classes")
        assert self._evaluator is not None
        marks = {"train": "●", "dev": "○", "test": "□"}
        parts = [f"{marks[part]} {part}" for part in self._evaluator.data.parts]
        text = "&nbsp;&nbsp; ".join(entries)
        muted = f"<span style='color:{theme.text_muted}'>{'&nbsp;&nbsp; '.join(parts)}</span>"
        self._legend.setText(f"{text}&nbsp;&nbsp;&nbsp; {muted}" if text else muted)

    # Computing

    def _request(self, *, at_once: bool = False, fine: bool = False) -> None:
        if self._evaluator is None or self._view is None or self._busy or not self.isVisible():
            self._pending = True
            return
        wait = self._next_time - time.monotonic()
        if wait > 0 and not at_once and not fine:
            self._pending = True
            if not self._due_timer.isActive():
                self._due_timer.start(max(1, round(1000 * wait)))
            return
        self._pending, self._busy = False, True
        grid = min(FINE_GRID if fine else self._pace.grid, self._evaluator.largest_grid)
        request = Request(self._weights, self._view, grid, self._scene.coloring)
        self._tasks.run(
            compute,
            self._evaluator,
            request,
            on_success=self._on_tasks_computed,
            on_failure=self._on_tasks_compute_failed,
            latest=(id(self), "boundary"),
        )

    def _on_tasks_computed(self, picture: Picture) -> None:
        self._busy = False
        cells = len(picture.surface.x) * len(picture.surface.y)
        self._pace.report(picture.surface.seconds, cells)
        self._next_time = time.monotonic() + self._pace.interval
        if picture.surface.view == self._view and picture.coloring == self._scene.coloring:
            self._picture = picture
            self._scene.show_picture(picture)
        if self._pending:
            self._request()
            return
        self.drawn.emit()
        finest = min(FINE_GRID, self._evaluator.largest_grid) if self._evaluator else FINE_GRID
        if picture.surface.view.y is not None and len(picture.surface.x) < finest and self._pace.interval < 0.2:
            self._fine_timer.start(round(1000 * max(WAIT_BEFORE_FINE, 3 * self._pace.interval)))

    def _on_tasks_compute_failed(self, _error: Exception) -> None:
        """Weights of another design, on their way when the design changed: the picture stays as it is."""
        self._busy, self._weights = False, None
        if self._pending and self._picture is None:
            self._request(at_once=True)

    def _on_due_timer_timeout(self) -> None:
        if self._pending:
            self._request(at_once=True)

    def _on_fine_timer_timeout(self) -> None:
        if not self._pending and not self._busy:
            self._request(fine=True)

    def _on_theme_notifier_theme_changed(self) -> None:
        self._restyle()

    def _on_scene_mouse_moved(self, position: QPointF) -> None:
        text = self._scene.text_at(position, self._picture.surface) if self._picture else ""
        if text:
            place = self._canvas.mapFromScene(position)
            self._readout.show_near(text, place.x(), place.y())
        else:
            self._readout.hide()

    def eventFilter(self, watched: Any, event: Any) -> bool:
        if event.type() == event.Type.Leave:
            self._readout.hide()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_message()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._place_message()
        if self._pending:
            self._request(at_once=True)
        self.drawn.emit()
