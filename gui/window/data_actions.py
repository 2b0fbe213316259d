"""The ways in for the user's own data: a file that is chosen or dropped, and a table that is pasted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from engine.data import DataError, DataSettings, DataSource, source_for_file
from engine.data.sources.pasted_table import PastedTable
from engine.data.table_source import TableSource
from gui.training_controller import Message
from gui.window.drops import data_endings
from gui.window.start_page import own_data_design

if TYPE_CHECKING:
    from gui.main_window import MainWindow
    from gui.window.data_wizard import DataWizard
    from gui.window.data_wizard_work import Examined
    from gui.window.file_actions import FileActions


class DataActions(QObject):
    """Opens the data wizard for tables, and takes arrays as they are."""

    def __init__(self, window: MainWindow, files: FileActions):
        super().__init__(files)
        self._window = window
        self._files = files
        self._begin = ""
        self.wizard: DataWizard | None = None
        """The wizard while it is open."""
        window.data_panel.open_requested.connect(self.choose)
        window.data_panel.columns_requested.connect(self._on_data_panel_columns_requested)
        window.canvas.table_pasted.connect(self.paste_text)

    def choose(self, kind: str = "", *, begin: bool = False) -> None:
        """Ask for a file, or for a folder where the kind reads one.

        Args:
            kind: Kind of the source that reads it; any when empty.
            begin: Begin with a new small network for it.
        """
        if (chosen := DataSource.registry.get(kind)) is not None and issubclass(chosen, DataSource) and chosen.folders:
            self.choose_folder(begin=begin)
            return
        sources = [source for source in DataSource.members() if source.endings and kind in ("", source.kind)]
        endings = " ".join(f"*.{ending}" for source in sources for ending in source.endings)
        filters = [f"Data ({endings})"] if len(sources) > 1 else []
        filters += [f"{source.label} ({' '.join(f'*.{e}' for e in source.endings)})" for source in sources]
        current = str(getattr(self._window.loader.wish.source, "path", ""))
        folder = str(Path(current).parent) if current else ""
        path, _ = QFileDialog.getOpenFileName(self._window, "Open data", folder, ";;".join([*filters, "All files (*)"]))
        if path:
            self.open(Path(path), begin=begin)

    def choose_folder(self, *, begin: bool = False) -> None:
        """Ask for a folder of images."""
        current = str(getattr(self._window.loader.wish.source, "path", ""))
        folder = str(Path(current).parent) if current else ""
        path = QFileDialog.getExistingDirectory(self._window, "Open folder of images", folder)
        if path:
            self.open(Path(path), begin=begin)

    def open(self, path: Path, *, begin: bool = False) -> None:
        """Take a data file or a folder: tables are looked at first."""
        source = source_for_file(str(path))
        if source is None and path.is_dir():
            self._tell(
                f"'{path.name}' is a folder in which Netloom finds no data. It needs a sub-folder of images for each "
                "class, or the files of MNIST (IDX) or CIFAR (binary version). Open tables one by one."
            )
            return
        if source is None:
            known = ", ".join(data_endings())
            self._tell(f"Netloom cannot read '{path.name}' as data. It reads files that end in {known}.")
            return
        self._show(self._window.loader.wish.replace(source=source), path.stem if begin else "")

    def paste(self) -> None:
        """Take the table on the clipboard."""
        data = QGuiApplication.clipboard().mimeData()
        text = data.text() if data is not None and data.hasText() else ""
        if text.strip():
            self.paste_text(text)
        else:
            self._tell("There is no table on the clipboard. Copy the cells of a spreadsheet first.")

    def paste_text(self, text: str) -> None:
        """Take a table as text; what is too long to be kept in the design is refused."""
        source = PastedTable(text=text)
        try:
            source.check_length()
        except DataError as error:
            self._tell(str(error))
            return
        self._show(self._window.loader.wish.replace(source=source), "")

    def close(self) -> None:
        """The window ends."""
        if self.wizard is not None:
            self.wizard.reject()

    def _show(self, settings: DataSettings, begin: str, accept: str = "Load") -> None:
        self._begin = begin
        if not isinstance(settings.source, TableSource):
            self._use(settings, None)
            return
        from gui.window.data_wizard import DataWizard  # not needed before the first table

        self.close()
        wizard = self.wizard = DataWizard(self._window, settings, accept=accept)
        wizard.chosen.connect(self._use)
        wizard.finished.connect(self._on_wizard_finished)
        wizard.open()

    def _use(self, settings: DataSettings, examined: Examined | None) -> None:
        w, name = self._window, self._begin

        def load() -> None:
            if name:
                self._files.use(own_data_design(Path(name)))
            self._files.close_page()
            if examined is not None:
                w.loader.adopt(settings, examined.dataset, examined.prepared)
            else:
                w.loader.change(settings)
            w.data_panel.refresh()
            w.docks.data.show()
            w.docks.data.raise_()

        if name:
            self._files.ask_to_save(load)
        else:
            load()

    def _tell(self, sentence: str) -> None:
        self._window.show_message(Message(sentence, "error"))

    def _on_data_panel_columns_requested(self) -> None:
        self._show(self._window.loader.wish, "", "Apply")

    def _on_wizard_finished(self) -> None:
        self.wizard = None
