"""Response maps for the canvas: computed within the time of the views, coloured, and handed over."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, ClassVar

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from engine.plan import make_plan
from gui.canvas.node_maps import MOST_NODES, MOST_UNITS, NodeMaps
from gui.canvas.unit_picture import Axis, UnitPicture
from gui.theme import Theme, current_theme, theme_notifier
from gui.views.context import ViewContext
from gui.views.engine import ViewEngine
from gui.views.response_numbers import MapQuestion, Maps, Scale, Side, UnitMap, compute_maps, flat_nodes, has_plane
from gui.views.tensor_paint import colors_of
from gui.views.tensor_picture import SPREAD, ZERO
from gui.views.tensor_text import number_text


class MapChoices(QObject):
    """Over which features response maps go and how they are scaled: the same on the canvas and in the Units view."""

    changed = Signal()
    unit_chosen = Signal(str, int)
    """A unit is to be looked at: id of its layer, and which it is."""

    def __init__(self, context: ViewContext) -> None:
        super().__init__(context)
        self.features = ("", "")
        """Titles; "" for the feature that the boundary plot begins with."""
        self.scale: Scale = "unit"
        self.unit: tuple[str, int] | None = None
        """The unit that was chosen last."""

    @classmethod
    def of(cls, context: ViewContext) -> MapChoices:
        """Those of a window; the first call makes them."""
        found = context.findChild(cls)
        return found if isinstance(found, cls) else cls(context)

    def choose(self, *, features: tuple[str, str] | None = None, scale: Scale | None = None) -> None:
        """Look over other features, or with another scale; what is not given stays."""
        before = self.features, self.scale
        self.features, self.scale = features or self.features, scale or self.scale
        if before != (self.features, self.scale):
            self.changed.emit()

    def choose_unit(self, node: str, unit: int) -> None:
        """Look at a unit."""
        self.unit = node, unit
        self.unit_chosen.emit(node, unit)


class Responses(QObject):
    """Feeds the maps of a canvas; while they are not seen, it asks for nothing."""

    follows_weights: ClassVar[bool] = True

    def __init__(self, maps: NodeMaps, context: ViewContext) -> None:
        super().__init__(context)
        self._maps = maps
        self._context = context
        self._choices = MapChoices.of(context)
        self._question: MapQuestion | None = None
        self._shown: tuple[Maps, dict[str, str]] | None = None
        self._choices.changed.connect(self._ask)
        context.problem_changed.connect(self._on_context_problem_changed)
        maps.room_changed.connect(self._on_maps_room_changed)
        maps.unit_clicked.connect(self._on_maps_unit_clicked)
        theme_notifier.theme_changed.connect(self._draw)
        context.add(self)
        self._on_context_problem_changed()

    # What the context calls

    @property
    def is_shown(self) -> bool:
        """Maps would be seen."""
        return self._maps.has_room

    def question(self) -> MapQuestion | None:
        """The maps of all small layers."""
        return self._question

    @staticmethod
    def compute(engine: ViewEngine, question: MapQuestion) -> tuple[Maps, dict[str, str]]:
        """The maps, and the titles of their layers."""
        titles = {node: engine.network.plan.nodes[node].node.title for node, _, _ in question.nodes}
        return compute_maps(engine, question), titles

    def take_answer(self, answer: tuple[Maps, dict[str, str]]) -> None:
        """Show them, unless they are not wanted any more."""
        if self._maps.is_wanted and self._question is not None:
            self._shown = answer
            self._draw()

    def take_failure(self, error: Exception) -> None:
        """There is nothing to show; the Units view says why."""
        self._clear()

    def _draw(self) -> None:
        if self._shown is not None:
            maps, titles = self._shown
            self._maps.show({node: pictures_of(maps, node, titles[node]) for node in maps.units})

    def _clear(self) -> None:
        self._shown = None
        self._maps.show({})

    def _ask(self) -> None:
        self._question = self._make_question()
        if self._question is None:
            self._clear()
        elif self._maps.has_room:
            self._context.ask(self, at_once=True)

    def _make_question(self) -> MapQuestion | None:
        problem = self._context.problem
        if problem is None:
            return None
        plan = make_plan(problem.design.graph)
        small = [node for node in flat_nodes(plan) if node.shape and node.shape[0] <= MOST_UNITS]
        if not small or len(small) > MOST_NODES or not has_plane(plan):
            return None
        nodes = tuple((node.id, 0, node.shape[0]) for node in small if node.shape)
        return MapQuestion(nodes, self._choices.features, self._choices.scale)

    # Slots

    def _on_context_problem_changed(self) -> None:
        self._clear()
        self._ask()

    def _on_maps_room_changed(self) -> None:
        if self._maps.has_room and self._question is not None:
            self._context.ask(self)

    def _on_maps_unit_clicked(self, node: str, unit: int) -> None:
        self._context.view_requested.emit("units")
        self._choices.choose_unit(node, unit)


def pictures_of(maps: Maps, node: str, title: str) -> tuple[UnitPicture, ...]:
    """The maps of a layer in the colours of the theme."""
    theme = current_theme()
    x, y = _axis(maps.x), _axis(maps.y) if maps.y is not None else None
    bar = color_bar(colors_of(theme))
    return tuple(_picture(own, f"{title}, unit {own.unit}", x, y, bar, theme) for own in maps.units[node])


def _picture(own: UnitMap, title: str, x: Axis, y: Axis | None, bar: QImage, theme: Theme) -> UnitPicture:
    ends = number_text(-own.limit), number_text(own.limit)
    text = f"{number_text(own.low)} to {number_text(own.high)}" if own.low == own.low else "No finite value"
    return UnitPicture(image_of(own.codes, theme), title, text, ends, x, y, bar)


def image_of(codes: Any, theme: Theme) -> QImage:
    """Codes (rows, columns) of `tensor_picture` as an image that owns its pixels."""
    rows, columns = codes.shape
    image = QImage(codes.data, columns, rows, columns, QImage.Format.Format_Indexed8)
    image.setColorTable(colors_of(theme))
    return image.convertToFormat(QImage.Format.Format_RGB32)


@lru_cache(maxsize=2)
def color_bar(colors: tuple[int, ...]) -> QImage:
    """One column of pixels: the colours from the largest to the smallest value."""
    image = QImage(1, 2 * SPREAD + 1, QImage.Format.Format_RGB32)
    for row in range(image.height()):
        image.setPixel(0, row, colors[ZERO + SPREAD - row])
    return image


def _axis(side: Side) -> Axis:
    return Axis(side.title, number_text(side.low), number_text(side.high))
