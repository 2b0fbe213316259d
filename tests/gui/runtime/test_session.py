import gc
import threading
import time
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QObject

from engine.data import DataSettings, prepare
from engine.data.sources.planar import Moons
from engine.design import Design
from engine.events import Started
from engine.graph import Edge, GraphSpec, Node
from engine.layers.dense import Dense
from engine.layers.dropout import Dropout
from engine.layers.ends import Input, Output
from engine.optimizers.basic import Adam, GradientDescent
from engine.settings import TrainingSettings
from engine.training import train
from gui.runtime.session import TrainingSession
from gui.runtime.trainer import THREAD_NAME

DATA = prepare(DataSettings(source=Moons(m=100)))


def make_design(epochs=1_000_000, **training):
    layers = {
        "input_1": Input(shape=(2,)),
        "dense_1": Dense(units=4),
        "dropout_1": Dropout(keep_prob=0.9),
        "dense_2": Dense(units=1),
        "output_1": Output(),
    }
    names = list(layers)
    graph = GraphSpec(
        nodes=tuple(Node(id=name, layer=layer) for name, layer in layers.items()),
        edges=tuple(Edge(source=a, target=b) for a, b in pairwise(names)),
    )
    return Design(graph=graph, training=TrainingSettings(epochs=epochs, batch_size=10, **training))


class Recorder:
    """Everything that a session says, in order."""

    names = (
        "started", "progressed", "evaluated", "changed", "noticed", "weights_arrived", "checkpointed", "diverged",
        "failed", "finished", "state_changed",
    )  # fmt: skip

    def __init__(self, session):
        self.said = []
        for name in self.names:
            getattr(session, name).connect(lambda *a, name=name: self.said.append((name, a[0] if a else None)))

    def all(self, name):
        return [value for said, value in self.said if said == name]

    @property
    def costs(self):
        return np.concatenate([event.costs for event in self.all("progressed")] or [np.empty(0)])


@pytest.fixture
def session(application):
    made = TrainingSession()
    yield made
    made.close()
    assert threads() == 0


@pytest.fixture
def heard(session):
    return Recorder(session)


def threads():
    return sum(thread.name == THREAD_NAME for thread in threading.enumerate())


def test_a_run_says_every_cost_that_the_command_line_says(session, heard, wait_for):
    design = make_design(epochs=40)
    expected = [cost for event in train(design, DATA) if hasattr(event, "costs") for cost in event.costs]
    session.start(design, DATA)
    assert session.state == "running"
    assert wait_for(lambda: session.state == "finished")
    np.testing.assert_array_equal(heard.costs, expected)
    assert heard.said[0] == ("state_changed", "running")
    assert heard.said[1][0] == "started"
    assert heard.said[-1][0] == "finished"
    assert not heard.all("finished")[0].stopped
    assert len(heard.all("checkpointed")) == 1


def test_pause_step_resume_stop(session, heard, wait_for):
    session.start(make_design(), DATA)
    assert wait_for(lambda: len(heard.costs) > 20)
    session.pause()
    assert session.state == "paused"
    wait_for(lambda: False, 0.15)
    before = len(heard.costs)
    wait_for(lambda: False, 0.15)
    assert len(heard.costs) == before
    session.step()
    session.step(2)
    assert wait_for(lambda: len(heard.costs) == before + 3)
    wait_for(lambda: False, 0.1)
    assert len(heard.costs) == before + 3
    session.resume()
    assert wait_for(lambda: len(heard.costs) > before + 50)
    session.stop()
    assert wait_for(lambda: session.state == "finished")
    assert heard.all("finished")[0].stopped
    assert heard.all("state_changed") == ["running", "paused", "running", "finished"]


def test_a_run_can_start_paused_and_be_walked_through(session, heard, wait_for):
    session.start(make_design(), DATA, paused=True)
    wait_for(lambda: bool(heard.all("started")))
    wait_for(lambda: False, 0.1)
    assert session.state == "paused"
    assert len(heard.costs) == 0
    session.step()
    assert wait_for(lambda: len(heard.costs) == 1)


def test_stop_takes_effect_within_a_fifth_of_a_second_also_when_paused(session, heard, wait_for):
    for paused in (False, True):
        session.start(make_design(), DATA)
        count = len(heard.all("started"))
        assert wait_for(lambda count=count: len(heard.all("started")) > count)
        if paused:
            session.pause()
            wait_for(lambda: False, 0.1)
        begun = time.monotonic()
        session.stop()
        assert wait_for(lambda: session.state == "finished")
        assert time.monotonic() - begun < 0.2


def test_start_while_running_replaces_the_run_and_nothing_of_the_old_one_is_heard(session, heard, wait_for):
    session.start(make_design(seed=1), DATA)
    assert wait_for(lambda: len(heard.costs) > 20)
    begun = time.monotonic()
    session.start(make_design(epochs=3, seed=2), DATA)
    assert time.monotonic() - begun < 0.05
    heard.said.clear()
    assert wait_for(lambda: session.state == "finished")
    assert [event.seed for event in heard.all("started")] == [2]
    assert len(heard.costs) == 3 * 8
    assert len(heard.all("finished")) == 1


