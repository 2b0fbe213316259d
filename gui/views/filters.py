"""The live view of a layer's filters as images."""

from __future__ import annotations

from html import escape

import numpy as np
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QWidget

from engine.plan import Plan, make_plan
from gui.plots.style import Overlay
from gui.theme import theme_notifier
from gui.views.base import LiveView
from gui.views.engine import ViewEngine
from gui.views.filter_numbers import ALL, MOST_FILTERS, Answer, Question, compute_filters, filter_parameters
from gui.views.map_board import Spot, TileBoard
from gui.views.map_depth import DepthSlider
from gui.views.map_progress import padded
from gui.views.map_tiles import MOST_LINES
from gui.views.tensor_choice import Choice
from gui.views.tensor_text import number_text, shape_text
from gui.widgets.basic import ElidedLabel
from gui.widgets.export import Table

MOST_CHANNELS = 512
"""Input channels that can be chosen."""


class FiltersView(LiveView):
    """The kernels that a layer has learned."""

    name = "filters"
    title = "Filters"
    help = "The filters that a layer has learned, as images, strongest first; dead ones are marked."

    def build(self) -> None:
        """Make the controls and the picture."""
        self._answer: Answer | None = None
        self._plan: Plan | None = None
        self.layer = Choice("Layer", "The layer whose filters are shown", self.tools, 3)
        self.channel = Choice("Input channel", "Of filters over several channels, which is shown", self.tools, 2)
        self.order = Choice("Order", "How the filters are sorted", self.tools, 2)
        self.order.fill([("Strongest first", True), ("By number", False)], True)
        self.slices = DepthSlider(self.tools)
        self.caption = ElidedLabel("", "small")
        self.board = TileBoard(
            "Filters: arrows go from one to the next, Shift with arrows from weight to weight", smallest=44
        )
        self.body.addLayout(padded(self.caption))
        self.body.addWidget(self.board, 1)
        self.setFocusProxy(self.board)
        self._overlay = Overlay(self, framed=True)
        for choice in (self.layer, self.channel, self.order):
            choice.activated.connect(self._on_choice_activated)
        self.slices.moved.connect(self.refresh)
        self.board.pointed.connect(self._on_board_pointed)
        self.context.selection_changed.connect(self._on_context_selection_changed)
        theme_notifier.theme_changed.connect(self._overlay.restyle)

    def problem_changed(self) -> None:
        """Refill the choices."""
        problem = self.context.problem
        assert problem is not None
        self._answer, self._plan = None, make_plan(problem.design.graph)
        found = filter_parameters(self._plan)
        several = {node.id for node, name in found if len(node.layer.kernels) > 1}
        entries = [
            (f"{node.node.title} · {name}" if node.id in several else node.node.title, (node.id, name))
            for node, name in found
        ]
        self.layer.fill(entries, self.layer.currentData())
        self._follow_selection()
        self._fill_channels()

    def question(self) -> Question | None:
        """The chosen filters."""
        if self._plan is None or self.layer.currentData() is None:
            self.say("There is no layer with filters yet. Put a Conv2D or a Dense between Input and Output.")
            return None
        node, parameter = self.layer.currentData()
        channel = self.channel.currentData()
        depth = self.slices.value
        return Question(node, parameter, ALL if channel is None else channel, bool(self.order.currentData()), depth)

    @staticmethod
    def compute(engine: ViewEngine, question: Question) -> Answer:
        """Tiles, norms and dead filters."""
        return compute_filters(engine, question)

    def show_answer(self, answer: Answer) -> None:
        """Draw them."""
        self._answer = answer
        self.slices.offer(answer.shape[0] if len(answer.shape) == 4 else 0)
        self.board.show_tiles(answer.tiles)
        self.caption.set_full_text(self._caption(answer))

    def table(self) -> Table | None:
        """Norms and weights."""
        answer = self._answer
        if answer is None:
            return None
        title = self.layer.currentText()
        rows = [
            [title, answer.symbol, int(k), "x".join(map(str, answer.shape)), float(answer.norms[k]),
             answer.dead.get(int(k), ""), answer.step]
            for k in answer.order
        ]  # fmt: skip
        return Table(["layer", "parameter", "filter", "shape", "norm", "dead because", "step"], rows)

    def picture(self) -> QWidget:
        """All filters, also those that are scrolled out of sight."""
        return self.board.sheet

    # What is shown

    def _caption(self, answer: Answer) -> str:
        count = len(answer.norms)
        words = [f"{answer.symbol}: {count:,} filter{'s' if count != 1 else ''} of {shape_text(answer.shape)}"]
        if count > MOST_FILTERS:
            words.append(f"{MOST_FILTERS} are drawn")
        words.append(f"norms {number_text(float(np.min(answer.norms)))} to {number_text(float(np.max(answer.norms)))}")
        if answer.dead:
            numbers = sorted(answer.dead)
            named = ", ".join(map(str, numbers[:6])) + (" …" if len(numbers) > 6 else "")
            words.append(f"{len(numbers)} dead ({named})")
        if answer.colored:
            words.append("in the colours of the input, grey is 0")
        elif answer.tiles and answer.tiles[0].is_curve:
            words.append("a curve for each input channel" if answer.shape[-1] <= MOST_LINES else "10 input channels")
        else:
            words.append("blue is positive, orange negative")
        return " · ".join(words)

    def _describe(self, spot: Spot) -> str:
        answer = self._answer
        assert answer is not None
        number, row, column = spot
        tile = answer.tiles[number]
        place = tile.index_at(row, column)
        head = f"<b>{escape(tile.tip)}</b>"
        if place is None:
            return head
        return f"{head}<br>{escape(self._value_text(answer, number, place, row, column))}"

    def _value_text(self, answer: Answer, number: int, place: tuple[int, ...], row: int, column: int) -> str:
        tile, channels, channel = answer.tiles[number], answer.shape[-1], answer.question.channel
        if tile.is_curve:
            values = ", ".join(number_text(float(v)) for v in tile.values[place[0]])
            return f"place {place[0]}: {values}"
        if answer.colored:
            values = ", ".join(number_text(float(v)) for v in tile.values[row, column])
            return f"row {row}, column {column}: red, green, blue {values}"
        value = number_text(float(tile.values[row, column]))
        if tile.count:
            return f"{'input' if len(answer.shape) == 1 else 'input channel'} {place[0]}: {value}"
        of = place[2] if len(place) == 3 else max(channel, 0)
        inner = f", input channel {of}" if channels > 1 else ""
        return f"row {place[0]}, column {place[1]}{inner}: {value}"

    def _follow_selection(self) -> None:
        for index in range(self.layer.count()):
            if self.layer.itemData(index)[0] in self.context.selection:
                self.layer.setCurrentIndex(index)
                return

    def _fill_channels(self) -> None:
        chosen = self.layer.currentData()
        if self._plan is None or chosen is None:
            return
        node = self._plan.nodes[chosen[0]]
        shape = node.parameters[chosen[1]].shape
        axis = node.layer.kernels[chosen[1]] % len(shape)
        rest = [extent for k, extent in enumerate(shape) if k != axis]
        channels = rest[-1] if len(shape) > 2 else 1
        entries = [("All input channels", ALL)]
        entries += [(f"Input channel {k}", k) for k in range(min(channels, MOST_CHANNELS))]
        self.channel.fill(entries, self.channel.currentData())
        self.channel.setVisible(channels > 1)

    # Slots

    def _on_choice_activated(self) -> None:
        self._fill_channels()
        self.refresh()

    def _on_context_selection_changed(self) -> None:
        before = self.layer.currentData()
        self._follow_selection()
        if self.layer.currentData() != before:
            self._fill_channels()
            self.refresh()

    def _on_board_pointed(self, spot: Spot | None, place: QPoint) -> None:
        if spot is None or self._answer is None or spot[0] >= len(self._answer.tiles):
            self._overlay.hide()
            return
        at = self.board.mapTo(self, place)
        self._overlay.show_near(self._describe(spot), at.x(), at.y())
