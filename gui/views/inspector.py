"""The Inspector: what the selected layer computes, as formulas with shapes and with the numbers of one example."""

from __future__ import annotations

from math import prod

import numpy as np
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QScrollArea, QToolButton

from engine.explaining.page import Heading
from engine.explaining.writing import plain
from engine.plan import Plan, PlanNode, make_plan
from gui.views.base import LiveView
from gui.views.engine import ViewEngine
from gui.views.inspector_answer import Asked, Told, tell
from gui.views.inspector_bars import UnitBars
from gui.views.inspector_plot import ActivationPlot
from gui.views.inspector_sheet import FormulaSheet
from gui.widgets.basic import ElidedLabel, Label
from gui.widgets.export import Table
from gui.widgets.numbers import NumberBox, QuietComboBox

LOW, BESIDE = 560, 460
"""Points: in a view lower than this the plot stands beside the formulas, if it is at least so wide."""
NOTHING = (
    "Select a layer on the canvas. Its formulas appear here, forward and backward: first with the shapes of its "
    "arrays, then with the numbers of one example. Click a factor to go to where it comes from."
)


class InspectorView(LiveView):
    """Formulas of the selected layer, in symbols, shapes and numbers; every factor leads to where it comes from."""

    name = "inspector"
    title = "Inspector"
    help = "The formulas of the selected layer, forward and backward, with its shapes and the numbers of one example."

    def build(self) -> None:
        self._plan: Plan | None = None
        self._node = ""
        self._unit, self._feature = 0, 0
        self._way: list[tuple[str, int, int]] = []
        self._told: Told | None = None
        self._build_tools()
        self._layer = ElidedLabel("", "heading")
        choice = QHBoxLayout()
        choice.setContentsMargins(16, 8, 16, 8)
        choice.setSpacing(8)
        choice.addWidget(self._layer, 1)
        self._unit_box = self._box("Unit", "Which output of the layer the numbers are for")
        self._feature_box = self._box("Input", "Which input of the unit the gradients of weight and input are for")
        self._unit_box.edited.connect(self._on_unit_box_edited)
        self._feature_box.edited.connect(self._on_feature_box_edited)
        for text, box in (("Unit", self._unit_box), ("Input", self._feature_box)):
            label = Label(text, "muted")
            label.setBuddy(box)
            choice.addWidget(label)
            choice.addWidget(box)
        self._bars = UnitBars()
        self._bars.unit_chosen.connect(self._choose_unit)
        self._sheet = FormulaSheet()
        self._sheet.link_activated.connect(self._on_sheet_link_activated)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(self._sheet)
        self._plot = ActivationPlot()
        self.body.addLayout(choice)
        self.body.addWidget(self._bars)
        self._pair = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._pair.setSpacing(0)
        self._pair.addWidget(scroll, 1)
        self._pair.addWidget(self._plot)
        self.body.addLayout(self._pair, 1)
        self.setMinimumWidth(320)
        self.context.selection_changed.connect(self._on_context_selection_changed)
        self.context.example_changed.connect(self._on_context_example_changed)

    def _build_tools(self) -> None:
        self._back = self._tool("‹ Back", "Go back to the layer before this click (Alt+Left)")
        self._back.setShortcut("Alt+Left")
        self._back.clicked.connect(self._on_back_clicked)
        self._part = QuietComboBox()
        self._part.setAccessibleName("Part")
        self._part.setMinimumWidth(88)
        self._part.activated.connect(self._on_part_activated)
        self._example = self._box("Example", "Which example of the part, counted from 1")
        self._example.edited.connect(self._on_example_edited)
        self._previous = self._tool("‹", "The example before")
        self._next = self._tool("›", "The next example")
        self._previous.clicked.connect(lambda: self._step_example(-1))
        self._next.clicked.connect(lambda: self._step_example(1))
        self._example_label = label = Label("Example", "muted")
        label.setBuddy(self._example)
        for widget in (self._back, self._part, label, self._previous, self._example, self._next):
            self.tools.addWidget(widget)
        self.tools.addStretch(1)

    def _box(self, name: str, tip: str) -> NumberBox:
        box = NumberBox(integral=True, parent=self)
        box.setAccessibleName(name)
        box.setToolTip(tip)
        box.setMaximumWidth(84)
        return box

    def _tool(self, text: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        return button

    # What is looked at

    def problem_changed(self) -> None:
        problem = self.context.problem
        assert problem is not None
        self._plan = make_plan(problem.design.graph)
        self._way = [step for step in self._way if step[0] in self._plan.nodes]
        if self._node not in self._plan.nodes:
            self._node = ""
        self._part.clear()
        for part, data in problem.data.parts.items():
            if data.m:
                self._part.addItem(part, part)
        self._take_selection()
        self._fill_example()

    def question(self) -> Asked | None:
        node = self._planned()
        if node is None:
            self.say(NOTHING)
            return None
        assert self._plan is not None
        if node.id not in self._plan.used:
            self.say(
                f"'{node.node.title}' leads to no Output, so nothing is computed in it. Connect it to the network."
            )
            return None
        part, place = self.context.example
        return Asked(node.id, part, place, self._unit, self._feature)

    @staticmethod
    def compute(engine: ViewEngine, question: Asked) -> Told:
        return tell(engine, question)

    def show_answer(self, answer: Told) -> None:
        if answer.asked.node != self._node:
            return  # another layer was chosen meanwhile; its answer comes
        self._told = answer
        self._sheet.set_rows(answer.rows)
        self._bars.set_values(answer.output, min(answer.asked.unit, max(len(answer.output) - 1, 0)))
        self._plot.setVisible(answer.curve is not None)
        if answer.curve is not None:
            self._plot.show_values(answer.curve, answer.z, answer.chosen)

    def table(self) -> Table | None:
        if self._told is None:
            return None
        rows, section = [], ""
        for row in self._told.rows:
            if isinstance(row, Heading):
                section = row.text or section
            else:
                rows.append([section, plain(list(row)), "  ".join(piece.under for piece in row if piece.under)])
        return Table(["section", "formula", "below its factors"], rows)

    # Choosing

    def look_at(self, node: str, unit: int = 0, feature: int = 0) -> None:
        """Show a node, with a unit and one of its inputs."""
        self._node, self._unit, self._feature = node, unit, feature
        self._fill_choice()
        self.refresh()

    def _planned(self) -> PlanNode | None:
        return self._plan.nodes.get(self._node) if self._plan is not None else None

    def _counts(self) -> tuple[int, int]:
        node = self._planned()
        if node is None:
            return 0, 0
        inputs = prod(node.input_shapes[0]) if node.input_shapes else 0
        return (inputs if node.layer.terminal else prod(node.shape or ())), inputs

    def _fill_choice(self) -> None:
        node, (units, inputs) = self._planned(), self._counts()
        self._unit, self._feature = min(self._unit, max(units - 1, 0)), min(self._feature, max(inputs - 1, 0))
        self._layer.set_full_text(f"{node.node.title} · {node.layer.label}" if node is not None else "")
        for box, count, value in ((self._unit_box, units, self._unit), (self._feature_box, inputs, self._feature)):
            box.set_bounds(1, max(count, 1))
            box.set_value(value + 1)
            box.setEnabled(count > 1)
        self._back.setEnabled(bool(self._way))

    def _fill_example(self) -> None:
        problem = self.context.problem
        if problem is None:
            return
        part, place = self.context.example
        self._part.setCurrentIndex(self._part.findData(part))
        m = problem.data.parts[part].m if part in problem.data.parts else 0
        self._example.set_bounds(1, max(m, 1))
        self._example.set_value(place + 1)
        self._example.setToolTip(f"Which example of the {part} part, 1 to {m:,}")
        self._previous.setEnabled(place > 0)
        self._next.setEnabled(place + 1 < m)

    def _step_example(self, step: int) -> None:
        part, place = self.context.example
        self._show_example(part, place + step)

    def _show_example(self, part: str, place: int) -> None:
        problem = self.context.problem
        if problem is not None and part in problem.data.parts and problem.data.parts[part].m:
            self.context.show_example(part, min(max(place, 0), problem.data.parts[part].m - 1))
        self._fill_example()

    def _choose_unit(self, unit: int) -> None:
        self.look_at(self._node, unit, self._feature)

    def _take_selection(self) -> None:
        known = self._plan.nodes if self._plan is not None else {}
        chosen = next((name for name in self.context.selection if name in known), "")
        if chosen and chosen != self._node:
            self._node, self._unit, self._feature = chosen, 0, 0
        self._fill_choice()

    # Slots

    def _on_context_selection_changed(self) -> None:
        before = self._node
        self._take_selection()
        if not self.context.selection:
            self._node = ""
            self._fill_choice()
        if self._node != before:
            self.refresh()

    def _on_context_example_changed(self) -> None:
        self._fill_example()
        self.refresh()

    def _on_sheet_link_activated(self, name: str, place: tuple[int, ...]) -> None:
        owner, label = name.split("/", 1)
        plan = self._plan
        if plan is None or owner not in plan.nodes:
            return
        node = plan.nodes[owner]
        unit, feature = (self._unit, self._feature) if owner == self._node else (0, 0)
        shape = (node.input_shapes[0] if node.layer.terminal else node.shape) or ()
        parameter = label in node.parameters or label[1:] in node.parameters
        if place and parameter:
            unit, feature = place[0], place[1] if len(place) > 1 else feature
        elif len(place) == len(shape) + 1:
            unit = int(np.ravel_multi_index(place[1:], shape)) if shape else 0
        elif place:
            unit = place[-1]
        here = (self._node, self._unit, self._feature)
        if here != (owner, unit, feature):
            self._way = [*self._way[-49:], here]
        self._go(owner, unit, feature)

    def _go(self, node: str, unit: int, feature: int) -> None:
        moved = node != self._node
        self.look_at(node, unit, feature)
        if moved:
            self.context.node_requested.emit(node)
            if self._node != node or self._unit != unit:  # the canvas selected it, with its first unit
                self.look_at(node, unit, feature)

    def _on_back_clicked(self) -> None:
        if self._way:
            node, unit, feature = self._way.pop()
            self._go(node, unit, feature)
            self._fill_choice()

    def _on_part_activated(self, _index: int) -> None:
        self._show_example(self._part.currentData(), self.context.example[1])

    def _on_example_edited(self, number: int) -> None:
        self._show_example(self.context.example[0], number - 1)

    def _on_unit_box_edited(self, number: int) -> None:
        self.look_at(self._node, max(number - 1, 0), self._feature)

    def _on_feature_box_edited(self, number: int) -> None:
        self.look_at(self._node, self._unit, max(number - 1, 0))

    # Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        low = self.height() < LOW and self.width() >= BESIDE
        self._pair.setDirection(QBoxLayout.Direction.LeftToRight if low else QBoxLayout.Direction.TopToBottom)
        self._plot.set_beside(low)
        self._example_label.setVisible(self.width() >= BESIDE)
