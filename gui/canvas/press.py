"""Which gesture a press of the mouse begins, and what a double click does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent

from gui.canvas.geometry import PORT_REACH, WIRE_REACH
from gui.canvas.gestures import BandGesture, Gesture, MoveGesture, PanGesture
from gui.canvas.note_gestures import HandleGesture
from gui.canvas.note_items import HANDLE_REACH
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
    if view.noting.is_drawing:
        return view.noting.begin_arrow(at)
    scene, adding = view.canvas_scene, bool(event.modifiers() & ADDING)
    if not adding and view.maps.press(at):
        return None
    handle = scene.notes.handle_at(at, view.reach(HANDLE_REACH))
    if handle is not None and not adding:
        return HandleGesture(view, *handle)
    port, node_id = scene.port_at(at, view.reach(PORT_REACH)), scene.node_at(at)
    if port is not None and node_id in (None, scene.shown.box_of(port.node)) and not adding:
        return WireGesture(view, port, at)
    button = view.blocking.button_at(at)
    if button is not None and not adding:
        view.blocking.toggle_block(button)
        return None
    if node_id is not None:
        return _press_node(view, node_id, at, screen, adding)
    note_id = view.noting.note_at(at)
    if note_id is not None:
        return _press_node(view, note_id, at, screen, adding)
    frame = scene.frames.at(at, handle=True)
    edge = scene.edge_at(at, view.reach(WIRE_REACH)) if frame is None else None
    if edge is None:
        frame = frame or scene.frames.at(at)
        return _press_node(view, frame, at, screen, adding) if frame else BandGesture(view, at, adding)
    nodes, edges = (scene.selected_ids(), scene.selected_edges()) if adding else ([], [])
    scene.select(nodes, [other for other in edges if other != edge] if edge in edges else [*edges, edge])
    return None if adding else GrabGesture(view, edge, at, screen)


def double_click(view: CanvasView, at: QPointF) -> None:
    """Open a closed block; on its name, or on something else with a name, rename it; elsewhere add a layer."""
    scene = view.canvas_scene
    box_id, frames = scene.node_at(at), scene.frames
    if box_id in scene.shown.closed and not _on_title(view, box_id, at):
        view.blocking.fold([box_id], closed=False)
    elif box_id is not None or view.noting.note_at(at) is not None or frames.at(at, handle=True) is not None:
        view.rename_selected()
    elif scene.edge_at(at, view.reach(WIRE_REACH)) is not None:
        view.finder.add()
    elif frames.at(at) is not None:
        view.rename_selected()
    else:
        view.finder.add(at)


def _on_title(view: CanvasView, box_id: str, at: QPointF) -> bool:
    item = view.canvas_scene.node_item(box_id)
    return item.title_rect().contains(at - item.pos())


def _press_node(view: CanvasView, node_id: str, at: QPointF, screen: QPoint, adding: bool) -> Gesture | None:
    """Press a node, block or note."""
    scene, selected = view.canvas_scene, view.canvas_scene.selected_ids()
    if adding and node_id in selected:
        scene.select([other for other in selected if other != node_id], scene.selected_edges())
        return None
    if adding:
        scene.select([*selected, node_id], scene.selected_edges())
    elif node_id not in selected:
        scene.select([node_id])
    return MoveGesture(view, node_id, at, screen, only_this_on_click=not adding)
