"""The field in which a note is written, in its place on the canvas."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFont, QKeyEvent, QKeySequence, QTextCursor, QTextOption
from PySide6.QtWidgets import QTextEdit, QWidget

from engine.annotations import LONGEST_NOTE
from gui.theme import Tint, current_theme

SMALLEST_SCALE = 0.9
"""Text is written at least this large, however far away the note is."""
BORDER = 2


class NoteEditor(QTextEdit):
    """Ctrl+Enter, Tab or leaving the field takes the text, Esc does not. It grows with its text and deletes itself."""

    closed = Signal(bool, str)
    """Whether the text is to be taken, and the text."""
    shortened = Signal()
    """What was typed or pasted was too long and has lost its end."""

    def __init__(self, text: str, placeholder: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._done = False
        self._area = QRectF()
        self.setAcceptRichText(False)
        self.setUndoRedoEnabled(True)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setPlaceholderText(placeholder)
        self.setAccessibleName("Text of the note")
        self.setAccessibleDescription("Ctrl+Enter takes the text, Esc does not.")
        self.setPlainText(text)
        self.selectAll()
        self.textChanged.connect(self._on_text_changed)

    def place(self, area: QRectF, font: QFont, padding: float, zoom: float, tint: Tint, filled: bool) -> None:
        """Stand there.

        Args:
            area: Of the note, in the viewport.
            font: Of the note at 100 %.
            padding: Between the note's border and its text, at 100 %.
            zoom: How large it is drawn.
            tint: Its colours.
            filled: Whether it is a card, or text straight on the canvas.
        """
        theme, scale = current_theme(), max(zoom, SMALLEST_SCALE)
        font = QFont(font)
        font.setPixelSize(max(1, round(font.pixelSize() * scale)))
        self.setFont(font)
        self.document().setDefaultFont(font)
        self.document().setDocumentMargin(max(2.0, padding * scale - BORDER))
        fill = tint.fill if filled else theme.surface_raised
        self.setStyleSheet(
            f"QTextEdit {{ background: {fill}; color: {tint.text if filled else theme.text}; padding: 0;"
            f" border: {BORDER}px solid {theme.selection}; border-radius: 6px; font-size: {font.pixelSize()}px; }}"
        )
        width = area.width() * scale / zoom
        self._area = QRectF(area.left(), area.top(), width, area.height() * scale / zoom)
        self._fit()

    def close_editor(self, take: bool) -> None:
        """End the writing once, with or without the new text."""
        if self._done:
            return
        self._done = True
        focused, parent = self.hasFocus(), self.parentWidget()
        self.hide()
        self.deleteLater()
        if focused and parent is not None:
            parent.setFocus()
        self.closed.emit(take, self.toPlainText())

    def _fit(self) -> None:
        """As high as the text, but not higher than what is seen."""
        room = self.parentWidget()
        assert room is not None
        width = round(min(self._area.width(), room.width() - 16))
        self.document().setTextWidth(width - 2 * BORDER)
        height = round(max(self._area.height(), self.document().size().height() + 2 * BORDER))
        height = min(height, room.height() - 16)
        x = max(8, min(round(self._area.left()), room.width() - 8 - width))
        y = max(8, min(round(self._area.top()), room.height() - 8 - height))
        self.setGeometry(x, y, width, height)

    def _on_text_changed(self) -> None:
        text = self.toPlainText()
        if len(text) > LONGEST_NOTE:
            self.blockSignals(True)
            self.setPlainText(text[:LONGEST_NOTE])
            self.moveCursor(QTextCursor.MoveOperation.End)
            self.blockSignals(False)
            self.shortened.emit()
        self._fit()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            if event.matches(QKeySequence.StandardKey.Save) or event.key() == Qt.Key.Key_F6:
                self.close_editor(True)  # what is written is saved too
                return False
            event.accept()  # no other shortcut of the window or of the canvas while something is written
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, control = event.key(), event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if key == Qt.Key.Key_Escape:
            self.close_editor(False)
        elif key == Qt.Key.Key_Tab or (key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and control):
            self.close_editor(True)
        else:
            super().keyPressEvent(event)
        event.accept()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.close_editor(True)
