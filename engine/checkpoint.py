"""Checkpoints: everything needed to go on with a run as if it had never stopped."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Checkpoint:
    """The state of a run between two steps. Host arrays and plain values: it can be pickled and saved."""

    step: int
    epoch: int
    position: int
    """Examples of the current epoch that are done."""
    seed: int
    dtype: str
    weights: dict[str, np.ndarray]
    """Parameters and running averages, by `node/name`."""
    slots: dict[str, np.ndarray] = field(default_factory=dict)
    """Optimizer slots, by `slot/node/parameter`, each (rows, *shape)."""
    optimizer: str = ""
    """Kind of the optimizer that the slots belong to."""
    optimizer_steps: int = 0
    random: dict[str, Any] = field(default_factory=dict)
    """State of the generators: `batches` as it was when the current epoch began, `dropout` as it is."""
    epoch_cost: tuple[float, int] = (0.0, 0)
    """Sum and number of the costs of the current epoch."""
    evaluated: tuple[int, int] = (0, 0)
    """Step and epoch of the last evaluation."""
    partial: bool = False
    """Some weights and slots may be missing: a new run begins with those there are. Never saved; see `carry_over`."""

    def plain(self) -> dict[str, Any]:
        """Everything but the arrays, as JSON values."""
        return {
            "step": self.step,
            "epoch": self.epoch,
            "position": self.position,
            "seed": self.seed,
            "dtype": self.dtype,
            "optimizer": self.optimizer,
            "optimizer_steps": self.optimizer_steps,
            "random": self.random,
            "epoch_cost": list(self.epoch_cost),
            "evaluated": list(self.evaluated),
        }

    @classmethod
    def from_plain(
        cls, data: dict[str, Any], weights: dict[str, np.ndarray], slots: dict[str, np.ndarray]
    ) -> Checkpoint:
        """Inverse of `plain`. Raises KeyError, TypeError or ValueError for anything else."""
        cost_sum, cost_count = data["epoch_cost"]
        evaluated_step, evaluated_epoch = data["evaluated"]
        return cls(
            step=int(data["step"]),
            epoch=int(data["epoch"]),
            position=int(data["position"]),
            seed=int(data["seed"]),
            dtype=str(data["dtype"]),
            weights=weights,
            slots=slots,
            optimizer=str(data["optimizer"]),
            optimizer_steps=int(data["optimizer_steps"]),
            random=dict(data["random"]),
            epoch_cost=(float(cost_sum), int(cost_count)),
            evaluated=(int(evaluated_step), int(evaluated_epoch)),
        )
