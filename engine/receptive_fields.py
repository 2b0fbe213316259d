"""Which part of the inputs an entry of a layer sees: its receptive field, along every path of the network."""

from __future__ import annotations

from engine.plan import Plan
from engine.shapes import Box, Shape


def receptive_field(plan: Plan, node_id: str, box: Box) -> dict[str, Box]:
    """The smallest box of each input that holds everything on which a box of a layer's output depends.

    It goes back through the layers as each `Layer.sees` says; where branches meet, the union counts. Padding is no
    part of an input, so at a border the field is smaller. What batch statistics or running averages carry is left out.

    Args:
        plan: A plan whose shapes are known.
        node_id: The layer.
        box: Entries of one example of its output, from where to where along each axis.

    Returns:
        The box of each node without inputs that is seen at all, by its id.

    Raises:
        KeyError: the plan has no such node.

    Source: course 4, week 1; l convolutions of 3 × 3 with stride 1 see 2l + 1 places along each axis.
    """
    reached: dict[str, Box] = {plan.nodes[node_id].id: box}
    for node in reversed(plan.nodes.values()):
        if node.id not in reached or not node.inputs:
            continue
        own = reached.pop(node.id)
        for source, seen in zip(node.inputs, node.layer.sees(own, *node.input_shapes), strict=True):
            if all(start < stop for start, stop in seen):
                reached[source] = _union(reached[source], seen) if source in reached else seen
    return reached


def place_box(shape: Shape, place: Shape, channel: int | None = None) -> Box:
    """The box of one place of a layer's output.

    Args:
        shape: Of one example of the output.
        place: Along each axis but the last; () for a flat output.
        channel: Along the last axis; None for all.
    """
    last = (0, shape[-1]) if channel is None else (channel, channel + 1)
    return (*((at, at + 1) for at in place), last)


def sides(box: Box) -> Shape:
    """How many entries a box has along each axis."""
    return tuple(stop - start for start, stop in box)


def _union(a: Box, b: Box) -> Box:
    return tuple((min(x[0], y[0]), max(x[1], y[1])) for x, y in zip(a, b, strict=True))
