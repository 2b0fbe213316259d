"""Finding out what a column of a table holds: numbers, truth values, dates or text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from engine.data.dataset import LARGEST
from engine.data.dates import read_dates
from engine.data.errors import DataError

MISSING = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "none", "nil", "?", "-", "--", "."})
"""Cells that stand for no value, in lower case."""

TRUTH = {"false": 0.0, "true": 1.0}

NUMBER_SHARE = 0.9
"""A column is a number column when this share of its values are numbers: the others must be mistakes then."""

ColumnKind = Literal["numbers", "truth", "dates", "text"]


@dataclass(frozen=True, eq=False)
class Column:
    """One column of a table, read."""

    name: str
    kind: ColumnKind
    texts: np.ndarray | None
    """Cells (rows,); None where the numbers were read without keeping them."""
    numbers: np.ndarray
    """NaN where the value is missing; days since 1970-01-01 for dates; without meaning for text."""
    missing: np.ndarray
    lines: np.ndarray
    decimal_comma: bool = False
    form: str = ""
    """How dates are written."""

    def __getitem__(self, rows: np.ndarray) -> Column:
        """The column with some of its rows."""
        names = ("numbers", "missing", "lines", *(() if self.texts is None else ("texts",)))
        return replace(self, **{name: getattr(self, name)[rows] for name in names})

    def cell(self, row: int) -> str:
        """The text of a cell."""
        if self.texts is not None:
            return str(self.texts[row])
        return "" if self.missing[row] else f"{self.numbers[row]:.12g}"

    def distinct(self) -> int:
        """Number of different values, the missing ones aside; for numbers counted up to 2 only."""
        import pandas as pd

        if self.kind == "text":
            assert self.texts is not None
            return len(pd.unique(self.texts[~self.missing]))
        known = self.numbers[~self.missing]
        return 0 if not known.size else 1 if known.min() == known.max() else 2


def read_column(
    name: str, cells: np.ndarray, lines: np.ndarray, commas: bool, numeric: bool | None = None, place: str = "Line"
) -> Column:
    """Find out what a column holds, and read its numbers.

    Args:
        name: For messages.
        cells: Stripped texts (rows,), or numbers with NaN, or days as datetime64.
        lines: Line of the file of each cell.
        commas: A comma can be the decimal sign, because it does not separate cells.
        numeric: True when it has to be numbers; False when text among numbers makes it a text column.
        place: What the numbers in `lines` count: "Line" or "Row".

    Raises:
        DataError: A number column holds text, or a number too large to calculate with; line and value are named.
    """
    if cells.dtype.kind == "M":
        days = cells.astype("datetime64[ms]").astype(np.int64) / 86_400_000
        missing = np.isnat(cells)
        return Column(name, "dates", None, np.where(missing, np.nan, days), missing, lines, form="dates")
    if cells.dtype.kind == "f":
        _refuse_large(Column(name, "numbers", None, cells, np.isnan(cells), lines), place)
        return Column(name, "numbers", None, cells, np.isnan(cells), lines)
    return _read_texts(name, cells, lines, commas, numeric, place)


def _read_texts(
    name: str, texts: np.ndarray, lines: np.ndarray, commas: bool, numeric: bool | None, place: str
) -> Column:
    import pandas as pd

    # Every different text is looked at once, however often it occurs.
    codes, found = pd.factorize(texts)
    found = np.asarray(found, dtype=object)
    counts = np.bincount(codes, minlength=len(found))
    gaps = np.array([text.lower() in MISSING for text in found], dtype=bool)
    numbers = np.where(gaps, np.nan, _parse(found))
    count = int(counts[~gaps].sum())

    def column(kind: ColumnKind, values: np.ndarray, decimal_comma: bool = False, form: str = "") -> Column:
        return Column(name, kind, texts, values[codes], gaps[codes], lines, decimal_comma, form)

    words = [text.lower() for text in found] if np.isnan(numbers).all() and len(found) < 50 else None
    if count and not numeric and words and all(word in TRUTH or word in MISSING for word in words):
        return column("truth", np.array([TRUTH.get(word, np.nan) for word in words]))
    swapped = _with_commas(found, gaps) if commas and counts[~np.isnan(numbers)].sum() < count else numbers
    decimal_comma = bool(counts[~np.isnan(swapped)].sum() > counts[~np.isnan(numbers)].sum())
    numbers = swapped if decimal_comma else numbers
    share = counts[~np.isnan(numbers)].sum() / count if count else 0.0
    if numeric is not False and share < NUMBER_SHARE and not decimal_comma:
        dates = read_dates([str(text) for text in found[~gaps]])
        if dates is not None:
            days = np.full(len(found), np.nan)
            days[~gaps] = dates.days
            made = column("dates", days, form=dates.form)
            _refuse(
                made, np.isnan(made.numbers) & ~made.missing, f"is no date of the form {dates.form}", "dates", place
            )
            return made
    if numeric is None:
        numeric = share >= NUMBER_SHARE
    made = column("numbers", numbers, decimal_comma)
    bad = np.isnan(made.numbers) & ~made.missing
    if (not numeric and bad.any()) or (not count and not numeric):
        return column("text", numbers)
    _refuse(made, bad, "is not a number", "numbers", place)
    _refuse_large(made, place)
    return made


def _with_commas(texts: np.ndarray, gaps: np.ndarray) -> np.ndarray:
    """Numbers whose decimal sign is a comma."""
    swapped = _parse(np.array([text.replace(",", ".") if text.count(",") == 1 else text for text in texts], object))
    return np.where(gaps, np.nan, swapped)


def _refuse(column: Column, bad: np.ndarray, what: str, holds: str, place: str) -> None:
    rows = np.flatnonzero(bad)
    if len(rows):
        raise DataError(
            f"{place} {column.lines[rows[0]]}, column '{column.name}': '{column.cell(rows[0])}' {what}, but the column "
            f"holds {holds}.{_more(rows)} Correct it, leave the cell empty, or leave the column out."
        )


def _refuse_large(column: Column, place: str) -> None:
    rows = np.flatnonzero(np.abs(column.numbers) > LARGEST)
    if len(rows):
        raise DataError(
            f"{place} {column.lines[rows[0]]}, column '{column.name}': '{column.cell(rows[0])}' is infinite or too "
            f"large to calculate with.{_more(rows)} Correct it, leave the cell empty, or leave the column out."
        )


def _more(rows: np.ndarray) -> str:
    return f" It is one of {len(rows)} such cells." if len(rows) > 1 else ""


def _parse(texts: np.ndarray) -> np.ndarray:
    """Numbers, with NaN for everything else."""
    import pandas as pd

    numbers = pd.to_numeric(pd.Series(texts, dtype=object), errors="coerce")
    return np.array(numbers, dtype=np.float64)
