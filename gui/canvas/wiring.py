"""Gestures that draw a wire: a new one from a port, or one of whose ends the mouse takes hold."""

from __future__ import annotations

from math import hypot

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QApplication

from engine.graph import Edge
from engine.plan import Problem
from gui.canvas.geometry import PORT_REACH, NodeBox, PortHit
from gui.canvas.gestures import Canvas, Gesture
from gui.canvas.preview_items import WirePreview

End = tuple[str, int | None]
"""A node, and the port if the mouse is at one."""


class LooseWire(Gesture):
    """A wire with one fixed end; the other one follows the mouse and snaps to what it may be connected to."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, canvas: Canvas, fixed: PortHit, refusals: dict[str, str]) -> None:
        super().__init__(canvas)
        self._fixed = fixed
        self._backwards = fixed.port is not None
        self._refusals = refusals
        self._wire = WirePreview()
        canvas.canvas_scene.addItem(self._wire)
        self._hovered: End | None = None
        self._doubt = ""
        self._light(None)

    def why_not(self, end: End) -> str:
        """Why the wire cannot go there; "" if it can."""
        return self._refusals.get(end[0], "")

    def problem_of(self, end: End) -> Problem | None:
        """What would be wrong with it, though it is possible."""
        raise NotImplementedError

    def connect(self, end: End) -> None:
        """The wire was let go at a possible end."""
        raise NotImplementedError

    def drop(self, at: QPointF) -> None:
        """The wire was let go where nothing is."""

    def move(self, at: QPointF, screen: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        end = self._end_at(at)
        reason = self.why_not(end) if end is not None else ""
        if end != self._hovered:
            self._hovered = end
            problem = self.problem_of(end) if end is not None and not reason else None
            self._doubt = problem.message if problem is not None else ""
            self._light(end[0] if end else None)
        state = "loose" if end is None else "refused" if reason else "doubtful" if self._doubt else "possible"
        box = self.canvas.canvas_scene.node_item(self._fixed.node).box
        fixed = box.output if self._fixed.port is None else box.input(self._fixed.port)
        loose = at if end is None or reason else self._snapped(end)
        self._wire.set_ends(*((loose, fixed) if self._backwards else (fixed, loose)), state)
        self.canvas.show_hint(reason or self._doubt, "error" if reason else "warning")

    def finish(self, at: QPointF) -> None:
        end = self._end_at(at)
        self.tidy()
        if end is None:
            self.drop(at)
        elif not self.why_not(end):
            self.connect(end)

    def tidy(self) -> None:
        self.canvas.show_hint("")
        scene = self.canvas.canvas_scene
        for item in scene.node_items().values():
            item.set_port_state("normal")
        if self._wire.scene() is scene:
            scene.removeItem(self._wire)

    def _snapped(self, end: End) -> QPointF:
        box = self.canvas.canvas_scene.node_item(end[0]).box
        if self._backwards:
            return box.output
        return box.input((box.inputs[-1] if box.inputs else 0) if end[1] is None else end[1])

    def _end_at(self, at: QPointF) -> End | None:
        """The node, and the port if the mouse is at one, where the wire would end."""
        scene, reach = self.canvas.canvas_scene, self.canvas.reach(PORT_REACH)
        if not self._backwards:
            near = [box for box in scene.boxes(at, 64) if box.id != self._fixed.node]
            hit = _input_near(at, near, reach)
            if hit is not None:
                return hit
        node_id = scene.node_at(at)
        if node_id is None and self._backwards:
            hit_port = scene.port_at(at, reach)
            node_id = hit_port.node if hit_port is not None and hit_port.port is None else None
        return None if node_id is None or node_id == self._fixed.node else (node_id, None)

    def _light(self, target: str | None) -> None:
        """Highlight the nodes that the wire may go to, dim the others."""
        for node_id, item in self.canvas.canvas_scene.node_items().items():
            if node_id == self._fixed.node:
                item.set_port_state("normal")
            elif self._refusals.get(node_id):
                item.set_port_state("refused")
            else:
                state = "target" if node_id == target else "open_output" if self._backwards else "open"
                item.set_port_state(state)


class WireGesture(LooseWire):
    """Drags a new wire from an output port to an input port or a node, or backwards from an input port to a node."""

    def __init__(self, canvas: Canvas, start: PortHit, at: QPointF) -> None:
        document = canvas.document
        backwards = start.port is not None
        refusals = document.source_refusals(start.node, start.port) if backwards else document.refusals(start.node)
        super().__init__(canvas, start, refusals)
        self._pressed = at

    def why_not(self, end: End) -> str:
        if self._backwards or end[1] is None:
            return super().why_not(end)
        return self.canvas.document.why_not_connect(self._fixed.node, *end)

    def problem_of(self, end: End) -> Problem | None:
        document = self.canvas.document
        if self._backwards:
            return document.problem_of_connecting(end[0], self._fixed.node, self._fixed.port)
        return document.problem_of_connecting(self._fixed.node, end[0], end[1])

    def connect(self, end: End) -> None:
        if self._backwards:
            self.canvas.document.connect(end[0], self._fixed.node, self._fixed.port)
        else:
            self.canvas.document.connect(self._fixed.node, end[0], end[1])

    def drop(self, at: QPointF) -> None:
        away = at - self._pressed
        if hypot(away.x(), away.y()) > self.canvas.reach(2 * PORT_REACH):
            self.canvas.offer_layers(self._fixed, at)


class ReattachGesture(LooseWire):
    """Takes hold of one end of a wire and leads it elsewhere; let go over nothing, the wire stays as it was."""

    def __init__(self, canvas: Canvas, edge: Edge, moves_target: bool) -> None:
        self._edge = edge
        self._moves_target = moves_target
        fixed = PortHit(edge.source, None) if moves_target else PortHit(edge.target, edge.port)
        super().__init__(canvas, fixed, canvas.document.reconnect_refusals(edge, moves_target))
        canvas.canvas_scene.edge_item(edge).set_faded(True)

    def _ends(self, end: End) -> tuple[str, str, int | None]:
        if self._moves_target:
            return self._edge.source, end[0], end[1]
        return end[0], self._edge.target, self._edge.port

    def why_not(self, end: End) -> str:
        if not self._moves_target or end[1] is None:
            return super().why_not(end)
        return self.canvas.document.why_not_reconnect(self._edge, *self._ends(end))

    def problem_of(self, end: End) -> Problem | None:
        return self.canvas.document.problem_of_reconnecting(self._edge, *self._ends(end))

    def connect(self, end: End) -> None:
        self.canvas.canvas_scene.select([], [self.canvas.document.reconnect(self._edge, *self._ends(end))])

    def tidy(self) -> None:
        super().tidy()
        edges = self.canvas.canvas_scene.edge_items()
        if self._edge in edges:
            edges[self._edge].set_faded(False)


class GrabGesture(Gesture):
    """A press on a wire: it becomes a `ReattachGesture` when the mouse moves away."""

    cursor = None

    def __init__(self, canvas: Canvas, edge: Edge, at: QPointF, screen: QPoint) -> None:
        super().__init__(canvas)
        path = canvas.canvas_scene.edge_item(edge).path
        start, end = path.pointAtPercent(0), path.currentPosition()
        self._edge, self._screen = edge, screen
        self._moves_target = _distance(at, end) <= _distance(at, start)
        self._wire: ReattachGesture | None = None

    def move(self, at: QPointF, screen: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        if self._wire is None:
            if (screen - self._screen).manhattanLength() < QApplication.startDragDistance():
                return
            self._wire = ReattachGesture(self.canvas, self._edge, self._moves_target)
            self.cursor = self._wire.cursor
        self._wire.move(at, screen, modifiers)

    def finish(self, at: QPointF) -> None:
        if self._wire is not None:
            self._wire.finish(at)

    def cancel(self) -> None:
        if self._wire is not None:
            self._wire.cancel()


def _distance(a: QPointF, b: QPointF) -> float:
    return hypot(a.x() - b.x(), a.y() - b.y())


def _input_near(at: QPointF, boxes: list[NodeBox], reach: float) -> End | None:
    """The input port nearest to a point."""
    best, found = reach, None
    for box in boxes:
        for port in box.inputs:
            distance = _distance(box.input(port), at)
            if distance < best:
                best, found = distance, (box.id, port)
    return found
