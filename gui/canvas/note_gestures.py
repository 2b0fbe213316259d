"""Gestures of notes: drawing an arrow, and dragging a handle."""

from __future__ import annotations

from collections.abc import Callable
from math import atan2, cos, hypot, pi, sin

from PySide6.QtCore import QPoint, QPointF, Qt

from engine.annotations import Color, Note
from gui.canvas.geometry import GRID, snap, snap_point
from gui.canvas.gestures import Canvas, Gesture
from gui.canvas.note_item import ArrowItem
from gui.document.edits import Position, sound_note
from gui.document.note_edits import ARROW_EXTENT

SHORTEST = 2 * GRID
"""A press without a drag makes an arrow of the usual length."""


class DrawArrowGesture(Gesture):
    """Draws an arrow from where the button is pressed to where it is released; with Shift in steps of 45°."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, canvas: Canvas, at: QPointF, color: Color, made: Callable[[Position, Position], None]) -> None:
        super().__init__(canvas)
        self._start, self._extent = snap_point(at), (0.0, 0.0)
        self._made = made
        note = Note(id="drawn", text="", kind="arrow", position=self._start, extent=(0, 0), color=color)
        self._item = ArrowItem(note)
        self._item.hide()
        canvas.canvas_scene.addItem(self._item)

    def move(self, at: QPointF, screen: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        self.canvas.show_hint("")
        self._extent = _extent(QPointF(*self._start), at, modifiers)
        self._item.set_note(sound_note(self._item.note, extent=self._extent))
        self._item.show()

    def finish(self, at: QPointF) -> None:
        self.tidy()
        self._made(self._start, self._extent if hypot(*self._extent) >= SHORTEST else ARROW_EXTENT)

    def tidy(self) -> None:
        self.canvas.canvas_scene.removeItem(self._item)


class HandleGesture(Gesture):
    """Drags the right side of a text, or an end of an arrow."""

    def __init__(self, canvas: Canvas, note_id: str, handle: str) -> None:
        super().__init__(canvas)
        self._handle = handle
        self._before = self._now = canvas.document.note(note_id)
        self.cursor = Qt.CursorShape.SizeHorCursor if handle == "width" else Qt.CursorShape.CrossCursor

    def move(self, at: QPointF, screen: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        note = self._before
        start = QPointF(*note.position)
        tip = start + QPointF(*note.extent)
        if self._handle == "width":
            self._now = sound_note(note, extent=(snap(at.x()) - note.position[0], 0.0))
        elif self._handle == "tip":
            self._now = sound_note(note, extent=_extent(start, at, modifiers))
        else:
            back = _extent(tip, at, modifiers)
            place = tip + QPointF(*back)
            self._now = sound_note(note, position=(place.x(), place.y()), extent=(-back[0], -back[1]))
        if hypot(*self._now.extent) < SHORTEST:
            self._now = note
        self.canvas.canvas_scene.notes.preview_note(self._now)

    def finish(self, at: QPointF) -> None:
        self.tidy()
        document = self.canvas.document
        document.end_merge()
        document.change_note(self._now.id, position=self._now.position, extent=self._now.extent)
        document.end_merge()

    def tidy(self) -> None:
        self.canvas.canvas_scene.notes.refresh()


def _extent(start: QPointF, at: QPointF, modifiers: Qt.KeyboardModifier) -> Position:
    """The way from a point to another one, which lies on the grid, or with Shift in one of eight directions."""
    if modifiers & Qt.KeyboardModifier.ShiftModifier:
        way = at - start
        angle = round(atan2(way.y(), way.x()) / (pi / 4)) * pi / 4
        length = snap(hypot(way.x(), way.y()))
        return round(cos(angle) * length, 3), round(sin(angle) * length, 3)
    x, y = snap_point(at)
    return x - start.x(), y - start.y()
