"""A page of formulas: pieces with indices, remarks below them, and links that mouse and keyboard follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QToolTip, QWidget

from engine.explaining.page import Heading, Row
from engine.explaining.writing import Piece, plain
from gui.theme import current_theme, qcolor, theme_notifier

MARGIN = 16
INDENT = 24
"""Of the second and further lines of a formula."""

MOST_WIDTHS = 5_000


@dataclass(frozen=True, slots=True)
class _Box:
    """A piece at its place."""

    piece: Piece
    area: QRectF
    baseline: float
    text_width: float


class FormulaSheet(QWidget):
    """Paints formulas in lines that wrap. Left and right go from link to link, Return follows one."""

    link_activated = Signal(str, tuple)
    """A piece was chosen: name of its buffer, and which number of it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName("Formulas")
        self._rows: Sequence[Row] = ()
        self._boxes: list[_Box] = []
        self._texts: list[tuple[QRectF, str, str]] = []
        self._links: list[_Box] = []
        self._hovered = -1
        self._current = 0
        self._height = 0.0
        self._widths: dict[tuple[str, str], float] = {}
        theme_notifier.theme_changed.connect(self._on_theme_notifier_theme_changed)

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Show these headings and formulas."""
        self._rows = rows
        self._lay_out()
        self.setAccessibleDescription(self.text())

    def text(self) -> str:
        """All of it as plain text, a line for each formula."""
        return "\n".join(row.text if isinstance(row, Heading) else plain(list(row)) for row in self._rows)

    @property
    def links(self) -> list[Piece]:
        """The pieces that can be followed, in reading order."""
        return [box.piece for box in self._links]

    def link_center(self, number: int) -> QPointF:
        """Where a link is, in points of this widget."""
        return self._links[number].area.center()

    # Layout

    def _fonts(self) -> dict[str, QFont]:
        theme = current_theme()
        main = QFont(self.font())
        main.setPixelSize(theme.font_size + 2)
        letter = QFont(main)
        letter.setItalic(True)
        index = QFont(main)
        index.setPixelSize(theme.font_size - 3)
        under = QFont(main)
        under.setPixelSize(theme.font_size - 2)
        heading = QFont(main)
        heading.setPixelSize(theme.font_size)
        heading.setWeight(QFont.Weight.DemiBold)
        remark = QFont(main)
        remark.setPixelSize(theme.font_size_small)
        return {
            "main": main, "letter": letter, "index": index, "under": under, "heading": heading, "remark": remark,
        }  # fmt: skip

    def _lay_out(self) -> None:
        fonts = self._fonts()
        metrics = {name: QFontMetricsF(font) for name, font in fonts.items()}
        self._boxes, self._texts = [], []
        y, right = 12.0, max(self.width() - MARGIN, 120)
        for row in self._rows:
            if isinstance(row, Heading):
                y = self._lay_out_heading(row, metrics, y, right)
            else:
                y = self._lay_out_formula(row, metrics, y, right)
        self._links = [box for box in self._boxes if box.piece.target]
        self._current = min(self._current, max(len(self._links) - 1, 0))
        self._hovered = -1
        self._height = y + 8
        self.setMinimumHeight(round(self._height))
        self.update()

    def _lay_out_heading(self, row: Heading, metrics: dict[str, QFontMetricsF], y: float, right: float) -> float:
        y += 8 if y > 12 else 0
        for text, role in ((row.text, "heading"), (row.remark, "remark")):
            if text:
                flags = int(Qt.TextFlag.TextWordWrap.value)
                area = metrics[role].boundingRect(QRectF(MARGIN, y, right - MARGIN, 4000), flags, text)
                self._texts.append((QRectF(MARGIN, y, right - MARGIN, area.height()), text, role))
                y += area.height() + 4
        return y + 4

    def _lay_out_formula(
        self, row: Sequence[Piece], metrics: dict[str, QFontMetricsF], y: float, right: float
    ) -> float:
        has_under = any(piece.under for piece in row)
        line = metrics["main"].height() + 6 + (metrics["under"].height() if has_under else 0) + 6
        x, baseline = float(MARGIN), y + 4 + metrics["main"].ascent()
        for piece in row:
            body = self._advance(metrics, "letter" if piece.variable else "main", piece.text)
            index = max(self._advance(metrics, "index", text) for text in (_raised(piece), piece.below))
            text_width = body + index + (1 if index else 0)
            width = max(text_width, self._advance(metrics, "under", piece.under) + (6 if piece.under else 0))
            if x + width > right and x > MARGIN + INDENT:
                x, baseline = float(MARGIN + INDENT), baseline + line
            area = QRectF(x, baseline - metrics["main"].ascent() - 3, width, line - 6)
            self._boxes.append(_Box(piece, area, baseline, text_width))
            x += width
        return baseline - metrics["main"].ascent() - 4 + line + 2

    def _advance(self, metrics: dict[str, QFontMetricsF], font: str, text: str) -> float:
        """The width of a text; measuring is slow, and most texts stay while the network learns."""
        if not text:
            return 0.0
        if (font, text) not in self._widths:
            if len(self._widths) > MOST_WIDTHS:
                self._widths.clear()
            self._widths[font, text] = metrics[font].horizontalAdvance(text)
        return self._widths[font, text]

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, fonts = current_theme(), self._fonts()
        for area, text, role in self._texts:
            painter.setFont(fonts[role])
            painter.setPen(QColor(theme.text if role == "heading" else theme.text_muted))
            painter.drawText(area, int(Qt.TextFlag.TextWordWrap.value), text)
        metrics = QFontMetricsF(fonts["main"])
        visible = QRectF(event.rect())
        links = {id(box): place for place, box in enumerate(self._links)}
        for box in self._boxes:
            if box.area.intersects(visible):
                self._paint_box(painter, box, fonts, metrics, links.get(id(box), -1))
        painter.end()

    def _paint_box(
        self, painter: QPainter, box: _Box, fonts: dict[str, QFont], metrics: QFontMetricsF, link: int
    ) -> None:
        theme, piece = current_theme(), box.piece
        focused = link >= 0 and link == self._current and self.hasFocus()
        if focused or (link >= 0 and link == self._hovered):
            painter.setPen(QPen(QColor(theme.focus), 1.5) if focused else Qt.PenStyle.NoPen)
            painter.setBrush(qcolor(theme.accent_soft))
            painter.drawRoundedRect(box.area.adjusted(-2, 0, 2, 0), 4, 4)
        painter.setPen(QColor(theme.accent if link >= 0 else theme.text))
        x = box.area.left() + (box.area.width() - box.text_width) / 2
        font = fonts["letter" if piece.variable else "main"]
        painter.setFont(font)
        painter.drawText(QPointF(x, box.baseline), piece.text)
        x += QFontMetricsF(font).horizontalAdvance(piece.text) + 1
        painter.setFont(fonts["index"])
        painter.drawText(QPointF(x, box.baseline - metrics.ascent() * 0.45), _raised(piece))
        painter.drawText(QPointF(x, box.baseline + metrics.descent() * 0.9), piece.below)
        if piece.under:
            painter.setFont(fonts["under"])
            painter.setPen(QColor(theme.text_muted))
            area = QRectF(box.area.left() - 10, box.baseline + metrics.descent() + 2, box.area.width() + 20, 20)
            painter.drawText(area, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, piece.under)

    # Following links

    def _link_at(self, position: QPointF) -> int:
        return next((i for i, box in enumerate(self._links) if box.area.adjusted(-2, 0, 2, 0).contains(position)), -1)

    def _activate(self, link: int) -> None:
        if 0 <= link < len(self._links):
            self._current = link
            piece = self._links[link].piece
            self.link_activated.emit(piece.target, piece.place)

    def _move_to(self, link: int) -> None:
        if self._links:
            self._current = min(max(link, 0), len(self._links) - 1)
            area = self._links[self._current].area
            holder = self.parentWidget()
            scroll = holder.parentWidget() if holder is not None else None
            if isinstance(scroll, QScrollArea):
                scroll.ensureVisible(round(area.center().x()), round(area.center().y()), 40, 40)
            self.update()

    def _on_theme_notifier_theme_changed(self) -> None:
        self._widths.clear()
        self._lay_out()

    # Qt

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            link = self._link_at(QPointF(event.pos()))
            tip = "Go to where this comes from" if link >= 0 else ""
            QToolTip.showText(event.globalPos(), tip, self)
            return True
        return super().event(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        hovered = self._link_at(event.position())
        if hovered != self._hovered:
            self._hovered = hovered
            self.setCursor(Qt.CursorShape.PointingHandCursor if hovered >= 0 else Qt.CursorShape.ArrowCursor)
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._activate(self._link_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = -1
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1, Qt.Key.Key_Down: 4, Qt.Key.Key_Up: -4}
        if event.key() in steps:
            self._move_to(self._current + steps[Qt.Key(event.key())])
        elif event.key() in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._move_to(0 if event.key() == Qt.Key.Key_Home else len(self._links) - 1)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._activate(self._current)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._lay_out()

    def sizeHint(self) -> QSize:
        return QSize(360, round(self._height))


def _raised(piece: Piece) -> str:
    """What stands above a letter, in full-size signs since the font is small already."""
    text = piece.above.replace("²[", "2 [").replace("]²", "] 2").replace("²", "2")
    return text.replace("]ᵀ", "] T").replace("ᵀ", "T")
