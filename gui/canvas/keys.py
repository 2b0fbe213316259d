"""What the keys do on the canvas."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from gui.canvas.geometry import GRID

if TYPE_CHECKING:
    from gui.canvas.view import CanvasView

_NONE = Qt.KeyboardModifier.NoModifier
_CTRL = Qt.KeyboardModifier.ControlModifier
_SHIFT = Qt.KeyboardModifier.ShiftModifier
_ALT = Qt.KeyboardModifier.AltModifier
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_KEYS: dict[tuple[Qt.Key, Qt.KeyboardModifier], Callable[[CanvasView], object]] = {
    (Qt.Key.Key_Delete, _NONE): lambda view: view.delete_selection(),
    (Qt.Key.Key_Backspace, _NONE): lambda view: view.delete_selection(),
    (Qt.Key.Key_F2, _NONE): lambda view: view.rename_selected(),
    (Qt.Key.Key_A, _CTRL): lambda view: view.select_all(),
    (Qt.Key.Key_D, _CTRL): lambda view: view.duplicate_selection(),
    (Qt.Key.Key_0, _CTRL): lambda view: view.fit(),
    (Qt.Key.Key_1, _CTRL): lambda view: view.reset_zoom(),
    (Qt.Key.Key_Plus, _CTRL): lambda view: view.zoom_in(),
    (Qt.Key.Key_Equal, _CTRL): lambda view: view.zoom_in(),
    (Qt.Key.Key_Plus, _CTRL | _SHIFT): lambda view: view.zoom_in(),
    (Qt.Key.Key_Minus, _CTRL): lambda view: view.zoom_out(),
    (Qt.Key.Key_Space, _NONE): lambda view: view.hold_space(True),
}


def takes_key(view: CanvasView, event: QKeyEvent) -> bool:
    """Whether the canvas does something with this key, so that no shortcut of the window gets it."""
    key, modifiers = Qt.Key(event.key()), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    if key == Qt.Key.Key_Escape:
        return view.gesture is not None or bool(view.canvas_scene.selectedItems())
    return (key, modifiers) in _KEYS or (key in _ARROWS and modifiers in (_NONE, _SHIFT, _ALT))


def run_key(view: CanvasView, event: QKeyEvent) -> None:
    """Do what a key stands for."""
    key, modifiers = Qt.Key(event.key()), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    if key == Qt.Key.Key_Escape:
        if not view.cancel_gesture():
            view.select([])
    elif key in _ARROWS:
        _arrow(view, *_ARROWS[key], modifiers)
    elif key != Qt.Key.Key_Space or not event.isAutoRepeat():
        _KEYS[key, modifiers](view)


def _arrow(view: CanvasView, dx: int, dy: int, modifiers: Qt.KeyboardModifier) -> None:
    """Move what is selected, with Shift farther; with Alt, or with nothing selected, go to another node."""
    if view.selected_nodes() and modifiers != _ALT:
        step = GRID * (5 if modifiers == _SHIFT else 1)
        view.move_selection(dx * step, dy * step)
        return
    node_id = _neighbour(view, dx, dy)
    if node_id is not None:
        view.select([node_id])
        view.show_rect(view.canvas_scene.node_item(node_id).box.rect)


def _neighbour(view: CanvasView, dx: int, dy: int) -> str | None:
    """Left and right go along the wires, up and down through all nodes in the order of execution."""
    order, selected = list(view.document.plan.nodes), view.selected_nodes()
    if not order:
        return None
    if not selected:
        return order[0] if dx + dy > 0 else order[-1]
    here = selected[-1]
    if dx > 0:
        return next((edge.target for edge in view.document.graph.outgoing(here)), None)
    if dx < 0:
        return next((edge.source for edge in view.document.graph.incoming(here)), None)
    return order[(order.index(here) + dy) % len(order)]
