"""A form for one example: a field per column of the data, in its own units."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QEvent, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLineEdit, QScrollArea, QWidget

from engine.data import PreparedData
from engine.new_rows import Entry, filler_of
from gui.theme import current_theme
from gui.widgets.basic import ElidedLabel
from gui.widgets.numbers import QuietComboBox, format_number, read_number

COLUMN = 288
"""Points that a label and its field need at least, side by side."""


class NumberField(QLineEdit):
    """A number; empty where it is missing. Up and down change it by a step."""

    def __init__(self, entry: Entry, step: float, filler: float, parent: QWidget | None = None) -> None:
        """A field.

        Args:
            entry: What it is.
            step: What up and down add and take away.
            filler: What stands in for a missing value.
            parent: Owner.
        """
        super().__init__(parent)
        self.entry, self._step = entry, step
        self.setPlaceholderText(f"missing: {filler:.4g} is taken")
        self.setAccessibleName(entry.name)
        self.setToolTip(f"{entry.name}. Up and down change it by {step:g}; empty means missing.")

    def value(self) -> float:
        """The number; nan when missing. Raises ValueError with a sentence."""
        text = self.text().strip()
        if not text:
            return math.nan
        try:
            return float(read_number(text, integral=False))
        except ValueError as error:
            raise ValueError(f"{self.entry.name}: {error}") from None

    def set_value(self, value: float | str) -> None:
        """Show a number; nothing is emitted."""
        with QSignalBlocker(self):
            self.setText("" if isinstance(value, str) or math.isnan(value) else format_number(value))
            self.setCursorPosition(0)
        self.mark(valid=True)

    def mark(self, *, valid: bool) -> None:
        """Look wrong, or right again."""
        if bool(self.property("invalid")) == valid:
            self.setProperty("invalid", not valid)
            self.style().unpolish(self)
            self.style().polish(self)

    def event(self, event: QEvent) -> bool:
        # A space is no part of a number: it stays free for the window's shortcut.
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Space
        ):
            event.ignore()
            return False
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        sign = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()))
        if sign is None:
            super().keyPressEvent(event)
            return
        try:
            value = self.value()
        except ValueError:
            return
        if math.isfinite(value):
            self.setText(format_number(float(f"{value + sign * self._step:.10g}")))


class ChoiceField(QuietComboBox):
    """One of the texts of a column."""

    def __init__(self, entry: Entry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.entry = entry
        self.addItems(list(entry.choices))
        self.setAccessibleName(entry.name)
        self.setToolTip(entry.name)

    def value(self) -> str:
        """The text chosen."""
        return self.currentText()

    def set_value(self, value: float | str) -> None:
        """Choose a text; nothing is emitted."""
        with QSignalBlocker(self):
            self.setCurrentText(str(value))

    def mark(self, *, valid: bool) -> None:
        """A choice is always right."""


class ExampleForm(QScrollArea):
    """The fields, in as many columns as there is room for."""

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.fields: list[NumberField | ChoiceField] = []
        self._labels: list[ElidedLabel] = []
        self._across = 0
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inner = QWidget()
        self._grid = QGridLayout(inner)
        self._grid.setContentsMargins(12, 4, 12, 12)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(6)
        self.setWidget(inner)

    def set_entries(self, entries: Sequence[Entry], steps: Sequence[float], fillers: Sequence[float]) -> None:
        """Offer other fields."""
        for widget in (*self.fields, *self._labels):
            widget.deleteLater()
            self._grid.removeWidget(widget)
        self.fields, self._labels = [], []
        for entry, step, filler in zip(entries, steps, fillers, strict=True):
            field = ChoiceField(entry) if entry.choices else NumberField(entry, step, filler)
            if isinstance(field, NumberField):
                field.textChanged.connect(self.edited)
            else:
                field.currentIndexChanged.connect(self.edited)
            self.fields.append(field)
            self._labels.append(ElidedLabel(entry.name))
        self._across = 0
        self._arrange()

    def fill(self, row: Sequence[float | str]) -> None:
        """Show an example."""
        for field, value in zip(self.fields, row, strict=True):
            field.set_value(value)

    def row(self) -> tuple[float | str, ...]:
        """What is typed. Raises ValueError with a sentence on the first field that holds no number."""
        values, complaint = [], ""
        for field in self.fields:
            try:
                values.append(field.value())
                field.mark(valid=True)
            except ValueError as error:
                field.mark(valid=False)
                complaint = complaint or str(error)
        if complaint:
            raise ValueError(complaint)
        return tuple(values)

    def _arrange(self) -> None:
        across = min(max(1, self.viewport().width() // COLUMN), max(1, len(self.fields)))
        if across == self._across:
            return
        self._across = across
        high = -(-len(self.fields) // across)
        before: QWidget | None = None
        for place, (label, field) in enumerate(zip(self._labels, self.fields, strict=True)):
            row, column = place % high, place // high
            self._grid.addWidget(label, row, 2 * column)
            self._grid.addWidget(field, row, 2 * column + 1)
            if before is not None:
                QWidget.setTabOrder(before, field)
            before = field
        for row in range(max(self._grid.rowCount(), high + 1)):
            self._grid.setRowMinimumHeight(row, current_theme().control_height if row < high else 0)
            self._grid.setRowStretch(row, int(row == high))
        for column in range(2 * across):
            self._grid.setColumnStretch(column, 1)
        for column in range(2 * across, self._grid.columnCount()):
            self._grid.setColumnStretch(column, 0)
        self._grid.activate()  # the room that the area gives is asked for at once, before the fields have moved

    def sizeHint(self) -> QSize:
        return QSize(COLUMN + 40, 240)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 80)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()


def steps_and_fillers(data: PreparedData, entries: Sequence[Entry]) -> tuple[list[float], list[float]]:
    """What up and down change, about a tenth of σ as a round number; and what stands in for a missing value."""
    steps, fillers = [], []
    samples = {
        array: data.input_scaling[array].undo(data.train.inputs[array][:2_000])
        for array in {entry.array for entry in entries}
    }
    for entry in entries:
        sample = samples[entry.array][:, entry.columns[0]]
        spread = float(sample.std()) or 1.0
        whole = bool((sample == np.round(sample)).all())
        step = 10.0 ** math.floor(math.log10(spread / 3))
        steps.append(max(step, 1.0) if whole else step)
        fillers.append(filler_of(data, entry))
    return steps, fillers
