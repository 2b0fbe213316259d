"""The base of all optimizers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.declaration import Declaration, field

if TYPE_CHECKING:
    from engine.program import Buffer, Scope


def learning_rate(default: float) -> float:
    """The field α, with the optimizer's own default."""
    return field(default, label="α", help="Learning rate: the size of a step.", gt=0, le=1e6, log=True, live=True)


class Optimizer(Declaration, family=True):
    """Base of all optimizers: how one step moves all parameters, as operations on flat arrays."""

    learning_rate: float = learning_rate(0.01)

    def slots(self) -> dict[str, int]:
        """Arrays kept between steps, by name, with how many numbers they hold per parameter."""
        return {}

    def scalars(self, step: int) -> dict[str, float]:
        """Numbers that change from step to step; the first step is 1. They are read through `p.live`."""
        return {}

    def update(self, p: Scope, theta: Buffer, gradient: Buffer) -> None:
        """Append the operations of one step.

        Args:
            p: Its `state` are the slots, (rows, P), and its `live` numbers are the scalars.
            theta: All trainable parameters, (P,), to be changed in place.
            gradient: Their gradients, (P,), to be left as they are.
        """
        raise TypeError(f"{type(self).__name__} does not say how it moves the parameters.")
