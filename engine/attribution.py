"""Why a network answers as it does: gradients of one of its values, and what happens when inputs are changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np

from engine.compiler import BoundProgram, trace
from engine.network import Network, input_buffer
from engine.shapes import Box, Shape


class Probe:
    """Values of a network for m examples as in use, and gradients of any value of one layer.

    It has arrays of its own and reads the network's weights, as they are at each call.
    """

    def __init__(self, network: Network, node: str, m: int = 1, *, gradients: bool = True) -> None:
        """Compile.

        Args:
            network: Whose weights are used.
            node: The layer from whose output gradients start.
            m: Number of examples.
            gradients: `backward` is going to be called.
        """
        traced = trace(
            network.plan, m, training=False, backward=gradients, costs=False, input_gradients=True,
            seed=node if gradients else "",
        )  # fmt: skip
        self._network, self._node = network, node
        self.m = m
        self.program = BoundProgram(
            traced, network.backend, network.dtype, network.store.arrays, np.random.default_rng(0)
        )

    def forward(self, inputs: Mapping[str, np.ndarray]) -> np.ndarray:
        """The output (m, …) of the layer for inputs (m, …) by the id of the Input; a copy. Raises ValueError."""
        for name, values in self._network.encode_inputs(inputs).items():
            self.program.array(input_buffer(self._network.plan.nodes[name]))[...] = values
        with np.errstate(all="ignore"):
            self.program.run("forward", "predict")
        return self.output(self._node)

    def output(self, node: str) -> np.ndarray:
        """A (m, …) of a layer after `forward`; a copy."""
        return self._copy(f"{node}/A")

    def backward(self, seed: np.ndarray) -> None:
        """Compute ∂(Σ seed · A)/∂… of the examples of the last `forward`; seed is (m, …) as the layer's output."""
        self.program.array(f"{self._node}/seed")[...] = self._network.backend.to_device(seed, self._network.dtype)
        with np.errstate(all="ignore"):
            self.program.run("backward")

    def gradient(self, node: str) -> np.ndarray:
        """The gradient (m, …) with respect to the output of a layer or Input; 0 where nothing goes back to it."""
        if f"{node}/dA" not in self.program.program.buffers:
            return np.zeros((self.m, *(self._network.plan.nodes[node].shape or ())), self._network.dtype)
        return self._copy(f"{node}/dA")

    def _copy(self, name: str) -> np.ndarray:
        return np.array(self._network.backend.to_host(self.program.array(name)))


def saliency(gradient: np.ndarray) -> np.ndarray:
    """|∂s/∂x|, the largest over the channels: (…, n_C) -> (…). Source: Simonyan, Vedaldi and Zisserman 2014."""
    return np.abs(gradient).max(axis=-1)


