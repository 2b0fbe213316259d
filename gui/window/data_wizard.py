"""The data wizard: how a table is read, what becomes of its columns, and what the parts will hold."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from engine.data import DataSettings
from engine.data.cache import DataCache
from engine.data.loading import Loading
from engine.data.preview import Preview
from engine.data.table_source import TableSource
from gui.panels.data_loader import sentence_of
from gui.panels.data_panel import part_rows
from gui.panels.page import Page, SmallTable
from gui.panels.progress import LoadingProgress
from gui.runtime.tasks import TaskRunner
from gui.widgets.basic import Button, ElidedLabel, Label, Section
from gui.widgets.form import DeclarationForm
from gui.window.data_wizard_reading import ReadingChoices
from gui.window.data_wizard_tables import ColumnsTable, PreviewTable
from gui.window.data_wizard_work import Examined, Role, examine, first_rows, guessed_target, roles_of, with_role

CHOICES = ("task", "missing", "categories")
"""Fields of a table that stand beside its columns."""
SIDE = 288


class DataWizard(QDialog):
    """Shows a table before it is loaded, and lets the user say how. The document changes when it is accepted only."""

    chosen = Signal(object, object)
    """The DataSettings, and the Examined data where it is there already (else None)."""
    busy_changed = Signal(bool)
    """The data is being read."""

    def __init__(self, parent: QWidget | None, settings: DataSettings, *, accept: str = "Load"):
        """Make the dialog.

        Args:
            parent: The window.
            settings: What to begin with; the source is a table.
            accept: What the button says that uses the data.
        """
        super().__init__(parent)
        assert isinstance(settings.source, TableSource)
        self.setWindowTitle("Data")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.settings = settings
        self.examined: Examined | None = None
        self._preview: Preview | None = None
        self._loading: Loading | None = None
        self._accepting = False
        self._cache = DataCache(tables=True)
        self._runner = TaskRunner(self)
        self._build(accept)
        self._connect()
        self._read()

    @property
    def source(self) -> TableSource:
        """The table with what was chosen so far."""
        source = self.settings.source
        assert isinstance(source, TableSource)
        return source

    @property
    def loading(self) -> Loading | None:
        """How far it is with reading; None when nothing is read."""
        return self._loading

    # Building

    def _build(self, accept: str) -> None:
        source = self.source
        path = str(getattr(source, "path", ""))
        self.title = Label(path.replace("\\", "/").rsplit("/", 1)[-1] or source.label, "title")
        self.place = ElidedLabel(path or "From the clipboard; it will be saved in the design.", "small")
        self.reading = ReadingChoices(source)
        self.preview = PreviewTable()
        self.columns = ColumnsTable()
        self.error = Label("", "error", wrap=True)
        self.error.setAccessibleName("What is wrong with the data")
        self.error.hide()
        self.progress = LoadingProgress(self, stop="Stop")
        self.cancel_button = Button("Cancel")
        self.accept_button = Button(accept)
        self.accept_button.setProperty("role", "primary")
        self.accept_button.setDefault(True)
        parts = QSplitter(Qt.Orientation.Vertical)
        parts.setChildrenCollapsible(False)
        parts.addWidget(_part("First rows", self.preview))
        parts.addWidget(self._below())
        parts.setSizes([210, 380])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(12)
        layout.addLayout(self._head())
        layout.addWidget(parts, 1)
        layout.addWidget(self.error)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.progress, 1)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.accept_button)
        layout.addLayout(buttons)
        room = self.screen().availableSize()
        self.resize(min(1120, room.width() - 40), min(780, room.height() - 60))

    def _below(self) -> QWidget:
        holder = QWidget()
        below = QHBoxLayout(holder)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(16)
        below.addWidget(_part("Columns", self.columns, "Enter opens the choice; I, T and L choose at once."), 1)
        below.addWidget(self._side())
        return holder

    def _head(self) -> QHBoxLayout:
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(self.title)
        texts.addWidget(self.place)
        head = QHBoxLayout()
        head.setSpacing(16)
        head.addLayout(texts, 1)
        head.addWidget(self.reading)
        return head

    def _side(self) -> QWidget:
        self.figures, self.classes = SmallTable(), SmallTable()
        self.notices = Label("", "small", wrap=True)
        skipped = {field.name for field in type(self.source).fields()} - {*CHOICES}
        self.form = DeclarationForm(skip=skipped, label_width=88)
        self.form.set_declaration(self.source, self.source.kind)
        skipped = {field.name for field in DataSettings.fields()} - {"outliers"}
        self.settings_form = DeclarationForm(skip=skipped, label_width=88)
        self.settings_form.set_declaration(self.settings, "data")
        parts, how, notes = Section("What will be learned"), Section("How"), Section("Good to know")
        parts.body.addWidget(self.figures)
        parts.body.addWidget(self.classes)
        how.body.addWidget(self.form)
        how.body.addWidget(self.settings_form)
        notes.body.addWidget(self.notices)
        self.notes = notes
        page = Page("What will be learned")
        page.column.setContentsMargins(0, 0, 4, 0)
        page.verticalScrollBar().rangeChanged.disconnect()
        page.add(parts, how, notes)
        page.column.addStretch(1)
        page.setFixedWidth(SIDE)
        return page

    def _connect(self) -> None:
        self.reading.edited.connect(self._on_reading_edited)
        self.columns.role_chosen.connect(self._on_columns_role_chosen)
        self.form.field_edited.connect(self._on_form_field_edited)
        self.settings_form.field_edited.connect(self._on_settings_form_field_edited)
        self.cancel_button.clicked.connect(self.reject)
        self.accept_button.clicked.connect(self._on_accept_button_clicked)

    # Reading

    def cancel(self) -> None:
        """Stop reading; the table may still be loaded as it was chosen."""
        if self._loading is not None:
            self._loading.cancel()
            self._set_loading(None)
            self._accepting = False
            self._show_error("Reading was cancelled, so it is not known what the columns hold. It can be loaded still.")

    def _read(self) -> None:
        """Show the first rows, then all of it."""
        self._runner.run(
            first_rows,
            self.source,
            on_success=self._on_task_previewed,
            on_failure=self._on_task_preview_failed,
            latest="preview",
        )

    def _examine(self) -> None:
        if self._loading is not None:
            self._loading.cancel()
        loading = Loading()
        self._set_loading(loading)
        self._runner.run(
            examine,
            self.settings,
            loading,
            self._cache,
            on_success=partial(self._on_task_examined, loading),
            on_failure=partial(self._on_task_failed, loading),
            latest="examine",
        )

    def _set_loading(self, loading: Loading | None) -> None:
        self._loading = loading
        self.busy_changed.emit(loading is not None)

    def _take(self, settings: DataSettings, *, anew: bool = False) -> None:
        """Go on with other settings; `anew` when the table itself is read differently."""
        if settings == self.settings:
            return
        self.settings = settings
        self.examined = None
        self.form.set_declaration(self.source, self.source.kind)
        self.settings_form.set_declaration(settings, "data")
        if anew:
            self._read()
        else:
            self._mark()
            self._examine()

    def _mark(self) -> None:
        """Show what the columns are used as."""
        if self._preview is None:
            return
        facts = (
            {fact.name: fact for fact in self.examined.dataset.table} if self.examined else self.columns.content.facts
        )
        roles = roles_of(self.source, self._preview.header, facts)
        shown = {name: fact for name, fact in facts.items() if self.examined or fact.role == roles.get(name)}
        self.columns.content.mark(roles, shown)
        self.preview.mark(roles, facts)

    def _show_error(self, sentence: str) -> None:
        self.error.setText(sentence)
        self.error.setVisible(bool(sentence))

    def _show_result(self, examined: Examined) -> None:
        data = examined.prepared
        target = data.target_of()
        m = sum(part.m for part in data.parts.values())
        predicts = f"{target.classes} classes" if target.kind == "classes" else "a number"
        names = ", ".join(data.targets)
        rows = [("Examples", f"{m:,}"), ("Features", f"{data.input_shape()[0]:,}"), (names, predicts)]
        self.figures.set_rows(rows, name="Data")
        self.classes.set_rows(*part_rows(data), total=True, name="Examples by class and part")
        self.notices.setText("\n".join(f"• {notice}" for notice in data.notices))
        self.notes.setVisible(bool(data.notices))

    # Slots

    def _on_task_previewed(self, preview: Preview) -> None:
        first = self._preview is None
        self._preview = preview
        self.preview.show_preview(preview)
        self.columns.content.show(preview.header, preview.kinds)
        self.reading.show_found(preview)
        if not self.source.target:
            target = guessed_target(preview.header)
            source = with_role(self.source, preview.header, {}, [target], "target")
            self.settings = self.settings.replace(source=source)
        if first:
            self.columns.setCurrentIndex(self.columns.content.index(0, 0))
            self.columns.setFocus()
        self._mark()
        self._examine()

    def _on_task_preview_failed(self, error: Exception) -> None:
        self._preview = None
        self.preview.show_preview(Preview((), (), ()))
        self.columns.content.show((), ())
        self._refuse(error)

    def _on_task_examined(self, loading: Loading, examined: Examined) -> None:
        if loading is not self._loading:
            return
        self._set_loading(None)
        self.examined = examined
        self._show_error("")
        self.accept_button.setEnabled(True)
        self._mark()
        self._show_result(examined)
        if self._accepting:
            self._finish()

    def _on_task_failed(self, loading: Loading, error: Exception) -> None:
        if loading is self._loading:
            self._set_loading(None)
            self._refuse(error)

    def _refuse(self, error: Exception) -> None:
        self._accepting = False
        self.examined = None
        self._show_error(sentence_of(error))
        self.accept_button.setEnabled(False)
        self.figures.set_rows([], name="Data")
        self.classes.set_rows([], name="Examples by class and part")
        self.notices.setText("")
        self.notes.hide()

    def _on_columns_role_chosen(self, names: list[str], role: Role) -> None:
        if self._preview is None:
            return
        content = self.columns.content
        source = with_role(self.source, self._preview.header, content.facts, names, role)
        if source == self.source and role != "target" and any(content.roles.get(n) == "target" for n in names):
            self._show_error("One column has to be the target. Choose another as the target first.")
            return
        self._take(self.settings.replace(source=source))

    def _on_reading_edited(self, name: str, value: object) -> None:
        changes = {name: value}
        if name != "encoding":
            changes |= {"target": "", "columns": "", "drop": ""}  # the columns have other names now
        self._take(self.settings.replace(source=self.source.replace(**changes)), anew=True)

    def _on_form_field_edited(self, name: str, value: object, _final: bool) -> None:
        self._take(self.settings.replace(source=self.source.replace(**{name: value})))

    def _on_settings_form_field_edited(self, name: str, value: object, _final: bool) -> None:
        self._take(self.settings.replace(**{name: value}))

    def _on_accept_button_clicked(self) -> None:
        if self._loading is not None:
            self._accepting = True  # as soon as it is known that the data can be used
            self.accept_button.setEnabled(False)
        else:
            self._finish()

    def _finish(self) -> None:
        self.chosen.emit(self.settings, self.examined)
        self.accept()

    # Qt

    def done(self, result: int) -> None:
        if self._loading is not None:
            self._loading.cancel()
            self._set_loading(None)
        self._runner.close(timeout=0)
        self._cache = DataCache()  # a large table must not live on with the wrapper of a closed dialog
        super().done(result)


def _part(title: str, content: QWidget, hint: str = "") -> QWidget:
    """A table under its heading."""
    section = Section(title)
    section.body.addWidget(content, 1)
    if hint:
        section.body.addWidget(Label(hint, "small"))
    section.heading.setBuddy(content)
    return section
