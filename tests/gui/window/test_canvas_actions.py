"""The commands of the canvas as actions of the window: in menus, with keys that work on the canvas only."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from engine.templates import load_template
from gui.canvas.commands import CANVAS_COMMANDS
from gui.main_window import MainWindow
from gui.shortcuts import reset_all, set_keys

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


def test_the_diagram_is_exported_and_garbage_is_told_in_the_banner(application, tmp_path, monkeypatch) -> None:
    w = window(application)
    answer = (str(tmp_path / "net"), "PDF document (*.pdf)")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a: answer)
    w.actions_by_name["export_picture"].trigger()
    assert (tmp_path / "net.pdf").read_bytes().startswith(b"%PDF")
    w.canvas.copying.paste_text("no layers at all")
    assert w.banner.isVisible()
    w.close()
