"""The row of colours in the context menu."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QWidget, QWidgetAction

from gui.widgets.swatches import Swatches

if TYPE_CHECKING:
    from gui.canvas.view import CanvasView


def add_colors(menu: QMenu, view: CanvasView) -> None:
    """Offer the colours for what is selected, as a row; the arrow keys reach it like every entry."""
    row = _ColorRow(menu)
    row.swatches.set_color(view.noting.color())
    row.swatches.color_chosen.connect(partial(_choose, menu, view))
    action = QWidgetAction(menu)
    action.setDefaultWidget(row)
    action.setText("Colour")
    menu.addAction(action)


def _choose(menu: QMenu, view: CanvasView, color: str) -> None:
    menu.close()
    view.noting.set_color(color)  # type: ignore[arg-type]


class _ColorRow(QWidget):
    """The word and the circles."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.swatches = Swatches(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 2, 12, 2)
        row.setSpacing(12)
        row.addWidget(QLabel("Colour"))
        row.addWidget(self.swatches)
        self.setFocusPolicy(self.swatches.focusPolicy())
        self.setFocusProxy(self.swatches)