def test_a_stopped_run_goes_on_from_its_checkpoint(session, heard, wait_for):
    expected = [
        cost for event in train(make_design(epochs=30), DATA) if hasattr(event, "costs") for cost in event.costs
    ]
    session.start(make_design(epochs=30), DATA, paused=True)
    session.step(50)
    assert wait_for(lambda: len(heard.costs) == 50)
    session.stop()
    assert wait_for(lambda: session.state == "finished")
    session.start(make_design(epochs=30), DATA, heard.all("checkpointed")[-1].checkpoint)
    assert wait_for(lambda: len(heard.all("finished")) == 2)
    np.testing.assert_array_equal(heard.costs, expected)


def test_live_settings_weights_and_checkpoints_also_while_paused(session, heard, wait_for):
    session.start(make_design(optimizer=Adam(learning_rate=0.01)), DATA, paused=True)
    session.set_training(make_design(optimizer=Adam(learning_rate=0.03)).training)
    session.set_live("dropout_1/keep_prob", 0.5)
    assert session.request_weights()
    assert session.request_checkpoint()
    assert wait_for(lambda: heard.all("weights_arrived") and heard.all("checkpointed") and heard.all("changed"))
    assert [(event.old, event.new) for event in heard.all("changed")] == [("0.01", "0.03"), ("0.9", "0.5")]
    assert set(heard.all("weights_arrived")[0].values) == {"dense_1/W", "dense_1/b", "dense_2/W", "dense_2/b"}


def test_requests_without_a_run_are_refused_quietly(session):
    assert not session.request_weights()
    assert not session.request_checkpoint()
    session.pause()
    session.resume()
    session.step()
    session.stop()
    session.set_live("a/b", 1.0)
    assert session.state == "idle"


def test_a_design_with_problems_fails_with_its_sentence(session, heard, wait_for):
    session.start(Design(graph=GraphSpec()), DATA)
    assert wait_for(lambda: session.state == "failed")
    assert "has no Output" in heard.all("failed")[0]
    session.start(make_design(epochs=1), DATA)
    assert wait_for(lambda: session.state == "finished")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (KeyError("dense_9/W"), "internal error (KeyError: 'dense_9/W')"),
        (MemoryError("8 GiB"), "not enough memory for this training (8 GiB)"),
        (ValueError("The weights lack 'a/W'."), "Training stopped: The weights lack 'a/W'."),
    ],
)
def test_an_error_in_the_trainer_is_a_sentence_and_the_session_lives_on(application, wait_for, error, words):
    def broken(design, data=None, **_):
        yield Started(0, 0, 0, "numpy", "float32", 1, 1, 1)
        raise error

    session = TrainingSession(function=broken)
    heard = Recorder(session)
    session.start(make_design(), DATA)
    assert wait_for(lambda: session.state == "failed")
    assert words in heard.all("failed")[0]
    assert len(heard.all("started")) == 1
    assert session.close()


def test_divergence_is_a_failed_state_and_hands_over_the_good_weights(session, heard, wait_for):
    session.start(make_design(optimizer=GradientDescent(learning_rate=1e6), l2=50.0), DATA)
    assert wait_for(lambda: bool(heard.all("finished")))
    assert session.state == "failed"
    assert heard.all("diverged")[0].message
    assert all(np.isfinite(v).all() for v in heard.all("checkpointed")[-1].checkpoint.weights.values())


def test_close_while_training_ends_the_thread(application, wait_for):
    session = TrainingSession()
    session.start(make_design(), DATA)
    wait_for(lambda: False, 0.1)
    assert threads() == 1
    assert session.close()
    assert session.state == "idle"
    assert threads() == 0


def test_a_hundred_starts_and_stops_leak_no_thread_and_no_run(session, wait_for):
    for round_ in range(100):
        session.start(make_design(), DATA)
        if round_ % 3 == 0:
            wait_for(lambda: False, 0.01)
        if round_ % 2:
            session.stop()
    session.stop()
    assert wait_for(lambda: not session.is_active)
    assert wait_for(lambda: threads() == 0)


def test_nothing_of_qt_is_within_reach_of_the_trainer(session, wait_for):
    session.start(make_design(), DATA)
    wait_for(lambda: False, 0.1)
    run = session._run
    found, waiting = {id(run)}, [run.control, run.mailbox, run._thread]
    while waiting:
        current = waiting.pop()
        assert not isinstance(current, QObject)
        for child in gc.get_referents(current):
            if id(child) not in found and not isinstance(child, (type, type(gc))) and not callable(child):
                found.add(id(child))
                waiting.append(child)
