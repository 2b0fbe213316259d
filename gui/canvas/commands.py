"""Everything the canvas can be told to do, in one table: its keys, its menus and the window's actions come from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

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
    """Edit, Select, Arrange or View."""
    more_keys: tuple[str, ...] = ()
    begins: bool = False
    """A line stands before it in a menu."""


def _nodes(least: int) -> Test:
    return lambda view: len(view.selected_nodes()) >= least


def _one_node(view: CanvasView) -> bool:
    return len(view.selected_nodes()) == 1


def _one_thing(view: CanvasView) -> bool:
    nodes, edges = view.selected_nodes(), view.canvas_scene.selected_edges()
    return len(nodes) == 1 or (not nodes and len(edges) == 1)


def _something(view: CanvasView) -> bool:
    return bool(view.canvas_scene.selectedItems())


def _any(view: CanvasView) -> bool:
    return bool(view.document.graph.nodes)


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
    CanvasCommand("rename", "Rename", lambda v: v.rename_selected(), "F2", "Name the selected node", _one_node),
    CanvasCommand("cut", "Cut", lambda v: v.copying.cut(), "Ctrl+X", "Copy the selected nodes and remove them",
                  _nodes(1), more_keys=("Shift+Del",), begins=True),
    CanvasCommand("copy", "Copy", lambda v: v.copying.copy(), "Ctrl+C", "Copy the selected nodes and their wires",
                  _nodes(1), more_keys=("Ctrl+Ins",)),
    CanvasCommand("paste", "Paste", lambda v: v.paste(), "Ctrl+V", "Paste copied nodes at the pointer",
                  more_keys=("Shift+Ins",)),
    CanvasCommand("duplicate", "Duplicate", lambda v: v.duplicate_selection(), "Ctrl+D",
                  "Copy the selected nodes beside themselves", _nodes(1)),
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
    CanvasCommand("zoom_in", "Zoom in", lambda v: v.zoom_in(), "Ctrl++", "Show the canvas larger", group="View",
                  more_keys=("Ctrl+=", "Ctrl+Shift++")),
    CanvasCommand("zoom_out", "Zoom out", lambda v: v.zoom_out(), "Ctrl+-", "Show the canvas smaller", group="View"),
    CanvasCommand("zoom_fit", "Fit to window", lambda v: v.fit(), "Ctrl+0", "Show the whole design", group="View"),
    CanvasCommand("zoom_100", "Zoom to 100 %", lambda v: v.reset_zoom(), "Ctrl+1", "Show the canvas in its own size",
                  group="View"),
    CanvasCommand("minimap", "Show or hide the map", lambda v: v.toggle_minimap(), "Ctrl+M",
                  "The small map shows while a part of the design is out of sight", group="View"),
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
