"""A weight or bias set by hand: in a network, or in the arrays of a checkpoint."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from engine.checkpoint import Checkpoint
from engine.events import Changed, Event, Notice
from engine.network import Network
from engine.plan import Plan
from engine.tensors import layer_numbers, symbol_of


@dataclass(frozen=True, slots=True)
class WeightEdit:
    """One number of a parameter, and what it becomes."""

    name: str
    """Of the parameter, such as dense_1/W."""
    place: tuple[int, ...]
    """Which of its numbers, counted from 0: (unit, input) of W, (unit,) of b."""
    value: float


def edit_title(plan: Plan, edit: WeightEdit) -> str:
    """What an edit changes, as the course writes it: W[1][2, 0]; with the layer's title where two have this number."""
    node_id, _, parameter = edit.name.rpartition("/")
    numbers = layer_numbers(plan)
    alike = [node for node in plan.nodes.values() if parameter in node.parameters]
    shared = sum(numbers[node.id] == numbers.get(node_id) for node in alike) > 1
    title = f" of '{plan.nodes[node_id].node.title}'" if shared else ""
    return f"{symbol_of(parameter, numbers[node_id])}{[*edit.place]}{title}"


def set_weight(arrays: Mapping[str, np.ndarray], edit: WeightEdit) -> tuple[float, float]:
    """Write one number into the array that it belongs to.

    Returns:
        The number before, and the one now, which is rounded to the precision of the array.

    Raises:
        ValueError: there is no such number, or the array cannot hold the value; the message is a sentence.
    """
    array = arrays.get(edit.name)
    if array is None:
        raise ValueError(f"There are no weights '{edit.name}' any more, so none was changed.")
    if len(edit.place) != array.ndim or not all(0 <= k < n for k, n in zip(edit.place, array.shape, strict=True)):
        raise ValueError(f"'{edit.name}' has the shape {array.shape}, so it has no number {[*edit.place]}.")
    with np.errstate(over="ignore"):
        value = np.asarray(edit.value, array.dtype)
    if not np.isfinite(value):
        largest = float(np.finfo(array.dtype).max)
        raise ValueError(
            f"{edit.value:g} cannot be a weight: it must be a number between −{largest:.2g} and {largest:.2g}."
        )
    before = float(array[edit.place])
    array[edit.place] = value.item()
    return before, float(value)


def changed_weight(plan: Plan, edit: WeightEdit, before: float, after: float, step: int, epoch: int) -> Changed:
    """The event that tells of an edit."""
    return Changed(step, epoch, edit_title(plan, edit), f"{before:.6g}", f"{after:.6g}")


def edit_network(network: Network, edits: Iterable[WeightEdit], step: int, epoch: int) -> Iterator[Event]:
    """Set weights of a network that trains: an event for each that is another one now, or was refused."""
    arrays = {name: network.store.arrays[name] for name in network.store.layout}
    for edit in edits:
        try:
            before, after = set_weight(arrays, edit)
        except ValueError as error:
            yield Notice(step, epoch, str(error))
            continue
        if before != after:
            yield changed_weight(network.plan, edit, before, after, step, epoch)


def edit_checkpoint(checkpoint: Checkpoint, edit: WeightEdit) -> tuple[Checkpoint, float, float]:
    """A checkpoint with another weight, from which the run goes on; what `set_weight` says holds."""
    weights = dict(checkpoint.weights)
    if edit.name in weights:
        weights[edit.name] = weights[edit.name].copy()
    before, after = set_weight(weights, edit)
    return replace(checkpoint, weights=weights), before, after
