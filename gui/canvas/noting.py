"""Notes by hand: where new ones go, writing in place, drawing arrows, and colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, QRectF, QSizeF

from engine.annotations import LONGEST_NOTE, Color
from gui.canvas.geometry import GRID, WIRE_REACH, snap_point
from gui.canvas.note_editor import NoteEditor
from gui.canvas.note_gestures import DrawArrowGesture
from gui.canvas.note_item import LEAST_HEIGHT, PADDING, NoteItem
from gui.canvas.text import note_font, small_font
from gui.document.edits import Position
from gui.document.note_edits import ARROW_EXTENT, NOTE_WIDTH
from gui.theme import current_theme

if TYPE_CHECKING:
    from gui.canvas.view import CanvasView

HINT = "Drag to draw an arrow.\nEnter puts one here, Esc cancels."


class Noting(QObject):
    """What a user does with the notes of one canvas."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        self._editor: NoteEditor | None = None
        self._edited: str | None = None
        """The note that is written; None for a new one."""
        self._new_at: Position = (0.0, 0.0)
        self._drawing = False
        self._colors: dict[str, Color] = {"text": "yellow", "arrow": ""}
        """The last colour of each kind, which new ones get."""
        view.seen_changed.connect(self._place_editor)

    @property
    def editor(self) -> NoteEditor | None:
        """The field in which a note is written at the moment."""
        return self._editor

    @property
    def is_drawing(self) -> bool:
        """Whether the next press draws an arrow."""
        return self._drawing

    def selected(self) -> NoteItem | None:
        """The item of the selected note, if nothing else is selected."""
        selected = self._view.canvas_scene.selected_ids()
        return self._view.canvas_scene.notes.items.get(selected[0]) if len(selected) == 1 else None

    def note_at(self, at: QPointF) -> str | None:
        """The note that a press at a point of the scene means: arrows are in front of wires, texts behind them."""
        scene = self._view.canvas_scene
        note_id = scene.notes.at(at, self._view.reach(WIRE_REACH))
        if note_id is None or self._view.document.note(note_id).kind == "arrow":
            return note_id
        return None if scene.edge_at(at, self._view.reach(WIRE_REACH)) is not None else note_id

    # Adding

    def add_note(self) -> None:
        """Write a new note at the pointer, or in the middle; it is added when it has a text."""
        self.close_editor(True)
        self._new_at = self._free_place(QSizeF(NOTE_WIDTH, LEAST_HEIGHT))
        self._view.select([])
        self._view.show_rect(self._new_rect())
        self._open(None, "")

    def add_arrow(self) -> None:
        """Let the next drag draw an arrow; from the context menu, put one where it was opened."""
        self.close_editor(True)
        if self._view.menu_point() is not None:
            self.put_arrow()
        else:
            self._drawing = True
            self._view.show_hint(HINT, anywhere=True)
            self._view.update_cursor()

    def follow_pointer(self) -> None:
        """The mouse moves before it draws: what to do stands beside it."""
        if self._drawing:
            self._view.show_hint(HINT)

    def put_arrow(self) -> None:
        """Put an arrow of the usual length at the pointer, or in the middle."""
        self._make_arrow(self._free_place(QSizeF(ARROW_EXTENT[0], GRID)), ARROW_EXTENT)

    def begin_arrow(self, at: QPointF) -> DrawArrowGesture:
        """Begin to draw at a point of the scene."""
        return DrawArrowGesture(self._view, at, self._colors["arrow"], self._make_arrow)

    def stop_drawing(self) -> bool:
        """Draw no arrow after all; returns whether one was to be drawn."""
        drawing, self._drawing = self._drawing, False
        if drawing:
            self._view.show_hint("")
            self._view.update_cursor()
        return drawing

    def _make_arrow(self, start: Position, extent: Position) -> None:
        self.stop_drawing()
        note_id = self._view.document.add_note(start, "", "arrow", extent, self._colors["arrow"])
        self._view.select([note_id])
        self._view.show_rect(self._view.canvas_scene.rect_of([note_id]))

    def _free_place(self, size: QSizeF) -> Position:
        """At the pointer, or in the middle; below the nodes that are there."""
        at = self._view.pointer_in_scene()
        middle = self._view.middle() - QPointF(size.width() / 2, size.height() / 2)
        x, y = snap_point(at if at is not None else middle)
        boxes = [box.rect for box in self._view.canvas_scene.boxes()]
        while True:
            here = QRectF(QPointF(x, y), size)
            hit = next((rect for rect in boxes if rect.adjusted(-1, -1, 1, 1).intersects(here)), None)
            if hit is None:
                return x, y
            x, y = snap_point(QPointF(x, hit.bottom() + 2 * GRID))

    # Writing

    def edit(self) -> None:
        """Write the text of the selected note in its place."""
        item = self.selected()
        if item is not None:
            self.close_editor(True)
            self._view.show_rect(item.rect)
            self._open(item.note.id, item.note.text)

    def close_editor(self, take: bool) -> None:
        """End the writing, with or without the text."""
        if self._editor is not None:
            self._editor.close_editor(take)

    def _open(self, note_id: str | None, text: str) -> None:
        self._edited = note_id
        item = self._item()
        arrow = item is not None and item.note.kind == "arrow"
        editor = NoteEditor(text, "Words on the arrow" if arrow else "Write a note", self._view)
        editor.closed.connect(self._on_editor_closed)
        editor.shortened.connect(self._on_editor_shortened)
        self._editor = editor
        if item is not None:
            item.set_edited(True)
        self._place_editor()
        editor.show()
        editor.raise_()  # above the map too
        editor.setFocus()

    def _item(self) -> NoteItem | None:
        return self._view.canvas_scene.notes.items.get(self._edited) if self._edited is not None else None

    def _new_rect(self) -> QRectF:
        return QRectF(QPointF(*self._new_at), QSizeF(NOTE_WIDTH, LEAST_HEIGHT))

    def _place_editor(self) -> None:
        if self._editor is None:
            return
        item = self._item()
        color = item.note.color if item is not None else self._colors["text"]
        small = item is not None and item.note.kind == "arrow"
        rect = item.editor_rect() if item is not None else self._new_rect()
        area = QRectF(self._view.mapFromScene(rect).boundingRect())
        font, padding = (small_font(), 6.0) if small else (note_font(), PADDING)
        self._editor.place(area, font, padding, self._view.zoom, current_theme().tint(color), bool(color))

    def _on_editor_closed(self, take: bool, text: str) -> None:
        item, note_id = self._item(), self._edited
        self._editor = self._edited = None
        if item is not None:
            item.set_edited(False)
        text = text.rstrip()
        if not take:
            return
        document = self._view.document
        if note_id is None and text:
            self._view.select([document.add_note(self._new_at, text, color=self._colors["text"])])
        elif note_id is not None and document.has_note(note_id):
            if text or document.note(note_id).kind == "arrow":
                document.end_merge()
                document.change_note(note_id, text=text)
                document.end_merge()
            else:
                document.remove([], [], [note_id])

    def _on_editor_shortened(self) -> None:
        self._view.noticed.emit(f"A note has at most {LONGEST_NOTE:,} characters. The rest was left out.")

    # Size and colour

    def resize(self, dx: float, dy: float) -> bool:
        """Make the selected note wider, or move the tip of the selected arrow; returns whether there is one."""
        item = self.selected()
        if item is None:
            return False
        note = item.note
        down = dy if note.kind == "arrow" else 0.0
        self._view.document.change_note(note.id, extent=(note.extent[0] + dx, note.extent[1] + down))
        self._view.show_rect(self._view.canvas_scene.rect_of([note.id]))
        return True

    def set_color(self, color: Color) -> None:
        """Give all that is selected a colour."""
        scene = self._view.canvas_scene
        for note_id in scene.notes.selected():
            self._colors[self._view.document.note(note_id).kind] = color
        self._view.document.set_color(scene.selected_ids(), color)

    def color(self) -> str | None:
        """The colour of what is selected; None if there are several."""
        scene, document = self._view.canvas_scene, self._view.document
        graph, chosen = document.graph, set(scene.selected_ids())
        colors = {item.color for item in (*graph.nodes, *graph.blocks, *graph.notes) if item.id in chosen}
        return colors.pop() if len(colors) == 1 else None
