"""Every action of the window in one table; menus, toolbar and shortcuts are made from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence

from gui.canvas.commands import CANVAS_COMMANDS, CanvasCommand
from gui.shortcuts import keys_of, shortcut_notifier
from gui.theme import theme_notifier
from gui.widgets.icons import icon
from gui.widgets.swatches import swatch_icon


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One action. `name` is also the end of its slot: `_on_<name>_triggered`."""

    name: str
    text: str
    group: str
    """The menu it stands in."""
    shortcut: str = ""
    icon: str = ""
    help: str = ""
    checkable: bool = False
    choice: str = ""
    """Actions of one choice exclude each other."""
    separator: bool = False
    """A line stands before it."""
    on_canvas: bool = False
    """Its keys work on the canvas only."""


COLOR_ICON = "colour:"


def _icon(command: CanvasCommand) -> str:
    if command.group == "Colour":
        return COLOR_ICON + command.id.removeprefix("color_").removeprefix("none")
    return command.icon


def _canvas_actions() -> tuple[ActionSpec, ...]:
    """The commands of the canvas, but those that the window has as well."""
    groups = {"Select": "Edit"}
    return tuple(
        ActionSpec(
            command.id, command.text, groups.get(command.group, command.group), command.shortcut, _icon(command),
            command.help,
            separator=command.begins, on_canvas=True,
        )
        for command in CANVAS_COMMANDS
        if command.id not in SHARED_WITH_CANVAS
    )  # fmt: skip


SHARED_WITH_CANVAS = ("delete", "select_all", "zoom_in", "zoom_out", "zoom_fit")

ACTIONS = (
    ActionSpec("new", "&New", "File", "Ctrl+N", "new", "Start a new design"),
    ActionSpec("new_window", "New &window", "File", "Ctrl+Shift+N", "new_window", "Open one more window"),
    ActionSpec("open", "&Open…", "File", "Ctrl+O", "open", "Open a design or project file"),
    ActionSpec("open_data", "Open &data…", "File", "Ctrl+Shift+O", "table", "Open a table or arrays of your own"),
    ActionSpec(
        "open_images", "Open folder of &images…", "File", "", "open",
        "Open a folder with a sub-folder of images for each class, or one with the files of MNIST or CIFAR",
    ),
    ActionSpec("save", "&Save", "File", "Ctrl+S", "save", "Save the design with its weights", separator=True),
    ActionSpec("save_as", "Save &as…", "File", "Ctrl+Shift+S", "save_as", "Save under another name"),
    ActionSpec("revert", "Re&vert to saved", "File", "", "revert", "Back to the design as it is in its file"),
    ActionSpec("recover", "Reco&ver…", "File", "", "revert", "Get back what was not saved when Netloom ended"),
    ActionSpec(
        "load_weights", "Load &weights…", "File", "", "open",
        "Begin with the weights of another project or of a safetensors file, layer by layer", separator=True,
    ),
    ActionSpec("save_weights", "Save wei&ghts…", "File", "", "save", "Save the weights alone as a safetensors file"),
    ActionSpec(
        "export_picture", "&Export the diagram…", "File", "", "export", "Save the diagram as SVG, PDF or PNG",
        separator=True,
    ),
    ActionSpec(
        "start_page", "Start pa&ge", "File", "Ctrl+Shift+H", "home", "Templates, recent designs and your own data",
        separator=True,
    ),
    ActionSpec("close_window", "&Close window", "File", "Ctrl+W", "close", "Close this window", separator=True),
    ActionSpec("quit", "&Quit", "File", "Ctrl+Q", "quit", "Close Netloom with all windows"),
    ActionSpec("undo", "&Undo", "Edit", "Ctrl+Z", "undo", "Take back the last edit"),
    ActionSpec("redo", "&Redo", "Edit", "Ctrl+Shift+Z", "redo", "Do again what was taken back"),
    ActionSpec(
        "paste_data", "Paste da&ta…", "Edit", "Ctrl+Shift+V", "table",
        "Take cells copied from a spreadsheet as the data", separator=True,
    ),
    ActionSpec("delete", "&Delete", "Edit", "Del", "delete", "Delete the selected layers and wires", separator=True),
    ActionSpec("select_all", "Select &all", "Edit", "Ctrl+A", "select_all", "Select everything on the canvas"),
    ActionSpec("zoom_in", "Zoom &in", "View", "Ctrl++", "zoom_in", "Show the canvas larger"),
    ActionSpec("zoom_out", "Zoom &out", "View", "Ctrl+-", "zoom_out", "Show the canvas smaller"),
    ActionSpec("zoom_fit", "&Fit the design", "View", "Ctrl+0", "fit", "Show the whole design"),
    *_canvas_actions(),
    ActionSpec("theme_light", "&Light theme", "View", checkable=True, choice="theme", separator=True),
    ActionSpec("theme_dark", "&Dark theme", "View", checkable=True, choice="theme"),
    ActionSpec("theme_system", "&Theme of the system", "View", checkable=True, choice="theme"),
    ActionSpec(
        "command_palette", "&Command palette", "View", "Ctrl+Shift+P", "search", "Find any command by its name",
        separator=True,
    ),
    ActionSpec(
        "presentation", "&Presentation mode", "View", "F11", "presentation", "Large fonts, canvas and plots only",
        checkable=True,
    ),
    ActionSpec(
        "next_panel", "&Next panel", "View", "F6", "", "Go on to the next open panel, at last back to the canvas",
        separator=True,
    ),
    ActionSpec("previous_panel", "Pre&vious panel", "View", "Shift+F6", "", "Go back to the open panel before"),
    ActionSpec("edit_settings", "&Settings of the selection", "View", "Alt+Return", "", "Go to the properties panel"),
    ActionSpec("focus_canvas", "Back to the &canvas", "View", "Alt+C", "", "Give the keys to the canvas"),
    ActionSpec("reset_layout", "&Reset layout", "View", help="Put all panels back to their places", separator=True),
    ActionSpec("train_toggle", "Start", "Train", "Space", "play", "Start, pause or go on with training"),
    ActionSpec("train_step", "One s&tep", "Train", "F10", "step", "Make one optimizer step and wait"),
    ActionSpec("train_stop", "Sto&p", "Train", "Shift+F5", "stop", "End the run; the weights stay"),
    ActionSpec(
        "train_restart", "Train the &edited design", "Train", "Ctrl+Return", "play",
        "Go on with the design as it is now; layers that still fit keep their weights",
    ),
    ActionSpec(
        "train_reset", "&Reset", "Train", "Ctrl+R", "reset", "Back to the first weights, with the same seed",
        separator=True,
    ),
    ActionSpec(
        "train_fit_batch", "Use the &batch size that fits", "Train", "", "",
        "Take the largest batch size that fits in memory, and start",
    ),
    ActionSpec("train_new_seed", "&New seed", "Train", "Ctrl+Shift+R", "new_seed", "Other first weights: a new seed"),
    ActionSpec("tour", "&Tour", "Help", "", "tour", "Five steps through the window"),
    ActionSpec("shortcuts", "&Keyboard shortcuts", "Help", "F1", "keyboard", "Show and change all shortcuts"),
    ActionSpec("about", "&About Netloom", "Help", "", "info", "Version and system"),
)  # fmt: skip

