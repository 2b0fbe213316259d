"""What a network says about a stretch of its input space: numbers only, computed in the background."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.answers import Answer, node_answers, read_prediction, read_target
from engine.data import Part, PreparedData
from engine.data.selection import Pick, gather
from engine.design import Design
from engine.layers.ends import Input, Output
from engine.network import compile_design
from engine.plan import PlanNode, make_plan
from engine.shapes import Shape, format_shape

MARGIN = 0.08
"""Share of the data's extent that is shown around it."""


GRID_NUMBERS = 2_000_000
"""Numbers that the inputs of a grid may hold."""


class NoSurfaceError(ValueError):
    """There is nothing to draw; the message is a plain sentence that says why."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One number of the input: a column of an array of the data."""

    array: str
    column: int
    title: str


@dataclass(frozen=True, slots=True)
class View:
    """What is to be looked at: one or two features and an answer."""

    x: Feature
    y: Feature | None
    answer: Answer
    example: tuple[str, int] | None = None
    """Part and place of the example whose values the other features keep; None means their medians."""


@dataclass(frozen=True, eq=False, slots=True)
class Surface:
    """Predictions at the centres of the cells of a grid."""

    view: View
    x: np.ndarray
    """Centres in original units."""
    y: np.ndarray
    """Likewise; one entry where there is one feature."""
    values: np.ndarray
    """(n_y, n_x, C) probabilities, or (n_y, n_x) values in original units."""
    seconds: float
    """Processor time it took; nan for the first of its size, which also compiles."""


@dataclass(frozen=True, eq=False, slots=True)
class Cloud:
    """Examples of one part, in original units."""

    part: str
    x: np.ndarray
    y: np.ndarray | None
    target: np.ndarray
    """Labels (m,) of whole numbers, or values (m,)."""
    m: int
    """Examples of the part; fewer may be shown."""
    rows: np.ndarray
    """Their places within the part."""


