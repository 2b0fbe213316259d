"""From a value to the place of a slider's handle, and back; linear or logarithmic."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from engine.declaration import FieldDescription

STEPS = 1000
"""A slider's handle has the places 0 to STEPS."""


class Scale(Protocol):
    """How a slider's places and values belong together."""

    def position(self, value: float) -> int:
        """The place of a value; values beyond the scale stand at its ends."""
        ...

    def value(self, position: int) -> float:
        """The (rounded) value of a place."""
        ...


@dataclass(frozen=True, slots=True)
class LinearScale:
    """Equal steps."""

    low: float
    high: float
    integral: bool = False

    def position(self, value: float) -> int:
        share = (value - self.low) / (self.high - self.low)
        return round(min(max(share, 0.0), 1.0) * STEPS)

    def value(self, position: int) -> float:
        raw = self.low + (self.high - self.low) * position / STEPS
        return round(raw) if self.integral else round(raw, 2 - math.floor(math.log10(self.high - self.low)))


@dataclass(frozen=True, slots=True)
class LogScale:
    """Equal factors; the leftmost place is 0 where 0 is legal."""

    low: float
    high: float
    zero: bool = False
    integral: bool = False

    @property
    def _first(self) -> int:
        # Zero has no logarithm: it gets some room of its own at the left end.
        return STEPS // 20 if self.zero else 0

    def position(self, value: float) -> int:
        if value <= 0:
            return 0
        share = math.log(value / self.low) / math.log(self.high / self.low)
        return self._first + round(min(max(share, 0.0), 1.0) * (STEPS - self._first))

    def value(self, position: int) -> float:
        if self.zero and position < self._first:
            return 0
        raw = self.low * (self.high / self.low) ** ((position - self._first) / (STEPS - self._first))
        if self.integral:
            return min(max(round(raw if raw < 20 else float(f"{raw:.2g}")), round(self.low)), round(self.high))
        return min(max(float(f"{raw:.2g}"), self.low), self.high)


def scale_for(field: FieldDescription) -> Scale | None:
    """The scale of a number's slider; None for a number that is better typed."""
    if field.kind not in ("integer", "real"):
        return None
    integral = field.kind == "integer"
    if field.slider is not None and not field.log:
        return LinearScale(*field.slider, integral)
    if field.log:
        return _log_scale(field, integral)
    if field.minimum is None or field.maximum is None or (integral and field.maximum - field.minimum > 1000):
        return None
    low, high = field.minimum, field.maximum
    if not integral:
        # An end that is not legal itself is left out by a hundredth of the way.
        margin = (high - low) / 100
        low, high = low + margin * field.open_minimum, high - margin * field.open_maximum
    return LinearScale(low, high, integral)


def _log_scale(field: FieldDescription, integral: bool) -> LogScale:
    default = float(field.default or 0)
    if integral:
        low = max(field.minimum or 1, 1)
        high = _power_of_ten(max(default, 1) * 100, math.ceil)
    else:
        low = _power_of_ten(default / 1e4, math.floor) if default > 0 else 1e-6
        high = _power_of_ten(default * 1e2, math.ceil) if default > 0 else 10.0
        if field.minimum and not field.open_minimum:
            low = max(low, field.minimum)
    if field.maximum is not None:
        high = min(high, field.maximum)
        if field.open_maximum and high == field.maximum:
            high *= 0.99
    return LogScale(low, high, zero=field.minimum == 0 and not field.open_minimum, integral=integral)


def _power_of_ten(value: float, rounded: object) -> float:
    exponent = math.log10(value)
    return float(10.0 ** (math.ceil(exponent - 1e-9) if rounded is math.ceil else math.floor(exponent + 1e-9)))
