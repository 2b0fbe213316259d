"""The curve of an activation function and of its slope."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.activation import ActivationFunction
from engine.backend import NUMPY
from engine.compiler import BoundProgram
from engine.program import Program, Scope


@dataclass(frozen=True, eq=False, slots=True)
class Curve:
    """g and g′ over z."""

    z: np.ndarray
    g: np.ndarray
    slope: np.ndarray


def activation_curve(function: ActivationFunction, z: np.ndarray) -> Curve | None:
    """g(z) and g′(z), by the operations that a network runs.

    Args:
        function: The activation function.
        z: Values (k,).

    Returns:
        The curve, or None for a function that looks at several units at once, as softmax does.
    """
    columns = np.stack([z, np.zeros_like(z), np.ones_like(z)], 1)
    a, slope = _run(function, columns)
    moved = columns.copy()
    moved[:, 1] = 3.0
    if not np.array_equal(_run(function, moved)[0][:, 0], a[:, 0], equal_nan=True):
        return None
    return Curve(z, a[:, 0], slope[:, 0])


def _run(function: ActivationFunction, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    program = Program(len(z), training=False)
    given, ones = program.buffer("f/z", z.shape), program.buffer("f/ones", z.shape)
    scope = Scope(program, "f", (given,), (True,))
    a = function.forward(scope, given)
    scope.name("A", a)
    program.phase = "backward"
    dz = function.backward(scope, given, ones)
    bound = BoundProgram(program, NUMPY, np.dtype(np.float64), {}, np.random.default_rng(0))
    given.resolve()[...], ones.resolve()[...] = z, 1.0
    with np.errstate(all="ignore"):
        bound.run(*program.phases)
    return a.resolve().copy(), dz.resolve().copy()
