"""Filling and standardizing with the statistics of the training part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.data.dataset import Fill
from engine.data.outliers import Fences


@dataclass(frozen=True, eq=False)
class Scaling:
    """How one array is brought to a scale a network learns easily from, and back.

    scaled = (x - μ) / σ, entry by entry of the last axis: a column, a channel of an image, a feature of a sequence

    Where an entry is not to be standardized μ = 0 and σ = 1; where it is constant in the training part σ = 1 too, so
    that it becomes 0.
    """

    mu: np.ndarray
    sigma: np.ndarray
    fill: np.ndarray
    """What stands in for a missing value, in original units."""
    constant: tuple[int, ...] = ()
    """Entries that are the same in every training row."""
    empty: tuple[int, ...] = ()
    """Entries without any value in the training part; filled with 0."""
    fences: Fences | None = None
    """Where outliers are clipped, in original units; only flat inputs have them."""

    @classmethod
    def none(cls, width: int) -> Scaling:
        """Numbers that are left as they are, without gaps: pixels."""
        return cls(np.zeros(width), np.ones(width), np.zeros(width))

    @classmethod
    def of(
        cls,
        train: np.ndarray,
        standardize: bool,
        fill: Fill,
        as_is: np.ndarray | None = None,
        fences: Fences | None = None,
    ) -> Scaling:
        """Compute the statistics of the training part (m, *shape); with fences, of what is left after clipping."""
        width = train.shape[-1]
        train = fences.clip(train) if fences else train
        train, filler, empty = _filled(train, fill)
        active = np.broadcast_to(standardize & ~np.asarray(False if as_is is None else as_is), width)
        if not active.any():
            return cls(np.zeros(width), np.ones(width), filler, (), empty, fences)
        # First over the examples, then over the places of an image: sums along a long inner axis are much faster.
        flat = train.reshape(len(train), -1)
        mean = flat.mean(axis=0, dtype=np.float64).reshape(-1, width)
        variance = flat.var(axis=0, dtype=np.float64).reshape(-1, width)
        high = flat.max(axis=0).reshape(-1, width).max(axis=0)
        low = flat.min(axis=0).reshape(-1, width).min(axis=0)
        mu = mean.mean(axis=0)
        sigma = np.sqrt((variance + (mean - mu) ** 2).mean(axis=0))
        # By the range, not by σ == 0: rounding leaves a constant column a tiny σ, and dividing by it makes noise.
        same = high - low <= 8 * np.finfo(train.dtype).eps * np.maximum(np.abs(high), np.abs(low))
        mu = np.where(active, np.where(same, low, mu), 0.0)
        sigma = np.where(active & ~same & (sigma > 0), sigma, 1.0)
        return cls(mu, sigma, filler, tuple(np.flatnonzero(active & same).tolist()), empty, fences)

    def apply(self, raw: np.ndarray) -> np.ndarray:
        """Clip outliers where that was asked for, fill what is missing (NaN) and scale; the dtype stays."""
        raw = self.fences.clip(raw) if self.fences else raw
        missing = np.isnan(raw)
        filled = np.where(missing, self.fill.astype(raw.dtype), raw) if missing.any() else raw
        if self.is_identity:
            return filled
        scaled = filled - self.mu.astype(raw.dtype)
        scaled /= self.sigma.astype(raw.dtype)
        return scaled

    def undo(self, scaled: np.ndarray) -> np.ndarray:
        """Back to original units."""
        return scaled if self.is_identity else scaled * self.sigma + self.mu

    @property
    def is_identity(self) -> bool:
        """Nothing is scaled."""
        return not self.mu.any() and bool((self.sigma == 1).all())


SAMPLE = 50_000
"""Rows from which the middle of a column without gaps is taken."""


def _filled(train: np.ndarray, fill: Fill) -> tuple[np.ndarray, np.ndarray, tuple[int, ...]]:
    """The training part without gaps, what fills a gap of each entry, and the entries that are nothing but gaps."""
    width = train.shape[-1]
    missing = np.isnan(train)
    middle = np.median if fill == "median" else np.mean
    if not missing.any():
        # Gaps may still come in another part or in new rows; of images none do.
        known = train[:SAMPLE] if train.ndim == 2 else np.zeros((1, width))
        return train, middle(known, axis=0).astype(np.float64), ()
    rows, known = train.reshape(-1, width), ~missing.reshape(-1, width)
    filler = np.array([middle(rows[known[:, j], j]) if known[:, j].any() else 0.0 for j in range(width)])
    empty = tuple(np.flatnonzero(~known.any(axis=0)).tolist())
    return np.where(missing, filler.astype(train.dtype), train), filler, empty
