"""Cut, copy and paste: through the clipboard, so that it works between windows and with a text editor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QMimeData, QObject, QPointF, QRectF
from PySide6.QtGui import QGuiApplication

from engine.blocks import BlockTree
from engine.data.text_file import looks_like_table
from engine.graph import GraphSpec
from gui.canvas.geometry import GRID, NODE_HEIGHT, NODE_WIDTH, snap
from gui.canvas.shown import Shown, closed_rect
from gui.document import edits
from gui.document.fragment import LONGEST_TEXT, NODES_MIME_TYPE, FragmentError, from_text, to_text

if TYPE_CHECKING:
    from gui.canvas.view import CanvasView

STEP = 4.0 * GRID


class Copying(QObject):
    """Copies from one canvas and pastes into it."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        self._last: tuple[str, QPointF | None] | None = None
        self._times = 0

    def copy(self) -> bool:
        """Put the selected nodes, the wires among them, and notes on the clipboard; returns whether there were any."""
        nodes, notes = self._view.selected_nodes(), self._view.canvas_scene.selected_notes()
        if not nodes and not notes:
            return False
        text = to_text(edits.part(self._view.document.graph, nodes, notes))
        data = QMimeData()
        data.setData(NODES_MIME_TYPE, QByteArray(text.encode()))
        data.setText(text)
        QGuiApplication.clipboard().setMimeData(data)
        self._last, self._times = (text, None), 0
        return True

    def cut(self) -> None:
        """Copy the selected nodes and notes and remove them."""
        if self.copy():
            self._view.delete_selection()
            self._times = -1

    def paste(self, at: QPointF | None = None) -> list[str]:
        """Paste what is on the clipboard, and select it; returns the new ids. `at` is the middle, in the scene."""
        return self.paste_text(clipboard_text(QGuiApplication.clipboard().mimeData()), at)

    def paste_text(self, text: str, at: QPointF | None = None) -> list[str]:
        """Paste a text. What is no layers changes nothing; the canvas tells it by `table_pasted` or `noticed`."""
        try:
            fragment = from_text(text)
        except FragmentError as error:
            if looks_like_table(text):
                self._view.table_pasted.emit(text)
            else:
                self._view.noticed.emit(str(error))
            return []
        offset = self._offset(fragment, text, at)
        copies = list(self._view.document.paste(fragment, offset).values())
        self._view.select(copies)
        self._view.show_rect(self._view.canvas_scene.rect_of(copies))
        return copies

    def _offset(self, fragment: GraphSpec, text: str, at: QPointF | None) -> tuple[float, float]:
        """At the point, or beside the original; the same again comes a step further."""
        self._times = self._times + 1 if self._last == (text, at) else 1 if at is None else 0
        self._last = (text, at)
        step = STEP * self._times
        rect = _rect(fragment)
        if at is None and self._view.sees(rect.translated(step, step)):
            return step, step
        middle = at if at is not None else self._view.middle()
        away = middle - rect.center()
        again = step if at is not None else STEP * max(0, self._times - 1)
        return snap(away.x()) + again, snap(away.y()) + again


def clipboard_text(data: QMimeData | None) -> str:
    """The layers that a clipboard carries, or else its plain text."""
    if data is None:
        return ""
    if data.hasFormat(NODES_MIME_TYPE):
        return bytes(data.data(NODES_MIME_TYPE).data())[: 4 * LONGEST_TEXT].decode("utf-8", "replace")
    return data.text() if data.hasText() else ""


def _rect(fragment: GraphSpec) -> QRectF:
    rect = QRectF()
    places = {node.id: edits.reachable(node.position) for node in fragment.nodes}
    shown = Shown(fragment, BlockTree(fragment))
    extents = shown.extents(places.__getitem__)
    for box_id in shown.boxes:
        closed = box_id in shown.closed
        rect = rect.united(closed_rect(extents[box_id]) if closed else QRectF(*places[box_id], NODE_WIDTH, NODE_HEIGHT))
    for note in fragment.notes:
        sound = edits.sound_note(note)
        width, height = sound.extent[0], sound.extent[1] or NODE_HEIGHT / 2
        rect = rect.united(QRectF(*sound.position, width, height).normalized())
    return rect
