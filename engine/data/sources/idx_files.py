"""Images in IDX files: MNIST, Fashion-MNIST and what is stored like them."""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np

from engine.data.dataset import Dataset, Target
from engine.data.errors import DataError
from engine.data.loading import current_loading
from engine.data.pixels import Pixels
from engine.data.source import DataSource
from engine.declaration import field

IMAGES, LABELS = 0x803, 0x801
"""Magic numbers: unsigned bytes in three axes, and in one."""
PAIRS = {"train": ("train-images", "train-labels"), "test": ("t10k-images", "t10k-labels")}
"""How the files of each part begin in LeCun's naming."""


class IdxFiles(DataSource, kind="idx", label="IDX folder"):
    """Images and labels in the format of MNIST: a folder with the four files, packed (.gz) or not.

    Pixels are scaled to 0 … 1 and are not standardized. The files that begin with t10k are the test part; the others
    are shared out to training and dev part.

    Shape: (n_H, n_W, 1). Source: yann.lecun.com/exdb/mnist, "File formats for the MNIST database".
    """

    prefix: ClassVar[str] = "idx"
    subject: ClassVar[str] = "path"
    category: ClassVar[str] = "Own files"
    folders: ClassVar[bool] = True

    path: str = field("", help="The folder with the files.")
    use: Literal["both", "train", "test"] = field("both", help="Both sets, or only one of them.")

    @classmethod
    def reads_folder(cls, folder: Path) -> bool:
        """It holds images and labels of a part."""
        return any(_pair(folder, part) for part in PAIRS)

    def load(self) -> Dataset:
        """Read the files. Raises DataError."""
        folder = Path(self.path).expanduser()
        if not self.path or not folder.is_dir():
            raise DataError(f"There is no folder '{folder}'. Choose the folder that holds the IDX files.")
        wanted = ("train", "test") if self.use == "both" else (self.use,)
        found = {part: _pair(folder, part) for part in wanted}
        if self.use == "both" and found["test"] is None and found["train"] is not None:
            del found["test"]
        images, labels = [], []
        for number, (part, pair) in enumerate(found.items()):
            if pair is None:
                first, second = PAIRS[part]
                raise DataError(f"'{folder}' lacks files that begin with '{first}' and '{second}'.")
            current_loading().report(number / len(found), f"Reading {pair[0].name}")
            x, y = _read(pair[0], IMAGES), _read(pair[1], LABELS)
            if len(x) != len(y):
                raise DataError(
                    f"'{pair[0].name}' holds {len(x):,} images, but '{pair[1].name}' holds {len(y):,} labels. "
                    "They do not belong together."
                )
            if images and x.shape[1:] != images[0].shape[1:]:
                raise DataError(f"The images of '{pair[0].name}' are {x.shape[1:]}, the others {images[0].shape[1:]}.")
            images.append(x)
            labels.append(y)
        x = Pixels(np.concatenate(images)[..., None])
        y = np.concatenate(labels).astype(np.int64)
        names = tuple(map(str, range(int(y.max()) + 1)))
        held_out = np.arange(len(images[0]), len(x)) if len(images) == 2 else None
        return Dataset(
            {"x": x}, {"y": Target("y", "classes", y, class_names=names)}, as_is={"x": np.array(True)},
            test_rows=held_out,
        )  # fmt: skip


def _pair(folder: Path, part: str) -> tuple[Path, Path] | None:
    """Image and label file of a part; None when one is missing."""
    files = sorted(folder.iterdir())
    found = []
    for start in PAIRS[part]:
        matches = [file for file in files if file.name.lower().replace(".", "-").startswith(start)]
        if not matches:
            return None
        found.append(matches[0])
    return found[0], found[1]


def _read(path: Path, magic: int) -> np.ndarray:
    """The array in an IDX file of unsigned bytes. Raises DataError."""
    try:
        data = path.read_bytes()
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"'{path.name}' cannot be read: {error}. It may be cut short.") from error
    axes = magic & 0xFF
    head = 4 + 4 * axes
    if len(data) < head:
        raise DataError(f"'{path.name}' is cut short: {len(data)} bytes, but its head alone takes {head}.")
    found, *sizes = struct.unpack(f">{1 + axes}I", data[:head])
    if found != magic:
        raise DataError(f"'{path.name}' is no IDX file of {axes} axes: it begins with {found}, not with {magic}.")
    expected = int(np.prod(sizes, dtype=np.int64))
    if len(data) - head != expected:
        raise DataError(f"'{path.name}' should hold {expected:,} bytes of data but holds {len(data) - head:,}.")
    if expected == 0:
        raise DataError(f"'{path.name}' holds no example.")
    return np.frombuffer(data, np.uint8, offset=head).reshape(sizes)
