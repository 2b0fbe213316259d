"""Painting data on the boundary plot: gestures and keys become points of the design's data source."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent

from engine.data import DataError, PreparedData, prepare
from engine.data.sources.painted import MOST_POINTS, Painted
from engine.fitting import fit_design
from gui.document.document import Document
from gui.plots.boundary_plot import BoundaryPlot
from gui.plots.painting_items import PaintingItems
from gui.plots.painting_points import DAB, NO_POINTS, TRAIL, Ground, Reach, ground_of, is_far, spray, stops
from gui.plots.painting_strip import PaintingStrip
from gui.plots.style import toggle
from gui.theme import theme_notifier

FIRST_FRAME = (-1.2, 1.2)
ROOM = 0.1
"""Share of the plot's extent that is added around it to paint on."""
ARROWS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}
ARROW_STEP = 8
HINT = "Keys: B, P, E, 0–9, Esc"

Points = np.ndarray


class Painting(QObject):
    """Turns strokes on a boundary plot into edits of the document, one undo step each.

    It begins with the points of the data that is there, when they have two features. Nothing changes before the
    first stroke.
    """

    def __init__(self, plot: BoundaryPlot, document: Document, data: Callable[[], PreparedData | None]) -> None:
        """Give a plot its tools.

        Args:
            plot: Where to paint; the parent.
            document: Whose data changes.
            data: The document's data, prepared; None while there is none.
        """
        super().__init__(plot)
        self._plot, self._document, self._data = plot, document, data
        self._items = PaintingItems(plot.canvas, plot.scene.plot)
        self._ground = Ground(NO_POINTS, "classes")
        self._frame = (FIRST_FRAME, FIRST_FRAME)
        self._stroke: Points | None = None
        self._kept: Points = NO_POINTS
        self._erases = False
        self._at = (0.0, 0.0)
        self._cursor: QPointF | None = None
        self._random = np.random.default_rng(0)
        self.button = toggle("Paint", "Paint points, or change those there are", plot)
        self.strip = PaintingStrip(plot)
        plot.add_tools(self.button, self.strip.tools, self.strip)
        for part in (self.strip, self.strip.tools):
            part.hide()
        self.button.toggled.connect(self._on_button_toggled)
        self.strip.left.connect(self.leave)
        self.strip.cleared.connect(self._on_strip_cleared)
        self.strip.changed.connect(self._on_strip_changed)
        plot.shown_changed.connect(self._on_plot_shown_changed)
        document.data_changed.connect(self._on_document_data_changed)
        document.design_replaced.connect(self.leave)
        theme_notifier.theme_changed.connect(self._on_theme_notifier_theme_changed)
        for watched in (plot.canvas, plot.canvas.viewport()):
            watched.installEventFilter(self)

    @property
    def is_active(self) -> bool:
        """The mouse paints."""
        return self.button.isChecked()

    @property
    def points(self) -> Points:
        """The points as they are now (m, 3): x1, x2, class or value."""
        return self._ground.points

    def leave(self) -> None:
        """Back to looking."""
        self.button.setChecked(False)

    # What is shown

    def _on_button_toggled(self, on: bool) -> None:
        for part in (self.strip, self.strip.tools):
            part.setVisible(on)
        self._stroke, self._cursor = None, None
        self.button.setText("Done" if on else "Paint")
        if on:
            self._frame = self._first_frame()
            self._refresh()
            self._say()
            self._plot.set_frame(self._frame)
            self._plot.canvas.setFocus()
        else:
            self._items.hide()
            self._plot.set_frame(None)
        self._plot.canvas.viewport().setCursor(Qt.CursorShape.CrossCursor if on else Qt.CursorShape.ArrowCursor)

    def _first_frame(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """The stretch of the plane to paint on: what the plot shows, and some room around it."""
        if not self._plot.shows_plane:
            return FIRST_FRAME, FIRST_FRAME
        (x, y), room = self._plot.scene.plot.viewRange(), ROOM
        return tuple((low - room * (high - low), high + room * (high - low)) for low, high in (x, y))  # type: ignore

    def _refresh(self) -> None:
        """Take the points of the document."""
        source = self._document.design.data.source
        if isinstance(source, Painted):
            self._ground = Ground(source.array(), source.target)
        else:
            self._ground = ground_of(self._data())
        self._widen_frame()
        values = self._ground.target == "values"
        self.strip.set_values(values, *(self._span(rounded=True) if values else ()))
        self._show()

    def _widen_frame(self) -> None:
        """Let the frame hold all points, as after an undo."""
        points, frame = self._ground.points, self._frame
        if not len(points):
            return
        lows, highs = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
        if all(frame[i][0] <= lows[i] and highs[i] <= frame[i][1] for i in (0, 1)):
            return
        pads = ROOM * (highs - lows)
        self._frame = cast(Any, tuple(
            (min(frame[i][0], float(lows[i] - pads[i])), max(frame[i][1], float(highs[i] + pads[i]))) for i in (0, 1)
        ))  # fmt: skip
        if self.is_active:
            self._plot.set_frame(self._frame)

    def _show(self) -> None:
        if not self.is_active:
            return
        self._plot.scene.show_plane(self._frame, blank=not self._plot.shows_plane)
        low, high = self._colors()
        self._items.show_points(self._ground.points if self._stroke is None else self._kept, self._target, low, high)
        self._items.show_stroke(NO_POINTS if self._stroke is None else self._stroke, self._target, low, high)

    @property
    def _target(self) -> Any:
        return self._ground.target

    def _span(self, *, rounded: bool = False) -> tuple[float, float]:
        """Lowest and highest value, at least from -1 to 1 when rounded."""
        values = self._ground.points[:, 2]
        low, high = (float(values.min()), float(values.max())) if len(values) else (-1.0, 1.0)
        if rounded:
            return min(-1.0, float(np.floor(low))), max(1.0, float(np.ceil(high)))
        return (low, high) if high > low else (low - 1, high + 1)

    def _colors(self) -> tuple[float, float]:
        """Values at the ends of the colours: those of the picture, if there is one."""
        view, coloring = self._plot.view, self._plot.scene.coloring
        has_bar = self._plot.shows_plane and view is not None and view.answer.kind == "values"
        return (coloring.low, coloring.high) if has_bar else self._span()

    def _say(self, sentence: str = "") -> None:
        if sentence or self._ground.notice:
            self.strip.say(sentence or self._ground.notice, warning=bool(sentence))
            return
        m = len(self._ground.points)
        self.strip.say(f"{m:,} point{'' if m == 1 else 's'} · {HINT}")

    # Strokes

    def _reach(self) -> Reach:
        width, height = self._plot.scene.plot.getViewBox().viewPixelSize()
        return Reach(self.strip.radius * width, self.strip.radius * height)

    def _place(self, scene: QPointF) -> tuple[float, float]:
        place = self._plot.scene.plot.getViewBox().mapSceneToView(scene)
        return place.x(), place.y()

    def _begin(self, scene: QPointF, erases: bool) -> None:
        self._stroke, self._kept, self._erases = NO_POINTS, self._ground.points, erases
        self._at = self._place(scene)
        if erases:
            self._erase(np.array([self._at]))
        elif self.strip.tool == "point":
            self._add(np.array([[*self._at, self.strip.label]]))
        else:
            self._add(spray(self._at, self._reach(), DAB, self.strip.label, self._random))

    def _extend(self, scene: QPointF) -> None:
        place, reach = self._place(scene), self._reach()
        way = stops(self._at, place, reach)
        if self._erases:
            self._erase(np.vstack([way, place]))
        elif self.strip.tool == "brush" and len(way):
            new = [spray((x, y), reach, TRAIL, self.strip.label, self._random) for x, y in way]
            self._add(np.concatenate(new))
        if len(way):
            self._at = tuple(way[-1])

    def _add(self, new: Points) -> None:
        assert self._stroke is not None
        (x_low, x_high), (y_low, y_high) = self._frame
        inside = (new[:, 0] >= x_low) & (new[:, 0] <= x_high) & (new[:, 1] >= y_low) & (new[:, 1] <= y_high)
        room = MOST_POINTS - len(self._kept) - len(self._stroke)
        if inside.sum() > room:
            self._say(f"{MOST_POINTS:,} points are the most that can be painted. Erase some first.")
        self._stroke = np.concatenate([self._stroke, new[inside][:room]])
        self._items.show_stroke(self._stroke, self._target, *self._colors())

    def _erase(self, places: np.ndarray) -> None:
        far = is_far(self._kept, places, self._reach())
        if not far.all():
            self._kept = self._kept[far]
            self._items.show_points(self._kept, self._target, *self._colors())

    def _finish(self) -> None:
        if self._stroke is None:
            return
        before, added = len(self._ground.points), len(self._stroke)
        points, erased = np.concatenate([self._kept, self._stroke]), before - len(self._kept)
        self._stroke = None
        if erased or added:
            self._commit(points, f"Erase {_count(erased)}" if erased else f"Paint {_count(added)}")

    def _commit(self, points: Points, text: str) -> None:
        """One undo step; before the first, one that makes a copy of what is to be painted on."""
        ground, source = self._ground, self._document.design.data.source
        if not isinstance(source, Painted) and len(ground.points):
            self._push(Painted.of(ground.points, ground.target), "Copy the points to paint on")
        self._say(self._push(Painted.of(points, ground.target), text))

    def _push(self, source: Painted, text: str) -> str:
        """Change the document; what keeps the points from being trained on is handed back as a sentence."""
        document, sentence = self._document, ""
        settings, graph = document.design.data.replace(source=source), None
        try:
            graph = fit_design(document.graph, prepare(settings))
        except DataError as error:
            sentence = str(error).replace("Choose Paint above the decision boundary, and draw", "Draw")
        document.end_merge()
        document.set_data(settings, graph=graph, text=text)
        document.end_merge()
        return sentence

    # What happens

    def _on_document_data_changed(self) -> None:
        if self.is_active:
            self._refresh()
            self._say()

    def _on_plot_shown_changed(self) -> None:
        if self.is_active:
            if isinstance(self._document.design.data.source, Painted):
                self._show()
            else:
                self._refresh()

    def _on_strip_changed(self) -> None:
        self._show_outline()

    def _on_strip_cleared(self) -> None:
        if len(self._ground.points):
            self._commit(NO_POINTS, "Clear the points")

    def _on_theme_notifier_theme_changed(self) -> None:
        self._show()

    def _show_outline(self) -> None:
        radius = self.strip.radius if self.strip.tool != "point" else 4
        self._items.show_outline(self._cursor if self.is_active else None, radius)

    def _inside(self, scene: QPointF) -> bool:
        return self._plot.scene.plot.getViewBox().sceneBoundingRect().contains(scene)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not self.is_active:
            return False
        kind, kinds = event.type(), QEvent.Type
        if watched is self._plot.canvas:
            if kind in (kinds.KeyPress, kinds.ShortcutOverride):
                return self._key(cast(QKeyEvent, event), act=kind == kinds.KeyPress)
            return False
        if kind in (kinds.MouseButtonPress, kinds.MouseButtonDblClick, kinds.MouseMove, kinds.MouseButtonRelease):
            return self._mouse(cast(QMouseEvent, event))
        if kind == kinds.Wheel:
            turned = cast(QWheelEvent, event).angleDelta().y()
            self.strip.size_slider.setValue(self.strip.radius + (2 if turned > 0 else -2))
            return True
        if kind == kinds.Leave:
            self._cursor = None
            self._show_outline()
        return False

    def _mouse(self, event: QMouseEvent) -> bool:
        kinds = QEvent.Type
        scene = self._plot.canvas.mapToScene(event.position().toPoint())
        if event.type() == kinds.MouseMove:
            self._cursor = scene if self._inside(scene) else None
            self._show_outline()
            if self._stroke is not None:
                self._extend(scene)
            return True  # no reading of values, which would cover the place
        if event.type() == kinds.MouseButtonRelease:
            self._finish()
        elif event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton) and self._inside(scene):
            self._finish()
            self._plot.canvas.setFocus()
            self._begin(scene, event.button() == Qt.MouseButton.RightButton or self.strip.tool == "erase")
        return True

    def _key(self, event: QKeyEvent, *, act: bool) -> bool:
        """Keys of the strip; arrows move the brush, Enter puts it down."""
        key, box = Qt.Key(event.key()), self._plot.scene.plot.getViewBox().sceneBoundingRect()
        enter = key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers()
        if not act:  # shortcuts of the window with the same keys must wait
            mine = key in ARROWS or enter or (not event.modifiers() and event.text() in tuple("0123456789bpeBPE\x1b"))
            event.setAccepted(mine and bool(key in ARROWS or enter or event.text()))
            return event.isAccepted()
        if key in ARROWS:
            step = 1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else ARROW_STEP
            place = (self._cursor or box.center()) + QPointF(*ARROWS[key]) * step
            x = min(max(place.x(), box.left() + 1), box.right() - 1)
            self._cursor = QPointF(x, min(max(place.y(), box.top() + 1), box.bottom() - 1))
            self._show_outline()
            return True
        if enter:
            place = self._cursor = self._cursor or box.center()
            self._show_outline()
            self._begin(place, self.strip.tool == "erase")
            self._finish()
            return True
        return self.strip.handle_key(event)


def _count(points: int) -> str:
    return f"{points:,} point{'' if points == 1 else 's'}"
