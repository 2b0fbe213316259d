"""The same design and seed give the same numbers, bit for bit, in the window, on the command line and in a script."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest

from engine.activations.basic import ReLU, Tanh
from engine.data import DataSettings
from engine.data.sources.planar import Moons
from engine.design import Design
from engine.events import Finished, Progress
from engine.files import Project, load_project, save_project
from engine.graph import Edge, GraphSpec, Node
from engine.layers.batch_normalization import BatchNormalization
from engine.layers.dense import Dense
from engine.layers.dropout import Dropout
from engine.layers.ends import Input, Output
from engine.settings import TrainingSettings
from engine.templates import load_template
from engine.training import train

EPOCHS = 40


def noisy() -> Design:
    """Everything that draws random numbers or keeps a state: dropout, batch normalization, shuffling, Adam."""
    layers = {
        "input_1": Input(shape=(2,)),
        "dense_1": Dense(units=12, activation=ReLU()),
        "batch_normalization_1": BatchNormalization(),
        "dropout_1": Dropout(keep_prob=0.8),
        "dense_2": Dense(units=6, activation=Tanh()),
        "dense_3": Dense(units=1),
        "output_1": Output(),
    }
    names = list(layers)
    graph = GraphSpec(
        nodes=tuple(Node(id=name, layer=layer) for name, layer in layers.items()),
        edges=tuple(Edge(source=a, target=b) for a, b in pairwise(names)),
    )
    data = DataSettings(source=Moons(m=300), train=0.7, dev=0.2, test=0.1)
    return Design(graph=graph, data=data, training=TrainingSettings(batch_size=17, l2=0.01, seed=7))


def make(name: str, dtype: str) -> Design:
    design = noisy() if name == "noisy" else load_template(name)
    return design.with_changes(training=design.training.replace(epochs=EPOCHS, dtype=dtype))


def in_a_script(design: Design) -> tuple[list[float], Finished]:
    costs: list[float] = []
    end = None
    for event in train(design):
        if isinstance(event, Progress):
            costs += event.costs.tolist()
        if isinstance(event, Finished):
            end = event
    assert end is not None
    return costs, end


def run_window(user, seconds: float = 30.0) -> None:
    user.space()
    assert user.window.session.state == "running", user.banner
    user.wait(lambda: user.window.session.state == "finished", seconds)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["xor", "noisy"])
def test_window_script_and_command_line_agree_bit_by_bit(new_user, tmp_path, name, dtype):
    design = make(name, dtype)
    costs, end = in_a_script(design)
    user = new_user(design)
    run_window(user)
    assert len(costs) == end.step
    assert user.costs == costs
    assert user.window.controller.record.parts == end.parts

    file, out = tmp_path / "design.json", tmp_path / "out.netloom"
    save_project(file, Project(design))
    command = [sys.executable, "-m", "engine", "train", str(file), "--json", "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    assert report["steps"] == end.step
    for part in ("train", "dev", "test"):
        assert report[part] == end.parts.get(part)
    trained = load_project(out).checkpoint
    shown = user.window.controller.record.checkpoint
    assert set(trained.weights) == set(shown.weights)
    for key, weights in trained.weights.items():
        assert np.array_equal(weights, shown.weights[key]), key
    assert trained.random == shown.random


def test_a_template_gives_the_numbers_of_the_command_line(new_user):
    command = [sys.executable, "-m", "engine", "train", "template:xor", "--epochs", "60", "--seed", "5", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=100)
    report = json.loads(done.stdout.splitlines()[-1])
    user = new_user("xor", epochs=60, seed=5)
    run_window(user)
    assert user.window.controller.record.parts == {p: report[p] for p in ("train", "dev", "test") if report[p]}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_pause_save_reopen_and_resume_equal_the_uninterrupted_run(new_user, tmp_path, dtype):
    design = make("noisy", dtype)
    design = design.with_changes(training=design.training.replace(epochs=400))
    expected, end = in_a_script(design)
    user = new_user(design)
    path = tmp_path / "half way.netloom"
    user.space()
    user.wait(lambda: user.step > 300)
    user.space()
    assert user.window.session.state == "paused"
    user.save(path)  # in the middle of an epoch
    user.wait(lambda: len(user.costs) == user.step)
    step = load_project(path).checkpoint.step
    assert user.costs[:step] == expected[:step]
    assert 300 < step < end.step

    other = new_user("xor")
    other.open(shutil.copy(path, tmp_path / "copy.netloom"))
    other.wait(lambda: other.window.loader.prepared is not None)
    assert other.step == step
    run_window(other)
    assert other.costs == expected[step:]
    assert other.window.controller.record.parts == end.parts

    user.space()  # the first window was not disturbed by saving
    user.wait(lambda: user.window.session.state == "finished", 30)
    assert user.costs == expected
    assert user.window.controller.record.parts == end.parts


def test_stop_and_start_in_one_window_equals_the_uninterrupted_run(new_user):
    design = make("noisy", "float32")
    design = design.with_changes(training=design.training.replace(epochs=300))
    expected, end = in_a_script(design)
    user = new_user(design)
    for steps in (200, 900):
        user.space()
        user.wait(lambda steps=steps: user.step > steps)
        user.window.actions_by_name["train_stop"].trigger()
        user.wait(lambda: user.window.session.state == "finished")
    run_window(user)
    assert user.costs == expected
    assert user.window.controller.record.parts == end.parts
