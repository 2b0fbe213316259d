"""Every edit of notes and colours: do, undo, redo; what is merged; and what keeps to its bounds."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from engine.annotations import LONGEST_NOTE, Block, Note
from engine.design import Design
from engine.graph import Edge, GraphSpec, Node
from engine.layers.dense import Dense
from engine.layers.ends import Input
from gui.document import Document, edits
from gui.document.fragment import from_text, to_text
from gui.document.note_edits import NoteEdits
from gui.document.state import DocumentState


def design() -> Design:
    nodes = (Node(id="input_1", layer=Input()), Node(id="dense_1", layer=Dense(), block="block_1"))
    notes = (
        Note(id="text_1", text="why?", position=(8, 16), color="red"),
        Note(id="arrow_1", text="", kind="arrow", position=(0, 80), extent=(64, -32)),
    )
    edges = (Edge(source="input_1", target="dense_1"),)
    return Design(graph=GraphSpec(nodes=nodes, edges=edges, notes=notes, blocks=(Block(id="block_1"),)))


@pytest.fixture
def document() -> Document:
    return Document(design())


EDITS = {
    "add_note": lambda d: d.add_note((0, 0), "hello", color="blue"),
    "add_note (arrow)": lambda d: d.add_note((0, 0), "", "arrow", (8, 8)),
    "change_note": lambda d: d.change_note("text_1", text="because", extent=(300, 0), position=(1, 2), color=""),
    "set_color": lambda d: d.set_color(["dense_1", "block_1", "text_1", "arrow_1"], "teal"),
    "remove": lambda d: d.remove(["dense_1"], [], ["text_1"]),
    "move": lambda d: d.move({"dense_1": (8, 8), "arrow_1": (16, 16)}),
    "duplicate": lambda d: d.duplicate(["dense_1"], note_ids=["text_1", "arrow_1"]),
    "paste": lambda d: d.paste(edits.part(design().graph, [], ["arrow_1"])),
}


@pytest.mark.parametrize("name", EDITS)
def test_every_edit_is_one_step_that_undoes_and_redoes(document: Document, name: str) -> None:
    before, heard = document.design, []
    document.notes_changed.connect(lambda: heard.append(1))
    EDITS[name](document)
    after = document.design
    assert after != before
    assert document.undo_stack.count() == 1
    document.undo_stack.undo()
    assert document.design == before
    document.undo_stack.redo()
    assert document.design == after
    assert len(heard) == 3, "the canvas hears of every change of the notes, once"


def test_every_public_edit_is_in_the_table() -> None:
    reading = {"note", "has_note"}
    methods = {n for n, v in vars(NoteEdits).items() if callable(v) and not n.startswith("_")} - set(
        vars(DocumentState)
    )
    assert methods - reading <= set(EDITS)


def test_drags_and_typing_merge_until_they_end(document: Document) -> None:
    for text in ("b", "be", "because"):
        document.change_note("text_1", text=text)
    document.change_note("arrow_1", text="b")
    assert document.undo_stack.count() == 2
    document.end_merge()
    document.change_note("arrow_1", text="bc")
    assert document.undo_stack.count() == 3
    assert document.undo_stack.undoText() == "Write arrow"
    for _ in range(3):
        document.undo_stack.undo()
    assert document.design == design()


def test_what_changes_nothing_is_no_step(document: Document) -> None:
    document.change_note("text_1", text="why?", position=(8, 16))
    document.set_color(["text_1"], "red")
    document.remove([], [], ["nobody"])
    document.move({"text_1": (8, 16)})
    assert document.undo_stack.count() == 0


def test_bounds(document: Document) -> None:
    document.change_note("text_1", text="x" * 6000, extent=(1e9, 5), position=(1e9, 0))
    note = document.note("text_1")
    assert (len(note.text), note.extent, note.position) == (LONGEST_NOTE, (edits.WIDEST_NOTE, 0), (edits.FARTHEST, 0))
    document.change_note("text_1", extent=(1, 0))
    assert document.note("text_1").extent == (edits.NARROWEST_NOTE, 0)
    with pytest.raises(ValidationError):
        document.change_note("text_1", color="mauve")
    with pytest.raises(KeyError):
        document.change_note("nobody", text="x")


def test_a_color_is_no_other_network(document: Document) -> None:
    heard = []
    document.plan_changed.connect(lambda: heard.append(1))
    document.set_color(["dense_1"], "green")
    assert heard == []
    assert document.node("dense_1").color == document.plan.nodes["dense_1"].node.color == "green"


def test_copies_of_notes_get_their_own_ids_and_keep_everything_else(document: Document) -> None:
    copies = document.duplicate([], (10, 20), ["text_1", "arrow_1"])
    assert copies == {"text_1": "text_2", "arrow_1": "arrow_2"}
    assert document.note("text_2") == Note(id="text_2", text="why?", position=(18, 36), color="red")
    assert document.note("arrow_2").extent == (64, -32)
    part = edits.part(document.graph, ["dense_1"], ["text_1"])
    assert from_text(to_text(part)) == part


def test_a_file_keeps_notes_and_colours(document: Document, tmp_path: Path) -> None:
    document.set_color(["dense_1"], "purple")
    path = tmp_path / "design.json"
    path.write_text(document.design.to_json(), "utf-8")
    assert Design.from_json(path.read_text("utf-8")) == document.design
