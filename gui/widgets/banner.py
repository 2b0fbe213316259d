"""A sentence across the window that does not get in the way."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from gui.theme import current_theme, theme_notifier
from gui.widgets.basic import Button, Label, ToolButton
from gui.widgets.icons import pixmap


class Banner(QFrame):
    """Shows one message with up to one button; hidden while there is none."""

    button_clicked = Signal()
    text_clicked = Signal()
    closed = Signal()

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setProperty("role", "banner")
        self._level = "info"
        self.icon = QLabel()
        self.text = Label("", wrap=True)
        self.button = Button("")
        self.close_button = ToolButton("close", "Close this message")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 8, 6)
        row.setSpacing(8)
        row.addWidget(self.icon)
        row.addWidget(self.text, 1)
        row.addWidget(self.button)
        row.addWidget(self.close_button)
        self.button.clicked.connect(self.button_clicked)
        self.close_button.clicked.connect(self._on_close_button_clicked)
        theme_notifier.theme_changed.connect(self._on_theme_notifier_theme_changed)
        self.setAccessibleName("Message")
        self.hide()

    def show_message(self, text: str, level: str = "info", button: str = "", *, clickable: bool = False) -> None:
        """Show a message in place of any other.

        Args:
            text: Plain sentences.
            level: info, warning or error.
            button: Text of the button; empty for none.
            clickable: A click on the text means something (the node it is about).
        """
        self._level = level
        self.text.setText(text)
        self.setAccessibleDescription(text)
        self.button.setText(button)
        self.button.setVisible(bool(button))
        self.text.setCursor(Qt.CursorShape.PointingHandCursor if clickable else Qt.CursorShape.ArrowCursor)
        self.setProperty("level", level)
        self.style().unpolish(self)
        self.style().polish(self)
        self._on_theme_notifier_theme_changed()
        self.show()

    def _on_close_button_clicked(self) -> None:
        self.hide()
        self.closed.emit()

    def _on_theme_notifier_theme_changed(self) -> None:
        theme = current_theme()
        color = {"error": theme.error, "warning": theme.warning}.get(self._level, theme.accent)
        self.icon.setPixmap(pixmap(self._level, 18, color, self.devicePixelRatioF()))
        self.icon.setFixedSize(18, 18)

    def mousePressEvent(self, event: object) -> None:
        self.text_clicked.emit()
