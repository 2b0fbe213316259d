"""What the boundary plot shows: a panel of switches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QRadioButton, QWidget

from gui.plots.popup import PopupButton
from gui.widgets.basic import CheckBox, Label

PART_TITLES = {"train": "Train examples ●", "dev": "Dev examples ○", "test": "Test examples □"}


@dataclass(frozen=True, slots=True)
class Options:
    """What is switched on."""

    hidden: frozenset[str] = frozenset()
    """Parts whose examples are not drawn."""
    rings: bool = True
    """Around examples that are taken for another class."""
    discrete: bool = False
    """The likeliest class in one colour, values in bands."""
    at_example: bool = False
    """The features that are not looked at keep the values of the example looked at; else their medians."""


class OptionsButton(PopupButton):
    """Opens the switches."""

    changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__("Show", "Which examples are drawn, and how the predictions are coloured", parent)
        self.parts = {part: CheckBox(title) for part, title in PART_TITLES.items()}
        self.rings = CheckBox("Ring around wrong ones")
        self.discrete = CheckBox("Discrete colours")
        self.discrete.setToolTip("The likeliest class in one colour, or values in bands")
        self._heading = Label("The other features keep", "small")
        self.at_median = QRadioButton("their median")
        self.at_example = QRadioButton("those of the example looked at")
        self.at_example.setToolTip("Click an example to look at it")
        for box in (*self.parts.values(), self.rings):
            box.setChecked(True)
        self.at_median.setChecked(True)
        for widget in (*self.parts.values(), self.rings, self.discrete, self._heading, self.at_median, self.at_example):
            self.body.addWidget(widget)
        for box in (*self.parts.values(), self.rings, self.discrete, self.at_example):
            box.toggled.connect(self._on_box_toggled)

    @property
    def options(self) -> Options:
        """What is switched on."""
        hidden = frozenset(part for part, box in self.parts.items() if not box.isChecked())
        return Options(hidden, self.rings.isChecked(), self.discrete.isChecked(), self.at_example.isChecked())

    def offer(self, parts: Sequence[str], *, classes: bool, others: bool) -> None:
        """Show the switches that mean something: for these parts, for classes, for features beside the two."""
        for part, box in self.parts.items():
            box.setVisible(part in parts)
        self.rings.setVisible(classes)
        for widget in (self._heading, self.at_median, self.at_example):
            widget.setVisible(others)

    def _on_box_toggled(self, _checked: bool) -> None:
        self.changed.emit()
