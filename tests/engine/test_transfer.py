"""Transfer: weights go from one design to another by name, title and shape; a new head is fine-tuned alone."""

from __future__ import annotations

import numpy as np
import pytest
from engine_tools import graph, prepared
from typer.testing import CliRunner

from engine.activations.basic import Linear
from engine.command_line import app
from engine.data import DataSettings
from engine.design import Design
from engine.events import Checkpointed
from engine.files import Project, save_project
from engine.files_disk import FileError
from engine.layers.dense import Dense
from engine.layers.ends import Input, Output
from engine.losses.basic import CategoricalCrossEntropy
from engine.plan import DesignError, make_plan
from engine.settings import TrainingSettings
from engine.templates import load_template
from engine.training import Trainer, train
from engine.transfer import first_weights, heads, match_weights, read_weights, save_weights, with_new_head


def network(classes: int = 3, hidden: int = 5, names: tuple[str, ...] = ("dense_1", "dense_2")) -> Design:
    first, second = names
    nodes = {
        "input_1": Input(shape=(4,)),
        first: (Dense(units=hidden), "input_1"),
        second: (Dense(units=classes, activation=Linear()), first),
        "output_1": (Output(loss=CategoricalCrossEntropy()), second),
    }
    return Design(graph=graph(nodes), training=TrainingSettings(epochs=2), data=DataSettings(train=1, dev=0))


def data(classes: int = 3):
    return prepared(np.random.default_rng(0).random((24, 4)).astype(np.float32), np.arange(24) % classes)


def trained(design: Design, classes: int = 3, checkpoint=None):
    events = train(design, data(classes), checkpoint=checkpoint)
    return [event for event in events if isinstance(event, Checkpointed)][-1].checkpoint


def test_round_trip_through_a_weights_file_and_a_project(tmp_path):
    design = network()
    checkpoint = trained(design)
    save_weights(tmp_path / "w.safetensors", checkpoint.weights)
    save_project(tmp_path / "p.netloom", Project(design, checkpoint))
    for file in ("w.safetensors", "p.netloom"):
        stored = read_weights(tmp_path / file)
        matches = match_weights(make_plan(design.graph), stored)
        assert [m.name for m in matches if m.fits] == ["dense_1/W", "dense_1/b", "dense_2/W", "dense_2/b"]
        network_of_it = Trainer(design, data(), checkpoint=first_weights(design, matches, stored)).network
        for name, value in checkpoint.weights.items():
            assert np.array_equal(network_of_it[name], value), name


def test_what_has_another_shape_or_is_not_there_begins_anew(tmp_path):
    save_weights(tmp_path / "w.safetensors", trained(network()).weights)
    stored = read_weights(tmp_path / "w.safetensors")
    wider = network(classes=4)
    matches = {m.name: m for m in match_weights(make_plan(wider.graph), stored)}
    assert [m.verdict for m in matches.values()] == [
        "same name and shape", "same name and shape", "another shape: begins anew", "another shape: begins anew",
    ]  # fmt: skip
    assert matches["dense_2/W"].source_shape == (3, 5)
    begun = Trainer(wider, data(4), checkpoint=first_weights(wider, matches.values(), stored)).network
    assert np.array_equal(begun["dense_1/W"], stored.arrays["dense_1/W"])
    assert np.array_equal(begun["dense_2/W"], Trainer(wider, data(4)).network["dense_2/W"]), "must be drawn by the seed"
    other = network(hidden=6, names=("a", "b"))
    strangers = match_weights(make_plan(other.graph), stored)
    assert {m.verdict for m in strangers} == {"not in the file: begins anew"}
    with pytest.raises(DesignError, match="No weight of the file fits"):
        first_weights(other, strangers, stored)


def test_layers_are_also_known_by_their_titles(tmp_path):
    design = network(names=("dense_1", "dense_2"))
    named = design.graph.replace(
        nodes=tuple(n.model_copy(update={"name": "features"}) if n.id == "dense_1" else n for n in design.graph.nodes)
    )
    design = design.with_changes(graph=named)
    save_project(tmp_path / "p.netloom", Project(design, trained(design)))
    other = network(names=("features", "head"))
    matches = match_weights(make_plan(other.graph), read_weights(tmp_path / "p.netloom"))
    assert [(m.name, m.source, m.verdict) for m in matches[:2]] == [
        ("features/W", "dense_1/W", "same title and shape"), ("features/b", "dense_1/b", "same title and shape"),
    ]  # fmt: skip


def test_damaged_files_are_refused_with_a_sentence(tmp_path):
    good = tmp_path / "w.safetensors"
    save_weights(good, trained(network()).weights)
    (tmp_path / "cut.safetensors").write_bytes(good.read_bytes()[:60])
    (tmp_path / "empty.safetensors").write_bytes(b"")
    save_project(tmp_path / "untrained.netloom", Project(network()))
    save_weights(tmp_path / "nan.safetensors", {"dense_1/W": np.full((5, 4), np.nan, np.float32)})
    for name, words in (
        ("cut.safetensors", "is damaged"), ("empty.safetensors", "is damaged"), ("untrained.netloom", "no weights"),
        ("nan.safetensors", "no finite numbers"), ("missing.safetensors", "There is no file"),
    ):  # fmt: skip
        with pytest.raises(FileError, match=words):
            read_weights(tmp_path / name)
    with pytest.raises(FileError, match="is a folder"):
        read_weights(tmp_path)


def test_a_new_head_fits_the_data_and_only_it_learns(tmp_path):
    before = trained(network())
    save_weights(tmp_path / "w.safetensors", before.weights)
    changed, new = with_new_head(network().graph, data(4))
    assert new == ["dense_3"]
    assert {node.id: node.frozen for node in changed.nodes} == {
        "input_1": False, "dense_1": True, "dense_3": False, "output_1": False,
    }  # fmt: skip
    assert changed.node("dense_3").layer == Dense(units=4, activation=Linear())
    design = network().with_changes(graph=changed)
    stored = read_weights(tmp_path / "w.safetensors")
    first = first_weights(design, match_weights(make_plan(changed), stored), stored)
    assert set(first.weights) == {"dense_1/W", "dense_1/b"}
    after = trained(design, 4, first)
    assert np.array_equal(after.weights["dense_1/W"], before.weights["dense_1/W"]), "a frozen layer was trained"
    assert not np.array_equal(after.weights["dense_3/W"], Trainer(design, data(4)).network["dense_3/W"])


def test_heads_of_templates_are_their_last_layers_with_weights():
    for name, layers in (("vgg16", 1), ("two_inputs", 1), ("googlenet", 1)):
        plan = make_plan(load_template(name).graph)
        found = heads(plan)
        assert len(found) >= layers
        assert all(node.parameters for node in found)


def test_the_command_line_begins_with_weights(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = CliRunner().invoke
    assert run(app, ["train", "template:moons", "--epochs", "1", "--out", "a.netloom"]).exit_code == 0
    result = run(app, ["train", "template:moons", "--epochs", "0", "--weights", "a.netloom", "--out", "b.netloom"])
    assert result.exit_code == 0, result.stderr
    a, b = read_weights(tmp_path / "a.netloom"), read_weights(tmp_path / "b.netloom")
    assert all(np.array_equal(a.arrays[name], b.arrays[name]) for name in a.arrays)
    assert f"{len(a.arrays)} of {len(a.arrays)} arrays from 'a.netloom'." in result.stderr
    wrong = run(app, ["train", "template:moons", "--weights", "none.netloom"])
    assert wrong.exit_code == 2
    assert "There is no file" in wrong.stderr
