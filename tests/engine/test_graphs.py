"""Graphs of any form: gradients of random directed acyclic graphs, frozen nodes, and every problem as a sentence."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from engine_tools import Probe, graph

from engine.activations.basic import ELU, GELU, Linear, Sigmoid, Softmax, Softplus, Tanh
from engine.backend import Backend
from engine.graph import Edge, GraphSpec, Node
from engine.layer import UnknownLayer
from engine.layers.activation import Activation
from engine.layers.batch_normalization import BatchNormalization
from engine.layers.dense import Dense
from engine.layers.dropout import Dropout
from engine.layers.ends import Input, Output
from engine.layers.merging import Add, Concatenate, Multiply
from engine.layers.reshaping import Flatten, Reshape
from engine.losses.basic import BinaryCrossEntropy, CategoricalCrossEntropy, MeanSquaredError
from engine.network import Network
from engine.optimizers.basic import Adam
from engine.plan import DesignError, make_plan

SMOOTH = (Linear(), Tanh(), Sigmoid(), Softplus(), GELU(), Softmax())
GRAPHS = 60


def random_graph(seed: int) -> GraphSpec:
    """5 to 12 nodes between 1–2 inputs and 1–2 outputs; anything may read anything before it, also twice."""
    random = np.random.default_rng(seed)
    nodes: dict[str, Any] = {}
    shapes: dict[str, tuple[int, ...]] = {}

    def put(name: str, layer: Any, shape: tuple[int, ...], *sources: str) -> None:
        nodes[name] = (layer, *sources) if sources else layer
        shapes[name] = shape

    def pick(choices: list[str]) -> str:
        return choices[random.integers(len(choices))]

    for i in range(random.integers(1, 3)):
        shape = (int(random.integers(1, 5)),) if random.random() < 0.7 else (2, int(random.integers(1, 4)))
        put(f"x{i}", Input(shape=shape), shape)
    for i in range(random.integers(1, 9)):
        name, source = f"n{i}", pick(list(shapes))
        shape = shapes[source]
        equal = [other for other in shapes if shapes[other] == shape]
        choice = random.integers(9)
        if choice < 3 and len(shape) == 1:
            units, function = int(random.integers(1, 6)), SMOOTH[random.integers(len(SMOOTH))]
            put(name, Dense(units=units, activation=function, bias=bool(random.integers(2))), (units,), source)
        elif choice == 3:
            put(name, Activation(activation=SMOOTH[random.integers(len(SMOOTH))]), shape, source)
        elif choice in (4, 5):
            others = [pick(equal) for _ in range(random.integers(1, 3))]  # may be the source itself
            put(name, Add() if choice == 4 else Multiply(), shape, source, *others)
        elif choice == 6:
            others = [pick([n for n in shapes if shapes[n][:-1] == shape[:-1]]) for _ in range(random.integers(1, 3))]
            put(name, Concatenate(), (*shape[:-1], shape[-1] + sum(shapes[n][-1] for n in others)), source, *others)
        elif choice == 7:
            put(name, BatchNormalization(), shape, source)
        elif len(shape) == 2:
            put(name, Flatten(), (shape[0] * shape[1],), source)
        else:
            put(name, Reshape(shape=(-1, 1)), (shape[0], 1), source)
    flat = 0
    for i in range(random.integers(1, 3)):
        source = pick(list(shapes)) if random.random() < 0.5 else list(shapes)[-1]
        if len(shapes[source]) > 1:
            flat += 1
            put(f"f{flat}", Flatten(), (int(np.prod(shapes[source])),), source)
            source = f"f{flat}"
        losses = [BinaryCrossEntropy(), MeanSquaredError()]
        losses += [CategoricalCrossEntropy()] if shapes[source][0] > 1 else []
        loss = losses[random.integers(len(losses))]
        nodes[f"out{i}"] = (Output(loss=loss, weight=float(random.choice([1, 0.3]))), source)
    return graph(nodes)


@pytest.mark.parametrize("seed", range(GRAPHS))
def test_random_graphs(seed: int, backend: Backend) -> None:
    spec = random_graph(seed)
    plan = make_plan(spec)
    assert not plan.blocking, [problem.message for problem in plan.blocking]
    for training in (True, False):
        probe = Probe.of(spec, backend, m=6, seed=seed, training=training)
        error = probe.error()
        names = [f"{node.id}: {node.layer!r}" for node in spec.nodes]
        assert error < 1e-7, f"Gradients of random graph {seed} are wrong by {error:.2g}. Its nodes: {names}"


def test_random_graphs_are_varied() -> None:
    specs = [random_graph(seed) for seed in range(GRAPHS)]
    kinds = {node.layer.kind for spec in specs for node in spec.nodes}
    assert kinds >= {"dense", "activation", "add", "multiply", "concatenate", "flatten", "reshape"}
    assert "batch_normalization" in kinds
    twice = [s for s in specs for n in s.nodes if len({e.source for e in s.incoming(n.id)}) < len(s.incoming(n.id))]
    assert twice, "Some node must read the same source twice."
    assert any(len(spec.outgoing(node.id)) > 2 for spec in specs for node in spec.nodes)
    assert any(sum(isinstance(n.layer, Output) for n in s.nodes) == 2 for s in specs)
    assert any(len(make_plan(s).inputs) == 2 for s in specs)


TRAPS = {
    "the same source into both ports of Add": {
        "x": Input(shape=(3,)),
        "h": (Dense(units=3, activation=Tanh()), "x"),
        "a": (Add(), "h", "h"),
        "z": (Dense(units=1), "a"),
        "out": (Output(), "z"),
    },
    "Add and Multiply of the same two": {
        "x": Input(shape=(3,)),
        "h": (Dense(units=3, activation=Tanh()), "x"),
        "a": (Add(), "h", "x"),
        "b": (Multiply(), "h", "x", "a", "h"),
        "c": (Add(), "a", "b", "h"),
        "z": (Dense(units=1), "c"),
        "out": (Output(), "z"),
    },
    "views handed on and joined": {
        "x": Input(shape=(2, 3)),
        "f": (Flatten(), "x"),
        "g": (Reshape(shape=(3, 2)), "f"),
        "k": (Flatten(), "g"),
        "l": (Activation(activation=Linear()), "k"),
        "a": (Add(), "f", "k", "l"),
        "s": (Concatenate(), "a", "l", "f"),
        "z": (Dense(units=2), "s"),
        "out": (Output(loss=CategoricalCrossEntropy()), "z"),
    },
    "linear chains that share one buffer": {
        "x": Input(shape=(3,)),
        "h": (Dense(units=3), "x"),
        "l": (Activation(activation=Linear()), "h"),
        "t": (Activation(activation=Tanh()), "h"),
        "a": (Add(), "l", "h", "t"),
        "out": (Output(loss=MeanSquaredError()), "a"),
        "out2": (Output(loss=MeanSquaredError(), weight=0.5), "h"),
    },
    "zero hidden layers, two outputs on one node": {
        "x": Input(shape=(3,)),
        "z": (Dense(units=2), "x"),
        "out": (Output(loss=CategoricalCrossEntropy()), "z"),
        "out2": (Output(loss=BinaryCrossEntropy(), weight=2.5), "z"),
    },
    "no parameters at all": {"x": Input(shape=(2,)), "out": (Output(loss=MeanSquaredError()), "x")},
    "dropout on both sides of a joint": {
        "x": Input(shape=(4,)),
        "d": (Dropout(keep_prob=0.6), "x"),
        "h": (Dense(units=4, activation=ELU()), "d"),
        "e": (Dropout(), "h"),
        "a": (Add(), "d", "e", "h"),
        "n": (BatchNormalization(), "a"),
        "out": (Output(loss=MeanSquaredError()), "n"),
    },
    "concatenation along the first axis": {
        "x": Input(shape=(2, 3)),
        "y": Input(shape=(1, 3)),
        "c": (Concatenate(axis=0), "x", "y", "x"),
        "t": (Activation(activation=Softmax()), "c"),
        "f": (Flatten(), "t"),
        "z": (Dense(units=1), "f"),
        "out": (Output(), "z"),
    },
}


@pytest.mark.parametrize("name", TRAPS)
def test_traps(name: str, backend: Backend) -> None:
    for training in (True, False):
        error = Probe.of(graph(TRAPS[name]), backend, m=7, training=training).error()
        assert error < 1e-7, f"Wrong by {error:.2g}: a layer wrote into a gradient that another still reads."


def deep() -> dict[str, Any]:
    return {
        "x": Input(shape=(3,)),
        "a": (Dense(units=4, activation=Tanh()), "x"),
        "n": (BatchNormalization(), "a"),
        "b": (Dense(units=4, activation=Tanh()), "n"),
        "z": (Dense(units=1), "b"),
        "out": (Output(), "z"),
    }


@pytest.mark.parametrize("frozen", [("a",), ("b",), ("n",), ("a", "n"), ("b", "z"), ("a", "n", "b", "z")], ids=str)
def test_frozen_nodes(frozen: tuple[str, ...], backend: Backend) -> None:
    spec = graph(deep(), frozen)
    network = Network(make_plan(spec), backend, "float64", 1)
    random = np.random.default_rng(0)
    x, y = random.standard_normal((8, 3)), random.integers(0, 2, 8)
    before = network.weights()
    _, gradients = network.backward(x, y, l2=0.5)
    free = Network(make_plan(graph(deep())), backend, "float64", 1)
    _, expected = free.backward(x, y, l2=0.5)
    trained = {name for name in network.store.layout if name.split("/")[0] not in frozen}
    assert set(gradients) == trained, "Exactly the nodes that are not frozen have gradients."
    assert all(np.allclose(gradients[name], expected[name], rtol=1e-12, atol=1e-15) for name in trained)
    for _ in range(3):
        network.step(x, y, Adam(), l2=0.5)
    for name in network.store.layout:
        moved = not np.array_equal(before[name], network[name])
        assert moved == (name in trained), f"'{name}' must {'' if name in trained else 'not '}move."
    operations = network.program(8, training=True, backward=True).program.phases.get("backward", [])
    if frozen == ("a", "n", "b", "z"):
        assert not operations, "Nothing is to be computed backwards where everything is frozen."
    if frozen == ("a",):
        assert not any(operation.node == "a" for operation in operations), "No gradient is wanted below 'n'."


def test_first_layer_computes_no_input_gradient(backend: Backend) -> None:
    program = Network(make_plan(graph(deep())), backend).program(4, training=True, backward=True)
    assert "a/dX" not in program.program.buffers, "Nobody wants the gradient of the inputs while training."


# Problems


def messages(nodes: dict[str, Any]) -> list[str]:
    return [problem.message for problem in make_plan(graph(nodes)).problems]


def test_a_sound_design_has_no_problems() -> None:
    plan = make_plan(graph(deep()))
    assert plan.problems == ()
    assert plan.warnings == ()
    assert [node.shape for node in plan.nodes.values()] == [(3,), (4,), (4,), (4,), (1,), (1,)]
    assert plan.parameter_count == 16 + 8 + 20 + 5
    assert plan.multiplications == 12 + 16 + 4


@pytest.mark.parametrize(
    ("nodes", "words"),
    [
        pytest.param(
            {"x": Input(), "d": Dense(units=1), "out": (Output(), "d")},
            ["Dense 'd' has no input", "Connect"],
            id="missing input",
        ),
        pytest.param({"x": Input(), "out": Output()}, ["Output 'out' has no input"], id="output without input"),
        pytest.param(
            {"x": Input(shape=(2,)), "y": Input(shape=(3,)), "a": (Add(), "x", "y"), "out": (Output(), "a")},
            ["Add 'a'", "(2,) and (3,)", "'x', 'y'"],
            id="shapes of Add",
        ),
        pytest.param(
            {"x": Input(shape=(2, 2)), "y": Input(shape=(3, 3)), "a": (Concatenate(), "x", "y"), "o": (Output(), "a")},
            ["Concatenate 'a'", "(2, 2) and (3, 3)"],
            id="shapes of Concatenate",
        ),
        pytest.param(
            {"x": Input(), "a": (Add(), "x"), "out": (Output(), "a")}, ["Add 'a'", "but has 1"], id="one wire"
        ),
        pytest.param({"x": Input(), "d": (Dense(units=1), "x")}, ["no Output", "Add one"], id="no output"),
        pytest.param({"d": Dense(units=1), "out": (Output(), "d")}, ["no Input", "Add one"], id="no input node"),
        pytest.param(
            {"x": Input(shape=(28, 28, 1)), "d": (Dense(), "x"), "out": (Output(), "d")},
            ["Dense 'd'", "(28, 28, 1)", "Flatten", "784"],
            id="dense on images",
        ),
        pytest.param(
            {"x": Input(shape=(2, 3)), "out": (Output(), "x")}, ["Binary cross entropy", "Flatten"], id="loss on images"
        ),
        pytest.param(
            {"x": Input(), "d": (Dense(units=1), "x"), "out": (Output(loss=CategoricalCrossEntropy()), "d")},
            ["Output 'out'", "at least 2", "binary"],
            id="one class",
        ),
        pytest.param(
            {"x": Input(shape=(5,)), "r": (Reshape(shape=(2, -1)), "x"), "f": (Flatten(), "r"), "out": (Output(), "f")},
            ["Reshape 'r'", "5 values", "(2, -1)"],
            id="reshape",
        ),
        pytest.param({"x": Input(shape=()), "out": (Output(), "x")}, ["Input 'x'", "at least 1"], id="empty shape"),
        pytest.param({"x": Input(shape=(0,)), "out": (Output(), "x")}, ["Input 'x'", "(0,)"], id="size 0"),
    ],
)
def test_problems_are_sentences(nodes: dict[str, Any], words: list[str]) -> None:
    found = messages(nodes)
    text = " ".join(found)
    for word in words:
        assert word in text, f"The problem must say '{word}', but says: {text}"
    assert all(message.endswith(".") for message in found)
    with pytest.raises(DesignError):
        make_plan(graph(nodes)).require()


def test_cycles() -> None:
    nodes = {
        "x": Input(),
        "a": (Add(), "x", "b"),
        "b": (Activation(activation=Tanh()), "a"),
        "d": (Dense(units=1), "b"),
        "out": (Output(), "d"),
    }
    plan = make_plan(graph(nodes))
    text = " ".join(problem.message for problem in plan.problems)
    assert "cycle" in text
    assert "Remove one edge" in text
    found = {problem.node for problem in plan.problems}
    assert found == {"a", "b"}, "Only the nodes of the cycle are in it, not those that come after."
    assert set(plan.nodes) == set(nodes), "Nodes of a cycle stay visible."
    assert {problem.node for problem in plan.blocking} == found, "An Output behind a cycle still needs its nodes."
    with pytest.raises(DesignError, match="cycle"):
        plan.require()
    own = graph({"x": Input(), "out": (Output(), "x")})
    assert own.would_close_cycle("out", "x")
    assert not own.would_close_cycle("x", "out")
    assert own.would_close_cycle("x", "x")


def test_a_graph_refuses_what_makes_no_sense() -> None:
    node = Node(id="x", layer=Input())
    for edges, words in (
        ((Edge(source="x", target="y"),), "'y'"),
        ((Edge(source="x", target="x", port=-1),), "-1"),
    ):
        with pytest.raises(ValueError, match=words):
            GraphSpec(nodes=(node,), edges=edges)
    with pytest.raises(ValueError, match="used 2 times"):
        GraphSpec(nodes=(node, node))
    with pytest.raises(ValueError, match="no '/'"):
        Node(id="a/b", layer=Input())


def test_unused_nodes_warn_and_do_not_block(backend: Backend) -> None:
    nodes = deep() | {"stray": (Dense(units=9), "a"), "broken": Dense(units=2)}
    plan = make_plan(graph(nodes))
    assert {problem.node for problem in plan.warnings} == {"stray", "broken"}
    assert all("leads to no Output" in problem.message for problem in plan.warnings)
    assert not plan.blocking, "A node that no Output needs must not keep the rest from training."
    network = Network(plan, backend, "float64", 1)
    assert "stray/W" not in network.names
    lone = Network(make_plan(graph(deep())), backend, "float64", 1)
    x, y = np.ones((4, 3)), np.ones(4)
    assert network.step(x, y, Adam()) == lone.step(x, y, Adam())


@pytest.mark.parametrize(
    ("function", "loss"), [(Softmax(), CategoricalCrossEntropy()), (Sigmoid(), BinaryCrossEntropy())], ids=repr
)
def test_doubled_activation_warns(function: Any, loss: Any) -> None:
    for nodes in (
        {"x": Input(), "z": (Dense(units=3, activation=function), "x"), "out": (Output(loss=loss), "z")},
        {
            "x": Input(),
            "d": (Dense(units=3), "x"),
            "z": (Activation(activation=function), "d"),
            "out": (Output(loss=loss), "z"),
        },
    ):
        plan = make_plan(graph(nodes))
        assert not plan.problems
        assert [problem.node for problem in plan.warnings] == ["z"]
        assert "Linear" in plan.warnings[0].message
        assert function.label in plan.warnings[0].message


def test_unknown_layer_is_a_problem_where_it_is_used() -> None:
    raw = {"kind": "capsule", "version": 4, "routes": 3}
    layer = Node.model_validate({"id": "c", "layer": raw}).layer
    assert isinstance(layer, UnknownLayer)
    assert json.loads(layer.raw) == raw
    nodes = {"x": Input(), "c": (layer, "x"), "d": (Dense(units=1), "c"), "out": (Output(), "d")}
    text = " ".join(messages(nodes))
    assert "capsule" in text
    assert "kept" in text
    unused = {"x": Input(), "c": (layer, "x"), "d": (Dense(units=1), "x"), "out": (Output(), "d")}
    assert not make_plan(graph(unused)).blocking


def test_two_inputs_and_outputs_through_the_public_functions(backend: Backend) -> None:
    nodes = {
        "p": Input(shape=(2,)),
        "q": Input(shape=(3,)),
        "c": (Concatenate(), "p", "q"),
        "h": (Dense(units=4, activation=Tanh()), "c"),
        "z1": (Dense(units=1), "h"),
        "z2": (Dense(units=2), "h"),
        "yes": (Output(), "z1"),
        "value": (Output(loss=MeanSquaredError(), weight=0.5), "z2"),
    }
    network = Network(make_plan(graph(nodes)), backend, "float64", 1)
    random = np.random.default_rng(0)
    x = {"p": random.standard_normal((6, 2)), "q": random.standard_normal((6, 3))}
    y = {"yes": random.integers(0, 2, 6), "value": random.standard_normal((6, 2))}
    predictions = network.forward(x)
    assert isinstance(predictions, dict)
    a = predictions["yes"][:, 0]
    cross_entropy = -(y["yes"] * np.log(a) + (1 - y["yes"]) * np.log(1 - a)).mean()
    squared = ((predictions["value"] - y["value"]) ** 2).mean()
    assert network.cost(x, y) == pytest.approx(cross_entropy + 0.5 * squared, rel=1e-12)
    with pytest.raises(ValueError, match="2 inputs"):
        network.forward(x["p"])
    with pytest.raises(ValueError, match="value"):
        network.cost(x, {"yes": y["yes"]})
    with pytest.raises(ValueError, match="equally many"):
        network.cost(x, {"yes": y["yes"][:5], "value": y["value"]})
