"""The properties panel: the selected node or note, or the design when nothing is selected."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from math import prod
from typing import Any

from pydantic import ValidationError
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from engine.layer import Layer
from gui.document.appearance import layer_color, layer_icon
from gui.document.document import Document
from gui.panels.block_page import BlockPage
from gui.panels.note_page import ColorSection, NotePage
from gui.panels.page import Page, SmallTable, shape_text
from gui.theme import current_theme, theme_notifier
from gui.widgets.basic import Button, CheckBox, Label, Section
from gui.widgets.form import DeclarationForm
from gui.widgets.icons import pixmap
from gui.widgets.texts import DescriptionEdit


class PropertiesPanel(QStackedWidget):
    """Shows and edits what is selected; every edit goes through the document."""

    command_chosen = Signal(str)
    """A command of the canvas for the selected block."""

    def __init__(self, document: Document, parent: QWidget | None = None):
        super().__init__(parent)
        self._document = document
        self._selection: tuple[str, ...] = ()
        self.node_page = NodePage(document)
        self.design_page = DesignPage(document)
        self.several_page = SeveralPage(document)
        self.note_page = NotePage(document)
        self.block_page = BlockPage(document)
        self.block_page.command_chosen.connect(self.command_chosen)
        for page in (self.design_page, self.node_page, self.several_page, self.note_page, self.block_page):
            self.addWidget(page)
        self.setAccessibleName("Properties")
        document.node_changed.connect(self._on_document_node_changed)
        document.node_removed.connect(self._on_document_node_removed)
        document.notes_changed.connect(self.refresh)
        document.blocks_changed.connect(self.refresh)
        document.checks.changed.connect(self.refresh)
        document.weights.changed.connect(self.refresh)
        document.info_changed.connect(self.refresh)
        document.design_replaced.connect(self._on_document_design_replaced)
        theme_notifier.theme_changed.connect(self.refresh)
        self.refresh()

    def set_selection(self, ids: Sequence[str]) -> None:
        """Show these nodes and notes."""
        self._selection = tuple(ids)
        self.refresh()

    def refresh(self) -> None:
        """Show the document as it is now."""
        selection = [node_id for node_id in self._selection if self._document.has_node(node_id)]
        notes = [note_id for note_id in self._selection if self._document.has_note(note_id)]
        blocks = [block_id for block_id in self._selection if self._document.has_block(block_id)]
        if len(blocks) == 1 and not selection and not notes:
            self.block_page.show_block(blocks[0])
            self.setCurrentWidget(self.block_page)
            return
        inner = [node.id for block_id in blocks for node in self._document.blocks.members(block_id)]
        selection = list(dict.fromkeys([*selection, *inner]))
        if len(notes) == 1 and not selection:
            self.note_page.show_note(notes[0])
            self.setCurrentWidget(self.note_page)
        elif notes:
            self.several_page.show_items(selection, notes)
            self.setCurrentWidget(self.several_page)
        elif len(selection) == 1:
            self.node_page.show_node(selection[0])
            self.setCurrentWidget(self.node_page)
        elif selection:
            self.several_page.show_items(selection)
            self.setCurrentWidget(self.several_page)
        else:
            self.design_page.refresh()
            self.setCurrentWidget(self.design_page)

    def _on_document_node_changed(self, node_id: str) -> None:
        if node_id in self._selection:
            self.refresh()

    def _on_document_node_removed(self, node_id: str) -> None:
        if node_id in self._selection:
            self.set_selection([other for other in self._selection if other != node_id])

    def _on_document_design_replaced(self) -> None:
        self.set_selection([])


class NodePage(Page):
    """One node."""

    def __init__(self, document: Document):
        super().__init__("Properties of the selected layer")
        self._document = document
        self._node_id = ""
        self.icon = QLabel()
        self.icon.setFixedSize(24, 24)
        self.kind = Label("", "title")
        self.name = QLineEdit()
        self.name.setAccessibleName("Name of the layer")
        self.name.setToolTip("Name shown on the canvas. Without one the layer shows its id.")
        self.name.editingFinished.connect(self._on_name_editing_finished)
        self.summary = Label("", "muted", wrap=True)
        self.formula = Label("", "formula", wrap=True)
        self.problems = Label("", "error", wrap=True)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.icon)
        head.addWidget(self.kind, 1)
        top = QVBoxLayout()
        top.setSpacing(8)
        top.addLayout(head)
        self.color = ColorSection(document)
        self.color.heading.hide()
        for widget in (self.name, self.color, self.problems, self.summary, self.formula):
            top.addWidget(widget)
        self.column.addLayout(top)
        self.settings = Section("Settings")
        self.form = DeclarationForm()
        self.form.field_edited.connect(self._on_form_field_edited)
        self.settings.body.addWidget(self.form)
        self.shapes = Section("Shape of one example")
        self.shape_table = SmallTable()
        self.shapes.body.addWidget(self.shape_table)
        self.parameters = Section("Parameters")
        self.parameter_table = SmallTable()
        self.frozen = CheckBox("Frozen while training")
        self.frozen.setToolTip("Training keeps the parameters of this layer as they are.")
        self.frozen.clicked.connect(self._on_frozen_clicked)
        self.parameters.body.addWidget(self.parameter_table)
        self.parameters.body.addWidget(self.frozen)
        self.weights = Button("Re-initialize weights")
        self.weights.clicked.connect(self._on_weights_clicked)
        self.parameters.body.addWidget(self.weights, 0, Qt.AlignmentFlag.AlignLeft)
        self.add(self.settings, self.shapes, self.parameters)
        self.column.addStretch(1)

    def show_node(self, node_id: str) -> None:
        """Show this node as the document has it now."""
        self._node_id, changed = node_id, node_id != self._node_id
        node, planned = self._document.node(node_id), self._document.plan.nodes[node_id]
        layer, theme = node.layer, current_theme()
        self.icon.setPixmap(pixmap(layer_icon(layer), 24, layer_color(layer, theme), self.devicePixelRatioF()))
        self.kind.setText(layer.label)
        self.summary.setText(layer.summary())
        self.formula.setText(formula(layer))
        self.formula.setVisible(bool(self.formula.text()))
        if changed or not (self.name.hasFocus() and self.name.isModified()):
            self.name.setText(node.name)
            self.name.setPlaceholderText(node.id)
        problems = self._document.checks.of_node(node_id)
        self.problems.set_role("error" if any(problem.severity == "error" for problem in problems) else "warning")
        self.problems.setText("\n".join(problem.message for problem in problems))
        self.problems.setVisible(bool(problems))
        self.form.set_declaration(layer, node_id)
        self.settings.setVisible(bool(type(layer).model_fields) and bool(layer.kind in Layer.registry))
        rows = [
            (f"in, from {self._document.node(source).title}", shape_text(self._shape(source)))
            for source in planned.inputs
        ]
        self.shape_table.set_rows([*rows, ("out", shape_text(planned.shape))], name="Shapes")
        self.parameters.setVisible(bool(planned.parameters) or planned.multiplications > 0)
        counts = [(name, shape_text(spec.shape), f"{prod(spec.shape):,}") for name, spec in planned.parameters.items()]
        if len(counts) > 1:
            counts.append(("All", "", f"{planned.parameter_count:,}"))
        total = len(counts) > 1
        self.parameter_table.set_rows(counts, ("Array", "Shape", "Count"), total=total, name="Parameters")
        self.parameter_table.setVisible(bool(counts))
        self.parameter_table.setToolTip(f"{planned.multiplications:,} multiplications for one example, forward.")
        self.frozen.setVisible(bool(counts))
        self.frozen.setChecked(node.frozen)
        self._show_weights(node_id)
        self.color.show_items([node_id])

    def _show_weights(self, node_id: str) -> None:
        """What can be done with trained weights: give them up, or keep them after all."""
        weights = self._document.weights
        dropped, stale = node_id in weights.dropped, node_id in weights.stale
        self.weights.setVisible(weights.are_trained and bool(weights.trainable([node_id])))
        self.weights.setEnabled(dropped or not stale)
        self.weights.setText("Keep trained weights" if dropped else "Re-initialize weights")
        text = "The trained weights do not fit any more; new ones are drawn when training starts."
        if dropped or not stale:
            text = "Draw new weights for this layer when training starts." if not dropped else "Take it back."
        self.weights.setToolTip(text)

    def _on_weights_clicked(self) -> None:
        weights = self._document.weights
        change = weights.keep if self._node_id in weights.dropped else weights.reinitialize
        change([self._node_id])

    def _shape(self, node_id: str) -> tuple[int, ...] | None:
        return self._document.plan.nodes[node_id].shape

    def _on_name_editing_finished(self) -> None:
        if self.name.isModified() and self._document.has_node(self._node_id):
            self.name.setModified(False)
            self._document.rename(self._node_id, self.name.text())

    def _on_form_field_edited(self, name: str, value: Any, final: bool) -> None:
        if not self._document.has_node(self._node_id):
            return
        try:
            self._document.set_layer_field(self._node_id, name, value)
        except ValidationError as error:
            self.form.row(name).show_problem(str(error.errors()[0]["msg"]))
            return
        if final:
            self._document.end_merge()

    def _on_frozen_clicked(self, checked: bool) -> None:
        self._document.set_frozen([self._node_id], checked)


class DesignPage(Page):
    """The design as a whole."""

    def __init__(self, document: Document):
        super().__init__("Properties of the design")
        self._document = document
        self.name = QLineEdit()
        self.name.setAccessibleName("Name of the design")
        self.name.editingFinished.connect(self._on_name_editing_finished)
        self.description = DescriptionEdit()
        self.description.setAccessibleName("Description of the design")
        self.description.setPlaceholderText("What is this design for?")
        self.description.setMaximumHeight(120)
        self.description.left.connect(self._on_description_left)
        about = Section("Design")
        about.body.addWidget(self.name)
        about.body.addWidget(self.description)
        totals = Section("Totals")
        self.totals = SmallTable()
        totals.body.addWidget(self.totals)
        self.hint = Label("Select a layer on the canvas to see and change its settings.", "muted", wrap=True)
        self.add(about, totals, self.hint)
        self.column.addStretch(1)

    def refresh(self) -> None:
        """Show the design as it is now."""
        design, plan = self._document.design, self._document.plan
        if not (self.name.hasFocus() and self.name.isModified()):
            self.name.setText(design.name)
        if not self.description.hasFocus() and self.description.toPlainText() != design.description:
            self.description.setPlainText(design.description)
        rows = [
            ("Layers", f"{len(design.graph.nodes):,}"),
            ("Wires", f"{len(design.graph.edges):,}"),
            ("Parameters", f"{plan.parameter_count:,}"),
            ("Multiplications per example", f"{plan.multiplications:,}"),
            ("Problems", f"{len(plan.problems):,}"),
        ]
        self.totals.set_rows(rows, name="Totals")

    def _on_name_editing_finished(self) -> None:
        if self.name.isModified():
            self.name.setModified(False)
            self._document.set_design_info(name=" ".join(self.name.text().split())[:200] or "Untitled")

    def _on_description_left(self) -> None:
        text = self.description.toPlainText()
        if text != self._document.design.description:
            self._document.set_design_info(description=text)


class SeveralPage(Page):
    """Several nodes and notes at once."""

    def __init__(self, document: Document):
        super().__init__("Properties of what is selected")
        self._document = document
        self.title = Label("", "title")
        self.table = SmallTable()
        self.color = ColorSection(document)
        self.add(self.title, self.table, self.color)
        self.column.addStretch(1)

    def show_items(self, node_ids: Sequence[str], note_ids: Sequence[str] = ()) -> None:
        """Show these nodes and notes."""
        planned = [self._document.plan.nodes[node_id] for node_id in node_ids]
        counts = ((len(planned), "layer"), (len(note_ids), "note"))
        words = [f"{number} {word}{'s' if number > 1 else ''}" for number, word in counts if number]
        self.title.setText(f"{' and '.join(words)} selected")
        self.color.show_items([*node_ids, *note_ids])
        self.table.setVisible(bool(planned))
        rows = [(item.node.title, item.layer.label, f"{item.parameter_count:,}") for item in planned]
        if len(planned) > 1:
            rows.append(("All", "", f"{sum(item.parameter_count for item in planned):,}"))
        header = ("Name", "Layer", "Parameters")
        self.table.set_rows(rows, header, total=len(planned) > 1, name="Selected layers")


def formula(layer: Layer) -> str:
    """What a layer computes: the paragraph with an equation after the first line of its docstring."""
    for paragraph in inspect.cleandoc(type(layer).__doc__ or "").split("\n\n")[1:]:
        if "=" in paragraph and not paragraph.startswith("Shape:"):
            return " ".join(paragraph.split()).replace("; ", "\n")
    return ""
