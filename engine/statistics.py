"""States that are statistics of the training part, such as the μ and σ of Standardize; set once before a run."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.feed import Feed
from engine.layer import Layer
from engine.network import Network


def set_statistics(network: Network, feed: Feed) -> None:
    """Ask every layer that wants them for states made from the training examples that reach it.

    Layers come in the order of execution, so that each sees what the ones before it make with their own statistics.
    """
    for node in network.plan.nodes.values():
        if node.id in network.plan.used and type(node.layer).states_from is not Layer.states_from:
            for name, value in node.layer.states_from(_arriving(network, feed, node.inputs)).items():
                network[f"{node.id}/{name}"] = value


def _arriving(network: Network, feed: Feed, sources: tuple[str, ...]) -> Iterator[tuple[np.ndarray, ...]]:
    """What some nodes put out for the examples of a part, in test mode."""
    for start in range(0, feed.m, network.chunk):
        rows = slice(start, min(start + network.chunk, feed.m))
        program = network.program(rows.stop - rows.start)
        feed.fill(program, rows)
        with np.errstate(all="ignore"):
            program.run("forward")
        yield tuple(network.backend.to_host(program.array(f"{source}/A")) for source in sources)
