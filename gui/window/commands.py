"""The commands of the palette, from the same table as menus and toolbar."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from PySide6.QtGui import QAction, QKeySequence

from engine.templates import load_template, template_names
from gui import project_files
from gui.actions import ACTIONS, Actions
from gui.window.command_palette import Command


def action_commands(actions: Actions, panels: Iterable[QAction]) -> list[Command]:
    """One command per action and per panel."""
    commands = []
    for spec in ACTIONS:
        action = actions[spec.name]
        if spec.name != "command_palette":
            commands.append(_command(action, spec.group))
    for action in panels:
        verb = "Hide" if action.isChecked() else "Show"
        commands.append(Command(f"{verb} {action.text().replace('&', '')}", "Panels", action.trigger))
    return commands


def file_commands(template: Callable[[str], object], file: Callable[[Path], object]) -> list[Command]:
    """One command per template and per recent file; the functions take name and path."""
    commands = [Command(load_template(n).name, "New from template", partial(template, n)) for n in template_names()]
    return commands + [Command(path.name, "Open recent", partial(file, path)) for path in project_files.recent()]


def _command(action: QAction, group: str) -> Command:
    keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    text = action.text().replace("&", "")
    if action.isCheckable() and action.isChecked():
        text = f"{text} ✓"
    return Command(text, group, action.trigger, keys, action.isEnabled())
