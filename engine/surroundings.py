"""A node among its neighbours: what a layer looks at to warn of something that is legal but probably not meant."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.fixes import Advice
from engine.shapes import Shape

if TYPE_CHECKING:
    from engine.layer import Layer, ParameterSpec
    from engine.plan import PlanNode


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that is probably not meant, as a plain sentence that names the layers."""

    message: str
    advice: tuple[Advice, ...] = ()
    node: str = ""
    """Where it is shown; the node that was asked when empty."""


class Place:
    """One node of a plan, and ways to its neighbours."""

    __slots__ = ("_around", "planned")

    def __init__(self, around: Surroundings, planned: PlanNode) -> None:
        self._around = around
        self.planned = planned

    @property
    def id(self) -> str:
        return self.planned.id

    @property
    def layer(self) -> Layer:
        return self.planned.layer

    @property
    def title(self) -> str:
        """The node's name in quotation marks."""
        return f"'{self.planned.node.title}'"

    @property
    def name(self) -> str:
        """How a sentence names the node: "Dense 'hidden 1'"."""
        return f"{self.layer.label} {self.title}"

    @property
    def shape(self) -> Shape | None:
        """Output shape of one example; None while it is not known."""
        return self.planned.shape

    @property
    def parameters(self) -> dict[str, ParameterSpec]:
        """Trainable arrays; none while the shapes are not known."""
        return self.planned.parameters

    @property
    def sources(self) -> list[Place]:
        """The nodes it reads, in port order."""
        return [self._around[node_id] for node_id in self.planned.inputs]

    @property
    def targets(self) -> list[Place]:
        """The nodes that read it."""
        return [self._around[node_id] for node_id in self._around.followers.get(self.id, ())]

    @property
    def is_used(self) -> bool:
        """An Output depends on it."""
        return self.id in self._around.used

    @property
    def is_hidden(self) -> bool:
        """A layer with weights comes between it and every Output."""
        return self.id in self._around.hidden

    def before(self) -> Iterator[Place]:
        """The nodes before it, nearest first, up to where paths join or split."""
        return self._walk(lambda place: place.sources)

    def behind(self) -> Iterator[Place]:
        """The nodes behind it, nearest first, up to where paths split or join."""
        return self._walk(lambda place: place.targets)

    def _walk(self, step: Callable[[Place], list[Place]]) -> Iterator[Place]:
        place, seen = self, {self.id}
        while len(step(place)) == 1:
            (place,) = step(place)
            if place.id in seen or len(place.sources) > 1 or len(place.targets) > 1:
                return
            seen.add(place.id)
            yield place


class Surroundings:
    """All places of a plan."""

    def __init__(self, nodes: dict[str, PlanNode], used: Collection[str]) -> None:
        self.used = used
        self._nodes = nodes
        self.followers: dict[str, list[str]] = {}
        for planned in nodes.values():
            for source in planned.inputs:
                self.followers.setdefault(source, []).append(planned.id)
        self.hidden: set[str] = set()
        for planned in reversed(nodes.values()):  # in the order of execution, so followers come first
            if any(nodes[i].parameters or i in self.hidden for i in self.followers.get(planned.id, ())):
                self.hidden.add(planned.id)

    def __getitem__(self, node_id: str) -> Place:
        return Place(self, self._nodes[node_id])

    def remarks(self) -> Iterator[tuple[str, Remark]]:
        """What the layers warn of, with the id of the node that it concerns."""
        for planned in self._nodes.values():
            for remark in planned.layer.warnings(Place(self, planned)):
                yield remark.node or planned.id, remark
