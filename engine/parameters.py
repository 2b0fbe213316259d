"""Where the numbers of a network live: parameters and gradients in one flat array each, layers get views."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from math import prod
from typing import Any

import numpy as np

from engine.backend import Backend
from engine.plan import Plan
from engine.shapes import Shape

PADDING = 16
"""Numbers. Every array starts on a multiple of it, which keeps its rows aligned."""


@dataclass(frozen=True, slots=True)
class Slot:
    """Where one parameter lies in the flat arrays."""

    start: int
    stop: int
    shape: Shape
    penalized: bool
    l2: float | None
    l1: float | None
    trained: bool

    @property
    def padded_stop(self) -> int:
        return -(-self.stop // PADDING) * PADDING


class ParameterStore:
    """All arrays that outlive a batch, by name `node/parameter`.

    The order in the flat array puts penalized weights first and frozen parameters last, so that the penalty and the
    optimizer each work on one slice.
    """

    def __init__(self, plan: Plan, backend: Backend, dtype: np.dtype) -> None:
        self.backend = backend
        self.dtype = dtype
        self.layout: dict[str, Slot] = {}
        entries = [
            (name, spec, not node.node.frozen)
            for node in plan.nodes.values()
            if node.id in plan.used
            for name, spec in ((f"{node.id}/{name}", spec) for name, spec in node.parameters.items())
        ]
        entries.sort(key=lambda entry: (not entry[2], not entry[1].penalized, str((entry[1].l2, entry[1].l1))))
        position = 0
        for name, spec, trained in entries:
            stop = position + prod(spec.shape)
            self.layout[name] = slot = Slot(position, stop, spec.shape, spec.penalized, spec.l2, spec.l1, trained)
            position = slot.padded_stop
        self.trained_size = max((slot.padded_stop for slot in self.layout.values() if slot.trained), default=0)
        self.theta = backend.zeros((position,), dtype)
        self.gradient = backend.zeros((position,), dtype)
        self.arrays: dict[str, Any] = {}
        for name, slot in self.layout.items():
            node, parameter = name.rsplit("/", 1)
            self.arrays[name] = self.theta[slot.start : slot.stop].reshape(slot.shape)
            self.arrays[f"{node}/d{parameter}"] = self.gradient[slot.start : slot.stop].reshape(slot.shape)
        self.state: dict[str, Any] = {}
        self.live: dict[str, Any] = {}
        for node in plan.nodes.values():
            for name, spec in node.state.items():
                self.state[f"{node.id}/{name}"] = backend.zeros(spec.shape, dtype)
            for description in node.layer.fields():
                if description.live:
                    value = backend.zeros((), dtype)
                    value[...] = getattr(node.layer, description.name)
                    self.live[f"{node.id}/{description.name}"] = value
        self.arrays |= self.state | self.live

    def initialize(self, plan: Plan, seed: int) -> None:
        """Draw every parameter anew. Each has its own stream, so that one layer more leaves the others alone."""
        for node in plan.nodes.values():
            for parameter, spec in node.parameters.items():
                name = f"{node.id}/{parameter}"
                if name in self.layout:
                    random = np.random.default_rng([seed, zlib.crc32(name.encode())])
                    value = spec.initializer.sample(random, spec.shape, spec.fan_in, spec.fan_out)
                    self.arrays[name][...] = self.backend.to_device(value, self.dtype)
            for name, spec in node.state.items():
                self.arrays[f"{node.id}/{name}"][...] = spec.initial

    def penalty_groups(self) -> Iterator[tuple[int, int, float | None, float | None]]:
        """Slices (start, stop) of trained penalized weights with the same λ, as (start, stop, l2, l1)."""
        penalized = [slot for slot in self.layout.values() if slot.penalized and slot.trained]
        for (l2, l1), slots in groupby(penalized, key=lambda slot: (slot.l2, slot.l1)):
            members = list(slots)
            yield members[0].start, members[-1].padded_stop, l2, l1

    def get(self, name: str) -> np.ndarray:
        """A host copy of one parameter or state. Raises KeyError with the names there are."""
        return self.backend.to_host(self._array(name))

    def set(self, name: str, value: Any) -> None:
        """Overwrite one parameter or state. Raises ValueError when the shape differs."""
        array = self._array(name)
        value = np.asarray(value)
        if value.shape != array.shape:
            raise ValueError(f"'{name}' has the shape {array.shape}, but the new value has {value.shape}.")
        array[...] = self.backend.to_device(value, self.dtype)

    def _array(self, name: str) -> Any:
        if name not in self.layout and name not in self.state:
            raise KeyError(f"There is no '{name}'. There are {', '.join([*self.layout, *self.state])}.")
        return self.arrays[name]

    def export(self) -> dict[str, np.ndarray]:
        """Host copies of all parameters and states, by name."""
        return {name: self.get(name) for name in (*self.layout, *self.state)}

    def load(self, values: Mapping[str, Any]) -> None:
        """Overwrite all parameters and states. Raises KeyError or ValueError before anything is changed."""
        for name in (*self.layout, *self.state):
            if name not in values:
                raise KeyError(f"The weights lack '{name}'.")
            if np.shape(values[name]) != self.arrays[name].shape:
                raise ValueError(
                    f"'{name}' has the shape {self.arrays[name].shape}, but the weights have {np.shape(values[name])}."
                )
        for name in (*self.layout, *self.state):
            self.set(name, values[name])
