"""The background half of the boundary plot: plain objects in, a picture out."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

import numpy as np

from engine.data import PreparedData
from engine.design import Design
from engine.events import Weights
from gui.plots.coloring import class_table, color_classes, color_likeliest, look_up, value_table
from gui.plots.surface import Cloud, Surface, SurfaceEvaluator, View

BANDS = 10
"""Of values, where colours are discrete."""


@dataclass(frozen=True, slots=True)
class Coloring:
    """Colours of the theme, and the values at the ends of the colour bar."""

    classes: tuple[str, ...]
    paper: str
    low: float = 0.0
    high: float = 1.0
    discrete: bool = False
    """The likeliest class in one colour, values in bands."""


@dataclass(frozen=True, eq=False, slots=True)
class Request:
    """What to draw."""

    weights: Weights | None
    """None leaves the weights as they are."""
    view: View
    columns: int
    coloring: Coloring
    clouds: tuple[Cloud, ...] = ()
    """Examples to predict with the same weights."""


@dataclass(frozen=True, eq=False, slots=True)
class Picture:
    """A surface, and its pixels where there are two features."""

    surface: Surface
    coloring: Coloring
    pixels: np.ndarray | None
    step: int
    predictions: dict[str, np.ndarray] = field(default_factory=dict)
    """By part, for the examples asked for: (m, C) probabilities, or (m,) values in original units."""
    wrong: dict[str, np.ndarray] = field(default_factory=dict)
    """Likewise (m,) truth values: taken for another class. Empty where there are none."""


def prepare_evaluator(design: Design, data: PreparedData) -> tuple[SurfaceEvaluator, View]:
    """Compile the plot's own network and choose what to look at. Raises NoSurfaceError, DesignError, DataError."""
    evaluator = SurfaceEvaluator(design, data)
    return evaluator, evaluator.default_view()


def compute(evaluator: SurfaceEvaluator, request: Request) -> Picture:
    """Evaluate and colour. Raises KeyError or ValueError when the weights are of another network."""
    if request.weights is not None:
        evaluator.set_weights(request.weights.values)
    columns = request.columns if request.view.y is not None else 4 * request.columns
    surface = evaluator.evaluate(request.view, columns)
    begun = time.thread_time()
    pixels = _pixels(surface, request.coloring) if request.view.y is not None else None
    answer = request.view.answer
    predictions = {cloud.part: evaluator.predict(cloud.part, cloud.rows, answer) for cloud in request.clouds}
    wrong = {}
    if answer.kind == "classes":
        wrong = {cloud.part: predictions[cloud.part].argmax(axis=1) != cloud.target for cloud in request.clouds}
    surface = replace(surface, seconds=surface.seconds + time.thread_time() - begun)
    step = request.weights.step if request.weights else 0
    return Picture(surface, request.coloring, pixels, step, predictions, wrong)


def _pixels(surface: Surface, coloring: Coloring) -> np.ndarray:
    if surface.view.answer.kind == "values":
        shares = (surface.values - coloring.low) / max(coloring.high - coloring.low, 1e-12)
        return look_up(value_table(), (np.floor(shares * BANDS) + 0.5) / BANDS if coloring.discrete else shares)
    if coloring.discrete:
        return color_likeliest(surface.values, coloring.classes, coloring.paper)
    if surface.values.shape[-1] == 2:
        return look_up(class_table(coloring.classes, coloring.paper), surface.values[..., 1])
    return color_classes(surface.values, coloring.classes, coloring.paper)
