"""The wire of one edge, with the shape of what flows through it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPainterPathStroker, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsSceneHoverEvent, QStyleOptionGraphicsItem, QWidget

from engine.graph import Edge
from gui.canvas.geometry import NODE_HEIGHT, PORT_RADIUS, WIRE_REACH, wire_path
from gui.canvas.text import small_font, text_width
from gui.theme import current_theme, qcolor

LABEL_HEIGHT = 18.0
FAR = 0.5


class EdgeItem(QGraphicsItem):
    """Draws a wire. It shows what the scene gives it."""

    def __init__(self, edge: Edge) -> None:
        super().__init__()
        self.edge = edge
        self._path = QPainterPath()
        self._label = ""
        self._label_rect = QRectF()
        self._fits = False
        self._problem = False
        self._hovered = self._marked = False
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIsSelectable)
        self.setAcceptHoverEvents(True)
        self.setZValue(0)

    @property
    def path(self) -> QPainterPath:
        """The curve, in scene coordinates."""
        return self._path

    @property
    def label(self) -> str:
        """The shape it carries."""
        return self._label

    @property
    def label_fits(self) -> bool:
        """Whether there is room for the label between the nodes; if not, it shows only under the mouse."""
        return self._fits

    def set_ends(self, start: QPointF, end: QPointF) -> None:
        """Draw it from an output port to an input port."""
        path = wire_path(start, end)
        if path != self._path:
            self.prepareGeometryChange()
            self._path = path
            self._place_label()

    def set_label(self, label: str, tooltip: str, problem: bool) -> None:
        """Show this shape; `problem` colours the wire as wrong."""
        self.setToolTip(tooltip)
        if (label, problem) != (self._label, self._problem):
            self.prepareGeometryChange()
            self._label, self._problem = label, problem
            self._place_label()
            self.update()

    def set_marked(self, marked: bool) -> None:
        """Show that a dropped layer would go in here."""
        if marked != self._marked:
            self._marked = marked
            self.update()

    def _place_label(self) -> None:
        if self._path.isEmpty():
            return
        width = text_width(self._label, small_font()) + 10
        middle = self._path.pointAtPercent(0.5)
        self._label_rect = QRectF(middle.x() - width / 2, middle.y() - LABEL_HEIGHT / 2, width, LABEL_HEIGHT)
        start, end = self._path.pointAtPercent(0), self._path.currentPosition()
        across, down = end.x() - start.x(), abs(end.y() - start.y())
        self._fits = across < 0 or across >= width + 2 * PORT_RADIUS or down > NODE_HEIGHT + 2 * LABEL_HEIGHT

    def _strong(self) -> bool:
        return self.isSelected() or self._hovered or self._marked

    def boundingRect(self) -> QRectF:
        return self._path.boundingRect().united(self._label_rect).adjusted(-6, -6, 6, 6)

    def shape(self) -> QPainterPath:
        stroker = QPainterPathStroker()
        stroker.setWidth(2 * WIRE_REACH)
        return stroker.createStroke(self._path)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        theme = current_theme()
        color = QColor(theme.error if self._problem else theme.wire)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self.isSelected() or self._marked:
            painter.setPen(QPen(qcolor(theme.focus, 60), 7, c=Qt.PenCapStyle.RoundCap))
            painter.drawPath(self._path)
            color = QColor(theme.selection)
        elif self._hovered:
            color = QColor(theme.accent)
        pen = QPen(color, 2.5 if self._strong() else 1.75, c=Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawPath(self._path)
        zoom = QStyleOptionGraphicsItem.levelOfDetailFromTransform(painter.worldTransform())
        if not self._label or zoom < FAR or not (self._fits or self._strong()):
            return
        painter.setPen(QPen(color, 1) if self._strong() else Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.canvas))
        painter.drawRoundedRect(self._label_rect, 5, 5)
        painter.setPen(QColor(theme.text_muted if not self._strong() else theme.text))
        painter.setFont(small_font())
        painter.drawText(self._label_rect, Qt.AlignmentFlag.AlignCenter, self._label)

    def itemChange(self, change: QGraphicsItem.GraphicsItemChange, value: Any) -> Any:
        if change == QGraphicsItem.GraphicsItemChange.ItemSelectedHasChanged:
            self._raise()
        return super().itemChange(change, value)

    def hoverEnterEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        self._hovered = True
        self._raise()

    def hoverLeaveEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        self._hovered = False
        self._raise()

    def _raise(self) -> None:
        self.setZValue(1 if self._strong() else 0)
        self.update()
