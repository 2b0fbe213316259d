"""Weights that still fit go over to an edited design; the others begin anew; a reset is the first run again."""

from __future__ import annotations

import numpy as np
import pytest
from engine_tools import design

from engine.activations.basic import ReLU, Tanh
from engine.carrying import carry_over, stale_nodes, weight_shapes
from engine.checkpoint import Checkpoint
from engine.design import Design
from engine.events import Checkpointed, Progress
from engine.layers.batch_normalization import BatchNormalization
from engine.layers.dense import Dense
from engine.layers.ends import Input, Output
from engine.network import compile_design
from engine.optimizers.basic import Adam, GradientDescent
from engine.plan import make_plan
from engine.training import Trainer, train


def network(units: int = 5, activation: object = None, **training: object) -> Design:
    nodes = {
        "x": Input(),
        "a": (Dense(units=4, activation=activation or Tanh()), "x"),
        "n": (BatchNormalization(), "a"),
        "b": (Dense(units=units, activation=Tanh(), bias=False), "n"),
        "c": (Dense(units=1), "b"),
        "o": (Output(), "c"),
    }
    settings = {"epochs": 6, "batch_size": 16, "seed": 3, "optimizer": Adam()} | training
    return design(nodes, **settings)


def run(what: Design, checkpoint: Checkpoint | None = None) -> tuple[list[float], Checkpoint]:
    costs: list[float] = []
    last = None
    for event in train(what, checkpoint=checkpoint):
        if isinstance(event, Progress):
            costs += event.costs.tolist()
        elif isinstance(event, Checkpointed):
            last = event.checkpoint
    assert last is not None
    return costs, last


@pytest.fixture(scope="module")
def trained() -> Checkpoint:
    return run(network())[1]


def test_what_fits_is_kept_and_the_rest_begins_anew(trained: Checkpoint) -> None:
    edited = network(units=7)
    carried = carry_over(trained, make_plan(edited.graph))
    assert carried.stale == {"b", "c"}
    trainer = Trainer(edited, checkpoint=carried.checkpoint)
    weights, fresh = trainer.network.weights(), compile_design(edited).weights()
    for name in ("a/W", "a/b", "n/gamma", "n/beta", "n/running_mean", "n/running_variance", "c/b"):
        np.testing.assert_array_equal(weights[name], trained.weights[name])
        assert name == "c/b" or not np.array_equal(weights[name], fresh[name])
    for name in ("b/W", "c/W"):
        np.testing.assert_array_equal(weights[name], fresh[name])
    slots = trainer.checkpoint().slots
    np.testing.assert_array_equal(slots["moments/a/W"], trained.slots["moments/a/W"])
    assert slots["moments/a/W"].any()
    assert not slots["moments/b/W"].any()
    assert (trainer.step, trainer.epoch) == (0, 0)


def test_a_warm_start_learns_on(trained: Checkpoint) -> None:
    cold, _ = run(network(activation=ReLU(), epochs=2))
    edited = network(activation=ReLU(), epochs=2)
    carried = carry_over(trained, make_plan(edited.graph))
    assert not carried.stale
    warm, last = run(edited, carried.checkpoint)
    assert len(warm) == len(cold)
    assert warm[0] < cold[0]
    assert last.epoch == 2
    assert not last.partial
    again, _ = run(edited, carried.checkpoint)
    assert again == warm


def test_layers_that_are_gone_or_not_used_are_left_behind(trained: Checkpoint) -> None:
    nodes = {"x": Input(), "a": (Dense(units=4), "x"), "c": (Dense(units=1), "a"), "o": (Output(), "c")}
    shorter = design(nodes, epochs=1, optimizer=Adam())
    carried = carry_over(trained, make_plan(shorter.graph))
    assert set(carried.checkpoint.weights) == {"a/W", "a/b", "c/b"}
    assert carried.stale == {"c"}
    run(shorter, carried.checkpoint)


def test_dropped_nodes_begin_anew(trained: Checkpoint) -> None:
    plan = make_plan(network().graph)
    carried = carry_over(trained, plan, {"a", "n"})
    assert carried.stale == {"a", "n"}
    weights = Trainer(network(), checkpoint=carried.checkpoint).network.weights()
    fresh = compile_design(network()).weights()
    for name, value in weights.items():
        kept = name.split("/")[0] in ("b", "c")
        np.testing.assert_array_equal(value, (trained.weights if kept else fresh)[name])


def test_all_dropped_is_the_first_run_again(trained: Checkpoint) -> None:
    what = network()
    everything = carry_over(trained, make_plan(what.graph), {"a", "n", "b", "c"})
    assert not everything.checkpoint.weights
    first, _ = run(what)
    again, _ = run(what, everything.checkpoint)
    assert again == first


def test_frozen_layers_stay_and_others_learn(trained: Checkpoint) -> None:
    what = network(epochs=2)
    nodes = tuple(n.model_copy(update={"frozen": n.id in ("a", "n")}) for n in what.graph.nodes)
    frozen = what.with_changes(graph=what.graph.model_copy(update={"nodes": nodes}))
    carried = carry_over(trained, make_plan(frozen.graph))
    assert not carried.stale
    _, last = run(frozen, carried.checkpoint)
    for name in ("a/W", "a/b", "n/gamma", "n/beta"):
        np.testing.assert_array_equal(last.weights[name], trained.weights[name])
    assert not np.array_equal(last.weights["c/W"], trained.weights["c/W"])
    assert not any(name.split("/")[1] in ("a", "n") for name in last.slots)
    thawed = carry_over(last, make_plan(what.graph))  # their slots were not kept: they begin at zero
    _, end = run(what, thawed.checkpoint)
    assert not np.array_equal(end.weights["a/W"], trained.weights["a/W"])


def test_another_optimizer_begins_with_fresh_slots(trained: Checkpoint) -> None:
    what = network(optimizer=GradientDescent())
    trainer = Trainer(what, checkpoint=carry_over(trained, make_plan(what.graph)).checkpoint)
    np.testing.assert_array_equal(trainer.network["a/W"], trained.weights["a/W"])


def test_an_unchanged_design_goes_on_exactly() -> None:
    whole, _ = run(network(epochs=4))
    first, half = run(network(epochs=2))
    rest, _ = run(network(epochs=4), half)
    assert first + rest == whole


def test_stale_nodes_follow_the_shapes_alone() -> None:
    before = weight_shapes(make_plan(network().graph))
    assert not stale_nodes(before, make_plan(network(activation=ReLU()).graph))
    assert stale_nodes(before, make_plan(network(units=6).graph)) == {"b", "c"}
    assert stale_nodes(before, make_plan(network().graph), {"a"}) == {"a"}
    assert stale_nodes({}, make_plan(network().graph)) == {"a", "n", "b", "c"}
    broken = network().graph.without((), [network().graph.edges[0]])
    assert not stale_nodes(before, make_plan(broken)), "what a problem keeps unknown is not told"
