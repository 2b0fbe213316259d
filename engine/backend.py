"""Where arrays live: NumPy on the processor, or CuPy on a graphics card when it is asked for and present.

This is the only module that imports CuPy, and it does so only when asked.
"""

from __future__ import annotations

import ctypes
import importlib
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from math import prod
from typing import Any, Literal

import numpy as np

BackendName = Literal["numpy", "cupy"]
ALIGNMENT = 64
"""Bytes. One cache line; NumPy's own large arrays are only 16-byte aligned, which costs 11 to 14 % of a step."""


class BackendError(RuntimeError):
    """The backend that was asked for cannot be used here."""


class Backend:
    """One array module with the few things in which NumPy and CuPy differ."""

    def __init__(self, name: BackendName, xp: Any) -> None:
        self.name = name
        self.xp = xp

    @property
    def on_host(self) -> bool:
        """Arrays are ordinary NumPy arrays."""
        return self.name == "numpy"

    def empty(self, shape: tuple[int, ...], dtype: Any) -> Any:
        """An uninitialized array whose first byte lies on a cache line."""
        if not self.on_host:
            return self.xp.empty(shape, dtype)
        dtype = np.dtype(dtype)
        count = prod(shape) * dtype.itemsize
        memory = np.empty(count + ALIGNMENT, np.uint8)
        start = -memory.ctypes.data % ALIGNMENT
        return memory[start : start + count].view(dtype).reshape(shape)

    def zeros(self, shape: tuple[int, ...], dtype: Any) -> Any:
        """Like `empty`, filled with zeros."""
        array = self.empty(shape, dtype)
        array[...] = 0
        return array

    def to_device(self, array: Any, dtype: Any = None) -> Any:
        """The array on this backend, C-contiguous."""
        return self.xp.ascontiguousarray(self.xp.asarray(array, dtype=dtype))

    def to_host(self, array: Any) -> np.ndarray:
        """A NumPy copy that later computation does not change."""
        return np.array(array) if self.on_host else self.xp.asnumpy(array)

    @cached_property
    def erf(self) -> Callable[..., Any]:
        """The error function; SciPy's, or CuPy's copy of it."""
        name = "scipy.special" if self.on_host else "cupyx.scipy.special"
        return importlib.import_module(name).erf

    def free_bytes(self) -> int | None:
        """Memory of the device that can still be had; None on the host (see `engine.memory`)."""
        if self.on_host:
            return None
        free, _total = self.xp.cuda.runtime.memGetInfo()
        return int(free) + int(self.xp.get_default_memory_pool().free_bytes())

    def describe(self) -> str:
        """One line for the status bar."""
        if self.on_host:
            return f"NumPy {np.__version__} on the processor"
        device = self.xp.cuda.runtime.getDeviceProperties(self.xp.cuda.Device().id)
        return f"CuPy {self.xp.__version__} on {device['name'].decode()}"


NUMPY = Backend("numpy", np)


def get_backend(name: BackendName) -> Backend:
    """The backend of that name. Raises BackendError with the reason and the remedy."""
    if name == "numpy":
        return NUMPY
    try:
        import cupy
    except ImportError as error:
        raise BackendError(
            'CuPy is not installed. Install it with pip install "netloom[gpu-cuda12]" (or gpu-cuda13), '
            "or train with the backend numpy."
        ) from error
    try:
        count = cupy.cuda.runtime.getDeviceCount()
    except Exception as error:  # CuPy raises driver errors of its own
        raise BackendError(f"CuPy finds no usable graphics card ({error}). Train with the backend numpy.") from error
    if not count:
        raise BackendError("CuPy finds no graphics card. Train with the backend numpy.")
    return Backend("cupy", cupy)


@contextmanager
def flush_denormals() -> Iterator[None]:
    """Treat denormal numbers as zero in this thread; saturated units otherwise slow every operation.

    Only on x86-64 with the GNU C library; elsewhere it does nothing.
    """
    setting = _FloatEnvironment.open()
    if setting is None:
        yield
        return
    setting.flush(True)
    try:
        yield
    finally:
        setting.flush(False)


class _FloatEnvironment:
    """The x86-64 fenv_t of glibc, whose last word is the SSE control register."""

    FLUSH_TO_ZERO, DENORMALS_ARE_ZERO = 1 << 15, 1 << 6

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library

    @classmethod
    def open(cls) -> _FloatEnvironment | None:
        """None where the layout of fenv_t is not known."""
        if platform.machine() != "x86_64" or platform.libc_ver()[0] != "glibc":
            return None
        try:
            return cls(ctypes.CDLL("libm.so.6"))
        except OSError:
            return None

    def flush(self, on: bool) -> None:
        environment = (ctypes.c_uint32 * 8)()
        if self._library.fegetenv(ctypes.byref(environment)):
            return
        bits = self.FLUSH_TO_ZERO | self.DENORMALS_ARE_ZERO
        environment[7] = environment[7] | bits if on else environment[7] & ~bits
        self._library.fesetenv(ctypes.byref(environment))
