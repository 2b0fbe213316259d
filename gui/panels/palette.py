"""The palette: every layer there is and the user's own blocks, by category, to search and to drag onto the canvas."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QStackedLayout,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gui.document.catalogue import layers_by_category, rank
from gui.document.user_blocks import BLOCK_PREFIX, CATEGORY, user_blocks
from gui.panels.palette_tree import KIND, PaletteEntry, PaletteTree, broken_row, children_of, entry_row, group_row
from gui.theme import current_theme, theme_notifier
from gui.widgets.basic import Button


class PalettePanel(QWidget):
    """Searchable list of all layers, and of the blocks that the user has kept."""

    layer_activated = Signal(str)
    """The kind that was double-clicked, or chosen with Enter; of a block "block:" and its key."""
    noticed = Signal(str)
    """A sentence for the user, such as why a block could not be renamed."""
    command_chosen = Signal(str)
    """A command of the canvas, such as add_note."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.search = QLineEdit(self)
        self.search.setPlaceholderText("Search layers")
        self.search.setAccessibleName("Search layers")
        self.search.setClearButtonEnabled(True)
        self.tree = PaletteTree(self)
        self._nothing = QLabel(self)
        self._nothing.setProperty("role", "muted")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self._nothing.setWordWrap(True)
        self._nothing.setMargin(16)
        body = QWidget(self)
        self._stack = QStackedLayout(body)
        self._stack.addWidget(self.tree)
        self._stack.addWidget(self._nothing)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(8)
        layout.addWidget(self.search)
        layout.addWidget(body, 1)
        self._removed: tuple[str, str] | None = None
        self._filling = False
        self._removed_bar = QWidget(self)
        self._removed_text = QLabel(self._removed_bar)
        undo = Button("Undo")
        undo.clicked.connect(self._on_undo_clicked)
        bar = QHBoxLayout(self._removed_bar)
        bar.setContentsMargins(4, 0, 0, 0)
        bar.addWidget(self._removed_text, 1)
        bar.addWidget(undo)
        self._removed_bar.hide()
        layout.addWidget(self._removed_bar)
        self.notes = NoteButtons(self)
        self.notes.command_chosen.connect(self.command_chosen)
        layout.addWidget(self.notes)
        self.setFocusProxy(self.search)
        self.search.textChanged.connect(self._on_search_text_changed)
        self.search.returnPressed.connect(self._on_search_return_pressed)
        self.tree.itemDoubleClicked.connect(self._on_tree_item_double_clicked)
        self.tree.kind_chosen.connect(self.layer_activated)
        self.tree.removal_wanted.connect(self.remove_block)
        self.tree.itemChanged.connect(self._on_tree_item_changed)
        self.tree.customContextMenuRequested.connect(self._on_tree_menu_requested)
        user_blocks.changed.connect(self._on_user_blocks_changed)
        theme_notifier.theme_changed.connect(self._on_theme_notifier_theme_changed)
        self._fill()

    def visible_kinds(self) -> list[str]:
        """The kinds that the search leaves, from top to bottom."""
        return [item.data(0, KIND) for item in self.tree.layer_items() if not item.isHidden()]

    def _fill(self) -> None:
        """List everything anew, in the colours of the theme."""
        theme, current = current_theme(), self.tree.current_kind()
        self._filling = True
        self.tree.clear()
        self.tree.entries.clear()
        groups = {
            name: [PaletteEntry.of_layer(layer, theme) for layer in layers]
            for name, layers in layers_by_category().items()
        }
        blocks = [PaletteEntry.of_block(block, theme) for block in user_blocks.all()]
        if blocks or user_blocks.problems:
            groups[CATEGORY] = blocks
        for category, entries in groups.items():
            group = group_row(category, self.tree.font(), theme)
            self.tree.addTopLevelItem(group)
            for entry in entries:
                item = entry_row(entry)
                self.tree.entries[entry.kind] = entry
                group.addChild(item)
                if entry.kind == current:
                    self.tree.setCurrentItem(item)
            if category == CATEGORY and user_blocks.problems:
                group.addChild(broken_row(user_blocks.problems, theme))
            group.setExpanded(True)
        self._filling = False
        self._filter(self.search.text())

    def _filter(self, text: str) -> None:
        ranks: dict[str, int] = {}
        for item in self.tree.layer_items():
            entry = self.tree.entries[item.data(0, KIND)]
            found = rank(text, entry.label, entry.more)
            item.setHidden(found is None)
            if found is not None:
                ranks[entry.kind] = found
        for index in range(self.tree.topLevelItemCount()):
            group = self.tree.topLevelItem(index)
            if group is not None:
                group.setHidden(all(child.isHidden() for child in children_of(group)))
        if text.strip() and ranks:
            best = min(ranks, key=lambda kind: ranks[kind])
            self.tree.setCurrentItem(next(i for i in self.tree.layer_items() if i.data(0, KIND) == best))
        self._nothing.setText(f"No layer matches “{text.strip()}”.")
        self._stack.setCurrentWidget(self.tree if ranks else self._nothing)

    # Blocks of the user's

    def remove_block(self, kind: str) -> None:
        """Remove a block of the user's; a button brings it back."""
        key, name = kind.removeprefix(BLOCK_PREFIX), self.tree.entries[kind].label
        try:
            self._removed = key, user_blocks.remove(key)
        except OSError as error:
            self.noticed.emit(f"'{name}' could not be removed: {error.strerror or error}.")
            return
        self._removed_text.setText(f"'{self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, 110)}' removed")
        self._removed_text.setToolTip(f"'{name}' was removed from the palette.")
        self._removed_bar.show()

    def _on_undo_clicked(self) -> None:
        removed, self._removed = self._removed, None
        self._removed_bar.hide()
        if removed is not None:
            try:
                user_blocks.restore(*removed)
            except OSError as error:
                self.noticed.emit(f"The block could not be brought back: {error.strerror or error}.")
        self.tree.setFocus()

    def _on_tree_item_changed(self, item: QTreeWidgetItem, _column: int) -> None:
        kind = item.data(0, KIND)
        if self._filling or not isinstance(kind, str) or not kind.startswith(BLOCK_PREFIX):
            return
        name = " ".join(item.text(0).split())
        try:
            user_blocks.rename(kind.removeprefix(BLOCK_PREFIX), name)
        except OSError as error:
            self.noticed.emit(f"The block could not be renamed: {error.strerror or error}.")
        if not name:
            QTimer.singleShot(0, self, self._fill)  # the old name again, when the editor is gone

    def _on_tree_menu_requested(self, at: QPoint) -> None:
        item = self.tree.itemAt(at)
        kind = item.data(0, KIND) if item is not None else None
        if item is None or not kind:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Append to the design\tReturn", partial(self.layer_activated.emit, kind))
        if kind.startswith(BLOCK_PREFIX):
            menu.addSeparator()
            menu.addAction("Rename\tF2", partial(self.tree.editItem, item, 0))
            menu.addAction("Remove from the palette\tDel", partial(self.remove_block, kind))
        menu.popup(self.tree.viewport().mapToGlobal(at))

    def _on_user_blocks_changed(self) -> None:
        QTimer.singleShot(0, self, self._fill)  # not while a row is being edited

    # Searching and choosing

    def _on_search_text_changed(self, text: str) -> None:
        self._filter(text)

    def _on_search_return_pressed(self) -> None:
        kinds = self.visible_kinds()
        current = self.tree.current_kind()
        if kinds and self.search.text().strip():
            self.layer_activated.emit(current if current in kinds else kinds[0])

    def _on_tree_item_double_clicked(self, item: QTreeWidgetItem, _column: int) -> None:
        if item.data(0, KIND):
            self.layer_activated.emit(item.data(0, KIND))

    def _on_theme_notifier_theme_changed(self) -> None:
        self._fill()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Down and self.search.hasFocus():
            self.tree.setFocus()
            if self.tree.current_kind() == "":
                self.tree.setCurrentItem(next(iter(self.tree.layer_items()), None))  # type: ignore[arg-type]
        elif event.key() == Qt.Key.Key_Escape and self.search.text():
            self.search.clear()
        else:
            super().keyPressEvent(event)


class NoteButtons(QWidget):
    """Buttons that add a note or an arrow; where there is little room they show their icons only."""

    command_chosen = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.buttons = {
            "add_note": Button("Note", "actions/note", "Write a note on the canvas"),
            "add_arrow": Button("Arrow", "actions/arrow", "Draw an arrow on the canvas"),
        }
        self._texts = {command: button.text() for command, button in self.buttons.items()}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self._needed = row.spacing() + 2 * max(button.sizeHint().width() for button in self.buttons.values())
        for command, button in self.buttons.items():
            button.setMinimumWidth(40)
            button.clicked.connect(partial(self.command_chosen.emit, command))
            row.addWidget(button, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for command, button in self.buttons.items():
            button.setText(self._texts[command] if event.size().width() >= self._needed else "")
