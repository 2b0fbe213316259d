"""A network is built, coloured, annotated, trained and saved without touching the mouse."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from engine.files import load_project

KEY = Qt.Key
NONE = Qt.KeyboardModifier.NoModifier
CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier


class Keyboard:
    """Presses keys; they go through the window system to where the focus is, and nothing else is used."""

    def __init__(self, user) -> None:
        self.user = user

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE, times: int = 1) -> None:
        for _ in range(times):
            self.user.key(key, modifiers)
            QApplication.processEvents()

    def type(self, text: str) -> None:
        for letter in text:
            QTest.keyClick(self._handle(), letter)  # type: ignore[call-overload]  PySide's stubs lack the letter
        QApplication.processEvents()

    def _handle(self):
        focused = QApplication.focusWidget()
        assert focused is not None, "nothing has the focus"
        return focused.window().windowHandle()

    def go_to(self, panel: QWidget) -> None:
        """F6 until a panel has the focus."""
        for _ in range(20):
            focused = QApplication.focusWidget()
            if focused is not None and (focused is panel or panel.isAncestorOf(focused)):
                return
            self.press(KEY.Key_F6)
        raise AssertionError(f"F6 does not reach {panel.accessibleName() or panel}")

    def tab_to(self, name: str) -> QWidget:
        """Tab until the widget with this accessible name has the focus."""
        seen = []
        for _ in range(60):
            focused = QApplication.focusWidget()
            seen.append(focused.accessibleName() if focused is not None else "")
            if focused is not None and (seen[-1] == name or name in _names_above(focused)):
                return focused
            self.press(KEY.Key_Tab)
        raise AssertionError(f"Tab does not reach '{name}', but {seen}")


def _names_above(widget: QWidget) -> list[str]:
    """Accessible names of the widgets around one: a spin box's line has the name of the box."""
    names, parent = [], widget.parentWidget()
    for _ in range(2):
        if parent is not None:
            names.append(parent.accessibleName())
            parent = parent.parentWidget()
    return names


@pytest.fixture
def keys(new_user):
    user = new_user()
    user.answer_questions(QMessageBox.StandardButton.Discard)
    return Keyboard(user)


def add(keys: Keyboard, kind: str) -> str:
    """Tab, the name of the layer, Enter; it is appended to the selected one and selected itself."""
    before = {node.id for node in keys.user.document.graph.nodes}
    keys.press(KEY.Key_Tab)
    keys.type(kind)
    keys.press(KEY.Key_Return)
    new = [node.id for node in keys.user.document.graph.nodes if node.id not in before]
    assert len(new) == 1, f"Tab, {kind}, Enter has added {new}"
    assert keys.user.canvas.hasFocus()
    return new[0]


