"""The question how often a block shall be repeated, in its place."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSpinBox, QWidget

from gui.canvas.text import elided, small_font
from gui.document.repeating import MOST_TIMES

FIRST = 3


class RepeatPopup(QFrame):
    """A number and a button under the block. Enter takes it, Esc does not. It deletes itself."""

    times_chosen = Signal(str, int)
    """Block id, and how often it shall be there in all."""

    def __init__(self, block_id: str, title: str, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._block_id = block_id
        self.setProperty("role", "card")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName("Repeat block")
        label = QLabel(f"Repeat {elided(title, small_font(), 160)}", self)
        self.number = QSpinBox(self)
        self.number.setRange(2, MOST_TIMES)
        self.number.setValue(FIRST)
        self.number.setSuffix(" times")
        self.number.setAccessibleName(f"How often '{title}' shall be there in series")
        self.number.setToolTip(f"How often it shall be there in all, one behind the other: 2 to {MOST_TIMES}")
        label.setBuddy(self.number)
        self.button = QPushButton("Repeat", self)
        self.button.setProperty("role", "primary")
        self.button.clicked.connect(self._on_button_clicked)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 8, 8)
        row.setSpacing(8)
        for widget in (label, self.number, self.button):
            row.addWidget(widget)
        self.setFocusProxy(self.number)

    def open_at(self, area: QWidget, place: QRect) -> None:
        """Show it below a rectangle of a widget, within the widget."""
        self.adjustSize()
        x = max(8, min(place.left(), area.width() - self.width() - 8))
        y = place.bottom() + 8
        if y + self.height() > area.height() - 8:
            y = max(8, min(place.top() - self.height() - 8, area.height() - self.height() - 8))
        self.move(area.mapToGlobal(QPoint(x, y)))
        self.show()
        self.number.setFocus()
        self.number.selectAll()

    def _on_button_clicked(self) -> None:
        times = self.number.value()
        self.close()
        self.times_chosen.emit(self._block_id, times)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._on_button_clicked()
        elif event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)
        event.accept()

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        parent = self.parentWidget()
        if parent is not None:
            parent.setFocus()
