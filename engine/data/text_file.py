"""Text tables as bytes: reading them, their encoding, and how their cells are told apart."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.data.columns import MISSING
from engine.data.errors import DataError
from engine.data.loading import current_loading

Encoding = Literal[
    "auto", "utf-8", "utf-16", "windows-1252", "windows-1250", "windows-1251", "mac-roman", "gb18030", "shift-jis"
]
HeaderChoice = Literal["auto", "yes", "no"]

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}

PIECE = 8 * 2**20
"""Bytes that are read or checked between two looks at whether the user cancelled."""

HEAD = 100_000
"""Bytes from which a dialect is guessed; less than the longest cell that csv accepts, so that it cannot fail."""


@dataclass(frozen=True)
class Dialect:
    """How the bytes of a table are to be understood."""

    delimiter: str
    has_header: bool
    first_line: int = 1
    """Line of the first record: 2 after a line such as `sep=;`."""
    start: int = 0
    """Byte at which that line begins."""


def read_file(path: str, *, at_most: int = -1) -> bytes:
    """The bytes of a file, or of its beginning. Raises DataError."""
    file = Path(path).expanduser()
    if not file.name or not file.exists():
        raise DataError(f"There is no file '{file}'. Check the path.")
    if file.is_dir():
        raise DataError(f"'{file}' is a folder. Choose a file in it.")
    try:
        with file.open("rb") as stream:
            if at_most >= 0:
                return stream.read(at_most)
            size = file.stat().st_size
            if size <= PIECE:
                return stream.read()
            pieces = bytearray()
            while piece := stream.read(PIECE):
                pieces += piece
                current_loading().report(0.1 * len(pieces) / max(size, 1), f"Reading '{file.name}'")
            return bytes(pieces)
    except OSError as error:
        raise DataError(f"'{file}' cannot be read: {error.strerror}.") from error
    except MemoryError as error:
        raise DataError(f"'{file.name}' is larger than the free memory. Use fewer rows or columns.") from error


def to_utf8(data: bytes, name: str, encoding: Encoding = "auto") -> tuple[bytes, str, tuple[str, ...]]:
    """The bytes of a text file in UTF-8 without a byte order mark, the encoding it had, and notices.

    Raises:
        DataError: It is no text, or not in the encoding that was chosen.
    """
    if encoding == "auto":
        return _guess_encoding(data, name)
    try:
        text = data.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeError as error:
        place = getattr(error, "start", 0)
        line = data[:place].count(b"\n") + 1
        raise DataError(f"Line {line} of '{name}' is not {encoding}. Choose another encoding, or 'auto'.") from error
    return text.encode("utf-8", errors="replace"), encoding, ()


def _guess_encoding(data: bytes, name: str) -> tuple[bytes, str, tuple[str, ...]]:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace").encode("utf-8", errors="replace"), "utf-16", ()
    if b"\0" in data[:65536] or data[:4] == b"PK\x03\x04":
        raise DataError(f"'{name}' is not a text table. If it is a spreadsheet, export it as CSV.")
    if _is_utf8(data):
        return data.removeprefix(codecs.BOM_UTF8), "utf-8", ()
    notice = f"'{name}' is not UTF-8 and was read as Windows-1252; look at its special letters."
    return data.decode("cp1252", errors="replace").encode(), "windows-1252", (notice,)


def _is_utf8(data: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    view = memoryview(data)
    try:
        for start in range(0, len(data), PIECE):
            decoder.decode(view[start : start + PIECE])
            current_loading().check()
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def find_dialect(data: bytes, delimiter: str = "", header: HeaderChoice = "auto") -> Dialect:
    """How a table in UTF-8 is written; what is not given is guessed.

    Args:
        data: The table, or its beginning.
        delimiter: Character between cells, or "tab"; when empty it is found out.
        header: Whether the first line holds names.

    Raises:
        DataError: The delimiter is no single character.
    """
    head = data[:HEAD].decode("utf-8", errors="ignore")
    mark, start, line = _delimiter(delimiter), 0, 1
    stated = re.match(r"\ufeff?\"?sep=(.|\\t)\"?\r?\n", head, re.IGNORECASE)  # Excel writes and understands this line
    if stated:
        mark = mark or _delimiter(stated[1])
        start, line = len(stated[0].encode()), 2
        head = head[len(stated[0]) :]
    mark = mark or _sniff(head)
    has_header = header == "yes" or (header == "auto" and not _begins_with_numbers(head, mark))
    return Dialect(mark, has_header, line, start)


def looks_like_table(text: str) -> bool:
    """Whether a text, such as one on the clipboard, is rows of cells: two at least, all with as many cells."""
    head = text[:HEAD]
    lines = [line for line in head.splitlines() if line.strip()]
    if len(lines) < 2 or head.lstrip()[:1] in ("{", "[", "<"):
        return False
    rows = _first_rows(head, _sniff(head), 20)
    return len(rows) > 1 and len({len(row) for row in rows[:-1]}) == 1 and len(rows[0]) > 1


def _delimiter(text: str) -> str:
    mark = {"tab": "\t", "\\t": "\t"}.get(text.lower(), text)
    if len(mark) > 1 or mark in ('"', "\n", "\r"):
        raise DataError(f"The delimiter must be one character or 'tab', but is '{text}'.")
    return mark


def _sniff(head: str) -> str:
    """The delimiter whose number of cells agrees best with the header's, and then that with the most cells.

    A comma comes last among those that agree everywhere: it may be the decimal sign of numbers.
    """

    def score(mark: str) -> tuple[float, bool, int]:
        counts = [len(row) for row in _first_rows(head, mark, 50)]
        if not counts or counts[0] == 1:
            return 0.0, False, 0
        return counts.count(counts[0]) / len(counts), mark != ",", counts[0]

    return max(DELIMITERS, key=score)


def _first_rows(head: str, mark: str, count: int) -> list[list[str]]:
    rows = csv.reader(io.StringIO(head, newline=""), delimiter=mark)
    try:
        return list(itertools.islice(filter(None, rows), count))
    except csv.Error:
        return []


def _begins_with_numbers(head: str, mark: str) -> bool:
    """Whether the first row is data: all numbers, above rows that hold numbers in the same columns.

    Numbers that only count the columns (0, 1, 2, … as some programs write) are names.
    """
    rows = _first_rows(head, mark, 20)
    if len(rows) < 2 or len(rows[0]) < 2:
        return False
    comma = mark != ","
    first = [_number(cell, comma) for cell in rows[0]]
    known = [i for i, cell in enumerate(rows[0]) if cell.strip().lower() not in MISSING]
    if not known or any(first[i] is None for i in known):
        return False
    if len(known) == len(first) and first in (list(range(len(first))), list(range(1, len(first) + 1))):
        return False
    below = [row for row in rows[1:] if len(row) == len(rows[0])]
    return all(
        _number(row[i], comma) is not None or row[i].strip().lower() in MISSING for row in below[:5] for i in known
    )


def _number(cell: str, comma: bool) -> float | None:
    try:
        return float(cell.replace(",", ".") if comma else cell)
    except ValueError:
        return None
