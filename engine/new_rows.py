"""New examples that a person types or a file holds, in original units and with texts as texts, to be predicted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.answers import Answer, decide, read_prediction
from engine.data import DataError, PreparedData, source_for_file
from engine.data.describing import column_groups
from engine.data.errors import did_you_mean, listed
from engine.data.selection import gather
from engine.data.table import Table
from engine.data.table_source import TableSource
from engine.layers.ends import Input
from engine.plan import PlanNode

GAP = "missing"
"""The category of a text column that stands for no text."""
SAMPLE = 20_000
"""Training examples that are looked at to find out what a column holds."""
WIDEST = 50
"""Classes whose probabilities are written out, one column each."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to fill in: a number, or one of some texts that became columns of zeros and ones."""

    array: str
    name: str
    columns: tuple[int, ...]
    """Columns of the array: one for a number, one for each text."""
    choices: tuple[str, ...] = ()


Row = Sequence[float | str]
"""A number (nan where it is missing) or a text for each entry."""


def entries_of(data: PreparedData, inputs: Sequence[PlanNode]) -> tuple[Entry, ...]:
    """What has to be known of an example to predict; nothing for inputs that are not flat. Raises DataError."""
    used: dict[str, set[int]] = {}
    for node in inputs:
        assert isinstance(node.layer, Input)
        for pick in data.input_layout.find(node.layer.source):
            shape = data.input_layout.shapes[pick.array]
            if len(shape) == 1:
                used.setdefault(pick.array, set()).update(range(shape[0]) if pick.indices is None else pick.indices)
    return tuple(entry for array, columns in used.items() for entry in _entries(data, array, columns))


def _entries(data: PreparedData, array: str, used: set[int]) -> list[Entry]:
    groups = column_groups(data, array)
    return [Entry(array, name, columns, texts) for name, columns, texts in groups if not used.isdisjoint(columns)]


def example_row(data: PreparedData, entries: Sequence[Entry], part: str, place: int) -> list[float | str]:
    """An example of a part as a person would write it."""
    arrays = {entry.array for entry in entries}
    raw = {array: _raw(data, array, data.parts[part].inputs[array][place : place + 1])[0] for array in arrays}
    return [
        entry.choices[int(raw[entry.array][list(entry.columns)].argmax())]
        if entry.choices
        else _as_written(raw[entry.array][entry.columns[0]])
        for entry in entries
    ]


def filler_of(data: PreparedData, entry: Entry) -> float:
    """What stands in for a missing number, in original units."""
    return float(data.input_scaling[entry.array].fill[entry.columns[0]])


def _raw(data: PreparedData, array: str, scaled: np.ndarray) -> np.ndarray:
    return data.input_scaling[array].undo(scaled)


def _as_written(value: np.floating) -> float:
    """Without the digits that scaling there and back has added."""
    return float(f"{value:.7g}") if value.dtype.itemsize <= 4 else float(f"{value:.12g}")


def network_inputs(
    data: PreparedData, inputs: Sequence[PlanNode], entries: Sequence[Entry], values: Sequence[np.ndarray]
) -> dict[str, np.ndarray]:
    """Arrays (m, …) for every Input of a network, scaled as the training part was.

    Args:
        data: How to scale.
        inputs: The Input nodes.
        entries: What `entries_of` said.
        values: For each entry (m,) numbers in original units, or for texts (m,) places among the choices.
    """
    m = len(values[0])
    arrays = {entry.array: np.zeros((m, data.input_layout.shapes[entry.array][0])) for entry in entries}
    for entry, column in zip(entries, values, strict=True):
        if entry.choices:
            arrays[entry.array][np.arange(m), np.asarray(entry.columns)[column]] = 1
        else:
            gaps = np.isnan(column)
            filled = np.where(gaps, filler_of(data, entry), column) if gaps.any() else column
            arrays[entry.array][:, entry.columns[0]] = filled
    scaled = {array: data.input_scaling[array].apply(raw) for array, raw in arrays.items()}
    result = {}
    for node in inputs:
        assert isinstance(node.layer, Input)
        result[node.id] = gather(scaled, data.input_layout.find(node.layer.source))
    return result


