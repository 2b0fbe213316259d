"""Which gesture a press of the mouse begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent

from gui.canvas.geometry import PORT_REACH, WIRE_REACH
from gui.canvas.gestures import BandGesture, Gesture, MoveGesture, PanGesture
from gui.canvas.wiring import GrabGesture, WireGesture

if TYPE_CHECKING:
    from gui.canvas.view import CanvasView

ADDING = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


def gesture_for_press(view: CanvasView, event: QMouseEvent, panning: bool) -> Gesture | None:
    """The gesture that begins; what a press does at once (selecting) is done here."""
    screen = event.position().toPoint()
    at = view.mapToScene(screen)
    if panning:
        return PanGesture(view, screen)
    if event.button() != Qt.MouseButton.LeftButton:
        return None
    scene, adding = view.canvas_scene, bool(event.modifiers() & ADDING)
    port, node_id = scene.port_at(at, view.reach(PORT_REACH)), scene.node_at(at)
    if port is not None and node_id in (None, port.node) and not adding:
        return WireGesture(view, port, at)
    if node_id is not None:
        return _press_node(view, node_id, at, screen, adding)
    edge = scene.edge_at(at, view.reach(WIRE_REACH))
    if edge is None:
        return BandGesture(view, at, adding)
    nodes, edges = (scene.selected_nodes(), scene.selected_edges()) if adding else ([], [])
    scene.select(nodes, [other for other in edges if other != edge] if edge in edges else [*edges, edge])
    return None if adding else GrabGesture(view, edge, at, screen)


def _press_node(view: CanvasView, node_id: str, at: QPointF, screen: QPoint, adding: bool) -> Gesture | None:
    scene, selected = view.canvas_scene, view.selected_nodes()
    if adding and node_id in selected:
        scene.select([other for other in selected if other != node_id], scene.selected_edges())
        return None
    if adding:
        scene.select([*selected, node_id], scene.selected_edges())
    elif node_id not in selected:
        scene.select([node_id])
    return MoveGesture(view, node_id, at, screen, only_this_on_click=not adding)
