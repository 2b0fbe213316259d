"""The shares of the training, dev and test parts in one row; their sum is always 1."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from engine.declaration import FieldDescription
from gui.theme import current_theme, qcolor, theme_notifier
from gui.widgets.basic import Label
from gui.widgets.numbers import NumberBox, format_number

PARTS = ("train", "dev", "test")
SMALLEST = 0.01
"""Share that the training part keeps at least."""


def rebalance(shares: dict[str, float], changed: str, value: float) -> dict[str, float]:
    """Set one share and take the difference from the others, so that the sum stays 1.

    The training part gives and takes first; a change of itself is the dev part's, then the test part's.
    """
    order = [part for part in PARTS if part != changed]
    low = SMALLEST if changed == "train" else 0.0
    room = 1.0 if changed == "train" else 1.0 - SMALLEST
    result = dict(shares)
    result[changed] = round(min(max(value, low), room), 6)
    rest = 1.0 - sum(result.values())
    for part in order:
        floor = SMALLEST if part == "train" else 0.0
        before = result[part]
        result[part] = round(max(before + rest, floor), 6)
        rest -= result[part] - before
    largest = max(PARTS, key=lambda part: result[part])
    result[largest] = round(1.0 - sum(result[part] for part in PARTS if part != largest), 6)
    return result


class PartsEditor(QWidget):
    """Three boxes in percent under a bar that shows the shares."""

    edited = Signal(dict)
    """The new shares by part."""
    refused = Signal(str)

    def __init__(self, fields: tuple[FieldDescription, ...], parent: QWidget | None = None):
        super().__init__(parent)
        self._shares: dict[str, float] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        self.bar = _Bar()
        grid.addWidget(self.bar, 0, 0, 1, 3)
        self.boxes: dict[str, NumberBox] = {}
        known = {field.name: field for field in fields}
        for column, part in enumerate(PARTS):
            box = NumberBox(integral=False, step=5)
            box.set_bounds(0, 100)
            label = known[part].label
            box.setAccessibleName(f"{label}, percent")
            box.setToolTip(known[part].help)
            title = Label(f"{part.capitalize()} %", "small")
            title.setBuddy(box)
            grid.addWidget(title, 1, column)
            grid.addWidget(box, 2, column)
            grid.setColumnStretch(column, 1)
            self.boxes[part] = box
        self.boxes["train"].edited.connect(self._on_train_edited)
        self.boxes["dev"].edited.connect(self._on_dev_edited)
        self.boxes["test"].edited.connect(self._on_test_edited)
        for box in self.boxes.values():
            box.refused.connect(self.refused)

    def set_shares(self, shares: dict[str, float]) -> None:
        """Show these shares."""
        self._shares = dict(shares)
        for part, box in self.boxes.items():
            box.set_value(float(format_number(round(shares[part] * 100, 4))))
        self.bar.set_shares(shares)

    def _change(self, part: str, percent: Any) -> None:
        shares = rebalance(self._shares, part, float(percent) / 100)
        self.set_shares(shares)
        self.edited.emit(shares)

    def _on_train_edited(self, percent: object) -> None:
        self._change("train", percent)

    def _on_dev_edited(self, percent: object) -> None:
        self._change("dev", percent)

    def _on_test_edited(self, percent: object) -> None:
        self._change("test", percent)


class _Bar(QWidget):
    """A bar in the colours of the parts."""

    def __init__(self) -> None:
        super().__init__()
        self._shares: dict[str, float] = {}
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme_notifier.theme_changed.connect(self.update)

    def set_shares(self, shares: dict[str, float]) -> None:
        self._shares = shares
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, 6)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        colors = {"train": theme.train, "dev": theme.dev, "test": theme.text_muted}
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        shown = [part for part in PARTS if self._shares.get(part, 0) > 0]
        free = self.width() - 2 * (len(shown) - 1)
        x = 0.0
        for part in shown:
            width = free * self._shares[part]
            painter.setBrush(qcolor(colors[part]))
            painter.drawRoundedRect(QRectF(x, 0, width, self.height()), 2, 2)
            x += width + 2
        painter.end()
