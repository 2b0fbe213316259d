"""Points that somebody painted: the examples themselves are part of the design."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import field_validator

from engine.data.dataset import LARGEST, Dataset, Target
from engine.data.errors import DataError
from engine.data.source import DataSource
from engine.declaration import field

MOST_POINTS = 5_000
"""Points that can be painted; files with more are no longer pleasant to save and compare."""
MOST_CLASSES = 10
"""Classes 0 to 9, one for each number key."""
HOW = "Choose Paint above the decision boundary"

_FIRST = tuple(
    f"{sign * x:g},{sign * y:g},{int(sign > 0)}"
    for sign in (-1, 1)
    for x, y in ((0.5, 0.5), (0.6, 0.3), (0.3, 0.6), (0.8, 0.5), (0.5, 0.8), (0.7, 0.7), (0.4, 0.4), (0.2, 0.5))
)


class Painted(DataSource, kind="painted", category="Planar", label="Painted points"):
    """Points that you paint yourself, with the mouse, on the plot of the decision boundary.

    Each has two features and a class from 0 to 9, or a value. They are saved in the project, one line for each point.
    """

    prefix: ClassVar[str] = "planar"

    target: Literal["classes", "values"] = field("classes", help="What is to be predicted: a class, or a number.")
    points: tuple[str, ...] = field(
        _FIRST, hidden=True, help=f"One 'x1,x2,class' or 'x1,x2,value' for each point, at most {MOST_POINTS:,}."
    )

    @field_validator("points", mode="before")
    @classmethod
    def _read(cls, value: Any) -> Any:
        """A source in one line of text has its points between semicolons."""
        lines = value.split(";") if isinstance(value, str) else value
        if not isinstance(lines, Sequence) or not all(isinstance(line, str) for line in lines):
            raise ValueError("the points must be texts such as '0.5,-1.2,1'")
        lines = tuple(line.strip() for line in lines if line.strip())
        if len(lines) > MOST_POINTS:
            raise ValueError(f"{len(lines):,} points are too many; at most {MOST_POINTS:,} can be painted")
        for number, line in enumerate(lines, 1):
            if not _is_point(line):
                raise ValueError(f"point {number}, '{line[:40]}', is not of the form 'x1,x2,class' with three numbers")
        return lines

    @classmethod
    def of(cls, points: np.ndarray, target: Literal["classes", "values"] = "classes") -> Painted:
        """A source from finite points (m, 3), at most MOST_POINTS; coordinates are kept to five digits."""
        # Lines written here need no check, which would cost more than writing them.
        return cls(target=target).model_copy(update={"points": point_lines(points)})

    def array(self) -> np.ndarray:
        """The points (m, 3): x1, x2, and the class or value."""
        numbers = np.array([line.split(",") for line in self.points], np.float64).reshape(-1, 3)
        if self.target == "classes":
            numbers[:, 2] = np.clip(np.round(numbers[:, 2]), 0, MOST_CLASSES - 1)
        return numbers

    def load(self) -> Dataset:
        points = self.array()
        if not len(points):
            raise DataError(f"No point is painted yet. {HOW}, and draw some.")
        if self.target == "values":
            if np.ptp(points[:, 2]) == 0:
                value = points[0, 2]
                raise DataError(f"All painted points have the value {value:g}. {HOW}, and draw others.")
            target = Target("y", "values", points[:, 2:], columns=("y",))
        else:
            labels = points[:, 2].astype(np.int64)
            if len(np.unique(labels)) == 1:
                raise DataError(f"Only class {labels[0]} is painted. {HOW}, and draw a second one.")
            # A class without points keeps its number, so that the others keep theirs, and their colours.
            target = Target("y", "classes", labels, class_names=tuple(map(str, range(labels.max() + 1))))
        return Dataset({"x": points[:, :2]}, {"y": target}, columns={"x": ("x1", "x2")})

    def spec(self) -> str:
        parts = [f"target={self.target}"] * (self.target != "classes")
        parts += [f"points={';'.join(self.points)}"] * (self.points != _FIRST)
        return f"{self.prefix}:{self.kind}" + ("?" + "&".join(parts) if parts else "")


def point_lines(points: np.ndarray) -> tuple[str, ...]:
    """Points (m, 3) as the lines that are saved."""
    return tuple(map(point_line, points.tolist()))


def point_line(point: Iterable[float]) -> str:
    """One point as the line that is saved: five digits, which is finer than any screen."""
    return ",".join(f"{number + 0.0:.5g}" for number in point)


def _is_point(line: str) -> bool:
    try:
        numbers = [float(word) for word in line.split(",")]
    except ValueError:
        return False
    return len(numbers) == 3 and all(abs(number) <= LARGEST for number in numbers)  # NaN is not
