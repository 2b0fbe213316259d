"""Netloom's engine: describe, compile and train networks. No window needed.

from engine import load_template, train
for event in train(load_template("xor")):
    print(event)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.control import Control
    from engine.data import DataSettings, parse_spec, prepare
    from engine.design import Design
    from engine.graph import Edge, GraphSpec, Node
    from engine.network import Network, compile_design
    from engine.plan import make_plan
    from engine.templates import load_template
    from engine.training import Trainer, train

_HOME = {
    "Control": "control",
    "DataSettings": "data",
    "Design": "design",
    "Edge": "graph",
    "GraphSpec": "graph",
    "Network": "network",
    "Node": "graph",
    "Trainer": "training",
    "compile_design": "network",
    "load_template": "templates",
    "make_plan": "plan",
    "parse_spec": "data",
    "prepare": "data",
    "train": "training",
}

__all__ = [
    "Control",
    "DataSettings",
    "Design",
    "Edge",
    "GraphSpec",
    "Network",
    "Node",
    "Trainer",
    "compile_design",
    "load_template",
    "make_plan",
    "parse_spec",
    "prepare",
    "train",
]


def __getattr__(name: str) -> Any:
    """Import on first use, so that `import engine` costs nothing."""
    if name not in _HOME:
        raise AttributeError(f"engine has no '{name}'; it has {', '.join(_HOME)}.")
    import importlib

    return getattr(importlib.import_module(f"engine.{_HOME[name]}"), name)
