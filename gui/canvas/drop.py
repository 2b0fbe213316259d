"""Layers dragged from the palette: what they carry, and where they would go."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QPointF

from engine.layer import Layer
from gui.canvas.adding import addition
from gui.canvas.edge_item import EdgeItem
from gui.canvas.geometry import NODE_HEIGHT, NODE_WIDTH, snap
from gui.canvas.placing import Fits
from gui.canvas.preview_items import BoxPreview
from gui.canvas.scene import CanvasScene
from gui.document.appearance import LAYER_MIME_TYPE
from gui.document.user_blocks import BLOCK_PREFIX


def dropped_layer(data: QMimeData) -> str | None:
    """What a drag carries that this program can add: the kind of a layer, or the name of a block of the user's."""
    if not data.hasFormat(LAYER_MIME_TYPE):
        return None
    name = bytes(data.data(LAYER_MIME_TYPE).data()).decode("utf-8", "replace")
    return name if name.startswith(BLOCK_PREFIX) or name in Layer.registry else None


class DropFeedback:
    """Draws the outline of the dragged layer, or marks the wire that it would go into."""

    def __init__(self, scene: CanvasScene) -> None:
        self._scene = scene
        self._box: BoxPreview | None = None
        self._marked: EdgeItem | None = None
        self._fits = Fits(False, False)
        self.layer: str | None = None
        """What is dragged at the moment, as `dropped_layer` says it."""

    def show(self, layer: str, at: QPointF) -> str:
        """Show where it would go; returns a sentence for the pointer, or ""."""
        if layer != self.layer:
            self.layer, self._fits = layer, _fits(layer)
        if self._box is None:
            self._box = BoxPreview()
            self._scene.addItem(self._box)
        self._box.setPos(snap(at.x() - NODE_WIDTH / 2), snap(at.y() - NODE_HEIGHT / 2))
        edge = self._scene.edge_for_insert(at) if self._fits.wire else None
        self._mark(self._scene.edge_item(edge) if edge is not None else None)
        self._box.setVisible(edge is None)
        if edge is None:
            return ""
        boxes = (self._scene.shown.box_of(end) for end in (edge.source, edge.target))
        return "Insert between " + " and ".join(self._scene.node_item(box).look.title for box in boxes)

    def hide(self) -> None:
        """Take it all away."""
        self._mark(None)
        self.layer = None
        if self._box is not None:
            self._scene.removeItem(self._box)
            self._box = None

    def _mark(self, item: EdgeItem | None) -> None:
        if self._marked is not None and self._marked.scene() is self._scene:
            self._marked.set_marked(False)
        self._marked = item
        if item is not None:
            item.set_marked(True)


def _fits(name: str) -> Fits:
    try:
        return addition(name).fits
    except KeyError:
        return Fits(False, False)
