"""What the keys do on the canvas: those of the commands, and the arrows, Esc and Space."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from gui.canvas.commands import CANVAS_COMMANDS, COMMANDS_BY_ID, CanvasCommand
from gui.canvas.geometry import GRID
from gui.shortcuts import keys_of, shortcut_notifier

if TYPE_CHECKING:
    from gui.canvas.view import CanvasView

_NONE = Qt.KeyboardModifier.NoModifier
_SHIFT = Qt.KeyboardModifier.ShiftModifier
_ALT = Qt.KeyboardModifier.AltModifier
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


@lru_cache(maxsize=1)
def _commands() -> dict[int, str]:
    """Ids of the commands by key and modifiers."""
    found: dict[int, str] = {}
    for command in CANVAS_COMMANDS:
        for text in (keys_of(command.id, command.shortcut), *command.more_keys):
            sequence = QKeySequence(text)
            if text and sequence.count():
                found[sequence[0].toCombined()] = command.id  # type: ignore[index]
    return found


shortcut_notifier.shortcuts_changed.connect(_commands.cache_clear)


def command_for(event: QKeyEvent) -> CanvasCommand | None:
    """The command that a key stands for."""
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    combined = int(event.key()) | int(modifiers.value)
    found = _commands().get(combined)
    return COMMANDS_BY_ID[found] if found is not None else None


def takes_key(view: CanvasView, event: QKeyEvent) -> bool:
    """Whether the canvas does something with this key, so that no shortcut of the window gets it."""
    key, modifiers = event.key(), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    if key == Qt.Key.Key_Escape:
        return view.gesture is not None or view.tidying.is_busy or bool(view.canvas_scene.selectedItems())
    if key == Qt.Key.Key_Space and modifiers == _NONE:
        return True
    return command_for(event) is not None or (key in _ARROWS and modifiers in (_NONE, _SHIFT, _ALT))


def run_key(view: CanvasView, event: QKeyEvent) -> None:
    """Do what a key stands for."""
    key, modifiers = event.key(), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    command = command_for(event)
    if key == Qt.Key.Key_Escape:
        if not view.cancel_gesture() and not view.tidying.cancel():
            view.select([])
    elif key == Qt.Key.Key_Space:
        if not event.isAutoRepeat():
            view.hold_space(True)
    elif command is not None:
        if command.possible(view):
            command.run(view)
    elif key in _ARROWS:
        _arrow(view, *_ARROWS[Qt.Key(key)], modifiers)


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
