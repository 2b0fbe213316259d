"""What the convolution bench writes: sizes, products and their sum."""

from __future__ import annotations

import numpy as np

from engine.convolution_bench import Pooled, Products, factor, number, size_formula, size_letters, written_products
from engine.windows import Window
from gui.views.bench_state import Bench
from gui.widgets.export import Table

MOST_LINES = 4
"""Channels whose products are written out, each in a line; of more only the one looked at."""
MOST_SUMS = 12
"""Sums of channels that are written in the last line."""


def channel_name(channel: int, channels: int) -> str:
    """Red, green, blue of three channels; else their number, from 1."""
    return ("Red", "Green", "Blue")[channel] if channels == 3 else f"Channel {channel + 1}"


def size_texts(window: Window) -> tuple[str, str]:
    """The size formula in letters and numbers, and shorter in numbers only; once where both axes are alike."""
    rows, columns = size_formula(window, 0), size_formula(window, 1)
    numbers = f"n = {rows}" if rows == columns else f"rows {rows};  columns {columns}"
    whole = f"n = {size_letters(window)} = {rows}" if rows == columns else f"n = {size_letters(window)};  {numbers}"
    return f"Size of the output:  {whole}", numbers


def sum_lines(bench: Bench, index: int) -> list[str]:
    """How one output comes about, in one line or more."""
    found = bench.at(index)
    return _pooled_lines(bench, found) if isinstance(found, Pooled) else _product_lines(bench, found)


def _pooled_lines(bench: Bench, found: Pooled) -> list[str]:
    values = found.values[..., bench.channel][found.inside].tolist()
    if not values:
        return ["The window meets nothing but padding, which never counts."]
    texts = [number(value, 3) for value in values]
    if bench.mode == "max":
        assert found.winner is not None
        row, column = found.winner
        where = f"first found in row {row + 1}, column {column + 1}"
        return [f"max({', '.join(texts)}) = {number(found.total)}  ({where})"]
    inner = " + ".join(map(factor, values))
    return [f"({inner}) / {len(values)} = {number(found.total)}"]


def _product_lines(bench: Bench, found: Products) -> list[str]:
    channels = bench.channels
    every = channels <= MOST_LINES
    lines = []
    for k in range(channels) if every else [bench.channel]:
        text = written_products(found.values[..., k].ravel().tolist(), found.weights[..., k].ravel().tolist())
        lines.append(text if channels == 1 else f"{channel_name(k, channels)}: {text}")
    if channels == 1 and bench.learned is None:
        return lines
    sums = found.channel_sums.tolist()
    terms = list(map(factor, sums[:MOST_SUMS]))
    if len(sums) > MOST_SUMS:
        terms.append(f"… ({channels - MOST_SUMS} more channels)")
    if bench.learned is not None:
        terms.append(f"b {factor(found.bias)}")
    return [*lines, f"Sum: {' + '.join(terms)} = {number(found.total)}"]


def place_text(bench: Bench, index: int) -> str:
    """Where the window is."""
    row, column = bench.place(index)
    return f"Row {row + 1}, column {column + 1}"


def size_of(array: np.ndarray) -> str:
    """6 × 6, or 8 × 8 × 3."""
    shape = array.shape if array.ndim < 3 or array.shape[2] > 1 else array.shape[:2]
    return " × ".join(map(str, shape))


def output_table(bench: Bench) -> Table | None:
    """All outputs, of all filters or channels; None where there are none."""
    if not bench.count:
        return None
    rows = [
        [k + 1, row + 1, column + 1, float(value)]
        for k in range(bench.output.shape[2])
        for (row, column), value in np.ndenumerate(bench.output[..., k])
    ]
    return Table(["filter" if bench.mode == "convolution" else "channel", "row", "column", "output"], rows)
