"""What the cost plot says in words: its legend, and the numbers under the mouse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gui.plots.curves import CostHistory, Mark
from gui.plots.style import swatch, unbroken
from gui.theme import current_theme

if TYPE_CHECKING:
    from gui.plots.ghosts import Ghost

PARTS = ("train", "dev", "test")


def part_colors() -> list[tuple[str, str]]:
    """The parts of the data with their colours."""
    theme = current_theme()
    return list(zip(PARTS, (theme.train, theme.dev, theme.warning), strict=True))


def legend_text(history: CostHistory, average: str = "") -> str:
    """The lines there are, as rich text; `average` names how the steps are averaged."""
    theme = current_theme()
    entries = [swatch(theme.text_muted, "each step", faint=True)]
    if average:
        entries.append(swatch(theme.text, average))
    for part, color in part_colors():
        if (part, "cost") in history.evaluations:
            entries.append(swatch(color, part, dashed=part == "dev"))
    return "&nbsp;&nbsp; ".join(map(unbroken, entries))


def readout(
    history: CostHistory,
    step: float,
    metric: str,
    average: tuple[str, float | None] = ("", None),
    marks: Sequence[Mark] = (),
) -> tuple[float, str] | None:
    """The step nearest to a place and what is known there, as rich text; None where nothing is."""
    at = history.costs.at(round(step), history.window)
    lines = []
    if at is not None:
        step = at[0]
        lines.append(f"cost {at[1]:.5g}")
        if average[0] and average[1] is not None:
            lines.append(f"{average[0]}: {average[1]:.5g}")
    for part, color in part_colors():
        found = [
            f"{'J' if name == 'cost' else metric_title(name).lower()} {figure(name, point[1])}"
            for name in ("cost", metric)
            if name and (points := history.evaluations.get((part, name))) and (point := points.at(step))
        ]
        if found:
            lines.append(f"<span style='color:{color}'>{part}</span> {', '.join(found)}")
    lines += [f"<i>{mark.sentence}</i>" for mark in marks]
    if not lines:
        return None
    epoch = f" · epoch {step / history.window:,.4g}" if history.window > 1 else ""
    return step, "<br>".join([f"<b>Step {round(step):,}</b>{epoch}", *lines])


def ghost_line(ghost: Ghost, step: float, color: str, metric: str) -> str:
    """What an earlier run had at a step, as rich text; empty beside it."""
    found = []
    at = ghost.history.costs.at(round(step), ghost.history.window)
    if at is not None:
        found.append(f"cost {at[2]:.5g}")
    for name in ("cost", metric):
        points = ghost.history.evaluations.get(("dev", name)) if name else None
        if points is not None and points.steps and step <= points.steps[-1] and (point := points.at(step)) is not None:
            found.append(f"dev {'J' if name == 'cost' else metric_title(name).lower()} {figure(name, point[1])}")
    return f"<span style='color:{color}'>━</span> {ghost.title}: {', '.join(found)}" if found else ""


def metric_title(name: str) -> str:
    """How a metric is written: "accuracy" as Accuracy, "rmse" as RMSE, "r2" as R²."""
    *node, last = name.split("/")
    title = {"r2": "R²"}.get(last, last.upper() if len(last) <= 4 else last.replace("_", " ").capitalize())
    return " · ".join([*node, title])


def figure(name: str, value: float) -> str:
    """A figure as people write it: shares in percent."""
    return f"{value:.2%}" if name.endswith("accuracy") else f"{value:.5g}"
