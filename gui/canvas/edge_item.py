"""The wire of one edge, with the shape of what flows through it."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPainterPathStroker, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsSceneHoverEvent, QStyleOptionGraphicsItem, QWidget

from engine.graph import Edge
from engine.shapes import Shape
from gui.canvas.drawing import drawing_theme, exactly, for_file
from gui.canvas.geometry import NODE_HEIGHT, PORT_RADIUS, WIRE_REACH, wire_path
from gui.canvas.pictures import Pictures
from gui.canvas.shape_label import LABEL_HEIGHT, NAMED_HEIGHT, label_width, paint_label
from gui.canvas.shape_names import dimension_names
from gui.theme import Theme, qcolor

FAR = 0.65
"""Below this zoom labels are not drawn."""
BENDS = 6
GRIP = 20.0
"""How far from its ends a selected wire shows where it can be taken hold of."""


class EdgeItem(QGraphicsItem):
    """Draws a wire. It shows what the scene gives it."""

    def __init__(self, edge: Edge, pictures: Pictures) -> None:
        super().__init__()
        self.edge = edge
        self._pictures = pictures
        self._bounds = QRectF()
        self._path = QPainterPath()
        self._lines: list[QLineF] | None = None
        self._label = ""
        self._sizes: Shape = ()
        self._short = ""
        """The sizes alone, where the whole label has no room."""
        self._label_rect = QRectF()
        self._fits = self._faded = self._crowded = False
        self._lag = (0.0, 0.0)
        """How far the path was moved since the lines were made."""
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
    def lines(self) -> list[QLineF]:
        """The curve as few straight pieces, for the overview: one if it is straight."""
        if self._lines is None:
            start, end = self._path.pointAtPercent(0), self._path.currentPosition()
            straight = abs(start.y() - end.y()) < 1 and end.x() >= start.x()
            points = [start, end] if straight else [self._path.pointAtPercent(i / BENDS) for i in range(BENDS + 1)]
            self._lines, self._lag = [QLineF(a, b) for a, b in pairwise(points)], (0.0, 0.0)
        elif self._lag != (0.0, 0.0):
            self._lines, self._lag = [line.translated(*self._lag) for line in self._lines], (0.0, 0.0)
        return self._lines

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
            self._path, self._lines = path, None
            self._place_label()

    def shift(self, dx: float, dy: float) -> None:
        """Draw it elsewhere, because both its ends moved alike."""
        if dx or dy:
            self.prepareGeometryChange()
            self._path.translate(dx, dy)
            self._label_rect.translate(dx, dy)
            self._bounds.translate(dx, dy)
            self._lag = (self._lag[0] + dx, self._lag[1] + dy)

    def set_label(self, label: str, sizes: Shape, tooltip: str, problem: bool) -> None:
        """Show this shape, written and as numbers; `problem` colours the wire as wrong."""
        self.setToolTip(tooltip)
        if (label, sizes, problem) != (self._label, self._sizes, self._problem):
            self.prepareGeometryChange()
            self._label, self._sizes, self._problem = label, sizes, problem
            self._place_label()
            self.update()

    def set_marked(self, marked: bool) -> None:
        """Show that a dropped layer would go in here."""
        if marked != self._marked:
            self._marked = marked
            self.update()

    def set_faded(self, faded: bool) -> None:
        """Show that another wire is drawn in its place at the moment."""
        if faded != self._faded:
            self._faded = faded
            self.update()

    def set_crowded(self, crowded: bool) -> None:
        """Leave out the halo and the grips while it is selected, as a hundred others are, too."""
        if crowded != self._crowded:
            self._crowded = crowded
            self.update()

    def _place_label(self) -> None:
        if self._path.isEmpty():
            return
        start, end = self._path.pointAtPercent(0), self._path.currentPosition()
        across, down = end.x() - start.x(), abs(end.y() - start.y())
        steep = across < 0 or down > NODE_HEIGHT + 2 * LABEL_HEIGHT
        room = across - 2 * PORT_RADIUS
        self._fits = steep or room >= label_width(self._label)
        self._short = "" if self._fits or len(self._sizes) < 2 else "×".join(map(str, self._sizes))
        if self._short and room >= label_width(self._short) - 8:
            self._fits = True
        elif self._short:
            self._short = ""
        height = NAMED_HEIGHT if dimension_names(self._sizes) else LABEL_HEIGHT
        middle, width = self._path.pointAtPercent(0.5), label_width(self._label)
        self._label_rect = QRectF(middle.x() - width / 2, middle.y() - LABEL_HEIGHT / 2, width, height)
        self._bounds = self._path.boundingRect().united(self._label_rect).adjusted(-6, -6, 6, 6)

    def _strong(self) -> bool:
        return (self.isSelected() or self._hovered or self._marked) and not for_file()

    def boundingRect(self) -> QRectF:
        return self._bounds

    def shape(self) -> QPainterPath:
        stroker = QPainterPathStroker()
        stroker.setWidth(2 * WIRE_REACH)
        return stroker.createStroke(self._path)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        theme = drawing_theme()
        color = QColor(theme.error if self._problem else theme.wire)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self._faded:
            painter.setOpacity(0.25)
        if (self.isSelected() or self._marked) and not for_file():
            if not self._crowded:
                painter.setPen(QPen(qcolor(theme.focus, 60), 7, c=Qt.PenCapStyle.RoundCap))
                painter.drawPath(self._path)
            color = QColor(theme.selection)
        elif self._hovered and not for_file():
            color = QColor(theme.accent)
        pen = QPen(color, 2.5 if self._strong() else 1.75, c=Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawPath(self._path)
        if self.isSelected() and not self._crowded and not for_file():
            self._paint_grips(painter, color)
        zoom = QStyleOptionGraphicsItem.levelOfDetailFromTransform(painter.worldTransform())
        if self._label and (zoom >= FAR or exactly()) and (self._fits or self._strong()):
            self._paint_label(painter, theme, color)

    def _paint_label(self, painter: QPainter, theme: Theme, color: QColor) -> None:
        label, sizes, rect = self._label, self._sizes, self._label_rect
        if self._short and not self._strong():
            label, sizes, width = self._short, (), label_width(self._short)
            rect = QRectF(rect.center().x() - width / 2, rect.top(), width, LABEL_HEIGHT)
        if for_file() or self._strong():
            fill = QColor(theme.node_fill if for_file() else theme.canvas)
            paint_label(painter, theme, rect, label, sizes, fill, color, self._strong())
            return
        area, fill = QRectF(0, 0, rect.width(), rect.height()), QColor(theme.canvas)
        painter.translate(rect.topLeft())
        self._pictures.draw(
            painter, (label, sizes), theme.name, area,
            lambda p: paint_label(p, theme, area, label, sizes, fill, color, False),
        )  # fmt: skip

    def _paint_grips(self, painter: QPainter, color: QColor) -> None:
        length = self._path.length()
        away = min(GRIP, length / 4)
        painter.setPen(QPen(color, 2))
        painter.setBrush(QColor(drawing_theme().node_fill))
        for at in (away, length - away):
            painter.drawEllipse(self._path.pointAtPercent(self._path.percentAtLength(at)), 3.5, 3.5)

    def setSelected(self, selected: bool, /) -> None:
        super().setSelected(selected)
        self._raise()

    def hoverEnterEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        self._hovered = True
        self._raise()

    def hoverLeaveEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        self._hovered = False
        self._raise()

    def _raise(self) -> None:
        self.setZValue(3.5 if self._strong() else 0)
        self.update()
