"""Statistics, histograms and names of tensors, against numbers worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine.activations.basic import Linear, ReLU, Tanh
from engine.compiler import trace
from engine.graph import Edge, GraphSpec, Node
from engine.layers.activation import Activation
from engine.layers.batch_normalization import BatchNormalization
from engine.layers.dense import Dense
from engine.layers.dropout import Dropout
from engine.layers.ends import Input, Output
from engine.network import compile_design
from engine.plan import make_plan
from engine.tensors import histogram, largest, layer_numbers, layer_tensors, statistics


def chain(*layers) -> GraphSpec:
    nodes = tuple(Node(id=f"n{i}", layer=layer) for i, layer in enumerate(layers))
    return GraphSpec(nodes=nodes, edges=tuple(Edge(source=f"n{i}", target=f"n{i + 1}") for i in range(len(layers) - 1)))


def symbols(graph: GraphSpec, node: str, *, training: bool = True) -> list[tuple[str | None, str | None]]:
    plan = make_plan(graph)
    program = trace(plan, 4, training=training, backward=True, input_gradients=True)
    return [(a and a.symbol, b and b.symbol) for a, b in layer_tensors(plan, program, node)]


def test_statistics_of_a_small_matrix():
    x = statistics(np.array([[3.0, -4.0], [0.0, 0.0]], np.float32))
    assert (x.size, x.minimum, x.mean, x.maximum, x.norm) == (4, -4.0, -0.25, 3.0, 5.0)
    assert (x.zeros, x.not_finite) == (0.5, 0.0)


def test_what_is_not_finite_is_counted_and_left_out():
    x = statistics(np.array([np.nan, np.inf, -2.0, 0.0]))
    assert (x.minimum, x.mean, x.maximum, x.norm) == (-2.0, -1.0, 0.0, 2.0)
    assert (x.zeros, x.not_finite) == (0.25, 0.5)


def test_arrays_without_any_number():
    for array in (np.empty((0, 3)), np.full(2, np.nan)):
        x = statistics(array)
        assert all(math.isnan(value) for value in (x.minimum, x.mean, x.maximum, x.norm)), array
        assert largest(array) == 0.0
    assert statistics(np.full(2, np.nan)).not_finite == 1.0
    assert statistics(np.empty(0)).not_finite == 0.0


@pytest.mark.parametrize("scale", [1e-200, 1e200])
def test_the_norm_neither_overflows_nor_vanishes(scale):
    assert statistics(np.array([3.0, 4.0]) * scale).norm == pytest.approx(5 * scale)


def test_statistics_of_truth_values():
    x = statistics(np.array([True, False, True, True]))
    assert (x.mean, x.zeros, x.norm) == (0.75, 0.25, pytest.approx(math.sqrt(3)))


def test_histogram_counts_every_finite_number_once():
    random = np.random.default_rng(0)
    array = random.normal(size=(30, 40)).astype(np.float32)
    array[0, :3] = np.nan, np.inf, -np.inf
    counts = histogram(array, 0.5)
    assert counts.shape == (41,)
    assert counts.sum() == 1200 - 3, "what lies beyond the limit belongs to the outermost bars"


def test_histogram_is_symmetrical_with_zero_in_the_middle():
    array = np.array([-1.0, -0.3, 0.0, 0.0, 0.3, 1.0])
    counts = histogram(array, 1.0, bins=5)  # bins of 0.4: −1 … −0.6 … −0.2 … 0.2 … 0.6 … 1
    assert counts.tolist() == [1, 1, 2, 1, 1]
    assert histogram(-array, 1.0).tolist() == histogram(array, 1.0)[::-1].tolist()


def test_histogram_agrees_with_numpy():
    array = np.random.default_rng(1).uniform(-2, 2, 1000)
    assert histogram(array, 2.0, bins=21).tolist() == np.histogram(array, bins=21, range=(-2, 2))[0].tolist()


def test_histogram_of_nothing_but_zeros():
    counts = histogram(np.zeros(7), 0.0)
    assert counts[20] == counts.sum() == 7


def test_largest_ignores_what_is_not_finite():
    assert largest(np.array([1.0, -3.0]), np.array([np.inf, 2.0, np.nan])) == 3.0


def test_the_tensors_of_a_dense_layer_in_the_notation_of_the_course():
    graph = chain(Input(shape=(2,)), Dense(units=2, activation=ReLU()), Dense(units=1), Output())
    assert symbols(graph, "n1") == [("W[1]", "dW[1]"), ("b[1]", "db[1]"), ("Z[1]", "dZ[1]"), ("A[1]", "dA[1]")]
    assert symbols(graph, "n2")[-1] == ("Z[2] = A[2]", "dZ[2] = dA[2]"), "one array under two names is shown once"
    assert symbols(graph, "n0") == [("A[0]", "dA[0]")]
    assert symbols(graph, "n3")[0] == ("Z[2]", "dZ[2]")
    assert ("Ŷ[2]", None) in symbols(graph, "n3")


def test_layers_without_z_show_what_they_have():
    graph = chain(
        Input(shape=(3,)), Dense(units=4, activation=Linear(), bias=False), BatchNormalization(),
        Activation(activation=Tanh()), Dropout(), Dense(units=1), Output(),
    )  # fmt: skip
    assert symbols(graph, "n1")[0] == ("W[1]", "dW[1]")
    normal = symbols(graph, "n2")
    assert normal[:4] == [("γ[1]", "dγ[1]"), ("β[1]", "dβ[1]"), ("running μ[1]", None), ("running σ²[1]", None)]
    assert ("X[1]", "dX[1]") in normal
    assert ("X̂[1]", None) in normal
    assert normal[-1] == ("Y[1] = A[1]", "dA[1]")
    assert symbols(graph, "n3") == [("X[1]", "dX[1]"), ("A[1]", "dA[1]")]
    assert symbols(graph, "n4") == [("X[1]", "dX[1]"), ("D[1]", None), ("A[1]", "dA[1]")]
    in_use = symbols(graph, "n4", training=False)
    assert [value for value, _ in in_use] == ["X[1] = A[1]"], "dropout does nothing in use"


def test_layers_are_numbered_by_their_weights():
    graph = chain(Input(shape=(3,)), Dense(units=4), BatchNormalization(), Dropout(), Dense(units=1), Output())
    assert list(layer_numbers(make_plan(graph)).values()) == [0, 1, 1, 1, 2, 2]


def test_a_frozen_layer_has_no_gradients_of_its_parameters():
    graph = chain(Input(shape=(2,)), Dense(units=2), Dense(units=1), Output())
    nodes = tuple(Node(id=node.id, layer=node.layer, frozen=node.id == "n1") for node in graph.nodes)
    found = symbols(GraphSpec(nodes=nodes, edges=graph.edges), "n1")
    assert found[:2] == [("W[1]", None), ("b[1]", None)]
    assert found[2][1] == "dZ[1] = dA[1]"


def test_every_named_tensor_is_in_the_program():
    network = compile_design(chain(Input(shape=(2,)), Dense(units=3, activation=ReLU()), Dense(units=1), Output()))
    program = network.program(5, training=True, backward=True)
    for node in network.plan.nodes:
        for tensor in (t for pair in layer_tensors(network.plan, program.program, node) for t in pair if t):
            assert program.array(tensor.key).shape == tensor.shape, tensor
