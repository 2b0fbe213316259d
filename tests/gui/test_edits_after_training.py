"""After training, edits keep the weights that fit, mark the others, and a reset is the first run again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import monotonic, sleep

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QSettings
from PySide6.QtTest import QTest

from engine.checkpoint import Checkpoint
from engine.network import compile_design
from engine.templates import load_template
from gui.main_window import MainWindow

Make = Callable[..., MainWindow]


@pytest.fixture(autouse=True)
def _own_settings(tmp_path) -> None:
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))


@pytest.fixture
def make_window(application) -> Iterator[Make]:
    windows = []

    def make(**training: object) -> MainWindow:
        design = load_template("spirals")
        design = design.with_changes(training=design.training.replace(**training))
        window = MainWindow(design, remember=False)
        window.show()
        windows.append(window)
        wait(lambda: window.loader.prepared is not None)
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


def train(window: MainWindow) -> Checkpoint:
    window.controller.toggle()
    wait(lambda: window.session.state == "finished")
    record = window.controller.record
    assert record is not None
    assert record.checkpoint is not None
    return record.checkpoint


def first_weights(window: MainWindow) -> dict[str, np.ndarray]:
    """The weights with which a run begins: one pause before its first step."""
    found: list[dict[str, np.ndarray]] = []
    start = window.session.start

    def keep(design, data, checkpoint=None, **options) -> None:
        network = compile_design(design)
        if checkpoint is not None:
            network.set_weights(network.weights() | checkpoint.weights)
        found.append(network.weights())
        start(design, data, checkpoint, **options)

    window.session.start = keep  # type: ignore[method-assign]
    window.controller.toggle()
    wait(lambda: found)
    wait(lambda: window.session.state == "finished")
    return found[0]


def layers(window: MainWindow) -> list[str]:
    return [i for i, node in window.document.plan.nodes.items() if node.parameters]


def test_an_edit_keeps_what_fits_and_marks_the_rest(make_window: Make) -> None:
    window = make_window(epochs=3)
    trained = train(window)
    weights, document = window.document.weights, window.document
    assert weights.are_trained
    assert not weights.stale
    first, second, third = layers(window)
    document.set_layer_field(second, "units", 9)
    assert weights.stale == {second, third}
    item = window.canvas.canvas_scene.node_item(second)
    assert item.look.stale
    assert "re-initialized" in item.toolTip()
    assert not window.canvas.canvas_scene.node_item(first).look.stale
    assert "Starting keeps all weights that still fit." in window.banner.text.text()
    document.undo_stack.undo()
    assert not weights.stale
    assert window.controller.can_go_on
    document.undo_stack.redo()
    begun = first_weights(window)
    np.testing.assert_array_equal(begun[f"{first}/W"], trained.weights[f"{first}/W"])
    assert begun[f"{second}/W"].shape[0] == 9
    assert not weights.stale
    record = window.controller.record
    assert record is not None
    assert record.checkpoint is not None
    assert record.checkpoint.epoch == 3


def test_one_layer_begins_anew_and_can_be_kept_after_all(make_window: Make) -> None:
    window = make_window(epochs=2)
    trained = train(window)
    first, second, *_ = layers(window)
    weights = window.document.weights
    window.canvas.select([second])
    texts = {action.text(): action for action in window.canvas.context_menu().actions()}
    texts["Re-initialize weights"].trigger()
    assert weights.stale == {second}
    window.properties_panel.set_selection([second])
    assert window.properties_panel.node_page.weights.text() == "Keep trained weights"
    window.properties_panel.node_page.weights.click()
    assert not weights.stale
    weights.reinitialize([second])
    begun, fresh = first_weights(window), compile_design(window.document.design).weights()
    np.testing.assert_array_equal(begun[f"{first}/W"], trained.weights[f"{first}/W"])
    np.testing.assert_array_equal(begun[f"{second}/W"], fresh[f"{second}/W"])
    assert not weights.dropped


def test_all_begin_anew_from_the_menu_of_the_canvas(make_window: Make) -> None:
    window = make_window(epochs=2)
    trained = train(window)
    window.canvas.select([])
    texts = {action.text(): action for action in window.canvas.context_menu().actions()}
    texts["Re-initialize all weights"].trigger()
    assert window.document.weights.stale == set(layers(window))
    again = first_weights(window)
    fresh = compile_design(window.document.design).weights()
    assert all(np.array_equal(again[name], fresh[name]) for name in fresh)
    record = window.controller.record
    assert record is not None
    assert record.checkpoint is not None
    for name, value in trained.weights.items():
        np.testing.assert_array_equal(record.checkpoint.weights[name], value)


def test_a_reset_is_the_first_run_again(make_window: Make) -> None:
    window = make_window(epochs=2)
    first = train(window)
    window.document.set_layer_field(layers(window)[0], "units", 3)
    train(window)
    window.document.undo_stack.undo()
    window.controller.reset()
    assert not window.document.weights.are_trained
    again = train(window)
    for name, value in first.weights.items():
        np.testing.assert_array_equal(again.weights[name], value)


def test_frozen_layers_keep_still_from_the_next_start(make_window: Make) -> None:
    window = make_window(epochs=2)
    trained = train(window)
    first, second, *_ = layers(window)
    window.document.set_frozen([first], True)
    assert window.canvas.canvas_scene.node_item(first).look.frozen
    assert not window.document.weights.stale
    after = train(window)
    np.testing.assert_array_equal(after.weights[f"{first}/W"], trained.weights[f"{first}/W"])
    assert not np.array_equal(after.weights[f"{second}/W"], trained.weights[f"{second}/W"])


def test_a_run_goes_over_to_the_edited_design(make_window: Make) -> None:
    window = make_window(epochs=1_000_000)
    window.controller.toggle()
    wait(lambda: window.training_panel.clock.step > 50)
    assert not window.actions_by_name["train_restart"].isEnabled()
    second = layers(window)[1]
    window.document.set_layer_field(second, "units", 9)
    assert window.actions_by_name["train_restart"].isEnabled()
    window.banner.button.click()
    graph = window.document.graph
    wait(lambda: window.controller.record is not None and window.controller.record.design.graph == graph)
    assert window.session.state == "running"
    assert not window.document.weights.stale
    window.controller.toggle()
    assert window.session.state == "paused"
    window.document.set_layer_field(second, "units", 8)
    window.controller.toggle()  # resume means: train what is on the canvas
    graph = window.document.graph
    wait(lambda: window.controller.record is not None and window.controller.record.design.graph == graph)
    window.document.weights.reinitialize([second])
    wait(lambda: not window.document.weights.dropped)
    wait(lambda: window.session.state == "running")
    window.controller.stop()
    wait(lambda: window.session.state == "finished")


def test_the_data_at_hand_marks_the_canvas_and_the_status_bar(make_window: Make) -> None:
    window = make_window(epochs=2)
    output = next(n.id for n in window.document.graph.nodes if n.layer.terminal)
    window.document.set_layer_field(output, "loss", "mean_squared_error")
    assert window.document.plan.problems == ()
    item = window.canvas.canvas_scene.node_item(output)
    assert item.look.severity == "warning"
    assert window.status.problems.text() == "1 problem"
    window.canvas.select([output])
    actions = {action.text(): action for action in window.canvas.context_menu().actions()}
    actions["Fix: Take Binary cross entropy"].trigger()
    assert window.status.problems.text() == "No problems"
