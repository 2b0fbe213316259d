"""What classical methods make of the same examples, beside the network."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QScrollArea, QVBoxLayout, QWidget

from engine.baseline_run import BaselineRun
from engine.baselines import BASELINES, JUDGED, Fit, Question, examples_of
from engine.data import DataError, PreparedData
from engine.events import Metrics
from engine.feed import Feed, evaluate
from engine.plan import make_plan
from gui.runtime.tasks import TaskRunner
from gui.views.base import LiveView
from gui.views.baseline_bars import ImportanceBars
from gui.views.baseline_table import NETWORK, BaselineRow, BaselineTable
from gui.views.data_view import is_wide
from gui.views.engine import ViewEngine
from gui.views.result_view import QuietCombo
from gui.widgets.basic import Button, CheckBox, ElidedLabel, Label
from gui.widgets.export import Table

POLL = 40
"""Milliseconds between two looks for results."""


class _Runs:
    """The run under way. It outlives the view, whose end cancels it."""

    def __init__(self) -> None:
        self.current: BaselineRun | None = None

    def cancel(self, *_: object) -> None:
        run, self.current = self.current, None
        if run is not None:
            run.cancel()


class BaselinesView(LiveView):
    """Logistic or linear regression, k-nearest neighbours, SVM, random forest and gradient boosting."""

    name = "baselines"
    title = "Baselines"
    help = "Fit classical methods on the same data and compare them with the network."

    def build(self) -> None:
        self._data: PreparedData | None = None
        self._questions: tuple[Question, ...] = ()
        self._asked: Question | None = None
        self._runs = _Runs()
        self._done: set[int] = set()
        """Places that the run under way has finished."""
        self._own: dict[str, Metrics] = {}
        self.fits: dict[int, Fit] = {}
        """By place among the baselines."""
        self._tasks = TaskRunner(self)
        self._timer = QTimer(self, interval=POLL)
        self._timer.timeout.connect(self._take_results)
        self.destroyed.connect(self._runs.cancel)
        self.context.closed.connect(self._on_context_closed)
        self._build_tools()
        self._build_picture()
        self.table_view.fit_asked.connect(self._on_table_fit_asked)
        self.table_view.selectionModel().currentChanged.connect(self._on_table_current_changed)

    def _build_picture(self) -> None:
        self.table_view = BaselineTable()
        self.note = Label("", "error", wrap=True)
        self.note.setContentsMargins(12, 0, 12, 4)
        self.note.hide()
        self.importance = ImportanceBars()
        self.importance_title = ElidedLabel("", "heading")
        self.importance_title.setContentsMargins(12, 0, 12, 0)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(self.importance)
        self._lower = QWidget()
        lower = QVBoxLayout(self._lower)
        lower.setContentsMargins(0, 0, 0, 0)
        lower.setSpacing(4)
        lower.addWidget(self.importance_title)
        lower.addWidget(scroll, 1)
        self._lower.setMinimumSize(220, 120)
        self._lower.hide()
        self._halves = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._halves.setContentsMargins(0, 4, 0, 8)
        self._halves.setSpacing(8)
        self._halves.addWidget(self.table_view, 3)
        self._halves.addWidget(self._lower, 2)
        self.body.addWidget(self.note)
        self.body.addLayout(self._halves, 1)

    def _build_tools(self) -> None:
        self.fit_all = Button("Fit all", "play", "Fit all baselines on the training part, in the background")
        self.fit_one = Button("Fit this one", "", "Fit the baseline of the chosen row (Enter)")
        self.cancel = Button("Cancel", "stop", "End the fitting now; what is finished stays")
        self.progress = Label("", "small")
        self.output = QuietCombo("Output", "Which of the network's outputs the baselines predict")
        self.lines = CheckBox("Lines in the cost plot")
        self.lines.setToolTip("Draw the dev figures of the baselines as dashed lines into the cost plot")
        self.lines.setChecked(True)
        for widget in (self.fit_all, self.fit_one, self.cancel, self.progress):
            self.tools.addWidget(widget)
        self.tools.addStretch(1)
        self.tools.addWidget(self.output)
        self.tools.addWidget(self.lines)
        self.cancel.hide()
        self.fit_one.setEnabled(False)
        self.fit_all.clicked.connect(self._on_fit_all_clicked)
        self.fit_one.clicked.connect(self._on_fit_one_clicked)
        self.cancel.clicked.connect(self._on_cancel_clicked)
        self.output.activated.connect(self._on_output_activated)
        self.lines.toggled.connect(self._on_lines_toggled)

    # What is asked

    def problem_changed(self) -> None:
        problem = self.context.problem
        assert problem is not None
        plan = make_plan(problem.design.graph)
        outputs = plan.outputs
        self._questions = tuple(Question.of(plan.inputs, outputs, k) for k in range(len(outputs)))
        names = [node.node.title for node in outputs]
        self.output.set_texts(names, max(self.output.currentIndex(), 0) if len(names) > 1 else 0)
        self.output.setVisible(len(names) > 1)
        self._own = {}
        if problem.data is not self._data or self._question != self._asked:
            self._forget()
        self._show_rows()

    @property
    def _question(self) -> Question | None:
        place = max(self.output.currentIndex(), 0)
        return self._questions[place] if place < len(self._questions) else None

    def _forget(self) -> None:
        """Other examples or another target: what was fitted says nothing any more."""
        self._end_run()
        problem = self.context.problem
        self._data, self._asked = (problem.data if problem is not None else None), self._question
        self.fits.clear()
        self.note.hide()
        self._tell_references()

    # The network's own row

    def question(self) -> Any | None:
        return self._question.prefix if self._question is not None else None

    @staticmethod
    def compute(engine: ViewEngine, question: str) -> dict[str, Metrics]:
        parts: dict[str, Metrics] = {}
        for name in ("train", "dev"):
            part = engine.data.parts.get(name)
            if part is not None and part.m:
                key = ("baselines", name)
                if key not in engine.memory:
                    engine.memory[key] = Feed.of(engine.network, part)
                own = evaluate(engine.network, engine.memory[key], engine.data, JUDGED)
                parts[name] = {k.removeprefix(question): v for k, v in own.items() if k.startswith(question)}
        return parts

    def show_answer(self, answer: dict[str, Metrics]) -> None:
        self._own = answer
        self._show_rows()

    # Fitting

    @property
    def is_fitting(self) -> bool:
        """A run is under way."""
        return self._runs.current is not None

    def fit(self, places: list[int]) -> None:
        """Fit some baselines in the background; one that runs is cancelled."""
        problem, question = self.context.problem, self._question
        if problem is None or question is None or not places:
            return
        self._end_run()
        self.note.hide()
        self._runs.current = run = BaselineRun(places)
        self._done = set()
        self._tasks.run(
            run.work, partial(examples_of, problem.data, question),
            on_success=partial(self._on_tasks_done, run), on_failure=partial(self._on_tasks_failed, run),
        )  # fmt: skip
        self._timer.start()
        self._show_state()

    def _end_run(self) -> None:
        self._timer.stop()
        self._runs.cancel()
        self._show_state()

    def _take_results(self) -> None:
        run = self._runs.current
        if run is None or not run.results:
            return
        while run.results:
            place, found = run.results.popleft()
            self.fits[place] = found
            self._done.add(place)
        self._show_state()
        self._show_rows()
        self._tell_references()

    def _on_tasks_done(self, run: BaselineRun, _result: object) -> None:
        if run is self._runs.current:
            self._take_results()
            self._end_run()

    def _on_tasks_failed(self, run: BaselineRun, error: Exception) -> None:
        if run is self._runs.current:
            self._take_results()
            self._end_run()
            known = isinstance(error, DataError | RuntimeError)
            self.note.setText(str(error) if known else f"The baselines could not be fitted: {error}.")
            self.note.show()

    def _show_state(self) -> None:
        run = self._runs.current
        before, after = (self.fit_all, self.cancel) if run is not None else (self.cancel, self.fit_all)
        after.show()
        if before.hasFocus() or (self.fit_one.hasFocus() and run is not None):
            after.setFocus()  # what is hidden would hand it on to something else
        self.cancel.setVisible(run is not None)
        self.fit_all.setVisible(run is None)
        self.fit_one.setVisible(run is None)
        if run is None:
            self.progress.setText("")
            return
        left = [place for place in run.places if place not in self._done]
        name = BASELINES[left[0]].title(self._task) if left else ""
        count = len(run.places)
        of = f" ({count - len(left) + 1} of {count})" if count > 1 else ""
        self.progress.setText(f"Fitting {name}{of} …" if left else "")

    # Showing

    @property
    def _task(self) -> str:
        question = self._question
        return question.task if question is not None else "classes"

    @property
    def _judged_part(self) -> str:
        return "dev" if self._data is not None and "dev" in self._data.parts else "train"

    def _show_rows(self) -> None:
        metrics = ("r2", "rmse", "mae") if self._task == "values" else ("accuracy",)
        step = f"After {self.context.step:,} steps" if self.context.step else "With its first weights"
        rows = [BaselineRow(NETWORK, "This network", "The network on the canvas", self._own, note=step)]
        for place, kind in enumerate(BASELINES):
            found = self.fits.get(place)
            title = kind.title(self._task)
            if found is None:
                rows.append(BaselineRow(place, title, kind.help, {}))
            else:
                seconds = found.seconds if found.parts else None
                rows.append(BaselineRow(place, title, kind.help, found.parts, seconds, found.note))
        self.table_view.fill(rows, metrics, self._judged_part)
        forest = next((found for found in self.fits.values() if found.importance), None)
        self._lower.setVisible(forest is not None)
        if forest is not None:
            self.importance_title.set_full_text(f"{forest.name}: importance of the columns")
            self.importance.show_shares(forest.importance)

    def _tell_references(self) -> None:
        prefix = self._asked.prefix if self._asked is not None else ""
        shown = {
            found.name: {f"{prefix}{name}": value for name, value in found.parts[self._judged_part].items()}
            for _, found in sorted(self.fits.items())
            if self._judged_part in found.parts
        }
        self.context.set_references(shown if self.lines.isChecked() else {})

    def table(self) -> Table | None:
        model = self.table_view.baselines
        header = ["method", "part", "cost", "accuracy", "mae", "rmse", "r2", "seconds", "note"]
        rows: list[list[Any]] = []
        for row in model.rows:
            for part, metrics in row.parts.items():
                figures = [metrics.get(name, "") for name in header[2:7]]
                rows.append([row.name, part, *figures, "" if row.seconds is None else row.seconds, row.note])
        for found in self.fits.values():
            if found.importance:
                rows += [[], ["column", "importance"], *([name, share] for name, share in found.importance)]
        return Table(header, rows) if rows else None

    # Slots

    def _on_context_closed(self) -> None:
        self._end_run()
        self._tasks.close()

    def _on_fit_all_clicked(self) -> None:
        self.fit(list(range(len(BASELINES))))

    def _on_fit_one_clicked(self) -> None:
        if self.table_view.chosen != NETWORK:
            self.fit([self.table_view.chosen])

    def _on_table_fit_asked(self, place: int) -> None:
        self.fit([place])

    def _on_cancel_clicked(self) -> None:
        self._take_results()
        self._end_run()

    def _on_table_current_changed(self, *_: object) -> None:
        self.fit_one.setEnabled(self.table_view.chosen != NETWORK)

    def _on_output_activated(self, _index: int) -> None:
        self._own = {}
        self._forget()
        self._show_rows()
        self.refresh()

    def _on_lines_toggled(self, _checked: bool) -> None:
        self._tell_references()

    # Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = is_wide(self)
        self._halves.setStretch(0, 2 if wide else 3)
        self._halves.setStretch(1, 1 if wide else 2)
        self._halves.setDirection(QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom)
