"""What slow motion says and shows of a sub-step: a sentence, its formulas, its arrays."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QScrollArea, QVBoxLayout, QWidget

from engine.slow_motion import SubStep
from gui.theme import current_theme, theme_notifier
from gui.views.slow_picture import SlowPicture
from gui.widgets.basic import Label

WIDE = 520
"""From this width on, words and pictures stand beside each other."""
MOST_FORMULAS = 10


class SlowPage(QScrollArea):
    """The words at the left and the pictures at the right, or below where there is little room."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._head = Label("", "heading", wrap=True)
        self._sentence = Label("", "", wrap=True)
        self._sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._formulas = Label("", "formula", wrap=True)
        self._formulas.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._remark = Label("", "small", wrap=True)
        self._picture = SlowPicture()
        words = QVBoxLayout()
        words.setSpacing(8)
        for label in (self._head, self._sentence, self._formulas, self._remark):
            words.addWidget(label)
        words.addStretch(1)
        pictures = QVBoxLayout()
        pictures.addWidget(self._picture)
        pictures.addStretch(1)
        inner = QWidget()
        self._layout = QBoxLayout(QBoxLayout.Direction.TopToBottom, inner)
        self._layout.setContentsMargins(12, 4, 12, 12)
        self._layout.setSpacing(16)
        self._layout.addLayout(words, 1)
        self._layout.addLayout(pictures, 1)
        self.setWidget(inner)
        theme_notifier.theme_changed.connect(self._set_font)
        self._set_font()

    @property
    def sentence(self) -> str:
        """What is said."""
        return self._sentence.text()

    @property
    def picture(self) -> SlowPicture:
        """The arrays."""
        return self._picture

    def show_substep(self, substep: SubStep | None, index: int, count: int) -> None:
        """Show this one of so many."""
        self._picture.set_substep(substep)
        if substep is None:
            return
        self._head.setText(f"{index + 1} of {count} · {substep.phase.capitalize()}: {substep.title}")
        self._sentence.setText(substep.sentence)
        unsaid = [formula for formula in substep.formulas if formula not in substep.sentence]
        shown, more = unsaid[:MOST_FORMULAS], len(unsaid) - MOST_FORMULAS
        self._formulas.setText("\n".join(shown) + (f"\nand {more} more" if more > 0 else ""))
        self._formulas.setVisible(bool(shown))

    def set_remark(self, text: str) -> None:
        """Say where the step begins."""
        self._remark.setText(text)

    def _set_font(self) -> None:
        font = self._sentence.font()
        font.setPixelSize(current_theme().font_size + 2)
        self._sentence.setFont(font)
        self._sentence.setStyleSheet(f"font-size: {current_theme().font_size + 2}px;")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = event.size().width() >= WIDE
        directions = QBoxLayout.Direction
        self._layout.setDirection(directions.LeftToRight if wide else directions.TopToBottom)
        self._layout.setStretch(0, int(wide))
