"""The curves of the view Over time by name: colour, latest number, and a button that ends the watch."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from gui.plots.style import thin_pen
from gui.theme import current_theme, theme_notifier
from gui.views.tensor_answer import Watch
from gui.widgets.basic import ElidedLabel, Label, ToolButton

WIDTH = 216


def curve_pen(number: int) -> tuple[str, bool]:
    """Colour of a curve, and whether it is dashed: after ten curves the colours come again."""
    colors = current_theme().classes
    return colors[(number + 1) % len(colors)], number // len(colors) % 2 == 1


class _Swatch(QWidget):
    def __init__(self, number: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._number = number
        self.setFixedSize(QSize(16, 16))
        theme_notifier.theme_changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        color, dashed = curve_pen(self._number)
        painter = QPainter(self)
        painter.setPen(thin_pen(color, 3, dashed=dashed))
        painter.drawLine(1, 8, 15, 8)
        painter.end()


class _Row(QWidget):
    """One curve."""

    def __init__(self, watch: Watch, number: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.name = ElidedLabel(watch.label)
        detail = str(watch.examples) if watch.examples else "the parameter itself"
        self.detail = ElidedLabel(detail, "small")
        self.value = Label("", "small")
        self.value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.close_button = ToolButton("close", f"Stop watching {watch.label}", self)
        self.close_button.setIconSize(QSize(12, 12))
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(self.name)
        below = QHBoxLayout()
        below.addWidget(self.detail, 1)
        below.addWidget(self.value)
        column.addLayout(below)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 4, 0, 4)
        row.setSpacing(8)
        row.addWidget(_Swatch(number, self), 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(column, 1)
        row.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)


class WatchLegend(QScrollArea):
    """A row for each watched tensor."""

    removed = Signal(object)
    """The `Watch` that the user wants no longer."""

    def __init__(self) -> None:
        """An empty legend."""
        super().__init__()
        self.setFixedWidth(WIDTH)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Watched tensors")
        self._holder = QWidget()
        self._column = QVBoxLayout(self._holder)
        self._column.setContentsMargins(0, 4, 4, 4)
        self._column.setSpacing(0)
        self._column.addStretch(1)
        self.setWidget(self._holder)
        self._watches: list[Watch] = []
        self.rows: list[_Row] = []

    def show_watches(self, watches: list[Watch]) -> None:
        """Show these; rows are made anew only where they are others."""
        if watches == self._watches:
            return
        self._watches = list(watches)
        for row in self.rows:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = []
        for number, watch in enumerate(watches):
            row = _Row(watch, number, self._holder)
            row.close_button.clicked.connect(partial(self.removed.emit, watch))
            self._column.insertWidget(number, row)
            self.rows.append(row)

    def show_values(self, texts: list[str]) -> None:
        """The latest number of each."""
        for row, text in zip(self.rows, texts, strict=True):
            if row.value.text() != text:
                row.value.setText(text)
