"""The boundary plot: what the network predicts all over two features, with the examples on top."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from engine.data import PreparedData
from engine.design import Design
from engine.events import Weights
from gui.plots.boundary_choices import ViewChoices
from gui.plots.boundary_job import Picture, Request, compute, prepare_evaluator
from gui.plots.boundary_options import OptionsButton
from gui.plots.boundary_pointer import BoundaryPointer
from gui.plots.boundary_scene import BoundaryScene
from gui.plots.boundary_words import boundary_table, count_wrong, legend_text, why_no_boundary
from gui.plots.pace import ViewPace
from gui.plots.ranges import Range
from gui.plots.style import Overlay, PlotCanvas
from gui.plots.surface import Feature, SurfaceEvaluator, View
from gui.runtime.tasks import TaskRunner
from gui.theme import theme_notifier
from gui.widgets.export import ExportButton, Table

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
    shown_changed = Signal()
    """Axes and examples were drawn anew, or there are none any more."""
    example_chosen = Signal(str, int)
    """An example was clicked: its part and its place within it."""

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
        self._frame: tuple[Range, Range] | None = None
        self._titles: list[str | None] = []
        self._example: tuple[str, int] | None = None
        self._waiting = NO_PROBLEM_TEXT
        self._build()
        self._due_timer = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._due_timer.timeout.connect(self._on_due_timer_timeout)
        self._fine_timer = QTimer(self, singleShot=True)
        self._fine_timer.timeout.connect(self._on_fine_timer_timeout)
        theme_notifier.theme_changed.connect(self._on_theme_notifier_theme_changed)
        self._restyle()
        self._say(NO_PROBLEM_TEXT)

    # What the window calls

    def set_problem(self, design: Design, data: PreparedData | None, waiting: str = NO_PROBLEM_TEXT) -> None:
        """Show another design or other data, with the first weights of its seed until others come.

        Args:
            design: What the weights belong to.
            data: The examples; None shows a sentence.
            waiting: Why there is no data.
        """
        nodes = tuple((node.id, node.layer, node.name) for node in design.graph.nodes)
        problem = (nodes, design.graph.edges, design.training.dtype, design.training.seed, data)
        if self._problem is not None and problem[:4] == self._problem[:4] and data is self._problem[4]:
            if data is None and waiting != self._waiting:
                self._waiting = waiting
                self._say(waiting)
            return
        self._waiting = waiting
        self._problem = problem
        self._evaluator, self._view, self._weights, self._picture = None, None, None, None
        self._pointer.show_picture(None, None)
        self._pending = self._busy = False
        self._pace, self._next_time = ViewPace(), 0.0
        if data is None:
            self._say(waiting)
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

    @property
    def canvas(self) -> PlotCanvas:
        """The drawing area."""
        return self._canvas

    @property
    def scene(self) -> BoundaryScene:
        """What is drawn."""
        return self._scene

    @property
    def shows_plane(self) -> bool:
        """The axes are the two features that there are."""
        return (
            self._evaluator is not None
            and self._view is not None
            and (self._view.x, self._view.y) == self._evaluator.features
        )

    def add_tools(self, button: QWidget, tools: QWidget, strip: QWidget) -> None:
        """Put a button into the header, tools in place of the legend beside it, and a strip of others below."""
        self._header.insertWidget(0, button)
        self._header.insertWidget(1, tools, 1)
        self._column.insertWidget(1, strip)

    def set_frame(self, frame: tuple[Range, Range] | None) -> None:
        """Show this stretch of the plane, whatever the data; None goes back to the stretch of the data."""
        self._frame = frame
        self._show_controls()
        self._choices.setVisible(self._choices.are_any and frame is None and self._view is not None)
        self._pointer.hide()
        self._message.setVisible(bool(self._message.text()) and frame is None)
        self._place_message()
        if self._view is not None:
            self._frame_evaluator()
            self._show_view(self._view, keep_picture=True)
        else:
            self._scene.clear()
            self.shown_changed.emit()

    def set_example(self, part: str, place: int) -> None:
        """Mark another example as the one that is looked at."""
        self._example = (part, place)
        self._mark_example()
        if self._view is not None and self._view.example not in (None, self._example):
            self._on_options_changed()

    def _mark_example(self) -> None:
        """The first example is not marked until it matters: nobody has chosen it."""
        matters = self._options.options.at_example or self._example != ("train", 0)
        self._scene.show_chosen(self._example if matters else None)

    def table(self) -> Table | None:
        """The examples and the picture as numbers; None when there is no picture."""
        if self._picture is None or self._view is None:
            return None
        return boundary_table(self._view, self._scene.shown, self._picture)

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
        self._pointer = BoundaryPointer(self._canvas, self._scene, self)
        self._pointer.example_chosen.connect(self.example_chosen)
        self._options = OptionsButton(self)
        self._options.changed.connect(self._on_options_changed)
        self._export = ExportButton("Boundary", lambda: self._body, self.table, self)
        self._legend = QLabel(self)
        self._legend.setTextFormat(Qt.TextFormat.RichText)
        self._legend.setContentsMargins(8, 2, 8, 2)
        self._legend.setWordWrap(True)
        self._choices = ViewChoices(self)
        self._choices.chosen.connect(self._show_view)
        self._x, self._y = self._choices.horizontal, self._choices.vertical
        self._message = Overlay(self._canvas, framed=False)
        self._message.setWordWrap(True)
        self._message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._header = header = QHBoxLayout()
        header.setContentsMargins(4, 4, 8, 0)
        header.setSpacing(0)
        header.addWidget(self._options)
        header.addStretch(1)
        header.addWidget(self._export)
        self._body = QWidget(self)
        self._body.setAccessibleName("Boundary")
        body = QVBoxLayout(self._body)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(0)
        body.addWidget(self._legend)
        body.addWidget(self._canvas, 1)
        self._column = layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(header)
        layout.addWidget(self._choices)
        layout.addWidget(self._body, 1)

    def _restyle(self) -> None:
        self._scene.restyle()
        for overlay in (self._message, self._pointer.readout):
            overlay.restyle()
        if self._view is not None:
            self._show_view(self._view)

    def _say(self, sentence: str) -> None:
        self._message.setText(sentence)
        self._message.setVisible(bool(sentence) and self._frame is None)
        self._place_message()
        if sentence:
            self._picture = None
            self._pointer.show_picture(None, None)
            self._legend.clear()
            self._scene.clear()
            self._titles = []
            self._choices.hide()
            self._show_controls()
            self.shown_changed.emit()

    def _place_message(self) -> None:
        self._message.setGeometry(self._canvas.rect().adjusted(24, 24, -24, -24))

    # A problem and a view of it

    def _on_tasks_prepared(self, prepared: tuple[SurfaceEvaluator, View]) -> None:
        self._busy = False
        self._evaluator, view = prepared
        self._say("")
        view = replace(view, example=self._example if self._options.options.at_example else None)
        self._choices.fill(self._evaluator)
        self._choices.setVisible(self._choices.are_any and self._frame is None)
        self._choices.select(view)
        several = len(self._evaluator.features) > 2
        self._options.offer(tuple(self._evaluator.data.parts), classes=view.answer.kind == "classes", others=several)
        self._show_controls()
        self._frame_evaluator()
        self._show_view(view, keep_picture=[view.x.title, view.y and view.y.title] == self._titles)

    def _frame_evaluator(self) -> None:
        """Let the picture cover the frame, where the axes are the only two features."""
        assert self._evaluator is not None
        pair = self._evaluator.features if len(self._evaluator.features) == 2 else ()
        self._evaluator.frames = dict(zip(pair, self._frame, strict=False)) if self._frame else {}

    def _on_tasks_prepare_failed(self, error: Exception) -> None:
        self._busy = False
        self._say(why_no_boundary(error))

    def set_features(self, x: Feature, y: Feature) -> None:
        """Look at two other features."""
        if self._view is not None:
            view = replace(self._view, x=x, y=y)
            self._choices.select(view)
            self._show_view(view)

    def _show_view(self, view: View, *, keep_picture: bool = False) -> None:
        """Axes, examples and legend of a view; the picture follows."""
        assert self._evaluator is not None
        self._view, self._titles = view, [view.x.title, view.y and view.y.title]
        self._scene.show_view(view, self._evaluator, self._options.options, keep_picture=keep_picture)
        self._mark_example()
        self._write_legend(view)
        self.shown_changed.emit()
        self._request(at_once=True)

    def _write_legend(self, view: View) -> None:
        assert self._evaluator is not None
        options = self._options.options
        wrong = count_wrong(self._picture, options) if self._picture is not None else None
        text = legend_text(view, self._evaluator, options, wrong)
        if text != self._legend.text():
            self._legend.setText(text)

    def _show_controls(self) -> None:
        """The legend and its switches are there with the picture, and not while one paints."""
        there = not self._message.text() and self._frame is None
        for widget in (self._legend, self._options, self._export):
            widget.setVisible(there)

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
        grid = min(self._pace.fine_grid if fine else self._pace.grid, self._evaluator.largest_grid)
        clouds = tuple(self._scene.shown.values())
        request = Request(self._weights, self._view, grid, self._scene.coloring, clouds)
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
            self._scene.show_rings(picture.wrong if self._options.options.rings else {})
            self._pointer.show_picture(self._evaluator, picture)
            self._write_legend(picture.surface.view)
        if self._pending:
            self._request()
            return
        self.drawn.emit()
        finest = min(self._pace.fine_grid, self._evaluator.largest_grid) if self._evaluator else 0
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

    def _on_options_changed(self) -> None:
        if self._view is not None:
            view = replace(self._view, example=self._example if self._options.options.at_example else None)
            self._choices.select(view)
            self._show_view(view, keep_picture=True)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_message()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._place_message()
        if self._pending:
            self._request(at_once=True)
        self.drawn.emit()
