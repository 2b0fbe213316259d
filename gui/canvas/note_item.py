"""Texts and arrows on the canvas. Like all items they show what the scene gives them."""

from __future__ import annotations

from math import atan2, cos, hypot, pi, sin

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QColor,
    QPainter,
    QPainterPath,
    QPainterPathStroker,
    QPalette,
    QPen,
    QPolygonF,
    QTextDocument,
    QTextOption,
)
from PySide6.QtWidgets import QGraphicsItem, QGraphicsSceneHoverEvent, QStyleOptionGraphicsItem, QWidget

from engine.annotations import Note
from gui.canvas.drawing import drawing_theme, exactly, for_file
from gui.canvas.geometry import WIRE_REACH
from gui.canvas.text import elided_lines, note_font, small_font, text_width
from gui.theme import Theme, qcolor

PADDING = 10.0
LEAST_HEIGHT = 36.0
LABEL_WIDTH = 200.0
LABEL_LINES = 4
LABEL_LINE = 16.0
HEAD = 11.0
"""Length of the head of an arrow."""
GRIP = 4.5
"""Radius of the handles of a selected note."""
TOO_SMALL = 0.3
"""Below this zoom lines of text are drawn as bars."""
EMPTY = "Empty note"


class NoteItem(QGraphicsItem):
    """What texts and arrows have in common."""

    def __init__(self, note: Note) -> None:
        super().__init__()
        self._note = note
        self._hovered = self._edited = False
        self._bounds = QRectF()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIsSelectable)
        self.setAcceptHoverEvents(True)

    @property
    def note(self) -> Note:
        """What it shows; while it is dragged another one than the document has."""
        return self._note

    @property
    def rect(self) -> QRectF:
        """What it covers, in the scene."""
        raise NotImplementedError

    def handles(self) -> dict[str, QPointF]:
        """Where it can be taken hold of to change its size, in the scene."""
        raise NotImplementedError

    def editor_rect(self) -> QRectF:
        """Where its text is written, in the scene."""
        raise NotImplementedError

    def set_note(self, note: Note) -> None:
        """Show this."""
        if note is self._note or note == self._note:
            return
        old, self._note = self._note, note
        if (note.text, note.extent, note.color) == (old.text, old.extent, old.color):  # as while it is dragged
            self.setPos(*note.position)
        else:
            self.fit_text()

    def set_edited(self, edited: bool) -> None:
        """Leave the text to an editor in front of it."""
        self._edited = edited
        self.update()

    def fit_text(self) -> None:
        """Break the text into lines anew; needed when the font changes."""
        raise NotImplementedError

    def _paint_handles(self, painter: QPainter, theme: Theme) -> None:
        painter.setPen(QPen(QColor(theme.selection), 1.5))
        painter.setBrush(QColor(theme.surface_raised))
        for place in self.handles().values():
            painter.drawEllipse(place - self.pos(), GRIP, GRIP)

    def boundingRect(self) -> QRectF:
        return self._bounds

    def hoverEnterEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        self._hovered = True
        self.update()

    def hoverMoveEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        at = event.scenePos()
        over = [name for name, place in self.handles().items() if _distance(at, place) <= GRIP + 3]
        if over and self.isSelected():
            self.setCursor(Qt.CursorShape.SizeHorCursor if over == ["width"] else Qt.CursorShape.CrossCursor)
        else:
            self.unsetCursor()

    def hoverLeaveEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        self._hovered = False
        self.update()


