"""Losses for classes (from logits) and for real numbers. Every one is a mean over the m examples."""

from __future__ import annotations

import numpy as np

from engine.activations.basic import softmax
from engine.declaration import field
from engine.fixes import Change, Insert, SetWidth
from engine.loss import Loss
from engine.program import Buffer, Scope
from engine.shapes import Shape, ShapeError, size


def _labels(target: np.ndarray, classes: int, loss: str) -> np.ndarray:
    """Whole-number labels from labels or one-hot rows, checked against the number of classes."""
    target = np.asarray(target)
    if target.ndim == 2 and target.shape[1] == 1:
        target = target[:, 0]
    if target.ndim == 2:
        target = target.argmax(1)
    labels = target.astype(np.int64)
    if not np.array_equal(labels, target):
        raise ValueError(f"{loss} needs whole-number labels, but the targets hold {target[labels != target][0]:g}.")
    if labels.size and not 0 <= labels.min() <= labels.max() < classes:
        raise ValueError(
            f"{loss} has {classes} outputs, so labels run from 0 to {classes - 1}, but the targets hold "
            f"{labels.min()} … {labels.max()}. Give the last layer {labels.max() + 1} units."
        )
    return labels


class BinaryCrossEntropy(Loss, kind="binary_cross_entropy"):
    """For two classes, or several independent yes/no answers, from logits.

    L = −(y log σ(z) + (1 − y) log(1 − σ(z))) = log(e^(z − y z) + e^(−y z)), averaged over examples and outputs;
    dZ = (σ(Z) − Y) / (m n)

    Never overflows: σ is not formed before the logarithm. Source: course 1, week 2.
    """

    task = "binary"
    symbol = "σ(Z)"
    textbook = {
        "J": "-sum(Y * log(sigmoid(Z)) + (1 - Y) * log(1 - sigmoid(Z))) / mn",
        "dZ": "(sigmoid(Z) - Y) / mn",
    }
    doubled = ("sigmoid", "softmax")

    def prediction_shape(self, z: Shape) -> Shape:
        if len(z) != 1:
            raise ShapeError(f"needs a flat input but gets {z}. Put a Flatten before it.", Insert("flatten"))
        return z

    def cost(self, p: Scope, z: Buffer, y: Buffer) -> Buffer:
        # log(1 + e^z) − y z as one logaddexp: the difference of the two, taken apart, would lose the small losses.
        part = p.multiply(z, y, "minus_yz")
        rest = p.subtract(z, part, "rest")
        p.negative(part, part)
        n = p.m * z.shape[1]
        losses = p.logaddexp(rest, part, "losses")
        total = p.matmul(p.ones(n), losses.reshape(n))
        return p.multiply(total, p.constant(1 / n), "J")

    def gradient(self, p: Scope, z: Buffer, y: Buffer, scale: float) -> Buffer:
        a = p.subtract(p["rest"], p["losses"], "dZ")
        p.exp(a, a)  # σ(z) = e^(z − y z − L)
        p.subtract(a, y, a)
        return p.multiply(a, p.constant(scale / (p.m * z.shape[1])), a)

    def predict(self, p: Scope, z: Buffer) -> Buffer:
        return p.sigmoid(z, "Y_hat")

    def encode(self, target: np.ndarray, z: Shape) -> np.ndarray:
        values = super().encode(_two_classes(target, z), z)
        if values.size and (values.min() < 0 or values.max() > 1):
            raise ValueError(
                f"{self.label} needs targets of 0 and 1, but they run from {values.min():g} to {values.max():g}. "
                "Take categorical cross-entropy for several classes, or mean squared error for values."
            )
        return values

    def metrics(self, prediction: np.ndarray, target: np.ndarray) -> dict[str, float]:
        return {"accuracy": float(((prediction > 0.5) == (target > 0.5)).mean())}


def _two_classes(target: np.ndarray, z: Shape) -> np.ndarray:
    """One column for one logit, also where the data gives two one-hot columns."""
    target = np.asarray(target)
    return target[:, 1:] if target.ndim == 2 and target.shape[1] == 2 and z == (1,) else target


class CategoricalCrossEntropy(Loss, kind="categorical_cross_entropy"):
    """For one of C classes, from logits.

    L = −log softmax(z)_y = log Σ e^z_j − z_y; dZ = (softmax(Z) − Y) / m with Y one-hot

    Source: course 2, week 3.
    """

    task = "classes"
    samples = ((2,), (4,))
    symbol = "softmax(Z)"
    textbook = {"J": "-sum(Y * log(softmax(Z))) / m", "dZ": "(softmax(Z) - Y) / m"}
    doubled = ("softmax", "sigmoid")

    def prediction_shape(self, z: Shape) -> Shape:
        if len(z) != 1:
            raise ShapeError(f"needs a flat input but gets {z}. Put a Flatten before it.", Insert("flatten"))
        if z[0] < 2:
            raise ShapeError(
                "needs one unit per class, at least 2, but gets 1. "
                "Give the last layer more units, or take binary cross-entropy.",
                SetWidth(2),
                Change("Take binary cross-entropy", {"loss": "binary_cross_entropy"}),
            )
        return z

    def cost(self, p: Scope, z: Buffer, y: Buffer) -> Buffer:
        shifted = p.subtract(z, p.max(z, -1), "shifted")
        exponentials = p.exp(shifted, "exponentials")
        total = p.sum(p.log(p.sum(exponentials, -1, "sums")))
        n = p.m * z.shape[1]
        p.subtract(total, p.matmul(shifted.reshape(n), y.reshape(n)), total)
        return p.multiply(total, p.constant(1 / p.m), "J")

    def gradient(self, p: Scope, z: Buffer, y: Buffer, scale: float) -> Buffer:
        a = p.divide(p["exponentials"], p["sums"], "dZ")
        p.subtract(a, y, a)
        return p.multiply(a, p.constant(scale / p.m), a)

    def predict(self, p: Scope, z: Buffer) -> Buffer:
        return softmax(p, z, "Y_hat")

    def encode(self, target: np.ndarray, z: Shape) -> np.ndarray:
        return _labels(target, z[0], self.label)

    def metrics(self, prediction: np.ndarray, target: np.ndarray) -> dict[str, float]:
        return {"accuracy": float((prediction.argmax(1) == target).mean())}


