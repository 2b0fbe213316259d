"""Convolution (as in the course: cross-correlation) of any number of axes, examples first, channels last.

X (m, *n, C) with W (*f, C / groups, F) gives Z (m, *o, F). On the host, a few images at a time are laid out as a matrix
that stays in the cache, and BLAS multiplies it. Two layouts:

- *lowered along one axis* (two axes, one group): the columns of the kernel are copied side by side, its rows are taken
  as an overlapping view; a third of the traffic of the usual layout for 3 × 3.
- *columns* (everything else): every window as a row (im2col); where there are few channels, every entry of the window
  as a row, so that whole rows of pixels are copied at once.

Kernels of one channel per group (depthwise) are sums of shifted products. Nothing is kept between forward and backward,
since laying out anew is cheaper than the memory it would take. Long operations are split over the examples, one part
for each processor.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np

from engine.backend import Backend
from engine.kernels import Call, add_row, kernel
from engine.program import Operation
from engine.threads import processors, side_by_side
from engine.windows import Window

CACHE = 1 << 19
"""Bytes that the laid out images of a chunk may take."""
DEVICE_CACHE = 1 << 28
"""The same on a graphics card, where few large calls are better."""
FEW = 4
"""Channels up to which it is better to copy each by itself."""
WORTH_SPLITTING = 2e7
"""Multiplications from which an operation is given to several threads."""
NARROWEST = 8
"""Outputs in a row from which lowering along one axis pays: they are the rows of each product."""


@kernel("convolution")
def _convolution(backend: Backend, operation: Operation, random: Any) -> list[Call]:
    x, w = (buffer.resolve() for buffer in operation.inputs[:2])
    bias = operation.inputs[2].resolve() if len(operation.inputs) > 2 else None
    window, z = operation.attributes["window"], operation.output.resolve()
    return _together(
        [_forward(backend, window, x[rows], w, z[rows], bias) for rows in _shares(backend, z, w)],
    )


@kernel("convolution_weights")
def _convolution_weights(backend: Backend, operation: Operation, random: Any) -> list[Call]:
    x, dz = (buffer.resolve() for buffer in operation.inputs)
    dw, window = operation.output.resolve(), operation.attributes["window"]
    shares = _shares(backend, dz, dw)
    totals = [dw, *(backend.empty(dw.shape, dw.dtype) for _ in shares[1:])]
    parts = [_weights(backend, window, x[rows], dz[rows], own) for rows, own in zip(shares, totals, strict=True)]
    return [*_together(parts), *(partial(backend.xp.add, dw, own, dw) for own in totals[1:])]


@kernel("convolution_input")
def _convolution_input(backend: Backend, operation: Operation, random: Any) -> list[Call]:
    dz, w = (buffer.resolve() for buffer in operation.inputs)
    dx, window = operation.output.resolve(), operation.attributes["window"]
    return _together([_input(backend, window, dz[rows], w, dx[rows]) for rows in _shares(backend, dz, w)])


def _shares(backend: Backend, z: Any, w: Any) -> list[slice]:
    """The examples, split over the processors where that is worth it."""
    m, count = len(z), processors()
    if not backend.on_host or z.size * prod(w.shape[:-1]) < WORTH_SPLITTING or m < 2 * count:
        return [slice(0, m)]
    ends = [m * k // count for k in range(count + 1)]
    return [slice(start, stop) for start, stop in pairwise(ends)]


def _together(parts: list[list[Call]]) -> list[Call]:
    return parts[0] if len(parts) == 1 else [side_by_side(parts)]


def _weights(backend: Backend, window: Window, x: Any, dz: Any, dw: Any) -> list[Call]:
    if _is_depthwise(x, dw):
        return _depthwise_weights(backend, window, x, dz, dw)
    if _can_lower(backend, window, x, dw) and window.strides[0] == 1:
        window, x, dw, dz = _two_axes(window, x, dw, dz)
        return _lowered_weights(backend, window, x, dw, dz)
    return _columns_weights(backend, window, x, dz, dw)


def _input(backend: Backend, window: Window, dz: Any, w: Any, dx: Any) -> list[Call]:
    if _is_depthwise(dx, w):
        return _depthwise_input(backend, window, dz, w, dx)
    turned = _turned(window)
    if turned is not None and _is_ungrouped(dx, w):
        return _by_turned_kernel(backend, turned, dz, w, dx)
    return _columns_input(backend, window, dz, w, dx)


def _forward(backend: Backend, window: Window, x: Any, w: Any, z: Any, bias: Any = None) -> list[Call]:
    if _is_depthwise(x, w):
        return _depthwise(backend, window, x, w, z, bias)
    if _can_lower(backend, window, x, w):
        window, x, w, z = _two_axes(window, x, w, z)
        return _lowered(backend, window, x, w, z, bias)
    return _columns(backend, window, x, w, z, bias)


# Which way


def _is_ungrouped(x: Any, w: Any) -> bool:
    return x.shape[-1] == w.shape[-2]


def _is_depthwise(x: Any, w: Any) -> bool:
    return w.shape[-2] == 1 < x.shape[-1]


def _can_lower(backend: Backend, window: Window, x: Any, w: Any) -> bool:
    flat = window.axes == 1 or (window.axes == 2 and window.dilation[0] == 1)
    wide = window.outputs[-1] >= NARROWEST and x.shape[-1] > FEW
    return backend.on_host and flat and wide and _is_ungrouped(x, w)


def _two_axes(window: Window, *arrays: Any) -> tuple[Any, ...]:
    """A window over one axis as one over two, the first of which has size 1; and the arrays for it."""
    if window.axes == 2:
        return (window, *arrays)
    x, w, *others = arrays
    wide = Window((1, *window.inputs), (1, *window.kernel), (1, *window.strides), (1, *window.dilation),
                  ((0, 0), *window.pads))  # fmt: skip
    return wide, x[:, None], w[None], *(array[:, None] for array in others)


def _chunks(backend: Backend, m: int, size: int, itemsize: int) -> list[slice]:
    room = CACHE if backend.on_host else DEVICE_CACHE
    step = max(1, min(m, room // max(size * itemsize, 1)))
    return [slice(start, min(start + step, m)) for start in range(0, m, step)]


def _turned(window: Window) -> Window | None:
    """The window with which dZ, and the kernel turned by half a turn, give dX; None where outputs are skipped."""
    if any(s != 1 for s in window.strides):
        return None
    pads = []
    for n, f, d, (before, _), o in zip(
        window.inputs, window.kernel, window.dilation, window.pads, window.outputs, strict=True
    ):
        first = d * (f - 1) - before
        pads.append((first, n - 1 + before - (o - 1)))
    if any(p < 0 for pair in pads for p in pair):
        return None
    return Window(window.outputs, window.kernel, window.strides, window.dilation, tuple(pads))


# Lowered along one axis


def _lowered(backend: Backend, window: Window, x: Any, w: Any, z: Any, bias: Any) -> list[Call]:
    (height, _), (rows, columns) = window.inputs, window.kernel
    (out_height, out_width), channels = window.outputs, x.shape[-1]
    before, after = window.pads[0]
    size = out_width * (height + before + after) * columns * channels
    chunks = _chunks(backend, len(x), size, x.itemsize)
    most = chunks[0].stop
    low = backend.zeros((most, out_width, height + before + after, columns, channels), x.dtype)
    strides = (low.strides[0], low.strides[2] * window.strides[0], low.strides[1], x.itemsize)
    view = np.lib.stride_tricks.as_strided(low, (most, out_height, out_width, rows * columns * channels), strides)
    matrix = w.reshape(-1, w.shape[-1])
    calls: list[Call] = []
    for chunk in chunks:
        m = chunk.stop - chunk.start
        for k in range(columns):
            outputs, inputs = window.reach(1, k)
            target = low[:m, outputs, before : before + height, k]
            calls.append(partial(np.copyto, target, x[chunk, :, inputs].transpose(0, 2, 1, 3)))
        calls.append(partial(np.matmul, view[:m], matrix, z[chunk]))
        if bias is not None:
            calls.append(add_row(backend, z[chunk].reshape(-1, z.shape[-1]), bias))
    return calls


def _lowered_weights(backend: Backend, window: Window, x: Any, dw: Any, dz: Any) -> list[Call]:
    (height, _), (rows, columns) = window.inputs, window.kernel
    (out_height, out_width), channels = window.outputs, x.shape[-1]
    before, after = window.pads[0]
    low = backend.zeros((height + before + after, out_width, columns, channels), x.dtype)
    strides = (low.strides[0] * window.dilation[0], x.itemsize, low.strides[1])
    view = np.lib.stride_tricks.as_strided(low, (rows, columns * channels, out_height * out_width), strides)
    total = dw.reshape(rows, columns * channels, dw.shape[-1])
    product = backend.empty(total.shape, x.dtype)
    calls: list[Call] = []
    for i in range(len(x)):
        for k in range(columns):
            outputs, inputs = window.reach(1, k)
            calls.append(partial(np.copyto, low[before : before + height, outputs, k], x[i, :, inputs]))
        errors = dz[i].reshape(out_height * out_width, -1)
        calls.append(partial(np.matmul, view, errors, product if i else total))
        if i:
            calls.append(partial(np.add, total, product, total))
    return calls


def _by_turned_kernel(backend: Backend, turned: Window, dz: Any, w: Any, dx: Any) -> list[Call]:
    axes = turned.axes
    flipped = w[(slice(None, None, -1),) * axes].swapaxes(-1, -2)
    other = backend.empty(flipped.shape, w.dtype)
    return [partial(backend.xp.copyto, other, flipped), *_forward(backend, turned, dz, other, dx)]


# Every window as a row


class _Columns:
    """Scratch memory for the windows of a chunk of images, group by group, as a matrix (windows, taps · C / groups)."""

    def __init__(self, backend: Backend, window: Window, x: Any, groups: int) -> None:
        self._window, self._backend, self._dtype = window, backend, x.dtype
        self._channels = x.shape[-1] // groups
        size = prod(window.outputs) * window.taps_count * self._channels
        self.chunks = _chunks(backend, len(x), size, x.itemsize)
        self._taps = list(window.taps())
        self._by_entry = backend.on_host and self._channels <= FEW
        self._arrays: dict[int, Any] = {}

    def _array(self, m: int) -> Any:
        """(m, *o, taps, channels), or (taps, channels, m, *o) where every entry is a row; zero where padding is met."""
        if m not in self._arrays:
            entries, windows = (len(self._taps), self._channels), (m, *self._window.outputs)
            shape = (*entries, *windows) if self._by_entry else (*windows, *entries)
            self._arrays[m] = self._backend.zeros(shape, self._dtype)
        return self._arrays[m]

    def matrix(self, m: int) -> Any:
        """The scratch of m examples as (windows, taps · channels)."""
        width = len(self._taps) * self._channels
        return self._array(m).reshape(width, -1).T if self._by_entry else self._array(m).reshape(-1, width)

    def _places(self, x: Any, chunk: slice, group: int) -> Iterator[tuple[Any, Any]]:
        """Parts of the scratch, and the parts of a chunk of examples that belong there."""
        array, first = self._array(chunk.stop - chunk.start), group * self._channels
        for k, tap in enumerate(self._taps):
            if self._by_entry:
                for c in range(self._channels):
                    yield array[(k, c, slice(None), *tap.outputs)], x[(chunk, *tap.inputs, first + c)]
            else:
                part = slice(first, first + self._channels)
                yield array[(slice(None), *tap.outputs, k)], x[(chunk, *tap.inputs, part)]

    def fill(self, x: Any, chunk: slice, group: int) -> list[Call]:
        """Calls that lay out a chunk of examples."""
        return [partial(self._backend.xp.copyto, *pair) for pair in self._places(x, chunk, group)]

    def spread(self, dx: Any, chunk: slice, group: int) -> list[Call]:
        """Calls that add every value back to where it came from."""
        add = self._backend.xp.add
        return [partial(add, place, values, place) for values, place in self._places(dx, chunk, group)]


def _groups(x: Any, w: Any) -> int:
    return x.shape[-1] // w.shape[-2]


def _columns(backend: Backend, window: Window, x: Any, w: Any, z: Any, bias: Any) -> list[Call]:
    groups, filters = _groups(x, w), w.shape[-1]
    columns = _Columns(backend, window, x, groups)
    matrix, each = w.reshape(-1, filters), filters // groups
    calls: list[Call] = []
    for chunk in columns.chunks:
        m = chunk.stop - chunk.start
        rows = z[chunk].reshape(-1, filters)
        for group in range(groups):
            part = slice(group * each, (group + 1) * each)
            calls += columns.fill(x, chunk, group)
            calls.append(partial(backend.xp.matmul, columns.matrix(m), matrix[:, part], out=rows[:, part]))
        if bias is not None:
            calls.append(add_row(backend, rows, bias))
    return calls


def _columns_weights(backend: Backend, window: Window, x: Any, dz: Any, dw: Any) -> list[Call]:
    groups, filters = _groups(x, dw), dw.shape[-1]
    columns = _Columns(backend, window, x, groups)
    total, each = dw.reshape(-1, filters), filters // groups
    product = backend.empty((total.shape[0], each), x.dtype)
    calls: list[Call] = [partial(dw.fill, 0)]
    for chunk in columns.chunks:
        m = chunk.stop - chunk.start
        errors = dz[chunk].reshape(-1, filters)
        for group in range(groups):
            part = slice(group * each, (group + 1) * each)
            calls += columns.fill(x, chunk, group)
            calls.append(partial(backend.xp.matmul, columns.matrix(m).T, errors[:, part], out=product))
            calls.append(partial(backend.xp.add, total[:, part], product, total[:, part]))
    return calls


def _columns_input(backend: Backend, window: Window, dz: Any, w: Any, dx: Any) -> list[Call]:
    groups, filters = _groups(dx, w), w.shape[-1]
    columns = _Columns(backend, window, dx, groups)
    matrix, each = w.reshape(-1, filters), filters // groups
    calls: list[Call] = [partial(dx.fill, 0)]
    for chunk in columns.chunks:
        m = chunk.stop - chunk.start
        errors = dz[chunk].reshape(-1, filters)
        for group in range(groups):
            part = slice(group * each, (group + 1) * each)
            calls.append(partial(backend.xp.matmul, errors[:, part], matrix[:, part].T, out=columns.matrix(m)))
            calls += columns.spread(dx, chunk, group)
    return calls


# One channel per group


def _by_channel(array: Any, channels: int) -> Any:
    """(…, F) as (…, C, F / C)."""
    return array.reshape(*array.shape[:-1], channels, array.shape[-1] // channels)


def _depthwise(backend: Backend, window: Window, x: Any, w: Any, z: Any, bias: Any) -> list[Call]:
    xp, channels = backend.xp, x.shape[-1]
    weights, out = _by_channel(w[..., 0, :], channels), _by_channel(z, channels)
    chunks = _chunks(backend, len(x), prod(z.shape[1:]), x.itemsize)
    scratch = backend.empty((chunks[0].stop, *out.shape[1:]), x.dtype)
    calls: list[Call] = []
    for chunk in chunks:
        m = chunk.stop - chunk.start
        calls.append(partial(out[chunk].fill, 0))
        for tap in window.taps():
            place = out[(chunk, *tap.outputs)]
            part = scratch[(slice(m), *tap.outputs)]
            calls.append(partial(xp.multiply, x[(chunk, *tap.inputs)][..., None], weights[tap.index], part))
            calls.append(partial(xp.add, place, part, place))
        if bias is not None:
            calls.append(add_row(backend, z[chunk].reshape(-1, z.shape[-1]), bias))
    return calls


def _depthwise_weights(backend: Backend, window: Window, x: Any, dz: Any, dw: Any) -> list[Call]:
    xp, channels = backend.xp, x.shape[-1]
    weights, errors = _by_channel(dw[..., 0, :], channels), _by_channel(dz, channels)
    chunks = _chunks(backend, len(x), prod(dz.shape[1:]), x.itemsize)
    scratch = backend.empty((chunks[0].stop, *errors.shape[1:]), x.dtype)
    total = backend.empty(errors.shape[-2:], x.dtype)
    over = tuple(range(1 + window.axes))
    calls: list[Call] = [partial(dw.fill, 0)]
    for chunk in chunks:
        m = chunk.stop - chunk.start
        for tap in window.taps():
            part = scratch[(slice(m), *tap.outputs)]
            place = weights[tap.index]
            calls.append(partial(xp.multiply, x[(chunk, *tap.inputs)][..., None], errors[(chunk, *tap.outputs)], part))
            calls.append(partial(xp.sum, part, axis=over, out=total))
            calls.append(partial(xp.add, place, total, place))
    return calls


def _depthwise_input(backend: Backend, window: Window, dz: Any, w: Any, dx: Any) -> list[Call]:
    xp, channels = backend.xp, dx.shape[-1]
    weights, errors = _by_channel(w[..., 0, :], channels), _by_channel(dz, channels)
    chunks = _chunks(backend, len(dx), prod(dz.shape[1:]), dx.itemsize)
    scratch = backend.empty((chunks[0].stop, *errors.shape[1:]), dx.dtype)
    summed = backend.empty((chunks[0].stop, *errors.shape[1:-1]), dx.dtype)
    calls: list[Call] = []
    for chunk in chunks:
        m = chunk.stop - chunk.start
        calls.append(partial(dx[chunk].fill, 0))
        for tap in window.taps():
            part, some = scratch[(slice(m), *tap.outputs)], summed[(slice(m), *tap.outputs)]
            place = dx[(chunk, *tap.inputs)]
            calls.append(partial(xp.multiply, errors[(chunk, *tap.outputs)], weights[tap.index], part))
            calls.append(partial(xp.sum, part, axis=-1, out=some))
            calls.append(partial(xp.add, place, some, place))
    return calls
