"""A compiled network: weights by name, forward, cost, backward and single steps. The base of training and of views."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from functools import cached_property
from math import prod
from typing import Any, Literal

import numpy as np
from pydantic import ValidationError

from engine.backend import Backend, BackendName, get_backend
from engine.compiler import BoundProgram, trace
from engine.data.pixels import Examples, Pixels
from engine.declaration import explain
from engine.graph import GraphSpec
from engine.layers.ends import Input, Output
from engine.optimizer import Optimizer
from engine.parameters import ParameterStore
from engine.plan import Plan, PlanNode, make_plan
from engine.shapes import Shape
from engine.updater import Updater

DType = Literal["float32", "float64"]
Arrays = Examples | Mapping[str, Examples]
"""One array, or one for each Input (Output) node by its id."""

PROGRAMS_KEPT = 8
CHUNK = 4_096
"""Examples computed at once outside training; more would leave the cache."""
CHUNK_BYTES, LEAST_CHUNK = 256 * 2**20, 8
"""What the outputs of all layers may take then, roughly; but at least so many examples."""
PIXELS_ON_DEVICE = 2 * 2**30
"""Bytes. Images up to that size lie on the device as a whole; of more, every batch is brought there."""


def compile_design(
    design: Any, *, backend: BackendName = "numpy", dtype: DType | None = None, seed: int | None = None
) -> Network:
    """Compile a design, or a bare graph, into a network with fresh weights.

    Args:
        design: A `Design`, whose training settings give dtype and seed unless said otherwise, or a `GraphSpec`.
        backend: "numpy" or "cupy".
        dtype: "float32" or "float64".
        seed: Of the first weights and of dropout.

    Raises:
        DesignError: the design has problems.
        BackendError: the backend is not to be had.
    """
    graph = design if isinstance(design, GraphSpec) else design.graph
    settings = getattr(design, "training", None)
    precision: DType = dtype or (settings.dtype if settings else "float32")
    start: int = seed if seed is not None else (settings.seed if settings else 0)
    return Network(make_plan(graph), get_backend(backend), precision, start)


class Network:
    """A plan with numbers: parameters, states and bound programs for the batch sizes in use."""

    def __init__(self, plan: Plan, backend: Backend, dtype: DType = "float32", seed: int = 0) -> None:
        self.plan = plan.require()
        self.backend = backend
        self.dtype = np.dtype(dtype)
        self.store = ParameterStore(plan, backend, self.dtype)
        self.random = np.random.default_rng([seed, 1])
        """Dropout draws from it."""
        self.inputs: list[PlanNode] = plan.inputs
        self.outputs: list[PlanNode] = plan.outputs
        self._programs: OrderedDict[tuple[int, bool, bool, bool, bool], BoundProgram] = OrderedDict()
        self._updater: Updater | None = None
        self._penalizer: Updater | None = None
        self.initialize(seed)

    def initialize(self, seed: int) -> None:
        """Draw all weights anew, and restart the random numbers of dropout; the same seed gives the same numbers."""
        self.store.initialize(self.plan, seed)
        self.random.bit_generator.state = np.random.default_rng([seed, 1]).bit_generator.state

    # Weights

    @property
    def names(self) -> list[str]:
        """Names of all parameters and states, such as `dense_1/W`."""
        return [*self.store.layout, *self.store.state]

    def __getitem__(self, name: str) -> np.ndarray:
        """A copy of a parameter or state."""
        return self.store.get(name)

    def __setitem__(self, name: str, value: Any) -> None:
        self.store.set(name, value)

    def weights(self) -> dict[str, np.ndarray]:
        """Copies of all parameters and states, by name."""
        return self.store.export()

    def set_weights(self, values: Mapping[str, Any]) -> None:
        """Overwrite all parameters and states. Raises KeyError or ValueError before anything is changed."""
        self.store.load(values)

    def gradient(self, name: str) -> np.ndarray:
        """A copy of the gradient that the last backward pass left, for a parameter such as `dense_1/W`."""
        slot = self.store.layout[name]
        return self.backend.to_host(self.store.gradient[slot.start : slot.stop]).reshape(slot.shape)

    def set_live(self, name: str, value: float) -> None:
        """Change a live setting such as `dropout_1/keep_prob`; the next batch uses it.

        Raises:
            KeyError: there is no such setting.
            ValueError: the layer does not allow the value.
        """
        if name not in self.store.live:
            raise KeyError(f"There is no live setting '{name}'. There are: {', '.join(self.store.live) or 'none'}.")
        node, field = name.rsplit("/", 1)
        layer = self.plan.nodes[node].layer
        try:
            layer.replace(**{field: value})
        except ValidationError as error:
            raise ValueError(explain(error, f"{layer.label} '{self.plan.nodes[node].node.title}'")) from None
        self.store.live[name][...] = value

    @property
    def updater(self) -> Updater:
        """Penalty and optimizer, with the slots; shared by `step` and by training."""
        if self._updater is None:
            self._updater = Updater(self.store)
        return self._updater

    # Programs

    @cached_property
    def chunk(self) -> int:
        """Examples that are evaluated at a time: `CHUNK`, or fewer of those that take much memory."""
        return evaluation_chunk(self.plan, self.dtype.itemsize)

    def program(
        self, m: int, *, training: bool = False, backward: bool = False, costs: bool = True, shares: bool = False
    ) -> BoundProgram:
        """The bound program for m examples; a few are kept."""
        key = (m, training, backward, costs, shares)
        if key not in self._programs:
            traced = trace(self.plan, m, training=training, backward=backward, costs=costs, shares=shares)
            self._programs[key] = BoundProgram(traced, self.backend, self.dtype, self.store.arrays, self.random)
            if len(self._programs) > PROGRAMS_KEPT:
                self._programs.popitem(last=False)
        self._programs.move_to_end(key)
        return self._programs[key]

    def encode_inputs(self, x: Arrays) -> dict[str, Any]:
        """Arrays on the backend for every Input, by id. Raises ValueError when a shape does not fit."""
        arrays = self._by_node(x, self.inputs, "input")
        encoded = {}
        for node in self.inputs:
            array = arrays[node.id]
            array = array if isinstance(array, Pixels) else np.asarray(array)
            if array.shape[1:] != node.shape:
                array = self._reshaped(array, node)
            if not isinstance(array, Pixels):
                array = self.backend.to_device(array, self.dtype)
            elif not self.backend.on_host:
                array = array.on_device(self.backend.xp, PIXELS_ON_DEVICE)
            encoded[node.id] = array
        return encoded

    def encode_targets(self, y: Arrays) -> dict[str, Any]:
        """Arrays on the backend for every Output, by id. Raises ValueError when the targets do not fit the loss."""
        arrays = self._by_node(y, self.outputs, "target")
        encoded = {}
        for node in self.outputs:
            layer = node.layer
            assert isinstance(layer, Output)
            try:
                values = layer.loss.encode(np.asarray(arrays[node.id]), node.input_shapes[0])
            except ValueError as error:
                raise ValueError(f"Output '{node.node.title}': {error}") from None
            encoded[node.id] = self.backend.to_device(values, np.int64 if values.dtype.kind == "i" else self.dtype)
        return encoded

    @staticmethod
    def _by_node(arrays: Arrays, nodes: list[PlanNode], what: str) -> Mapping[str, Examples]:
        if isinstance(arrays, Mapping):
            missing = [node.id for node in nodes if node.id not in arrays]
            if missing:
                raise ValueError(f"There is no {what} array for {', '.join(missing)}.")
            return arrays
        if len(nodes) != 1:
            names = ", ".join(node.id for node in nodes)
            raise ValueError(f"The network has {len(nodes)} {what}s ({names}): give a dictionary of arrays by node id.")
        return {nodes[0].id: arrays}

    @staticmethod
    def _reshaped(array: Examples, node: PlanNode) -> Examples:
        shape: Shape = node.shape or ()
        if array.ndim == 0 or array[:1].size != np.prod(shape, dtype=int):
            raise ValueError(
                f"Input '{node.node.title}' takes examples of shape {shape}, but gets {array.shape[1:]}. "
                f"Set its shape to {array.shape[1:]}."
            )
        return array.reshape(len(array), *shape)

    # Computing

    def forward(self, x: Arrays, *, training: bool = False) -> np.ndarray | dict[str, np.ndarray]:
        """Predictions Ŷ for any number of examples; a dictionary by id where there are several outputs."""
        inputs = self.encode_inputs(x)
        m = len(next(iter(inputs.values())))
        results = {node.id: np.empty((m, *(node.shape or ())), self.dtype) for node in self.outputs}
        for start in range(0, m, self.chunk):
            rows = slice(start, min(start + self.chunk, m))
            program = self.program(rows.stop - rows.start, training=training, costs=False)
            self._fill(program, inputs, {}, rows)
            program.run("forward", "predict")
            for name, result in results.items():
                result[rows] = self.backend.to_host(program.array(f"{name}/Y_hat"))
        return results[self.outputs[0].id] if len(results) == 1 else results

    def cost(
        self, x: Arrays, y: Arrays, *, penalty: bool = False, l2: float = 0.0, l1: float = 0.0, training: bool = False
    ) -> float:
        """The cost J of one batch, in test mode unless `training`.

        Args:
            x: Inputs.
            y: Targets.
            penalty: Add the L2 and L1 penalties.
            l2: The network's λ for L2; a layer's own goes first.
            l1: Likewise for L1.
            training: Use dropout and batch statistics.
        """
        program = self._load_batch(x, y, training=training, backward=False)
        program.run("forward", "target", "cost")
        cost = float(program.array("cost"))
        return cost + self.penalty(program.m, l2, l1) if penalty else cost

    def penalty(self, m: int, l2: float = 0.0, l1: float = 0.0) -> float:
        """(λ₂/2m) Σ‖W‖² + (λ₁/2m) Σ|W| over the weights, with layers' own λ where they have one."""
        total = 0.0
        for start, stop, own_l2, own_l1 in self.store.penalty_groups():
            w = self.store.theta[start:stop]
            total += (l2 if own_l2 is None else own_l2) * float((w * w).sum())
            total += (l1 if own_l1 is None else own_l1) * float(abs(w).sum())
        return total / (2 * m)

    def backward(
        self, x: Arrays, y: Arrays, *, l2: float = 0.0, l1: float = 0.0, training: bool = True
    ) -> tuple[float, dict[str, np.ndarray]]:
        """Forward, cost and backward of one batch, with penalties.

        Returns:
            The cost J with penalties, and copies of all gradients by parameter name.
        """
        program = self._load_batch(x, y, training=training, backward=True)
        if self._penalizer is None:
            self._penalizer = Updater(self.store)  # of its own, so that a run of this network is left alone
        self._penalizer.configure(None, l2, l1)
        program.run("forward", "target", "cost", "backward")
        penalty = self._penalizer.penalize(program.m)
        gradients = {name: self.gradient(name) for name, slot in self.store.layout.items() if slot.trained}
        return float(program.array("cost")) + penalty, gradients

    def step(self, x: Arrays, y: Arrays, optimizer: Optimizer, *, l2: float = 0.0, l1: float = 0.0) -> float:
        """One optimizer step on an explicit batch; its slots are kept between calls.

        Returns:
            The cost J with penalties, before the step.
        """
        program = self._load_batch(x, y, training=True, backward=True)
        updater = self.updater
        updater.configure(optimizer, l2, l1)
        program.run("forward", "target", "cost", "backward")
        penalty = updater.penalize(program.m)
        updater.update()
        return float(program.array("cost")) + penalty

    def _load_batch(self, x: Arrays, y: Arrays, *, training: bool, backward: bool) -> BoundProgram:
        inputs, targets = self.encode_inputs(x), self.encode_targets(y)
        sizes = {len(array) for array in (*inputs.values(), *targets.values())}
        if len(sizes) != 1:
            raise ValueError(f"Inputs and targets must have equally many examples, but have {sorted(sizes)}.")
        program = self.program(sizes.pop(), training=training, backward=backward)
        self._fill(program, inputs, targets, slice(None))
        return program

    def _fill(self, program: BoundProgram, inputs: Mapping[str, Any], targets: Mapping[str, Any], rows: slice) -> None:
        for name, array in inputs.items():
            program.array(f"{name}/A")[...] = array[rows]
        for name, array in targets.items():
            program.array(target_buffer(self.plan.nodes[name]))[...] = array[rows]


def evaluation_chunk(plan: Plan, itemsize: int) -> int:
    """Examples that are evaluated at a time, for numbers of so many bytes; see `Network.chunk`."""
    numbers = sum(prod(node.shape or ()) for node in plan.nodes.values() if node.id in plan.used)
    fitting = CHUNK_BYTES // (max(numbers, 1) * itemsize)
    return min(CHUNK, max(LEAST_CHUNK, fitting // LEAST_CHUNK * LEAST_CHUNK))


def target_buffer(node: PlanNode) -> str:
    """Name of the buffer that a batch's targets are written into."""
    layer = node.layer
    assert isinstance(layer, Output)
    return f"{node.id}/labels" if layer.loss.task == "classes" else f"{node.id}/Y"


def input_buffer(node: PlanNode) -> str:
    """Name of the buffer that a batch's examples are written into."""
    assert isinstance(node.layer, Input)
    return f"{node.id}/A"
