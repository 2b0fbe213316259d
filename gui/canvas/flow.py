"""Where values go: a glow around the nodes at work, and arrows that run along wires. Drawn over everything else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QLineF, QObject, QPointF, QRectF, Qt, QVariantAnimation
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from engine.graph import Edge
from gui.canvas.drawing import for_file
from gui.canvas.text import small_font, text_width
from gui.canvas.zoom_view import ZoomView
from gui.theme import Theme, current_theme, qcolor

if TYPE_CHECKING:
    from gui.canvas.scene import CanvasScene

Direction = Literal["forward", "backward", "update"]

PERIOD, FRAMES = 1_200, 36
"""Milliseconds in which an arrow comes to the place of the one before it, and pictures in that time."""
BETWEEN = 44.0
"""Points between two arrows of a wire."""
MOST_WIRES = 48
GLOW = ((16.0, 26), (10.0, 46), (5.0, 90))
"""Widths and strengths of the lines around a node at work."""
REACH = 12.0
LABEL_HEIGHT, LABEL_PADDING, LABEL_AWAY = 24.0, 8.0, 16.0


@dataclass(frozen=True, slots=True)
class Flow:
    """What is shown."""

    nodes: tuple[str, ...]
    """Ids of the nodes at work."""
    edges: tuple[Edge, ...] = ()
    """Along which values go."""
    direction: Direction = "forward"
    """Backward, they go from the target of an edge to its source."""
    label: str = ""
    """What goes there, in a few words."""
    moving: bool = False
    """The arrows run; else they stand."""
    follow: bool = False
    """Scroll so that the nodes are seen."""


def flow_color(direction: Direction, theme: Theme) -> QColor:
    """Blue forward, orange backward, green for a change of weights; told apart by the colour-blind, too."""
    names = {"forward": theme.accent, "backward": theme.classes[0], "update": theme.success}
    return QColor(names[direction])


class FlowLayer(QObject):
    """Shows a flow on a scene, and lets its arrows run while it is moving. It does nothing while there is none."""

    def __init__(self, scene: CanvasScene) -> None:
        super().__init__(scene)
        self._scene = scene
        self._flow: Flow | None = None
        self._item: FlowItem | None = None
        self._animation = QVariantAnimation(self)
        self._animation.setStartValue(0)
        self._animation.setEndValue(FRAMES)
        self._animation.setDuration(PERIOD)
        self._animation.setLoopCount(-1)
        self._animation.valueChanged.connect(self._on_animation_value_changed)
        scene.content_changed.connect(self._on_scene_content_changed)

    @property
    def flow(self) -> Flow | None:
        """What is shown now."""
        return self._flow

    @property
    def item(self) -> FlowItem | None:
        """What draws it."""
        return self._item

    @property
    def is_moving(self) -> bool:
        """The arrows run."""
        return self._animation.state() == QVariantAnimation.State.Running

    def show(self, flow: Flow | None) -> None:
        """Show another flow; None for nothing."""
        self._flow = flow
        if flow is None:
            self._animation.stop()
            if self._item is not None:
                self._scene.removeItem(self._item)
                self._item = None
            return
        if self._item is None:
            self._item = FlowItem()
            self._scene.addItem(self._item)
        self._place()
        if flow.moving and flow.edges:
            if not self.is_moving:
                self._animation.start()
        else:
            self._animation.stop()
            self._item.set_phase(0.5)
        if flow.follow:
            self._scroll()

    def _place(self) -> None:
        assert self._flow is not None
        assert self._item is not None
        scene, flow, rects, paths = self._scene, self._flow, {}, {}
        for node_id in flow.nodes:
            try:
                item = scene.node_item(node_id)
            except KeyError:
                continue  # it was deleted meanwhile
            rects[item.node_id] = QRectF(item.rect)
        for edge in flow.edges[:MOST_WIRES]:
            wire = scene.shown.known(edge)
            if wire in scene.shown.wires:
                paths[wire] = QPainterPath(scene.edge_item(wire).path)
        ends = [scene.node_item(name).rect for edge in paths for name in (edge.source, edge.target)]
        self._item.set_flow(flow, [*rects.values()], [*paths.values()], ends)

    def _scroll(self) -> None:
        assert self._flow is not None
        rect = self._scene.rect_of(self._flow.nodes)
        for view in self._scene.views():
            if isinstance(view, ZoomView) and not rect.isEmpty():
                view.show_rect(rect.adjusted(-REACH, -LABEL_HEIGHT - LABEL_AWAY, REACH, REACH))

    def _on_scene_content_changed(self) -> None:
        if self._flow is not None:
            self._place()

    def _on_animation_value_changed(self, value: int) -> None:
        if self._item is not None:
            self._item.set_phase(value / FRAMES)


class FlowItem(QGraphicsItem):
    """Draws a flow: it takes no part in what lies under the mouse."""

    def __init__(self) -> None:
        super().__init__()
        self._flow = Flow(())
        self._rects: list[QRectF] = []
        self._paths: list[QPainterPath] = []
        self._bounds = QRectF()
        self._label = FlowLabel(self)
        self._stem = QLineF()
        self._phase = 0.5
        self.setZValue(6)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    @property
    def label_rect(self) -> QRectF:
        """Where the label stands at a zoom of 1; empty without one."""
        return self._label.boundingRect().translated(self._label.pos()) if self._label.isVisible() else QRectF()

    def set_flow(self, flow: Flow, rects: list[QRectF], paths: list[QPainterPath], ends: list[QRectF]) -> None:
        """Draw this.

        Args:
            flow: What is meant.
            rects: The boxes at work.
            paths: The wires.
            ends: The boxes at the ends of the wires, which the label keeps clear of.
        """
        self.prepareGeometryChange()
        self._flow, self._rects, self._paths = flow, rects, paths
        self._place_label(ends)
        bounds = QRectF(self._stem.p1(), self._stem.p2()).normalized().adjusted(-2, -2, 2, 2)
        bounds = QRectF() if self._stem.isNull() else bounds
        for rect in (*rects, *(path.boundingRect() for path in paths)):
            bounds = bounds.united(rect.adjusted(-REACH, -REACH, REACH, REACH))
        self._bounds = bounds
        self.update()

    def set_phase(self, phase: float) -> None:
        """How far the arrows are on their way to the next one's place, from 0 to 1."""
        if phase != self._phase:
            self._phase = phase
            self.update()

    def _place_label(self, ends: list[QRectF]) -> None:
        self._stem = QLineF()
        shown = bool(self._flow.label and (self._rects or self._paths))
        self._label.setVisible(shown)
        if not shown:
            return
        if self._paths:
            foot = self._paths[0].pointAtPercent(0.5)
            above = min([foot.y(), *(rect.top() for rect in ends[:2])])
        else:
            foot = QPointF(self._rects[0].center().x(), self._rects[0].top())
            above = foot.y()
        self._stem = QLineF(QPointF(foot.x(), above - LABEL_AWAY), foot)
        self._label.set_text(self._flow.label, flow_color(self._flow.direction, current_theme()))
        self._label.setPos(self._stem.p1())

    def boundingRect(self) -> QRectF:
        return self._bounds

    def shape(self) -> QPainterPath:
        return QPainterPath()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if for_file():
            return
        theme = current_theme()
        color = flow_color(self._flow.direction, theme)
        zoom = QStyleOptionGraphicsItem.levelOfDetailFromTransform(painter.worldTransform())
        larger = max(1.0, min(4.0, 0.7 / zoom))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for rect in self._rects:
            for width, strength in GLOW:
                painter.setPen(QPen(qcolor(color.name(), strength), width))
                painter.drawRoundedRect(rect, 9, 9)
            painter.setPen(QPen(color, 2 * larger))
            painter.drawRoundedRect(rect, 9, 9)
        for path in self._paths:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(qcolor(theme.canvas, 235), 16, c=Qt.PenCapStyle.FlatCap))  # over the label of the wire
            painter.drawPath(path)
            painter.setPen(QPen(qcolor(color.name(), 110), 5 * larger, c=Qt.PenCapStyle.RoundCap))
            painter.drawPath(path)
            self._paint_arrows(painter, path, color, theme, larger)
        painter.setPen(QPen(color, 1.25 * larger))
        painter.drawLine(self._stem)

    def _paint_arrows(self, painter: QPainter, path: QPainterPath, color: QColor, theme: Theme, larger: float) -> None:
        count = max(1, round(path.length() / (BETWEEN * larger)))
        back = self._flow.direction == "backward"
        arrow = QPolygonF([QPointF(-5, -6), QPointF(6, 0), QPointF(-5, 6), QPointF(-2.5, 0)])
        painter.setPen(QPen(QColor(theme.canvas), 1.0))
        painter.setBrush(color)
        for number in range(count):
            place = (number + self._phase) / count
            place = min(max(1 - place if back else place, 0.0), 1.0)
            painter.save()
            painter.translate(path.pointAtPercent(place))
            painter.rotate(-path.angleAtPercent(place) + 180 * back)
            painter.scale(larger, larger)
            painter.drawPolygon(arrow)
            painter.restore()


class FlowLabel(QGraphicsItem):
    """The words above a flow, equally large at every zoom."""

    def __init__(self, parent: QGraphicsItem) -> None:
        super().__init__(parent)
        self._text = ""
        self._color = QColor()
        self._rect = QRectF()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def set_text(self, text: str, color: QColor) -> None:
        """Show this, in a frame of this colour."""
        self.prepareGeometryChange()
        width = text_width(text, small_font()) + 2 * LABEL_PADDING
        self._text, self._color = text, color
        self._rect = QRectF(-width / 2, -LABEL_HEIGHT, width, LABEL_HEIGHT)
        self.update()

    def boundingRect(self) -> QRectF:
        return self._rect.adjusted(-1, -1, 1, 1)

    def shape(self) -> QPainterPath:
        return QPainterPath()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if for_file():
            return
        theme = current_theme()
        painter.setPen(QPen(self._color, 1.25))
        painter.setBrush(QColor(theme.node_fill))
        painter.drawRoundedRect(self._rect, 6, 6)
        painter.setFont(small_font())
        painter.setPen(QColor(theme.text))
        painter.drawText(self._rect, Qt.AlignmentFlag.AlignCenter, self._text)
