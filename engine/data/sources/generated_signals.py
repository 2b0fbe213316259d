"""Signals, textures and volumes made on the spot: something for convolutions over one, two and three axes."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from engine.data.dataset import Dataset, Target
from engine.data.source import DataSource
from engine.declaration import field


def _m(default: int) -> Any:
    return field(default, ge=10, le=100_000, log=True, label="m", unit="examples", help="Number of examples m.")


def _size(default: int, largest: int) -> Any:
    return field(default, ge=8, le=largest, log=True, help="Sizes of one example along each axis.")


class GeneratedSource(DataSource):
    """Base of the generated sets: a class for each kind of pattern, noise on top; nothing is standardized."""

    prefix: ClassVar[str] = "generated"
    category: ClassVar[str] = "Generated"

    m: int = _m(600)
    noise: float = field(0.2, ge=0, le=5, slider=(0, 1), help="Standard deviation of the noise on every value.")
    seed: int = field(1, ge=0, le=2**32 - 1, slider=(0, 100), help="Start of the random numbers.")

    def load(self) -> Dataset:
        """Draw the examples; the classes come in turn."""
        random = np.random.RandomState(self.seed)
        names = self.class_names()
        labels = np.arange(self.m) % len(names)
        x = np.stack([self.example(int(label), random) for label in labels]).astype(np.float32)
        x += (self.noise * random.standard_normal(x.shape)).astype(np.float32)
        target = Target("y", "classes", labels.astype(np.int64), class_names=names)
        return Dataset({"x": x}, {"y": target}, as_is={"x": np.array(True)})

    def class_names(self) -> tuple[str, ...]:
        """What the classes are called."""
        raise TypeError(f"{type(self).__name__} does not name its classes.")

    def example(self, label: int, random: np.random.RandomState) -> np.ndarray:
        """One example of a class, without noise."""
        raise TypeError(f"{type(self).__name__} does not say what an example is.")


class Waves(GeneratedSource, kind="waves"):
    """Signals of four shapes: sine, square, sawtooth and chirp, of any phase and of several frequencies.

    Shape: (size, 1)
    """

    size: int = _size(64, 4_096)

    def class_names(self) -> tuple[str, ...]:
        return ("sine", "square", "sawtooth", "chirp")

    def example(self, label: int, random: np.random.RandomState) -> np.ndarray:
        t = np.arange(self.size) / self.size
        phase, frequency = random.uniform(0, 1), random.uniform(3, 5)
        turns = phase + frequency * t
        sine = np.sin(2 * np.pi * turns)
        signal = (
            sine,
            np.sign(sine),
            2 * (turns % 1) - 1,
            np.sin(2 * np.pi * (phase + 1.5 * t + 1.5 * frequency * t * t)),
        )[label]
        return signal[:, None]


class Textures(GeneratedSource, kind="textures"):
    """Images of stripes: each class has a direction, a width and (with three channels) a colour of its own.

    Shape: (size, size, channels)
    """

    m: int = _m(200)
    size: int = _size(32, 512)
    channels: int = field(3, ge=1, le=3, help="1 for grey, 3 for colour.")
    classes: int = field(4, ge=2, le=1_000, help="Number of classes.")

    def class_names(self) -> tuple[str, ...]:
        return tuple(f"stripes {k + 1}" for k in range(self.classes))

    def example(self, label: int, random: np.random.RandomState) -> np.ndarray:
        share = label / self.classes
        angle = np.pi * share + random.uniform(-0.05, 0.05)
        row, column = np.mgrid[: self.size, : self.size] / self.size
        along = np.cos(angle) * column + np.sin(angle) * row
        stripes = 0.5 + 0.5 * np.sin(2 * np.pi * ((3 + label % 3) * along + random.uniform(0, 1)))
        tint = 0.6 + 0.4 * np.cos(2 * np.pi * (share + np.arange(self.channels) / 3))
        return stripes[..., None] * (tint if self.channels > 1 else 1.0)


class Volumes(GeneratedSource, kind="volumes"):
    """Volumes with one body somewhere in them: a ball, a cube or a tube.

    Shape: (size, size, size, 1)
    """

    m: int = _m(300)
    size: int = _size(12, 64)

    def class_names(self) -> tuple[str, ...]:
        return ("ball", "cube", "tube")

    def example(self, label: int, random: np.random.RandomState) -> np.ndarray:
        radius = self.size * random.uniform(0.2, 0.3)
        centre = random.uniform(radius, self.size - radius, 3)
        offsets = np.mgrid[: self.size, : self.size, : self.size] + 0.5 - centre[:, None, None, None]
        distance = np.sqrt((offsets**2).sum(axis=0))
        across = np.sqrt((offsets[random.permutation(3)[:2]] ** 2).sum(axis=0))
        body = (distance < radius, np.abs(offsets).max(axis=0) < 0.85 * radius, across < 0.6 * radius)[label]
        return body[..., None].astype(float)