def grad_cam(activations: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """Where a layer sees what speaks for a score: max(0, Σ_k α_k A_k) with α_k the mean gradient of channel k.

    Args:
        activations: A (…, n_C) of one example.
        gradient: ∂s/∂A of the same shape.

    Returns:
        (…) without the channels, ≥ 0. Source: Selvaraju et al. 2017.
    """
    weights = gradient.mean(axis=tuple(range(gradient.ndim - 1)))
    return np.maximum(activations @ weights, 0)


def stretched(values: np.ndarray, sizes: Shape) -> np.ndarray:
    """An array brought to other sizes, linearly between the middles of its cells."""
    for axis, size in enumerate(sizes):
        n = values.shape[axis]
        if n == size:
            continue
        at = np.clip((np.arange(size) + 0.5) * (n / size) - 0.5, 0, n - 1)
        low = np.floor(at).astype(np.intp)
        share = (at - low).reshape([-1 if a == axis else 1 for a in range(values.ndim)])
        high = np.minimum(low + 1, n - 1)
        values = np.take(values, low, axis) * (1 - share) + np.take(values, high, axis) * share
    return values


# Occlusion (Zeiler and Fergus 2014)


def patches(sizes: Shape, patch: int, stride: int) -> list[Box]:
    """Where a square patch (cube, stretch) is put over places of these sizes; the last ones end at the border."""
    patch, stride = max(1, patch), max(1, stride)
    starts = [
        [*range(0, max(n - patch, 0), stride), max(n - patch, 0)] for n in sizes
    ]  # the last start always: no place stays uncovered while stride <= patch
    return [
        tuple((a, min(a + patch, n)) for a, n in zip(corner, sizes, strict=True))
        for corner in product(*(sorted(set(axis)) for axis in starts))
    ]


def covered(x: np.ndarray, box: Box, fill: np.ndarray) -> np.ndarray:
    """A copy of one example (…, n_C) whose places in a box hold `fill` (n_C,) or (…, n_C)."""
    result = x.copy()
    place = tuple(slice(start, stop) for start, stop in box)
    result[place] = fill if fill.ndim <= 1 else fill[place]
    return result


class OcclusionMap:
    """How much the score falls where a patch hides the input: at each place the mean over the patches that cover it."""

    def __init__(self, sizes: Shape) -> None:
        """Nothing is hidden yet; `sizes` are those of the places."""
        self._total = np.zeros(sizes)
        self._count = np.zeros(sizes, np.int64)

    def add(self, box: Box, fall: float) -> None:
        """The score was lower by `fall` with a patch over this box."""
        place = tuple(slice(start, stop) for start, stop in box)
        self._total[place] += fall
        self._count[place] += 1

    @property
    def values(self) -> np.ndarray:
        """The mean fall at each place; nan where no patch was yet."""
        with np.errstate(invalid="ignore"):
            return self._total / self._count


# What excites a unit


@dataclass(frozen=True, slots=True)
class Ascent:
    """Settings of gradient ascent on the input. Source: Simonyan et al. 2014 (decay), Yosinski et al. 2015 (blur)."""

    steps: int = 80
    rate: float = 0.1
    """Length of a step (root mean square over the values that matter at all), in standard deviations of the data."""
    decay: float = 0.01
    """Share by which the input shrinks towards the mean at each step: L2 regularization."""
    blur_every: int = 6
    """Steps between two blurs, which take away high frequencies; 0 for never. The last quarter goes without."""
    seed: int = 0


def blurred(x: np.ndarray) -> np.ndarray:
    """One example (…, n_C), each place mixed with its neighbours by (1/8, 3/4, 1/8) along every axis of places."""
    for axis in range(x.ndim - 1):
        if x.shape[axis] > 1:
            edge = [(1, 1) if a == axis else (0, 0) for a in range(x.ndim)]
            wide = np.pad(x, edge, mode="edge")
            n = x.shape[axis]
            before, after = (np.take(wide, range(k, k + n), axis) for k in (0, 2))
            x = 0.75 * x + 0.125 * (before + after)
    return x


def ascend(
    probe: Probe, inputs: Mapping[str, np.ndarray], seed: np.ndarray, middle: float, spread: float,
    low: float, high: float, settings: Ascent = Ascent(),
) -> Iterator[tuple[dict[str, np.ndarray], float]]:  # fmt: skip
    """Change inputs step by step so that Σ seed · A of the probe's layer grows.

    Args:
        probe: Of one example.
        inputs: Where to begin, (1, …) by the id of the Input.
        seed: (1, …) as the layer's output: what is to grow.
        middle: What inputs shrink towards: the mean of the data.
        spread: Standard deviation of the data.
        low: Inputs stay at or above it.
        high: Inputs stay at or below it.
        settings: How.

    Yields:
        After each step the inputs and the value that was reached before it. It ends early where no gradient comes back.
    """
    x = {name: np.array(value, np.float64) for name, value in inputs.items()}
    for step in range(1, settings.steps + 1):
        value = float((probe.forward(x) * seed).sum())
        probe.backward(seed)
        gradients = {name: probe.gradient(name).astype(np.float64) for name in x}
        squares = np.concatenate([np.square(g).ravel() for g in gradients.values()])
        if not np.isfinite(squares).all() or not squares.any():
            return
        size = np.sqrt(squares[squares > 0].mean())
        blurs = settings.blur_every and step % settings.blur_every == 0 and step <= 0.75 * settings.steps
        for name, gradient in gradients.items():
            moved = x[name] + settings.rate * spread / size * gradient
            moved = middle + (1 - settings.decay) * (moved - middle)
            if blurs and moved.ndim > 2:
                moved = blurred(moved[0])[None]
            x[name] = np.clip(moved, low, high)
        yield {name: array.copy() for name, array in x.items()}, value


class Strongest:
    """The k examples that excite each channel of a layer most, each with the place where they do."""

    def __init__(self, channels: int, k: int = 9) -> None:
        """None yet."""
        self.values = np.full((channels, k), -np.inf)
        """(channels, k), the largest first; −∞ where there are fewer examples."""
        self.rows = np.full((channels, k), -1)
        """(channels, k) numbers of the examples."""
        self.places = np.zeros((channels, k), np.int64)
        """(channels, k) the place within the channel, as its number in row order."""

    def add(self, activations: np.ndarray, rows: np.ndarray) -> None:
        """More examples: A (m, …, n_C) and their numbers (m,). Of an example its strongest place counts."""
        flat = activations.reshape(len(rows), -1, activations.shape[-1])
        flat = np.where(np.isfinite(flat), flat, -np.inf)
        at = flat.argmax(axis=1)
        best = np.take_along_axis(flat, at[:, None], 1)[:, 0]
        values = np.concatenate([self.values, best.T], 1)
        names = np.concatenate([self.rows, np.broadcast_to(rows, best.T.shape)], 1)
        places = np.concatenate([self.places, at.T], 1)
        order = np.argsort(-values, axis=1, kind="stable")[:, : self.values.shape[1]]
        self.values, self.rows, self.places = (np.take_along_axis(array, order, 1) for array in (values, names, places))