class TextItem(NoteItem):
    """A text: on a card in its colour, or, without one, written straight on the canvas."""

    def __init__(self, note: Note) -> None:
        super().__init__(note)
        self._document = QTextDocument()
        self._document.setDocumentMargin(0)
        self._document.setUndoRedoEnabled(False)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self._document.setDefaultTextOption(option)
        self._size = QSizeF()
        self.setZValue(-1)
        self.fit_text()

    @property
    def rect(self) -> QRectF:
        return QRectF(self.pos(), self._size)

    def handles(self) -> dict[str, QPointF]:
        return {"width": QPointF(self.rect.right(), self.rect.center().y())}

    def editor_rect(self) -> QRectF:
        return self.rect

    def fit_text(self) -> None:
        self.prepareGeometryChange()
        note = self._note
        width = note.extent[0]
        self._document.setDefaultFont(note_font())
        self._document.setPlainText(note.text or EMPTY)
        self._document.setTextWidth(width - 2 * PADDING)
        self._size = QSizeF(width, max(LEAST_HEIGHT, self._document.size().height() + 2 * PADDING))
        self._bounds = QRectF(QPointF(), self._size).adjusted(-8, -8, 8, 8)
        self.setPos(*note.position)
        self.update()

    def shape(self) -> QPainterPath:
        path = QPainterPath()
        path.addRect(QRectF(QPointF(), self._size))
        return path

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if self._edited and not for_file():
            return
        theme, area = drawing_theme(), QRectF(QPointF(), self._size)
        tint = theme.tint(self._note.color)
        outline = area.adjusted(0.5, 0.5, -0.5, -0.5)
        shown = not for_file()
        if self._note.color:
            painter.setPen(QPen(qcolor(tint.line, 110), 1))
            painter.setBrush(QColor(tint.fill))
            painter.drawRoundedRect(outline, 6, 6)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if shown and self._hovered and not self.isSelected():
            painter.setPen(QPen(QColor(theme.border_strong), 1))
            painter.drawRoundedRect(outline, 6, 6)
        self._paint_text(painter, QColor(tint.text if self._note.text else theme.text_muted), option)
        if shown and self.isSelected():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(qcolor(theme.focus, 70 if self.scene().hasFocus() else 35), 7))
            painter.drawRoundedRect(outline, 6, 6)
            painter.setPen(QPen(QColor(theme.selection), 2))
            painter.drawRoundedRect(outline, 6, 6)
            self._paint_handles(painter, theme)

    def _paint_text(self, painter: QPainter, color: QColor, option: QStyleOptionGraphicsItem) -> None:
        if not self._note.text and for_file():
            return
        zoom = QStyleOptionGraphicsItem.levelOfDetailFromTransform(painter.worldTransform())
        if zoom < TOO_SMALL and not exactly():
            self._paint_bars(painter, color)
            return
        context = QAbstractTextDocumentLayout.PaintContext()
        palette = QPalette()
        palette.setColor(QPalette.ColorRole.Text, color)
        context.palette = palette  # type: ignore[attr-defined]
        painter.translate(PADDING, PADDING)
        if not exactly():
            context.clip = option.exposedRect.translated(-PADDING, -PADDING)  # type: ignore[attr-defined]
        self._document.documentLayout().draw(painter, context)
        painter.translate(-PADDING, -PADDING)

    def _paint_bars(self, painter: QPainter, color: QColor) -> None:
        """From afar: every second line as a bar, which costs nothing and looks like text."""
        color.setAlpha(90)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        width, y = self._size.width() - 2 * PADDING, PADDING + 4
        while y < self._size.height() - PADDING:
            painter.drawRect(QRectF(PADDING, y, width, 6))
            y += 34


