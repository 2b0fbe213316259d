"""How the columns of the data go together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget

from engine.data import PreparedData
from engine.data.describing import FEW_VALUES, Description, data_columns
from gui.plots.coloring import value_table
from gui.plots.style import swatch
from gui.theme import current_theme, qcolor, theme_notifier
from gui.views.data_grid import DataGrid
from gui.views.data_relating import Choice, Mode, Related, Scatter, relate
from gui.views.data_view import DataView, described
from gui.views.result_plot import PointPlot
from gui.views.result_text import figure, unbroken
from gui.views.result_view import QuietCombo
from gui.widgets.basic import ElidedLabel, Label
from gui.widgets.export import Table

MODES: dict[Mode, str] = {
    "scatter": "Scatter plot", "correlation": "Correlation", "means": "Group means", "cross": "Cross table",
}  # fmt: skip
ONE_COLOR = "One colour"
SEEN = 1_000
"""Examples looked at to choose the first columns."""
LEGEND = 12
"""Groups that the legend names."""


class RelationsView(DataView):
    """Any two columns against each other, correlation, means by group and cross table."""

    name = "relations"
    title = "Data relations"
    help = "Scatter plot of any two columns, correlation matrix, means by group and cross table of the data."

    def build_picture(self) -> None:
        self._answer: Scatter | Related | None = None
        self._names: tuple[str, ...] = ()
        self._build_controls()
        self.caption = ElidedLabel("", "muted")
        row = QHBoxLayout()
        row.setContentsMargins(12, 0, 12, 4)
        row.addWidget(self.caption)
        self.body.addLayout(row)
        self.plot = PointPlot("Scatter plot")
        self.points = pg.ScatterPlotItem(pxMode=True, size=6)
        self.plot.plot.addItem(self.points)
        self.grid = DataGrid()
        self._stack = QStackedWidget()
        self._stack.addWidget(self.plot)
        self._stack.addWidget(self.grid)
        frame = QHBoxLayout()
        frame.setContentsMargins(4, 0, 4, 4)
        frame.addWidget(self._stack)
        self.body.addLayout(frame, 1)
        self.mode.activated.connect(self._on_mode_activated)
        self.grid.cell_opened.connect(self._on_grid_cell_opened)
        self.grid.cell_pointed.connect(self._on_grid_cell_pointed)
        self.plot.point_chosen.connect(self._on_plot_point_chosen)
        theme_notifier.theme_changed.connect(self._on_theme_notifier_theme_changed)
        self._show_controls()

    def _build_controls(self) -> None:
        self.mode = QuietCombo("Show", "What to look at")
        self.mode.set_texts(list(MODES.values()), 0)
        self.mode.setMinimumWidth(116)
        self.tools.addWidget(self.mode)
        self.choices: dict[str, QuietCombo] = {}
        self._labels: dict[str, Label] = {}
        for key, text, tip in (
            ("x", "x", "Column along the x axis"),
            ("y", "y", "Column along the y axis"),
            ("color", "colour", "Column that colours the points"),
            ("group", "by", "Column whose values make the rows"),
            ("by", "and", "Column whose values make the columns"),
        ):
            self.choices[key], self._labels[key] = QuietCombo(tip, tip), Label(text, "small")
            self.tools.addWidget(self._labels[key])
            self.tools.addWidget(self.choices[key])
            self.choices[key].activated.connect(self._on_choice_activated)
        self.tools.addStretch(1)

    # Choosing

    def data_changed(self) -> None:
        assert self.data is not None
        columns = data_columns(self.data)
        names = tuple(column.name for column in columns)
        if names == self._names:
            return
        self._names, self._answer = names, None
        inputs = [column for column in columns if column.is_number and column.role == "input"]
        seen = {c.name: len(np.unique(self.data.train.inputs[c.array][:SEEN, c.columns[0]])) for c in inputs}
        numbers = sorted(seen, key=lambda name: seen[name] <= FEW_VALUES)  # many points on a line say little
        target = next((column.name for column in columns if column.role == "target"), "")
        first = (numbers or list(names) or [""])[0]
        second = (numbers[1:] or [name for name in names if name != first] or [""])[0]
        categories = [column.name for column in columns if not column.is_number and column.name != target]
        chosen = {"x": first, "y": second, "color": target, "group": (categories or [first])[0], "by": target}
        is_number = any(column.name == target and column.is_number for column in columns)
        if is_number:
            chosen["y"] = target
        if not categories and not is_number:
            chosen["group"], chosen["by"] = target, first
        for key, combo in self.choices.items():
            texts = [ONE_COLOR, *names] if key == "color" else list(names)
            combo.set_texts(texts, max(texts.index(chosen[key]) if chosen[key] in texts else 0, 0))

    @property
    def choice(self) -> Choice:
        """What is chosen."""
        found = {key: combo.currentText() for key, combo in self.choices.items()}
        found["color"] = "" if self.choices["color"].currentIndex() <= 0 else found["color"]
        return Choice(list(MODES)[max(self.mode.currentIndex(), 0)], **found)

    def choose(self, mode: Mode, **columns: str) -> None:
        """Look at something else: a mode, and names of columns for x, y, color, group, by."""
        self.mode.setCurrentIndex(list(MODES).index(mode))
        for key, name in columns.items():
            self.choices[key].setCurrentText(name)
        self._show_controls()
        self.refresh()

    def _show_controls(self) -> None:
        shown = {"scatter": ("x", "y", "color"), "correlation": (), "means": ("group",), "cross": ("group", "by")}
        for key, combo in self.choices.items():
            visible = key in shown[self.choice.mode]
            combo.setVisible(visible)
            self._labels[key].setVisible(visible)

    def data_question(self) -> Choice:
        return self.choice

    @staticmethod
    def study(data: PreparedData, question: Choice) -> Any:
        found: tuple[Description, ...] = described(data)
        if len(found) < 2:
            return "This data has no columns of numbers or texts besides its target, so there is nothing to relate."
        return relate(data, found, question)

    # Showing

    def show_answer(self, answer: Scatter | Related | str) -> None:
        if isinstance(answer, str):
            self._answer = None
            self.say(answer)
            return
        self._answer = answer
        self.caption.set_full_text(answer.caption)
        self._stack.setCurrentIndex(0 if isinstance(answer, Scatter) else 1)
        if isinstance(answer, Scatter):
            self._draw(answer)
        else:
            self.grid.setAccessibleName(f"{self.mode.currentText()}. {answer.caption}")
            self.grid.fill(answer.grid)

    def _draw(self, answer: Scatter) -> None:
        theme = current_theme()
        known = ~np.isnan(answer.codes)
        if answer.groups:
            palette = [qcolor(color, 190) for color in theme.classes]
        else:
            table = value_table()[::8, 2::-1].tolist()
            palette = (
                [pg.mkColor(*channels, 200) for channels in table] if answer.color else [qcolor(theme.accent, 150)]
            )
        codes = np.where(known, answer.codes, 0) * (1 if answer.groups else len(palette) - 1)
        places = codes.astype(int) % len(palette)
        brushes = [pg.mkBrush(color) for color in palette]
        missing = pg.mkBrush(qcolor(theme.text_muted, 120))
        chosen = [brushes[k] if own else missing for k, own in zip(places.tolist(), known.tolist(), strict=True)]
        seen = ~np.isnan(answer.x.values) & ~np.isnan(answer.y.values)
        self.points.setData(
            answer.x.values[seen], answer.y.values[seen], pen=None,
            brush=[brush for brush, own in zip(chosen, seen.tolist(), strict=True) if own],
        )  # fmt: skip
        self.plot.set_axes(answer.x.name, answer.y.name, answer.x.span, answer.y.span)
        for side, axis in (("bottom", answer.x), ("left", answer.y)):
            ticks = [[(k, _shortened(name)) for k, name in enumerate(axis.ticks)]] if axis.ticks else None
            self.plot.plot.getAxis(side).setTicks(ticks)
        self.plot.legend.setText(_legend(answer))
        self.plot.set_points(answer.x.values, answer.y.values, self._describe)

    def _describe(self, place: int) -> str:
        answer = self._answer
        if not isinstance(answer, Scatter):
            return ""
        lines = [f"{axis.name}: <b>{axis.texts[place]}</b>" for axis in (answer.x, answer.y)]
        if answer.color and answer.color not in (answer.x.name, answer.y.name):
            lines.append(f"{answer.color}: <b>{answer.color_texts[place]}</b>")
        part, row = self._example(int(answer.rows[place]))
        return "<br>".join([*lines, f"{part} example {row + 1:,}"])

    def _example(self, row: int) -> tuple[str, int]:
        """Part and place of a row, where all parts stand one after the other."""
        assert self.data is not None
        for part, own in self.data.parts.items():
            if row < own.m:
                return part, row
            row -= own.m
        raise IndexError(row)

    def table(self) -> Table | None:
        answer = self._answer
        if isinstance(answer, Related):
            pairs = zip(answer.grid.rows, answer.numbers.tolist(), strict=False)
            return Table(["", *answer.grid.columns], [[name, *row] for name, row in pairs])
        if isinstance(answer, Scatter):
            header = [answer.x.name, answer.y.name, *([answer.color] if answer.color else [])]
            columns = [answer.x.texts, answer.y.texts, *([answer.color_texts] if answer.color else [])]
            return Table(header, [[text.replace("−", "-") for text in row] for row in zip(*columns, strict=True)])
        return None

    # Slots

    def _on_mode_activated(self, _index: int) -> None:
        self._show_controls()
        self.refresh()

    def _on_choice_activated(self, _index: int) -> None:
        self.refresh()

    def _on_grid_cell_opened(self, i: int, j: int) -> None:
        if isinstance(self._answer, Related) and self._answer.opens[0]:
            rows, columns = self._answer.opens
            self.choose("scatter", x=columns[j], y=rows[i])

    def _on_grid_cell_pointed(self, i: int, j: int) -> None:
        if isinstance(self._answer, Related):
            there = 0 <= i < len(self._answer.grid.rows) and 0 <= j < len(self._answer.grid.columns)
            self.caption.set_full_text(self._answer.grid.tips[i][j] if there else self._answer.caption)

    def _on_plot_point_chosen(self, place: int) -> None:
        if isinstance(self._answer, Scatter) and self.context.problem is not None:
            self.context.show_example(*self._example(int(self._answer.rows[place])))

    def _on_theme_notifier_theme_changed(self) -> None:
        if isinstance(self._answer, Scatter):
            self._draw(self._answer)


def _shortened(name: str) -> str:
    return name if len(name) <= 14 else f"{name[:13]}…"


def _legend(answer: Scatter) -> str:
    theme = current_theme()
    if answer.groups:
        named = list(enumerate(answer.groups))[:LEGEND]
        entries = [swatch(theme.classes[k % len(theme.classes)], name, dot=True) for k, name in named]
        if len(answer.groups) > LEGEND:
            entries.append(f"and {len(answer.groups) - LEGEND:,} more")
    elif answer.color:
        low, high = answer.ends
        table = value_table()[:, 2::-1].tolist()
        stops = ((0, low), (128, (low + high) / 2), (255, high))
        entries = [swatch("#{:02x}{:02x}{:02x}".format(*table[at]), figure(value), dot=True) for at, value in stops]
    else:
        return ""
    title = f"<span style='color:{theme.text_muted}'>{answer.color}</span>"
    return "&nbsp;&nbsp; ".join(map(unbroken, [title, *entries]))
