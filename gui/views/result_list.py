"""Which examples of a part are listed, in which order, and what is said of each: numbers and texts only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.new_rows import Entry, entries_of
from gui.views.engine import ViewEngine
from gui.views.result_data import Outcome, outcome
from gui.views.result_pictures import picture_array, pixels_of
from gui.views.result_text import example_sentence, examples, figure, percent

COLUMNS = 60
"""Columns of the data shown at most."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be listed."""

    part: str
    index: int
    threshold: float
    every: bool
    """Not only the wrong ones."""
    cell: tuple[int, int] | None
    most: int


@dataclass(frozen=True, eq=False, slots=True)
class Listing:
    """Examples in their order: wrong ones first, the surest at the top, then the right ones, the least sure first."""

    outcome: Outcome
    order: np.ndarray
    """Places in the outcome of all examples that are meant."""
    guess: np.ndarray
    """(n,) labels of the whole outcome; empty for values."""
    sureness: np.ndarray
    """(n,) probability (or size of the score) of the label; |residual| for values."""
    shown: int
    header: tuple[str, ...]
    rows: list[list[str]]
    words: tuple[int, ...]
    """Columns of the rows that hold words."""
    titles: list[tuple[str, str, str]]
    """What is written below each picture, strong and quiet, and said of it; empty where there are no pictures."""
    pixels: np.ndarray | None
    caption: str

    @property
    def places(self) -> np.ndarray:
        """Places within the part of those that are shown."""
        return self.outcome.places[self.order[: self.shown]]

    @property
    def wrong(self) -> np.ndarray:
        """Which of those shown are wrong."""
        if not len(self.guess):
            return np.zeros(self.shown, bool)
        return (self.guess != self.outcome.truth)[self.order[: self.shown]]


def listing(engine: ViewEngine, wish: Wish) -> Listing:
    """Sort and describe. Raises ResultError."""
    found = outcome(engine, wish.part, wish.index)
    if found.answer.kind == "values":
        sureness, guess = np.abs(found.values - found.truth), np.zeros(0, np.int64)
        order = np.argsort(-sureness, kind="stable")
        caption = f"{examples(len(order))}, the largest residuals first. {found.sampled}"
    else:
        guess = found.decided(wish.threshold)
        sureness = sureness_of(found, guess)
        wrong = guess != found.truth
        order = np.argsort(-np.where(wrong, 1 + sureness, -sureness), kind="stable")
        order = order[_meant(found.truth, guess, wish)[order]]
        caption = _caption(found, wish, len(order))
    shown = min(len(order), wish.most)
    entries = entries_of(engine.data, engine.network.inputs)[:COLUMNS]
    header, rows = _table(engine, found, order[:shown], guess, sureness)
    own = len(header) - len(entries)
    words = (*range(own - 1), *(own + i for i, entry in enumerate(entries) if entry.choices))
    array = picture_array(engine.data, engine.network.inputs)
    pixels, titles = None, []
    if array is not None:
        pixels = pixels_of(engine.data, array, wish.part, found.places[order[:shown]])
        titles = [_title(found, at, guess, sureness) for at in order[:shown].tolist()]
    return Listing(found, order, guess, sureness, shown, header, rows, words, titles, pixels, caption.strip())


def sureness_of(found: Outcome, guess: np.ndarray) -> np.ndarray:
    """(n,) probability of the label that was decided for; of a score its size."""
    if found.answer.scored:
        return np.abs(found.raw[:, found.answer.component])
    return found.values[np.arange(len(guess)), guess]


def _meant(truth: np.ndarray, guess: np.ndarray, wish: Wish) -> np.ndarray:
    if wish.cell is not None:
        return (truth == wish.cell[0]) & (guess == wish.cell[1])
    return np.ones(len(truth), bool) if wish.every else guess != truth


def _caption(found: Outcome, wish: Wish, count: int) -> str:
    names, m = found.answer.class_names, len(found.places)
    if not count and wish.cell is not None:
        i, j = (names[k] for k in wish.cell)
        what = "recognized" if i == j else f"taken for '{j}'"
        return f"No example of '{i}' in the {found.part} part is {what}."
    if not count:
        return f"None of {examples(m)} of the {found.part} part is wrong."
    if wish.cell is not None:
        i, j = wish.cell
        what = "recognized, the least sure first" if i == j else f"taken for '{names[j]}', the surest first"
        return f"{examples(count)} of '{names[i]}' {what}. {found.sampled}"
    if wish.every:
        return f"{examples(m)}, the surest mistakes first. {found.sampled}"
    return f"{count:,} of {examples(m)} {'is' if count == 1 else 'are'} wrong, the surest first. {found.sampled}"


def _table(
    engine: ViewEngine, found: Outcome, order: np.ndarray, guess: np.ndarray, sureness: np.ndarray
) -> tuple[tuple[str, ...], list[list[str]]]:
    places = found.places[order]
    columns = [("Example", [f"{place + 1:,}" for place in places])]
    if found.answer.kind == "values":
        truth, values = found.truth[order], found.values[order]
        columns += [
            ("True", [figure(float(v)) for v in truth]),
            ("Predicted", [figure(float(v)) for v in values]),
            ("Residual", [figure(float(v)) for v in values - truth]),
        ]
    else:
        names = found.answer.class_names
        write = (lambda v: figure(v, 3)) if found.answer.scored else percent
        columns += [
            ("True", [names[k] for k in found.truth[order]]),
            ("Predicted", [names[k] for k in guess[order]]),
            ("|Score|" if found.answer.scored else "Confidence", [write(float(v)) for v in sureness[order]]),
        ]
    for entry in entries_of(engine.data, engine.network.inputs)[:COLUMNS]:
        columns.append((entry.name, _cells(engine, entry, found.part, places)))
    rows = [list(row) for row in zip(*(texts for _, texts in columns), strict=True)]
    return tuple(name for name, _ in columns), rows


def _title(found: Outcome, at: int, guess: np.ndarray, sureness: np.ndarray) -> tuple[str, str, str]:
    where = f"Example {found.places[at] + 1:,} of {found.part}: "
    if found.answer.kind == "values":
        true, predicted = figure(float(found.truth[at])), figure(float(found.values[at]))
        return f"{true} → {predicted}", "", f"{where}true {true}, predicted {predicted}"
    names, truth, label, sure = found.answer.class_names, int(found.truth[at]), int(guess[at]), float(sureness[at])
    strong = names[truth] if truth == label else f"{names[truth]} → {names[label]}"
    quiet = figure(sure, 3) if found.answer.scored else percent(sure)
    return strong, quiet, where + example_sentence(found.answer, truth, label, sure)


def _cells(engine: ViewEngine, entry: Entry, part: str, places: np.ndarray) -> list[str]:
    scaled = engine.data.parts[part].inputs[entry.array][places][:, list(entry.columns)].astype(np.float64)
    if entry.choices:
        return [entry.choices[k] for k in scaled.argmax(axis=1)]
    scaling, column = engine.data.input_scaling[entry.array], entry.columns[0]
    return [figure(float(v)) for v in scaled[:, 0] * scaling.sigma[column] + scaling.mu[column]]
