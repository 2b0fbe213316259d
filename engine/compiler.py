"""The compiler: from a plan to programs, and from programs to callables on arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from engine.backend import Backend
from engine.kernels import bind as bind_operation
from engine.layers.ends import Input, Output
from engine.plan import Plan, PlanNode
from engine.program import Buffer, Operation, Program, Scope

NARROW = 64
"""Units. Networks whose widest matrix is no wider are looked at by columns."""
MANY = 256
"""Examples from which that pays."""


def trace(
    plan: Plan,
    m: int,
    *,
    training: bool,
    backward: bool,
    costs: bool = True,
    input_gradients: bool = False,
    seed: str = "",
    shares: bool = False,
) -> Program:
    """Write down what a network computes for m examples.

    Phases: `forward`, `target` (labels to one-hot), `cost`, `predict`, and with `backward` also `backward`.

    Args:
        plan: A plan without problems in the used part.
        m: Number of examples in the batch.
        training: Dropout drops, batch normalization uses the batch.
        backward: Append the backward pass.
        costs: Append the targets and the cost; only predictions do without.
        input_gradients: Also compute the gradient of the total cost with respect to the inputs.
        seed: A node from whose output the backward pass starts, instead of from the cost: what stands in its buffer
            `seed` is handed back to the inputs as ∂(Σ seed · A)/∂A; gradients of parameters are not computed.
        shares: The targets of classes come as shares (m, C) in the buffer `Y`, not as labels (m,).
    """
    program = Program(m, training)
    used = [node for node in plan.nodes.values() if node.id in plan.used]
    wanted = _wants_gradient(used, input_gradients, seeded=bool(seed)) if backward else set()
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
            trained=not (node.node.frozen or seed),
        )
        if isinstance(node.layer, Output):
            values[node.id] = inputs[0]
        else:
            values[node.id] = scope.name("A", node.layer.forward(scope, *inputs))
    for node in used:
        if isinstance(node.layer, Output):
            program.phase = "predict"
            scopes[node.id].name("Y_hat", node.layer.loss.predict(scopes[node.id], scopes[node.id].inputs[0]))
    if costs:
        _append_costs(program, used, scopes, shares)
    if backward:
        seeds = {seed: scopes[seed].new("seed", values[seed].shape)} if seed else {}
        _append_backward(program, used, scopes, wanted, seeds)
    return program


def _append_costs(program: Program, used: list[PlanNode], scopes: dict[str, Scope], shares: bool) -> None:
    total: Buffer | None = None
    for node in used:
        layer, scope = node.layer, scopes[node.id]
        if not isinstance(layer, Output):
            continue
        z = scope.inputs[0]
        program.phase = "target"
        if layer.loss.task == "classes" and not shares:
            labels = scope.new("labels", (program.m,), "index")
            y = scope.operation("one_hot", labels, out="Y", shape=z.shape)
        else:
            y = scope.new("Y", z.shape)
        program.phase = "cost"
        cost = layer.loss.cost(scope, z, y)
        if layer.weight != 1:
            cost = scope.multiply(cost, scope.constant(layer.weight))
        total = cost if total is None else scope.add(total, cost)
    if total is not None:
        program.buffers["cost"] = total


def _append_backward(
    program: Program, used: list[PlanNode], scopes: dict[str, Scope], wanted: set[str], seeds: dict[str, Buffer]
) -> None:
    program.phase = "backward"
    arriving: dict[str, list[Buffer]] = {node.id: [seeds[node.id]] if node.id in seeds else [] for node in used}
    for node in reversed(used):
        layer, scope = node.layer, scopes[node.id]
        if isinstance(layer, Output):
            z = scope.inputs[0]
            if node.inputs[0] in wanted and not seeds:
                arriving[node.inputs[0]].append(layer.loss.gradient(scope, z, scope["Y"], layer.weight))
            continue
        if node.id not in wanted or not arriving[node.id]:
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


def _wants_gradient(used: list[PlanNode], input_gradients: bool, *, seeded: bool = False) -> set[str]:
    """Nodes whose output gradient is needed: they, or something before them, have trained parameters."""
    wanted: set[str] = set()
    for node in used:
        own = bool(node.parameters) and not node.node.frozen and not seeded
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
        self._dtype = dtype
        self._shared = shared
        self._random = random
        self._calls: dict[tuple[str, ...], list[tuple[Operation, list[Callable[[], Any]]]]] = {}
        self._callables: dict[tuple[str, ...], list[Callable[[], Any]]] = {}
        by_columns = self._prefers_columns()
        self._allocate(by_columns)
        if by_columns and not self._views_share_memory():
            self._allocate(by_columns=False)

    def _prefers_columns(self) -> bool:
        """Whether many examples of few units are only looked at: then whole columns are faster than short rows.

        A matrix (m, n) then lies in memory as (n, m), with a row of ones below it. Ufuncs run along the m examples,
        and the product [W | b] [X; 1] needs no pass for the bias: the decision boundary takes 0.4 of the time.
        """
        program = self.program
        widths = [buffer.shape[1] for buffer in program.buffers.values() if len(buffer.shape) == 2]
        prediction_only = not {"cost", "backward"} & program.phases.keys()
        narrow = max(widths, default=NARROW + 1) <= NARROW
        return self.backend.on_host and prediction_only and program.m >= MANY and narrow

    def _allocate(self, by_columns: bool) -> None:
        backend = self.backend
        elements = {"real": self._dtype, "mask": np.dtype(np.bool_), "index": np.dtype(np.int64)}
        for name, buffer in self.program.external.items():
            buffer.array = self._shared[name]
        for buffer in self.program.own_buffers:
            dtype, shape = elements[buffer.element], buffer.shape
            buffer.augmented = None
            if by_columns and len(shape) == 2 and buffer.element == "real":
                buffer.augmented = backend.empty((shape[1] + 1, shape[0]), dtype)
                buffer.augmented[-1] = 1
                buffer.array = buffer.augmented[:-1].T
            else:
                buffer.array = backend.empty(shape, dtype)
        for value, buffer in self.program.constants.items():
            buffer.array[...] = value
        for buffer in self.program.ones.values():
            buffer.array[...] = 1

    def _views_share_memory(self) -> bool:
        """Whether every view is one: a reshape of a matrix kept by columns would silently be a copy."""
        buffers = [
            buffer for operation in self.program.operations() for buffer in (*operation.inputs, operation.output)
        ]
        shared = all(buffer.shares_memory() for buffer in buffers)
        for buffer in buffers:
            buffer.forget_view()
        return shared

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

    def operations(self, *phases: str) -> list[tuple[Operation, list[Callable[[], Any]]]]:
        """The operations of some phases, each with the calls that run it."""
        if phases not in self._calls:
            operations = self.program.operations(*phases)
            self._calls[phases] = [(op, bind_operation(self.backend, op, self._random)) for op in operations]
        return self._calls[phases]

    def callables(self, *phases: str) -> list[Callable[[], Any]]:
        """The calls of some phases, bound once; running them in order runs the phases."""
        if phases not in self._callables:
            self._callables[phases] = [call for _, calls in self.operations(*phases) for call in calls]
        return self._callables[phases]

    def run(self, *phases: str) -> None:
        """Run some phases."""
        for call in self.callables(*phases):
            call()
