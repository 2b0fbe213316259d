"""The problems panel: what it lists, its one-click fixes, what it asks for, and its calm state."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.data import DataSettings, parse_spec, prepare
from engine.design import Design
from engine.graph import Edge, GraphSpec, Node
from engine.layers.dense import Dense
from engine.layers.ends import Input, Output
from gui.document import Document
from gui.panels.problems import ROWS_AT_MOST, ProblemsPanel


def whole(shape: tuple[int, ...] = (2,)) -> Design:
    nodes = (
        Node(id="input_1", layer=Input(shape=shape)),
        Node(id="dense_1", layer=Dense(units=1), position=(264, 0)),
        Node(id="output_1", layer=Output(), position=(528, 0)),
    )
    edges = (Edge(source="input_1", target="dense_1"), Edge(source="dense_1", target="output_1"))
    return Design(graph=GraphSpec(nodes=nodes, edges=edges))


def shown(design: Design) -> tuple[Document, ProblemsPanel]:
    document = Document(design)
    panel = ProblemsPanel(document)
    panel.resize(400, 300)
    panel.show()
    panel.activateWindow()
    QApplication.processEvents()
    return document, panel


def test_without_problems_it_shows_the_totals(application) -> None:
    _document, panel = shown(whole())
    assert panel.problems() == []
    assert panel.summary() == "No problems"
    assert panel._totals.text() == "3 parameters, 2 multiplications per example"
    assert panel._stack.currentWidget() is panel._calm


def test_problems_follow_the_design_and_ask_for_their_node(application) -> None:
    document, panel = shown(whole())
    heard: list[str] = []
    panel.node_requested.connect(heard.append)
    document.remove([], [document.graph.edges[0]])
    assert panel.summary() == "1 error, 1 warning"
    QApplication.processEvents()
    row = panel.rows()[0]
    assert row.message.text() == "Dense 'dense_1' has no input. Connect the output of another layer to it."
    QTest.mouseClick(row, Qt.MouseButton.LeftButton)
    assert heard == ["dense_1"]
    document.replace_design(Design())
    assert [row.problem.node for row in panel.rows()] == [None, None]
    QTest.mouseClick(panel.rows()[0], Qt.MouseButton.LeftButton)
    assert heard == ["dense_1"]
    document.replace_design(whole())
    QApplication.processEvents()
    assert panel._stack.currentWidget() is panel._calm


def test_a_button_mends_in_one_undo_step(application) -> None:
    document, panel = shown(whole((4, 4)))
    before = document.design
    row = panel.rows()[0]
    assert [fix.text for fix in row.fixes] == ["Insert Flatten"]
    assert row.buttons[0].isVisible()
    QTest.mouseClick(row.buttons[0], Qt.MouseButton.LeftButton)
    assert panel.problems() == []
    assert document.undo_stack.count() == 1
    assert document.undo_stack.undoText() == "Insert Flatten"
    after = document.design
    document.undo_stack.undo()
    assert document.design == before
    assert panel.summary() == "1 error"
    document.undo_stack.redo()
    assert document.design == after


def test_the_keyboard_mends_and_walks(application) -> None:
    document, panel = shown(Design())
    first, second = panel.rows()
    first.setFocus()
    QTest.keyClick(first, Qt.Key.Key_Down)
    assert second.hasFocus()
    QTest.keyClick(second, Qt.Key.Key_Up)
    assert first.hasFocus()
    QTest.keyClick(first, Qt.Key.Key_Return)
    assert [node.layer.kind for node in document.graph.nodes] == ["output"]
    assert "Enter: Add an Input" in " ".join(row.accessibleName() for row in panel.rows())


def test_a_design_can_be_mended_from_nothing_with_the_first_fixes(application) -> None:
    document, panel = shown(Design(data=DataSettings(source=parse_spec("sklearn:iris"))))
    document.add_node(Dense(units=8), (0, 0))
    document.checks.set_data(document.design.data, prepare(document.design.data))
    for _ in range(8):
        fixes = [fix for row in panel.rows() for fix in row.fixes]
        if not fixes:
            break
        document.checks.mend(fixes[0])
    assert panel.problems() == []
    output = next(node.layer for node in document.graph.nodes if isinstance(node.layer, Output))
    assert output.loss.task == "classes"


def test_data_that_does_not_fit_is_listed_and_mended(application) -> None:
    document, panel = shown(whole())
    heard: list[int] = []
    document.checks.changed.connect(lambda: heard.append(1))
    document.checks.set_data(document.design.data, prepare(DataSettings(source=parse_spec("sklearn:wine"))))
    assert heard
    texts = [row.message.text() for row in panel.rows()]
    assert texts[0] == "Input 'input_1' takes (2,), but the data has 13 features. Set its shape to 13."
    assert [row.fixes[0].text for row in panel.rows()] == [
        "Set the shape of 'input_1' to 13",
        "Take Categorical cross entropy and give 'dense_1' 3 units",
    ]
    for _ in range(2):
        document.checks.mend(panel.rows()[0].fixes[0])
    assert panel.problems() == []
    document.set_data(DataSettings(source=parse_spec("sklearn:iris")))
    assert document.checks.data is None, "the old data says nothing about the new settings"


def test_a_late_fix_does_nothing(application) -> None:
    document, panel = shown(whole((4, 4)))
    fix = panel.rows()[0].fixes[0]
    document.remove(["dense_1"])
    count = document.undo_stack.count()
    document.checks.mend(fix)
    assert document.undo_stack.count() == count


def test_many_problems_are_counted_and_quick(application) -> None:
    nodes = tuple(Node(id=f"d{i}", layer=Dense(), position=(264.0 * i, 0)) for i in range(200))
    document, panel = shown(Design(graph=GraphSpec(nodes=nodes)))
    assert len(panel.rows()) == ROWS_AT_MOST
    assert panel._more.text().startswith("And 172 more")
    times = []
    for units in range(20, 26):
        start = time.perf_counter()
        document.set_layer_field("d7", "units", units)
        panel.refresh()
        times.append(time.perf_counter() - start)
    assert min(times) < 0.05, times
