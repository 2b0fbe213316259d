"""The engine on an array module that refuses host arrays, as CuPy does."""

import sys
import types

import numpy as np
import pytest
from scipy import special
from strict_device import _ufunc, make_module

from engine.activation import ActivationFunction
from engine.activations.basic import Tanh
from engine.backend import BackendError, get_backend
from engine.control import Control
from engine.data import DataSettings, parse_spec
from engine.design import Design
from engine.events import Changed, Checkpointed, Diverged, Finished, Progress
from engine.graph import Edge, GraphSpec, Node
from engine.layers.activation import Activation
from engine.layers.batch_normalization import BatchNormalization
from engine.layers.dense import Dense
from engine.layers.dropout import Dropout
from engine.layers.ends import Input, Output
from engine.layers.merging import Add, Concatenate, Multiply
from engine.losses.basic import CategoricalCrossEntropy
from engine.optimizer import Optimizer
from engine.optimizers.basic import Adam, GradientDescent
from engine.settings import TrainingSettings
from engine.training import train


@pytest.fixture(autouse=True)
def device(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", make_module())
    functions = types.ModuleType("cupyx.scipy.special")
    functions.erf = _ufunc(special.erf)
    for name in ("cupyx", "cupyx.scipy"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    monkeypatch.setitem(sys.modules, "cupyx.scipy.special", functions)


def busy_design(**training) -> Design:
    """Every layer that computes, in one graph."""
    layers = {
        "x": (Input(), ()),
        "a": (Dense(units=6, activation=Tanh()), ("x",)),
        "b": (Dense(units=6, bias=False), ("x",)),
        "n": (BatchNormalization(), ("b",)),
        "add": (Add(), ("a", "n")),
        "mul": (Multiply(), ("a", "n")),
        "c": (Concatenate(), ("add", "mul")),
        "d": (Dropout(), ("c",)),
        "z": (Dense(units=3), ("d",)),
        "out": (Output(loss=CategoricalCrossEntropy()), ("z",)),
    }
    nodes = tuple(Node(id=name, layer=layer) for name, (layer, _) in layers.items())
    edges = tuple(
        Edge(source=source, target=name, port=port)
        for name, (_, sources) in layers.items()
        for port, source in enumerate(sources)
    )
    settings = TrainingSettings(epochs=3, batch_size=32, l2=0.1, l1=0.1, dtype="float64").replace(**training)
    data = DataSettings(source=parse_spec("planar:blobs?classes=3&m=200"))
    return Design(graph=GraphSpec(nodes=nodes, edges=edges), training=settings, data=data)


def costs(events) -> np.ndarray:
    return np.concatenate([event.costs for event in events if isinstance(event, Progress)])


@pytest.mark.parametrize("optimizer", [member() for member in Optimizer.members()], ids=lambda o: o.kind)
def test_training_on_a_device_equals_the_host(optimizer):
    design = busy_design(optimizer=optimizer)
    there, here = list(train(design, backend="cupy")), list(train(design))
    assert np.allclose(costs(there), costs(here), rtol=1e-10), "A kernel computes something else on a device."
    assert isinstance(there[-1], Finished)
    assert there[-1].parts["dev"]["accuracy"] == here[-1].parts["dev"]["accuracy"]


@pytest.mark.parametrize("function", [member() for member in ActivationFunction.members()], ids=lambda f: f.kind)
def test_activations_on_a_device(function):
    design = busy_design()
    nodes = tuple(
        node.model_copy(update={"layer": Activation(activation=function)}) if node.id == "d" else node
        for node in design.graph.nodes
    )
    design = design.with_changes(graph=GraphSpec(nodes=nodes, edges=design.graph.edges))
    assert np.allclose(costs(train(design, backend="cupy")), costs(train(design)), rtol=1e-10)


def test_resume_live_changes_and_divergence_on_a_device():
    design = busy_design()
    whole = list(train(design, backend="cupy"))
    control = Control()
    control.step(7)
    part = []
    for event in train(design, backend="cupy", control=control):
        part.append(event)
        if isinstance(event, Progress) and event.step == 7:
            control.stop()
    (kept,) = (event.checkpoint for event in part if isinstance(event, Checkpointed))
    rest = list(train(design, backend="cupy", checkpoint=kept))
    assert np.array_equal(np.concatenate([costs(part), costs(rest)]), costs(whole))

    control = Control()
    control.set_live("d/keep_prob", 0.5)
    control.set_training(design.training.replace(optimizer=Adam(learning_rate=0.1)))
    changes = [event for event in train(design, backend="cupy", control=control) if isinstance(event, Changed)]
    assert len(changes) == 2

    wild = busy_design(optimizer=GradientDescent(learning_rate=1e6), epochs=50, dtype="float32")
    assert any(isinstance(event, Diverged) for event in train(wild, backend="cupy"))


def test_without_a_card_the_sentence_says_what_to_do(monkeypatch):
    module = make_module()
    module.cuda.runtime.getDeviceCount = lambda: 0
    monkeypatch.setitem(sys.modules, "cupy", module)
    with pytest.raises(BackendError, match="backend numpy"):
        get_backend("cupy")
    monkeypatch.setitem(sys.modules, "cupy", None)
    with pytest.raises(BackendError, match="gpu-cuda12"):
        get_backend("cupy")
