"""The activations of a layer for one example as tiles. No Qt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.attribution import stretched
from engine.program import Program
from engine.shapes import Shape
from engine.tensors import layer_numbers, symbol_of
from gui.views.engine import ViewEngine
from gui.views.map_source import Sight, in_units, input_tile, sight_behind, sights_of
from gui.views.map_tiles import Tile, array_tile, middle, scale_of, short_text, vector_tile
from gui.views.tensor_answer import NETWORK, OWN
from gui.views.tensor_text import number_text

MOST_CHANNELS = 256
"""Channels that are drawn."""


@dataclass(frozen=True, slots=True)
class Question:
    """Which activations are to be shown."""

    node: str
    part: str
    place: int
    scale: str = OWN
    depth: float | None = None
    """Where to cut through volumes, from 0 to 1 of their depth; the middle for None."""


@dataclass(frozen=True, eq=False, slots=True)
class Answer:
    """The activations of one layer."""

    question: Question
    symbol: str
    values: np.ndarray
    """A (…, n_C) of the example."""
    limits: np.ndarray
    """(channels,) end of the colour scale of each."""
    tiles: tuple[Tile, ...]
    sight: Sight | None
    source: Tile | None
    """The example itself."""
    step: int

    @property
    def shape(self) -> Shape:
        """Of one example of the layer."""
        return self.values.shape


def compute_activations(engine: ViewEngine, question: Question) -> Answer:
    """Run the example through the network. Raises ValueError when the layer is gone or not used."""
    plan = engine.network.plan
    node = plan.nodes.get(question.node)
    if node is None:
        raise ValueError("This layer is not in the network any more. Choose another one.")
    if node.id not in plan.used:
        raise ValueError(f"'{node.node.title}' leads to no Output, so nothing is computed for it. Connect it.")
    batch = engine.batch(question.part, [question.place])
    program = engine.run(batch, backward=False)
    name = "Y_hat" if node.layer.terminal else "A"
    host = engine.network.backend.to_host
    values = np.array(host(program.array(f"{node.id}/{name}")))[0]
    limit = scale_of(values)
    if question.scale == NETWORK:
        keys = [f"{other}/A" for other in plan.nodes if _has(program.program, f"{other}/A")]
        limit = scale_of(*(np.asarray(host(program.array(key))) for key in keys))
    own = question.scale == OWN
    limits = np.array([scale_of(values[..., k]) if own and values.ndim > 1 else limit for k in range(values.shape[-1])])
    sights = sights_of(engine.data, plan)
    sight = sight_behind(sights, plan, node.id)
    source = None
    if sight is not None:
        x = in_units(engine.data, sight, batch.inputs[sight.node])
        title = f"Example {question.place:,} of {question.part}"
        source = input_tile(sight, x, title, _slice(x.shape, question.depth))
    symbol = "Ŷ" if node.layer.terminal else symbol_of("A", layer_numbers(plan)[node.id])
    tiles = _tiles(values, limits, question.depth)
    return Answer(question, symbol, values, limits, tiles, sight, source, engine.step)


def heat_over(answer: Answer, channel: int) -> np.ndarray | None:
    """One channel brought to the sizes of the example's picture, from −1 to 1; None where that cannot be."""
    sight, values = answer.sight, answer.values
    if sight is None or values.ndim != len(sight.shape) or values.ndim < 2:
        return None
    values = values[..., channel]
    if sight.kind == "volume":
        values = values[middle(values.shape[0], _slice(answer.shape, answer.question.depth))]
    sizes = sight.sizes[1:] if sight.kind == "volume" else sight.sizes
    limit = float(answer.limits[channel])
    return stretched(np.nan_to_num(values.astype(np.float64)), sizes) / (limit if limit > 0 else 1)


def slice_of(answer: Answer) -> int:
    """The slice of the layer that is shown, of volumes."""
    return middle(answer.shape[0], _slice(answer.shape, answer.question.depth))


def _tiles(values: np.ndarray, limits: np.ndarray, depth: float | None) -> tuple[Tile, ...]:
    if values.ndim == 1:
        return (vector_tile(f"{len(values):,} unit{'s' if len(values) != 1 else ''}", values, float(limits[0])),)
    at = _slice(values.shape, depth)
    tiles = []
    for k in range(min(values.shape[-1], MOST_CHANNELS)):
        channel = values[..., k]
        peak = float(np.nanmax(channel)) if np.isfinite(channel).any() else float("nan")
        tip = f"Channel {k}: largest {number_text(peak)}, mean {number_text(float(channel.mean()))}"
        tiles.append(array_tile(f"{k} · {short_text(peak)}", channel, float(limits[k]), at, tip=tip))
    return tuple(tiles)


def _slice(shape: Shape, depth: float | None) -> int | None:
    """The slice at a share of the depth, of arrays (n_D, n_H, n_W, n_C)."""
    return None if depth is None or len(shape) != 4 else round(depth * (shape[0] - 1))


def _has(program: Program, name: str) -> bool:
    return name in program.buffers
