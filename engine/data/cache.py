"""The last table that was read and the last data made of it, so that a change of the split need not read it again."""

from __future__ import annotations

from typing import Any

from engine.data.dataset import Dataset
from engine.data.source import DataSource, FileSource
from engine.data.table import Table
from engine.data.table_source import TableSource


class DataCache:
    """Remembers one data set, and on request its table; a file that changed in the meantime is read again."""

    def __init__(self, *, tables: bool = False) -> None:
        """Make an empty cache.

        Args:
            tables: Remember the table too: other columns of it can then be chosen without reading the file.
        """
        self._tables = tables
        self._table: tuple[Any, Table] | None = None
        self._dataset: tuple[Any, Dataset] | None = None

    def load(self, source: DataSource) -> Dataset:
        """What `source.load()` returns. Raises DataError."""
        key = _key(source)
        if key is None:
            return source.load()
        if self._dataset is None or self._dataset[0] != key:
            self._dataset = None  # before the next one takes its memory
            made = source.make(self._read(source)) if isinstance(source, TableSource) else source.load()
            self._dataset = (key, made)
        return self._dataset[1]

    def put(self, source: DataSource, dataset: Dataset) -> None:
        """Remember data that was loaded elsewhere."""
        key = _key(source)
        if key is not None:
            self._dataset = (key, dataset)

    def _read(self, source: TableSource) -> Table:
        if not self._tables:
            return source.table()
        key = _key(source.reading())
        if self._table is None or self._table[0] != key:
            self._table = None
            self._table = (key, source.table())
        return self._table[1]


def _key(source: DataSource) -> tuple[DataSource, Any] | None:
    """What the data is made of; None for data that is not remembered."""
    if not isinstance(source, TableSource):
        stamp = source.stamp()
        return None if stamp is None else (source, stamp)
    if not isinstance(source, FileSource):
        return source, None
    status = source.file.stat()
    return source, (status.st_mtime_ns, status.st_size)
