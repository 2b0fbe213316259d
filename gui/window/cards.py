"""Cards with a picture, a title and a line below it, in rows that follow the width."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from gui.theme import current_theme, theme_notifier
from gui.widgets.basic import keeps_space

PICTURE = QSize(192, 112)
GAP = 12


class Card(QAbstractButton):
    """A button that is a picture with two lines of text."""

    def __init__(self, title: str, subtitle: str, tooltip: str = "", parent: QWidget | None = None):
        super().__init__(parent)
        self._subtitle = subtitle
        self._picture: QImage | None = None
        self.setText(title)
        self.setToolTip(tooltip or title)
        self.setAccessibleName(title)
        self.setAccessibleDescription(subtitle)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        theme_notifier.theme_changed.connect(self.update)

    @property
    def has_picture(self) -> bool:
        """The picture is there."""
        return self._picture is not None

    def set_picture(self, picture: QImage) -> None:
        """Show a picture."""
        self._picture = picture
        self.update()

    def event(self, event: QEvent) -> bool:
        return keeps_space(event) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(PICTURE.width() + 2, PICTURE.height() + 2 * metrics.height() + 22)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        focus, hover = self.hasFocus(), self.underMouse()
        width = 2.0 if focus else 1.0
        frame = QRectF(self.rect()).adjusted(width / 2, width / 2, -width / 2, -width / 2)
        path = QPainterPath()
        path.addRoundedRect(frame, theme.radius, theme.radius)
        painter.fillPath(path, QColor(theme.hover if hover or self.isDown() else theme.surface_raised))
        area = QRectF(1, 1, self.width() - 2, PICTURE.height())
        painter.save()
        painter.setClipPath(path)
        painter.fillRect(area, QColor(theme.canvas))
        if self._picture is not None:
            size = self._picture.size().scaled(area.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio)
            target = QRectF(0, 0, size.width(), size.height())
            target.moveCenter(area.center())
            painter.drawImage(target, self._picture)
        painter.restore()
        painter.setPen(QPen(QColor(theme.border)))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.setPen(QPen(QColor(theme.focus if focus else theme.border_strong if hover else theme.border), width))
        painter.drawPath(path)
        metrics, room = self.fontMetrics(), round(frame.width()) - 24
        font = self.font()
        line = QRectF(12, area.bottom() + 8, room, metrics.height())
        font.setWeight(font.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(QColor(theme.text))
        painter.drawText(line, painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room))
        font.setWeight(font.Weight.Normal)
        font.setPixelSize(theme.font_size_small)
        painter.setFont(font)
        painter.setPen(QColor(theme.text_muted))
        line.translate(0, metrics.height() + 2)
        painter.drawText(line, painter.fontMetrics().elidedText(self._subtitle, Qt.TextElideMode.ElideRight, room))


class CardGrid(QWidget):
    """Lays cards in rows, as many beside each other as fit."""

    def __init__(self, name: str, parent: QWidget | None = None):
        super().__init__(parent)
        self.cards: list[Card] = []
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_cards(self, cards: list[Card]) -> None:
        """Show these cards in place of the others."""
        for card in self.cards:
            card.hide()
            card.deleteLater()
        self.cards = cards
        for card in cards:
            card.setParent(self)
            card.show()
        self._arrange()

    def _arrange(self) -> None:
        if not self.cards:
            self.setFixedHeight(0)
            return
        size = self.cards[0].sizeHint()
        columns = max((self.width() + GAP) // (size.width() + GAP), 1)
        for index, card in enumerate(self.cards):
            row, column = divmod(index, columns)
            card.setGeometry(column * (size.width() + GAP), row * (size.height() + GAP), size.width(), size.height())
        rows = -(-len(self.cards) // columns)
        self.setFixedHeight(rows * (size.height() + GAP) - GAP)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._arrange()
