"""The frame of a panel: a column that scrolls, and small tables."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from gui.widgets.basic import ElidedLabel, Label, Line

MARGIN = 12
GAP = 16


class Page(QScrollArea):
    """A column of widgets that scrolls up and down only."""

    def __init__(self, name: str, parent: QWidget | None = None):
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(name)
        self.content = QWidget()
        self.column = QVBoxLayout(self.content)
        self.column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        self.column.setSpacing(GAP)
        self.setWidget(self.content)
        self.content.setAutoFillBackground(False)
        self.viewport().setAutoFillBackground(False)
        self.verticalScrollBar().rangeChanged.connect(self._on_scroll_bar_range_changed)

    def add(self, *widgets: QWidget) -> None:
        """Put widgets at the end of the column."""
        for widget in widgets:
            self.column.addWidget(widget)

    def _on_scroll_bar_range_changed(self, _low: int, high: int) -> None:
        # The bar takes its room from the margin, so that nothing moves when it comes and goes.
        taken = self.verticalScrollBar().sizeHint().width() if high > 0 else 0
        self.column.setContentsMargins(MARGIN, MARGIN, max(MARGIN - taken, 0), MARGIN)

    def sizeHint(self) -> QSize:
        return QSize(336, 480)

    def minimumSizeHint(self) -> QSize:
        return QSize(max(288, self.content.minimumSizeHint().width()), 120)  # nothing scrolls sideways


class SmallTable(QWidget):
    """A few rows of text: the first column to the left, the others to the right; perhaps a line before the last."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(0, 1)
        self._shown: object = None

    def set_rows(
        self, rows: Sequence[Sequence[str]], header: Sequence[str] = (), *, total: bool = False, name: str = ""
    ) -> None:
        """Show these texts.

        Args:
            rows: One sequence of texts per row.
            header: Texts above them.
            total: The last row is a sum: a line stands above it.
            name: Accessible name.
        """
        shown = (tuple(map(tuple, rows)), tuple(header), total)
        if shown == self._shown:
            return
        self._shown = shown
        while self._grid.count():
            item = self._grid.takeAt(0)
            widget = item.widget() if item else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        place = 0
        for texts, role in [(header, "small")] * bool(header) + [(row, "") for row in rows]:
            if total and place == len(rows) - 1 + bool(header):
                self._grid.addWidget(Line(), place, 0, 1, max(len(texts), 1))
                place += 1
            for column, text in enumerate(texts):
                label = ElidedLabel(text, role) if column == 0 else Label(text, role)
                side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
                if column:
                    label.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)
                self._grid.addWidget(label, place, column)
            place += 1
        self.setAccessibleName(name + ": " + "; ".join(", ".join(row) for row in rows) if name else "")


def shape_text(shape: tuple[int, ...] | None) -> str:
    """A shape as it is written in the course: 28 × 28 × 1."""
    if shape is None:
        return "?"
    return " × ".join(str(size) for size in shape) or "1"
