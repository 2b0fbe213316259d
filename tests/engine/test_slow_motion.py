"""Slow motion: the sub-steps of one training step, and that together they are that step."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from engine.control import Control
from engine.data import Dataset, DataSettings, PreparedData, Target, prepare
from engine.design import Design
from engine.graph import Edge, GraphSpec, Node
from engine.layer import Layer
from engine.layers.batch_normalization import BatchNormalization
from engine.layers.dense import Dense
from engine.layers.dropout import Dropout
from engine.layers.ends import Input, Output
from engine.losses.basic import BinaryCrossEntropy
from engine.network import compile_design
from engine.optimizer import Optimizer
from engine.optimizers.basic import Adam, GradientDescent, Momentum
from engine.settings import TrainingSettings
from engine.slow_figures import MOST_COLUMNS, MOST_ROWS
from engine.slow_motion import SlowStep, slow_step, with_live_values
from engine.templates import load_template
from engine.training import Trainer


def two_two_one(*between: Layer, frozen: tuple[str, ...] = (), **training: Any) -> Design:
    """Input of 2, Dense of 2, what is between, Dense of 1, Output."""
    layers = [
        Input(shape=(2,)),
        Dense(units=2, activation={"kind": "tanh"}),  # pyright: ignore[reportArgumentType]
        *between,
        Dense(units=1),
        Output(loss=BinaryCrossEntropy()),
    ]
    names = ["input_1", "dense_1", *(f"between_{i}" for i in range(1, len(between) + 1)), "dense_2", "output_1"]
    nodes = [Node(id=n, layer=layer, frozen=n in frozen) for n, layer in zip(names, layers, strict=True)]
    edges = [Edge(source=a, target=b) for a, b in pairwise(names)]
    settings = {"optimizer": GradientDescent(learning_rate=0.5), "batch_size": 4, "dtype": "float64", **training}
    graph = GraphSpec(nodes=tuple(nodes), edges=tuple(edges))
    return Design(graph=graph, training=TrainingSettings(**settings))


@pytest.fixture(scope="module")
def data() -> PreparedData:
    random = np.random.default_rng(3)
    x = random.normal(size=(10, 2))
    y = (x[:, 0] * x[:, 1] > 0).astype(np.int64)
    target = Target("y", "classes", y, class_names=("no", "yes"))
    return prepare(DataSettings(train=1.0, dev=0.0, standardize=False), Dataset({"x": x}, {"y": target}))


def trained(design: Design, data: PreparedData, steps: int) -> Trainer:
    """The trainer after so many real steps."""
    trainer = Trainer(design, data, control=Control(paused=True))
    for _ in range(steps):
        trainer._stepper.advance()
    return trainer


def names(step: SlowStep) -> list[str]:
    return [substep.name for substep in step.substeps]


def test_sub_steps_of_a_small_network_come_in_order(data):
    step = slow_step(two_two_one(), data)
    assert names(step) == [
        "batch", "forward dense_1", "forward dense_2", "cost output_1", "backward output_1", "backward dense_2",
        "backward dense_1", "update dense_1", "update dense_2", "done",
    ]  # fmt: skip
    assert [s.phase for s in step.substeps] == ["batch"] + ["forward"] * 2 + ["cost"] + ["backward"] * 3 + [
        "update"
    ] * 3
    assert step.step == 1
    assert step.epoch == 1
    first = step.substeps[1]
    assert first.sentence.startswith("Z[1] = A[0] W[1]ᵀ + b[1], then A[1] = tanh(Z[1]): 4 examples × 2 units; the mean")
    assert first.edges == (Edge(source="input_1", target="dense_1"),)
    back = step.substeps[5]
    assert back.edges == (Edge(source="dense_2", target="output_1"),), "the gradient arrives from the right"
    title = two_two_one().graph.node("dense_1").title
    assert back.sentence.endswith(f"dA[1] goes on to the left, to '{title}'.")


def test_numbers_are_those_of_the_network(data):
    design = two_two_one(l2=0.7)
    step = slow_step(design, data)
    network = compile_design(design)
    x, y = data.train.input()[step.rows], data.train.target()[step.rows]
    cost, gradients = network.backward(x, y)
    by_name = {substep.name: substep for substep in step.substeps}
    dw = next(f for f in by_name["backward dense_1"].figures if f.symbol == "dW[1]")
    assert dw.statistics.norm == pytest.approx(float(np.linalg.norm(gradients["dense_1/W"])), rel=1e-12)
    np.testing.assert_allclose(dw.tiles[0], gradients["dense_1/W"], rtol=1e-12)
    total, penalized = network.backward(x, y, l2=0.7)
    assert step.cost_before == pytest.approx(total, rel=1e-12)
    assert f"J = {cost:.3g}" in by_name["penalty"].sentence
    after = next(f for f in by_name["penalty gradient"].figures if f.symbol == "dW[1]")
    np.testing.assert_allclose(after.tiles[0], penalized["dense_1/W"], rtol=1e-12)
    network.step(x, y, GradientDescent(learning_rate=0.5), l2=0.7)
    assert step.cost_after == pytest.approx(network.cost(x, y, penalty=True, l2=0.7), rel=1e-12)
    assert f"from {step.cost_before:.3g} to {step.cost_after:.3g}" in by_name["done"].sentence


OPTIMIZERS = [GradientDescent(learning_rate=0.3), Momentum(learning_rate=0.3), Adam(learning_rate=0.05)]


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: o.kind)
def test_together_they_are_the_real_step(optimizer: Optimizer, data):
    design = two_two_one(Dropout(keep_prob=0.6), BatchNormalization(), optimizer=optimizer, l2=0.3, l1=0.1)
    trainer = trained(design, data, 7)
    checkpoint = trainer.checkpoint()
    step = slow_step(design, data, checkpoint)
    following = slow_step(design, data, step.after)
    for slow in (step, following):
        cost = trainer._stepper.one_step()
        if trainer._stepper.is_epoch_over:
            trainer._stepper.end_epoch()
        real = trainer.checkpoint()
        assert slow.step == real.step == slow.after.step
        assert slow.cost_before == pytest.approx(cost, abs=1e-7)
        for name, value in real.weights.items():
            np.testing.assert_allclose(slow.after.weights[name], value, atol=1e-7, err_msg=name)
        for name, value in real.slots.items():
            np.testing.assert_allclose(slow.after.slots[name], value, atol=1e-7, err_msg=name)
        assert slow.after.random == real.random, "the batches and masks that follow must be the same"
        assert slow.after.position == real.position


def test_one_step_of_the_network_is_the_same(data):
    design = two_two_one(optimizer=Adam(learning_rate=0.1), l2=0.2)
    step = slow_step(design, data)
    network = compile_design(design)
    network.step(data.train.input()[step.rows], data.train.target()[step.rows], Adam(learning_rate=0.1), l2=0.2)
    for name, value in network.weights().items():
        np.testing.assert_allclose(step.after.weights[name], value, atol=1e-7, err_msg=name)


def test_the_last_batch_of_an_epoch_is_smaller(data):
    design = two_two_one()
    checkpoint = trained(design, data, 2).checkpoint()
    step = slow_step(design, data, checkpoint)
    assert len(step.rows) == 2
    assert step.substeps[0].sentence.startswith("The batch: the last 2 of 10 training examples")
    assert step.after.epoch == 1
    assert step.after.position == 0
    everything = slow_step(two_two_one(batch_size=0), data)
    assert everything.substeps[0].sentence == "The batch is all of the training part: 10 examples (epoch 1)."


def test_the_batch_is_a_table_of_its_examples(data):
    step = slow_step(two_two_one(), data)
    table = step.substeps[0].examples
    assert table is not None
    assert table.header == ("no.", "x1", "x2", "y")
    assert table.more == 0
    place = int(step.rows[0])
    assert table.rows[0][0] == str(place + 1)
    assert table.rows[0][3] == ("no", "yes")[int(data.train.target()[place])]
    assert float(table.rows[0][1].replace("−", "-")) == pytest.approx(float(data.train.input()[place, 0]), rel=5e-3)


def test_frozen_layers_are_not_updated(data):
    step = slow_step(two_two_one(frozen=("dense_2",)), data)
    assert "update dense_2" not in names(step)
    assert "update dense_1" in names(step)
    back = next(s for s in step.substeps if s.name == "backward dense_2")
    assert "is frozen, so its weights get no gradient" in back.sentence
    nothing = slow_step(two_two_one(frozen=("dense_1", "dense_2")), data)
    assert names(nothing)[-2:] == ["update nothing", "done"]
    assert "stays at" in nothing.substeps[-1].sentence


def test_a_mask_is_told(data):
    step = slow_step(two_two_one(Dropout(keep_prob=0.5)), data)
    dropped = next(s for s in step.substeps if s.name == "forward between_1")
    mask = next(f for f in dropped.figures if f.symbol == "D[between_1]")
    assert f"D[between_1] switched {100 * mask.statistics.zeros:.0f} % off in this step." in dropped.sentence


def test_images_are_kept_small():
    x = np.random.default_rng(0).normal(size=(6, 40, 40, 6))
    target = Target("y", "classes", np.arange(6) % 2, class_names=("a", "b"))
    images = prepare(DataSettings(train=1.0, dev=0.0, standardize=False), Dataset({"x": x}, {"y": target}))
    layers = [
        ("input_1", Input(shape=(40, 40, 6))),
        ("conv2d_1", Layer.from_data({"kind": "conv2d", "filters": 8})),
        ("flatten_1", Layer.from_data({"kind": "flatten"})),
        ("dense_1", Dense(units=1)),
        ("output_1", Output(loss=BinaryCrossEntropy())),
    ]
    nodes = tuple(Node(id=name, layer=layer) for name, layer in layers)
    edges = tuple(Edge(source=a.id, target=b.id) for a, b in pairwise(nodes))
    step = slow_step(Design(graph=GraphSpec(nodes=nodes, edges=edges)), images)
    figures = {f"{substep.name} {f.symbol}": f for substep in step.substeps for f in substep.figures}
    for name, figure in figures.items():
        assert sum(tile.size for tile in figure.tiles) <= MOST_ROWS * MOST_COLUMNS, name
    picture = figures["batch A[0]"]
    assert picture.shape == (6, 40, 40, 6)
    assert picture.steps == (3, 3)
    np.testing.assert_allclose(picture.tiles[1], x[step.rows[0], ::3, ::3, 1], rtol=1e-6)
    assert step.substeps[0].examples is None
    assert "6 examples × 40 × 40 × 6" in step.substeps[0].label


def test_all_inputs_are_at_work():
    design = load_template("two_inputs")
    step = slow_step(design, prepare(design.data))
    assert step.substeps[0].nodes == ("input_1", "input_2")
    joined = next(s for s in step.substeps if s.name == "forward concatenate_1")
    assert len(joined.edges) == 2


def test_weights_that_are_no_numbers_are_said(data):
    design = two_two_one()
    checkpoint = trained(design, data, 1).checkpoint()
    checkpoint.weights["dense_1/W"][:] = np.nan
    step = slow_step(design, data, checkpoint)
    assert "no finite numbers" in step.substeps[1].sentence
    assert "training has diverged" in step.substeps[-1].sentence


def test_live_settings_are_those_of_now(data):
    design = two_two_one(Dropout(keep_prob=0.6))
    graph = design.graph.with_layers({"between_1": Dropout(keep_prob=0.9), "dense_1": Dense(units=7)})
    edited = design.with_changes(training=design.training.replace(batch_size=5, seed=9), graph=graph)
    now = with_live_values(design, edited)
    assert now.training.batch_size == 5
    assert now.training.seed == 0, "the seed is not live"
    layers = {node.id: node.layer for node in now.graph.nodes}
    assert layers["between_1"] == Dropout(keep_prob=0.9)
    assert layers["dense_1"] == two_two_one().graph.node("dense_1").layer
