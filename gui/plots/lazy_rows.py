"""Rows of a table that are made when somebody reads them: a menu only asks whether there are any."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any


class LazyRows(Sequence[Sequence[Any]]):
    """Rows that a function makes, once."""

    def __init__(self, make: Callable[[], list[list[Any]]]) -> None:
        """Nothing is made yet."""
        self._make = make
        self._rows: list[list[Any]] | None = None

    def __getitem__(self, index: Any) -> Any:
        if self._rows is None:
            self._rows = self._make()
        return self._rows[index]

    def __len__(self) -> int:
        if self._rows is None:
            self._rows = self._make()
        return len(self._rows)
