"""What brush, point and eraser do to painted points: arrays in, arrays out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from engine.data import PreparedData
from engine.data.sources.painted import MOST_CLASSES, MOST_POINTS

Tool = Literal["brush", "point", "erase"]
NO_POINTS = np.empty((0, 3))
DAB = 4
"""Points where the brush is put down."""
TRAIL = 2
"""Points for every half radius that it moves."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Half the width and height of a brush, in units of the axes: a circle on the screen."""

    x: float
    y: float


def spray(at: tuple[float, float], reach: Reach, count: int, label: float, random: np.random.Generator) -> np.ndarray:
    """Points (count, 3) spread evenly over a round brush."""
    angle, radius = random.uniform(0, 2 * np.pi, count), np.sqrt(random.uniform(0, 1, count))
    x, y = at[0] + reach.x * radius * np.cos(angle), at[1] + reach.y * radius * np.sin(angle)
    return np.stack([x, y, np.full(count, label)], axis=1)


def stops(start: tuple[float, float], end: tuple[float, float], reach: Reach) -> np.ndarray:
    """Places (k, 2) half a radius apart on the way from start, which is left out, to end; k may be 0."""
    way = np.subtract(end, start)
    length = float(np.hypot(way[0] / reach.x, way[1] / reach.y))
    shares = np.arange(1, int(2 * length) + 1) / (2 * length) if length else np.empty(0)
    return np.asarray(start) + shares[:, None] * way


def is_far(points: np.ndarray, places: np.ndarray, reach: Reach) -> np.ndarray:
    """For every point (m, 3) whether the eraser misses it at all places (k, 2)."""
    far = np.ones(len(points), bool)
    for x, y in places:
        far &= ((points[:, 0] - x) / reach.x) ** 2 + ((points[:, 1] - y) / reach.y) ** 2 > 1
    return far


@dataclass(frozen=True, eq=False, slots=True)
class Ground:
    """What painting begins with."""

    points: np.ndarray
    target: Literal["classes", "values"]
    notice: str = ""


def ground_of(data: PreparedData | None) -> Ground:
    """The points of data with two features, or an empty plane."""
    if data is None:
        return Ground(NO_POINTS, "classes")
    target, shape = data.target_of(), data.input_shape()
    if shape != (2,):
        features = f"{shape[0]:,} feature{'s' * (shape[0] > 1)}" if len(shape) == 1 else "images"
        return Ground(NO_POINTS, target.kind, f"An empty plane: the data has {features}, and painting needs 2.")
    if target.classes > MOST_CLASSES or target.shape not in ((), (1,)):
        what = f"{target.classes} classes" if target.kind == "classes" else "several targets"
        return Ground(NO_POINTS, target.kind, f"An empty plane: the data has {what}, more than can be painted.")
    parts = data.parts.values()
    order = np.argsort(np.concatenate([part.rows for part in parts]))
    x = data.unscale_input(np.concatenate([part.input() for part in parts]))[order]
    y = np.concatenate([part.target() for part in parts])[order]
    y = data.unscale_target(y)[:, 0] if target.kind == "values" else y
    points, notice = np.column_stack([x, y]).astype(np.float64), ""
    if len(points) > MOST_POINTS:
        notice = f"{MOST_POINTS:,} of {len(points):,} points, as many as can be painted."
        points = points[np.sort(np.random.default_rng(0).choice(len(points), MOST_POINTS, replace=False))]
    return Ground(points, target.kind, notice)
