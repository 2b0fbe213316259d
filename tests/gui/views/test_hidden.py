"""The hidden-layer view: places of examples and grid against the network itself."""

from __future__ import annotations

import time
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtTest import QTest

from engine.activations.basic import Tanh
from engine.data import DataSettings, parse_spec, prepare
from engine.design import Design
from engine.events import Weights
from engine.graph import Edge, GraphSpec, Node
from engine.layers.dense import Dense
from engine.layers.ends import Input, Output
from engine.losses.basic import BinaryCrossEntropy, MeanSquaredError
from engine.network import compile_design
from gui.document import Document
from gui.runtime.session import TrainingSession
from gui.views.context import ViewContext
from gui.views.hidden import HiddenView
from gui.views.hidden_numbers import LINES, PLACES, principal_axes


def chain(*units, inputs=2, loss=None):
    layers = {"input_1": Input(shape=(inputs,))}
    layers |= {f"dense_{k}": Dense(units=n, activation=Tanh()) for k, n in enumerate(units, 1)}
    layers |= {"dense_last": Dense(units=1), "output_1": Output(loss=loss or BinaryCrossEntropy())}
    nodes = tuple(Node(id=name, layer=layer) for name, layer in layers.items())
    return Design(graph=GraphSpec(nodes=nodes, edges=tuple(Edge(source=a, target=b) for a, b in pairwise(layers))))


@pytest.fixture
def opened(application):
    """Show a design with data; hands back context, view and a network with the same first weights."""
    made = []

    def show(design, spec="planar:moons"):
        document = Document(design)
        session = TrainingSession(document)
        context = ViewContext(document, session, document)
        view = HiddenView(context)
        view.resize(420, 380)
        made.append((document, session, context, view))
        context.set_problem(design, prepare(DataSettings(source=parse_spec(spec))))
        view.show()
        wait_for(lambda: view._answer is not None, "nothing was computed")
        return context, view, compile_design(design)

    yield show
    for document, session, context, view in made:
        context.close()
        session.close()
        view.close()
        view.deleteLater()
        document.deleteLater()
    QCoreApplication.sendPostedEvents(None, 0)


def wait_for(condition, message):
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end, message
        QTest.qWait(5)


def hidden(network, x, k=1):
    for layer in range(1, k + 1):
        x = np.tanh(x @ network[f"dense_{layer}/W"].T + network[f"dense_{layer}/b"])
    return x


def test_two_units_are_the_axes_themselves(opened):
    context, view, network = opened(chain(8, 2))
    answer, data = view._answer, context.problem.data
    assert answer.question.node == "dense_2", "a layer of two units needs no projection"
    assert answer.titles == ("Unit 1", "Unit 2")
    np.testing.assert_allclose(answer.points, hidden(network, data.train.input(), 2), atol=1e-5)
    np.testing.assert_array_equal(answer.target, data.train.target())
    x, y = view._points.getData()
    np.testing.assert_allclose(np.column_stack([x, y]), answer.points)
    assert answer.grid[0].shape == (LINES * (PLACES + 1), 2)
    assert np.isnan(answer.grid[0][PLACES]).all(), "a gap keeps lines apart"
    assert np.isfinite(answer.grid[0][:PLACES]).all()


def test_the_grid_is_the_network_over_the_plane(opened):
    context, view, network = opened(chain(2))
    data = context.problem.data
    whole = np.concatenate([data.unscale_input(part.input()) for part in data.parts.values()])
    low, high = whole.min(axis=0), whole.max(axis=0)
    low, high = low - 0.08 * (high - low), high + 0.08 * (high - low)
    raw = np.column_stack([np.full(PLACES, low[0]), np.linspace(low[1], high[1], PLACES)])
    expected = hidden(network, data.scale_input(raw))
    np.testing.assert_allclose(view._answer.grid[0][:PLACES], expected, atol=1e-4)
    raw = np.column_stack([np.linspace(low[0], high[0], PLACES), np.full(PLACES, high[1])])
    np.testing.assert_allclose(
        view._answer.grid[1][-PLACES - 1 : -1], hidden(network, data.scale_input(raw)), atol=1e-4
    )


def test_the_next_layer_decides_on_its_line(opened):
    _, view, network = opened(chain(2))
    a, b, c = view._answer.decision
    w, bias = network["dense_last/W"][0], network["dense_last/b"][0]
    assert (a, b, c) == pytest.approx((w[0], w[1], bias), abs=1e-6)
    x, y = view._decision.getData()
    np.testing.assert_allclose(a * x + b * y + c, 0, atol=1e-9)
    assert "decides" in view._plot.legend.text()
    _, other, _ = opened(chain(2, 4))
    other._layer.setCurrentIndex(other._layer.findData("dense_1"))
    wait_for(lambda: other._answer.question.node == "dense_1", "another layer was chosen")
    assert other._answer.decision is None, "behind tanh there is no line"
    _, values, _ = opened(chain(2, loss=MeanSquaredError()), "planar:plane")
    assert values._answer.decision is None, "values are not decided"


