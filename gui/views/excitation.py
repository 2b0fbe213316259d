"""The live view of what excites a unit: patches of the data set, and an input made for it."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from engine.plan import Plan, make_plan
from engine.shapes import size
from gui.plots.style import Overlay, toggle
from gui.theme import theme_notifier
from gui.views.engine import ViewEngine
from gui.views.map_board import Spot, TileBoard
from gui.views.map_excitation import SETTINGS, Answer, Question, compute_excitation
from gui.views.map_progress import WorkingView, padded
from gui.views.map_source import FLAT
from gui.views.map_tiles import source_text
from gui.views.tensor_choice import Choice, MenuChoice
from gui.widgets.basic import ElidedLabel
from gui.widgets.export import Table

MOST_CHANNELS = 4096


class ExcitationView(WorkingView):
    """The nine patches that excite a channel most (course 4, week 4), and an image made by gradient ascent."""

    name = "excitation"
    title = "What excites a unit"
    help = "The nine patches of the data set that excite a channel most, and an image that is made to excite it."

    def build(self) -> None:
        """Make the controls and the picture."""
        self._answer: Answer | None = None
        self._plan: Plan | None = None
        self.layer = Choice("Layer", "The layer of the unit", self.tools, 3)
        self.channel = Choice("Channel", "The channel or unit", self.tools, 2)
        self.part = MenuChoice("Part", "Where the patches are looked for", _part_text, self)
        self.tools.addWidget(self.part)
        self.whole = toggle("Whole", "Show whole examples, with a frame around what the unit sees", self)
        self.tools.addWidget(self.whole)
        self.found_title = ElidedLabel("In the data", "heading")
        self.made_title = ElidedLabel("Made for it", "heading")
        self.board = TileBoard("Patches that excite the unit most: Enter looks at the example", smallest=36)
        self.made = TileBoard("Made by gradient ascent", smallest=72)
        row = QHBoxLayout()
        row.setSpacing(0)
        for title, board, share in ((self.found_title, self.board, 5), (self.made_title, self.made, 2)):
            column = QVBoxLayout()
            column.setSpacing(0)
            column.addLayout(padded(title, 0))
            column.addWidget(board, 1)
            row.addLayout(column, share)
        self.make_bar()
        self.body.addLayout(row, 1)
        self.body.addWidget(self.bar)
        self.setFocusProxy(self.board)
        self._hint = Overlay(self, framed=True)
        self._connect()

    def _connect(self) -> None:
        self.layer.activated.connect(self._on_layer_activated)
        self.channel.activated.connect(self.restart)
        self.part.chosen.connect(self.restart)
        self.whole.toggled.connect(self.refresh)
        self.board.pointed.connect(self._on_board_pointed)
        self.board.pressed.connect(self._on_board_pressed)
        self.made.pointed.connect(self._on_made_pointed)
        self.context.selection_changed.connect(self._on_context_selection_changed)
        theme_notifier.theme_changed.connect(self._hint.restyle)

    def problem_changed(self) -> None:
        """Refill the choices."""
        problem = self.context.problem
        assert problem is not None
        self._answer, self.running, self._plan = None, True, make_plan(problem.design.graph)
        nodes = [
            node for node in self._plan.nodes.values()
            if node.shape and node.inputs and node.id in self._plan.used and not node.layer.terminal
        ]  # fmt: skip
        first = next((node.id for node in nodes if len(node.shape or ()) > 1), None)
        chosen = self.layer.currentData()
        known = chosen if any(node.id == chosen for node in nodes) else first
        self.layer.fill([(node.node.title, node.id) for node in nodes], known)
        parts = [
            (f"{k.capitalize()} part", k, f"{part.m:,} examples") for k, part in problem.data.parts.items() if part.m
        ]
        self.part.fill("Part", parts, self.part.value("Part"))
        self.part.setVisible(len(parts) > 1)
        self._follow_selection()
        self._fill_channels()

    def question(self) -> Question | None:
        """The chosen channel."""
        if self._plan is None or self.layer.currentData() is None:
            self.say("There is no layer between Input and Output yet.")
            return None
        return Question(
            self.layer.currentData(), self.channel.currentData() or 0, self.part.value("Part") or "train",
            self.asked, self.running, self.whole.isChecked(),
        )  # fmt: skip

    @staticmethod
    def compute(engine: ViewEngine, question: Question) -> Answer:
        """Go on for a slice of time."""
        return compute_excitation(engine, question)

    def show_answer(self, answer: Answer) -> None:
        """Draw what was found so far."""
        self._answer = answer
        if answer.sight is None:
            self.say(FLAT)
            return
        self.board.show_tiles(answer.tiles)
        self.made.show_tiles((answer.made,) if answer.made is not None else ())
        what = f"{self.channel.currentText()} of {self.layer.currentText()}"
        if answer.search.finished and not answer.tiles:
            self.found_title.set_full_text(f"{what}: its values are not finite numbers")
        else:
            self.found_title.set_full_text(f"{what}: strongest in {answer.question.part}")
        silent = answer.ascent.finished and answer.made is None
        self.made_title.set_full_text("No gradient: a dead unit" if silent else "Gradient ascent")
        self._show_progress(answer)

    def table(self) -> Table | None:
        """The patches with their values."""
        answer = self._answer
        if answer is None or not answer.tiles:
            return None
        layer, question = self.layer.currentText(), answer.question
        rows = [
            [layer, question.channel, rank + 1, question.part, example, value, tile.tip]
            for rank, (example, value, tile) in enumerate(
                zip(answer.examples, answer.values, answer.tiles, strict=True)
            )
        ]
        return Table(["layer", "channel", "rank", "part", "example", "activation", "where"], rows)

    # What is shown

    def _show_progress(self, answer: Answer) -> None:
        searching = not answer.search.finished
        work = answer.search if searching else answer.ascent
        if searching:
            text = f"Searching {answer.searched:,} examples for all channels of the layer"
        elif not answer.ascent.finished:
            text = f"Optimizing an image in {SETTINGS.steps} steps"
        else:
            text = f"{answer.searched:,} examples, with the weights of step {answer.search.step:,}"
        self.show_work(text, work)

    def _fill_channels(self) -> None:
        if self._plan is None or self.layer.currentData() is None:
            return
        shape = self._plan.nodes[self.layer.currentData()].shape
        assert shape is not None, "only layers with a shape are offered"
        word = "Channel" if len(shape) > 1 else "Unit"
        entries = [(f"{word} {k}", k) for k in range(min(size(shape[-1:]), MOST_CHANNELS))]
        self.channel.fill(entries, self.channel.currentData())

    def _follow_selection(self) -> None:
        if self.context.selection:
            self.layer.choose(self.context.selection[0])

    # Slots

    def _on_layer_activated(self) -> None:
        self._fill_channels()
        self.restart()

    def _on_context_selection_changed(self) -> None:
        before = self.layer.currentData()
        self._follow_selection()
        if self.layer.currentData() != before:
            self._on_layer_activated()

    def _on_board_pressed(self, spot: Spot) -> None:
        answer = self._answer
        if answer is not None and spot[0] < len(answer.examples):
            self.context.show_example(answer.question.part, answer.examples[spot[0]])

    def _on_board_pointed(self, spot: Spot | None, place: QPoint) -> None:
        answer = self._answer
        if spot is None or answer is None or spot[0] >= len(answer.tiles):
            self._hint.hide()
            return
        at, tile = self.board.mapTo(self, place), answer.tiles[spot[0]]
        self._hint.show_near(f"<b>{escape(tile.tip)}</b><br>{source_text(tile, *spot[1:])}", at.x(), at.y())

    def _on_made_pointed(self, spot: Spot | None, place: QPoint) -> None:
        answer = self._answer
        if spot is None or answer is None or answer.made is None:
            self._hint.hide()
            return
        at = self.made.mapTo(self, place)
        text = f"<b>{escape(answer.made.tip)}</b><br>{source_text(answer.made, *spot[1:])}"
        self._hint.show_near(text, at.x(), at.y())


def _part_text(chosen: dict[str, str]) -> str:
    return str(chosen.get("Part") or "").capitalize()
