"""A data set as its source hands it over: whole, in original units, before any split or scaling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from engine.data.errors import DataError
from engine.data.pixels import Examples

Fill = Literal["median", "mean"]

LARGEST = 1e30
"""Larger numbers overflow when they are squared in float32, in which networks train."""


@dataclass(frozen=True, eq=False)
class Target:
    """What a network is to predict: one class per example, or k numbers per example.

    Shape: labels (m,) as int64 for classes; (m, k) as float for values.
    """

    name: str
    kind: Literal["classes", "values"]
    values: np.ndarray
    class_names: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    """Names of the k numbers; empty for classes."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one example: () for classes, (k,) for values."""
        return self.values.shape[1:]

    @property
    def classes(self) -> int:
        """Number of classes; 0 for values."""
        return len(self.class_names)


@dataclass(frozen=True)
class ColumnFact:
    """What became of one column of a table."""

    name: str
    kind: Literal["numbers", "truth", "dates", "text"]
    role: Literal["input", "target", "left out"]
    missing: int
    """Number of rows without a value."""
    what: str
    """In words, such as "3 texts become 3 columns of 0 and 1"."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """Inputs and targets of m examples, with everything the preparation has to know.

    What depends on statistics is not done here, because the statistics belong to the training part: a number column
    may hold NaN where a value is missing (`fill` says what to put there), and nothing is standardized. What `as_is`
    marks is never standardized: the zeros and ones that a text column became, the pixels of an image.

    Raises:
        DataError: There is no input, no target or no example, or the numbers of examples differ.
    """

    inputs: Mapping[str, Examples]
    """Each (m, *shape); the first is the default."""
    targets: dict[str, Target]
    """The first is the default."""
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Names of the columns of flat inputs."""
    notices: tuple[str, ...] = ()
    fill: Fill = "median"
    as_is: dict[str, np.ndarray] = field(default_factory=dict)
    """For some inputs a mask over the last axis (or one truth value for all of it)."""
    table: tuple[ColumnFact, ...] = ()
    """For data from a table: every column of it, in its order."""
    test_rows: np.ndarray | None = None
    """Rows that its makers set aside for the test; they are the test part, whatever share was asked for."""

    def __post_init__(self) -> None:
        if not self.inputs or not self.targets:
            raise DataError("The data needs at least one input and one target.")
        lengths = {name: len(values) for name, values in self.inputs.items()}
        lengths |= {name: len(target.values) for name, target in self.targets.items()}
        if len(set(lengths.values())) > 1:
            found = ", ".join(f"'{name}' has {length}" for name, length in lengths.items())
            raise DataError(f"Every array needs one row per example, but {found}.")
        if self.m == 0:
            raise DataError("The data holds no example.")

    @property
    def m(self) -> int:
        """Number of examples."""
        return len(next(iter(self.inputs.values())))
