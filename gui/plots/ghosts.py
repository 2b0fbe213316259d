"""Earlier runs that stay in the cost plot, and in what they differ from the run that is shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.declaration import Declaration
from engine.design import Design
from gui.plots.curves import SAVED_BLOCKS, CostHistory
from gui.plots.smoothing import SmoothedSeries, Smoothing

KEPT = 5
"""Earlier runs that stay."""
DIFFERENCES_NAMED = 4
LONGEST = 40
"""Characters of a setting that is written out."""


@dataclass(frozen=True, slots=True)
class RunSettings:
    """Everything that decides a run, as texts by name."""

    title: str
    """Such as "α 0.01 · seed 2"."""
    values: dict[str, str]

    @classmethod
    def of(cls, design: Design) -> RunSettings:
        """The settings of a design."""
        training = design.training
        values = dict(_flat(training, ""))
        for node in design.graph.nodes:
            values[node.title] = node.layer.label
            values |= _flat(node.layer, f"{node.title} ")
        values["wires"] = ", ".join(sorted(f"{edge.source}→{edge.target}:{edge.port}" for edge in design.graph.edges))
        values |= _flat(design.data, "data · ")
        rate = type(training.optimizer).fields()[:1]
        first = [f"{item.label} {_text(getattr(training.optimizer, item.name))}" for item in rate]
        return cls(" · ".join([*first, f"seed {training.seed}"]), values)

    def differences(self, current: RunSettings) -> list[str]:
        """What is other than in another run: "Batch size 32 (now 64)"."""
        found = []
        for name in dict.fromkeys([*self.values, *current.values]):
            own, other = self.values.get(name), current.values.get(name)
            if own == other:
                continue
            if name == "wires" or len(own or "") > LONGEST or len(other or "") > LONGEST:
                found.append(f"other {name}")
            elif own is None:
                found.append(f"without {name}")
            else:
                found.append(f"{name} {own}" if other is None else f"{name} {own} (now {other})")
        return found


@dataclass(eq=False, slots=True)
class Ghost:
    """An earlier run."""

    number: int
    settings: RunSettings | None
    history: CostHistory
    shown: bool = True
    _smoothed: dict[Smoothing, SmoothedSeries] = field(default_factory=dict)

    @classmethod
    def of(cls, number: int, settings: RunSettings | None, history: CostHistory) -> Ghost:
        """Keep a run as finely as a project file does, which takes less than a megabyte."""
        if history.costs.blocks > SAVED_BLOCKS:
            history = CostHistory.from_data(history.to_data())
        return cls(number, settings, history)

    @property
    def title(self) -> str:
        """Such as "run 3 · α 0.01 · seed 2"."""
        return f"run {self.number}" + (f" · {self.settings.title}" if self.settings else "")

    def differences(self, current: RunSettings | None) -> str:
        """In what its settings differ from those of the run that is shown."""
        if self.settings is None or current is None:
            return ""
        found = self.settings.differences(current)
        more = len(found) - DIFFERENCES_NAMED
        named = "; ".join(found[:DIFFERENCES_NAMED]) + (f"; and {more} more" if more > 0 else "")
        return named or "the same settings"

    def smoothed(self, smoothing: Smoothing) -> SmoothedSeries:
        """Its exponentially weighted average."""
        if smoothing not in self._smoothed:
            self._smoothed.clear()
            self._smoothed[smoothing] = SmoothedSeries(smoothing)
            self._smoothed[smoothing].update(self.history.costs)
        return self._smoothed[smoothing]


def _flat(declaration: Declaration, prefix: str) -> Iterator[tuple[str, str]]:
    for item in type(declaration).fields():
        value = getattr(declaration, item.name)
        if isinstance(value, Declaration):
            yield prefix + item.label, value.label
            yield from _flat(value, prefix)
        else:
            yield prefix + item.label, _text(value)


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
