"""Optimizers, and whole networks, against PyTorch over 50 steps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from engine_tools import graph, pytorch

from engine.activations.basic import GELU, ReLU, Sigmoid, Tanh
from engine.backend import Backend
from engine.layers.activation import Activation
from engine.layers.batch_normalization import BatchNormalization
from engine.layers.dense import Dense
from engine.layers.ends import Input, Output
from engine.losses.basic import CategoricalCrossEntropy, MeanSquaredError
from engine.network import Network
from engine.optimizer import Optimizer
from engine.optimizers.basic import Adagrad, Adam, AdamW, GradientDescent, Momentum, RMSprop
from engine.plan import make_plan

STEPS = 50


def pytorch_optimizer(optimizer: Any, parameters: Any) -> Any:
    optim = pytorch().optim
    lr = optimizer.learning_rate
    match optimizer.kind:
        case "gradient_descent":
            return optim.SGD(parameters, lr=lr)
        case "momentum":
            # The moving average is the classical form with a step of α (1 − β).
            scale = 1 if optimizer.form == "classical" else 1 - optimizer.beta
            return optim.SGD(parameters, lr=lr * scale, momentum=optimizer.beta, nesterov=optimizer.nesterov)
        case "rmsprop":
            return optim.RMSprop(parameters, lr=lr, alpha=optimizer.beta, eps=optimizer.epsilon)
        case "adagrad":
            return optim.Adagrad(parameters, lr=lr, eps=optimizer.epsilon)
        case "adam":
            return optim.Adam(parameters, lr=lr, betas=(optimizer.beta1, optimizer.beta2), eps=optimizer.epsilon)
        case "adamw":
            betas = (optimizer.beta1, optimizer.beta2)
            decay = optimizer.weight_decay
            return optim.AdamW(parameters, lr=lr, betas=betas, eps=optimizer.epsilon, weight_decay=decay)
    return pytest.fail(f"Say here what PyTorch calls the optimizer '{optimizer.kind}'.")


def reference_steps(optimizer: Any, theta: np.ndarray, gradients: list[np.ndarray]) -> np.ndarray:
    """The formulas of the docstrings, written as in the course."""
    v, s, alpha = np.zeros_like(theta), np.zeros_like(theta), optimizer.learning_rate
    for t, g in enumerate(gradients, 1):
        match optimizer.kind:
            case "gradient_descent":
                theta = theta - alpha * g
            case "momentum":
                share = 1 - optimizer.beta if optimizer.form == "moving average" else 1.0
                v = optimizer.beta * v + share * g
                theta = theta - alpha * (optimizer.beta * v + share * g if optimizer.nesterov else v)
            case "rmsprop" | "adagrad":
                beta = getattr(optimizer, "beta", None)
                s = s + g**2 if beta is None else beta * s + (1 - beta) * g**2
                theta = theta - alpha * g / (np.sqrt(s) + optimizer.epsilon)
            case "adam" | "adamw":
                theta = theta * (1 - alpha * getattr(optimizer, "weight_decay", 0.0))
                v = optimizer.beta1 * v + (1 - optimizer.beta1) * g
                s = optimizer.beta2 * s + (1 - optimizer.beta2) * g**2
                v_hat, s_hat = v / (1 - optimizer.beta1**t), s / (1 - optimizer.beta2**t)
                theta = theta - alpha * v_hat / (np.sqrt(s_hat) + optimizer.epsilon)
            case _:
                pytest.fail(f"Write the formula of '{optimizer.kind}' here.")
    return theta


OPTIMIZERS: list[Optimizer] = [
    GradientDescent(learning_rate=0.1),
    Momentum(learning_rate=0.1),
    Momentum(learning_rate=0.1, nesterov=True),
    Momentum(learning_rate=0.02, form="classical"),
    Momentum(learning_rate=0.02, form="classical", nesterov=True, beta=0.8),
    RMSprop(learning_rate=0.01),
    RMSprop(learning_rate=0.01, beta=0.99, epsilon=1e-4),
    Adagrad(learning_rate=0.05),
    Adam(learning_rate=0.02),
    Adam(learning_rate=0.02, beta1=0.9, beta2=0.9),
    Adam(learning_rate=0.02, beta1=0.0, beta2=0.99, epsilon=1e-5),
    AdamW(learning_rate=0.02),
    AdamW(learning_rate=0.02, weight_decay=0.3),
]


def test_every_optimizer_is_compared() -> None:
    missing = {member.kind for member in Optimizer.members()} - {optimizer.kind for optimizer in OPTIMIZERS}
    assert not missing, f"Add {missing} to OPTIMIZERS of this file."


def small() -> Any:
    nodes = {
        "x": Input(shape=(3,)),
        "h": (Dense(units=5, activation=Tanh()), "x"),
        "z": (Dense(units=1), "h"),
        "out": (Output(), "z"),
    }
    return graph(nodes)


def batches(seed: int, n_in: int) -> list[tuple[np.ndarray, np.ndarray]]:
    random = np.random.default_rng(seed)
    return [
        (random.standard_normal((size, n_in)), random.integers(0, 2, size)) for size in (8, 8, 3) * (STEPS // 3 + 1)
    ][:STEPS]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
def test_pytorch(optimizer: Optimizer, dtype: str, backend: Backend) -> None:
    torch = pytorch()
    network = Network(make_plan(small()), backend, dtype, 1)
    model = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.Tanh(), torch.nn.Linear(5, 1)).double()
    pairs = {"h/W": model[0].weight, "h/b": model[0].bias, "z/W": model[2].weight, "z/b": model[2].bias}
    for name, tensor in pairs.items():
        tensor.data = torch.tensor(network[name].astype(np.float64))
    other = pytorch_optimizer(optimizer, model.parameters())
    tolerance = {"rtol": 1e-6, "atol": 1e-9} if dtype == "float64" else {"rtol": 2e-3, "atol": 2e-4}
    for step, (x, y) in enumerate(batches(2, 3)):
        cost = network.step(x, y, optimizer)
        other.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(
            model(torch.tensor(x))[:, 0], torch.tensor(y, dtype=torch.float64)
        )
        loss.backward()
        other.step()
        assert np.isclose(cost, loss.item(), **tolerance), f"{optimizer!r} leaves PyTorch at step {step + 1}."
    for name, tensor in pairs.items():
        assert np.allclose(network[name], tensor.detach().numpy(), **tolerance), f"{optimizer!r} moves {name} wrongly."


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
def test_formula(optimizer: Optimizer, backend: Backend) -> None:
    """The updater alone, on gradients that are given: equal to the formula, with penalties off."""
    network = Network(make_plan(small()), backend, "float64", 1)
    updater, store = network.updater, network.store
    updater.configure(optimizer, 0.0, 0.0)
    random = np.random.default_rng(0)
    start = backend.to_host(store.theta)
    gradients = [random.standard_normal(start.shape) * 10.0 ** random.integers(-6, 3) for _ in range(STEPS)]
    gradients[0][::2] = 0
    for g in gradients:
        store.gradient[...] = backend.to_device(g)
        before = backend.to_host(store.gradient)
        updater.update()
        assert np.array_equal(backend.to_host(store.gradient), before), f"{optimizer!r} must leave the gradient alone."
    expected = reference_steps(optimizer, start, gradients)
    assert np.allclose(backend.to_host(store.theta), expected, rtol=1e-9, atol=1e-12), (
        f"{optimizer!r} differs from its formula."
    )


@pytest.mark.parametrize("kind", Optimizer.members(), ids=lambda kind: kind.kind)
def test_padding_stays_zero(kind: type[Optimizer], backend: Backend) -> None:
    """Between the parameters lie padding numbers; the penalty sums over them too, so they must stay 0."""
    network = Network(make_plan(small()), backend, "float32", 1)
    for x, y in batches(0, 3)[:20]:
        network.step(x, y, kind(), l2=0.1, l1=0.1)
    padding = np.ones(network.store.theta.size, bool)
    for slot in network.store.layout.values():
        padding[slot.start : slot.stop] = False
    assert not backend.to_host(network.store.theta)[padding].any(), f"{kind.__name__} moves numbers that are nobody's."


def test_change_of_settings_keeps_slots_and_of_kind_does_not(backend: Backend) -> None:
    network = Network(make_plan(small()), backend, "float64", 1)
    x, y = batches(0, 3)[0]
    network.step(x, y, Adam())
    moments = network.updater.export_slots()
    network.updater.configure(Adam(learning_rate=0.5), 0.0, 0.0)
    assert all(np.array_equal(moments[name], value) for name, value in network.updater.export_slots().items())
    assert network.updater.step == 1
    network.updater.configure(AdamW(), 0.0, 0.0)
    assert network.updater.step == 0, "Another optimizer starts anew."
    assert not any(value.any() for value in network.updater.export_slots().values())


def test_slots_travel_by_name(backend: Backend) -> None:
    first, second = (Network(make_plan(small()), backend, "float64", 1) for _ in range(2))
    data = batches(0, 3)
    for x, y in data[:5]:
        first.step(x, y, Adam())
    second.set_weights(first.weights())
    second.updater.configure(Adam(), 0.0, 0.0)
    second.updater.load_slots(first.updater.export_slots())
    second.updater.step = first.updater.step
    for x, y in data[5:10]:
        assert first.step(x, y, Adam()) == second.step(x, y, Adam())
    slots = first.updater.export_slots()
    slots["moments/h/W"] = slots["moments/h/W"][:, :2]
    with pytest.raises(ValueError, match=r"moments/h/W.*\(2, 2, 3\).*\(2, 5, 3\)"):
        second.updater.load_slots(slots)


# Whole networks


def convert(layers: list[Any]) -> Any:
    """The same layers in PyTorch, with the names of their parameters and states here."""
    torch = pytorch()
    modules, n = [], 4
    for _, layer in layers:
        match layer.kind:
            case "dense":
                modules.append(torch.nn.Linear(n, layer.units, bias=layer.bias))
                n = layer.units
            case "batch_normalization":
                modules.append(torch.nn.BatchNorm1d(n, eps=layer.epsilon, momentum=1 - layer.momentum))
            case "activation":
                names = {"relu": "ReLU", "gelu": "GELU", "sigmoid": "Sigmoid"}
                modules.append(getattr(torch.nn, names[layer.activation.kind])())
    model = torch.nn.Sequential(*modules).double()
    names = {"dense": ("W", "b"), "batch_normalization": ("gamma", "beta", "running_mean", "running_variance")}
    theirs = ("weight", "bias", "running_mean", "running_var")
    return model, {
        f"{name}/{ours}": getattr(module, other)
        for (name, layer), module in zip(layers, model, strict=True)
        for ours, other in zip(names.get(layer.kind, ()), theirs, strict=False)
        if getattr(module, other) is not None
    }


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("task", ["classes", "values"])
def test_network_with_batch_normalization(task: str, dtype: str, backend: Backend) -> None:
    torch = pytorch()
    layers = [
        ("d1", Dense(units=6, bias=False)),  # a bias here has a gradient of rounding only, which Adam makes large
        ("n1", BatchNormalization()),
        ("a1", Activation(activation=ReLU())),
        ("d2", Dense(units=5, bias=False)),
        ("n2", BatchNormalization(momentum=0.7, epsilon=1e-3)),
        ("a2", Activation(activation=GELU() if task == "classes" else Sigmoid())),
        ("d3", Dense(units=3)),
    ]
    nodes: dict[str, Any] = {"x": Input(shape=(4,))}
    for name, layer in layers:
        nodes[name] = (layer, list(nodes)[-1])
    nodes["out"] = (Output(loss=CategoricalCrossEntropy() if task == "classes" else MeanSquaredError()), "d3")
    network = Network(make_plan(graph(nodes)), backend, dtype, 1)
    model, pairs = convert(layers)
    with torch.no_grad():
        for name, tensor in pairs.items():
            tensor.copy_(torch.tensor(network[name].astype(np.float64)))
    other = torch.optim.Adam(model.parameters(), lr=0.01)
    random = np.random.default_rng(0)
    tolerance = {"rtol": 1e-6, "atol": 1e-8} if dtype == "float64" else {"rtol": 1e-3, "atol": 1e-3}
    for step in range(STEPS):
        m = (12, 12, 5)[step % 3]
        x = random.standard_normal((m, 4))
        y = random.integers(0, 3, m) if task == "classes" else random.standard_normal((m, 3))
        cost = network.step(x, y, Adam(learning_rate=0.01))
        other.zero_grad()
        functional = torch.nn.functional.cross_entropy if task == "classes" else torch.nn.functional.mse_loss
        loss = functional(model(torch.tensor(x)), torch.tensor(y))
        loss.backward()
        other.step()
        assert np.isclose(cost, loss.item(), **tolerance), f"Leaves PyTorch at step {step + 1}."
    for name, tensor in pairs.items():
        assert np.allclose(network[name], tensor.detach().numpy(), **tolerance), f"'{name}' differs from PyTorch."
    model.eval()
    expected = model(torch.tensor(x)).detach()
    expected = torch.softmax(expected, -1) if task == "classes" else expected
    found = network.forward(x)
    assert np.allclose(found, expected.numpy(), **tolerance), "Test mode must use the running averages."