def test_a_network_is_built_trained_and_saved_by_keys_alone(keys, tmp_path):
    user = keys.user
    window, document, canvas = user.window, user.document, user.canvas
    keys.press(KEY.Key_N, CTRL)
    assert not document.graph.nodes
    user.wait(lambda: window.loader.prepared is not None, what="the data is loaded")

    # Four layers, each behind the one before.
    source = add(keys, "Input")
    hidden = add(keys, "Dense")
    other = add(keys, "Dense")
    end = add(keys, "Output")
    assert [(edge.source, edge.target) for edge in document.graph.edges] == [
        (source, hidden),
        (hidden, other),
        (other, end),
    ]
    keys.press(KEY.Key_Left, ALT, times=2)
    assert canvas.selected_nodes() == [hidden]

    # F2 names it; Alt+Enter goes to its settings, where the number of units is set.
    keys.press(KEY.Key_F2)
    keys.type("hidden")
    keys.press(KEY.Key_Return)
    assert document.node(hidden).name == "hidden"
    keys.press(KEY.Key_Return, ALT)
    assert window.properties_panel.isAncestorOf(QApplication.focusWidget())
    keys.tab_to("Units")
    keys.press(KEY.Key_A, CTRL)
    keys.type("8")
    keys.press(KEY.Key_Return)
    assert document.node(hidden).layer.units == 8
    keys.press(KEY.Key_C, ALT)
    assert canvas.hasFocus()

    # A layer is taken away, W wires the two that are left by name, and Ctrl+Z takes all of it back.
    keys.press(KEY.Key_Right, ALT)
    keys.press(KEY.Key_Delete)
    assert [node.id for node in document.graph.nodes] == [source, hidden, end]
    keys.press(KEY.Key_Right, times=1)
    assert canvas.selected_nodes() == [source]
    keys.press(KEY.Key_Right, ALT)
    keys.press(KEY.Key_W)
    keys.type("output")
    keys.press(KEY.Key_Return)
    assert (hidden, end) in [(edge.source, edge.target) for edge in document.graph.edges]
    keys.press(KEY.Key_Z, CTRL, times=2)
    assert [node.id for node in document.graph.nodes] == [source, hidden, other, end]

    # Space refuses: the network has 16 outputs for two classes. The sentence names the layer; its units are set.
    keys.press(KEY.Key_Space)
    assert window.session.state == "idle"
    assert "Give the last layer 1 unit" in user.banner
    keys.press(KEY.Key_Escape)
    keys.press(KEY.Key_Down)
    assert canvas.selected_nodes() == [source]
    keys.press(KEY.Key_Right, ALT, times=2)
    assert canvas.selected_nodes() == [other]
    keys.press(KEY.Key_Return, ALT)
    keys.tab_to("Units")
    keys.press(KEY.Key_A, CTRL)
    keys.type("1")
    keys.press(KEY.Key_Return)
    keys.press(KEY.Key_C, ALT)
    assert document.node(other).layer.units == 1

    # A note, an arrow that points at the network, and a colour.
    keys.press(KEY.Key_N)
    keys.type("Built without a mouse")
    keys.press(KEY.Key_Return, CTRL)
    keys.press(KEY.Key_A)
    keys.press(KEY.Key_Return)
    keys.press(KEY.Key_Up, CTRL, times=3)
    text, arrow = document.graph.notes
    assert text.text == "Built without a mouse"
    assert arrow.extent[1] == -24
    keys.press(KEY.Key_P, CTRL | SHIFT)
    keys.type("teal")
    keys.press(KEY.Key_Return)
    assert document.graph.notes[1].color == "teal"
    keys.press(KEY.Key_P, CTRL | SHIFT)
    keys.type("add arrow")
    keys.press(KEY.Key_Return)
    keys.press(KEY.Key_Return)
    assert len(document.graph.notes) == 3

    # Space trains, Space pauses; Ctrl+S saves, also what is being written.
    assert canvas.hasFocus()
    keys.press(KEY.Key_Space)
    assert window.session.state == "running"
    user.wait(lambda: user.step > 20, what="it trains")
    keys.press(KEY.Key_Space)
    keys.press(KEY.Key_N)
    keys.type("Trained")
    path = tmp_path / "by keys.netloom"
    user.save(path)
    saved = load_project(path)
    assert saved.design == document.design
    assert [note.text for note in saved.design.graph.notes] == ["Built without a mouse", "", "", "Trained"]
    assert saved.checkpoint is not None
    assert saved.checkpoint.step == user.step


def test_f6_goes_round_all_panels_and_back_to_the_canvas(keys):
    window, canvas = keys.user.window, keys.user.canvas
    canvas.setFocus()
    for panel in (window.palette_panel, window.training_panel, window.data_panel, window.properties_panel):
        keys.go_to(panel)
        assert panel.isVisible()
    keys.go_to(canvas)
    keys.press(KEY.Key_F6, SHIFT)
    assert not canvas.hasFocus()
    keys.press(KEY.Key_F6)
    assert canvas.hasFocus()
