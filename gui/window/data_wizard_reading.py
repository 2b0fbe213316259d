"""How a text table is read: the boxes above its first rows."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from engine.data.preview import Preview
from engine.data.table_source import TableSource
from engine.data.text_file import DELIMITERS
from gui.widgets.basic import Label
from gui.widgets.numbers import QuietComboBox

FIELDS = ("delimiter", "header", "encoding")
"""Fields of a source that say how its text is read; a source need not have them."""
LABELS = {"delimiter": "Delimiter", "header": "First line", "encoding": "Encoding"}
WIDTH = 148


class ReadingChoices(QWidget):
    """Delimiter, first line and encoding: what was guessed, and others to choose."""

    edited = Signal(str, object)
    """Name of the field and its value."""

    def __init__(self, source: TableSource, parent: QWidget | None = None):
        super().__init__(parent)
        self.boxes: dict[str, QuietComboBox] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        for field in type(source).fields():
            if field.name not in FIELDS:
                continue
            box = self.boxes[field.name] = QuietComboBox()
            for value, text in _choices(field.name, field.choices, getattr(source, field.name)).items():
                box.addItem(text, value)
            box.setCurrentIndex(max(box.findData(getattr(source, field.name)), 0))
            box.setProperty("field", field.name)
            box.setAccessibleName(LABELS[field.name])
            box.setToolTip(field.help)
            box.setFixedWidth(WIDTH)
            box.activated.connect(self._on_box_activated)
            label = Label(LABELS[field.name], "small")
            label.setBuddy(box)
            column = QVBoxLayout()
            column.setSpacing(2)
            column.addWidget(label)
            column.addWidget(box)
            row.addLayout(column)

    def show_found(self, preview: Preview) -> None:
        """Say what was found out."""
        found = {
            "delimiter": DELIMITERS.get(preview.delimiter, preview.delimiter),
            "header": "names" if preview.has_header else "data",
            "encoding": preview.encoding,
        }
        for name, box in self.boxes.items():
            if box.currentIndex() == 0:
                box.setItemText(0, f"Auto: {found[name]}")

    def _on_box_activated(self, index: int) -> None:
        box = self.sender()
        assert isinstance(box, QuietComboBox)
        self.edited.emit(str(box.property("field")), box.itemData(index))


def _choices(name: str, legal: tuple[Any, ...], current: Any) -> dict[Any, str]:
    if name == "delimiter":
        choices = {"": "Auto"} | {mark: text.capitalize() for mark, text in DELIMITERS.items()}
        return choices if current in choices else choices | {current: str(current)}
    if name == "header":
        return {"auto": "Auto", "yes": "Names", "no": "Data"}
    return {value: "Auto" if value == "auto" else str(value) for value in legal}
