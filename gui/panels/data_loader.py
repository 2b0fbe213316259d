"""Loads the data of the document in the background, and fits the design to it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, Signal

from engine.data import DataError, Dataset, DataSettings, PreparedData, prepare
from engine.data.cache import DataCache
from engine.data.dataset import ColumnFact
from engine.data.loading import Loading
from engine.fitting import fit_design, fit_layer
from engine.layer import Layer
from gui.document.document import Document
from gui.runtime.tasks import TaskRunner


@dataclass(frozen=True, slots=True)
class LoadedData:
    """Prepared data, and what became of the columns of its table."""

    settings: DataSettings
    prepared: PreparedData
    table: tuple[ColumnFact, ...] = ()

    @property
    def header(self) -> tuple[str, ...]:
        """Names of the columns of the table, among which a target can be chosen; empty when it is none."""
        return tuple(fact.name for fact in self.table)


class DataLoader(QObject):
    """Keeps the prepared data that belongs to the document.

    A wish for other data changes the document only when that data could be loaded; the design is fitted to it in the
    same undo step. What cannot be loaded, or is cancelled, leaves everything as it is.
    """

    data_loaded = Signal(object)
    """LoadedData that belongs to the document as it is now."""
    load_failed = Signal(str)
    busy_changed = Signal(bool)
    cancelled = Signal()

    def __init__(self, document: Document, runner: TaskRunner, parent: QObject | None = None):
        super().__init__(parent)
        self._document = document
        self._runner = runner
        self._loaded: LoadedData | None = None
        self._wish: DataSettings | None = None
        self._loading: Loading | None = None
        self._cache = DataCache()
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
        return self._loading is not None

    @property
    def loading(self) -> Loading | None:
        """How far it is with what is loading; to be looked at, now and then."""
        return self._loading

    def reload(self) -> None:
        """Load the document's data again, as when its file has changed."""
        self._loaded, self._wish = None, None
        self._load(self._document.design.data)

    def change(self, settings: DataSettings) -> None:
        """Ask for other data; the document follows when it is there."""
        self._wish = settings
        self._load(settings)

    def adopt(self, settings: DataSettings, dataset: Dataset, prepared: PreparedData) -> None:
        """Take other data that was loaded and prepared already, as after a preview."""
        self._wish = settings
        try:
            self._cache.put(settings.source, dataset)
        except DataError as error:  # its file is gone by now
            self.load_failed.emit(str(error))
            return
        if self._loading is not None:
            self._loading.cancel()
        self._loading = loading = Loading()
        self._on_task_succeeded(loading, LoadedData(settings, prepared, dataset.table))

    def cancel(self) -> None:
        """Stop loading; the document stays as it is."""
        if self._loading is None:
            return
        self._loading.cancel()
        self._loading, self._wish = None, None
        self.busy_changed.emit(False)
        self.cancelled.emit()

    def forget_wish(self) -> None:
        """Go back to the document's data."""
        self._wish = None

    def _fit_new(self, layer: Layer) -> Layer:
        """A new Input or Output that fits the data, so that nobody has to count its columns."""
        return fit_layer(layer, self.prepared) if self.prepared is not None else layer

    def _load(self, settings: DataSettings) -> None:
        if self._loading is not None:
            self._loading.cancel()
        self._loading = loading = Loading()
        self.busy_changed.emit(True)
        self._runner.run(
            load,
            settings,
            loading,
            self._cache,
            on_success=partial(self._on_task_succeeded, loading),
            on_failure=partial(self._on_task_failed, loading),
            latest="data",
        )

    def _on_task_succeeded(self, loading: Loading, loaded: LoadedData) -> None:
        if loading is not self._loading:
            return
        self._loading = None
        self._loaded, self._wish = loaded, None
        design = self._document.design
        if loaded.settings != design.data:
            self._document.set_data(loaded.settings, graph=fit_design(design.graph, loaded.prepared))
        self._document.checks.set_data(loaded.settings, loaded.prepared)
        self.busy_changed.emit(False)
        self.data_loaded.emit(loaded)

    def _on_task_failed(self, loading: Loading, error: Exception) -> None:
        if loading is not self._loading:
            return
        self._loading = None
        self.busy_changed.emit(False)
        self.load_failed.emit(sentence_of(error))

    def _on_document_data_changed(self) -> None:
        if self.loaded is None:
            self.reload()


def load(settings: DataSettings, loading: Loading, cache: DataCache) -> LoadedData:
    """Load and prepare data; runs in the background. Raises DataError, or LoadingCancelledError."""
    with loading.active():
        dataset = cache.load(settings.source)
        return LoadedData(settings, prepare(settings, dataset), dataset.table)


def sentence_of(error: Exception) -> str:
    """Why data could not be loaded, as a sentence."""
    if isinstance(error, DataError):
        return str(error)
    if isinstance(error, MemoryError):
        return "The data is larger than the free memory. Use fewer rows or columns."
    return f"The data cannot be loaded: {str(error).rstrip('.') or type(error).__name__}."
