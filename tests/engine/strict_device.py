"""A stand-in for CuPy that computes on the host but refuses what CuPy refuses.

It finds code that mixes host and device arrays, or uses what CuPy lacks, on machines without a graphics card. It
proves nothing about CuPy's own numbers: run the suite with NETLOOM_TEST_BACKEND=cupy where there is a card.
"""

from __future__ import annotations

import types
from typing import Any

import numpy as np


class ndarray:  # noqa: N801  CuPy's name
    """An array that never turns into a NumPy array by itself."""

    def __init__(self, host: np.ndarray) -> None:
        self._host = host

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("Implicit conversion to a NumPy array is not allowed. Use Backend.to_host.")

    shape = property(lambda self: self._host.shape)
    dtype = property(lambda self: self._host.dtype)
    ndim = property(lambda self: self._host.ndim)
    size = property(lambda self: self._host.size)
    flags = property(lambda self: self._host.flags)
    T = property(lambda self: ndarray(self._host.T))

    def __len__(self) -> int:
        return len(self._host)

    def __getitem__(self, key: Any) -> ndarray:
        return ndarray(np.asarray(self._host[_key(key)]))

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(value, np.ndarray):
            raise TypeError("Unsupported type <class 'numpy.ndarray'>: copy it to the device first.")
        self._host[_key(key)] = _host(value)

    def __float__(self) -> float:
        return float(self._host)

    def __bool__(self) -> bool:
        return bool(self._host)

    def __mul__(self, other: Any) -> ndarray:
        return ndarray(np.asarray(self._host * _host(other)))

    def __abs__(self) -> ndarray:
        return ndarray(abs(self._host))

    def item(self) -> float:
        return self._host.item()

    def fill(self, value: float) -> None:
        self._host.fill(value)

    def reshape(self, *shape: Any) -> ndarray:
        return ndarray(self._host.reshape(*shape))

    def sum(self) -> ndarray:
        return ndarray(np.asarray(self._host.sum()))

    def all(self) -> ndarray:
        return ndarray(np.asarray(self._host.all()))

    def set(self, host: np.ndarray) -> None:
        if not isinstance(host, np.ndarray) or host.shape != self.shape or host.dtype != self.dtype:
            raise TypeError("set() takes a host array of the same shape and dtype.")
        self._host[...] = host


def _key(key: Any) -> Any:
    parts = key if isinstance(key, tuple) else (key,)
    if any(isinstance(part, np.ndarray) for part in parts):
        raise TypeError("A device array is indexed with device arrays.")
    return tuple(part._host if isinstance(part, ndarray) else part for part in parts)


def _host(value: Any) -> Any:
    if isinstance(value, ndarray):
        return value._host
    if isinstance(value, np.ndarray):
        raise TypeError("Unsupported type <class 'numpy.ndarray'>: copy it to the device first.")
    return value


def _ufunc(function: np.ufunc) -> Any:
    def call(*arrays: Any, out: ndarray | None = None) -> ndarray:
        if len(arrays) > function.nin:
            *arrays, out = arrays
        if out is None:
            return ndarray(np.asarray(function(*map(_host, arrays))))
        function(*map(_host, arrays), out=out._host)
        return out

    return call


def _into(function: Any) -> Any:
    def call(*arrays: Any, out: ndarray, **options: Any) -> ndarray:
        function(*map(_host, arrays), out=out._host, **options)
        return out

    return call


def _asarray(value: Any, dtype: Any = None) -> ndarray:
    return ndarray(np.array(value._host if isinstance(value, ndarray) else value, dtype=dtype))


def make_module() -> types.ModuleType:
    """A module with as much of CuPy as the engine uses."""
    module: Any = types.ModuleType("cupy")
    module.__version__ = "stand-in"
    module.ndarray = ndarray
    names = ["add", "subtract", "multiply", "divide", "maximum", "minimum", "logaddexp", "greater", "less"]
    names += ["negative", "sign", "square", "sqrt", "exp", "expm1", "log", "tanh", "absolute", "isfinite"]
    names += ["log1p", "sin", "cos"]
    for name in names:
        setattr(module, name, _ufunc(getattr(np, name)))
    module.empty = lambda shape, dtype: ndarray(np.empty(shape, dtype))
    module.asarray = _asarray
    module.ascontiguousarray = lambda a: ndarray(np.array(_host(a), order="C"))
    module.asnumpy = lambda a: np.array(a._host)
    module.arange = lambda n: ndarray(np.arange(n))
    module.dot = _into(np.dot)
    module.sum, module.max = _into(np.sum), _into(np.max)
    module.take = lambda a, rows, axis, out: np.take(a._host, _host(rows), axis, out._host, "clip")
    module.copyto = lambda out, a, where=True: np.copyto(out._host, _host(a), where=_host(where))
    runtime = types.SimpleNamespace(
        getDeviceCount=lambda: 1,
        getDeviceProperties=lambda device: {"name": b"stand-in for a graphics card"},
        memGetInfo=lambda: (2**33, 2**34),
    )
    module.cuda = types.SimpleNamespace(runtime=runtime, Device=lambda: types.SimpleNamespace(id=0))
    module.get_default_memory_pool = lambda: types.SimpleNamespace(free_bytes=lambda: 0)
    return module
