"""Dropout."""

from __future__ import annotations

from collections.abc import Iterator

from engine.declaration import field
from engine.fixes import Bypass
from engine.layer import Layer
from engine.program import Buffer, Scope
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

    def forward(self, p: Scope, *inputs: Buffer) -> Buffer:
        (x,) = inputs
        if not p.training:
            return x
        keep = p.live("keep_prob")
        mask = p.less(p.random(x.shape), keep, "D")
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
