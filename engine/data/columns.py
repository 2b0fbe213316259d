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
    import pandas as pd

    lower = [text.lower() for text in texts]
    missing = np.array([text in MISSING for text in lower])
    count = int((~missing).sum())
    if count and all(text in TRUTH for text, gone in zip(lower, missing, strict=True) if not gone) and not numeric:
        numbers = np.array([TRUTH.get(text, np.nan) for text in lower])
        return Column(name, "truth", texts, numbers, missing, lines)

    def parse(cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        series = pd.Series(np.where(missing, "", cells), dtype=object)
        numbers = pd.to_numeric(series, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan, copy=True)
        return numbers, ~np.isnan(numbers) & ~missing

    numbers, good = parse(texts)
    decimal_comma = False
    if commas and good.sum() < count:
        swapped = parse(np.array([text.replace(",", ".") if text.count(",") == 1 else text for text in texts], object))
        if swapped[1].sum() > good.sum():
            (numbers, good), decimal_comma = swapped, True
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
