"""What pooling needs beside the plain operations."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from engine.backend import Backend
from engine.kernels import Call, kernel
from engine.program import Operation


@kernel("window_shares")
def _window_shares(backend: Backend, operation: Operation, random: Any) -> list[Call]:
    """1 / (inputs that a window meets), for each of its places; written once, here."""
    window = operation.attributes["window"]
    counts = np.zeros(window.outputs)
    for tap in window.taps():
        counts[tap.outputs] += 1
    operation.output.resolve()[...] = backend.to_device(1 / counts[..., None])
    return []


@kernel("first_maximum")
def _first_maximum(backend: Backend, operation: Operation, random: Any) -> Call:
    """The place of the maximum of (m, places, n_C) in each channel, the first of several."""
    a, out = operation.inputs[0].resolve(), operation.output.resolve()
    return partial(backend.xp.argmax, a, 1, out)


@kernel("put_at")
def _put_at(backend: Backend, operation: Operation, random: Any) -> Call:
    """Zeros (m, places, n_C) but for one value in each channel, at the given place."""
    values, places = (buffer.resolve() for buffer in operation.inputs)
    out = operation.output.resolve()
    xp = backend.xp
    rows, channels = xp.arange(out.shape[0])[:, None], xp.arange(out.shape[2])[None]

    def run() -> None:
        out.fill(0)
        out[rows, places, channels] = values

    return run
