"""The data panel: where the examples come from, how they are split, and what is in them."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QHBoxLayout, QWidget

from engine.data import DataSettings, DataSource, PreparedData, source_for_file
from engine.data.table_source import TableSource
from gui.document.document import Document
from gui.panels.data_loader import DataLoader, LoadedData
from gui.panels.page import Page, SmallTable, shape_text
from gui.panels.parts_editor import PARTS, PartsEditor
from gui.panels.progress import LoadingProgress
from gui.widgets.basic import Button, ElidedLabel, Label, Section, ToolButton
from gui.widgets.editors import TextEditor
from gui.widgets.form import DeclarationForm, carried_over
from gui.widgets.numbers import QuietComboBox

MOST_CLASSES = 12
"""Rows of the table of classes; more are counted together."""


class DataPanel(Page):
    """Chooses data and shows what it holds. Edits reach the document when the data could be loaded."""

    problem_shown = Signal(str)
    open_requested = Signal(str)
    """The user wants to choose a file, of this kind or, when empty, of any."""
    columns_requested = Signal()
    """The user wants to look at the columns of the table."""

    def __init__(self, document: Document, loader: DataLoader, parent: QWidget | None = None):
        super().__init__("Data", parent)
        self._document = document
        self._loader = loader
        self._final = True
        source = self._make_source_section(loader)
        contents = Section("What is in it")
        self.facts = SmallTable()
        self.classes = SmallTable()
        self.notices = Label("", "small", wrap=True)
        self.notices.hide()
        self.loading = Label("Loading…", "muted")
        for widget in (self.loading, self.facts, self.classes, self.notices):
            contents.body.addWidget(widget)
        parts = Section("Parts")
        self.parts = PartsEditor(DataSettings.fields())
        parts.body.addWidget(self.parts)
        preparation = Section("Preparation")
        self.settings_form = DeclarationForm(skip={"source", *PARTS}, label_width=136)
        preparation.body.addWidget(self.settings_form)
        self.add(source, contents, parts, preparation)
        self.column.addStretch(1)
        self.open_button.clicked.connect(self._on_open_button_clicked)
        self.columns_button.clicked.connect(self.columns_requested)
        self.reload_button.clicked.connect(loader.reload)
        self.source_box.activated.connect(self._on_source_box_activated)
        self.form.field_edited.connect(self._on_form_field_edited)
        self.settings_form.field_edited.connect(self._on_settings_form_field_edited)
        self.parts.edited.connect(self._on_parts_edited)
        self.parts.refused.connect(self._show_error)
        loader.data_loaded.connect(self._on_loader_data_loaded)
        loader.load_failed.connect(self._on_loader_load_failed)
        loader.busy_changed.connect(self._on_loader_busy_changed)
        loader.cancelled.connect(self._on_loader_cancelled)
        document.data_changed.connect(self._on_document_data_changed)
        document.design_replaced.connect(self._on_document_data_changed)
        self.refresh()

    def _make_source_section(self, loader: DataLoader) -> Section:
        source = Section("Source")
        self.source_box = _make_source_box()
        source.body.addWidget(self.source_box)
        self.summary = Label("", "muted", wrap=True)
        source.body.addWidget(self.summary)
        self.open_button = Button("Open data…", "table", "Choose a file of your own: a table, arrays, zipped images")
        self.columns_button = Button("Columns…", "", "Look at the table, choose target and columns")
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.open_button, 1)
        buttons.addWidget(self.columns_button, 1)
        source.body.addLayout(buttons)
        self.path = ElidedLabel("", "small")
        self.path.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self.reload_button = ToolButton("reset", "Read the file again")
        self.file_row = QWidget()
        file_row = QHBoxLayout(self.file_row)
        file_row.setContentsMargins(0, 0, 0, 0)
        file_row.addWidget(self.path, 1)
        file_row.addWidget(self.reload_button)
        source.body.addWidget(self.file_row)
        self.progress = LoadingProgress(loader)
        source.body.addWidget(self.progress)
        self.form = DeclarationForm(skip={kind.subject for kind in DataSource.members() if kind.subject})
        source.body.addWidget(self.form)
        self.error = Label("", "error", wrap=True)
        self.error.setAccessibleName("What is wrong with the data")
        self.error.hide()
        source.body.addWidget(self.error)
        return source

    def refresh(self) -> None:
        """Show what the user asked for last, and the facts of the data that is there."""
        settings = self._loader.wish
        source = settings.source
        index = self.source_box.findData(source.kind)
        self.source_box.setCurrentIndex(index)
        self.summary.setText(type(source).summary())
        self.form.set_declaration(source, source.kind)
        path = getattr(source, type(source).subject) if _is_chosen(type(source)) else ""
        self.path.set_full_text(str(path))
        self.file_row.setVisible(bool(path))
        self.columns_button.setVisible(isinstance(source, TableSource))
        self.settings_form.set_declaration(settings, "data")
        self.parts.set_shares({part: getattr(settings, part) for part in PARTS})

    def open_file(self, path: str) -> bool:
        """Take a file as the source, by its ending; False when no source reads such files."""
        source = source_for_file(path)
        if source is None:
            return False
        self._ask({"source": source})
        return True

    def _ask(self, changes: dict[str, Any]) -> None:
        try:
            settings = self._loader.wish.replace(**changes)
        except ValidationError as error:
            self._show_error(str(error.errors()[0]["msg"]).removeprefix("Value error, ").rstrip(".") + ".")
            return
        self._show_error("")
        self._loader.change(settings)
        self.refresh()

    def _show_error(self, sentence: str) -> None:
        self.error.setText(sentence)
        self.error.setVisible(bool(sentence))
        if sentence:
            self.problem_shown.emit(sentence)

    def _on_open_button_clicked(self) -> None:
        self.open_requested.emit("")
        self.open_button.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, False)  # the dialog kept the leave event
        self.open_button.update()

    def _on_source_box_activated(self, index: int) -> None:
        kind = DataSource.registry.get(self.source_box.itemData(index))
        current = self._loader.wish.source
        if kind is None or type(current) is kind:
            return
        assert issubclass(kind, DataSource)
        if _is_chosen(kind):
            self.refresh()
            self.open_requested.emit(kind.kind)
        else:
            self._ask({"source": carried_over(current, kind)})

    def _on_form_field_edited(self, _name: str, _value: object, final: bool) -> None:
        self._final = final
        self._ask({"source": self.form.declaration})

    def _on_settings_form_field_edited(self, name: str, value: object, final: bool) -> None:
        self._final = final
        self._ask({name: value})

    def _on_parts_edited(self, shares: dict[str, float]) -> None:
        self._final = True
        self._ask(shares)

    def _on_document_data_changed(self) -> None:
        self._show_error("")
        self.refresh()

    def _on_loader_busy_changed(self, busy: bool) -> None:
        # What is quick to load must not flicker: the old facts stay until there are others.
        self.loading.setVisible(busy and self._loader.prepared is None)

    def _on_loader_cancelled(self) -> None:
        self.refresh()
        if self._loader.prepared is None:
            self._show_error("Loading was cancelled, so there is no data to train on. Load it again, or choose other.")

    def _on_loader_load_failed(self, sentence: str) -> None:
        self._show_error(sentence)

    def _on_loader_data_loaded(self, loaded: LoadedData) -> None:
        self._show_error("")
        if self._final:
            self._document.end_merge()
        self.refresh()
        data = loaded.prepared
        m = sum(part.m for part in data.parts.values())
        target = data.target_of()
        predicts = f"{target.classes} classes" if target.kind == "classes" else "a number"
        names = list(data.columns.get(next(iter(data.input_layout.shapes)), ()))
        shape = data.input_shape()
        facts = [("Examples", f"{m:,}"), ("Features", f"{shape[0]:,}" if len(shape) == 1 else shape_text(shape))]
        self.facts.set_rows([*facts, ("Target", f"{target.name}: {predicts}")], name="Data")
        self.facts.setToolTip("Features: " + ", ".join(names[:40]) + (" …" if len(names) > 40 else "") if names else "")
        self.classes.set_rows(*part_rows(data), total=True, name="Examples by part")
        notices = data.notices
        self.notices.setText("\n".join(f"• {notice}" for notice in notices))
        self.notices.setVisible(bool(notices))
        for name in ("target", "columns", "drop"):
            if name in getattr(type(self.form.declaration), "model_fields", {}):
                editor = self.form.row(name).editor
                if isinstance(editor, TextEditor):
                    editor.set_suggestions(loaded.header, several=name != "target")


def part_rows(data: PreparedData) -> tuple[list[tuple[str, ...]], tuple[str, ...]]:
    """Examples by class and part, and the header."""
    parts = [part for part in PARTS if part in data.parts]
    counts = {part: data.class_counts(part) for part in parts}
    names = list(counts["train"])
    rows = [(name, *(f"{counts[part][name]:,}" for part in parts)) for name in names[:MOST_CLASSES]]
    if len(names) > MOST_CLASSES:
        rest = names[MOST_CLASSES:]
        sums = (sum(counts[part][name] for name in rest) for part in parts)
        rows.append((f"{len(rest)} more", *(f"{number:,}" for number in sums)))
    rows.append(("All", *(f"{data.parts[part].m:,}" for part in parts)))
    return rows, ("Class" if names else "", *(part.capitalize() for part in parts))


def _is_chosen(kind: type[DataSource]) -> bool:
    """The user chooses a file or folder for it."""
    return bool(kind.endings) or kind.folders


def _make_source_box() -> QuietComboBox:
    """All sources, under headings that cannot be chosen."""
    box = QuietComboBox()
    box.setAccessibleName("Source of the data")
    box.setMaxVisibleItems(30)
    model = QStandardItemModel(box)
    bold = box.font()
    bold.setBold(True)
    groups: dict[str, list[type[DataSource]]] = {}
    for kind in DataSource.members():
        groups.setdefault(kind.category or "Other", []).append(kind)
    for category, kinds in sorted(groups.items(), key=lambda item: _is_chosen(item[1][0])):
        heading = QStandardItem(category)
        heading.setFlags(Qt.ItemFlag.NoItemFlags)
        heading.setFont(bold)
        model.appendRow(heading)
        for kind in kinds:
            item = QStandardItem(kind.label + ("…" if _is_chosen(kind) else ""))
            item.setData(kind.kind, Qt.ItemDataRole.UserRole)
            item.setToolTip(kind.summary())
            model.appendRow(item)
    box.setModel(model)
    return box
