"""Weights of another file for the design on the canvas: which arrays fit, and which of them are taken."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from engine.shapes import Shape
from engine.transfer import Match
from gui.theme import current_theme, qcolor
from gui.widgets.basic import Button, Label

HEADER = ("Layer", "Array", "Shape", "In the file", "Shape there", "What happens")


class WeightsDialog(QDialog):
    """A row for every array of the design; those that fit can be taken or left."""

    def __init__(self, parent: QWidget | None, file: str, matches: list[Match]) -> None:
        """Show what fits.

        Args:
            parent: The window.
            file: Name of the file.
            matches: One for each array of the design.
        """
        super().__init__(parent)
        self.setWindowTitle("Load weights")
        self.matches = matches
        self.summary = Label("", "muted", wrap=True)
        self.tree = QTreeWidget()
        self.tree.setAccessibleName("Arrays of the design, and what the file has for them")
        self.tree.setHeaderLabels(HEADER)
        self.tree.setRootIsDecorated(False)
        self.tree.setUniformRowHeights(True)
        self.tree.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        items = [self._item(match) for match in matches]
        self.tree.addTopLevelItems(items)
        for column in range(len(HEADER) - 1):  # the last one takes the rest
            self.tree.resizeColumnToContents(column)
            self.tree.setColumnWidth(column, self.tree.columnWidth(column) + 12)
        if items:
            self.tree.setCurrentItem(items[0])
        self.cancel_button = Button("Cancel")
        self.accept_button = Button("Load")
        self.accept_button.setProperty("role", "primary")
        self.accept_button.setDefault(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addWidget(Label(f"Weights of '{file}'", "title"))
        column.addWidget(self.summary)
        column.addWidget(self.tree, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.accept_button)
        column.addLayout(buttons)
        self.tree.itemChanged.connect(self._on_tree_item_changed)
        self.cancel_button.clicked.connect(self.reject)
        self.accept_button.clicked.connect(self.accept)
        self._update()
        self.tree.setFocus()

    @property
    def chosen(self) -> list[Match]:
        """The arrays that are to be taken."""
        items = [self.tree.topLevelItem(row) for row in range(self.tree.topLevelItemCount())]
        pairs = zip(self.matches, items, strict=True)
        return [match for match, item in pairs if item and item.checkState(0) == Qt.CheckState.Checked]

    @staticmethod
    def _item(match: Match) -> QTreeWidgetItem:
        there = _shape_text(match.source_shape) if match.source else ""
        texts = (
            match.title,
            match.name.rsplit("/", 1)[1],
            _shape_text(match.shape),
            match.source,
            there,
            match.verdict,
        )
        item = QTreeWidgetItem(list(texts))
        item.setCheckState(0, Qt.CheckState.Checked if match.fits else Qt.CheckState.Unchecked)
        if not match.fits:
            for column in range(len(HEADER)):
                item.setForeground(column, qcolor(current_theme().text_muted))
            item.setFlags(item.flags() & ~(Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsEnabled))
        return item

    def _update(self) -> None:
        chosen = len(self.chosen)
        rest = len(self.matches) - chosen
        text = f"{chosen} of {len(self.matches)} arrays are taken from the file"
        self.summary.setText(f"{text}; the other {rest} begin anew." if rest else f"{text}.")
        self.accept_button.setEnabled(chosen > 0)

    def _on_tree_item_changed(self, _item: QTreeWidgetItem, _column: int) -> None:
        self._update()

    def sizeHint(self) -> QSize:
        return QSize(864, 480)


def _shape_text(shape: Shape) -> str:
    return " × ".join(map(str, shape)) if shape else "one number"
