"""Forms made from declarations: a row per field, with the editor that its kind asks for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from pydantic import ValidationError
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from engine.declaration import Declaration, FieldDescription
from gui.widgets.basic import Label
from gui.widgets.editors import (
    BooleanEditor,
    ChoiceEditor,
    Editor,
    IntegersEditor,
    NumberEditor,
    OptionalEditor,
    TextEditor,
)
from gui.widgets.numbers import QuietComboBox, format_number

LABEL_WIDTH = 104


class DeclarationForm(QWidget):
    """Shows the fields of a declaration and tells what the user changes.

    It keeps the declaration it was given. A value that the declaration refuses changes nothing: a sentence appears
    below its row. What is accepted is emitted, and stands until the owner shows another declaration.
    """

    field_edited = Signal(str, object, bool)
    """Name of the field, its new legal value (a whole new declaration for a nested one), and whether it is final."""
    problem_shown = Signal(str)
    """A sentence appeared below a row."""

    def __init__(self, parent: QWidget | None = None, *, label_width: int = LABEL_WIDTH, skip: Collection[str] = ()):
        super().__init__(parent)
        self._declaration: Declaration | None = None
        self._title = ""
        self._skip = frozenset(skip)
        self._notes: Mapping[str, str] = {}
        self._rows: dict[str, FieldRow] = {}
        self._label_width = label_width
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(8)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    @property
    def declaration(self) -> Declaration | None:
        """What is shown."""
        return self._declaration

    def set_declaration(self, declaration: Declaration | None, title: str = "") -> None:
        """Show a declaration; the rows stay if it is of the same kind as before. Emits nothing."""
        same = type(declaration) is type(self._declaration) and title == self._title
        self._declaration, self._title = declaration, title
        if not same:
            self._rebuild()
        if declaration is not None:
            for name, row in self._rows.items():
                row.set_value(getattr(declaration, name), forget=not same)

    def set_notes(self, notes: Mapping[str, str]) -> None:
        """Small texts below some rows, such as "from the next start"."""
        self._notes = dict(notes)
        for name, row in self._rows.items():
            row.set_note(notes.get(name, ""))

    def row(self, name: str) -> FieldRow:
        """The row of a field. Raises KeyError."""
        return self._rows[name]

    def _rebuild(self) -> None:
        for row in self._rows.values():
            self._layout.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._rows = {}
        for field in type(self._declaration).fields() if self._declaration is not None else ():
            if field.name in self._skip or field.hidden:
                continue
            row = FieldRow(field, self._label_width, self)
            row.edited.connect(self._on_row_edited)
            row.problem_shown.connect(self.problem_shown)
            row.set_note(self._notes.get(field.name, ""))
            self._rows[field.name] = row
            self._layout.addWidget(row)
        self.setVisible(bool(self._rows))

    def _on_row_edited(self, name: str, value: Any, final: bool) -> None:
        if self._declaration is None:
            return
        row = self._rows[name]
        try:
            changed = self._declaration.replace(**{name: value})
        except ValidationError as error:
            row.set_value(getattr(self._declaration, name))
            row.show_problem(_sentence(error, row.field, value))
            return
        row.show_problem("")
        self._declaration = changed
        value = getattr(changed, name)
        row.set_value(value)
        self.field_edited.emit(name, value, final)


class FieldRow(QWidget):
    """Label, editor and unit of one field, and a line for what is wrong with it."""

    edited = Signal(str, object, bool)
    problem_shown = Signal(str)

    def __init__(self, field: FieldDescription, label_width: int, parent: QWidget | None = None):
        super().__init__(parent)
        self.field = field
        self.editor = make_editor(field, label_width)
        self.label = Label(field.label)
        self.label.setFixedWidth(label_width)
        self.label.setWordWrap(True)
        self.label.setBuddy(self.editor)
        self.note = Label(field.unit, "small")
        self.problem = Label("", "error", wrap=True)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        if self.editor.wide:
            grid.addWidget(self.editor, 0, 0, 1, 2)
            self.label.hide()
        else:
            # The unit stands below the label, so that all boxes end at the same edge.
            names = QVBoxLayout()
            names.setSpacing(0)
            names.addWidget(self.label)
            names.addWidget(self.note)
            grid.addLayout(names, 0, 0, Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(self.editor, 0, 1, Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(self.problem, 1, 0, 1, 2)
        self.note.setVisible(bool(field.unit) and not self.editor.wide)
        self.problem.hide()
        self.setToolTip(_tooltip(field))
        self.editor.name_controls(field.label)
        self.editor.edited.connect(self._on_editor_edited)
        self.editor.refused.connect(self.show_problem)

    def set_value(self, value: Any, *, forget: bool = False) -> None:
        """Show a value; `forget` what was said about an earlier one."""
        if forget:
            self.show_problem("")
        self.editor.set_value(value)

    def set_note(self, text: str) -> None:
        """A small text below the label, in place of the unit; empty for none."""
        self.note.setText(text or self.field.unit)
        self.note.setVisible(bool(self.note.text()) and not self.editor.wide)

    def show_problem(self, sentence: str) -> None:
        """Say what is wrong; empty when nothing is."""
        if sentence == self.problem.text():
            return
        self.problem.setText(sentence)
        self.problem.setVisible(bool(sentence))
        if sentence:
            self.problem_shown.emit(sentence)

    def _on_editor_edited(self, value: Any, final: bool) -> None:
        self.show_problem("")
        self.edited.emit(self.field.name, value, final)


class DeclarationEditor(Editor):
    """A combo box of the members of a family, and the chosen one's own form below, set in."""

    wide = True

    def __init__(self, field: FieldDescription, label_width: int, parent: QWidget | None = None):
        super().__init__(field, parent)
        assert field.family is not None
        self._members = field.family.members()
        self._value: Declaration | None = None
        self.box = QuietComboBox()
        self.box.setMaxVisibleItems(20)
        for index, member in enumerate(self._members):
            self.box.addItem(member.label)
            self.box.setItemData(index, member.summary(), Qt.ItemDataRole.ToolTipRole)
        self.label = Label(field.label)
        self.label.setFixedWidth(label_width)
        self.label.setBuddy(self.box)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.label)
        head.addWidget(self.box, 1)
        self.form = DeclarationForm(label_width=label_width - 12)
        self.nest = QFrame()
        inside = QHBoxLayout(self.nest)
        inside.setContentsMargins(12, 0, 0, 0)
        inside.addWidget(self.form)
        column = QVBoxLayout()
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self.nest)
        self._row.addLayout(column, 1)
        self.setFocusProxy(self.box)
        self.box.activated.connect(self._on_box_activated)
        self.form.field_edited.connect(self._on_form_field_edited)

    def set_value(self, value: Any) -> None:
        self._value = value
        if type(value) in self._members:
            index = self._members.index(type(value))
            self.box.setCurrentIndex(index)
            self.box.setToolTip(type(value).summary())
        else:
            self.box.setCurrentIndex(-1)
        self.form.set_declaration(value, self.field.label)
        self.nest.setVisible(value is not None and bool(type(value).model_fields))

    def name_controls(self, name: str) -> None:
        self.box.setAccessibleName(name)

    def _on_box_activated(self, index: int) -> None:
        member = self._members[index]
        if type(self._value) is not member:
            self.edited.emit(carried_over(self._value, member), True)

    def _on_form_field_edited(self, _name: str, _value: Any, final: bool) -> None:
        self.edited.emit(self.form.declaration, final)


