"""Layers that bring features to a common scale: each column, or each row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from engine.declaration import field
from engine.layer import Layer, StateSpec
from engine.layers.features import as_rows, chosen_columns
from engine.program import Buffer, Scope
from engine.shapes import Box, Shape
from engine.surroundings import Place, Remark

SMALLEST_NORM = 1e-12
"""Rows that are no longer than this become 0 rather than noise."""


class Standardize(Layer, kind="standardize", category="Features"):
    """Brings each column to mean 0 and standard deviation 1, with the statistics of the training part.

    A = (X − μ) / σ, dX = dA / σ

    μ and σ are computed once, when a run starts, over all training examples, and are kept with the weights; until
    then μ = 0 and σ = 1. A column that is constant there becomes 0. The data panel standardizes the columns of the
    data already: this layer is for what other layers made of them. Course 2, week 1.

    Shape: (…, n) -> the same
    """

    samples = (((3,),), ((2, 3),))

    columns: tuple[int, ...] = field((), help="Numbers of the columns to change, counted from 0; empty for all.")

    @classmethod
    def sample_layers(cls) -> tuple[Layer, ...]:
        return (cls(), cls(columns=(0, 2)))

    def output_shape(self, *inputs: Shape) -> Shape:
        chosen_columns(self.columns, (inputs[0] or (1,))[-1])
        return inputs[0]

    def state(self, *inputs: Shape) -> dict[str, StateSpec]:
        n = inputs[0][-1:] or (1,)
        return {"mu": StateSpec(n, 0.0), "sigma": StateSpec(n, 1.0)}

    def states_from(self, batches: Iterable[tuple[np.ndarray, ...]]) -> dict[str, np.ndarray]:
        m, mean, squares = 0, np.zeros(1), np.zeros(1)
        low, high = np.array(np.inf), np.array(-np.inf)
        for (x,) in batches:
            rows = x.reshape(-1, x.shape[-1] if x.ndim > 1 else 1).astype(np.float64)
            low, high = np.minimum(low, rows.min(axis=0)), np.maximum(high, rows.max(axis=0))
            # Chan, Golub and LeVeque 1979: parts are merged without losing digits to a large mean.
            k, own = len(rows), rows.mean(axis=0)
            squares = squares + ((rows - own) ** 2).sum(axis=0) + (own - mean) ** 2 * (m * k / (m + k))
            mean, m = mean + (own - mean) * (k / (m + k)), m + k
        # By the range, not by σ = 0: rounding leaves a constant column a tiny σ, and dividing by it makes noise.
        same = high - low <= 1e-6 * np.maximum(np.abs(high), np.abs(low))
        sigma = np.where(same, 1.0, np.sqrt(squares / m))
        fixed = np.ones(len(mean), bool)
        fixed[list(chosen_columns(self.columns, len(mean)))] = False
        return {"mu": np.where(fixed, 0.0, np.where(same, low, mean)), "sigma": np.where(fixed, 1.0, sigma)}

    def forward(self, p: Scope, *inputs: Buffer) -> Buffer:
        a = p.subtract(as_rows(inputs[0]), p.state("mu"), "standardized")
        return p.divide(a, p.state("sigma"), a).reshape(*inputs[0].shape)

    def backward(self, p: Scope, dy: Buffer) -> Buffer | None:
        return p.divide(as_rows(dy), p.state("sigma"), "dX").reshape(*dy.shape) if p.needs() else None

    def warnings(self, place: Place) -> Iterator[Remark]:
        yield from super().warnings(place)
        if any(before.parameters for before in place.before()):
            yield Remark(
                f"{place.name} stands behind layers that learn, but keeps the μ and σ of their first weights. "
                "Put it before them, or use Batch normalization, which follows what they learn."
            )

    def key_fields(self) -> str:
        return f"columns {', '.join(map(str, self.columns))}" if self.columns else "(x − μ) / σ"


class RowNormalization(Layer, kind="row_normalization", category="Features"):
    """Divides each row by its length, so that only the direction of an example counts.

    A = x / ‖x‖, dX = (dA − A Σ(dA · A)) / ‖x‖

    A row of zeros has no direction: it stays 0 and passes no gradient on. ‖x‖ is the Euclidean length along the last
    axis. Course 1, week 2 (normalizing rows).

    Shape: (…, n) -> the same
    """

    samples = (((3,),), ((2, 3),))

    def sees(self, box: Box, *inputs: Shape) -> tuple[Box, ...]:
        return ((*box[:-1], (0, inputs[0][-1])),)

    def forward(self, p: Scope, *inputs: Buffer) -> Buffer:
        x = as_rows(inputs[0])
        norm = p.sum(p.square(x), axis=1, out="norm")
        p.sqrt(norm, norm)
        smallest = p.constant(SMALLEST_NORM)
        inverse = p.divide(p.constant(1.0), p.maximum(norm, smallest), "1/norm")
        p.multiply(inverse, p.greater(norm, smallest, "has_direction"), inverse)
        return p.multiply(x, inverse, "directions").reshape(*inputs[0].shape)

    def backward(self, p: Scope, dy: Buffer) -> Buffer | None:
        if not p.needs():
            return None
        dy, a = as_rows(dy), p["directions"]
        along = p.multiply(a, p.sum(p.multiply(dy, a), axis=1))
        dx = p.subtract(dy, along, "dX")
        return p.multiply(dx, p["1/norm"], dx).reshape(*p.inputs[0].shape)

    def key_fields(self) -> str:
        return "x / ‖x‖"
