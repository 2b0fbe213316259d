"""Changes of place: mirrored, cut, moved, turned, zoomed, sheared and warped. Together they cost one resampling."""

from __future__ import annotations

from itertools import product
from typing import ClassVar, Literal

import numpy as np

from engine.augmentation import Augmentation, InputFacts
from engine.declaration import field
from engine.resampling import PlaceMap, affine_map, chained, identity, pixel_places, resample


class Geometric(Augmentation):
    """Base of the augmentations that only move pixels."""

    def matrices(self, random: np.random.Generator, m: int, shape: tuple[int, ...]) -> np.ndarray:
        """Where a pixel p is taken from, as A p + t: (m, d, d + 1) for m examples of d axes beside the channels.

        Places are in pixels from the centre.
        """
        raise NotImplementedError

    def place_map(self, random: np.random.Generator, m: int, shape: tuple[int, ...]) -> np.ndarray | PlaceMap:
        """The matrices, or a function on places for a change that no matrix describes."""
        chosen = self.chosen(random, m)
        drawn = self.matrices(random, m, shape)  # for all, so that one probability does not move the others' numbers
        matrices = identity(m, len(shape))
        matrices[chosen] = drawn[chosen]
        return matrices

    def change(self, x: np.ndarray, random: np.random.Generator, facts: InputFacts) -> None:
        move([self], x, random)


def move(changes: list[Geometric], x: np.ndarray, random: np.random.Generator) -> None:
    """Make several geometric changes, one after another, with a single resampling; in place on (m, *shape, n_C)."""
    m, shape = len(x), x.shape[1:-1]
    maps: list[np.ndarray | PlaceMap] = []
    for change in changes:
        made = change.place_map(random, m, shape)
        if maps and isinstance(made, np.ndarray) and isinstance(maps[-1], np.ndarray):
            maps[-1] = chained(maps[-1], made)
        else:
            maps.append(made)
    rows = np.arange(m)
    if len(maps) == 1 and isinstance(maps[0], np.ndarray):
        rows = np.flatnonzero(~_mirrored(x, maps[0]))
        maps[0] = maps[0][rows]
    if not len(rows):
        return
    places = np.repeat(pixel_places(shape)[None], len(rows), 0)
    for made in reversed(maps):  # a pixel of the last picture is looked up in the one before
        places = (affine_map(made) if isinstance(made, np.ndarray) else made)(places)
    x[rows] = resample(x[rows], places)


def _mirrored(x: np.ndarray, matrices: np.ndarray) -> np.ndarray:
    """Mirror the examples of which nothing else is wanted, or nothing at all; which these are (m,)."""
    d = x.ndim - 2
    factors = matrices[:, range(d), range(d)]
    done = (np.abs(factors) == 1).all(1) & (matrices == _scaled(factors)).all((1, 2))
    for pattern in product((1, -1), repeat=d):
        rows = np.flatnonzero(done & (factors == pattern).all(1))
        if -1 in pattern and len(rows):
            x[rows] = x[rows][(slice(None), *(slice(None, None, step) for step in pattern))]
    return done


def _scaled(factors: np.ndarray) -> np.ndarray:
    """Matrices (m, d, d + 1) from factors (m, d)."""
    m, d = factors.shape
    matrices = np.zeros((m, d, d + 1))
    matrices[:, range(d), range(d)] = factors
    return matrices


class Mirror(Geometric, kind="mirror", category="Place"):
    """The mirror image. Not for digits or texts, which mean something else or nothing then."""

    axes: ClassVar[tuple[int, ...]] = (3, 4)

    probability: float = field(0.5, help="Share of the examples that are mirrored.", ge=0, le=1)
    direction: Literal["left and right", "up and down", "both"] = field(
        "left and right", help="What changes places; 'both' draws each of them on its own."
    )

    def matrices(self, random: np.random.Generator, m: int, shape: tuple[int, ...]) -> np.ndarray:
        factors = np.ones((m, len(shape)))
        if self.direction == "both":
            drawn = random.integers(1, 4, m)  # at least one of the two
            factors[:, -1] = np.where(drawn & 1, -1, 1)
            factors[:, -2] = np.where(drawn & 2, -1, 1)
        else:
            factors[:, -1 if self.direction == "left and right" else -2] = -1
        return _scaled(factors)


