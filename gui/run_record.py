"""What is known of the last run, and what of a design decides whether the run belongs to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from engine.checkpoint import Checkpoint
from engine.data import PreparedData
from engine.design import Design
from engine.events import Changed, Metrics


@dataclass(slots=True)
class RunRecord:
    """What is known of the run that the weights come from."""

    design: Design
    data: PreparedData | None
    checkpoint: Checkpoint | None = None
    parts: dict[str, Metrics] = field(default_factory=dict)


def structure(design: Design) -> Any:
    """What a compiled network depends on: layers and wires, without names, places and live settings."""
    nodes = []
    for node in design.graph.nodes:
        live = {item.name: item.default for item in type(node.layer).fields() if item.live}
        nodes.append((node.id, node.layer.replace(**live) if live else node.layer, node.frozen))
    return tuple(nodes), frozenset(design.graph.edges)


def start_settings(design: Design) -> tuple[int, str]:
    """The training settings that decide the first weights."""
    return design.training.seed, design.training.dtype


def live_values(design: Design, node_id: str = "") -> dict[str, float]:
    """The live settings of the layers (of one, if named), as `dropout_1/keep_prob`."""
    values = {}
    for node in design.graph.nodes:
        if node_id and node.id != node_id:
            continue
        for item in type(node.layer).fields():
            if item.live:
                values[f"{node.id}/{item.name}"] = float(getattr(node.layer, item.name))
    return values


def changed_text(changed: Changed) -> str:
    """A live change as a line for the status bar."""
    return f"{changed.name}: {changed.old} → {changed.new} from step {changed.step + 1:,}"
