"""A forward pass in explicit Python loops over examples and units, beside the same pass on whole arrays."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from engine.backend import NUMPY
from engine.compiler import BoundProgram, trace
from engine.network import Network, input_buffer
from engine.program import Operation

PHASES = ("forward", "predict")


class StoppedError(Exception):
    """Nobody wants the result any more."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """How long a forward pass takes both ways."""

    m: int
    looped: int
    """Examples that the loops computed in their time."""
    loop_seconds: float
    """For all m examples; extrapolated where not all were computed."""
    array_seconds: float
    difference: float
    """Largest absolute difference of a prediction, over the examples that both computed."""
    as_whole: tuple[str, ...]
    """Operations that have no loop here and were computed on the arrays of one example."""

    @property
    def is_extrapolated(self) -> bool:
        """Only a part was computed in loops."""
        return self.looped < self.m

    @property
    def ratio(self) -> float:
        """How many times longer the loops take."""
        return self.loop_seconds / max(self.array_seconds, 1e-9)


@dataclass(frozen=True, slots=True)
class LoopCode:
    """A forward pass in loops, as program text."""

    text: str
    """Defines `example(i)`, which computes one example and calls `check()` now and then."""
    names: Mapping[str, str]
    """The variable of each buffer."""


def compare(
    network: Network,
    inputs: Mapping[str, np.ndarray],
    code: LoopCode | None = None,
    seconds: float = 2.0,
    stop: Callable[[], bool] = lambda: False,
) -> Comparison:
    """Compute predictions in loops and on whole arrays, always with NumPy on the host.

    Args:
        network: Whose weights are taken; nothing of it is changed.
        inputs: Arrays (m, …) by the id of the Input.
        code: The loops to run; None runs the operations of the network number by number.
        seconds: Time for the loops; at least one example is computed.
        stop: Asked often; True ends it.

    Raises:
        StoppedError: `stop` said so.
    """
    shared = {name: network.backend.to_host(array) for name, array in network.store.arrays.items()}
    m = len(next(iter(inputs.values())))
    plan, dtype = network.plan, network.dtype

    def bound(size: int) -> BoundProgram:
        traced = trace(plan, size, training=False, backward=False, costs=False)
        return BoundProgram(traced, NUMPY, dtype, shared, np.random.default_rng(0))

    whole, one = bound(m), bound(1)  # one example at a time goes through the loops
    names = {node.id: input_buffer(node) for node in network.inputs}
    predictions = [f"{node.id}/Y_hat" for node in network.outputs]
    for node, name in names.items():
        whole.array(name)[...] = inputs[node].reshape(whole.array(name).shape)
    with np.errstate(all="ignore"):
        array_seconds = _fastest(lambda: whole.run(*PHASES), stop)
    loops = _Loops(one, names, stop) if code is None else _CodeLoops(code, whole, {*names.values()}, stop)
    begun, done, difference = perf_counter(), 0, 0.0
    while done < m and (done == 0 or perf_counter() - begun < seconds):
        loops.run(done, inputs)
        done += 1
    elapsed = perf_counter() - begun
    for name in predictions:
        gap = np.abs(loops.predictions(name)[:done].astype(np.float64) - whole.array(name)[:done])
        difference = max(difference, float(gap.max(initial=0.0)) if not np.isnan(gap).any() else math.nan)
    return Comparison(m, done, elapsed / done * m, array_seconds, difference, tuple(sorted(loops.as_whole)))


def _fastest(run: Callable[[], None], stop: Callable[[], bool], seconds: float = 0.1) -> float:
    """The shortest of some runs: whatever else the machine does only makes one longer."""
    run()
    best, end = math.inf, perf_counter() + seconds
    while best == math.inf or perf_counter() < end:
        if stop():
            raise StoppedError
        begun = perf_counter()
        run()
        best = min(best, perf_counter() - begun)
    return best


class _CodeLoops:
    """Runs program text on arrays of its own."""

    def __init__(self, code: LoopCode, program: BoundProgram, inputs: set[str], stop: Callable[[], bool]) -> None:
        def check() -> None:
            if stop():
                raise StoppedError

        self.as_whole: set[str] = set()
        self._names = code.names
        self._space: dict[str, Any] = {**_SCALAR, "np": np, "check": check, "sigmoid": _sigmoid, "max": max, "min": min}
        for buffer, variable in code.names.items():
            array = program.array(buffer)
            given = buffer in program.program.external or buffer in inputs
            self._space[variable] = array.copy() if given else np.zeros(array.shape, array.dtype)
        exec(compile(code.text, "loops", "exec"), self._space)

    def run(self, example: int, inputs: Mapping[str, np.ndarray]) -> None:
        with np.errstate(all="ignore"):
            self._space["check"]()
            self._space["example"](example)

    def predictions(self, name: str) -> np.ndarray:
        return self._space[self._names[name]]


def _sigmoid(z: float) -> float:
    return 0.5 + 0.5 * math.tanh(0.5 * z)


class _Loops:
    """Runs the operations of a program number by number."""

    def __init__(self, program: BoundProgram, names: Mapping[str, str], stop: Callable[[], bool]) -> None:
        self.program = program
        self.names = names
        self.steps = program.operations(*PHASES)
        self.stop = stop
        self.as_whole: set[str] = set()
        self._found: dict[str, list[np.ndarray]] = {}

    def predictions(self, name: str) -> np.ndarray:
        return np.stack(self._found[name])

    def run(self, example: int, inputs: Mapping[str, np.ndarray]) -> None:
        for node, name in self.names.items():
            array = self.program.array(name)
            array[...] = inputs[node][example].reshape(array.shape)
        self._compute()
        for name in (name for name in self.program.program.buffers if name.endswith("/Y_hat")):
            self._found.setdefault(name, []).append(self.program.array(name)[0].copy())

    def _compute(self) -> None:
        for operation, calls in self.steps:
            if self.stop():
                raise StoppedError
            arrays = [buffer.resolve() for buffer in operation.inputs]
            out = operation.output.resolve()
            if operation.kind in ("matmul", "affine"):
                out[...] = self._product(operation, arrays, out)
            elif operation.kind in _SCALAR:
                out[...] = np.reshape(_each(_SCALAR[operation.kind], arrays, out.shape), out.shape)
            elif operation.kind in ("sum", "max"):
                out[...] = np.reshape(_reduced(operation, arrays[0]), out.shape)
            else:
                if operation.kind not in _MOVES:
                    self.as_whole.add(operation.kind)
                with np.errstate(all="ignore"):
                    for call in calls:
                        call()

    def _product(self, operation: Operation, arrays: list[Any], out: Any) -> Any:
        rows = np.atleast_2d(arrays[0]).tolist()
        second = arrays[1] if operation.kind == "affine" else np.transpose(arrays[1])
        units = np.atleast_2d(second).tolist()
        bias = arrays[2].tolist() if operation.kind == "affine" else [0.0] * len(units)
        result = []
        for row in rows:  # examples
            for j in range(len(units)):  # units
                weights = units[j]
                z = bias[j]
                for k in range(len(row)):  # inputs
                    z += weights[k] * row[k]
                result.append(z)
            if self.stop():
                raise StoppedError
        return np.reshape(result, out.shape)


def _each(function: Callable[..., Any], arrays: list[Any], shape: tuple[int, ...]) -> list[Any]:
    columns = [np.broadcast_to(array, shape).ravel().tolist() for array in arrays]
    result = []
    for i in range(len(columns[0])):
        result.append(function(*[column[i] for column in columns]))  # noqa: PERF401  the loop is what is shown
    return result


def _reduced(operation: Operation, a: Any) -> list[float]:
    axis = operation.attributes["axis"]
    rows = [a.ravel().tolist()] if axis is None else np.moveaxis(a, axis, -1).reshape(-1, a.shape[axis]).tolist()
    result = []
    for row in rows:
        total = row[0]
        for value in row[1:]:
            total = total + value if operation.kind == "sum" else max(total, value)
        result.append(total)
    return result


def _guarded(function: Callable[[float], float], otherwise: float) -> Callable[[float], float]:
    """Python raises where an array would hold an infinity."""

    def safe(x: float) -> float:
        try:
            return function(x)
        except (OverflowError, ValueError):
            return math.nan if math.isnan(x) else otherwise

    return safe


def _divide(a: float, b: float) -> float:
    return a / b if b else math.nan if a == 0 or math.isnan(a) else math.copysign(math.inf, a)


_MOVES = {"copy", "one_hot", "take_columns", "add_to_columns", "where", "random"}
"""They only move numbers: there is nothing to show in a loop."""
_SCALAR: dict[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": _divide,
    "maximum": lambda a, b: a if a > b or a != a else b,
    "minimum": lambda a, b: a if a < b or a != a else b,
    "greater": lambda a, b: a > b,
    "less": lambda a, b: a < b,
    "negative": lambda a: -a,
    "abs": abs,
    "square": lambda a: a * a,
    "sqrt": _guarded(math.sqrt, math.nan),
    "exp": _guarded(math.exp, math.inf),
    "expm1": _guarded(math.expm1, math.inf),
    "log": _guarded(math.log, -math.inf),
    "log1p": _guarded(math.log1p, math.nan),
    "sin": _guarded(math.sin, math.nan),
    "cos": _guarded(math.cos, math.nan),
    "tanh": math.tanh,
    "erf": math.erf,
    "sign": lambda a: (a > 0) - (a < 0),
    "logaddexp": lambda a, b: max(a, b) + math.log1p(math.exp(-abs(a - b))) if a == a and b == b else math.nan,
}
