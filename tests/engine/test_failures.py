"""What goes wrong says so in a sentence; and what is measured is what it is called."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from engine_tools import design, graph, prepared

from engine.backend import BackendError, BackendName, get_backend
from engine.checkpoint import Checkpoint
from engine.data import DataError, DataSettings
from engine.data.sources.csv_file import CsvFile
from engine.data.sources.planar import Blobs, Moons, Plane
from engine.design import Design
from engine.events import (
    Changed,
    Checkpointed,
    Diverged,
    Evaluated,
    Event,
    Finished,
    Notice,
    Paused,
    Progress,
    Resumed,
    Started,
    Weights,
)
from engine.feed import Feed, evaluate
from engine.layers.dense import Dense
from engine.layers.ends import Input, Output
from engine.losses.basic import (
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Hinge,
    Huber,
    MeanAbsoluteError,
    MeanSquaredError,
)
from engine.network import compile_design
from engine.plan import DesignError
from engine.training import Trainer, train


def ends(loss: Any, units: int = 1, n: int = 2, **output: Any) -> dict[str, Any]:
    return {
        "x": Input(shape=(n,)),
        "z": (Dense(units=units), "x"),
        "out": (Output(loss=loss, **output), "z"),
    }


# Designs and data that do not fit


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        pytest.param(design(ends(BinaryCrossEntropy(), n=3)), ["Input 'x'", "(3,)", "(2,)"], id="columns"),
        pytest.param(
            design(ends(BinaryCrossEntropy()), Blobs(m=60, classes=3)), ["Output 'out'", "0 to 2"], id="three classes"
        ),
        pytest.param(
            design(ends(CategoricalCrossEntropy(), 2), Blobs(m=60, classes=3)),
            ["Output 'out'", "3 units"],
            id="too few units",
        ),
        pytest.param(
            design(ends(CategoricalCrossEntropy(), 3), Plane(m=60)), ["Output 'out'", "whole-number"], id="values"
        ),
        pytest.param(design(ends(MeanSquaredError(), 2), Plane(m=60)), ["(2,)", "(1,)"], id="two outputs, one value"),
        pytest.param(
            design(ends(BinaryCrossEntropy(), source="colour")), ["Output 'out'", "colour", "'y'"], id="no such target"
        ),
        pytest.param(design({"x": Input(), "z": (Dense(units=1), "x")}), ["no Output"], id="no output"),
        pytest.param(design({"z": Dense(units=1), "out": (Output(), "z")}), ["'z'", "no input"], id="no input"),
        pytest.param(
            design({"x": Input(source="age"), "z": (Dense(units=1), "x"), "out": (Output(), "z")}),
            ["Input 'x'", "age", "x1"],
            id="no such column",
        ),
    ],
)
def test_a_design_that_cannot_be_trained(spec: Design, words: list[str], backend_name: BackendName) -> None:
    with pytest.raises(DesignError) as caught:
        train(spec, backend=backend_name)  # before the first event, so that a script sees it at once
    for word in words:
        assert word in str(caught.value), f"The sentence must say {word}: {caught.value}"
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


def test_data_that_cannot_be_loaded(tmp_path: Any, backend_name: BackendName) -> None:
    missing = design(ends(BinaryCrossEntropy()), CsvFile(path=str(tmp_path / "none.csv")))
    with pytest.raises(DataError, match=r"none\.csv"):
        train(missing, backend=backend_name)
    table = tmp_path / "one.csv"
    table.write_text("a,b,label\n" + "\n".join(f"{i},{i * i},yes" for i in range(20)))
    with pytest.raises(DataError, match="only the class 'yes'"):
        train(design(ends(BinaryCrossEntropy()), CsvFile(path=str(table))), backend=backend_name)


def test_a_backend_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "cupy", None)
    with pytest.raises(BackendError, match=r"pip install.*numpy"):
        get_backend("cupy")


def test_constant_columns_and_one_example_train(backend_name: BackendName) -> None:
    x = np.tile([1.0, 2.0], (12, 1))
    data = prepared(x, np.arange(12) % 2, standardize=True)
    events = list(train(design(ends(BinaryCrossEntropy()), epochs=3, batch_size=5), data, backend=backend_name))
    assert isinstance(events[-1], Finished)
    assert any("same value" in notice for notice in events[0].notices)
    one = prepared(np.ones((1, 2)), np.array([1.5]))
    events = list(train(design(ends(MeanSquaredError()), epochs=3), one, backend=backend_name))
    assert isinstance(events[-1], Finished)


# Events


def test_every_event_can_be_pickled() -> None:
    checkpoint = Checkpoint(1, 0, 4, 0, "float32", {"a/W": np.ones(2)})
    events: list[Event] = [
        Started(0, 0, 0, "NumPy", "float32", 5, 50, 7, ("A notice.",)),
        Progress(1, 0, np.ones(3), ((1, 5, 0.5),)),
        Evaluated(1, 0, {"train": {"cost": 0.5}}),
        Changed(1, 0, "α", "0.1", "0.2"),
        Notice(1, 0, "Something."),
        Paused(1, 0),
        Resumed(1, 0),
        Weights(1, 0, {"a/W": np.ones(2)}),
        Checkpointed(1, 0, checkpoint),
        Diverged(1, 0, "The numbers overflowed.", "a", "a/Z", 0),
        Finished(1, 0, False, 0.5, {}),
    ]
    missing = set(Event.__subclasses__()) - {type(event) for event in events}
    missing = {kind for kind in missing if kind.__module__ == "engine.events"}
    assert {kind.__name__ for kind in missing} <= {type(event).__name__ for event in events}, "Add the new event here."
    for event in events:
        copy = pickle.loads(pickle.dumps(event))
        assert repr(copy) == repr(event)


def test_progress_can_be_joined() -> None:
    joined = Progress(2, 0, np.array([1.0, 2.0]), ((1, 2, 1.5),)).joined(Progress(3, 1, np.array([3.0])))
    assert (joined.step, joined.epoch, joined.epoch_costs) == (3, 1, ((1, 2, 1.5),))
    assert np.array_equal(joined.costs, [1, 2, 3])


# Figures


def measured(loss: Any, x: np.ndarray, y: np.ndarray, backend_name: BackendName, w: Any = 1.0, **settings: Any) -> Any:
    """Metrics of a single Dense whose weights are w and whose inputs are the logits."""
    data = prepared(x, y, **settings)
    network = compile_design(graph(ends(loss, x.shape[1], x.shape[1])), backend=backend_name, dtype="float64")
    network["z/W"] = np.eye(x.shape[1]) * w
    return evaluate(network, Feed.of(network, data.train), data)


def test_accuracy(backend_name: BackendName) -> None:
    z, y = np.array([[2.0], [-1.0], [3.0], [0.5], [-2.0]]), np.array([1, 0, 0, 1, 1])
    for loss in (BinaryCrossEntropy(), Hinge()):
        assert measured(loss, z, y, backend_name)["accuracy"] == pytest.approx(0.6)
    expected = np.mean(np.log1p(np.exp(z[:, 0])) - y * z[:, 0])
    assert measured(BinaryCrossEntropy(), z, y, backend_name)["cost"] == pytest.approx(expected, rel=1e-12)
    logits, labels = np.array([[2.0, 1, 0], [0, 3, 1], [5, 1, 9], [1, 2, 3]]), np.array([0, 1, 0, 2])
    metrics = measured(CategoricalCrossEntropy(), logits, labels, backend_name)
    assert metrics["accuracy"] == pytest.approx(0.75)
    log_sum = np.log(np.exp(logits).sum(1))
    assert metrics["cost"] == pytest.approx(np.mean(log_sum - logits[range(4), labels]), rel=1e-12)


@pytest.mark.parametrize("loss", [MeanSquaredError(), MeanAbsoluteError(), Huber()], ids=lambda loss: loss.kind)
def test_errors_of_values(loss: Any, backend_name: BackendName) -> None:
    z, y = np.array([[1.0], [2.0], [4.0], [-1.0]]), np.array([1.0, 3.0, 2.0, -1.5])
    metrics = measured(loss, z, y, backend_name)
    error = z[:, 0] - y
    assert metrics["mae"] == pytest.approx(np.abs(error).mean(), rel=1e-12)
    assert metrics["rmse"] == pytest.approx(np.sqrt((error**2).mean()), rel=1e-12)
    assert metrics["r2"] == pytest.approx(1 - (error**2).sum() / ((y - y.mean()) ** 2).sum(), rel=1e-12)


def test_errors_are_in_original_units(backend_name: BackendName) -> None:
    """A network that predicts 0 in standard units predicts the mean: its error is σ, in the units of the data."""
    random = np.random.default_rng(0)
    x, y = random.standard_normal((40, 2)), 500 + 80 * random.standard_normal(40)
    data = prepared(x, y, standardize_target=True)
    network = compile_design(graph(ends(MeanSquaredError())), backend=backend_name, dtype="float64")
    network["z/W"] = np.zeros((1, 2))
    metrics = evaluate(network, Feed.of(network, data.train), data)
    assert metrics["rmse"] == pytest.approx(y.std(), rel=1e-9)
    assert metrics["mae"] == pytest.approx(np.abs(y - y.mean()).mean(), rel=1e-9)
    assert metrics["r2"] == pytest.approx(0, abs=1e-9)
    assert metrics["cost"] == pytest.approx(1, rel=1e-9), "The cost is in the units that the network learns in."
    network["z/b"] = np.array([0.5])
    shifted = evaluate(network, Feed.of(network, data.train), data)
    assert shifted["rmse"] == pytest.approx(y.std() * np.sqrt(1.25), rel=1e-9)


def test_a_limit_takes_the_first_examples(backend_name: BackendName) -> None:
    z, y = np.array([[2.0], [-1.0], [3.0], [0.5]]), np.array([1, 0, 0, 1])
    data = prepared(z, y)
    network = compile_design(graph(ends(BinaryCrossEntropy(), n=1)), backend=backend_name, dtype="float64")
    network["z/W"] = np.ones((1, 1))
    feed = Feed.of(network, data.train)
    in_order = data.train.input()[:2, 0], data.train.target()[:2]
    expected = np.mean((in_order[0] > 0) == (in_order[1] == 1))
    assert evaluate(network, feed, data, 2)["accuracy"] == pytest.approx(expected)


def test_pieces_add_up(backend_name: BackendName) -> None:
    random = np.random.default_rng(0)
    x, y = random.standard_normal((9001, 2)), random.integers(0, 2, 9001)
    data = prepared(x, y)
    network = compile_design(graph(ends(BinaryCrossEntropy())), backend=backend_name, dtype="float64")
    found = evaluate(network, Feed.of(network, data.train), data)["cost"]
    assert found == pytest.approx(network.cost(data.train.input(), data.train.target()), rel=1e-12)


def test_several_outputs_have_names(backend_name: BackendName) -> None:
    nodes = {
        "x": Input(),
        "z": (Dense(units=1), "x"),
        "first": (Output(), "z"),
        "second": (Output(loss=Hinge(), weight=2.0), "z"),
    }
    spec = design(nodes, epochs=2)
    events = list(train(spec, backend=backend_name))
    metrics = events[-1].parts["train"]
    assert set(metrics) == {"cost", "first/accuracy", "second/accuracy"}
    assert metrics["first/accuracy"] == metrics["second/accuracy"]


def test_all_parts_are_measured_at_the_end(backend_name: BackendName) -> None:
    spec = design(ends(BinaryCrossEntropy()), epochs=4, evaluate_every=2)
    spec = spec.with_changes(data=DataSettings(source=Moons(m=100), train=0.6, dev=0.2, test=0.2))
    trainer = Trainer(spec, backend=backend_name)
    events = list(trainer.run())
    evaluated = [event for event in events if isinstance(event, Evaluated)]
    assert [set(event.parts) for event in evaluated] == [{"train", "dev"}, {"train", "dev", "test"}]
    for name, part in trainer.data.parts.items():
        predicted = trainer.network.forward(part.input())[:, 0] > 0.5
        expected = float((predicted == (part.target() == 1)).mean())
        assert events[-1].parts[name]["accuracy"] == pytest.approx(expected)
