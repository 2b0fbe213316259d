"""Names of the dimensions of a shape, as the course writes them: m × n_H × n_W × n_C."""

from __future__ import annotations

from functools import lru_cache

from engine.shapes import Shape

_NAMES: dict[int, tuple[tuple[str, str], ...]] = {
    1: (("n", ""),),
    2: (("T", ""), ("n", "")),
    3: (("n", "H"), ("n", "W"), ("n", "C")),
}
_MEANINGS = {
    1: "m examples of n values each",
    2: "m examples of T steps with n values each",
    3: "m examples of n_H rows, n_W columns and n_C channels",
}


def dimension_names(shape: Shape) -> tuple[tuple[str, str], ...]:
    """A letter and its index for every size of one example; nothing for shapes without names of their own."""
    return _NAMES.get(len(shape), ())


@lru_cache(maxsize=256)
def explain_shape(shape: Shape) -> str:
    """A line for a tooltip: "m × n_H × n_W × n_C: m examples of …"."""
    names = dimension_names(shape)
    if not names:
        return ""
    written = " × ".join(["m", *(f"{letter}_{index}" if index else letter for letter, index in names)])
    return f"{written}: {_MEANINGS[len(shape)]}"
