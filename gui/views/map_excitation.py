"""What excites a channel: the examples of the data set that do most, and an input made for it. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np

from engine.attribution import Ascent, Probe, Strongest, ascend
from engine.data import PreparedData
from engine.plan import Plan, PlanNode
from engine.receptive_fields import place_box, receptive_field
from gui.views.engine import ViewEngine
from gui.views.map_source import Sight, drawn_box, in_units, input_tile, place_names, rows_of, seen_box, sight_behind
from gui.views.map_source import sights_of as find_sights
from gui.views.map_tiles import Ranges, Tile
from gui.views.map_work import Slice, Steps, advance, chunk, latest
from gui.views.tensor_text import number_text

COUNT = 9
LIMIT = 20_000
"""Examples that are searched at most, evenly taken."""
SETTINGS = Ascent()
NOISES = (0.3, 0.3, 0.6, 1.0, 1.0)
"""Strengths of the noise that the ascent begins with, one after another until a gradient comes back."""
SEARCH, ASCENT = "excitation search", "excitation ascent"


@dataclass(frozen=True, slots=True)
class Question:
    """Which channel is looked at."""

    node: str
    channel: int
    part: str
    asked: int = 0
    run: bool = True
    whole: bool = False
    """Show whole examples with a frame instead of the patches."""


@dataclass(frozen=True, eq=False, slots=True)
class Answer:
    """What was found so far."""

    question: Question
    search: Slice
    ascent: Slice
    tiles: tuple[Tile, ...]
    values: tuple[float, ...]
    examples: tuple[int, ...]
    """Places within the part of the examples of the tiles."""
    made: Tile | None
    """The input that gradient ascent has made so far."""
    searched: int
    """Examples that are searched."""
    sight: Sight | None


def compute_excitation(engine: ViewEngine, question: Question) -> Answer:
    """Go on for a slice of time: first the search for all channels at once, then the ascent for the one."""
    plan = engine.network.plan
    node = plan.nodes.get(question.node)
    if node is None or node.shape is None or node.id not in plan.used:
        raise ValueError("This layer is not in the network any more. Choose another one.")
    channel = min(question.channel, node.shape[-1] - 1)
    rows = _searched(engine.data, question.part)
    search = advance(
        engine, SEARCH, (node.id, question.part, question.asked),
        lambda: _search(engine, node, question.part, rows), run=question.run,
    )  # fmt: skip
    sight = sight_behind(find_sights(engine.data, plan), plan, node.id)
    ascent = Slice(None, 0.0, False, engine.step)
    if sight is not None and (search.finished or ASCENT in engine.memory):
        ascent = advance(
            engine, ASCENT, (node.id, channel, question.part, question.asked),
            lambda: _ascent(engine, node, channel, question.part), run=question.run and search.finished,
        )  # fmt: skip
    tiles, values, examples = _patches(engine, question, node, channel, search, sight)
    made = _made(engine, question, node, channel, ascent, sight)
    return Answer(question, search, ascent, tiles, values, examples, made, len(rows), sight)


def _searched(data: PreparedData, part: str) -> np.ndarray:
    m = data.parts[part].m
    if not m:
        raise ValueError(f"The {part} part has no examples. Choose another part.")
    return np.arange(m) if m <= LIMIT else np.linspace(0, m - 1, LIMIT).round().astype(np.int64)


def _search(engine: ViewEngine, node: PlanNode, part: str, rows: np.ndarray) -> Steps:
    """Yields the numbers of `Strongest`, for all channels of the layer."""
    plan, shape = engine.network.plan, node.shape or (1,)
    most = Strongest(shape[-1], COUNT)
    m = min(chunk(plan.multiplications + 50 * prod(shape)), len(rows))
    probe = Probe(engine.network, node.id, m, gradients=False)
    for start in range(0, len(rows), m):
        own = rows[start : start + m]
        padded = np.concatenate([own, np.repeat(own[-1:], m - len(own))])  # one program serves the last batch too
        values = probe.forward(rows_of(engine.data, plan, part, padded))
        most.add(values[: len(own)], own)
        yield (start + len(own)) / len(rows), (most.values, most.rows, most.places)


def _example(engine: ViewEngine, node: PlanNode, channel: int) -> tuple[int, tuple[int, ...]] | None:
    """The example that excites a channel most, if any does, and where in the channel."""
    found = latest(engine, SEARCH)
    if found is None or not found[0][channel, 0] > 0:
        return None
    _, rows, places = found
    return int(rows[channel, 0]), _place(node, int(places[channel, 0]))


def _ascent(engine: ViewEngine, node: PlanNode, channel: int, part: str) -> Steps:
    """Yields inputs, what they reach and the place for which they are made: the middle one, beginning with noise; where
    no gradient comes back from it, that of the strongest example, beginning with that."""
    network = engine.network
    plan, data = network.plan, engine.data
    probe, shape = Probe(network, node.id), node.shape or ()
    sample = rows_of(data, plan, part, np.arange(min(data.parts[part].m, 200)))
    everything = np.concatenate([values.ravel() for values in sample.values()]).astype(np.float64)
    middle, spread = float(everything.mean()), float(everything.std()) or 1.0
    low, high = float(everything.min()), float(everything.max())
    random = np.random.default_rng(SETTINGS.seed)
    centre = tuple(n // 2 for n in shape[:-1])
    starts = [
        (
            {
                name: np.clip(middle + size * spread * random.normal(size=(1, *values.shape[1:])), low, high)
                for name, values in sample.items()
            },
            centre,
        )
        for size in NOISES
    ]
    best = _example(engine, node, channel)
    if best is not None:
        example, place = best
        inputs = rows_of(data, plan, part, np.array([example]))
        starts.append(({name: np.asarray(values, np.float64) for name, values in inputs.items()}, place))
    for start, place in starts:
        seed, steps = np.zeros((1, *shape)), 0
        seed[(0, *place, channel)] = 1
        for made, value in ascend(probe, start, seed, middle, spread, low, high, SETTINGS):
            steps += 1
            yield steps / SETTINGS.steps, (made, value, place)
        if steps:
            return


def _patches(
    engine: ViewEngine, question: Question, node: PlanNode, channel: int, search: Slice, sight: Sight | None
) -> tuple[tuple[Tile, ...], tuple[float, ...], tuple[int, ...]]:
    if search.value is None or sight is None:
        return (), (), ()
    values, rows, places = (array[channel] for array in search.value)
    found = [k for k in range(COUNT) if rows[k] >= 0 and np.isfinite(values[k])]
    if not found:
        return (), (), ()
    inputs = rows_of(engine.data, engine.network.plan, question.part, rows[found])[sight.node]
    tiles = [
        _patch(engine, question, node, sight, inputs[k], channel, int(places[k]), int(rows[k]), float(values[k]))
        for k in found
    ]
    return tuple(tiles), tuple(float(values[k]) for k in found), tuple(int(rows[k]) for k in found)


def _patch(
    engine: ViewEngine, question: Question, node: PlanNode, sight: Sight, x: np.ndarray,
    channel: int, at: int, row: int, value: float,
) -> Tile:  # fmt: skip
    place = _place(node, at)
    where = f", {place_names(len(place), place)} of {node.node.title}" if place else ""
    tip = f"Example {row:,} of {question.part}{where}: {number_text(value)}"
    box = seen_of(engine.network.plan, node, sight, place, channel)
    return _cut(sight, in_units(engine.data, sight, x), box, number_text(value), tip, whole=question.whole)


def _cut(sight: Sight, x: np.ndarray, box: Ranges | None, title: str, tip: str, *, whole: bool) -> Tile:
    """What lies in a box of an example (…, n_C), or all of it with a frame; of a volume the slice in the middle."""
    if box is None:
        return input_tile(sight, x, title, tip=tip)
    start = 0 if whole else box[0][0]
    depth = (box[0][0] + box[0][1]) // 2 - start
    if whole:
        return input_tile(sight, x, title, depth, tip=tip, box=drawn_box(sight, box))
    return input_tile(sight, x[tuple(slice(a, b) for a, b in box)], title, depth, tip=tip)


def _place(node: PlanNode, number: int) -> tuple[int, ...]:
    """A place of a layer from its number in row order; () for flat outputs."""
    shape = node.shape or ()
    return tuple(int(k) for k in np.unravel_index(number, shape[:-1])) if len(shape) > 1 else ()


def seen_of(plan: Plan, node: PlanNode, sight: Sight, place: tuple[int, ...], channel: int) -> Ranges | None:
    """What one place of a channel sees of an input; None where it sees only padding."""
    field = receptive_field(plan, node.id, place_box(node.shape or (), place, channel))
    return seen_box(sight, field.get(sight.node))


def _made(
    engine: ViewEngine, question: Question, node: PlanNode, channel: int, ascent: Slice, sight: Sight | None
) -> Tile | None:
    if ascent.value is None or sight is None:
        return None
    inputs, value, place = ascent.value
    where = f" at {place_names(len(place), place)}" if place else ""
    tip = f"Made by gradient ascent: the channel has {number_text(value)}{where}"
    box = seen_of(engine.network.plan, node, sight, place, channel)
    x = in_units(engine.data, sight, inputs[sight.node])
    return _cut(sight, x, box, number_text(value), tip, whole=question.whole)
