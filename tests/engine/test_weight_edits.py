"""Weights set by hand: in a run, in a checkpoint, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from engine.control import Control
from engine.events import Changed, Checkpointed, Finished, Notice, Weights
from engine.network import compile_design
from engine.plan import make_plan
from engine.templates import load_template
from engine.training import Trainer, train
from engine.weight_edits import WeightEdit, edit_checkpoint, edit_title, set_weight


def small(epochs=2, **training):
    design = load_template("xor")
    return design.with_changes(training=design.training.replace(epochs=epochs, **training))


def names(design):
    node = next(node for node in make_plan(design.graph).nodes.values() if node.parameters)
    return f"{node.id}/W", f"{node.id}/b"


def test_an_edit_in_a_run_is_told_and_the_next_step_uses_it():
    design, control = small(), Control(paused=True)
    w, b = names(design)
    control.set_weight(WeightEdit(w, (0, 1), 1.0))
    control.set_weight(WeightEdit(b, (1,), -2.5))
    control.set_weight(WeightEdit(w, (0, 99), 1.0))
    control.set_weight(WeightEdit(w, (0, 1), 1.0))
    seen = []
    for event in train(design, control=control):
        seen.append(event)
        if isinstance(event, Weights):
            control.stop()
    first = compile_design(design)[w]
    changes = [event for event in seen if isinstance(event, Changed)]
    assert [(c.name, c.old, c.new) for c in changes] == [
        ("W[1][0, 1]", f"{first[0, 1]:.6g}", "1"),
        ("b[1][1]", "0", "-2.5"),
    ], "an edit that changes nothing must not be told"
    assert any("has no number [0, 99]" in event.message for event in seen if isinstance(event, Notice))
    weights = next(event for event in seen if isinstance(event, Weights)).values
    assert (weights[w][0, 1], weights[b][1]) == (1.0, -2.5)
    kept = next(event for event in seen if isinstance(event, Checkpointed)).checkpoint
    assert kept.weights[w][0, 1] == 1.0


def test_an_edit_that_comes_with_the_last_step_is_not_lost():
    design, control = small(epochs=1), Control()
    w, _ = names(design)
    found = None
    for event in train(design, control=control):
        if type(event).__name__ == "Evaluated":
            control.set_weight(WeightEdit(w, (0, 0), 7.0))
        if isinstance(event, Checkpointed):
            found = event.checkpoint.weights[w][0, 0]
        assert not isinstance(event, Finished) or found is not None
    assert found == 7.0


def test_a_run_from_an_edited_checkpoint_is_that_of_an_edited_network():
    design = small(epochs=3)
    w, _ = names(design)
    begun = Trainer(design).checkpoint()
    edited, before, after = edit_checkpoint(begun, WeightEdit(w, (1, 0), 0.5))
    assert (before, after) == (float(begun.weights[w][1, 0]), 0.5)
    assert edited.weights[w] is not begun.weights[w]
    trainer = Trainer(design)
    trainer.network.store.arrays[w][1, 0] = 0.5
    other = [event for event in trainer.run() if isinstance(event, Checkpointed)][-1].checkpoint
    same = [event for event in train(design, checkpoint=edited) if isinstance(event, Checkpointed)][-1].checkpoint
    np.testing.assert_array_equal(same.weights[w], other.weights[w])


def test_what_an_array_cannot_hold_is_refused_with_a_sentence():
    arrays = {"dense_1/W": np.zeros((2, 2), np.float32)}
    for value in (float("nan"), float("inf"), 1e39):
        with pytest.raises(ValueError, match=r"cannot be a weight: it must be a number between −3\.4e\+38"):
            set_weight(arrays, WeightEdit("dense_1/W", (0, 0), value))
    with pytest.raises(ValueError, match="any more"):
        set_weight(arrays, WeightEdit("gone/W", (0, 0), 1.0))
    assert not arrays["dense_1/W"].any()


def test_layers_of_the_same_number_are_told_by_their_titles():
    from engine.graph import Edge, GraphSpec, Node
    from engine.layers.dense import Dense
    from engine.layers.ends import Input, Output
    from engine.layers.merging import Add

    layers = {"x": Input(shape=(2,)), "left": Dense(units=1), "right": Dense(units=1), "sum": Add(), "out": Output()}
    edges = [("x", "left", 0), ("x", "right", 0), ("left", "sum", 0), ("right", "sum", 1), ("sum", "out", 0)]
    graph = GraphSpec(
        nodes=tuple(Node(id=name, layer=layer) for name, layer in layers.items()),
        edges=tuple(Edge(source=a, target=b, port=port) for a, b, port in edges),
    )
    assert edit_title(make_plan(graph), WeightEdit("right/W", (0, 1), 1.0)) == "W[1][0, 1] of 'right'"
