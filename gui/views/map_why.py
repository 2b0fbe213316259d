"""Why the network answers as it does for one example: saliency, Grad-CAM and occlusion. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from engine.answers import Answer as NetworkAnswer
from engine.answers import answers_of, read_prediction, read_target
from engine.attribution import OcclusionMap, Probe, covered, grad_cam, patches, saliency, stretched
from engine.plan import Plan, PlanNode
from gui.views.engine import ViewEngine
from gui.views.map_source import FLAT, Sight, in_units, input_tile, rows_of, sights_of
from gui.views.map_tiles import Tile, map_tile, middle, scale_of
from gui.views.map_work import Slice, Steps, advance, chunk
from gui.views.tensor_text import number_text

LIKELIEST = -1
"""In place of a class: what the network answers."""


@dataclass(frozen=True, slots=True)
class Question:
    """Which score of which example is to be explained."""

    part: str
    place: int
    index: int = 0
    """Which of the network's answers."""
    label: int = LIKELIEST
    layer: str = ""
    """Whose Grad-CAM; the last that fits where it is empty."""
    patch: int = 0
    """Side of the patch; 0 for about a sixth of the image."""
    stride: int = 0
    """Step of the patch; 0 for half of it."""
    asked: int = 0
    run: bool = True
    depth: int | None = None
    over: bool = True
    """Lay the maps over the example."""


@dataclass(frozen=True, eq=False, slots=True)
class Answer:
    """The maps of one example."""

    question: Question
    tiles: tuple[Tile, ...]
    maps: dict[str, np.ndarray]
    """Saliency, Grad-CAM and occlusion (…) over the places of the input, in the units of the score."""
    sentence: str
    note: str
    """What cannot be shown, and why."""
    occlusion: Slice
    patch: int
    stride: int
    patches: int
    sight: Sight


def answers(engine: ViewEngine) -> tuple[NetworkAnswer, ...]:
    """What the network answers, in words; without those that predict pictures."""
    return answers_of(engine.network.outputs, engine.data)


def camera_layers(plan: Plan, sight: Sight) -> list[PlanNode]:
    """The layers whose Grad-CAM can be laid over the input: with as many axes of places, and on the way to it."""
    return [
        node for node in plan.nodes.values()
        if node.id in plan.used and node.inputs and not node.layer.terminal
        and node.shape is not None and len(node.shape) == len(sight.shape) and len(node.shape) > 1
    ]  # fmt: skip


def compute_why(engine: ViewEngine, question: Question) -> Answer:
    """Saliency and Grad-CAM now, occlusion for a slice of time. Raises ValueError with a sentence."""
    plan, data = engine.network.plan, engine.data
    sights = sights_of(data, plan)
    if not sights:
        raise ValueError(FLAT)
    known = answers(engine)
    if not known:
        raise ValueError("The network predicts neither classes nor single numbers, so there is no score to explain.")
    answer = known[min(question.index, len(known) - 1)]
    sight = sights[0]
    score_node = plan.nodes[answer.node].inputs[0]
    x = rows_of(data, plan, question.part, np.array([question.place]))
    probe = _probe(engine, score_node, 1, gradients=True)
    z = probe.forward(x)[0]
    prediction = np.array(engine.network.backend.to_host(probe.program.array(f"{answer.node}/Y_hat")))
    label, seed, sentence = _score(engine, question, answer, z, prediction)
    probe.backward(seed[None])
    slope = probe.gradient(sight.node).reshape(sight.shape)
    maps = {"Saliency": saliency(slope)}
    layer = _camera(plan, sight, question.layer)
    note = "This network has no layer with places for Grad-CAM."
    if layer is not None:
        small = grad_cam(probe.output(layer.id)[0], probe.gradient(layer.id)[0])
        maps["Grad-CAM"] = stretched(small.astype(np.float64), sight.sizes)
        note = ""
    patch, stride = sizes_of(sight, question)
    boxes = patches(sight.sizes, patch, stride)
    occlusion = advance(
        engine, "why occlusion",
        (question.part, question.place, answer.node, label, seed.tobytes(), patch, stride, question.asked),
        lambda: _occlude(engine, question, sight, score_node, x, seed, boxes), run=question.run,
    )  # fmt: skip
    if occlusion.value is not None:
        maps["Occlusion"] = occlusion.value
    shown = in_units(data, sight, x[sight.node])
    return Answer(
        question,
        _tiles(sight, shown, maps, question),
        maps,
        sentence,
        note,
        occlusion,
        patch,
        stride,
        len(boxes),
        sight,
    )


