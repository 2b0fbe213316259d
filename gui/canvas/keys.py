"""What the keys do on the canvas: those of the commands, and the arrows, Esc and Space."""

from __future__ import annotations

from dataclasses import dataclass
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
_CONTROL = Qt.KeyboardModifier.ControlModifier
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


@dataclass(frozen=True, slots=True)
class FixedKeys:
    """Keys of the canvas that belong together and cannot be changed."""

    text: str
    keys: tuple[str, ...]
    help: str


FIXED_KEYS = (
    FixedKeys("Move what is selected", ("Left", "Right", "Up", "Down"),
              "With nothing selected they go to the first or last node"),
    FixedKeys("Move it five times as far", ("Shift+Left", "Shift+Right", "Shift+Up", "Shift+Down"),
              "In steps of five points of the grid"),
    FixedKeys("Select along the wires", ("Alt+Left", "Alt+Right", "Alt+Up", "Alt+Down"),
              "Left and right follow the wires; up and down go through all nodes and notes"),
    FixedKeys("Resize a note or an arrow", ("Ctrl+Left", "Ctrl+Right", "Ctrl+Up", "Ctrl+Down"),
              "They change the width of the selected note, or move the tip of the selected arrow"),
    FixedKeys("Cancel, or select nothing", ("Esc",), "Gives up what goes on; else nothing is selected any more"),
    FixedKeys("Pan while it is held", ("Space",), "Then the mouse moves what is seen; a tap starts or pauses training"),
    FixedKeys("Leave the canvas", ("Shift+Tab",), "To what stands before it in the window"),
)  # fmt: skip
"""For the list of all shortcuts. Space is shared with training: see the canvas's `space_tapped`."""


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
        busy = view.gesture is not None or view.tidying.is_busy or view.noting.is_drawing
        return busy or bool(view.canvas_scene.selectedItems())
    if key == Qt.Key.Key_Space and modifiers == _NONE:
        return True
    return command_for(event) is not None or (key in _ARROWS and modifiers in (_NONE, _SHIFT, _ALT, _CONTROL))


def run_key(view: CanvasView, event: QKeyEvent) -> None:
    """Do what a key stands for."""
    key, modifiers = event.key(), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    command = command_for(event)
    if key == Qt.Key.Key_Escape:
        stopped = view.noting.stop_drawing()
        if not view.cancel_gesture() and not view.tidying.cancel() and not stopped:
            view.select([])
    elif key == Qt.Key.Key_Space:
        if not event.isAutoRepeat():
            view.hold_space(True)
    elif view.noting.is_drawing and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
        view.noting.put_arrow()
    elif command is not None:
        if command.possible(view):
            command.run(view)
    elif key in _ARROWS:
        _arrow(view, *_ARROWS[Qt.Key(key)], modifiers)


def _arrow(view: CanvasView, dx: int, dy: int, modifiers: Qt.KeyboardModifier) -> None:
    """Move what is selected, with Shift farther, or with Ctrl its tip; with Alt, or nothing selected, go elsewhere."""
    if modifiers == _CONTROL:
        view.noting.resize(dx * GRID, dy * GRID)
        return
    if view.canvas_scene.selected_ids() and modifiers != _ALT:
        step = GRID * (5 if modifiers == _SHIFT else 1)
        view.move_selection(dx * step, dy * step)
        return
    node_id = _neighbour(view, dx, dy)
    if node_id is not None:
        view.select([node_id])
        view.show_rect(view.canvas_scene.rect_of([node_id]))


def _neighbour(view: CanvasView, dx: int, dy: int) -> str | None:
    """Left and right go along the wires; up and down through all boxes in the order of execution, each open block
    before what is in it, and then through the notes."""
    scene, links = view.canvas_scene, view.canvas_scene.shown.links()
    order, selected = _order(view), scene.selected_ids()
    if not order:
        return None
    if not selected:
        return order[0] if dx + dy > 0 else order[-1]
    here = selected[-1]
    if dy or here in scene.notes.items:
        return order[(order.index(here) + dx + dy) % len(order)]
    inside = {scene.shown.box_of(node_id) for node_id in scene.shown.nodes_of(here)}
    if dx > 0:
        return next((target for source, target in links if source in inside and target not in inside), None)
    return next((source for source, target in links if target in inside and source not in inside), None)


def _order(view: CanvasView) -> list[str]:
    scene = view.canvas_scene
    shown, order = scene.shown, dict[str, None]()
    for node_id in view.document.plan.nodes:
        around = reversed(shown.tree.enclosing(shown.visible_block(node_id)))
        order.update(dict.fromkeys((*around, shown.box_of(node_id))))
    return [*order, *scene.notes.shown()]
