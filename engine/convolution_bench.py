"""One convolution or pooling on one image, taken apart: every window, its products and their sum, and the size formula.

It computes in float64 and with nothing but sums of products, so that what it says can be checked by hand; it agrees
with the layers (see `engine.layers.convolution` and `engine.layers.pooling`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.layers.convolution import Convolution
from engine.plan import Plan, PlanNode
from engine.shapes import Shape
from engine.windows import Padding, Window

Rows = tuple[tuple[float, ...], ...]

KERNELS: dict[str, Rows] = {
    "Vertical edges": ((1, 0, -1), (1, 0, -1), (1, 0, -1)),
    "Horizontal edges": ((1, 1, 1), (0, 0, 0), (-1, -1, -1)),
    "Sobel": ((1, 0, -1), (2, 0, -2), (1, 0, -1)),
    "Scharr": ((3, 0, -3), (10, 0, -10), (3, 0, -3)),
    "Blur": ((1 / 9, 1 / 9, 1 / 9), (1 / 9, 1 / 9, 1 / 9), (1 / 9, 1 / 9, 1 / 9)),
    "Sharpen": ((0, -1, 0), (-1, 5, -1), (0, -1, 0)),
    "Laplace": ((0, 1, 0), (1, -4, 1), (0, 1, 0)),
    "Identity": ((0, 0, 0), (0, 1, 0), (0, 0, 0)),
}
"""Kernels by name. Vertical and horizontal edges, Sobel and Scharr as in course 4, week 1."""

COURSE_IMAGE: np.ndarray = np.repeat([[10.0, 10.0, 10.0, 0.0, 0.0, 0.0]], 6, axis=0)[..., None]
"""(6, 6, 1), bright on the left and dark on the right. Source: course 4, week 1, "More edge detection"."""


@dataclass(frozen=True, eq=False, slots=True)
class Look:
    """What one place of the window sees in one or all channels."""

    rows: np.ndarray
    """(f_H,) rows of the image, which lie outside of it where the window meets padding."""
    columns: np.ndarray
    """(f_W,)"""
    inside: np.ndarray
    """(f_H, f_W) bool: not padding."""
    values: np.ndarray
    """(f_H, f_W, n_C), 0 in the padding."""


@dataclass(frozen=True, eq=False, slots=True)
class Products(Look):
    """One output of a convolution in full: the sum of all products, and the bias."""

    weights: np.ndarray
    """(f_H, f_W, n_C), turned around where it is flipped."""
    bias: float

    @property
    def products(self) -> np.ndarray:
        """(f_H, f_W, n_C)."""
        return self.values * self.weights

    @property
    def channel_sums(self) -> np.ndarray:
        """(n_C,)."""
        return self.products.sum(axis=(0, 1))

    @property
    def total(self) -> float:
        """The output."""
        return float(self.channel_sums.sum() + self.bias)


@dataclass(frozen=True, eq=False, slots=True)
class Pooled(Look):
    """One output of a pooling."""

    winner: tuple[int, int] | None
    """Row and column in the image of the first maximum; None for a mean, and where there is only padding."""
    total: float


def flipped(kernels: np.ndarray) -> np.ndarray:
    """Kernels (f_H, f_W, …) turned by 180°: what mathematics calls a convolution. Source: course 4, week 1."""
    return kernels[::-1, ::-1]


def window_over(
    image: np.ndarray, kernel: Shape, stride: int = 1, dilation: int = 1, padding: Padding = "valid", pad: int = 0
) -> Window:
    """How a window slides over an image (n_H, n_W, …). Raises ShapeError where it does not fit."""
    return Window.over(image.shape[:2], kernel, (stride, stride), (dilation, dilation), padding, (pad, pad))


def convolve(image: np.ndarray, kernels: np.ndarray, window: Window, bias: np.ndarray | None = None) -> np.ndarray:
    """Z[i, j, c] = Σ W[a, b, k, c] · X[s·i + d·a − p, s·j + d·b − p, k] + b[c].

    Args:
        image: X (n_H, n_W, n_C).
        kernels: W (f_H, f_W, n_C, filters), as they are laid on the image.
        window: How they slide.
        bias: b (filters,), or none.

    Returns:
        (rows, columns, filters) float64.
    """
    x, w = image.astype(np.float64), kernels.astype(np.float64)
    result = np.zeros((*window.outputs, w.shape[3]))
    with np.errstate(all="ignore"):
        for tap in window.taps():
            result[tap.outputs] += x[tap.inputs] @ w[tap.index]
        return result if bias is None else result + bias


def pool(image: np.ndarray, window: Window, *, maximum: bool) -> np.ndarray:
    """The largest value or the mean of each window, channel by channel; padding does not count.

    Returns:
        (rows, columns, n_C) float64; nan where a window holds nothing but padding.
    """
    x = image.astype(np.float64)
    shape = (*window.outputs, x.shape[2])
    best, count = np.full(shape, -np.inf if maximum else 0.0), np.zeros((*window.outputs, 1))
    with np.errstate(all="ignore"):
        for tap in window.taps():
            there, value = best[tap.outputs], x[tap.inputs]
            np.copyto(there, np.maximum(there, value) if maximum else there + value)
            count[tap.outputs] += 1
        return np.where(count > 0, best if maximum else best / np.maximum(count, 1), np.nan)


def look(image: np.ndarray, window: Window, row: int, column: int) -> Look:
    """What the window sees for the output in this row and column."""
    places = [
        np.arange(f) * d + at * s - pads[0]
        for f, d, s, pads, at in zip(
            window.kernel, window.dilation, window.strides, window.pads, (row, column), strict=True
        )
    ]
    known = [(place >= 0) & (place < n) for place, n in zip(places, image.shape[:2], strict=True)]
    inside = known[0][:, None] & known[1][None, :]
    rows, columns = (np.clip(place, 0, n - 1) for place, n in zip(places, image.shape[:2], strict=True))
    values = np.where(inside[..., None], image[rows[:, None], columns[None, :]].astype(np.float64), 0.0)
    return Look(places[0], places[1], inside, values)


def products_at(
    image: np.ndarray, kernel: np.ndarray, window: Window, row: int, column: int, bias: float = 0.0
) -> Products:
    """One output of one filter (f_H, f_W, n_C), as it is laid on the image."""
    seen = look(image, window, row, column)
    weights = kernel.astype(np.float64)
    return Products(seen.rows, seen.columns, seen.inside, seen.values, weights, bias)


def pooled_at(image: np.ndarray, window: Window, row: int, column: int, channel: int, *, maximum: bool) -> Pooled:
    """One output of a pooling; of equal largest values the first in row order wins, as in the layer."""
    seen = look(image, window, row, column)
    numbers = seen.values[..., channel]
    winner, total = None, float("nan")
    if seen.inside.any():
        if maximum:
            a, b = np.unravel_index(int(np.argmax(np.where(seen.inside, numbers, -np.inf))), numbers.shape)
            winner, total = (int(seen.rows[a]), int(seen.columns[b])), float(numbers[a, b])
        else:
            total = float(numbers[seen.inside].mean())
    return Pooled(seen.rows, seen.columns, seen.inside, seen.values, winner, total)


def size_formula(window: Window, axis: int) -> str:
    """The size of the output along an axis with its numbers: ⌊(6 + 2·1 − 3) / 1⌋ + 1 = 6. Source: course 4, week 1."""
    n, f, s, d = window.inputs[axis], window.kernel[axis], window.strides[axis], window.dilation[axis]
    before, after = window.pads[axis]
    padding = f"2·{before}" if before == after else f"{before} + {after}"
    span = str(f) if d == 1 else f"{d}·({f} − 1) − 1"
    return f"⌊({n} + {padding} − {span}) / {s}⌋ + 1 = {window.outputs[axis]}"


def size_letters(window: Window) -> str:
    """The same formula in letters."""
    return "⌊(n + 2p − f) / s⌋ + 1" if set(window.dilation) == {1} else "⌊(n + 2p − d·(f − 1) − 1) / s⌋ + 1"


def number(value: float, digits: int = 4) -> str:
    """A number as it is written in a sum: up to so many significant digits, with a real minus sign."""
    if not np.isfinite(value):
        return "not a number" if np.isnan(value) else "∞" if value > 0 else "−∞"
    return f"{value + 0.0:.{digits}g}".replace("-", "−").replace("e+0", "e").replace("−0e", "0e")


def factor(value: float) -> str:
    """A number after · or +: a negative one in brackets."""
    text = number(value, 3)
    return f"({text})" if text.startswith("−") else text


def written_products(values: Sequence[float], weights: Sequence[float], digits: int = 4) -> str:
    """1·10 + 0·10 + (−1)·0 = 10, the weights first."""
    terms = [f"{factor(w)}·{factor(x)}" for x, w in zip(values, weights, strict=True)]
    total = float(np.dot(np.asarray(values, np.float64), np.asarray(weights, np.float64)))
    return f"{' + '.join(terms)} = {number(total, digits)}"


@dataclass(frozen=True, eq=False, slots=True)
class LearnedFilter:
    """One filter of a network, with the picture that it slides over."""

    image: np.ndarray
    """(n_H, n_W, n_C) what its layer gets for an example; of groups, the filter's own."""
    kernel: np.ndarray
    """(f_H, f_W, n_C)."""
    bias: float
    window: Window


def convolution_nodes(plan: Plan) -> list[PlanNode]:
    """Nodes with learned filters that slide over images, in the order of execution."""
    return [
        node
        for node in plan.nodes.values()
        if isinstance(node.layer, Convolution) and node.layer.axes == 2 and node.shape and node.id in plan.used
    ]


def learned_filter(node: PlanNode, x: np.ndarray, w: np.ndarray, b: np.ndarray | None, filter_: int) -> LearnedFilter:
    """One filter of a convolution.

    Args:
        node: One of `convolution_nodes`.
        x: Its input (n_H, n_W, n_C).
        w: Its W (f_H, f_W, n_C / groups, filters).
        b: Its b (filters,), or none.
        filter_: Which of the filters, from 0.
    """
    layer = node.layer
    assert isinstance(layer, Convolution)
    width = w.shape[2]
    first = filter_ // (w.shape[3] // layer.groups) * width
    own = x[..., first : first + width]
    return LearnedFilter(own, w[..., filter_], 0.0 if b is None else float(b[filter_]), layer.window(x.shape))
