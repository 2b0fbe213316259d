"""Small widgets that behave the same everywhere in the window."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui.theme import theme_notifier
from gui.widgets.icons import icon


def keeps_space(event: QEvent) -> bool:
    """Whether an event asks who takes the space bar: a button in focus does, before any shortcut of the window."""
    if event.type() == QEvent.Type.ShortcutOverride and cast(QKeyEvent, event).key() == Qt.Key.Key_Space:
        event.accept()
        return True
    return False


class CheckBox(QCheckBox):
    """A check box that takes the focus, and so the space bar, by keyboard only."""

    def __init__(self, text: str = "", parent: QWidget | None = None):
        super().__init__(text, parent)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def event(self, event: QEvent) -> bool:
        return keeps_space(event) or super().event(event)


class Button(QPushButton):
    """A push button with an icon of the theme, which takes the focus by keyboard only."""

    def __init__(self, text: str, icon_name: str = "", tooltip: str = "", parent: QWidget | None = None):
        super().__init__(text, parent)
        self._icon_name = icon_name
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        if tooltip:
            self.setToolTip(tooltip)
        self.setAccessibleName(text or tooltip)
        if icon_name:
            self._on_theme_changed()
            theme_notifier.theme_changed.connect(self._on_theme_changed)

    def _on_theme_changed(self) -> None:
        self.setIcon(icon(self._icon_name))

    def event(self, event: QEvent) -> bool:
        return keeps_space(event) or super().event(event)


class ToolButton(QToolButton):
    """A button with an icon only; the tooltip is its name."""

    def __init__(self, icon_name: str = "", tooltip: str = "", parent: QWidget | None = None):
        super().__init__(parent)
        self._icon_name = icon_name
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setIconSize(QSize(18, 18))
        if tooltip:
            self.setToolTip(tooltip)
            self.setAccessibleName(tooltip)
        if icon_name:
            self._on_theme_changed()
            theme_notifier.theme_changed.connect(self._on_theme_changed)

    def _on_theme_changed(self) -> None:
        self.setIcon(icon(self._icon_name))

    def event(self, event: QEvent) -> bool:
        return keeps_space(event) or super().event(event)


class Line(QFrame):
    """A thin line between parts of a panel."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setProperty("role", "line")
        self.setFixedHeight(1)


class Label(QLabel):
    """A text in one of the roles of the style sheet: muted, small, heading, title, figure, error, warning, formula."""

    def __init__(self, text: str = "", role: str = "", *, wrap: bool = False, parent: QWidget | None = None):
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.setWordWrap(wrap)
        if wrap:
            self.setMinimumWidth(40)
            self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def set_role(self, role: str) -> None:
        """Take another role."""
        if self.property("role") != role:
            self.setProperty("role", role)
            self.style().unpolish(self)
            self.style().polish(self)


class ElidedLabel(Label):
    """A text in one line that ends in … where the room ends; the tooltip has it in full."""

    def __init__(self, text: str = "", role: str = "", parent: QWidget | None = None):
        super().__init__("", role, parent=parent)
        self._full = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.set_full_text(text)

    def set_full_text(self, text: str) -> None:
        """Show this text."""
        self._full = text
        self.setAccessibleName(text)
        self._fit()

    def _fit(self) -> None:
        shown = self.fontMetrics().elidedText(self._full, Qt.TextElideMode.ElideRight, max(self.width(), 20))
        self.setText(shown)
        self.setToolTip(self._full if shown != self._full else "")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()


class ElidedComboBox(QComboBox):
    """A combo box that shortens a long entry with an ellipsis; a style sheet would cut it off in mid-letter."""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        field = QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, field, self).width()
        option.currentText = self.fontMetrics().elidedText(option.currentText, Qt.TextElideMode.ElideRight, room - 4)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)


class Section(QWidget):
    """A part of a panel under a heading."""

    def __init__(self, title: str, parent: QWidget | None = None):
        super().__init__(parent)
        self.heading = Label(title, "heading")
        self.body = QVBoxLayout()
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(8)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.heading)
        layout.addLayout(self.body)
        self.setAccessibleName(title)