def test_more_units_are_projected_to_principal_components(opened):
    _, view, network = opened(chain(6))
    answer, data = view._answer, view.context.problem.data
    acts = hidden(network, data.train.input().astype(np.float64))
    values, vectors = np.linalg.eigh(np.cov(acts.T))
    places = (acts - acts.mean(axis=0)) @ vectors[:, [-1, -2]]
    np.testing.assert_allclose(np.abs(answer.points), np.abs(places), atol=1e-4)
    shares = values[[-1, -2]] / values.sum()
    assert answer.titles == tuple(f"PC {k} ({s:.0%} of variance)" for k, s in zip((1, 2), shares, strict=True))
    view._first.setCurrentIndex(view._first.findData(3))
    view._second.setCurrentIndex(view._second.findData(5))
    wait_for(lambda: view._answer.titles == ("Unit 4", "Unit 6"), "two units were chosen")
    np.testing.assert_allclose(view._answer.points, acts[:, [3, 5]], atol=1e-5)


def test_components_keep_their_signs_and_their_order():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(300, 5)) * [3, 2, 0.5, 0.4, 0.3]
    basis, shares, numbers = principal_axes(values)
    spread = np.linalg.svd(values - values.mean(axis=0), compute_uv=False) ** 2
    np.testing.assert_allclose(shares, spread[:2] / spread.sum())
    assert numbers == [1, 2]
    flipped, _, _ = principal_axes(-values, basis)
    np.testing.assert_allclose(flipped, basis, atol=1e-12)
    swapped, shares, numbers = principal_axes(values * [0.5, 1.5, 1, 1, 1], basis)
    assert numbers == [2, 1], "the second direction now varies more, but stays the vertical axis"
    assert shares[1] > shares[0]
    assert (swapped * basis).sum(axis=0) == pytest.approx([1, 1], abs=0.05)


def test_other_weights_and_the_selection_make_another_picture(opened):
    context, view, network = opened(chain(4, 2))
    weights = {name: np.zeros_like(value) for name, value in network.weights().items()}
    context.update_weights(Weights(9, 1, weights))
    wait_for(lambda: view._answer.step == 9, "new weights did not reach the view")
    np.testing.assert_array_equal(view._answer.points, 0)
    context.select(["dense_1"])
    wait_for(lambda: view._answer.question.node == "dense_1", "the selected layer must be shown")
    assert "0% of variance" in view._answer.titles[0]


def test_weights_that_are_no_numbers_are_said(opened):
    context, view, network = opened(chain(4, 2))
    weights = {name: np.full_like(value, np.nan) for name, value in network.weights().items()}
    context.update_weights(Weights(9, 1, weights))
    wait_for(lambda: "not finite" in view._message.text(), "NaN must be said in words")


def test_one_unit_is_drawn_over_the_second_feature(opened):
    context, view, network = opened(chain(1))
    data = context.problem.data
    assert view._answer.titles == ("Unit 1", "x2")
    np.testing.assert_allclose(view._answer.points[:, 0], hidden(network, data.train.input())[:, 0], atol=1e-5)
    np.testing.assert_allclose(view._answer.points[:, 1], data.unscale_input(data.train.input())[:, 1], atol=1e-5)
    assert view._answer.grid[1].shape == (LINES * (PLACES + 1), 2)


def test_without_a_hidden_layer_it_says_so(opened):
    design = chain(2)
    graph = design.graph.without(["dense_1", "dense_last"])
    nodes = {node.id: node for node in graph.nodes}
    edge = (Edge(source="input_1", target="output_1"),)
    context, view, _ = opened(chain(2))
    context.set_problem(
        design.with_changes(graph=GraphSpec(nodes=tuple(nodes.values()), edges=edge)), context.problem.data
    )
    wait_for(lambda: "Dense" in view._message.text() or "Output" in view._message.text(), "no sentence")


def test_a_click_chooses_the_example_and_the_table_has_all_places(opened):
    context, view, _ = opened(chain(2))
    view._plot.point_chosen.emit(5)
    assert context.example == ("train", 5)
    x, y = view._chosen.getData()
    assert (x[0], y[0]) == pytest.approx(tuple(view._answer.points[5]))
    assert "Example 5" in view._describe(5)
    table = view.table()
    m = context.problem.data.train.m
    assert list(table.header) == ["layer", "what", "example", "Unit 1", "Unit 2", "target"]
    assert table.rows[5][:3] == ["dense_1", "train", 5]
    assert len(table.rows) == m + 2 * LINES * PLACES
