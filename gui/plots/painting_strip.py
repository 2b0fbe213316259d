"""The strip of tools above a plot that is painted on."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from engine.data.sources.painted import MOST_CLASSES
from engine.declaration import FieldDescription
from gui.plots.painting_points import Tool
from gui.plots.style import toggle
from gui.theme import current_theme, qcolor, theme_notifier
from gui.widgets.basic import ElidedLabel, Label
from gui.widgets.editors import NumberEditor
from gui.widgets.numbers import QuietSlider

SMALLEST, LARGEST, FIRST_SIZE = 4, 60, 18
"""Radius of the brush in points of the screen."""
TOOLS: tuple[tuple[Tool, str, str], ...] = (
    ("brush", "Brush", "Spray points (B)"),
    ("point", "Point", "One point for each click (P)"),
    ("erase", "Erase", "Take points away (E); so does the right mouse button"),
)


class ClassChip(QAbstractButton):
    """A class to paint with: its number in its colour."""

    def __init__(self, number: int, parent: QWidget):
        super().__init__(parent)
        self.number = number
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setToolTip(f"Paint class {number} (key {number})")
        self.setAccessibleName(f"Class {number}")
        theme_notifier.theme_changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(24, 24)

    def minimumSizeHint(self) -> QSize:
        return QSize(18, 24)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = qcolor(theme.classes[self.number % len(theme.classes)])
        area = QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5)
        if self.isChecked() or self.hasFocus():
            painter.setPen(QPen(qcolor(theme.focus if self.hasFocus() else theme.text), 2))
            painter.drawRoundedRect(area, 6, 6)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color.lighter(112) if self.underMouse() else color)
        painter.drawRoundedRect(area.adjusted(2.5, 2.5, -2.5, -2.5), 3.5, 3.5)
        font = self.font()
        font.setPixelSize(theme.font_size_small - 1)
        font.setBold(True)
        painter.setFont(font)
        red, green, blue = (channel**2.2 for channel in (color.redF(), color.greenF(), color.blueF()))
        is_light = 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.18  # there black reads better than white
        painter.setPen(Qt.GlobalColor.black if is_light else Qt.GlobalColor.white)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, str(self.number))


class _KeyPage(QWidget):
    """A part of the strip that stands elsewhere; keys that its controls leave go to the strip."""

    def __init__(self, strip: PaintingStrip, parent: QWidget):
        super().__init__(parent)
        self._strip = strip

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._strip.handle_key(event):
            super().keyPressEvent(event)


class PaintingStrip(QWidget):
    """Tool, size, and the class or value to paint with."""

    cleared = Signal()
    """All points are to go."""
    left = Signal()
    """The user is done."""
    changed = Signal()
    """Another tool, size, class or value."""

    def __init__(self, parent: QWidget):
        super().__init__(parent)
        self.setAccessibleName("Painting")
        self.tools = self._make_tools(parent)
        self.clear_button = toggle("Clear", "Take all points away", self)
        self.clear_button.setCheckable(False)
        self._labels = QStackedWidget(self)
        self._labels.addWidget(self._make_chips())
        self._labels.addWidget(self._make_value())
        self._labels.setFixedHeight(28)
        self.note = ElidedLabel("", "small", self)
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self._labels, 1)
        row.addWidget(self.clear_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 2, 8, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(self.note)
        self._tools.idToggled.connect(self._on_control_changed)
        self._chips.idToggled.connect(self._on_control_changed)
        self.size_slider.valueChanged.connect(self._on_control_changed)
        self.value_editor.edited.connect(self._on_value_editor_edited)
        self.clear_button.clicked.connect(self.cleared)

    def _make_tools(self, parent: QWidget) -> QWidget:
        tools = _KeyPage(self, parent)
        tools.setAccessibleName("Painting tools")
        row = QHBoxLayout(tools)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        self._tools = QButtonGroup(self)
        for index, (_, text, tip) in enumerate(TOOLS):
            button = toggle(text, tip, tools, checked=index == 0)
            self._tools.addButton(button, index)
            row.addWidget(button)
        self.size_slider = QuietSlider(tools)
        self.size_slider.setRange(SMALLEST, LARGEST)
        self.size_slider.setValue(FIRST_SIZE)
        self.size_slider.setPageStep(8)
        self.size_slider.setAccessibleName("Size of the brush")
        self.size_slider.setToolTip("Size of the brush; the mouse wheel changes it too")
        row.addSpacing(4)
        row.addWidget(self.size_slider, 1)
        return tools

    def _make_chips(self) -> QWidget:
        page = QWidget(self)
        row = QHBoxLayout(page)
        row.setContentsMargins(0, 2, 0, 2)
        row.setSpacing(2)
        self._chips = QButtonGroup(self)
        for number in range(MOST_CLASSES):
            chip = ClassChip(number, page)
            self._chips.addButton(chip, number)
            row.addWidget(chip)
        row.addStretch(1)
        self._chips.button(0).setChecked(True)
        return page

    def _make_value(self) -> QWidget:
        page = QWidget(self)
        row = QHBoxLayout(page)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(Label("Value", parent=page))
        self._value = 0.0
        self.value_editor = self._make_value_editor(-1.0, 1.0)
        row.addWidget(self.value_editor, 1)
        self._value_row = row
        return page

    def _make_value_editor(self, low: float, high: float) -> NumberEditor:
        help_text = "Value of the points to paint; the keys 0 to 9 go from its lowest to its highest place."
        field = FieldDescription("value", "Value", help_text, "real", 0.0, slider=(low, high))
        editor = NumberEditor(field)
        editor.setToolTip(help_text)
        editor.name_controls("Value")
        editor.set_value(self._value)
        return editor

    @property
    def tool(self) -> Tool:
        """The tool in use."""
        return TOOLS[self._tools.checkedId()][0]

    def set_tool(self, tool: Tool) -> None:
        """Take another tool."""
        self._tools.button([name for name, _, _ in TOOLS].index(tool)).setChecked(True)

    @property
    def radius(self) -> int:
        """Of brush and eraser, in points of the screen."""
        return self.size_slider.value()

    @property
    def label(self) -> float:
        """The class or value to paint with."""
        return float(self._chips.checkedId()) if self._labels.currentIndex() == 0 else self._value

    def take_key(self, number: int) -> None:
        """Paint with a class, or with a value from the lowest (0) to the highest (9) of the slider."""
        if self._labels.currentIndex() == 0:
            self._chips.button(number).setChecked(True)
            return
        scale = self.value_editor.scale
        assert scale is not None
        self._value = scale.value(round(1000 * number / 9))
        self.value_editor.set_value(self._value)
        self.changed.emit()

    def set_values(self, values: bool, low: float = -1.0, high: float = 1.0) -> None:
        """Offer values between two numbers, or classes."""
        self._labels.setCurrentIndex(int(values))
        if values and self.value_editor.field.slider != (low, high):
            old = self.value_editor
            self.value_editor = self._make_value_editor(low, high)
            self._value_row.replaceWidget(old, self.value_editor)
            old.hide()
            old.deleteLater()
            self.value_editor.edited.connect(self._on_value_editor_edited)

    def say(self, sentence: str, *, warning: bool = False) -> None:
        """Show a sentence below the tools."""
        self.note.set_role("warning" if warning else "small")
        self.note.set_full_text(sentence)

    def handle_key(self, event: QKeyEvent) -> bool:
        """Do what a key stands for; False when it stands for nothing."""
        key, keys = event.key(), Qt.Key
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        if keys.Key_0 <= key <= keys.Key_9:
            self.take_key(key - keys.Key_0)
        elif key in (keys.Key_B, keys.Key_P, keys.Key_E):
            self.set_tool("brush" if key == keys.Key_B else "point" if key == keys.Key_P else "erase")
        elif key == keys.Key_Escape:
            self.left.emit()
        else:
            return False
        return True

    def _on_control_changed(self, *_: object) -> None:
        self.size_slider.setEnabled(self.tool != "point")
        self.changed.emit()

    def _on_value_editor_edited(self, value: float, _final: bool) -> None:
        self._value = value
        self.changed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.handle_key(event):
            super().keyPressEvent(event)
