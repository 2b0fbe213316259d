"""The analysis table: numbers, order, copies, and the way to a node."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.analysis import HEADER
from engine.templates import load_template
from gui.document import Document
from gui.panels.analysis import AnalysisPanel, bytes_text


@pytest.fixture
def panel(application: QApplication) -> Iterator[AnalysisPanel]:
    made = AnalysisPanel(Document(load_template("digits_mlp")))
    made.resize(900, 320)
    made.show()
    QApplication.processEvents()
    yield made
    QApplication.clipboard().clear()


def texts(panel: AnalysisPanel) -> list[list[str]]:
    model = panel.order
    return [[model.index(r, c).data() for c in range(model.columnCount())] for r in range(model.rowCount())]


def test_it_shows_every_layer_and_totals(panel: AnalysisPanel) -> None:
    plan, rows = panel._document.plan, texts(panel)
    assert [row[0] for row in rows[:-1]] == [node.node.title for node in plan.nodes.values()]
    assert rows[-1][0] == "Total"
    assert rows[-1][4] == f"{plan.parameter_count:,}"
    assert rows[-1][5] == f"{plan.multiplications:,}"
    assert f"m = {panel._document.design.training.batch_size:,}" in panel.note.accessibleName()


def test_it_sorts_with_the_totals_last(panel: AnalysisPanel) -> None:
    for order in (Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder):
        for column in range(panel.order.columnCount()):
            panel.table.sortByColumn(column, order)
            assert texts(panel)[-1][0] == "Total"
        counts = [row.parameters for row in panel.shown_rows()]
        panel.table.sortByColumn(4, order)
        counts = [row.parameters for row in panel.shown_rows()]
        assert counts == sorted(counts, reverse=order == Qt.SortOrder.DescendingOrder)
    assert panel.unsorted.isVisible()
    panel.unsorted.click()
    assert [row.id for row in panel.shown_rows()] == list(panel._document.plan.nodes)
    assert not panel.unsorted.isVisible()


def test_it_follows_the_design(panel: AnalysisPanel) -> None:
    document = panel._document
    dense = next(i for i, node in document.plan.nodes.items() if node.parameters)
    before = texts(panel)[-1][4]
    document.set_layer_field(dense, "units", 99)
    panel.refresh()
    assert texts(panel)[-1][4] != before
    document.set_training(batch_size=7)
    panel.refresh()
    assert "m = 7 " in panel.note.accessibleName()


def test_it_copies_as_csv_and_markdown(panel: AnalysisPanel) -> None:
    clipboard = QApplication.clipboard()
    panel.table.setFocus()
    QTest.keyClick(panel.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert clipboard.text().startswith(",".join(HEADER))
    assert clipboard.mimeData().hasFormat("text/csv")
    panel.markdown.click()
    assert clipboard.text().startswith("| Layer | Kind |")
    assert "| Total |" in clipboard.text()


def test_a_click_selects_the_node(panel: AnalysisPanel) -> None:
    heard: list[str] = []
    panel.node_requested.connect(heard.append)
    index = panel.order.index(1, 0)
    at = panel.table.visualRect(index).center()
    QTest.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert heard == [panel.shown_rows()[1].id]
    total = panel.order.index(panel.order.rowCount() - 1, 0)
    panel.table.clicked.emit(total)
    assert len(heard) == 1
    panel.table.clearFocus()
    panel.set_selection([panel.shown_rows()[2].id])
    assert {i.row() for i in panel.table.selectionModel().selectedIndexes()} == {2} or panel.table.hasFocus()
    assert panel.model.rowCount(QModelIndex()) == len(texts(panel))


def test_bytes_are_written_shortly() -> None:
    assert [bytes_text(n) for n in (None, 0, 999, 1_000, 1_260_000, 999_999, 5 * 10**9)] == [
        "?", "0 B", "999 B", "1 kB", "1.26 MB", "1 MB", "5 GB",
    ]  # fmt: skip
