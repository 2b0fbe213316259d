"""Pictures from files, as arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QMimeData, QSize, Qt
from PySide6.QtGui import QImage, QImageReader

_KEEP = Qt.AspectRatioMode.KeepAspectRatio
MEGABYTES = 512
"""Memory that reading one picture may take; what would take more is not read."""


class PhotoError(ValueError):
    """A file is no picture that can be read; the message is a plain sentence."""


def photo_endings() -> list[str]:
    """Endings of the pictures that can be read, such as "png"."""
    known = {bytes(kind.data()).decode() for kind in QImageReader.supportedImageFormats()}
    return [ending for ending in ("png", "jpg", "jpeg", "bmp", "gif", "webp", "tif", "tiff") if ending in known]


def photo_filter() -> str:
    """For a dialog that opens files."""
    return f"Pictures ({' '.join(f'*.{ending}' for ending in photo_endings())});;All files (*)"


def dropped_photo(data: QMimeData) -> str:
    """The first picture file that a drag carries; "" for none."""
    for url in data.urls() if data.hasUrls() else ():
        path = url.toLocalFile()
        if url.isLocalFile() and Path(path).suffix.lower().lstrip(".") in photo_endings():
            return path
    return ""


def read_photo(path: str, most: int) -> tuple[np.ndarray, tuple[int, int]]:
    """Read a picture file, turned as its camera was held, on white where it is transparent.

    Args:
        path: Where it is.
        most: Pixels of the longer side at most; larger ones are scaled down.

    Returns:
        (height, width, 3) float64 from 0 to 255, and the width and height of the file's picture.

    Raises:
        PhotoError: it is not a picture, damaged, or too large.
    """
    name = Path(path).name
    if not Path(path).is_file():
        raise PhotoError(f"There is no file '{name}' any more. Choose another one.")
    QImageReader.setAllocationLimit(MEGABYTES)
    reader = QImageReader(path)
    reader.setAutoTransform(True)
    reader.setDecideFormatFromContent(True)
    size = reader.size()
    if size.isValid() and max(size.width(), size.height()) > 2 * most:
        reader.setScaledSize(
            size.scaled(QSize(2 * most, 2 * most), _KEEP).expandedTo(QSize(1, 1))
        )  # decoding is faster
    image = reader.read()
    if image.isNull():
        raise PhotoError(f"'{name}' cannot be read as a picture: {reader.errorString()}. Open a PNG or JPEG file.")
    whole = size if size.isValid() else image.size()
    if (image.width() > image.height()) != (whole.width() > whole.height()):
        whole = whole.transposed()
    if max(image.width(), image.height()) > most:
        wanted = image.size().scaled(QSize(most, most), _KEEP).expandedTo(QSize(1, 1))
        image = image.scaled(wanted, mode=Qt.TransformationMode.SmoothTransformation)
    return pixels_of_image(image), (whole.width(), whole.height())


def pixels_of_image(image: QImage) -> np.ndarray:
    """(height, width, 3) float64 from 0 to 255, on white where it is transparent."""
    image = image.convertToFormat(QImage.Format.Format_RGBA8888)
    lines = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    pixels = lines[:, : 4 * image.width()].reshape(image.height(), image.width(), 4).astype(np.float64)
    opaque = pixels[..., 3:] / 255
    return pixels[..., :3] * opaque + 255 * (1 - opaque)


def grey(pixels: np.ndarray) -> np.ndarray:
    """(height, width, 1) brightness of (height, width, 3). Source: ITU-R BT.601."""
    return (pixels @ np.array([0.299, 0.587, 0.114]))[..., None]
