"""Decoding images of any kind into bytes of one size."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from PIL.Image import Image

ENDINGS = ("png", "jpg", "jpeg", "bmp", "webp", "gif")
FORMATS = ("PNG", "JPEG", "BMP", "WEBP", "GIF")
"""What Pillow may try."""
MOST_PIXELS = 80_000_000
"""Of one image; a small file can claim to be far larger."""
MOST_BYTES = 200_000_000
"""Of one file."""

Fit = Literal["crop", "pad", "stretch"]
Mode = Literal["L", "RGB", "RGBA"]


# Pillow warns of large images, which are refused below, and of small faults in metadata, which do not matter. Once for
# all: to silence it around a call would change the filters of other threads.
warnings.filterwarnings("ignore", module=r"PIL\.")


class ImageError(Exception):
    """An image that cannot be read; the message goes into brackets behind its name."""


@dataclass(frozen=True)
class Rule:
    """What every image becomes."""

    height: int
    width: int
    fit: Fit
    mode: Mode

    @property
    def shape(self) -> tuple[int, int, int]:
        """(n_H, n_W, n_C)."""
        return self.height, self.width, len(self.mode)


def measure(data: bytes) -> tuple[int, int, bool]:
    """Height and width as it is meant to be looked at, and whether it is grey. Raises ImageError."""
    image = _open(data)
    width, height = image.size
    if image.format != "GIF" and image.getexif().get(0x0112, 1) in (5, 6, 7, 8):  # lies on its side
        width, height = height, width
    return height, width, image.mode in ("1", "L", "LA", "I", "I;16", "I;16B", "F")


def decode(data: bytes, rule: Rule) -> np.ndarray:
    """An image as bytes (n_H, n_W, n_C). Raises ImageError.

    Of several pictures in one file the first counts. Transparent parts become white unless the rule keeps them.
    16 bits become 8 by their upper half.
    """
    from PIL import Image, ImageOps

    image = _open(data)
    try:
        # Photographs: the JPEG decoder can leave out what scaling would throw away, as long as enough is left over.
        # The longer side is asked for both ways, since the picture may still be turned.
        side = 2 * max(rule.height, rule.width)
        if image.format == "JPEG" and min(image.size) > side:
            image.draft("RGB", (side, side))
        image.load()
        image = ImageOps.exif_transpose(image)
        image = _converted(image, rule.mode)
        size = (rule.width, rule.height)
        if image.size != size:
            if rule.fit == "crop":
                image = ImageOps.fit(image, size, Image.Resampling.BILINEAR)
            elif rule.fit == "pad":
                image = ImageOps.pad(image, size, Image.Resampling.BILINEAR)
            else:
                image = image.resize(size, Image.Resampling.BILINEAR)
        return np.asarray(image, np.uint8).reshape(rule.shape)
    except (Image.DecompressionBombError, OSError, SyntaxError, ValueError, EOFError, IndexError, MemoryError) as error:
        raise ImageError(_reason(error)) from error
    except Exception as error:  # a decoder that stumbles over one file must not end the loading
        raise ImageError(f"damaged: {type(error).__name__}") from error


def _open(data: bytes) -> Image:
    from PIL import Image, UnidentifiedImageError

    if not data:
        raise ImageError("an empty file")
    if len(data) > MOST_BYTES:
        raise ImageError(f"{len(data) / 1e6:,.0f} MB")
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError as error:
        raise ImageError("no image") from error
    except Image.DecompressionBombError as error:
        raise ImageError("more pixels than any photograph: a decompression bomb?") from error
    except Exception as error:  # header parsers raise whatever they meet
        raise ImageError(_reason(error)) from error
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise ImageError(f"{width:,} × {height:,} pixels: a decompression bomb?")
    return image


def _reason(error: Exception) -> str:
    text = str(error).lower()
    return "cut short" if "truncated" in text or "eof" in text else "damaged"


def _converted(image: Image, mode: Mode) -> Image:
    from PIL import Image

    if image.mode in ("I;16", "I;16B", "I;16L", "I", "F"):
        values = np.asarray(image).astype(np.float32)
        scale = 257 if image.mode.startswith("I;16") or values.max(initial=0) > 255 else 1
        image = Image.fromarray((values.clip(0, 255 * scale) / scale).round().astype(np.uint8))
    transparent = image.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in image.info
    if mode == "RGBA" or not transparent:
        return image if image.mode == mode else image.convert(mode)
    image = image.convert("RGBA")
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert(mode)
