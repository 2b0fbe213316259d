"""One editor per kind of field: it shows a value, and tells what the user makes of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QIcon
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QWidget

from engine.declaration import FieldDescription
from gui.theme import current_theme, theme_notifier
from gui.widgets.basic import CheckBox
from gui.widgets.icons import icon
from gui.widgets.numbers import NumberBox, QuietComboBox, QuietSlider, format_number
from gui.widgets.scales import STEPS, LinearScale, scale_for


class Editor(QWidget):
    """Base of the editors. `set_value` emits nothing, and never disturbs what is being typed or dragged."""

    edited = Signal(object, bool)
    """The value, and whether it is final (False while a slider is dragged)."""
    refused = Signal(str)
    """A sentence on a text that stands for no value."""
    wide = False
    """The editor wants the whole width below its label."""

    def __init__(self, field: FieldDescription, parent: QWidget | None = None):
        super().__init__(parent)
        self.field = field
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)

    def set_value(self, value: Any) -> None:
        """Show a value."""
        raise NotImplementedError

    def name_controls(self, name: str) -> None:
        """Give the controls their accessible name."""
        raise NotImplementedError


class BooleanEditor(Editor):
    """A check box."""

    def __init__(self, field: FieldDescription, parent: QWidget | None = None):
        super().__init__(field, parent)
        self.box = CheckBox()
        self._row.addWidget(self.box)
        self._row.addStretch(1)
        self.setFocusProxy(self.box)
        self.box.clicked.connect(self._on_box_clicked)

    def set_value(self, value: Any) -> None:
        self.box.setChecked(bool(value))

    def name_controls(self, name: str) -> None:
        self.box.setAccessibleName(name)

    def _on_box_clicked(self, checked: bool) -> None:
        self.edited.emit(checked, True)


class ChoiceEditor(Editor):
    """A combo box of the legal values."""

    def __init__(self, field: FieldDescription, parent: QWidget | None = None):
        super().__init__(field, parent)
        self.box = QuietComboBox()
        for choice in field.choices:
            self.box.addItem(str(choice), choice)
        self._row.addWidget(self.box, 1)
        self.setFocusProxy(self.box)
        self.box.activated.connect(self._on_box_activated)

    def set_value(self, value: Any) -> None:
        self.box.setCurrentIndex(self.field.choices.index(value) if value in self.field.choices else -1)

    def name_controls(self, name: str) -> None:
        self.box.setAccessibleName(name)

    def _on_box_activated(self, index: int) -> None:
        self.edited.emit(self.field.choices[index], True)


class TextEditor(Editor):
    """A line of text; it counts when Enter is pressed or the line is left."""

    def __init__(self, field: FieldDescription, parent: QWidget | None = None):
        super().__init__(field, parent)
        self.line = QLineEdit()
        self._menu_action: QAction | None = None
        self._suggestions: tuple[str, ...] = ()
        self._several = False
        self._value: Any = ""
        self._row.addWidget(self.line, 1)
        self.setFocusProxy(self.line)
        self.line.editingFinished.connect(self._on_line_editing_finished)

    def set_value(self, value: Any) -> None:
        self._value = value
        if self.line.isModified():
            return
        text = self._format(value)
        if text != self.line.text():
            self.line.setText(text)
            self.line.setCursorPosition(0)

    def name_controls(self, name: str) -> None:
        self.line.setAccessibleName(name)

    def set_suggestions(self, texts: Sequence[str], *, several: bool = False) -> None:
        """Offer these texts in a menu at the end of the line; anything may still be typed.

        Args:
            texts: What to offer.
            several: A chosen text is added to the line, after a comma, instead of replacing it.
        """
        self._suggestions, self._several = tuple(texts), several
        if texts and self._menu_action is None:
            self._menu_action = self.line.addAction(QIcon(), QLineEdit.ActionPosition.TrailingPosition)
            self._menu_action.setToolTip("Choose one")
            self._menu_action.triggered.connect(self._on_menu_action_triggered)
            theme_notifier.theme_changed.connect(self._on_theme_notifier_theme_changed)
            self._on_theme_notifier_theme_changed()
        if self._menu_action is not None:
            self._menu_action.setVisible(bool(texts))

    def suggestion_menu(self) -> QMenu:
        """The menu of what is offered."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for text in self._suggestions:
            menu.addAction(text.replace("&", "&&")).setData(text)
        menu.triggered.connect(self._on_menu_triggered)
        return menu

    def _format(self, value: Any) -> str:
        return str(value or "")

    def _parse(self, text: str) -> Any:
        return text

    def _on_theme_notifier_theme_changed(self) -> None:
        if self._menu_action is not None:
            self._menu_action.setIcon(icon("chevron", current_theme().text_muted))

    def _on_menu_action_triggered(self) -> None:
        self.suggestion_menu().popup(self.line.mapToGlobal(self.line.rect().bottomLeft()))

    def _on_menu_triggered(self, action: QAction) -> None:
        text = str(action.data())
        if self._several and self.line.text().strip():
            text = f"{self.line.text().strip()}, {text}"
        self.line.setText(text)
        self.line.setModified(False)
        if text != self._value:
            self.edited.emit(text, True)

    def _on_line_editing_finished(self) -> None:
        if not self.line.isModified():
            return
        self.line.setModified(False)
        try:
            value = self._parse(self.line.text())
        except ValueError as error:
            self.line.setText(self._format(self._value))
            self.refused.emit(str(error))
            return
        if value != self._value:
            self.edited.emit(value, True)
        self.line.setText(self._format(self._value))


