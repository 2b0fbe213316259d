"""Images that stay in 8 bits, in memory or on disk, and look like float32 numbers from 0 to 1."""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import Any

import numpy as np

RELEASE = 64 * 2**20
"""After so many bytes taken from a file, the pages of it that the process holds are given back."""
WHITE = np.float32(255)


class PixelFile:
    """Bytes of images in a file that is mapped into memory; the operating system reads what is asked for."""

    def __init__(self, path: Path, shape: tuple[int, ...]) -> None:
        """Map a file of exactly that many bytes. Raises OSError or ValueError."""
        with path.open("rb") as stream:
            self._map = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        self.array = np.frombuffer(self._map, np.uint8).reshape(shape)
        self._row = self.array[:1].nbytes
        self._taken = 0

    def will_need(self, rows: np.ndarray) -> None:
        """Let the operating system read these rows in the background; nothing waits for it."""
        if not hasattr(mmap, "MADV_WILLNEED"):
            return  # Windows: it reads when the rows are taken
        for row in rows.tolist():
            start = row * self._row // mmap.PAGESIZE * mmap.PAGESIZE
            self._map.madvise(mmap.MADV_WILLNEED, start, (row + 1) * self._row - start)

    def count(self, rows: int) -> None:
        """So many rows were taken: now and then their pages are no longer counted as memory of this process."""
        self._taken += rows * self._row
        if self._taken > RELEASE and hasattr(mmap, "MADV_DONTNEED"):
            self._taken = 0
            self._map.madvise(mmap.MADV_DONTNEED)  # they stay in the cache of the operating system


class Pixels:
    """Images (m, n_H, n_W, n_C), or some rows of them; to be indexed like an array of float32 from 0 to 1.

    A pixel is its byte divided by 255 in float32. Rows are scaled when they are taken, so a large set needs a
    quarter of the memory, or next to none when it lies in a file. What takes all of it at once (`np.asarray`) gets a
    copy in float32.
    """

    dtype = np.dtype(np.float32)

    def __init__(
        self, raw: Any, rows: np.ndarray | None = None, file: PixelFile | None = None, xp: Any = np, device: Any = None
    ) -> None:
        """Wrap bytes.

        Args:
            raw: The bytes (m, ...), on the host or the device.
            rows: Which rows of them these images are; all when None.
            file: What the bytes are mapped from.
            xp: Array module that `raw` belongs to.
            device: Array module that taken rows are put out to; `xp` when None.
        """
        self.raw, self._rows, self._file, self._xp = raw, rows, file, xp
        self._device = device or xp
        # An array for CuPy, some versions of which would divide by a mere number in 16 bits.
        self._white = WHITE if self._device is np else self._device.asarray(np.full(1, WHITE))

    def __len__(self) -> int:
        return len(self.raw) if self._rows is None else len(self._rows)

    @property
    def shape(self) -> tuple[int, ...]:
        """(m, n_H, n_W, n_C)."""
        return (len(self), *self.raw.shape[1:])

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self.raw.ndim

    @property
    def size(self) -> int:
        """Number of pixels times channels."""
        return len(self) * (self.raw[:1].size if len(self.raw) else 0)

    @property
    def is_streamed(self) -> bool:
        """The bytes lie in a file, and rows may be asked for ahead."""
        return self._file is not None

    def pick(self, rows: np.ndarray) -> Pixels:
        """Some of these images; nothing is copied."""
        return Pixels(self.raw, rows if self._rows is None else self._rows[rows], self._file, self._xp, self._device)

    def on_device(self, xp: Any, limit: int) -> Pixels:
        """The same images for a device: their bytes go there once if they are at most `limit`, else with each batch."""
        if self.size > limit:
            return Pixels(self.raw, self._rows, self._file, np, xp)
        return Pixels(xp.asarray(self._bytes(slice(None))), None, None, xp)

    def look_ahead(self, rows: np.ndarray) -> None:
        """These rows are taken next: have them read in the background."""
        if self._file is not None:
            self._file.will_need(rows if self._rows is None else self._rows[rows])

    def take(self, rows: Any, axis: int = 0, out: Any = None, mode: str = "clip") -> Any:
        """Rows in float32, or with the same values in the type of `out`; the arguments are those of `ndarray.take`."""
        assert axis == 0
        found = self._bytes(rows)
        xp = self._device
        if xp is not self._xp:
            found = xp.asarray(found)
        if out is None:
            out = xp.empty(found.shape, np.float32)
        return xp.divide(found, self._white, out=out)

    def reshape(self, *shape: Any) -> Any:
        """Examples of another shape; lazily, as long as the first axis stays."""
        wanted = tuple(shape[0]) if len(shape) == 1 and not np.isscalar(shape[0]) else shape
        if len(wanted) > 1 and wanted[0] == len(self):
            raw = self.raw.reshape(len(self.raw), *wanted[1:])
            return Pixels(raw, self._rows, self._file, self._xp, self._device)
        return np.asarray(self).reshape(wanted)

    def astype(self, dtype: Any) -> np.ndarray:
        """A copy of all of it."""
        return np.asarray(self).astype(dtype)

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, tuple) and key and key[0] is not Ellipsis and key[0] is not None:
            first, rest = key[0], key[1:]
            if isinstance(first, int | np.integer):
                return self[first][rest]
            if isinstance(first, slice):
                return self[first][(slice(None), *rest)]
            block = self[first]
            return block[(np.arange(len(block)), *rest)]
        if isinstance(key, int | np.integer):
            if not -len(self) <= key < len(self):
                raise IndexError(f"There is no row {key}: there are {len(self)}.")
            return self.take(np.array([key % len(self)]))[0]
        if key is Ellipsis or key is None or isinstance(key, tuple):
            return np.asarray(self)[key]
        return self.take(key)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if copy is False:
            raise ValueError("Pixels are kept in 8 bits: an array of floats needs a copy.")
        whole = self.take(slice(None))
        whole = whole if isinstance(whole, np.ndarray) else self._device.asnumpy(whole)
        return whole if dtype is None else whole.astype(dtype, copy=False)

    def _bytes(self, rows: Any) -> Any:
        if not isinstance(rows, slice):
            if not isinstance(rows, np.ndarray) and self._xp is np:
                rows = np.asarray(rows) if isinstance(rows, list) else self._device.asnumpy(rows)
            if rows.dtype == bool:
                rows = rows.nonzero()[0]
        index = rows if self._rows is None else self._rows[rows]
        found = self.raw.take(index, 0) if isinstance(index, np.ndarray) else self.raw[index]
        if self._file is not None:
            self._file.count(len(found))
        return found


Examples = np.ndarray | Pixels
"""Inputs of m examples: an array, or images that are scaled when they are taken."""
