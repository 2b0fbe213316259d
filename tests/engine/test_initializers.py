"""Initializers: variance, limits, orthogonality, and the same seed for the same values."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from engine_tools import graph

from engine.initializer import Initializer
from engine.initializers.basic import Constant, Normal, Uniform, Zeros
from engine.initializers.scaled import He, LeCun, Orthogonal, Xavier
from engine.layers.dense import Dense
from engine.layers.ends import Input, Output
from engine.network import compile_design

IN, OUT = 300, 200


def sample(initializer: Initializer, seed: int = 0, shape: tuple[int, ...] = (OUT, IN)) -> np.ndarray:
    return initializer.sample(np.random.default_rng(seed), shape, IN, OUT)


@pytest.mark.parametrize("kind", Initializer.members(), ids=lambda kind: kind.kind)
def test_same_seed_same_values(kind: type[Initializer]) -> None:
    first = sample(kind())
    assert first.shape == (OUT, IN)
    assert first.dtype == np.float64
    assert np.array_equal(first, sample(kind())), f"{kind.__name__} must draw from the generator that it is given."
    assert kind in (Zeros, Constant) or not np.array_equal(first, sample(kind(), 1))
    for shape in ((1, 1), (7,), (1, 5), (5, 1)):
        values = sample(kind(), shape=shape)
        assert values.shape == shape
        assert np.isfinite(values).all()


@pytest.mark.parametrize(
    ("initializer", "variance", "uniform"),
    [
        (Normal(scale=0.3), 0.09, False),
        (Uniform(scale=0.3), 0.03, True),
        (He(), 2 / IN, False),
        (He(distribution="uniform"), 2 / IN, True),
        (He(multiplier=3), 18 / IN, False),
        (Xavier(), 2 / (IN + OUT), True),
        (Xavier(distribution="normal"), 2 / (IN + OUT), False),
        (Xavier(variance="1/n_in", distribution="normal"), 1 / IN, False),
        (Xavier(variance="1/n_in"), 1 / IN, True),
        (LeCun(), 1 / IN, False),
        (LeCun(distribution="uniform", multiplier=0.5), 0.25 / IN, True),
    ],
    ids=repr,
)
def test_variance_and_limits(initializer: Initializer, variance: float, uniform: bool) -> None:
    values = sample(initializer)
    deviation = math.sqrt(variance)
    assert abs(values.mean()) < 4 * deviation / math.sqrt(values.size), "The mean must be 0."
    assert values.var() == pytest.approx(variance, rel=0.03), f"The variance must be {variance:.3g}."
    limit = math.sqrt(3) * deviation
    if uniform:
        assert abs(values).max() <= limit
        assert abs(values).max() > 0.999 * limit
    else:
        assert abs(values).max() > 3.5 * deviation, "Normal values have tails."


def test_fixed_values() -> None:
    assert not sample(Zeros()).any()
    assert (sample(Constant(value=-0.25)) == -0.25).all()
    assert not sample(Normal(scale=0)).any()


@pytest.mark.parametrize("shape", [(4, 9), (9, 4), (5, 5)])
def test_orthogonal(shape: tuple[int, int]) -> None:
    w = sample(Orthogonal(gain=2), shape=shape)
    product = w @ w.T if shape[0] <= shape[1] else w.T @ w
    assert np.allclose(product, 4 * np.eye(min(shape)), atol=1e-12), "Rows or columns must be orthogonal, of length 2."


def network(seed: int = 0, **nodes: Any) -> Any:
    last = list(nodes)[-1]
    spec = graph({"x": Input(shape=(IN,))} | nodes | {"out": (Output(), last)})
    return compile_design(spec, seed=seed, dtype="float64")


def test_layers_give_their_fans() -> None:
    wide = network(h=(Dense(units=OUT, initializer=Xavier(distribution="normal")), "x"), z=(Dense(units=1), "h"))
    assert wide["h/W"].var() == pytest.approx(2 / (IN + OUT), rel=0.03)
    assert wide["z/W"].shape == (1, OUT)
    assert not wide["h/b"].any()


def test_one_layer_more_leaves_the_others_alone() -> None:
    small = network(z=(Dense(units=1), "x"))
    large = network(h=(Dense(units=9), "x"), z2=(Dense(units=IN), "h"), z=(Dense(units=1), "z2"))
    again = network(z=(Dense(units=1), "x"))
    other = network(seed=1, z=(Dense(units=1), "x"))
    assert np.array_equal(small["z/W"], large["z/W"]), "Every parameter has a stream of its own, by name and seed."
    assert np.array_equal(small["z/W"], again["z/W"])
    assert not np.array_equal(small["z/W"], other["z/W"])
