"""The convolution bench: one convolution or pooling on one image, step by step and in numbers."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QHideEvent, QResizeEvent
from PySide6.QtWidgets import QFileDialog, QWidget

from engine.convolution_bench import COURSE_IMAGE, convolution_nodes
from engine.plan import PlanNode, make_plan
from gui.runtime.tasks import TaskRunner
from gui.views.base import LiveView
from gui.views.bench_controls import BenchControls, choice
from gui.views.bench_flow import FlowLayout, SettingsPlace
from gui.views.bench_hand import BenchHand
from gui.views.bench_images import (
    Laid,
    Learned,
    Question,
    compute_learned,
    example_array,
    example_image,
    photo_image,
)
from gui.views.bench_photo import dropped_photo, photo_filter
from gui.views.bench_player import BenchButtons, BenchPlayer
from gui.views.bench_stage import BenchStage
from gui.views.bench_state import Bench
from gui.views.bench_words import output_table
from gui.views.engine import ViewEngine
from gui.widgets.basic import CheckBox
from gui.widgets.export import Table

DRAWN = 8
"""Side of the image to draw on."""
MODES = [("Convolution", "convolution"), ("Max pooling", "max"), ("Average pooling", "average")]
COURSE, BLANK, EXAMPLE, PHOTO, OPEN = "course", "blank", "example", "photo", "open"
LAYER = "layer:"
"""Begins the choice of a layer of the network; its id follows."""


class ConvolutionBenchView(LiveView):
    """Image, kernel and output side by side; a window slides, and its products and their sum are written out."""

    name = "convolution_bench"
    title = "Convolution bench"
    help = "Slide a kernel or a pooling window over an image, with every product and the size of the output."
    follows_weights: ClassVar[bool] = False

    def build(self) -> None:
        self.bench = Bench()
        self.player = BenchPlayer(self)
        self._source = COURSE
        self._photo: Laid | None = None
        self._filters: dict[str, int] = {}
        """Filters by layer of the network."""
        self._tasks = TaskRunner(self)
        self.setAcceptDrops(True)
        self.stage = BenchStage(self.bench, self.player)
        self.hand = BenchHand(self.bench, self.player, self.stage)
        self.controls = BenchControls(self.bench)
        self.buttons = BenchButtons(self.player)
        self._build_tools()
        self._place = SettingsPlace(self.controls, self.body)
        self._flow.addWidget(self._place.button)
        self.body.addWidget(self.stage, 1)
        self.setFocusProxy(self.stage.image)
        self._connect()
        self._refill_images()
        self._show(whole=True)

    def _build_tools(self) -> None:
        self.mode, mode = choice("Operation", "What the window does with what it sees")
        self.mode.fill(MODES, "convolution")
        self.image, image = choice("Image", "What the window slides over")
        self.unit, self._unit_holder = choice("Filter of the layer", "Which of the layer's learned filters is shown")
        self.pencil = CheckBox("Pencil")
        self.pencil.setToolTip(
            "Draw into the image: press and drag; a click again takes the next value. Arrows move, digits set a cell."
        )
        holder = QWidget()
        flow = FlowLayout(holder)
        flow.setContentsMargins(0, 0, 0, 0)
        for widget in (mode, image, self._unit_holder, self.pencil, self.buttons):
            flow.addWidget(widget)
        self._flow = flow
        self.tools.addWidget(holder, 1)

    def _connect(self) -> None:
        stage, player = self.stage, self.player
        self.mode.activated.connect(self._on_mode_activated)
        self.image.activated.connect(self._on_image_activated)
        self.unit.activated.connect(self._on_unit_activated)
        self.pencil.toggled.connect(self._on_pencil_toggled)
        self.controls.changed.connect(self._on_controls_changed)
        self.controls.refused.connect(stage.say)
        stage.kernel.kernel.edited.connect(self._on_kernel_edited)
        stage.kernel.kernel.refused.connect(stage.say)
        self.hand.drawn.connect(self._show)
        self.hand.cursor_moved.connect(self._repaint)
        player.moved.connect(self._on_player_moved)
        self.context.selection_changed.connect(self._on_context_selection_changed)
        self.context.example_changed.connect(self._on_context_example_changed)
        self.context.closed.connect(self._on_context_closed)

    # The base's side

    def problem_changed(self) -> None:
        self._refill_images()
        if self._source == EXAMPLE:
            self._lay_image()
        elif self._source.startswith(LAYER):
            self.refresh()

    def _on_context_problem_changed(self) -> None:
        self.say("")  # also where there is no network: the bench needs none
        self.problem_changed()
        if self.context.problem is not None:
            self.context.ask(self)

    def question(self) -> Question | None:
        node = self._layer
        if node is None:
            return None
        return Question(node, self._filters.get(node, 0), *self.context.example)

    @staticmethod
    def compute(engine: ViewEngine, question: Question) -> Learned:
        return compute_learned(engine, question)

    def show_answer(self, answer: Learned) -> None:
        if self._layer is None:
            return
        self.bench.show_learned(answer.filter, answer.output)
        self.stage.say(answer.sentence)
        self.controls.refresh()
        self._show()

    def take_failure(self, error: Exception) -> None:
        self._source = COURSE
        self.image.choose(COURSE)
        self._lay_image()
        self.stage.say(str(error) or type(error).__name__)

    def picture(self) -> QWidget:
        return self.stage

    def table(self) -> Table | None:
        return output_table(self.bench)

    # What lies on the bench

    @property
    def _layer(self) -> str | None:
        return self._source.removeprefix(LAYER) if self._source.startswith(LAYER) else None

    def _refill_images(self) -> None:
        entries = [("Course example", COURSE), ("Draw one", BLANK)]
        if example_array(self.context.data) is not None:
            entries.append(("Data example", EXAMPLE))
        nodes = self._nodes()
        entries += [(f"Filter of '{node.node.title}'", LAYER + node.id) for node in nodes]
        if self._photo is not None:
            entries.append((self._photo.name, PHOTO))
        entries.append(("Open a picture…", OPEN))
        gone = self._source not in [value for _, value in entries]
        self.image.fill(entries, COURSE if gone else self._source)
        if gone:
            self._source = COURSE
            self._lay_image()
        own = next((node for node in nodes if node.id == self._layer), None)
        count = own.shape[-1] if own is not None and own.shape else 0
        self.unit.fill([(f"Filter {k + 1}", k) for k in range(count)], self._filters.get(self._layer or "", 0))
        self._unit_holder.setVisible(own is not None)
        self._flow.invalidate()

    def _nodes(self) -> list[PlanNode]:
        problem = self.context.problem
        return convolution_nodes(make_plan(problem.design.graph)) if problem is not None else []

    def _lay_image(self) -> None:
        """Lay the chosen image on the bench."""
        self.stage.say("")
        learned = self._layer is not None
        setattr(self, "follows_weights", learned)  # noqa: B010  of this view, while it is so
        self.pencil.setEnabled(not learned)
        if learned:
            self.pencil.setChecked(False)
            self.refresh()
            return
        if self._source == BLANK:
            self.bench.set_image(np.zeros((DRAWN, DRAWN, 1)))
            self.pencil.setChecked(True)
            self.stage.say("Press and drag in the image to draw; a click again takes the next value.")
        elif self._source == EXAMPLE:
            self._lay_example()
        elif self._source == PHOTO and self._photo is not None:
            self.bench.set_image(self._photo.image)
            self.stage.say(self._photo.sentence)
        else:
            self.bench.set_image(COURSE_IMAGE)
        self.controls.refresh()
        self._show(whole=True)

    def _lay_example(self) -> None:
        data, array = self.context.data, example_array(self.context.data)
        laid = example_image(data, array, *self.context.example) if data is not None and array is not None else None
        if laid is not None:
            self.bench.set_image(laid.image)
            self.stage.say(laid.sentence)

    def open_photo(self, path: str) -> None:
        """Lay a picture file on the bench."""
        self._tasks.run(
            photo_image, path,
            on_success=self._on_tasks_photo_read, on_failure=self._on_tasks_photo_failed, latest="photo",
        )  # fmt: skip

    def _show(self, *, whole: bool = False) -> None:
        self.player.set_count(self.bench.count)
        if whole:
            self.player.pause()
            self.player.reached, self.player.index = self.bench.count, 0
        self.buttons.refresh()
        self._repaint()

    def _repaint(self) -> None:
        self.stage.refresh(self.hand.cursor)

    # Slots

    def _on_tasks_photo_read(self, photo: Laid) -> None:
        self._photo, self._source = photo, PHOTO
        self._refill_images()
        self._lay_image()

    def _on_tasks_photo_failed(self, error: Exception) -> None:
        self.image.choose(self._source)
        self.stage.say(str(error))

    def _on_context_closed(self) -> None:
        self._tasks.close()

    def _on_mode_activated(self) -> None:
        self.bench.set_mode(self.mode.currentData())
        self.controls.refresh()
        self._show(whole=True)

    def _on_image_activated(self) -> None:
        source = self.image.currentData()
        if source == OPEN:
            self.image.choose(self._source)
            path, _ = QFileDialog.getOpenFileName(self.window(), "Open a picture", str(Path.home()), photo_filter())
            if path:
                self.open_photo(path)
            return
        self.pencil.setChecked(False)
        self._source = source
        if self._layer is not None:
            self.mode.choose("convolution")
            self.bench.set_mode("convolution")
        self._refill_images()
        self._lay_image()

    def _on_unit_activated(self) -> None:
        if self._layer is not None:
            self._filters[self._layer] = self.unit.currentData()
            self.refresh()

    def _on_pencil_toggled(self, draws: bool) -> None:
        self.hand.draws = draws
        self._repaint()

    def _on_controls_changed(self) -> None:
        self.stage.say("")
        self._show()

    def _on_kernel_edited(self, row: int, column: int, value: float) -> None:
        self.bench.set_weight(row, column, value)
        self.stage.say("")
        self.controls.refresh()
        self._show()

    def _on_player_moved(self) -> None:
        self._repaint()

    def _on_context_selection_changed(self) -> None:
        if self._layer is None or not self.context.selection:
            return
        source = LAYER + self.context.selection[0]
        if source != self._source and self.image.choose(source):
            self._source = source
            self._refill_images()
            self._lay_image()

    def _on_context_example_changed(self) -> None:
        if self._source == EXAMPLE:
            self._lay_image()
        elif self._layer is not None:
            self.refresh()

    # Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place.arrange(self.width(), self.height())

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.player.pause()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_photo(event.mimeData()):
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
