"""Reading a text table: cells, and the line of the file that each row came from."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from engine.data.columns import Column, read_column
from engine.data.errors import DataError, did_you_mean, listed
from engine.data.fast_table import NotPlainError, read_plain
from engine.data.loading import current_loading
from engine.data.text_file import Dialect, Encoding, HeaderChoice, find_dialect, to_utf8

LARGE = 2**20
"""Bytes from which the fast reader is tried; it refuses what is not plain."""


@dataclass(frozen=True, eq=False)
class Table:
    """A rectangle of cells under column names."""

    name: str
    header: tuple[str, ...]
    cells: dict[str, np.ndarray]
    """For each column its stripped texts (rows,), or numbers as float64, or dates as datetime64."""
    lines: np.ndarray
    """The line in the file of each row; a header is line 1."""
    delimiter: str = ""
    notices: tuple[str, ...] = ()
    place: str = "Line"
    """What `lines` counts."""
    decimal_commas: frozenset[str] = frozenset()
    """Columns of numbers that were written with a comma."""

    def find(self, text: str, what: str) -> tuple[str, ...]:
        """Names of columns in a text; see `find_names`. Raises DataError."""
        return find_names(text, self.header, self.name, what)

    def column(self, name: str, numeric: bool | None = None) -> Column:
        """Read a column. Raises DataError."""
        commas = self.delimiter not in (",", "")
        column = read_column(name, self.cells[name], self.lines, commas, numeric, self.place)
        if name in self.decimal_commas:
            return Column(name, column.kind, None, column.numbers, column.missing, self.lines, decimal_comma=True)
        return column


def find_names(text: str, header: Sequence[str], table: str, what: str) -> tuple[str, ...]:
    """Names of columns in a text such as "age, fare"; upper and lower case are matched where it is unambiguous.

    A name that holds a comma needs quotation marks, as `join_names` writes them.

    Args:
        text: The names.
        header: The columns that there are.
        table: Name of the table, for messages.
        what: What they are for, for messages.

    Raises:
        DataError: A column is not there; the message lists those that are.
    """

    def match(word: str) -> str:
        if word in header:
            return word
        alike = [name for name in header if name.casefold() == word.casefold()]
        return alike[0] if len(alike) == 1 else ""

    if match(text.strip()):
        return (match(text.strip()),)
    names = []
    for word in (word.strip() for word in next(csv.reader([text], skipinitialspace=True), ())):
        if word and not match(word):
            raise DataError(
                f"'{table}' has no column '{word}' ({what}).{did_you_mean(word, header)} Its columns are "
                f"{listed(header)}."
            )
        names += [match(word)] if word else []
    return tuple(dict.fromkeys(names))


def join_names(names: Iterable[str]) -> str:
    """Names of columns as one text, which `Table.find` understands."""
    return ", ".join('"' + name.replace('"', '""') + '"' if set(name) & set(',"') else name for name in names)


def read_table(
    data: bytes, name: str, delimiter: str = "", header: HeaderChoice = "auto", encoding: Encoding = "auto"
) -> Table:
    """Read a table with one row per line, under a line of names or without one.

    Understands quoted cells, UTF-8 with and without a byte order mark, UTF-16, Windows-1252 and Excel's `sep=` line.

    Args:
        data: The bytes of the file.
        name: For messages.
        delimiter: Character between cells, or "tab"; when empty it is found out.
        header: Whether the first line holds names.
        encoding: How letters are written.

    Raises:
        DataError: It cannot be read, or is no rectangle under distinct names.
    """
    data, _, notices = to_utf8(data, name, encoding)
    dialect = find_dialect(data, delimiter, header)
    if not dialect.has_header and header == "auto":
        notices += ("The first line holds numbers only, so it was read as data; the columns are named x1, x2, ….",)
    if len(data) >= LARGE:
        try:
            return _read_fast(data, name, dialect, notices, chosen=bool(delimiter))
        except NotPlainError:
            pass  # the careful reader says what is wrong and where, or finds that nothing is
    return _read_carefully(data, name, dialect, notices, chosen=bool(delimiter))


def _read_fast(data: bytes, name: str, dialect: Dialect, notices: tuple[str, ...], chosen: bool) -> Table:
    plain = read_plain(data, dialect, name)
    header = _header(plain.first, name, dialect, chosen=chosen)
    cells = dict(zip(header, plain.columns, strict=True))
    commas = frozenset(name for name, swapped in zip(header, plain.decimal_commas, strict=True) if swapped)
    return Table(name, header, cells, plain.lines, dialect.delimiter, notices, decimal_commas=commas)


def _read_carefully(data: bytes, name: str, dialect: Dialect, notices: tuple[str, ...], chosen: bool) -> Table:
    rows, lines = _records(data[dialect.start :].decode("utf-8"), dialect, name)
    if not rows:
        raise DataError(f"'{name}' is empty. It needs a line with the names of the columns, and rows below it.")
    header = _header(rows[0], name, dialect, chosen=chosen)
    _check_ragged(rows, lines, len(header), name, dialect)
    if dialect.has_header:
        del rows[0], lines[0]
    if not rows:
        raise DataError(f"'{name}' has column names in line {dialect.first_line} but no rows below them. Add rows.")
    columns = zip(*rows, strict=True)
    cells = {name: _strip(column) for name, column in zip(header, columns, strict=True)}
    return Table(name, header, cells, np.array(lines), dialect.delimiter, notices)


def _records(text: str, dialect: Dialect, name: str) -> tuple[list[list[str]], list[int]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=dialect.delimiter, strict=True)
    loading, about = current_loading(), max(text.count("\n"), 1)
    rows, lines, before = [], [], dialect.first_line
    line = before
    try:
        for row in reader:
            if len(row) > 1 or any(cell.strip() for cell in row):  # an empty line is no row, but it counts as a line
                rows.append(row)
                lines.append(line)
            line = reader.line_num + before
            if len(rows) % 5000 == 0:
                loading.report(0.1 + 0.6 * min(line / about, 1), f"Reading '{name}' cell by cell")
    except csv.Error as error:
        raise DataError(
            f"The row that starts in line {line} of '{name}' cannot be read: {error}. Often a quotation mark is "
            "missing."
        ) from error
    return rows, lines


def _header(row: list[str], name: str, dialect: Dialect, chosen: bool) -> tuple[str, ...]:
    if dialect.has_header:
        header = tuple(cell.strip() or f"column {i + 1}" for i, cell in enumerate(row))
    else:
        header = tuple(f"x{i + 1}" for i in range(len(row)))
    if len(header) == 1:
        how = f"when cut at '{dialect.delimiter}'" if chosen else "with comma, semicolon, tab or bar between cells"
        raise DataError(
            f"'{name}' has only one column, '{header[0]}', {how}. It needs at least one input and a target; if another "
            "character separates the cells, set the delimiter."
        )
    for cell in header:
        if re.fullmatch(r"[+-]?\d*\.\d+([eE][+-]?\d+)?", cell):
            raise DataError(
                f"Line {dialect.first_line} of '{name}' must hold the names of the columns, but has the number {cell}. "
                "Put a line of names above the rows, or set 'header' to 'no' if this line is data."
            )
    twice = [cell for cell, count in Counter(header).items() if count > 1]
    if twice:
        places = " and ".join(str(i + 1) for i, cell in enumerate(header) if cell == twice[0])
        raise DataError(
            f"Line {dialect.first_line} of '{name}' has the column name '{twice[0]}' more than once: cells {places}. "
            "Give each column a name of its own."
        )
    return header


def _check_ragged(rows: list[list[str]], lines: list[int], width: int, name: str, dialect: Dialect) -> None:
    wrong = [(line, len(row)) for line, row in zip(lines, rows, strict=True) if len(row) != width]
    if wrong:
        line, count = wrong[0]
        more = f" {len(wrong)} lines are like that." if len(wrong) > 1 else ""
        what = "names" if dialect.has_header else "has"
        raise DataError(
            f"Line {line} of '{name}' has {count} cells, but line {lines[0]} {what} {width} columns.{more} Add or "
            "remove cells; a cell that holds the delimiter needs quotation marks."
        )


def _strip(column: tuple[str, ...]) -> np.ndarray:
    cells = np.empty(len(column), dtype=object)
    cells[:] = [cell.strip() for cell in column]
    return cells
