"""Which arrays, or which columns of them, a node of a network asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from engine.data.errors import DataError, did_you_mean, listed
from engine.data.pixels import Examples


@dataclass(frozen=True)
class Pick:
    """A whole array, or some columns of a flat one."""

    array: str
    indices: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Layout:
    """The names by which arrays and their columns can be asked for.

    A source text is "" (the default array), the name of an array or of a column, the common head of the columns that a
    text column became ("sex" for "sex=male", "sex=female"), a 0-based range of columns of the default array ("0:2"),
    or several of these separated by commas.
    """

    what: str
    """The word for one of them in messages: "input" or "target"."""
    shapes: dict[str, tuple[int, ...]]
    columns: dict[str, tuple[str, ...]]

    def find(self, source: str) -> tuple[Pick, ...]:
        """Resolve a source text; the picks belong side by side.

        Raises:
            DataError: A name or range is unknown, or arrays are combined that are not flat.
        """
        source = source.strip()
        default = next(iter(self.shapes))
        if not source:
            return (Pick(default),)
        whole = self._named(source)
        if whole:
            return whole
        # The whole text came first: the name of a column may hold a comma itself.
        words = [word.strip() for word in source.split(",") if word.strip()]
        picks = tuple(pick for word in words for pick in self._named(word) or self._ranged(word, default))
        if not picks:
            raise DataError(f"'{source}' names no {self.what}. {self._available()}")
        self._check_flat(picks, source)
        return picks

    def shape(self, picks: tuple[Pick, ...]) -> tuple[int, ...]:
        """Shape of one example of some picks."""
        if len(picks) == 1 and picks[0].indices is None:
            return self.shapes[picks[0].array]
        return (sum(self.width(pick) for pick in picks),)

    def width(self, pick: Pick) -> int:
        """Number of columns of one pick."""
        return self.shapes[pick.array][-1] if pick.indices is None else len(pick.indices)

    def column_names(self, picks: tuple[Pick, ...]) -> tuple[str, ...]:
        """Names of the picked columns; empty when an array has none."""
        names: list[str] = []
        for pick in picks:
            own = self.columns.get(pick.array, ())
            names += own if pick.indices is None else [own[i] for i in pick.indices if i < len(own)]
        return tuple(names)

    def _named(self, word: str) -> tuple[Pick, ...]:
        for array, names in self.columns.items():
            if word in names:
                return (Pick(array, (names.index(word),)),)
            group = tuple(i for i, name in enumerate(names) if name.startswith(f"{word}="))
            if group:
                return (Pick(array, group),)
        # Columns came first: a table with columns x and y is itself the array "x".
        return (Pick(word),) if word in self.shapes else ()

    def _ranged(self, word: str, default: str) -> tuple[Pick, ...]:
        match = re.fullmatch(r"(\d+)(?:\s*:\s*(\d+))?", word)
        if not match:
            names = [*self.shapes, *(name for columns in self.columns.values() for name in columns)]
            raise DataError(f"There is no {self.what} '{word}'.{did_you_mean(word, names)} {self._available()}")
        shape = self.shapes[default]
        start = int(match[1])
        stop = int(match[2]) if match[2] else start + 1
        if len(shape) != 1 or not start < stop <= shape[0]:
            has = f"has the columns 0 to {shape[0] - 1}" if len(shape) == 1 else f"is not flat: its shape is {shape}"
            raise DataError(f"There are no columns '{word}': the {self.what} '{default}' {has}.")
        return (Pick(default, tuple(range(start, stop))),)

    def _check_flat(self, picks: tuple[Pick, ...], source: str) -> None:
        if len(picks) > 1:
            for pick in picks:
                if len(self.shapes[pick.array]) != 1:
                    shape = self.shapes[pick.array]
                    raise DataError(
                        f"'{source}' puts several {self.what}s side by side, which only flat numbers allow, but "
                        f"'{pick.array}' has the shape {shape}. Ask for it alone."
                    )

    def _available(self) -> str:
        sentence = f"The {self.what}s are {listed(list(self.shapes))}."
        names = [name for columns in self.columns.values() for name in columns if name not in self.shapes]
        return f"{sentence} The columns are {listed(names)}." if names else sentence


def split_head(name: str) -> str:
    """The column of a table that a column of numbers was made from: "sex" for "sex=male"."""
    return name.partition("=")[0] if "=" in name else name


def gather(arrays: Mapping[str, Examples], picks: tuple[Pick, ...]) -> np.ndarray:
    """Take the picks side by side along the last axis; a whole array comes as it is, uncopied."""
    parts = [arrays[pick.array] if pick.indices is None else arrays[pick.array][..., pick.indices] for pick in picks]
    return np.ascontiguousarray(parts[0] if len(parts) == 1 else np.concatenate(parts, axis=-1))
