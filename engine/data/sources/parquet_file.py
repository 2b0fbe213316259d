"""Own tables: Parquet files."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from engine.data.errors import DataError
from engine.data.loading import current_loading
from engine.data.preview import ROWS, Preview, preview_table
from engine.data.source import FileSource
from engine.data.table import Table
from engine.data.table_source import TableSource

BATCH = 50_000
"""Rows read at once."""


class ParquetFile(TableSource, FileSource, kind="parquet", label="Parquet file"):
    """A table of your own in the Parquet format, read as a CSV file is; the types of its columns are known.

    Needs the package pyarrow: `pip install "netloom[parquet]"`.
    """

    prefix: ClassVar[str] = "parquet"
    endings: ClassVar[tuple[str, ...]] = ("parquet", "pq")

    def preview(self) -> Preview:
        """The first rows of the file."""
        return preview_table(self._read(at_most=ROWS))

    def table(self) -> Table:
        """Read the file."""
        return self._read()

    def _read(self, at_most: int = 0) -> Table:
        file = self.file
        try:
            import pyarrow
            from pyarrow import parquet
        except ImportError as error:
            raise DataError(
                f"'{file.name}' is a Parquet file, and the package pyarrow, which reads them, is not installed. "
                'Install it with: pip install "netloom[parquet]", or save the table as CSV.'
            ) from error
        try:
            with parquet.ParquetFile(file) as stream:
                return _read(stream, file.name, at_most)
        except (pyarrow.ArrowException, OSError, ValueError, KeyError) as error:
            reason = str(error).split("\n")[0].rstrip(".")
            raise DataError(
                f"'{file.name}' cannot be read as a Parquet file; it may be cut or damaged ({reason}). Copy or save it "
                "again."
            ) from error


def _read(stream: Any, name: str, at_most: int) -> Table:
    header = tuple(field.name for field in stream.schema_arrow if field.name != "__index_level_0__")
    rows = stream.metadata.num_rows
    if len(set(header)) < len(header):
        raise DataError(f"'{name}' has two columns of the same name. Give each column a name of its own.")
    if len(header) < 2:
        raise DataError(f"'{name}' has {len(header)} columns. It needs at least one input and a target.")
    if not rows:
        raise DataError(f"'{name}' has columns but no rows. Add rows.")
    pieces: dict[str, list[np.ndarray]] = {column: [] for column in header}
    done = 0
    for batch in stream.iter_batches(batch_size=at_most or BATCH, columns=list(header)):
        for column in header:
            pieces[column].append(_cells(batch.column(column), column, name))
        done += batch.num_rows
        current_loading().report(0.7 * done / rows, f"Reading '{name}'")
        if at_most and done >= at_most:
            break
    cells = {}
    for column in header:
        parts = pieces.pop(column)
        same = len({part.dtype.kind for part in parts}) == 1
        cells[column] = np.concatenate(parts if same else [part.astype(object) for part in parts])
    return Table(name, header, cells, np.arange(1, done + 1), place="Row")


def _cells(column: Any, name: str, file: str) -> np.ndarray:
    """Numbers as float64, dates as datetime64, anything else as texts."""
    import pyarrow

    kind = column.type
    types = pyarrow.types
    if types.is_dictionary(kind):
        column, kind = column.dictionary_decode(), kind.value_type
    if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind):
        return np.asarray(column.cast(pyarrow.float64(), safe=False).to_numpy(zero_copy_only=False), np.float64)
    if types.is_timestamp(kind) or types.is_date(kind):
        stamps = column.cast(pyarrow.timestamp("ms"), safe=False)
        return stamps.to_numpy(zero_copy_only=False).astype("datetime64[ms]")
    if not (types.is_boolean(kind) or types.is_string(kind) or types.is_large_string(kind) or types.is_null(kind)):
        raise DataError(
            f"'{file}', column '{name}': values of the type {kind} are no numbers, texts, truth values or dates. Save "
            "the table without this column, or as CSV."
        )
    cells = np.empty(len(column), dtype=object)
    cells[:] = ["" if value is None else str(value).strip() for value in column.to_pylist()]
    return cells
