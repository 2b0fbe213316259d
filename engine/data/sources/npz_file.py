"""Own arrays: NPZ files, as `numpy.savez` writes them."""

from __future__ import annotations

import math
import struct
import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import ClassVar

import numpy as np

from engine.data.dataset import LARGEST, Dataset, Target
from engine.data.errors import DataError, did_you_mean, listed
from engine.data.source import FileSource
from engine.data.targets import Task, class_target, look_like_classes, value_target
from engine.declaration import field

GIB = 2**30

DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    tokenize.TokenError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    EOFError,
    RuntimeError,
    MemoryError,
    SyntaxError,
)
"""What a damaged or hostile archive makes zipfile, zlib and the header parser of NumPy raise."""


class NpzFile(FileSource, kind="npz", label="NPZ file"):
    """Arrays of your own, saved with `numpy.savez(path, x=x, y=y)`; examples first.

    Other arrays with one entry per example become further inputs. A target y of text, truth values, whole numbers with
    few different values, or one-hot rows is classification; any other is regression, one number per column.
    """

    prefix: ClassVar[str] = "npz"
    endings: ClassVar[tuple[str, ...]] = ("npz",)

    x: str = field("", help="Name of the array of inputs. Empty: x or X, or the only array it can be.")
    y: str = field("", help="Name of the array to predict. Empty: y or Y, or the only array it can be.")
    task: Task = field("auto", help="Classes or numbers to predict; auto finds out by the values of y.")
    limit: float = field(4.0, gt=0, le=1024, unit="GiB", help="Larger files, measured unpacked, are refused.")

    def load(self) -> Dataset:
        """Read the arrays; nothing in the file is ever executed."""
        file = self.file
        arrays = _read_arrays(file, self.limit)
        x_name, y_name = self._choose(arrays, file.name)
        x, y = arrays.pop(x_name), arrays.pop(y_name)
        if y.ndim == 0 or x.ndim == 0 or len(x) != len(y):
            raise DataError(
                f"'{file.name}': '{x_name}' has the shape {x.shape} and '{y_name}' the shape {y.shape}. Both need the "
                "same number of examples, along the first axis."
            )
        if len(x) == 0:
            raise DataError(f"'{file.name}': '{x_name}' and '{y_name}' hold no examples.")
        inputs = {x_name: array_input(x, x_name, file.name)}
        notices = []
        for name, values in arrays.items():
            if values.ndim and len(values) == len(x) and values.dtype.kind in "biuf":
                inputs[name] = array_input(values, name, file.name)
            else:
                notices.append(
                    f"'{name}' with the shape {values.shape} ({values.dtype}) was left out: a further input needs "
                    f"numbers and {len(x)} rows."
                )
        target = array_target(y_name, y, file.name, self.task)
        flat = {name: values.shape[1] for name, values in inputs.items() if values.ndim == 2}
        columns = {
            name: (name,) if width == 1 else tuple(f"{name}{i + 1}" for i in range(width))
            for name, width in flat.items()
        }
        return Dataset(inputs, {y_name: target}, columns=columns, notices=tuple(notices))

    def _choose(self, arrays: dict[str, np.ndarray], file: str) -> tuple[str, str]:
        names = list(arrays)
        for role, name in (("x", self.x), ("y", self.y)):
            if name and name not in names:
                raise DataError(
                    f"'{file}' has no array '{name}' ({role}).{did_you_mean(name, names)} Its arrays are "
                    f"{listed(names)}."
                )
        x = self.x or next((name for name in ("x", "X") if name in names), "")
        y = self.y or next((name for name in ("y", "Y") if name in names and name != x), "")
        # With one name known, the other is clear when a single array is left that can be meant.
        others = [name for name in names if name not in (x, y)]
        if not x:
            wide = [name for name in others if arrays[name].ndim >= 2 and arrays[name].dtype.kind in "biuf"]
            x = wide[0] if len(wide) == 1 else others[0] if y and len(others) == 1 else ""
        if not y:
            rest = [name for name in others if name != x and x and arrays[name].shape[:1] == arrays[x].shape[:1]]
            y = rest[0] if len(rest) == 1 else ""
        for role, name in (("x", x), ("y", y)):
            if not name:
                raise DataError(
                    f"'{file}' has no array named {role}, and it is not clear which one is meant. Its arrays are "
                    f"{listed(names)}: say {role}=NAME."
                )
        if x == y:
            raise DataError(f"'{file}': x and y are both '{x}'. Its arrays are {listed(names)}: name two of them.")
        return x, y


def _read_arrays(file: Path, limit: float) -> dict[str, np.ndarray]:
    try:
        with zipfile.ZipFile(file) as archive:
            members = [info for info in archive.infolist() if info.filename.endswith(".npy")]
            size = sum(info.file_size for info in archive.infolist())
            if size > limit * GIB:
                raise DataError(
                    f"'{file.name}' unpacks to {size / GIB:.1f} GiB, more than the limit of {limit:g} GiB. Save fewer "
                    "examples, or raise the limit if you trust the file."
                )
            return {info.filename.removesuffix(".npy"): _read_member(archive, info, file.name) for info in members}
    except OSError as error:
        raise DataError(f"'{file}' cannot be read: {error.strerror or error}.") from error
    except DAMAGE as error:
        raise DataError(_damaged(file)) from error


