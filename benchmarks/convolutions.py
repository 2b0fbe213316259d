"""Convolutional networks against PyTorch eager with fused Adam, in the better of its two memory layouts.

W3: LeNet-5 on 28 × 28 × 1. W4: conv32-conv32-pool-conv64-conv64-pool-dense128-10 on 32 × 32 × 3, without and with batch
normalization. W7: conv16, three residual blocks of 16, global average, 10 on 32 × 32 × 3. Batches of 64.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence

import numpy as np
import torch
from threadpoolctl import threadpool_limits
from torch import nn

from benchmarks.against_torch import training_loop
from benchmarks.measure import Result, compare, timed
from engine.activation import ActivationFunction
from engine.activations.basic import Linear, ReLU
from engine.data import DataSettings, PreparedData, prepare
from engine.data.dataset import Dataset, Target
from engine.design import Design
from engine.graph import Edge, GraphSpec, Node
from engine.layer import Layer
from engine.layers.activation import Activation
from engine.layers.batch_normalization import BatchNormalization
from engine.layers.convolution import Conv2D
from engine.layers.dense import Dense
from engine.layers.ends import Input, Output
from engine.layers.merging import Add
from engine.layers.pooling import GlobalAveragePooling, MaxPooling2D
from engine.layers.reshaping import Flatten
from engine.losses.basic import CategoricalCrossEntropy
from engine.optimizers.basic import Adam
from engine.settings import TrainingSettings
from engine.threads import set_processors
from engine.training import Trainer
from engine.windows import Padding

BATCH = 64
R = ReLU()
Step = tuple[str, Layer, Sequence[str]]


def conv(filters: int, kernel: int = 3, padding: Padding = "same", activation: ActivationFunction = R) -> Conv2D:
    """A Conv2D with the settings that matter here."""
    return Conv2D(filters=filters, kernel=(kernel,), padding=padding, activation=activation)


def design(layers: Sequence[Layer | Step]) -> Design:
    """Layers one after the other; a step with a name and the names before it makes a branch."""
    nodes: list[Node] = []
    edges: list[Edge] = []
    for number, item in enumerate(layers):
        name, layer, before = item if isinstance(item, tuple) else (f"n{number}", item, [n.id for n in nodes[-1:]])
        nodes.append(Node(id=name, layer=layer))
        edges += [Edge(source=source, target=name, port=port) for port, source in enumerate(before)]
    training = TrainingSettings(optimizer=Adam(learning_rate=0.001), batch_size=BATCH, epochs=1_000_000)
    return Design(graph=GraphSpec(nodes=tuple(nodes), edges=tuple(edges)), training=training)


def w3() -> tuple[Design, nn.Module, tuple[int, ...]]:
    """LeNet-5 in its modern form."""
    ours = design(
        [
            Input(shape=(28, 28, 1)), conv(6, 5), MaxPooling2D(), conv(16, 5, "valid"), MaxPooling2D(), Flatten(),
            Dense(units=120, activation=R), Dense(units=84, activation=R), Dense(units=10),
            Output(loss=CategoricalCrossEntropy()),
        ]
    )  # fmt: skip
    peer = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    )  # fmt: skip
    return ours, peer, (28, 28, 1)


def w4(normalized: bool = False) -> tuple[Design, nn.Module, tuple[int, ...]]:
    """Two pairs of convolutions, each followed by a pooling."""
    layers: list[Layer] = [Input(shape=(32, 32, 3))]
    modules: list[nn.Module] = []
    for channels, filters, last in ((3, 32, False), (32, 32, True), (32, 64, False), (64, 64, True)):
        if normalized:
            layers += [conv(filters, activation=Linear()).replace(bias=False), BatchNormalization(), Activation()]
            modules += [nn.Conv2d(channels, filters, 3, padding=1, bias=False), nn.BatchNorm2d(filters), nn.ReLU()]
        else:
            layers.append(conv(filters))
            modules += [nn.Conv2d(channels, filters, 3, padding=1), nn.ReLU()]
        if last:
            layers.append(MaxPooling2D())
            modules.append(nn.MaxPool2d(2))
    layers += [Flatten(), Dense(units=128, activation=R), Dense(units=10), Output(loss=CategoricalCrossEntropy())]
    modules += [nn.Flatten(), nn.Linear(4096, 128), nn.ReLU(), nn.Linear(128, 10)]
    return design(layers), nn.Sequential(*modules), (32, 32, 3)


class Residual(nn.Module):
    """Two convolutions and what came in."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(x + self.second(torch.relu(self.first(x))))