class RandomCrop(Geometric, kind="random_crop", category="Place"):
    """A part of the picture at a random place, enlarged to the full size (Szegedy and others 2014)."""

    strength: float = field(
        0.2, label="Largest cut", help="Share of the height and width that is cut away at most.", gt=0, le=0.9
    )

    def matrices(self, random: np.random.Generator, m: int, shape: tuple[int, ...]) -> np.ndarray:
        kept = 1 - self.strength * random.random((m, 1))
        matrices = _scaled(np.repeat(kept, len(shape), 1))
        room = (1 - kept) * (np.array(shape) - 1) / 2
        matrices[:, :, -1] = random.uniform(-1, 1, (m, len(shape))) * room
        return matrices


class ShiftPlace(Geometric, kind="shift", category="Place", label="Shift"):
    """Moved up, down, left or right (a signal in time); the border is repeated where nothing is."""

    axes: ClassVar[tuple[int, ...]] = (2, 3, 4)

    strength: float = field(
        0.1, label="Largest shift", help="Share of the height and width by which it moves at most.", gt=0, le=1
    )

    def matrices(self, random: np.random.Generator, m: int, shape: tuple[int, ...]) -> np.ndarray:
        matrices = identity(m, len(shape))
        matrices[:, :, -1] = random.uniform(-1, 1, (m, len(shape))) * self.strength * np.array(shape)
        return matrices


class Rotation(Geometric, kind="rotation", category="Place"):
    """Turned about the centre."""

    strength: float = field(15.0, label="Largest angle", help="It turns by this at most.", unit="°", gt=0, le=180)

    def matrices(self, random: np.random.Generator, m: int, shape: tuple[int, ...]) -> np.ndarray:
        angle = np.deg2rad(self.strength) * random.uniform(-1, 1, m)
        cos, sin, zero = np.cos(angle), np.sin(angle), np.zeros(m)
        return np.stack([np.stack([cos, sin, zero], -1), np.stack([-sin, cos, zero], -1)], 1)


class Zoom(Geometric, kind="zoom", category="Place"):
    """Enlarged or reduced about the centre."""

    axes: ClassVar[tuple[int, ...]] = (3, 4)

    strength: float = field(
        0.1, label="Largest zoom", help="Share by which it grows or shrinks at most: 0.1 is ×0.91 to ×1.1.", gt=0, le=1
    )

    def matrices(self, random: np.random.Generator, m: int, shape: tuple[int, ...]) -> np.ndarray:
        factor = (1 + self.strength) ** random.uniform(-1, 1, (m, 1))
        return _scaled(np.repeat(1 / factor, len(shape), 1))


class Shear(Geometric, kind="shear", category="Place"):
    """Slanted: the rows move against each other."""

    strength: float = field(10.0, label="Largest angle", help="It slants by this at most.", unit="°", gt=0, le=60)

    def matrices(self, random: np.random.Generator, m: int, shape: tuple[int, ...]) -> np.ndarray:
        matrices = identity(m, 2)
        matrices[:, 1, 0] = np.tan(np.deg2rad(self.strength) * random.uniform(-1, 1, m))
        return matrices


class LocalWarping(Geometric, kind="local_warping", category="Place"):
    """Bent like rubber: every place moves along smooth waves (elastic distortion; Simard and others 2003)."""

    strength: float = field(
        0.04, label="Largest bend", help="Share of the height and width by which a place moves at most.", gt=0, le=0.3
    )
    waves: int = field(2, help="Waves across the picture at most: more bend smaller parts.", ge=1, le=8)

    def place_map(self, random: np.random.Generator, m: int, shape: tuple[int, ...]) -> PlaceMap:
        number = 3
        chosen = self.chosen(random, m)
        extents = np.array(shape, np.float32)
        turns = random.uniform(-self.waves, self.waves, (m, number, 2)) * 2 * np.pi / extents
        phases = random.uniform(0, 2 * np.pi, (m, number, 2))
        heights = np.zeros((m, 1, 1, 1))
        heights[chosen] = self.strength / number
        turns, phases, heights = (array.astype(np.float32) for array in (turns, phases, heights))

        def bend(places: np.ndarray) -> np.ndarray:
            angles = places @ turns.transpose(0, 2, 1)  # (m, n, number)
            waves = np.sin(angles[..., None] + phases[:, None]) * heights
            return places + waves.sum(2) * extents

        return bend
