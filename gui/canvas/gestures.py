"""Gestures: what the mouse does between press and release. The view has at most one at a time; Esc cancels it.

A gesture changes nothing in the document before it ends, so cancelling is only a matter of tidying the screen.
"""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtWidgets import QApplication, QGraphicsScene

from gui.canvas.edge_item import EdgeItem
from gui.canvas.geometry import GRID, PORT_REACH, PortHit, snap
from gui.canvas.hint import Level
from gui.canvas.node_item import NodeItem
from gui.canvas.preview_items import BandPreview, WirePreview
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


class Gesture:
    """One press-to-release action. `finish` and `cancel` both end it, exactly one of them is called."""

    cursor: Qt.CursorShape | None = None

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

    def __init__(self, canvas: Canvas, screen: QPoint) -> None:
        super().__init__(canvas)
        self._last = screen

    def move(self, at: QPointF, screen: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        self.canvas.scroll_by(screen - self._last)
        self._last = screen


class MoveGesture(Gesture):
    """Moves the selected nodes, on the grid; a press without a move selects only the node pressed."""

    def __init__(self, canvas: Canvas, node_id: str, at: QPointF, screen: QPoint, only_this_on_click: bool) -> None:
        super().__init__(canvas)
        self._node_id = node_id
        self._at, self._screen = at, screen
        self._only_this_on_click = only_this_on_click
        document = canvas.document
        self._start = {i: document.node(i).position for i in canvas.canvas_scene.selected_nodes()}
        self._now: dict[str, tuple[float, float]] = {}
        self._dragging = False

    def move(self, at: QPointF, screen: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        distance = (screen - self._screen).manhattanLength()
        if not self._dragging and distance < QApplication.startDragDistance():
            return
        self._dragging = True
        x, y = self._start[self._node_id]
        delta = at - self._at
        dx, dy = _step(x, delta.x()), _step(y, delta.y())
        self._now = {i: (left + dx, top + dy) for i, (left, top) in self._start.items()}
        self.canvas.canvas_scene.preview_positions(self._now)

    def finish(self, at: QPointF) -> None:
        self.tidy()
        if self._dragging:
            document = self.canvas.document
            document.end_merge()
            document.move(self._now)
            document.end_merge()
        elif self._only_this_on_click:
            self.canvas.canvas_scene.select([self._node_id])

    def tidy(self) -> None:
        self.canvas.canvas_scene.preview_positions({})


class BandGesture(Gesture):
    """Selects everything that a rectangle touches; with Ctrl or Shift it adds to the selection."""

    def __init__(self, canvas: Canvas, at: QPointF, adding: bool) -> None:
        super().__init__(canvas)
        scene = canvas.canvas_scene
        self._at = at
        self._before = (set(scene.selected_nodes()), set(scene.selected_edges())) if adding else (set(), set())
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
        nodes = {item.node_id for item in touched if isinstance(item, NodeItem)}
        inside = [i.edge for i in touched if isinstance(i, EdgeItem) and rect.contains(i.boundingRect())]
        scene.select(self._before[0] | nodes, [*self._before[1], *inside])

    def cancel(self) -> None:
        super().cancel()
        self.canvas.canvas_scene.select(self._before[0], [*self._before[1]])

    def tidy(self) -> None:
        if self._band is not None:
            self.canvas.canvas_scene.removeItem(self._band)
            self._band = None


class WireGesture(Gesture):
    """Drags a wire from an output port to an input port or a node, or backwards from an input port to a node."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, canvas: Canvas, start: PortHit) -> None:
        super().__init__(canvas)
        self._start = start
        self._backwards = start.port is not None
        scene, document = canvas.canvas_scene, canvas.document
        if self._backwards:
            ids = (node.id for node in document.graph.nodes)
            self._refusals = {i: document.why_not_connect(i, start.node, start.port) for i in ids}
        else:
            self._refusals = document.refusals(start.node)
        self._wire = WirePreview()
        scene.addItem(self._wire)
        self._hovered: tuple[str, int | None] | None = None
        self._doubt = ""
        self._light(None)

    def move(self, at: QPointF, screen: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        end = self._end_at(at)
        if end != self._hovered:
            self._hovered = end
            self._doubt = self._problem_of(end)
            self._light(end[0] if end else None)
        reason = self._why_not(end)
        state = "loose" if end is None else "refused" if reason else "doubtful" if self._doubt else "possible"
        box = self.canvas.canvas_scene.node_item(self._start.node).box
        fixed = box.output if self._start.port is None else box.input(self._start.port)
        loose = at
        if end is not None and not reason:
            other = self.canvas.canvas_scene.node_item(end[0]).box
            free = other.inputs[-1] if other.inputs else 0
            loose = other.output if self._backwards else other.input(free if end[1] is None else end[1])
        self._wire.set_ends(*((loose, fixed) if self._backwards else (fixed, loose)), state)
        self.canvas.show_hint(reason or self._doubt, "error" if reason else "warning")

    def finish(self, at: QPointF) -> None:
        end = self._end_at(at)
        self.tidy()
        if end is None or self._why_not(end):
            return
        if self._backwards:
            self.canvas.document.connect(end[0], self._start.node, self._start.port)
        else:
            self.canvas.document.connect(self._start.node, end[0], end[1])

    def tidy(self) -> None:
        self.canvas.show_hint("")
        for item in self.canvas.canvas_scene.node_items().values():
            item.set_port_state("normal")
        _take_away(self.canvas.canvas_scene, self._wire)

    def _end_at(self, at: QPointF) -> tuple[str, int | None] | None:
        """The node, and the port if the mouse is at one, where the wire would end."""
        scene = self.canvas.canvas_scene
        if not self._backwards:
            near = [box for box in scene.boxes(at, 64) if box.id != self._start.node]
            hit = _input_near(at, near, self.canvas.reach(PORT_REACH))
            if hit is not None:
                return hit
        node_id = scene.node_at(at)
        if node_id is None and self._backwards:
            hit_port = scene.port_at(at, self.canvas.reach(PORT_REACH))
            node_id = hit_port.node if hit_port is not None and hit_port.port is None else None
        return None if node_id is None or node_id == self._start.node else (node_id, None)

    def _why_not(self, end: tuple[str, int | None] | None) -> str:
        if end is None:
            return ""
        if self._backwards or end[1] is None:
            return self._refusals.get(end[0], "")
        return self.canvas.document.why_not_connect(self._start.node, *end)

    def _problem_of(self, end: tuple[str, int | None] | None) -> str:
        """What would be wrong with the wire, though it is possible."""
        if end is None or self._why_not(end):
            return ""
        document = self.canvas.document
        if self._backwards:
            problem = document.problem_of_connecting(end[0], self._start.node, self._start.port)
        else:
            problem = document.problem_of_connecting(self._start.node, end[0], end[1])
        return problem.message if problem is not None else ""

    def _light(self, target: str | None) -> None:
        """Highlight the nodes that the wire may go to, dim the others."""
        for node_id, item in self.canvas.canvas_scene.node_items().items():
            if node_id == self._start.node:
                item.set_port_state("normal")
            elif self._refusals.get(node_id):
                item.set_port_state("refused")
            else:
                item.set_port_state("target" if node_id == target else "open")


def _step(start: float, delta: float) -> float:
    """How far to go to land on the grid; a node off the grid stays in its row while it moves along it."""
    return 0.0 if abs(delta) < GRID / 2 else snap(start + delta) - start


def _input_near(at: QPointF, boxes: list, reach: float) -> tuple[str, int] | None:
    """The input port nearest to a point."""
    best, found = reach, None
    for box in boxes:
        for port in box.inputs:
            away = box.input(port) - at
            distance = QPointF.dotProduct(away, away) ** 0.5
            if distance < best:
                best, found = distance, (box.id, port)
    return found


def _take_away(scene: QGraphicsScene, item: WirePreview) -> None:
    if item.scene() is scene:
        scene.removeItem(item)
