"""What all tables have in common: choosing target and inputs, and turning columns into numbers."""

from __future__ import annotations

from typing import Literal, Self

import numpy as np

from engine.data.columns import Column
from engine.data.dataset import ColumnFact, Dataset, Target
from engine.data.dates import date_columns, day_text
from engine.data.errors import DataError, listed
from engine.data.loading import current_loading
from engine.data.preview import Preview, preview_table
from engine.data.source import DataSource
from engine.data.table import Table
from engine.data.targets import Task, class_target, look_like_classes, value_target
from engine.declaration import field

MANY = 8
"""Notices name so many columns one by one; of more they speak together."""

LARGE = 4_000_000
"""A table with more numbers than this is kept in float32, in which networks train anyway."""

WIDEST = 1e3
"""In float32 only columns whose values are at most so many times their range, so that rounding cannot matter."""


class TableSource(DataSource):
    """Base of the sources that are tables: one row per example, one column per feature."""

    target: str = field("", help="Column to predict, or several separated by commas. Empty: the last column.")
    task: Task = field("auto", help="Classes or numbers to predict; auto finds out by the values of the target.")
    columns: str = field("", help="Use only these columns as inputs, separated by commas. Empty: all but the target.")
    drop: str = field("", help="Leave these columns out, separated by commas.")
    missing: Literal["median", "mean", "drop", "error"] = field(
        "median",
        help="Missing inputs: fill with the median or mean of the training part (text becomes the category 'missing'), "
        "drop the row, or report an error.",
    )
    categories: int = field(20, ge=2, le=1000, help="Text columns with more different texts than this are left out.")

    def table(self) -> Table:
        """Read the cells. Raises DataError."""
        raise NotImplementedError

    def preview(self) -> Preview:
        """The first rows, as they are written. Raises DataError."""
        return preview_table(self.table())

    def load(self) -> Dataset:
        """Read the table and make numbers of it."""
        return self.make(self.table())

    def make(self, table: Table) -> Dataset:
        """Make numbers of a table that is read already. Raises DataError."""
        return _Making(self, table).dataset()

    def reading(self) -> Self:
        """The same source without what concerns its columns: whatever reads equally has the same table."""
        plain = {f.name: f.default for f in TableSource.fields()}
        return self.replace(**plain)


