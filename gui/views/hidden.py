"""The hidden-layer view: the plane of two features as a layer bends it, with the examples in it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg

from gui.plots.coloring import value_table
from gui.plots.scatter import Scatter
from gui.plots.style import swatch, thin_pen, unbroken
from gui.theme import current_theme, qcolor
from gui.views.base import LiveView
from gui.views.engine import ViewEngine
from gui.views.hidden_numbers import PCA, Axes, Bent, Question, compute_bent, hidden_nodes
from gui.views.hidden_range import CalmRange
from gui.views.result_plot import PointPlot
from gui.views.tensor_choice import Choice
from gui.widgets.export import Table

UNITS_OFFERED = 64
"""Units that can be chosen as an axis."""
SHADES = 32
"""Colours of examples with a value."""
FOLLOW = ""
"""In place of a layer: the one that is selected on the canvas."""


class HiddenView(LiveView):
    """Examples and input grid in the space of a layer's activations: of two units, or of two principal components."""

    name = "hidden"
    title = "Hidden layer"
    help = "How a layer bends the plane of the inputs until the next layer can separate the classes."

    def build(self) -> None:
        """Make the controls and the picture; called once."""
        self._answer: Bent | None = None
        self._looks: object = None
        self._calm = CalmRange(), CalmRange()
        self._layer = Choice("Layer", "Whose activations are the axes", self.tools, 3)
        self._first = Choice("Horizontal axis", "Principal components, or a unit of the layer", self.tools, 2)
        self._second = Choice("Vertical axis", "Another unit of the layer", self.tools, 2)
        self._x = Choice("First feature of the grid", "Features over which the grid runs", self.tools, 2)
        self._y = Choice("Second feature of the grid", "Features over which the grid runs", self.tools, 2)
        self._part = Choice("Part", "Which examples are shown", self.tools, 2)
        self._plot = PointPlot("Examples and input grid in the space of a layer", reach=14)
        self._plot.point_chosen.connect(self._on_plot_point_chosen)
        self._plot.restyled.connect(self._on_plot_restyled)
        self._lines = [pg.PlotCurveItem(connect="finite") for _ in range(2)]
        self._decision = pg.PlotCurveItem()
        self._points = Scatter(pxMode=True)
        self._chosen = Scatter(pxMode=True)
        for item in (*self._lines, self._decision, self._points, self._chosen):
            self._plot.plot.addItem(item, ignoreBounds=True)
        self.body.addWidget(self._plot)
        self.setFocusProxy(self._plot.canvas)
        for choice in (self._layer, self._first, self._second, self._x, self._y, self._part):
            choice.currentIndexChanged.connect(self._on_choice_current_index_changed)
        self.context.selection_changed.connect(self._on_context_selection_changed)
        self.context.example_changed.connect(self._on_context_example_changed)
        self._restyle()

    def problem_changed(self) -> None:
        """Refill the choices."""
        problem = self.context.problem
        assert problem is not None
        self._answer = None
        self._choices_of_layer()
        parts = [(f"{part.capitalize()} part", part) for part in problem.data.parts]
        self._refill(self._part, parts, self._part.currentData() or "train")
        self._part.setVisible(len(parts) > 1)
        names = [name for columns in problem.data.columns.values() for name in columns]
        features = [(name, place) for place, name in enumerate(names)]
        for place, choice in enumerate((self._x, self._y)):
            self._refill(choice, features, place)
            choice.setVisible(len(features) > 2)

    def question(self) -> Question | None:
        """What to compute now."""
        node = self._node()
        if node is None:
            self.say("There is no hidden layer yet: put a Dense layer between Input and Output.")
            return None
        self._choices_of_axes(node.id, int(np.prod(node.shape or (1,))))
        axes: Axes = PCA
        if self._first.currentData() not in (None, PCA):
            axes = (self._first.currentData(), self._second.currentData() or 0)
        pair = (self._x.currentData() or 0, self._y.currentData() if self._y.currentData() is not None else 1)
        return Question(node.id, axes, self._part.currentData() or "train", pair, self.context.example)

    @staticmethod
    def compute(engine: ViewEngine, question: Question) -> Bent:
        """Run examples and grid through the network."""
        return compute_bent(engine, question)

    def show_answer(self, answer: Bent) -> None:
        """Draw it."""
        if self._answer is None or self._answer.question != answer.question:
            for calm in self._calm:
                calm.reset()
        self._answer = answer
        self._draw()

    def table(self) -> Table | None:
        """The places of the examples and of the grid."""
        answer = self._answer
        if answer is None:
            return None
        part, node = answer.question.part, answer.question.node
        rows: list[list[Any]] = [
            [node, part, int(row), *map(float, place), self._target_text(k)]
            for k, (row, place) in enumerate(zip(answer.rows, answer.points, strict=True))
        ]
        for name, lines in zip(answer.features, answer.grid, strict=False):
            rows += [[node, f"line of equal {name}", "", float(u), float(v), ""] for u, v in lines if np.isfinite(u)]
        return Table(["layer", "what", "example", *answer.titles, "target"], rows)

    # Choices

    def _node(self) -> Any:
        problem = self.context.problem
        if problem is None:
            return None
        nodes = {node.id: node for node in hidden_nodes(self._plan())}
        chosen = self._layer.currentData()
        if chosen:
            return nodes.get(chosen)
        selected = [nodes[name] for name in self.context.selection if name in nodes]
        narrow = [node for node in nodes.values() if node.shape == (2,)]
        return (selected or narrow or self._before_last(list(nodes.values())) or [None])[0]

    @staticmethod
    def _before_last(nodes: list[Any]) -> list[Any]:
        """The last hidden layer: behind it, the last layer has to separate the classes by lines."""
        return nodes[-2:-1] or nodes

    def _plan(self) -> Any:
        from engine.plan import make_plan

        problem = self.context.problem
        assert problem is not None
        if getattr(self, "_planned", (None, None))[0] is not problem:
            self._planned = problem, make_plan(problem.design.graph)
        return self._planned[1]

    def _choices_of_layer(self) -> None:
        nodes = hidden_nodes(self._plan())
        entries = [("Selected layer", FOLLOW), *((node.node.title, node.id) for node in nodes)]
        self._refill(self._layer, entries, self._layer.currentData() or FOLLOW)

    def _choices_of_axes(self, node: str, units: int) -> None:
        if getattr(self, "_axes_of", None) == (node, units):
            return
        self._axes_of = node, units
        entries: list[tuple[str, Any]] = [(f"Unit {k + 1}", k) for k in range(min(units, UNITS_OFFERED))]
        self._refill(
            self._first, [("Principal components", PCA), *entries] if units > 2 else entries, PCA if units > 2 else 0
        )
        self._refill(self._second, entries, 1)
        self._first.setVisible(units > 2)
        self._second.setVisible(False)

    @staticmethod
    def _refill(choice: Choice, entries: list[tuple[str, Any]], chosen: Any) -> None:
        choice.blockSignals(True)
        choice.fill(entries, chosen)
        choice.blockSignals(False)

    # Drawing

    def _restyle(self) -> None:
        theme = current_theme()
        for item, color in zip(self._lines, (theme.text_muted, theme.accent), strict=True):
            item.setPen(thin_pen(color, 1, 150))
        self._decision.setPen(thin_pen(theme.text, 1, dashed=True))

    def _draw(self) -> None:
        answer = self._answer
        assert answer is not None
        points = answer.points
        spans = [calm.fit(points[:, k], [grid[:, k] for grid in answer.grid]) for k, calm in enumerate(self._calm)]
        self._plot.set_axes(f"{answer.layer}: {answer.titles[0]}", answer.titles[1], *spans)
        for k, item in enumerate(self._lines):
            if k < len(answer.grid):
                item.setData(answer.grid[k][:, 0], answer.grid[k][:, 1])
            else:
                item.clear()
        self._draw_decision(spans)
        looks = (answer.question.part, answer.rows.tobytes(), answer.target.tobytes(), current_theme().name)
        if looks == self._looks:
            self._points.move(points[:, 0], points[:, 1])
        else:
            self._looks = looks
            self._paint_points()
        self._draw_chosen()
        self._plot.set_points(points[:, 0], points[:, 1], self._describe)
        self._write_legend()

    def _paint_points(self) -> None:
        assert self._answer is not None
        points, (colors, own) = self._answer.points, self._colors()
        brushes = [pg.mkBrush(color) for color in colors]
        pen, size = thin_pen(current_theme().surface_raised, 1), 7 if len(points) <= 300 else 5.5
        self._points.setData(points[:, 0], points[:, 1], size=size, pen=pen, brush=[brushes[k] for k in own])

    def _draw_decision(self, spans: list[tuple[float, float]]) -> None:
        assert self._answer is not None
        line = self._answer.decision
        if line is None or not (line[0] or line[1]):
            self._decision.clear()
            return
        a, b, c = line
        x, y = (np.array(span) for span in spans)
        if abs(a) * np.ptp(x) > abs(b) * np.ptp(y):
            self._decision.setData(-(b * y + c) / a, y)
        else:
            self._decision.setData(x, -(a * x + c) / b)

    def _draw_chosen(self) -> None:
        answer, (part, place) = self._answer, self.context.example
        where = np.flatnonzero(answer.rows == place) if answer is not None and part == answer.question.part else []
        if answer is None or not len(where):
            self._chosen.clear()
            return
        at = answer.points[where[:1]]
        self._chosen.setData(at[:, 0], at[:, 1], size=14, pen=thin_pen(current_theme().text, 2), brush=pg.mkBrush(None))

    def _colors(self) -> tuple[list[Any], np.ndarray]:
        """The colours there are, and which of them each example has."""
        answer, theme = self._answer, current_theme()
        assert answer is not None
        if answer.class_names:
            colors = [qcolor(color) for color in theme.classes]
            return colors, np.asarray(answer.target, np.int64) % len(colors)
        finite = answer.target[np.isfinite(answer.target)]
        if not finite.size:
            return [qcolor(theme.accent)], np.zeros(len(answer.target), np.int64)
        shades = [pg.mkColor(int(r), int(g), int(b)) for b, g, r, _ in value_table()[:: 256 // SHADES]]
        low, spread = float(finite.min()), float(np.ptp(finite)) or 1.0
        return shades, np.clip((answer.target - low) / spread * SHADES, 0, SHADES - 1).astype(np.int64)

    def _write_legend(self) -> None:
        answer, theme = self._answer, current_theme()
        assert answer is not None
        entries = [
            swatch(theme.classes[k % len(theme.classes)], name, dot=True)
            for k, name in enumerate(answer.class_names[:6])
        ]
        if len(answer.class_names) > 6:
            entries.append(f"… {len(answer.class_names)} classes")
        if not answer.class_names and np.isfinite(answer.target).any():
            shades = value_table()[[0, -1], 2::-1]
            for name, end, shade in zip(("low", "high"), (np.nanmin, np.nanmax), shades, strict=True):
                color = f"#{shade[0]:02x}{shade[1]:02x}{shade[2]:02x}"
                entries.append(swatch(color, f"{name} target {float(end(answer.target)):.3g}", dot=True))
        for color, feature in zip(
            (theme.text_muted, theme.accent), answer.features if answer.grid else (), strict=False
        ):
            entries.append(swatch(color, f"equal {feature}"))
        if answer.decision is not None:
            entries.append(swatch(theme.text, f"“{answer.decided_by}” decides", dashed=True))
        text = "&nbsp;&nbsp; ".join(map(unbroken, entries))
        if text != self._plot.legend.text():
            self._plot.legend.setText(text)

    def _target_text(self, index: int) -> str:
        answer = self._answer
        assert answer is not None
        value = answer.target[index]
        if answer.class_names:
            return answer.class_names[int(value)] if int(value) < len(answer.class_names) else str(int(value))
        return f"{value:.5g}" if np.isfinite(value) else ""

    def _describe(self, index: int) -> str:
        answer = self._answer
        assert answer is not None
        u, v = answer.points[index]
        lines = [f"<b>Example {answer.rows[index]:,}</b> of the {answer.question.part} part"]
        target = self._target_text(index)
        if target:
            lines.append(f"{'class' if answer.class_names else 'target'} {target}")
        names = [title.split(" (")[0] for title in answer.titles]
        lines.append(f"{names[0]} {u:.4g}, {names[1]} {v:.4g}".replace("-", "−"))
        return "<br>".join(lines)

    # Slots

    def _on_choice_current_index_changed(self, _index: int) -> None:
        if self.sender() is self._layer:
            self._axes_of = None
        first = self._first.currentData()
        self._second.setVisible(isinstance(first, int) and self._first.count() > 2)
        if isinstance(first, int) and first == self._second.currentData() and self._second.count() > 1:
            other = self._first if self.sender() is self._second else self._second
            other.blockSignals(True)
            other.choose(first - 1 if first else 1)
            other.blockSignals(False)
        self.refresh()

    def _on_context_selection_changed(self) -> None:
        if not self._layer.currentData():
            self.refresh()

    def _on_context_example_changed(self) -> None:
        self._draw_chosen()
        self.refresh()

    def _on_plot_point_chosen(self, index: int) -> None:
        if self._answer is not None:
            self.context.show_example(self._answer.question.part, int(self._answer.rows[index]))

    def _on_plot_restyled(self) -> None:
        self._restyle()
        if self._answer is not None:
            self._draw()
