"""What the tensor views ask and compute in the background: plain values only."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from engine.compiler import BoundProgram
from engine.tensors import Pair, Statistics, Tensor, histogram, largest, layer_tensors, statistics
from gui.views.engine import ViewEngine
from gui.views.tensor_picture import Picture, picture_of

OWN, LAYER, NETWORK = "own", "layer", "network"
"""How far a colour scale reaches."""


@dataclass(frozen=True, slots=True)
class Examples:
    """The batch that values and gradients are of."""

    part: str = "train"
    count: int = 32
    """So many from the beginning of the part."""
    place: int | None = None
    """Only this example instead."""
    training: bool = True
    """As in training: dropout drops, batch normalization uses the batch."""

    def run(self, engine: ViewEngine) -> tuple[BoundProgram, np.ndarray]:
        """Forward and backward. Returns the program and the places of its examples. Raises DataError, ValueError."""
        batch = engine.batch(self.part, self.count if self.place is None else [self.place])
        if not batch.m:
            raise ValueError(f"The {self.part} part has no examples. Choose another part.")
        return engine.run(batch, training=self.training), batch.rows

    def __str__(self) -> str:
        mode = "" if self.training else ", in use"
        what = f"first {self.count:,}" if self.place is None else f"example {self.place:,}"
        return f"{what} of {self.part}{mode}"


@dataclass(frozen=True, slots=True)
class Question:
    """Which layer is to be shown, with what."""

    node: str
    examples: Examples
    example: int = 0
    """Place within the part of the example whose image is shown, if it is in the batch."""
    scale: str = OWN


@dataclass(frozen=True, eq=False, slots=True)
class Card:
    """Everything about one tensor that is shown."""

    tensor: Tensor
    statistics: Statistics
    histogram: np.ndarray
    """(bins,) counts from −limit to limit."""
    limit: float
    """End of the colour scale and of the histogram."""
    picture: Picture
    rows: np.ndarray
    """Places within the part of the examples of the batch."""
    column: int
    """Place of the pair it belongs to."""


@dataclass(frozen=True, eq=False, slots=True)
class Answer:
    """The tensors of one layer."""

    node: str
    examples: Examples
    step: int
    cards: tuple[Card, ...]


def compute_answer(engine: ViewEngine, question: Question) -> Answer:
    """The cards of a layer. Raises ValueError with a sentence when the layer has no tensors."""
    plan = engine.network.plan
    if question.node not in plan.nodes:
        raise ValueError("This layer is not in the network any more. Choose another one.")
    bound, rows = question.examples.run(engine)
    pairs = layer_tensors(plan, bound.program, question.node)
    if question.node not in plan.used or not pairs:
        title = plan.nodes[question.node].node.title
        raise ValueError(f"'{title}' leads to no Output, so nothing is computed for it. Connect it.")
    limits = _limits(engine, bound, question, pairs)
    found = np.flatnonzero(rows == question.example)
    example = int(found[0]) if len(found) else 0
    cards = []
    for column, pair in enumerate(pairs):
        for tensor in filter(None, pair):
            array = np.asarray(bound.array(tensor.key))
            own = largest(array) if question.scale == OWN else limits[tensor.role == "gradient"]
            cards.append(
                Card(
                    tensor, statistics(array), histogram(array, own), own,
                    picture_of(tensor, array, own, example), rows, column,
                )
            )  # fmt: skip
    return Answer(question.node, question.examples, engine.step, tuple(cards))


def _limits(engine: ViewEngine, bound: BoundProgram, question: Question, pairs: list[Pair]) -> tuple[float, float]:
    """The common ends of the colour scales: of all values, and of all gradients, which are far smaller."""
    if question.scale == OWN:
        return 0.0, 0.0
    if question.scale == NETWORK:
        plan = engine.network.plan
        pairs = [pair for node in plan.nodes if node in plan.used for pair in layer_tensors(plan, bound.program, node)]
    keys: tuple[set[str], set[str]] = set(), set()
    for pair in pairs:
        for tensor in filter(None, pair):
            keys[tensor.role == "gradient"].add(tensor.key)
    values, gradients = (largest(*(np.asarray(bound.array(key)) for key in names)) for names in keys)
    return values, gradients


@dataclass(frozen=True, slots=True)
class Watch:
    """A tensor whose statistics are recorded."""

    tensor: Tensor
    node: str
    title: str
    """Of the node."""
    examples: Examples | None
    """None for parameters and states, which do not depend on a batch."""

    @property
    def label(self) -> str:
        """Its name in legends: dW[2] · Dense 2."""
        return f"{self.tensor.symbol} · {self.title}"

    @property
    def key(self) -> tuple[str, Examples | None]:
        """What makes it another one."""
        return self.tensor.key, self.examples


def watch_of(tensor: Tensor, node: str, title: str, examples: Examples) -> Watch:
    """A watch; parameters and states need no batch."""
    needs_batch = tensor.role in ("value", "gradient")
    return Watch(replace(tensor, shape=()), node, title, examples if needs_batch else None)


def compute_watches(engine: ViewEngine, watches: tuple[Watch, ...]) -> tuple[int, dict[Watch, Statistics]]:
    """The statistics of some tensors now; one pass for each batch among them, none for parameters alone.

    Returns:
        The step of the weights, and what was found; a tensor that this network does not have is left out.
    """
    found: dict[Watch, Statistics] = {}
    batches: dict[Examples | None, list[Watch]] = {}
    for watch in watches:
        batches.setdefault(watch.examples, []).append(watch)
    for examples, group in batches.items():
        bound = examples.run(engine)[0] if examples is not None else None
        for watch in group:
            array = _array(engine, bound, watch.tensor.key)
            if array is not None:
                found[watch] = statistics(array)
    return engine.step, found


def _array(engine: ViewEngine, bound: BoundProgram | None, key: str) -> np.ndarray | None:
    if bound is None:
        return engine.network[key] if key in engine.network.names else None
    known = key in bound.program.buffers or key in bound.program.external
    return np.asarray(bound.array(key)) if known else None
