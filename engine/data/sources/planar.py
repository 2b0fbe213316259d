"""Small sets of points, made on the spot, whose whole input space can be seen at once.

All of them draw from NumPy's legacy generator: its streams are frozen, so a seed gives the same points for ever.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from engine.data.dataset import Dataset, Target
from engine.data.source import DataSource
from engine.declaration import field


def _m(default: int = 400) -> Any:
    return field(default, ge=10, le=100_000, log=True, label="m", unit="examples", help="Number of examples m.")


def _seed(default: int = 1) -> Any:
    text = "Start of the random numbers; the same seed gives the same points."
    return field(default, ge=0, le=2**32 - 1, slider=(0, 100), help=text)


def _noise(default: float, help: str = "Standard deviation of the noise added to each coordinate.") -> Any:
    return field(default, ge=0, le=2, slider=(0, 1), help=help)


def _balance() -> Any:
    return field(0.5, ge=0.02, le=0.98, label="Class balance", help="Share of class 1; 0.5 for as many of each.")


def _evenness() -> Any:
    text = "Size of the last class beside the first, in equal factors from class to class; 1 for as many of each."
    return field(1.0, ge=0.02, le=1, label="Class balance", help=text)


class PlanarSource(DataSource):
    """Base of the sets made from a formula."""

    prefix: ClassVar[str] = "planar"
    category: ClassVar[str] = "Planar"

    m: int = _m()
    noise: float = _noise(0.1)
    seed: int = _seed()

    def load(self) -> Dataset:
        """Draw the points."""
        x, y = self.points(np.random.RandomState(self.seed))
        if np.issubdtype(y.dtype, np.integer):
            names = tuple(str(label) for label in range(self.class_count()))
            target = Target("y", "classes", y.astype(np.int64), class_names=names)
        else:
            target = Target("y", "values", y[:, None], columns=("y",))
        columns = ("x",) if x.shape[1] == 1 else tuple(f"x{i + 1}" for i in range(x.shape[1]))
        return Dataset({"x": x}, {"y": target}, columns={"x": columns})

    def points(self, random: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
        """Inputs (m, n_x), and labels (m,) as integers or values (m,) as floats."""
        raise NotImplementedError

    def class_count(self) -> int:
        """Number of classes."""
        return 2


class Moons(PlanarSource, kind="moons"):
    """Two half moons, one hooked into the other.

    The same points as scikit-learn's `make_moons(m, noise=noise, random_state=seed)`.
    """

    noise: float = _noise(0.15)
    balance: float = _balance()

    def points(self, random: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
        outer, inner = (np.linspace(0, np.pi, count) for count in _balanced(_even(self.m, 2)[::-1], self.balance))
        x = np.vstack([np.c_[np.cos(outer), np.sin(outer)], np.c_[1 - np.cos(inner), 1 - np.sin(inner) - 0.5]])
        return _shuffled(random, x, np.repeat([0, 1], [len(outer), len(inner)]), self.noise)


class Circles(PlanarSource, kind="circles"):
    """A small circle inside a large one.

    The same points as scikit-learn's `make_circles(m, noise=noise, factor=factor, random_state=seed)`.
    """

    noise: float = _noise(0.08)
    factor: float = field(0.5, ge=0.05, le=0.95, help="Radius of the inner circle; the outer one has radius 1.")
    balance: float = _balance()

    def points(self, random: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
        counts = _balanced(_even(self.m, 2)[::-1], self.balance)
        outer, inner = (np.linspace(0, 2 * np.pi, count, endpoint=False) for count in counts)
        x = np.vstack([np.c_[np.cos(outer), np.sin(outer)], self.factor * np.c_[np.cos(inner), np.sin(inner)]])
        return _shuffled(random, x, np.repeat([0, 1], [len(outer), len(inner)]), self.noise)


class Blobs(PlanarSource, kind="blobs"):
    """Round clouds with their centres evenly on a circle of radius 0.7."""

    noise: float = _noise(0.15, help="Standard deviation of each cloud.")
    classes: int = field(2, ge=2, le=10, help="Number of clouds; each is a class.")
    evenness: float = _evenness()

    def points(self, random: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
        y = np.repeat(np.arange(self.classes), _uneven(self.m, self.classes, self.evenness))
        angle = np.pi / 4 + 2 * np.pi * y / self.classes
        return _shuffled(random, 0.7 * np.c_[np.cos(angle), np.sin(angle)], y, self.noise)

    def class_count(self) -> int:
        return self.classes


class Xor(PlanarSource, kind="xor", label="XOR"):
    """Four quadrants: the class is 1 where exactly one of x1 and x2 is positive.

    Before the noise, no point is closer than 0.1 to an axis.
    """

    noise: float = _noise(0.05)
    balance: float = _balance()

    def points(self, random: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
        quadrant = np.arange(self.m) % 4
        if self.balance != 0.5:
            zeros, ones = (np.arange(count) % 2 for count in _balanced(_even(self.m, 2), self.balance))
            quadrant = np.concatenate([3 * zeros, 1 + ones])
        signs = np.c_[1 - 2 * (quadrant % 2), 1 - 2 * (quadrant // 2)]
        x = signs * random.uniform(0.1, 1, (self.m, 2))
        return _shuffled(random, x, (signs[:, 0] != signs[:, 1]).astype(int), self.noise)


class Spirals(PlanarSource, kind="spirals"):
    """Arms that wind out of the centre into each other; each arm is a class.

    x = r (sin t, cos t) with r from 0.05 to 1 and t = 2π (turns · r + class / classes) + noise
    """

    noise: float = _noise(0.2, help="Standard deviation of the noise added to the angle, in radians.")
    classes: int = field(2, ge=2, le=8, help="Number of arms.")
    turns: float = field(1.0, ge=0.1, le=5, help="Number of times an arm winds around the centre.")
    evenness: float = _evenness()

    def points(self, random: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
        counts = _uneven(self.m, self.classes, self.evenness)
        y = np.repeat(np.arange(self.classes), counts)
        r = np.concatenate([np.linspace(0.05, 1, count) for count in counts])
        t = 2 * np.pi * (self.turns * r + y / self.classes) + self.noise * random.standard_normal(self.m)
        return _shuffled(random, np.c_[r * np.sin(t), r * np.cos(t)], y, 0)

    def class_count(self) -> int:
        return self.classes


class Flower(PlanarSource, kind="flower"):
    """The flower of the course: petals of two classes, which no straight line separates.

    r = 4 sin(4t) + noise, x = r (sin t, cos t), where t runs from 0 to 3.12 for class 0 and on to 6.24 for class 1

    With the default settings these are the very arrays of the course (deeplearning.ai, course 1, week 3).
    """

    noise: float = _noise(0.2, help="Standard deviation of the noise added to the angle and to the radius.")
    balance: float = _balance()

    def points(self, random: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
        petals = []
        counts = _balanced(_even(self.m, 2), self.balance)
        for label, count in enumerate(counts):
            # The order of the draws, angle before radius and class by class, is the course's.
            t = np.linspace(label * 3.12, (label + 1) * 3.12, count) + random.randn(count) * self.noise
            r = 4 * np.sin(4 * t) + random.randn(count) * self.noise
            petals.append(np.c_[r * np.sin(t), r * np.cos(t)])
        return np.vstack(petals), np.repeat([0, 1], counts)


class Checkerboard(PlanarSource, kind="checkerboard"):
    """Squares of two classes in turn, from -1 to 1."""

    noise: float = _noise(0.0)
    cells: int = field(4, ge=2, le=12, help="Number of squares along one side.")
    balance: float = _balance()

    def points(self, random: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
        x = random.uniform(-1, 1, (self.m, 2))
        y = np.floor((x + 1) / 2 * self.cells).astype(int).sum(axis=1) % 2
        if self.balance != 0.5:
            wanted = random.permutation(np.repeat([0, 1], _balanced(_even(self.m, 2), self.balance)))
            side = 2 / self.cells  # the square beside one has the other class
            step = np.where(x[:, 0] + side < 1, side, -side)
            x[:, 0] += np.where(y != wanted, step, 0)
            y = wanted
        return x + self.noise * random.standard_normal(x.shape), y


class Plane(PlanarSource, kind="plane"):
    """A sloping plane: the simplest regression, which a single linear unit solves.

    y = 0.8 x1 - 0.5 x2 + 0.1 + noise
    """

    noise: float = _noise(0.1, help="Standard deviation of the noise added to y.")

    def points(self, random: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
        x = random.uniform(-1, 1, (self.m, 2))
        return x, x @ [0.8, -0.5] + 0.1 + self.noise * random.standard_normal(self.m)


class Sine(PlanarSource, kind="sine"):
    """A wave to be fitted: regression from one number to one number.

    y = sin(π · waves · x) + noise, with x between -1 and 1
    """

    noise: float = _noise(0.1, help="Standard deviation of the noise added to y.")
    waves: float = field(1.0, ge=0.1, le=10, help="Number of full waves between x = -1 and x = 1.")

    def points(self, random: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
        x = random.uniform(-1, 1, (self.m, 1))
        return x, np.sin(np.pi * self.waves * x[:, 0]) + self.noise * random.standard_normal(self.m)


def _even(m: int, parts: int) -> list[int]:
    """Share m examples out as evenly as can be; the first parts get the rest."""
    return [m // parts + (i < m % parts) for i in range(parts)]


def _balanced(counts: list[int], balance: float) -> list[int]:
    """Sizes of two classes; as they are for a share of one half."""
    if balance == 0.5:
        return counts
    m = sum(counts)
    ones = min(max(round(balance * m), 1), m - 1)
    return [m - ones, ones]


def _uneven(m: int, classes: int, evenness: float) -> list[int]:
    """Sizes of classes that shrink by equal factors; the last is `evenness` times the first, and none is empty."""
    if evenness == 1:
        return _even(m, classes)
    weights = evenness ** (np.arange(classes) / (classes - 1))
    ends = np.round(np.cumsum(weights / weights.sum()) * (m - classes)).astype(int)
    return (np.diff(ends, prepend=0) + 1).tolist()


def _shuffled(
    random: np.random.RandomState, x: np.ndarray, y: np.ndarray, noise: float
) -> tuple[np.ndarray, np.ndarray]:
    """Shuffle, then add noise: the order in which scikit-learn draws."""
    order = np.arange(len(x))
    random.shuffle(order)
    return x[order] + noise * random.standard_normal(x.shape), y[order]
