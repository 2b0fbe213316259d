"""The fast reader of text tables: for large plain ones, in pieces, with pandas' C parser.

It accepts only what the careful reader of `table.py` would read in the same way. Whatever is out of the ordinary (a
ragged row, a quotation mark in an odd place, text among numbers) is left to that reader, which names line and column.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.data.columns import MISSING
from engine.data.dataset import LARGEST
from engine.data.loading import current_loading
from engine.data.text_file import Dialect

BLOCK = 3 * 2**20
"""Bytes parsed at once: some tens of milliseconds, so that cancelling acts at once."""

NEWLINE, RETURN, QUOTE = 10, 13, 34
SOME = 1000
"""Rows of the first block from which the kind of a column is guessed."""

GAPS = sorted({form for word in MISSING for form in (word, word.upper(), word.title())})


class NotPlainError(Exception):
    """The table has to be read carefully."""


@dataclass(eq=False)
class Plain:
    """What the fast reader found."""

    first: list[str]
    """Cells of the first record: the names, or data."""
    columns: list[np.ndarray]
    """Texts (rows,) as objects, or float64 with NaN where a value is missing."""
    lines: np.ndarray
    decimal_commas: list[bool]


@dataclass(eq=False)
class _Kinds:
    """Which columns are read as texts; the others are numbers."""

    texts: set[int] = field(default_factory=set)
    surprises: set[int] = field(default_factory=set)
    """Number columns in which text, or a number too large, was met later."""
    decimal: str = "."


def read_plain(data: bytes, dialect: Dialect, name: str) -> Plain:
    """Read a table in UTF-8.

    Raises:
        NotPlainError: The careful reader has to have a look at it.
        LoadingCancelledError: The user does not want it any more.
    """
    first, start, line = _first_record(data, dialect)
    width = len(first)
    if width < 2:
        raise NotPlainError
    begin, first_line = (start, line + 1) if dialect.has_header else (dialect.start, dialect.first_line)
    pieces: list[list[np.ndarray]] = [[] for _ in range(width)]
    lines, blocks, kinds = [], [], _Kinds()
    while begin < len(data):
        current_loading().report(0.1 + 0.7 * begin / len(data), f"Reading '{name}'")
        end, numbers, count = _scan(data, begin, dialect.delimiter, width)
        block = memoryview(data)[begin:end]
        if len(numbers):
            if not blocks:
                kinds = _guess_kinds(block, dialect.delimiter, width)
            blocks.append((begin, end))
            for column, values in zip(
                pieces, _parse(block, dialect.delimiter, width, kinds, len(numbers)), strict=True
            ):
                column.append(values)
            lines.append(numbers + first_line)
        begin, first_line = end, first_line + count
    if not lines:
        raise NotPlainError
    _read_surprises(data, blocks, dialect.delimiter, width, kinds, pieces)
    columns = []
    for column in pieces:
        columns.append(np.concatenate(column))
        column.clear()
    commas = [
        kinds.decimal == "," and i not in kinds.texts and bool((values % 1 > 0).any())
        for i, values in enumerate(columns)
    ]
    return Plain(first, columns, np.concatenate(lines), commas)


def _first_record(data: bytes, dialect: Dialect) -> tuple[list[str], int, int]:
    """The cells of the first record, the byte behind it, and its line."""
    start, line = dialect.start, dialect.first_line
    while True:
        end = data.find(b"\n", start)
        if end < 0 or end - start > 10_000_000:
            raise NotPlainError
        record = data[start:end]
        if record.strip():
            break
        start, line = end + 1, line + 1
    if record.count(b'"') % 2 or b"\r" in record.rstrip(b"\r"):
        raise NotPlainError
    try:
        return next(csv.reader([record.decode("utf-8")], delimiter=dialect.delimiter, strict=True)), end + 1, line
    except csv.Error as error:
        raise NotPlainError from error


def _scan(data: bytes, begin: int, mark: str, width: int) -> tuple[int, np.ndarray, int]:
    """Find the records of a block and check them.

    Returns:
        Byte behind the block, for each record the number of lines before it in the block, and the lines of the block.

    Raises:
        NotPlainError: Cells are not `width` in every record, or quotation marks stand where only csv's rules help.
    """
    block = np.frombuffer(data, np.uint8, min(BLOCK, len(data) - begin), begin)
    last = begin + len(block) == len(data)
    newline, delimiter = block == NEWLINE, block == ord(mark)
    lines = np.flatnonzero(newline)
    quote = block == QUOTE
    if quote.any():
        inside = np.bitwise_xor.accumulate(quote)
        _check_quotes(block, quote, inside, ord(mark))
        newline &= ~inside
        delimiter &= ~inside
    ends = np.flatnonzero(newline)
    if last and (not len(ends) or ends[-1] != len(block) - 1):
        if quote.any() and inside[-1]:
            raise NotPlainError
        ends = np.append(ends, len(block))
    if not len(ends):
        raise NotPlainError  # a record longer than a block
    size = min(int(ends[-1]) + 1, len(block))
    if (block[:size] == 0).any() or not _returns_are_plain(block[:size]):
        raise NotPlainError
    starts = np.append(0, ends[:-1] + 1)
    marks = np.flatnonzero(delimiter)
    cells = np.diff(np.searchsorted(marks, ends), prepend=0) + 1
    wrong = np.flatnonzero(cells != width)
    for i in wrong:
        if block[starts[i] : ends[i]].tobytes().strip():
            raise NotPlainError
    numbers = np.searchsorted(lines, np.delete(starts, wrong))
    return begin + size, numbers, int(np.searchsorted(lines, size))


def _returns_are_plain(block: np.ndarray) -> bool:
    """Every carriage return belongs to the end of a line."""
    places = np.flatnonzero(block == RETURN)
    return not len(places) or bool(places[-1] + 1 < len(block) and (block[places + 1] == NEWLINE).all())


def _check_quotes(block: np.ndarray, quote: np.ndarray, inside: np.ndarray, mark: int) -> None:
    """Quotation marks open right after a delimiter or line end, and close right before one."""
    places = np.flatnonzero(quote)
    opening, closing = places[inside[places]], places[~inside[places]]
    edges = np.array([mark, NEWLINE, RETURN, QUOTE], np.uint8)
    before = block[opening[opening > 0] - 1]
    after = block[closing[closing < len(block) - 1] + 1]
    if not (np.isin(before, edges).all() and np.isin(after, edges).all()):
        raise NotPlainError


def _read_csv(block: Any, mark: str, width: int, **options: Any) -> Any:
    """A block with pandas; what it refuses is not plain."""
    import pandas as pd

    common: dict[str, Any] = {
        "header": None, "names": range(width), "index_col": False, "sep": mark, "quotechar": '"',
        "keep_default_na": False, "low_memory": False, "engine": "c", "encoding": "utf-8",
    }  # fmt: skip
    try:
        return pd.read_csv(io.BytesIO(block), **common, **options)
    except (ValueError, OverflowError) as error:  # pandas' own ParserError is a ValueError
        raise NotPlainError from error


def _guess_kinds(block: memoryview, mark: str, width: int) -> _Kinds:
    kinds = _Kinds()
    frame = _read_csv(block, mark, width, na_values=GAPS, nrows=SOME)
    texts = {i for i in range(width) if not _is_number(frame[i])}
    if mark != "," and any(_has_decimal_comma(frame[i]) for i in texts):
        kinds.decimal = ","
        frame = _read_csv(block, mark, width, na_values=GAPS, nrows=SOME, decimal=",")
        texts = {i for i in range(width) if not _is_number(frame[i])}
    kinds.texts = texts
    return kinds


def _is_number(column: Any) -> bool:
    return column.dtype.kind in "if"


def _has_decimal_comma(column: Any) -> bool:
    known = column.dropna().astype(str)
    return len(known) > 0 and bool(known.str.fullmatch(r"\s*[+-]?\d*,\d+([eE][+-]?\d+)?\s*").mean() > 0.1)


def _parse(block: memoryview, mark: str, width: int, kinds: _Kinds, rows: int) -> list[np.ndarray]:
    texts = sorted(kinds.texts)
    frame = _read_csv(
        block,
        mark,
        width,
        dtype=dict.fromkeys(texts, object),
        na_values={i: GAPS for i in range(width) if i not in kinds.texts},
        decimal=kinds.decimal,
    )
    if len(frame) != rows:
        raise NotPlainError
    columns = []
    for i in range(width):
        if i in kinds.texts:
            columns.append(_stripped(frame[i].to_numpy(dtype=object)))
        elif i in kinds.surprises or not _is_number(frame[i]) or (np.abs(frame[i]) > LARGEST).any():
            kinds.surprises.add(i)
            columns.append(np.empty(0))
        else:
            columns.append(frame[i].to_numpy(dtype=np.float64))
    return columns


def _stripped(texts: np.ndarray) -> np.ndarray:
    import pandas as pd

    codes, found = pd.factorize(texts, use_na_sentinel=False)
    cells = np.empty(len(found), dtype=object)
    cells[:] = [text.strip() if isinstance(text, str) else "" for text in found]
    return cells[codes]


def _read_surprises(
    data: bytes, blocks: list[tuple[int, int]], mark: str, width: int, kinds: _Kinds, pieces: list[list[np.ndarray]]
) -> None:
    """Columns that looked like numbers at first are read once more, as texts."""
    if not kinds.surprises:
        return
    for i in kinds.surprises:
        pieces[i].clear()
    columns = sorted(kinds.surprises)
    for number, (begin, end) in enumerate(blocks):
        current_loading().report(0.8 + 0.1 * number / len(blocks))
        frame = _read_csv(memoryview(data)[begin:end], mark, width, dtype=object, na_filter=False, usecols=columns)
        for i in columns:
            pieces[i].append(_stripped(frame[i].to_numpy(dtype=object)))
    kinds.texts |= kinds.surprises
