"""How notes and colours look and sound: long texts, files, every theme and zoom, and a screen reader."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest

from engine.annotations import LONGEST_NOTE, Note
from engine.design import Design
from engine.graph import GraphSpec
from gui.canvas.export import diagram_bytes
from gui.document import Document, edits
from gui.theme import set_theme
from gui.widgets.swatches import COLORS

CTRL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier
KEY = Qt.Key


def test_long_texts_stay_in_their_box(view, document, application) -> None:
    word = document.add_note((0, 200), "x" * 200)
    long = document.add_note((400, 200), "many words " * 1000)
    assert len(document.note(long).text) == LONGEST_NOTE
    for note_id in (word, long):
        item = view.canvas_scene.notes.items[note_id]
        assert item._document.idealWidth() <= 220 - 20 + 0.5
        assert item.rect.width() == 220
        assert item.rect.height() >= item._document.size().height() + 20
    label = document.add_note((0, 400), "word " * 400, "arrow")
    assert view.canvas_scene.notes.items[label].rect.height() < 80
    view.select([long])
    QTest.keyClick(view, KEY.Key_F2)
    editor = view.noting.editor
    assert view.viewport().rect().contains(editor.geometry())
    said: list[str] = []
    view.noticed.connect(said.append)
    QTest.keyClick(editor, KEY.Key_End, CTRL)
    QTest.keyClicks(editor, "!")
    assert len(editor.toPlainText()) == LONGEST_NOTE
    assert "5,000 characters" in said[0]
    QTest.keyClick(editor, KEY.Key_Escape)
    document.undo_stack.undo()


def test_a_note_out_of_reach_is_brought_back() -> None:
    far = Note(id="a", text="far", position=(1e9, -1e9), extent=(1e12, 0))
    arrow = Note(id="b", text="", kind="arrow", position=(0, 0), extent=(1e9, 5))
    document = Document(Design(graph=GraphSpec(notes=(far, arrow))))
    assert document.note("a").position == (edits.FARTHEST, -edits.FARTHEST)
    assert document.note("a").extent == (edits.WIDEST_NOTE, 0)
    assert document.note("b").extent == (edits.FARTHEST, 5)
    assert not document.modified


@pytest.mark.parametrize("ending", [".svg", ".pdf", ".png"])
def test_notes_are_exported(view, document, ending) -> None:
    before = diagram_bytes(view.canvas_scene, ending)
    document.add_note((0, -300), "Boundary", color="red")
    document.add_note((0, 300), "labelled", "arrow")
    data = diagram_bytes(view.canvas_scene, ending)
    assert data != before
    if ending == ".svg":
        assert b"Boundary" in data
        assert b"labelled" in data


def test_fit_shows_notes_far_away_and_a_hidden_one_does_not_count(view, document) -> None:
    note_id = document.add_note((3000, 0), "far")
    assert view.content_rect().right() == 3220
    view.canvas_scene.notes.items[note_id].setVisible(False)
    view.canvas_scene._show_content()
    assert view.content_rect().right() < 1000


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_state_is_drawn_at_every_zoom(view, document, application, theme) -> None:
    set_theme(theme, remember=False)
    try:
        for index, color in enumerate(COLORS):
            document.add_note((index * 90.0, 200), "Some words", color=color)
            document.add_note((index * 90.0, 300), "Words", "arrow", (40, 40), color=color)
        document.set_color(["dense_1", "dense_2"], "green")
        view.select_all()
        for zoom in (1.0, 0.5, 0.25, 0.15, 2.0):
            view.zoom_by(zoom / view.zoom)
            assert not view.grab().isNull()
    finally:
        set_theme("light", remember=False)


def test_a_screen_reader_gets_what_is_selected(view, document) -> None:
    said: list[str] = []
    view.speaker.announced.connect(said.append)
    QAccessible.setActive(True)
    QTest.keyClick(view, KEY.Key_Right)
    QTest.keyClick(view, KEY.Key_Right, ALT)
    assert said[-1].startswith("Dense 'hidden'. 4 units")
    interface = QAccessible.queryAccessibleInterface(view)
    assert interface.text(QAccessible.Text.Name) == "Design canvas"
    assert interface.text(QAccessible.Text.Description) == said[-1]
    document.set_layer_field("dense_1", "units", 8)
    assert "8 units" in said[-1], "it says when what is selected changes"
    document.disconnect(document.graph.edges[0])
    assert "no input" in said[-1] or "not connected" in said[-1], said[-1]
    note_id = document.add_note((0, 200), "why?", color="red")
    view.select([note_id])
    assert said[-1] == "Note: why? (red)"
    view.canvas_scene.select([], [document.graph.edges[0]])
    assert said[-1].startswith("Wire from 'hidden' to 'dense_2'")
    view.select(["dense_1", "dense_2", note_id])
    assert said[-1] == "2 layers and 1 note selected"
    view.select([])
    assert "nothing selected" in said[-1]
    count = len(said)
    view.select([])
    assert len(said) == count
    QAccessible.setActive(False)
