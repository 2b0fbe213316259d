"""Numbers and sentences of the result views."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from engine.answers import Answer


def percent(share: float, digits: int = 1) -> str:
    """A share as people write it: 8.0 %; a dash where it is not defined."""
    return f"{100 * share:.{digits}f}\N{NO-BREAK SPACE}%" if np.isfinite(share) else "–"


def figure(value: float, digits: int = 4) -> str:
    """A number with so many significant digits and a real minus sign; a dash where it is not defined."""
    if not np.isfinite(value):
        return "–"
    text = f"{value:,.0f}" if 1e4 <= abs(value) < 1e9 else f"{value:.{digits}g}"
    return text.replace("-", "−")


def rate(value: float) -> str:
    """A number from 0 to 1 with three decimals, to stand in a column; a dash where it is not defined."""
    return f"{value:.3f}" if np.isfinite(value) else "–"


def unbroken(entry: str) -> str:
    """An entry of a legend as rich text that is not torn apart at the end of a line."""
    tags = re.split(r"(<[^>]*>)", entry)
    return "".join(tag if tag.startswith("<") else tag.replace(" ", "\N{NO-BREAK SPACE}") for tag in tags)


def examples(count: int) -> str:
    """1 example, 1,200 examples."""
    return f"{count:,} example{'' if count == 1 else 's'}"


def cell_sentence(matrix: np.ndarray, names: Sequence[str], i: int, j: int) -> str:
    """What one cell of a confusion matrix says."""
    count, total = int(matrix[i, j]), int(matrix[i].sum())
    if not total:
        return f"No example of '{names[i]}' is in this part."
    of_them = f"({percent(count / total)} of them)"
    was = "was" if count == 1 else "were"
    what = f"{examples(count) if count else 'No example'} of '{names[i]}' {was}"
    if i == j:
        return f"{what} recognized {of_them}."
    return f"{what} taken for '{names[j]}' {of_them}."


def example_sentence(answer: Answer, truth: int, guess: int, confidence: float) -> str:
    """What became of one example."""
    names = answer.class_names
    sure = f"score {figure(confidence, 3)}" if answer.scored else percent(confidence)
    if truth == guess:
        return f"'{names[truth]}', recognized with {sure}"
    return f"'{names[truth]}', taken for '{names[guess]}' with {sure}"
