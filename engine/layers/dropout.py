"""Dropout."""

from __future__ import annotations

from collections.abc import Iterator

from engine.declaration import field
from engine.fixes import Bypass
from engine.layer import Layer
from engine.program import Buffer, Scope
from engine.shapes import Shape
from engine.surroundings import Place, Remark


class Dropout(Layer, kind="dropout", category="Regularization"):
    """Switches units off at random while training, so that none is relied on.

    A = X · D / keep_prob with D = (random < keep_prob); at test time A = X

    Shape: any -> the same. Inverted dropout: course 2, week 1; Srivastava et al. 2014.
    """

    samples = (((5,),), ((2, 3),))

    keep_prob: float = field(
        0.8, label="Keep probability", help="Share of the units that stay on.", gt=0, le=1, live=True
    )

    def mask_shape(self, shape: Shape) -> Shape:
        """Shape of D for a batch of this shape."""
        return shape

    def forward(self, p: Scope, *inputs: Buffer) -> Buffer:
        (x,) = inputs
        if not p.training:
            return x
        keep = p.live("keep_prob")
        mask = p.less(p.random(self.mask_shape(x.shape)), keep, "D")
        a = p.multiply(x, mask, "A")
        return p.divide(a, keep, a)

    def backward(self, p: Scope, dy: Buffer) -> Buffer | None:
        if not p.needs():
            return None
        if not p.training:
            return dy
        dx = p.multiply(dy, p["D"], "dX")
        return p.divide(dx, p.live("keep_prob"), dx)

    def warnings(self, place: Place) -> Iterator[Remark]:
        yield from super().warnings(place)
        for target in place.targets:
            if target.layer.terminal and self.keep_prob < 1:
                yield Remark(
                    f"{place.name} stands right before {target.name}, so it switches off the network's own answers. "
                    "Put it before the last layer with weights, or remove it.",
                    (Bypass(),),
                )

    def key_fields(self) -> str:
        return f"keep {self.keep_prob:g}"


class SpatialDropout(Dropout, kind="spatial_dropout", category="Regularization"):
    """Switches whole channels off at random while training, since neighbouring pixels tell much the same.

    A = X · D / keep_prob with one D per example and channel; at test time A = X

    Shape: (…, n_C) -> the same. Source: Tompson et al. 2015.
    """

    samples = (((4, 3, 2),), ((5, 3),))

    def mask_shape(self, shape: Shape) -> Shape:
        return (shape[0], *(1 for _ in shape[1:-1]), shape[-1])
