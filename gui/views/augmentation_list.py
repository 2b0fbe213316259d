"""The list of augmentations: each with its switch and its settings, in the order in which they are made."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QScrollArea, QVBoxLayout, QWidget

from engine.augmentation import SHAPE_WORDS, Augmentation
from gui.widgets.basic import Button, CheckBox, Label, Line, ToolButton
from gui.widgets.form import DeclarationForm

WIDTH = 312


class AugmentationCard(QWidget):
    """One augmentation."""

    edited = Signal(object, bool)
    """The changed augmentation, and whether the change is final."""
    removed = Signal()
    raised = Signal()
    """It is to be made before the one above it."""

    def __init__(self, item: Augmentation, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.item = item
        self.switch = CheckBox(item.label)
        self.switch.setToolTip(type(item).summary())
        self.up_button = ToolButton("", f"Make {item.label} one place earlier")
        self.up_button.setArrowType(Qt.ArrowType.UpArrow)
        self.remove_button = ToolButton("close", f"Remove {item.label}")
        self.form = DeclarationForm(label_width=112)
        self.warning = Label("", "small", wrap=True)
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self.switch, 1)
        head.addWidget(self.up_button)
        head.addWidget(self.remove_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 8)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.warning)
        column.addWidget(self.form)
        self.setAccessibleName(item.label)
        self.switch.clicked.connect(self._on_switch_clicked)
        self.form.field_edited.connect(self._on_form_field_edited)
        self.remove_button.clicked.connect(self.removed)
        self.up_button.clicked.connect(self.raised)

    def set_item(self, item: Augmentation, axes: Sequence[int], *, first: bool) -> None:
        """Show settings; `axes` of the inputs tell whether it fits."""
        self.item = item
        self.switch.setChecked(item.on)
        self.form.set_declaration(item, item.kind)
        self.form.setEnabled(item.on)
        self.up_button.setEnabled(not first)
        fits = not axes or any(count in item.axes for count in axes)
        self.warning.setText("" if fits else f"Only for {' or '.join(SHAPE_WORDS[count] for count in item.axes)}.")
        self.warning.setVisible(not fits)

    def _on_switch_clicked(self, on: bool) -> None:
        self.edited.emit(self.item.replace(on=on), True)

    def _on_form_field_edited(self, _name: str, _value: object, final: bool) -> None:
        self.edited.emit(self.form.declaration, final)


class AugmentationList(QWidget):
    """All augmentations of a design, and a menu to add others."""

    edited = Signal(object, bool)
    """The whole new tuple, and whether the change is final."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._items: tuple[Augmentation, ...] = ()
        self._axes: tuple[int, ...] = ()
        self.cards: list[AugmentationCard] = []
        self.add_button = Button("Add…", tooltip="Add a change that is made to the examples at random")
        self.add_button.clicked.connect(self._on_add_button_clicked)
        self.empty = Label("Every example is taken as it is. Add changes that leave its meaning as it was.", "muted",
                           wrap=True)  # fmt: skip
        self._column = QVBoxLayout()
        self._column.setSpacing(4)
        content = QWidget()
        outer = QVBoxLayout(content)
        outer.setContentsMargins(12, 8, 12, 8)
        outer.setSpacing(8)
        outer.addWidget(self.empty)
        outer.addLayout(self._column)
        outer.addWidget(self.add_button, 0, Qt.AlignmentFlag.AlignLeft)
        outer.addStretch(1)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setWidget(content)
        content.setAutoFillBackground(False)
        self.area.viewport().setAutoFillBackground(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.area)
        self.setFixedWidth(WIDTH)

    def set_items(self, items: tuple[Augmentation, ...], axes: Sequence[int]) -> None:
        """Show others; cards of the same kinds stay."""
        self._items, self._axes = items, tuple(axes)
        if [type(item) for item in items] != [type(card.item) for card in self.cards]:
            self._rebuild()
        for index, (card, item) in enumerate(zip(self.cards, items, strict=True)):
            card.set_item(item, axes, first=index == 0)
        self.empty.setVisible(not items)

    def menu(self) -> QMenu:
        """What can be added, by category; what does not fit the inputs cannot be chosen."""
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        category = None
        for kind in sorted(Augmentation.members(), key=lambda kind: kind.category):
            if kind.category != category:
                category = kind.category
                menu.addSection(category)
            action = menu.addAction(kind.label, lambda kind=kind: self.add(kind))
            action.setToolTip(kind.summary())
            action.setEnabled(not self._axes or any(count in kind.axes for count in self._axes))
        return menu

    def add(self, kind: type[Augmentation]) -> None:
        """Put one more behind the others."""
        self.edited.emit((*self._items, kind()), True)

    def _rebuild(self) -> None:
        while (entry := self._column.takeAt(0)) is not None:
            if (widget := entry.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self.cards = [AugmentationCard(item) for item in self._items]
        for index, card in enumerate(self.cards):
            card.edited.connect(lambda item, final, index=index: self._change(index, item, final))
            card.removed.connect(lambda index=index: self._remove(index))
            card.raised.connect(lambda index=index: self._raise(index))
            self._column.addWidget(card)
            self._column.addWidget(Line())

    def _change(self, index: int, item: Augmentation, final: bool) -> None:
        self.edited.emit((*self._items[:index], item, *self._items[index + 1 :]), final)

    def _remove(self, index: int) -> None:
        self.edited.emit(self._items[:index] + self._items[index + 1 :], True)

    def _raise(self, index: int) -> None:
        items = list(self._items)
        items[index - 1 : index + 1] = [items[index], items[index - 1]]
        self.edited.emit(tuple(items), True)

    def _on_add_button_clicked(self) -> None:
        menu = self.menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.add_button.mapToGlobal(QPoint(0, self.add_button.height() + 4)))
