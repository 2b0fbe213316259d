"""Response maps on the canvas: a strip of small pictures under each small layer, large under the mouse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import (
    QGraphicsItem,
    QGraphicsSceneHoverEvent,
    QStyleOptionGraphicsItem,
    QWidget,
)

from gui.canvas.drawing import for_file, rounded
from gui.canvas.geometry import NODE_WIDTH
from gui.canvas.node_item import SMALL, NodeItem
from gui.canvas.unit_picture import PictureTip, UnitPicture, draw_tile
from gui.theme import current_theme, qcolor, theme_notifier

if TYPE_CHECKING:
    from gui.canvas.view import CanvasView

MOST_UNITS = 8
"""Of a layer whose maps are shown."""
MOST_NODES = 24
"""Layers with maps at once; in a larger network they would be but noise."""
TILE, GAP, PADDING = 20.0, 3.0, 4.0
INSET = 8.0
"""How far the strip's sides are from those of the node."""


class NodeMaps(QObject):
    """The strips of one canvas. It shows the pictures that it is given."""

    unit_clicked = Signal(str, int)
    """Id of the layer, and which of its units."""
    room_changed = Signal()
    """Strips may be seen that were not, or no longer."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        self._wanted = True
        self._strips: dict[str, StripItem] = {}
        self._owners: dict[str, NodeItem] = {}  # kept here, as strips die with their owner
        self._pictures: dict[str, tuple[UnitPicture, ...]] = {}
        self._hovered: tuple[str, int] | None = None
        self.tip = PictureTip(view)
        view.canvas_scene.content_changed.connect(self._on_scene_content_changed)
        view.seen_changed.connect(self._on_view_seen_changed)
        theme_notifier.theme_changed.connect(self._on_theme_notifier_theme_changed)

    @property
    def is_wanted(self) -> bool:
        """The user wants to see them."""
        return self._wanted

    def toggle(self) -> None:
        """Show them, or never."""
        self._wanted = not self._wanted
        if not self._wanted:
            self.show({})
        self.room_changed.emit()

    @property
    def has_room(self) -> bool:
        """The canvas is seen, from so near that they can be told apart."""
        return self._wanted and self._view.isVisible() and self._view.zoom >= SMALL

    def strip_of(self, node_id: str) -> StripItem | None:
        """The strip of a node, if it has one."""
        return self._strips.get(node_id)

    def show(self, pictures: Mapping[str, Sequence[UnitPicture]]) -> None:
        """Show these maps, by node; what is not named has none."""
        self._pictures = {node: tuple(own) for node, own in pictures.items()} if self._wanted else {}
        self._sync()
        for node_id, strip in self._strips.items():
            strip.set_pictures(self._pictures[node_id])
        self._show_tip()

    def press(self, at: QPointF) -> bool:
        """The mouse was pressed at a point of the scene: whether a map was meant."""
        for node_id, strip in self._strips.items():
            unit = strip.unit_at(strip.mapFromScene(at)) if strip.isVisible() else None
            if unit is not None:
                self._view.select([node_id])
                self.hover(None)
                self.unit_clicked.emit(node_id, unit)
                return True
        return False

    def hover(self, unit: tuple[str, int] | None, at: QPointF | None = None) -> None:
        """The mouse is over a unit of a node, at a point of the scene; or over none."""
        self._hovered = unit
        if at is not None:
            self._at = self._view.mapFromScene(at)
        self._show_tip()

    def _show_tip(self) -> None:
        node, unit = self._hovered or ("", 0)
        pictures = self._pictures.get(node, ())
        if self._hovered is None or node not in self._strips or unit >= len(pictures):
            self._hovered = None
            self.tip.hide()
        else:
            self.tip.show_picture(pictures[unit], self._at)

    def _sync(self) -> None:
        """Have a strip for each node with pictures, where it covers no other."""
        items = self._view.canvas_scene.node_items()
        for node_id in [*self._strips]:
            if node_id not in self._pictures or items.get(node_id) is not self._owners[node_id]:
                self._take_away(node_id)
        rects = [item.rect for item in items.values()]
        for node_id, pictures in self._pictures.items():
            owner = items.get(node_id)
            if owner is None or not pictures:
                continue
            if node_id not in self._strips:
                self._owners[node_id] = owner
                self._strips[node_id] = StripItem(owner, node_id, self)
                self._strips[node_id].set_pictures(pictures)
            strip = self._strips[node_id]
            strip.hang(owner.rect.height())
            room = strip.mapRectToScene(strip.boundingRect()).adjusted(0, 6, 0, 0)
            strip.setVisible(not any(rect.intersects(room) for rect in rects if rect != owner.rect))

    def _take_away(self, node_id: str) -> None:
        strip, owner = self._strips.pop(node_id), self._owners.pop(node_id)
        strip.setParentItem(None)  # pyright: ignore[reportArgumentType]  Qt takes none
        if owner.scene() is not None:
            owner.scene().removeItem(strip)

    def _on_scene_content_changed(self) -> None:
        if self._strips or self._pictures:
            self._sync()

    def _on_view_seen_changed(self) -> None:
        self.hover(None)
        self.room_changed.emit()

    def _on_theme_notifier_theme_changed(self) -> None:
        self.tip.update()


class StripItem(QGraphicsItem):
    """The maps of one layer, hanging from its box; it moves with it."""

    def __init__(self, owner: NodeItem, node_id: str, maps: NodeMaps) -> None:
        super().__init__(owner)
        self.node_id = node_id
        self._maps = maps
        self._pictures: tuple[UnitPicture, ...] = ()
        self._rect = QRectF()
        self._path = QPainterPath()
        self._hovered = -1
        self.setAcceptHoverEvents(True)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemStacksBehindParent)

    def hang(self, height: float) -> None:
        """Hang from the lower side of a box of this height."""
        place = QPointF(INSET, height - 1)
        if place != self.pos():
            self.setPos(place)

    def set_pictures(self, pictures: tuple[UnitPicture, ...]) -> None:
        """Show these units."""
        if len(pictures) != len(self._pictures):
            self.prepareGeometryChange()
            wide = NODE_WIDTH - 2 * INSET
            pitch = min(TILE + GAP, (wide - 2 * PADDING + GAP) / max(len(pictures), 1))
            self._side, self._pitch = pitch - GAP, pitch
            wide = 2 * PADDING + len(pictures) * pitch - GAP
            self._rect = QRectF(0, 0, wide, self._side + 2 * PADDING)
            self._path = rounded(0, -8, wide, self._rect.height() + 8, 6, 6)
        self._pictures = pictures
        self.update()

    def tile_rect(self, unit: int) -> QRectF:
        """Where a unit's map is, in the item's coordinates."""
        return QRectF(PADDING + unit * self._pitch, PADDING, self._side, self._side)

    def unit_at(self, point: QPointF) -> int | None:
        """The unit under a point of the item."""
        reach = GAP / 2
        for unit in range(len(self._pictures)):
            if self.tile_rect(unit).adjusted(-reach, -reach, reach, reach).contains(point):
                return unit
        return None

    def boundingRect(self) -> QRectF:
        return self._rect.adjusted(-1, -1, 1, 2)

    def shape(self) -> QPainterPath:
        path = QPainterPath()
        path.addRect(self._rect)
        return path

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        zoom = QStyleOptionGraphicsItem.levelOfDetailFromTransform(painter.worldTransform())
        if for_file() or zoom < SMALL:
            return
        theme = current_theme()
        painter.setPen(QPen(QColor(theme.node_border), 1))
        painter.setBrush(QColor(theme.surface))
        painter.drawPath(self._path)
        for unit, picture in enumerate(self._pictures):
            hot = unit == self._hovered
            line = QColor(theme.accent) if hot else qcolor(theme.border_strong, 120)
            draw_tile(painter, self.tile_rect(unit), picture.image, theme, line=line, width=2.0 if hot else 0.75)

    def hoverMoveEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        unit = self.unit_at(event.pos())
        found = -1 if unit is None or self._maps.has_room is False else unit
        if found != self._hovered:
            self._hovered = found
            self.update()
        self._maps.hover((self.node_id, found) if found >= 0 else None, event.scenePos())

    def hoverLeaveEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        self._hovered = -1
        self.update()
        self._maps.hover(None)