class IntegersEditor(TextEditor):
    """Whole numbers separated by commas, such as 28, 28, 1."""

    def __init__(self, field: FieldDescription, parent: QWidget | None = None):
        super().__init__(field, parent)
        self.line.setPlaceholderText("28, 28, 1" if field.default else "all")

    def _format(self, value: Any) -> str:
        return ", ".join(str(number) for number in value or ())

    def _parse(self, text: str) -> Any:
        words = [word for word in re.split(r"[,;×x\s()]+", text.strip()) if word]
        try:
            return tuple(int(word) for word in words)
        except ValueError:
            raise ValueError(f"'{text.strip()}' is no list of whole numbers. Write it like 28, 28, 1.") from None


class NumberEditor(Editor):
    """A box for a number, behind a slider where the field has a scale."""

    def __init__(self, field: FieldDescription, parent: QWidget | None = None):
        super().__init__(field, parent)
        integral = field.kind == "integer"
        self.scale = scale_for(field)
        self._value: float | None = None
        step = 1.0
        if isinstance(self.scale, LinearScale) and not integral:
            step = 0.01 if self.scale.high <= 1 else 0.1
        self.slider: QuietSlider | None = None
        if self.scale is not None:
            self.slider = QuietSlider()
            self.slider.setRange(0, STEPS)
            self.slider.setSingleStep(STEPS // 50)
            self.slider.setPageStep(STEPS // 10)
            self._row.addWidget(self.slider, 1)
            self.slider.valueChanged.connect(self._on_slider_value_changed)
            self.slider.sliderReleased.connect(self._on_slider_released)
        self.box = NumberBox(integral=integral, factor=1.25 if field.log else 0.0, step=step)
        self.box.set_bounds(field.minimum, field.maximum)
        self.box.edited.connect(self._on_box_edited)
        self.box.refused.connect(self.refused)
        self._row.addWidget(self.box, 0 if self.slider else 1)
        if self.slider:
            self.box.setFixedWidth(84)
        self.setFocusProxy(self.box)

    def set_value(self, value: Any) -> None:
        self._value = value
        self.box.set_value(value)
        if self.slider is not None and self.scale is not None and value is not None and not self.slider.isSliderDown():
            self.slider.blockSignals(True)
            self.slider.setValue(self.scale.position(value))
            self.slider.blockSignals(False)
            self.slider.setToolTip(format_number(value))

    def name_controls(self, name: str) -> None:
        self.box.setAccessibleName(name)
        if self.slider is not None:
            self.slider.setAccessibleName(f"{name}, slider")

    def _on_slider_value_changed(self, position: int) -> None:
        assert self.slider is not None
        assert self.scale is not None
        value = self.scale.value(position)
        if value != self._value:
            self._value = value
            self.box.set_value(value)
            self.edited.emit(value, not self.slider.isSliderDown())

    def _on_slider_released(self) -> None:
        self.edited.emit(self._value, True)

    def _on_box_edited(self, value: float) -> None:
        self.edited.emit(value, True)


class OptionalEditor(Editor):
    """A check box in front of another editor; without the tick the value is None."""

    def __init__(self, field: FieldDescription, inner: Editor, parent: QWidget | None = None):
        super().__init__(field, parent)
        self.box = CheckBox()
        self.box.setToolTip("Own value; without the tick the common one is used.")
        self.inner = inner
        self._row.addWidget(self.box, 0, Qt.AlignmentFlag.AlignTop if inner.wide else Qt.AlignmentFlag.AlignVCenter)
        self._row.addWidget(inner, 1)
        self.box.clicked.connect(self._on_box_clicked)
        inner.edited.connect(self.edited)
        inner.refused.connect(self.refused)

    def set_value(self, value: Any) -> None:
        self.box.setChecked(value is not None)
        self.inner.setEnabled(value is not None)
        if value is not None or isinstance(self.inner, NumberEditor):
            self.inner.set_value(value)

    def name_controls(self, name: str) -> None:
        self.box.setAccessibleName(f"{name}: own value")
        self.inner.name_controls(name)

    def _on_box_clicked(self, checked: bool) -> None:
        self.edited.emit(self._first_value() if checked else None, True)

    def _first_value(self) -> Any:
        field = self.field
        if field.default is not None:
            return field.default
        if field.kind in ("integer", "real"):
            low = field.minimum or 0
            return low + 1 if field.open_minimum else low
        if field.kind == "declaration" and field.family is not None:
            return field.family.members()[0]()
        return {"boolean": False, "choice": (field.choices or (None,))[0], "integers": (1,)}.get(field.kind, "")
