"""Numbers of one example: a 2-2-1 network that was computed by hand, agreement with the engine, and loops."""

from __future__ import annotations

import math

import numpy as np
import pytest
from engine_tools import graph

from engine.activations.basic import Tanh
from engine.explaining.code import CodeWriter
from engine.explaining.deriving import Explainer
from engine.explaining.loops import LoopCode, StoppedError, compare
from engine.explaining.page import ExamplePage, Heading
from engine.explaining.scalars import Expander
from engine.explaining.writing import Writer, plain
from engine.layers.dense import Dense
from engine.layers.ends import Input, Output
from engine.layers.reshaping import Flatten
from engine.network import Network, compile_design
from engine.templates import load_template


@pytest.fixture
def network() -> Network:
    """2-2-1: tanh, then a logit; weights that are easy to compute with."""
    nodes = {
        "x": Input(shape=(2,)),
        "h": (Dense(units=2, activation=Tanh()), "x"),
        "z": (Dense(units=1), "h"),
        "out": (Output(), "z"),
    }
    network = compile_design(graph(nodes), dtype="float64")
    network["h/W"], network["h/b"] = [[0.5, -1.0], [1.0, 0.25]], [0.0, -0.5]
    network["z/W"], network["z/b"] = [[2.0, -1.0]], [0.5]
    return network


X, Y = np.array([[1.0, 0.5]]), np.array([[1.0]])


def page(network: Network, node: str) -> ExamplePage:
    explainer = Explainer(network.plan, 1, training=False)
    program = network.program(1, backward=True)
    network.backward(X, Y, training=False)
    program.run("predict")
    arrays = {"x/dA": np.zeros((1, 2))}  # the network itself needs no gradient of its inputs
    values = lambda name: arrays[name] if name in arrays else program.array(name)  # noqa: E731
    if "h/dX" not in program.program.buffers:
        arrays["x/dA"] = arrays["h/dX"] = program.array("h/dZ") @ network["h/W"]
    return ExamplePage(explainer, Writer(network.plan), values, network.plan.nodes[node])


def lines(page: ExamplePage, unit: int, feature: int) -> list[str]:
    return [plain(list(row)) for row in page.rows(unit, feature) if not isinstance(row, Heading)]


def test_the_numbers_computed_by_hand(network: Network) -> None:
    # Unit 1: z = 0.5 · 1 − 1 · 0.5 + 0 = 0. Unit 2: z = 1 · 1 + 0.25 · 0.5 − 0.5 = 0.625, a = tanh 0.625 = 0.5546.
    # Logit: 2 · 0 − 0.5546 + 0.5 = −0.0546; σ = 0.4864; dz = 0.4864 − 1 = −0.5136.
    a2 = math.tanh(0.625)
    dz = 1 / (1 + math.exp(-(0.5 - a2))) - 1
    da2, dz2 = -dz, -dz * (1 - a2 * a2)
    hidden = page(network, "h")
    assert hidden.value("h/Z", (0, 1)) == pytest.approx(0.625)
    assert hidden.value("z/dZ", (0, 0)) == pytest.approx(dz)
    assert hidden.value("h/dA", (0, 1)) == pytest.approx(da2)
    assert hidden.value("h/dW", (1, 1)) == pytest.approx(dz2 * 0.5)
    assert lines(hidden, 1, 1) == [
        "z[1]_2 = 1 · 1 + 0.25 · 0.5 + (−0.5) = 0.625",
        "a[1]_2 = tanh(0.625) = 0.5546",
        "da[1]_2 = 0.5136",
        "dz[1]_2 = 0.5136 · (1 − 0.5546²) = 0.3557",
        "dw[1]_2,2 = 0.3557 · 0.5 = 0.1778",
        "db[1]_2 = 0.3557",
        "da[0]_2 = −1.027 · (−1) + 0.3557 · 0.25 = 1.116",
        "w[1]_2,2 = 0.25",
        "∂J/∂w[1]_2,2 = 0.5136 · 0.6924 · 0.5 = 0.1778",
        "dW[1] ← dZ[1] ← dA[1] ← dZ[2] ← J",
    ]


def test_the_end_of_the_same_network(network: Network) -> None:
    assert lines(page(network, "out"), 0, 0) == [
        "ŷ_1 = σ(−0.0546) = 0.4864",
        "J = −(1 · log(σ(−0.0546)) + (1 − 1) · log(1 − σ(−0.0546))) = 0.7208",
        "dz[2]_1 = σ(−0.0546) − 1 = −0.5136",
    ]


