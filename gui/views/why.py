"""The live view of why the network answers as it does for the example that is looked at."""

from __future__ import annotations

from html import escape

import numpy as np
from PySide6.QtCore import QPoint

from engine.answers import answers_of
from engine.plan import Plan, make_plan
from gui.plots.style import Overlay, toggle
from gui.theme import theme_notifier
from gui.views.engine import ViewEngine
from gui.views.map_board import Spot, TileBoard
from gui.views.map_depth import DepthSlider
from gui.views.map_progress import WorkingView, padded
from gui.views.map_source import sights_of
from gui.views.map_tiles import middle, source_text
from gui.views.map_why import LIKELIEST, Answer, Question, camera_layers, compute_why
from gui.views.tensor_choice import Choice, MenuChoice
from gui.views.tensor_text import number_text
from gui.widgets.basic import ElidedLabel
from gui.widgets.export import Table

MOST_CLASSES = 1000
SIZES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
"""Of the patch and its step, in places."""


class WhyView(WorkingView):
    """Saliency, Grad-CAM and occlusion of one example."""

    name = "why"
    title = "Why this answer"
    help = "Which parts of an image speak for the network's answer: saliency, Grad-CAM and occlusion."

    def build(self) -> None:
        """Make the controls and the picture."""
        self._answer: Answer | None = None
        self._plan: Plan | None = None
        self.output = Choice("Output", "Which of the network's answers is explained", self.tools, 2)
        self.label = Choice("Score", "The class whose score is explained", self.tools, 2)
        self.layer = Choice("Layer of Grad-CAM", "The layer whose channels Grad-CAM weighs", self.tools, 2)
        self.hiding = MenuChoice("Occlusion", "Side and step of the patch that hides the input", _hiding_text, self)
        self.hiding.fill("Side of the patch", _sizes("About a fifth of the image"), 0)
        self.hiding.fill("Step of the patch", _sizes("Half of the patch"), 0)
        self.tools.addWidget(self.hiding)
        self.over = toggle("Overlay", "Lay the maps over the example", self, checked=True)
        self.tools.addWidget(self.over)
        self.slices = DepthSlider(self.tools)
        self.sentence = ElidedLabel("", "heading")
        self.board = TileBoard("The example and what speaks for the answer")
        self.make_bar()
        self.body.addLayout(padded(self.sentence))
        self.body.addWidget(self.board, 1)
        self.body.addWidget(self.bar)
        self.setFocusProxy(self.board)
        self._hint = Overlay(self, framed=True)
        self._connect()

    def _connect(self) -> None:
        self.output.activated.connect(self._on_output_activated)
        for choice in (self.label, self.layer):
            choice.activated.connect(self.restart)
        self.hiding.chosen.connect(self.restart)
        self.slices.moved.connect(self.refresh)
        self.over.toggled.connect(self.refresh)
        self.board.pointed.connect(self._on_board_pointed)
        self.context.example_changed.connect(self.restart)
        theme_notifier.theme_changed.connect(self._hint.restyle)

    def problem_changed(self) -> None:
        """Refill the choices."""
        problem = self.context.problem
        assert problem is not None
        self._answer, self.running, self._plan = None, True, make_plan(problem.design.graph)
        try:
            sights = sights_of(problem.data, self._plan)
            answers = answers_of(self._plan.outputs, problem.data)
        except (KeyError, ValueError):  # what the data lacks is said when it is computed
            sights, answers = [], ()
        self.output.fill([(answer.title, k) for k, answer in enumerate(answers)], self.output.currentData())
        self.output.setVisible(len(answers) > 1)
        layers = camera_layers(self._plan, sights[0]) if sights else []
        self.layer.fill([("Last layer", ""), *((n.node.title, n.id) for n in layers)], self.layer.currentData())
        self.layer.setVisible(bool(layers))
        volume = sights[0] if sights and sights[0].kind == "volume" else None
        self.slices.offer(volume.sizes[0] if volume is not None else 0)
        self._fill_labels()

    def question(self) -> Question:
        """The example that is looked at."""
        part, place = self.context.example
        label = self.label.currentData()
        side, step = (self.hiding.value(f"{what} of the patch") for what in ("Side", "Step"))
        return Question(
            part, place, self.output.currentData() or 0, LIKELIEST if label is None else label,
            self.layer.currentData() or "", side, step, self.asked, self.running, self.slices.value,
            self.over.isChecked(),
        )  # fmt: skip

    @staticmethod
    def compute(engine: ViewEngine, question: Question) -> Answer:
        """Saliency and Grad-CAM now, occlusion for a slice of time."""
        return compute_why(engine, question)

    def show_answer(self, answer: Answer) -> None:
        """Draw it."""
        self._answer = answer
        self.sentence.set_full_text(answer.sentence)
        self.board.show_tiles(answer.tiles)
        work = answer.occlusion
        if work.finished:
            text = f"Occlusion by {answer.patches:,} patches of side {answer.patch}, weights of step {work.step:,}"
        else:
            text = f"Hiding the {answer.sight.kind} with {answer.patches:,} patches of side {answer.patch}"
        legend = "Blue speaks for it, orange against."
        self.show_work(" ".join(filter(None, (f"{text}.", legend, answer.note))), work)

    def table(self) -> Table | None:
        """All maps, place by place."""
        answer = self._answer
        if answer is None:
            return None
        axes = {"image": ["row", "column"], "signal": ["place"], "volume": ["slice", "row", "column"]}
        names = list(answer.maps)
        rows = [
            [*place, *(float(answer.maps[name][place]) for name in names)] for place in np.ndindex(answer.sight.sizes)
        ]
        return Table([*axes[answer.sight.kind], *names], rows)

    # What is shown

    def _fill_labels(self) -> None:
        problem, plan = self.context.problem, self._plan
        names: tuple[str, ...] = ()
        if problem is not None and plan is not None and self.output.count():
            answers = answers_of(plan.outputs, problem.data)
            names = answers[self.output.currentData() or 0].class_names[:MOST_CLASSES]
        entries = [("Its own answer", LIKELIEST), *((f"Score of {name}", k) for k, name in enumerate(names))]
        self.label.fill(entries, self.label.currentData())
        self.label.setVisible(bool(names))

    def _describe(self, answer: Answer, spot: Spot) -> str:
        number, row, column = spot
        tile = answer.tiles[number]
        lines = [f"<b>{escape(tile.title)}</b>: {escape(tile.tip)}"]
        if tile.title not in answer.maps:
            return f"{lines[0]}<br>{source_text(tile, row, column)}"
        values = answer.maps[tile.title]
        place: tuple[int, ...] = (column,) if tile.is_curve else (row, column)
        if answer.sight.kind == "volume":
            place = (middle(values.shape[0], answer.question.depth), *place)
        return f"{lines[0]}<br>{', '.join(map(str, place))}: {number_text(float(values[place]))}"

    # Slots

    def _on_output_activated(self) -> None:
        self._fill_labels()
        self.restart()

    def _on_board_pointed(self, spot: Spot | None, place: QPoint) -> None:
        answer = self._answer
        if spot is None or answer is None or spot[0] >= len(answer.tiles):
            self._hint.hide()
            return
        at = self.board.mapTo(self, place)
        self._hint.show_near(self._describe(answer, spot), at.x(), at.y())


def _sizes(automatic: str) -> list[tuple[str, int, str]]:
    return [("Automatic", 0, automatic), *((f"{size}", size, "") for size in SIZES)]


def _hiding_text(chosen: dict[str, int]) -> str:
    side, step = chosen.get("Side of the patch"), chosen.get("Step of the patch")
    return f"Patch {side or 'auto'}" + (f", step {step}" if step else "")
