"""The data panel: sources, parts, and what happens when data cannot be loaded."""

from time import monotonic, sleep

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtTest import QTest

from engine.layers.ends import Input
from engine.templates import load_template
from gui.document.document import Document
from gui.panels.data_loader import DataLoader
from gui.panels.data_panel import DataPanel
from gui.panels.parts_editor import PARTS, rebalance
from gui.runtime.tasks import TaskRunner


def wait(condition, timeout=5000):
    end = monotonic() + timeout / 1000
    while not condition():
        assert monotonic() < end, "waited too long"
        QCoreApplication.processEvents()
        sleep(0.005)  # QTest.qWait would keep the interpreter lock from the other threads


@pytest.fixture
def desk(application):
    document = Document(load_template("xor"))
    runner = TaskRunner()
    loader = DataLoader(document, runner)
    panel = DataPanel(document, loader)
    panel.resize(340, 900)
    panel.show()
    loader.reload()
    wait(lambda: loader.prepared is not None)
    yield document, loader, panel
    runner.close()
    QTest.qWait(30)  # the window's turn ends


def choose(panel, kind):
    index = panel.source_box.findData(kind)
    panel.source_box.setCurrentIndex(index)
    panel.source_box.activated.emit(index)


def test_another_source_fits_the_design_in_one_undo_step(desk):
    document, loader, panel = desk
    before = document.design
    choose(panel, "iris")
    wait(lambda: document.design.data.source.kind == "iris", 20000)
    assert document.undo_stack.count() == 1
    first = next(node.layer for node in document.graph.nodes if isinstance(node.layer, Input))
    assert first.shape == (4,)
    assert not document.plan.problems
    assert "Class" not in panel.error.text()
    assert "All, 150" in panel.classes.accessibleName() or "setosa" in panel.classes.accessibleName()
    document.undo_stack.undo()
    assert document.design == before
    wait(lambda: loader.prepared is not None)
    assert panel.source_box.currentData() == before.data.source.kind


def test_sliders_of_the_source_act_live_and_are_one_step(desk):
    document, loader, panel = desk
    slider = panel.form.row("noise").editor.slider
    slider.setSliderDown(True)
    slider.setValue(200)
    wait(lambda: not loader.is_busy)
    slider.setValue(400)
    slider.setSliderDown(False)
    value = panel.form.declaration.noise
    wait(lambda: document.design.data.source.noise == value)
    assert document.undo_stack.count() == 1


def test_a_csv_file_is_loaded_and_its_target_chosen(desk, tmp_path):
    document, loader, panel = desk
    file = tmp_path / "flowers.csv"
    rng = np.random.default_rng(0)
    lines = ["long,wide,sort,group"]
    lines += [f"{rng.normal():.3f},{rng.normal():.3f},{'ab'[i % 2]},{'xyz'[i % 3]}" for i in range(60)]
    file.write_text("\n".join(lines))
    assert panel.open_file(str(file))
    wait(lambda: document.design.data.source.kind == "csv")
    assert loader.prepared.target_of().classes == 3
    editor = panel.form.row("target").editor
    menu = editor.suggestion_menu()
    assert [action.data() for action in menu.actions()] == ["long", "wide", "sort", "group"]
    menu.actions()[2].trigger()
    wait(lambda: document.design.data.source.target == "sort")
    assert loader.prepared.target_of().classes == 2
    assert not document.plan.problems


def test_data_that_cannot_be_loaded_leaves_the_document_alone(desk, tmp_path):
    document, loader, panel = desk
    design = document.design
    file = tmp_path / "broken.csv"
    file.write_text("a,b\n1,2\n3\n")
    panel.open_file(str(file))
    wait(panel.error.isVisible)
    assert "broken.csv" in panel.error.text() or "ine 3" in panel.error.text()
    assert document.design is design
    assert loader.prepared is not None
    choose(panel, "moons")
    wait(lambda: document.design.data.source.kind == "moons")
    assert not panel.error.isVisible()


def test_the_parts_always_sum_to_one(desk):
    document, _loader, panel = desk
    box = panel.parts.boxes["test"]
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, "25")
    QTest.keyClick(box, Qt.Key.Key_Return)
    wait(lambda: document.design.data.test == 0.25)
    data = document.design.data
    assert data.train + data.dev + data.test == pytest.approx(1)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("value", [0, 0.001, 0.3, 0.5, 0.95, 1, 7, -1])
def test_rebalanced_shares_are_legal(part, value):
    for shares in ({"train": 0.8, "dev": 0.2, "test": 0.0}, {"train": 0.6, "dev": 0.2, "test": 0.2}):
        result = rebalance(shares, part, value)
        assert sum(result.values()) == pytest.approx(1, abs=1e-9)
        assert result["train"] >= 0.009
        assert min(result.values()) >= 0
