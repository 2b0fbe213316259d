"""How a design is trained."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import model_serializer

from engine import augmentations as _  # noqa: F401  declares every augmentation
from engine.augmentation import Augmentation
from engine.declaration import Settings, field
from engine.optimizer import Optimizer
from engine.optimizers.basic import Adam


class TrainingSettings(Settings):
    """Everything that decides a run, beside the design and the data."""

    optimizer: Optimizer = field(Adam(learning_rate=0.01), help="How a step moves the parameters.")
    batch_size: int = field(
        32, help="Examples in a step; 0 takes all of the training part.", unit="examples", ge=0, log=True, live=True
    )
    epochs: int = field(100, help="Passes over the training part.", ge=0, le=10_000_000, log=True, live=True)
    l2: float = field(0.0, label="L2 λ", help="(λ/2m) Σ‖W‖² is added to the cost.", ge=0, log=True, live=True)
    l1: float = field(0.0, label="L1 λ", help="(λ/2m) Σ|W| is added to the cost.", ge=0, log=True, live=True)
    shuffle: bool = field(True, help="Draw the batches in a new order each epoch.")
    seed: int = field(0, help="Decides the first weights, the batches and dropout.", ge=0, le=2**31 - 1)
    dtype: Literal["float32", "float64"] = field(
        "float32", label="Precision", help="Precision of all computed numbers."
    )
    evaluate_every: int = field(
        0,
        help="Measure the train and dev parts after this many epochs; 0 chooses so that it costs about a twentieth.",
        unit="epochs",
        ge=0,
    )
    augmentations: tuple[Augmentation, ...] = field(
        (), help="How the examples of a batch are changed at random, one change after another.", live=True, hidden=True
    )

    @model_serializer(mode="plain")
    def _with_kind(self) -> dict[str, Any]:
        """Without augmentations nothing is said of them, so that older programs can read the file."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return values if self.augmentations else {n: value for n, value in values.items() if n != "augmentations"}
