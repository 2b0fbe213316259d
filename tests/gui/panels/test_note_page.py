"""The properties of notes, and the colours of whatever is selected."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from engine.annotations import LONGEST_NOTE
from engine.templates import load_template
from gui.document.document import Document
from gui.panels.palette import PalettePanel
from gui.panels.properties import PropertiesPanel


@pytest.fixture
def document(application) -> Document:
    return Document(load_template("xor"))


@pytest.fixture
def panel(document) -> PropertiesPanel:
    panel = PropertiesPanel(document)
    panel.resize(340, 700)
    panel.show()
    return panel


def test_typing_changes_the_note_at_once_in_one_step(document, panel) -> None:
    note_id = document.add_note((0, 0), "")
    panel.set_selection([note_id])
    page = panel.note_page
    assert panel.currentWidget() is page
    page.text.setFocus()
    QTest.keyClicks(page.text, "why?")
    assert document.note(note_id).text == "why?"
    assert document.undo_stack.count() == 2
    document.undo_stack.undo()
    assert page.text.toPlainText() == ""
    document.undo_stack.redo()
    assert page.text.toPlainText() == "why?"
    document.change_note(note_id, text="x" * LONGEST_NOTE)
    QTest.keyClicks(page.text, "y")
    assert len(document.note(note_id).text) == len(page.text.toPlainText()) == LONGEST_NOTE


def test_a_colour_from_the_panel_is_one_step_for_all_that_is_selected(document, panel) -> None:
    note_id = document.add_note((0, 0), "text", color="red")
    nodes = [node.id for node in document.graph.nodes[:2]]
    panel.set_selection([*nodes, note_id])
    page = panel.several_page
    assert panel.currentWidget() is page
    assert page.title.text() == "2 layers and 1 note selected"
    assert not any(button.isChecked() for button in page.color.swatches.buttons.values())
    QTest.mouseClick(page.color.swatches.buttons["teal"], Qt.MouseButton.LeftButton)
    assert {document.node(node_id).color for node_id in nodes} | {document.note(note_id).color} == {"teal"}
    assert document.undo_stack.count() == 2
    assert page.color.swatches.buttons["teal"].isChecked()
    panel.set_selection(nodes[:1])
    assert panel.node_page.color.swatches.buttons["teal"].isChecked()
    document.undo_stack.undo()
    assert panel.node_page.color.swatches.buttons[""].isChecked()


def test_a_note_that_goes_away_is_shown_no_more(document, panel) -> None:
    note_id = document.add_note((0, 0), "label", "arrow")
    panel.set_selection([note_id])
    assert panel.note_page.title.text() == "Arrow"
    document.remove([], [], [note_id])
    assert panel.currentWidget() is panel.design_page


def test_the_palette_has_notes_and_arrows_and_shrinks(application) -> None:
    palette = PalettePanel()
    palette.resize(220, 500)
    palette.show()
    chosen: list[str] = []
    palette.command_chosen.connect(chosen.append)
    for button in palette.notes.buttons.values():
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert chosen == ["add_note", "add_arrow"]
    assert palette.notes.buttons["add_note"].text() == "Note"
    palette.resize(120, 500)
    application.processEvents()
    assert palette.notes.buttons["add_note"].text() == "", "icons only, nothing is cut off"
    assert palette.notes.buttons["add_note"].accessibleName() == "Note"
