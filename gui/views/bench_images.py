"""Where the images of the convolution bench come from: data, files, the pencil, and layers of the network."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.convolution_bench import LearnedFilter, convolution_nodes, convolve, learned_filter
from engine.data import PreparedData
from gui.views.bench_photo import grey, read_photo
from gui.views.engine import ViewEngine
from gui.views.result_pictures import picture_shape

MOST_PIXELS = 64
"""Of a side of an image that is laid on the bench; larger pictures are scaled down."""


@dataclass(frozen=True, eq=False, slots=True)
class Laid:
    """An image for the bench."""

    name: str
    image: np.ndarray
    """(n_H, n_W, n_C)."""
    sentence: str
    """Where it is from."""


@dataclass(frozen=True, slots=True)
class Question:
    """Which filter of the network is to be shown, with which example."""

    node: str
    filter: int
    part: str
    place: int


@dataclass(frozen=True, eq=False, slots=True)
class Learned:
    """A filter of the network, and its output (rows, columns, 1), after so many steps."""

    filter: LearnedFilter
    output: np.ndarray
    step: int

    @property
    def sentence(self) -> str:
        """Where it is from."""
        when = f"Learned in {self.step:,} steps." if self.step else "The first weights; nothing is learned yet."
        return f"{when} The output is Z, before the activation function."


def compute_learned(engine: ViewEngine, question: Question) -> Learned:
    """Find a filter and what its layer gets. In the background. Raises ValueError where the layer is gone."""
    node = next((node for node in convolution_nodes(engine.network.plan) if node.id == question.node), None)
    if node is None:
        raise ValueError("This layer is not in the network any more. Choose another image.")
    bound = engine.run(engine.batch(question.part, [question.place]), backward=False)
    x = np.array(bound.array(f"{node.inputs[0]}/A")[0])
    filters, name = engine.network[f"{node.id}/W"], f"{node.id}/b"
    b = engine.network[name] if name in engine.network.names else None
    found = learned_filter(node, x, filters, b, min(question.filter, filters.shape[3] - 1))
    output = convolve(found.image, found.kernel[..., None], found.window, np.array([found.bias]))
    return Learned(found, output, engine.step)


def example_array(data: PreparedData | None) -> str | None:
    """The first array of pictures in the data."""
    if data is None:
        return None
    return next((name for name in data.input_layout.shapes if picture_shape(data, name) is not None), None)


def example_image(data: PreparedData, array: str, part: str, place: int) -> Laid | None:
    """An example in the units of the data; None where there is no such one."""
    shape = picture_shape(data, array)
    if shape is None or part not in data.parts or place >= data.parts[part].m:
        return None
    raw = np.asarray(data.input_scaling[array].undo(data.parts[part].inputs[array][[place]]), np.float64)
    step = max(1, -(-max(shape[:2]) // MOST_PIXELS))
    image = np.nan_to_num(raw.reshape(shape)[::step, ::step, :3])
    size = f" Every {step}. row and column of {shape[0]} × {shape[1]} is taken." if step > 1 else ""
    return Laid("", image, f"Example {place + 1:,} of the {part} part.{size}")


def photo_image(path: str) -> Laid:
    """A picture file, scaled down where it is large; a grey one has one channel. Raises PhotoError."""
    pixels, (width, height) = read_photo(path, MOST_PIXELS)
    image = np.rint(grey(pixels) if np.ptp(pixels, axis=2).max() < 1 else pixels)
    name, size = Path(path).name, f"{image.shape[1]} × {image.shape[0]} pixels"
    smaller = max(width, height) > MOST_PIXELS
    what = f"was scaled down from {width} × {height} to {size}" if smaller else f"has {size}"
    return Laid(name, image, f"'{name}' {what}.")


def next_ink(image: np.ndarray, row: int, column: int, channel: int) -> float:
    """What a click of the pencil puts into a cell: the brightest value, half of it, 0, and so on.

    The brightest is 1, 10 or 255, whatever the image already reaches to.
    """
    peak = float(image.max())
    high = 1.0 if 0 < peak <= 1 else 255.0 if peak > 10 else 10.0
    now = float(image[row, column, channel])
    return high / 2 if now == high else 0.0 if now == high / 2 else high
