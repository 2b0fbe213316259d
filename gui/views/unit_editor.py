"""A small field over the Units view in which one weight or bias is set by hand."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from gui.views.tensor_text import number_text
from gui.widgets.basic import Button, Label, keeps_space
from gui.widgets.numbers import NumberBox, QuietSlider

TICKS = 200
"""Steps of the slider on each side of 0."""


class _WeightBox(NumberBox):
    """Esc is for the whole editor, and Enter tells it first whether what was typed is a number."""

    def interpret(self) -> None:
        """Read what was typed."""
        self._commit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.ignore()  # the editor reads what was typed
        else:
            super().keyPressEvent(event)


class WeightEditor(QFrame):
    """Number, slider, and a way back. Enter sets the number, Esc leaves it as it is."""

    entered = Signal(float)
    """The number that the weight is to have."""
    taken_back = Signal()
    """The weight is to be what it was before it was first set by hand."""
    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        """A hidden editor."""
        super().__init__(parent)
        self._reach = 1.0
        self._refused = False
        self.setProperty("role", "card")
        self.setAutoFillBackground(True)
        self.setAccessibleName("Set a weight")
        self.title = Label("", "heading")
        self.meaning = Label("", "muted")
        self.box = _WeightBox(integral=False, step=0.1)
        self.box.setAccessibleName("Value")
        self.box.refused.connect(self._on_box_refused)
        self.box.edited.connect(self._on_box_edited)
        self.slider = QuietSlider()
        self.slider.setAccessibleName("Value")
        self.slider.setRange(-TICKS, TICKS)
        self.slider.valueChanged.connect(self._on_slider_value_changed)
        self.set_button = Button("Set", "", "Give the weight this value (Enter)")
        self.set_button.clicked.connect(self._commit)
        self.back_button = Button("Set back", "", "The value before it was set by hand")
        self.back_button.clicked.connect(self._on_back_button_clicked)
        self.complaint = Label("", "error", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 12)
        column.setSpacing(4)
        column.addWidget(self.title)
        column.addWidget(self.meaning)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.box)
        row.addWidget(self.slider, 1)
        row.addWidget(self.set_button)
        column.addLayout(row)
        column.addWidget(self.complaint)
        column.addWidget(self.back_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.setFixedWidth(300)
        self.hide()

    def open(
        self, title: str, meaning: str, value: float, largest: float, before: float | None, beside: QPoint
    ) -> None:
        """Show it for a weight.

        Args:
            title: Its symbol.
            meaning: What it does.
            value: What it is now.
            largest: Of its layer, so that the slider reaches far enough.
            before: Its value before it was first set by hand; None when it was not.
            beside: Where it is drawn.
        """
        self._reach = max(3.0, 2 * largest)
        self._refused = False
        self.title.setText(title)
        self.meaning.setText(meaning)
        self.complaint.hide()
        shown = value if value == value and abs(value) != float("inf") else 0.0
        self.box.set_value(float(f"{shown:.6g}"))
        self._place_slider(shown)
        self.back_button.setVisible(before is not None)
        if before is not None:
            self.back_button.setText(f"Set back to {number_text(before)}")
        self.adjustSize()
        parent = self.parentWidget()
        assert parent is not None
        area = parent.visibleRegion().boundingRect().adjusted(4, 4, -4, -4)
        left = min(max(beside.x() - self.width() // 2, area.left()), area.right() - self.width())
        top = beside.y() + 14 if beside.y() + 14 + self.height() <= area.bottom() else beside.y() - 14 - self.height()
        self.move(max(left, area.left()), max(top, area.top()))
        self.show()
        self.raise_()
        self.box.setFocus(Qt.FocusReason.OtherFocusReason)
        self.box.selectAll()

    def leave(self) -> None:
        """Close without setting anything."""
        if self.isVisible():
            self.hide()
            self.closed.emit()

    def _commit(self) -> None:
        self._refused = False
        self.box.interpret()
        value = self.box.value()
        if not self._refused and value is not None:
            self.entered.emit(float(value))

    def refuse(self, sentence: str) -> None:
        """Say why the number is not taken."""
        self._refused = True
        self.complaint.setText(sentence)
        self.complaint.show()
        self.complaint.setMinimumHeight(self.complaint.heightForWidth(self.width() - 24))
        self.adjustSize()

    def _place_slider(self, value: float) -> None:
        self.slider.blockSignals(True)
        self.slider.setValue(round(TICKS * max(-1.0, min(1.0, value / self._reach))))
        self.slider.blockSignals(False)

    def _on_box_edited(self, value: float) -> None:
        self.complaint.hide()
        self._place_slider(value)

    def _on_box_refused(self, sentence: str) -> None:
        self.refuse(sentence)

    def _on_slider_value_changed(self, tick: int) -> None:
        self.complaint.hide()
        self.box.set_value(float(f"{self._reach * tick / TICKS:.3g}"))

    def _on_back_button_clicked(self) -> None:
        self.taken_back.emit()

    def event(self, event: QEvent) -> bool:
        return keeps_space(event) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._commit()
        elif event.key() == Qt.Key.Key_Escape:
            self.leave()
        else:
            super().keyPressEvent(event)