def _read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, file: str) -> np.ndarray:
    name = info.filename.removesuffix(".npy")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise zipfile.BadZipFile("NumPy writes no other compression")
    with archive.open(info) as stream:
        version = np.lib.format.read_magic(stream)
        read_header = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
        if version not in read_header:
            raise DataError(f"'{file}': the array '{name}' is of a structured type. Save plain arrays of numbers.")
        shape, _, dtype = read_header[version](stream)
        header = stream.tell()
    if dtype.hasobject or dtype.names:
        raise DataError(
            f"'{file}': the array '{name}' holds Python objects ({dtype}), which are never loaded because they could "
            "run code. Save it as numbers, for example with x.astype(float)."
        )
    # NumPy allocates what the header states before it reads: a false shape must not get that far.
    if math.prod(shape) * dtype.itemsize != info.file_size - header:
        raise DataError(
            f"'{file}': the array '{name}' states the shape {shape}, but {info.file_size - header} bytes follow. The "
            "file is damaged; save it again."
        )
    with archive.open(info) as stream:
        return np.lib.format.read_array(stream, allow_pickle=False)


def _damaged(file: Path) -> str:
    with file.open("rb") as stream:
        head = stream.read(6)
    if head == b"\x93NUMPY":
        return (
            f"'{file.name}' is a single NPY array. Give it the ending .npy, or save inputs and targets together: "
            "numpy.savez(path, x=x, y=y)."
        )
    if head[:2] == b"PK":
        return f"'{file.name}' is damaged or truncated. Copy or save it again."
    return f"'{file.name}' is not an NPZ file. Make one with numpy.savez(path, x=x, y=y)."


def array_input(values: np.ndarray, name: str, file: str) -> np.ndarray:
    """An array as an input (m, *shape) of finite numbers. Raises DataError."""
    if values.ndim == 1:
        values = values[:, None]
    if values.size == 0:
        raise DataError(f"'{file}': the array '{name}' has the shape {values.shape} and so no numbers in it.")
    return _numbers(values, name, file)


def _numbers(values: np.ndarray, name: str, file: str) -> np.ndarray:
    """Floats: tables in float64, images and sequences in float32, floats as they are; all finite."""
    if values.dtype.kind not in "biuf":
        raise DataError(f"'{file}': the array '{name}' is of type {values.dtype}. It must hold real numbers.")
    if values.dtype.kind in "biu":
        return values.astype(np.float64 if values.ndim <= 2 else np.float32)
    bad = ~(np.abs(values) <= LARGEST)  # written so that NaN is bad too
    if bad.any():
        row, *place = (int(i) for i in np.argwhere(bad)[0])
        where = "" if not place else f", column {place[0]}" if len(place) == 1 else f", entry {tuple(place)}"
        count = int(bad.sum())
        more = f" It is one of {count} such values." if count > 1 else ""
        raise DataError(
            f"'{file}', array '{name}', row {row}{where} (counted from 0): {values[(row, *place)]} is not a number to "
            f"calculate with.{more} Correct it, or leave the row out."
        )
    if values.dtype.itemsize == 2:
        return values.astype(np.float32)
    return values.astype(np.float64) if values.dtype.itemsize > 8 or values.dtype.byteorder == ">" else values


def array_target(name: str, y: np.ndarray, file: str, task: Task) -> Target:
    """An array (m,) or (m, k) as a target. Raises DataError."""
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim > 2:
        raise DataError(f"'{file}': '{name}' has the shape {y.shape}. A target needs the shape (m,) or (m, k).")
    if y.dtype.kind == "U":
        return class_target(name, y)
    numbers = _numbers(y, name, file)
    one_hot = y.ndim == 2 and np.isin(numbers, (0, 1)).all() and (numbers.sum(axis=1) == 1).all()
    if task == "auto":
        classes = one_hot or (y.ndim == 1 and (y.dtype.kind == "b" or (y.dtype.kind in "iu" and look_like_classes(y))))
    else:
        classes = task == "classification"
    if not classes:
        values = numbers.reshape(len(y), -1).astype(np.float64)
        columns = (name,) if values.shape[1] == 1 else tuple(f"{name}{i + 1}" for i in range(values.shape[1]))
        return value_target(name, values, columns)
    if y.ndim == 1:
        return class_target(name, y)
    if not one_hot:
        raise DataError(f"'{file}': as classes, each row of '{name}' {y.shape} must hold a single 1 among zeros.")
    target = class_target(name, numbers.argmax(axis=1))  # refuses a single class
    names = tuple(str(label) for label in range(y.shape[1]))
    return Target(name, target.kind, numbers.argmax(axis=1).astype(np.int64), class_names=names)
