"""The two ends of every network: where data comes in, and where the loss is."""

from __future__ import annotations

from engine.declaration import field
from engine.fixes import Change, FitToData
from engine.layer import Layer
from engine.loss import Loss
from engine.losses.basic import BinaryCrossEntropy
from engine.program import Buffer, Scope
from engine.shapes import Shape, ShapeError


class Input(Layer, kind="input", category="Ends"):
    """Where the examples come in: X with m examples first.

    Shape: () -> shape
    """

    ports = ()

    shape: tuple[int, ...] = field((2,), help="Sizes of one example, without m.")
    source: str = field("", help="Columns ('age, fare' or '0:2') or array of the data; empty takes all features.")

    def output_shape(self, *inputs: Shape) -> Shape:
        if not self.shape or any(size < 1 for size in self.shape):
            message = f"needs sizes of at least 1 but has the shape {self.shape}."
            shape = tuple(max(size, 1) for size in self.shape) or (1,)
            text = f"Set the shape of {{node}} to {' × '.join(map(str, shape))}"
            raise ShapeError(message, FitToData(), Change(text, {"shape": shape}))
        return self.shape

    def forward(self, p: Scope, *inputs: Buffer) -> Buffer:
        return p.new("A", (p.m, *self.shape))

    def backward(self, p: Scope, dy: Buffer) -> tuple[Buffer | None, ...]:
        return ()

    def key_fields(self) -> str:
        return self.source or "all features"


class Output(Layer, kind="output", category="Ends"):
    """Where the loss compares the network's values with the targets.

    J = weight · loss(Z, Y), the mean over the m examples.

    The cross-entropies and the hinge loss take Z before any sigmoid or softmax (logits); predictions Ŷ are made from Z
    by the loss.

    Shape: whatever the loss takes -> its prediction
    """

    terminal = True

    loss: Loss = field(BinaryCrossEntropy(), help="What is minimized.")
    weight: float = field(1.0, help="Factor of this output in the total cost.", ge=0, log=True)
    source: str = field("", help="Name of the target of the data; empty takes the first.")

    def output_shape(self, *inputs: Shape) -> Shape:
        try:
            return self.loss.prediction_shape(inputs[0])
        except ShapeError as error:
            raise ShapeError(f"with {self.loss.label}: {error}", FitToData(), *error.advice) from None

    def key_fields(self) -> str:
        return self.loss.label
