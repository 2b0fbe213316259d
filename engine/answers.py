"""What a network answers: classes or values by output, in the words and units of its data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from engine.data import DataError, Part, PreparedData, Target
from engine.layers.ends import Output
from engine.loss import Loss
from engine.plan import PlanNode


@dataclass(frozen=True, slots=True)
class Answer:
    """One thing a network predicts: one of C classes, yes or no, or one number."""

    node: str
    source: str
    component: int
    """Which entry of Ŷ it is; 0 where all of Ŷ together is one answer."""
    title: str
    kind: Literal["classes", "values"]
    class_names: tuple[str, ...] = ()
    one_logit: bool = False
    """Two classes from one number: P of the second."""
    scored: bool = False
    """The number is a score with the boundary at 0 and a margin of 1, not a probability."""


def answers_of(nodes: Sequence[PlanNode], data: PreparedData) -> tuple[Answer, ...]:
    """The answers of some Output nodes; none of those that predict pictures or other arrays. Raises DataError."""
    several = len(nodes) > 1
    return tuple(answer for node in nodes for answer in node_answers(node, data, several=several))


def node_answers(node: PlanNode, data: PreparedData, *, several: bool) -> list[Answer]:
    """The answers of one Output node.

    Args:
        node: An Output with a shape.
        data: What its targets are.
        several: The network has more outputs, so that titles need the node's name.
    """
    layer, shape = node.layer, node.shape
    assert isinstance(layer, Output)
    if shape is None or len(shape) != 1:
        return []
    target, title = data.target_of(layer.source), node.node.title
    scored = type(layer.loss).predict is Loss.predict
    if layer.loss.task == "classes":
        names = tuple(class_name(target, k) for k in range(shape[0]))
        return [Answer(node.id, layer.source, 0, title if several else target.name, "classes", names)]
    answers = []
    for k in range(shape[0]):
        own = target.columns[k] if k < len(target.columns) else (target.name if shape[0] == 1 else f"unit {k}")
        whole = f"{title} · {own}" if several else own
        if layer.loss.task == "binary":
            names = (class_name(target, 0), class_name(target, 1))
            answers.append(Answer(node.id, layer.source, k, whole, "classes", names, True, scored))
        else:
            answers.append(Answer(node.id, layer.source, k, whole, "values"))
    return answers


def class_name(target: Target, k: int) -> str:
    """The name of a class; its number where the data has no name for it."""
    return target.class_names[k] if k < len(target.class_names) else str(k)


def read_prediction(prediction: np.ndarray, answer: Answer, data: PreparedData) -> np.ndarray:
    """What Ŷ (m, n) of a node says on one of its answers.

    Returns:
        (m, C) probabilities; of a score s, (1 ± s)/2 cut off at the margin; or (m,) values in original units.
    """
    if answer.kind == "values":
        target = data.target_of(answer.source)
        if target.kind == "values" and prediction.shape[1] == len(target.columns):
            prediction = data.unscale_target(prediction, answer.source)
        return prediction[:, answer.component]
    if not answer.one_logit:
        return prediction
    p = prediction[:, answer.component]
    p = np.clip((p + 1) / 2, 0, 1) if answer.scored else p
    return np.stack([1 - p, p], axis=1)


def read_target(part: Part, answer: Answer, data: PreparedData, rows: np.ndarray | None = None) -> np.ndarray:
    """The truth: labels (m,) of whole numbers, or values (m,) in original units.

    Raises:
        DataError: the targets have fewer columns than the network has outputs.
    """
    values = part.target(answer.source)
    values = values if rows is None else values[rows]
    if data.target_of(answer.source).kind == "values":
        if answer.component >= values.shape[1]:
            raise DataError(
                f"The network predicts {answer.component + 1} numbers or more, but the target has {values.shape[1]}. "
                f"Give the last layer {values.shape[1]} units."
            )
        values = data.unscale_target(values, answer.source)[:, answer.component]
        return (values > 0.5).astype(np.int64) if answer.kind == "classes" else values
    return values if answer.kind == "classes" else values.astype(np.float64)


def decide(prediction: np.ndarray, answer: Answer, threshold: float = 0.5) -> np.ndarray:
    """The class (m,) that each row of Ŷ (m, n) is taken for.

    Args:
        prediction: Ŷ of the answer's node.
        answer: Of classes.
        threshold: Of two classes the second is taken where its probability is above it; of a score s, where
            (1 + s)/2 is, so that 0.5 is the boundary at 0.
    """
    if answer.one_logit:
        least = 2 * threshold - 1 if answer.scored else threshold
        return (prediction[:, answer.component] > least).astype(np.int64)
    if len(answer.class_names) == 2 and threshold != 0.5:
        return (prediction[:, 1] > threshold).astype(np.int64)
    return prediction.argmax(axis=1)


def rank_scores(prediction: np.ndarray, answer: Answer, k: int) -> np.ndarray:
    """Numbers (m,) that are the larger the surer Ŷ (m, n) is of class k: probabilities, or scores as they are."""
    if not answer.one_logit:
        return prediction[:, k]
    p = prediction[:, answer.component]
    return p if k == 1 else -p if answer.scored else 1 - p
