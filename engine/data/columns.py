"""Finding out what a column of a text table holds: numbers, truth values or text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from engine.data.dataset import LARGEST
from engine.data.errors import DataError

MISSING = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "none", "nil", "?", "-", "--", "."})
"""Cells that stand for no value, in lower case."""

TRUTH = {"false": 0.0, "true": 1.0}

NUMBER_SHARE = 0.9
"""A column is a number column when this share of its values are numbers: the others must be mistakes then."""


@dataclass(frozen=True, eq=False)
class Column:
    """One column of a table, read."""

    name: str
    kind: Literal["numbers", "truth", "text"]
    texts: np.ndarray
    numbers: np.ndarray
    """NaN where the value is missing; without meaning for text."""
    missing: np.ndarray
    lines: np.ndarray
    decimal_comma: bool = False

    def __getitem__(self, rows: np.ndarray) -> Column:
        """The column with some of its rows."""
        parts = {name: getattr(self, name)[rows] for name in ("texts", "numbers", "missing", "lines")}
        return replace(self, **parts)

    @property
    def known(self) -> np.ndarray:
        """The values that are not missing, as texts or numbers."""
        return (self.texts if self.kind == "text" else self.numbers)[~self.missing]


def read_column(name: str, texts: np.ndarray, lines: np.ndarray, commas: bool, numeric: bool | None = None) -> Column:
    """Find out what a column holds, and read its numbers.

    Args:
        name: For messages.
        texts: Cells (rows,), stripped.
        lines: Line of the file of each cell.
        commas: A comma can be the decimal sign, because it does not separate cells.
        numeric: True when it has to be numbers; False when text among numbers makes it a text column.

    Raises:
        DataError: A number column holds text, or a number too large to calculate with; line and value are named.
    """
    numbers = _parse(texts)
    # Numbers first: in a table of pixels nothing is left to be looked at as text.
    rest = np.flatnonzero(np.isnan(numbers))
    words = [texts[i].lower() for i in rest]
    missing = np.zeros(len(texts), dtype=bool)
    missing[rest] = [word in MISSING for word in words]
    count = int((~missing).sum())
    if count and not numeric and len(rest) == len(texts) and all(word in TRUTH or word in MISSING for word in words):
        truth = np.array([TRUTH.get(word, np.nan) for word in words])
        return Column(name, "truth", texts, truth, missing, lines)

    good = ~np.isnan(numbers)
    decimal_comma = False
    if commas and good.sum() < count:
        swapped = _parse(np.array([text.replace(",", ".") if text.count(",") == 1 else text for text in texts], object))
        if (~np.isnan(swapped)).sum() > good.sum():
            numbers, good, decimal_comma = swapped, ~np.isnan(swapped), True
    if numeric is None:
        numeric = good.sum() >= NUMBER_SHARE * count
    bad = np.flatnonzero(~good & ~missing)
    if (not numeric and len(bad)) or (not count and not numeric):
        return Column(name, "text", texts, numbers, missing, lines)
    if len(bad):
        more = f" It is one of {len(bad)} such cells." if len(bad) > 1 else ""
        raise DataError(
            f"Line {lines[bad[0]]}, column '{name}': '{texts[bad[0]]}' is not a number, but the column holds numbers."
            f"{more} Correct it, leave the cell empty, or leave the column out."
        )
    large = np.flatnonzero(np.abs(np.where(good, numbers, 0)) > LARGEST)
    if len(large):
        more = f" It is one of {len(large)} such cells." if len(large) > 1 else ""
        raise DataError(
            f"Line {lines[large[0]]}, column '{name}': '{texts[large[0]]}' is infinite or too large to calculate with."
            f"{more} Correct it, leave the cell empty, or leave the column out."
        )
    return Column(name, "numbers", texts, numbers, missing, lines, decimal_comma)


def _parse(texts: np.ndarray) -> np.ndarray:
    """Numbers, with NaN for everything else."""
    import pandas as pd

    numbers = pd.to_numeric(pd.Series(texts, dtype=object), errors="coerce")
    return np.array(numbers, dtype=np.float64)
