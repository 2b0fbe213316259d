"""Feature layers against NumPy, scikit-learn and PyTorch, and what they are for: lines that bend."""

from typing import Any

import numpy as np
import pytest
from engine_tools import alone, design, graph, prepared, pytorch

from engine.activations.basic import ReLU
from engine.backend import NUMPY
from engine.carrying import carry_over
from engine.checkpoint import Checkpoint
from engine.data import DataSettings, parse_spec, prepare
from engine.design import Design
from engine.events import Checkpointed, Finished
from engine.layers.dense import Dense
from engine.layers.ends import Input, Output
from engine.layers.feature_products import PairProducts, Polynomial
from engine.layers.feature_scaling import RowNormalization, Standardize
from engine.layers.features import MOST_NEW, AbsoluteValue, Logarithm, Sine, Square
from engine.losses.basic import MeanSquaredError
from engine.network import Network, compile_design
from engine.optimizers.basic import Adam
from engine.plan import make_plan
from engine.settings import TrainingSettings
from engine.training import train

X = np.array([[2.0, -3.0, 0.5], [0.0, 1.0, -4.0]])


def output_of(layer: Any, x: np.ndarray = X) -> Any:
    return Network(make_plan(alone(layer, (x.shape[1:],))), NUMPY, "float64").forward(x)


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (Square(), np.hstack([X, X**2])),
        (Square(columns=(2,), keep=False), X[:, 2:] ** 2),
        (Sine(frequency=2), np.hstack([X, np.sin(2 * X)])),
        (Sine(function="cos", columns=(1, 0)), np.hstack([X, np.cos(X[:, [1, 0]])])),
        (Logarithm(keep=False), np.sign(X) * np.log1p(np.abs(X))),
        (AbsoluteValue(keep=False), np.abs(X)),
        (PairProducts(), np.hstack([X, X[:, [0, 0, 1]] * X[:, [1, 2, 2]]])),
        (PairProducts(columns=(0, 2), keep=False), X[:, :1] * X[:, 2:]),
        (RowNormalization(), X / np.linalg.norm(X, axis=1, keepdims=True)),
        (Standardize(), X),
    ],
    ids=lambda value: value.kind if hasattr(value, "kind") else "",
)
def test_values(layer, expected):
    np.testing.assert_allclose(output_of(layer), expected, atol=1e-12)


@pytest.mark.parametrize("degree", [2, 3, 5])
def test_polynomial_equals_scikit_learn(degree):
    from sklearn.preprocessing import PolynomialFeatures

    expected = PolynomialFeatures(degree, include_bias=False).fit_transform(X)
    np.testing.assert_allclose(output_of(Polynomial(degree=degree)), expected)
    assert make_plan(alone(Polynomial(degree=degree), ((3,),))).nodes["layer"].shape == expected.shape[1:]


def test_gradient_of_row_normalization_equals_pytorch():
    torch = pytorch()
    network = Network(make_plan(graph_behind(RowNormalization())), NUMPY, "float64", 1)
    random = np.random.default_rng(0)
    x, y = random.standard_normal((6, 3)), random.standard_normal((6, 4))
    cost, gradients = network.backward(x, y)
    w, b = (torch.tensor(network[f"before/{name}"], requires_grad=True) for name in "Wb")
    error = ((torch.nn.functional.normalize(torch.tensor(x) @ w.T + b, dim=1) - torch.tensor(y)) ** 2).mean()
    (error * (cost / error.item())).backward()
    np.testing.assert_allclose(gradients["before/W"], w.grad.numpy(), atol=1e-12)
    np.testing.assert_allclose(gradients["before/b"], b.grad.numpy(), atol=1e-12)


def graph_behind(layer):
    """The layer behind one that learns."""
    nodes = {"x": Input(shape=(3,)), "before": (Dense(units=4), "x"), "layer": (layer, "before")}
    return graph(nodes | {"out": (Output(loss=MeanSquaredError()), "layer")})


def test_a_row_of_zeros_stays_zero_and_passes_no_gradient():
    layer = RowNormalization()
    assert output_of(layer, np.zeros((2, 3))).tolist() == [[0, 0, 0]] * 2
    network = Network(make_plan(graph_behind(layer)), NUMPY, "float32", 1)
    network["before/W"], network["before/b"] = np.zeros((4, 3)), np.zeros(4)
    _, gradients = network.backward(X, np.ones((2, 4)))
    assert not any(gradient.any() for gradient in gradients.values())


@pytest.mark.parametrize(
    ("layer", "shape", "message"),
    [
        (Square(columns=(3,)), (3,), "takes column 3, but its input has the columns 0 to 2"),
        (Square(columns=(1,)), (1,), "takes column 1, but its input has column 0 only"),
        (Standardize(columns=(-1,)), (3,), "takes column -1, but its input has the columns 0 to 2"),
        (Logarithm(columns=(1, 1)), (3,), "names a column twice"),
        (PairProducts(columns=(1,)), (3,), "takes only one"),
        (PairProducts(), (784,), "would make 306,936 new columns of 784"),
        (Polynomial(degree=8), (20,), "take a lower degree"),
        (Polynomial(), (784,), "Name fewer columns"),
    ],
)
def test_what_cannot_be_is_a_sentence_with_a_way_out(layer, shape, message):
    plan = make_plan(alone(layer, (shape,)))
    assert [message in problem.message for problem in plan.problems] == [True], plan.problems
    for fix in plan.fixes(plan.problems[0]):
        assert not make_plan(fix.apply(plan.graph)).problems, f"'{fix.text}' does not mend it."


