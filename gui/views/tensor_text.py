"""What the tensor views say in words."""

from __future__ import annotations

import math

import numpy as np

from engine.shapes import Shape
from engine.tensors import Statistics
from gui.views.tensor_answer import Card, Examples


def number_text(value: float) -> str:
    """A number in three digits: −0.0412, 1.23e−5; a dash where there is none."""
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    text = f"{value:.3g}".replace("e+0", "e").replace("e+", "e").replace("e-0", "e-")
    return ("0" if value == 0 else text).replace("-", "−")


def share_text(share: float) -> str:
    """A share in per cent; never rounded to all or nothing."""
    percent = 100 * share
    if 0 < percent < 0.1:
        return "< 0.1 %"
    if 99.9 < percent < 100:
        return "> 99.9 %"
    return f"{percent:.3g} %"


def shape_text(shape: Shape) -> str:
    """256 × 784."""
    return " × ".join(f"{extent:,}" for extent in shape) or "1"


def figures(numbers: Statistics) -> list[tuple[str, str]]:
    """The statistics with their names, in the order of reading; what is not finite only where there is some."""
    rows = [
        ("min", number_text(numbers.minimum)),
        ("max", number_text(numbers.maximum)),
        ("mean", number_text(numbers.mean)),
        ("norm", number_text(numbers.norm)),
        ("zeros", share_text(numbers.zeros)),
    ]
    return [*rows, ("NaN, ∞", share_text(numbers.not_finite))] if numbers.not_finite else rows


def base_symbol(symbol: str) -> str:
    """W of "W[2]", Z of "Z[3] = A[3]"."""
    return symbol.split("[", 1)[0]


def cell_text(card: Card, row: int, column: int) -> str:
    """The number in a cell with its place, such as "W[3, 1] = −0.412: from input 1 to unit 3"; "" between tiles."""
    picture, tensor = card.picture, card.tensor
    place = picture.index_at(row, column)
    if place is None:
        return ""
    if tensor.of_parameter:
        if len(tensor.shape) == 2:
            meaning = f"from input {place[1]} to unit {place[0]}"
        elif len(tensor.shape) == 1:
            meaning = f"unit {place[0]}"
        else:
            meaning = f"row {place[0]}, column {place[1]}, filter {place[2]}"
            place = (*place[:2], *(0,) * (len(tensor.shape) - 3), place[2])
    elif picture.is_vector:
        meaning = f"unit {place[0]}"
    else:
        place = place if picture.example is None else (picture.example, *place)
        meaning = f"example {int(card.rows[place[0]]):,}, {_inside(place[1:])}"
    value = picture.values[row, column]
    written = (
        f"{float(value):.4g}".replace("-", "−") if np.isfinite(value) else str(value).replace("nan", "not a number")
    )
    indices = ", ".join(map(str, place))
    return f"{base_symbol(tensor.symbol)}[{indices}] = {written}: {meaning}"


def _inside(place: tuple[int, ...]) -> str:
    names = {1: ("unit",), 2: ("row", "column"), 3: ("row", "column", "channel")}[len(place)]
    return ", ".join(f"{name} {index}" for name, index in zip(names, place, strict=True))


def bin_text(card: Card, number: int) -> str:
    """How many values a bar of the histogram stands for."""
    bins = len(card.histogram)
    width = 2 * card.limit / bins
    low = -card.limit + number * width
    count, total = int(card.histogram[number]), int(card.histogram.sum())
    noun = "value" if count == 1 else "values"
    share = f" ({share_text(count / total)})" if total else ""
    if not card.limit > 0:
        return f"{count:,} {noun} of 0{share}"
    return f"{number_text(low)} … {number_text(low + width)}: {count:,} {noun}{share}"


def explanation(card: Card, examples: Examples) -> str:
    """One or two sentences about a card, for its tooltip."""
    tensor, picture = card.tensor, card.picture
    mode = "as in training" if examples.training else "as in use"
    batch = f"{examples} ({mode})" if examples.training else str(examples)
    if tensor.role == "gradient":
        text = (
            f"Gradient of the cost of the {batch} with the current weights. It is that of the loss only: the L2 and L1 "
            "penalty are not included."
        )
    elif tensor.role == "value":
        text = f"Values for the {batch}, with the current weights."
    elif tensor.role == "state":
        text = "Kept between batches without being trained."
    else:
        text = "Trained parameter: one row for each unit, one column for each input." if len(tensor.shape) == 2 else (
            "Trained parameter."
        )  # fmt: skip
    if picture.example is not None:
        text += f" The image is that of example {int(card.rows[picture.example]):,}."
    if picture.tile != (0, 0) and picture.tiles < tensor.shape[-1]:
        text += f" The first {picture.tiles} of {tensor.shape[-1]:,} channels are drawn."
    if max(picture.step) > 1:
        text += f" Every {picture.step[0]}. row and every {picture.step[1]}. column is drawn; the numbers are of all."
    return text
