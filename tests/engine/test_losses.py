"""Losses against PyTorch, at the extremes, and in single precision."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from engine_tools import Probe, graph, pytorch

from engine.activations.basic import Linear
from engine.backend import Backend
from engine.layers.activation import Activation
from engine.layers.ends import Input, Output
from engine.loss import Loss
from engine.losses.basic import (
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Hinge,
    Huber,
    MeanAbsoluteError,
    MeanSquaredError,
)
from engine.network import Network
from engine.plan import make_plan

LOSSES: list[Loss] = [
    BinaryCrossEntropy(),
    CategoricalCrossEntropy(),
    MeanSquaredError(),
    MeanAbsoluteError(),
    Huber(),
    Huber(delta=0.3),
    Hinge(),
]
CASES = [pytest.param(loss, shape, id=f"{loss.kind}-{shape[0]}") for loss in LOSSES for shape in type(loss).samples]


def only(loss: Loss, shape: tuple[int, ...], weight: float = 1.0) -> Any:
    """A network that is nothing but its loss."""
    output = Output(loss=loss, weight=weight)
    return graph({"x": Input(shape=shape), "z": (Activation(activation=Linear()), "x"), "out": (output, "z")})


def cost_and_gradient(
    loss: Loss, z: np.ndarray, y: np.ndarray, backend: Backend, dtype: str = "float64", weight: float = 1.0
) -> tuple[float, np.ndarray]:
    from engine.compiler import BoundProgram, trace

    network = Network(make_plan(only(loss, z.shape[1:], weight)), backend, dtype)
    traced = trace(network.plan, len(z), training=True, backward=True, input_gradients=True)
    probe = Probe(
        network,
        BoundProgram(traced, backend, network.dtype, network.store.arrays, network.random),
        np.random.default_rng(0),
    )
    probe.write("x/A", z)
    probe.write("out/labels" if loss.task == "classes" else "out/Y", loss.encode(y, z.shape[1:]))
    cost = probe.cost()
    probe.bound.run("backward")
    return cost, probe.read("x/dA")


def targets(loss: Loss, m: int, shape: tuple[int, ...], random: np.random.Generator) -> np.ndarray:
    if loss.task == "classes":
        return random.integers(0, shape[0], m)
    return random.integers(0, 2, (m, *shape)) if loss.task == "binary" else random.standard_normal((m, *shape))


def test_every_loss_is_compared() -> None:
    missing = {member.kind for member in Loss.members()} - {loss.kind for loss in LOSSES}
    assert not missing, f"Add {missing} to LOSSES of this file, and its counterpart to `reference`."


def reference(loss: Any, z: Any, y: Any) -> Any:
    functional = pytorch().nn.functional
    match loss.kind:
        case "binary_cross_entropy":
            return functional.binary_cross_entropy_with_logits(z, y.to(z.dtype))
        case "categorical_cross_entropy":
            return functional.cross_entropy(z, y)
        case "mean_squared_error":
            return functional.mse_loss(z, y)
        case "mean_absolute_error":
            return functional.l1_loss(z, y)
        case "huber":
            return functional.huber_loss(z, y, delta=loss.delta)
        case "hinge":
            return (1 - (2 * y - 1) * z).clamp(min=0).mean()
    return pytest.fail(f"Say here what PyTorch calls the loss '{loss.kind}'.")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("loss", "shape"), CASES)
def test_pytorch(loss: Loss, shape: tuple[int, ...], dtype: str, backend: Backend) -> None:
    torch = pytorch()
    random = np.random.default_rng(1)
    rtol = 1e-12 if dtype == "float64" else 2e-6
    for m in (1, 7, 300):
        z = 3 * random.standard_normal((m, *shape))
        y = targets(loss, m, shape, random)
        tensor = torch.tensor(z, requires_grad=True)
        expected = reference(loss, tensor, torch.tensor(y))
        expected.backward()
        for weight in (1.0, 0.25):
            cost, gradient = cost_and_gradient(loss, z, y, backend, dtype, weight)
            assert cost == pytest.approx(weight * expected.item(), rel=rtol, abs=rtol * 0.1), f"{loss.label}, m = {m}"
            assert np.allclose(gradient, weight * tensor.grad.numpy(), rtol=10 * rtol, atol=rtol / m), loss.label


@pytest.mark.parametrize(("loss", "shape"), CASES)
def test_gradient(loss: Loss, shape: tuple[int, ...], backend: Backend) -> None:
    for seed in range(5):
        error = Probe.of(only(loss, shape), backend, m=6, seed=seed).error()
        assert error < 1e-7, f"The gradient of {loss.label} is wrong by {error:.2g}; check `gradient` against `cost`."


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("size", [1000.0, 80.0, 1e-30, 0.0])
@pytest.mark.parametrize(("loss", "shape"), CASES)
def test_stable_for_large_logits(loss: Loss, shape: tuple[int, ...], size: float, dtype: str, backend: Backend) -> None:
    random = np.random.default_rng(2)
    for _ in range(3):
        z = size * random.choice([-1.0, 1.0], (8, *shape))
        y = targets(loss, 8, shape, random)
        with np.errstate(over="raise", divide="raise", invalid="raise"):
            cost, gradient = cost_and_gradient(loss, z, y, backend, dtype)
        assert np.isfinite(cost), f"{loss.label} is {cost} for |z| = {size:g}; form it without exp of large numbers."
        assert cost >= 0, f"{loss.label} is negative ({cost}) for |z| = {size:g}: digits were lost in a difference."
        assert np.isfinite(gradient).all(), f"The gradient of {loss.label} is not finite for |z| = {size:g}."


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_known_values_at_the_extremes(dtype: str, backend: Backend) -> None:
    for z, y, cost, slope in ((1000.0, 1, 0.0, 0.0), (1000.0, 0, 1000.0, 1.0), (-1000.0, 1, 1000.0, -1.0)):
        found, gradient = cost_and_gradient(BinaryCrossEntropy(), np.array([[z]]), np.array([y]), backend, dtype)
        assert (found, gradient.item()) == (cost, slope)
    logits = np.array([[1000.0, -1000.0, 0.0]])
    for y, cost in ((0, 0.0), (1, 2000.0), (2, 1000.0)):
        found, gradient = cost_and_gradient(CategoricalCrossEntropy(), logits, np.array([y]), backend, dtype)
        assert found == cost
        assert np.array_equal(gradient[0], np.eye(3)[0] - np.eye(3)[y])


@pytest.mark.parametrize("loss", [BinaryCrossEntropy(), CategoricalCrossEntropy()], ids=lambda loss: loss.kind)
def test_small_costs_keep_their_digits(loss: Loss, backend: Backend) -> None:
    """A sure and right prediction costs log(1 + e^−z): in float32 it must neither vanish nor become negative."""
    for z in (4.0, 8.0, 12.0):
        values = np.full((1000, 1), z) if loss.task == "binary" else np.tile([z, 0.0], (1000, 1))
        y = np.ones(1000) if loss.task == "binary" else np.zeros(1000, int)
        cost, _ = cost_and_gradient(loss, values, y, backend, "float32")
        tolerance = 2e-5 if loss.task == "binary" else 0.02
        assert cost == pytest.approx(np.log1p(np.exp(-z)), rel=tolerance), f"{loss.label} loses digits at z = {z}."


def test_soft_targets_of_binary_cross_entropy(backend: Backend) -> None:
    z, y = np.array([[0.3], [-2.0]]), np.array([0.25, 0.9])
    cost, gradient = cost_and_gradient(BinaryCrossEntropy(), z, y, backend)
    a = 1 / (1 + np.exp(-z[:, 0]))
    assert cost == pytest.approx(-(y * np.log(a) + (1 - y) * np.log(1 - a)).mean(), rel=1e-12)
    assert np.allclose(gradient[:, 0], (a - y) / 2, rtol=1e-12)


@pytest.mark.parametrize(
    ("loss", "z", "target", "words"),
    [
        (BinaryCrossEntropy(), (1,), [0, 1, 2], ["0 and 1", "0 to 2", "ategorical cross-entropy"]),
        (BinaryCrossEntropy(), (1,), [[0, 1, 0]], ["(1,)", "(3,)", "units"]),
        (CategoricalCrossEntropy(), (3,), [0, 3], ["0 to 2", "0 … 3", "4 units"]),
        (CategoricalCrossEntropy(), (3,), [-1, 1], ["-1"]),
        (CategoricalCrossEntropy(), (3,), [0.5, 1], ["whole-number", "0.5"]),
        (MeanSquaredError(), (1,), [[0.5, 1]], ["(1,)", "(2,)", "2 units"]),
        (Hinge(), (1,), [0, 2], ["0 and 1", "2"]),
    ],
)
def test_targets_that_do_not_fit(loss: Loss, z: tuple[int, ...], target: list[Any], words: list[str]) -> None:
    with pytest.raises(ValueError, match=r"\.$") as caught:
        loss.encode(np.array(target), z)
    for word in words:
        assert word in str(caught.value), f"The sentence must say '{word}': {caught.value}"


def test_one_hot_targets_and_labels_mean_the_same() -> None:
    assert np.array_equal(CategoricalCrossEntropy().encode(np.eye(3)[[2, 0]], (3,)), [2, 0])
    assert np.array_equal(BinaryCrossEntropy().encode(np.eye(2)[[1, 0]], (1,)), [[1], [0]])
    assert np.array_equal(Hinge().encode(np.array([0, 1]), (1,)), [[-1], [1]])
    assert np.array_equal(Hinge().encode(np.array([-1, 1]), (1,)), [[-1], [1]])


def test_metrics_of_known_numbers() -> None:
    prediction, target = np.array([[1.0], [2.0], [4.0]]), np.array([[1.0], [3.0], [2.0]])
    metrics = MeanSquaredError().metrics(prediction, target)
    assert metrics == pytest.approx({"mae": 1.0, "rmse": (5 / 3) ** 0.5, "r2": 1 - 5 / 2})
    assert BinaryCrossEntropy().metrics(np.array([[0.6], [0.4], [0.7]]), np.array([[1], [1], [0]])) == {
        "accuracy": pytest.approx(1 / 3)
    }
    assert CategoricalCrossEntropy().metrics(np.eye(3), np.array([0, 1, 0])) == {"accuracy": pytest.approx(2 / 3)}
    assert Hinge().metrics(np.array([[2.0], [-0.5]]), np.array([[1.0], [1.0]])) == {"accuracy": 0.5}
