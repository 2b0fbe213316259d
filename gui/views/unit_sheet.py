"""The picture of one layer: maps of inputs and units, a line for each weight, a square for each bias."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.canvas.text import elided, small_font, title_font
from gui.canvas.unit_picture import PictureTip, UnitPicture, draw_picture, draw_tile, picture_size
from gui.theme import Theme, current_theme, qcolor, theme_notifier
from gui.views.response_numbers import Maps
from gui.views.responses import pictures_of
from gui.views.tensor_text import number_text
from gui.views.unit_layout import HEAD, LEAST_PITCH, MARGIN, NAMES, NUMBERS, Place, UnitLayout
from gui.views.unit_numbers import UnitsAnswer
from gui.views.unit_wires import WirePicture, wire_pen

WITH_ASIDE = 640
"""Width from which the large map stands beside the layer."""


class UnitSheet(QWidget):
    """Draws an answer; mouse and arrow keys walk over weights and units."""

    weight_chosen = Signal(object, QPoint)
    """The user wants to set the weight at this Place, which is drawn there."""
    unit_chosen = Signal(int)
    """Which unit of the page."""
    current_changed = Signal()
    """Another weight or unit is looked at."""
    walked = Signal(QPoint)
    """The keys went to a weight that is drawn there."""
    page_wanted = Signal(int)
    """The next (1) or the page before (−1)."""

    def __init__(self) -> None:
        super().__init__()
        self.answer: UnitsAnswer | None = None
        self.unit = 0
        """Which unit of the page is chosen."""
        self._cursor: Place = (0, -1)
        self._hovered: Place | None = None
        self._hovered_map: tuple[str, int] | None = None
        self._pictures: dict[str, tuple[UnitPicture, ...]] = {}
        self._tip = PictureTip(self)
        self._wires = WirePicture(self)
        self._wires.changed.connect(self.update)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Units, weights and biases of a layer")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme_notifier.theme_changed.connect(self._on_theme_notifier_theme_changed)

    # What is shown

    @property
    def layout_now(self) -> UnitLayout:
        """Where things are at the present size."""
        answer = self.answer
        units = len(answer.W) if answer is not None else 0
        inputs = answer.W.shape[1] if answer is not None else 0
        has_bias = answer is not None and len(answer.b) > 0
        wide = self.width() >= WITH_ASIDE and answer is not None and answer.maps is not None
        aside = picture_size().width() if wide else 0
        return UnitLayout(units, inputs, has_bias, self.width(), self.height(), aside)

    def set_answer(self, answer: UnitsAnswer) -> None:
        """Show a layer; the same weight stays looked at where there is still one."""
        rows = 0 if self.answer is None else max(self.answer.W.shape)
        self.answer = answer
        self._color()
        places = self.layout_now.places()
        if places and self._cursor not in places:
            self._cursor = places[0]
        if self._hovered not in places:
            self._hovered = None
        self.unit = min(self.unit, max(len(answer.W) - 1, 0))
        if rows != max(answer.W.shape):
            self.updateGeometry()
            self.setMinimumHeight(self.minimumSizeHint().height())
        self._show_tip()
        self.update()

    @property
    def current(self) -> Place | None:
        """The weight under the mouse, or else that of the keys."""
        if self._hovered is not None:
            return self._hovered
        return self._cursor if self.hasFocus() and self.layout_now.places() else None

    def value(self, place: Place) -> float:
        """A weight or bias of the page."""
        assert self.answer is not None
        unit, column = place
        return float(self.answer.b[unit] if column < 0 else self.answer.W[unit, column])

    def go_to(self, place: Place) -> None:
        """Let the keys act on this weight."""
        self._cursor = place
        self.current_changed.emit()
        self.walked.emit(self.layout_now.middle(place).toPoint())
        self.update()

    def choose_unit(self, unit: int) -> None:
        """Show the map of this unit of the page large."""
        self.unit = unit
        if self.layout_now.places():
            self._cursor = (unit, self._cursor[1])
        self.current_changed.emit()
        self.update()

    def large_picture(self) -> UnitPicture | None:
        """The map that is shown large: that under the mouse, or of the chosen unit."""
        answer = self.answer
        if answer is None:
            return None
        node, index = self._hovered_map or (answer.question.node, self.unit)
        pictures = self._pictures.get(node, ())
        return pictures[index] if index < len(pictures) else None

    def _color(self) -> None:
        answer, self._pictures = self.answer, {}
        if answer is None or answer.maps is None:
            return
        titles = {answer.question.node: answer.title, answer.source: answer.source_title}
        maps: Maps = answer.maps
        self._pictures = {node: pictures_of(maps, node, titles[node]) for node in maps.units}

    # Painting

    def _paint_heads(self, painter: QPainter, at: UnitLayout, theme: Theme) -> None:
        answer, flags = self.answer, Qt.AlignmentFlag
        assert answer is not None
        painter.setFont(title_font())
        painter.setPen(QColor(theme.text))
        unit = at.unit_rect(0)
        wide = at.tile + NUMBERS
        room = QRectF(unit.left() - 40, MARGIN - 4, wide + 40, HEAD)
        painter.drawText(room, flags.AlignLeft | flags.AlignVCenter, elided(answer.title, title_font(), room.width()))
        if at.inputs:
            left = QRectF(MARGIN, MARGIN - 4, NAMES + at.tile + 16, HEAD)
            text = elided(answer.source_title, title_font(), left.width())
            painter.drawText(left, flags.AlignLeft | flags.AlignVCenter, text)

    def _paint_wires(self, painter: QPainter, at: UnitLayout, theme: Theme) -> None:
        answer, current = self.answer, self.current
        assert answer is not None
        self._wires.draw(painter, at, answer.W, answer.largest, self.devicePixelRatioF())
        if current is not None and current[1] >= 0:
            path, pen = at.wire(*current), wire_pen(self.value(current), answer.largest, theme)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(qcolor(theme.focus, 90), pen.widthF() + 6, c=Qt.PenCapStyle.RoundCap))
            painter.drawPath(path)
            pen.setWidthF(max(pen.widthF(), 2.0))
            painter.setPen(pen)
            painter.drawPath(path)

    def _paint_tiles(self, painter: QPainter, at: UnitLayout, theme: Theme) -> None:
        answer, flags = self.answer, Qt.AlignmentFlag
        assert answer is not None
        own = self._pictures.get(answer.question.node, ())
        before = self._pictures.get(answer.source, ())
        painter.setFont(small_font())
        for column in range(at.inputs):
            rect = at.input_rect(column)
            draw_tile(painter, rect, before[column].image if column < len(before) else None, theme)
            painter.setPen(QColor(theme.text_muted))
            room = QRectF(MARGIN, rect.top(), NAMES - 8, rect.height())
            text = elided(answer.input_names[column], small_font(), room.width())
            painter.drawText(room, flags.AlignRight | flags.AlignVCenter, text)
        for unit in range(at.units):
            rect, chosen = at.unit_rect(unit), unit == self.unit
            image = own[unit].image if unit < len(own) else None
            draw_tile(painter, rect, image, theme,
                      line=QColor(theme.selection) if chosen else None, width=2.0 if chosen else 1.0)  # fmt: skip
            painter.setPen(QColor(theme.text if chosen else theme.text_muted))
            room = QRectF(rect.right() + 8, rect.top(), NUMBERS - 8, rect.height())
            text = f"unit {answer.question.first_unit + unit}"
            painter.drawText(room, flags.AlignLeft | flags.AlignVCenter, text)

    def _paint_biases(self, painter: QPainter, at: UnitLayout, theme: Theme) -> None:
        assert self.answer is not None
        for unit in range(at.units if at.has_bias else 0):
            value, rect = self.value((unit, -1)), at.bias_rect(unit)
            color = QColor(theme.surface_raised)
            if not math.isfinite(value):
                color = QColor(theme.error)
            elif value:
                share = min(abs(value) / (self.answer.largest or 1.0), 1.0)
                end = QColor(theme.classes[1] if value > 0 else theme.classes[0])
                color = _mixed(color, end, 0.25 + 0.75 * share)
            hot = self.current == (unit, -1)
            painter.setBrush(color)
            painter.setPen(QPen(QColor(theme.focus if hot else theme.border_strong), 2.0 if hot else 1.0))
            painter.drawRect(rect)

    # Mouse

    def _follow(self, point: QPointF) -> None:
        at, answer = self.layout_now, self.answer
        if answer is None:
            return
        unit, column = at.unit_at(point), at.input_at(point)
        over = None
        if unit is not None:
            over = (answer.question.node, unit)
        elif column is not None:
            over = (answer.source, column)
        place = at.weight_at(point) if over is None else None
        if (over, place) != (self._hovered_map, self._hovered):
            self._hovered_map, self._hovered = over, place
            pointing = over is not None or place is not None
            self.setCursor(Qt.CursorShape.PointingHandCursor if pointing else Qt.CursorShape.ArrowCursor)
            self.current_changed.emit()
            self.update()
        self._pointer = point.toPoint()
        self._show_tip()

    def _show_tip(self) -> None:
        picture = self.large_picture() if self._hovered_map is not None else None
        if picture is None or self.layout_now.aside:
            self._tip.hide()
        else:
            self._tip.show_picture(picture, self._pointer)

    def _forget_pointer(self) -> None:
        self._hovered = self._hovered_map = None
        self._tip.hide()
        self.current_changed.emit()
        self.update()

    # Keys

    def _walk(self, units: int, columns: int) -> None:
        at = self.layout_now
        places = at.places()
        if not places:
            self.choose_unit(min(max(self.unit + units, 0), max(at.units - 1, 0)))
            return
        unit = min(max(self._cursor[0] + units, 0), at.units - 1)
        first = -1 if at.has_bias else 0
        column = min(max(self._cursor[1] + columns, first), at.inputs - 1)
        self._hovered = None
        self.unit = unit
        self.go_to((unit, column))

    def _on_theme_notifier_theme_changed(self) -> None:
        self._color()
        self.update()

    # Qt

    def minimumSizeHint(self) -> QSize:
        rows = max(*self.answer.W.shape, 1) if self.answer is not None else 1
        return QSize(280, round(HEAD + 2 * MARGIN + rows * LEAST_PITCH))

    def sizeHint(self) -> QSize:
        return QSize(640, max(self.minimumSizeHint().height(), 400))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, at = current_theme(), self.layout_now
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.surface))
        if self.answer is None:
            return
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        self._paint_heads(painter, at, theme)
        self._paint_wires(painter, at, theme)
        self._paint_tiles(painter, at, theme)
        self._paint_biases(painter, at, theme)
        picture = self.large_picture()
        if at.aside and picture is not None:
            draw_picture(painter, QPointF(self.width() - at.aside, HEAD), picture, theme)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._follow(event.position())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._follow(event.position())
        if event.button() != Qt.MouseButton.LeftButton or self.answer is None:
            return
        if self._hovered is not None:
            self._cursor = self._hovered
            self.unit = self._hovered[0]
            self.weight_chosen.emit(self._cursor, event.position().toPoint())
        elif self._hovered_map is not None and self._hovered_map[0] == self.answer.question.node:
            self.choose_unit(self._hovered_map[1])
            self.unit_chosen.emit(self.unit)
        self.update()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._wires.stop()

    def leaveEvent(self, event: QEvent) -> None:
        self._forget_pointer()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.current_changed.emit()
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.current_changed.emit()
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0), Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1)}
        key = Qt.Key(event.key())
        if key in steps:
            self._walk(*steps[key])
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self.page_wanted.emit(1 if key == Qt.Key.Key_PageDown else -1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2) and self.layout_now.places():
            self.weight_chosen.emit(self._cursor, self.layout_now.middle(self._cursor).toPoint())
        else:
            super().keyPressEvent(event)


def _mixed(paper: QColor, end: QColor, share: float) -> QColor:
    parts = [round(a + (b - a) * share) for a, b in zip(paper.getRgb()[:3], end.getRgb()[:3], strict=True)]  # pyright: ignore[reportArgumentType, reportGeneralTypeIssues, reportIndexIssue]
    return QColor(*parts)


def weight_text(answer: UnitsAnswer, place: Place) -> tuple[str, str]:
    """Symbol and meaning of a weight or bias of the page: ("W[1][2, 0]", "from x1 to unit 2")."""
    unit = answer.question.first_unit + place[0]
    if place[1] < 0:
        return f"{answer.bias_symbol}[{unit}]", f"bias of unit {unit} of {answer.title}"
    column = answer.question.first_input + place[1]
    name = answer.input_names[place[1]]
    return f"{answer.weight_symbol}[{unit}, {column}]", f"from {name} of {answer.source_title} to unit {unit}"


def spoken(answer: UnitsAnswer, place: Place, value: float) -> str:
    """A weight in one line."""
    symbol, meaning = weight_text(answer, place)
    return f"{symbol} = {number_text(value)}, {meaning}"
