"""A layer that applies an activation function."""

from __future__ import annotations

from engine.activation import ActivationFunction
from engine.activations.basic import ReLU
from engine.declaration import field
from engine.layer import Layer
from engine.program import Buffer, Scope
from engine.shapes import Box, Shape


class Activation(Layer, kind="activation", category="Core"):
    """Applies an activation function to every value.

    A = g(X), dX = dA · g′(X)

    Shape: any -> the same. Softmax works along the last axis.
    """

    samples = (((4,),), ((2, 3),))

    activation: ActivationFunction = field(ReLU(), help="The function g.")

    @classmethod
    def sample_layers(cls) -> tuple[Layer, ...]:
        return tuple(cls(activation=function()) for function in ActivationFunction.members())

    def sees(self, box: Box, *inputs: Shape) -> tuple[Box, ...]:
        return ((*box[:-1], (0, inputs[0][-1])) if self.activation.mixes else box,)

    def forward(self, p: Scope, *inputs: Buffer) -> Buffer:
        return self.activation.forward(p, inputs[0])

    def backward(self, p: Scope, dy: Buffer) -> Buffer | None:
        return p.name("dX", self.activation.backward(p, p.inputs[0], dy)) if p.needs() else None

    def key_fields(self) -> str:
        return self.activation.label
