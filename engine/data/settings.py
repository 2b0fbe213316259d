"""Which data, how it is split and how it is scaled: what a project file saves about its data."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from engine.data.source import DataSource
from engine.data.sources.planar import Moons
from engine.declaration import Settings, field


class DataSettings(Settings):
    """The data a network learns from, and its preparation."""

    source: DataSource = field(Moons(), help="Where the examples come from.")
    train: float = field(0.8, gt=0, le=1, label="Training part", help="Share of the examples the network learns from.")
    dev: float = field(0.2, ge=0, lt=1, label="Dev part", help="Share of the examples that settings are chosen by.")
    test: float = field(0.0, ge=0, lt=1, label="Test part", help="Share of the examples kept for the final judgement.")
    stratified: bool = field(True, help="Give every part the same mix of classes.")
    split_seed: int = field(0, ge=0, le=2**32 - 1, help="Start of the random numbers that split the examples.")
    standardize: bool = field(True, help="Subtract μ and divide by σ of the training part, for each number column.")
    standardize_target: bool = field(True, help="Do the same with the numbers to be predicted (regression only).")

    outliers: Literal["keep", "clip"] = field(
        "keep",
        help="What to do with values of a table that lie more than 3 interquartile ranges beyond the quartiles of the "
        "training part: keep them, or clip them to that distance.",
    )

    @model_validator(mode="after")
    def _shares_sum_to_one(self) -> Self:
        total = self.train + self.dev + self.test
        if abs(total - 1) > 1e-6:
            raise ValueError(
                f"the training, dev and test parts must sum to 1, but {self.train:g} + {self.dev:g} + {self.test:g} "
                f"is {total:g}"
            )
        return self
