"""Augmenting the batches of a run: which changes fit its inputs, and the numbers that each step draws."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.ahead import Ahead
from engine.augmentation import FACTS_FROM, SHAPE_WORDS, Augmentation, InputFacts
from engine.augmentations.geometric import Geometric, move
from engine.augmentations.values import Mixup, mix
from engine.backend import flush_denormals
from engine.compiler import BoundProgram
from engine.feed import Feed
from engine.layers.ends import Output
from engine.network import Network, input_buffer, target_buffer
from engine.plan import DesignError

STREAM = 3
"""Beside the seed: the first weights, dropout and the batches have streams of their own."""
WORTH_A_THREAD = 0.001
"""Seconds that a batch must take for the next one to be prepared in the background."""


def in_use(augmentations: Sequence[Augmentation]) -> tuple[Augmentation, ...]:
    """Those that are on and change anything."""
    return tuple(item for item in augmentations if item.on and item.probability > 0)


def augment(
    x: np.ndarray, augmentations: Sequence[Augmentation], random: np.random.Generator, facts: InputFacts
) -> None:
    """Change examples (m, …, n_C) in place, one augmentation after another; mixing is left to `Augmenter`.

    Neighbours that only move pixels are made together, by one resampling.
    """
    axes = x.ndim - 1
    moves: list[Geometric] = []
    for item in (*augmentations, None):
        if isinstance(item, Geometric):
            if axes in item.axes:
                moves.append(item)
            continue
        if moves:
            move(moves, x, random)
            moves = []
        if item is not None and axes in item.axes and not isinstance(item, Mixup):
            item.change(x, random, facts)


class Augmenter:
    """Fills the batches of the training part with changed examples, the next one in the background.

    The random numbers of a batch follow from the seed and the number of its step alone. So a run that is continued,
    or repeated after a divergence, meets the same examples, and whether a batch was prepared ahead decides nothing.
    """

    def __init__(self, network: Network, feed: Feed, augmentations: Sequence[Augmentation], seed: int) -> None:
        """Measure the inputs.

        Args:
            network: Whose batches are augmented.
            feed: The training part.
            augmentations: What the settings ask for.
            seed: Of the run.

        Raises:
            DesignError: an augmentation fits none of the inputs, or a loss knows no mixed targets.
        """
        self.items = in_use(augmentations)
        self._backend, self._dtype, self._arrays, self._seed = network.backend, network.dtype, feed.arrays, seed
        self._inputs = [input_buffer(node) for node in network.inputs]
        self._mixing = [item for item in self.items if isinstance(item, Mixup)]
        problem = misfit(self.items, [feed.arrays[n].shape[1:] for n in self._inputs]) or self._unmixable(network)
        if problem:
            raise DesignError(problem)
        first = np.arange(min(feed.m, FACTS_FROM))
        self._facts = {name: InputFacts.of(self._taken(feed.arrays[name], first)) for name in self._inputs}
        self._labels: dict[str, tuple[str, int]] = {}
        for node in network.outputs if self._mixing else ():
            if target_buffer(node) == f"{node.id}/labels":
                self._labels[target_buffer(node)] = (f"{node.id}/Y", (node.input_shapes[0] or (0,))[0])
        self._ahead: Ahead[dict[str, np.ndarray]] = Ahead()
        self._seconds = 0.0

    @property
    def mixes(self) -> bool:
        """Targets are mixed, so that classes come as shares (m, C) instead of labels (m,)."""
        return bool(self._mixing)

    def fill(self, program: BoundProgram, rows: Any, step: int, next_rows: Any = ()) -> None:
        """Fill the buffers of a program.

        Args:
            program: For as many examples as there are rows.
            rows: Places in the training part.
            step: Number of the optimizer step.
            next_rows: The rows of the step after, if they are known.
        """
        if not self._backend.on_host:
            for name, values in self.batch(rows, step).items():
                program.array(name)[...] = self._backend.xp.asarray(values)
            return
        key = (step, len(rows), id(rows.base))
        for name, values in self._ahead.take(key, lambda: self.batch(rows, step)).items():
            program.array(name)[...] = values
        if len(next_rows) and self._seconds > WORTH_A_THREAD:
            key = (step + 1, len(next_rows), id(next_rows.base))
            self._ahead.begin(key, lambda: self._batch_ahead(next_rows, step + 1))

    def batch(self, rows: Any, step: int) -> dict[str, np.ndarray]:
        """The examples of a step, changed: arrays on the host by the buffer that they fill."""
        begun = time.perf_counter()
        arrays = {name: self._taken(array, rows) for name, array in self._arrays.items()}
        random = np.random.default_rng([self._seed, STREAM, step])
        for name in self._inputs:
            augment(arrays[name], self.items, random, self._facts[name])
        if self._mixing:
            self._mix(arrays, random)
        self._seconds = time.perf_counter() - begun
        return arrays

    def close(self) -> None:
        """Wait for what is under way in the background."""
        self._ahead.close()

    def _batch_ahead(self, rows: Any, step: int) -> dict[str, np.ndarray]:
        with np.errstate(all="ignore"), flush_denormals():  # as the thread of the run does, to get the same numbers
            return self.batch(rows, step)

    def _taken(self, array: Any, rows: Any) -> np.ndarray:
        if self._backend.on_host:
            taken = array.take(rows, 0)
        else:  # changed on the host, and brought back: CuPy would need all of it written twice
            taken = self._backend.to_host(array[self._backend.xp.asarray(rows)])
        return taken.astype(self._dtype, copy=False) if taken.dtype.kind == "f" else taken

    def _mix(self, arrays: dict[str, np.ndarray], random: np.random.Generator) -> None:
        for labels, (name, classes) in self._labels.items():
            arrays[name] = np.eye(classes, dtype=self._dtype)[arrays.pop(labels)]
        for item in self._mixing:
            partner, share = item.draw(random, len(next(iter(arrays.values()))))
            for values in arrays.values():
                mix(values, partner, share)

    def _unmixable(self, network: Network) -> str:
        for node in network.outputs if self._mixing else ():
            assert isinstance(node.layer, Output)
            if not node.layer.loss.mixable:
                return (
                    f"Mixup needs targets between the classes, and {node.layer.loss.label} of '{node.node.title}' "
                    "knows none. Take cross-entropy, or switch Mixup off."
                )
        return ""


def misfit(augmentations: Sequence[Augmentation], shapes: Sequence[tuple[int, ...]]) -> str:
    """Why some of the augmentations can change none of the inputs, as a plain sentence; empty when they all can."""
    for item in in_use(augmentations):
        if not any(len(shape) in item.axes for shape in shapes):
            wanted = " or ".join(SHAPE_WORDS[axes] for axes in item.axes)
            found = " and ".join(map(str, dict.fromkeys(shapes)))
            return f"The augmentation '{item.label}' is for {wanted}, but the network takes {found}. Switch it off."
    return ""


def variants(
    example: np.ndarray,
    augmentations: Sequence[Augmentation],
    count: int,
    random: np.random.Generator,
    facts: InputFacts,
    others: np.ndarray,
) -> np.ndarray:
    """One example as training could meet it: for looking at.

    Args:
        example: (…, n_C).
        augmentations: The changes.
        count: How many variants.
        random: Draws them.
        facts: Statistics of the training part.
        others: Examples (k, …, n_C) that it may be mixed with.

    Returns:
        (count, …, n_C).
    """
    items = in_use(augmentations)
    batch = np.concatenate([np.repeat(example[None], count, 0), others[random.integers(0, len(others), count)]])
    augment(batch, items, random, facts)
    result, partners = batch[:count], batch[count:]
    for item in items:
        if isinstance(item, Mixup):
            _, share = item.draw(random, count)
            share = share.reshape(-1, *(1,) * (batch.ndim - 1)).astype(batch.dtype)
            result = share * result + (1 - share) * partners
    return result