def row_values(entries: Sequence[Entry], row: Row) -> list[np.ndarray]:
    """One typed row as `network_inputs` takes it. Raises DataError for a text that is none of the choices."""
    values = []
    for entry, value in zip(entries, row, strict=True):
        if entry.choices and value not in entry.choices:
            raise DataError(_no_category(f"'{entry.name}'", str(value), entry.choices))
        values.append(np.array([entry.choices.index(str(value)) if entry.choices else float(value)]))
    return values


def read_new_table(path: str) -> Table:
    """The cells of a file of new examples. Raises DataError."""
    source = source_for_file(path)
    if not isinstance(source, TableSource):
        raise DataError(f"'{path}' is no table. Choose a CSV, TSV or Parquet file with one row per example.")
    return source.table()


def table_values(table: Table, entries: Sequence[Entry]) -> list[np.ndarray]:
    """The columns of a table as `network_inputs` takes them.

    Raises:
        DataError: columns are missing, or a cell holds no number or none of the texts that the network knows; the
            message names line, column and value.
    """
    known = {name.casefold(): name for name in table.header} | {name: name for name in table.header}
    found = {entry.name: known.get(entry.name) or known.get(entry.name.casefold()) for entry in entries}
    missing = [name for name, column in found.items() if column is None]
    if missing:
        several = len(missing) > 1
        raise DataError(
            f"'{table.name}' lacks the column{'s' if several else ''} {listed(missing, 8)}, which the network needs. "
            f"It has {listed(table.header, 12)}. Add {'them' if several else 'it'}, or rename a column."
        )
    return [
        _texts(table, str(found[entry.name]), entry) if entry.choices else _numbers(table, str(found[entry.name]))
        for entry in entries
    ]


def _numbers(table: Table, name: str) -> np.ndarray:
    column = table.column(name)
    if column.kind == "dates":
        raise DataError(f"Column '{name}' of '{table.name}' holds dates, but the network needs numbers there.")
    if column.kind == "text" and not column.missing.all():
        column = table.column(name, numeric=True)  # says where the text is
    return column.numbers


def _texts(table: Table, name: str, entry: Entry) -> np.ndarray:
    column = table.column(name, numeric=False)
    places = {text: place for place, text in enumerate(entry.choices)}
    result = np.empty(len(column.missing), np.int64)
    for row, gap in enumerate(column.missing):
        text = GAP if gap else column.cell(row)
        if text not in places:
            where = f"{table.place} {column.lines[row]}, column '{name}'"
            raise DataError(_no_category(where, "" if gap else text, entry.choices))
        result[row] = places[text]
    return result


def _no_category(where: str, text: str, choices: tuple[str, ...]) -> str:
    what = f"'{text}' is none of the categories" if text else "there is no text, which is none of the categories"
    return f"{where}: {what} that the network knows.{did_you_mean(text, choices)} It knows {listed(choices, 12)}."


def prediction_columns(
    predictions: dict[str, np.ndarray], answers: Sequence[Answer], data: PreparedData, threshold: float = 0.5
) -> dict[str, np.ndarray]:
    """Columns (m,) that say what a network predicts, by their names: class and probabilities, or values."""
    columns: dict[str, np.ndarray] = {}
    for answer in answers:
        raw = predictions[answer.node]
        values = read_prediction(raw, answer, data)
        if answer.kind == "values":
            columns[f"predicted {answer.title}"] = values
            continue
        names = np.asarray(answer.class_names, dtype=object)
        columns[f"predicted {answer.title}"] = names[decide(raw, answer, threshold)]
        if answer.scored:
            columns[f"score of {answer.title}"] = raw[:, answer.component]
        elif len(names) <= WIDEST:
            several = len([other for other in answers if other.kind == "classes"]) > 1
            for k, name in enumerate(answer.class_names):
                columns[f"P({answer.title} = {name})" if several else f"P({name})"] = values[:, k]
    return columns
