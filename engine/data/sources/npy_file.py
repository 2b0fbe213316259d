"""Own arrays: NPY files, as `numpy.save` writes them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import ClassVar

import numpy as np

from engine.data.dataset import Dataset
from engine.data.errors import DataError
from engine.data.source import FileSource
from engine.data.sources.npz_file import DAMAGE, GIB, array_input, array_target
from engine.data.targets import Task
from engine.declaration import field


class NpyFile(FileSource, kind="npy", label="NPY file"):
    """One array of your own, saved with `numpy.save(path, x)`; examples first.

    A matrix with the targets in one of its columns, or an array x of any shape with the targets y in a second file.
    """

    prefix: ClassVar[str] = "npy"
    endings: ClassVar[tuple[str, ...]] = ("npy",)

    target: int = field(-1, label="Target column", help="Column to predict, counted from 0; -1 is the last.")
    y: str = field("", label="File of y", help="A second NPY file with the targets; empty: a column of this file.")
    task: Task = field("auto", help="Classes or numbers to predict; auto finds out by the values of y.")
    limit: float = field(4.0, gt=0, le=1024, unit="GiB", help="Larger files are refused.")

    def load(self) -> Dataset:
        """Read the arrays; nothing in the file is ever executed."""
        file = self.file
        x = read_npy(file, self.limit)
        if self.y:
            other = self.replace(path=self.y).file
            y, where = read_npy(other, self.limit), other.name
        else:
            x, y = self._split(x, file.name)
            where = file.name
        if x.ndim == 0 or y.ndim == 0 or len(x) != len(y):
            raise DataError(
                f"'{file.name}' has the shape {x.shape} and '{where}' the shape {y.shape}. Both need the same number "
                "of examples, along the first axis."
            )
        if len(x) == 0:
            raise DataError(f"'{file.name}' has the shape {x.shape} and so no examples.")
        inputs = array_input(x, "x", file.name)
        width = inputs.shape[1] if inputs.ndim == 2 else 0
        columns = {"x": tuple(f"x{i + 1}" for i in range(width))} if width else {}
        return Dataset({"x": inputs}, {"y": array_target("y", y, where, self.task)}, columns=columns)

    def _split(self, matrix: np.ndarray, name: str) -> tuple[np.ndarray, np.ndarray]:
        if matrix.ndim != 2 or matrix.shape[1] < 2:
            raise DataError(
                f"'{name}' has the shape {matrix.shape}. With targets in a column it needs the shape (m, n) with n of "
                "at least 2; otherwise say in 'File of y' where the targets are."
            )
        width = matrix.shape[1]
        if not -width <= self.target < width:
            raise DataError(f"'{name}' has the columns 0 to {width - 1}, but the target column is {self.target}.")
        y = matrix[:, self.target]
        if matrix.dtype.kind == "f" and np.array_equal(y, np.round(y)):
            y = y.astype(np.int64)  # a matrix of floats holds classes as 0.0, 1.0
        return np.delete(matrix, self.target, axis=1), y


def read_npy(file: Path, limit: float) -> np.ndarray:
    """The array of a file. Raises DataError."""
    try:
        size = file.stat().st_size
        if size > limit * GIB:
            raise DataError(
                f"'{file.name}' has {size / GIB:.1f} GiB, more than the limit of {limit:g} GiB. Save fewer "
                "examples, or raise the limit."
            )
        with file.open("rb") as stream:
            version = np.lib.format.read_magic(stream)
            reader = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}[version]
            shape, _, dtype = reader(stream)
            if dtype.hasobject or dtype.names:
                raise DataError(
                    f"'{file.name}' holds Python objects ({dtype}), which are never loaded because they could run "
                    "code. Save it as numbers, for example with x.astype(float)."
                )
            # NumPy allocates what the header states before it reads: a false shape must not get that far.
            if math.prod(shape) * dtype.itemsize != size - stream.tell():
                raise DataError(
                    f"'{file.name}' states the shape {shape}, but {size - stream.tell()} bytes follow. The file is cut "
                    "or damaged; save it again."
                )
            stream.seek(0)
            return np.lib.format.read_array(stream, allow_pickle=False)
    except OSError as error:
        raise DataError(f"'{file}' cannot be read: {error.strerror or error}.") from error
    except DAMAGE as error:
        raise DataError(f"'{file.name}' is not an NPY file. Make one with numpy.save(path, x).") from error
