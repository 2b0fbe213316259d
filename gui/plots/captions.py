"""What the cost plot says in words: its legend, and the numbers under the mouse."""

from __future__ import annotations

from gui.plots.curves import CostHistory
from gui.plots.style import swatch
from gui.theme import current_theme

PARTS = ("train", "dev", "test")


def part_colors() -> list[tuple[str, str]]:
    """The parts of the data with their colours."""
    theme = current_theme()
    return list(zip(PARTS, (theme.train, theme.dev, theme.warning), strict=True))


def legend_text(history: CostHistory) -> str:
    """The lines there are, as rich text."""
    theme = current_theme()
    entries = [swatch(theme.text_muted, "each step", faint=True)]
    if history.window > 1:
        entries.append(swatch(theme.text, f"mean of {history.window:,} steps"))
    for part, color in part_colors():
        if (part, "cost") in history.evaluations:
            entries.append(swatch(color, part, dashed=part == "dev"))
    return "&nbsp;&nbsp; ".join(entries)


def readout(history: CostHistory, step: float, metric: str | None) -> tuple[float, str] | None:
    """The step nearest to a place and what is known there, as rich text; None where nothing is."""
    at = history.costs.at(round(step), history.window)
    lines = []
    if at is not None:
        step = at[0]
        lines.append(f"cost {at[1]:.5g}")
        if history.window > 1:
            lines.append(f"mean {at[2]:.5g}")
    for part, color in part_colors():
        found = [
            f"{'J' if name == 'cost' else metric_title(name).lower()} {_figure(name, point[1])}"
            for name in ("cost", metric)
            if name and (points := history.evaluations.get((part, name))) and (point := points.at(step))
        ]
        if found:
            lines.append(f"<span style='color:{color}'>{part}</span> {', '.join(found)}")
    return (step, "<br>".join([f"<b>Step {round(step):,}</b>", *lines])) if lines else None


def metric_title(name: str) -> str:
    """How a metric is written: "accuracy" as Accuracy, "rmse" as RMSE, "r2" as R²."""
    *node, figure = name.split("/")
    title = {"r2": "R²"}.get(figure, figure.upper() if len(figure) <= 4 else figure.replace("_", " ").capitalize())
    return " · ".join([*node, title])


def _figure(name: str, value: float) -> str:
    return f"{value:.2%}" if name.endswith("accuracy") else f"{value:.5g}"
