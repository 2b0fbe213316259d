"""Weights and optimizer slots in project files: safetensors, checked against the design before anything uses them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from engine.carrying import weight_shapes
from engine.checkpoint import Checkpoint
from engine.design import Design
from engine.files_disk import FileError
from engine.plan import Plan, make_plan
from engine.shapes import Shape

LARGEST_COUNT = 2**53


def pack_arrays(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Arrays as the bytes of a safetensors file."""
    import safetensors.numpy

    # safetensors copies raw memory: a transposed array would come back scrambled.
    return safetensors.numpy.save({name: np.asarray(array, order="C") for name, array in arrays.items()})


def unpack_arrays(data: bytes, what: str) -> dict[str, np.ndarray]:
    """Inverse of `pack_arrays`. Raises FileError when the bytes are no safetensors file."""
    import safetensors
    import safetensors.numpy

    try:
        return {name: array.copy() for name, array in safetensors.numpy.load(data).items()}
    except (safetensors.SafetensorError, KeyError, ValueError, TypeError, AttributeError, MemoryError) as error:
        raise FileError(f"{what} is damaged or holds numbers of an unknown type ({error}).") from error


def checkpoint_problem(design: Design, checkpoint: Checkpoint) -> str | None:
    """Why a checkpoint does not fit a design, as a plain sentence; None when it does.

    While the design has problems its weights are not known, so that nothing can be said against a checkpoint.
    """
    plan = make_plan(design.graph)
    return None if plan.blocking else _misfit(weight_shapes(plan), checkpoint.weights, "weights")


def fitted_checkpoint(
    design: Design, plain: Any, weights: dict[str, np.ndarray], slots: dict[str, np.ndarray]
) -> tuple[Checkpoint | None, list[str]]:
    """Put a checkpoint together from what a file holds.

    Returns:
        The checkpoint, or None when it is of no use; and plain sentences on what had to be left out.
    """
    try:
        checkpoint = Checkpoint.from_plain(plain, weights, slots)
        _check_plain(checkpoint)
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
        return None, [f"The weights were left out: the state of the training is damaged ({error})."]
    plan = make_plan(design.graph)
    if plan.blocking:
        return checkpoint, []
    expected = weight_shapes(plan)
    misfit = _misfit(expected, weights, "weights") or _wrong_type(weights, checkpoint.dtype)
    if misfit is not None:
        return None, [f"The weights were left out, because they do not fit the design: {misfit}"]
    notices = []
    strangers = [name for name in weights if name not in expected and name.split("/")[0] not in plan.nodes]
    if strangers:
        notices.append(f"'{strangers[0]}' belongs to no node of the design, so its weights were left out.")
    known = {name: weights[name] for name in (*expected, *weights) if name in weights and name not in strangers}
    checkpoint = replace(checkpoint, weights=known)
    if checkpoint.optimizer == design.training.optimizer.kind:
        misfit = _misfit(_slot_shapes(plan, design), slots, "optimizer's slots") or _wrong_type(slots, checkpoint.dtype)
        if misfit is not None:
            notices.append(f"The optimizer starts afresh, because what it remembered does not fit: {misfit}")
            checkpoint = replace(checkpoint, slots={}, optimizer="", optimizer_steps=0)
    return checkpoint, notices


def _slot_shapes(plan: Plan, design: Design) -> dict[str, Shape]:
    return {
        f"{slot}/{node.id}/{name}": (rows, *spec.shape)
        for slot, rows in design.training.optimizer.slots().items()
        for node in plan.nodes.values()
        if node.id in plan.used and not node.node.frozen
        for name, spec in node.parameters.items()
    }


def _misfit(expected: Mapping[str, Shape], found: Mapping[str, np.ndarray], what: str) -> str | None:
    for name, shape in expected.items():
        if name not in found:
            return f"the {what} lack '{name}'."
        if found[name].shape != shape:
            return f"'{name}' has the shape {shape} in the design, but {found[name].shape} in the {what}."
    return None


def _wrong_type(arrays: Mapping[str, np.ndarray], dtype: str) -> str | None:
    for name, array in arrays.items():
        if array.dtype.name != dtype:
            return f"'{name}' holds {array.dtype.name} numbers, but the training was in {dtype}."
    return None


def _check_plain(checkpoint: Checkpoint) -> None:
    """Raise where the trainer would stumble over a value later."""
    counts = (checkpoint.step, checkpoint.epoch, checkpoint.position, checkpoint.optimizer_steps, checkpoint.seed)
    for count in (*counts, *checkpoint.evaluated, checkpoint.epoch_cost[1]):
        if not 0 <= count < LARGEST_COUNT:
            raise ValueError(f"{count} is no number of steps")
    if checkpoint.dtype not in ("float32", "float64"):
        raise ValueError(f"there is no training in {checkpoint.dtype}")
    for name in ("batches", "dropout"):
        np.random.default_rng(0).bit_generator.state = checkpoint.random[name]
