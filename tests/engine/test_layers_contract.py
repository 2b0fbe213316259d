"""The contract of every layer, without a test of its own: shapes, purity, dtype, determinism, gradient, backends."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
import pytest
from engine_tools import Probe, alone

from engine.backend import NUMPY, Backend
from engine.layer import Layer
from engine.layers.ends import Input, Output
from engine.network import Network
from engine.plan import make_plan

TRIED = [layer for layer in Layer.members() if layer not in (Input, Output)]
CASES = [
    pytest.param(layer, shapes, id=f"{kind.kind}-{number}-{' '.join(map(str, shapes))}")
    for kind in TRIED
    for number, layer in enumerate(kind.sample_layers())
    for shapes in kind.samples
]


def legal(layer: Layer, shapes: tuple[Any, ...]) -> bool:
    return not make_plan(alone(layer, shapes)).problems


def run(layer: Layer, shapes: tuple[Any, ...], backend: Backend, dtype: Any, m: int = 5, training: bool = True) -> Any:
    """One pass forward and back; returns network, inputs, target, output, cost and gradients."""
    network = Network(make_plan(alone(layer, shapes)), backend, dtype, 3)
    random = np.random.default_rng(4)
    x = {f"x{i}": random.standard_normal((m, *shape)) for i, shape in enumerate(shapes)}
    y = random.standard_normal((m, *network.plan.nodes["layer"].shape))
    cost, gradients = network.backward(x, y, training=training)
    bound = network.program(m, training=training, backward=True)
    return network, x, y, backend.to_host(bound.array("layer/A")), cost, gradients


@pytest.mark.parametrize("kind", TRIED, ids=lambda kind: kind.kind)
def test_every_layer_can_be_tried(kind: type[Layer]) -> None:
    assert kind.samples, f"Give {kind.__name__} `samples`: input shapes with which this contract test can try it."
    tried = [(layer, shapes) for layer in kind.sample_layers() for shapes in kind.samples]
    assert all(legal(*case) for case in tried), f"{kind.__name__}.samples holds a shape that the layer itself refuses."
    sizes = {len(shapes) for shapes in kind.samples}
    assert kind.variadic or sizes == {len(kind.ports)}, f"{kind.__name__}.samples must give one shape for each port."


@pytest.mark.parametrize("training", [True, False], ids=["train", "test"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("layer", "shapes"), CASES)
def test_shape_dtype_purity_repeatability(
    layer: Layer, shapes: tuple[Any, ...], dtype: str, training: bool, backend: Backend
) -> None:
    network, x, _, output, cost, gradients = run(layer, shapes, backend, dtype, training=training)
    declared = network.plan.nodes["layer"].shape
    assert output.shape == (5, *declared), f"{layer!r} declares {declared} but computes {output.shape[1:]}."
    bound = network.program(5, training=training, backward=True)
    for name, buffer in bound.program.buffers.items():
        expected = {"real": np.dtype(dtype), "mask": np.dtype(bool), "index": np.dtype(np.int64)}[buffer.element]
        assert buffer.resolve().dtype == expected, f"'{name}' of {layer!r} has {buffer.resolve().dtype}."
        assert buffer.resolve().shape == buffer.shape, f"'{name}' of {layer!r} does not have its declared shape."
    for name, value in x.items():
        kept = backend.to_host(bound.array(f"{name}/A"))
        assert np.array_equal(kept, value.astype(dtype)), f"{layer!r} writes into its input; write into own buffers."
    for name, value in network.weights().items():
        fresh = Network(network.plan, backend, dtype, 3)[name]
        moved = not np.array_equal(value, fresh)
        assert not (moved and name in network.store.layout), f"{layer!r} changes its parameter '{name}' by itself."
        assert not (moved and not training), f"{layer!r} changes its state '{name}' at test time."
    again = run(layer, shapes, backend, dtype, training=training)
    assert again[4] == cost, f"{layer!r} gives another cost the second time; it must draw from p.random only."
    assert all(np.array_equal(gradients[name], again[5][name]) for name in gradients), f"{layer!r} is not repeatable."
    for name, gradient in gradients.items():
        assert np.isfinite(gradient).all(), f"{layer!r} leaves '{name}' without a finite gradient."


@pytest.mark.parametrize("training", [True, False], ids=["train", "test"])
@pytest.mark.parametrize("m", [1, 5, 600])
@pytest.mark.parametrize(("layer", "shapes"), CASES)
def test_gradient(layer: Layer, shapes: tuple[Any, ...], m: int, training: bool, backend: Backend) -> None:
    # Where a function has a kink (at zero, where two values of an example are equal) the difference must not step over.
    def away_from_kinks(random: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        values = np.linspace(0.05, 1.5, prod(shape[1:])) * random.choice([-1.0, 1.0], shape).reshape(shape[0], -1)
        return random.permuted(values, axis=1).reshape(shape)

    for seed in range(3 if m == 5 else 1):
        probe = Probe.of(alone(layer, shapes), backend, m=m, seed=seed, training=training, fill=away_from_kinks)
        error = probe.error()
        assert error < 1e-7, f"The gradient of {layer!r} is wrong by {error:.2g} (m = {m}); check its backward."


@pytest.mark.parametrize(("layer", "shapes"), CASES)
def test_single_precision_and_batches_agree(layer: Layer, shapes: tuple[Any, ...], backend: Backend) -> None:
    single = run(layer, shapes, backend, "float32", m=600, training=False)
    network, x, _, output, _, gradients = run(layer, shapes, backend, "float64", m=600, training=False)
    assert np.allclose(single[3], output, atol=2e-5, rtol=1e-4), f"{layer!r} loses more precision than float32 must."
    for name, gradient in gradients.items():
        assert np.allclose(single[5][name], gradient, atol=1e-4, rtol=1e-3), f"Gradient '{name}' of {layer!r} differs."
    rows = {name: values[250:253] for name, values in x.items()}
    few = network.forward(rows)
    assert np.allclose(few, network.forward(x)[250:253], atol=1e-12), f"{layer!r} mixes examples at test time."


@pytest.mark.parametrize(("layer", "shapes"), CASES)
def test_non_contiguous_input(layer: Layer, shapes: tuple[Any, ...], backend: Backend) -> None:
    network = Network(make_plan(alone(layer, shapes)), backend, "float64", 3)
    random = np.random.default_rng(4)
    wide = {f"x{i}": random.standard_normal((12, *(2 * n for n in shape))) for i, shape in enumerate(shapes)}
    skipping = {name: values[(slice(None, None, 2),) * values.ndim] for name, values in wide.items()}
    reversed_rows = {name: np.asfortranarray(values)[::-1] for name, values in skipping.items()}
    y = random.standard_normal((12, *network.plan.nodes["layer"].shape))[::2]
    for odd in (skipping, reversed_rows):
        plain = {name: np.ascontiguousarray(values) for name, values in odd.items()}
        before = {name: values.copy() for name, values in odd.items()}
        message = f"{layer!r} reads an array with strides wrongly; encode_inputs must hand on contiguous copies."
        assert np.array_equal(network.forward(odd), network.forward(plain)), message
        costs = []
        for batch in (odd, plain):
            network.initialize(3)
            costs.append(network.backward(batch, y))
        assert costs[0][0] == costs[1][0], message
        assert all(np.array_equal(costs[0][1][name], costs[1][1][name]) for name in costs[0][1]), message
        assert all(np.array_equal(before[name], odd[name]) for name in odd), f"{layer!r} changes the caller's array."


@pytest.mark.parametrize("training", [True, False], ids=["train", "test"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("layer", "shapes"), CASES)
def test_cupy_equals_numpy(
    layer: Layer, shapes: tuple[Any, ...], dtype: str, training: bool, cupy_backend: Backend
) -> None:
    tolerance = {"float32": {"rtol": 1e-4, "atol": 1e-5}, "float64": {"rtol": 1e-10, "atol": 1e-12}}[dtype]
    host = run(layer, shapes, NUMPY, dtype, training=training)
    device = run(layer, shapes, cupy_backend, dtype, training=training)
    assert np.allclose(host[3], device[3], **tolerance), f"{layer!r} gives another output on CuPy."
    for name, gradient in host[5].items():
        assert np.allclose(gradient, device[5][name], **tolerance), f"{layer!r} gives another '{name}' on CuPy."