def make_editor(field: FieldDescription, label_width: int = LABEL_WIDTH) -> Editor:
    """The editor for a kind of field."""
    if field.kind != "declaration":
        plain = _EDITORS[field.kind](field)
        return OptionalEditor(field, plain) if field.optional else plain
    nested = DeclarationEditor(field, label_width)
    if not field.optional:
        return nested
    nested.label.hide()  # the row's own label stands there
    return OptionalEditor(field, nested)


_EDITORS: dict[str, type[Editor]] = {
    "boolean": BooleanEditor,
    "integer": NumberEditor,
    "real": NumberEditor,
    "choice": ChoiceEditor,
    "text": TextEditor,
    "integers": IntegersEditor,
}


def carried_over(old: Declaration | None, member: type[Declaration]) -> Declaration:
    """A new member of a family that takes over what the user had set in the old one, where the names are the same."""
    if old is None:
        return member()
    known = {field.name: field for field in member.fields()}
    values = {}
    for field in type(old).fields():
        value = getattr(old, field.name)
        if field.name in known and known[field.name].kind == field.kind and value != field.default:
            values[field.name] = value
    try:
        return member.model_validate(values)
    except ValidationError:
        return member()


def _tooltip(field: FieldDescription) -> str:
    parts = [field.help]
    if field.minimum is not None or field.maximum is not None:
        low = "" if field.minimum is None else format_number(field.minimum)
        high = "" if field.maximum is None else format_number(field.maximum)
        more, less = "above " if field.open_minimum else "", "below " if field.open_maximum else ""
        if low and high:
            parts.append(f"{more or 'from '}{low} to {less}{high}".capitalize() + ".")
        else:
            parts.append((f"{more or 'at least '}{low}" if low else f"{less or 'at most '}{high}").capitalize() + ".")
    return "\n".join(part for part in parts if part)


def _sentence(error: ValidationError, field: FieldDescription, value: Any) -> str:
    """Why a value was refused, in the words of the form."""
    item = error.errors(include_url=False)[0]
    message = item["msg"].removeprefix("Value error, ").rstrip(".")
    shown = format_number(value) if isinstance(value, int | float) and not isinstance(value, bool) else repr(value)
    if message.startswith("Input should be "):
        return f"{field.label} must be {message.removeprefix('Input should be ')}, but {shown} was given."
    return f"{field.label}: {message}."
