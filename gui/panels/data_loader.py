"""Loads the data of the document in the background, and fits the design to it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from engine.data import DataError, DataSettings, DataSource, PreparedData, prepare
from engine.fitting import fit_design, fit_layer
from engine.layer import Layer
from gui.document.document import Document
from gui.runtime.tasks import TaskRunner


@dataclass(frozen=True, slots=True)
class LoadedData:
    """Prepared data, and the names of the columns that a table has."""

    settings: DataSettings
    prepared: PreparedData
    header: tuple[str, ...] = ()


class DataLoader(QObject):
    """Keeps the prepared data that belongs to the document.

    A wish for other data changes the document only when that data could be loaded; the design is fitted to it in the
    same undo step. What cannot be loaded leaves everything as it is.
    """

    data_loaded = Signal(object)
    """LoadedData that belongs to the document as it is now."""
    load_failed = Signal(str)
    busy_changed = Signal(bool)

    def __init__(self, document: Document, runner: TaskRunner, parent: QObject | None = None):
        super().__init__(parent)
        self._document = document
        self._runner = runner
        self._loaded: LoadedData | None = None
        self._wish: DataSettings | None = None
        document.fit_new = self._fit_new
        document.data_changed.connect(self._on_document_data_changed)
        document.design_replaced.connect(self._on_document_data_changed)

    @property
    def loaded(self) -> LoadedData | None:
        """The data of the document; None while it is loading or cannot be loaded."""
        loaded = self._loaded
        return loaded if loaded is not None and loaded.settings == self._document.design.data else None

    @property
    def prepared(self) -> PreparedData | None:
        """The parts to train on; None while there are none."""
        return self.loaded.prepared if self.loaded else None

    @property
    def wish(self) -> DataSettings:
        """What the user asked for last: the document's settings, or others that are loading or could not be loaded."""
        return self._wish or self._document.design.data

    @property
    def is_busy(self) -> bool:
        """Something is loading."""
        return self._runner.is_busy

    def reload(self) -> None:
        """Load the document's data again, as when its file has changed."""
        self._loaded, self._wish = None, None
        self._load(self._document.design.data)

    def change(self, settings: DataSettings) -> None:
        """Ask for other data; the document follows when it is there."""
        self._wish = settings
        self._load(settings)

    def forget_wish(self) -> None:
        """Go back to the document's data."""
        self._wish = None

    def _fit_new(self, layer: Layer) -> Layer:
        """A new Input or Output that fits the data, so that nobody has to count its columns."""
        return fit_layer(layer, self.prepared) if self.prepared is not None else layer

    def _load(self, settings: DataSettings) -> None:
        self.busy_changed.emit(True)
        self._runner.run(
            load, settings, on_success=self._on_task_succeeded, on_failure=self._on_task_failed, latest="data"
        )

    def _on_task_succeeded(self, loaded: LoadedData) -> None:
        self._loaded, self._wish = loaded, None
        design = self._document.design
        if loaded.settings != design.data:
            self._document.set_data(loaded.settings, graph=fit_design(design.graph, loaded.prepared))
        self._document.checks.set_data(loaded.settings, loaded.prepared)
        self.busy_changed.emit(False)
        self.data_loaded.emit(loaded)

    def _on_task_failed(self, error: Exception) -> None:
        self.busy_changed.emit(False)
        known = isinstance(error, DataError)
        self.load_failed.emit(str(error) if known else f"The data cannot be loaded: {error or type(error).__name__}.")

    def _on_document_data_changed(self) -> None:
        if self.loaded is None:
            self.reload()


def load(settings: DataSettings) -> LoadedData:
    """Load and prepare data; runs in the background. Raises DataError."""
    prepared = prepare(settings)
    return LoadedData(settings, prepared, _header(settings.source))


def _header(source: DataSource) -> tuple[str, ...]:
    """The names of the columns, for a source in which a target column can be named."""
    path, target = getattr(source, "path", ""), getattr(source, "target", None)
    if not path or target is None:
        return ()
    from engine.data.table import read_table

    return read_table(path, getattr(source, "delimiter", "")).header
