"""The first rows of a table, for somebody to look at before it is loaded."""

from __future__ import annotations

import csv
import io
import itertools
from dataclasses import dataclass

import numpy as np

from engine.data.columns import MISSING, ColumnKind, read_column
from engine.data.errors import DataError
from engine.data.table import Table
from engine.data.text_file import Encoding, HeaderChoice, find_dialect, to_utf8

ROWS = 100
BYTES = 300_000
"""How much of a file is read for a preview."""


@dataclass(frozen=True)
class Preview:
    """The beginning of a table, cell by cell as it is written."""

    header: tuple[str, ...]
    kinds: tuple[ColumnKind, ...]
    """What each column seems to hold."""
    rows: tuple[tuple[str, ...], ...]
    delimiter: str = ""
    has_header: bool = True
    encoding: str = ""


def preview_text(
    data: bytes, name: str, delimiter: str = "", header: HeaderChoice = "auto", encoding: Encoding = "auto"
) -> Preview:
    """The first rows of a text table. Rows need not have the same length: whoever looks may see what is wrong.

    Args:
        data: The beginning of the file; a line that is cut is left away.
        name: For messages.
        delimiter: Character between cells; when empty it is found out.
        header: Whether the first line holds the names.
        encoding: How letters are written.

    Raises:
        DataError: It is no text, or there is nothing in it.
    """
    whole = data
    if len(data) >= BYTES and b"\n" in data and data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        data = data[: data.rfind(b"\n") + 1]
    data, found, _ = to_utf8(data, name, encoding)
    dialect = find_dialect(data, delimiter, header)
    text = data[dialect.start :].decode("utf-8", errors="replace")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=dialect.delimiter)
    rows: list[list[str]] = []
    try:
        filled = (row for row in reader if len(row) > 1 or any(cell.strip() for cell in row))
        rows += itertools.islice(filled, ROWS + 1)
    except csv.Error:
        pass  # what came before it is shown; loading says what is wrong
    if not rows:
        what = "is empty" if not whole.strip() else "has no row that can be read"
        raise DataError(f"'{name}' {what}. It needs a line with the names of the columns, and rows below it.")
    width = max(map(len, rows))
    names = [cell.strip() for cell in rows[0]] if dialect.has_header else []
    names = [(names[i] if i < len(names) else "") or _name(i, dialect.has_header) for i in range(width)]
    body = [tuple(cell.strip() for cell in row) for row in (rows[1:] if dialect.has_header else rows)][:ROWS]
    columns = [[row[i] for row in body if i < len(row)] for i in range(width)]
    kinds: tuple[ColumnKind, ...] = tuple(_kind(cells, dialect.delimiter) for cells in columns)
    return Preview(tuple(names), kinds, tuple(body), dialect.delimiter, dialect.has_header, found)


def preview_table(table: Table) -> Preview:
    """The first rows of a table that is read already."""
    kinds: list[ColumnKind] = []
    texts: list[list[str]] = []
    for name in table.header:
        cells = table.cells[name][:ROWS]
        kinds.append(_kind_of(cells))
        texts.append([_cell(cell) for cell in cells])
    return Preview(table.header, tuple(kinds), tuple(zip(*texts, strict=True)), table.delimiter)


def _kind_of(cells: np.ndarray) -> ColumnKind:
    if cells.dtype.kind == "f":
        return "numbers"
    return "dates" if cells.dtype.kind == "M" else _kind([str(cell) for cell in cells], ",")


def _name(index: int, has_header: bool) -> str:
    return f"column {index + 1}" if has_header else f"x{index + 1}"


def _kind(cells: list[str], delimiter: str) -> ColumnKind:
    texts = np.array([*cells, ""], dtype=object)[:-1]  # the empty one keeps NumPy from making characters of them
    known = [cell for cell in cells if cell.lower() not in MISSING]
    if not known:
        return "text"
    lines = np.arange(len(texts))
    try:
        return read_column("", texts, lines, commas=delimiter != ",", numeric=None).kind
    except DataError:
        return "numbers"  # with mistakes among them


def _cell(cell: object) -> str:
    if isinstance(cell, np.datetime64):
        return "" if np.isnat(cell) else str(cell).removesuffix("T00:00:00.000")
    if isinstance(cell, float):
        return "" if np.isnan(cell) else f"{cell:.12g}"
    return str(cell)
