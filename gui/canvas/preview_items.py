"""What is drawn only while a gesture lasts: the wire being dragged, the outline of a layer being dropped."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from gui.canvas.geometry import NODE_HEIGHT, NODE_WIDTH, wire_path
from gui.theme import current_theme, qcolor


class WirePreview(QGraphicsItem):
    """The loose wire under the mouse."""

    def __init__(self) -> None:
        super().__init__()
        self._path = QPainterPath()
        self._state = "loose"
        self.setZValue(5)

    def set_ends(self, start: QPointF, end: QPointF, state: str) -> None:
        """`state` is loose, possible, doubtful or refused."""
        self.prepareGeometryChange()
        self._path, self._state = wire_path(start, end), state
        self.update()

    def boundingRect(self) -> QRectF:
        return self._path.boundingRect().adjusted(-8, -8, 8, 8)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        theme = current_theme()
        colors = {"possible": theme.accent, "doubtful": theme.warning, "refused": theme.error}
        pen = QPen(QColor(colors.get(self._state, theme.accent)), 2.25, c=Qt.PenCapStyle.RoundCap)
        if self._state in ("loose", "refused"):
            pen.setDashPattern([4, 3])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(self._path)
        painter.setBrush(pen.color())
        painter.drawEllipse(self._path.currentPosition(), 3.5, 3.5)


class BoxPreview(QGraphicsItem):
    """Where a dropped layer would stand."""

    def __init__(self) -> None:
        super().__init__()
        self.setZValue(4)

    def boundingRect(self) -> QRectF:
        return QRectF(-2, -2, NODE_WIDTH + 4, NODE_HEIGHT + 4)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        theme = current_theme()
        pen = QPen(QColor(theme.accent), 1.5)
        pen.setDashPattern([4, 3])
        painter.setPen(pen)
        painter.setBrush(qcolor(theme.accent, 28))
        painter.drawRoundedRect(QRectF(0, 0, NODE_WIDTH, NODE_HEIGHT), 8, 8)


class BandPreview(QGraphicsItem):
    """The rubber band."""

    def __init__(self) -> None:
        super().__init__()
        self._rect = QRectF()
        self.setZValue(6)

    def set_rect(self, rect: QRectF) -> None:
        """Draw it there."""
        self.prepareGeometryChange()
        self._rect = rect
        self.update()

    def boundingRect(self) -> QRectF:
        return self._rect.adjusted(-2, -2, 2, 2)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        theme = current_theme()
        pen = QPen(QColor(theme.selection), 1)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.setBrush(qcolor(theme.selection, 26))
        painter.drawRect(self._rect)
