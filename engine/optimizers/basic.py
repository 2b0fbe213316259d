"""Optimizers. θ are all trainable parameters in one flat array, g their gradients, t the step from 1."""

from __future__ import annotations

import math
from typing import Literal

from engine.declaration import field
from engine.optimizer import Optimizer, learning_rate
from engine.program import Buffer, Scope


class GradientDescent(Optimizer, kind="gradient_descent"):
    """Plain descent along the gradient.

    θ := θ − α g
    """

    def update(self, p: Scope, theta: Buffer, gradient: Buffer) -> None:
        step = p.multiply(gradient, p.constant(self.learning_rate))
        p.subtract(theta, step, theta)


class Momentum(Optimizer, kind="momentum"):
    """Descent along an average of past gradients.

    Moving average (course 2, week 2): v := β v + (1 − β) g. Classical (Polyak 1964): v := β v + g.
    θ := θ − α v; with Nesterov's look-ahead the step is β v + (1 − β) g or β v + g of the new v.
    """

    beta: float = field(0.9, label="β", help="Weight of the past.", ge=0, lt=1)
    form: Literal["moving average", "classical"] = field(
        "moving average", help="The course weighs the gradient with 1 − β; the classical form does not."
    )
    nesterov: bool = field(False, help="Take the gradient's part of the step once more (Nesterov 1983).")

    def slots(self) -> dict[str, int]:
        return {"v": 1}

    def update(self, p: Scope, theta: Buffer, gradient: Buffer) -> None:
        v, beta = p.state("v").reshape(*theta.shape), p.constant(self.beta)
        share = gradient
        if self.form == "moving average":
            share = p.multiply(gradient, p.constant(1 - self.beta))
        p.multiply(v, beta, v)
        p.add(v, share, v)
        step = v
        if self.nesterov:
            step = p.multiply(v, beta)
            p.add(step, share, step)
        p.subtract(theta, p.multiply(step, p.constant(self.learning_rate)), theta)


class RMSprop(Optimizer, kind="rmsprop", label="RMSprop"):
    """Steps divided by the recent size of each gradient.

    s := β s + (1 − β) g²; θ := θ − α g / (√s + ε). Source: course 2, week 2.
    """

    learning_rate: float = learning_rate(0.001)
    beta: float = field(0.9, label="β", help="Weight of the past in s.", ge=0, lt=1)
    epsilon: float = field(1e-8, label="ε", help="Keeps the division finite.", gt=0, log=True)

    def slots(self) -> dict[str, int]:
        return {"s": 1}

    def update(self, p: Scope, theta: Buffer, gradient: Buffer) -> None:
        s = p.state("s").reshape(*theta.shape)
        square = p.square(gradient)
        p.multiply(square, p.constant(1 - self.beta), square)
        p.multiply(s, p.constant(self.beta), s)
        p.add(s, square, s)
        _divided_step(p, theta, gradient, s, self.learning_rate, self.epsilon)


class Adagrad(Optimizer, kind="adagrad"):
    """Steps divided by the size of all past gradients (Duchi et al. 2011).

    s := s + g²; θ := θ − α g / (√s + ε)
    """

    epsilon: float = field(1e-10, label="ε", help="Keeps the division finite.", gt=0, log=True)

    def slots(self) -> dict[str, int]:
        return {"s": 1}

    def update(self, p: Scope, theta: Buffer, gradient: Buffer) -> None:
        s = p.state("s").reshape(*theta.shape)
        p.add(s, p.square(gradient), s)
        _divided_step(p, theta, gradient, s, self.learning_rate, self.epsilon)


def _divided_step(p: Scope, theta: Buffer, gradient: Buffer, s: Buffer, alpha: float, epsilon: float) -> None:
    size = p.sqrt(s)
    p.add(size, p.constant(epsilon), size)
    p.divide(gradient, size, size)
    p.multiply(size, p.constant(alpha), size)
    p.subtract(theta, size, theta)


class Adam(Optimizer, kind="adam"):
    """Momentum and RMSprop together, corrected for their start at zero (Kingma and Ba 2015).

    m := β₁ m + (1 − β₁) g, v := β₂ v + (1 − β₂) g²; θ := θ − α m̂ / (√v̂ + ε) with m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ)
    """

    learning_rate: float = learning_rate(0.001)
    beta1: float = field(0.9, label="β₁", help="Weight of the past in the average of gradients.", ge=0, lt=1)
    beta2: float = field(0.999, label="β₂", help="Weight of the past in the average of squares.", ge=0, lt=1)
    epsilon: float = field(1e-8, label="ε", help="Keeps the division finite.", gt=0, log=True)

    def slots(self) -> dict[str, int]:
        return {"moments": 2}

    def scalars(self, step: int) -> dict[str, float]:
        # α m̂ / (√v̂ + ε) = (α root / (1 − β₁ᵗ)) m / (√v + ε root) with root = √(1 − β₂ᵗ): one array pass less
        root = math.sqrt(1 - self.beta2**step)
        return {"rate": self.learning_rate * root / (1 - self.beta1**step), "epsilon": self.epsilon * root}

    def update(self, p: Scope, theta: Buffer, gradient: Buffer) -> None:
        # Both moments are decayed in one call on a (2, P) array.
        moments, n = p.state("moments"), theta.shape[0]
        fresh = p.new("fresh", (2, n))
        p.multiply(gradient, p.constant(1 - self.beta1), fresh[0])
        p.square(gradient, fresh[1])
        p.multiply(fresh[1], p.constant(1 - self.beta2), fresh[1])
        if self.beta1 == self.beta2:
            p.multiply(moments, p.constant(self.beta1), moments)
        else:
            p.multiply(moments[0], p.constant(self.beta1), moments[0])
            p.multiply(moments[1], p.constant(self.beta2), moments[1])
        p.add(moments, fresh, moments)
        size = p.sqrt(moments[1])
        p.add(size, p.live("epsilon"), size)
        p.divide(moments[0], size, size)
        p.multiply(size, p.live("rate"), size)
        self._decay(p, theta)
        p.subtract(theta, size, theta)

    def _decay(self, p: Scope, theta: Buffer) -> None:
        """Adam itself does not shrink the parameters."""


class AdamW(Adam, kind="adamw", label="AdamW"):
    """Adam with weight decay kept apart from the gradient (Loshchilov and Hutter 2019).

    θ := θ − α w θ before the step of Adam; as in the paper and in PyTorch it acts on all parameters.
    """

    weight_decay: float = field(0.01, help="Share w by which α shrinks every parameter each step.", ge=0, log=True)

    def _decay(self, p: Scope, theta: Buffer) -> None:
        p.multiply(theta, p.constant(1 - self.learning_rate * self.weight_decay), theta)
