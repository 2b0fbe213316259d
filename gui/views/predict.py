"""What the network says about an example that the user types in, or about a file of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtGui import QImage, QPixmap, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFileDialog, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from engine.answers import answers_of, decide, read_prediction, read_target
from engine.data import DataError, PreparedData
from engine.files_disk import FileError
from engine.new_rows import Entry, entries_of, example_row, network_inputs, row_values
from engine.plan import PlanNode, make_plan
from gui.views.base import LiveView
from gui.views.engine import ViewEngine
from gui.views.result_bars import AnswerBars, Verdict
from gui.views.result_data import input_rows
from gui.views.result_file import FilePrediction, predict_file, suggested_name
from gui.views.result_form import ExampleForm, steps_and_fillers
from gui.views.result_pictures import picture_array, pixels_of
from gui.views.result_state import ResultState
from gui.views.result_text import examples, figure
from gui.widgets.basic import Button, ElidedLabel, Label
from gui.widgets.export import Table, write_bytes

MOST_FIELDS = 100
"""Inputs with more columns have no form: their examples are looked at as they are."""
FILE_TIP = "Predict every row of a CSV file, and save it with the predictions"
PICTURE = 128
"""Side of the picture of the example, in points."""


@dataclass(frozen=True, slots=True)
class Question:
    """A row that was typed, an example of the data where there is no form, or a file."""

    row: tuple[float | str, ...] | None
    part: str
    place: int
    threshold: float
    path: str = ""


class PredictView(LiveView):
    """A form for one example, with the network's answer beside it."""

    name = "predict"
    title = "Predict"
    help = "Type in an example, or open a file of them, and see what the network answers."

    def build(self) -> None:
        self.state = ResultState.of(self.context)
        self._entries: tuple[Entry, ...] = ()
        self._answer: tuple[Verdict, ...] = ()
        self._path = ""
        self._made: FilePrediction | None = None
        self.reset = Button("Take the example", "revert", "Fill in the example that is looked at again")
        self.file = Button("Predict a file…", "open", FILE_TIP)
        self.tools.addWidget(self.reset)
        self.tools.addWidget(self.file)
        self.tools.addStretch(1)
        self.origin = ElidedLabel("", "heading")
        self.complaint = Label("", "error", wrap=True)
        self.notice = Label("", "muted", wrap=True)
        self.example_picture = QLabel()
        self.example_picture.setAccessibleName("The example as a picture")
        self.form = ExampleForm()
        self.bars = AnswerBars()
        answers = QScrollArea()
        answers.setWidgetResizable(True)
        answers.setWidget(self.bars)
        answers.setMinimumSize(160, 100)
        self._lay_out(answers)
        self.reset.clicked.connect(self._on_reset_clicked)
        self.file.clicked.connect(self._on_file_clicked)
        self.form.edited.connect(self._on_form_edited)
        self.state.changed.connect(self._on_state_changed)
        self.context.example_changed.connect(self._on_context_example_changed)

    def _lay_out(self, answers: QWidget) -> None:
        head = QVBoxLayout()
        head.setContentsMargins(12, 0, 12, 4)
        head.setSpacing(4)
        for widget in (self.origin, self.complaint, self.notice):
            head.addWidget(widget)
        self.complaint.hide()
        self.notice.hide()
        left = QVBoxLayout()
        left.setSpacing(8)
        row = QHBoxLayout()
        row.setContentsMargins(12, 4, 12, 0)
        row.addWidget(self.example_picture)
        row.addStretch(1)
        left.addLayout(row)
        left.addWidget(self.form, 100)
        left.addStretch(1)
        self._halves = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._halves.setSpacing(8)
        self._halves.addLayout(left, 3)
        self._halves.addWidget(answers, 2)
        self.body.addLayout(head)
        self.body.addLayout(self._halves, 1)

    # The form

    def problem_changed(self) -> None:
        problem = self.context.problem
        assert problem is not None
        inputs = make_plan(problem.design.graph).inputs
        try:
            entries = entries_of(problem.data, inputs)
        except DataError:
            entries = ()  # the engine says what is wrong
        entries = entries if len(entries) <= MOST_FIELDS else ()
        if entries != self._entries:
            self._entries = entries
            self.form.set_entries(entries, *steps_and_fillers(problem.data, entries))
        self.form.setVisible(bool(entries))
        self.reset.setVisible(bool(entries))
        flat = all(_is_flat(problem.data, node) for node in inputs)
        self.file.setEnabled(flat)
        self.file.setToolTip(FILE_TIP if flat else "This network takes pictures, which a table cannot hold.")
        self._path, self._made = "", None
        self.notice.hide()
        self._fill(inputs)

    def _fill(self, inputs: list[PlanNode]) -> None:
        """Show the example that is looked at."""
        problem, (part, place) = self.context.problem, self.context.example
        if problem is None or part not in problem.data.parts or place >= problem.data.parts[part].m:
            return
        self.form.fill(example_row(problem.data, self._entries, part, place))
        self.complaint.hide()
        self._say_origin(edited=False)
        try:
            array = picture_array(problem.data, inputs)
        except DataError:
            array = None
        self.example_picture.setVisible(array is not None)
        if array is not None:
            pixels = pixels_of(problem.data, array, part, np.array([place]))[0]
            self.example_picture.setPixmap(_pixmap(pixels, self.devicePixelRatioF()))

    def _say_origin(self, *, edited: bool) -> None:
        problem, (part, place) = self.context.problem, self.context.example
        text = f"Example {place + 1:,} of the {part} part"
        answer = self.state.answer
        if edited:
            text = f"{text}, changed"
        elif problem is not None and answer is not None:
            try:
                true = read_target(problem.data.parts[part], answer, problem.data, np.array([place]))[0]
            except DataError:
                true = None
            if true is not None:
                shown = answer.class_names[int(true)] if answer.kind == "classes" else figure(float(true), 5)
                text = f"{text}: true {answer.title} is {shown}"
        self.origin.set_full_text(text)

    # Computing

    def question(self) -> Question | None:
        if not self.state.answers:
            self.say(self.state.complaint)
            return None
        part, place = self.context.example
        threshold = self.state.used_threshold
        if not self._entries or self._path:
            return Question(None, part, place, threshold, self._path)
        try:
            row = self.form.row()
        except ValueError as error:
            self.complaint.setText(str(error))
            self.complaint.show()
            return None
        self.complaint.hide()
        return Question(row, part, place, threshold)

    @staticmethod
    def compute(engine: ViewEngine, question: Question) -> tuple[Verdict, ...] | FilePrediction:
        if question.path:
            return predict_file(engine, question.path, question.threshold)
        data, inputs = engine.data, engine.network.inputs
        rows = {
            node.id: input_rows(data, data.parts[question.part], node, np.array([question.place])) for node in inputs
        }
        if question.row is not None:
            entries = entries_of(data, inputs)
            flat = [node for node in inputs if _is_flat(data, node)]
            rows |= network_inputs(data, flat, entries, row_values(entries, question.row))
        predictions = engine.predict(rows)
        verdicts = []
        for answer in answers_of(engine.network.outputs, data):
            raw = predictions[answer.node]
            values = read_prediction(raw, answer, data)[0]
            score = float(raw[0, answer.component]) if answer.scored else float("nan")
            guess = int(decide(raw, answer, question.threshold)[0]) if answer.kind == "classes" else -1
            verdicts.append(Verdict(answer, np.atleast_1d(values), score, guess))
        return tuple(verdicts)

    def show_answer(self, answer: tuple[Verdict, ...] | FilePrediction) -> None:
        if isinstance(answer, FilePrediction):
            self._take_file(answer)
            return
        broken = [verdict for verdict in answer if not np.isfinite(verdict.values).all()]
        if broken:
            self.say(
                f"The network's answer for {broken[0].answer.title} is not a finite number. Its weights have grown out "
                "of bounds, or the example lies very far from all others."
            )
            return
        self._answer = answer
        self.bars.show_verdicts(answer)

    def take_failure(self, error: Exception) -> None:
        self._path = ""
        super().take_failure(error)

    def table(self) -> Table | None:
        rows: list[list[Any]] = [[field.entry.name, field.value()] for field in self.form.fields if _is_right(field)]
        for verdict in self._answer:
            if verdict.guess < 0:
                rows.append([f"predicted {verdict.answer.title}", float(verdict.values[0])])
                continue
            rows.append([f"predicted {verdict.answer.title}", verdict.headline])
            if verdict.answer.scored:
                rows.append([f"score of {verdict.answer.title}", verdict.score])
            else:
                names = zip(verdict.answer.class_names, verdict.values.tolist(), strict=True)
                rows += [[f"P({verdict.answer.title} = {name})", value] for name, value in names]
        return Table(["name", "value"], rows) if self._answer else None

    # Files

    def predict_file(self, path: str) -> None:
        """Predict every row of a file; then the user is asked where to save them."""
        self._path = path
        self._notice(f"Predicting '{Path(path).name}' …")
        self.refresh()

    def save_file(self, path: str) -> None:
        """Write the predictions of the last file."""
        if self._made is None:
            return
        try:
            write_bytes(Path(path), self._made.text.encode("utf-8"))
        except FileError as error:
            self._complain(str(error))
            return
        self._notice(f"{examples(self._made.m)} with predictions saved to '{path}'.")

    def _take_file(self, made: FilePrediction) -> None:
        self._path = ""
        self.refresh()  # the form's own answer
        if made.complaint:
            self._complain(made.complaint)
            return
        self._made = made
        self._notice(f"{examples(made.m)} of '{Path(made.path).name}' predicted.")
        QTimer.singleShot(0, self, self._ask_where)

    def _ask_where(self) -> None:
        if self._made is None:
            return
        path, _ = QFileDialog.getSaveFileName(
            self.window(), "Save the predictions", suggested_name(self._made.path), "CSV (*.csv)"
        )
        if path:
            self.save_file(path if Path(path).suffix else f"{path}.csv")

    def _notice(self, text: str) -> None:
        self.complaint.hide()
        self.notice.setText(text)
        self.notice.show()

    def _complain(self, text: str) -> None:
        self.notice.hide()
        self.complaint.setText(text)
        self.complaint.show()

    def _on_file_clicked(self) -> None:
        kinds = "Tables (*.csv *.tsv *.tab *.txt *.parquet);;All files (*)"
        path, _ = QFileDialog.getOpenFileName(self.window(), "Predict a file", str(Path.home()), kinds)
        if path:
            self.predict_file(path)

    def _on_reset_clicked(self) -> None:
        self._on_context_example_changed()

    def _on_form_edited(self) -> None:
        self._say_origin(edited=True)
        self.notice.hide()
        self.refresh()

    def _on_state_changed(self) -> None:
        if self.context.problem is not None:
            self.refresh()

    def _on_context_example_changed(self) -> None:
        problem = self.context.problem
        if problem is not None:
            self._fill(make_plan(problem.design.graph).inputs)
            self.refresh()

    # Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.width() > 520
        self._halves.setDirection(QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom)


def _is_right(field: Any) -> bool:
    return not field.property("invalid")


def _is_flat(data: PreparedData, node: PlanNode) -> bool:
    try:
        picks = data.input_layout.find(getattr(node.layer, "source", ""))
    except DataError:
        return False  # the engine says what is wrong
    return all(len(data.input_layout.shapes[pick.array]) == 1 for pick in picks)


def _pixmap(pixels: np.ndarray, ratio: float) -> QPixmap:
    pixels = np.ascontiguousarray(pixels)
    height, width = pixels.shape[:2]
    image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32)
    scale = PICTURE * ratio / max(width, height)
    pixmap = QPixmap.fromImage(image).scaled(round(width * scale), round(height * scale))
    pixmap.setDevicePixelRatio(ratio)
    return pixmap
