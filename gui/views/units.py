"""The Units view: one layer unit by unit, with its weights and biases, which can be set by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QToolButton, QWidget

from engine.plan import Plan, make_plan
from engine.weight_edits import WeightEdit, set_weight
from gui.plots.style import toggle
from gui.views.base import LiveView
from gui.views.engine import ViewEngine
from gui.views.response_numbers import NO_PLANE, has_plane
from gui.views.responses import MapChoices
from gui.views.tensor_choice import Choice
from gui.views.unit_editor import WeightEditor
from gui.views.unit_layout import Place
from gui.views.unit_numbers import PAGE, UnitsAnswer, UnitsQuestion, compute_units, unit_nodes
from gui.views.unit_sheet import UnitSheet, spoken, weight_text
from gui.widgets.basic import ElidedLabel, Label, ToolButton
from gui.widgets.export import Table

FOLLOW = ""
"""In place of a layer: the one that is selected on the canvas."""
HOW = "Blue is positive, orange negative; wider is larger. Click a line or a bias square to set it."


class UnitsView(LiveView):
    """Maps of the units of a layer, lines for its weights, squares for its biases."""

    name = "units"
    title = "Units"
    help = "What each unit of a layer answers over the input plane, with its weights and bias, to be set by hand."

    def build(self) -> None:
        self._plan: Plan | None = None
        self._first_set: dict[tuple[str, tuple[int, ...]], float] = {}
        self._first = [0, 0]
        self._wanted_unit: int | None = None
        self._choices = MapChoices.of(self.context)
        self._layer = Choice("Layer", "Whose units are shown", self.tools, 3)
        self._x = Choice("Feature across", "Feature along the horizontal axis of the maps", self.tools, 2)
        self._y = Choice("Feature up", "Feature along the vertical axis of the maps", self.tools, 2)
        self._own_scale = toggle("Scale per unit", "Each map has its own strongest colour; else all of a layer share "
                                 "one", self, checked=True)  # fmt: skip
        self.tools.addWidget(self._own_scale)
        self._build_pager()
        self.sheet = UnitSheet()
        self.editor = WeightEditor(self.sheet)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QScrollArea.Shape.NoFrame)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setWidget(self.sheet)
        self._remark = Label("", "muted", wrap=True)
        self._remark.setContentsMargins(16, 4, 16, 4)
        self._line = ElidedLabel("", "muted")
        foot = QHBoxLayout()
        foot.setContentsMargins(16, 4, 16, 6)
        foot.addWidget(self._line)
        self.body.addWidget(self._pager)
        self.body.addWidget(self._area, 1)
        self.body.addWidget(self._remark)
        self.body.addLayout(foot)
        self.setFocusProxy(self.sheet)
        self._connect()

    def _build_pager(self) -> None:
        """Rows to turn the pages of units and inputs."""
        self._pager = QWidget()
        row = QHBoxLayout(self._pager)
        row.setContentsMargins(16, 0, 16, 4)
        row.setSpacing(4)
        self._page_rows: list[tuple[ToolButton, Label, ToolButton]] = []
        for which, what in enumerate(("inputs", "units")):
            back = ToolButton("", f"The {what} before")
            on = ToolButton("", f"The next {what}")
            back.setArrowType(Qt.ArrowType.LeftArrow)
            on.setArrowType(Qt.ArrowType.RightArrow)
            text = Label("", "muted")
            for button, by in ((back, -1), (on, 1)):
                button.setProperty("turn", (1 - which, by))
                button.clicked.connect(self._on_pager_clicked)
            for widget in (back, text, on):
                row.addWidget(widget)
            if which == 0:
                row.addStretch(1)
            self._page_rows.append((back, text, on))
        self._pager.hide()

    def _connect(self) -> None:
        self._layer.currentIndexChanged.connect(self._on_layer_current_index_changed)
        for choice in (self._x, self._y):
            choice.currentIndexChanged.connect(self._on_feature_current_index_changed)
        self._own_scale.toggled.connect(self._on_own_scale_toggled)
        self._choices.changed.connect(self._on_choices_changed)
        self._choices.unit_chosen.connect(self._on_choices_unit_chosen)
        self.context.selection_changed.connect(self._on_context_selection_changed)
        self.sheet.weight_chosen.connect(self._on_sheet_weight_chosen)
        self.sheet.current_changed.connect(self._say_current)
        self.sheet.walked.connect(self._on_sheet_walked)
        self.sheet.page_wanted.connect(self._on_sheet_page_wanted)
        self.editor.entered.connect(self._on_editor_entered)
        self.editor.taken_back.connect(self._on_editor_taken_back)
        self.editor.closed.connect(self._on_editor_closed)

    # What the base asks for

    def problem_changed(self) -> None:
        """Refill the choices."""
        problem = self.context.problem
        assert problem is not None
        self._plan = make_plan(problem.design.graph)
        self._first = [0, 0]
        self._first_set.clear()
        self.editor.leave()
        entries = [("Selected layer", FOLLOW), *((n.node.title, n.id) for n in unit_nodes(self._plan))]
        self._refill(self._layer, entries, self._layer.currentData() or FOLLOW)
        names = list(dict.fromkeys(name for columns in problem.data.columns.values() for name in columns))
        several = has_plane(self._plan) and len(names) > 2
        for choice, chosen in zip((self._x, self._y), self._choices.features, strict=True):
            self._refill(choice, [("Best", ""), *((name, name) for name in names)], chosen)
            choice.setVisible(several)
        self._own_scale.setVisible(has_plane(self._plan))

    def question(self) -> UnitsQuestion | None:
        node = self._node()
        if node is None:
            self.say("No layer of this network answers with single numbers: put a Dense layer into it.")
            return None
        return UnitsQuestion(node, self._first[0], self._first[1], self._choices.features, self._choices.scale)

    @staticmethod
    def compute(engine: ViewEngine, question: UnitsQuestion) -> UnitsAnswer:
        """Weights and maps of one page."""
        return compute_units(engine, question)

    def show_answer(self, answer: UnitsAnswer) -> None:
        if self._wanted_unit is not None:
            self.sheet.unit = self._wanted_unit - answer.question.first_unit
            self._wanted_unit = None
        self.sheet.set_answer(answer)
        self._remark.setText(NO_PLANE if answer.maps is None else "")
        self._remark.setVisible(answer.maps is None)
        self._show_pages(answer)
        self._say_current()

    def table(self) -> Table | None:
        answer = self.sheet.answer
        if answer is None:
            return None
        places = self.sheet.layout_now.places()
        rows = [[answer.title, *weight_text(answer, place), self.sheet.value(place)] for place in places]
        return Table(["layer", "weight", "meaning", "value"], rows)

    def picture(self) -> QWidget:
        return self.sheet

    # Layer and page

    def _node(self) -> str | None:
        if self._plan is None:
            return None
        names = [node.id for node in unit_nodes(self._plan)]
        chosen = self._layer.currentData()
        if chosen in names:
            return chosen
        selected = [name for name in self.context.selection if name in names]
        shown = self.sheet.answer.question.node if self.sheet.answer is not None else ""
        return (selected or [shown] * (shown in names) or names or [None])[0]

    def _show_pages(self, answer: UnitsAnswer) -> None:
        totals, starts = (answer.inputs, answer.units), (answer.question.first_input, answer.question.first_unit)
        for (back, text, on), total, start, what in zip(
            self._page_rows, totals, starts, ("inputs", "units"), strict=True
        ):
            stop = min(start + PAGE, total)
            for widget in (back, text, on):
                widget.setVisible(total > PAGE)
            back.setEnabled(start > 0)
            on.setEnabled(stop < total)
            words = f"{what} {start}–{stop - 1} of {total:,}"
            if text.text() != words:
                text.setText(words)
        self._pager.setVisible(max(totals) > PAGE)

    def _turn(self, which: int, by: int) -> None:
        """Show another page of units (0) or inputs (1)."""
        answer = self.sheet.answer
        if answer is None:
            return
        total = (answer.units, answer.inputs)[which]
        first = self._first[which] + by * PAGE
        if 0 <= first < total:
            self.editor.leave()
            self._first[which] = first
            self.refresh()

    @staticmethod
    def _refill(choice: Choice, entries: list[tuple[str, Any]], chosen: Any) -> None:
        choice.blockSignals(True)
        choice.fill(entries, chosen)
        choice.blockSignals(False)

    def _say_current(self) -> None:
        answer, place = self.sheet.answer, self.sheet.current
        if answer is None:
            return
        text = HOW if answer.weight_name else ""
        if place is not None:
            text = f"{spoken(answer, place, self.sheet.value(place))}. Enter or a click sets it."
            self.sheet.setAccessibleDescription(text)
        if text != self._line.accessibleName():
            self._line.set_full_text(text)

    # Setting a weight

    def _key(self, place: Place) -> tuple[str, tuple[int, ...]]:
        answer = self.sheet.answer
        assert answer is not None
        unit = answer.question.first_unit + place[0]
        if place[1] < 0:
            return answer.bias_name, (unit,)
        return answer.weight_name, (unit, answer.question.first_input + place[1])

    def _edit(self, value: float) -> None:
        answer, place = self.sheet.answer, self._edited
        assert answer is not None
        name, index = self._key(place)
        try:
            set_weight({name: np.zeros([k + 1 for k in index], answer.precision)}, WeightEdit(name, index, value))
        except ValueError as error:
            self.editor.refuse(str(error))
            return
        self._first_set.setdefault((name, index), self._value_before)
        self.context.weight_edited.emit(WeightEdit(name, index, value))
        self.editor.leave()

    # Slots

    def _on_sheet_weight_chosen(self, place: Place, at: QPoint) -> None:
        answer = self.sheet.answer
        assert answer is not None
        self._edited, self._value_before = place, self.sheet.value(place)
        before = self._first_set.get(self._key(place))
        self.editor.open(*weight_text(answer, place), self._value_before, answer.largest, before, at)

    def _on_editor_entered(self, value: float) -> None:
        self._edit(value)

    def _on_editor_taken_back(self) -> None:
        key = self._key(self._edited)
        self._edit(self._first_set[key])
        self._first_set.pop(key, None)

    def _on_editor_closed(self) -> None:
        self.sheet.setFocus()

    def _on_sheet_walked(self, at: QPoint) -> None:
        self._area.ensureVisible(at.x(), at.y(), 24, 32)

    def _on_sheet_page_wanted(self, by: int) -> None:
        self._turn(0, by)

    def _on_pager_clicked(self) -> None:
        button = self.sender()
        assert isinstance(button, QToolButton)
        self._turn(*button.property("turn"))

    def _on_layer_current_index_changed(self, _index: int) -> None:
        self._first = [0, 0]
        self.editor.leave()
        self.refresh()

    def _on_context_selection_changed(self) -> None:
        answer = self.sheet.answer
        if not self._layer.currentData() and answer is not None and self._node() != answer.question.node:
            self._first = [0, 0]
            self.editor.leave()
            self.refresh()

    def _on_feature_current_index_changed(self, _index: int) -> None:
        self._choices.choose(features=(self._x.currentData() or "", self._y.currentData() or ""))

    def _on_own_scale_toggled(self, own: bool) -> None:
        self._choices.choose(scale="unit" if own else "layer")

    def _on_choices_changed(self) -> None:
        self._own_scale.setChecked(self._choices.scale == "unit")
        self.refresh()

    def _on_choices_unit_chosen(self, node: str, unit: int) -> None:
        self._refill_choice(node)
        self._first = [unit // PAGE * PAGE, 0]
        self._wanted_unit = unit
        self.refresh()

    def _refill_choice(self, node: str) -> None:
        """Look at a layer that was clicked; one without weights only while it is selected."""
        self._layer.blockSignals(True)
        self._layer.choose(node if self._layer.findData(node) >= 0 and self._layer.currentData() else FOLLOW)
        self._layer.blockSignals(False)
