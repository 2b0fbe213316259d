"""The properties of a note, and the row of colours that every selection has."""

from __future__ import annotations

from collections.abc import Sequence

from engine.annotations import LONGEST_NOTE
from gui.document.document import Document
from gui.panels.page import Page
from gui.widgets.basic import Label, Section
from gui.widgets.swatches import Swatches
from gui.widgets.texts import DescriptionEdit


class ColorSection(Section):
    """The colour of some nodes, blocks and notes."""

    def __init__(self, document: Document) -> None:
        super().__init__("Colour")
        self._document = document
        self._ids: tuple[str, ...] = ()
        self.swatches = Swatches()
        self.body.addWidget(self.swatches)
        self.swatches.color_chosen.connect(self._on_swatches_color_chosen)

    def show_items(self, ids: Sequence[str]) -> None:
        """Show the colour that all of these have."""
        self._ids = tuple(ids)
        graph, wanted = self._document.graph, set(ids)
        colors = {item.color for item in (*graph.nodes, *graph.blocks, *graph.notes) if item.id in wanted}
        self.swatches.set_color(colors.pop() if len(colors) == 1 else None)

    def _on_swatches_color_chosen(self, color: str) -> None:
        self._document.set_color(self._ids, color)  # type: ignore[arg-type]


class NotePage(Page):
    """One text or arrow."""

    def __init__(self, document: Document) -> None:
        super().__init__("Properties of the selected note")
        self._document = document
        self._note_id = ""
        self.title = Label("", "title")
        self.text = DescriptionEdit()
        self.text.setMinimumHeight(120)
        self.text.setMaximumHeight(240)
        self.text.textChanged.connect(self._on_text_text_changed)
        self.text.left.connect(document.end_merge)
        self.color = ColorSection(document)
        words = Section("Text")
        words.body.addWidget(self.text)
        self.hint = Label("", "muted", wrap=True)
        self.add(self.title, words, self.color, self.hint)
        self.column.addStretch(1)

    def show_note(self, note_id: str) -> None:
        """Show this note as the document has it now."""
        self._note_id = note_id
        note = self._document.note(note_id)
        arrow = note.kind == "arrow"
        self.title.setText("Arrow" if arrow else "Note")
        self.text.setAccessibleName("Words on the arrow" if arrow else "Text of the note")
        self.text.setPlaceholderText("Words on the arrow" if arrow else "Write a note")
        handles = "its ends" if arrow else "its right side"
        keys = "move the tip" if arrow else "change the width"
        self.hint.setText(f"Drag {handles} on the canvas, or {keys} with Ctrl and the arrow keys.")
        if self.text.toPlainText() != note.text:
            self.text.blockSignals(True)
            self.text.setPlainText(note.text)
            self.text.blockSignals(False)
        self.color.show_items([note_id])

    def _on_text_text_changed(self) -> None:
        text = self.text.toPlainText()
        if len(text) > LONGEST_NOTE:
            text = text[:LONGEST_NOTE]
        if self._document.has_note(self._note_id) and text != self._document.note(self._note_id).text:
            self._document.change_note(self._note_id, text=text)
        elif text != self.text.toPlainText():
            self.show_note(self._note_id)
