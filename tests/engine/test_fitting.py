"""Designs meet data that they were not drawn for."""

from itertools import pairwise

import numpy as np
import pytest

from engine.data import Dataset, DataSettings, Target, parse_spec, prepare
from engine.fitting import data_problems, fit_design
from engine.graph import Edge, GraphSpec, Node
from engine.plan import make_plan
from engine.templates import load_template


def data_of(spec, **settings):
    return prepare(DataSettings(source=parse_spec(spec), **settings))


def chain(*layers):
    nodes = tuple(Node.model_validate({"id": f"n{i}", "layer": layer}) for i, layer in enumerate(layers))
    edges = tuple(Edge(source=a.id, target=b.id) for a, b in pairwise(nodes))
    return GraphSpec(nodes=nodes, edges=edges)


def test_two_classes_get_one_unit_and_binary_cross_entropy():
    graph = fit_design(load_template("regression").graph, data_of("sklearn:breast_cancer"))
    assert graph.node("input_1").layer.shape == (30,)
    assert graph.node("dense_3").layer.units == 1
    assert graph.node("output_1").layer.loss.kind == "binary_cross_entropy"


def test_several_classes_get_a_unit_each():
    graph = fit_design(load_template("xor").graph, data_of("sklearn:wine"))
    assert graph.node("dense_2").layer.units == 3
    assert graph.node("output_1").layer.loss.kind == "categorical_cross_entropy"
    assert graph.node("dense_1").layer == load_template("xor").graph.node("dense_1").layer


def test_values_get_mean_squared_error_but_keep_a_loss_for_values():
    data = data_of("sklearn:diabetes")
    graph = fit_design(load_template("softmax3").graph, data)
    assert graph.node("dense_1").layer.units == 1
    assert graph.node("output_1").layer.loss.kind == "mean_squared_error"
    huber = chain({"kind": "input", "shape": [2]}, {"kind": "dense", "units": 4}, {"kind": "output", "loss": "huber"})
    fitted = fit_design(huber, data)
    assert fitted.node("n2").layer.loss.kind == "huber"
    assert fitted.node("n1").layer.units == 1


@pytest.mark.parametrize("loss", ["binary_cross_entropy", "categorical_cross_entropy", "hinge"])
def test_a_choice_that_fits_is_kept(loss):
    units = 2 if loss == "categorical_cross_entropy" else 1
    graph = chain({"kind": "input", "shape": [2]}, {"kind": "dense", "units": units}, {"kind": "output", "loss": loss})
    assert fit_design(graph, data_of("planar:moons")) is graph


def test_units_are_found_behind_layers_that_pass_values_on():
    graph = chain(
        {"kind": "input", "shape": [2]},
        {"kind": "dense", "units": 7},
        {"kind": "dropout"},
        {"kind": "activation"},
        {"kind": "output"},
    )
    fitted = fit_design(graph, data_of("sklearn:iris"))
    assert fitted.node("n1").layer.units == 3
    assert not make_plan(fitted).problems


def test_images_come_flat_where_only_that_suits_the_next_layer():
    images = data_of("sklearn:digits?images=true")
    assert fit_design(load_template("xor").graph, images).node("input_1").layer.shape == (64,)
    flat = chain({"kind": "input"}, {"kind": "flatten"}, {"kind": "dense", "units": 1}, {"kind": "output"})
    assert fit_design(flat, images).node("n0").layer.shape == (8, 8, 1)


@pytest.mark.parametrize(
    "layers",
    [
        (),
        ({"kind": "input"},),
        ({"kind": "output"},),
        ({"kind": "teleport", "size": 3}, {"kind": "output"}),
        ({"kind": "dense"}, {"kind": "output"}),
        ({"kind": "input", "source": "no such column"}, {"kind": "output", "source": "nothing"}),
        ({"kind": "input", "shape": []}, {"kind": "dense"}, {"kind": "output"}),
    ],
)
def test_incomplete_graphs_are_no_trouble(layers):
    graph, data = chain(*layers), data_of("sklearn:wine")
    fitted = fit_design(graph, data)
    assert [node.id for node in fitted.nodes] == [node.id for node in graph.nodes]
    data_problems(make_plan(graph), data)


def test_a_cycle_is_no_trouble():
    nodes = [{"id": name, "layer": {"kind": "dense"}} for name in "ab"]
    nodes += [{"id": "x", "layer": {"kind": "input"}}, {"id": "o", "layer": {"kind": "output"}}]
    edges = [{"source": "a", "target": "b"}, {"source": "b", "target": "a"}]
    graph = GraphSpec.model_validate({"nodes": nodes, "edges": edges})
    assert fit_design(graph, data_of("sklearn:wine")).node("x").layer.shape == (13,)


def test_problems_name_the_node_and_both_shapes():
    plan = make_plan(load_template("xor").graph)
    (first, second) = data_problems(plan, data_of("sklearn:wine"))
    assert first.message == "Input 'x1, x2' takes (2,), but the data has 13 features. Set its shape to 13."
    assert first.node == "input_1"
    assert "Output 'class'" in second.message
    (missing, _, _) = data_problems(make_plan(load_template("two_inputs").graph), data_of("planar:moons"))
    assert "'0:6'" in missing.message


def test_numbers_for_classes_are_a_warning():
    graph = chain({"kind": "input"}, {"kind": "dense", "units": 1}, {"kind": "output", "loss": "mean_squared_error"})
    (problem,) = data_problems(make_plan(graph), data_of("planar:moons"))
    assert problem.severity == "warning"
    assert "2 classes" in problem.message
    wide = chain(
        {"kind": "input"}, {"kind": "dense", "units": 5}, {"kind": "output", "loss": "categorical_cross_entropy"}
    )
    (problem,) = data_problems(make_plan(wide), data_of("planar:moons"))
    assert problem.severity == "warning"
    assert "2 units" in problem.message


def test_yes_and_no_answers_keep_binary_cross_entropy():
    random = np.random.default_rng(0)
    target = Target("tags", "values", (random.random((60, 3)) > 0.5).astype(float), columns=("a", "b", "c"))
    dataset = Dataset({"x": random.random((60, 2))}, {"tags": target})
    data = prepare(DataSettings(standardize_target=False), dataset)
    graph = chain({"kind": "input"}, {"kind": "dense", "units": 3}, {"kind": "output"})
    assert fit_design(graph, data) is graph
