"""What the engine's tests share: short ways to write a graph, and one number that proves a gradient."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from engine.backend import Backend
from engine.compiler import BoundProgram, trace
from engine.data import DataSettings, DataSource, PreparedData, prepare
from engine.data.dataset import Dataset, Target
from engine.data.sources.planar import Moons
from engine.design import Design
from engine.graph import Edge, GraphSpec, Node
from engine.layer import Layer
from engine.network import Network, target_buffer
from engine.plan import make_plan
from engine.settings import TrainingSettings


def graph(nodes: dict[str, Any], frozen: tuple[str, ...] = ()) -> GraphSpec:
    """A graph from `{"x": Input(), "z": (Dense(), "x"), …}`: a layer, or a layer and the ids that it reads."""
    boxes, edges = [], []
    for name, value in nodes.items():
        layer, *sources = value if isinstance(value, tuple) else (value,)
        boxes.append(Node(id=name, layer=layer, frozen=name in frozen))
        edges += [Edge(source=source, target=name, port=port) for port, source in enumerate(sources)]
    return GraphSpec(nodes=tuple(boxes), edges=tuple(edges))


def design(nodes: dict[str, Any], source: DataSource | None = None, **training: Any) -> Design:
    """A design trained on the whole of a small set."""
    data = DataSettings(source=source or Moons(m=50), train=1, dev=0)
    return Design(graph=graph(nodes), training=TrainingSettings(**training), data=data)


def prepared(x: np.ndarray, y: np.ndarray, **settings: Any) -> PreparedData:
    """Arrays as prepared data: whole-number labels become classes, anything else values. Not standardized."""
    if y.dtype.kind == "i":
        target = Target("y", "classes", y, class_names=tuple(map(str, range(y.max() + 1))))
    else:
        values = y.reshape(len(y), -1)
        target = Target("y", "values", values, columns=tuple(f"y{i}" for i in range(values.shape[1])))
    options = {"train": 1, "dev": 0, "standardize": False, "standardize_target": False, "stratified": False}
    return prepare(DataSettings(**options | settings), Dataset({"x": x}, {"y": target}))


@dataclass
class Probe:
    """A network in float64 whose whole gradient, of parameters and inputs, is checked along a random direction."""

    network: Network
    bound: BoundProgram
    random: np.random.Generator
    dropout: Any = field(init=False)

    def __post_init__(self) -> None:
        self.dropout = self.network.random.bit_generator.state

    @classmethod
    def of(
        cls,
        spec: GraphSpec,
        backend: Backend,
        *,
        m: int = 5,
        seed: int = 0,
        training: bool = True,
        fill: Callable[[np.random.Generator, tuple[int, ...]], np.ndarray] | None = None,
    ) -> Probe:
        """Compile, and fill parameters, inputs and targets with random numbers (`fill` makes the inputs)."""
        random = np.random.default_rng(seed)
        network = Network(make_plan(spec), backend, "float64", seed)
        for name in network.store.layout:
            network[name] = network[name] + 0.3 * random.standard_normal(network[name].shape)
        traced = trace(network.plan, m, training=training, backward=True, input_gradients=True)
        bound = BoundProgram(traced, backend, network.dtype, network.store.arrays, network.random)
        probe = cls(network, bound, random)
        for node in network.inputs:
            values = (fill or (lambda r, shape: r.standard_normal(shape)))(random, (m, *(node.shape or ())))
            probe.write(f"{node.id}/A", values)
        for node in network.outputs:
            layer: Any = node.layer
            shape = node.input_shapes[0]
            if layer.loss.task == "classes":
                target = random.integers(0, shape[0], m)
            elif layer.loss.task == "binary":
                target = random.integers(0, 2, (m, *shape))
            else:
                target = random.standard_normal((m, *shape))
            probe.write(target_buffer(node), layer.loss.encode(target, shape))
        return probe

    def write(self, name: str, value: np.ndarray) -> None:
        array = self.bound.array(name)
        array[...] = self.network.backend.to_device(value, array.dtype)

    def read(self, name: str) -> np.ndarray:
        return self.network.backend.to_host(self.bound.array(name))

    def cost(self) -> float:
        """The cost where the parameters and inputs are now, always with the same dropped units."""
        self.network.random.bit_generator.state = self.dropout
        self.bound.run("forward", "target", "cost")
        return float(self.bound.array("cost"))

    def variables(self) -> dict[str, str]:
        """Trained parameters and inputs, with the name of the gradient of each."""
        names = {}
        for name, slot in self.network.store.layout.items():
            if slot.trained:
                node, parameter = name.rsplit("/", 1)
                names[name] = f"{node}/d{parameter}"
        return names | {f"{node.id}/A": f"{node.id}/dA" for node in self.network.inputs}

    def error(self, h: float = 1e-4) -> float:
        """Relative difference between the directional derivative and a fourth-order central difference."""
        self.cost()
        self.bound.run("backward")
        values, directions, exact = {}, {}, 0.0
        for name, gradient in self.variables().items():
            values[name] = self._value(name)
            directions[name] = self.random.standard_normal(values[name].shape)
            exact += float((self._gradient(gradient) * directions[name]).sum())

        def at(step: float) -> float:
            for name, value in values.items():
                self._set(name, value + step * directions[name])
            return self.cost()

        found = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
        at(0.0)
        return abs(found - exact) / max(abs(found), abs(exact), 1e-12)

    def _value(self, name: str) -> np.ndarray:
        return self.network[name] if name in self.network.store.layout else self.read(name)

    def _gradient(self, name: str) -> np.ndarray:
        arrays = self.network.store.arrays
        return self.network.backend.to_host(arrays[name]) if name in arrays else self.read(name)

    def _set(self, name: str, value: np.ndarray) -> None:
        if name in self.network.store.layout:
            self.network[name] = value
        else:
            self.write(name, value)


def alone(layer: Layer, shapes: tuple[tuple[int, ...], ...]) -> GraphSpec:
    """A layer between its inputs and a squared error."""
    from engine.layers.ends import Input, Output
    from engine.losses.basic import MeanSquaredError

    nodes: dict[str, Any] = {f"x{i}": Input(shape=shape) for i, shape in enumerate(shapes)}
    return graph(nodes | {"layer": (layer, *nodes), "out": (Output(loss=MeanSquaredError()), "layer")})


def pytorch() -> Any:
    """PyTorch on one thread (two fight over a busy machine); the test is skipped where it is not installed."""
    torch = pytest.importorskip("torch")
    torch.set_num_threads(1)
    return torch
