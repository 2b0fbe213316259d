"""The context menu of the canvas, made from the table of commands."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from gui.canvas.coloring import add_colors
from gui.canvas.commands import CANVAS_COMMANDS, COMMANDS_BY_ID, CanvasCommand
from gui.canvas.mending import add_fixes, add_weights
from gui.shortcuts import keys_of, native

if TYPE_CHECKING:
    from gui.canvas.view import CanvasView

_OF_NODES = ("add_layer", "connect_to", "replace_layer", "rename", "", "cut", "copy", "paste", "duplicate", "group", "")
_OF_BLOCK = ("toggle_block", "rename", "repeat_block", "keep_block", "ungroup", "", "add_layer", "connect_to", "",
             "cut", "copy", "paste", "duplicate", "group", "")  # fmt: skip
_OF_WIRES = ("add_layer", "connect_to", "", "delete")
_OF_NOTES = ("rename", "", "cut", "copy", "paste", "duplicate", "")
_OF_CANVAS = ("add_layer", "add_note", "add_arrow", "paste", "", "select_all", "find_node", "",
              "replace_head", "tidy_right", "tidy_down", "", "zoom_fit", "zoom_100", "minimap")  # fmt: skip


def selection_menu(view: CanvasView) -> QMenu:
    """What can be done with the selection; with nothing selected, with the whole canvas."""
    menu = QMenu(view)
    nodes, edges = view.selected_nodes(), view.canvas_scene.selected_edges()
    notes = view.canvas_scene.selected_notes()
    if not nodes and notes:
        _add(menu, view, _OF_NOTES)
        add_colors(menu, view)
        _add(menu, view, ("", "delete"))
        return menu
    if not nodes:
        add_fixes(menu, view.document, nodes, edges)
        _add(menu, view, _OF_WIRES if edges else _OF_CANVAS)
        if not edges:
            add_weights(menu, view.document, None)
        return menu
    add_fixes(menu, view.document, nodes, edges)
    _add(menu, view, _OF_BLOCK if view.canvas_scene.selected_blocks() else _OF_NODES)
    frozen = all(view.document.node(node_id).frozen for node_id in nodes)
    text = "Unfreeze parameters" if frozen else "Freeze parameters"
    menu.addAction(text, partial(view.freeze_selection, not frozen))
    add_weights(menu, view.document, nodes)
    menu.addSeparator()
    add_colors(menu, view)
    menu.addSeparator()
    select = menu.addMenu("Select")
    _add(select, view, ("select_upstream", "select_downstream"))
    arrange = menu.addMenu("Arrange")
    for start in ("align", "distribute", "tidy"):
        _add(arrange, view, [command.id for command in CANVAS_COMMANDS if command.id.startswith(start)] + [""])
    menu.addSeparator()
    _add(menu, view, ("delete",))
    return menu


def _add(menu: QMenu, view: CanvasView, ids: tuple[str, ...] | list[str]) -> None:
    for command_id in ids:
        if command_id:
            _add_command(menu, view, COMMANDS_BY_ID[command_id])
        else:
            menu.addSeparator()


def _add_command(menu: QMenu, view: CanvasView, command: CanvasCommand) -> None:
    keys = native(keys_of(command.id, command.shortcut))
    text = "Edit text" if command.id == "rename" and view.noting.selected() is not None else command.text
    action = menu.addAction(f"{text}\t{keys}" if keys else text, partial(command.run, view))
    action.setEnabled(command.possible(view))
    action.setToolTip(command.help)
