"""The part of a step after the backward pass: penalties on the weights, then the optimizer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.compiler import BoundProgram
from engine.optimizer import Optimizer
from engine.parameters import ParameterStore
from engine.program import Buffer, Operation, Program, Scope

_PENALTY = "penalty"
_UPDATE = "update"


class Updater:
    """Penalty and optimizer of one network, bound to its flat arrays. Slots survive a change of settings."""

    def __init__(self, store: ParameterStore) -> None:
        self.store = store
        self.step = 0
        """Optimizer steps made."""
        self.slots: dict[str, Any] = {}
        self.optimizer: Optimizer | None = None
        self._settings: tuple[Any, ...] | None = None
        self._scalars: dict[str, Any] = {}
        self._share = store.backend.zeros((), store.dtype)
        self._m = 0
        self._bound: BoundProgram

    def configure(self, optimizer: Optimizer | None, l2: float, l1: float) -> None:
        """Take these settings from the next step on. A change of the optimizer's kind starts with fresh slots."""
        if self._settings == (optimizer, l2, l1):
            return
        if optimizer is not None:
            sizes = optimizer.slots()
            if self.optimizer is None or type(optimizer) is not type(self.optimizer):
                self.slots = {}
                self._scalars = {}
                self.step = 0
            shapes = {name: (rows, self.store.trained_size) for name, rows in sizes.items()}
            for name, shape in shapes.items():
                if name not in self.slots:
                    self.slots[name] = self.store.backend.zeros(shape, self.store.dtype)
            self.optimizer = optimizer
        self._settings = (optimizer, l2, l1)
        self._bind(optimizer, l2, l1)

    def _bind(self, optimizer: Optimizer | None, l2: float, l1: float) -> None:
        store = self.store
        program = Program(1, training=True)
        shared = {"optimizer/theta": store.theta[: store.trained_size]}
        shared["optimizer/gradient"] = store.gradient[: store.trained_size]
        shared["optimizer/share"] = self._share
        states: dict[str, tuple[int, ...]] = {}
        if optimizer is not None:
            for name, array in self.slots.items():
                states[name] = array.shape
                shared[f"optimizer/{name}"] = array
            for name in optimizer.scalars(1):
                # One array for all bindings: calls bound earlier keep reading the number of the current step.
                if name not in self._scalars:
                    self._scalars[name] = store.backend.zeros((), store.dtype)
                shared[f"optimizer/{name}"] = self._scalars[name]
        scope = Scope(program, "optimizer", states=states)
        theta = program.share("optimizer/theta", (store.trained_size,))
        gradient = program.share("optimizer/gradient", (store.trained_size,))
        self._append_penalty(scope, theta, gradient, l2, l1)
        if optimizer is not None and store.trained_size:
            program.phase = _UPDATE
            optimizer.update(scope, theta, gradient)
        random = np.random.default_rng(0)  # nothing here draws
        self._bound = BoundProgram(program, store.backend, store.dtype, shared, random)
        self._penalty_cost = program.buffers.get("optimizer/penalty")

    def _append_penalty(self, p: Scope, theta: Buffer, gradient: Buffer, l2: float, l1: float) -> None:
        """dW += (λ₂ W + λ₁ sign(W) / 2) / m, and the penalty's part of the cost; `share` holds 1 / 2m."""
        p.program.phase = _PENALTY
        share, parts = p.live("share"), []
        for start, stop, own_l2, own_l1 in self.store.penalty_groups():
            w, dw = theta[start:stop], gradient[start:stop]
            for strength, values in (
                (l2 if own_l2 is None else own_l2, "l2"),
                (l1 if own_l1 is None else own_l1, "l1"),
            ):
                if not strength:
                    continue
                slope = p.multiply(w, p.constant(2 * strength)) if values == "l2" else p.sign(w)
                if values == "l1":
                    p.multiply(slope, p.constant(strength), slope)
                part = p.matmul(w, slope)  # Σ 2λ₂ w², or Σ λ₁ |w|
                if values == "l2":
                    p.multiply(part, p.constant(0.5), part)
                parts.append(p.multiply(part, share, part))
                p.multiply(slope, share, slope)
                p.add(dw, slope, dw)
        if parts:
            total = p.copy(parts[0], "penalty")
            for part in parts[1:]:
                p.add(total, part, total)

    def callables(self, m: int) -> list[Callable[[], Any]]:
        """Penalty and update as bound calls for batches of m examples. `advance` must run before them."""
        calls = self._bound.callables(_PENALTY, _UPDATE)
        if self._penalty_cost is None:
            return calls

        def first() -> None:
            self._set_batch(m)  # batches of other sizes, such as the last of an epoch, share the number 1 / 2m
            calls[0]()

        return [first, *calls[1:]]

    def operations(self, m: int = 0) -> list[tuple[Operation, list[Callable[[], Any]]]]:
        """The operations behind `callables`, in the same order, with the calls that run each on a batch of m."""
        if m:
            self._set_batch(m)
        return self._bound.operations(_PENALTY, _UPDATE)

    @property
    def penalty_array(self) -> Any | None:
        """Where the penalty's part of the cost is found after a step; None when nothing is penalized."""
        return None if self._penalty_cost is None else self._penalty_cost.resolve()

    def advance(self) -> None:
        """Count one step and refresh the numbers that depend on it."""
        self.step += 1
        if self._scalars:
            self.refresh()

    def refresh(self) -> None:
        """Set the numbers that depend on the step."""
        if self.optimizer is not None and self.step:
            for name, value in self.optimizer.scalars(self.step).items():
                self._scalars[name][...] = value

    def penalize(self, m: int) -> float:
        """Add the penalty's gradient for a batch of m; return its part of the cost."""
        self._set_batch(m)
        self._bound.run(_PENALTY)
        return 0.0 if self.penalty_array is None else float(self.penalty_array)

    def update(self) -> None:
        """One optimizer step with the gradients as they are."""
        self.advance()
        self._bound.run(_UPDATE)

    def _set_batch(self, m: int) -> None:
        if m != self._m:
            self._m = m
            self._share[...] = 1 / (2 * m)

    # Checkpoints

    def export_slots(self) -> dict[str, np.ndarray]:
        """Host copies of the slots as `slot/node/parameter`, each (rows, *shape)."""
        result = {}
        for slot_name, array in self.slots.items():
            host = self.store.backend.to_host(array)
            for name, slot in self.store.layout.items():
                if slot.trained:
                    result[f"{slot_name}/{name}"] = host[:, slot.start : slot.stop].reshape(-1, *slot.shape).copy()
        return result

    def load_slots(self, values: dict[str, np.ndarray]) -> None:
        """Inverse of `export_slots`, after `configure`. Raises KeyError or ValueError."""
        for slot_name, array in self.slots.items():
            for name, slot in self.store.layout.items():
                if not slot.trained:
                    continue
                value = values[f"{slot_name}/{name}"]
                expected = (len(array), *slot.shape)
                if value.shape != expected:
                    raise ValueError(f"The slot '{slot_name}/{name}' has the shape {value.shape}, not {expected}.")
                flat = value.reshape(len(array), slot.stop - slot.start)
                array[:, slot.start : slot.stop] = self.store.backend.to_device(flat, self.store.dtype)