class MeanSquaredError(Loss, kind="mean_squared_error"):
    """For real numbers; large errors count most.

    L = (z − y)², averaged over examples and outputs; dZ = 2 (Z − Y) / (m n)
    """

    def cost(self, p: Scope, z: Buffer, y: Buffer) -> Buffer:
        error = p.subtract(z, y, "error")
        n = p.m * size(z.shape[1:])
        total = p.matmul(error.reshape(n), error.reshape(n))
        return p.multiply(total, p.constant(1 / n), "J")

    def gradient(self, p: Scope, z: Buffer, y: Buffer, scale: float) -> Buffer:
        return p.multiply(p["error"], p.constant(2 * scale / (p.m * size(z.shape[1:]))), "dZ")


class MeanAbsoluteError(Loss, kind="mean_absolute_error"):
    """For real numbers; outliers count no more than others.

    L = |z − y|, averaged over examples and outputs; dZ = sign(Z − Y) / (m n)
    """

    def cost(self, p: Scope, z: Buffer, y: Buffer) -> Buffer:
        error = p.subtract(z, y, "error")
        total = p.sum(p.abs(error))
        return p.multiply(total, p.constant(1 / (p.m * size(z.shape[1:]))), "J")

    def gradient(self, p: Scope, z: Buffer, y: Buffer, scale: float) -> Buffer:
        dz = p.sign(p["error"], "dZ")
        return p.multiply(dz, p.constant(scale / (p.m * size(z.shape[1:]))), dz)


class Huber(Loss, kind="huber"):
    """For real numbers: squared for small errors, straight for large ones (Huber 1964).

    With e = z − y and c = clip(e, −δ, δ): L = c (e − c/2), averaged over examples and outputs; dZ = c / (m n)
    """

    delta: float = field(1.0, label="δ", help="Where the loss goes from squared to straight.", gt=0, log=True)

    def cost(self, p: Scope, z: Buffer, y: Buffer) -> Buffer:
        error = p.subtract(z, y, "error")
        clipped = p.minimum(error, p.constant(self.delta), "clipped")
        p.maximum(clipped, p.constant(-self.delta), clipped)
        loss = p.multiply(clipped, p.constant(-0.5))
        p.add(loss, error, loss)
        n = p.m * size(z.shape[1:])
        total = p.matmul(loss.reshape(n), clipped.reshape(n))
        return p.multiply(total, p.constant(1 / n), "J")

    def gradient(self, p: Scope, z: Buffer, y: Buffer, scale: float) -> Buffer:
        return p.multiply(p["clipped"], p.constant(scale / (p.m * size(z.shape[1:]))), "dZ")


class Hinge(Loss, kind="hinge"):
    """For two classes with a margin, as in a support vector machine.

    L = max(0, 1 − t z) with t = 2 y − 1 from the labels 0 and 1, averaged over examples and outputs
    """

    task = "binary"
    mixable = False
    symbol = "Z > 0"

    def cost(self, p: Scope, z: Buffer, y: Buffer) -> Buffer:
        margin = p.multiply(z, y, "margin")
        p.subtract(p.constant(1), margin, margin)
        p.maximum(margin, p.constant(0), margin)
        return p.multiply(p.sum(margin), p.constant(1 / (p.m * size(z.shape[1:]))), "J")

    def gradient(self, p: Scope, z: Buffer, y: Buffer, scale: float) -> Buffer:
        dz = p.multiply(y, p.greater(p["margin"], p.constant(0)), "dZ")
        return p.multiply(dz, p.constant(-scale / (p.m * size(z.shape[1:]))), dz)

    def encode(self, target: np.ndarray, z: Shape) -> np.ndarray:
        values = super().encode(_two_classes(target, z), z)
        found = np.unique(values)
        if not np.isin(found, (0, 1)).all() and not np.isin(found, (-1, 1)).all():
            raise ValueError(
                f"{self.label} needs labels 0 and 1 (or −1 and 1), but the targets run from {found[0]:g} to "
                f"{found[-1]:g}. Take categorical cross-entropy for several classes."
            )
        return np.where(values > 0, 1.0, -1.0)

    def metrics(self, prediction: np.ndarray, target: np.ndarray) -> dict[str, float]:
        return {"accuracy": float(((prediction > 0) == (target > 0)).mean())}
