"""Edits of notes and colours; like every edit of the document, each is one undo step."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Literal

from engine.annotations import Color, Note
from gui.document import edits
from gui.document.edits import Position
from gui.document.state import DocumentState

NOTE_WIDTH = 220.0
"""Of a new note, in points."""
ARROW_EXTENT = (120.0, 0.0)
"""Of a new arrow that nobody drew: to the right."""


class NoteEdits(DocumentState):
    """The part of the document that edits texts and arrows on the canvas, and colours."""

    def note(self, note_id: str) -> Note:
        """The note with this id. Raises KeyError."""
        for note in self.graph.notes:
            if note.id == note_id:
                return note
        raise KeyError(note_id)

    def has_note(self, note_id: str) -> bool:
        """Whether a note has this id."""
        return any(note.id == note_id for note in self.graph.notes)

    def add_note(
        self,
        position: Position,
        text: str = "",
        kind: Literal["text", "arrow"] = "text",
        extent: Position | None = None,
        color: Color = "",
    ) -> str:
        """Put a text or an arrow on the canvas; returns its id."""
        if extent is None:
            extent = ARROW_EXTENT if kind == "arrow" else (NOTE_WIDTH, 0.0)
        note = edits.sound_note(
            Note(id=self.graph.new_id(kind), kind=kind, text="", position=position, extent=extent, color=color),
            text=text,
        )
        graph = self.graph.replace(notes=(*self.graph.notes, note))
        self._push("Add arrow" if kind == "arrow" else "Add note", graph=graph)
        return note.id

    def change_note(self, note_id: str, **changes: Any) -> None:
        """Change text, position, extent or color of a note; the same soon after each other is one step.

        A text that is too long is cut, and what is out of reach is brought back.

        Raises:
            pydantic.ValidationError: for a color that does not exist.
            KeyError: if there is no such note.
        """
        note = self.note(note_id)
        changed = edits.sound_note(note, **changes)
        graph = self.graph.replace(notes=tuple(changed if n.id == note_id else n for n in self.graph.notes))
        what = "arrow" if note.kind == "arrow" else "note"
        verb = "Write" if set(changes) == {"text"} else "Change"
        self._push(f"{verb} {what}", ("note", note_id, *sorted(changes)), graph=graph)

    def set_color(self, ids: Collection[str], color: Color) -> None:
        """Give nodes, blocks and notes a color; "" is the usual one."""
        graph, wanted = self.graph, set(ids)
        parts: dict[str, Any] = {
            name: tuple(
                item.model_copy(update={"color": color}) if item.id in wanted else item for item in getattr(graph, name)
            )
            for name in ("nodes", "blocks", "notes")
        }
        self._push(f"Colour {color}" if color else "Remove colour", graph=graph.replace(**parts))