class ArrowItem(NoteItem):
    """An arrow, perhaps with words at its middle."""

    def __init__(self, note: Note) -> None:
        super().__init__(note)
        self._lines: tuple[str, ...] = ()
        self._label = QRectF()
        self.setZValue(1)
        self.fit_text()

    @property
    def rect(self) -> QRectF:
        return QRectF(QPointF(), self._tip).normalized().united(self._label).translated(self.pos())

    @property
    def _tip(self) -> QPointF:
        return QPointF(*self._note.extent)

    def handles(self) -> dict[str, QPointF]:
        return {"start": self.pos(), "tip": self.pos() + self._tip}

    def editor_rect(self) -> QRectF:
        middle = self.pos() + self._tip / 2
        height = max(28.0, self._label.height())
        return QRectF(middle.x() - LABEL_WIDTH / 2, middle.y() - height / 2, LABEL_WIDTH, height)

    def fit_text(self) -> None:
        self.prepareGeometryChange()
        font = small_font()
        self._lines = elided_lines(self._note.text, font, LABEL_WIDTH - 12, LABEL_LINES) if self._note.text else ()
        width = max((text_width(line, font) for line in self._lines), default=-12.0) + 12
        height = LABEL_LINE * len(self._lines) + 6 if self._lines else 0.0
        middle = self._tip / 2
        self._label = (
            QRectF(middle.x() - width / 2, middle.y() - height / 2, width, height) if self._lines else QRectF()
        )
        line = QRectF(QPointF(), self._tip).normalized()
        self._bounds = (line.united(self._label) if self._lines else line).adjusted(-14, -14, 14, 14)
        self.setPos(*self._note.position)
        self.setToolTip(self._note.text if "".join(self._lines) != " ".join(self._note.text.split()) else "")
        self.update()

    def shape(self) -> QPainterPath:
        line = QPainterPath(QPointF())
        line.lineTo(self._tip + QPointF(0.01, 0))  # a path without length has no outline
        stroker = QPainterPathStroker()
        stroker.setWidth(2 * WIRE_REACH)
        path = stroker.createStroke(line)
        if self._lines:
            path.addRect(self._label)
        return path

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        theme, shown = drawing_theme(), not for_file()
        tint = theme.tint(self._note.color)
        color = QColor(tint.line)
        if shown and self.isSelected():
            painter.setPen(QPen(qcolor(theme.focus, 60), 8, c=Qt.PenCapStyle.RoundCap))
            painter.drawLine(QPointF(), self._tip)
            color = QColor(theme.selection)
        elif shown and self._hovered:
            color = QColor(theme.accent)
        self._paint_line(painter, color)
        if self._lines and not (self._edited and shown):
            self._paint_label(painter, theme, QColor(tint.text if self._note.color else theme.text))
        if shown and self.isSelected():
            self._paint_handles(painter, theme)

    def _paint_line(self, painter: QPainter, color: QColor) -> None:
        tip, length = self._tip, hypot(*self._note.extent)
        head = min(HEAD, length)
        angle = atan2(tip.y(), tip.x())
        back = tip - QPointF(cos(angle), sin(angle)) * head * 0.8
        painter.setPen(QPen(color, 2, c=Qt.PenCapStyle.RoundCap))
        painter.drawLine(QPointF(), back)
        sides = [tip + QPointF(cos(angle + turn), sin(angle + turn)) * head for turn in (pi - 0.42, pi + 0.42)]
        painter.setPen(QPen(color, 1, j=Qt.PenJoinStyle.RoundJoin))
        painter.setBrush(color)
        painter.drawPolygon(QPolygonF([tip, *sides]))

    def _paint_label(self, painter: QPainter, theme: Theme, color: QColor) -> None:
        zoom = QStyleOptionGraphicsItem.levelOfDetailFromTransform(painter.worldTransform())
        if zoom < TOO_SMALL and not exactly():
            return
        fill = theme.tint(self._note.color).fill if self._note.color else theme.canvas
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.surface_raised if for_file() and not self._note.color else fill))
        painter.drawRoundedRect(self._label, 5, 5)
        painter.setPen(color)
        painter.setFont(small_font())
        for index, line in enumerate(self._lines):
            row = QRectF(
                self._label.left(), self._label.top() + 3 + LABEL_LINE * index, self._label.width(), LABEL_LINE
            )
            painter.drawText(row, Qt.AlignmentFlag.AlignCenter, line)


def note_item(note: Note) -> NoteItem:
    """The item that shows a note."""
    return ArrowItem(note) if note.kind == "arrow" else TextItem(note)


def describe_note(note: Note) -> str:
    """One sentence for a screen reader."""
    what = "Arrow" if note.kind == "arrow" else "Note"
    said = f": {note.text}" if note.text.strip() else ", without text"
    return f"{what}{said}{f' ({note.color})' if note.color else ''}"


def _distance(a: QPointF, b: QPointF) -> float:
    return hypot(a.x() - b.x(), a.y() - b.y())
