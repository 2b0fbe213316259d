"""Training and evaluation against PyTorch eager with fused Adam.

The peer is spared what ours does besides: it repeats one batch that lies ready, records no cost and measures no dev
part; ours runs the public training loop, with shuffled batches, the cost of every step and its regular evaluations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from benchmarks.measure import Result, compare
from benchmarks.workloads import w1, w2
from engine.design import Design
from engine.layers.dense import Dense
from engine.network import Network, compile_design
from engine.training import Trainer


def training_loop(trainer: Trainer, steps: int) -> Callable[[], int]:
    """About `steps` more steps of a run per call."""
    events: Iterator = trainer.run(slice_seconds=0.002)

    def work() -> int:
        start = trainer.step
        while trainer.step < start + steps:
            next(events)
        return trainer.step - start

    return work


def torch_module(design: Design) -> torch.nn.Sequential:
    """The same chain of Dense layers in PyTorch."""
    layers: list[torch.nn.Module] = []
    for node in design.graph.nodes[1:-1]:
        w = compile_design(design)[f"{node.id}/W"]
        layers.append(torch.nn.Linear(w.shape[1], w.shape[0]))
        assert isinstance(node.layer, Dense)
        kind = node.layer.activation.kind
        if kind != "linear":
            layers.append({"tanh": torch.nn.Tanh, "relu": torch.nn.ReLU}[kind]())
    return torch.nn.Sequential(*layers)


def torch_loop(design: Design, x: np.ndarray, y: np.ndarray, steps: int) -> Callable[[], int]:
    """`steps` steps of PyTorch eager with fused Adam per call."""
    module = torch_module(design)
    optimizer = torch.optim.Adam(module.parameters(), lr=0.001, fused=True)
    batch = torch.from_numpy(x.astype(np.float32))
    if y.dtype.kind == "i" and y.max() > 1:
        target, loss = torch.from_numpy(y), torch.nn.CrossEntropyLoss()
    else:
        target, loss = torch.from_numpy(y.astype(np.float32).reshape(-1, 1)), torch.nn.BCEWithLogitsLoss()

    def work() -> int:
        for _ in range(steps):
            optimizer.zero_grad(set_to_none=True)
            loss(module(batch), target).backward()
            optimizer.step()
        return steps

    return work


def compare_training(name: str, design: Design, data, threads: int, steps: int, bar: float) -> Result:
    """One training workload with the same number of threads on both sides."""
    part, size = data.train, design.training.batch_size
    torch.set_num_threads(threads)
    with threadpool_limits(threads):
        ours = training_loop(Trainer(design, data), steps)
        peer = torch_loop(design, part.input()[:size], part.target()[:size], steps)
        return compare(f"{name}, {threads} thread{'s' if threads > 1 else ''}", ours, peer, bar)


def compare_boundary(side: int, repeats: int, bar: float) -> Result:
    """Predictions on a grid, as the decision boundary needs them, in the chunks that both like best."""
    design, _ = w1()
    network: Network = compile_design(design)
    axis = np.linspace(-1, 1, side, dtype=np.float32)
    grid = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)
    module, batch = torch_module(design), torch.from_numpy(grid)

    def ours() -> int:
        for _ in range(repeats):
            network.forward(grid)
        return repeats

    def peer() -> int:
        with torch.inference_mode():
            for _ in range(repeats):
                torch.sigmoid(module(batch))
        return repeats

    torch.set_num_threads(1)
    with threadpool_limits(1):
        return compare(f"W6 boundary {side} × {side}, 1 thread", ours, peer, bar)


def run() -> list[Result]:
    """All comparisons with PyTorch."""
    results = [compare_training("W1", *w1(), threads=1, steps=1_000, bar=0.12)]
    results += [
        compare_training(f"W2 batch {batch}", *w2(batch), threads=threads, steps=100, bar=1.0)
        for batch in (64, 256)
        for threads in (1, 2)
    ]
    return [*results, compare_boundary(100, 50, 0.5), compare_boundary(400, 3, 0.5)]
