"""Notes and colours on the canvas: made, written, moved, copied and deleted with real events, each in one undo step."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.annotations import Note
from engine.design import Design
from gui.canvas import CanvasView
from gui.canvas.commands import run_command
from gui.document import Document
from gui.widgets.swatches import Swatches

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier
KEY = Qt.Key


def type_into(view: CanvasView, text: str) -> None:
    editor = view.noting.editor
    assert editor is not None, "no note is written"
    assert editor.hasFocus()
    QTest.keyClicks(editor, text)


def undo_and_redo(document: Document, before: Design, steps: int = 1) -> None:
    after = document.design
    assert document.undo_stack.count() == steps, document.undo_stack.undoText()
    for _ in range(steps):
        document.undo_stack.undo()
    assert document.design == before
    for _ in range(steps):
        document.undo_stack.redo()
    assert document.design == after


def write(view: CanvasView, text: str) -> Note:
    """A new note by keys."""
    QTest.keyClick(view, KEY.Key_N)
    type_into(view, text)
    editor = view.noting.editor
    assert editor is not None
    QTest.keyClick(editor, KEY.Key_Return, CTRL)
    return view.document.graph.notes[-1]


def test_a_note_is_written_by_keys_in_one_step(view, document) -> None:
    before = document.design
    note = write(view, "why tanh?")
    assert (note.kind, note.text, note.color) == ("text", "why tanh?", "yellow")
    assert view.canvas_scene.selected_notes() == [note.id]
    assert view.hasFocus()
    boxes = [box.rect for box in view.canvas_scene.boxes()]
    assert not any(box.intersects(view.canvas_scene.notes.items[note.id].rect) for box in boxes)
    undo_and_redo(document, before)


def test_a_note_is_put_where_the_mouse_is(view, mouse, document) -> None:
    QTest.mouseMove(view.viewport(), mouse.place(QPointF(200, 250)))
    mouse.move(QPointF(200, 250), button=Qt.MouseButton.NoButton)
    assert write(view, "here").position == (200, 248)


def test_esc_and_an_empty_text_make_no_note(view, document) -> None:
    QTest.keyClick(view, KEY.Key_N)
    type_into(view, "never mind")
    QTest.keyClick(view.noting.editor, KEY.Key_Escape)
    QTest.keyClick(view, KEY.Key_N)
    QTest.keyClick(view.noting.editor, KEY.Key_Tab)
    assert document.undo_stack.count() == 0
    assert view.noting.editor is None
    assert view.hasFocus()


@pytest.mark.parametrize("way", ["double click", "F2", "Enter"])
def test_a_text_is_changed_in_place_and_a_click_elsewhere_takes_it(view, mouse, document, way) -> None:
    note_id = document.add_note((200, 200), "old")
    place = view.canvas_scene.notes.items[note_id].rect.center()
    if way == "double click":
        QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=mouse.place(place))
    else:
        mouse.click(place)
        QTest.keyClick(view, KEY.Key_F2 if way == "F2" else KEY.Key_Return)
    type_into(view, "new")
    QTest.keyClick(view.noting.editor, KEY.Key_Return)
    type_into(view, "lines")
    mouse.click(QPointF(800, 300))
    assert document.note(note_id).text == "new\nlines"
    assert document.undo_stack.undoText() == "Write note"
    document.undo_stack.undo()
    assert document.note(note_id).text == "old"


def test_esc_keeps_the_old_text_and_an_emptied_note_goes(view, document) -> None:
    note_id = document.add_note((200, 200), "old")
    view.select([note_id])
    QTest.keyClick(view, KEY.Key_F2)
    type_into(view, "new")
    QTest.keyClick(view.noting.editor, KEY.Key_Escape)
    assert document.note(note_id).text == "old"
    QTest.keyClick(view, KEY.Key_F2)
    QTest.keyClick(view.noting.editor, KEY.Key_Delete)
    QTest.keyClick(view.noting.editor, KEY.Key_Return, CTRL)
    assert not document.has_note(note_id)
    document.undo_stack.undo()
    assert document.note(note_id).text == "old"


def test_keys_of_the_canvas_write_while_a_note_is_written(view, document) -> None:
    view.select(["dense_1"])
    QTest.keyClick(view, KEY.Key_N)
    editor = view.noting.editor
    for key, modifiers in ((KEY.Key_D, CTRL), (KEY.Key_Delete, Qt.KeyboardModifier.NoModifier), (KEY.Key_L, CTRL)):
        QTest.keyClick(editor, key, modifiers)
    type_into(view, "awn")
    assert editor.toPlainText() == "awn"
    QTest.keyClick(editor, KEY.Key_Escape)
    assert document.undo_stack.count() == 0


def test_an_arrow_is_drawn_with_the_mouse(view, mouse, document) -> None:
    before = document.design
    QTest.keyClick(view, KEY.Key_A)
    assert view.viewport().cursor().shape() == Qt.CursorShape.CrossCursor
    mouse.drag(QPointF(200, 200), QPointF(344, 152))
    note = document.graph.notes[0]
    assert (note.kind, note.position, note.extent) == ("arrow", (200, 200), (144, -48))
    assert not view.noting.is_drawing
    undo_and_redo(document, before)


def test_esc_draws_no_arrow_and_shift_draws_it_straight(view, mouse, document) -> None:
    QTest.keyClick(view, KEY.Key_A)
    mouse.press(QPointF(200, 200))
    mouse.move(QPointF(300, 200))
    QTest.keyClick(view, KEY.Key_Escape)
    mouse.release(QPointF(300, 200))
    assert not view.noting.is_drawing
    assert document.undo_stack.count() == 0
    QTest.keyClick(view, KEY.Key_A)
    mouse.drag(QPointF(200, 200), QPointF(296, 212), SHIFT)
    assert document.graph.notes[0].extent == (96, 0)


def test_an_arrow_is_made_labelled_and_moved_by_keys_alone(view, document) -> None:
    before = document.design
    QTest.keyClick(view, KEY.Key_A)
    QTest.keyClick(view, KEY.Key_Return)
    arrow = document.graph.notes[0]
    assert view.canvas_scene.selected_notes() == [arrow.id]
    QTest.keyClick(view, KEY.Key_Down, CTRL)
    assert document.note(arrow.id).extent == (120, 8)
    QTest.keyClick(view, KEY.Key_Right, SHIFT)
    assert document.note(arrow.id).position == (arrow.position[0] + 40, arrow.position[1])
    QTest.keyClick(view, KEY.Key_F2)
    type_into(view, "skip")
    QTest.keyClick(view.noting.editor, KEY.Key_Tab)
    assert document.note(arrow.id).text == "skip"
    undo_and_redo(document, before, 4)
    view.select([arrow.id])
    QTest.keyClick(view, KEY.Key_Backspace)
    assert document.graph.notes == ()


def test_handles_change_the_width_and_both_ends(view, mouse, document) -> None:
    text = document.add_note((200, 200), "text " * 20)
    arrow = document.add_note((500, 250), "", "arrow", (96, 0))
    items = view.canvas_scene.notes.items
    view.select([text])
    height = items[text].rect.height()
    side = items[text].handles()["width"]
    mouse.drag(side, side + QPointF(84, 0))
    assert document.note(text).extent == (304, 0)
    assert items[text].rect.height() < height
    view.select([arrow])
    mouse.drag(QPointF(596, 250), QPointF(640, 304))
    assert document.note(arrow).position == (500, 250)
    assert document.note(arrow).extent == (140, 54)
    mouse.drag(QPointF(500, 250), QPointF(480, 200))
    assert document.note(arrow).position == (480, 200)
    assert document.note(arrow).extent == (160, 104), "the tip stays"
    assert document.undo_stack.count() == 5
    mouse.press(QPointF(480, 200))
    mouse.move(QPointF(400, 200))
    QTest.keyClick(view, KEY.Key_Escape)
    mouse.release(QPointF(400, 200))
    assert items[arrow].note == document.note(arrow)


def test_notes_move_with_nodes_in_one_step(view, mouse, document) -> None:
    note_id = document.add_note((200, 200), "text")
    document.undo_stack.clear()
    before = document.design
    view.select(["dense_1", note_id])
    mouse.drag(QPointF(300, 218), QPointF(332, 250))
    assert document.note(note_id).position == (232, 232)
    assert document.node("dense_1").position == (296, 32)
    assert document.undo_stack.undoText() == "Move 1 node and 1 note"
    undo_and_redo(document, before)
    mouse.drag(QPointF(340, 60), QPointF(340, 100))
    assert document.note(note_id).position == (232, 272)
    QTest.keyClick(view, KEY.Key_Left)
    assert document.note(note_id).position == (224, 272)
    assert document.node("dense_1").position == (288, 72)


def test_a_band_and_select_all_take_notes_and_delete_removes_them(view, mouse, document) -> None:
    text = document.add_note((200, 200), "text")
    arrow = document.add_note((450, 220), "", "arrow")
    document.undo_stack.clear()
    before = document.design
    mouse.drag(QPointF(190, 300), QPointF(600, 190))
    assert view.canvas_scene.selected_notes() == [text, arrow]
    assert view.selected_nodes() == []
    QTest.keyClick(view, KEY.Key_A, CTRL)
    assert len(view.canvas_scene.selected_ids()) == 6
    view.select([text, arrow, "dense_1"])
    QTest.keyClick(view, KEY.Key_Delete)
    assert document.graph.notes == ()
    assert document.undo_stack.undoText() == "Delete 1 node and 2 notes"
    undo_and_redo(document, before)


@pytest.fixture
def other(application: QApplication) -> Iterator[CanvasView]:
    canvas = CanvasView(Document(Design()))
    canvas.show()
    yield canvas
    canvas.close()
    canvas.deleteLater()


def test_notes_are_duplicated_cut_and_pasted_into_another_window(view, document, other) -> None:
    text = document.add_note((200, 200), "text", color="teal")
    arrow = document.add_note((450, 220), "label", "arrow", (64, 64))
    view.select([text, arrow])
    QTest.keyClick(view, KEY.Key_D, CTRL)
    assert [note.id for note in document.graph.notes] == [text, arrow, "text_2", "arrow_2"]
    assert document.note("text_2").position == (232, 232)
    assert document.undo_stack.undoText() == "Duplicate 2 notes"
    view.select([text, arrow, "dense_1"])
    QTest.keyClick(view, KEY.Key_X, CTRL)
    assert not document.has_note(text)
    other.setFocus()
    run_command(other, "paste")
    notes = other.document.graph.notes
    assert [(note.text, note.color, note.extent) for note in notes] == [
        ("text", "teal", (220, 0)),
        ("label", "", (64, 64)),
    ]
    assert len(other.document.graph.nodes) == 1
    assert other.canvas_scene.selected_notes() == [note.id for note in notes]
    assert other.document.undo_stack.count() == 1


def test_one_step_colours_all_that_is_selected(view, document) -> None:
    note_id = document.add_note((200, 200), "text")
    document.undo_stack.clear()
    before = document.design
    view.select(["dense_1", "dense_2", note_id])
    run_command(view, "color_teal")
    assert {document.node("dense_1").color, document.node("dense_2").color, document.note(note_id).color} == {"teal"}
    assert view.canvas_scene.node_item("dense_1").color == "teal"
    assert document.undo_stack.undoText() == "Colour teal"
    undo_and_redo(document, before)
    document.undo_stack.undo()
    assert view.canvas_scene.node_item("dense_1").color == ""


def test_the_context_menu_has_colours_for_mouse_and_keys(view, document, application) -> None:
    view.select(["dense_1"])
    menu = view.context_menu()
    menu.popup(view.mapToGlobal(view.rect().topLeft()))
    row = menu.findChild(Swatches)
    assert [button.accessibleName() for button in row.buttons.values()][:3] == ["No colour", "Red", "Orange"]
    action = next(action for action in menu.actions() if action.text() == "Colour")
    while menu.activeAction() is not action:
        QTest.keyClick(menu, KEY.Key_Down)
    assert row.buttons[""].hasFocus(), "the arrow keys of the menu reach the colours"
    QTest.keyClick(row.buttons[""], KEY.Key_Right)
    QTest.keyClick(row.buttons["red"], KEY.Key_Right)
    QTest.keyClick(row.buttons["orange"], KEY.Key_Return)
    assert document.node("dense_1").color == "orange"
    assert not menu.isVisible()
    menu = view.context_menu()
    menu.popup(view.mapToGlobal(view.rect().topLeft()))
    row = menu.findChild(Swatches)
    assert [color for color, button in row.buttons.items() if button.isChecked()] == ["orange"]
    QTest.keyClick(menu, KEY.Key_Down)
    while menu.activeAction() is None or menu.activeAction().text() != "Colour":
        QTest.keyClick(menu, KEY.Key_Down)
    QTest.keyClick(row.buttons["orange"], KEY.Key_Down)
    assert menu.activeAction().text() == "Select", "and leave them again"
    QTest.mouseClick(row.buttons["pink"], Qt.MouseButton.LeftButton)
    assert document.node("dense_1").color == "pink"


def test_arrow_keys_walk_through_the_notes_too(view, document) -> None:
    first = document.add_note((0, 200), "first")
    second = document.add_note((0, 300), "second")
    view.select(["output_1"])
    QTest.keyClick(view, KEY.Key_Down, ALT)
    assert view.canvas_scene.selected_ids() == [first]
    QTest.keyClick(view, KEY.Key_Right, ALT)
    assert view.canvas_scene.selected_ids() == [second]
    QTest.keyClick(view, KEY.Key_Down, ALT)
    assert view.canvas_scene.selected_ids() == ["input_1"]


def test_a_click_takes_arrows_before_wires_and_wires_before_texts(view, mouse, document) -> None:
    wire = document.graph.edges[0]
    at = view.canvas_scene.edge_item(wire).path.pointAtPercent(0.5)
    document.add_note((at.x() - 20, at.y() - 18), "behind")
    mouse.click(at)
    assert view.canvas_scene.selected_edges() == [wire]
    mouse.click(at + QPointF(0, 14))
    assert view.canvas_scene.selected_ids() == ["text_1"]
    document.add_note((at.x(), at.y() - 40), "", "arrow", (0, 80))
    mouse.click(at)
    assert view.canvas_scene.selected_ids() == ["arrow_1"]
