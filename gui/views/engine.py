"""The background half of the live views: a network of their own with the latest weights, and the data beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.compiler import BoundProgram, trace
from engine.data import PreparedData
from engine.design import Design
from engine.layers.ends import Input, Output
from engine.network import Network, compile_design, input_buffer, target_buffer


@dataclass(frozen=True, eq=False, slots=True)
class Batch:
    """Examples as the network takes them: arrays (m, …) by the id of an Input or Output."""

    part: str
    rows: np.ndarray
    """Places within the part, counted from 0."""
    inputs: dict[str, np.ndarray]
    targets: dict[str, np.ndarray]

    @property
    def m(self) -> int:
        """Number of examples."""
        return len(self.rows)


class ViewEngine:
    """What a view's `compute` works with. Only the thread of the views touches it."""

    def __init__(self, design: Design, data: PreparedData) -> None:
        """Compile. Raises DesignError when the design has problems, DataError when it names data that is not there."""
        self.design = design
        self.data = data
        self.network: Network = compile_design(design)
        self.step = 0
        """Steps after which the weights are those of the network."""
        self.memory: dict[Any, Any] = {}
        """For views: what is worth keeping between two calls, under keys that begin with the view's name."""

    def set_weights(self, values: Mapping[str, np.ndarray], step: int) -> None:
        """Take other weights. Raises KeyError or ValueError when they are of another network."""
        self.network.set_weights(values)
        self.step = step

    def batch(self, part: str = "train", rows: Any = 256) -> Batch:
        """Examples of a part: the rows named, or so many from its beginning.

        Raises:
            DataError: an input or target of the design is not in the data.
            ValueError: the shapes of the data do not fit the design.
        """
        source = self.data.parts[part]
        places = np.arange(min(rows, source.m)) if isinstance(rows, int) else np.asarray(rows, dtype=np.int64)
        inputs, targets = {}, {}
        for node in self.network.inputs:
            assert isinstance(node.layer, Input)
            inputs[node.id] = source.input(node.layer.source)[places]
        for node in self.network.outputs:
            assert isinstance(node.layer, Output)
            targets[node.id] = source.target(node.layer.source)[places]
        return Batch(part, places, inputs, targets)

    def run(self, batch: Batch, *, training: bool = False, backward: bool = True) -> BoundProgram:
        """Forward, cost and (unless told otherwise) backward of a batch, with the gradients of the inputs too.

        The program's arrays (`dense_1/Z`, `dense_1/A`, `dense_1/dA`, `cost` …; gradients of parameters such as
        `dense_1/dW`) hold this batch until the next call: copy what you return.
        """
        key = ("engine", batch.m, training, backward)
        if key not in self.memory:
            traced = trace(self.network.plan, batch.m, training=training, backward=backward, input_gradients=backward)
            network = self.network
            self.memory[key] = BoundProgram(
                traced, network.backend, network.dtype, network.store.arrays, np.random.default_rng(0)
            )
        program = self.memory[key]
        for name, values in self.network.encode_inputs(batch.inputs).items():
            program.array(input_buffer(self.network.plan.nodes[name]))[...] = values
        for name, values in self.network.encode_targets(batch.targets).items():
            program.array(target_buffer(self.network.plan.nodes[name]))[...] = values
        states = {name: value.copy() for name, value in self.network.store.state.items()} if training else {}
        with np.errstate(all="ignore"):
            program.run("forward", "predict", "target", "cost", *(("backward",) if backward else ()))
        for name, value in states.items():  # running averages: looking must not change them
            self.network.store.state[name][...] = value
        return program

    def predict(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Ŷ by the id of the Output."""
        with np.errstate(all="ignore"):
            result = self.network.forward(inputs)
        return result if isinstance(result, dict) else {self.network.outputs[0].id: result}
