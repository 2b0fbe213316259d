"""A view that can be zoomed to the pointer, panned without limits and fitted, over a grid of dots."""

from __future__ import annotations

from math import ceil, floor

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QGraphicsItem, QGraphicsScene, QGraphicsView, QStyleOptionGraphicsItem, QWidget

from gui.canvas.geometry import GRID
from gui.theme import current_theme

SMALLEST, LARGEST = 0.1, 4.0
STEP = 1.2
FIT_MARGIN = 40.0
DOTS = 3 * GRID
CLOSEST_DOTS = 18
NOWHERE = QRect(-1_000_000, -1_000_000, 1, 1)
"""A part of the viewport where nothing lies."""


class ZoomView(QGraphicsView):
    """Zoom, pan, fit, background."""

    seen_changed = Signal()
    """Another part of the scene is seen, or in another size."""

    def __init__(self, scene: QGraphicsScene, parent: QWidget | None = None) -> None:
        super().__init__(scene, parent)
        self._fitted = True
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.SmartViewportUpdate)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontSavePainterState, False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.DefaultContextMenu)

    def content_rect(self) -> QRectF:
        """What `fit` shows."""
        return self.scene().itemsBoundingRect()

    def central_point(self) -> QPointF:
        """What `fit` shows in the middle when not everything fits."""
        return self.content_rect().center()

    def plain_items(self) -> list[QGraphicsItem] | None:
        """The few items that are drawn in place of all, from back to front; None if all are drawn."""
        return None

    def placeholder(self) -> str:
        """What is said in the middle of an empty view."""
        return ""

    @property
    def zoom(self) -> float:
        """Points of the screen per point of the scene."""
        return self.transform().m11()

    def zoom_by(self, factor: float, at: QPoint | None = None) -> None:
        """Zoom so that what is under a point of the viewport (its middle if none is given) stays there."""
        at = self.viewport().rect().center() if at is None else at
        factor = max(SMALLEST, min(LARGEST, self.zoom * factor)) / self.zoom
        before = self.mapToScene(at)
        self.scale(factor, factor)
        self.scroll_by(at - self.mapFromScene(before))

    def zoom_in(self) -> None:
        """One step nearer."""
        self.zoom_by(STEP)

    def zoom_out(self) -> None:
        """One step farther."""
        self.zoom_by(1 / STEP)

    def reset_zoom(self) -> None:
        """One point of the design is one point of the screen."""
        self.zoom_by(1 / self.zoom)

    def fit(self) -> None:
        """Show the whole design, not larger than 100 %; it stays fitted when the window changes its size."""
        rect = self.content_rect()
        if rect.isEmpty():
            rect = QRectF(-1, -1, 2, 2)
        area = self.viewport().rect()
        width, height = max(1.0, area.width() - 2 * FIT_MARGIN), max(1.0, area.height() - 2 * FIT_MARGIN)
        needed = min(1.0, width / rect.width(), height / rect.height())
        zoom = max(SMALLEST, needed)
        self.resetTransform()
        self.scale(zoom, zoom)
        self.center_on(rect.center() if needed >= SMALLEST else self.central_point())
        self._fitted = True

    def scroll_by(self, delta: QPoint) -> None:
        """Move what is seen by so many points of the screen."""
        across, down = self.horizontalScrollBar(), self.verticalScrollBar()
        across.setValue(across.value() - delta.x())
        down.setValue(down.value() - delta.y())
        self._fitted = False
        self.seen_changed.emit()

    def center_on(self, point: QPointF) -> None:
        """Bring a point of the scene to the middle."""
        self.centerOn(point)
        self._fitted = False
        self.seen_changed.emit()

    def show_rect(self, rect: QRectF) -> None:
        """Scroll as little as needed to show a part of the scene."""
        area = QRectF(self.mapToScene(QPoint(0, 0)), self.mapToScene(self.viewport().rect().bottomRight()))
        if not area.contains(rect):
            self.ensureVisible(rect, int(FIT_MARGIN), int(FIT_MARGIN))
            self._fitted = False
            self.seen_changed.emit()

    def reach(self, points: float) -> float:
        """A distance on the screen, at most twice as long in the scene."""
        return points * max(1.0, min(2.0, 1 / self.zoom))

    def render_image(self, size: QSize) -> QImage:
        """A picture of the whole design, for thumbnails."""
        image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(QColor(current_theme().canvas))
        rect = self.content_rect()
        if rect.isEmpty() or size.isEmpty():
            return image
        rect.adjust(-FIT_MARGIN / 2, -FIT_MARGIN / 2, FIT_MARGIN / 2, FIT_MARGIN / 2)
        scale = min(1.0, size.width() / rect.width(), size.height() / rect.height())
        target = QRectF(0, 0, rect.width() * scale, rect.height() * scale)
        target.moveCenter(QPointF(size.width() / 2, size.height() / 2))
        painter = QPainter(image)
        painter.setRenderHints(self.renderHints())
        plain = self.plain_items()
        if plain is None:
            self.scene().render(painter, target, rect)
        else:
            painter.translate(target.topLeft())
            painter.scale(scale, scale)
            painter.translate(-rect.topLeft())
            _paint_items(painter, plain, rect)
        painter.end()
        return image

    def wheelEvent(self, event: QWheelEvent) -> None:
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if not event.pixelDelta().isNull() and event.phase() != Qt.ScrollPhase.NoScrollPhase and not control:
            self.scroll_by(event.pixelDelta())  # two fingers on a touch pad
        elif event.angleDelta().y():
            self.zoom_by(STEP ** (event.angleDelta().y() / 120), event.position().toPoint())
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        plain = self.plain_items()
        if plain is None:
            super().paintEvent(event)
            return
        super().paintEvent(QPaintEvent(NOWHERE))  # else the scene waits for its turn and asks for no further repaint
        area = self.mapToScene(event.rect()).boundingRect()
        painter = QPainter(self.viewport())
        painter.setRenderHints(self.renderHints())
        painter.setWorldTransform(self.viewportTransform())
        self.drawBackground(painter, area)
        _paint_items(painter, plain, area)
        self.drawForeground(painter, area)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._fitted:
            self.fit()

    def drawBackground(self, painter: QPainter, rect: QRectF | object) -> None:
        theme = current_theme()
        assert isinstance(rect, QRectF)
        painter.fillRect(rect, QColor(theme.canvas))
        pitch = DOTS
        while pitch * self.zoom < CLOSEST_DOTS:
            pitch *= 2
        left, top = floor(rect.left() / pitch) * pitch, floor(rect.top() / pitch) * pitch
        rows, columns = (ceil(side / pitch) + 2 for side in (rect.height(), rect.width()))
        row = QPolygonF([QPointF(left + column * pitch, top) for column in range(columns)])
        pen = QPen(QColor(theme.grid), 2.0)
        pen.setCosmetic(True)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)  # four times as fast, and looks the same
        painter.setPen(pen)
        for _ in range(rows):
            painter.drawPoints(row)
            painter.translate(0, pitch)
        painter.restore()

    def drawForeground(self, painter: QPainter, rect: QRectF | object) -> None:
        if text := self.placeholder():
            painter.resetTransform()
            painter.setPen(QColor(current_theme().text_muted))
            painter.setFont(self.font())
            area = QRectF(self.viewport().rect()).adjusted(24, 24, -24, -24)
            painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), text)


def _paint_items(painter: QPainter, items: list[QGraphicsItem], area: QRectF) -> None:
    """Let items draw themselves without the scene, which would go through all it has."""
    base, option = QTransform(painter.worldTransform()), QStyleOptionGraphicsItem()
    for item in items:
        if item.isVisible() and item.sceneBoundingRect().intersects(area):
            painter.save()
            painter.setWorldTransform(item.sceneTransform() * base)
            painter.setOpacity(item.opacity())
            option.exposedRect = item.boundingRect()  # type: ignore[attr-defined]
            item.paint(painter, option)
            painter.restore()
