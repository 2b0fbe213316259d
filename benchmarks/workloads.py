"""The workloads, as Netloom designs and as PyTorch modules."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from engine.activation import ActivationFunction
from engine.activations.basic import Linear, ReLU, Tanh
from engine.data import DataSettings, PreparedData, prepare
from engine.data.dataset import Dataset, Target
from engine.design import Design
from engine.graph import Edge, GraphSpec, Node
from engine.layers.dense import Dense
from engine.layers.ends import Input, Output
from engine.loss import Loss
from engine.losses.basic import BinaryCrossEntropy, CategoricalCrossEntropy
from engine.optimizers.basic import Adam
from engine.settings import TrainingSettings


def dense_design(sizes: tuple[int, ...], hidden: ActivationFunction, loss: Loss, batch_size: int) -> Design:
    """A chain of Dense layers trained with Adam."""
    nodes = [Node(id="x", layer=Input(shape=(sizes[0],)))]
    for i, units in enumerate(sizes[1:], 1):
        activation = hidden if i < len(sizes) - 1 else Linear()
        nodes.append(Node(id=f"dense_{i}", layer=Dense(units=units, activation=activation)))
    nodes.append(Node(id="output", layer=Output(loss=loss)))
    edges = tuple(Edge(source=a.id, target=b.id) for a, b in pairwise(nodes))
    training = TrainingSettings(optimizer=Adam(learning_rate=0.001), batch_size=batch_size, epochs=10_000_000)
    return Design(name="benchmark", graph=GraphSpec(nodes=tuple(nodes), edges=edges), training=training)


def w1() -> tuple[Design, PreparedData]:
    """2-8-8-1, tanh, sigmoid with cross-entropy, batch 10: what a learner plays with."""
    design = dense_design((2, 8, 8, 1), Tanh(), BinaryCrossEntropy(), 10)
    return design, prepare(design.data)


def w2(batch_size: int = 64, m: int = 6_000) -> tuple[Design, PreparedData]:
    """784-256-128-10, ReLU, softmax: handwritten digits, here with random numbers of their size."""
    design = dense_design((784, 256, 128, 10), ReLU(), CategoricalCrossEntropy(), batch_size)
    random = np.random.default_rng(0)
    labels = random.integers(0, 10, m)
    names = tuple(map(str, range(10)))
    dataset = Dataset({"x": random.random((m, 784), np.float32)}, {"y": Target("y", "classes", labels, names)})
    return design, prepare(DataSettings(standardize=False, train=0.9, dev=0.1), dataset)
