"""The problems panel: what it lists, what it asks for, and its calm state."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from engine.design import Design
from engine.graph import Edge, GraphSpec, Node
from engine.layers.dense import Dense
from engine.layers.ends import Input, Output
from gui.document import Document
from gui.panels.problems import ProblemsPanel


def whole() -> Design:
    nodes = (
        Node(id="input_1", layer=Input()),
        Node(id="dense_1", layer=Dense(units=1)),
        Node(id="output_1", layer=Output()),
    )
    edges = (Edge(source="input_1", target="dense_1"), Edge(source="dense_1", target="output_1"))
    return Design(graph=GraphSpec(nodes=nodes, edges=edges))


def test_without_problems_it_shows_the_totals(application) -> None:
    panel = ProblemsPanel(Document(whole()))
    assert panel.problems() == []
    assert panel.summary() == "No problems"
    assert panel._totals.text() == "3 parameters, 2 multiplications per example"
    assert panel._stack.currentWidget() is panel._calm


def test_problems_follow_the_design_and_ask_for_their_node(application) -> None:
    document = Document(whole())
    panel = ProblemsPanel(document)
    panel.resize(400, 200)
    panel.show()
    heard: list[str] = []
    panel.node_requested.connect(heard.append)
    document.remove([], [document.graph.edges[0]])
    assert panel.summary() == "1 error, 1 warning"
    assert panel.list.item(0).text() == "Dense 'dense_1' has no input. Connect the output of another layer to it."
    at = panel.list.visualItemRect(panel.list.item(0)).center()
    QTest.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert heard == ["dense_1"]
    document.replace_design(Design())
    assert panel.list.count() == 2
    QTest.mouseClick(
        panel.list.viewport(), Qt.MouseButton.LeftButton, pos=panel.list.visualItemRect(panel.list.item(0)).center()
    )
    assert heard == ["dense_1"]
    document.replace_design(whole())
    assert panel._stack.currentWidget() is panel._calm
