"""How the response map of a unit is drawn: small as a tile, or large with axes, range and colour bar."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from gui.canvas.text import elided, small_font, text_width, title_font
from gui.theme import Theme, current_theme, qcolor

SIDE = 176.0
"""Of a large map, in points."""
LINE = 18.0
PADDING = 12.0
BAR = 10.0
"""Width of the colour bar."""
NUMBER = 52.0
"""Room for a number beside the colour bar."""


@dataclass(frozen=True, slots=True)
class Axis:
    """A feature along a side of a map, and its stretch as text."""

    title: str
    low: str
    high: str


@dataclass(frozen=True, eq=False, slots=True)
class UnitPicture:
    """A unit's map in the colours of the theme, and what is written beside it."""

    image: QImage
    """The highest y in the first row."""
    title: str
    range: str
    """Smallest and largest value, such as "−0.98 to 1"."""
    ends: tuple[str, str]
    """What the colours at the ends of the bar stand for."""
    x: Axis
    y: Axis | None
    bar: QImage
    """One column of pixels: the colours from the largest to the smallest value."""


def draw_tile(painter: QPainter, rect: QRectF, image: QImage | None, theme: Theme, *, line: QColor | None = None,
              width: float = 1.0) -> None:  # fmt: skip
    """A small map in a frame; an empty frame where there is none."""
    painter.fillRect(rect, QColor(theme.surface_raised))
    if image is not None:
        painter.drawImage(rect, image)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(line or qcolor(theme.border_strong, 150), width))
    painter.drawRect(rect)


def picture_size() -> QSize:
    """Room that a large map takes with everything beside it."""
    wide = 2 * PADDING + LINE + SIDE + 6 + BAR + NUMBER
    return QSize(round(wide), round(2 * PADDING + 2 * LINE + 4 + SIDE + LINE + 2))


def draw_picture(painter: QPainter, corner: QPointF, picture: UnitPicture, theme: Theme) -> None:
    """A large map with title, range, axes and colour bar, `picture_size` large."""
    flags = Qt.AlignmentFlag
    left, top = corner.x() + PADDING, corner.y() + PADDING
    wide = picture_size().width() - 2 * PADDING
    font = small_font()
    bold = title_font()
    painter.setPen(QColor(theme.text))
    painter.setFont(bold)
    painter.drawText(QRectF(left, top, wide, LINE), flags.AlignLeft | flags.AlignVCenter,
                     elided(picture.title, bold, wide))  # fmt: skip
    painter.setFont(font)
    painter.setPen(QColor(theme.text_muted))
    painter.drawText(QRectF(left, top + LINE, wide, LINE), flags.AlignLeft | flags.AlignVCenter, picture.range)
    area = QRectF(left + LINE, top + 2 * LINE + 4, SIDE, SIDE)
    draw_tile(painter, area, picture.image, theme)
    painter.setPen(QColor(theme.text_muted))
    _draw_axes(painter, area, picture)
    bar = QRectF(area.right() + 6, area.top(), BAR, SIDE)
    painter.drawImage(bar, picture.bar)
    painter.setPen(QPen(qcolor(theme.border_strong, 150), 1))
    painter.drawRect(bar)
    painter.setPen(QColor(theme.text_muted))
    for text, place in ((picture.ends[1], 0.0), ("0", 0.5), (picture.ends[0], 1.0)):
        row = QRectF(bar.right() + 5, bar.top() + place * (SIDE - LINE), NUMBER - 5, LINE)
        painter.drawText(row, flags.AlignLeft | flags.AlignVCenter, text)


def _draw_axes(painter: QPainter, area: QRectF, picture: UnitPicture) -> None:
    below = QRectF(area.left(), area.bottom() + 2, area.width(), LINE)
    _draw_axis(painter, below, picture.x)
    if picture.y is None:
        return
    painter.save()
    painter.translate(area.left() - LINE, area.bottom())
    painter.rotate(-90)
    _draw_axis(painter, QRectF(0, 0, area.height(), LINE - 2), picture.y)
    painter.restore()


def _draw_axis(painter: QPainter, rect: QRectF, axis: Axis) -> None:
    flags, font = Qt.AlignmentFlag, small_font()
    painter.drawText(rect, flags.AlignLeft | flags.AlignVCenter, axis.low)
    painter.drawText(rect, flags.AlignRight | flags.AlignVCenter, axis.high)
    between = rect.adjusted(text_width(axis.low, font) + 8, 0, -text_width(axis.high, font) - 8, 0)
    painter.drawText(between, flags.AlignCenter, elided(axis.title, font, max(between.width(), 0)))


class PictureTip(QWidget):
    """A large map beside the pointer, through which the mouse reaches what is below."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._picture: UnitPicture | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFixedSize(picture_size())
        self.hide()

    @property
    def picture(self) -> UnitPicture | None:
        """What is shown."""
        return self._picture if self.isVisible() else None

    def show_picture(self, picture: UnitPicture, beside: QPoint) -> None:
        """Show a map below or above a point of the parent, or else beside it, inside of what is seen of the parent."""
        self._picture = picture
        parent = self.parentWidget()
        assert parent is not None
        area = parent.visibleRegion().boundingRect().adjusted(4, 4, -4, -4)
        x, y = beside.x() - self.width() // 2, beside.y() + 24
        if y + self.height() > area.bottom():
            y = beside.y() - 24 - self.height()
        if y < area.top():
            y = min(max(beside.y() - self.height() // 3, area.top()), area.bottom() - self.height())
            right = beside.x() + 24
            x = right if right + self.width() <= area.right() else beside.x() - 24 - self.width()
        self.move(max(min(x, area.right() - self.width()), area.left()), max(y, area.top()))
        self.show()
        self.raise_()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = current_theme(), QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        painter.setPen(QPen(QColor(theme.border), 1))
        painter.setBrush(QColor(theme.surface_raised))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        if self._picture is not None:
            draw_picture(painter, QPointF(0, 0), self._picture, theme)
