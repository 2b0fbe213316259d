"""The whole design seen from afar: plain boxes and lines, drawn in a few strokes however many there are."""

from __future__ import annotations

from collections.abc import Collection, Iterable

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
        self._parts: list[Part] = []
        self._theme: Theme | None = None
        self._carried: Collection[QGraphicsItem] = ()
        self._crossing: list[EdgeItem] = []
        self._offset = (0.0, 0.0)
        self.setZValue(1.5)

    def set_items(self, nodes: Iterable[NodeItem], edges: Iterable[EdgeItem], rect: QRectF) -> None:
        """Draw these, which lie within a rectangle."""
        self.prepareGeometryChange()
        self._nodes, self._edges, self._rect = list(nodes), list(edges), rect
        self._carried, self._crossing, self._theme = (), [], None
        self.redraw()

    def carry(self, items: Collection[QGraphicsItem], crossing: list[EdgeItem], offset: tuple[float, float]) -> None:
        """Draw some nodes and wires elsewhere than they are, all by the same way, until `set_items`.

        Args:
            items: The nodes and wires.
            crossing: The wires between them and others, which are where they belong.
            offset: The way.
        """
        if items is not self._carried:
            self._carried, self._crossing = items, crossing
            if len(items) == len(self._nodes) + len(self._edges) and len(self._parts) == 1:
                self._parts[0].moves = True  # all that there is
            else:
                self._theme = None
        self._offset = offset
        self.redraw()

    def choose(self) -> None:
        """Something else is selected."""
        for part in self._parts:
            part.choose()
        self.redraw()

    def redraw(self) -> None:
        """Draw all anew. The view draws this item itself, so Qt does not know where it was drawn last."""
        for view in self.scene().views() if self.scene() is not None else ():
            view.viewport().update()

    def _prepare(self, theme: Theme) -> None:
        carried, live = self._carried, set(self._crossing)
        self._parts = [
            Part(
                [item for item in self._nodes if (item in carried) == moves],
                [item for item in self._edges if (item in carried) == moves and item not in live],
                theme, moves,
            )
            for moves in ((False, True) if carried else (False,))
        ]  # fmt: skip
        self._theme = theme

    def boundingRect(self) -> QRectF:
        return self._rect

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        theme = drawing_theme()
        if self._theme is not theme:
            self._prepare(theme)
        zoom = QStyleOptionGraphicsItem.levelOfDetailFromTransform(painter.worldTransform())
        if self._crossing:
            painter.setPen(_cosmetic(QColor(theme.wire), 1))
            painter.drawLines([line for item in self._crossing for line in item.lines])
        for part in self._parts:
            if part.moves:
                painter.translate(*self._offset)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, zoom > 0.2)
            part.paint_wires(painter, theme)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            part.paint_boxes(painter, theme)


class Part:
    """Nodes and wires that stay, or that are carried; what does not depend on gestures is worked out once."""

    def __init__(self, nodes: list[NodeItem], edges: list[EdgeItem], theme: Theme, moves: bool) -> None:
        self.moves = moves
        self._nodes, self._edges = nodes, edges
        self._boxes = [item.rect for item in nodes]
        self._tinted: dict[str, list[QRectF]] = {}
        self._tiles: dict[str, list[QRectF]] = {}
        self._wrong: dict[str, list[QRectF]] = {}
        for item, rect in zip(nodes, self._boxes, strict=True):
            layer = item.look.icon_layer
            color = layer_color(layer, theme) if layer is not None else theme.text_muted
            self._tiles.setdefault(color, []).append(tile_rect(rect))
            if item.color:
                self._tinted.setdefault(theme.tint(item.color).fill, []).append(rect)
            if item.look.severity:
                line = theme.error if item.look.severity == "error" else theme.warning
                self._wrong.setdefault(line, []).append(rect)
        self._chosen: list[QRectF] = []
        self._strong: list[QLineF] = []
        self._weak: list[QLineF] = []
        self.choose()

    def choose(self) -> None:
        """Find out anew what is selected."""
        self._chosen = [item.rect for item in self._nodes if item.isSelected()]
        self._strong, self._weak = [], []
        for item in self._edges:
            (self._strong if item.isSelected() else self._weak).extend(item.lines)

    def paint_wires(self, painter: QPainter, theme: Theme) -> None:
        """The lines."""
        painter.setPen(_cosmetic(QColor(theme.wire), 1))
        painter.drawLines([*self._weak, *self._strong] if for_file() else self._weak)
        if self._strong and not for_file():
            painter.setPen(_cosmetic(QColor(theme.selection), 2))
            painter.drawLines(self._strong)

    def paint_boxes(self, painter: QPainter, theme: Theme) -> None:
        """The boxes; on each a patch in the colour of its category, larger than the icon that it stands for."""
        painter.setPen(_cosmetic(QColor(theme.node_border), 1))
        painter.setBrush(QColor(theme.node_fill))
        painter.drawRects(self._boxes)
        for fill, rects in self._tinted.items():
            painter.setBrush(QColor(fill))
            painter.drawRects(rects)
        painter.setPen(Qt.PenStyle.NoPen)
        for color, rects in self._tiles.items():
            painter.setBrush(qcolor(color, 170))
            painter.drawRects(rects)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for line, rects in self._wrong.items():
            painter.setPen(_cosmetic(QColor(line), 2))
            painter.drawRects(rects)
        if not for_file():
            self._paint_states(painter, theme)

    def _paint_states(self, painter: QPainter, theme: Theme) -> None:
        """Marks: selected, and what a dragged wire may go to."""
        targets = [item.rect for item in self._nodes if item.port_state == "target"]
        painter.setPen(_cosmetic(QColor(theme.selection), 2))
        painter.drawRects([*self._chosen, *targets])
        refused = [item.rect for item in self._nodes if item.port_state == "refused"]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(qcolor(theme.canvas, 150))
        painter.drawRects(refused)
        painter.setBrush(Qt.BrushStyle.NoBrush)


def tile_rect(rect: QRectF) -> QRectF:
    """Where the patch in the colour of the category is on a box."""
    return QRectF(rect.x() + PADDING, rect.y() + PADDING, TILE + PADDING, TILE + PADDING)


def _cosmetic(color: QColor, width: float) -> QPen:
    pen = QPen(color, width)
    pen.setCosmetic(True)
    return pen
