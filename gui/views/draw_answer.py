"""What the network makes of a drawing: the answer and all activations, computed in the background."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np

from engine.answers import answers_of, decide, read_prediction
from engine.data import DataError, PreparedData
from engine.layers.ends import Input
from engine.plan import PlanNode
from engine.tensors import Tensor, largest, layer_numbers, symbol_of
from gui.views.draw_image import SAMPLE, Style, in_units, seen_by, style_of
from gui.views.engine import Batch, ViewEngine
from gui.views.result_bars import Verdict
from gui.views.result_pictures import picture_shape
from gui.views.tensor_picture import Picture, picture_of

MOST_LAYERS = 40
"""Layers whose activations are shown."""
MOST_BARS = 256
"""Numbers of a dense layer that are shown."""


@dataclass(frozen=True, slots=True)
class PictureInput:
    """Where the network takes pictures."""

    node: str
    source: str
    array: str
    shape: tuple[int, int, int]


@dataclass(frozen=True, eq=False, slots=True)
class Question:
    """A drawing, and what is to be done with it."""

    drawing: np.ndarray
    style: Style
    centre: bool
    target: PictureInput
    example: tuple[str, int]
    """Where the network has more inputs, they are those of this example."""
    index: int
    """Which of the network's answers."""
    threshold: float


@dataclass(frozen=True, eq=False, slots=True)
class LayerPicture:
    """The activations of one layer."""

    node: str
    title: str
    symbol: str
    shape: tuple[int, ...]
    picture: Picture
    limit: float


@dataclass(frozen=True, eq=False, slots=True)
class Reply:
    """The answer to a drawing."""

    seen: np.ndarray
    """(height, width, channels) what the network saw, from 0 to 1."""
    verdict: Verdict | None
    layers: tuple[LayerPicture, ...]
    left_out: int
    """Layers that are not shown."""
    step: int


def picture_input(data: PreparedData, inputs: list[PlanNode]) -> PictureInput | None:
    """The first input that takes pictures of one or three channels."""
    for node in inputs:
        assert isinstance(node.layer, Input)
        try:
            picks = data.input_layout.find(node.layer.source)
        except DataError:
            continue  # the engine says what is wrong
        shape = picture_shape(data, picks[0].array)
        if len(picks) == 1 and picks[0].indices is None and shape is not None and shape[2] in (1, 3):
            return PictureInput(node.id, node.layer.source, picks[0].array, shape)
    return None


def data_style(data: PreparedData, target: PictureInput) -> Style:
    """What the training pictures are like."""
    most = max(1, min(200, SAMPLE // prod(target.shape)))
    own = data.train.inputs[target.array][:most]
    raw = data.input_scaling[target.array].undo(own)
    return style_of(np.asarray(raw).reshape(len(own), *target.shape))


def answer_to(engine: ViewEngine, question: Question) -> Reply:
    """Run a drawing through the network. Raises DataError, ValueError."""
    target, data = question.target, engine.data
    if target.node not in engine.network.plan.nodes:
        raise ValueError("The network's input is another one now.")
    seen = seen_by(question.drawing, question.style, centre=question.centre)
    raw = in_units(seen, question.style).reshape(1, *data.input_shape(target.source))
    part, place = question.example
    batch = engine.batch(part, [place])
    scaled = data.scale_input(raw, target.source)
    inputs = batch.inputs | {target.node: scaled.astype(batch.inputs[target.node].dtype, copy=False)}
    bound = engine.run(Batch(part, batch.rows, inputs, batch.targets), backward=False)
    verdict = _verdict(engine, question, inputs)
    layers, left_out = _layers(engine, bound)
    return Reply(seen, verdict, layers, left_out, engine.step)


def _verdict(engine: ViewEngine, question: Question, inputs: dict[str, np.ndarray]) -> Verdict | None:
    answers = answers_of(engine.network.outputs, engine.data)
    if not answers:
        return None
    answer = answers[min(question.index, len(answers) - 1)]
    raw = engine.predict(inputs)[answer.node]
    values = np.atleast_1d(read_prediction(raw, answer, engine.data)[0])
    if not np.isfinite(values).all():
        raise ValueError(
            f"The network's answer for {answer.title} is not a finite number: its weights have grown out of bounds. "
            "Start the training anew with a smaller learning rate."
        )
    score = float(raw[0, answer.component]) if answer.scored else float("nan")
    guess = int(decide(raw, answer, question.threshold)[0]) if answer.kind == "classes" else -1
    return Verdict(answer, values, score, guess)


def _layers(engine: ViewEngine, bound: object) -> tuple[tuple[LayerPicture, ...], int]:
    plan, found, before = engine.network.plan, [], None
    numbers = layer_numbers(plan)
    for node in plan.nodes.values():
        key = f"{node.id}/A"
        if node.id not in plan.used or not node.layer.ports or node.layer.terminal:
            continue
        try:
            array = np.asarray(bound.array(key))  # pyright: ignore[reportAttributeAccessIssue]
        except KeyError:
            continue
        if before is not None and np.may_share_memory(array, before) and array.size == before.size:
            continue  # the same numbers in another shape
        before = array
        found.append((node, array, symbol_of("A", numbers[node.id])))
    shown = [_picture(*each) for each in found[:MOST_LAYERS]]
    return tuple(shown), len(found) - len(shown)


def _picture(node: PlanNode, array: np.ndarray, symbol: str) -> LayerPicture:
    one = array[0]
    shape = tuple(one.shape)
    limit = largest(one)
    tensor = Tensor(f"{node.id}/A", symbol, "value", array.shape)
    if one.ndim == 1:
        picture = picture_of(tensor, one[:MOST_BARS], limit)
    elif one.ndim > 3:
        picture = picture_of(tensor, one[None, len(one) // 2], limit)  # of a volume the slice in the middle
    else:
        picture = picture_of(tensor, array, limit)
    return LayerPicture(node.id, node.node.title, symbol, shape, picture, limit)
