"""Deciding what a target is: classes or numbers."""

from __future__ import annotations

from typing import Literal

import numpy as np

from engine.data.dataset import Target
from engine.data.errors import DataError

Task = Literal["auto", "classification", "regression"]

FEW = 20
"""So many different whole numbers at most are read as classes."""


def look_like_classes(numbers: np.ndarray) -> bool:
    """Whole numbers with few distinct values: two, or up to 20 that occur three times each on average."""
    if not np.array_equal(numbers, np.round(numbers)):
        return False
    distinct = len(np.unique(numbers))
    return distinct <= 2 or (distinct <= FEW and 3 * distinct <= len(numbers))


def class_target(name: str, labels: np.ndarray) -> Target:
    """Turn texts or numbers (m,) into classes, sorted by name or by size.

    Raises:
        DataError: There is only one class, or almost every example has a class of its own.
    """
    found, values = _numbered(labels)
    names = tuple(_class_name(label) for label in found.tolist())
    m = len(labels)
    if len(names) == 1:
        raise DataError(
            f"The target '{name}' has only the class '{names[0]}' in all {m} rows. Classification needs at least two "
            "classes: choose another target, or add rows of another class."
        )
    if len(names) > max(2, m // 2):
        raise DataError(
            f"The target '{name}' has {len(names)} different values in {m} rows, which is too many for classes. Choose "
            "another target, or regression if it holds numbers."
        )
    return Target(name, "classes", values.reshape(-1).astype(np.int64), class_names=names)


def value_target(name: str, values: np.ndarray, columns: tuple[str, ...]) -> Target:
    """Numbers (m, k) to be predicted.

    Raises:
        DataError: A column has the same value in every row, so that there is nothing to predict.
    """
    for column, numbers in zip(columns, values.T, strict=True):
        if (numbers == numbers[0]).all():
            raise DataError(
                f"The target '{column}' is {numbers[0]:g} in all {len(numbers)} rows, so there is nothing to predict. "
                "Choose another target."
            )
    return Target(name, "values", values, columns=columns)


def _numbered(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The different labels in order, and for each example the number of its label."""
    if labels.dtype.kind in "OU":
        import pandas as pd

        # By hashing: sorting a million texts takes seconds.
        values, found = pd.factorize(labels.astype(object), sort=True)
        return np.asarray(found, dtype=object), values
    return np.unique(labels, return_inverse=True)


def _class_name(label: object) -> str:
    return str(int(label)) if isinstance(label, float) and label.is_integer() else str(label)
