"""Changes of the values: light and colour of images, noise, loudness, parts blotted out, examples mixed."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from engine.augmentation import Augmentation, InputFacts, per_example
from engine.declaration import field


class Tone(Augmentation):
    """Base of the augmentations of light and colour: the result stays within the range of the training part."""

    strength: float = field(0.2, help="Share by which it changes at most.", gt=0, le=1)

    def change(self, x: np.ndarray, random: np.random.Generator, facts: InputFacts) -> None:
        rows = self.chosen(random, len(x))
        drawn = random.uniform(-1, 1, (len(x), x.shape[-1]))[rows] * self.strength
        y = x[rows]
        self.tone(y, drawn, facts)
        facts.clip(y)
        x[rows] = y

    def tone(self, x: np.ndarray, drawn: np.ndarray, facts: InputFacts) -> None:
        """Change all of x in place, by numbers (m, n_C) from −strength to strength."""
        raise NotImplementedError


class Brightness(Tone, kind="brightness", category="Colour"):
    """Lighter or darker: all channels change by the same share of their range."""

    def tone(self, x: np.ndarray, drawn: np.ndarray, facts: InputFacts) -> None:
        x += per_example(drawn[:, :1] * facts.range, x)


class Contrast(Tone, kind="contrast", category="Colour"):
    """More or less contrast: the distance from the mean of the picture is scaled."""

    def tone(self, x: np.ndarray, drawn: np.ndarray, facts: InputFacts) -> None:
        mean = x.mean(tuple(range(1, x.ndim - 1)), keepdims=True)
        x -= mean
        x *= per_example(1 + drawn[:, 0], x)
        x += mean


class ColourShift(Tone, kind="colour_shift", category="Colour"):
    """Another tint: each channel gets lighter or darker on its own."""

    strength: float = field(0.1, help="Share of its range by which a channel changes at most.", gt=0, le=1)

    def tone(self, x: np.ndarray, drawn: np.ndarray, facts: InputFacts) -> None:
        x += per_example(drawn * facts.range, x)


class PcaColour(Augmentation, kind="pca_colour", category="Colour", label="PCA colour"):
    """Another light, along the principal directions of the colours of the training part (Krizhevsky and others 2012).

    x + Σ_i a_i √λ_i p_i with a_i ~ N(0, strength²), λ and p of the covariance of the channels
    """

    strength: float = field(0.1, help="Standard deviation, in those of the principal directions.", gt=0, le=2)

    def change(self, x: np.ndarray, random: np.random.Generator, facts: InputFacts) -> None:
        rows = self.chosen(random, len(x))
        drawn = random.standard_normal((len(x), x.shape[-1]))[rows] * self.strength
        y = x[rows] + per_example(drawn @ facts.principal, x)
        facts.clip(y)
        x[rows] = y


class Cutout(Augmentation, kind="cutout", category="Parts"):
    """A square is blotted out with the mean colour, so that no single detail decides (DeVries and Taylor 2017)."""

    probability: float = field(0.5, help="Share of the examples that are changed.", ge=0, le=1)
    strength: float = field(0.3, label="Size", help="Side of the square, as a share of the picture's.", gt=0, le=1)

    def change(self, x: np.ndarray, random: np.random.Generator, facts: InputFacts) -> None:
        rows = self.chosen(random, len(x))
        hidden = np.ones((len(rows), 1, 1), np.bool_)
        for axis, extent in enumerate(x.shape[1:3]):
            side = max(1, round(self.strength * extent))
            middle = random.integers(0, extent, len(x))[rows]  # squares may reach over the border, as in the paper
            from_start = np.arange(extent) - (middle - side // 2)[:, None]
            inside = (from_start >= 0) & (from_start < side)
            hidden = hidden & (inside[:, :, None] if axis == 0 else inside[:, None, :])
        x[rows] = np.where(hidden[..., None], facts.mean.astype(x.dtype), x[rows])


class Noise(Augmentation, kind="noise", category="Values"):
    """Random numbers are added to every value."""

    axes: ClassVar[tuple[int, ...]] = (1, 2, 3, 4)

    strength: float = field(0.05, help="Standard deviation, as a share of that of the input.", gt=0, le=5, log=True)

    def change(self, x: np.ndarray, random: np.random.Generator, facts: InputFacts) -> None:
        rows = self.chosen(random, len(x))
        noise = random.standard_normal(x.shape, np.float32)[rows]
        x[rows] += noise.astype(x.dtype, copy=False) * (self.strength * facts.sigma).astype(x.dtype)


class Loudness(Augmentation, kind="loudness", category="Values"):
    """A louder or softer signal: all its values are multiplied by the same number."""

    axes: ClassVar[tuple[int, ...]] = (2,)

    strength: float = field(0.2, help="Share by which it grows or shrinks at most.", gt=0, le=1)

    def change(self, x: np.ndarray, random: np.random.Generator, facts: InputFacts) -> None:
        rows = self.chosen(random, len(x))
        factors = 1 + self.strength * random.uniform(-1, 1, len(x))[rows]
        x[rows] *= per_example(factors, x)


class Mixup(Augmentation, kind="mixup", category="Parts"):
    """Two examples blended, and their targets likewise (Zhang and others 2017).

    x = λ x_i + (1 − λ) x_j, y = λ y_i + (1 − λ) y_j with λ ~ Beta(α, α) and j another example of the batch
    """

    axes: ClassVar[tuple[int, ...]] = (1, 2, 3, 4)

    strength: float = field(0.2, label="α", help="Near 0 one example prevails; 1 draws λ evenly.", gt=0, le=8, log=True)

    def draw(self, random: np.random.Generator, m: int) -> tuple[np.ndarray, np.ndarray]:
        """For each of m examples its partner j, and λ ≥ ½; 1 where nothing is mixed."""
        chosen = self.chosen(random, m)
        partner = random.permutation(m)
        drawn = random.beta(self.strength, self.strength, m)
        share = np.ones(m)
        share[chosen] = np.maximum(drawn, 1 - drawn)[chosen]
        return partner, share

    def change(self, x: np.ndarray, random: np.random.Generator, facts: InputFacts) -> None:
        mix(x, *self.draw(random, len(x)))


def mix(values: np.ndarray, partner: np.ndarray, share: np.ndarray) -> None:
    """Blend inputs or targets (m, …) with those of their partners, in place."""
    shares = share.reshape(-1, *(1,) * (values.ndim - 1)).astype(values.dtype)
    values[...] = shares * values + (1 - shares) * values[partner]
