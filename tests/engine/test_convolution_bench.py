"""The convolution bench: the numbers of the course, and agreement with the layers."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from engine.convolution_bench import (
    COURSE_IMAGE,
    KERNELS,
    convolution_nodes,
    convolve,
    flipped,
    learned_filter,
    pool,
    pooled_at,
    products_at,
    size_formula,
    size_letters,
    window_over,
    written_products,
)
from engine.graph import Edge, GraphSpec, Node
from engine.layer import Layer
from engine.layers.convolution import Conv2D
from engine.layers.ends import Input, Output
from engine.layers.pooling import AveragePooling2D, MaxPooling2D
from engine.losses.basic import MeanSquaredError
from engine.network import Network, compile_design
from engine.shapes import ShapeError


def network_of(layer: Layer, shape: tuple[int, ...]) -> Network:
    nodes = (
        Node(id="in", layer=Input(shape=shape)),
        Node(id="it", layer=layer),
        Node(id="out", layer=Output(loss=MeanSquaredError())),
    )
    return compile_design(
        GraphSpec(nodes=nodes, edges=(Edge(source="in", target="it"), Edge(source="it", target="out"))),
        dtype="float64",
    )


def kernel(name: str) -> np.ndarray:
    return np.array(KERNELS[name], float)[:, :, None, None]


def test_the_vertical_edge_of_the_course():
    window = window_over(COURSE_IMAGE, (3, 3))
    found = convolve(COURSE_IMAGE, kernel("Vertical edges"), window)[..., 0]
    assert found.tolist() == [[0, 30, 30, 0]] * 4, "course 4, week 1: every row of the output is 0 30 30 0"
    dark_first = COURSE_IMAGE[:, ::-1]
    assert convolve(dark_first, kernel("Vertical edges"), window)[0, :, 0].tolist() == [0, -30, -30, 0]
    assert convolve(COURSE_IMAGE, flipped(kernel("Vertical edges")), window)[0, :, 0].tolist() == [0, -30, -30, 0]
    assert convolve(COURSE_IMAGE, kernel("Sobel"), window)[0, :, 0].tolist() == [0, 40, 40, 0]
    assert convolve(COURSE_IMAGE, kernel("Scharr"), window)[0, :, 0].tolist() == [0, 160, 160, 0]
    assert not convolve(COURSE_IMAGE, kernel("Horizontal edges"), window).any()


def test_the_first_example_of_the_course():
    image = np.array(
        [[3, 0, 1, 2, 7, 4], [1, 5, 8, 9, 3, 1], [2, 7, 2, 5, 1, 3], [0, 1, 3, 1, 7, 8], [4, 2, 1, 6, 2, 8],
         [2, 4, 5, 2, 3, 9]], float
    )[..., None]  # fmt: skip
    found = convolve(image, kernel("Vertical edges"), window_over(image, (3, 3)))[..., 0]
    assert found.tolist() == [[-5, -4, 0, 8], [-10, -2, 2, 3], [0, -2, -4, -7], [-3, -2, -3, -16]]


def test_the_poolings_of_the_course():
    image = np.array([[1, 3, 2, 1], [2, 9, 1, 1], [1, 3, 2, 3], [5, 6, 1, 2]], float)[..., None]
    window = window_over(image, (2, 2), stride=2)
    assert pool(image, window, maximum=True)[..., 0].tolist() == [[9, 2], [6, 3]]
    average = np.array([[1, 3, 2, 1], [2, 9, 1, 1], [1, 4, 2, 3], [5, 6, 1, 2]], float)[..., None]
    assert pool(average, window, maximum=False)[..., 0].tolist() == [[3.75, 1.25], [4, 2]]
    assert pooled_at(image, window, 0, 0, 0, maximum=True).winner == (1, 1)
    assert pooled_at(average, window, 1, 0, 0, maximum=False).total == 4
    flat = np.full((4, 4, 1), 7.0)
    assert pooled_at(flat, window, 1, 1, 0, maximum=True).winner == (2, 2), "of equal values the first wins"


@pytest.mark.parametrize(
    ("n", "f", "s", "d", "padding", "p", "formula"),
    [
        (6, 3, 1, 1, "valid", 0, "⌊(6 + 2·0 − 3) / 1⌋ + 1 = 4"),
        (6, 3, 1, 1, "explicit", 1, "⌊(6 + 2·1 − 3) / 1⌋ + 1 = 6"),
        (6, 3, 1, 1, "same", 0, "⌊(6 + 2·1 − 3) / 1⌋ + 1 = 6"),
        (7, 3, 2, 1, "valid", 0, "⌊(7 + 2·0 − 3) / 2⌋ + 1 = 3"),
        (6, 2, 1, 1, "same", 0, "⌊(6 + 0 + 1 − 2) / 1⌋ + 1 = 6"),
        (9, 3, 2, 2, "explicit", 1, "⌊(9 + 2·1 − 2·(3 − 1) − 1) / 2⌋ + 1 = 4"),
    ],
)
def test_the_size_formula(n, f, s, d, padding, p, formula):
    window = window_over(np.zeros((n, n, 1)), (f, f), s, d, padding, p)
    assert size_formula(window, 0) == formula
    assert ("d·" in size_letters(window)) == (d > 1)


def test_a_window_that_does_not_fit_is_refused():
    with pytest.raises(ShapeError, match="window of 5 × 5 over an input of 4 × 4"):
        window_over(np.zeros((4, 4, 1)), (3, 3), dilation=2)


def settings() -> list[tuple]:
    grid = itertools.product((1, 2, 3), (1, 2), (1, 2), (("valid", 0), ("same", 0), ("explicit", 2)), (1, 3), (1, 2))
    return [(f, s, d, *padding, channels, filters) for f, s, d, padding, channels, filters in grid]


def test_it_agrees_with_conv2d():
    random = np.random.default_rng(1)
    for f, s, d, padding, p, channels, filters in settings():
        image = random.normal(size=(7, 8, channels))
        layer = Conv2D(filters=filters, kernel=(f, f + 1), strides=(s,), dilation=(d,), padding=padding, pad=(p,))
        network = network_of(layer, image.shape)
        network["it/b"] = random.normal(size=filters)
        window = window_over(image, (f, f + 1), s, d, padding, p)
        w, b = network["it/W"], network["it/b"]
        wanted = np.asarray(network.forward(image[None]))[0]
        found = convolve(image, w, window, b)
        case = f"f={f}, s={s}, d={d}, {padding} {p}, {channels} channels, {filters} filters"
        assert np.abs(found - wanted).max() < 1e-6, case
        i, j, c = window.outputs[0] - 1, window.outputs[1] // 2, filters - 1
        one = products_at(image, w[..., c], window, i, j, float(b[c]))
        assert one.total == pytest.approx(wanted[i, j, c], abs=1e-6), case
        assert one.products.sum() + b[c] == pytest.approx(one.channel_sums.sum() + b[c])


@pytest.mark.parametrize("kind", [MaxPooling2D, AveragePooling2D])
def test_it_agrees_with_pooling(kind):
    random = np.random.default_rng(2)
    for f, s, padding in itertools.product((1, 2, 3), (1, 2, 3), ("valid", "same")):
        image = random.integers(0, 4, size=(7, 6, 2)).astype(float)  # with ties
        wanted = np.asarray(
            network_of(kind(kernel=(f,), strides=(s,), padding=padding), image.shape).forward(image[None])
        )
        window, maximum = window_over(image, (f, f), s, 1, padding), kind is MaxPooling2D
        assert np.abs(pool(image, window, maximum=maximum) - wanted[0]).max() < 1e-6, (f, s, padding)
        row, column = (n - 1 for n in window.outputs)
        found = pooled_at(image, window, row, column, 1, maximum=maximum)
        assert found.total == pytest.approx(wanted[0][row, column, 1])
        if found.winner is not None:
            assert image[(*found.winner, 1)] == found.total


def test_a_window_on_padding_alone_has_no_winner():
    image = np.ones((2, 2, 1))
    window = window_over(image, (1, 1), padding="explicit", pad=1)
    assert pooled_at(image, window, 0, 0, 0, maximum=True).winner is None
    assert np.isnan(pool(image, window, maximum=True)[0, 0, 0])
    seen = products_at(image, np.ones((1, 1, 1)), window, 0, 0)
    assert not seen.inside.any()
    assert seen.total == 0


def test_products_are_written_out():
    assert written_products([10, 10, 0], [1, 0, -1]) == "1·10 + 0·10 + (−1)·0 = 10"
    assert written_products([0.5, -2], [0.25, 3]) == "0.25·0.5 + 3·(−2) = −5.875"


def test_a_learned_filter_of_a_group_gives_what_the_layer_gives():
    random = np.random.default_rng(3)
    image = random.normal(size=(6, 5, 4))
    network = network_of(Conv2D(filters=6, kernel=(3,), strides=(2,), padding="same", groups=2), image.shape)
    network["it/b"] = random.normal(size=6)
    (node,) = convolution_nodes(network.plan)
    wanted = np.asarray(network.forward(image[None]))[0]
    for c in (0, 2, 3, 5):
        found = learned_filter(node, image, network["it/W"], network["it/b"], c)
        assert found.image.shape == (6, 5, 2), "a filter of a group sees the channels of its group"
        z = convolve(found.image, found.kernel[..., None], found.window, np.array([found.bias]))
        assert np.abs(z[..., 0] - wanted[..., c]).max() < 1e-6
