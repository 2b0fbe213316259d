"""All layers there are, as lists and menus show them: by category, and found by what is typed."""

from __future__ import annotations

from collections.abc import Sequence

import engine.layers  # noqa: F401  declares them all
from engine.layer import Layer

FIRST_CATEGORIES = ("Ends", "Core")


def layers_by_category() -> dict[str, list[type[Layer]]]:
    """All layers with a category: the ends of a network first, then in the order of declaration."""
    groups: dict[str, list[type[Layer]]] = {category: [] for category in FIRST_CATEGORIES}
    for layer in Layer.members():
        if layer.category:
            groups.setdefault(layer.category, []).append(layer)
    return {category: layers for category, layers in groups.items() if layers}


def all_layers() -> list[type[Layer]]:
    """The layers with a category, one category after the other."""
    return [layer for layers in layers_by_category().values() for layer in layers]


def rank(text: str, label: str, more: str = "") -> int | None:
    """How well a label fits what was typed: 0 is best; None if a word occurs neither in it nor in the rest."""
    words, label, more = text.lower().split(), label.lower(), more.lower()
    if not all(word in label or word in more for word in words):
        return None
    if not words:
        return 0
    first = words[0]
    if label.startswith(first):
        return 0
    if any(part.startswith(first) for part in label.split()):
        return 1
    return 2 if first in label else 3


def layer_rank(layer: type[Layer], text: str) -> int | None:
    """How well a layer fits what was typed; its name counts most, then its category and first sentence."""
    return rank(text, layer.label, f"{layer.kind} {layer.category} {layer.summary()}")


def best_first(layers: Sequence[type[Layer]], text: str) -> list[type[Layer]]:
    """The layers that fit what was typed, the best first."""
    ranked = [(found, layer) for layer in layers if (found := layer_rank(layer, text)) is not None]
    return [layer for _, layer in sorted(ranked, key=lambda entry: entry[0])]
