"""What the inputs of a network look like: images, signals or volumes, and single examples of them as tiles. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Literal

import numpy as np

from engine.data import PreparedData
from engine.layers.ends import Input
from engine.plan import Plan, PlanNode
from engine.shapes import Box, Shape
from gui.views.map_tiles import Ranges, Tile, curve_tile, middle, picture_tile
from gui.views.result_data import input_rows
from gui.views.result_pictures import picture_shape

FLAT = (
    "The network takes rows of numbers without places, so there is no picture to show it in. "
    "Open a network that takes images, signals or volumes, such as the template digits_cnn."
)
MOST_LEADS = 16
"""Channels of a signal; a plane with more columns is an image."""
AXES = {"image": ("rows", "columns"), "signal": ("places",), "volume": ("slices", "rows", "columns")}

Kind = Literal["image", "signal", "volume"]


@dataclass(frozen=True, slots=True)
class Sight:
    """How the examples of an Input are looked at."""

    node: str
    kind: Kind
    shape: Shape
    """Of one example: places, then channels; the Input itself may take it flat."""
    is_flat: bool
    """The Input takes it as a row."""
    array: str
    low: float
    """Black, or the lower end of curves, in the units of the data."""
    high: float

    @property
    def sizes(self) -> Shape:
        """Sizes of the axes of places."""
        return self.shape[:-1]


def sight_of(data: PreparedData, node: PlanNode) -> Sight | None:
    """How an Input's examples are looked at; None for rows of numbers."""
    assert isinstance(node.layer, Input)
    picks = data.input_layout.find(node.layer.source)
    if len(picks) != 1 or picks[0].indices is not None:
        return None
    array, shape = picks[0].array, node.shape or ()
    kind: Kind = "image"
    if len(shape) == 1:
        flat = picture_shape(data, array)
        if flat is None or prod(flat) != shape[0]:
            return None
        seen: Shape = flat
    elif len(shape) == 2:
        kind = "signal" if shape[1] <= MOST_LEADS and shape[0] > shape[1] else "image"
        seen = shape if kind == "signal" else (*shape, 1)
    elif len(shape) in (3, 4):
        kind, seen = ("image" if len(shape) == 3 else "volume"), shape
    else:
        return None
    sample = data.input_scaling[array].undo(data.train.inputs[array][:200])
    low, high = _range(sample, kind)
    return Sight(node.id, kind, seen, len(shape) == 1, array, low, high)


def sights_of(data: PreparedData, plan: Plan) -> list[Sight]:
    """How the inputs are looked at; those that are rows of numbers are left out. Raises DataError."""
    return [sight for node in plan.inputs if (sight := sight_of(data, node)) is not None]


def sight_behind(sights: list[Sight], plan: Plan, node: str) -> Sight | None:
    """The first that a layer sees; None where it sees none."""
    seen = {node}
    for other in reversed(plan.nodes.values()):
        if other.id in seen:
            seen.update(other.inputs)
    return next((sight for sight in sights if sight.node in seen), None)


def rows_of(data: PreparedData, plan: Plan, part: str, rows: np.ndarray) -> dict[str, np.ndarray]:
    """Examples as the network takes them, by the id of the Input. Raises DataError."""
    source = data.parts[part]
    return {node.id: input_rows(data, source, node, rows) for node in plan.inputs}


def in_units(data: PreparedData, sight: Sight, x: np.ndarray) -> np.ndarray:
    """One example of an Input as places and channels, in the units of the data."""
    own = data.train.inputs[sight.array].shape[1:]
    return np.asarray(data.input_scaling[sight.array].undo(x.reshape(1, *own))).reshape(sight.shape)


def input_tile(sight: Sight, x: np.ndarray, title: str, depth: int | None = None, **more: object) -> Tile:
    """An example in the units of the data, (…, n_C), as a picture or curves; of a volume one slice."""
    if sight.kind == "signal":
        return curve_tile(title, x, (sight.low, sight.high), **more)
    if sight.kind == "volume":
        x = x[middle(x.shape[0], depth)]
    return picture_tile(title, x, sight.low, sight.high, **more)


def seen_box(sight: Sight, field: Box | None) -> Ranges | None:
    """The places of a receptive field; all of them for an Input that takes a row."""
    if field is None:
        return None
    return tuple((0, n) for n in sight.sizes) if sight.is_flat else field[: len(sight.sizes)]


def drawn_box(sight: Sight, box: Ranges | None) -> Ranges | None:
    """The part of a box that a tile shows: of a volume rows and columns."""
    return box[1:] if box is not None and sight.kind == "volume" else box


def box_text(sight: Sight, box: Ranges) -> str:
    """ "rows 2–8, columns 4–10 of the image"."""
    parts = [
        f"{name} {start}–{stop - 1}" if stop - start > 1 else f"{name[:-1]} {start}"
        for name, (start, stop) in zip(AXES[sight.kind], box, strict=True)
    ]
    return f"{', '.join(parts)} of the {sight.kind}"


def place_names(axes: int, place: tuple[int, ...]) -> str:
    """A place of a layer as words: "pixel (3, 5)", "place 7"."""
    if axes == 1:
        return f"place {place[0]}"
    return f"{'pixel' if axes == 2 else 'voxel'} ({', '.join(map(str, place))})"


def _range(sample: np.ndarray, kind: Kind) -> tuple[float, float]:
    """Black and white: 0 and 1, or 0 and 255, where the numbers lie within; else what there is."""
    low, high = float(np.min(sample)), float(np.max(sample))
    if kind != "signal" and low >= 0:
        for end in (1.0, 16.0, 255.0):
            if high <= end:
                return 0.0, end
    return low, high if high > low else low + 1
