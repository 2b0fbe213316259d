"""Weights of another file by the File menu, a new head by the canvas, and a batch size that fits in memory."""

from __future__ import annotations

from time import monotonic, sleep

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from engine.network import compile_design
from engine.templates import load_template
from engine.transfer import read_weights, save_weights
from gui.canvas.commands import run_command
from gui.main_window import MainWindow


@pytest.fixture
def window(tmp_path, monkeypatch, application):
    monkeypatch.setenv("NETLOOM_STATE_DIR", str(tmp_path / "state"))
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))
    made = MainWindow(load_template("softmax3"), remember=False)
    made.show()
    wait(lambda: made.loader.prepared is not None)
    yield made
    made._closing = True
    made.close()
    made.deleteLater()
    QTest.qWait(30)


def wait(condition, timeout=10):
    end = monotonic() + timeout
    while not condition():
        assert monotonic() < end, "waited too long"
        QCoreApplication.processEvents()
        sleep(0.005)


def constant_weights(window, value: float) -> dict[str, np.ndarray]:
    weights = compile_design(window.document.design).weights()
    return {name: np.full_like(array, value) for name, array in weights.items()}


def test_weights_are_loaded_by_a_table_and_saved_again(window, tmp_path, monkeypatch):
    weights = constant_weights(window, 0.25)
    first = next(iter(weights))
    weights["stranger/W"] = np.zeros((2, 2), np.float32)
    save_weights(tmp_path / "w.safetensors", weights)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *a: (str(tmp_path / "w.safetensors"), ""))
    window.actions_by_name["load_weights"].trigger()
    actions = window.window_actions.weights
    wait(lambda: actions.dialog is not None)
    dialog = actions.dialog
    assert [dialog.tree.topLevelItem(0).text(column) for column in (1, 3, 5)] == ["W", first, "same name and shape"]
    assert dialog.summary.text() == f"{len(weights) - 1} of {len(weights) - 1} arrays are taken from the file."
    QTest.keyClick(dialog.tree, Qt.Key.Key_Space)  # leave the first one
    assert "the other 1 begin anew" in dialog.summary.text()
    QTest.mouseClick(dialog.accept_button, Qt.MouseButton.LeftButton)
    wait(lambda: window.controller.record is not None)
    got = window.controller.record.checkpoint.weights
    drawn = compile_design(window.document.design).weights()
    assert np.array_equal(got[first], drawn[first]), "what was left out must be drawn by the seed"
    others = [name for name in drawn if name != first]
    assert all((got[name] == 0.25).all() for name in others)
    assert "Start trains from these weights" in window.banner.text.text()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a: (str(tmp_path / "out"), ""))
    window.actions_by_name["save_weights"].trigger()
    wait((tmp_path / "out.safetensors").exists)
    wait(lambda: "Saved the weights" in window.banner.text.text())
    saved = read_weights(tmp_path / "out.safetensors")
    assert all(np.array_equal(saved.arrays[name], got[name]) for name in drawn)


def test_a_file_that_does_not_fit_or_is_damaged_is_told(window, tmp_path):
    save_weights(tmp_path / "other.safetensors", {"x/W": np.ones((2, 2), np.float32)})
    (tmp_path / "bad.safetensors").write_bytes(b"nothing")
    window.window_actions.weights.load(tmp_path / "other.safetensors")
    wait(lambda: "No weight of 'other.safetensors' fits" in window.banner.text.text())
    window.window_actions.weights.load(tmp_path / "bad.safetensors")
    wait(lambda: "is damaged" in window.banner.text.text())
    assert window.controller.record is None


def test_a_new_head_is_one_step_to_undo(window):
    document = window.document
    before = document.graph
    run_command(window.canvas, "replace_head")
    after = document.graph
    new = [node.id for node in after.nodes if node.id not in {n.id for n in before.nodes}]
    assert len(new) == 1
    trainable = [node for node in after.nodes if document.plan.nodes[node.id].parameters]
    assert [node.frozen for node in trainable] == [node.id not in new for node in trainable]
    assert window.canvas.selected_nodes() == new
    assert not document.plan.blocking
    document.undo_stack.undo()
    assert document.graph == before


def test_a_training_that_does_not_fit_is_refused_and_one_click_mends_it(window, monkeypatch):
    import engine.memory as memory

    document = window.document
    document.set_training(batch_size=1024)
    document.end_merge()
    model = memory.memory_model(document.design, window.loader.prepared)
    monkeypatch.setattr(memory, "SMALL", 0)
    monkeypatch.setattr(memory, "free_bytes", lambda backend="numpy": model.estimate(64).total)
    window.controller.toggle()
    assert window.session.state == "idle"
    text = window.banner.text.text()
    assert "needs about" in text
    assert "With a batch size of 64 it fits" in text
    QTest.mouseClick(window.banner.button, Qt.MouseButton.LeftButton)
    assert document.design.training.batch_size == 64
    assert window.session.state == "running"
    window.controller.stop()
    document.undo_stack.undo()
    assert document.design.training.batch_size == 1024
