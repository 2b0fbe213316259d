"""A button that opens a small panel of controls, which stays open until one clicks elsewhere."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QToolButton, QVBoxLayout, QWidget

from gui.widgets.basic import keeps_space


class _Panel(QFrame):
    """Esc closes it, and the space bar belongs to what has the focus in it."""

    def event(self, event: QEvent) -> bool:
        return keeps_space(event) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)


class PopupButton(QToolButton):
    """Opens its panel below itself; Esc closes it."""

    def __init__(self, text: str, tip: str, parent: QWidget | None = None) -> None:
        """A button with an empty panel: put the controls into `body`."""
        super().__init__(parent)
        self.set_title(text)
        self.setToolTip(tip)
        self.setAccessibleName(text)
        self.setAccessibleDescription(tip)
        self.setAutoRaise(True)
        self.setArrowType(Qt.ArrowType.NoArrow)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.panel = _Panel(self, Qt.WindowType.Popup)
        self.panel.setProperty("role", "card")
        self.panel.setAccessibleName(text)
        self.body = QVBoxLayout(self.panel)
        self.body.setContentsMargins(12, 8, 12, 8)
        self.body.setSpacing(8)
        self.clicked.connect(self.open)

    def set_title(self, text: str) -> None:
        """What stands on the button, before the sign that it opens something."""
        self._title = text
        self.setText(f"{text} ▾")

    def set_compact(self, compact: bool) -> None:
        """Leave the sign out, where there is little room."""
        self.setText(self._title if compact else f"{self._title} ▾")

    def open(self) -> None:
        """Show the panel, inside of the screen."""
        self.panel.adjustSize()
        place = self.mapToGlobal(QPoint(0, self.height() + 2))
        area = self.screen().availableGeometry()
        left = max(area.left() + 4, min(place.x(), area.right() - self.panel.width() - 4))
        top = place.y()
        if top + self.panel.height() > area.bottom():
            top = self.mapToGlobal(QPoint(0, -2)).y() - self.panel.height()
        self.panel.move(left, max(top, area.top() + 4))
        self.panel.show()
        first = self.panel.nextInFocusChain()
        if first is not None and self.panel.isAncestorOf(first):
            first.setFocus(Qt.FocusReason.PopupFocusReason)
