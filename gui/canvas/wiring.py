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
        self._shown = canvas.canvas_scene.shown
        self._home = self._shown.box_of(fixed.node)
        self._refusals = refusals | self._refusals_of_blocks(refusals)
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
        fixed = self.canvas.canvas_scene.place_of(self._fixed)
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
        free = None if self._backwards else (box.inputs[-1] if box.inputs else 0)
        return box.place(PortHit(end[0], free if end[1] is None else end[1]))

    def _end_at(self, at: QPointF) -> End | None:
        """The node, and the port if the mouse is at one, where the wire would end."""
        scene, reach = self.canvas.canvas_scene, self.canvas.reach(PORT_REACH)
        if not self._backwards:
            near = [box for box in scene.boxes(at, 64) if box.id != self._home]
            hit = _input_near(at, near, reach)
            if hit is not None:
                return hit
        else:
            hit_port = scene.port_at(at, reach)
            if hit_port is not None and hit_port.port is None and self._shown.box_of(hit_port.node) != self._home:
                return (hit_port.node, None)
        node_id = scene.node_at(at)
        return None if node_id is None or node_id == self._home else self._end_of_box(node_id)

    def _end_of_box(self, box_id: str) -> End:
        """Where a wire ends that is led to a box, but to no port of it: of a closed block at the best of its ports."""
        ports = self._ports_of_block(box_id)
        inputs = {(edge.target, edge.port) for edge in self._shown.graph.edges}
        fitting = [end for end in ports if not self._refusals.get(end[0])] or ports
        return next((end for end in fitting if end not in inputs), fitting[0] if fitting else (box_id, None))

    def _ports_of_block(self, block_id: str) -> list[End]:
        """The ports of a closed block where the wire may end; none for a node."""
        ports = self._shown.closed.get(block_id)
        if ports is None:
            return []
        return [(name, None) for name in ports.outlets] if self._backwards else [ends[0] for ends in ports.inlets]

    def _refusals_of_blocks(self, refusals: dict[str, str]) -> dict[str, str]:
        """Why the wire may not go to any port of a closed block."""
        found: dict[str, str] = {}
        for block_id in self._shown.closed:
            what = "output" if self._backwards else "input"
            reasons = [refusals.get(node_id, "") for node_id, _ in self._ports_of_block(block_id)]
            title = self.canvas.document.block(block_id).title
            found[block_id] = f"'{title}' has no {what}." if not reasons else reasons[0] if all(reasons) else ""
        return found

    def _light(self, target: str | None) -> None:
        """Highlight the boxes that the wire may go to, dim the others."""
        target = self._shown.box_of(target) if target is not None else None
        for node_id, item in self.canvas.canvas_scene.node_items().items():
            if node_id == self._home:
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

    def _edges_to(self, end: End) -> tuple[str, list[End]]:
        """Source and targets of the wire: several of them at a port of a closed block."""
        if self._backwards:
            return end[0], self._shown.ends_of(self._fixed.node, self._fixed.port)
        return self._fixed.node, self._shown.ends_of(*end)

    def why_not(self, end: End) -> str:
        if end[0] in self._shown.closed or (not self._backwards and end[1] is None):
            return super().why_not(end)
        return self.canvas.document.why_not_wire(*self._edges_to(end))

    def problem_of(self, end: End) -> Problem | None:
        return self.canvas.document.problem_of_wire(*self._edges_to(end))

    def connect(self, end: End) -> None:
        self.canvas.document.wire(*self._edges_to(end))

    def drop(self, at: QPointF) -> None:
        away = at - self._pressed
        if hypot(away.x(), away.y()) > self.canvas.reach(2 * PORT_REACH):
            self.canvas.offer_layers(self._fixed, at)


class ReattachGesture(LooseWire):
    """Takes hold of one end of a wire and leads it elsewhere; let go over nothing, the wire stays as it was."""

    def __init__(self, canvas: Canvas, edge: Edge, moves_target: bool) -> None:
        self._edge = edge
        self._moves_target = moves_target
        self._behind = canvas.canvas_scene.shown.wires[edge]
        fixed = PortHit(edge.source, None) if moves_target else PortHit(edge.target, edge.port)
        super().__init__(canvas, fixed, canvas.document.rewire_refusals(self._behind, moves_target))
        canvas.canvas_scene.edge_item(edge).set_faded(True)

    def _ends(self, end: End) -> tuple[str, list[End]]:
        if self._moves_target:
            return self._edge.source, self._shown.ends_of(*end)
        return end[0], [(edge.target, edge.port) for edge in self._behind]

    def why_not(self, end: End) -> str:
        if end[0] in self._shown.closed or (self._moves_target and end[1] is None):
            return super().why_not(end)
        return self.canvas.document.why_not_rewire(self._behind, *self._ends(end))

    def problem_of(self, end: End) -> Problem | None:
        return self.canvas.document.problem_of_rewire(self._behind, *self._ends(end))

    def connect(self, end: End) -> None:
        self.canvas.canvas_scene.select([], [self.canvas.document.rewire(self._behind, *self._ends(end))])

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
        for hit in box.ports():
            distance = _distance(box.place(hit), at)
            if hit.port is not None and distance < best:
                best, found = distance, (hit.node, hit.port)
    return found
