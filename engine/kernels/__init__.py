"""How each kind of operation runs: a table from its name to a function that binds it to its arrays, once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from engine.backend import Backend
from engine.program import Operation

Bind = Callable[[Backend, Operation, Any], Callable[[], Any]]
"""From backend, operation and the run's random generator to a callable without arguments."""

KERNELS: dict[str, Bind] = {}

_UFUNCS = {
    "abs": "absolute",
    **{
        name: name
        for name in (
            "add subtract multiply divide maximum minimum logaddexp greater less negative sign square sqrt exp expm1 "
            "log tanh"
        ).split()
    },
}


def kernel(kind: str) -> Callable[[Bind], Bind]:
    """Register how an operation of this kind runs."""

    def register(bind: Bind) -> Bind:
        KERNELS[kind] = bind
        return bind

    return register


def bind(backend: Backend, operation: Operation, random: np.random.Generator) -> Callable[[], Any]:
    """A callable that runs the operation on its arrays."""
    return KERNELS[operation.kind](backend, operation, random)


def _arrays(operation: Operation) -> tuple[list[Any], Any]:
    return [x.resolve() for x in operation.inputs], operation.output.resolve()


def _ufunc(name: str) -> Bind:
    def bind_ufunc(backend: Backend, operation: Operation, random: Any) -> Callable[[], Any]:
        inputs, out = _arrays(operation)
        return partial(getattr(backend.xp, name), *inputs, out)

    return bind_ufunc


for _kind, _name in _UFUNCS.items():
    KERNELS[_kind] = _ufunc(_name)


@kernel("erf")
def _erf(backend: Backend, operation: Operation, random: Any) -> Callable[[], Any]:
    (a,), out = _arrays(operation)
    return partial(backend.erf, a, out)


@kernel("copy")
def _copy(backend: Backend, operation: Operation, random: Any) -> Callable[[], Any]:
    (a,), out = _arrays(operation)
    return partial(backend.xp.copyto, out, a)


@kernel("where")
def _where(backend: Backend, operation: Operation, random: Any) -> Callable[[], Any]:
    (mask, a), out = _arrays(operation)
    return partial(backend.xp.copyto, out, a, where=mask)


@kernel("matmul")
def _matmul(backend: Backend, operation: Operation, random: Any) -> Callable[[], Any]:
    (a, b), out = _arrays(operation)
    if backend.on_host:
        return partial(np.dot, a, b, out)  # less overhead than the matmul ufunc on small matrices
    return partial(backend.xp.matmul, a, b, out)


@kernel("sum")
def _sum(backend: Backend, operation: Operation, random: Any) -> Callable[[], Any]:
    return _reduction(backend, operation, "add", "sum")


@kernel("max")
def _max(backend: Backend, operation: Operation, random: Any) -> Callable[[], Any]:
    return _reduction(backend, operation, "maximum", "max")


def _reduction(backend: Backend, operation: Operation, ufunc: str, function: str) -> Callable[[], Any]:
    (a,), out = _arrays(operation)
    axis = operation.attributes["axis"]
    keep = axis is not None
    if backend.on_host:
        return partial(getattr(np, ufunc).reduce, a, axis, None, out, keep)
    return partial(getattr(backend.xp, function), a, axis=axis, out=out, keepdims=keep)


@kernel("one_hot")
def _one_hot(backend: Backend, operation: Operation, random: Any) -> Callable[[], Any]:
    (labels,), out = _arrays(operation)
    rows = backend.xp.arange(out.shape[0])

    def run() -> None:
        out.fill(0)
        out[rows, labels] = 1

    return run


@kernel("random")
def _random(backend: Backend, operation: Operation, random: np.random.Generator) -> Callable[[], Any]:
    out = operation.output.resolve()
    if backend.on_host:
        return partial(random.random, None, out.dtype, out)
    # Drawn on the host on purpose: the same seed then drops the same units on every backend.
    return lambda: out.set(random.random(out.shape, out.dtype))
