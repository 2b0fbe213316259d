"""Sharing examples out to the training, dev and test parts."""

from __future__ import annotations

import numpy as np

from engine.data.dataset import Target
from engine.data.errors import DataError

Shares = dict[str, float]
"""Share of each part that is asked for, "train" first; all above 0, the sum is 1."""


def split(m: int, shares: Shares, seed: int, classes: Target | None) -> tuple[dict[str, np.ndarray], list[str]]:
    """Row numbers of each part, in the order of the data, and notices.

    The rows are shuffled with NumPy's legacy generator, whose streams are frozen: a seed gives the same split for ever.

    Args:
        m: Number of examples.
        shares: Share of each part.
        seed: Start of the random numbers.
        classes: A target whose classes every part is to hold in the same mix; None for a plain split.

    Raises:
        DataError: There are fewer examples than parts.
    """
    if m < len(shares):
        raise DataError(
            f"The data has {m} rows, which is too few for {len(shares)} parts ({', '.join(shares)}). "
            "Add rows, or give the whole data to the training part."
        )
    random = np.random.RandomState(seed)
    if classes is not None:
        parts, notices = _stratified(shares, random, classes)
        if all(len(rows) for rows in parts.values()):
            return parts, notices
    counts = _apportion(m, np.array(list(shares.values())), at_least=1)
    notices = [] if classes is None else ["The classes have too few rows for a stratified split, so it is a plain one."]
    return _cut(random.permutation(m), counts, shares), notices


def _stratified(
    shares: Shares, random: np.random.RandomState, target: Target
) -> tuple[dict[str, np.ndarray], list[str]]:
    fractions = np.array(list(shares.values()))
    pieces: dict[str, list[np.ndarray]] = {part: [] for part in shares}
    notices = []
    # What rounding gave too little or too much so far; without it many small classes would all be rounded one way.
    owed = np.zeros(len(shares))
    for label, name in enumerate(target.class_names):
        rows = random.permutation(np.flatnonzero(target.values == label))
        count = len(rows)
        if count == 0:
            continue
        if count >= len(shares):
            counts = _apportion(count, np.maximum(count * fractions + owed, 0), at_least=1)
        else:
            counts = np.zeros(len(shares), dtype=int)
            counts[:count] = 1
            held = [part for part, n in zip(shares, counts, strict=True) if n]
            notices.append(f"Class '{name}' has only {_rows(count)}, so it is in the {' and '.join(held)} part only.")
        owed += count * fractions - counts
        for part, piece in _cut(rows, counts, shares).items():
            pieces[part].append(piece)
    if len(notices) > 3:
        notices = [f"{len(notices)} classes have fewer rows than there are parts, so not every part holds them."]
    return {part: np.sort(np.concatenate(piece)) for part, piece in pieces.items()}, notices


def _apportion(total: int, weights: np.ndarray, at_least: int) -> np.ndarray:
    """Whole numbers proportional to some weights, by largest remainder, none below a minimum."""
    ideal = total * weights / weights.sum()
    counts = np.floor(ideal).astype(int)
    for index in np.argsort(counts - ideal, kind="stable")[: total - counts.sum()]:
        counts[index] += 1
    while counts.min() < at_least:
        counts[counts.argmin()] += 1
        counts[counts.argmax()] -= 1
    return counts


def _cut(rows: np.ndarray, counts: np.ndarray, shares: Shares) -> dict[str, np.ndarray]:
    pieces = np.split(rows, np.cumsum(counts)[:-1])
    return {part: np.sort(piece) for part, piece in zip(shares, pieces, strict=True)}


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"
