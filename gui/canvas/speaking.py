"""What a screen reader gets of the canvas: a sentence for what is selected, told when it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAccessibleEvent

from engine.graph import Edge
from engine.shapes import format_shape
from gui.canvas.note_item import describe_note

if TYPE_CHECKING:
    from gui.canvas.view import CanvasView


class Speaker(QObject):
    """Keeps the canvas's accessible description at what is selected, and announces it.

    Items of a graphics scene are unknown to assistive programs. So the canvas speaks for the one that the keys act
    on, as a list does for its current row: its description changes, and the sentence is announced.
    """

    announced = Signal(str)
    """A sentence was given to the screen reader, if one is running."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        document = view.document
        for changed in (document.settled, document.checks.changed, document.design_replaced):
            changed.connect(self.update)
        self._said = ""

    def sentence(self) -> str:
        """What is selected, in words."""
        scene, document = self._view.canvas_scene, self._view.document
        ids, edges = scene.selected_ids(), scene.selected_edges()
        if len(ids) + len(edges) > 1:
            blocks, notes = scene.selected_blocks(), scene.notes.selected()
            layers = [item_id for item_id in ids if document.has_node(item_id)]
            counts = ((layers, "layer"), (blocks, "block"), (edges, "wire"), (notes, "note"))
            return f"{_and(*(_count(items, word) for items, word in counts))} selected"
        if ids:
            return self._of_item(ids[0])
        if edges:
            return self._of_edge(edges[0])
        graph = document.graph
        if not graph.nodes and not graph.notes:
            return "Empty. Press Tab to add a layer."
        parts = _and(_count(graph.nodes, "layer"), _count(graph.edges, "wire"), _count(graph.notes, "note"))
        return f"{parts}, nothing selected. Arrow keys go to a layer, Tab adds one."

    def update(self) -> None:
        """The selection, or what is selected, may have changed: say it if it has."""
        view, sentence = self._view, self.sentence()
        if sentence == self._said:
            return
        self._said = sentence
        view.setAccessibleDescription(sentence)
        if view.hasFocus():
            self.say(sentence)

    def say(self, sentence: str) -> None:
        """Give the screen reader a sentence."""
        self.announced.emit(sentence)
        if QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleEvent(self._view, QAccessible.Event.DescriptionChanged))
            event = QAccessibleAnnouncementEvent(self._view, sentence)
            event.setPoliteness(QAccessible.AnnouncementPoliteness.Assertive)
            QAccessible.updateAccessibility(event)

    def _of_item(self, item_id: str) -> str:
        scene, document = self._view.canvas_scene, self._view.document
        if document.has_note(item_id):
            return describe_note(document.note(item_id))
        boxes = scene.node_items()
        if item_id in boxes:
            color = boxes[item_id].color
            return boxes[item_id].look.summary + (f" Colour {color}." if color else "")
        block = next(block for block in document.graph.blocks if block.id == item_id)
        return f"Open block '{block.title}', {_count(scene.shown.nodes_of(item_id), 'layer') or 'empty'}."

    def _of_edge(self, edge: Edge) -> str:
        document = self._view.document
        shape = document.plan.nodes[edge.source].shape
        ends = f"Wire from '{document.node(edge.source).title}' to '{document.node(edge.target).title}'"
        problems = [problem.message for problem in document.checks.of_edge(edge)]
        return " ".join([f"{ends}, {format_shape(shape)}." if shape is not None else f"{ends}.", *problems])


def _count(items: object, word: str) -> str:
    number = len(items)  # type: ignore[arg-type]
    return f"{number} {word}{'s' if number > 1 else ''}" if number else ""


def _and(*parts: str) -> str:
    some = [part for part in parts if part]
    return " and ".join([", ".join(some[:-1]), some[-1]] if len(some) > 1 else some)
