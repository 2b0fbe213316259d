"""Images, signals and volumes read at other places: the one resampling of all geometric augmentations."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

import numpy as np

BLOCK = 16_384
"""Numbers that are resampled at a time."""


def pixel_places(shape: tuple[int, ...]) -> np.ndarray:
    """Places (n, d) of all pixels, measured from the centre: (0, 0) is the middle of an image."""
    axes = [np.arange(extent, dtype=np.float32) - np.float32((extent - 1) / 2) for extent in shape]
    return np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, len(shape))


def resample(x: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Read every example at other places, linearly between pixels; beyond the border the nearest pixel is repeated.

    Args:
        x: (m, *shape, n_C).
        places: (m, n, d) in pixels from the centre, where each of the n pixels takes its value from.

    Returns:
        (m, *shape, n_C). A place that is a whole pixel gives its value exactly.
    """
    out = np.empty_like(x)
    block = max(1, BLOCK // max(1, places.shape[1] * x.shape[-1]))
    for start in range(0, len(x), block):
        rows = slice(start, start + block)
        _resample_block(x[rows], places[rows], out[rows])
    return out


def _resample_block(x: np.ndarray, places: np.ndarray, out: np.ndarray) -> None:
    """`resample` of so few examples that all in between stays in the cache."""
    m, *shape, channels = x.shape
    flat = x.reshape(-1, channels)
    index = np.repeat(np.arange(m, dtype=np.intp) * prod(shape), places.shape[1]).reshape(m, -1)
    corners: list[tuple[np.ndarray, np.ndarray | None]] = [(index, None)]
    stride = prod(shape)
    for axis, extent in enumerate(shape):
        stride //= extent
        place = np.clip(places[..., axis] + np.float32((extent - 1) / 2), 0, extent - 1)
        whole = place.astype(np.intp)
        high = (place - whole).astype(x.dtype, copy=False)
        below, above = whole * stride, np.minimum(whole + 1, extent - 1) * stride
        corners = [
            (at + step, share if weight is None else weight * share)
            for at, weight in corners
            for step, share in ((below, 1 - high), (above, high))
        ]
    values = out.reshape(m, -1, channels)
    for number, (at, weight) in enumerate(corners):
        assert weight is not None
        part = flat.take(at, 0, mode="clip")
        part *= weight[..., None]
        if number:
            values += part
        else:
            values[...] = part


PlaceMap = Callable[[np.ndarray], np.ndarray]
"""From places (m, n, d) in the changed examples to places in the unchanged ones."""


def affine_map(matrices: np.ndarray) -> PlaceMap:
    """The map of matrices (m, d, d + 1): A p + t for every place p."""
    linear, moved = matrices[:, :, :-1].astype(np.float32), matrices[:, :, -1].astype(np.float32)
    turned = np.ascontiguousarray(linear.transpose(0, 2, 1))
    return lambda places: places @ turned + moved[:, None, :]


def chained(first: np.ndarray, then: np.ndarray) -> np.ndarray:
    """Two changes as one, matrices (m, d, d + 1): an example is changed by `first`, the result by `then`."""
    linear = first[:, :, :-1] @ then[:, :, :-1]
    moved = (first[:, :, :-1] @ then[:, :, -1:])[:, :, 0] + first[:, :, -1]
    return np.concatenate([linear, moved[:, :, None]], -1)


def identity(m: int, d: int) -> np.ndarray:
    """Matrices (m, d, d + 1) that change nothing."""
    return np.tile(np.eye(d, d + 1), (m, 1, 1))
