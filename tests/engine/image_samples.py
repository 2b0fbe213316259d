"""Small files of images, made for tests."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

RED, GREEN = (255, 0, 0), (0, 255, 0)


def encoded(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def plain(color=RED, size: tuple[int, int] = (8, 8), mode: str = "RGB") -> Image.Image:
    """An image of one colour; the size is (width, height)."""
    return Image.new(mode, size, color)


def make_folder(place: Path, counts: dict[str, int], size: tuple[int, int] = (8, 8), ending: str = "png") -> Path:
    """Images of random colours, in a sub-folder per class."""
    random = np.random.default_rng(0)
    for name, count in counts.items():
        (place / name).mkdir(parents=True)
        for i in range(count):
            color = tuple(random.integers(0, 256, 3).tolist())
            plain(color, size).save(place / name / f"{i}.{ending}")
    return place


def cifar_record(labels: list[int], seed: int) -> bytes:
    """One image of CIFAR's binary version."""
    return bytes(labels) + np.random.default_rng(seed).integers(0, 256, 3072, np.uint8).tobytes()
