"""Convolution and pooling against PyTorch, and what gradient checks on random numbers never show."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from engine_tools import alone, pytorch

from engine.backend import NUMPY
from engine.compiler import BoundProgram, trace
from engine.layer import Layer
from engine.layers.convolution import Conv1D, Conv2D, Conv3D
from engine.layers.pooling import AveragePooling2D, GlobalMaxPooling, MaxPooling1D, MaxPooling2D, MaxPooling3D
from engine.network import Network
from engine.plan import make_plan
from engine.shapes import ShapeError
from engine.windows import Window

GRID = [
    {"kernel": k, "stride": s, "dilation": d, "padding": padding, "groups": groups, "filters": filters}
    for k, s, d, padding, (groups, filters) in itertools.product(
        (1, 2, 3), (1, 2), (1, 2), ("valid", "same", "explicit"), ((1, 4), (2, 4), (4, 8))
    )
]
SIZES = {Conv1D: (11,), Conv2D: (9, 12), Conv3D: (5, 6, 5)}


def run(layer: Layer, shape: tuple[int, ...], x: np.ndarray, dtype: Any = "float64") -> tuple[Network, BoundProgram]:
    """One pass forward and back, with the gradient of the input."""
    network = Network(make_plan(alone(layer, (shape,))), NUMPY, dtype, 3)
    program = trace(network.plan, len(x), training=True, backward=True, input_gradients=True)
    bound = BoundProgram(program, NUMPY, network.dtype, network.store.arrays, np.random.default_rng(0))
    bound.array("x0/A")[...] = x
    bound.array("out/Y")[...] = np.random.default_rng(1).standard_normal(bound.array("out/Y").shape)
    bound.run("forward", "target", "cost", "backward")
    return network, bound


def channels_first(array: np.ndarray) -> Any:
    import torch

    return torch.from_numpy(np.moveaxis(array, -1, 1).copy())


@pytest.mark.parametrize("kind", [Conv1D, Conv2D, Conv3D], ids=lambda kind: kind.kind)
@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 2e-5), ("float64", 1e-10)])
def test_convolutions_agree_with_pytorch(kind: Any, dtype: str, tolerance: float) -> None:
    torch = pytorch()
    function = getattr(torch.nn.functional, kind.kind)
    shape = (*SIZES[kind], 4)
    for number, case in enumerate(GRID if kind is Conv2D else GRID[::3]):
        layer = kind(
            filters=case["filters"], kernel=(case["kernel"],), strides=(case["stride"],), dilation=(case["dilation"],),
            padding=case["padding"], pad=(1,), groups=case["groups"],
        )  # fmt: skip
        x = np.random.default_rng(number).standard_normal((3, *shape)).astype(dtype)
        network, bound = run(layer, shape, x, dtype)
        w, window = network["layer/W"], layer.window(shape)
        weights = torch.from_numpy(np.moveaxis(w, (-1, -2), (0, 1)).copy()).requires_grad_()
        inputs = channels_first(x).requires_grad_()
        pads = [pad for pair in reversed(window.pads) for pad in pair]
        padded = torch.nn.functional.pad(inputs, pads)
        z = function(padded, weights, None, case["stride"], 0, case["dilation"], case["groups"])
        z.backward(channels_first(bound.array("layer/dZ")))
        gradient = np.moveaxis(weights.grad.numpy(), (0, 1), (-1, -2))
        errors = {
            "Z": np.abs(np.moveaxis(z.detach().numpy(), 1, -1) - bound.array("layer/Z")).max(),
            "dW": np.abs(gradient - bound.array("layer/dW")).max() / max(np.abs(gradient).max(), 1),
            "dX": np.abs(np.moveaxis(inputs.grad.numpy(), 1, -1) - bound.array("layer/dX")).max(),
        }
        assert max(errors.values()) < tolerance, f"{kind.__name__} {case} differs from PyTorch: {errors}"


@pytest.mark.parametrize("kind", [MaxPooling1D, MaxPooling2D, MaxPooling3D], ids=lambda kind: kind.kind)
@pytest.mark.parametrize(("kernel", "stride"), [(2, 2), (3, 2), (3, 1), (2, 3)])
def test_max_pooling_agrees_with_pytorch(kind: Any, kernel: int, stride: int) -> None:
    torch = pytorch()
    shape = (*(9, 8, 7)[: kind.axes], 2)
    x = np.random.default_rng(0).integers(0, 4, (3, *shape)).astype(float)  # with many ties
    _, bound = run(kind(kernel=(kernel,), strides=(stride,)), shape, x)
    inputs = channels_first(x).requires_grad_()
    best = getattr(torch.nn.functional, f"max_pool{kind.axes}d")(inputs, kernel, stride)
    best.backward(channels_first(bound.array("layer/dA")))
    assert np.array_equal(np.moveaxis(best.detach().numpy(), 1, -1), bound.array("layer/A"))
    assert np.allclose(np.moveaxis(inputs.grad.numpy(), 1, -1), bound.array("layer/dX"), atol=1e-12), (
        "the gradient of a maximum belongs to the first of tied entries"
    )


@pytest.mark.parametrize("layer", [MaxPooling2D(), MaxPooling2D(kernel=(3,), strides=(2,), padding="same")])
def test_a_flat_patch_sends_its_gradient_to_one_place(layer: MaxPooling2D) -> None:
    _, bound = run(layer, (4, 4, 1), np.zeros((1, 4, 4, 1)))
    dy, dx = bound.array("layer/dA"), bound.array("layer/dX")
    assert np.isclose(dx.sum(), dy.sum()), "of tied entries exactly one gets the gradient"
    assert dx[0, 0, 0, 0] == dy[0, 0, 0, 0], "and it is the first"
    assert np.count_nonzero(dx) == dy.size


def test_a_flat_channel_sends_its_gradient_to_its_first_place() -> None:
    _, bound = run(GlobalMaxPooling(), (3, 3, 2), np.ones((2, 3, 3, 2)))
    dx = bound.array("layer/dX")
    assert np.array_equal(dx[:, 0, 0], bound.array("layer/dA"))
    assert np.count_nonzero(dx) == 4


def test_average_pooling_does_not_count_the_border() -> None:
    x = np.arange(9.0).reshape(1, 3, 3, 1)
    _, bound = run(AveragePooling2D(kernel=(2,), padding="same"), (3, 3, 1), x)
    assert bound.array("layer/A")[0, :, :, 0].tolist() == [[2.0, 3.5], [6.5, 8.0]]


def test_same_padding_puts_the_odd_zero_after() -> None:
    assert Window.over((5, 5), (2, 2), (1, 1), (1, 1), "same").pads == ((0, 1), (0, 1))
    assert Window.over((6, 6), (3, 3), (2, 2), (1, 1), "same").pads == ((0, 1), (0, 1))
    assert Window.over((7,), (3,), (2,), (1,), "same").outputs == (4,)


def test_the_size_formula_of_the_course() -> None:
    # Course 4, week 1: n = 39, f = 3, p = 0, s = 1; then f = 5, s = 2; then f = 5, s = 2.
    sizes = []
    n = 39
    for f, s in ((3, 1), (5, 2), (5, 2)):
        n = Window.over((n,), (f,), (s,), (1,), "valid").outputs[0]
        sizes.append(n)
    assert sizes == [37, 17, 7]


def test_a_kernel_larger_than_its_input_is_refused_with_advice() -> None:
    with pytest.raises(ShapeError, match="window of 5 × 5 over an input of 3 × 4") as caught:
        Conv2D(kernel=(5,)).output_shape((3, 4, 1))
    assert caught.value.advice


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"strides": (0,)}, "strides must be at least 1"),
        ({"kernel": (3, 3, 3)}, "one number, or 2 numbers"),
        ({"filters": 6, "groups": 4}, "multiple of the groups"),
    ],
)
def test_senseless_settings_are_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Conv2D(**changes)


def test_groups_must_divide_the_channels() -> None:
    with pytest.raises(ShapeError, match="4 groups, but that has 6 channels") as caught:
        Conv2D(filters=8, groups=4).output_shape((5, 5, 6))
    assert len(caught.value.advice) == 1, "2 is the next number of groups that divides 6 and 8"


def test_several_processors_compute_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    from engine import threads

    x = np.random.default_rng(0).standard_normal((9, 12, 12, 32))
    layer = Conv2D(filters=64, padding="same")
    found = {}
    for count in (1, 3):
        monkeypatch.setattr(threads, "_most", count)
        _, bound = run(layer, (12, 12, 32), x)
        calls = bound.operations("forward")[0][1]
        assert (len(calls) == 1) == (count == 3), "three processors get one call that runs three lists of calls"
        found[count] = [bound.array(f"layer/{name}").copy() for name in ("Z", "dW", "dX")]
    for one, three in zip(found[1], found[3], strict=True):
        assert np.allclose(one, three, atol=1e-10)


def test_a_failure_in_another_thread_is_raised() -> None:
    from engine.threads import side_by_side

    with pytest.raises(ZeroDivisionError):
        side_by_side([[lambda: None], [lambda: 1 / 0]])()
