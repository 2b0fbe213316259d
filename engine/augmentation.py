"""The base of all augmentations: how examples of the training part are changed at random, anew in every batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine.declaration import Declaration, field

FACTS_FROM = 1_000
"""Examples of the training part from which the statistics are taken."""
SHAPE_WORDS = {1: "flat inputs (n,)", 2: "signals (T, n_x)", 3: "images (n_H, n_W, n_C)", 4: "volumes (…, n_C)"}


@dataclass(frozen=True, eq=False, slots=True)
class InputFacts:
    """Statistics of one input of the training part; each has an entry per channel (of a flat input, per column)."""

    low: np.ndarray
    high: np.ndarray
    mean: np.ndarray
    sigma: np.ndarray
    principal: np.ndarray
    """(n_C, n_C): row i is the i-th principal direction of the channels, as long as its standard deviation."""

    @classmethod
    def of(cls, examples: np.ndarray) -> InputFacts:
        """Measure some examples (m, …, n_C)."""
        values = np.asarray(examples, np.float64).reshape(-1, examples.shape[-1])
        mean, sigma = values.mean(0), values.std(0)
        if values.shape[1] > 16 or examples.ndim < 4:
            principal = np.diag(sigma)
        else:
            variances, directions = np.linalg.eigh(np.cov(values.T, bias=True).reshape(values.shape[1], -1))
            principal = np.sqrt(np.maximum(variances, 0))[:, None] * directions.T
        return cls(values.min(0), values.max(0), mean, sigma, principal)

    def clip(self, x: np.ndarray) -> None:
        """Bring examples back into the range, in place."""
        low, high = self.low.astype(x.dtype), self.high.astype(x.dtype)
        if (low == low[0]).all() and (high == high[0]).all():
            low, high = low[0], high[0]  # much faster than a bound for each channel
        np.clip(x, low, high, out=x)

    @property
    def range(self) -> np.ndarray:
        """Highest less lowest value."""
        return self.high - self.low


class Augmentation(Declaration, family=True):
    """Base of all augmentations. A new one is one class in a file of `engine/augmentations/`.

    Each example of a batch is changed with its probability, by numbers drawn anew for it. Only batches of the training
    part are changed; measuring never is. Source: course 2, week 1; course 4, week 2.
    """

    axes: ClassVar[tuple[int, ...]] = (3,)
    """Numbers of axes that an example may have: 1 flat, 2 signal, 3 image, 4 volume; channels come last."""

    on: bool = field(True, help="Use it; what is off is kept with its settings.", hidden=True)
    probability: float = field(1.0, help="Share of the examples that are changed.", ge=0, le=1)

    def change(self, x: np.ndarray, random: np.random.Generator, facts: InputFacts) -> None:
        """Change examples in place.

        Args:
            x: (m, …, n_C), scaled as the network takes them.
            random: Draws the same for the same step of a run.
            facts: Statistics of the training part.
        """
        raise NotImplementedError

    def chosen(self, random: np.random.Generator, m: int) -> np.ndarray:
        """Places of the examples that are changed."""
        return np.flatnonzero(random.random(m) < self.probability)


def per_example(values: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Numbers (m,) or (m, n_C) in a shape that meets examples (m, …, n_C), in their dtype."""
    if values.ndim == 2 and (values == values[:, :1]).all():
        values = values[:, 0]  # one number an example meets them three times as fast as one a channel
    channels = values.shape[1:] or (1,)
    return values.reshape(len(values), *(1,) * (x.ndim - 2), *channels).astype(x.dtype)
