"""The compiler: from a plan to programs, and from programs to callables on arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from engine.backend import Backend
from engine.kernels import bind as bind_operation
from engine.layers.ends import Input, Output
from engine.plan import Plan, PlanNode
from engine.program import Buffer, Program, Scope


def trace(plan: Plan, m: int, *, training: bool, backward: bool, input_gradients: bool = False) -> Program:
    """Write down what a network computes for m examples.

    Phases: `forward`, `target` (labels to one-hot), `cost`, `predict`, and with `backward` also `backward`.

    Args:
        plan: A plan without problems in the used part.
        m: Number of examples in the batch.
        training: Dropout drops, batch normalization uses the batch.
        backward: Append the backward pass.
        input_gradients: Also compute the gradient of the total cost with respect to the inputs.
    """
    program = Program(m, training)
    used = [node for node in plan.nodes.values() if node.id in plan.used]
    wanted = _wants_gradient(used, input_gradients) if backward else set()
    values: dict[str, Buffer] = {}
    scopes: dict[str, Scope] = {}
    for node in used:
        inputs = tuple(values[source] for source in node.inputs)
        scopes[node.id] = scope = Scope(
            program,
            node.id,
            inputs,
            tuple(source in wanted for source in node.inputs),
            {name: spec.shape for name, spec in node.parameters.items()},
            {name: spec.shape for name, spec in node.state.items()},
            trained=not node.node.frozen,
        )
        if isinstance(node.layer, Output):
            values[node.id] = inputs[0]
        else:
            values[node.id] = scope.name("A", node.layer.forward(scope, *inputs))
    _append_costs(program, used, scopes)
    if backward:
        _append_backward(program, used, scopes, wanted)
    return program


def _append_costs(program: Program, used: list[PlanNode], scopes: dict[str, Scope]) -> None:
    total: Buffer | None = None
    for node in used:
        layer, scope = node.layer, scopes[node.id]
        if not isinstance(layer, Output):
            continue
        z = scope.inputs[0]
        program.phase = "target"
        if layer.loss.task == "classes":
            labels = scope.new("labels", (program.m,), "index")
            y = scope.operation("one_hot", labels, out="Y", shape=z.shape)
        else:
            y = scope.new("Y", z.shape)
        program.phase = "cost"
        cost = layer.loss.cost(scope, z, y)
        if layer.weight != 1:
            cost = scope.multiply(cost, scope.constant(layer.weight))
        total = cost if total is None else scope.add(total, cost)
        program.phase = "predict"
        scope.name("Y_hat", layer.loss.predict(scope, z))
    if total is not None:
        program.buffers["cost"] = total


def _append_backward(program: Program, used: list[PlanNode], scopes: dict[str, Scope], wanted: set[str]) -> None:
    program.phase = "backward"
    arriving: dict[str, list[Buffer]] = {node.id: [] for node in used}
    for node in reversed(used):
        layer, scope = node.layer, scopes[node.id]
        if isinstance(layer, Output):
            z = scope.inputs[0]
            if node.inputs[0] in wanted:
                arriving[node.inputs[0]].append(layer.loss.gradient(scope, z, scope["Y"], layer.weight))
            continue
        if node.id not in wanted:
            continue
        dy = _sum(scope, arriving[node.id])
        if isinstance(layer, Input):
            continue
        gradients = layer.backward(scope, dy)
        if not isinstance(gradients, tuple):
            gradients = (gradients,)
        for source, gradient in zip(node.inputs, gradients, strict=True):
            if gradient is not None:
                arriving[source].append(gradient)


def _sum(scope: Scope, gradients: list[Buffer]) -> Buffer:
    """Where gradients meet, their sum gets a buffer of its own: a layer may have handed one array to two inputs."""
    total = gradients[0]
    for gradient in gradients[1:]:
        total = scope.add(total, gradient)
    return scope.name("dA", total)


def _wants_gradient(used: list[PlanNode], input_gradients: bool) -> set[str]:
    """Nodes whose output gradient is needed: they, or something before them, have trained parameters."""
    wanted: set[str] = set()
    for node in used:
        own = bool(node.parameters) and not node.node.frozen
        if own or (input_gradients and isinstance(node.layer, Input)) or any(i in wanted for i in node.inputs):
            wanted.add(node.id)
    return wanted


class BoundProgram:
    """A program with memory: every buffer has an array, every operation a callable."""

    def __init__(
        self,
        program: Program,
        backend: Backend,
        dtype: np.dtype,
        shared: Mapping[str, Any],
        random: np.random.Generator,
    ) -> None:
        """Allocate and bind.

        Args:
            program: What to run; it must not be bound yet.
            backend: Where its arrays live.
            dtype: Of computed numbers.
            shared: Arrays of the network by name: parameters, gradients, state, live numbers.
            random: Generator that dropout draws from.
        """
        self.program = program
        self.backend = backend
        elements = {"real": dtype, "mask": np.dtype(np.bool_), "index": np.dtype(np.int64)}
        for name, buffer in program.external.items():
            buffer.array = shared[name]
        for buffer in program.own_buffers:
            if buffer.array is None and buffer.base is None:
                buffer.array = backend.empty(buffer.shape, elements[buffer.element])
        for value, buffer in program.constants.items():
            buffer.array[...] = value
        for buffer in program.ones.values():
            buffer.array[...] = 1
        self._random = random
        self._callables: dict[tuple[str, ...], list[Callable[[], Any]]] = {}

    @property
    def m(self) -> int:
        """Number of examples in a batch."""
        return self.program.m

    def array(self, name: str) -> Any:
        """The array of a buffer, by name such as `dense_1/Z`; the next run overwrites it."""
        buffer = self.program.buffers.get(name) or self.program.external.get(name)
        if buffer is None:
            raise KeyError(f"The program has no '{name}'. It has {', '.join(self.program.buffers)}.")
        return buffer.resolve()

    def callables(self, *phases: str) -> list[Callable[[], Any]]:
        """The operations of some phases, bound once; running them in order runs the phases."""
        if phases not in self._callables:
            operations = self.program.operations(*phases)
            self._callables[phases] = [bind_operation(self.backend, op, self._random) for op in operations]
        return self._callables[phases]

    def run(self, *phases: str) -> None:
        """Run some phases."""
        for call in self.callables(*phases):
            call()