def test_every_number_of_a_page_is_the_engines(network: Network) -> None:
    cost, gradients = network.backward(X, Y, training=False)
    hidden = page(network, "h")
    for unit in range(2):
        for feature in range(2):
            for name in ("W", "b"):
                statement = hidden.formulas.get(f"d{name}")
                assert statement is not None
                place = hidden.place(statement.source, unit, feature)
                assert place == ((unit, feature) if name == "W" else (unit,))
                scalar = hidden.expander.expand(statement.expression, place)
                assert scalar.value == pytest.approx(gradients[f"h/{name}"][place], abs=1e-6)
    assert page(network, "out").value("out/J", ()) == pytest.approx(cost, abs=1e-12)


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_a_convolution_is_taken_apart(padding: str) -> None:
    from engine.layers.convolution import Conv2D

    nodes = {
        "x": Input(shape=(4, 4, 2)),
        "c": (Conv2D(filters=3, kernel=(3,), strides=(2,), padding=padding), "x"),  # pyright: ignore[reportArgumentType]
        "flat": (Flatten(), "c"),
        "z": (Dense(units=1), "flat"),
        "out": (Output(), "z"),
    }
    network = compile_design(graph(nodes), dtype="float64", seed=4)
    explainer, program = Explainer(network.plan, 1, training=False), network.program(1, backward=True)
    network.backward(np.random.default_rng(0).standard_normal((1, 4, 4, 2)), Y, training=False)
    statement = explainer.formulas("c").get("Z")
    assert statement is not None
    expander = Expander(program.array)
    z = program.array("c/Z")
    for place in np.ndindex(z.shape):
        assert expander.expand(statement.expression, place).value == pytest.approx(float(z[place]), abs=1e-12)


def test_long_sums_name_the_largest_terms() -> None:
    nodes = {"x": Input(shape=(64,)), "z": (Dense(units=1), "x"), "out": (Output(), "z")}
    network = compile_design(graph(nodes), dtype="float64")
    weights = np.full((1, 64), 0.01)
    weights[0, 10] = 5.0
    network["z/W"] = weights
    explainer, program = Explainer(network.plan, 1, training=False), network.program(1, backward=True)
    network.backward(np.ones((1, 64)), Y, training=False)
    shown = ExamplePage(explainer, Writer(network.plan), program.array, network.plan.nodes["z"])
    statement = shown.formulas.get("Z")
    assert statement is not None
    scalar = shown.expander.expand(statement.expression, (0, 0))
    text = plain(shown.writing.pieces(scalar))
    assert "5 · 1" in text
    assert text.endswith("(59 more, together 0.58)"), text
    assert scalar.value == pytest.approx(5.63)


@pytest.mark.parametrize("name", ["xor", "softmax3", "spirals", "two_inputs", "skip", "regression"])
def test_loops_give_what_arrays_give(name: str) -> None:
    network = compile_design(load_template(name), dtype="float64")
    random = np.random.default_rng(2)
    m = 5
    inputs = {node.id: random.standard_normal((m, *(node.shape or ()))) for node in network.inputs}
    explainer = Explainer(network.plan, m, training=False)
    code = CodeWriter(Writer(network.plan), frozenset(explainer.program.external))
    statements = [
        statement
        for node in network.plan.nodes.values()
        if node.id in network.plan.used
        for statement in explainer.formulas(node.id).forward
        if not node.layer.terminal or statement.source == f"{node.id}/Y_hat"
    ]
    text = code.function(statements, m)
    assert code.has_loops_only, f"The loops of '{name}' need an operation on whole arrays:\n{text}"
    for loops in (LoopCode(text, dict(code.names)), None):
        result = compare(network, inputs, loops, seconds=5.0)
        assert result.looped == m
        assert not result.is_extrapolated
        assert result.difference < 1e-12, f"Loops and arrays differ by {result.difference}:\n{text}"
        assert result.loop_seconds > 0


def test_loops_are_extrapolated_and_can_be_stopped(network: Network) -> None:
    inputs = {"x": np.ones((500, 2))}
    result = compare(network, inputs, seconds=0.0)
    assert (result.looped, result.m) == (1, 500)
    assert result.is_extrapolated
    with pytest.raises(StoppedError):
        compare(network, inputs, stop=lambda: True)


def test_the_program_text(network: Network) -> None:
    explainer = Explainer(network.plan, 3, training=False)
    code = CodeWriter(Writer(network.plan), frozenset(explainer.program.external))
    statements = explainer.formulas("h").forward
    assert code.looped(statements, 3).splitlines() == [
        "for i in range(3):  # examples",
        "    for j in range(2):  # units",
        "        z = 0.0",
        "        for k in range(2):  # inputs",
        "            z += A0[i, k] * W1[j, k]",
        "        Z1[i, j] = z + b1[j]",
        "        A1[i, j] = tanh(Z1[i, j])",
    ]
    assert code.vectorized(statements).splitlines()[0] == "Z1 = A0 @ W1.T + b1  # (3, 2) from (3, 2), (2, 2), (2,)"
