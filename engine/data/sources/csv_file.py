"""Own tables: CSV files."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from engine.data.columns import Column, read_column
from engine.data.dataset import Dataset, Target
from engine.data.errors import DataError, listed
from engine.data.source import DataSource
from engine.data.table import Table, read_table
from engine.data.targets import Task, class_target, look_like_classes, value_target
from engine.declaration import field

MANY = 8
"""Notices name so many columns one by one; of more they speak together."""


class CsvFile(DataSource, kind="csv", label="CSV file"):
    """A table of your own: one row per example, one column per feature, names in line 1.

    Number columns are inputs as they are; a text column becomes one column of zeros and ones per text; true and false
    become 1 and 0. A column is a number column when at least 90 % of its values are numbers: text among them is
    reported as a mistake. A target of text, of truth values, or of whole numbers with few different values (two, or up
    to 20 that occur three times each on average) is classification, any other regression. Rows without a target are
    left out, and so are columns that cannot help: empty, constant, merely numbering the rows, or with more different
    texts than `categories`. Whatever was left out or filled is said in the notices.
    """

    prefix: ClassVar[str] = "csv"
    subject: ClassVar[str] = "path"
    category: ClassVar[str] = "Own files"

    path: str = field("", help="The file.")
    target: str = field("", help="Column to predict, or several separated by commas. Empty: the last column.")
    task: Task = field("auto", help="Classes or numbers to predict; auto finds out by the values of the target.")
    columns: str = field("", help="Use only these columns as inputs, separated by commas. Empty: all but the target.")
    drop: str = field("", help="Leave these columns out, separated by commas.")
    delimiter: str = field("", help="Character between cells, or tab. Empty: found out.")
    missing: Literal["median", "mean", "drop", "error"] = field(
        "median",
        help="Missing inputs: fill with the median or mean of the training part (text becomes the category 'missing'), "
        "drop the row, or report an error.",
    )
    categories: int = field(20, ge=2, le=1000, help="Text columns with more different texts than this are left out.")

    def load(self) -> Dataset:
        """Read the file."""
        table = read_table(self.path, self.delimiter)
        notices = list(table.notices)
        names = table.find(self.target, "target")
        if not names:
            names = table.header[-1:]
            notices.append(f"No target was named, so it is the last column, '{names[0]}'.")
        targets = [self._read(table, name, target=True) for name in names]

        rows = ~np.logical_or.reduce([target.missing for target in targets])
        if not rows.any():
            raise DataError(f"No row of '{table.name}' has a value in the target column {listed(names)}.")
        if not rows.all():
            notices.append(_rows_left_out(~rows, "without a target"))
        inputs, left_out = self._inputs(table, names, rows)
        notices += left_out

        if self.missing in ("drop", "error"):
            gaps = np.logical_or.reduce([column.missing for column in inputs])
            if gaps.any() and self.missing == "error":
                _refuse_gap(inputs)
            if gaps.all():
                raise DataError(f"Every row of '{table.name}' has a missing value. Fill them, or drop columns instead.")
            if gaps.any():
                notices.append(_rows_left_out(gaps, "with missing values"))
            inputs = [column[~gaps] for column in inputs]
            rows = np.flatnonzero(rows)[~gaps]
        else:
            notices += self._filled([column for column in inputs if column.missing.any()])
        swapped = [column.name for column in (*inputs, *targets) if column.decimal_comma]
        if swapped:
            notices.append(f"The comma was read as the decimal sign in {listed(swapped)}.")

        x, columns, as_is = _matrix(inputs)
        made = [self._make_target(target[rows], notices) for target in targets]
        return Dataset(
            {"x": x},
            {target.name: target for target in made},
            columns={"x": columns},
            notices=tuple(notices),
            fill="mean" if self.missing == "mean" else "median",
            as_is={"x": as_is},
        )

    def _read(self, table: Table, name: str, target: bool = False) -> Column:
        numeric = {"classification": False, "regression": True}.get(self.task) if target else None
        return read_column(name, table.cells[name], table.lines, commas=table.delimiter != ",", numeric=numeric)

    def _inputs(self, table: Table, targets: tuple[str, ...], rows: np.ndarray) -> tuple[list[Column], list[str]]:
        kept = table.find(self.columns, "columns")
        dropped = {*table.find(self.drop, "drop"), *targets}
        names = [name for name in kept or table.header if name not in dropped]
        inputs: list[Column] = []
        counters: list[Column] = []
        left_out: dict[str, list[str]] = {}
        for name in names:
            whole = self._read(table, name)
            column = whole[rows]
            reason = self._useless(column)
            if reason:
                left_out.setdefault(reason, []).append(name)
            elif not kept and _numbers_rows(whole):
                counters.append(column)
            else:
                inputs.append(column)
        if not inputs:
            # With nothing else, a counter may well be the time that a value is predicted from.
            inputs, counters = counters, []
        if counters:
            left_out["only the number of the row"] = [column.name for column in counters]
        notices = [f"{_columns(names)} left out: {reason}." for reason, names in left_out.items()]
        if not inputs:
            why = " " + " ".join(notices) if notices else ""
            raise DataError(f"'{table.name}' has no column left as input.{why} Name other columns.")
        return inputs, notices

    def _useless(self, column: Column) -> str:
        distinct = len(np.unique(column.known))
        if distinct == 0:
            return "no values"
        if column.kind == "text":
            if distinct > self.categories:
                return f"{distinct} different texts (the limit 'categories' is {self.categories})"
            if distinct == 1 and column.missing.any():
                return ""  # present or missing is information too
        return f"'{column.texts[~column.missing][0]}' in every row" if distinct == 1 else ""

    def _filled(self, columns: list[Column]) -> list[str]:
        counts = {column.name: int(column.missing.sum()) for column in columns}
        if len(columns) > MANY:
            return [
                f"{sum(counts.values())} missing values in {len(columns)} columns: numbers were filled with the "
                f"{self.missing} of the training part, texts became the category 'missing'."
            ]
        return [
            f"Column '{column.name}': {_count(counts[column.name], 'missing value')} "
            + (
                "became the category 'missing'."
                if column.kind == "text"
                else f"{_were(counts[column.name])} filled with the {self.missing} of the training part."
            )
            for column in columns
        ]

    def _make_target(self, column: Column, notices: list[str]) -> Target:
        task = self.task
        if task == "auto":
            classes = column.kind != "numbers" or look_like_classes(column.numbers)
            task = "classification" if classes else "regression"
            count = len(np.unique(column.numbers)) if column.kind == "numbers" else 0
            if classes and count > 2:
                notices.append(
                    f"The target '{column.name}' has {count} different whole numbers and is read as classes; for "
                    "numbers to predict set the task to regression."
                )
        if task == "regression":
            return value_target(column.name, column.numbers[:, None], (column.name,))
        if column.kind == "truth":
            return class_target(column.name, np.where(column.numbers == 1, "true", "false"))
        return class_target(column.name, column.numbers if column.kind == "numbers" else column.texts.astype(str))


def _matrix(inputs: list[Column]) -> tuple[np.ndarray, tuple[str, ...], np.ndarray]:
    """Side by side: number columns as they are, text columns as zeros and ones; and which are zeros and ones."""
    parts: list[np.ndarray] = []
    names: list[str] = []
    as_is: list[bool] = []
    for column in inputs:
        if column.kind == "text":
            texts = np.where(column.missing, "missing", column.texts).astype(str)
            found = np.unique(texts)
            parts.append((texts[:, None] == found).astype(np.float64))
            names += [f"{column.name}={text}" for text in found]
            as_is += [True] * len(found)
        else:
            parts.append(column.numbers[:, None])
            names.append(column.name)
            as_is.append(False)
    return np.hstack(parts), tuple(names), np.array(as_is)


def _numbers_rows(column: Column) -> bool:
    numbers = column.numbers
    return column.kind == "numbers" and numbers[0] in (0, 1) and bool((np.diff(numbers) == 1).all())


def _refuse_gap(inputs: list[Column]) -> None:
    count = sum(int(column.missing.sum()) for column in inputs)
    column = min((column for column in inputs if column.missing.any()), key=lambda column: column.missing.argmax())
    row = column.missing.argmax()
    raise DataError(
        f"Line {column.lines[row]}, column '{column.name}': the value is missing ('{column.texts[row]}'). It is "
        f"{'the only one' if count == 1 else f'one of {count}'}. Fill it in, or choose how missing values are filled."
    )


def _rows_left_out(rows: np.ndarray, which: str) -> str:
    count = int(rows.sum())
    return f"{_count(count, 'row')} {which} {_were(count)} left out."


def _columns(names: list[str]) -> str:
    return f"Column{'s' if len(names) > 1 else ''} {listed(names, MANY)} {_were(len(names))}"


def _count(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _were(count: int) -> str:
    return "was" if count == 1 else "were"
