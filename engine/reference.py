"""The reference, written from the declarations: `python -m engine.reference > docs/reference.md`."""

from __future__ import annotations

import inspect

from engine import graph  # noqa: F401  loads all layers and what they use
from engine.activation import ActivationFunction
from engine.augmentation import Augmentation
from engine.data import DataSource
from engine.declaration import Declaration, FieldDescription
from engine.initializer import Initializer
from engine.layer import Layer
from engine.loss import Loss
from engine.optimizer import Optimizer
from engine.settings import TrainingSettings

FAMILIES: tuple[tuple[str, type[Declaration]], ...] = (
    ("Layers", Layer),
    ("Activation functions", ActivationFunction),
    ("Losses", Loss),
    ("Initializers", Initializer),
    ("Optimizers", Optimizer),
    ("Data sources", DataSource),
    ("Augmentations", Augmentation),
)


def write_reference() -> str:
    """The whole page as Markdown."""
    parts = ["# Reference", "", "Written by `python -m engine.reference` from the declarations; do not edit.", ""]
    for title, family in FAMILIES:
        parts += [f"## {title}", ""]
        for member in sorted(family.members(), key=lambda member: (member.category, member.label)):
            parts += _section(member)
    parts += ["## Training settings", "", *_table(TrainingSettings.fields())]
    return "\n".join(parts)


def _section(member: type[Declaration]) -> list[str]:
    category = f" · {member.category}" if member.category else ""
    text = inspect.cleandoc(member.__doc__ or "")
    return [f"### {member.label}{category}", "", f"`{member.kind}`", "", text, "", *_table(member.fields())]


def _table(fields: tuple[FieldDescription, ...]) -> list[str]:
    if not fields:
        return []
    rows = [f"| {d.name} | {_default(d)} | {_legal(d)} | {d.help}{' *live*' if d.live else ''} |" for d in fields]
    return ["| field | default | values | meaning |", "|---|---|---|---|", *rows, ""]


def _default(description: FieldDescription) -> str:
    default = description.default
    if isinstance(default, Declaration):
        return default.label
    return "empty" if default in (None, "") else f"`{default}`"


def _legal(description: FieldDescription) -> str:
    if description.choices:
        return ", ".join(f"`{choice}`" for choice in description.choices)
    if description.family is not None:
        return f"{'several' if description.kind == 'declarations' else 'any'} {description.family.family_name}"
    text = {"boolean": "yes or no", "integers": "whole numbers", "text": "text", "texts": "lines"}.get(
        description.kind, ""
    )
    if text:
        return text
    low, high = description.minimum, description.maximum
    text = "whole number" if description.kind == "integer" else "number"
    if low is not None:
        text += f" {'>' if description.open_minimum else '≥'} {low:g}"
    if high is not None:
        text += f"{',' if low is not None else ''} {'<' if description.open_maximum else '≤'} {high:g}"
    return text + (", or empty" if description.optional else "")


if __name__ == "__main__":
    import sys

    sys.stdout.write(write_reference())
