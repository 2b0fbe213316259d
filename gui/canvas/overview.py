"""The whole design seen from afar: plain boxes and lines, drawn in a few strokes however many there are."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from gui.canvas.drawing import drawing_theme, for_file
from gui.canvas.edge_item import EdgeItem
from gui.canvas.node_item import PADDING, TILE, NodeItem
from gui.document.appearance import layer_color
from gui.theme import Theme, qcolor

FAR, FAR_IF_MANY, MANY = 0.2, 0.45, 120
"""Below these zooms the overview is drawn instead of the nodes and wires, of which it would take too many."""


def is_far(zoom: float, nodes: int) -> bool:
    """Whether so many nodes are drawn by the overview at this zoom."""
    return zoom < (FAR_IF_MANY if nodes > MANY else FAR)


class Overview(QGraphicsItem):
    """Draws all nodes and wires at once. The scene says when something changed."""

    def __init__(self) -> None:
        super().__init__()
        self._nodes: list[NodeItem] = []
        self._edges: list[EdgeItem] = []
        self._rect = QRectF()
        self._boxes: list[QRectF] = []
        self._lines: list[QLineF] = []
        self._ready = False
        self.setZValue(1.5)

    def set_items(self, nodes: Iterable[NodeItem], edges: Iterable[EdgeItem], rect: QRectF) -> None:
        """Draw these, which lie within a rectangle."""
        self.prepareGeometryChange()
        self._nodes, self._edges, self._rect = list(nodes), list(edges), rect
        self._ready = False
        self.update()

    def _prepare(self) -> None:
        self._boxes = [item.rect for item in self._nodes]
        self._lines = [line for item in self._edges for line in item.lines]
        self._ready = True

    def boundingRect(self) -> QRectF:
        return self._rect

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if not self._ready:
            self._prepare()
        theme = drawing_theme()
        zoom = QStyleOptionGraphicsItem.levelOfDetailFromTransform(painter.worldTransform())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, zoom > 0.2)
        self._paint_wires(painter, theme)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(_cosmetic(QColor(theme.node_border), 1))
        painter.setBrush(QColor(theme.node_fill))
        painter.drawRects(self._boxes)
        for item, rect in zip(self._nodes, self._boxes, strict=True):
            if item.color:
                painter.setBrush(QColor(theme.tint(item.color).fill))
                painter.drawRect(rect)
        self._paint_tiles(painter, theme)
        self._paint_states(painter, theme)

    def _paint_wires(self, painter: QPainter, theme: Theme) -> None:
        painter.setPen(_cosmetic(QColor(theme.wire), 1))
        painter.drawLines(self._lines)
        if for_file():
            return
        selected = [line for item in self._edges if item.isSelected() for line in item.lines]
        if selected:
            painter.setPen(_cosmetic(QColor(theme.selection), 2))
            painter.drawLines(selected)

    def _paint_tiles(self, painter: QPainter, theme: Theme) -> None:
        """A patch in the colour of the category, larger than the icon that it stands for."""
        tiles: dict[str, list[QRectF]] = {}
        for item, rect in zip(self._nodes, self._boxes, strict=True):
            layer = item.look.icon_layer
            color = layer_color(layer, theme) if layer is not None else theme.text_muted
            tile = QRectF(rect.x() + PADDING, rect.y() + PADDING, TILE + PADDING, TILE + PADDING)
            tiles.setdefault(color, []).append(tile)
        painter.setPen(Qt.PenStyle.NoPen)
        for color, rects in tiles.items():
            painter.setBrush(qcolor(color, 170))
            painter.drawRects(rects)

    def _paint_states(self, painter: QPainter, theme: Theme) -> None:
        """Marks: wrong, selected, and what a dragged wire may go to."""
        marked: dict[str, list[QRectF]] = {}
        for item, rect in zip(self._nodes, self._boxes, strict=True):
            if not for_file() and item.port_state == "refused":
                marked.setdefault("dim", []).append(rect)
            elif not for_file() and (item.isSelected() or item.port_state == "target"):
                marked.setdefault("selected", []).append(rect)
            elif item.look.severity == "error":
                marked.setdefault("error", []).append(rect)
            elif item.look.severity:
                marked.setdefault("warning", []).append(rect)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        colors = {"error": theme.error, "warning": theme.warning, "selected": theme.selection}
        for state, rects in marked.items():
            if state == "dim":
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(qcolor(theme.canvas, 150))
                painter.drawRects(rects)
                painter.setBrush(Qt.BrushStyle.NoBrush)
            else:
                painter.setPen(_cosmetic(QColor(colors[state]), 2))
                painter.drawRects(rects)


def _cosmetic(color: QColor, width: float) -> QPen:
    pen = QPen(color, width)
    pen.setCosmetic(True)
    return pen