def w7() -> tuple[Design, nn.Module, tuple[int, ...]]:
    """A convolution and three residual blocks."""
    steps: list[Layer | Step] = [("x", Input(shape=(32, 32, 3)), []), ("r", conv(16), ["x"])]
    last = "r"
    for k in range(3):
        steps += [
            (f"a{k}", conv(16), [last]),
            (f"b{k}", conv(16, activation=Linear()), [f"a{k}"]),
            (f"s{k}", Add(), [f"b{k}", last]),
            (f"r{k}", Activation(), [f"s{k}"]),
        ]
        last = f"r{k}"
    steps += [GlobalAveragePooling(), Dense(units=10), Output(loss=CategoricalCrossEntropy())]
    peer = nn.Sequential(
        nn.Conv2d(3, 16, 3, padding=1), nn.ReLU(), Residual(16), Residual(16), Residual(16),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 10),
    )  # fmt: skip
    return design(steps), peer, (32, 32, 3)


def random_images(shape: tuple[int, ...], m: int = 1_024) -> PreparedData:
    """Noise in ten classes."""
    random = np.random.default_rng(0)
    target = Target("y", "classes", random.integers(0, 10, m), tuple(map(str, range(10))))
    dataset = Dataset({"x": random.random((m, *shape), np.float32)}, {"y": target}, as_is={"x": np.array(True)})
    return prepare(DataSettings(standardize=False, train=1.0, dev=0.0), dataset)


def torch_loop(
    module: nn.Module, x: np.ndarray, y: np.ndarray, steps: int, *, channels_last: bool
) -> Callable[[], int]:
    """`steps` steps on one batch per call."""
    layout = torch.channels_last if channels_last else torch.contiguous_format
    module = copy.deepcopy(module).to(memory_format=layout)  # pyright: ignore[reportCallIssue]
    optimizer = torch.optim.Adam(module.parameters(), lr=0.001, fused=True)
    batch = torch.from_numpy(np.moveaxis(x, -1, 1).copy()).contiguous(memory_format=layout)
    target, loss = torch.from_numpy(y), nn.CrossEntropyLoss()

    def work() -> int:
        for _ in range(steps):
            optimizer.zero_grad(set_to_none=True)
            loss(module(batch), target).backward()
            optimizer.step()
        return steps

    return work


def run() -> list[Result]:
    """All of them, with one and two threads."""
    results = []
    for name, (ours, module, shape), steps, bars in (
        ("W3 LeNet-5", w3(), 20, (0.7, 0.8)),
        ("W4", w4(), 2, (1.25, 1.3)),
        ("W4 with batch normalization", w4(normalized=True), 2, (1.25, 1.3)),
        ("W7 residual", w7(), 2, (1.25, 1.35)),
    ):
        data = random_images(shape)
        x, y = data.train.input()[:BATCH], data.train.target()[:BATCH]
        for threads, bar in zip((1, 2), bars, strict=True):
            torch.set_num_threads(threads)
            set_processors(threads)
            with threadpool_limits(threads, "blas"):
                peers = [torch_loop(module, x, y, steps, channels_last=last) for last in (False, True)]
                for peer in peers:
                    peer()
                best = min(peers, key=timed)
                mine = training_loop(Trainer(ours, data), steps)
                label = f"{name}, {threads} thread{'s' if threads > 1 else ''}"
                results.append(compare(label, mine, best, bar, rounds=7))
    set_processors(0)
    return results
