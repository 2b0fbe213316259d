"""Drawings and photos as a network takes its pictures: brush, fitting, centring, and what the data looks like. No Qt.

A drawing is an array (height, width, channels) from 0 (black) to 1 (white), finer than the network's pictures.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FINE = 224
"""Pixels of a drawing along its longer side, about."""
INK = 0.15
"""Distance from the background from which on a pixel belongs to what is drawn."""
SAMPLE = 2_000_000
"""Numbers of the data that are looked at."""


@dataclass(frozen=True, slots=True)
class Style:
    """What the pictures of a data set are like."""

    shape: tuple[int, int, int]
    """Height, width, channels."""
    low: float
    high: float
    """Black and white, in units of the data."""
    background: float = 0.0
    """0 for black, 1 for white."""
    is_plain: bool = False
    """There is one thing on a plain background, such as a digit."""
    extent: float = 1.0
    """Longer side of what is drawn, as a share of the picture's shorter side."""
    centre: tuple[float, float] = (0.5, 0.5)
    """Its centre of mass, as shares of height and width."""

    @property
    def fineness(self) -> int:
        """Pixels of a drawing for each of the network's, along an axis."""
        return max(1, round(FINE / max(self.shape[:2])))

    def blank(self) -> np.ndarray:
        """An empty drawing."""
        height, width, channels = self.shape
        return np.full((height * self.fineness, width * self.fineness, channels), self.background)