def test_a_layer_makes_no_more_columns_than_it_may():
    assert make_plan(alone(PairProducts(), ((91,),))).nodes["layer"].shape == (91 + 4095,)
    assert 91 * 90 // 2 <= MOST_NEW < 92 * 91 // 2


# Standardize: states from the training part


def learner(**training: Any) -> Design:
    nodes = {
        "x": Input(shape=(2,)),
        "square": (Square(), "x"),
        "scale": (Standardize(columns=(0, 2, 3)), "square"),
        "out": (Output(loss=MeanSquaredError()), "last"),
        "last": (Dense(units=1), "scale"),
    }
    return design(nodes, None, **{"epochs": 2, "batch_size": 0} | training)


def data(m=9_000, shift=3.0):
    random = np.random.default_rng(2)
    x = random.standard_normal((m, 2)) * [1, 5] + shift
    return prepared(x, random.standard_normal(m), train=0.75, dev=0.25)


def test_statistics_are_those_of_the_training_part():
    prepared_data = data()
    x = prepared_data.train.input()
    features = np.hstack([x, x**2])
    checkpoint = [event for event in train(learner(), prepared_data) if isinstance(event, Checkpointed)][-1].checkpoint
    mu, sigma = checkpoint.weights["scale/mu"], checkpoint.weights["scale/sigma"]
    chosen = [0, 2, 3]
    np.testing.assert_allclose(mu[chosen], features.mean(axis=0)[chosen], rtol=1e-5)
    np.testing.assert_allclose(sigma[chosen], features.std(axis=0)[chosen], rtol=1e-5)
    assert (mu[1], sigma[1]) == (0, 1), "A column that is not named stays as it is."

    network = compile_design(learner())
    network.set_weights(checkpoint.weights)
    scaled = (features[:5] - mu) / sigma
    expected = scaled @ checkpoint.weights["last/W"].T + checkpoint.weights["last/b"]
    np.testing.assert_allclose(np.asarray(network.forward(x[:5])), expected, rtol=1e-4, atol=1e-5)


def test_a_constant_column_becomes_zero():
    mu, sigma = (
        Standardize().states_from([(np.full((4, 1), 0.1, np.float32),), (np.full((3, 1), 0.1, np.float32),)])[name]
        for name in ("mu", "sigma")
    )
    assert mu == np.float32(0.1)
    assert sigma == 1


def test_going_on_keeps_the_statistics_and_a_new_run_takes_those_of_its_data():
    before = [event for event in train(learner(), data()) if isinstance(event, Checkpointed)][-1].checkpoint
    other = data(shift=-1.0)

    def mu_after(checkpoint: Checkpoint):
        events = list(train(learner(epochs=3), other, checkpoint=checkpoint))
        return next(event for event in events if isinstance(event, Checkpointed)).checkpoint.weights["scale/mu"]

    assert np.array_equal(mu_after(before), before.weights["scale/mu"]), "A run that goes on keeps what it learned."
    partial = carry_over(before, make_plan(learner().graph)).checkpoint
    assert mu_after(partial)[0] == pytest.approx(other.train.input()[:, 0].mean(), abs=1e-4)


def test_standardize_behind_what_learns_is_warned_of():
    nodes = {"x": Input(shape=(2,)), "h": (Dense(activation=ReLU()), "x"), "s": (Standardize(), "h")}
    plan = make_plan(graph(nodes | {"z": (Dense(units=1), "s"), "out": (Output(), "z")}))
    assert ["μ and σ of their first weights" in warning.message for warning in plan.warnings] == [True]


# What they are for


@pytest.mark.parametrize("layer", [Polynomial(), None], ids=["polynomial", "square and product"])
@pytest.mark.parametrize("source", ["planar:xor?noise=0", "planar:circles?noise=0.04"])
def test_logistic_regression_on_features_solves_what_no_line_can(source, layer):
    nodes = {"x": Input(shape=(2,)), "z": (Dense(units=1), "f"), "out": (Output(), "z")}
    if layer is None:
        nodes |= {"sq": (Square(), "x"), "f": (PairProducts(columns=(0, 1)), "sq")}
    else:
        nodes |= {"f": (layer, "x")}
    settings = TrainingSettings(epochs=150, batch_size=32, optimizer=Adam(learning_rate=0.1))
    whole = Design(graph=graph(nodes), training=settings, data=DataSettings(source=parse_spec(source)))
    plain = whole.with_changes(
        graph=graph({"x": Input(shape=(2,)), "z": (Dense(units=1), "x"), "out": (Output(), "z")})
    )
    prepared_data = prepare(whole.data)
    with_features, without = ([*train(d, prepared_data)][-1] for d in (whole, plain))
    assert isinstance(with_features, Finished)
    assert isinstance(without, Finished)
    assert [with_features.parts[part]["accuracy"] for part in ("train", "dev")] == [1.0, 1.0]
    assert without.parts["train"]["accuracy"] < 0.7, "Without features a line must stay helpless."
