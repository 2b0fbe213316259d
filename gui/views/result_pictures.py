"""Examples as pictures, where the network takes pictures."""

from __future__ import annotations

from math import isqrt

import numpy as np

from engine.data import PreparedData
from engine.layers.ends import Input
from engine.plan import PlanNode

LARGEST_SIDE = 96
"""Larger pictures are thinned out."""
SMALLEST_SIDE = 5


def picture_shape(data: PreparedData, array: str) -> tuple[int, int, int] | None:
    """Height, width and channels of the pictures in an array; None when it holds none.

    Pictures are (n_H, n_W, 1, 3 or 4), (n_H, n_W), or square ones laid out flat whose columns have no names or are
    called pixels.
    """
    shape = data.input_layout.shapes[array]
    if len(shape) == 3 and shape[2] in (1, 3, 4):
        return shape[0], shape[1], shape[2]
    if len(shape) == 2 and min(shape) >= SMALLEST_SIDE:
        return shape[0], shape[1], 1
    if len(shape) == 1:
        side, names = isqrt(shape[0]), data.columns.get(array, ())
        if side * side == shape[0] and side >= SMALLEST_SIDE and all(name.startswith("pixel") for name in names):
            return side, side, 1
    return None


def picture_array(data: PreparedData, inputs: list[PlanNode]) -> str | None:
    """The first array of pictures that the network takes."""
    for node in inputs:
        assert isinstance(node.layer, Input)
        for pick in data.input_layout.find(node.layer.source):
            if pick.indices is None and picture_shape(data, pick.array) is not None:
                return pick.array
    return None


def pixels_of(data: PreparedData, array: str, part: str, places: np.ndarray) -> np.ndarray:
    """(k, height, width, 4) bytes in the order of QImage.Format_RGB32: blue, green, red, 255."""
    shape = picture_shape(data, array)
    assert shape is not None
    height, width, channels = shape
    scaling, own = data.input_scaling[array], data.parts[part].inputs[array]
    low, high = _range(scaling.undo(data.train.inputs[array][:200]))
    step = max(1, -(-max(height, width) // LARGEST_SIDE))
    raw = scaling.undo(own[places]).reshape(len(places), height, width, channels)[:, ::step, ::step]
    shades = np.clip((np.nan_to_num(raw) - low) * (255 / (high - low)) + 0.5, 0, 255).astype(np.uint8)
    result = np.full((*shades.shape[:3], 4), 255, np.uint8)
    result[..., :3] = shades if channels == 1 else shades[..., 2::-1]
    return result


def _range(sample: np.ndarray) -> tuple[float, float]:
    """Black and white: 0 and 1, or 0 and 255, where the numbers lie within; else what there is."""
    low, high = float(sample.min()), float(sample.max())
    if low >= 0 and high <= 1:
        return 0.0, 1.0
    if low >= 0 and high <= 255:
        return 0.0, 255.0
    return low, high if high > low else low + 1
