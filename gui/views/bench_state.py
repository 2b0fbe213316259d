"""What lies on the convolution bench: image, kernels, how they slide, and the output. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from engine.convolution_bench import (
    COURSE_IMAGE,
    KERNELS,
    LearnedFilter,
    Pooled,
    Products,
    convolve,
    flipped,
    pool,
    pooled_at,
    products_at,
    window_over,
)
from engine.shapes import ShapeError
from engine.windows import Padding, Window

Mode = Literal["convolution", "max", "average"]
LARGEST_KERNEL = 7
MOST_FILTERS = 4


@dataclass(frozen=True, slots=True)
class Sliding:
    """How the window moves."""

    kernel: tuple[int, int]
    stride: int = 1
    dilation: int = 1
    padding: Padding = "valid"
    pad: int = 1
    """With the padding "explicit"."""


class Bench:
    """One image and some kernels; after every change `output` and `complaint` are current."""

    def __init__(self) -> None:
        """The vertical edge of course 4, week 1."""
        self.mode: Mode = "convolution"
        self.image = COURSE_IMAGE
        self.kernels = np.array(KERNELS["Vertical edges"], np.float64)[:, :, None, None]
        """(f_H, f_W, n_C, filters), as typed: before they are flipped."""
        self.bias = np.zeros(1)
        self.flip = False
        self.learned: LearnedFilter | None = None
        """The filter of the network that is looked at, instead of own ones."""
        self.channel = 0
        self.filter = 0
        self._learned_output = np.zeros((0, 0, 1))
        self._own = {"convolution": Sliding((3, 3)), "pooling": Sliding((2, 2), stride=2)}
        self.window: Window | None = None
        self.output = np.zeros((0, 0, 1))
        """(rows, columns, filters or channels)."""
        self.complaint = ""
        """Why there is no output."""
        self._compute()

    # What is chosen

    @property
    def sliding(self) -> Sliding:
        """How the window of the mode moves."""
        return self._own["convolution" if self.mode == "convolution" else "pooling"]

    @property
    def channels(self) -> int:
        """n_C of the image."""
        return self.image.shape[2]

    @property
    def filters(self) -> int:
        """Number of kernels."""
        return self.kernels.shape[3]

    @property
    def laid(self) -> np.ndarray:
        """The kernels as they are laid on the image: turned by 180° where they are flipped."""
        return flipped(self.kernels) if self.flip and self.learned is None else self.kernels

    @property
    def shown(self) -> np.ndarray:
        """(rows, columns) of the filter (in pooling, the channel) that is looked at."""
        return self.output[..., self.filter if self.mode == "convolution" else self.channel]

    @property
    def count(self) -> int:
        """Places of the window."""
        return self.shown.size

    def place(self, index: int) -> tuple[int, int]:
        """Row and column of an output."""
        return divmod(index, max(self.output.shape[1], 1))

    def at(self, index: int) -> Products | Pooled:
        """One output taken apart; there has to be one."""
        assert self.window is not None
        row, column = self.place(index)
        if self.mode != "convolution":
            return pooled_at(self.image, self.window, row, column, self.channel, maximum=self.mode == "max")
        kernel, bias = self.laid[..., self.filter], float(self.bias[self.filter])
        return products_at(self.image, kernel, self.window, row, column, bias)

    # Changes

    def set_mode(self, mode: Mode) -> None:
        """Convolution or one of the poolings; each remembers how its window moves."""
        self.mode = mode
        self._compute()

    def set_image(self, image: np.ndarray) -> None:
        """Another image (n_H, n_W, n_C); kernels for more channels begin as that of the first."""
        self._forget_learned()
        before, self.image = self.kernels, image
        take = [min(k, before.shape[2] - 1) for k in range(image.shape[2])]
        self.kernels = before[:, :, take].copy()
        self._compute()

    def set_pixel(self, row: int, column: int, value: float) -> None:
        """Draw."""
        self.image = self.image.copy()
        self.image[row, column] = value
        self._compute()

    def set_weight(self, row: int, column: int, value: float) -> None:
        """Change one number of the kernel looked at."""
        self.kernels = self.kernels.copy()
        self.kernels[row, column, self.channel, self.filter] = value
        self._compute()

    def pick(self, name: str) -> None:
        """Lay a known kernel on every channel, for the filter looked at. With other filters it takes their size."""
        rows = np.array(KERNELS[name], np.float64)
        self._forget_learned()
        self.set_sliding(kernel=(rows.shape[0], rows.shape[1]))
        self.kernels = self.kernels.copy()
        self.kernels[..., self.filter] = rows[:, :, None]
        self._compute()

    def picked(self) -> str:
        """The name of the kernel looked at, if it is a known one."""
        own = self.kernels[..., self.filter]
        for name, rows in KERNELS.items():
            known = np.array(rows, np.float64)[:, :, None]
            if own.shape[:2] == known.shape[:2] and np.allclose(own, known, atol=1e-12):
                return name
        return ""

    def set_filters(self, count: int) -> None:
        """Take so many kernels; new ones are edges of the other direction, Laplace, blur."""
        count = min(max(count, 1), MOST_FILTERS)
        names = ("Vertical edges", "Horizontal edges", "Laplace", "Blur")
        while self.filters < count:
            fresh = self._resized(np.array(KERNELS[names[self.filters]], np.float64)[:, :, None, None])
            self.kernels = np.concatenate([self.kernels, np.repeat(fresh, self.channels, axis=2)], axis=3)
        self.kernels = self.kernels[..., :count].copy()
        self.bias = np.zeros(count)
        self._compute()

    def set_sliding(self, **changes: object) -> None:
        """Change the window: kernel, stride, dilation, padding, pad."""
        name = "convolution" if self.mode == "convolution" else "pooling"
        self._own[name] = replace(self._own[name], **changes)  # pyright: ignore[reportArgumentType]
        if self.mode == "convolution":
            self.kernels = self._resized(self.kernels)
        self._compute()

    def set_flip(self, flip: bool) -> None:
        """Turn the kernels by 180° before they are laid on the image."""
        self.flip = flip
        self._compute()

    def show_learned(self, learned: LearnedFilter, output: np.ndarray) -> None:
        """Look at a filter of the network, with its output (rows, columns, 1), which may be large."""
        self.learned, self._learned_output = learned, output
        self.image, self.kernels, self.bias = learned.image, learned.kernel[..., None], np.array([learned.bias])
        self._compute()

    def _forget_learned(self) -> None:
        if self.learned is not None:
            self.learned, self.bias = None, np.zeros(self.filters)
            f_h, f_w = (min(f, LARGEST_KERNEL) for f in self.kernels.shape[:2])
            self._own["convolution"] = replace(self._own["convolution"], kernel=(f_h, f_w))
            self.kernels = self._resized(self.kernels)

    def _resized(self, kernels: np.ndarray) -> np.ndarray:
        """Kernels of the chosen size: cut off or filled with 0 evenly around their middle."""
        result = np.zeros((*self._own["convolution"].kernel, *kernels.shape[2:]))
        take, put = [], []
        for old, new in zip(kernels.shape[:2], result.shape[:2], strict=True):
            n = min(old, new)
            take.append(slice((old - n) // 2, (old - n) // 2 + n))
            put.append(slice((new - n) // 2, (new - n) // 2 + n))
        result[tuple(put)] = kernels[tuple(take)]
        return result

    def _compute(self) -> None:
        self.channel = min(self.channel, self.channels - 1)
        self.filter = min(self.filter, self.filters - 1)
        own = self.sliding
        if self.learned is not None and self.mode == "convolution":
            self.window, self.output, self.complaint = self.learned.window, self._learned_output, ""
            return
        try:
            self.window = window_over(self.image, own.kernel, own.stride, own.dilation, own.padding, own.pad)
        except ShapeError as error:
            self.window, self.output = None, np.zeros((0, 0, max(self.filters, self.channels)))
            self.complaint = f"One {str(error)[0].lower()}{str(error)[1:]}"
            return
        self.complaint = ""
        if self.mode == "convolution":
            self.output = convolve(self.image, self.laid, self.window, self.bias)
        else:
            self.output = pool(self.image, self.window, maximum=self.mode == "max")
