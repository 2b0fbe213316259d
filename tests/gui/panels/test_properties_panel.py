"""The properties panel: what is selected is shown, and every edit is an undo step of the document."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from engine.layers.dense import Dense
from engine.templates import load_template
from gui.document.document import Document
from gui.panels.properties import PropertiesPanel


@pytest.fixture
def document(application):
    return Document(load_template("xor"))


@pytest.fixture
def panel(document):
    panel = PropertiesPanel(document)
    panel.resize(340, 700)
    panel.show()
    return panel


def dense_id(document):
    return next(node.id for node in document.graph.nodes if isinstance(node.layer, Dense))


def type_into(widget, text):
    widget.setFocus()
    widget.selectAll()
    QTest.keyClicks(widget, text)
    QTest.keyClick(widget, Qt.Key.Key_Return)


def test_nothing_selected_shows_the_design(document, panel):
    assert panel.currentWidget() is panel.design_page
    assert panel.design_page.name.text() == document.design.name
    type_into(panel.design_page.name, "My net")
    assert document.design.name == "My net"
    document.undo_stack.undo()
    assert panel.design_page.name.text() == document.design.name != "My net"


def test_an_edit_goes_to_the_document_and_back_by_undo(document, panel):
    node = dense_id(document)
    panel.set_selection([node])
    row = panel.node_page.form.row("units")
    before = document.node(node).layer.units
    type_into(row.editor.box, "5")
    assert document.node(node).layer.units == 5
    assert document.plan.nodes[node].shape == (5,)
    document.undo_stack.undo()
    assert document.node(node).layer.units == before
    assert row.editor.box.value() == before
    document.undo_stack.redo()
    assert row.editor.box.value() == 5


def test_dragging_a_slider_is_one_undo_step(document, panel):
    dropout = document.add_node(__import__("engine.layer").layer.Layer.registry["dropout"](), (0, 0))
    panel.set_selection([dropout])
    slider = panel.node_page.form.row("keep_prob").editor.slider
    count = document.undo_stack.count()
    slider.setSliderDown(True)
    for position in (400, 500, 600):
        slider.setValue(position)
    slider.setSliderDown(False)
    assert document.undo_stack.count() == count + 1
    slider.setSliderDown(True)
    slider.setValue(300)
    slider.setSliderDown(False)
    assert document.undo_stack.count() == count + 2


def test_a_refused_value_changes_nothing_and_says_why(document, panel):
    node = dense_id(document)
    panel.set_selection([node])
    design = document.design
    row = panel.node_page.form.row("units")
    type_into(row.editor.box, "0")
    assert document.design is design
    assert "Units must be greater than or equal to 1, but 0 was given." in row.problem.text()


def test_name_shapes_parameters_and_problems_are_shown(document, panel):
    node = dense_id(document)
    panel.set_selection([node])
    type_into(panel.node_page.name, "first")
    assert document.node(node).name == "first"
    planned = document.plan.nodes[node]
    assert f"out, {planned.shape[0]}" in panel.node_page.shape_table.accessibleName()
    assert f"{planned.parameter_count:,}" in panel.node_page.parameter_table.accessibleName()
    assert not panel.node_page.problems.isVisible()
    document.disconnect(document.graph.incoming(node)[0])
    assert panel.node_page.problems.isVisible()
    assert "has no input" in panel.node_page.problems.text()


def test_several_selected_nodes_are_counted_and_removed_ones_leave(document, panel):
    ids = [node.id for node in document.graph.nodes]
    panel.set_selection(ids[:3])
    assert panel.several_page.title.text() == "3 layers selected"
    document.remove([ids[0]])
    assert panel.several_page.title.text() == "2 layers selected"
    document.remove(ids[1:3])
    assert panel.currentWidget() is panel.design_page
