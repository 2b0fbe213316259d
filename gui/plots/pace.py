"""How often and how finely a view may compute, so that it takes only a small share of the time."""

from __future__ import annotations

from dataclasses import dataclass

DUTY = 0.03
"""Share of one processor that the background computing of a view may take while a network trains."""
SHORTEST = 0.030
"""Seconds between two pictures."""
AFFORDABLE = 0.0015
"""Seconds that a picture may take: 20 of them a second keep to the share."""
UNBEARABLE = 0.005
"""Seconds from which a picture is made coarser than COARSE_GRID; below, most of it would not depend on the grid."""
GRIDS = (24, 32, 40, 50, 64, 80, 100)
"""Cells along one side."""
COARSE_GRID = 50
FIRST_GRID = GRIDS[-1]
FINE_GRIDS = (400, 280, 200, 140)
"""When nothing moves, the finest of these that is likely to take no longer than PATIENCE."""
UNKNOWN_FINE_GRID = 200
PATIENCE = 0.15
"""Seconds of computing for a fine picture: weights that come meanwhile have to wait for it."""


@dataclass(slots=True)
class ViewPace:
    """Chooses grid and interval from the time that the last computations took."""

    grid: int = FIRST_GRID
    interval: float = SHORTEST
    _seconds: float = 0.0
    """Smoothed, of the current grid."""

    def report(self, seconds: float, cells: int) -> None:
        """Tell what a computation took; nan tells nothing."""
        if seconds != seconds:
            return
        seconds *= self.grid**2 / max(cells, 1)
        self._seconds = seconds if self._seconds == 0 else 0.7 * self._seconds + 0.3 * seconds
        place = GRIDS.index(self.grid)
        limit = AFFORDABLE if self.grid > COARSE_GRID else UNBEARABLE
        if self._seconds > limit and place > 0:
            self._use(GRIDS[place - 1])
        elif place + 1 < len(GRIDS):
            finer = GRIDS[place + 1]
            allowed = AFFORDABLE if finer > COARSE_GRID else UNBEARABLE
            if self._seconds * (finer / self.grid) ** 2 < 0.7 * allowed:
                self._use(finer)
        self.interval = max(SHORTEST, self._seconds / DUTY)

    @property
    def fine_grid(self) -> int:
        """The grid for a picture that stays."""
        if self._seconds == 0:
            return UNKNOWN_FINE_GRID
        expected = ((grid, self._seconds * (grid / self.grid) ** 2) for grid in FINE_GRIDS)
        return next((grid for grid, seconds in expected if seconds <= PATIENCE), FINE_GRIDS[-1])

    def _use(self, grid: int) -> None:
        self._seconds *= (grid / self.grid) ** 2
        self.grid = grid
