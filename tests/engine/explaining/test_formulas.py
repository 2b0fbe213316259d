"""Formulas of every layer and loss: they are written, have the shapes of the buffers, and give their numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from engine_tools import alone, graph

from engine.activation import ActivationFunction
from engine.activations.basic import Tanh
from engine.backend import NUMPY
from engine.compiler import BoundProgram
from engine.explaining.curves import activation_curve
from engine.explaining.deriving import Explainer
from engine.explaining.expressions import evaluate
from engine.explaining.scalars import Expander, OpaqueError
from engine.explaining.writing import Writer, layer_marks, number_text, plain
from engine.layer import Layer
from engine.layers.dense import Dense
from engine.layers.ends import Input, Output
from engine.loss import Loss
from engine.network import Network
from engine.plan import Plan, make_plan

CASES = [
    pytest.param(layer, kind.samples[0], id=f"{kind.kind}-{number}")
    for kind in Layer.members()
    if kind not in (Input, Output)
    for number, layer in enumerate(kind.sample_layers())
]


def bound(plan: Plan, explainer: Explainer, classes: int = 0) -> BoundProgram:
    """The program of an explainer after one pass over random numbers."""
    network = Network(plan, NUMPY, "float64", 3)
    random = np.random.default_rng(1)
    for name in network.store.layout:
        network[name] = network[name] + 0.3 * random.standard_normal(network[name].shape)
    program = BoundProgram(explainer.program, NUMPY, network.dtype, network.store.arrays, np.random.default_rng(0))
    for node in network.inputs:
        program.array(f"{node.id}/A")[...] = random.standard_normal(program.array(f"{node.id}/A").shape)
    if classes:
        program.array("out/labels")[...] = random.integers(0, classes, explainer.program.m)
    else:
        program.array("out/Y")[...] = random.integers(0, 2, program.array("out/Y").shape)
    program.run(*explainer.program.phases)
    return program


def check(plan: Plan, explainer: Explainer, program: BoundProgram, node: str) -> int:
    """Hold every formula of a node against the arrays; returns how many could be computed."""
    writer, computed = Writer(plan), 0
    expander = Expander(program.array)
    for statement in explainer.formulas(node).statements:
        text, want = plain(writer.statement(statement)), program.array(statement.name)
        assert " = " in text, f"The formula for {statement.name} is empty."
        assert statement.expression.shape == np.shape(want), f"{text} has the shape {statement.expression.shape}."
        if any(part.name in (statement.name, statement.source) for part in statement.expression.symbols()):
            continue  # a running average: it speaks of its value before
        try:
            value = evaluate(statement.expression, program.array)
        except KeyError:
            continue  # an operation without a meaning of its own, such as a convolution
        computed += 1
        assert np.allclose(value, want, atol=1e-9), f"{text} does not give {statement.name}."
        place = tuple(size - 1 for size in np.shape(want))
        try:
            scalar = expander.expand(statement.expression, place)
        except OpaqueError:
            continue
        assert scalar.value == pytest.approx(float(want[place]), abs=1e-9), f"One number of {text} is wrong."
    return computed


@pytest.mark.parametrize("training", [True, False], ids=["train", "test"])
@pytest.mark.parametrize(("layer", "shapes"), CASES)
def test_formulas_of_every_layer_are_true(layer: Layer, shapes: tuple[Any, ...], training: bool) -> None:
    plan = make_plan(alone(layer, shapes))
    for m in (1, 4):
        explainer = Explainer(plan, m, training=training)
        formulas = explainer.formulas("layer")
        assert formulas.forward, f"{layer!r} has no formula forward; name its output buffer."
        assert formulas.backward, f"{layer!r} has no formula backward; name its gradient 'dX'."
        assert any(s.source.endswith("/A") or s.label == "A" for s in formulas.forward), "The output has no formula."
        check(plan, explainer, bound(plan, explainer), "layer")


@pytest.mark.parametrize("kind", Loss.members(), ids=lambda kind: kind.kind)
@pytest.mark.parametrize("weight", [1.0, 0.5])
def test_formulas_of_every_loss_are_true(kind: type[Loss], weight: float) -> None:
    nodes = {"x": Input(shape=(2,)), "z": (Dense(units=3), "x"), "out": (Output(loss=kind(), weight=weight), "z")}
    plan = make_plan(graph(nodes))
    for m in (1, 4):
        explainer = Explainer(plan, m, training=True)
        program = bound(plan, explainer, classes=3 if kind.task == "classes" else 0)
        assert check(plan, explainer, program, "out") >= 2, f"{kind.__name__}: J or dZ cannot be computed."
        written = {statement.label for statement in explainer.formulas("out").statements}
        assert {"J", "dZ"} <= written, f"{kind.__name__} does not tell J and dZ: {written}"


def test_a_dense_layer_reads_as_in_the_course() -> None:
    nodes = {
        "x": Input(shape=(3,)),
        "a": (Dense(units=4, activation=Tanh()), "x"),
        "b": (Dense(units=1), "a"),
        "out": (Output(), "b"),
    }
    plan = make_plan(graph(nodes))
    explainer, writer = Explainer(plan, 64, training=True), Writer(plan)
    lines = [plain(writer.statement(s)) for s in explainer.formulas("a").statements]
    assert lines == [
        "Z[1] = A[0] W[1]ᵀ + b[1]",
        "A[1] = tanh(Z[1])",
        "dZ[1] = dA[1] ∗ (1 − A[1]²)",
        "dW[1] = dZ[1]ᵀ A[0]",
        "db[1] = Σ dZ[1]",
        "dA[0] = dZ[1] W[1]",
    ]
    first = writer.statement(explainer.formulas("a").statements[0])
    assert [piece.under for piece in first if piece.under] == ["(64, 4)", "(64, 3)", "(3, 4)", "(4,)"]
    ends = [plain(writer.statement(s)) for s in explainer.formulas("out").statements]
    assert ends == [
        "Ŷ = σ(Z[2])",
        "J = −Σ (Y ∗ log(σ(Z[2])) + (1 − Y) ∗ log(1 − σ(Z[2]))) / m",
        "dZ[2] = (σ(Z[2]) − Y) / m",
    ]


def test_layers_on_one_depth_are_called_by_their_titles() -> None:
    nodes = {"x": Input(shape=(2,)), "left": (Dense(units=2), "x"), "right": (Dense(units=2), "x")}
    from engine.layers.merging import Add

    plan = make_plan(graph(nodes | {"sum": (Add(), "left", "right"), "out": (Output(), "sum")}))
    assert layer_marks(plan)["left"] == "left"
    explainer, writer = Explainer(plan, 8, training=True), Writer(plan)
    assert plain(writer.statement(explainer.formulas("sum").forward[0])) == "A[sum] = A[left] + A[right]"
    assert plain(writer.statement(explainer.formulas("x").backward[0])).startswith("dA[0] = ")


def test_an_array_with_several_names_is_called_by_the_node_before() -> None:
    from engine.layers.dropout import Dropout
    from engine.layers.reshaping import Flatten

    nodes = {"x": Input(shape=(2, 2)), "f": (Flatten(), "x"), "d": (Dropout(), "f"), "z": (Dense(units=1), "d")}
    plan = make_plan(graph(nodes | {"out": (Output(), "z")}))
    explainer, writer = Explainer(plan, 4, training=False), Writer(plan)
    assert plain(writer.statement(explainer.formulas("f").forward[0])) == "A[f] = A[0]"
    assert plain(writer.statement(explainer.formulas("d").forward[0])) == "A[d] = A[f]"


def test_a_frozen_layer_has_no_gradient_of_its_own() -> None:
    spec = graph({"x": Input(shape=(2,)), "a": (Dense(units=2), "x"), "out": (Output(), "a")}, frozen=("a",))
    labels = {s.label for s in Explainer(make_plan(spec), 8, training=True).formulas("a").backward}
    assert "dZ" in labels
    assert not labels & {"dW", "db"}, "a frozen layer computes no dW"


@pytest.mark.parametrize("kind", ActivationFunction.members(), ids=lambda kind: kind.kind)
def test_slopes_are_the_derivatives(kind: type[ActivationFunction]) -> None:
    z = np.array([-2.3, -0.7, 0.4, 1.9])
    curve = activation_curve(kind(), z)
    if kind.kind == "softmax":
        assert curve is None, "softmax looks at all units at once and has no curve"
        return
    h = 1e-6
    above, below = activation_curve(kind(), z + h), activation_curve(kind(), z - h)
    assert curve is not None
    assert above is not None
    assert below is not None
    assert np.allclose(curve.slope, (above.g - below.g) / (2 * h), atol=1e-6)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.30684, "0.3068"), (-12_400.0, "−12,400"), (3.1e-9, "3.1e−9"), (0.0, "0"), (float("nan"), "NaN"),
        (float("-inf"), "−∞"), (1.0, "1"), (123_456.0, "123,500"), (2e6, "2e6"), (100.0, "100"),
    ],
)  # fmt: skip
def test_numbers_are_written_as_people_do(value: float, text: str) -> None:
    assert number_text(value) == text
