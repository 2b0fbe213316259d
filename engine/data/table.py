"""Reading a text table: cells, and the line of the file that each row came from."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.data.errors import DataError, did_you_mean, listed

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


@dataclass(frozen=True, eq=False)
class Table:
    """A rectangle of stripped text under column names."""

    name: str
    header: tuple[str, ...]
    cells: dict[str, np.ndarray]
    """For each column its texts (rows,)."""
    lines: np.ndarray
    """The line in the file of each row; the header is line 1."""
    delimiter: str
    notices: tuple[str, ...] = ()

    def find(self, text: str, what: str) -> tuple[str, ...]:
        """Names of columns in a text such as "age, fare"; upper and lower case are matched where it is unambiguous.

        Raises:
            DataError: A column is not there; the message lists those that are.
        """
        whole = self._match(text.strip())
        if whole:
            return (whole,)
        names = []
        for word in (word.strip() for word in text.split(",")):
            if not word:
                continue
            name = self._match(word)
            if not name:
                raise DataError(
                    f"'{self.name}' has no column '{word}' ({what}).{did_you_mean(word, self.header)} "
                    f"Its columns are {listed(self.header)}."
                )
            names.append(name)
        return tuple(dict.fromkeys(names))

    def _match(self, word: str) -> str:
        if word in self.cells:
            return word
        alike = [name for name in self.header if name.casefold() == word.casefold()]
        return alike[0] if len(alike) == 1 else ""


def read_table(path: str, delimiter: str = "") -> Table:
    """Read a file with a line of names and one row per line.

    Understands quoted cells, UTF-8 with and without a byte order mark, UTF-16, and Windows-1252.

    Args:
        path: The file.
        delimiter: Character between cells, or "tab"; when empty it is found out.

    Raises:
        DataError: The file cannot be read, or is no rectangle under distinct names.
    """
    file = Path(path).expanduser()
    text, notices = _read_text(file)
    mark = _delimiter(delimiter) or _sniff(text)
    rows, lines = _records(text, mark, file.name)
    if not rows:
        raise DataError(f"'{file.name}' is empty. It needs a line with the names of the columns, and rows below it.")
    header = _header(rows[0], file.name, mark, chosen=bool(delimiter))
    _check_ragged(rows, lines, len(header), file.name)
    if len(rows) == 1:
        raise DataError(f"'{file.name}' has column names in line 1 but no rows below them. Add rows.")
    columns = zip(*rows[1:], strict=True)
    cells = {name: _strip(column) for name, column in zip(header, columns, strict=True)}
    return Table(file.name, header, cells, np.array(lines[1:]), mark, notices)


def _read_text(file: Path) -> tuple[str, tuple[str, ...]]:
    if not file.name or not file.exists():
        raise DataError(f"There is no file '{file}'. Check the path.")
    if file.is_dir():
        raise DataError(f"'{file}' is a folder. Choose a file in it.")
    try:
        data = file.read_bytes()
    except OSError as error:
        raise DataError(f"'{file}' cannot be read: {error.strerror}.") from error
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace"), ()
    if b"\0" in data[:65536] or data[:4] == b"PK\x03\x04":
        raise DataError(f"'{file.name}' is not a text table. If it is a spreadsheet, export it as CSV.")
    try:
        return data.decode("utf-8-sig"), ()
    except UnicodeDecodeError:
        notice = f"'{file.name}' is not UTF-8 and was read as Windows-1252; look at its special letters."
        return data.decode("cp1252", errors="replace"), (notice,)


def _delimiter(text: str) -> str:
    mark = {"tab": "\t", "\\t": "\t"}.get(text.lower(), text)
    if len(mark) > 1 or mark in ('"', "\n", "\r"):
        raise DataError(f"The delimiter must be one character or 'tab', but is '{text}'.")
    return mark


def _sniff(text: str) -> str:
    """The delimiter whose number of cells agrees best with the header's, and then that with the most cells."""
    head = text[:100_000]  # less than the longest cell that csv accepts, so that it cannot fail

    def score(mark: str) -> tuple[float, int]:
        rows = csv.reader(io.StringIO(head, newline=""), delimiter=mark)
        counts = [len(row) for row in itertools.islice(filter(None, rows), 50)]
        if not counts or counts[0] == 1:
            return 0.0, 0
        return counts.count(counts[0]) / len(counts), counts[0]

    return max(DELIMITERS, key=score)


def _records(text: str, mark: str, name: str) -> tuple[list[list[str]], list[int]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    rows, lines, line = [], [], 1
    try:
        for row in reader:
            if len(row) > 1 or any(cell.strip() for cell in row):  # an empty line is no row, but it counts as a line
                rows.append(row)
                lines.append(line)
            line = reader.line_num + 1
    except csv.Error as error:
        raise DataError(
            f"The row that starts in line {line} of '{name}' cannot be read: {error}. Often a quotation mark is "
            "missing."
        ) from error
    return rows, lines


def _header(row: list[str], name: str, mark: str, chosen: bool) -> tuple[str, ...]:
    header = tuple(cell.strip() or f"column {i + 1}" for i, cell in enumerate(row))
    if len(header) == 1:
        how = f"when cut at '{mark}'" if chosen else "with comma, semicolon, tab or bar between cells"
        raise DataError(
            f"'{name}' has only one column, '{header[0]}', {how}. It needs at least one input and a target; if another "
            "character separates the cells, set the delimiter."
        )
    for cell in header:
        if re.fullmatch(r"[+-]?\d*\.\d+([eE][+-]?\d+)?", cell):
            raise DataError(
                f"Line 1 of '{name}' must hold the names of the columns, but has the number {cell}. Put a line of "
                "names above the rows."
            )
    twice = [cell for cell, count in Counter(header).items() if count > 1]
    if twice:
        places = " and ".join(str(i + 1) for i, cell in enumerate(header) if cell == twice[0])
        raise DataError(
            f"Line 1 of '{name}' has the column name '{twice[0]}' more than once: cells {places}. Give each column "
            "a name of its own."
        )
    return header


def _check_ragged(rows: list[list[str]], lines: list[int], width: int, name: str) -> None:
    wrong = [(line, len(row)) for line, row in zip(lines, rows, strict=True) if len(row) != width]
    if wrong:
        line, count = wrong[0]
        more = f" {len(wrong)} lines are like that." if len(wrong) > 1 else ""
        raise DataError(
            f"Line {line} of '{name}' has {count} cells, but line 1 names {width} columns.{more} Add or remove cells; "
            "a cell that holds the delimiter needs quotation marks."
        )


def _strip(column: tuple[str, ...]) -> np.ndarray:
    cells = np.empty(len(column), dtype=object)
    cells[:] = [cell.strip() for cell in column]
    return cells
