"""Feeds: the parts of a data set as arrays that a network takes rows of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from engine.compiler import BoundProgram
from engine.data import DataError, Part, PreparedData
from engine.data.pixels import Pixels
from engine.events import Metrics
from engine.layers.ends import Input, Output
from engine.network import Network, input_buffer, target_buffer
from engine.plan import DesignError

EVALUATED_AT_MOST = 2_000
"""Training examples measured in between; the final figures are of all."""


@dataclass(frozen=True, eq=False)
class Feed:
    """Arrays on the backend with m rows each, by the buffer of a batch that they fill."""

    m: int
    arrays: dict[str, Any]

    @classmethod
    def of(cls, network: Network, part: Part) -> Feed:
        """Pick for every Input and Output what it reads. Raises DesignError when shapes or targets do not fit."""
        inputs, targets = {}, {}
        for node in network.inputs:
            assert isinstance(node.layer, Input)
            inputs[node.id] = _read(part.input, node.layer.source, f"Input '{node.node.title}'")
        for node in network.outputs:
            assert isinstance(node.layer, Output)
            targets[node.id] = _read(part.target, node.layer.source, f"Output '{node.node.title}'")
        try:
            inputs, targets = network.encode_inputs(inputs), network.encode_targets(targets)
        except ValueError as error:
            raise DesignError(str(error)) from None
        arrays = {input_buffer(node): inputs[node.id] for node in network.inputs}
        arrays |= {target_buffer(node): targets[node.id] for node in network.outputs}
        return cls(part.m, arrays)

    def fill(self, program: BoundProgram, rows: slice) -> None:
        """Copy some rows into the buffers of a program."""
        for name, array in self.arrays.items():
            if isinstance(array, Pixels):
                array.take(rows, 0, program.array(name))
            else:
                program.array(name)[...] = array[rows]

    @cached_property
    def streamed(self) -> tuple[Pixels, ...]:
        """Images that are read from disk as they are needed: tell them ahead which rows come next."""
        return tuple(array for array in self.arrays.values() if isinstance(array, Pixels) and array.is_streamed)


def _read(pick: Any, source: str, who: str) -> Any:
    try:
        return pick(source)
    except DataError as error:
        raise DesignError(f"{who}: {error}") from None


def evaluate(network: Network, feed: Feed, data: PreparedData | None = None, limit: int | None = None) -> Metrics:
    """Cost (without penalty) and metrics of a part in test mode.

    Args:
        network: The network.
        feed: The part.
        data: Where given, errors of values are in original units.
        limit: Take only so many examples, from the start.
    """
    m = min(feed.m, limit or feed.m)
    cost, predictions = 0.0, {node.id: [] for node in network.outputs}
    for start in range(0, m, network.chunk):
        rows = slice(start, min(start + network.chunk, m))
        program = network.program(rows.stop - rows.start)
        feed.fill(program, rows)
        program.run("forward", "target", "cost", "predict")
        cost += float(program.array("cost")) * program.m
        for name, chunks in predictions.items():
            chunks.append(network.backend.to_host(program.array(f"{name}/Y_hat")))
    metrics: Metrics = {"cost": cost / m}
    for node in network.outputs:
        layer = node.layer
        assert isinstance(layer, Output)
        prediction = np.concatenate(predictions[node.id])
        target = network.backend.to_host(feed.arrays[target_buffer(node)][:m])
        if data is not None and layer.loss.task == "values" and data.target_of(layer.source).kind == "values":
            prediction = data.unscale_target(prediction, layer.source)
            target = data.unscale_target(target, layer.source)
        prefix = "" if len(network.outputs) == 1 else f"{node.id}/"
        for name, value in layer.loss.metrics(prediction, target).items():
            metrics[prefix + name] = value
    return metrics
