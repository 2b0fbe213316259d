"""The dialog that shows and edits all keyboard shortcuts."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QTreeWidgetItemIterator,
    QVBoxLayout,
    QWidget,
)

from gui.actions import ACTIONS, MENUS, ActionSpec
from gui.canvas.commands import COMMANDS_BY_ID
from gui.canvas.keys import FIXED_KEYS
from gui.shortcuts import keys_of, native, reset_all, set_keys, shortcut_notifier
from gui.widgets.basic import Button, Label
from gui.window.command_palette import score

ROLE = Qt.ItemDataRole.UserRole
FIXED = "fixed: "
FIXED_GROUP = "Canvas (cannot be changed)"


class ShortcutsDialog(QDialog):
    """Choose an action, press keys, and they are its keys from then on."""

    def __init__(self, parent: QWidget):
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._specs = {spec.name: spec for spec in ACTIONS}
        self._clash = ""
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search")
        self.search.setAccessibleName("Search the shortcuts")
        self.tree = QTreeWidget()
        self.tree.setAccessibleName("Shortcuts")
        self.tree.setHeaderLabels(["Action", "Keys"])
        self.tree.setRootIsDecorated(False)
        self.tree.setIndentation(12)
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.tree.header().setStretchLastSection(False)
        self.chosen = Label("Choose an action to change its keys.", "heading")
        self.edit = QKeySequenceEdit()
        self.edit.setMaximumSequenceLength(1)
        self.edit.setAccessibleName("New keys")
        self.clear_button = Button("None", tooltip="The action has no keys")
        self.reset_button = Button("Reset", tooltip="Back to the first keys of this action")
        self.replace_button = Button("Use them here")
        self.replace_button.setProperty("role", "primary")
        self.message = Label("", "warning", wrap=True)
        self.message.setAccessibleName("What is wrong with the keys")
        row = QHBoxLayout()
        row.setSpacing(8)
        for widget in (self.edit, self.clear_button, self.reset_button):
            row.addWidget(widget, 1 if widget is self.edit else 0)
        warning = QHBoxLayout()
        warning.addWidget(self.message, 1)
        warning.addWidget(self.replace_button)
        self.all_button = Button("Reset all", tooltip="Back to the first keys of every action")
        self.close_button = Button("Close")
        self.close_button.setDefault(True)
        ends = QHBoxLayout()
        ends.addWidget(self.all_button)
        ends.addStretch(1)
        ends.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 20)
        layout.setSpacing(8)
        for part in (self.search, self.tree, self.chosen):
            layout.addWidget(part)
        layout.addLayout(row)
        layout.addLayout(warning)
        layout.addSpacing(8)
        layout.addLayout(ends)
        self.resize(520, 600)
        self.search.textChanged.connect(self._on_search_text_changed)
        self.tree.currentItemChanged.connect(self._on_tree_current_item_changed)
        self.edit.keySequenceChanged.connect(self._on_edit_key_sequence_changed)
        self.clear_button.clicked.connect(self._on_clear_button_clicked)
        self.reset_button.clicked.connect(self._on_reset_button_clicked)
        self.replace_button.clicked.connect(self._on_replace_button_clicked)
        self.all_button.clicked.connect(reset_all)
        self.close_button.clicked.connect(self.close)
        shortcut_notifier.shortcuts_changed.connect(self._fill)
        self._fill()
        self._show_current()

    @property
    def current(self) -> str:
        """Name of the chosen action; "" for none."""
        item = self.tree.currentItem()
        return str(item.data(0, ROLE) or "") if item is not None else ""

    def choose(self, name: str) -> None:
        """Choose an action."""
        for item in self._items():
            if item.data(0, ROLE) == name:
                self.tree.setCurrentItem(item)

    def owner_of(self, keys: str, besides: str) -> str:
        """The action that has these keys, other than one; "" for none."""
        wanted = QKeySequence(keys)
        for name, spec in self._specs.items():
            if keys and name != besides and QKeySequence(keys_of(name, spec.shortcut)) == wanted:
                return name
        return ""

    def _items(self) -> list[QTreeWidgetItem]:
        iterator, items = QTreeWidgetItemIterator(self.tree), []
        while iterator.value():
            items.append(iterator.value())
            iterator += 1
        return items

    def _fill(self) -> None:
        keep = self.current
        self.tree.blockSignals(True)
        self.tree.clear()
        for group in MENUS:
            head = self._add_head(group)
            for spec in ACTIONS:
                if spec.group == group:
                    keys = keys_of(spec.name, spec.shortcut)
                    also = COMMANDS_BY_ID[spec.name].more_keys if spec.name in COMMANDS_BY_ID else ()
                    item = QTreeWidgetItem([_title(spec), ", ".join(map(native, [keys, *also])).strip(", ") or "–"])
                    item.setData(0, ROLE, spec.name)
                    item.setToolTip(0, spec.help)
                    if keys != spec.shortcut:
                        font = item.font(1)
                        font.setBold(True)
                        item.setFont(1, font)
                        item.setToolTip(1, f"First keys: {native(spec.shortcut) or 'none'}")
                    head.addChild(item)
            head.setExpanded(True)
        self._fill_fixed()
        self.tree.blockSignals(False)
        if keep:
            self.choose(keep)
        self._on_search_text_changed(self.search.text())
        self._show_current()

    def _add_head(self, text: str) -> QTreeWidgetItem:
        head = QTreeWidgetItem([text])
        head.setFlags(Qt.ItemFlag.ItemIsEnabled)
        font = head.font(0)
        font.setBold(True)
        head.setFont(0, font)
        self.tree.addTopLevelItem(head)
        return head

    def _fill_fixed(self) -> None:
        """The keys of the canvas that cannot be changed, so that the list is complete."""
        head = self._add_head(FIXED_GROUP)
        for fixed in FIXED_KEYS:
            item = QTreeWidgetItem([fixed.text, _together(fixed.keys)])
            item.setData(0, ROLE, FIXED + fixed.text)
            item.setToolTip(0, fixed.help)
            item.setToolTip(1, ", ".join(map(native, fixed.keys)))
            head.addChild(item)
        head.setExpanded(True)

    def _show_current(self) -> None:
        spec = self._specs.get(self.current)
        for widget in (self.edit, self.clear_button, self.reset_button):
            widget.setEnabled(spec is not None)
        fixed = self.current.startswith(FIXED)
        nothing = "These keys cannot be changed." if fixed else "Choose an action to change its keys."
        self.chosen.setText(f"Keys for '{_title(spec)}'" if spec else nothing)
        keys = keys_of(spec.name, spec.shortcut) if spec else ""
        self.edit.blockSignals(True)
        self.edit.setKeySequence(QKeySequence(keys))
        self.edit.blockSignals(False)
        if spec is not None:
            self.reset_button.setEnabled(keys != spec.shortcut)
        self._say("")

    def _say(self, clash: str, sentence: str = "") -> None:
        self._clash = clash
        self.message.setText(sentence)
        self.replace_button.setVisible(bool(clash))

    def _on_edit_key_sequence_changed(self, sequence: QKeySequence) -> None:
        name, keys = self.current, sequence.toString(QKeySequence.SequenceFormat.PortableText)
        if not name or not keys or keys == keys_of(name, self._specs[name].shortcut):
            self._say("")
            return
        if "," in keys and not keys.endswith(","):
            keys = keys.split(",")[0]
        taken = fixed_owner(keys)
        if taken:
            self._say("", f"{native(keys)} always stands for '{taken}'. Choose other keys.")
            return
        other = self.owner_of(keys, name)
        if other:
            self._say(other, f"{native(keys)} already stands for '{_title(self._specs[other])}', which would lose it.")
            return
        set_keys({name: keys})

    def _on_replace_button_clicked(self) -> None:
        keys = self.edit.keySequence().toString(QKeySequence.SequenceFormat.PortableText)
        if self._clash and self.current:
            set_keys({self._clash: "", self.current: keys})

    def _on_clear_button_clicked(self) -> None:
        set_keys({self.current: ""})

    def _on_reset_button_clicked(self) -> None:
        name = self.current
        keys = self._specs[name].shortcut
        other = self.owner_of(keys, name)
        if other:
            self.edit.setKeySequence(QKeySequence(keys))
        else:
            set_keys({name: None})

    def _on_tree_current_item_changed(self, *_: object) -> None:
        self._show_current()

    def _on_search_text_changed(self, text: str) -> None:
        for item in self._items():
            if item.data(0, ROLE):
                text_of = f"{item.text(0)} {item.text(1)}"
                item.setHidden(bool(text.strip()) and score(text.strip(), text_of) is None)
        for index in range(self.tree.topLevelItemCount()):
            head = self.tree.topLevelItem(index)
            if head is not None:
                children = [head.child(i) for i in range(head.childCount())]
                head.setHidden(all(child is None or child.isHidden() for child in children))


def fixed_owner(keys: str) -> str:
    """What keys stand for that cannot be taken away from it; "" for nothing."""
    wanted = QKeySequence(keys)
    owners = [(fixed.text, fixed.keys) for fixed in FIXED_KEYS if fixed.keys != ("Space",)]
    owners += [(command.text.rstrip("…"), command.more_keys) for command in COMMANDS_BY_ID.values()]
    return next((text for text, found in owners if any(QKeySequence(key) == wanted for key in found)), "")


def _together(keys: tuple[str, ...]) -> str:
    """The four arrow keys in few letters: "Ctrl+Arrow keys"."""
    return native(keys[0]) if len(keys) == 1 else f"{native(keys[0]).removesuffix('Left')}Arrow keys"


def _title(spec: ActionSpec) -> str:
    return spec.text.replace("&", "").rstrip("…")
