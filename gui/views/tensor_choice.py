"""Small boxes to choose one of a few things, for the narrow head of a dock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from gui.widgets.basic import ElidedComboBox, keeps_space
from gui.widgets.numbers import QuietComboBox


class Choice(ElidedComboBox, QuietComboBox):
    """A combo box of values with texts; it shortens what does not fit, so that a narrow dock can hold several."""

    def __init__(self, name: str, tip: str, row: QHBoxLayout, stretch: int = 1) -> None:
        """An empty box at the end of a row.

        Args:
            name: For those who cannot see it.
            tip: What it chooses.
            row: Where it goes.
            stretch: Its share of the room.
        """
        super().__init__()
        self.setMinimumContentsLength(5)
        self.setAccessibleName(name)
        self.setToolTip(tip)
        row.addWidget(self, stretch)

    def fill(self, entries: Sequence[tuple[str, Any]], chosen: Any) -> None:
        """Offer these texts with their values; the first is chosen where `chosen` is not among them."""
        if entries != [(self.itemText(i), self.itemData(i)) for i in range(self.count())]:
            self.clear()
            for text, value in entries:
                self.addItem(text, value)
        if not self.choose(chosen):
            self.setCurrentIndex(0 if entries else -1)

    def choose(self, value: Any) -> bool:
        """Choose a value, without telling; False when it is not offered."""
        index = self.findData(value)
        if index >= 0:
            self.setCurrentIndex(index)
        return index >= 0

    def text_of(self, value: Any) -> str:
        """The text of a value."""
        return self.itemText(self.findData(value))


class MenuChoice(QToolButton):
    """A button with a menu of a few choices, each with a heading; the button says in short what is chosen."""

    chosen = Signal()
    """The user chose something else."""

    def __init__(self, name: str, tip: str, text: Callable[[dict[str, Any]], str], parent: QWidget) -> None:
        """A button without choices.

        Args:
            name: For those who cannot see it.
            tip: What it chooses.
            text: What it says, from the chosen values by heading.
            parent: Owner.
        """
        super().__init__(parent)
        self._text = text
        self._groups: dict[str, QActionGroup] = {}
        self.setAccessibleName(name)
        self.setToolTip(tip)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setMenu(QMenu(self))
        self.menu().setToolTipsVisible(True)

    def fill(self, heading: str, entries: Sequence[tuple[str, Any, str]], chosen: Any) -> None:
        """Offer (text, value, tip) under a heading; the first is chosen where `chosen` is not among the values."""
        group = self._groups.get(heading)
        if group is None:
            if self._groups:
                self.menu().addSeparator()
            group = self._groups[heading] = QActionGroup(self)
            group.triggered.connect(self._on_group_triggered)
            end = self.menu().addAction("")  # choices are put before it when they change
            end.setVisible(False)
            group.setProperty("end", end)
        for action in group.actions():
            group.removeAction(action)
            self.menu().removeAction(action)
            action.deleteLater()
        values = [value for _, value, _ in entries]
        for text, value, tip in entries:
            action = QAction(text, self, checkable=True, checked=value == (chosen if chosen in values else values[0]))
            action.setData(value)
            action.setToolTip(tip)
            group.addAction(action)
            self.menu().insertAction(group.property("end"), action)
        self._write()

    def value(self, heading: str) -> Any:
        """What is chosen under a heading; None when nothing is offered."""
        group = self._groups.get(heading)
        action = group.checkedAction() if group is not None else None
        return action.data() if action is not None else None

    def choose(self, heading: str, value: Any) -> None:
        """Choose as the user would. Raises StopIteration when the value is not offered."""
        next(action for action in self._groups[heading].actions() if action.data() == value).trigger()

    def set_offered(self, heading: str, offered: bool) -> None:
        """Grey out a choice that means nothing now."""
        self._groups[heading].setEnabled(offered)

    def _write(self) -> None:
        text = self._text({heading: self.value(heading) for heading in self._groups})
        self.setText(f"{text} ▾")

    def _on_group_triggered(self, _action: QAction) -> None:
        self._write()
        self.chosen.emit()

    def event(self, event: Any) -> bool:
        return keeps_space(event) or super().event(event)