class SurfaceEvaluator:
    """A network of its own, and the grids it is asked about. One thread at a time."""

    def __init__(self, design: Design, data: PreparedData) -> None:
        """Compile. Raises NoSurfaceError when there is nothing to draw, DesignError when the design has problems."""
        self.data = data
        plan = make_plan(design.graph).require()
        # Before anything is allocated: large networks take images, of which no boundary is drawn.
        self._picks = {node.id: self._picks_of(node) for node in plan.inputs}
        self.features = self._find_features()
        self.network = compile_design(design)
        self.answers = tuple(answer for node in self.network.outputs for answer in self._answers_of(node))
        self._middle = {
            array: np.median(values[:5_000], axis=0).astype(self.network.dtype)
            for array, values in data.train.inputs.items()
            if array in {feature.array for feature in self.features}
        }
        width = sum(len(middle) for middle in self._middle.values())
        self.largest_grid = max(10, int((GRID_NUMBERS / max(width, 1)) ** 0.5))
        """Cells along one side that are not too many to hold the inputs of."""
        self.frames: dict[Feature, tuple[float, float]] = {}
        """Stretches that are shown in any case, in original units."""
        self._grids: dict[tuple[Any, ...], tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]] = {}

    def default_view(self) -> View:
        """The first answer, and the two features that tell most about it."""
        answer, (x, y) = self.answers[0], self._best_pair(self.answers[0])
        return View(x, y, answer)

    def bounds(self, feature: Feature) -> tuple[float, float]:
        """Stretch of a feature that is shown: all examples and a margin, in original units, unless `frames` says."""
        if feature in self.frames:
            return self.frames[feature]
        columns = [self.column(part, feature) for part in self.data.parts.values()]
        low = min(float(column.min()) for column in columns)
        high = max(float(column.max()) for column in columns)
        pad = (high - low) * MARGIN or 1.0
        return low - pad, high + pad

    def cloud(self, part: str, view: View, limit: int) -> Cloud:
        """The examples of a part, or some of them."""
        whole = self.data.parts[part]
        rows = np.arange(whole.m)
        if whole.m > limit:
            rows = np.sort(np.random.default_rng(0).choice(whole.m, limit, replace=False))
        x = self.column(whole, view.x)[rows]
        y = self.column(whole, view.y)[rows] if view.y else None
        return Cloud(part, x, y, self._targets(whole, view.answer)[rows], whole.m, rows)

    def target_bounds(self, answer: Answer) -> tuple[float, float]:
        """Lowest and highest target value of the training part."""
        values = self._targets(self.data.train, answer)
        return float(values.min()), float(values.max())

    def set_weights(self, values: Mapping[str, np.ndarray]) -> None:
        """Take other weights. Raises KeyError or ValueError when they are of another network."""
        self.network.set_weights(values)

    def evaluate(self, view: View, columns: int) -> Surface:
        """Predict for a grid of `columns` × `columns` cells, or for a line of `columns` where there is one feature."""
        first = self._key(view, columns) not in self._grids
        begun = time.thread_time()
        x, y, inputs = self._grid(view, columns)
        values = self._predict(inputs, view.answer).reshape(len(y), len(x), -1)
        if view.answer.kind == "values":
            values = values[:, :, 0]
        return Surface(view, x, y, values, float("nan") if first else time.thread_time() - begun)

    def predict(self, part: str, rows: np.ndarray, answer: Answer) -> np.ndarray:
        """(m, C) probabilities, or (m,) values in original units, for examples of a part."""
        arrays = {array: self.data.parts[part].inputs[array][rows] for array in self._middle}
        return self._predict(self._gathered(arrays, len(rows)), answer)

    def inputs_at(
        self, values: Mapping[Feature, np.ndarray], example: tuple[str, int] | None = None
    ) -> dict[str, np.ndarray]:
        """Inputs by node in which some features take these values (m,), in original units; the others stay fixed.

        Args:
            values: Values by feature.
            example: Part and place of the example that the others are taken from; None takes their medians.
        """
        m = max(len(column) for column in values.values())
        rows = {array: np.repeat(base[None], m, axis=0) for array, base in self._base(example).items()}
        for feature, column in values.items():
            self._put(rows, feature, column)
        return self._gathered(rows, m)

    # What there is

    def _picks_of(self, node: PlanNode) -> tuple[Pick, ...]:
        layer = node.layer
        assert isinstance(layer, Input)
        picks = self.data.input_layout.find(layer.source)
        shape = self.data.input_layout.shape(picks)
        if len(shape) != 1:
            raise NoSurfaceError(
                f"The input '{node.node.title}' takes examples of shape {format_shape(shape)}. "
                "A boundary can be drawn over single numbers only."
            )
        if int(np.prod(layer.shape)) != shape[0]:
            raise NoSurfaceError(
                f"The input '{node.node.title}' takes {int(np.prod(layer.shape))} numbers, but the data has {shape[0]}."
            )
        return picks

    def _find_features(self) -> tuple[Feature, ...]:
        found: dict[tuple[str, int], Feature] = {}
        for picks in self._picks.values():
            for pick in picks:
                width = self.data.input_layout.shapes[pick.array][-1]
                names = self.data.columns.get(pick.array, ())
                for column in range(width) if pick.indices is None else pick.indices:
                    title = names[column] if column < len(names) else f"{pick.array}[{column}]"
                    found.setdefault((pick.array, column), Feature(pick.array, column, title))
        return tuple(found.values())

    def _answers_of(self, node: PlanNode) -> list[Answer]:
        layer = node.layer
        shape: Shape = node.shape or ()
        assert isinstance(layer, Output)
        if len(shape) != 1:
            raise NoSurfaceError(
                f"The output '{node.node.title}' predicts numbers of shape {format_shape(shape)}. "
                "A boundary can be drawn for classes and single numbers only."
            )
        return node_answers(node, self.data, several=len(self.network.outputs) > 1)

    def _best_pair(self, answer: Answer) -> tuple[Feature, Feature | None]:
        features = list(self.features)
        if len(features) <= 2:
            return features[0], features[1] if len(features) == 2 else None
        target = self._targets(self.data.train, answer).astype(np.float64)
        columns = np.stack([self.column(self.data.train, feature) for feature in features], axis=1)
        spread = columns.std(axis=0) + 1e-12
        if answer.kind == "values":
            told = np.abs(((columns - columns.mean(axis=0)) * (target - target.mean())[:, None]).mean(axis=0)) / spread
        else:
            groups = [columns[target == k] for k in np.unique(target)]
            told = np.std([group.mean(axis=0) for group in groups], axis=0) / spread
        told[spread < 1e-9] = 0
        first, second = sorted(np.argsort(-told, kind="stable")[:2])
        return features[first], features[second]

    # Numbers

    def value(self, part: Part, feature: Feature, row: int) -> float:
        """One of them."""
        scaling, column = self.data.input_scaling[feature.array], feature.column
        return float(part.inputs[feature.array][row, column] * scaling.sigma[column] + scaling.mu[column])

    def column(self, part: Part, feature: Feature) -> np.ndarray:
        """The values (m,) of a feature in a part, in original units."""
        scaling = self.data.input_scaling[feature.array]
        column = part.inputs[feature.array][:, feature.column].astype(np.float64)
        return column * scaling.sigma[feature.column] + scaling.mu[feature.column]

    def _targets(self, part: Part, answer: Answer) -> np.ndarray:
        return read_target(part, answer, self.data)

    def _key(self, view: View, columns: int) -> tuple[Any, ...]:
        return view.x, view.y, view.example, columns, self.frames.get(view.x), view.y and self.frames.get(view.y)

    def _grid(self, view: View, columns: int) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
        key = self._key(view, columns)
        if key not in self._grids:
            x = _centres(*self.bounds(view.x), columns)
            y = _centres(*self.bounds(view.y), columns) if view.y else np.zeros(1)
            values = {view.x: np.tile(x, len(y))} | ({view.y: np.repeat(y, len(x))} if view.y else {})
            inputs = self.inputs_at(values, view.example)
            if len(self._grids) >= 4:
                self._grids.pop(next(iter(self._grids)))
            self._grids[key] = (x, y, inputs)
        return self._grids[key]

    def _base(self, example: tuple[str, int] | None) -> dict[str, np.ndarray]:
        """The row of each array that features keep which are not looked at."""
        part = self.data.parts.get(example[0]) if example is not None else None
        if example is None or part is None or not 0 <= example[1] < part.m:
            return self._middle
        return {array: part.inputs[array][example[1]].astype(self.network.dtype) for array in self._middle}

    def _gathered(self, rows: Mapping[str, np.ndarray], m: int) -> dict[str, np.ndarray]:
        return {
            node.id: gather(rows, self._picks[node.id]).reshape(m, *(node.shape or ())).astype(self.network.dtype)
            for node in self.network.inputs
        }

    def _predict(self, inputs: Mapping[str, np.ndarray], answer: Answer) -> np.ndarray:
        with np.errstate(all="ignore"):
            result = self.network.forward(inputs)
        prediction = result[answer.node] if isinstance(result, dict) else result
        return read_prediction(prediction, answer, self.data)

    def _put(self, rows: dict[str, np.ndarray], feature: Feature, raw: np.ndarray) -> None:
        scaling = self.data.input_scaling[feature.array]
        rows[feature.array][:, feature.column] = (raw - scaling.mu[feature.column]) / scaling.sigma[feature.column]


def _centres(low: float, high: float, count: int) -> np.ndarray:
    return low + (np.arange(count) + 0.5) * ((high - low) / count)
