"""The properties of a block."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from engine.design import Design
from engine.graph import Edge, GraphSpec, Node
from engine.layers.dense import Dense
from engine.layers.ends import Input, Output
from gui.document import Document
from gui.panels.properties import PropertiesPanel


@pytest.fixture
def document() -> Document:
    nodes = (
        Node(id="in", layer=Input(shape=(3,))),
        Node(id="a", layer=Dense(units=4)),
        Node(id="b", layer=Dense(units=1)),
        Node(id="out", layer=Output()),
    )
    edges = (Edge(source="in", target="a"), Edge(source="a", target="b"), Edge(source="b", target="out"))
    made = Document(Design(graph=GraphSpec(nodes=nodes, edges=edges)))
    made.group(["a", "b"], "Stack")
    made.undo_stack.clear()
    return made


@pytest.fixture
def panel(application, document) -> PropertiesPanel:
    made = PropertiesPanel(document)
    made.resize(336, 600)
    made.show()
    made.set_selection(["block_1"])
    application.processEvents()
    return made


def test_counts_and_ports_are_shown(panel, document) -> None:
    page = panel.block_page
    assert panel.currentWidget() is page
    assert page.name.text() == "Stack"
    told = page.table.accessibleName()
    for words in ("Layers, 2", "Parameters, 21", "in, from in, 3", "out, of b, 1"):
        assert words in told
    assert not page.problems.isVisible()
    document.disconnect(Edge(source="in", target="a"))
    assert "in, not connected, –" in page.table.accessibleName()
    assert page.problems.isVisible()


def test_name_and_colour_are_edited(panel, document) -> None:
    page = panel.block_page
    page.name.selectAll()
    QTest.keyClicks(page.name, "Other")
    QTest.keyClick(page.name, Qt.Key.Key_Return)
    assert document.block("block_1").name == "Other"
    page.color.swatches.buttons["teal"].click()
    assert document.block("block_1").color == "teal"
    assert page.color.swatches.buttons["teal"].isChecked()
    assert document.undo_stack.count() == 2


def test_the_buttons_ask_for_the_commands_of_the_canvas(panel, document) -> None:
    page, heard = panel.block_page, []
    panel.command_chosen.connect(heard.append)
    assert page.buttons["toggle_block"].text() == "Close"
    document.set_collapsed(["block_1"], True)
    assert page.buttons["toggle_block"].text() == "Open"
    for button in page.buttons.values():
        button.click()
    assert heard == ["toggle_block", "ungroup", "repeat_block", "keep_block"]


def test_a_block_that_goes_leaves_the_page_of_the_design(panel, document) -> None:
    document.ungroup(["block_1"])
    assert panel.currentWidget() is panel.design_page
    document.undo_stack.undo()
    assert panel.currentWidget() is panel.block_page
    panel.set_selection(["block_1", "in"])
    assert panel.currentWidget() is panel.several_page
    assert "3 layers" in panel.several_page.title.text()
