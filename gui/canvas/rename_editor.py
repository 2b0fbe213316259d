"""The field in which a node is renamed in place."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from gui.document.edits import LONGEST_NAME


class RenameEditor(QLineEdit):
    """Enter or leaving the field takes the name, Esc does not. It deletes itself."""

    name_entered = Signal(str, str)
    """Node id and name."""

    def __init__(self, node_id: str, name: str, placeholder: str, parent: QWidget) -> None:
        super().__init__(name, parent)
        self._node_id = node_id
        self._done = False
        self.setMaxLength(LONGEST_NAME)
        self.setPlaceholderText(placeholder)
        self.setAccessibleName("Name of the node")
        self.returnPressed.connect(self._on_return_pressed)
        self.selectAll()

    def close_editor(self, take: bool) -> None:
        """End the renaming once, with or without the new name."""
        if self._done:
            return
        self._done = True
        focused, parent = self.hasFocus(), self.parentWidget()
        self.hide()
        self.deleteLater()
        if focused and parent is not None:
            parent.setFocus()
        if take:
            self.name_entered.emit(self._node_id, self.text())

    def _on_return_pressed(self) -> None:
        self.close_editor(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_editor(False)
        else:
            super().keyPressEvent(event)
        event.accept()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.close_editor(True)
