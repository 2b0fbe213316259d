"""The box of one node. It shows what the scene gives it and knows neither document nor other items."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import QGraphicsItem, QGraphicsSceneHoverEvent, QStyleOptionGraphicsItem, QWidget

from gui.canvas.drawing import draw_icon_lines, drawing_theme, exactly, for_file, lower_part, rounded
from gui.canvas.geometry import NODE_WIDTH, PORT_RADIUS, PORT_REACH, NodeBox
from gui.canvas.node_look import NodeLook
from gui.canvas.pictures import Pictures
from gui.canvas.text import elided, elided_lines, large_font, small_font, text_width, title_font
from gui.document.appearance import layer_color, layer_icon
from gui.theme import Theme, qcolor
from gui.widgets.icons import pixmap

PADDING = 10.0
TILE = 32.0
TEXT_X = PADDING + TILE + 8
FOOTER = 26.0
BADGE = 16.0
MARGIN = PORT_REACH + 2
SMALL = 0.55
"""Below this zoom only icon and name are drawn, larger."""

PortState = Literal["normal", "open", "open_output", "refused", "target"]


class NodeItem(QGraphicsItem):
    """Draws a node: icon, name, key settings, output shape, parameter count, ports and problem."""

    reserved = 0.0
    """Room for something else at the right of the name."""

    def __init__(self, node_id: str, pictures: Pictures) -> None:
        super().__init__()
        self.node_id = node_id
        self._pictures = pictures
        self._version = 0
        self._area = QRectF()
        self._rect = QRectF()
        self._box = NodeBox(node_id, 0, 0)
        self._look = NodeLook("", "", "", "")
        self._color = ""
        self._port_state: PortState = "normal"
        self._hovered = False
        self._lines: tuple[str, ...] = ()
        self._title = self._large_title = self._detail = self._shape = ""
        self._outline = self._strip = QPainterPath()
        self._reshape()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIsSelectable)
        self.setAcceptHoverEvents(True)
        self.setZValue(2)

    @property
    def box(self) -> NodeBox:
        """Where it is drawn now, which differs from the document while it is dragged."""
        return self._box

    @property
    def look(self) -> NodeLook:
        """What it shows."""
        return self._look

    @property
    def port_state(self) -> PortState:
        """How its input ports answer to the wire that is being dragged."""
        return self._port_state

    @property
    def rect(self) -> QRectF:
        """The box as drawn, in the scene."""
        return self._rect

    def set_box(self, box: NodeBox) -> None:
        """Draw it there, with these ports."""
        if box == self._box:
            return
        if box.form != self._box.form:
            self.prepareGeometryChange()
            self._box = box
            self._reshape()
            self.update()
        self._box, self._rect = box, box.rect
        self.setPos(box.x, box.y)

    def shift(self, dx: float, dy: float) -> None:
        """Draw it elsewhere; much cheaper than `set_box`."""
        self._box, self._rect = self._box.moved(dx, dy), self._rect.translated(dx, dy)
        self.moveBy(dx, dy)

    def set_look(self, look: NodeLook) -> None:
        """Show something else."""
        if look != self._look:
            self._look = look
            self.setToolTip(look.tooltip)
            self._reshape()
            self.fit_text()

    @property
    def color(self) -> str:
        """The colour that the user gave it, by name; "" for none."""
        return self._color

    def set_color(self, color: str) -> None:
        """Show a colour of the user's choice."""
        if color != self._color:
            self._color = color
            self._version += 1
            self.update()

    def fit_text(self) -> None:
        """Shorten all text to the room there is; needed again when the font changes."""
        look, small = self._look, small_font()
        taken = (BADGE + 6) * (bool(look.severity) + look.frozen + look.stale) + self.reserved
        width = NODE_WIDTH - TEXT_X - PADDING
        self._title = elided(look.title, title_font(), width - taken, Qt.TextElideMode.ElideMiddle)
        self._large_title = elided(look.title, large_font(), NODE_WIDTH - 48 - 2.5 * PADDING)
        self._detail = elided(look.detail, small, width)
        room = NODE_WIDTH - 2 * PADDING - (text_width(look.parameters, small) + 10 if look.parameters else 0)
        self._shape = elided(look.shape, small, room)
        self._lines = elided_lines(look.problem, small, NODE_WIDTH - 2 * PADDING, 2) if look.problem else ()
        self._version += 1
        self.update()

    def set_port_state(self, state: PortState) -> None:
        """Light up or dim the input ports."""
        if state != self._port_state:
            self._port_state = state
            self.update()

    def _icon(self) -> str:
        """Name of its icon, or ""."""
        return layer_icon(self._look.icon_layer) if self._look.icon_layer is not None else ""

    def title_rect(self) -> QRectF:
        """Where the name stands, in the item's coordinates."""
        return QRectF(TEXT_X, PADDING - 1, NODE_WIDTH - TEXT_X - PADDING, 18)

    def _reshape(self) -> None:
        """Outline and problem strip for the box and the look: rounded; the ends of a network have a round side."""
        left = 24.0 if self._look.source else 8.0
        right = 24.0 if self._look.terminal else 8.0
        rect = self._box.rect
        height = rect.height()
        self._area = QRectF(-MARGIN, -6, rect.width() + 2 * MARGIN, height + 12)
        self._version += 1
        self._outline = rounded(0.5, 0.5, NODE_WIDTH - 1, height - 1, left, right)
        self._strip = QPainterPath()
        if self._box.problem:
            self._strip = lower_part(height, self._box.body_height, left, right)

    def _paint_box(self, painter: QPainter, theme: Theme, outline: QPainterPath, color: str) -> None:
        look = self._look
        fill = qcolor(theme.tint(self._color).fill if self._color else theme.node_fill)
        painter.fillPath(outline.translated(0, 2), qcolor(theme.node_border, 50))
        painter.fillPath(outline, fill)
        if (look.source or look.terminal) and not self._color:
            painter.fillPath(outline, qcolor(color, 30))
        if look.unknown:
            painter.fillPath(outline, QBrush(qcolor(theme.node_border, 110), Qt.BrushStyle.BDiagPattern))
        if look.problem:
            soft = theme.error_soft if look.severity == "error" else theme.warning_soft
            painter.fillPath(self._strip, QColor(soft))

    def _paint_border(self, painter: QPainter, theme: Theme, outline: QPainterPath, plain: bool = False) -> None:
        look = self._look
        line = qcolor(theme.tint(self._color).line, 150) if self._color else QColor(theme.node_border)
        if look.severity:
            line = QColor(theme.error if look.severity == "error" else theme.warning)
        elif self._hovered and not plain:
            line = QColor(theme.border_strong)
        pen = QPen(line, 1.0)
        if look.unknown or not look.used:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if (self.isSelected() or self._port_state == "target") and not plain:
            active = self.scene() is not None and self.scene().hasFocus()
            painter.setPen(QPen(qcolor(theme.focus, 70 if active else 35), 7))
            painter.drawPath(outline)
            pen = QPen(QColor(theme.selection), 2)
        painter.setPen(pen)
        painter.drawPath(outline)

    def _paint_text(self, painter: QPainter, theme: Theme) -> None:
        look, small = self._look, small_font()
        width = NODE_WIDTH - TEXT_X - PADDING
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(QColor(theme.text))
        painter.setFont(title_font())
        painter.drawText(QRectF(TEXT_X, PADDING - 1, width, 18), left | middle, self._title)
        painter.setFont(small)
        painter.setPen(QColor(theme.text_muted))
        painter.drawText(QRectF(TEXT_X, PADDING + 17, width, 16), left | middle, self._detail)
        footer = QRectF(PADDING, self._box.body_height - FOOTER, NODE_WIDTH - 2 * PADDING, FOOTER - 2)
        if look.source:
            footer.setLeft(PADDING + 4)
        if look.terminal:
            footer.setRight(footer.right() - 4)
        painter.drawText(footer, right | middle, look.parameters)
        painter.setPen(QColor(theme.text if look.shape != "?" else theme.text_muted))
        painter.drawText(footer, left | middle, self._shape)
        painter.setPen(QPen(QColor(theme.text), 1))
        for index, line in enumerate(self._lines if self._look.problem else ()):
            top = self._box.body_height + 3 + 16 * index
            painter.drawText(QRectF(PADDING, top, NODE_WIDTH - 2 * PADDING, 16), left | middle, line)

    def _paint_small(self, painter: QPainter, theme: Theme, color: str, ratio: float) -> None:
        """From some way off: a large icon and the name in large letters."""
        tile = QRectF(PADDING, self._box.body_height / 2 - 24, 48, 48)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(qcolor(color, 34))
        painter.drawRoundedRect(tile, 9, 9)
        if self._icon():
            _draw_icon(painter, tile.adjusted(6, 6, -6, -6), self._icon(), color, ratio)
        painter.setFont(large_font())
        painter.setPen(QColor(theme.text))
        left = tile.right() + PADDING
        row = QRectF(left, 0, NODE_WIDTH - left - PADDING / 2, self._box.body_height)
        painter.drawText(row, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self._large_title)
        self._paint_border(painter, theme, self._outline, plain=True)

    def _paint_marks(self, painter: QPainter, theme: Theme, ratio: float) -> None:
        right = NODE_WIDTH - PADDING - self.reserved
        if self._look.terminal:
            right -= 4
        if self._look.severity:
            color = theme.error if self._look.severity == "error" else theme.warning
            spot = QRectF(right - BADGE, PADDING, BADGE, BADGE)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(color))
            painter.drawEllipse(spot)
            painter.setFont(title_font())
            painter.setPen(QColor(theme.node_fill))
            painter.drawText(spot, Qt.AlignmentFlag.AlignCenter, "!")
            right -= BADGE + 6
        if self._look.frozen:
            spot = QRectF(right - BADGE, PADDING, BADGE, BADGE)
            _draw_icon(painter, spot, "layers/badge_frozen", theme.accent, ratio)
            right -= BADGE + 6
        if self._look.stale and not for_file():
            spot = QRectF(right - BADGE, PADDING, BADGE, BADGE)
            _draw_icon(painter, spot, "layers/badge_stale", theme.text_muted, ratio)

    def _paint_ports(self, painter: QPainter, theme: Theme, plain: bool = False) -> None:
        state = "normal" if plain else self._port_state
        fill, line, radius = theme.node_fill, theme.wire, PORT_RADIUS
        if state in ("open", "target"):
            fill, line, radius = theme.accent, theme.accent, PORT_RADIUS + 1.5
        origin = QPointF(self._box.x, self._box.y)
        painter.setPen(QPen(QColor(line), 1.5))
        painter.setBrush(QColor(fill))
        for index, port in enumerate(self._box.inputs):
            free = not self._box.inlets and len(self._box.inputs) > 1 and index == len(self._box.inputs) - 1
            painter.drawEllipse(
                self._box.input(port) - origin, radius - (1.5 if free else 0), radius - (1.5 if free else 0)
            )
        hot = (self._hovered and state == "normal" and not plain) or state == "open_output"
        painter.setPen(QPen(QColor(theme.accent if hot else theme.wire), 1.5))
        painter.setBrush(QColor(theme.accent if hot else theme.node_fill))
        radius = PORT_RADIUS + (1 if hot else 0)
        for hit in self._box.ports():
            if hit.port is None:
                painter.drawEllipse(self._box.place(hit) - origin, radius, radius)

    def boundingRect(self) -> QRectF:
        return self._area

    def shape(self) -> QPainterPath:
        path = QPainterPath()
        path.addRect(QRectF(0, 0, self._box.rect.width(), self._box.rect.height()))
        return path

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        theme = drawing_theme()
        if for_file():
            self._paint_node(painter, theme)
            return
        if self._port_state == "refused":
            painter.setOpacity(0.4)
        version = (self._version, theme.name)
        if not self._pictures.draw(painter, self, version, self._area, lambda p: self._paint_node(p, theme)):
            self._paint_plainly(painter, theme)
        if self.isSelected() and not self._hovered and self._port_state == "normal":
            self._draw_chosen(painter, theme)
        elif self._hovered or self.isSelected() or self._port_state == "target":
            self._paint_border(painter, theme, self._outline)
            self._paint_ports(painter, theme)
        elif self._port_state in ("open", "open_output"):
            self._paint_ports(painter, theme)

    def _paint_plainly(self, painter: QPainter, theme: Theme) -> None:
        """While there is no time for its picture: as the overview draws it."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QColor(theme.node_border))
        painter.setBrush(QColor(theme.tint(self._color).fill if self._color else theme.node_fill))
        painter.drawRect(QRectF(0, 0, NODE_WIDTH, self._rect.height()))
        layer = self._look.icon_layer
        color = layer_color(layer, theme) if layer is not None else theme.text_muted
        painter.fillRect(QRectF(PADDING, PADDING, TILE + PADDING, TILE + PADDING), qcolor(color, 170))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)

    def _draw_chosen(self, painter: QPainter, theme: Theme) -> None:
        """Border and ports of a selected node: one picture for all of the same form, as hundreds may be selected."""
        look, box = self._look, self._box
        active = self.scene() is not None and self.scene().hasFocus()
        form = (len(box.inputs), bool(box.inlets), len(box.outlets), box.has_output, box.problem)
        key = ("chosen", *form, look.source, look.terminal, look.unknown or not look.used, active)

        def paint(to: QPainter) -> None:
            self._paint_border(to, theme, self._outline)
            self._paint_ports(to, theme)

        if not self._pictures.draw(painter, key, theme.name, self._area, paint):
            paint(painter)

    def _paint_node(self, painter: QPainter, theme: Theme) -> None:
        """All of it as it is by itself: not selected, not under the mouse."""
        zoom = QStyleOptionGraphicsItem.levelOfDetailFromTransform(painter.worldTransform())
        layer = self._look.icon_layer
        color = layer_color(layer, theme) if layer is not None else theme.text_muted
        self._paint_box(painter, theme, self._outline, color)
        ratio = zoom * painter.device().devicePixelRatioF()
        if zoom < SMALL and not exactly():
            self._paint_small(painter, theme, color, ratio)
            return
        tile = QRectF(PADDING, PADDING, TILE, TILE)
        if self._look.source:
            tile.translate(2, 0)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(qcolor(color, 34))
        painter.drawRoundedRect(tile, 7, 7)
        if self._icon():
            _draw_icon(painter, tile.adjusted(6, 6, -6, -6), self._icon(), color, ratio)
        self._paint_text(painter, theme)
        self._paint_marks(painter, theme, ratio)
        self._paint_border(painter, theme, self._outline, plain=True)
        self._paint_ports(painter, theme, plain=True)

    def setSelected(self, selected: bool, /) -> None:
        super().setSelected(selected)  # `itemChange` would be called a dozen times for every new node
        self.setZValue(3 if selected else 2)

    def hoverEnterEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        self._hovered = True
        self.update()

    def hoverLeaveEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        self._hovered = False
        self.update()


def _draw_icon(painter: QPainter, place: QRectF, name: str, color: str, ratio: float) -> None:
    if exactly():
        draw_icon_lines(painter, name, color, place)
    else:
        painter.drawPixmap(place, _picture(name, color, ratio), QRectF())


def _picture(name: str, color: str, ratio: float) -> QPixmap:
    """The icon, sharp enough for this many pixels per point."""
    return _cached_picture(name, color, 1 if ratio <= 1 else 2 if ratio <= 2 else 3)


@lru_cache(maxsize=256)
def _cached_picture(name: str, color: str, ratio: int) -> QPixmap:
    return pixmap(name, 20, color, float(ratio))
