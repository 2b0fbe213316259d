"""Every problem that can be mended brings a fix; a fix mends its problem and makes no other."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import pairwise

import pytest
from engine_tools import graph

from engine.activations.basic import ReLU, Sigmoid, Softmax, Tanh
from engine.data import DataSettings, PreparedData, parse_spec, prepare
from engine.fitting import data_problems
from engine.fixes import Advice, Case, Fix
from engine.graph import Edge, GraphSpec, Node
from engine.initializers.basic import Constant, Zeros
from engine.layer import Layer
from engine.layers.activation import Activation
from engine.layers.batch_normalization import BatchNormalization
from engine.layers.dense import Dense
from engine.layers.dropout import Dropout
from engine.layers.ends import Input, Output
from engine.layers.merging import Add, Concatenate
from engine.layers.reshaping import Reshape
from engine.losses.basic import BinaryCrossEntropy, CategoricalCrossEntropy, MeanSquaredError
from engine.plan import Plan, Problem, make_plan
from engine.shapes import ShapeError
from engine.surroundings import Place, Remark
from engine.templates import load_template, template_names


def data_of(spec: str) -> PreparedData:
    return prepare(DataSettings(source=parse_spec(spec)))


def all_problems(plan: Plan, data: PreparedData | None) -> list[Problem]:
    return [*plan.problems, *plan.warnings, *(data_problems(plan, data) if data is not None else ())]


def wire(spec: GraphSpec, *edges: tuple[str, str, int]) -> GraphSpec:
    return spec.with_nodes((), [Edge(source=s, target=t, port=p) for s, t, p in edges])


LOGIT = Dense(units=1)
DEEP = {f"h{i}": (Dense(units=4, activation=Sigmoid()), f"h{i - 1}" if i else "x") for i in range(4)}
CASES: dict[str, tuple[GraphSpec, str, str, str]] = {
    # name: graph, beginning of the message, text of the first fix, data
    "image into dense": (
        graph({"x": Input(shape=(4, 4, 1)), "d": (LOGIT, "x"), "o": (Output(), "d")}),
        "Dense 'd' needs a flat input but gets (4, 4, 1) from 'x'.",
        "Insert Flatten",
        "",
    ),
    "image into loss": (
        graph({"x": Input(shape=(4, 4)), "o": (Output(), "x")}),
        "Output 'o' with Binary cross entropy: needs a flat input but gets (4, 4) from 'x'.",
        "Insert Flatten",
        "",
    ),
    "unequal shapes": (
        graph(
            {
                "x": Input(),
                "a": (Dense(units=32), "x"),
                "b": (Dense(units=16), "x"),
                "sum": (Add(), "a", "b"),
                "d": (LOGIT, "sum"),
                "o": (Output(), "d"),
            }
        ),
        "Add 'sum' (from 'a', 'b') needs equal shapes but gets (32,) and (16,).",
        "Give 'b' 32 units",
        "",
    ),
    "unequal to the input": (
        graph(
            {
                "x": Input(shape=(3,)),
                "a": (Dense(units=8), "x"),
                "r": (Activation(), "a"),
                "sum": (Add(), "r", "x"),
                "d": (LOGIT, "sum"),
                "o": (Output(), "d"),
            }
        ),
        "Add 'sum' (from 'r', 'x') needs equal shapes",
        "Give 'a' 3 units",
        "",
    ),
    "one class": (
        graph({"x": Input(), "d": (LOGIT, "x"), "o": (Output(loss=CategoricalCrossEntropy()), "d")}),
        "Output 'o' (from 'd') with Categorical",
        "Give 'd' 2 units",
        "",
    ),
    "one class, three in the data": (
        graph({"x": Input(shape=(4,)), "d": (LOGIT, "x"), "o": (Output(loss=CategoricalCrossEntropy()), "d")}),
        "Output 'o' (from 'd') with Categorical",
        "Give 'd' 3 units",
        "sklearn:iris",
    ),
    "reshape": (
        graph({"x": Input(shape=(24,)), "r": (Reshape(shape=(4, 5)), "x"), "f": (Layer.registry["flatten"](), "r"),
               "d": (LOGIT, "f"), "o": (Output(), "d")}),
        "Reshape 'r' (from 'x') cannot lay 24 values (24,) out as (4, 5)",
        "Set the shape of 'r' to 4 × 6",
        "",
    ),
    "concatenate of different ranks": (
        graph({"x": Input(shape=(2, 3)), "y": Input(shape=(5,)), "c": (Concatenate(), "x", "y"), "d": (LOGIT, "c"),
               "o": (Output(), "d")}),
        "Concatenate 'c' (from 'x', 'y') needs shapes equal but for axis",
        "Insert Flatten after 'x'",
        "",
    ),
    "concatenate along no axis": (
        graph({"x": Input(), "y": Input(), "c": (Concatenate(axis=3), "x", "y"), "d": (LOGIT, "c"),
               "o": (Output(), "d")}),
        "Concatenate 'c' (from 'x', 'y') has no axis 3",
        "Join 'c' along the last axis",
        "",
    ),
    "no input": (
        graph({"x": Input(), "a": (Dense(), "x"), "d": LOGIT, "o": (Output(), "d")}),
        "Dense 'd' has no input.",
        "Connect 'a' to 'd'",
        "",
    ),
    "add of one": (
        graph({"x": Input(), "a": (Dense(units=8), "x"), "b": (Dense(units=8), "x"), "s": (Add(), "a"),
               "d": (LOGIT, "s"), "o": (Output(), "d")}),
        "Add 's' joins two or more inputs but has 1.",
        "Connect 'b' to 's'",
        "",
    ),
    "wire into the input": (
        wire(graph({"x": Input(), "y": Input(), "d": (LOGIT, "x"), "o": (Output(), "d")}), ("y", "x", 0)),
        "Input 'x' takes no input.",
        "Remove the wire from 'y'",
        "",
    ),
    "too many ports": (
        wire(graph({"x": Input(), "d": (LOGIT, "x"), "o": (Output(), "d")}), ("x", "d", 3)),
        "Dense 'd' has 1 input port(s)",
        "Remove the wire from 'x'",
        "",
    ),
    "cycle": (
        graph({"x": Input(), "a": (Add(), "x", "b"), "b": (Dense(units=2), "a"), "d": (LOGIT, "b"),
               "o": (Output(), "d")}),
        "Add 'a' is in a cycle",
        "Remove the wire from 'a' to 'b'",
        "",
    ),
    "no output": (
        graph({"x": Input(), "a": (Dense(units=3), "x"), "d": (LOGIT, "a")}),
        "The design has no Output.",
        "Add an Output behind 'd'",
        "",
    ),
    "no output for three classes": (
        graph({"x": Input(shape=(4,)), "a": (Dense(units=5), "x")}),
        "The design has no Output.",
        "Add an Output behind 'a'",
        "sklearn:iris",
    ),
    "no input node": (
        graph({"a": Dense(units=3), "d": (LOGIT, "a"), "o": (Output(), "d")}),
        "The design has no Input.",
        "Add an Input before 'a'",
        "sklearn:iris",
    ),
    "other features": (
        graph({"x": Input(), "d": (LOGIT, "x"), "o": (Output(), "d")}),
        "Input 'x' takes (2,), but the data has 30 features.",
        "Set the shape of 'x' to 30",
        "sklearn:breast_cancer",
    ),
    "other loss": (
        graph({"x": Input(), "d": (Dense(units=7), "x"), "o": (Output(loss=MeanSquaredError()), "d")}),
        "Output 'o'",
        "Take Binary cross entropy and give 'd' 1 unit",
        "planar:moons",
    ),
    "too many classes": (
        graph({"x": Input(), "d": (Dense(units=5), "x"), "o": (Output(loss=CategoricalCrossEntropy()), "d")}),
        "Output 'o' gets 5 values for 2 classes.",
        "Take Binary cross entropy and give 'd' 1 unit",
        "planar:moons",
    ),
    "no such column": (
        graph({"x": Input(source="age"), "d": (LOGIT, "x"), "o": (Output(), "d")}),
        "Input 'x': ",
        "Take all features",
        "planar:moons",
    ),
    "no such target": (
        graph({"x": Input(), "d": (LOGIT, "x"), "o": (Output(source="price"), "d")}),
        "Output 'o': ",
        "Take the first target",
        "planar:moons",
    ),
    # warnings
    "doubled softmax": (
        graph({"x": Input(), "d": (Dense(units=3, activation=Softmax()), "x"),
               "o": (Output(loss=CategoricalCrossEntropy()), "d")}),
        "Dense 'd' ends in Softmax, and Categorical",
        "Set the activation of 'd' to Linear",
        "",
    ),
    "doubled sigmoid": (
        graph({"x": Input(), "d": (LOGIT, "x"), "s": (Activation(activation=Sigmoid()), "d"), "o": (Output(), "s")}),
        "Activation 's' ends in Sigmoid",
        "Set the activation of 's' to Linear",
        "",
    ),
    "deep sigmoid": (
        graph({"x": Input(), **DEEP, "d": (LOGIT, "h3"), "o": (Output(), "d")}),
        "4 hidden layers in a row, 'h0' to 'h3', end in Sigmoid",
        "Use ReLU in these layers",
        "",
    ),
    "dropout before output": (
        graph({"x": Input(), "d": (LOGIT, "x"), "p": (Dropout(), "d"), "o": (Output(), "p")}),
        "Dropout 'p' stands right before Output 'o'",
        "Remove 'p'",
        "",
    ),
    "bias before batch normalization": (
        graph({"x": Input(), "a": (Dense(), "x"), "n": (BatchNormalization(), "a"),
               "r": (Activation(activation=ReLU()), "n"), "d": (LOGIT, "r"), "o": (Output(), "d")}),
        "Dense 'a' adds a bias that Batch normalization 'n'",
        "Remove the bias of 'a'",
        "",
    ),
    "unused part": (
        graph({"x": Input(), "a": (Dense(), "x"), "b": (Dense(), "a"), "d": (LOGIT, "x"), "o": (Output(), "d")}),
        "Dense 'a' leads to no Output",
        "Remove the 2 unused layers",
        "",
    ),
    "zeros in a hidden layer": (
        graph({"x": Input(), "a": (Dense(initializer=Zeros(), activation=Tanh()), "x"), "d": (LOGIT, "a"),
               "o": (Output(), "d")}),
        "Dense 'a' begins with equal weights (Zeros)",
        "Draw W of 'a' by He",
        "",
    ),
}  # fmt: skip


PARTLY = ("no input node", "cycle")
"""What another fix has to complete: an Output that never saw the data, a layer that lost its only wire."""


@pytest.mark.parametrize("name", CASES)
def test_the_first_fix_mends_the_problem(name: str) -> None:
    spec, message, text, source = CASES[name]
    data = data_of(source) if source else None
    plan = make_plan(spec)
    found = all_problems(plan, data)
    problem = next((p for p in found if p.message.startswith(message)), None)
    assert problem is not None, [p.message for p in found]
    fixes = plan.fixes(problem, data)
    assert fixes, problem
    assert fixes[0].text == text
    mended = fixes[0].apply(spec)
    assert mended == GraphSpec.model_validate(mended.model_dump())
    left = all_problems(make_plan(mended), data)
    assert problem.message not in [p.message for p in left]
    errors = [p.message for p in left if p.severity == "error"]
    before = [p.message for p in found if p.severity == "error"]
    assert name in PARTLY or set(errors) <= set(before), errors


def test_mending_one_after_another_ends() -> None:
    data = data_of("sklearn:iris")
    spec = graph({"a": Dense(units=3), "f": Input(shape=(2, 2)), "s": (Add(), "a", "f"), "d": (Dense(units=9), "s")})
    for _ in range(20):
        plan = make_plan(spec)
        fixes = [fix for p in all_problems(plan, data) for fix in plan.fixes(p, data)]
        if not fixes:
            break
        spec = fixes[0].apply(spec)
    assert not all_problems(make_plan(spec), data), [p.message for p in all_problems(make_plan(spec), data)]


@pytest.mark.parametrize("name", template_names())
def test_no_false_alarm(name: str) -> None:
    design = load_template(name)
    assert not all_problems(make_plan(design.graph), prepare(design.data))


QUIET = {
    "sigmoid in one hidden layer": {"x": Input(), "h": (Dense(activation=Sigmoid()), "x"), "d": (LOGIT, "h")},
    "sigmoid with batch normalization": {
        "x": Input(),
        "a": (Dense(activation=Sigmoid()), "x"),
        "n1": (BatchNormalization(), "a"),
        "b": (Dense(activation=Sigmoid()), "n1"),
        "n2": (BatchNormalization(), "b"),
        "c": (Dense(activation=Sigmoid()), "n2"),
        "d": (LOGIT, "c"),
    },
    "relu before batch normalization": {
        "x": Input(), "a": (Dense(activation=ReLU()), "x"), "n": (BatchNormalization(), "a"), "d": (LOGIT, "n"),
    },
    "zeros in logistic regression": {"x": Input(), "d": (Dense(units=1, initializer=Zeros()), "x")},
    "one hidden unit": {"x": Input(), "a": (Dense(units=1, initializer=Constant()), "x"), "d": (LOGIT, "a")},
    "dropout in the middle": {"x": Input(), "a": (Dense(), "x"), "p": (Dropout(), "a"), "d": (LOGIT, "p")},
    "dropout that keeps all": {"x": Input(), "d0": (LOGIT, "x"), "d": (Dropout(keep_prob=1), "d0")},
}  # fmt: skip


@pytest.mark.parametrize("name", QUIET)
def test_what_is_meant_is_no_warning(name: str) -> None:
    plan = make_plan(graph({**QUIET[name], "o": (Output(loss=BinaryCrossEntropy()), "d")}))
    assert not plan.warnings
    assert not plan.problems


class Widen(Advice):
    """Advice of a layer that nobody knew before."""

    def fixes(self, case: Case) -> Iterator[Fix]:
        yield Fix("Make it quiet", lambda graph: graph.bypassing(case.node))


def test_a_new_layer_brings_warnings_and_fixes_of_its_own() -> None:
    class Loud(Layer, kind="test_loud"):
        """Only here."""

        def output_shape(self, *inputs: tuple[int, ...]) -> tuple[int, ...]:
            if inputs[0] == (5,):
                raise ShapeError("cannot bear 5.", Widen())
            return inputs[0]

        def forward(self, p: object, *inputs: object) -> object:  # type: ignore[override]
            return inputs[0]

        def warnings(self, place: Place) -> Iterator[Remark]:
            yield from super().warnings(place)
            yield Remark(f"{place.name} is loud behind {place.sources[0].name}.", (Widen(),))

    try:
        spec = graph({"x": Input(), "l": (Loud(), "x"), "d": (LOGIT, "l"), "o": (Output(), "d")})
        plan = make_plan(spec)
        (warning,) = plan.warnings
        assert warning.message == "Loud 'l' is loud behind Input 'x'."
        (fix,) = plan.fixes(warning)
        assert [node.id for node in fix.apply(spec).nodes] == ["x", "d", "o"]
        assert not make_plan(fix.apply(spec)).problems
        five = make_plan(spec.with_layers({"x": Input(shape=(5,))}))
        assert five.problems[0].message == "Loud 'l' (from 'x') cannot bear 5."
        assert five.fixes(five.problems[0])[0].text == "Make it quiet"
    finally:
        del Layer.registry["test_loud"]


def test_an_insertion_makes_room() -> None:
    spec = graph({"x": Input(shape=(2, 2)), "d": (LOGIT, "x"), "o": (Output(), "d")})
    nodes = tuple(node.model_copy(update={"position": (264.0 * i, 0.0)}) for i, node in enumerate(spec.nodes))
    spec = spec.model_copy(update={"nodes": nodes})
    plan = make_plan(spec)
    mended = plan.fixes(plan.problems[0])[0].apply(spec)
    assert {node.id: node.position[0] for node in mended.nodes} == {"x": 0, "flatten_1": 264, "d": 528, "o": 792}


def test_parts_that_are_fine_are_counted() -> None:
    spec = graph({"x": Input(shape=(3,)), "a": (Dense(units=4), "x"), "i": Input(shape=(2, 2)), "b": (LOGIT, "i"),
                  "o": (Output(), "b")})  # fmt: skip
    plan = make_plan(spec)
    assert plan.nodes["a"].shape == (4,)
    assert plan.parameter_count == 16


def chain(n: int) -> GraphSpec:
    nodes = [Node(id="x", layer=Input())]
    nodes += [Node(id=f"d{i}", layer=Dense(units=4 + i % 7, activation=Sigmoid())) for i in range(n - 3)]
    nodes += [Node(id="last", layer=Dense(units=1)), Node(id="o", layer=Output())]
    edges = [Edge(source=a.id, target=b.id) for a, b in pairwise(nodes)]
    return GraphSpec(nodes=tuple(nodes), edges=tuple(edges))


def test_a_very_deep_stack_is_told_of_once() -> None:
    (warning,) = make_plan(chain(1000)).warnings
    assert "997 hidden layers in a row, 'd0' to 'd996'" in warning.message
    assert "more than a million times" in warning.message


def test_two_hundred_nodes_are_checked_at_once() -> None:
    spec = chain(200)
    data = data_of("planar:moons")
    make_plan(spec)
    best = 1.0
    for units in range(2, 8):
        edited = spec.with_layers({"d100": Dense(units=units + 10)})
        start = time.perf_counter()
        plan = make_plan(edited)
        for problem in all_problems(plan, data)[:30]:
            plan.fixes(problem, data)
        best = min(best, time.perf_counter() - start)
    assert best < 0.05, f"{best * 1e3:.1f} ms"
