"""What the boundary plot says in words and numbers: its legend, an example under the mouse, its table."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.data import DataError
from engine.plan import DesignError
from gui.plots.boundary_job import Picture
from gui.plots.boundary_options import Options
from gui.plots.lazy_rows import LazyRows
from gui.plots.style import swatch, unbroken
from gui.plots.surface import Cloud, NoSurfaceError, SurfaceEvaluator, View
from gui.theme import current_theme
from gui.widgets.export import Table

MARKS = {"train": "●", "dev": "○", "test": "□"}
CLASSES_NAMED = 6
FEATURES_NAMED = 8


def legend_text(view: View, evaluator: SurfaceEvaluator, options: Options, wrong: tuple[int, int] | None) -> str:
    """Classes, parts, and how many of the examples drawn are wrong, as rich text."""
    theme, names = current_theme(), view.answer.class_names
    entries = [swatch(theme.classes[k % len(theme.classes)], name, dot=True) for k, name in enumerate(names)]
    entries = entries[:CLASSES_NAMED] + ([f"… {len(names)} classes"] if len(names) > CLASSES_NAMED else [])
    words = [f"{MARKS[part]} {part}" for part in evaluator.data.parts if part not in options.hidden]
    if wrong is not None and options.rings:
        words.append(f"◎ {wrong[0]:,} of {wrong[1]:,} wrong")
    if len(evaluator.features) > 2:
        words.append(f"others at {'their median' if view.example is None else _example(*view.example)}")
    entries += [f"<span style='color:{theme.text_muted}'>{word}</span>" for word in words]
    return "&nbsp;&nbsp; ".join(map(unbroken, entries))


def count_wrong(picture: Picture, options: Options) -> tuple[int, int] | None:
    """Wrong examples and all examples of the parts that are drawn; None where there are no classes."""
    shown = [wrong for part, wrong in picture.wrong.items() if part not in options.hidden]
    return (sum(int(wrong.sum()) for wrong in shown), sum(map(len, shown))) if shown else None


def example_text(evaluator: SurfaceEvaluator, view: View, cloud: Cloud, index: int, picture: Picture | None) -> str:
    """Features, truth and prediction of an example, as rich text."""
    part, row, answer = evaluator.data.parts[cloud.part], int(cloud.rows[index]), view.answer
    first = [feature for feature in (view.x, view.y) if feature is not None]
    others = [feature for feature in evaluator.features if feature not in first]
    named = (first + others)[:FEATURES_NAMED]
    values = [f"{feature.title} {_number(evaluator.value(part, feature, row))}" for feature in named]
    if len(evaluator.features) > len(named):
        values.append(f"… {len(evaluator.features) - len(named)} more")
    lines = [f"<b>Example {row:,}</b> of the {cloud.part} part", ", ".join(values[:4])]
    lines += [", ".join(values[4:])] if len(values) > 4 else []
    prediction = picture.predictions.get(cloud.part) if picture is not None else None
    if answer.kind == "values":
        lines.append(f"{answer.title} {_number(float(cloud.target[index]))}")
        if prediction is not None:
            lines.append(f"predicted {_number(float(prediction[index]))}")
        return "<br>".join(lines)
    lines.append(f"class {_class(answer.class_names, int(cloud.target[index]))}")
    if prediction is not None:
        k = int(np.argmax(prediction[index]))
        sure = "" if answer.scored else f", P = {float(prediction[index][k]):.2f}"
        lines.append(f"predicted {_class(answer.class_names, k)}{sure}")
    return "<br>".join(lines)


def boundary_table(view: View, clouds: dict[str, Cloud], picture: Picture) -> Table:
    """The examples that are drawn, then the centres of the cells of the picture."""
    answer = view.answer
    outputs = (
        [f"P({name})" for name in answer.class_names] if answer.kind == "classes" else [f"predicted {answer.title}"]
    )
    axes = [view.x.title] + ([view.y.title] if view.y else [])
    header = ["part", "example", *axes, answer.title, *outputs]
    return Table(header, LazyRows(lambda: _rows(view, clouds, picture)))


def _rows(view: View, clouds: dict[str, Cloud], picture: Picture) -> list[list[Any]]:
    answer, surface = view.answer, picture.surface
    rows: list[list[Any]] = []
    for part, cloud in clouds.items():
        predictions = picture.predictions.get(part)
        places = [cloud.x] + ([cloud.y] if cloud.y is not None else [])
        for k, row in enumerate(cloud.rows.tolist()):
            target = cloud.target[k]
            truth = _class(answer.class_names, int(target)) if answer.kind == "classes" else float(target)
            said = [] if predictions is None else np.atleast_1d(predictions[k]).tolist()
            rows.append([part, row, *(float(place[k]) for place in places), truth, *said])
    values = surface.values.reshape(len(surface.y), len(surface.x), -1)
    for j, y in enumerate(surface.y.tolist()):
        up = [y] if view.y else []
        rows += [["cell", "", x, *up, "", *values[j, i].tolist()] for i, x in enumerate(surface.x.tolist())]
    return rows


def why_no_boundary(error: Exception) -> str:
    """A sentence in place of the picture."""
    if isinstance(error, DesignError):
        return "No boundary yet: the design cannot be computed. The problem list says what is missing."
    if isinstance(error, (NoSurfaceError, DataError)):
        return str(error)
    return f"No boundary can be drawn for this design ({type(error).__name__}: {error})."


def _class(names: tuple[str, ...], k: int) -> str:
    return names[k] if 0 <= k < len(names) else str(k)


def _example(part: str, place: int) -> str:
    return f"{part} example {place:,}"


def _number(value: float) -> str:
    return f"{value:.4g}".replace("-", "−")
