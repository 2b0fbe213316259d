"""Tidying: the layered layout is worked out in the background, can be cancelled, and comes as one undo step."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from engine.graph import GraphSpec
from gui.canvas.arranging import Direction, Places, tidy
from gui.canvas.geometry import NodeBox
from gui.canvas.layered import CancelledError
from gui.canvas.shown import Shown
from gui.runtime.tasks import TaskRunner

if TYPE_CHECKING:
    from gui.canvas.view import CanvasView

PATIENCE = 250
"""Milliseconds before the canvas says that it is busy."""


class BusyNote(QFrame):
    """Says at the top of the canvas what it is busy with, with a button to cancel it."""

    cancel_clicked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self._text = QLabel(self)
        self._button = QPushButton("Cancel", self)
        self._button.clicked.connect(self.cancel_clicked)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 8, 6)
        row.setSpacing(12)
        row.addWidget(self._text)
        row.addWidget(self._button)
        self.hide()

    def show_text(self, text: str) -> None:
        """Show it in the middle of the upper edge."""
        self._text.setText(text)
        self.adjustSize()
        parent = self.parentWidget()
        assert parent is not None
        self.move((parent.width() - self.width()) // 2, 12)
        self.show()
        self.raise_()


class Tidying(QObject):
    """Lays out the selected nodes, or all, and moves them when the result has come."""

    finished = Signal()
    """A layout ended: applied, cancelled or overtaken by an edit."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        self._tasks = TaskRunner(self)
        self._cancelled = Event()
        self._graph: GraphSpec | None = None
        self._note = BusyNote(view)
        self._note.cancel_clicked.connect(self._on_note_cancel_clicked)
        self._patience = QTimer(self, interval=PATIENCE, singleShot=True, timerType=Qt.TimerType.CoarseTimer)
        self._patience.timeout.connect(self._on_patience_timeout)

    @property
    def is_busy(self) -> bool:
        """A layout is being worked out."""
        return self._graph is not None

    def start(self, direction: Direction) -> None:
        """Tidy the selected nodes if there are several, else all."""
        self.cancel()
        view = self._view
        scene = view.canvas_scene
        selected = {scene.shown.box_of(node_id) for node_id in view.selected_nodes()}
        boxes = [box for box in scene.boxes() if len(selected) < 2 or box.id in selected]
        if len(boxes) < 2:
            return
        self._cancelled = Event()
        self._graph = view.document.graph
        edges = scene.shown.links()
        self._tasks.run(
            _tidy, boxes, edges, direction, self._cancelled, _around(scene.shown, {box.id for box in boxes}),
            on_success=self._show, on_failure=self._give_up, latest="tidy",
        )  # fmt: skip
        self._patience.start()

    def cancel(self) -> bool:
        """Give up what is being worked out; returns whether there was something."""
        if not self.is_busy:
            return False
        self._cancelled.set()
        self._end()
        return True

    def _show(self, places: Places) -> None:
        if self._graph is None or self._cancelled.is_set():
            return
        view, current = self._view, self._view.document.graph is self._graph
        whole = len(places) == len(view.canvas_scene.node_items())
        self._end()
        if current:
            view.document.move(view.canvas_scene.moves_for(places), "Tidy")
            if whole:
                view.fit()
            else:
                view.show_rect(view.canvas_scene.rect_of(places))
        else:
            view.noticed.emit("The design changed while it was being tidied, so nothing was moved. Tidy it again.")

    def _give_up(self, error: Exception) -> None:
        busy = self.is_busy
        self._end()
        if busy and not isinstance(error, CancelledError):
            self._view.noticed.emit(f"The design could not be tidied: {error}")

    def _end(self) -> None:
        busy, self._graph = self.is_busy, None
        self._patience.stop()
        self._note.hide()
        if busy:
            self.finished.emit()

    def _on_note_cancel_clicked(self) -> None:
        self.cancel()
        self._view.setFocus()

    def _on_patience_timeout(self) -> None:
        if self._graph is not None:
            self._note.show_text(f"Tidying {len(self._graph.nodes):,} nodes…")


def _around(shown: Shown, boxes: set[str]) -> dict[str, list[str]]:
    """For the boxes in open blocks that are tidied as a whole these blocks, from the outside in."""
    inside: dict[str, set[str]] = {}
    chains = {box_id: shown.tree.enclosing(shown.block_around(box_id)) for box_id in shown.boxes}
    for box_id, chain in chains.items():
        for block_id in chain:
            inside.setdefault(block_id, set()).add(box_id)
    whole = {block_id for block_id, found in inside.items() if found <= boxes and found != boxes}
    return {box_id: [b for b in reversed(chains[box_id]) if b in whole] for box_id in boxes}


def _tidy(
    boxes: list[NodeBox],
    edges: list[tuple[str, str]],
    direction: Direction,
    cancelled: Event,
    around: dict[str, list[str]],
) -> Places:
    return tidy(boxes, edges, direction, cancelled.is_set, around)
