"""Normalization within each example: over features, over groups of channels, over neighbouring channels."""

from __future__ import annotations

from math import prod

from engine.declaration import field
from engine.fixes import Change
from engine.initializers.basic import Constant, Zeros
from engine.layer import Layer, ParameterSpec
from engine.program import Buffer, Scope
from engine.shapes import Box, Shape, ShapeError, whole


class ExampleNormalization(Layer):
    """Base: X̂ = (X − μ) / √(σ² + ε) within each example, then Y = γ X̂ + β for each channel."""

    renormalizes = True

    epsilon: float = field(1e-5, label="ε", help="Keeps the division finite.", gt=0, log=True)

    def layout(self, shape: Shape) -> Shape:
        """The shape (…, places, groups, channels) of the whole batch; μ and σ² are over its first and last of these."""
        raise TypeError(f"{type(self).__name__} does not say over what it normalizes.")

    def parameters(self, *inputs: Shape) -> dict[str, ParameterSpec]:
        n = inputs[0][-1:] or (1,)
        return {"gamma": ParameterSpec(n, Constant(value=1.0)), "beta": ParameterSpec(n, Zeros())}

    def forward(self, p: Scope, *inputs: Buffer) -> Buffer:
        x = inputs[0].reshape(*self.layout(inputs[0].shape))
        centred = p.subtract(x, self._mean(p, x), "centred")
        variance = self._mean(p, p.square(centred))
        deviation = p.add(variance, p.constant(self.epsilon), "sigma")
        p.sqrt(deviation, deviation)
        normalized = p.divide(centred, deviation, "X_hat")
        y = p.multiply(self._rows(normalized, inputs[0]), p.parameter("gamma"), "Y")
        return p.add(y, p.parameter("beta"), y).reshape(*inputs[0].shape)

    def backward(self, p: Scope, dy: Buffer) -> Buffer | None:
        rows, normalized = self._rows(dy, dy), p["X_hat"]
        if p.trained:
            p.sum_examples(p.multiply(rows, self._rows(normalized, dy)), p.gradient("gamma"))
            p.sum_examples(rows, p.gradient("beta"))
        if not p.needs():
            return None
        dx = p.multiply(rows, p.parameter("gamma"), "dX").reshape(*normalized.shape)
        along = p.multiply(normalized, self._mean(p, p.multiply(dx, normalized)))
        p.subtract(dx, self._mean(p, dx), dx)
        p.subtract(dx, along, dx)
        return p.divide(dx, p["sigma"], dx).reshape(*dy.shape)

    @staticmethod
    def _rows(x: Buffer, like: Buffer) -> Buffer:
        n = like.shape[-1] if len(like.shape) > 1 else 1
        return x.reshape(prod(like.shape) // n, n)

    @staticmethod
    def _mean(p: Scope, x: Buffer) -> Buffer:
        total = p.sum(x, 3)
        if x.shape[1] > 1:
            total = p.sum(total, 1)
        return p.multiply(total, p.constant(1 / (x.shape[1] * x.shape[3])))


class LayerNormalization(ExampleNormalization, kind="layer_normalization", category="Normalization"):
    """Normalizes the features of each example (at each place) by themselves; the batch plays no part.

    X̂ = (X − μ) / √(σ² + ε), Y = γ X̂ + β

    Shape: (…, n) -> the same; μ and σ² over the last axis. Source: Ba, Kiros and Hinton 2016.
    """

    samples = (((4,),), ((2, 3, 5),))

    def sees(self, box: Box, *inputs: Shape) -> tuple[Box, ...]:
        return ((*box[:-1], (0, inputs[0][-1])),)

    def layout(self, shape: Shape) -> Shape:
        n = shape[-1] if len(shape) > 1 else 1
        return (prod(shape) // n, 1, 1, n)


class GroupNormalization(ExampleNormalization, kind="group_normalization", category="Normalization"):
    """Normalizes groups of channels of each example, over all places.

    With as many groups as channels it is instance normalization.

    X̂ = (X − μ) / √(σ² + ε), Y = γ X̂ + β

    Shape: (…, n_C) -> the same; μ and σ² over the channels of a group and all places. Source: Wu and He 2018.
    """

    samples = (((4,),), ((2, 3, 4),))

    groups: int = field(2, help="Number of groups that the channels are split into.", ge=1)

    @classmethod
    def sample_layers(cls) -> tuple[Layer, ...]:
        return (cls(groups=2), cls(groups=1))

    def output_shape(self, *inputs: Shape) -> Shape:
        channels = inputs[0][-1] if inputs[0] else 1
        if channels % self.groups:
            fitting = next(n for n in range(min(self.groups, channels), 0, -1) if channels % n == 0)
            raise ShapeError(
                f"splits its input into {self.groups} groups, but that has {channels} channels. "
                "Take a number of groups that divides the channels.",
                Change(f"Use {fitting} groups in {{node}}", {"groups": fitting}),
            )
        return inputs[0]

    def sees(self, box: Box, *inputs: Shape) -> tuple[Box, ...]:
        return (whole(inputs[0]),)

    def layout(self, shape: Shape) -> Shape:
        n = shape[-1] if len(shape) > 1 else 1
        return (*shape[:1], prod(shape[1:]) // n, self.groups, n // self.groups)

    def key_fields(self) -> str:
        return f"{self.groups} groups"


class LocalResponseNormalization(Layer, kind="local_response_normalization", category="Normalization"):
    """Lets strong channels quieten their neighbours, as in AlexNet; batch normalization has replaced it.

    Y_c = X_c / D_c^β with D_c = k + (α / n) Σ X_j² over the n channels around c

    Shape: (…, n_C) -> the same. Source: Krizhevsky, Sutskever and Hinton 2012, with α / n as in PyTorch.
    """

    samples = (((5,),), ((2, 3, 6),))

    size: int = field(5, label="Channels n", help="Number of neighbouring channels that are summed.", ge=1)
    alpha: float = field(1e-4, label="α", help="Weight of the sum of squares.", gt=0, log=True)
    beta: float = field(0.75, label="β", help="Exponent.", gt=0, le=4)
    bias: float = field(1.0, label="k", help="Keeps the divisor away from zero.", gt=0)

    @classmethod
    def sample_layers(cls) -> tuple[Layer, ...]:
        return (cls(size=3, alpha=0.5), cls(size=4, alpha=0.1, beta=0.5, bias=2.0))

    def sees(self, box: Box, *inputs: Shape) -> tuple[Box, ...]:
        first, last = box[-1]
        around = max(first - self.size // 2, 0), min(last + (self.size - 1) // 2, inputs[0][-1])
        return ((*box[:-1], around),)

    def forward(self, p: Scope, *inputs: Buffer) -> Buffer:
        (x,) = inputs
        divisor = self._summed(p, p.square(x), back=False)
        p.multiply(divisor, p.constant(self.alpha / self.size), divisor)
        p.name("D", p.add(divisor, p.constant(self.bias), divisor))
        return p.multiply(x, self._power(p, divisor, -self.beta, "scale"), "Y")

    def backward(self, p: Scope, dy: Buffer) -> Buffer | None:
        if not p.needs():
            return None
        (x,) = p.inputs
        inner = p.divide(p.multiply(dy, p["Y"]), p["D"])  # dY · X · D^(−β−1)
        summed = self._summed(p, inner, back=True)
        p.multiply(summed, p.constant(2 * self.alpha * self.beta / self.size), summed)
        p.multiply(summed, x, summed)
        dx = p.multiply(dy, p["scale"], "dX")
        return p.subtract(dx, summed, dx)

    def _summed(self, p: Scope, x: Buffer, *, back: bool) -> Buffer:
        """Sums over the channels around each; `back` sums over those in whose neighbourhood each lies."""
        n, total = x.shape[-1], p.copy(x)
        before, after = self.size // 2, (self.size - 1) // 2
        for shift in range(-before, after + 1):
            shift = -shift if back else shift
            if shift and abs(shift) < n:
                to = slice(max(0, -shift), n - max(0, shift))
                place = total[..., to]
                p.add(place, x[..., slice(to.start + shift, to.stop + shift)], place)
        return total

    @staticmethod
    def _power(p: Scope, x: Buffer, exponent: float, out: str) -> Buffer:
        y = p.log(x, out)
        p.multiply(y, p.constant(exponent), y)
        return p.exp(y, y)
