"""Templates: ready-made designs that come with the program, each with its data and training settings."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from engine.design import Design, DesignFileError

ORDER = (
    "logistic",
    "xor",
    "moons",
    "circles",
    "features",
    "flower",
    "spirals",
    "softmax3",
    "regression",
    "breast_cancer",
    "digits_mlp",
    "digits_cnn",
    "two_inputs",
    "skip",
)
"""The order in which they teach; templates that it does not name follow by alphabet."""


def template_names() -> list[str]:
    """Names of all templates, from the simplest on."""
    found = {entry.name.removesuffix(".json") for entry in _folder().iterdir() if entry.name.endswith(".json")}
    return [name for name in ORDER if name in found] + sorted(found.difference(ORDER))


@cache
def load_template(name: str) -> Design:
    """The template of that name.

    Raises:
        DesignFileError: There is no such template; the message lists those there are.
    """
    names = template_names()
    if name not in names:
        raise DesignFileError(f"There is no template '{name}'. There are {', '.join(names)}.")
    return Design.from_json((_folder() / f"{name}.json").read_text(encoding="utf-8"))


def _folder() -> Traversable:
    return files("resources") / "templates"
