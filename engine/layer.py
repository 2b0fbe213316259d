"""The base of all layers, and what a layer says about its parameters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from engine.declaration import Declaration
from engine.initializer import Initializer
from engine.shapes import Box, Shape, whole

if TYPE_CHECKING:
    import numpy as np

    from engine.program import Buffer, Scope
    from engine.surroundings import Place, Remark


@dataclass(frozen=True, slots=True)
class ParameterSpec:
    """One trainable array of a layer."""

    shape: Shape
    initializer: Initializer
    fan_in: int = 1
    fan_out: int = 1
    penalized: bool = False
    """L1 and L2 act on it (weights, not biases, γ or β)."""
    l2: float | None = None
    """λ of this layer; None takes the network's."""
    l1: float | None = None


@dataclass(frozen=True, slots=True)
class StateSpec:
    """One array that a layer keeps between batches without training it, such as a running average."""

    shape: Shape
    initial: float


class Layer(Declaration, family=True):
    """Base of all layers: a frozen description of what a node computes.

    A subclass declares its fields and says, for given input shapes (of one example), its output shape, its
    parameters, and the operations of its forward and backward pass. It never holds an array. Two rules keep the
    program correct: write only into buffers that this layer made, and hand on C-contiguous buffers.
    """

    ports: ClassVar[tuple[str, ...]] = ("x",)
    """Names of the input ports."""
    variadic: ClassVar[bool] = False
    """The last port takes any number of wires, at least two."""
    terminal: ClassVar[bool] = False
    """Nothing can follow (Output)."""
    width_field: ClassVar[str] = ""
    """Name of the field that decides the last size of the output, such as `units`; empty where no field does."""
    kernels: ClassVar[dict[str, int]] = {}
    """Parameters that are looked at as filters, each with the axis along which the filters lie."""
    renormalizes: ClassVar[bool] = False
    """It brings values back to one scale, so that gradients do not die out in a deep stack."""
    samples: ClassVar[tuple[tuple[Shape, ...], ...]] = ()
    """Input shapes with which the contract test tries the layer."""

    @classmethod
    def sample_layers(cls) -> tuple[Layer, ...]:
        """The variants that the contract test tries."""
        return (cls(),)

    def output_shape(self, *inputs: Shape) -> Shape:
        """Shape of one output example. Raises ShapeError with a hint."""
        return inputs[0]

    def parameters(self, *inputs: Shape) -> dict[str, ParameterSpec]:
        """Trainable arrays by name, such as W and b."""
        return {}

    def state(self, *inputs: Shape) -> dict[str, StateSpec]:
        """Arrays kept between batches without being trained."""
        return {}

    def states_from(self, batches: Iterable[tuple[np.ndarray, ...]]) -> dict[str, np.ndarray]:
        """States by name that are statistics of the training part; asked once, before the first step of a run.

        Args:
            batches: The inputs of this layer for all training examples, some at a time, with the first weights.
        """
        return {}

    def sees(self, box: Box, *inputs: Shape) -> tuple[Box, ...]:
        """Which entries of each input decide a box of the output; `engine.receptive_fields` asks it.

        Where this is not overridden: the same entries of inputs of the same shape, and all of the others.
        """
        output = self.output_shape(*inputs)
        return tuple(box if shape == output else whole(shape) for shape in inputs)

    def forward(self, p: Scope, *inputs: Buffer) -> Buffer:
        """Append the forward operations; return the output buffer."""
        raise TypeError(f"{type(self).__name__} does not say how it computes its output.")

    def backward(self, p: Scope, dy: Buffer) -> Buffer | tuple[Buffer | None, ...] | None:
        """Append the backward operations; return the gradient for each input (None where `p.needs(port)` is false)."""
        raise TypeError(f"{type(self).__name__} does not say how gradients pass through it.")

    def warnings(self, place: Place) -> Iterator[Remark]:
        """What is legal here but probably not meant; called on every edit, so it must be quick.

        A layer that overrides it goes on with `yield from super().warnings(place)`: what its loss, its activation
        function and the initializers of its parameters have to say.
        """
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, Declaration):
                yield from value.remarks(place)
        for name, spec in place.parameters.items():
            yield from spec.initializer.remarks_on_weights(place, name, spec)

    def key_fields(self) -> str:
        """What the node shows under its name: the one or two settings that matter most."""
        return ""


class UnknownLayer(Layer):
    """A layer of a kind, version or value that this Netloom does not understand; it is kept and saved unchanged."""

    kind: ClassVar[str] = "unknown"
    label: ClassVar[str] = "Unknown layer"
    variadic: ClassVar[bool] = True

    raw: str
    """The layer's JSON text as found."""
    reason: str

    def to_data(self) -> dict[str, Any]:
        """The layer exactly as it was found."""
        import json

        return json.loads(self.raw)

    def key_fields(self) -> str:
        """The kind that the file names."""
        return str(self.to_data().get("kind", ""))
