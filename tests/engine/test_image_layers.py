"""The layers around convolutions against PyTorch: normalization, transposed and separable convolution, places."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from engine_tools import pytorch
from test_convolution import channels_first, run

from engine.layer import Layer
from engine.layers.dropout import SpatialDropout
from engine.layers.normalization import GroupNormalization, LayerNormalization, LocalResponseNormalization
from engine.layers.separable_convolution import SeparableConv2D
from engine.layers.spatial import Cropping, Permute, Upsampling, ZeroPadding
from engine.layers.transposed_convolution import TransposedConv2D
from engine.shapes import ShapeError

SHAPE = (5, 6, 4)


def compare(layer: Layer, function: Any, shape: tuple[int, ...] = SHAPE, tolerance: float = 1e-10) -> None:
    """Output and input gradient of a layer and of PyTorch's function on channels first."""
    x = np.random.default_rng(0).standard_normal((3, *shape))
    _, bound = run(layer, shape, x)
    inputs = channels_first(x).requires_grad_()
    y = function(inputs)
    y.backward(channels_first(bound.array("layer/dA")))
    expected = np.moveaxis(y.detach().numpy(), 1, -1)
    assert np.abs(expected - bound.array("layer/A")).max() < tolerance, f"the output of {layer!r} differs"
    gradient = np.moveaxis(inputs.grad.numpy(), 1, -1)
    found = bound.array("layer/dX").reshape(gradient.shape)
    assert np.abs(gradient - found).max() < tolerance, f"the gradient of {layer!r} differs"


def test_normalizations_agree_with_pytorch() -> None:
    functional = pytorch().nn.functional
    for groups in (1, 2, 4):
        compare(GroupNormalization(groups=groups), lambda x, groups=groups: functional.group_norm(x, groups))
    last = (0, 2, 3, 1)
    compare(LayerNormalization(), lambda x: functional.layer_norm(x.permute(*last), (4,)).permute(0, 3, 1, 2))
    for size in (3, 4, 5):
        layer = LocalResponseNormalization(size=size, alpha=0.3, beta=0.75, bias=2.0)
        compare(layer, lambda x, size=size: functional.local_response_norm(x, size, 0.3, 0.75, 2.0))


@pytest.mark.parametrize(
    ("layer", "pads"),
    [
        (TransposedConv2D(filters=3, kernel=(3,), strides=(2,), padding="explicit", pad=(1,)), (1, 0)),
        (TransposedConv2D(filters=3, kernel=(4,), strides=(2,), padding="explicit", pad=(1,)), (1, 0)),
        (TransposedConv2D(filters=2, kernel=(2,), strides=(2,), padding="valid"), (0, 0)),
        (TransposedConv2D(filters=2, kernel=(4,), strides=(2,), padding="same"), (1, 0)),
        (TransposedConv2D(filters=2, kernel=(3,), strides=(1,), padding="same"), (1, 0)),
    ],
)
def test_transposed_convolution_agrees_with_pytorch(layer: TransposedConv2D, pads: tuple[int, int]) -> None:
    torch = pytorch()
    x = np.random.default_rng(0).standard_normal((3, *SHAPE))
    network, bound = run(layer, SHAPE, x)
    weights = torch.from_numpy(np.moveaxis(network["layer/W"], (-1, -2), (0, 1)).copy()).requires_grad_()
    inputs = channels_first(x).requires_grad_()
    z = torch.nn.functional.conv_transpose2d(inputs, weights, None, layer.strides[0], pads[0], pads[1])
    z.backward(channels_first(bound.array("layer/dZ")))
    assert np.allclose(np.moveaxis(z.detach().numpy(), 1, -1), bound.array("layer/Z"), atol=1e-10)
    assert np.allclose(np.moveaxis(weights.grad.numpy(), (0, 1), (-1, -2)), bound.array("layer/dW"), atol=1e-10)
    assert np.allclose(np.moveaxis(inputs.grad.numpy(), 1, -1), bound.array("layer/dX"), atol=1e-10)


def test_separable_convolution_is_a_depthwise_and_a_pointwise_one() -> None:
    torch = pytorch()
    x = np.random.default_rng(0).standard_normal((3, *SHAPE))
    network, bound = run(SeparableConv2D(filters=3, multiplier=2, padding="same", bias=False), SHAPE, x)
    v, w = (
        torch.from_numpy(np.moveaxis(network[f"layer/{name}"], (-1, -2), (0, 1)).copy()).requires_grad_()
        for name in "VW"
    )
    inputs = channels_first(x).requires_grad_()
    functional = torch.nn.functional
    z = functional.conv2d(functional.conv2d(inputs, v, padding=1, groups=4), w)
    z.backward(channels_first(bound.array("layer/dZ")))
    assert np.allclose(np.moveaxis(z.detach().numpy(), 1, -1), bound.array("layer/Z"), atol=1e-10)
    for name, tensor in (("V", v), ("W", w)):
        gradient = np.moveaxis(tensor.grad.numpy(), (0, 1), (-1, -2))
        assert np.allclose(gradient, bound.array(f"layer/d{name}"), atol=1e-10), f"d{name} differs"
    assert np.allclose(np.moveaxis(inputs.grad.numpy(), 1, -1), bound.array("layer/dX"), atol=1e-10)


def test_places() -> None:
    functional = pytorch().nn.functional
    compare(Upsampling(factor=(2, 3)), lambda x: functional.interpolate(x, scale_factor=(2, 3)))
    compare(ZeroPadding(before=(1, 2), after=(0, 3)), lambda x: functional.pad(x, (2, 3, 1, 0)))
    compare(Cropping(before=(1, 0), after=(0, 2)), lambda x: x[:, :, 1:, :-2])
    x = np.random.default_rng(0).standard_normal((2, 2, 3, 4))
    _, bound = run(Permute(order=(3, 1, 2)), (2, 3, 4), x)
    assert np.array_equal(bound.array("layer/A"), x.transpose(0, 3, 1, 2))


def test_spatial_dropout_drops_whole_channels() -> None:
    x = np.ones((50, 4, 4, 3))
    _, bound = run(SpatialDropout(keep_prob=0.5), (4, 4, 3), x)
    sums = bound.array("layer/A").sum(axis=(1, 2))
    assert set(np.unique(sums)) == {0.0, 32.0}, "a channel is on everywhere (and doubled) or off everywhere"


@pytest.mark.parametrize(
    ("layer", "shape", "sentence"),
    [
        (GroupNormalization(groups=3), (4, 4, 4), "3 groups"),
        (Cropping(before=(3,), after=(3,)), (5, 5, 1), "nothing is left"),
        (Permute(order=(1, 2)), (2, 3, 4), "Name each of them once"),
        (Upsampling(factor=(2, 2, 2)), (4, 4, 1), "2 axes"),
        (ZeroPadding(), (7,), "places and channels"),
    ],
)
def test_what_does_not_fit_is_said(layer: Layer, shape: tuple[int, ...], sentence: str) -> None:
    with pytest.raises(ShapeError, match=sentence):
        layer.output_shape(shape)