def sizes_of(sight: Sight, question: Question) -> tuple[int, int]:
    """Side and step of the patch that hides the input."""
    patch = question.patch or max(2, min(sight.sizes) // (3 if len(sight.sizes) == 3 else 5))
    return patch, min(question.stride or max(1, patch // 2), patch)


def _probe(engine: ViewEngine, node: str, m: int, *, gradients: bool) -> Probe:
    """Kept from one call to the next."""
    key = ("why", node, m, gradients)
    if key not in engine.memory:
        engine.memory[key] = Probe(engine.network, node, m, gradients=gradients)
    return engine.memory[key]


def _score(
    engine: ViewEngine, question: Question, answer: NetworkAnswer, z: np.ndarray, prediction: np.ndarray
) -> tuple[int, np.ndarray, str]:
    """The class, ∂score/∂Z, and a sentence on what the network answers and what is true."""
    data = engine.data
    read = read_prediction(prediction, answer, data)[0]
    row = np.array([question.place])
    truth = read_target(data.parts[question.part], answer, data, row)[0]
    seed, example = np.zeros(z.shape), f"Example {question.place:,} of {question.part}"
    if answer.kind == "values":
        seed[answer.component] = 1
        shown = number_text(float(read))
        return 0, seed, f"{example}: {answer.title} {shown}, true {number_text(float(truth))}. What raises it?"
    if not np.isfinite(read).all():
        raise ValueError(
            "The network's answer is not a finite number: its weights have grown out of bounds. "
            "Start again with a smaller learning rate α."
        )
    best = int(np.argmax(read))
    label = best if question.label == LIKELIEST else min(question.label, len(answer.class_names) - 1)
    names = answer.class_names
    true = names[int(truth)] if int(truth) < len(names) else str(int(truth))
    if answer.one_logit:
        seed[answer.component] = 1 if label == 1 else -1
    else:
        seed[label] = 1
    sentence = (
        f"{example}: answer {names[best]} ({float(read[best]):.1%}), true {true}. What speaks for {names[label]}?"
    )
    return label, seed, sentence


def _camera(plan: Plan, sight: Sight, chosen: str) -> PlanNode | None:
    layers = camera_layers(plan, sight)
    return next((node for node in layers if node.id == chosen), layers[-1] if layers else None)


def _occlude(
    engine: ViewEngine, question: Question, sight: Sight, node: str, x: dict[str, np.ndarray], seed: np.ndarray,
    boxes: list,
) -> Steps:  # fmt: skip
    """Yields the map so far. What is hidden gets the mean of the training part, channel by channel."""
    plan, data = engine.network.plan, engine.data
    m = min(chunk(plan.multiplications), len(boxes))
    sample = rows_of(data, plan, "train", np.arange(min(data.train.m, 200)))[sight.node]
    fill = sample.reshape(-1, sight.shape[-1]).mean(0)
    one = x[sight.node][0].reshape(sight.shape)
    score = float((_probe(engine, node, 1, gradients=True).forward(x)[0] * seed).sum())
    probe, found = _probe(engine, node, m, gradients=False), OcclusionMap(sight.sizes)
    same = {name: np.repeat(values, m, 0) for name, values in x.items()}
    for start in range(0, len(boxes), m):
        own = boxes[start : start + m]
        hidden = np.stack([covered(one, own[min(k, len(own) - 1)], fill) for k in range(m)])
        same[sight.node] = hidden.reshape(m, *x[sight.node].shape[1:])
        scores = probe.forward(same).reshape(m, -1) @ seed.reshape(-1)
        for box, value in zip(own, scores, strict=False):
            found.add(box, score - float(value))
        yield (start + len(own)) / len(boxes), found.values


def _tiles(sight: Sight, shown: np.ndarray, maps: dict[str, np.ndarray], question: Question) -> tuple[Tile, ...]:
    depth = question.depth if sight.kind == "volume" else None
    plain = input_tile(sight, shown, sight.kind.capitalize(), depth, tip="The example itself")
    tips = {
        "Saliency": "|∂score/∂x|: how much the score changes with each value",
        "Grad-CAM": "What the layer finds here speaks for the answer",
        "Occlusion": "How much the score falls where this place is hidden: blue falls, orange rises",
    }
    tiles = [plain]
    for name, tip in tips.items():
        if name not in maps:
            continue
        values = maps[name]
        if sight.kind == "volume":
            values = values[middle(values.shape[0], depth)]
        limit = scale_of(maps[name])
        if not question.over and values.ndim == 2:
            tiles.append(map_tile(name, np.nan_to_num(values), limit, tip=tip))
        else:
            heat = np.nan_to_num(values) / (limit if limit > 0 else 1)
            tiles.append(replace(plain, title=name, heat=heat, tip=tip))
    return tuple(tiles)
