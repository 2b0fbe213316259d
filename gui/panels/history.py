"""The history panel: every step that can be undone, and a click goes to it."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QUndoView, QVBoxLayout, QWidget

from gui.document.document import Document
from gui.theme import theme_notifier
from gui.widgets.icons import icon


class HistoryPanel(QWidget):
    """The steps of a document; those that were taken back stand below the current one."""

    def __init__(self, document: Document, parent: QWidget | None = None):
        super().__init__(parent)
        self.view = QUndoView(document.undo_stack)
        self.view.setEmptyLabel("Start")
        self.view.setAccessibleName("History of edits")
        self.view.setToolTip("Click a step to go back or forward to it; the disk marks what was saved")
        self.view.setUniformItemSizes(True)
        self.view.setIconSize(QSize(14, 14))
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 4, 8, 8)
        column.addWidget(self.view)
        theme_notifier.theme_changed.connect(self._on_theme_notifier_theme_changed)
        self._on_theme_notifier_theme_changed()

    def _on_theme_notifier_theme_changed(self) -> None:
        self.view.setCleanIcon(icon("save"))

    def sizeHint(self) -> QSize:
        return QSize(200, 220)
