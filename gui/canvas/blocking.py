"""Blocks by hand: grouping, opening and closing, repeating, and keeping them for the palette."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, QRectF

from gui.canvas.block_item import BlockItem
from gui.canvas.folding import folded, moved_between, room_for_copies, step_of_copies
from gui.canvas.repeat_popup import RepeatPopup
from gui.document.repeating import block_part
from gui.document.user_blocks import user_blocks

if TYPE_CHECKING:
    from gui.canvas.view import CanvasView


class Blocking(QObject):
    """What a user does with the blocks of one canvas."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        self._popup: RepeatPopup | None = None

    @property
    def popup(self) -> RepeatPopup | None:
        """The question how often to repeat, while it is asked."""
        return self._popup

    def selected(self) -> str | None:
        """The selected block, if nothing else is selected."""
        ids = self._view.canvas_scene.selected_ids()
        return ids[0] if len(ids) == 1 and self._view.document.has_block(ids[0]) else None

    def around_selection(self) -> str:
        """The innermost block around all that is selected; "" for none."""
        nodes = self._view.selected_nodes()
        document = self._view.document
        return document.blocks.common(*(document.node(i).block for i in nodes)) if nodes else ""

    # Grouping

    def group(self) -> None:
        """Put the selected layers and notes into a new block, and select it."""
        scene = self._view.canvas_scene
        nodes, notes = scene.selected_nodes(), scene.selected_notes()
        if nodes:
            self._view.select([self._view.document.group(nodes, note_ids=notes)])

    def ungroup(self) -> None:
        """Take the selected blocks away (or the one around the selection), and select what was in them.

        A closed block is opened for it in the same step.
        """
        view, scene = self._view, self._view.canvas_scene
        blocks = scene.selected_blocks() or [self.around_selection()]
        nodes = {node_id for block_id in blocks for node_id in scene.shown.nodes_of(block_id)}
        view.document.ungroup(blocks, self._opened(blocks))
        view.select([*nodes])

    def take_out(self) -> None:
        """Let the selected layers lie in the block around their own."""
        view = self._view
        nodes = view.selected_nodes()
        view.document.take_out(nodes)
        view.select(nodes)

    # Opening and closing

    def toggle(self) -> None:
        """Open the selected blocks if some are closed, else close them, or the block around the selection."""
        scene, document = self._view.canvas_scene, self._view.document
        blocks = scene.selected_blocks() or [name for name in (self.around_selection(),) if name]
        closed = [block_id for block_id in blocks if document.block(block_id).collapsed]
        self.fold(closed or blocks, closed=not closed)

    def toggle_block(self, block_id: str) -> None:
        """Open or close a block."""
        self.fold([block_id], closed=not self._view.document.block(block_id).collapsed)

    def fold(self, block_ids: Sequence[str], *, closed: bool) -> None:
        """Open or close blocks in one step, and select them."""
        if not block_ids:
            return
        view, document, graph = self._view, self._view.document, self._view.document.graph
        for block_id in block_ids:
            graph = folded(graph, block_id, closed, self._note_rects())
        document.set_collapsed(block_ids, closed, moved_between(document.graph, graph))
        view.select([*block_ids])
        if view.is_fitted:
            view.fit()
        else:
            view.show_rect(view.canvas_scene.rect_of(block_ids))

    def reveal(self, node_id: str) -> None:
        """Open the blocks that hide a node."""
        document = self._view.document
        around = document.blocks.enclosing(document.node(node_id).block)
        self.fold([name for name in reversed(around) if document.block(name).collapsed], closed=False)

    def button_at(self, at: QPointF) -> str | None:
        """The block whose button to open or close it is at a point of the scene."""
        scene = self._view.canvas_scene
        box_id = scene.node_at(at)
        if box_id is not None:
            item = scene.node_item(box_id)
            return box_id if isinstance(item, BlockItem) and item.button_rect().contains(at - item.pos()) else None
        block_id = scene.frames.at(at, handle=True)
        if block_id is None:
            return None
        frame = scene.frames.items[block_id]
        return block_id if frame.button_rect().contains(at - frame.pos()) else None

    # Repeating

    def ask_repeat(self) -> None:
        """Ask how often the selected block shall be there."""
        block_id, view = self.selected(), self._view
        if block_id is None:
            return
        reason = view.document.why_not_repeat(block_id)
        if reason:
            view.noticed.emit(reason)
            return
        self._popup = RepeatPopup(block_id, view.document.block(block_id).title, view)
        self._popup.times_chosen.connect(self._on_popup_times_chosen)
        rect = view.mapFromScene(view.canvas_scene.rect_of([block_id])).boundingRect()
        self._popup.open_at(view.viewport(), rect)

    def repeat(self, block_id: str, times: int) -> None:
        """Put copies of a block behind it, so that it is there `times` times in series, and select them all."""
        document, view = self._view.document, self._view
        moves = room_for_copies(document.graph, block_id, times, self._note_rects())
        made = document.repeat_block(block_id, times, step_of_copies(document.graph, block_id), moves)
        view.select(made)
        if view.is_fitted:
            view.fit()
        else:
            view.show_rect(view.canvas_scene.rect_of(made))

    # The palette

    def keep(self) -> None:
        """Keep the selected block for the palette."""
        block_id = self.selected()
        if block_id is None:
            return
        try:
            name = user_blocks.add(block_part(self._view.document.graph, block_id))
        except OSError as error:
            self._view.noticed.emit(f"The block could not be kept: {error.strerror or error}.")
            return
        self._view.informed.emit(f"'{name}' is now in the palette under My blocks.")

    def _opened(self, block_ids: Sequence[str]) -> dict[str, tuple[float, float]]:
        graph = self._view.document.graph
        for block_id in block_ids:
            graph = folded(graph, block_id, False, self._note_rects())
        return moved_between(self._view.document.graph, graph)

    def _note_rects(self) -> dict[str, QRectF]:
        return {note_id: item.rect for note_id, item in self._view.canvas_scene.notes.items.items()}

    def _on_popup_times_chosen(self, block_id: str, times: int) -> None:
        self._popup = None
        if self._view.document.has_block(block_id):
            self.repeat(block_id, times)
        self._view.setFocus()
