"""Everything the canvas can be told to do, in one table: its keys, its menus and the window's actions come from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from engine.annotations import Color
from gui.canvas.transferring import replace_head
from gui.widgets.swatches import COLORS, color_name

if TYPE_CHECKING:
    from gui.canvas.view import CanvasView

Run = Callable[["CanvasView"], object]
Test = Callable[["CanvasView"], bool]


@dataclass(frozen=True, slots=True)
class CanvasCommand:
    """One command. `shortcut` is a portable key sequence such as "Ctrl+C"; empty for none."""

    id: str
    text: str
    """With "…" where a choice follows."""
    run: Run
    shortcut: str = ""
    help: str = ""
    possible: Test = lambda view: True
    group: str = "Edit"
    """Edit, Select, Colour, Arrange or View."""
    more_keys: tuple[str, ...] = ()
    begins: bool = False
    """A line stands before it in a menu."""
    icon: str = ""
    """File below `resources/icons/actions`."""


def _nodes(least: int) -> Test:
    return lambda view: len(view.selected_nodes()) >= least


def _items(least: int) -> Test:
    return lambda view: len(view.canvas_scene.selected_ids()) >= least


def _writable(view: CanvasView) -> bool:
    return len(view.canvas_scene.selected_ids()) == 1


def _one_node(view: CanvasView) -> bool:
    return len(view.selected_nodes()) == 1 and len(view.canvas_scene.selected_boxes()) == 1 and not _blocks(view)


def _blocks(view: CanvasView) -> bool:
    return bool(view.canvas_scene.selected_blocks())


def _one_block(view: CanvasView) -> bool:
    return view.blocking.selected() is not None


def _all_in_blocks(view: CanvasView) -> bool:
    nodes = view.canvas_scene.selected_boxes()
    return bool(nodes) and not _blocks(view) and all(view.document.node(node_id).block for node_id in nodes)


def _in_block(view: CanvasView) -> bool:
    return _blocks(view) or bool(view.blocking.around_selection())


def _one_thing(view: CanvasView) -> bool:
    scene, edges = view.canvas_scene, view.canvas_scene.selected_edges()
    boxes = [*scene.selected_boxes(), *scene.frames.selected()]
    return len(boxes) == 1 or (not boxes and len(edges) == 1)


def _something(view: CanvasView) -> bool:
    return bool(view.canvas_scene.selectedItems())


def _any(view: CanvasView) -> bool:
    return bool(view.document.graph.nodes)


def _color(color: Color) -> CanvasCommand:
    run: Run = lambda view: view.noting.set_color(color)  # noqa: E731
    help = f"Give the selected nodes and notes the colour {color}" if color else "Give them back the usual colour"
    return CanvasCommand(f"color_{color or 'none'}", color_name(color), run, "", help, _items(1), "Colour")


def _align(side: str, text: str, help: str) -> CanvasCommand:
    run: Run = lambda view: view.align_selection(side)  # type: ignore[arg-type]  # noqa: E731
    return CanvasCommand(f"align_{side}", text, run, "", help, _nodes(2), "Arrange")


CANVAS_COMMANDS: tuple[CanvasCommand, ...] = (
    CanvasCommand(
        "add_layer", "Add layer…", lambda v: v.finder.add(), "Tab",
        "Type to find a layer; Enter adds it behind the selected node, or into the selected wire", begins=True,
    ),
    CanvasCommand(
        "connect_to", "Connect to…", lambda v: v.finder.connect_to(), "W",
        "Choose the node that the selected node feeds, or that the selected wire leads to", _one_thing,
    ),
    CanvasCommand(
        "replace_layer", "Replace by…", lambda v: v.finder.replace(), "R",
        "Put another layer into the place of the selected node; name and wires stay", _one_node,
    ),
    CanvasCommand("rename", "Rename", lambda v: v.rename_selected(), "F2",
                  "Name the selected node, or write the text of the selected note", _writable,
                  more_keys=("Return", "Enter")),
    CanvasCommand("add_note", "Add note", lambda v: v.noting.add_note(), "N",
                  "Write a note at the pointer, or in the middle; Ctrl+Enter ends it, Esc gives it up", begins=True,
                  icon="note"),
    CanvasCommand("add_arrow", "Add arrow", lambda v: v.noting.add_arrow(), "A",
                  "Drag to draw an arrow; Enter puts one here, and Ctrl with the arrow keys moves its tip",
                  icon="arrow"),
    CanvasCommand("cut", "Cut", lambda v: v.copying.cut(), "Ctrl+X",
                  "Copy what is selected and remove it", _items(1), more_keys=("Shift+Del",), begins=True),
    CanvasCommand("copy", "Copy", lambda v: v.copying.copy(), "Ctrl+C",
                  "Copy the selected nodes, their wires, and notes", _items(1), more_keys=("Ctrl+Ins",)),
    CanvasCommand("paste", "Paste", lambda v: v.paste(), "Ctrl+V", "Paste copied nodes at the pointer",
                  more_keys=("Shift+Ins",)),
    CanvasCommand("duplicate", "Duplicate", lambda v: v.duplicate_selection(), "Ctrl+D",
                  "Copy what is selected beside itself", _items(1)),
    CanvasCommand("replace_head", "Replace the head", replace_head, "",
                  "Fine-tune: the last layer with weights learns anew, made for the data; all before it is frozen",
                  _any),
    CanvasCommand("delete", "Delete", lambda v: v.delete_selection(), "Del", "Remove what is selected", _something,
                  more_keys=("Backspace",)),
    CanvasCommand("find_node", "Find node…", lambda v: v.finder.go_to(), "Ctrl+F", "Go to a node by its name", _any,
                  "Select", begins=True),
    CanvasCommand("select_all", "Select all", lambda v: v.select_all(), "Ctrl+A", "Select everything on the canvas",
                  _any, "Select"),
    CanvasCommand("select_upstream", "Select upstream", lambda v: v.select_upstream(), "Ctrl+Shift+Left",
                  "Add all that the selected nodes depend on", _nodes(1), "Select"),
    CanvasCommand("select_downstream", "Select downstream", lambda v: v.select_downstream(), "Ctrl+Shift+Right",
                  "Add all that depends on the selected nodes", _nodes(1), "Select"),
    _align("left", "Align left", "Bring the left sides of the selected nodes into one line"),
    _align("centre", "Align centres", "Bring the centres of the selected nodes below each other"),
    _align("right", "Align right", "Bring the right sides of the selected nodes into one line"),
    _align("top", "Align top", "Bring the upper sides of the selected nodes into one line"),
    _align("middle", "Align middles", "Bring the ports of the selected nodes into one row"),
    _align("bottom", "Align bottom", "Bring the lower sides of the selected nodes into one line"),
    CanvasCommand("distribute_horizontal", "Distribute horizontally", lambda v: v.distribute_selection("horizontal"),
                  "", "Make the gaps between the selected nodes equal, from left to right", _nodes(3), "Arrange",
                  begins=True),
    CanvasCommand("distribute_vertical", "Distribute vertically", lambda v: v.distribute_selection("vertical"),
                  "", "Make the gaps between the selected nodes equal, from top to bottom", _nodes(3), "Arrange"),
    CanvasCommand("tidy_right", "Tidy from left to right", lambda v: v.tidying.start("right"), "Ctrl+L",
                  "Lay out the selected nodes, or all, in columns", _any, "Arrange", begins=True),
    CanvasCommand("tidy_down", "Tidy from the top down", lambda v: v.tidying.start("down"), "Ctrl+Shift+L",
                  "Lay out the selected nodes, or all, in rows", _any, "Arrange"),
    CanvasCommand("group", "Group", lambda v: v.blocking.group(), "Ctrl+G",
                  "Put what is selected into a block, which can be closed to one box", _nodes(1), "Arrange",
                  begins=True, icon="group"),
    CanvasCommand("ungroup", "Ungroup", lambda v: v.blocking.ungroup(), "Ctrl+Shift+G",
                  "Take the selected block away; what is in it stays", _in_block, "Arrange"),
    CanvasCommand("take_out", "Take out of block", lambda v: v.blocking.take_out(), "",
                  "Let the selected layers lie in the block around their own", _all_in_blocks, "Arrange"),
    CanvasCommand("toggle_block", "Open or close block", lambda v: v.blocking.toggle(), "Ctrl+.",
                  "Show what is in the selected block, or draw it as one box", _in_block, "Arrange"),
    CanvasCommand("repeat_block", "Repeat block…", lambda v: v.blocking.ask_repeat(), "",
                  "Put copies of the selected block behind it, one feeding the next", _one_block, "Arrange"),
    CanvasCommand("keep_block", "Add block to palette", lambda v: v.blocking.keep(), "",
                  "Keep a copy of the selected block for other designs", _one_block, "Arrange"),
    *map(_color, COLORS),
    CanvasCommand("zoom_in", "Zoom in", lambda v: v.zoom_in(), "Ctrl++", "Show the canvas larger", group="View",
                  more_keys=("Ctrl+=", "Ctrl+Shift++")),
    CanvasCommand("zoom_out", "Zoom out", lambda v: v.zoom_out(), "Ctrl+-", "Show the canvas smaller", group="View"),
    CanvasCommand("zoom_fit", "Fit to window", lambda v: v.fit(), "Ctrl+0", "Show the whole design", group="View"),
    CanvasCommand("zoom_100", "Zoom to 100 %", lambda v: v.reset_zoom(), "Ctrl+1", "Show the canvas in its own size",
                  group="View"),
    CanvasCommand("minimap", "Show or hide the map", lambda v: v.toggle_minimap(), "Ctrl+M",
                  "The small map shows while a part of the design is out of sight", group="View"),
    CanvasCommand("response_maps", "Show or hide response maps", lambda v: v.maps.toggle(), "",
                  "Under each layer of up to 8 units: what each unit answers over the plane of two features",
                  group="View"),
)  # fmt: skip
"""Add them to the window's actions with `run_command(view, id)`."""

COMMANDS_BY_ID = {command.id: command for command in CANVAS_COMMANDS}


def run_command(view: CanvasView, command_id: str) -> None:
    """Do what a command stands for, if it is possible now."""
    command = COMMANDS_BY_ID[command_id]
    if command.possible(view):
        command.run(view)


def handler(view: CanvasView, command_id: str) -> Callable[[], None]:
    """A slot for an action of the window."""
    return partial(run_command, view, command_id)
