"""How each kind of operation runs: a table from its name to a function that binds it to its arrays, once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from engine.backend import Backend
from engine.program import Operation

Call = Callable[[], Any]
Bind = Callable[[Backend, Operation, Any], "Call | list[Call]"]
"""From backend, operation and the run's random generator to callables without arguments."""

KERNELS: dict[str, Bind] = {}

SHORT_ROW = 512
"""Numbers. A row shorter than a quarter of it is repeated up to it before it meets a large matrix."""
TALL = 256
"""Rows from which a small transposed factor is worth a copy."""

_UFUNCS = {
    "abs": "absolute",
    **{
        name: name
        for name in (
            *("add", "subtract", "multiply", "divide", "maximum", "minimum", "logaddexp", "greater", "less"),
            *("negative", "sign", "square", "sqrt", "exp", "expm1", "log", "log1p", "sin", "cos", "tanh"),
        )
    },
}


def kernel(kind: str) -> Callable[[Bind], Bind]:
    """Register how an operation of this kind runs."""

    def register(bind: Bind) -> Bind:
        KERNELS[kind] = bind
        return bind

    return register


def bind(backend: Backend, operation: Operation, random: np.random.Generator) -> list[Call]:
    """Callables that run the operation on its arrays, one after another."""
    calls = KERNELS[operation.kind](backend, operation, random)
    return calls if isinstance(calls, list) else [calls]


def _arrays(operation: Operation) -> tuple[list[Any], Any]:
    return [x.resolve() for x in operation.inputs], operation.output.resolve()


def _ufunc(name: str) -> Bind:
    def bind_ufunc(backend: Backend, operation: Operation, random: Any) -> Callable[[], Any]:
        inputs, out = _arrays(operation)
        ufunc = getattr(backend.xp, name)
        if backend.on_host and len(inputs) == 2 and _is_short_row(inputs[0], inputs[1], out):
            return _with_tiled_row(ufunc, inputs[0], inputs[1], out, backend)
        if name in ("maximum", "minimum"):
            return partial(ufunc, *inputs, out=out)  # NumPy 2.4 warns about a third positional argument, at every call
        return partial(ufunc, *inputs, out)

    return bind_ufunc


def _is_short_row(a: Any, row: Any, out: Any) -> bool:
    """Whether a matrix meets a short row, as when a bias is added to many examples of few units."""
    if a.ndim != 2 or row.ndim != 1 or a.shape != out.shape or row.size != a.shape[1]:
        return False
    contiguous = a.flags.c_contiguous and out.flags.c_contiguous
    return contiguous and 1 < row.size <= SHORT_ROW // 4 and a.size >= 4 * SHORT_ROW


def _with_tiled_row(ufunc: Any, a: Any, row: Any, out: Any, backend: Backend) -> Callable[[], Any]:
    """The row is repeated until it is long enough for the inner loop: 2 to 3 times faster than NumPy's broadcast."""
    copies = SHORT_ROW // row.size
    tile = backend.empty((copies, row.size), row.dtype)
    whole = len(a) // copies * copies
    wide = (whole // copies, copies * row.size)
    main = partial(ufunc, a[:whole].reshape(wide), tile.reshape(-1), out=out[:whole].reshape(wide))
    rest = partial(ufunc, a[whole:], row, out=out[whole:])

    def run() -> None:
        np.copyto(tile, row)
        main()
        rest()

    return run


def add_row(backend: Backend, a: Any, row: Any) -> Call:
    """Add a row to every row of a matrix, in place."""
    if backend.on_host and _is_short_row(a, row, a):
        return _with_tiled_row(np.add, a, row, a, backend)
    return partial(backend.xp.add, a, row, a)


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
def _matmul(backend: Backend, operation: Operation, random: Any) -> list[Call]:
    (a, b), out = _arrays(operation)
    return _product(backend, a, b, out)


@kernel("affine")
def _affine(backend: Backend, operation: Operation, random: Any) -> list[Call]:
    (x, w, b), out = _arrays(operation)
    augmented = operation.inputs[0].augmented
    if augmented is None:
        return [*_product(backend, x, w.T, out), add_row(backend, out, b)]
    joined = backend.empty((w.shape[0], w.shape[1] + 1), w.dtype)  # [W | b] meets [X; 1]: no pass for the bias
    return [
        partial(np.copyto, joined[:, :-1], w),
        partial(np.copyto, joined[:, -1], b),
        partial(np.dot, joined, augmented, out.T),
    ]


def _product(backend: Backend, a: Any, b: Any, out: Any) -> list[Call]:
    if not backend.on_host:
        return [partial(backend.xp.dot, a, b, out=out)]
    if not out.flags.c_contiguous:  # kept by columns: (a b)ᵀ = bᵀ aᵀ
        return [partial(np.dot, b.T, a.T, out.T)]
    if a.ndim == b.ndim == 2 and len(a) >= TALL and b.size <= 4096 and not b.flags.c_contiguous:
        # OpenBLAS takes a tall matrix times a small one twice as fast when the small one is not transposed.
        straight = backend.empty(b.shape, b.dtype)
        return [partial(np.copyto, straight, b), partial(np.dot, a, straight, out)]
    return [partial(np.dot, a, b, out)]  # less overhead than the matmul ufunc on small matrices


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


@kernel("take_columns")
def _take_columns(backend: Backend, operation: Operation, random: Any) -> Callable[[], Any]:
    (a,), out = _arrays(operation)
    columns = backend.to_device(np.array(operation.attributes["columns"], np.int64))
    if backend.on_host:
        return partial(np.take, a, columns, 1, out, "clip")  # "raise" would copy by way of a buffer
    return partial(backend.xp.take, a, columns, 1, out)


@kernel("add_to_columns")
def _add_to_columns(backend: Backend, operation: Operation, random: Any) -> list[Call]:
    (a,), out = _arrays(operation)
    places = [out[:, column] for column in operation.attributes["columns"]]
    return [partial(backend.xp.add, place, a[:, i], place) for i, place in enumerate(places)]


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


from engine.kernels import convolution, pooling  # noqa: E402, F401  register theirs in the table above
