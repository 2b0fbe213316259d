"""Predictions for a file of new examples, as the text of a CSV file: in the background."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.answers import answers_of
from engine.data import DataError
from engine.data.table import Table
from engine.new_rows import entries_of, network_inputs, prediction_columns, read_new_table, table_values
from gui.views.engine import ViewEngine


@dataclass(frozen=True, slots=True)
class FilePrediction:
    """What became of a file: a text to be saved, or a sentence that says what is wrong with it."""

    path: str
    text: str = ""
    m: int = 0
    complaint: str = ""


def predict_file(engine: ViewEngine, path: str, threshold: float) -> FilePrediction:
    """Predict every row of a file; the columns of the file come first, then what is predicted."""
    data, inputs = engine.data, engine.network.inputs
    try:
        entries = entries_of(data, inputs)
        flat = {entry.array for entry in entries}
        if not entries or any(array not in flat for array in data.input_layout.shapes if _is_used(engine, array)):
            raise DataError("This network takes pictures or other arrays, which a table cannot hold.")
        table = read_new_table(path)
        predictions = engine.predict(network_inputs(data, inputs, entries, table_values(table, entries)))
    except (DataError, ValueError) as error:
        return FilePrediction(path, complaint=str(error))
    columns = prediction_columns(predictions, answers_of(engine.network.outputs, data), data, threshold)
    return FilePrediction(path, _to_csv(table, columns), len(table.lines))


def _is_used(engine: ViewEngine, array: str) -> bool:
    layout = engine.data.input_layout
    sources = (getattr(node.layer, "source", "") for node in engine.network.inputs)
    return any(pick.array == array for source in sources for pick in layout.find(source))


def _to_csv(table: Table, predicted: dict[str, np.ndarray]) -> str:
    columns = [_texts(table.cells[name]) for name in table.header]
    header = list(table.header)
    for name, values in predicted.items():
        while name in header:
            name += " (network)"  # the file was predicted before
        header.append(name)
        columns.append([value if isinstance(value, str) else f"{value:.7g}" for value in values.tolist()])
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(zip(*columns, strict=True))
    return text.getvalue()


def _texts(cells: np.ndarray) -> list[str]:
    if cells.dtype.kind == "f":
        return ["" if np.isnan(cell) else f"{cell:.12g}" for cell in cells.tolist()]
    if cells.dtype.kind == "M":
        return ["" if np.isnat(cell) else str(cell.astype("datetime64[s]")).removesuffix("T00:00:00") for cell in cells]
    return [str(cell) for cell in cells.tolist()]


def suggested_name(path: str) -> str:
    """Where to save the predictions of a file: beside it."""
    file = Path(path)
    return str(file.with_name(f"{file.stem} predicted.csv"))