class _Making:
    """One table on its way to a data set."""

    def __init__(self, source: TableSource, table: Table) -> None:
        self.source, self.table = source, table
        self.notices = list(table.notices)
        self.facts: dict[str, ColumnFact] = {}

    def dataset(self) -> Dataset:
        table, source = self.table, self.source
        names = table.find(source.target, "target")
        if not names:
            names = table.header[-1:]
            self.notices.append(f"No target was named, so it is the last column, '{names[0]}'.")
        numeric = {"classification": False, "regression": True}.get(source.task)
        targets = [table.column(name, numeric) for name in names]
        rows = ~np.logical_or.reduce([target.missing for target in targets])
        if not rows.any():
            raise DataError(f"No row of '{table.name}' has a value in the target column {listed(names)}.")
        if not rows.all():
            self.notices.append(_rows_left_out(~rows, "without a target"))
        everything = bool(rows.all())
        inputs = self._inputs(names, slice(None) if everything else rows)
        if source.missing in ("drop", "error"):
            inputs, rows = self._without_gaps(inputs, rows)
        else:
            self.notices += self._filled([column for column in inputs if column.missing.any()])
        swapped = [column.name for column in (*inputs, *targets) if column.decimal_comma]
        if swapped:
            self.notices.append(f"The comma was read as the decimal sign in {listed(swapped)}.")
        made = [self._make_target(target if rows.all() else target[rows]) for target in targets]
        for column, target in zip(targets, made, strict=True):
            self._describe_target(column, target)
        x, columns, as_is = self._matrix(inputs)
        return Dataset(
            {"x": x},
            {target.name: target for target in made},
            columns={"x": columns},
            notices=tuple(self.notices),
            fill="mean" if source.missing == "mean" else "median",
            as_is={"x": as_is},
            table=tuple(self.facts[name] for name in table.header),
        )

    def _inputs(self, targets: tuple[str, ...], rows: np.ndarray | slice) -> list[Column]:
        table = self.table
        kept = table.find(self.source.columns, "columns")
        dropped = {*table.find(self.source.drop, "drop"), *targets}
        inputs: list[Column] = []
        counters: list[Column] = []
        left_out: dict[str, list[str]] = {}
        for number, name in enumerate(table.header):
            current_loading().report(0.8 + 0.1 * number / len(table.header), "Looking at the columns")
            if name in dropped or (kept and name not in kept):
                self._leave_out(name, self._glance(name), "you left it out")
                continue
            whole = table.column(name)
            column = whole if isinstance(rows, slice) else whole[rows]
            reason = self._useless(column)
            if reason:
                left_out.setdefault(reason, []).append(name)
                self._leave_out(name, column, reason)
            elif not kept and _numbers_rows(whole):
                counters.append(column)
            else:
                inputs.append(column)
        if kept:
            inputs.sort(key=lambda column: kept.index(column.name))
        if not inputs:
            # With nothing else, a counter may well be the time that a value is predicted from.
            inputs, counters = counters, []
        if counters:
            left_out["only the number of the row"] = [column.name for column in counters]
            for column in counters:
                self._leave_out(column.name, column, "it only numbers the rows")
        notices = [f"{_columns(names)} left out: {reason}." for reason, names in left_out.items()]
        if not inputs:
            why = " " + " ".join(notices) if notices else ""
            raise DataError(f"'{table.name}' has no column left as input.{why} Name other columns.")
        self.notices += notices
        return inputs

    def _glance(self, name: str) -> Column | None:
        """A column that is not used; what is wrong with it does not matter."""
        try:
            return self.table.column(name, numeric=False)
        except DataError:
            return None

    def _leave_out(self, name: str, column: Column | None, reason: str) -> None:
        kind = column.kind if column is not None else "text"
        missing = int(column.missing.sum()) if column is not None else 0
        reason = reason.partition(" (")[0]  # its settings stand beside it
        self.facts[name] = ColumnFact(name, kind, "left out", missing, f"Left out: {reason}")

    def _useless(self, column: Column) -> str:
        distinct = column.distinct()
        if distinct == 0:
            return "no values"
        if column.kind == "text":
            if distinct > self.source.categories:
                return f"{distinct} different texts (the limit 'categories' is {self.source.categories})"
            if distinct == 1 and column.missing.any():
                return ""  # present or missing is information too
        return f"'{column.cell(int((~column.missing).argmax()))}' in every row" if distinct == 1 else ""

    def _without_gaps(self, inputs: list[Column], rows: np.ndarray) -> tuple[list[Column], np.ndarray]:
        gaps = np.logical_or.reduce([column.missing for column in inputs])
        if gaps.any() and self.source.missing == "error":
            self._refuse_gap(inputs)
        if gaps.all():
            raise DataError(
                f"Every row of '{self.table.name}' has a missing value. Fill them, or drop columns instead."
            )
        if gaps.any():
            self.notices.append(_rows_left_out(gaps, "with missing values"))
            inputs = [column[~gaps] for column in inputs]
        kept = np.zeros(len(rows), dtype=bool)
        kept[np.flatnonzero(rows)[~gaps]] = True
        return inputs, kept

    def _refuse_gap(self, inputs: list[Column]) -> None:
        count = sum(int(column.missing.sum()) for column in inputs)
        column = min((column for column in inputs if column.missing.any()), key=lambda column: column.missing.argmax())
        row = int(column.missing.argmax())
        raise DataError(
            f"{self.table.place} {column.lines[row]}, column '{column.name}': the value is missing "
            f"('{column.cell(row)}'). It is {'the only one' if count == 1 else f'one of {count}'}. Fill it in, or "
            "choose how missing values are filled."
        )

    def _filled(self, columns: list[Column]) -> list[str]:
        counts = {column.name: int(column.missing.sum()) for column in columns}
        how = self.source.missing
        if len(columns) > MANY:
            return [
                f"{sum(counts.values())} missing values in {len(columns)} columns: numbers were filled with the "
                f"{how} of the training part, texts became the category 'missing'."
            ]
        return [
            f"Column '{column.name}': {_count(counts[column.name], 'missing value')} "
            + (
                "became the category 'missing'."
                if column.kind == "text"
                else f"{_were(counts[column.name])} filled with the {how} of the training part."
            )
            for column in columns
        ]

    def _make_target(self, column: Column) -> Target:
        task = self.source.task
        if column.kind == "dates":
            if task == "classification":
                texts = np.array([column.cell(i) for i in range(len(column.numbers))])
                return class_target(column.name, texts)
            first = np.floor(column.numbers.min())
            self.notices.append(
                f"The target '{column.name}' holds dates ({column.form}): predicted are the days since "
                f"{day_text(first)}."
            )
            return value_target(column.name, (column.numbers - first)[:, None], (column.name,))
        if task == "auto":
            classes = column.kind != "numbers" or look_like_classes(column.numbers)
            task = "classification" if classes else "regression"
            count = len(np.unique(column.numbers)) if classes and column.kind == "numbers" else 0
            if count > 2:
                self.notices.append(
                    f"The target '{column.name}' has {count} different whole numbers and is read as classes; for "
                    "numbers to predict set the task to regression."
                )
        if task == "regression":
            return value_target(column.name, column.numbers[:, None], (column.name,))
        if column.kind == "truth":
            return class_target(column.name, np.where(column.numbers == 1, "true", "false"))
        if column.kind == "numbers":
            return class_target(column.name, column.numbers)
        assert column.texts is not None
        return class_target(column.name, column.texts)

    def _describe_target(self, column: Column, target: Target) -> None:
        missing = int(column.missing.sum())
        what = f"Predicted: {target.classes} classes" if target.kind == "classes" else "Predicted: a number"
        if missing:
            what += f"; {_count(missing, 'row')} without it {_were(missing)} left out"
        self.facts[column.name] = ColumnFact(column.name, column.kind, "target", missing, what)

    def _matrix(self, inputs: list[Column]) -> tuple[np.ndarray, tuple[str, ...], np.ndarray]:
        """Side by side: numbers as they are, texts as zeros and ones, dates as days; and which are zeros and ones."""
        made = [self._made(column) for column in inputs]
        names = tuple(name for columns, _ in made for name in columns)
        as_is = np.array([one_hot for columns, one_hot in made for _ in columns])
        parts = [values for columns, _ in made for values in columns.values()]
        rows = len(parts[0])
        small = rows * len(parts) > LARGE and all(map(_fits_float32, parts))
        x = np.empty((rows, len(parts)), np.float32 if small else np.float64)
        for i in range(len(parts)):
            current_loading().check()
            x[:, i], parts[i] = parts[i], parts[0][:0]
        return x, names, as_is

    def _made(self, column: Column) -> tuple[dict[str, np.ndarray], bool]:
        """The columns of numbers that one column becomes, and whether they are zeros and ones."""
        missing = int(column.missing.sum())
        filled = f"{missing:,} missing → {self.source.missing}" if missing else ""
        if column.kind == "text":
            found, codes = _categories(column)
            what = f"{_count(len(found), 'text')} → {_count(len(found), 'column')} of 0 and 1"
            self._describe(column, what, f"{missing:,} missing count as a text" if missing else "")
            return {f"{column.name}={text}": codes == i for i, text in enumerate(found)}, True
        if column.kind == "dates":
            columns = date_columns(column.numbers)
            first = day_text(column.numbers[~column.missing].min())
            parts = {"days": f"days since {first}", "month": "month (1–12)", "weekday": "weekday (1 = Monday)"}
            what = ", ".join(parts[name] for name in columns)
            self.notices.append(f"Column '{column.name}' holds dates ({column.form}), which became: {what}.")
            self._describe(column, f"Dates → {what}", filled)
            return {f"{column.name}={name}": values for name, values in columns.items()}, False
        what = "False and true → 0 and 1" if column.kind == "truth" else "Taken as numbers"
        self._describe(column, what, filled)
        return {column.name: column.numbers}, False

    def _describe(self, column: Column, what: str, more: str) -> None:
        missing = int(column.missing.sum())
        text = f"{what}; {more}" if more else what
        self.facts[column.name] = ColumnFact(column.name, column.kind, "input", missing, text)


def _categories(column: Column) -> tuple[list[str], np.ndarray]:
    """The different texts in order, with 'missing' for gaps, and for each row the number of its text."""
    import pandas as pd

    assert column.texts is not None
    texts = np.where(column.missing, "missing", column.texts) if column.missing.any() else column.texts
    codes, found = pd.factorize(texts, sort=True)
    return [str(text) for text in found], codes


def _fits_float32(values: np.ndarray) -> bool:
    if values.dtype == bool:
        return True
    low, high = np.nanmin(values), np.nanmax(values)
    return bool(max(abs(low), abs(high)) <= WIDEST * (high - low))


def _numbers_rows(column: Column) -> bool:
    numbers = column.numbers
    return column.kind == "numbers" and numbers[0] in (0, 1) and bool((np.diff(numbers) == 1).all())


def _rows_left_out(rows: np.ndarray, which: str) -> str:
    count = int(rows.sum())
    return f"{_count(count, 'row')} {which} {_were(count)} left out."


def _columns(names: list[str]) -> str:
    return f"Column{'s' if len(names) > 1 else ''} {listed(names, MANY)} {_were(len(names))}"


def _count(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _were(count: int) -> str:
    return "was" if count == 1 else "were"
