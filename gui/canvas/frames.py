"""The open blocks of a scene: one frame each, always around what is in it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from PySide6.QtCore import QObject, QPointF, QRectF
from PySide6.QtWidgets import QGraphicsItem, QGraphicsScene

from gui.canvas.block_item import FrameItem
from gui.canvas.block_look import layer_count
from gui.canvas.shown import Shown, framed

RectOf = Callable[[str], QRectF | None]


class Frames(QObject):
    """Makes, places and removes the frames, and finds them."""

    def __init__(self, scene: QGraphicsScene, take_away: Callable[[QGraphicsItem], None]) -> None:
        super().__init__(scene)
        self._scene, self._take_away = scene, take_away
        self._items: dict[str, FrameItem] = {}
        self._contents: dict[str, list[str]] = {}
        self._shown: Shown | None = None

    @property
    def items(self) -> Mapping[str, FrameItem]:
        """All frames by the ids of their blocks, outer ones first."""
        return self._items

    def selected(self) -> list[str]:
        """Ids of the selected blocks."""
        return [block_id for block_id, item in self._items.items() if item.isSelected()]

    def at(self, point: QPointF, *, handle: bool = False) -> str | None:
        """The block whose bar or border is under a point, or only its name and button; the innermost."""
        for block_id, item in reversed(self._items.items()):
            local = point - item.pos()
            if item.handle_rect().contains(local) if handle else item.shape().contains(local):
                return block_id
        return None

    def around(self, point: QPointF) -> str:
        """The innermost open block around a point; "" for none."""
        inner = (name for name, item in reversed(self._items.items()) if item.rect.contains(point))
        return next(inner, "")

    def sync(self, shown: Shown) -> None:
        """Have a frame for every open block."""
        self._shown, tree = shown, shown.tree
        for block_id in [*self._items]:
            if block_id not in shown.open:
                self._take_away(self._items.pop(block_id))
        for block_id in shown.open:
            if block_id not in self._items:
                self._items[block_id] = FrameItem(block_id)
                self._scene.addItem(self._items[block_id])
            block = tree.blocks[block_id]
            detail = layer_count(len(tree.members(block_id)))
            self._items[block_id].set_look(block.title, detail, block.color, len(tree.enclosing(block_id)))
        self._items = {block_id: self._items[block_id] for block_id in shown.open}
        self._contents = {block_id: [] for block_id in shown.open}
        if not self._items:
            return
        for item_id in shown.boxes:
            inside = shown.tree.blocks[item_id].parent if item_id in shown.closed else self._home(item_id)
            if inside:
                self._contents[inside].append(item_id)
        for note in shown.graph.notes:
            if note.block in self._contents:
                self._contents[note.block].append(note.id)

    def place(self, rect_of: RectOf, touched: Collection[str] | None = None) -> None:
        """Draw the frames around what is in them; only those around some blocks, if these are given."""
        assert self._shown is not None
        tree = self._shown.tree
        wanted = None if touched is None else {name for block_id in touched for name in tree.enclosing(block_id)}
        inner: dict[str, list[QRectF]] = {}
        for block_id, item in reversed(self._items.items()):
            if wanted is None or block_id in wanted:
                rects = [rect for item_id in self._contents[block_id] if (rect := rect_of(item_id)) is not None]
                item.set_rect(framed(_united([*rects, *inner.get(block_id, ())])))
            inner.setdefault(tree.blocks[block_id].parent, []).append(item.rect)

    def fit_text(self) -> None:
        """The font or the colours changed."""
        for item in self._items.values():
            item.fit_text()

    def _home(self, node_id: str) -> str:
        assert self._shown is not None
        return self._shown.node_blocks.get(node_id, "")


def _united(rects: list[QRectF]) -> QRectF:
    left, top = min(rect.left() for rect in rects), min(rect.top() for rect in rects)
    right, bottom = max(rect.right() for rect in rects), max(rect.bottom() for rect in rects)
    return QRectF(left, top, right - left, bottom - top)
