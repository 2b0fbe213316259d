"""Cut, copy and paste: through the clipboard, so that it works between windows and with a text editor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QMimeData, QObject, QPointF, QRectF
from PySide6.QtGui import QGuiApplication

from engine.graph import GraphSpec
from gui.canvas.geometry import GRID, NODE_HEIGHT, NODE_WIDTH, snap
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
        """Put the selected nodes and the wires among them on the clipboard; returns whether there were any."""
        nodes = self._view.selected_nodes()
        if not nodes:
            return False
        text = to_text(edits.part(self._view.document.graph, nodes))
        data = QMimeData()
        data.setData(NODES_MIME_TYPE, QByteArray(text.encode()))
        data.setText(text)
        QGuiApplication.clipboard().setMimeData(data)
        self._last, self._times = (text, None), 0
        return True

    def cut(self) -> None:
        """Copy the selected nodes and remove them."""
        if self.copy():
            self._view.delete_selection()
            self._times = -1

    def paste(self, at: QPointF | None = None) -> list[str]:
        """Paste what is on the clipboard, and select it; returns the new ids. `at` is the middle, in the scene."""
        return self.paste_text(clipboard_text(QGuiApplication.clipboard().mimeData()), at)

    def paste_text(self, text: str, at: QPointF | None = None) -> list[str]:
        """Paste a text. What is no layers changes nothing and is told by `noticed` of the canvas."""
        try:
            fragment = from_text(text)
        except FragmentError as error:
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
    for node in fragment.nodes:
        x, y = edits.reachable(node.position)
        rect = rect.united(QRectF(x, y, NODE_WIDTH, NODE_HEIGHT))
    return rect
