"""The base of all losses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from engine.declaration import Declaration
from engine.fixes import Change
from engine.shapes import Shape
from engine.surroundings import Place, Remark

if TYPE_CHECKING:
    from engine.program import Buffer, Scope

Task = Literal["binary", "classes", "values"]
"""Two classes from one logit, several classes from one logit each, or real numbers."""


class Loss(Declaration, family=True):
    """Base of all losses: the mean over m examples of how far Z is from Y, as operations.

    `cost`, `gradient` and `predict` each append their operations; `gradient` may use the buffers that `cost` named.
    """

    task: ClassVar[Task] = "values"
    samples: ClassVar[tuple[Shape, ...]] = ((1,), (3,))
    """Shapes of Z with which the contract test tries the loss."""
    doubled: ClassVar[tuple[str, ...]] = ()
    """Activation functions that must not stand before it, since it applies one itself."""
    mixable: ClassVar[bool] = True
    """Targets between two classes make sense, as `Mixup` makes them."""
    symbol: ClassVar[str] = "Z"
    """The function from Z to the prediction, as the canvas shows it."""
    textbook: ClassVar[dict[str, str]] = {}
    """By buffer, such as "J" and "dZ": the formula as the course writes it, for `engine.explaining.textbook`, where the
    operations take a detour for the sake of rounding. A test holds it against what they compute."""

    def prediction_shape(self, z: Shape) -> Shape:
        """Shape of one prediction. Raises ShapeError where the loss cannot take Z."""
        return z

    def cost(self, p: Scope, z: Buffer, y: Buffer) -> Buffer:
        """Append the mean loss; return the buffer of that one number."""
        raise TypeError(f"{type(self).__name__} does not say how it is computed.")

    def gradient(self, p: Scope, z: Buffer, y: Buffer, scale: float) -> Buffer:
        """Append dZ = scale · ∂(mean loss)/∂Z."""
        raise TypeError(f"{type(self).__name__} does not say its gradient.")

    def predict(self, p: Scope, z: Buffer) -> Buffer:
        """Append Ŷ."""
        return z

    def remarks(self, place: Place) -> Iterator[Remark]:
        """By default: that the layer before it applies an activation function which the loss applies itself."""
        for source in place.sources:
            activation = getattr(source.layer, "activation", None)
            if activation is not None and activation.kind in self.doubled:
                yield Remark(
                    f"{source.name} ends in {activation.label}, and {self.label} of {place.title} applies "
                    f"{self.symbol} itself. Set the activation of {source.title} to Linear.",
                    (Change("Set the activation of {node} to Linear", {"activation": "linear"}, (source.id,)),),
                    node=source.id,
                )

    def encode(self, target: np.ndarray, z: Shape) -> np.ndarray:
        """Turn the targets of the data into what a batch takes rows of.

        Args:
            target: Labels (m,) of whole numbers, or values (m, k).
            z: Shape of one example of Z.

        Returns:
            (m, *z) numbers, or (m,) labels where the loss wants one of several classes.

        Raises:
            ValueError: the targets do not fit; a plain sentence says why.
        """
        values = np.asarray(target, np.float64)
        values = values.reshape(len(values), *([1] if values.ndim == 1 else values.shape[1:]))
        if values.shape[1:] != z:
            raise ValueError(
                f"{self.label} gets outputs of shape {z} but targets of shape {values.shape[1:]}. "
                f"Give the last layer {_units(values.shape[1:])}."
            )
        return values

    def metrics(self, prediction: np.ndarray, target: np.ndarray) -> dict[str, float]:
        """Figures beside the cost, by name; `accuracy` for classes.

        Args:
            prediction: Ŷ (m, …).
            target: What `encode` returned for the same examples.
        """
        error = prediction - target
        squares = float(np.square(error).mean())
        variance = float(np.square(target - target.mean(0)).mean())
        return {
            "mae": float(np.abs(error).mean()),
            "rmse": squares**0.5,
            "r2": 1 - squares / variance if variance > 0 else 0.0,
        }


def _units(shape: tuple[int, ...]) -> str:
    if len(shape) != 1:
        return f"outputs of shape {shape}"
    return f"{shape[0]} unit{'s' if shape[0] != 1 else ''}"
