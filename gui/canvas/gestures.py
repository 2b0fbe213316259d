"""Gestures: what the mouse does between press and release. The view has at most one at a time; Esc cancels it.

A gesture changes nothing in the document before it ends, so cancelling is only a matter of tidying the screen.
"""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtWidgets import QApplication

from gui.canvas.edge_item import EdgeItem
from gui.canvas.geometry import GRID, PortHit, snap
from gui.canvas.hint import Level
from gui.canvas.node_item import NodeItem
from gui.canvas.preview_items import BandPreview
from gui.canvas.scene import CanvasScene
from gui.document import Document


class Canvas(Protocol):
    """What a gesture needs of the view."""

    @property
    def document(self) -> Document: ...

    @property
    def canvas_scene(self) -> CanvasScene: ...

    def reach(self, points: float) -> float:
        """A distance on the screen, at most twice as long in the scene."""
        ...

    def show_hint(self, text: str, level: Level = "info") -> None:
        """Show a sentence beside the pointer; "" hides it."""
        ...

    def scroll_by(self, delta: QPoint) -> None:
        """Move what is seen by so many points of the screen."""
        ...

    def offer_layers(self, start: PortHit, at: QPointF) -> None:
        """Offer the layers that fit at the loose end of a wire from a port to a point of the scene."""
        ...


class Gesture:
    """One press-to-release action. `finish` and `cancel` both end it, exactly one of them is called."""

    cursor: Qt.CursorShape | None = None
    scrolls = True
    """The canvas scrolls while the pointer is at its edge."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas

    def move(self, at: QPointF, screen: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        """The mouse moved to a point of the scene and of the viewport."""

    def finish(self, at: QPointF) -> None:
        """The button was released."""
        self.tidy()

    def cancel(self) -> None:
        """Esc was pressed, or the document changed meanwhile."""
        self.tidy()

    def tidy(self) -> None:
        """Take away what the gesture drew."""


class PanGesture(Gesture):
    """Moves what is seen."""

    cursor = Qt.CursorShape.ClosedHandCursor
    scrolls = False

    def __init__(self, canvas: Canvas, screen: QPoint) -> None:
        super().__init__(canvas)
        self._last = screen

    def move(self, at: QPointF, screen: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        self.canvas.scroll_by(screen - self._last)
        self._last = screen


class MoveGesture(Gesture):
    """Moves the selected nodes and notes, on the grid; a press without a move selects only the one pressed."""

    def __init__(self, canvas: Canvas, node_id: str, at: QPointF, screen: QPoint, only_this_on_click: bool) -> None:
        super().__init__(canvas)
        self._node_id = node_id
        self._at, self._screen = at, screen
        self._only_this_on_click = only_this_on_click
        document = canvas.document
        self._start = {i: document.node(i).position for i in canvas.canvas_scene.selected_nodes()}
        self._start |= {i: document.note(i).position for i in canvas.canvas_scene.selected_notes()}
        corner = canvas.canvas_scene.rect_of([node_id]).topLeft()
        self._corner = self._start.get(node_id, (corner.x(), corner.y()))
        self._now: dict[str, tuple[float, float]] = {}
        self._dragging = False

    def move(self, at: QPointF, screen: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        distance = (screen - self._screen).manhattanLength()
        if not self._dragging and distance < QApplication.startDragDistance():
            return
        self._dragging = True
        x, y = self._corner
        delta = at - self._at
        dx, dy = _step(x, delta.x()), _step(y, delta.y())
        self._now = {i: (left + dx, top + dy) for i, (left, top) in self._start.items()}
        self.canvas.canvas_scene.preview_positions(self._now)

    def finish(self, at: QPointF) -> None:
        if self._dragging:
            document = self.canvas.document
            document.end_merge()
            document.move(self._now)
            document.end_merge()
        self.tidy()  # not before: all would go back and come here again
        if self._only_this_on_click and not self._dragging:
            self.canvas.canvas_scene.select([self._node_id])

    def tidy(self) -> None:
        self.canvas.canvas_scene.preview_positions({})


class BandGesture(Gesture):
    """Selects everything that a rectangle touches; with Ctrl or Shift it adds to the selection."""

    def __init__(self, canvas: Canvas, at: QPointF, adding: bool) -> None:
        super().__init__(canvas)
        scene = canvas.canvas_scene
        self._at = at
        self._before = (set(scene.selected_ids()), set(scene.selected_edges())) if adding else (set(), set())
        self._band: BandPreview | None = None
        scene.select(self._before[0], [*self._before[1]])

    def move(self, at: QPointF, screen: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        scene = self.canvas.canvas_scene
        if self._band is None:
            self._band = BandPreview()
            scene.addItem(self._band)
        rect = QRectF(self._at, at).normalized()
        self._band.set_rect(rect)
        touched = scene.items(rect)
        nodes = {item.node_id for item in touched if isinstance(item, NodeItem)} | scene.notes.touched(touched)
        wires = [item for item in touched if isinstance(item, EdgeItem)]
        inside = [wire.edge for wire in wires if rect.contains(wire.path.boundingRect().adjusted(-1, -1, 1, 1))]
        scene.select(self._before[0] | nodes, [*self._before[1], *inside])

    def cancel(self) -> None:
        super().cancel()
        self.canvas.canvas_scene.select(self._before[0], [*self._before[1]])

    def tidy(self) -> None:
        if self._band is not None:
            self.canvas.canvas_scene.removeItem(self._band)
            self._band = None


def _step(start: float, delta: float) -> float:
    """How far to go to land on the grid; a node off the grid stays in its row while it moves along it."""
    return 0.0 if abs(delta) < GRID / 2 else snap(start + delta) - start
