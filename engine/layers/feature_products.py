"""Feature layers that multiply columns with each other."""

from __future__ import annotations

from math import comb

from engine.declaration import field
from engine.fixes import Bypass, Change
from engine.layer import Layer
from engine.layers.features import MOST_NEW, FeatureTransform
from engine.program import Buffer, Scope
from engine.shapes import Shape, ShapeError

Step = tuple[tuple[int, ...], tuple[int, ...]]
"""How products of one more factor are made: which product of the step before, times which column."""


class _Products(FeatureTransform):
    """Base of the layers whose columns are products. Each step multiplies those of the step before by columns."""

    def steps(self, k: int) -> list[Step]:
        """One step for each degree from 2 on."""
        raise TypeError(f"{type(self).__name__} does not say what it multiplies.")

    def transform(self, p: Scope, x: Buffer) -> Buffer:
        products, before = [], x
        for degree, (parents, factors) in enumerate(self.steps(x.shape[1]), 2):
            left = p.take_columns(before, parents, f"left{degree}")
            right = p.take_columns(x, factors, f"right{degree}")
            before = p.multiply(left, right, f"F{degree}")
            products.append(before)
        if len(products) == 1:
            return products[0]
        joined, start = p.new("F", (x.shape[0], sum(part.shape[1] for part in products))), 0
        for part in products:
            p.copy(part, joined[:, start : start + part.shape[1]])
            start += part.shape[1]
        return joined

    def transform_back(self, p: Scope, x: Buffer, df: Buffer) -> Buffer:
        dx = p.copy(p.constant(0.0), p.new("dX_taken", x.shape))
        end, above = df.shape[1], None
        for degree, (parents, factors) in reversed([*enumerate(self.steps(x.shape[1]), 2)]):
            part = p.copy(df[:, end - len(parents) : end])
            end -= len(parents)
            if above is not None:  # the products of the next degree were made of these
                p.add(part, above, part)
            p.add_to_columns(p.multiply(part, p[f"left{degree}"]), factors, dx)
            to_parents = p.multiply(part, p[f"right{degree}"])
            if degree == 2:
                p.add_to_columns(to_parents, parents, dx)
            else:
                width = p[f"F{degree - 1}"].shape
                above = p.add_to_columns(to_parents, parents, p.copy(p.constant(0.0), p.new(f"up{degree}", width)))
        return dx


class PairProducts(_Products, kind="pair_products", label="Products x·y"):
    """Adds the product of every pair of columns, with which a straight line tells the quadrants of XOR apart.

    F = xᵢxⱼ for i < j, dxᵢ = Σ dF · xⱼ

    Shape: (…, n) -> (…, n + n(n − 1)/2), or (…, n(n − 1)/2) without the inputs
    """

    def new_count(self, k: int) -> int:
        if k < 2:
            message = "multiplies pairs of columns but takes only one. Take two columns or more, or use Square."
            raise ShapeError(message, *[Change("Take all columns of the input", {"columns": ()})] * bool(self.columns))
        return k * (k - 1) // 2

    def steps(self, k: int) -> list[Step]:
        pairs = [(i, j) for i in range(k) for j in range(i + 1, k)]
        return [(tuple(i for i, _ in pairs), tuple(j for _, j in pairs))]

    def formula(self) -> str:
        return "x·y"


class Polynomial(_Products, kind="polynomial"):
    """Adds all powers and products of the columns up to a degree: x², x·y, y², and so on.

    F = Π xᵢ^eᵢ for 2 ≤ Σ eᵢ ≤ degree, in the order of scikit-learn's `PolynomialFeatures` (without its constant 1)

    With k columns these are C(k + degree, degree) − k − 1.

    Shape: (…, n) -> (…, n + new), or (…, new) without the inputs
    """

    degree: int = field(2, ge=2, le=8, help="Largest number of factors of a product.")

    @classmethod
    def sample_layers(cls) -> tuple[Layer, ...]:
        return (*super().sample_layers(), cls(degree=4), cls(degree=3, columns=(1, 0), keep=False))

    def new_count(self, k: int) -> int:
        return comb(k + self.degree, self.degree) - k - 1

    def output_shape(self, *inputs: Shape) -> Shape:
        k = len(self.chosen((inputs[0] or (1,))[-1]))
        if self.new_count(k) > MOST_NEW:
            message = (
                f"would make {self.new_count(k):,} new columns of {k:,}; at most are {MOST_NEW:,}. "
                "Name fewer columns, or take a lower degree."
            )
            lower = next((d for d in range(self.degree, 1, -1) if comb(k + d, d) - k - 1 <= MOST_NEW), 0)
            raise ShapeError(
                message, Change(f"Set the degree of {{node}} to {lower}", {"degree": lower}) if lower else Bypass()
            )
        return super().output_shape(*inputs)

    def steps(self, k: int) -> list[Step]:
        found: list[Step] = []
        last = list(range(k))  # the last column of each product so far; the next one is not before it
        for _ in range(2, self.degree + 1):
            pairs = [(parent, column) for parent, first in enumerate(last) for column in range(first, k)]
            last = [column for _, column in pairs]
            found.append((tuple(parent for parent, _ in pairs), tuple(last)))
        return found

    def formula(self) -> str:
        return f"degree 2 to {self.degree}" if self.degree > 2 else "degree 2"
