"""Activation functions against PyTorch: values, derivatives and extremes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from engine_tools import Probe, alone, pytorch

from engine.activation import ActivationFunction
from engine.activations.basic import ELU, GELU, LeakyReLU, Linear, ReLU, Sigmoid, Softmax, Softplus, Tanh
from engine.backend import Backend
from engine.layers.activation import Activation
from engine.layers.dense import Dense
from engine.network import Network
from engine.plan import make_plan

FUNCTIONS: list[ActivationFunction] = [
    Linear(),
    Sigmoid(),
    Tanh(),
    ReLU(),
    LeakyReLU(),
    LeakyReLU(slope=0.2),
    ELU(),
    ELU(alpha=0.5),
    GELU(),
    Softplus(),
    Softmax(),
]


def reference(function: Any, z: Any) -> Any:
    torch = pytorch()
    functional = torch.nn.functional
    match function.kind:
        case "linear":
            return z * 1
        case "sigmoid" | "tanh" | "relu":
            return getattr(torch, function.kind)(z)
        case "leaky_relu":
            return functional.leaky_relu(z, function.slope)
        case "elu":
            return functional.elu(z, function.alpha)
        case "gelu" | "softplus":
            return getattr(functional, function.kind)(z)
        case "softmax":
            return torch.softmax(z, -1)
    return pytest.fail(f"Say here what PyTorch calls the activation '{function.kind}'.")


def test_every_function_is_compared() -> None:
    missing = {member.kind for member in ActivationFunction.members()} - {f.kind for f in FUNCTIONS}
    assert not missing, f"Add {missing} to FUNCTIONS of this file, and its counterpart to `reference`."


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("function", FUNCTIONS, ids=repr)
def test_pytorch(function: ActivationFunction, dtype: str, backend: Backend) -> None:
    torch = pytorch()
    z = np.random.default_rng(0).standard_normal((40, 6)) * 4
    z[:3] = [[0, 1e-8, -1e-8, 15, -15, 0.5]] * 3
    weight = np.random.default_rng(1).standard_normal((40, 6))
    tensor = torch.tensor(z, requires_grad=True)
    expected = reference(function, tensor)
    (expected * torch.tensor(weight)).sum().backward()
    probe = Probe.of(alone(Activation(activation=function), ((6,),)), backend, m=40)
    network = Network(probe.network.plan, backend, dtype)
    assert np.allclose(network.forward(z), expected.detach(), rtol=3e-6, atol=1e-6 if dtype == "float32" else 2e-8)
    if dtype == "float64":
        # With targets A − k w the squared error hands back dA = 2 k w / n, here made to be w itself.
        probe.write("x0/A", z)
        probe.write("out/Y", expected.detach().numpy() - weight * (40 * 6 / 2))
        probe.cost()
        probe.bound.run("backward")
        gradient = probe.read("x0/dA")
        assert np.allclose(gradient, tensor.grad, rtol=1e-6, atol=2e-8), f"The derivative of {function!r} is wrong."


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("function", FUNCTIONS, ids=repr)
def test_large_values(function: ActivationFunction, dtype: str, backend: Backend) -> None:
    network = Network(make_plan(alone(Activation(activation=function), ((4,),))), backend, dtype)
    z = np.array([[1000.0, -1000.0, 0.0, 1e4]])
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        a = network.forward(z)
        cost, _ = network.backward(z, np.zeros((1, 4)))
    assert np.isfinite(a).all(), f"{function!r} overflows for large values."
    assert np.isfinite(cost)


@pytest.mark.parametrize("function", FUNCTIONS, ids=repr)
def test_inside_a_dense_layer(function: ActivationFunction, backend: Backend) -> None:
    """A Dense with an activation is a linear Dense and an Activation."""
    joined = Network(make_plan(alone(Dense(units=3, activation=function), ((2,),))), backend, "float64", 1)
    linear = Network(make_plan(alone(Dense(units=3), ((2,),))), backend, "float64", 1)
    applied = Network(make_plan(alone(Activation(activation=function), ((3,),))), backend, "float64", 1)
    x = np.random.default_rng(0).standard_normal((5, 2))
    assert np.allclose(joined.forward(x), applied.forward(linear.forward(x)), rtol=1e-13, atol=1e-15)
