"""The tensors of a layer by the names of the course, and what one wants to know of each: statistics and a histogram."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from engine.plan import Plan, PlanNode
from engine.program import Buffer, Program
from engine.shapes import Shape

Role = Literal["parameter", "state", "value", "gradient"]

GREEK = {
    "gamma": "γ", "beta": "β", "mu": "μ", "sigma": "σ", "sigma2": "σ²", "X_hat": "X̂", "Y_hat": "Ŷ",
    "running_mean": "running μ", "running_variance": "running σ²",
}  # fmt: skip
"""How names of buffers are written; those that are not here stay as they are."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """What is known of an array without looking at its single numbers. All but the shares are of the finite numbers."""

    size: int
    minimum: float
    mean: float
    maximum: float
    norm: float
    """Euclidean (Frobenius) norm √Σx²."""
    zeros: float
    """Share of numbers that are exactly 0, from 0 to 1."""
    not_finite: float
    """Share of numbers that are not a number or infinite, from 0 to 1."""


def statistics(array: np.ndarray) -> Statistics:
    """Minimum, mean, maximum, Euclidean norm and shares of an array of any shape; nan where there is no number."""
    x = np.ravel(array)
    with np.errstate(all="ignore"):
        numbers = x.astype(np.float64)
        # A sum is finite only where all are (or it overflows, which the closer look finds out).
        if not math.isfinite(total := float(numbers.sum())):
            numbers = numbers[np.isfinite(numbers)]
            total = float(numbers.sum())
    if not numbers.size:
        nan = math.nan
        return Statistics(x.size, nan, nan, nan, nan, 0.0, 1.0 if x.size else 0.0)
    low, high = float(numbers.min()), float(numbers.max())
    zeros = numbers.size - int(np.count_nonzero(numbers))
    return Statistics(
        x.size, low, total / numbers.size, high, _norm(numbers, max(-low, high)), zeros / x.size,
        (x.size - numbers.size) / x.size,
    )  # fmt: skip


def _norm(numbers: np.ndarray, largest: float) -> float:
    """√Σx², also where the squares would not fit between the smallest and the largest float64."""
    if largest > 1e150 or 0 < largest < 1e-150:
        return largest * _norm(numbers / largest, 1.0)
    return math.sqrt(float(np.dot(numbers, numbers)))


def largest(*arrays: np.ndarray) -> float:
    """The largest |x| of all finite numbers; 0 where there is none."""
    found = 0.0
    for array in arrays:
        if array.size:
            with np.errstate(invalid="ignore"):
                peak = max(float(array.max()), -float(array.min()))
            if not math.isfinite(peak):
                finite = array[np.isfinite(array)]
                peak = float(np.abs(finite).max()) if finite.size else 0.0
            found = max(found, peak)
    return found


def histogram(array: np.ndarray, limit: float, bins: int = 41) -> np.ndarray:
    """How many numbers fall into each of `bins` equal stretches from −limit to limit.

    What lies beyond is counted in the outermost; what is not finite is not counted. With an odd number of bins, 0 is
    in the middle of the one in the middle.

    Returns:
        (bins,) int64; the sum is the number of finite numbers.
    """
    x = np.ravel(array)
    if not limit > 0:
        counts = np.zeros(bins, np.int64)
        counts[bins // 2] = np.count_nonzero(np.isfinite(x))
        return counts
    x = x if x.dtype.kind == "f" else x.astype(np.float64)
    with np.errstate(all="ignore"):
        place = x * x.dtype.type(bins / 2 / limit)
    place += (bins - 1) / 2
    if not np.isfinite(place).all():
        place = place[np.isfinite(x)]
        np.nan_to_num(place, copy=False, nan=(bins - 1) / 2)  # beyond what the type holds, so beyond the limit
    np.rint(place, out=place)
    np.clip(place, 0, bins - 1, out=place)
    return np.bincount(place.astype(np.intp), minlength=bins)


@dataclass(frozen=True, slots=True)
class Tensor:
    """One array of a program that a person knows by name."""

    key: str
    """Its name in the program, such as `dense_1/dW`."""
    symbol: str
    """As it is written, such as "dW[1]"; "Z[3] = A[3]" where one array is both."""
    role: Role
    shape: Shape
    """With the m examples first where it has them."""
    of_parameter: bool = False
    """A parameter, a state or the gradient of a parameter: there are no examples in it."""


Pair = tuple[Tensor | None, Tensor | None]
"""A tensor and its gradient; one of them may be missing."""


def layer_numbers(plan: Plan) -> dict[str, int]:
    """The number l of each node as the course counts: layers with weights count, what follows belongs to them.

    Input has 0. Where branches meet, the longest counts. Source: course 1, week 4.
    """
    numbers: dict[str, int] = {}
    for node in plan.nodes.values():
        before = max((numbers.get(source, 0) for source in node.inputs), default=0)
        numbers[node.id] = before + any(spec.penalized for spec in node.parameters.values())
    return numbers


def layer_tensors(plan: Plan, program: Program, node_id: str) -> list[Pair]:
    """The named tensors of a node that a program computes, each beside its gradient.

    Parameters come first, then states, what the layer computes on the way, and its output. Working arrays without a
    name of the course are left out, and so is what has no gradient in this program.

    Raises:
        KeyError: the plan has no such node.
    """
    node = plan.nodes[node_id]
    number = layer_numbers(plan)[node_id]
    pairs: list[Pair] = [
        (_external(program, node, name, number), _external(program, node, f"d{name}", number))
        for name in node.parameters
    ]
    pairs += [(_external(program, node, name, number), None) for name in node.state]
    values = _values(program, node)
    seen: dict[int, int] = {}
    for name, (key, buffer) in values.items():
        value = Tensor(key, _written(name, number), "value", buffer.shape)
        gradient = program.buffers.get(f"{node_id}/d{name}")
        back = gradient and Tensor(f"{node_id}/d{name}", _written(f"d{name}", number), "gradient", gradient.shape)
        root = id(_root(buffer))
        if root in seen:
            pairs[seen[root]] = _joined(pairs[seen[root]], (value, back))
        else:
            seen[root] = len(pairs)
            pairs.append((value, back))
    return [pair for pair in pairs if pair != (None, None)]


def _external(program: Program, node: PlanNode, name: str, number: int) -> Tensor | None:
    """A parameter, a state, or the gradient of a parameter."""
    buffer = program.external.get(f"{node.id}/{name}")
    if buffer is None:
        return None
    role: Role = "parameter" if name in node.parameters else "state" if name in node.state else "gradient"
    return Tensor(buffer.name, _written(name, number), role, buffer.shape, True)


def _values(program: Program, node: PlanNode) -> dict[str, tuple[str, Buffer]]:
    """What a node takes in (unless it has a Z, whose course notation is enough), what it names on the way, and A."""
    own = {
        key.removeprefix(f"{node.id}/"): (key, buffer)
        for key, buffer in program.buffers.items()
        if key.startswith(f"{node.id}/") and buffer.shape and buffer.element != "index"
    }
    shown = {name: found for name, found in own.items() if name[0].isupper() or name in GREEK}
    taken: dict[str, tuple[str, Buffer]] = {}
    if "Z" not in own:
        for port, source in enumerate(node.inputs, 1):
            name = "Z" if "dZ" in own else "X" if len(node.inputs) == 1 else f"X{port}"
            key = f"{source}/A"
            if key in program.buffers:
                taken[name] = (key, program.buffers[key])
    output = {"A": shown.pop("A")} if "A" in shown else {}
    return taken | shown | output


def _root(buffer: Buffer) -> Buffer:
    return _root(buffer.base) if buffer.base is not None else buffer


def _joined(pair: Pair, other: Pair) -> Pair:
    """One array under two names: Z[3] = A[3] where the activation is linear; so their gradients are one as well."""
    value, back = (
        replace(a, symbol=f"{a.symbol} = {b.symbol}") if a and b else a or b for a, b in zip(pair, other, strict=True)
    )
    return value, back


def symbol_of(name: str, number: int) -> str:
    """How the course writes a tensor of layer `number`: W[1] for W, dγ[2] for dgamma."""
    return _written(name, number)


def _written(name: str, number: int) -> str:
    """A name in the notation of the course: dgamma of layer 2 as dγ[2]."""
    prefix = "d" if name.startswith("d") and (name[1:2].isupper() or name[1:] in (*GREEK, "b")) else ""
    base = name.removeprefix(prefix) if prefix else name
    return f"{prefix}{GREEK.get(base, base)}[{number}]"
