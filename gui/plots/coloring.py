"""From probabilities and values to the pixels of a picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

STRENGTH = 0.62
"""How much of a class's colour the surest places get; the points on them stay visible."""

VALUE_COLORS = ("#440154", "#414487", "#2a788e", "#22a884", "#7ad151", "#fde725")
"""Viridis (Smith and van der Walt): even steps for the eye, also in grey and for colour-blind people."""


_SURE = (STRENGTH * np.linspace(0, 1, 2049, dtype=np.float32) ** 0.8).astype(np.float32)
"""Strength of the colour by how much likelier the first class is than the second."""


def rgb(color: str) -> np.ndarray:
    """A colour such as #2563d9 as three numbers from 0 to 255."""
    return np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)], np.float32)


def class_table(colors: Sequence[str], paper: str) -> np.ndarray:
    """(256, 4) pixels for P(second class) from 0 to 1, of two classes."""
    p = np.linspace(0, 1, 256, dtype=np.float32)
    return color_classes(np.stack([1 - p, p], axis=1), colors, paper)


def value_table() -> np.ndarray:
    """(256, 4) pixels from the lowest to the highest value."""
    stops = np.stack([rgb(color) for color in VALUE_COLORS])
    at = np.linspace(0, len(stops) - 1, 256)
    channels = [np.interp(at, range(len(stops)), stops[:, i]) for i in range(3)]
    return _pixels(np.stack(channels, axis=1))


def color_classes(probabilities: np.ndarray, colors: Sequence[str], paper: str) -> np.ndarray:
    """(…, 4) pixels: classes mixed by their probabilities, fading to the paper where the two likeliest are even."""
    classes = probabilities.shape[-1]
    p = np.ascontiguousarray(probabilities.reshape(-1, classes).T, dtype=np.float32)  # class by class: long loops
    if not np.isfinite(p.sum()):
        p = np.nan_to_num(p)
    first, second = np.maximum(p[0], p[1]), np.minimum(p[0], p[1])
    for k in range(2, classes):
        np.maximum(second, np.minimum(first, p[k]), out=second)
        np.maximum(first, p[k], out=first)
    index = np.clip((first - second) * (len(_SURE) - 1) + 0.5, 0, len(_SURE) - 1).astype(np.intp)
    ground = rgb(paper)[:, None]
    palette = np.stack([rgb(colors[k % len(colors)]) for k in range(classes)])
    channels = ground + _SURE[index] * (palette.T @ p - ground)
    return _pixels(channels.T).reshape(*probabilities.shape[:-1], 4)


def color_likeliest(probabilities: np.ndarray, colors: Sequence[str], paper: str) -> np.ndarray:
    """(…, 4) pixels: each place in the one colour of its likeliest class."""
    ground = rgb(paper)
    palette = np.stack([rgb(colors[k % len(colors)]) for k in range(probabilities.shape[-1])])
    return _pixels(ground + STRENGTH * (palette - ground))[np.nan_to_num(probabilities).argmax(axis=-1)]


def look_up(table: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """(…, 4) pixels of a table for shares from 0 to 1; what is beyond or not a number takes the nearest end."""
    index = np.nan_to_num(shares * 255 + 0.5, nan=0.0, posinf=255.0, neginf=0.0)
    return table[np.clip(index, 0, 255).astype(np.uint8)]


def _pixels(channels: np.ndarray) -> np.ndarray:
    """RGB numbers as bytes in the order of QImage.Format_RGB32: blue, green, red, 255."""
    pixels = np.empty((*channels.shape[:-1], 4), np.uint8)
    pixels[..., :3] = np.clip(channels[..., ::-1] + 0.5, 0, 255)
    pixels[..., 3] = 255
    return pixels
