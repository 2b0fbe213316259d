"""Blocks on the canvas: closed as a box like a node, open as a frame around what is in them."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsSceneHoverEvent, QStyleOptionGraphicsItem, QWidget

from gui.canvas.drawing import drawing_theme, exactly, for_file
from gui.canvas.geometry import NODE_WIDTH
from gui.canvas.node_item import PADDING, SMALL, NodeItem
from gui.canvas.shown import TITLE
from gui.canvas.text import elided, large_font, small_font, text_width, title_font
from gui.theme import Theme, qcolor

BUTTON = 20.0
"""Size of the button that opens or closes a block."""
CORNER = 12.0
REACH = 5.0
"""How near the border of a frame a press takes hold of it."""


class BlockItem(NodeItem):
    """A closed block: a stack of boxes with its name, counts and ports, and a button to open it."""

    reserved = BUTTON

    def button_rect(self) -> QRectF:
        """Where the button is, in the item's coordinates."""
        return QRectF(NODE_WIDTH - PADDING - BUTTON + 4, PADDING - 2, BUTTON, BUTTON)

    def _icon(self) -> str:
        return "layers/block"

    def _paint_box(self, painter: QPainter, theme: Theme, outline: QPainterPath, color: str) -> None:
        edge = qcolor(theme.tint(self.color).line, 150) if self.color else QColor(theme.node_border)
        painter.setPen(QPen(edge, 1))
        painter.setBrush(QColor(theme.tint(self.color).fill if self.color else theme.surface))
        height = self.box.rect.height()
        painter.drawRoundedRect(QRectF(8.5, height - 20, NODE_WIDTH - 17, 24.5), 7, 7)
        super()._paint_box(painter, theme, outline, color)

    def _paint_text(self, painter: QPainter, theme: Theme) -> None:
        super()._paint_text(painter, theme)
        if not for_file():
            paint_chevron(painter, self.button_rect(), QColor(theme.text_muted), opened=False)


class FrameItem(QGraphicsItem):
    """An open block: a border around what is in it, with its name, and a button to close it."""

    def __init__(self, block_id: str) -> None:
        super().__init__()
        self.block_id = block_id
        self._rect = QRectF()
        self._title = self._detail = self._color = self._shown = ""
        self._hovered = False
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIsSelectable)
        self.setAcceptHoverEvents(True)

    @property
    def rect(self) -> QRectF:
        """The border, in the scene."""
        return QRectF(self._rect)

    @property
    def title(self) -> str:
        """Its name."""
        return self._title

    def set_rect(self, rect: QRectF) -> None:
        """Draw it there."""
        if rect != self._rect:
            wider = rect.width() != self._rect.width()
            self.prepareGeometryChange()
            self._rect = QRectF(rect)
            self.setPos(rect.topLeft())
            if wider:
                self.fit_text()

    def set_look(self, title: str, detail: str, color: str, depth: int) -> None:
        """Show this name, count and colour; inner blocks lie in front of those around them."""
        self._title, self._detail, self._color = title, detail, color
        self.setToolTip(f"Block '{title}'\n{detail}\nDrag its name to move it; Ctrl+. closes it.")
        self.setZValue(-10 + min(depth, 100) / 20)
        self.fit_text()

    def fit_text(self) -> None:
        """Shorten the name to the room there is."""
        self._shown = elided(self._title, title_font(), max(24.0, self._rect.width() - 56))
        self.update()

    def button_rect(self) -> QRectF:
        """Where the button is, in the item's coordinates."""
        return QRectF(8, (TITLE - BUTTON) / 2, BUTTON, BUTTON)

    def title_rect(self) -> QRectF:
        """Where the name stands, in the item's coordinates."""
        return QRectF(32, 0, max(24.0, self._rect.width() - 56), TITLE)

    def handle_rect(self) -> QRectF:
        """What takes hold of it even where wires pass: button and name, in the item's coordinates."""
        return QRectF(0, 0, min(self._rect.width(), 44 + text_width(self._shown, title_font())), TITLE)

    def boundingRect(self) -> QRectF:
        return QRectF(0, 0, self._rect.width(), self._rect.height()).adjusted(-8, -8, 8, 8)

    def shape(self) -> QPainterPath:
        """The bar with the name and the border; what is within is free for other things."""
        area = QRectF(0, 0, self._rect.width(), self._rect.height())
        path = QPainterPath()
        path.addRect(area.adjusted(-REACH, -REACH, REACH, REACH))
        path.addRect(area.adjusted(REACH, TITLE, -REACH, -REACH))
        return path

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        theme, area = drawing_theme(), QRectF(0.5, 0.5, self._rect.width() - 1, self._rect.height() - 1)
        tint = theme.tint(self._color)
        fill = qcolor(tint.fill, 120) if self._color else qcolor(theme.text_muted, 16)
        line = qcolor(tint.line, 150) if self._color else QColor(theme.node_border)
        chosen = self.isSelected() and not for_file()
        if self._hovered and not for_file():
            line = QColor(tint.line if self._color else theme.border_strong)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawRoundedRect(area, CORNER, CORNER)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if chosen:
            active = self.scene() is not None and self.scene().hasFocus()
            painter.setPen(QPen(qcolor(theme.focus, 70 if active else 35), 7))
            painter.drawRoundedRect(area, CORNER, CORNER)
        painter.setPen(QPen(QColor(theme.selection) if chosen else line, 2 if chosen else 1))
        painter.drawRoundedRect(area, CORNER, CORNER)
        self._paint_title(painter, QColor(tint.text if self._color else theme.text), QColor(theme.text_muted))

    def _paint_title(self, painter: QPainter, color: QColor, quiet: QColor) -> None:
        zoom = QStyleOptionGraphicsItem.levelOfDetailFromTransform(painter.worldTransform())
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.setPen(color)
        if zoom < SMALL and not exactly():
            painter.setFont(large_font())
            room = self._rect.width() - 16
            painter.drawText(QRectF(10, 0, room, TITLE), middle, elided(self._title, large_font(), room))
            return
        text = self.title_rect()
        if for_file():
            text.moveLeft(12)
        else:
            paint_chevron(painter, self.button_rect(), quiet, opened=True)
        painter.setFont(title_font())
        painter.setPen(color)
        painter.drawText(text, middle, self._shown)
        width = text_width(self._shown, title_font())
        rest = QRectF(
            text.left() + width + 10, 0, self._rect.right() - self._rect.left() - text.left() - width - 22, TITLE
        )
        if rest.width() > text_width(self._detail, small_font()):
            painter.setFont(small_font())
            painter.setPen(quiet)
            painter.drawText(rest, middle, self._detail)

    def hoverEnterEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        self._hovered = True
        self.update()

    def hoverLeaveEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        self._hovered = False
        self.update()


def paint_chevron(painter: QPainter, place: QRectF, color: QColor, *, opened: bool) -> None:
    """The sign of what is open (it points down) or closed (it points right)."""
    middle = place.center()
    corners = [(-4.0, -2.0), (0.0, 2.0), (4.0, -2.0)] if opened else [(-2.0, -4.0), (2.0, 0.0), (-2.0, 4.0)]
    pen = QPen(color, 1.75, c=Qt.PenCapStyle.RoundCap, j=Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline([middle + QPointF(x, y) for x, y in corners])
