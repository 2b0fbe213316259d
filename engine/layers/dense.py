"""The fully connected layer."""

from __future__ import annotations

from math import prod

from engine.activation import ActivationFunction
from engine.activations.basic import Linear, Softmax, Tanh
from engine.declaration import field
from engine.fixes import Insert
from engine.initializer import Initializer
from engine.initializers.basic import Zeros
from engine.initializers.scaled import He, Xavier
from engine.layer import Layer, ParameterSpec
from engine.program import Buffer, Scope
from engine.shapes import Box, Shape, ShapeError, whole


class Dense(Layer, kind="dense", category="Core"):
    """Fully connected layer: every output sees every input.

    Z = A_prev Wᵀ + b, A = g(Z); dW = dZᵀ A_prev, db = Σ dZ, dA_prev = dZ W

    Shape: (n_in,) -> (units,). W: (units, n_in), b: (units,). Source: course 1, weeks 3 and 4.
    """

    width_field = "units"
    kernels = {"W": 0}
    samples = (((3,),), ((1,),))

    units: int = field(16, help="Number of output features n[l].", ge=1, le=65_536)
    activation: ActivationFunction = field(Linear(), help="Function g applied to Z.")
    bias: bool = field(True, help="Add b[l]. Not needed right before batch normalization.")
    initializer: Initializer = field(He(), help="How the first W[l] is drawn.")
    bias_initializer: Initializer = field(Zeros(), help="How the first b[l] is drawn.")
    l2: float | None = field(None, label="L2 λ", help="L2 penalty of this layer's W; empty: the network's.", ge=0)
    l1: float | None = field(None, label="L1 λ", help="L1 penalty of this layer's W; empty: the network's.", ge=0)

    @classmethod
    def sample_layers(cls) -> tuple[Layer, ...]:
        return (
            cls(units=4),
            cls(units=5, activation=Tanh(), initializer=Xavier()),
            cls(units=3, activation=Softmax(), bias=False),
        )

    def output_shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        if len(x) != 1:
            message = f"needs a flat input but gets {x}. Put a Flatten before it ({prod(x)} values)."
            raise ShapeError(message, Insert("flatten"))
        return (self.units,)

    def sees(self, box: Box, *inputs: Shape) -> tuple[Box, ...]:
        return (whole(inputs[0]),)

    def parameters(self, *inputs: Shape) -> dict[str, ParameterSpec]:
        n_in = inputs[0][0]
        shape = (self.units, n_in)
        specs = {"W": ParameterSpec(shape, self.initializer, n_in, self.units, True, self.l2, self.l1)}
        if self.bias:
            specs["b"] = ParameterSpec((self.units,), self.bias_initializer, n_in, self.units)
        return specs

    def forward(self, p: Scope, *inputs: Buffer) -> Buffer:
        x, w = inputs[0], p.parameter("W")
        z = p.affine(x, w, p.parameter("b"), "Z") if self.bias else p.matmul(x, w.T, "Z")
        return self.activation.forward(p, z)

    def backward(self, p: Scope, dy: Buffer) -> Buffer | None:
        dz = p.name("dZ", self.activation.backward(p, p["Z"], dy))
        if p.trained:
            p.matmul(dz.T, p.inputs[0], p.gradient("W"))
            if self.bias:
                p.sum_examples(dz, p.gradient("b"))
        return p.matmul(dz, p.parameter("W"), "dX") if p.needs() else None

    def key_fields(self) -> str:
        return f"{self.units} units, {self.activation.label}" if self.units > 1 else f"1 unit, {self.activation.label}"
