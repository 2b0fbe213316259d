"""Layers dragged from the palette: what they carry, and where they would go."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QPointF

from engine.layer import Layer
from gui.canvas.edge_item import EdgeItem
from gui.canvas.geometry import NODE_HEIGHT, NODE_WIDTH, snap
from gui.canvas.preview_items import BoxPreview
from gui.canvas.scene import CanvasScene
from gui.document.appearance import LAYER_MIME_TYPE


def dropped_layer(data: QMimeData) -> type[Layer] | None:
    """The layer that a drag carries, if it carries one that this program knows."""
    if not data.hasFormat(LAYER_MIME_TYPE):
        return None
    kind = bytes(data.data(LAYER_MIME_TYPE).data()).decode("utf-8", "replace")
    found = Layer.registry.get(kind)
    return found if found is not None and issubclass(found, Layer) else None


class DropFeedback:
    """Draws the outline of the dragged layer, or marks the wire that it would go into."""

    def __init__(self, scene: CanvasScene) -> None:
        self._scene = scene
        self._box: BoxPreview | None = None
        self._marked: EdgeItem | None = None
        self.layer: type[Layer] | None = None
        """What is dragged at the moment."""

    def show(self, layer: type[Layer], at: QPointF) -> str:
        """Show where it would go; returns a sentence for the pointer, or ""."""
        self.layer = layer
        if self._box is None:
            self._box = BoxPreview()
            self._scene.addItem(self._box)
        self._box.setPos(snap(at.x() - NODE_WIDTH / 2), snap(at.y() - NODE_HEIGHT / 2))
        edge = self._scene.edge_for_insert(at) if self._scene.document.can_insert(layer) else None
        self._mark(self._scene.edge_item(edge) if edge is not None else None)
        self._box.setVisible(edge is None)
        if edge is None:
            return ""
        node = self._scene.document.node
        return f"Insert between {node(edge.source).title} and {node(edge.target).title}"

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
