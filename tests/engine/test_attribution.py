"""Saliency, Grad-CAM, occlusion and gradient ascent against numbers known in another way."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from engine.attribution import (
    Ascent,
    OcclusionMap,
    Probe,
    Strongest,
    ascend,
    blurred,
    covered,
    grad_cam,
    patches,
    saliency,
    stretched,
)
from engine.graph import Edge, GraphSpec, Node
from engine.layer import Layer
from engine.network import compile_design
from engine.templates import load_template


def chain(*layers: dict) -> GraphSpec:
    nodes = tuple(Node(id=f"n{k}", layer=Layer.from_data(layer)) for k, layer in enumerate(layers))
    return GraphSpec(nodes=nodes, edges=tuple(Edge(source=a.id, target=b.id) for a, b in pairwise(nodes)))


def linear(shape=(3, 4, 2), units=3):
    return compile_design(
        chain(
            {"kind": "input", "shape": shape}, {"kind": "flatten"}, {"kind": "dense", "units": units},
            {"kind": "output", "loss": {"kind": "categorical_cross_entropy"}},
        ),
        dtype="float64",
    )  # fmt: skip


def test_the_saliency_of_a_linear_model_is_its_weights():
    network = linear()
    x = np.random.default_rng(0).normal(size=(1, 3, 4, 2))
    probe = Probe(network, "n2")
    z = probe.forward({"n0": x})
    np.testing.assert_allclose(z[0], network["n2/W"] @ x.ravel() + network["n2/b"])
    probe.backward(np.array([[0.0, 1.0, 0.0]]))
    found = saliency(probe.gradient("n0")[0])
    np.testing.assert_allclose(found, np.abs(network["n2/W"][1].reshape(3, 4, 2)).max(-1))


def test_a_probe_leaves_the_network_as_it_was():
    network = linear()
    network.store.gradient[...] = 7
    probe = Probe(network, "n2")
    probe.forward({"n0": np.ones((1, 3, 4, 2))})
    probe.backward(np.ones((1, 3)))
    assert (np.asarray(network.store.gradient) == 7).all(), "gradients of parameters must not be computed"


def test_gradients_of_a_score_are_its_differences():
    network = compile_design(load_template("lenet5"), dtype="float64")
    random = np.random.default_rng(3)
    shape = network.inputs[0].shape
    x, direction = random.uniform(size=(1, *shape)), random.normal(size=(1, *shape))
    probe = Probe(network, "dense_3")
    probe.forward({"input_1": x})
    seed = np.zeros((1, 10))
    seed[0, 4] = 1
    probe.backward(seed)
    slope = float((probe.gradient("input_1") * direction).sum())
    h = 1e-6
    up, down = (probe.forward({"input_1": x + s * h * direction})[0, 4] for s in (1, -1))
    assert slope == pytest.approx((up - down) / (2 * h), rel=1e-5)


def test_grad_cam_against_numpy():
    network = compile_design(load_template("lenet5"), dtype="float64")
    x = np.random.default_rng(5).uniform(size=(1, *network.inputs[0].shape))
    probe = Probe(network, "dense_3")
    base = probe.forward({"input_1": x})[0, 2]
    a = probe.output("max_pooling2d_2")[0]
    seed = np.zeros((1, 10))
    seed[0, 2] = 1
    probe.backward(seed)
    g = probe.gradient("max_pooling2d_2")[0]

    def rest(values):
        """What LeNet does behind the second pooling layer, by hand."""
        v = values.ravel()
        for name in ("dense_1", "dense_2", "dense_3"):
            z = network[f"{name}/W"] @ v + network[f"{name}/b"]
            program = network.plan.nodes[name].layer.activation.kind
            v = {"relu": lambda t: np.maximum(t, 0), "tanh": np.tanh, "linear": lambda t: t}[program](z)
        return v[2]

    assert rest(a) == pytest.approx(base)
    numeric = np.zeros_like(a)
    for place in np.ndindex(a.shape):
        step = np.zeros_like(a)
        step[place] = 1e-6
        numeric[place] = (rest(a + step) - rest(a - step)) / 2e-6
    np.testing.assert_allclose(g, numeric, atol=1e-7)
    total = np.zeros(a.shape[:2])
    for k in range(a.shape[2]):
        total += numeric[:, :, k].mean() * a[:, :, k]
    np.testing.assert_allclose(grad_cam(a, g), np.maximum(total, 0), atol=1e-7)


def test_occlusion_of_a_model_that_looks_at_one_pixel():
    network = linear((5, 6, 1), units=2)
    w = np.zeros((2, 30))
    w[0, 2 * 6 + 4] = 3.0  # row 2, column 4
    network["n2/W"] = w
    x = np.full((5, 6, 1), 2.0)
    probe = Probe(network, "n2", gradients=False)
    score = probe.forward({"n0": x[None]})[0, 0]
    found = OcclusionMap((5, 6))
    for box in patches((5, 6), 2, 1):
        hidden = covered(x, box, np.zeros(1))
        found.add(box, score - probe.forward({"n0": hidden[None]})[0, 0])
    values = found.values
    assert values[2, 4] == pytest.approx(6.0), "every patch over the pixel takes away 3 · 2"
    assert values[0, 0] == 0
    assert np.unravel_index(values.argmax(), values.shape) == (2, 4)
    assert values[1, 4] == pytest.approx(3.0), "half of the patches over row 1 also cover row 2"
    assert (values[:, :3] == 0).all()


@pytest.mark.parametrize(("size", "patch", "stride"), [(28, 5, 3), (8, 3, 2), (7, 7, 1), (4, 9, 2), (5, 1, 1)])
def test_patches_cover_every_place_and_stay_inside(size, patch, stride):
    count = np.zeros((size, size), int)
    for (a, b), (c, d) in patches((size, size), patch, stride):
        assert 0 <= a < b <= size
        assert 0 <= c < d <= size
        count[a:b, c:d] += 1
    assert count.min() >= 1


def test_stretching_keeps_constants_and_interpolates():
    np.testing.assert_allclose(stretched(np.full((2, 3), 5.0), (7, 9)), 5)
    np.testing.assert_allclose(stretched(np.array([0.0, 1.0]), (4,)), [0, 0.25, 0.75, 1])


def test_ascent_on_a_linear_unit_goes_along_its_weights():
    network = linear((4, 4, 1))
    w = network["n2/W"][0].reshape(4, 4, 1)
    probe = Probe(network, "n2")
    seed = np.array([[1.0, 0, 0]])
    start = {"n0": np.zeros((1, 4, 4, 1))}
    settings = Ascent(steps=20, decay=0.0, blur_every=0, rate=0.1)
    states = list(ascend(probe, start, seed, 0.0, 2.0, -100, 100, settings))
    x, values = states[-1][0]["n0"][0], [value for _, value in states]
    np.testing.assert_allclose(x / np.linalg.norm(x), w / np.linalg.norm(w), atol=1e-9)
    assert np.sqrt(np.square(x).mean()) == pytest.approx(20 * 0.1 * 2.0), "20 steps of 0.1 standard deviations"
    assert values == sorted(values)


def test_ascent_stops_where_no_gradient_comes_back_and_stays_in_range():
    network = linear((2, 2, 1))
    network["n2/W"] = np.zeros((3, 4))
    probe, start = Probe(network, "n2"), {"n0": np.zeros((1, 2, 2, 1))}
    assert list(ascend(probe, start, np.ones((1, 3)), 0, 1, 0, 1)) == []
    network["n2/W"] = np.ones((3, 4))
    last = list(ascend(probe, start, np.ones((1, 3)), 0, 1, 0, 1, Ascent(decay=0)))[-1][0]["n0"]
    assert last.max() == 1.0


def test_blur_keeps_the_mean_of_a_wide_image_and_flat_areas():
    np.testing.assert_allclose(blurred(np.full((4, 5, 2), 3.0)), 3)
    x = np.zeros((5, 5, 1))
    x[2, 2] = 1
    assert blurred(x)[2, 2, 0] == pytest.approx(0.5625)
    assert blurred(x).sum() == pytest.approx(1)


def test_the_strongest_examples_and_their_places():
    random = np.random.default_rng(1)
    a = random.normal(size=(50, 3, 4, 5))
    strongest = Strongest(5, 9)
    for start in range(0, 50, 8):
        rows = np.arange(start, min(start + 8, 50))
        strongest.add(a[rows], rows)
    for channel in range(5):
        best = a[..., channel].reshape(50, -1).max(1)
        order = np.argsort(-best)[:9]
        np.testing.assert_array_equal(strongest.rows[channel], order)
        np.testing.assert_allclose(strongest.values[channel], best[order])
        for row, place in zip(order, strongest.places[channel], strict=True):
            assert a[row, ..., channel].ravel()[place] == best[row]


def test_fewer_examples_than_asked_for_and_no_numbers():
    strongest = Strongest(2, 9)
    strongest.add(np.array([[1.0, np.nan], [2.0, np.nan]]), np.array([4, 7]))
    assert strongest.rows[0, :3].tolist() == [7, 4, -1]
    assert np.isneginf(strongest.values[1]).all()
