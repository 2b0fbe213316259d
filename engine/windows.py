"""How a kernel or a pooling window slides over the spatial axes of an input: sizes, padding, and what meets what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Literal

from engine.fixes import Change
from engine.shapes import Box, Shape, ShapeError

Padding = Literal["valid", "same", "explicit"]

Slices = tuple[slice, ...]


def per_axis(values: tuple[int, ...], axes: int) -> tuple[int, ...]:
    """One number for every axis, from one for all or one each. Raises ValueError."""
    if len(values) not in (1, axes):
        raise ValueError(f"give one number, or {axes} numbers for the {axes} axes, but not {len(values)}")
    return values * axes if len(values) == 1 else values


@dataclass(frozen=True, slots=True)
class Tap:
    """One place of the kernel: which outputs it reaches, and the inputs that it meets there."""

    index: Shape
    """Its place in the kernel, by axis."""
    outputs: Slices
    inputs: Slices


@dataclass(frozen=True, slots=True)
class Window:
    """A window of `kernel` entries, `dilation` apart, that moves by `strides` over an input with padding around it."""

    inputs: Shape
    """Sizes of the spatial axes, such as (n_H, n_W)."""
    kernel: Shape
    strides: Shape
    dilation: Shape
    pads: tuple[tuple[int, int], ...]
    """Padding before and after, by axis."""

    @classmethod
    def over(
        cls, inputs: Shape, kernel: Shape, strides: Shape, dilation: Shape, padding: Padding, pad: Shape = ()
    ) -> Window:
        """A window with the padding that its name asks for.

        Args:
            inputs: Sizes of the spatial axes.
            kernel: Sizes of the window, by axis.
            strides: Steps, by axis.
            dilation: Distance of neighbouring entries, by axis.
            padding: "valid" for none; "same" for outputs of ⌈n / s⌉, with the odd one after (bottom, right), as Keras
                does; "explicit" for `pad`.
            pad: Padding on each side, by axis.

        Raises:
            ShapeError: the window is larger than the padded input.
        """
        spans = [d * (f - 1) + 1 for f, d in zip(kernel, dilation, strict=True)]
        if padding == "same":
            missing = [
                max((-(-n // s) - 1) * s + span - n, 0) for n, s, span in zip(inputs, strides, spans, strict=True)
            ]
            pads = tuple((total // 2, total - total // 2) for total in missing)
        else:
            pads = tuple((p, p) for p in pad) if padding == "explicit" else ((0, 0),) * len(inputs)
        window = cls(inputs, kernel, strides, dilation, pads)
        if min(window.outputs) < 1:
            raise ShapeError(
                f"cannot slide a window of {_times(spans)} over an input of {_times(inputs)}. "
                "Use a smaller window or the padding 'same'.",
                Change("Use the padding 'same' in {node}", {"padding": "same"}),
            )
        return window

    @property
    def axes(self) -> int:
        """Number of spatial axes."""
        return len(self.inputs)

    @property
    def taps_count(self) -> int:
        """Entries of the window."""
        return prod(self.kernel)

    @property
    def outputs(self) -> Shape:
        """⌊(n + p_before + p_after − d (f − 1) − 1) / s⌋ + 1 by axis (course 4, week 1)."""
        return tuple(
            (n + sum(p) - d * (f - 1) - 1) // s + 1
            for n, f, s, d, p in zip(self.inputs, self.kernel, self.strides, self.dilation, self.pads, strict=True)
        )

    @property
    def is_tiling(self) -> bool:
        """No two places of the window share an input."""
        return all(s >= d * (f - 1) + 1 for f, s, d in zip(self.kernel, self.strides, self.dilation, strict=True))

    def taps(self) -> Iterator[Tap]:
        """Every entry of the window in row order; padding is left out of the slices, and a tap that meets only padding
        has empty ones."""
        ranges = [[self.reach(axis, k) for k in range(f)] for axis, f in enumerate(self.kernel)]
        for index in product(*(range(f) for f in self.kernel)):
            reached = [ranges[axis][k] for axis, k in enumerate(index)]
            yield Tap(index, tuple(outputs for outputs, _ in reached), tuple(inputs for _, inputs in reached))

    def sees(self, box: Box) -> Box:
        """The inputs under the window while it goes over a box of outputs; padding is left out."""
        found = []
        for axis, (start, stop) in enumerate(box):
            step, before, n = self.strides[axis], self.pads[axis][0], self.inputs[axis]
            span = self.dilation[axis] * (self.kernel[axis] - 1) + 1
            found.append(_within(start * step - before, (stop - 1) * step - before + span, n))
        return tuple(found)

    def seen_by(self, box: Box) -> Box:
        """The outputs whose window meets a box of inputs."""
        found = []
        for axis, (start, stop) in enumerate(box):
            step, before, n = self.strides[axis], self.pads[axis][0], self.outputs[axis]
            span = self.dilation[axis] * (self.kernel[axis] - 1) + 1
            found.append(_within(-((span - 1 - start - before) // step), (stop - 1 + before) // step + 1, n))
        return tuple(found)

    def reach(self, axis: int, k: int) -> tuple[slice, slice]:
        """For entry k along an axis: the outputs that meet an input there, and these inputs."""
        step, shift = self.strides[axis], k * self.dilation[axis] - self.pads[axis][0]
        first = max(0, -(shift // step))
        last = min(self.outputs[axis], (self.inputs[axis] - 1 - shift) // step + 1)
        if last <= first:
            return slice(0, 0), slice(0, 0)
        start = first * step + shift
        return slice(first, last), slice(start, start + (last - first - 1) * step + 1, step)


def _within(start: int, stop: int, n: int) -> tuple[int, int]:
    start = min(max(start, 0), n)
    return start, min(max(stop, start), n)


def _times(sizes: Shape | list[int]) -> str:
    return " × ".join(map(str, sizes))
