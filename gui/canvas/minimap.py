"""A small map of the whole design in the corner of the canvas; dragging in it moves what is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QTransform
from PySide6.QtWidgets import QWidget

from gui.document.appearance import layer_color
from gui.theme import current_theme, qcolor, theme_notifier

if TYPE_CHECKING:
    from gui.canvas.view import CanvasView

LARGEST = QSize(200, 132)
MARGIN = 12
PADDING = 8


class Minimap(QWidget):
    """Shown while a part of the design is out of sight, unless the user hides it."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        self._wanted = True
        self._picture: QPixmap | None = None
        self._to_map = QTransform()
        self.setFixedSize(LARGEST)
        self.setAccessibleName("Map of the design")
        self.setToolTip("Map of the design. Drag to move what is seen; Ctrl+M hides it.")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.hide()
        view.canvas_scene.content_changed.connect(self._on_scene_content_changed)
        theme_notifier.theme_changed.connect(self._on_theme_notifier_theme_changed)

    @property
    def wanted(self) -> bool:
        """Whether it is shown when something is out of sight."""
        return self._wanted

    def set_wanted(self, wanted: bool) -> None:
        """Show it when something is out of sight, or never."""
        self._wanted = wanted
        self.refresh()

    def refresh(self) -> None:
        """What is seen changed: show, hide and draw anew."""
        view = self._view
        rect = view.content_rect()
        area = view.viewport().rect()
        roomy = area.width() > 3 * LARGEST.width() and area.height() > 2.5 * LARGEST.height()
        shown = self._wanted and roomy and not rect.isEmpty() and not view.seen().contains(rect)
        if shown:
            corner = area.bottomRight()
            self.move(corner.x() - self.width() - MARGIN + 1, corner.y() - self.height() - MARGIN + 1)
            self.update()
        if shown != self.isVisible():
            self.setVisible(shown)

    def _map(self) -> QTransform:
        """From the scene to the map: the whole design, and what is seen beside it."""
        rect = self._view.content_rect()
        inside = QRectF(self.rect()).adjusted(PADDING, PADDING, -PADDING, -PADDING)
        scale = min(inside.width() / max(1.0, rect.width()), inside.height() / max(1.0, rect.height()), 0.2)
        middle, center = inside.center(), rect.center()
        return QTransform(scale, 0, 0, scale, middle.x() - center.x() * scale, middle.y() - center.y() * scale)

    def _draw_picture(self) -> QPixmap:
        theme, ratio = current_theme(), self.devicePixelRatioF()
        self._to_map = self._map()
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.border_strong), 1))
        painter.setBrush(qcolor(theme.surface, 242))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setTransform(self._to_map, True)
        painter.setPen(_cosmetic(qcolor(theme.wire, 130)))
        painter.drawLines([line for item in self._view.canvas_scene.edge_items().values() for line in item.lines])
        for note in self._view.canvas_scene.notes.shown().values():
            painter.setPen(_cosmetic(QColor(theme.tint(note.note.color).line)))
            painter.setBrush(QColor(theme.tint(note.note.color).fill))
            if note.note.kind == "arrow":
                painter.drawLine(*note.handles().values())
            else:
                painter.drawRect(note.rect)
        groups: dict[str, list[QRectF]] = {}
        for item in self._view.canvas_scene.node_items().values():
            layer = item.look.icon_layer
            color = layer_color(layer, theme) if layer is not None else theme.text_muted
            color = theme.tint(item.color).line if item.color else color
            groups.setdefault(theme.error if item.look.severity == "error" else color, []).append(item.rect)
        for color, rects in groups.items():
            painter.setPen(_cosmetic(QColor(color)))
            painter.setBrush(QColor(color))
            painter.drawRects(rects)
        painter.end()
        return picture

    def _go_to(self, at: QPointF) -> None:
        back, possible = self._to_map.inverted()
        if possible:
            self._view.center_on(back.map(at))

    def _on_scene_content_changed(self) -> None:
        if self._view.gesture is None:  # while something is dragged, the map waits
            self._picture = None
            self.refresh()

    def _on_theme_notifier_theme_changed(self) -> None:
        self._picture = None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._picture is None or self._picture.devicePixelRatio() != self.devicePixelRatioF():
            self._picture = self._draw_picture()
        theme = current_theme()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        inside = QRectF(self.rect()).adjusted(2.5, 2.5, -2.5, -2.5)
        seen = self._to_map.mapRect(self._view.seen()).intersected(inside)
        painter.setPen(QPen(QColor(theme.accent), 1.5))
        painter.setBrush(qcolor(theme.accent, 30))
        painter.drawRoundedRect(seen, 3, 3)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._go_to(event.position())
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go_to(event.position())
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()


def _cosmetic(color: QColor) -> QPen:
    pen = QPen(color, 1)
    pen.setCosmetic(True)
    return pen
