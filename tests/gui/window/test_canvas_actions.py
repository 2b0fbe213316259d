"""The commands of the canvas as actions of the window: in menus, with keys that work on the canvas only."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QMenu

from engine.templates import load_template
from gui.actions import ACTIONS, SHARED_WITH_CANVAS
from gui.canvas.commands import CANVAS_COMMANDS
from gui.main_window import MainWindow
from gui.shortcuts import reset_all, set_keys
from gui.window.shortcuts_dialog import ShortcutsDialog, fixed_owner

CTRL = Qt.KeyboardModifier.ControlModifier


def window(application) -> MainWindow:
    w = MainWindow(load_template("moons"), remember=False)
    w.show()
    application.processEvents()
    w.canvas.setFocus()
    return w


def test_every_command_is_an_action_with_help(application) -> None:
    w = window(application)
    for command in CANVAS_COMMANDS:
        action = w.actions_by_name[command.id]
        assert action.toolTip()
    assert w.actions_by_name["add_layer"].shortcut().toString() == "Tab"
    w.close()


def test_actions_edit_and_keys_work_once_and_only_on_the_canvas(application) -> None:
    w = window(application)
    count = len(w.document.graph.nodes)
    node = w.document.graph.nodes[1].id
    w.canvas.select([node])
    w.actions_by_name["duplicate"].trigger()
    assert len(w.document.graph.nodes) == count + 1
    QTest.keyClick(w.canvas, Qt.Key.Key_D, CTRL)
    assert len(w.document.graph.nodes) == count + 2
    w.palette_panel.search.setFocus()
    QTest.keyClicks(w.palette_panel.search, "wr")
    QTest.keyClick(w.palette_panel.search, Qt.Key.Key_D, CTRL)
    QTest.keyClick(w.palette_panel.search, Qt.Key.Key_Tab)
    assert w.canvas.finder.menu is None
    assert w.palette_panel.search.text() == "wr"
    assert len(w.document.graph.nodes) == count + 2
    w.document.undo_stack.setClean()
    w.close()


def test_changed_keys_hold_on_the_canvas_too(application) -> None:
    w = window(application)
    try:
        set_keys({"connect_to": "K"})
        w.canvas.select([w.document.graph.nodes[1].id])
        QTest.keyClick(w.canvas, Qt.Key.Key_W)
        assert w.canvas.finder.menu is None
        QTest.keyClick(w.canvas, Qt.Key.Key_K)
        assert w.canvas.finder.menu is not None
        w.canvas.finder.close()
    finally:
        reset_all()
    w.close()


def test_every_key_of_the_canvas_is_listed_and_what_is_fixed_cannot_be_taken(application) -> None:
    w = window(application)
    w.actions_by_name["shortcuts"].trigger()
    dialog = w.findChild(ShortcutsDialog)
    assert dialog is not None
    listed = {item.text(0): item.text(1) for item in dialog._items()}
    assert listed["Rename"] == "F2, Return, Enter"
    assert listed["Add layer"] == "Tab"
    assert listed["Add note"] == "N"
    assert listed["Delete"] == "Del, Backspace"
    assert listed["Move what is selected"] == "Arrow keys"
    assert listed["Move it five times as far"] == "Shift+Arrow keys"
    for command in CANVAS_COMMANDS:
        assert command.text.rstrip("…") in listed or command.id in SHARED_WITH_CANVAS
    dialog.choose("add_note")
    assert dialog.edit.isEnabled()
    QTest.keyClick(dialog.edit, Qt.Key.Key_Left)
    assert "always stands for 'Move what is selected'" in dialog.message.text()
    QTest.keyClick(dialog.edit, Qt.Key.Key_Backspace)
    assert "always stands for 'Delete'" in dialog.message.text()
    assert not dialog.replace_button.isVisible()
    assert w.actions_by_name["add_note"].shortcut().toString() == "N"
    dialog.choose("fixed: Move what is selected")
    assert not dialog.edit.isEnabled()
    assert dialog.chosen.text() == "These keys cannot be changed."
    dialog.close()
    w.close()


def test_no_two_commands_have_the_same_keys() -> None:
    owners: dict[str, str] = {}
    for spec in ACTIONS:
        if spec.shortcut:
            assert spec.shortcut not in owners, f"{spec.shortcut}: {spec.name} and {owners[spec.shortcut]}"
            assert not fixed_owner(spec.shortcut), f"{spec.shortcut} of {spec.name} is fixed on the canvas"
            owners[spec.shortcut] = spec.name


def test_space_on_the_canvas_trains_only_while_it_stands_for_training(application, monkeypatch) -> None:
    w = window(application)
    toggled: list[int] = []
    monkeypatch.setattr(w.controller, "toggle", lambda: toggled.append(1))
    try:
        QTest.keyClick(w.canvas, Qt.Key.Key_Space)
        assert toggled == [1]
        set_keys({"train_toggle": "F5"})
        QTest.keyClick(w.canvas, Qt.Key.Key_Space)
        assert toggled == [1]
    finally:
        reset_all()
    w.close()


def test_colours_are_a_menu_of_their_own_with_pictures(application) -> None:
    w = window(application)
    edit = next(menu for menu in w.menuBar().findChildren(QMenu) if menu.title() == "&Edit")
    colours = next(menu for menu in w.findChildren(QMenu) if menu.title() == "&Colour")
    assert colours.menuAction() in edit.actions()
    assert [action.text() for action in colours.actions()][:3] == ["No colour", "Red", "Orange"]
    assert not any(action.icon().isNull() for action in colours.actions())
    node = w.document.graph.nodes[0].id
    w.canvas.select([node])
    colours.actions()[1].trigger()
    assert w.document.node(node).color == "red"
    w.document.undo_stack.setClean()
    w.close()


def test_the_palette_writes_on_the_canvas(application) -> None:
    w = window(application)
    w.palette_panel.notes.buttons["add_note"].click()
    editor = w.canvas.noting.editor
    assert editor is not None
    QTest.keyClicks(editor, "hello")
    QTest.keyClick(editor, Qt.Key.Key_Return, CTRL)
    assert [note.text for note in w.document.graph.notes] == ["hello"]
    assert w.properties_panel.currentWidget() is w.properties_panel.note_page
    w.palette_panel.notes.buttons["add_arrow"].click()
    assert w.canvas.noting.is_drawing
    QTest.keyClick(w.canvas, Qt.Key.Key_Return)
    assert w.properties_panel.note_page.title.text() == "Arrow"
    w.document.undo_stack.setClean()
    w.close()


def test_the_diagram_is_exported_and_garbage_is_told_in_the_banner(application, tmp_path, monkeypatch) -> None:
    w = window(application)
    answer = (str(tmp_path / "net"), "PDF document (*.pdf)")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a: answer)
    w.actions_by_name["export_picture"].trigger()
    assert (tmp_path / "net.pdf").read_bytes().startswith(b"%PDF")
    w.canvas.copying.paste_text("no layers at all")
    assert w.banner.isVisible()
    w.close()
