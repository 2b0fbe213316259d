"""Draw a picture, or drop a photo, and watch the answer and all activations follow."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QPoint, QSignalBlocker, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFileDialog, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from engine.plan import make_plan
from gui.plots.style import Overlay
from gui.runtime.tasks import TaskRunner
from gui.theme import theme_notifier
from gui.views.base import LiveView
from gui.views.bench_controls import choice
from gui.views.bench_flow import FlowLayout
from gui.views.bench_photo import dropped_photo, grey, photo_filter, read_photo
from gui.views.draw_answer import PictureInput, Question, Reply, answer_to, data_style, picture_input
from gui.views.draw_bars import ChanceBars
from gui.views.draw_image import Style, fitted, taken_from, wants_inverting
from gui.views.draw_layers import TALLEST, LayerStrip
from gui.views.draw_pad import DrawPad, image_of
from gui.views.engine import ViewEngine
from gui.views.result_state import ResultState
from gui.widgets.basic import CheckBox, Label, ToolButton
from gui.widgets.export import Table
from gui.widgets.numbers import QuietSlider

NO_PICTURES = (
    "This network takes no pictures, so there is nothing to draw. Open a design for images, such as the template "
    "'digits_cnn', or type an example in under Predict."
)
MOST_PIXELS = 1024
"""Of a side of a photo; larger ones are scaled down while they are read."""
COLORS: dict[str, tuple[float, float, float]] = {
    "White": (1, 1, 1), "Black": (0, 0, 0), "Red": (0.85, 0.15, 0.15), "Orange": (0.95, 0.55, 0.1),
    "Yellow": (0.95, 0.85, 0.2), "Green": (0.2, 0.6, 0.25), "Blue": (0.15, 0.35, 0.8), "Brown": (0.45, 0.3, 0.15),
}  # fmt: skip
CROP, WHOLE = "crop", "whole"


class DrawView(LiveView):
    """A pad of the network's resolution, the answer to what is on it, and the activations of every layer."""

    name = "draw"
    title = "Draw"
    help = "Draw a digit or drop a photo, and watch the answer and all activations follow."

    def build(self) -> None:
        self.state = ResultState.of(self.context)
        self._target: PictureInput | None = None
        self._photo: tuple[str, np.ndarray] | None = None
        self._reply: Reply | None = None
        self._style: Style | None = None
        self._tasks = TaskRunner(self)
        self.setAcceptDrops(True)
        self.pad = DrawPad()
        self.bars = ChanceBars()
        self.layers = LayerStrip()
        self.notice = Label("", "muted", wrap=True)
        self.notice.hide()
        self._build_tools()
        self._lay_out()
        self._overlay = Overlay(self, framed=True)
        self.setFocusProxy(self.pad)
        self._connect()

    def _build_tools(self) -> None:
        self.eraser = CheckBox("Eraser")
        self.eraser.setToolTip("Erase instead of drawing; the right mouse button always does")
        self.brush = QuietSlider()
        self.brush.setRange(2, 40)
        self.brush.setFixedWidth(72)
        self.brush.setAccessibleName("Size of the brush")
        self.color, self._color_holder = choice("Colour", "Colour of the brush")
        self.color.fill([(name, name) for name in COLORS], "White")
        self.undo = ToolButton("undo", "Take the last stroke back (Ctrl+Z in the pad)")
        self.clear = ToolButton("delete", "Begin anew (Delete in the pad)")
        self.centre = CheckBox("Centre it")
        self.centre.setToolTip(
            "Scale and move the drawing to the size and centre of mass that the data has, as MNIST does"
        )
        self.centre.setChecked(True)
        self.take = ToolButton("revert", "Put the example that is looked at on the pad")
        self.open = ToolButton("open", "Classify a picture file; you can also drop one onto this view")
        self.fit, self._fit_holder = choice("Fit of the photo", "What happens where the photo has other proportions")
        self.fit.fill([("Crop", CROP), ("Whole", WHOLE)], CROP)
        self.invert = CheckBox("Invert")
        self.invert.setToolTip("Exchange bright and dark, for photos of dark ink where the data is bright on dark")
        holder = QWidget()
        self._flow = FlowLayout(holder)
        self._flow.setContentsMargins(0, 0, 0, 0)
        for widget in (
            self.undo, self.clear, self.take, self.open, self.eraser, self.brush, self._color_holder, self.centre,
            self._fit_holder, self.invert,
        ):  # fmt: skip
            self._flow.addWidget(widget)
        self.tools.addWidget(holder, 1)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(16)
        top.addWidget(self.pad, 5)
        top.addWidget(self.bars, 4)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(self.layers)
        scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setMinimumSize(120, 110)
        self._scroll = scroll
        self._halves = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._halves.setSpacing(12)
        self._halves.addLayout(top, 3)
        self._halves.addWidget(scroll, 2)
        column = QVBoxLayout()
        column.setContentsMargins(8, 0, 8, 8)
        column.setSpacing(4)
        column.addWidget(self.notice)
        column.addLayout(self._halves, 1)
        self.body.addLayout(column)

    def _connect(self) -> None:
        pad = self.pad
        pad.changed.connect(self._on_pad_changed)
        pad.undo_changed.connect(self._on_pad_undo_changed)
        self.undo.clicked.connect(pad.undo)
        self.clear.clicked.connect(self._on_clear_clicked)
        self.eraser.toggled.connect(self._on_eraser_toggled)
        self.brush.valueChanged.connect(self._on_size_value_changed)
        self.color.activated.connect(self._on_color_activated)
        self.centre.toggled.connect(self._on_centre_toggled)
        self.take.clicked.connect(self._on_take_clicked)
        self.open.clicked.connect(self._on_open_clicked)
        self.fit.activated.connect(self._on_fit_chosen)
        self.invert.toggled.connect(self._on_fit_chosen)
        self.layers.pointed.connect(self._on_layers_pointed)
        self.layers.chosen.connect(self.context.node_requested)
        self.state.changed.connect(self._on_state_changed)
        self.context.closed.connect(self._on_context_closed)
        theme_notifier.theme_changed.connect(self._overlay.restyle)

    # The base's side

    def problem_changed(self) -> None:
        problem = self.context.problem
        assert problem is not None
        plan = make_plan(problem.design.graph)
        self._target = picture_input(problem.data, plan.inputs) if problem.data.train.m else None
        if self._target is None:
            self.say(NO_PICTURES)
            return
        style = data_style(problem.data, self._target)
        if style != self._style:
            self._style = style
            self._take_style(style)

    def question(self) -> Question | None:
        if self._target is None:
            self.say(NO_PICTURES)
            return None
        return Question(
            self.pad.drawing.copy(), self.pad.style_of_data, self.centre.isChecked(), self._target,
            self.context.example, self.state.index, self.state.used_threshold,
        )  # fmt: skip

    @staticmethod
    def compute(engine: ViewEngine, question: Question) -> Reply:
        return answer_to(engine, question)

    def show_answer(self, answer: Reply) -> None:
        self._reply = answer
        title = answer.verdict.answer.title if answer.verdict is not None else ""
        self.bars.note = f"{title} · {f'after {answer.step:,} steps' if answer.step else 'first weights'}"
        self.bars.show_verdict(answer.verdict)
        self.bars.setVisible(answer.verdict is not None)
        self.layers.show_layers(answer.layers, answer.left_out, image_of(answer.seen))

    def table(self) -> Table | None:
        if self._reply is None:
            return None
        rows: list[list[Any]] = []
        verdict = self._reply.verdict
        if verdict is not None and verdict.guess >= 0 and not verdict.answer.scored:
            rows += [
                [f"P({verdict.answer.title} = {name})", "", "", "", float(value)]
                for name, value in zip(verdict.answer.class_names, verdict.values, strict=True)
            ]
        rows += [
            ["pixel", row + 1, column + 1, channel + 1, float(value)]
            for (row, column, channel), value in np.ndenumerate(self._reply.seen)
        ]
        return Table(["what", "row", "column", "channel", "value"], rows)

    def _take_style(self, style: Style) -> None:
        """Other pictures are in the data: another pad, brush and choices."""
        self.pad.set_style(style)
        self._forget_photo()
        self.pad.radius = max(0.75, 0.046 * max(style.shape[:2]))
        with QSignalBlocker(self.brush):
            self.brush.setValue(round(100 * self.pad.radius / max(style.shape[:2])))
        with QSignalBlocker(self.centre):
            self.centre.setChecked(style.is_plain)
        self.centre.setEnabled(style.is_plain)
        self._color_holder.setVisible(style.shape[2] == 3)
        self.color.choose("White" if style.background < 0.5 else "Black")
        self._take_color()
        self._flow.invalidate()

    # Photos

    def open_photo(self, path: str) -> None:
        """Put a picture file on the pad."""
        if self._target is None:
            return
        self._tasks.run(
            read_photo, path, MOST_PIXELS,
            on_success=partial(self._on_tasks_photo_read, path), on_failure=self._on_tasks_photo_failed, latest="photo",
        )  # fmt: skip

    def _take_photo(self, path: str, pixels: np.ndarray, width: int, height: int) -> None:
        style = self.pad.style_of_data
        shades = (grey(pixels) if style.shape[2] == 1 else pixels) / 255
        self._photo = (path, shades)
        with QSignalBlocker(self.invert):
            self.invert.setChecked(wants_inverting(shades, style))
        for widget in (self._fit_holder, self.invert):
            widget.show()
        self._flow.invalidate()
        size = " × ".join(map(str, style.shape[1::-1]))
        self._tell(f"'{Path(path).name}', {width} × {height} pixels, is shown to the network in {size}.")
        self._lay_photo()

    def _lay_photo(self) -> None:
        if self._photo is not None:
            crop = self.fit.currentData() == CROP
            self.pad.put(fitted(self._photo[1], self.pad.style_of_data, crop=crop, invert=self.invert.isChecked()))

    def _forget_photo(self) -> None:
        self._photo = None
        self._fit_holder.hide()
        self.invert.hide()
        self._tell("")
        self._flow.invalidate()

    def _tell(self, sentence: str) -> None:
        self.notice.setText(sentence)
        self.notice.setVisible(bool(sentence))

    def _take_color(self) -> None:
        style: Style = self.pad.style_of_data
        gray = np.array([1.0 - style.background])
        self.pad.color = gray if style.shape[2] == 1 else np.array(COLORS[self.color.currentData()])

    # Slots

    def _on_tasks_photo_read(self, path: str, read: tuple[np.ndarray, tuple[int, int]]) -> None:
        self._take_photo(path, read[0], *read[1])

    def _on_tasks_photo_failed(self, error: Exception) -> None:
        self._tell(str(error))

    def _on_context_closed(self) -> None:
        self._tasks.close()

    def _on_pad_changed(self) -> None:
        if self._target is not None:
            self.refresh()

    def _on_pad_undo_changed(self) -> None:
        self.undo.setEnabled(self.pad.can_undo)

    def _on_clear_clicked(self) -> None:
        self._forget_photo()
        self.pad.clear()

    def _on_eraser_toggled(self, erases: bool) -> None:
        self.pad.erases = erases

    def _on_size_value_changed(self, percent: int) -> None:
        self.pad.radius = percent / 100 * max(self.pad.style_of_data.shape[:2])
        self.brush.setToolTip(f"Brush: {2 * self.pad.radius:.1f} of the network's pixels wide")
        self.pad.update()

    def _on_color_activated(self) -> None:
        self._take_color()

    def _on_centre_toggled(self, _on: bool) -> None:
        self.refresh()

    def _on_take_clicked(self) -> None:
        problem, target, (part, place) = self.context.problem, self._target, self.context.example
        if problem is None or target is None or place >= problem.data.parts[part].m:
            return
        own = problem.data.parts[part].inputs[target.array][[place]]
        raw = np.asarray(problem.data.input_scaling[target.array].undo(own)).reshape(target.shape)
        self._forget_photo()
        self.pad.put(taken_from(raw, self.pad.style_of_data))

    def _on_open_clicked(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self.window(), "Open a picture", str(Path.home()), photo_filter())
        if path:
            self.open_photo(path)

    def _on_fit_chosen(self) -> None:
        self._lay_photo()

    def _on_layers_pointed(self, text: str, place: QPoint) -> None:
        if text:
            at = self.layers.mapTo(self, place)
            self._overlay.show_near(text, at.x(), at.y())
        else:
            self._overlay.hide()

    def _on_state_changed(self) -> None:
        if self.context.problem is not None:
            self.refresh()

    # Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        low = self.height() < 460 and self.width() > 1.4 * self.height()
        self.layers.tallest = 130 if low else TALLEST
        self._halves.setDirection(QBoxLayout.Direction.LeftToRight if low else QBoxLayout.Direction.TopToBottom)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self._target is not None and dropped_photo(event.mimeData()):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
        else:
            event.ignore()

    def dropEvent(self, event: QDropEvent) -> None:
        path = dropped_photo(event.mimeData())
        if path:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self.open_photo(path)
