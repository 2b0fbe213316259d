"""A weight set by hand in the window: while training, paused, afterwards, and before the first start."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import monotonic, sleep

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QSettings, Qt
from PySide6.QtTest import QTest

from engine.files import load_project
from engine.network import compile_design
from engine.templates import load_template
from engine.weight_edits import WeightEdit
from gui.main_window import MainWindow

W, EDIT = "dense_1/W", WeightEdit("dense_1/W", (2, 0), 1.5)


@pytest.fixture(autouse=True)
def _own_settings(tmp_path) -> None:
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))


@pytest.fixture
def make_window(application) -> Iterator[Callable[..., MainWindow]]:
    windows = []

    def make(**training: object) -> MainWindow:
        design = load_template("spirals")
        design = design.with_changes(training=design.training.replace(**training))
        window = MainWindow(design, remember=False)
        window.show()
        windows.append(window)
        wait(lambda: window.loader.prepared is not None)
        window.plots.make()
        return window

    yield make
    for window in windows:
        window.document.undo_stack.setClean()
        window.controller.reset()
        window._closing = True
        window.close()
        window.deleteLater()
    QTest.qWait(30)


def wait(condition: Callable[[], object], seconds: float = 15) -> None:
    end = monotonic() + seconds
    while not condition():
        assert monotonic() < end, "waited too long"
        QCoreApplication.processEvents()
        sleep(0.003)


def marks(window: MainWindow) -> list[str]:
    return [mark.sentence for mark in window.cost_plot._history.marks]


def save(window: MainWindow, path) -> None:
    saved = []
    window.files.save(path, lambda: saved.append(True))
    wait(lambda: saved)


def set_by_hand(window: MainWindow, edit: WeightEdit = EDIT) -> None:
    window.view_context.weight_edited.emit(edit)


def test_before_the_first_start_the_run_begins_with_the_weight(make_window):
    window = make_window(epochs=3)
    set_by_hand(window)
    wait(lambda: window.controller.record is not None)
    checkpoint = window.controller.record.checkpoint
    first = compile_design(window.document.design).weights()
    first[W][2, 0] = 1.5
    for name, value in first.items():
        np.testing.assert_array_equal(checkpoint.weights[name], value)
    assert window.actions_by_name["train_toggle"].text() == "Start"
    assert window.view_context._weights.values[W][2, 0] == 1.5, "the views must show it"
    begun = []
    start = window.session.start
    window.session.start = lambda design, data, at=None, **more: (begun.append(at), start(design, data, at, **more))
    window.controller.toggle()
    assert begun[0].weights[W][2, 0] == 1.5
    wait(lambda: window.session.state == "finished")
    assert window.controller.record.checkpoint.epoch == 3
    window.controller.reset()
    assert window.controller.next_checkpoint is None, "reset goes back to the weights of the seed"


def test_while_training_and_paused_the_run_tells_and_the_plot_marks_it(make_window):
    window = make_window(epochs=100_000)
    window.controller.toggle()
    wait(lambda: window.view_context.step > 5)
    changed = []
    window.session.changed.connect(changed.append)
    set_by_hand(window)
    wait(lambda: changed)
    assert changed[0].name == "W[1][2, 0]"
    assert changed[0].new == "1.5"
    assert any("W[1][2, 0]" in sentence for sentence in marks(window))
    window.controller.toggle()
    wait(lambda: window.session.state == "paused")
    QTest.qWait(60)
    set_by_hand(window, WeightEdit("dense_1/b", (1,), -0.75))
    wait(lambda: len(changed) == 2)
    wait(lambda: window.view_context._weights.values["dense_1/b"][1] == -0.75)
    window.controller.step()
    window.controller.stop()
    wait(lambda: window.session.state == "finished")
    assert abs(window.controller.record.checkpoint.weights["dense_1/b"][1] + 0.75) < 0.2, "the step began with it"


def test_after_the_end_start_goes_on_from_it_and_a_file_keeps_it(make_window, tmp_path):
    window = make_window(epochs=2)
    window.controller.toggle()
    wait(lambda: window.session.state == "finished")
    path = tmp_path / "run.netloom"
    save(window, path)
    step = window.controller.record.checkpoint.step
    set_by_hand(window)
    record = window.controller.record
    assert record.checkpoint.weights[W][2, 0] == 1.5
    assert record.checkpoint.step == step
    assert any("W[1][2, 0]" in sentence for sentence in marks(window))
    assert window.files.modified, "no file has the weight yet"
    save(window, path)
    kept = load_project(path).checkpoint
    assert kept is not None
    assert kept.weights[W][2, 0] == 1.5
    window.document.set_training(epochs=3)
    assert window.controller.can_go_on
    begun = []
    start = window.session.start
    window.session.start = lambda design, data, at=None, **more: (begun.append(at), start(design, data, at, **more))
    window.controller.toggle()
    assert begun[0].weights[W][2, 0] == 1.5
    assert begun[0].step == step
    wait(lambda: window.session.state == "finished")


def test_after_an_edit_of_the_canvas_the_kept_weights_and_the_new_one_are_there(make_window):
    window = make_window(epochs=2)
    window.controller.toggle()
    wait(lambda: window.session.state == "finished")
    trained = window.controller.record.checkpoint.weights
    last = next(name for name in reversed(trained) if name.endswith("/W"))
    node = window.document.node("dense_2")
    window.document.set_layer_field("dense_2", "units", node.layer.units + 1)
    set_by_hand(window)
    wait(lambda: not window.controller.stale)
    weights = window.controller.record.checkpoint.weights
    assert weights[W][2, 0] == 1.5
    assert weights[W][0, 0] == trained[W][0, 0], "what fits is kept"
    assert weights["dense_2/W"].shape[0] == node.layer.units + 1
    assert last in weights


def test_a_value_that_does_not_fit_is_said(make_window):
    window = make_window(epochs=2)
    window.controller.toggle()
    wait(lambda: window.session.state == "finished")
    set_by_hand(window, WeightEdit(W, (0, 0), 1e39))
    assert "cannot be a weight" in window.banner.text.text()
    assert np.isfinite(window.controller.record.checkpoint.weights[W]).all()


def test_with_the_keyboard_alone(make_window):
    window = make_window(epochs=2)
    view = window.views.show("units")
    wait(lambda: view.sheet.answer is not None)
    view.sheet.setFocus()
    QTest.keyClick(view.sheet, Qt.Key.Key_Right)
    QTest.keyClick(view.sheet, Qt.Key.Key_Return)
    QTest.keyClicks(view.editor.box.lineEdit(), "0.5")
    QTest.keyClick(view.editor.box, Qt.Key.Key_Return)
    wait(lambda: window.controller.record is not None)
    wait(lambda: view.sheet.answer.W[0, 0] == 0.5)
    assert window.session.state == "idle"
