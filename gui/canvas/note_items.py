"""The notes of a scene: one item per text and arrow of the document, kept in step with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from math import hypot

from PySide6.QtCore import QObject, QPointF, QRectF
from PySide6.QtWidgets import QGraphicsItem, QGraphicsScene

from engine.annotations import Note
from gui.canvas.geometry import WIRE_REACH
from gui.canvas.note_item import NoteItem, note_item
from gui.document import Document
from gui.document.edits import Position, sound_note

HANDLE_REACH = 9.0


class NoteItems(QObject):
    """Makes, changes and removes the items, and finds them."""

    def __init__(self, document: Document, scene: QGraphicsScene, take_away: Callable[[QGraphicsItem], None]) -> None:
        super().__init__(scene)
        self._document, self._scene = document, scene
        self._take_away = take_away
        self._items: dict[str, NoteItem] = {}
        self._preview: dict[str, Position] = {}

    @property
    def items(self) -> dict[str, NoteItem]:
        """All items by the ids of their notes, in the order of the document."""
        return self._items

    def shown(self) -> dict[str, NoteItem]:
        """The items that no collapsed block hides."""
        return {note_id: item for note_id, item in self._items.items() if item.isVisible()}

    def selected(self) -> list[str]:
        """Ids of the selected notes, in the order of the document."""
        return [note_id for note_id, item in self._items.items() if item.isSelected()]

    def touched(self, items: Iterable[QGraphicsItem]) -> set[str]:
        """Ids of the notes among some items."""
        return {item.note.id for item in items if isinstance(item, NoteItem) and item.note.id in self._items}

    def at(self, point: QPointF, reach: float = WIRE_REACH) -> str | None:
        """The note under a point; an arrow is in front of a text."""
        area = QRectF(point.x() - reach / 2, point.y() - reach / 2, reach, reach)
        found = [item for item in self._scene.items(area) if isinstance(item, NoteItem)]
        return next((item.note.id for item in found if item.note.id in self._items), None)

    def handle_at(self, point: QPointF, reach: float = HANDLE_REACH) -> tuple[str, str] | None:
        """Note and name of the handle under a point, of the selected notes."""
        for note_id in self.selected():
            for name, place in self._items[note_id].handles().items():
                if hypot(place.x() - point.x(), place.y() - point.y()) <= reach:
                    return note_id, name
        return None

    def preview(self, positions: Mapping[str, Position]) -> bool:
        """Draw some notes elsewhere than the document has them; {} ends it. Returns whether there were any."""
        changed = [note_id for note_id in {**positions, **self._preview} if note_id in self._items]
        self._preview = {note_id: place for note_id, place in positions.items() if note_id in self._items}
        for note_id in changed:
            self._show(note_id)
        return bool(changed)

    def preview_note(self, note: Note) -> None:
        """Draw a note otherwise than the document has it, until `refresh`."""
        self._items[note.id].set_note(note)

    def refresh(self) -> None:
        """Show what the document has."""
        notes = {note.id: note for note in self._document.graph.notes}
        for note_id in [*self._items]:
            if note_id not in notes or notes[note_id].kind != self._items[note_id].note.kind:
                self._preview.pop(note_id, None)
                self._take_away(self._items.pop(note_id))
        for note in notes.values():
            if note.id not in self._items:
                self._items[note.id] = note_item(note)
                self._scene.addItem(self._items[note.id])
            self._items[note.id].set_note(self._placed(note))
        self._items = {note_id: self._items[note_id] for note_id in notes}

    def fit_text(self) -> None:
        """The font or the colours changed."""
        for item in self._items.values():
            item.fit_text()

    def _show(self, note_id: str) -> None:
        if self._document.has_note(note_id):
            self._items[note_id].set_note(self._placed(self._document.note(note_id)))

    def _placed(self, note: Note) -> Note:
        return sound_note(note, position=self._preview[note.id]) if note.id in self._preview else note
