"""What the tests of the plots share: small designs and data, and an event loop."""

import time
from itertools import pairwise
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QCoreApplication

from engine.activations.basic import Tanh
from engine.data import DataSettings, parse_spec, prepare
from engine.design import Design
from engine.graph import Edge, GraphSpec, Node
from engine.layers.dense import Dense
from engine.layers.ends import Input, Output
from engine.layers.merging import Concatenate
from engine.losses.basic import BinaryCrossEntropy
from engine.settings import TrainingSettings


@pytest.fixture
def wait_for(application):
    """Let the event loop run until a condition holds; False when the time runs out."""

    def wait(condition, seconds=5.0):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            QCoreApplication.processEvents()
            if condition():
                return True
            time.sleep(0.002)
        return condition()

    return wait


@pytest.fixture
def problems():
    """Makers of small designs and data."""
    return SimpleNamespace(data_of=data_of, chain=chain, two_inputs=two_inputs)


def data_of(spec, **settings):
    return prepare(DataSettings(source=parse_spec(spec), **settings))


def chain(inputs, units, loss=None, **training):
    layers = {
        "input_1": Input(shape=(inputs,)),
        "dense_1": Dense(units=6, activation=Tanh()),
        "dense_2": Dense(units=units),
        "output_1": Output(loss=loss or BinaryCrossEntropy()),
    }
    return design_of(layers, list(pairwise(layers)), **training)


def two_inputs():
    layers = {
        "input_1": Input(shape=(1,), source="x2"),
        "input_2": Input(shape=(1,), source="x1"),
        "dense_1": Dense(units=5, activation=Tanh()),
        "concatenate_1": Concatenate(),
        "dense_2": Dense(units=1),
        "output_1": Output(),
    }
    edges = [
        ("input_1", "dense_1"), ("dense_1", "concatenate_1"), ("input_2", "concatenate_1"),
        ("concatenate_1", "dense_2"), ("dense_2", "output_1"),
    ]  # fmt: skip
    return design_of(layers, edges)


def design_of(layers, edges, **training):
    ports: dict[str, int] = {}
    made = []
    for source, target in edges:
        made.append(Edge(source=source, target=target, port=ports.get(target, 0)))
        ports[target] = ports.get(target, 0) + 1
    nodes = tuple(Node(id=name, layer=layer) for name, layer in layers.items())
    return Design(graph=GraphSpec(nodes=nodes, edges=tuple(made)), training=TrainingSettings(**training))
