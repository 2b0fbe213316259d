"""The live view of a layer's tensors: parameters, values and gradients as pictures, histograms and numbers."""

from __future__ import annotations

from html import escape
from typing import Any

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QWidget

from gui.plots.style import Overlay
from gui.theme import theme_notifier
from gui.views.base import LiveView
from gui.views.engine import ViewEngine
from gui.views.tensor_answer import LAYER, NETWORK, OWN, Answer, Examples, Question, Watch, compute_answer
from gui.views.tensor_board import TensorBoard
from gui.views.tensor_choice import Choice, MenuChoice
from gui.views.tensor_recorder import recorder_of
from gui.widgets.basic import ToolButton
from gui.widgets.export import Table

CHOSEN = "chosen"
"""Instead of a number of examples: the one that all views look at."""

MODES = [
    ("As in training", True, "Dropout drops, and batch normalization uses the batch"),
    ("As in use", False, "No dropout; batch normalization uses its running averages"),
]
SCALES = [
    ("Own scale", OWN, "Each tensor has the strongest colours at its own largest numbers"),
    ("Scale of layer", LAYER, "All values of the layer share a scale; its gradients, far smaller, share another"),
    ("Scale of network", NETWORK, "All values of the network share a scale; all its gradients share another"),
]


class TensorsView(LiveView):
    """W, b, Z, A and their gradients of one layer."""

    name = "tensors"
    title = "Tensors"
    help = "Parameters, values and gradients of a layer as pictures and histograms, with their numbers."

    def build(self) -> None:
        self._answer: Answer | None = None
        self.recorder = recorder_of(self.context)
        self.layer = Choice("Layer", "The layer that is shown", self.tools, stretch=100)
        self.layer.setMaximumWidth(280)
        self.pin = ToolButton("pin", "Stay with this layer when another one is selected", self)
        self.pin.setCheckable(True)
        self.tools.addWidget(self.pin)
        self.batch = MenuChoice(
            "Examples", "The examples that values and gradients are of, and how the layers behave", _batch_text, self
        )
        self.batch.fill("Part", [("Train", "train", "")], "train")
        counts = [(f"First {n} examples" if n > 1 else "First example", n, "") for n in (1, 32, 256)]
        self.batch.fill("Examples", [*counts, ("Chosen example", CHOSEN, "The one that all views look at")], 32)
        self.batch.fill("Layers behave", MODES, True)
        self.scale = MenuChoice("Colour scale", "Which tensors share one colour scale", _scale_text, self)
        self.scale.fill("Colour scale", SCALES, OWN)
        self.tools.addWidget(self.batch)
        self.tools.addWidget(self.scale)
        self.tools.addStretch(1)
        self.board = TensorBoard(self.recorder)
        self.body.addWidget(self.board)
        self._overlay = Overlay(self, framed=True)
        self._connect()

    def _connect(self) -> None:
        self.layer.activated.connect(self._on_layer_activated)
        self.pin.toggled.connect(self._on_pin_toggled)
        self.batch.chosen.connect(self._on_choice_chosen)
        self.scale.chosen.connect(self._on_choice_chosen)
        self.board.pointed.connect(self._on_board_pointed)
        self.board.watch_toggled.connect(self._on_board_watch_toggled)
        self.context.selection_changed.connect(self._on_context_selection_changed)
        self.context.example_changed.connect(self._on_context_example_changed)
        theme_notifier.theme_changed.connect(self._on_theme_notifier_theme_changed)

    # The base's side

    def problem_changed(self) -> None:
        problem = self.context.problem
        assert problem is not None
        nodes = problem.design.graph.nodes
        chosen = self.layer.currentData()
        ids = [node.id for node in nodes]
        if chosen not in ids:
            self.pin.setChecked(False)
            inner = [node.id for node in nodes if node.layer.ports and not node.layer.terminal]
            chosen = next(iter(inner or ids), None)
        self.layer.fill([(node.title, node.id) for node in nodes], chosen)
        sizes = {name: part.m for name, part in problem.data.parts.items() if part.m}
        parts = [(name.capitalize(), name, f"{m:,} examples") for name, m in sizes.items()]
        if parts:
            self.batch.fill("Part", parts, self.batch.value("Part"))
        self._follow_selection()

    def question(self) -> Question | None:
        node = self.layer.currentData()
        if node is None:
            self.say("There is no layer to show yet.")
            return None
        part, place = self.context.example
        count, training = self.batch.value("Examples"), bool(self.batch.value("Layers behave"))
        if count == CHOSEN:
            examples = Examples(part, 1, place, training)
        else:
            examples = Examples(self.batch.value("Part"), count, None, training)
        return Question(node, examples, place if part == examples.part else 0, self.scale.value("Colour scale"))

    @staticmethod
    def compute(engine: ViewEngine, question: Question) -> Answer:
        return compute_answer(engine, question)

    def show_answer(self, answer: Answer) -> None:
        self._answer = answer
        self.board.show_answer(answer, self.layer.text_of(answer.node), answer.examples)
        self.board.repaint_now()

    def picture(self) -> QWidget:
        return self.board.holder

    def table(self) -> Table | None:
        if self._answer is None:
            return None
        figures = ["min", "mean", "max", "norm", "share of zeros", "share not finite"]
        title = self.layer.text_of(self._answer.node)
        rows: list[list[Any]] = []
        for card in self._answer.cards:
            x, shape = card.statistics, "x".join(map(str, card.tensor.shape))
            numbers = (x.minimum, x.mean, x.maximum, x.norm, x.zeros, x.not_finite)
            rows.append([title, card.tensor.symbol, shape, self._answer.step, *numbers])
        return Table(["layer", "tensor", "shape", "step", *figures], rows)

    # What is shown

    def _follow_selection(self) -> None:
        if not self.pin.isChecked() and len(self.context.selection) >= 1:
            self.layer.choose(self.context.selection[0])

    # Slots

    def _on_layer_activated(self) -> None:
        self.pin.setChecked(True)
        self.refresh()

    def _on_pin_toggled(self, pinned: bool) -> None:
        if not pinned:
            self._follow_selection()
            self.refresh()

    def _on_choice_chosen(self) -> None:
        self.batch.set_offered("Part", self.batch.value("Examples") != CHOSEN)
        self.refresh()

    def _on_board_pointed(self, text: str, place: QPoint) -> None:
        if text:
            at = self.board.mapTo(self, place)
            self._overlay.show_near(escape(text), at.x(), at.y())
        else:
            self._overlay.hide()

    def _on_board_watch_toggled(self, watch: Watch, wanted: bool) -> None:
        if wanted:
            self.recorder.add(watch)
        else:
            self.recorder.remove(watch)

    def _on_context_selection_changed(self) -> None:
        before = self.layer.currentData()
        self._follow_selection()
        if self.layer.currentData() != before:
            self.refresh()

    def _on_context_example_changed(self) -> None:
        self.refresh()

    def _on_theme_notifier_theme_changed(self) -> None:
        self._overlay.restyle()


def _batch_text(chosen: dict[str, Any]) -> str:
    count = chosen.get("Examples")
    mode = "" if chosen.get("Layers behave", True) else ", in use"
    return f"Chosen example{mode}" if count == CHOSEN else f"{count} of {chosen.get('Part')}{mode}"


def _scale_text(chosen: dict[str, Any]) -> str:
    return next(text for text, value, _ in SCALES if value == chosen["Colour scale"])
