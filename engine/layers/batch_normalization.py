"""Batch normalization."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from engine.declaration import field
from engine.fixes import Change
from engine.initializers.basic import Constant, Zeros
from engine.layer import Layer, ParameterSpec, StateSpec
from engine.program import Buffer, Scope
from engine.shapes import Shape
from engine.surroundings import Place, Remark


class BatchNormalization(Layer, kind="batch_normalization", category="Normalization"):
    """Normalizes every feature over the batch, then scales and shifts it by learned γ and β.

    X̂ = (X − μ) / √(σ² + ε), Y = γ X̂ + β

    Shape: (…, n) -> the same; μ, σ², γ, β: (n,), over the examples and all axes but the last. While training, μ and
    σ² are the batch's, and running averages are kept for test time; the running variance takes σ² · k/(k − 1) of k
    values, as PyTorch does. Source: Ioffe and Szegedy 2015; course 2, week 3.
    """

    renormalizes = True
    samples = (((4,),), ((2, 3),))

    momentum: float = field(0.9, help="Weight of the past in the running averages.", ge=0, lt=1)
    epsilon: float = field(1e-5, label="ε", help="Keeps the division finite.", gt=0, log=True)

    def parameters(self, *inputs: Shape) -> dict[str, ParameterSpec]:
        n = inputs[0][-1:] or (1,)
        return {"gamma": ParameterSpec(n, Constant(value=1.0)), "beta": ParameterSpec(n, Zeros())}

    def state(self, *inputs: Shape) -> dict[str, StateSpec]:
        n = inputs[0][-1:] or (1,)
        return {"running_mean": StateSpec(n, 0.0), "running_variance": StateSpec(n, 1.0)}

    def forward(self, p: Scope, *inputs: Buffer) -> Buffer:
        x = self._rows(inputs[0])
        mean, variance = p.state("running_mean"), p.state("running_variance")
        if p.training:
            k, weight = x.shape[0], 1 - self.momentum
            running_mean, running_variance = mean, variance
            share = p.constant(1 / k)
            mean = p.multiply(p.sum_examples(x, "mu"), share, p["mu"])
            centred = p.subtract(x, mean, "centred")
            variance = p.multiply(p.sum_examples(p.square(centred), "sigma2"), share, p["sigma2"])
            self._follow(p, running_mean, mean, weight)
            self._follow(p, running_variance, variance, weight * k / max(k - 1, 1))
        else:
            centred = p.subtract(x, mean, "centred")
        deviation = p.add(variance, p.constant(self.epsilon), "sigma")
        p.sqrt(deviation, deviation)
        normalized = p.divide(centred, deviation, "X_hat")
        y = p.multiply(normalized, p.parameter("gamma"), "Y")
        return p.add(y, p.parameter("beta"), y).reshape(*inputs[0].shape)

    def backward(self, p: Scope, dy: Buffer) -> Buffer | None:
        dy = self._rows(dy)
        normalized, dgamma, dbeta = p["X_hat"], "dgamma", "dbeta"
        if p.trained:
            dgamma, dbeta = p.gradient("gamma"), p.gradient("beta")
        dgamma = p.sum_examples(p.multiply(dy, normalized), dgamma)
        dbeta = p.sum_examples(dy, dbeta)
        if not p.needs():
            return None
        scale = p.divide(p.parameter("gamma"), p["sigma"])
        if not p.training:
            return p.multiply(dy, scale, "dX").reshape(*p.inputs[0].shape)
        share = p.constant(1 / dy.shape[0])
        along = p.multiply(normalized, p.multiply(dgamma, share))
        dx = p.subtract(dy, p.multiply(dbeta, share), "dX")
        p.subtract(dx, along, dx)
        return p.multiply(dx, scale, dx).reshape(*p.inputs[0].shape)

    def warnings(self, place: Place) -> Iterator[Remark]:
        yield from super().warnings(place)
        for source in place.sources:
            activation = getattr(source.layer, "activation", None)
            passes = activation is None or activation.shifts_pass
            if getattr(source.layer, "bias", False) and passes and len(source.targets) == 1:
                yield Remark(
                    f"{source.name} adds a bias that {place.name} takes away again with the mean; its β does that. "
                    f"Remove the bias of {source.title}.",
                    (Change("Remove the bias of {node}", {"bias": False}, (source.id,)),),
                    node=source.id,
                )

    @staticmethod
    def _rows(x: Buffer) -> Buffer:
        *before, n = x.shape if len(x.shape) > 1 else (*x.shape, 1)
        return x.reshape(prod(before), n)

    def _follow(self, p: Scope, running: Buffer, value: Buffer, weight: float) -> None:
        p.multiply(running, p.constant(self.momentum), running)
        p.add(running, p.multiply(value, p.constant(weight)), running)

    def key_fields(self) -> str:
        return f"momentum {self.momentum:g}"
