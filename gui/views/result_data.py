"""What the network answers for a part of the data: computed once for all result views, in the background."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

import numpy as np

from engine.answers import Answer, answers_of, decide, read_prediction, read_target
from engine.data import Part, PreparedData
from engine.data.selection import gather
from engine.layers.ends import Input, Output
from engine.network import CHUNK
from engine.plan import PlanNode
from gui.views.engine import ViewEngine

LIMIT = 20_000
"""Examples of a part that are predicted at most."""
NUMBERS = 20_000_000
"""Predicted numbers that are held at most, as of ten thousand classes."""


class ResultError(ValueError):
    """There is no result to show; the message is a plain sentence that says why."""


@dataclass(frozen=True, eq=False, slots=True)
class Outcome:
    """One answer for the examples of a part, beside the truth."""

    answer: Answer
    part: str
    m: int
    """Examples of the part; fewer may have been predicted."""
    places: np.ndarray
    """(n,) places of the examples within the part."""
    truth: np.ndarray
    """(n,) labels, or values in original units."""
    raw: np.ndarray
    """Ŷ (n, …) of the answer's node."""
    values: np.ndarray
    """(n, C) probabilities, or (n,) values in original units."""

    def decided(self, threshold: float) -> np.ndarray:
        """(n,) labels."""
        return decide(self.raw, self.answer, threshold)

    @property
    def sampled(self) -> str:
        """A sentence where not all examples were predicted, else nothing."""
        return f"{len(self.places):,} of {self.m:,} examples, evenly taken." if len(self.places) < self.m else ""


def outcome(engine: ViewEngine, part: str, index: int) -> Outcome:
    """Predict a part, unless that was done already with these weights.

    Args:
        engine: Network and data.
        part: "train", "dev" or "test".
        index: Which of the network's answers.

    Raises:
        ResultError: there is no such part or answer, or the network's numbers are not finite.
    """
    answers = answers_of(engine.network.outputs, engine.data)
    if part not in engine.data.parts or not engine.data.parts[part].m:
        raise ResultError(f"The {part} part holds no example. Give it a share of the data in the Data panel.")
    if not 0 <= index < len(answers):
        raise ResultError("This output predicts neither classes nor single numbers.")
    answer = answers[index]
    places, predictions = _predicted(engine, part)
    raw = predictions[answer.node]
    broken = int((~np.isfinite(raw.reshape(len(raw), -1))).any(axis=1).sum())
    if broken:
        raise ResultError(
            f"For {broken:,} of {len(raw):,} examples of the {part} part the network's answer is not a finite number. "
            "Its weights have grown out of bounds: start again with a smaller learning rate α."
        )
    source = engine.data.parts[part]
    truth = read_target(source, answer, engine.data, places)
    return Outcome(answer, part, source.m, places, truth, raw, read_prediction(raw, answer, engine.data))


def _predicted(engine: ViewEngine, part: str) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Places within the part, and Ŷ by the id of the Output; kept while the weights stay."""
    kept = engine.memory.setdefault("results", {})
    weights, source = engine.memory.get("weights"), engine.data.parts[part]
    if part in kept and kept[part][0] is weights:
        return kept[part][1:]
    places = np.arange(source.m)
    width = sum(prod(node.shape or ()) for node in engine.network.outputs)
    limit = min(LIMIT, max(NUMBERS // max(width, 1), 100))
    if source.m > limit:
        places = np.linspace(0, source.m - 1, limit).round().astype(np.int64)
    if part not in kept:
        _check_targets(engine, source, places)
    chunks = [engine.predict(inputs) for inputs in _chunks(engine, source, places)]
    predictions = {name: np.concatenate([chunk[name] for chunk in chunks]) for name in chunks[0]}
    kept[part] = (weights, places, predictions)
    return places, predictions


def _check_targets(engine: ViewEngine, source: Part, places: np.ndarray) -> None:
    targets = {}
    for node in engine.network.outputs:
        assert isinstance(node.layer, Output)
        targets[node.id] = source.target(node.layer.source)[places]
    engine.network.encode_targets(targets)  # says in a sentence what does not fit


def _chunks(engine: ViewEngine, source: Part, places: np.ndarray) -> Iterator[dict[str, np.ndarray]]:
    for start in range(0, len(places), CHUNK):
        rows = places[start : start + CHUNK]
        yield {node.id: input_rows(engine.data, source, node, rows) for node in engine.network.inputs}


def input_rows(data: PreparedData, source: Part, node: PlanNode, rows: np.ndarray) -> np.ndarray:
    """Some examples as an Input takes them; only they are copied, however large the part is."""
    assert isinstance(node.layer, Input)
    picks = data.input_layout.find(node.layer.source)
    return gather({pick.array: source.inputs[pick.array][rows] for pick in picks}, picks)
