"""Where decoded images are kept: in memory, or when they are many in a file of the user's cache folder."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from engine.data.errors import DataError
from engine.data.pixels import PixelFile, Pixels

IN_MEMORY = 64 * 2**20
"""Bytes. Smaller sets are decoded in a few seconds, and are not kept on disk."""
LARGEST_CACHE = 20 * 2**30
"""Bytes of all files together; those that were not used for longest are removed first."""
FORMAT = 1
ABANDONED = 86_400
"""Seconds after which an unfinished file belongs to nobody."""


def cache_folder() -> Path:
    """Where decoded images are kept."""
    from platformdirs import user_cache_path

    return user_cache_path("netloom", appauthor=False) / "images"


def digest(parts: Sequence[Any]) -> str:
    """A name for what was made of something: other parts, another name."""
    return hashlib.sha256(json.dumps([FORMAT, *parts]).encode()).hexdigest()[:32]


def find(key: str) -> tuple[Pixels, dict[str, Any]] | None:
    """Images that were kept under a key, and what was noted about them; None when there are none."""
    folder = cache_folder()
    pixels, notes = folder / f"{key}.u8", folder / f"{key}.json"
    try:
        noted = json.loads(notes.read_text(encoding="utf-8"))
        file = PixelFile(pixels, tuple(noted["shape"]))
        os.utime(pixels)  # used now
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Pixels(file.array, file=file), noted


class PixelWriter:
    """Takes blocks of decoded images in their order, and keeps them.

    Used as a context: what is not finished is removed.
    """

    def __init__(self, key: str, shape: tuple[int, ...], in_memory: int = IN_MEMORY) -> None:
        """Begin with at most `shape[0]` images. Raises DataError when there is no room for them on disk."""
        self._key, self._shape, self._m = key, shape, 0
        needed = int(np.prod(shape, dtype=np.int64))
        self._memory = np.empty(shape, np.uint8) if needed <= in_memory else None
        self._stream = None
        if self._memory is not None:
            return
        folder = cache_folder()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            make_room(folder, needed)
            free = shutil.disk_usage(folder).free
            if needed > free:
                raise DataError(
                    f"The decoded images take {needed / 1e9:.1f} GB, but only {free / 1e9:.1f} GB are free in "
                    f"'{folder}'. Make room there, or choose a smaller size."
                )
            self._part = folder / f"{key}.{os.getpid()}-{time.monotonic_ns()}.part"
            self._stream = self._part.open("wb")
        except OSError as error:
            raise _unwritable(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream is not None:
            self._stream.close()
            self._part.unlink(missing_ok=True)

    def append(self, block: np.ndarray) -> None:
        """Add images (k, n_H, n_W, n_C) as uint8. Raises DataError when the disk is full."""
        if self._memory is not None:
            self._memory[self._m : self._m + len(block)] = block
        elif self._stream is not None:
            try:
                self._stream.write(np.ascontiguousarray(block).data)
            except OSError as error:
                raise _unwritable(error) from error
        self._m += len(block)

    def finish(self, notes: dict[str, Any]) -> Pixels:
        """The images that were added; in a file together with notes, so that `find` brings both back."""
        shape = (self._m, *self._shape[1:])
        if self._memory is not None:
            return Pixels(self._memory[: self._m])
        assert self._stream is not None
        try:
            self._stream.close()
            path = self._part.with_name(f"{self._key}.u8")
            os.replace(self._part, path)
            file = PixelFile(path, shape)
            path.with_suffix(".json").write_text(json.dumps(notes | {"shape": shape}), encoding="utf-8")
        except OSError as error:
            raise _unwritable(error) from error
        return Pixels(file.array, file=file)


def make_room(folder: Path, needed: int) -> None:
    """Remove what was not used for longest until `needed` bytes more fit into the cache, and what was abandoned."""
    kept = []
    for path in folder.iterdir():
        status = path.stat()
        if path.suffix == ".part" and time.time() - status.st_mtime > ABANDONED:
            path.unlink(missing_ok=True)
        elif path.suffix == ".u8":
            kept.append((status.st_mtime, status.st_size, path))
    total = sum(size for _, size, _ in kept) + needed
    for _, size, path in sorted(kept):
        if total <= LARGEST_CACHE:
            return
        try:
            path.unlink()
        except OSError:  # another window uses it, on Windows
            continue
        path.with_suffix(".json").unlink(missing_ok=True)
        total -= size


def _unwritable(error: OSError) -> DataError:
    return DataError(
        f"The decoded images cannot be kept in '{cache_folder()}': {error.strerror or error}. Make room there, or "
        "choose a smaller size."
    )