SUBMENUS = {"Colour": "Edit"}
"""Groups that are a menu within another one."""
MENUS = ("File", "Edit", "Colour", "Arrange", "View", "Train", "Help")

TOOLBAR = (
    "start_page", "new", "open", "save", "", "undo", "redo", "", "zoom_out", "zoom_in", "zoom_fit", "",
    "train_toggle", "train_step", "train_stop", "train_reset", "train_new_seed", "", "command_palette",
)  # fmt: skip
"""Names in order; an empty one is a line."""


class Actions(QObject):
    """The window's actions by name; their icons follow the theme."""

    def __init__(self, parent: QObject):
        super().__init__(parent)
        self._actions: dict[str, QAction] = {}
        self._choices: dict[str, QActionGroup] = {}
        for spec in ACTIONS:
            action = QAction(spec.text, self)
            action.setObjectName(spec.name)
            contexts = Qt.ShortcutContext
            action.setShortcutContext(
                contexts.WidgetWithChildrenShortcut if spec.on_canvas else contexts.WindowShortcut
            )
            action.setShortcut(QKeySequence(keys_of(spec.name, spec.shortcut)))
            action.setCheckable(spec.checkable)
            if spec.choice:
                group = self._choices.setdefault(spec.choice, QActionGroup(self))
                group.addAction(action)
            action.setProperty("help", spec.help or spec.text.replace("&", ""))
            action.setProperty("icon_name", spec.icon)
            self._actions[spec.name] = action
            self.describe(spec.name)
        theme_notifier.theme_changed.connect(self._on_theme_notifier_theme_changed)
        shortcut_notifier.shortcuts_changed.connect(self._on_shortcut_notifier_shortcuts_changed)

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._actions)

    def as_dict(self) -> dict[str, QAction]:
        """All actions by name."""
        return dict(self._actions)

    def describe(self, name: str, *, text: str = "", icon_name: str = "", help: str = "") -> None:
        """Give an action another text, icon or help; the tooltip is made from help and shortcut."""
        action = self._actions[name]
        if text:
            action.setText(text)
        if help:
            action.setProperty("help", help)
        if icon_name:
            action.setProperty("icon_name", icon_name)
        drawn = str(action.property("icon_name") or "")
        if drawn:
            color = drawn.removeprefix(COLOR_ICON)
            action.setIcon(swatch_icon(color) if drawn.startswith(COLOR_ICON) else icon(drawn))
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(f"{action.property('help')} ({keys})" if keys else str(action.property("help")))

    def _on_theme_notifier_theme_changed(self) -> None:
        for name in self._actions:
            self.describe(name)

    def _on_shortcut_notifier_shortcuts_changed(self) -> None:
        for spec in ACTIONS:
            self._actions[spec.name].setShortcut(QKeySequence(keys_of(spec.name, spec.shortcut)))
            self.describe(spec.name)
