"""Boxes for numbers: whole ones and real ones, with any number of digits and with powers of ten."""

from __future__ import annotations

import math
import re
from typing import cast

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QValidator, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QSlider, QWidget


def format_number(value: float | None) -> str:
    """A number as it is best read: 0.01, 1e-8, 250000; up to ten significant digits, never more than needed."""
    if value is None:
        return ""
    if isinstance(value, int) or (value == int(value) and abs(value) < 1e7):
        return str(int(value))
    text = f"{value:.10g}"
    if len(text) > 9 and "e" not in text and abs(value) < 1e-3:
        text = f"{value:e}"
        mantissa, _, exponent = text.partition("e")
        text = f"{mantissa.rstrip('0').rstrip('.')}e{exponent}"
    return re.sub(r"e([+-])0*(\d)", lambda m: f"e{'-' if m[1] == '-' else ''}{m[2]}", text)


def read_number(text: str, *, integral: bool) -> float:
    """The number that a user typed; a comma or × 10^ is understood.

    Raises:
        ValueError: It is no number, or not finite; the message is a sentence.
    """
    clean = text.strip().replace("−", "-").replace(" ", "").replace("_", "")
    if "," in clean and "." not in clean:
        clean = clean.replace(",", ".")
    clean = re.sub(r"[×x*]10\^?", "e", clean)
    try:
        value = float(clean)
    except ValueError:
        raise ValueError(f"'{text.strip()}' is not a number. Write it like 0.01 or 1e-2.") from None
    if math.isnan(value):
        raise ValueError("'nan' is not a number that can be used. Write it like 0.01 or 1e-2.")
    if math.isinf(value):
        raise ValueError(f"'{text.strip()}' is too large: it would be infinite. Write a smaller number.")
    if not integral:
        return value
    if value != int(value):
        raise ValueError(f"'{text.strip()}' is not a whole number.")
    return int(clean) if clean.lstrip("+-").isdigit() else int(value)


class NumberBox(QAbstractSpinBox):
    """A spin box that takes scientific notation and shows as many digits as the number has.

    It emits only what the user changes. While the user types, `set_value` waits and does not disturb the text.
    """

    edited = Signal(object)
    """The number: int or float."""
    refused = Signal(str)
    """A sentence that says why the text is no number."""

    def __init__(self, *, integral: bool, factor: float = 0.0, step: float = 1.0, parent: QWidget | None = None):
        super().__init__(parent)
        self._integral = integral
        self._factor = factor
        self._step = step
        self._minimum, self._maximum = -math.inf, math.inf
        self._value: float | None = None
        self._typed = False  # Qt forgets isModified of its line before editingFinished comes
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setKeyboardTracking(False)
        self.lineEdit().setTextMargins(5, 0, 0, 0)  # a style sheet's padding does not reach the line
        self.lineEdit().textEdited.connect(self._on_text_edited)
        self.editingFinished.connect(self._commit)

    def value(self) -> float | None:
        """The number shown, without what is being typed."""
        return self._value

    def set_value(self, value: float | None) -> None:
        """Show a number; nothing is emitted."""
        self._value = value
        if self._typed:
            return
        text = format_number(value)
        if text != self.lineEdit().text():
            self.lineEdit().setText(text)
            self.lineEdit().setCursorPosition(0)

    def set_bounds(self, minimum: float | None, maximum: float | None) -> None:
        """Where the arrows stop. What is typed is judged by the declaration."""
        self._minimum = -math.inf if minimum is None else minimum
        self._maximum = math.inf if maximum is None else maximum

    def _on_text_edited(self) -> None:
        self._typed = True
        self._mark(valid=True)

    def _mark(self, *, valid: bool) -> None:
        if bool(self.property("invalid")) == valid:
            self.setProperty("invalid", not valid)
            self.style().unpolish(self)
            self.style().polish(self)

    def _commit(self) -> None:
        if not self._typed:
            return
        text = self.lineEdit().text()
        self._typed = False
        try:
            value = read_number(text, integral=self._integral)
        except ValueError as error:
            self._mark(valid=False)
            self.lineEdit().setText(format_number(self._value))
            self.refused.emit(str(error))
            return
        self._take(value)

    def _take(self, value: float) -> None:
        before = self._value
        self._value = value
        self.lineEdit().setText(format_number(value))
        if value != before:
            self.edited.emit(value)

    def stepBy(self, steps: int) -> None:
        self._commit()
        value = self._value or 0
        if self._factor and value > 0:
            value = float(f"{value * self._factor**steps:.2g}")
            value = round(value) if self._integral else value
            if value == self._value:
                value += steps
        else:
            value = float(f"{value + steps * self._step:.10g}")
        value = min(max(value, self._minimum), self._maximum)
        self._take(int(value) if self._integral else value)
        self.selectAll()

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        flags = QAbstractSpinBox.StepEnabledFlag.StepNone
        if self._value is None or self._value > self._minimum:
            flags |= QAbstractSpinBox.StepEnabledFlag.StepDownEnabled
        if self._value is None or self._value < self._maximum:
            flags |= QAbstractSpinBox.StepEnabledFlag.StepUpEnabled
        return flags

    def validate(self, text: str, position: int) -> object:
        return QValidator.State.Acceptable, text, position

    def fixup(self, text: str) -> str:
        return text

    def sizeHint(self) -> QSize:
        return QSize(92, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(72, super().minimumSizeHint().height())

    def event(self, event: QEvent) -> bool:
        # A space is no part of a number: it stays free for the window's shortcut.
        if event.type() == QEvent.Type.ShortcutOverride and cast(QKeyEvent, event).key() == Qt.Key.Key_Space:
            self._commit()
            event.ignore()
            return False
        return super().event(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._typed:
            self._typed = False
            self.lineEdit().setText(format_number(self._value))
            self._mark(valid=True)
            return
        super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._commit()
        self.set_value(self._value)


class QuietSlider(QSlider):
    """A horizontal slider that the wheel moves only while it has the focus."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def sizeHint(self) -> QSize:
        return QSize(120, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(48, super().minimumSizeHint().height())

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class QuietComboBox(QComboBox):
    """A combo box that the wheel changes only while it has the focus, and that may be narrower than its texts."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()
