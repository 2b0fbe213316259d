"""Images in the binary version of CIFAR-10 and CIFAR-100."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal

import numpy as np

from engine.data.dataset import Dataset, Target
from engine.data.errors import DataError
from engine.data.loading import current_loading
from engine.data.pixels import Pixels
from engine.data.source import DataSource
from engine.declaration import field

SIDE = 32
PIXELS = 3 * SIDE * SIDE


class CifarFiles(DataSource, kind="cifar", label="CIFAR folder"):
    """Small colour photos: CIFAR-10 or CIFAR-100 in the binary version, unpacked into a folder.

    Pixels are scaled to 0 … 1 and are not standardized. The makers' test set is the test part; the other images are
    shared out to training and dev part.

    Shape: (32, 32, 3). Source: Krizhevsky, cs.toronto.edu/~kriz/cifar.html, "Binary version".
    """

    prefix: ClassVar[str] = "cifar"
    subject: ClassVar[str] = "path"
    category: ClassVar[str] = "Own files"
    folders: ClassVar[bool] = True

    path: str = field("", help="The folder with the .bin files.")
    use: Literal["both", "train", "test"] = field("both", help="Both sets, or only one of them.")
    labels: Literal["fine", "coarse"] = field("fine", help="CIFAR-100: the 100 classes, or the 20 they belong to.")

    @classmethod
    def reads_folder(cls, folder: Path) -> bool:
        """It holds the files of CIFAR-10 or CIFAR-100."""
        return _inner(folder) is not None

    def load(self) -> Dataset:
        """Read the files. Raises DataError."""
        folder = Path(self.path).expanduser()
        if not self.path or not folder.is_dir():
            raise DataError(f"There is no folder '{folder}'. Choose the folder that holds the CIFAR files.")
        inner = _inner(folder)
        if inner is None:
            raise DataError(
                f"'{folder}' holds no files of CIFAR's binary version: data_batch_1.bin … and test_batch.bin, or "
                "train.bin and test.bin. The versions for Python and MATLAB are other files."
            )
        hundred = (inner / "train.bin").exists() or (inner / "test.bin").exists()
        train = [inner / "train.bin"] if hundred else sorted(inner.glob("data_batch_*.bin"))
        test = [inner / ("test.bin" if hundred else "test_batch.bin")]
        wanted = {"both": [*train, *test], "train": train, "test": test}[self.use]
        if self.use == "both" and not test[0].exists():
            wanted = train
        heads, chosen = (2, 0 if self.labels == "coarse" else 1) if hundred else (1, 0)
        count = (20 if self.labels == "coarse" else 100) if hundred else 10
        x, y, sizes = [], [], []
        for number, file in enumerate(wanted):
            current_loading().report(number / len(wanted), f"Reading {file.name}")
            images, labels = _read(file, heads, chosen, count)
            x.append(images)
            y.append(labels)
            sizes.append(len(labels))
        if not x:
            raise DataError(f"'{inner}' lacks the training files data_batch_1.bin … of CIFAR-10.")
        labels = np.concatenate(y)
        m = len(labels)
        held_out = np.arange(m - sizes[-1], m) if wanted[-1] == test[0] and len(wanted) > 1 else None
        what = f"{self.labels}_label_names.txt" if hundred else "batches.meta.txt"
        target = Target("y", "classes", labels, class_names=_names(inner / what, count))
        return Dataset({"x": Pixels(np.concatenate(x))}, {"y": target}, as_is={"x": np.array(True)}, test_rows=held_out)


def _inner(folder: Path) -> Path | None:
    """The folder itself, or the one in it as the archive unpacks; None when neither holds the files."""
    for place in (folder, folder / "cifar-10-batches-bin", folder / "cifar-100-binary"):
        ten = (place / "test_batch.bin").is_file() or (place / "data_batch_1.bin").is_file()
        if ten or (place / "train.bin").is_file() or (place / "test.bin").is_file():
            return place
    return None


def _read(file: Path, heads: int, chosen: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Images (m, 32, 32, 3) as bytes, and labels (m,). Raises DataError."""
    try:
        data = np.fromfile(file, np.uint8)
    except OSError as error:
        raise DataError(f"'{file}' cannot be read: {error.strerror or error}.") from error
    record = heads + PIXELS
    if len(data) == 0 or len(data) % record:
        raise DataError(
            f"'{file.name}' has {len(data):,} bytes, no multiple of the {record:,} of an image. It is cut short."
        )
    records = data.reshape(-1, record)
    labels = records[:, chosen].astype(np.int64)
    if labels.max() >= count:
        row = int(np.argmax(labels >= count))
        raise DataError(
            f"Image {row + 1:,} of '{file.name}' has the label {labels[row]}, but the labels go from 0 to {count - 1}. "
            "The file is damaged, or not of CIFAR."
        )
    planes = records[:, heads:].reshape(-1, 3, SIDE, SIDE)
    return np.ascontiguousarray(planes.transpose(0, 2, 3, 1)), labels


def _names(file: Path, count: int) -> tuple[str, ...]:
    """Names of the classes; their numbers when there is no such file."""
    try:
        names = file.read_text(encoding="utf-8").split()
    except (OSError, UnicodeError):
        names = []
    return tuple(names[:count]) if len(names) >= count else tuple(map(str, range(count)))
