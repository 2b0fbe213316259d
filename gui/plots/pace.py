"""How often and how finely a view may compute, so that it takes only a small share of the time."""

from __future__ import annotations

from dataclasses import dataclass

DUTY = 0.03
"""Share of one processor that the background computing of a view may take while a network trains."""
SHORTEST = 0.030
"""Seconds between two pictures."""
GRIDS = (40, 50, 60, 80, 100, 120, 150, 200)
"""Cells along one side."""
FIRST_GRID = 100
FINE_GRID = 200
"""When nothing moves."""


@dataclass(slots=True)
class ViewPace:
    """Chooses grid and interval from the time that the last computations took."""

    grid: int = FIRST_GRID
    interval: float = SHORTEST
    _cell: float = 0.0
    """Smoothed seconds per cell."""

    def report(self, seconds: float, cells: int) -> None:
        """Tell what a computation took; nan tells nothing."""
        if seconds != seconds:
            return
        cell = seconds / max(cells, 1)
        self._cell = cell if self._cell == 0 else 0.7 * self._cell + 0.3 * cell
        # The finest grid that can be had 20 times a second; where even the coarsest cannot, pictures come seldom.
        affordable = [n for n in GRIDS if self._cell * n * n <= DUTY / 20]
        wanted = min(affordable[-1] if affordable else GRIDS[0], FIRST_GRID)
        if wanted < self.grid or self._cell * wanted * wanted <= 0.7 * DUTY / 20 or not affordable:
            self.grid = wanted
        self.interval = max(SHORTEST, self._cell * self.grid**2 / DUTY)
