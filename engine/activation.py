"""The base of all activation functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.declaration import Declaration

if TYPE_CHECKING:
    from engine.program import Buffer, Scope


class ActivationFunction(Declaration, family=True):
    """Base of all activation functions A = g(Z)."""

    def forward(self, p: Scope, z: Buffer) -> Buffer:
        """Append A = g(Z) and return A, which is named "A"."""
        raise TypeError(f"{type(self).__name__} does not say how it is computed.")

    def backward(self, p: Scope, z: Buffer, da: Buffer) -> Buffer:
        """Append dZ = dA · g'(Z) and return dZ; A is found at `p["A"]`."""
        raise TypeError(f"{type(self).__name__} does not say its derivative.")
