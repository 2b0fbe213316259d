"""Arrays in HDF5 files, as h5py, Keras and MATLAB write them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from engine.data.dataset import Dataset, Target
from engine.data.errors import DataError, did_you_mean, listed
from engine.data.loading import current_loading
from engine.data.pixel_store import PixelWriter, digest, find
from engine.data.pixels import Examples, Pixels
from engine.data.source import FileSource
from engine.data.sources.npz_file import GIB, array_input, array_target
from engine.data.targets import Task
from engine.declaration import field

if TYPE_CHECKING:
    import h5py

IN_MEMORY = GIB
"""Bytes of images; more are kept in a file of the cache."""
BLOCK = 64 * 2**20


class Hdf5File(FileSource, kind="h5", label="HDF5 file"):
    """Arrays of your own in an HDF5 file; examples first. Needs `pip install "netloom[hdf5]"`.

    Images in 8 bits (m, n_H, n_W, n_C) are scaled to 0 … 1 and are not standardized; other numbers are taken as in an
    NPZ file. A second file may bring the test part, with the same keys or with "test" in them instead of "train".
    """

    prefix: ClassVar[str] = "h5"
    endings: ClassVar[tuple[str, ...]] = ("h5", "hdf5")

    x: str = field("", help="Key of the inputs. Empty: the one that ends in x or X.")
    y: str = field("", help="Key of what to predict. Empty: the one that ends in y or Y.")
    test: str = field("", label="Test file", help="A second HDF5 file whose examples are the test part.")
    task: Task = field("auto", help="Classes or numbers to predict; auto finds out by the values of y.")
    limit: float = field(
        4.0, gt=0, le=1024, unit="GiB", help="Larger arrays, other than images in 8 bits, are refused."
    )

    def load(self) -> Dataset:
        """Read the arrays; nothing in the file is ever executed. Raises DataError."""
        files = [self.file] + ([self.replace(path=self.test).file] if self.test else [])
        with _opened(files) as opened:
            found = [_arrays(group, file) for group, file in zip(opened, files, strict=True)]
            keys = [self._keys(found[0], files[0].name)]
            keys += [
                _counterparts(keys[0], arrays, file.name) for arrays, file in zip(found[1:], files[1:], strict=True)
            ]
            xs = [arrays[x] for arrays, (x, _) in zip(found, keys, strict=True)]
            ys = [_vector(arrays[y], y, file.name) for arrays, (_, y), file in zip(found, keys, files, strict=True)]
            for x, y, file, names in zip(xs, ys, files, keys, strict=True):
                self._check(x, y, file, names)
            if len(xs) == 2 and xs[0].shape[1:] != xs[1].shape[1:]:
                raise DataError(
                    f"The examples of '{files[0].name}' have the shape {xs[0].shape[1:]}, those of '{files[1].name}' "
                    f"{xs[1].shape[1:]}. Training and test examples need the same size and channels."
                )
            whole = _inputs(xs, files, self.x or keys[0][0])
            target = self._target(ys, files[0].name, _class_names(found[0]))
        m, first = len(whole), len(ys[0])
        columns = {"x": tuple(f"x{i + 1}" for i in range(whole.shape[1]))} if whole.ndim == 2 else {}
        return Dataset(
            {"x": whole},
            {"y": target},
            columns=columns,
            as_is={"x": np.array(True)} if isinstance(whole, Pixels) else {},
            test_rows=np.arange(first, m) if len(ys) == 2 else None,
        )

    def _target(self, ys: list[np.ndarray], file: str, names: tuple[str, ...]) -> Target:
        if names and self.task != "regression" and all(y.ndim == 1 and y.dtype.kind in "iu" for y in ys):
            # The names say how many classes there are: a label beyond them is a mistake.
            y = np.concatenate(ys).astype(np.int64)
            wrong = (y < 0) | (y >= len(names))
            if wrong.any():
                row = int(wrong.argmax())
                raise DataError(
                    f"Example {row + 1:,} of '{file}' has the label {y[row]}, but the file names {len(names)} classes, "
                    f"so labels go from 0 to {len(names) - 1}. Correct it."
                )
            return Target("y", "classes", y, class_names=names)
        return array_target("y", np.concatenate(ys), file, self.task)

    def _keys(self, arrays: dict[str, h5py.Dataset], file: str) -> tuple[str, str]:
        names = list(arrays)
        if not names:
            raise DataError(f"'{file}' holds no arrays.")
        chosen = []
        for role, asked in (("x", self.x), ("y", self.y)):
            name = asked.strip("/")
            if name and name not in names:
                raise DataError(
                    f"'{file}' has no key '{asked}'.{did_you_mean(name, names)} Its keys are {listed(names)}."
                )
            ends = [
                known for known in names if known.lower() == role or known.lower().endswith((f"_{role}", f"/{role}"))
            ]
            ends = [known for known in ends if "test" not in known.lower()] if len(ends) > 1 else ends
            name = name or (ends[0] if len(ends) == 1 else "")
            if not name:
                raise DataError(
                    f"It is not clear which key of '{file}' holds {role}. Its keys are {listed(names)}: say {role}=KEY."
                )
            chosen.append(name)
        if chosen[0] == chosen[1]:
            raise DataError(
                f"'{file}': x and y are both '{chosen[0]}'. Its keys are {listed(names)}: name two of them."
            )
        return chosen[0], chosen[1]

    def _check(self, x: h5py.Dataset, y: np.ndarray, file: Path, keys: tuple[str, str]) -> None:
        if len(x.shape) == 0 or len(x) != len(y) or len(y) == 0:
            raise DataError(
                f"'{file.name}': '{keys[0]}' has the shape {x.shape} and '{keys[1]}' holds {len(y):,} examples. Both "
                "need the same number, at least one, along the first axis."
            )
        if x.dtype.kind not in "biuf":
            raise DataError(f"'{file.name}': '{keys[0]}' is of type {x.dtype}. It must hold real numbers.")
        size = math.prod(x.shape) * x.dtype.itemsize
        if size > self.limit * GIB and not _are_images(x):
            raise DataError(
                f"'{file.name}': '{keys[0]}' takes {size / GIB:.1f} GiB, more than the limit of {self.limit:g} GiB. "
                "Save fewer examples or 8-bit images, or raise the limit."
            )


@contextmanager
def _opened(files: list[Path]) -> Iterator[list[Any]]:
    try:
        import h5py
    except ImportError as error:
        raise DataError('HDF5 files need h5py. Install it with pip install "netloom[hdf5]".') from error
    opened: list[Any] = []
    try:
        for file in files:
            try:
                opened.append(h5py.File(file, "r"))
            except OSError as error:
                raise DataError(f"'{file.name}' is no HDF5 file, or is damaged. Copy or save it again.") from error
        try:
            yield opened
        except (OSError, RuntimeError, MemoryError) as error:
            raise DataError(f"'{files[0].name}' cannot be read: {error}. It may be damaged.") from error
    finally:
        for file in opened:
            file.close()


def _arrays(group: Any, file: Path) -> dict[str, h5py.Dataset]:
    """Arrays by key; links into other files are not followed."""
    import h5py

    arrays: dict[str, h5py.Dataset] = {}

    def visit(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and item.shape is not None:
            if item.external:
                raise DataError(f"'{file.name}': '{name}' lies in another file, which is not read.")
            arrays[name] = item

    group.visititems(visit)
    return arrays


def _counterparts(keys: tuple[str, str], arrays: dict[str, Any], file: str) -> tuple[str, str]:
    """The keys of the test file that belong to those of the first."""
    found = []
    for key in keys:
        candidates = [key, key.replace("train", "test"), key.replace("Train", "Test")]
        name = next((name for name in candidates if name in arrays), None)
        if name is None:
            raise DataError(f"'{file}' has no key '{key}'. Its keys are {listed(list(arrays))}.")
        found.append(name)
    return found[0], found[1]


def _vector(dataset: h5py.Dataset, key: str, file: str) -> np.ndarray:
    """Targets (m,) or (m, k). Raises DataError."""
    if math.prod(dataset.shape) * dataset.dtype.itemsize > GIB:
        raise DataError(
            f"'{file}': '{key}' has the shape {dataset.shape}, which is too large for what is to be predicted."
        )
    values = np.asarray(dataset.asstr()[()] if dataset.dtype.kind in "SO" else dataset[()])
    if values.dtype.kind == "O":
        values = values.astype(str)
    if values.ndim == 2 and values.shape[0] == 1:
        values = values[0]  # a row, as MATLAB and the course write it
    if values.ndim == 0:
        raise DataError(f"'{file}': '{key}' is a single value. A target needs one for each example.")
    return values


def _are_images(dataset: h5py.Dataset) -> bool:
    return dataset.dtype == np.uint8 and len(dataset.shape) in (3, 4)


def _inputs(xs: list[Any], files: list[Path], key: str) -> Examples:
    if not all(map(_are_images, xs)):
        return np.concatenate([array_input(x[()], key, file.name) for x, file in zip(xs, files, strict=True)])
    m, shape = sum(map(len, xs)), tuple(xs[0].shape[1:])
    stamps = [(str(file.resolve()), file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    name = digest(["h5", [x.name for x in xs], stamps])
    if math.prod((m, *shape)) > IN_MEMORY and (kept := find(name)) is not None:
        return _with_channels(kept[0])
    step = max(1, BLOCK // math.prod(shape))
    done = 0
    with PixelWriter(name, (m, *shape), IN_MEMORY) as writer:
        for x in xs:
            for start in range(0, len(x), step):
                writer.append(x[start : start + step])
                done += min(step, len(x) - start)
                current_loading().report(0.9 * done / m, f"Reading images: {done:,} of {m:,}")
        return _with_channels(writer.finish({}))


def _with_channels(pixels: Pixels) -> Pixels:
    return pixels if pixels.ndim == 4 else pixels.reshape(*pixels.shape, 1)


def _class_names(arrays: dict[str, Any]) -> tuple[str, ...]:
    """Texts under a key with "class" in it, as in the course's files; labels count them from 0."""
    for key, dataset in arrays.items():
        if "class" in key.lower() and len(dataset.shape) == 1 and 2 <= len(dataset) <= 10_000:
            if dataset.dtype.kind in "SO":
                return tuple(map(str, dataset.asstr(errors="replace")[()]))
            if dataset.dtype.kind in "iu":
                return tuple(str(int(value)) for value in dataset[()])
    return ()