def style_of(images: np.ndarray) -> Style:
    """What pictures (k, height, width, channels) in units of the data have in common."""
    images = np.nan_to_num(images[: max(1, SAMPLE // max(images[0].size, 1))].astype(np.float64))
    shape = images.shape[1], images.shape[2], images.shape[3]
    low, high = _range(images)
    shade = np.clip((images - low) / (high - low), 0, 1)
    border = np.concatenate([shade[:, [0, -1]].ravel(), shade[:, :, [0, -1]].ravel()])
    background = float(np.median(border) > 0.5)
    ink = np.abs(shade - background).max(axis=3)
    is_plain = bool((np.abs(border - background) < INK).mean() > 0.6 and ink.mean() < 0.5)
    if not is_plain:
        return Style(shape, low, high, background)
    boxes = [box for box in (_box(one) for one in ink) if box is not None]
    if not boxes:
        return Style(shape, low, high, background)
    sides = [max(bottom - top, right - left) for top, bottom, left, right in boxes]
    whole = ink.sum(axis=0)
    return Style(
        shape, low, high, background, True, min(1.0, float(np.median(sides)) / min(shape[:2])),
        (_mass(whole)[0] / shape[0], _mass(whole)[1] / shape[1]),
    )  # fmt: skip


def _range(sample: np.ndarray) -> tuple[float, float]:
    low, high = float(sample.min()), float(sample.max())
    if low >= 0 and high <= 1:
        return 0.0, 1.0
    if low >= 0 and 100 < high <= 255:
        return 0.0, 255.0
    return low, high if high > low else low + 1


def _box(ink: np.ndarray) -> tuple[int, int, int, int] | None:
    """Top, bottom, left, right of what is drawn; None where nothing is."""
    rows, columns = np.flatnonzero((ink > INK).any(axis=1)), np.flatnonzero((ink > INK).any(axis=0))
    if not len(rows):
        return None
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def _mass(ink: np.ndarray) -> tuple[float, float]:
    """Row and column of the centre of mass, in pixels from the top left corner."""
    total = ink.sum()
    rows, columns = (np.arange(n) + 0.5 for n in ink.shape)
    return float((ink.sum(axis=1) * rows).sum() / total), float((ink.sum(axis=0) * columns).sum() / total)


def _shares(length: int, start: float, step: float, count: int) -> np.ndarray:
    """(count, length): how much of each of `length` pixels falls into each stretch of `step` from `start` on."""
    edges = start + step * np.arange(count + 1)
    pixels = np.arange(length)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return np.maximum(overlap, 0) / step


def resample(
    picture: np.ndarray, top: float, left: float, step: tuple[float, float], shape: tuple[int, int]
) -> np.ndarray:
    """Means over rectangles of `step` pixels each, from (top, left) on; outside of the picture there is 0.

    Args:
        picture: (height, width, channels).
        top: Row at which the first rectangle begins.
        left: Column.
        step: Height and width of a rectangle.
        shape: Rectangles below and beside each other.
    """
    down = _shares(picture.shape[0], top, step[0], shape[0])
    across = _shares(picture.shape[1], left, step[1], shape[1])
    return np.einsum("ij,jkc,lk->ilc", down, picture, across, optimize=True)


def seen_by(drawing: np.ndarray, style: Style, *, centre: bool) -> np.ndarray:
    """A drawing as the network's picture (height, width, channels), from 0 to 1.

    Centred, it is scaled as large as those of the data, and moved until its centre of mass is where theirs is; of
    MNIST that is a box of 20 pixels in the middle of 28. Source: LeCun, Cortes, Burges: The MNIST database.
    """
    height, width, _ = style.shape
    ink = drawing - style.background
    fine = float(style.fineness)
    box = _box(np.abs(ink).max(axis=2)) if centre else None
    if box is None:
        return np.clip(style.background + resample(ink, 0, 0, (fine, fine), (height, width)), 0, 1)
    side = max(box[1] - box[0], box[3] - box[2])
    step = max(side / (style.extent * min(height, width)), 0.25 * fine)  # a dot does not become a disk
    row, column = _mass(np.abs(ink).max(axis=2))
    top, left = row - style.centre[0] * height * step, column - style.centre[1] * width * step
    top = _within(top, box[0], box[1], height * step)
    left = _within(left, box[2], box[3], width * step)
    return np.clip(style.background + resample(ink, top, left, (step, step), (height, width)), 0, 1)


def _within(start: float, first: int, last: int, length: float) -> float:
    """Moved by so much that what reaches from `first` to `last` is not cut off, if it fits."""
    return min(max(start, last - length), first)


def in_units(picture: np.ndarray, style: Style) -> np.ndarray:
    """From 0 … 1 to the units of the data."""
    return style.low + picture * (style.high - style.low)


def taken_from(image: np.ndarray, style: Style) -> np.ndarray:
    """A picture of the data (height, width, channels), in its units, as a drawing."""
    shade = np.clip((np.nan_to_num(image) - style.low) / (style.high - style.low), 0, 1)
    return np.repeat(np.repeat(shade, style.fineness, axis=0), style.fineness, axis=1).astype(np.float64)


def stroke(
    drawing: np.ndarray, start: tuple[float, float], end: tuple[float, float], radius: float, color: np.ndarray
) -> None:
    """Draw a line with a soft round brush into a drawing.

    Args:
        drawing: (height, width, channels); changed.
        start: Row and column.
        end: Row and column.
        radius: Of the brush, in pixels of the drawing.
        color: (channels,) from 0 to 1.
    """
    points = np.array([start, end])
    reach = radius * 1.5 + 1
    low = np.maximum(np.floor(points.min(axis=0) - reach).astype(int), 0)
    high = np.minimum(np.ceil(points.max(axis=0) + reach).astype(int), drawing.shape[:2])
    if (high <= low).any():
        return
    y, x = np.mgrid[low[0] : high[0], low[1] : high[1]] + 0.5
    along = points[1] - points[0]
    square = float(along @ along)
    share = ((y - start[0]) * along[0] + (x - start[1]) * along[1]) / square if square else np.zeros_like(y)
    share = np.clip(share, 0, 1)
    distance = np.hypot(y - start[0] - share * along[0], x - start[1] - share * along[1])
    opaque = np.clip((1.25 * radius - distance) / max(0.5 * radius, 1.0), 0, 1)[..., None]
    spot = drawing[low[0] : high[0], low[1] : high[1]]
    spot[...] = spot * (1 - opaque) + color * opaque


def wants_inverting(photo: np.ndarray, style: Style) -> bool:
    """A photo (height, width, channels), 0 … 1, is dark on bright where the data is bright on dark, or the reverse."""
    if not style.is_plain:
        return False
    border = np.concatenate([photo[[0, -1]].ravel(), photo[:, [0, -1]].ravel()])
    return (float(np.median(border)) > 0.5) != (style.background > 0.5)


def fitted(photo: np.ndarray, style: Style, *, crop: bool, invert: bool) -> np.ndarray:
    """A photo (height, width, channels), 0 … 1, as a drawing of the network's proportions.

    Args:
        photo: With as many channels as the pictures of the data.
        style: Of the data.
        crop: Cut off what is too long; otherwise all of it is seen, with background beside it.
        invert: Exchange bright and dark.
    """
    photo = 1 - photo if invert else photo
    if style.is_plain:
        photo = _on_background(photo, style.background)
    height, width = style.blank().shape[:2]
    sides = photo.shape[0] / height, photo.shape[1] / width
    step = min(sides) if crop else max(sides)
    top, left = (photo.shape[0] - step * height) / 2, (photo.shape[1] - step * width) / 2
    return np.clip(
        style.background + resample(photo - style.background, top, left, (step, step), (height, width)), 0, 1
    )


def _on_background(photo: np.ndarray, background: float) -> np.ndarray:
    """Stretched until its paper is the background of the data and the strongest ink the other end."""
    paper = float(np.median(np.concatenate([photo[[0, -1]].ravel(), photo[:, [0, -1]].ravel()])))
    ink = np.clip((photo - paper) if background < 0.5 else (paper - photo), 0, None)
    strongest = float(np.quantile(ink, 0.995)) or float(ink.max())
    if strongest <= 0.05:
        return photo
    ink = np.clip((ink / strongest - 0.1) / 0.8, 0, 1)  # grain of the paper, and pale edges
    return ink if background < 0.5 else 1 - ink
