"""The live view of a layer's activations for one example."""

from __future__ import annotations

from dataclasses import replace
from html import escape

import numpy as np
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QHBoxLayout

from engine.plan import Plan, make_plan
from engine.receptive_fields import place_box, receptive_field
from gui.plots.style import Overlay, toggle
from gui.theme import theme_notifier
from gui.views.base import LiveView
from gui.views.engine import ViewEngine
from gui.views.map_activations import (
    MOST_CHANNELS,
    Answer,
    Question,
    compute_activations,
    heat_over,
    slice_of,
)
from gui.views.map_board import Spot, TileBoard
from gui.views.map_depth import DepthSlider
from gui.views.map_progress import padded
from gui.views.map_source import box_text, drawn_box, place_names, seen_box
from gui.views.map_tiles import Ranges, Tile, source_text
from gui.views.tensor_answer import LAYER, NETWORK, OWN
from gui.views.tensor_choice import Choice
from gui.views.tensor_text import number_text, shape_text
from gui.widgets.basic import ElidedLabel
from gui.widgets.export import Table

SCALES = [("Own scale", OWN), ("Scale of layer", LAYER), ("Scale of network", NETWORK)]
SLICES = 33
"""Places of the slider through volumes, whose layers have different depths."""


class FeatureMapsView(LiveView):
    """Every channel of a layer for the example that is looked at, and what a pixel of it sees."""

    name = "feature_maps"
    title = "Activations"
    help = "Every channel of a layer for one example; click a pixel to see what it sees of the image."

    def build(self) -> None:
        """Make the controls and the picture."""
        self._answer: Answer | None = None
        self._plan: Plan | None = None
        self._place: tuple[int, ...] | None = None
        self.layer = Choice("Layer", "The layer whose activations are shown", self.tools, 3)
        self.scale = Choice("Colour scale", "Which channels share one colour scale", self.tools, 2)
        self.scale.fill(SCALES, OWN)
        self.overlay = toggle("Overlay", "Lay the channel in use over the image", self)
        self.tools.addWidget(self.overlay)
        self.slices = DepthSlider(self.tools, shares=True)
        self.caption = ElidedLabel("", "small")
        self.image = TileBoard("The example, with what the chosen pixel sees", smallest=96)
        self.board = TileBoard(
            "Channels: arrows go from one to the next, Shift with arrows from pixel to pixel", smallest=40
        )
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self.image, 2)
        row.addWidget(self.board, 5)
        self.body.addLayout(padded(self.caption))
        self.body.addLayout(row, 1)
        self.setFocusProxy(self.board)
        self._hint = Overlay(self, framed=True)
        self._connect()

    def _connect(self) -> None:
        self.layer.activated.connect(self._on_layer_activated)
        self.scale.activated.connect(self.refresh)
        self.overlay.toggled.connect(self._draw_image)
        self.slices.moved.connect(self.refresh)
        self.board.pointed.connect(self._on_board_pointed)
        self.board.pressed.connect(self._on_board_pressed)
        self.board.current_changed.connect(self._on_board_current_changed)
        self.image.pointed.connect(self._on_image_pointed)
        self.context.selection_changed.connect(self._on_context_selection_changed)
        self.context.example_changed.connect(self.refresh)
        theme_notifier.theme_changed.connect(self._hint.restyle)

    def problem_changed(self) -> None:
        """Refill the choices."""
        problem = self.context.problem
        assert problem is not None
        self._answer, self._place, self._plan = None, None, make_plan(problem.design.graph)
        nodes = [node for node in self._plan.nodes.values() if node.shape is not None and node.id in self._plan.used]
        first = next((node.id for node in nodes if node.parameters and len(node.shape or ()) > 1), None)
        chosen = self.layer.currentData()
        known = chosen if any(node.id == chosen for node in nodes) else first
        self.layer.fill([(node.node.title, node.id) for node in nodes], known)
        self._follow_selection()
        deep = any(len(node.shape or ()) == 4 for node in nodes)
        self.slices.offer(SLICES if deep else 0)

    def question(self) -> Question | None:
        """The chosen layer."""
        if self._plan is None or self.layer.currentData() is None:
            self.say("There is no layer between Input and Output yet.")
            return None
        part, place = self.context.example
        depth = self.slices.value
        share = None if depth is None else depth / (SLICES - 1)
        return Question(self.layer.currentData(), part, place, self.scale.currentData(), share)

    @staticmethod
    def compute(engine: ViewEngine, question: Question) -> Answer:
        """Run the example through the network."""
        return compute_activations(engine, question)

    def show_answer(self, answer: Answer) -> None:
        """Draw it."""
        before = self._answer
        if before is not None and before.question.node != answer.question.node:
            self._place = None
        self._answer = answer
        self.board.show_tiles(self._marked(answer))
        self.image.setVisible(answer.source is not None)
        self.overlay.setEnabled(heat_over(answer, 0) is not None)
        self._draw_image()
        self._write()

    def table(self) -> Table | None:
        """Every activation with its place."""
        answer = self._answer
        if answer is None:
            return None
        axes = {1: [], 2: ["place"], 3: ["row", "column"], 4: ["slice", "row", "column"]}[answer.values.ndim]
        rows = [[*place, float(value)] for place, value in np.ndenumerate(answer.values)]
        return Table([*axes, "channel" if axes else "unit", self.layer.currentText()], rows)

    # What is shown

    def _channel(self) -> int:
        answer = self._answer
        assert answer is not None
        if answer.values.ndim == 1:
            return self._place[0] if self._place is not None and self._place[0] < answer.shape[0] else 0
        return min(self.board.current, answer.shape[-1] - 1)

    def _marked(self, answer: Answer) -> tuple[Tile, ...]:
        """The tiles, with a frame around the chosen pixel in every channel."""
        place = self._place
        if place is None or len(place) != (2 if answer.values.ndim == 4 else max(answer.values.ndim - 1, 1)):
            return answer.tiles
        if answer.values.ndim == 1:
            columns = answer.tiles[0].values.shape[1]
            place = divmod(place[0], columns)
        box: Ranges = tuple((at, at + 1) for at in place)
        return tuple(replace(tile, box=box) for tile in answer.tiles)

    def _field(self) -> Ranges | None:
        """What the chosen pixel sees of the example."""
        answer, plan = self._answer, self._plan
        if answer is None or plan is None or answer.sight is None or self._place is None:
            return None
        node, channel = answer.question.node, self._channel()
        if answer.values.ndim == 1:
            box = place_box(answer.shape, (), channel)
        else:
            place = (slice_of(answer), *self._place) if answer.values.ndim == 4 else self._place
            box = place_box(answer.shape, place, channel)
        if any(stop > n for (_, stop), n in zip(box, answer.shape, strict=True)):
            return None
        return seen_box(answer.sight, receptive_field(plan, node, box).get(answer.sight.node))

    def _draw_image(self) -> None:
        answer = self._answer
        if answer is None or answer.source is None or answer.sight is None:
            return
        heat = heat_over(answer, self._channel()) if self.overlay.isChecked() else None
        box = drawn_box(answer.sight, self._field())
        self.image.show_tiles((replace(answer.source, heat=heat, box=box),))

    def _write(self) -> None:
        answer = self._answer
        assert answer is not None
        title, field = self.layer.currentText(), self._field()
        if field is not None and answer.sight is not None:
            assert self._place is not None
            what = f"unit {self._channel()}"
            if answer.values.ndim > 1:
                place = (slice_of(answer), *self._place) if answer.values.ndim == 4 else self._place
                what = place_names(len(place), place)
            self.caption.set_full_text(f"{what[0].upper()}{what[1:]} of {title} sees {box_text(answer.sight, field)}")
            return
        words = [f"{answer.symbol} of {title}: {shape_text(answer.shape)}"]
        if answer.shape[-1] > MOST_CHANNELS and answer.values.ndim > 1:
            words.append(f"the first {MOST_CHANNELS} channels")
        if not answer.tiles[0].is_curve:
            words.append("blue is positive, orange negative")
        if answer.sight is not None:
            words.append("click a pixel to see what it sees")
        self.caption.set_full_text(" · ".join(words))

    def _describe(self, spot: Spot) -> str:
        answer = self._answer
        assert answer is not None
        number, row, column = spot
        tile = answer.tiles[number]
        place = tile.index_at(row, column)
        if place is None:
            return escape(tile.tip)
        if answer.values.ndim == 1:
            return f"unit {place[0]}: {number_text(float(answer.values[place[0]]))}"
        place = (slice_of(answer), *place) if answer.values.ndim == 4 else place
        value = number_text(float(answer.values[(*place, number)]))
        return f"<b>{escape(tile.tip)}</b><br>{place_names(len(place), place)}: {value}"

    def _follow_selection(self) -> None:
        if self.context.selection:
            self.layer.choose(self.context.selection[0])

    # Slots

    def _on_layer_activated(self) -> None:
        self._place = None
        self.refresh()

    def _on_context_selection_changed(self) -> None:
        before = self.layer.currentData()
        self._follow_selection()
        if self.layer.currentData() != before:
            self._on_layer_activated()

    def _on_board_pressed(self, spot: Spot) -> None:
        answer = self._answer
        if answer is None or spot[0] >= len(answer.tiles):
            return
        place = answer.tiles[spot[0]].index_at(*spot[1:])
        if place is not None:
            self._place = place
            self.board.show_tiles(self._marked(answer))
            self._draw_image()
            self._write()

    def _on_board_current_changed(self, _number: int) -> None:
        if self._answer is not None:
            self._draw_image()
            self._write()

    def _on_board_pointed(self, spot: Spot | None, place: QPoint) -> None:
        if spot is None or self._answer is None or spot[0] >= len(self._answer.tiles):
            self._hint.hide()
            return
        at = self.board.mapTo(self, place)
        self._hint.show_near(self._describe(spot), at.x(), at.y())

    def _on_image_pointed(self, spot: Spot | None, place: QPoint) -> None:
        answer = self._answer
        if spot is None or answer is None or answer.source is None or answer.sight is None:
            self._hint.hide()
            return
        at = self.image.mapTo(self, place)
        self._hint.show_near(source_text(answer.source, *spot[1:]), at.x(), at.y())
