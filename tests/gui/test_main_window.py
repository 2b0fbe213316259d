"""The whole window: it starts, Space trains, edits and failures do not disturb it, files keep the run."""

import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

import pytest
from PySide6.QtCore import QCoreApplication, QSettings, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox

from engine.layers.dense import Dense
from engine.templates import load_template
from gui.actions import ACTIONS
from gui.main_window import MainWindow
from gui.theme import set_theme


@pytest.fixture(autouse=True)
def _own_settings(tmp_path):
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))


@pytest.fixture
def make_window(application):
    windows = []

    def make(template="xor", **training):
        design = load_template(template)
        design = design.with_changes(training=design.training.replace(**training))
        window = MainWindow(design, remember=False)
        window.show()
        windows.append(window)
        wait(lambda: window.loader.prepared is not None)
        return window

    yield make
    for window in windows:
        window.document.undo_stack.setClean()
        window._closing = True
        window.close()
        window.deleteLater()
    QTest.qWait(30)  # the window's turn ends


def wait(condition, timeout=10000):
    end = monotonic() + timeout / 1000
    while not condition():
        assert monotonic() < end, "waited too long"
        QCoreApplication.processEvents()
        sleep(0.005)  # QTest.qWait would keep the interpreter lock from the other threads


def press_space(window):
    QTest.keyClick(window.canvas, Qt.Key.Key_Space)


def dense_id(window):
    return next(n.id for n in window.document.graph.nodes if isinstance(n.layer, Dense))


def test_space_trains_pauses_and_goes_on(make_window):
    window = make_window(epochs=1_000_000)
    press_space(window)
    wait(lambda: window.training_panel.clock.step > 50)
    assert window.actions_by_name["train_toggle"].text() == "Pause"
    press_space(window)
    assert window.session.state == "paused"
    QTest.qWait(100)
    step = window.training_panel.clock.step
    QTest.qWait(100)
    assert window.training_panel.clock.step == step
    assert window.actions_by_name["train_toggle"].text() == "Resume"
    press_space(window)
    wait(lambda: window.training_panel.clock.step > step)
    window.actions_by_name["train_stop"].trigger()
    wait(lambda: window.session.state == "finished")
    assert window.controller.record.checkpoint.step >= step


def test_space_works_where_the_focus_is_not_in_a_text(make_window):
    window = make_window(epochs=1_000_000)
    window.activateWindow()
    wait(window.isActiveWindow)
    box = window.training_panel.form.row("learning_rate" if False else "seed").editor.box
    for widget in (window.training_panel.form.row("optimizer").editor.box, box, window.cost_plot):
        widget.setFocus()
        before = window.session.state
        QTest.keyClick(widget, Qt.Key.Key_Space)
        wait(lambda before=before: window.session.state != before, 1000)
    window.docks.properties.raise_()
    name = window.properties_panel.design_page.name
    name.setFocus()
    before = window.session.state
    QTest.keyClick(name, Qt.Key.Key_Space)
    assert window.session.state == before


def test_the_same_seed_gives_the_same_first_costs(make_window):
    window = make_window(epochs=20)
    costs = []
    for _ in range(2):
        press_space(window)
        wait(lambda: window.session.state == "finished")
        costs.append(window.cost_plot.history()["costs"])
        window.actions_by_name["train_reset"].trigger()
        assert window.training_panel.clock.step == 0
    assert costs[0] == costs[1]
    seed = window.document.design.training.seed
    window.actions_by_name["train_new_seed"].trigger()
    assert window.document.design.training.seed != seed
    press_space(window)
    wait(lambda: window.session.state == "finished")
    assert window.cost_plot.history()["costs"] != costs[0]


def test_one_step(make_window):
    window = make_window(epochs=100)
    for expected in (1, 2):
        window.actions_by_name["train_step"].trigger()
        wait(lambda expected=expected: window.training_panel.clock.step == expected)
        assert window.session.state == "paused"


def test_settings_changed_while_training_act_and_are_undone(make_window):
    window = make_window(epochs=1_000_000)
    press_space(window)
    wait(lambda: window.training_panel.clock.step > 10)
    changes = []
    window.session.changed.connect(changes.append)
    window.document.set_training(l2=0.01)
    wait(lambda: len(changes) == 1)
    window.actions_by_name["undo"].trigger()
    wait(lambda: len(changes) == 2)
    assert (changes[1].name, changes[1].new) == (changes[0].name, changes[0].old)
    assert "from next start" in window.training_panel.form.row("seed").note.text()


def test_editing_the_canvas_does_not_stop_training(make_window):
    window = make_window(epochs=1_000_000)
    press_space(window)
    wait(lambda: window.training_panel.clock.step > 10)
    window.document.set_layer_field(dense_id(window), "units", 5)
    assert "changed since training started" in window.banner.text.text()
    step = window.training_panel.clock.step
    wait(lambda: window.training_panel.clock.step > step + 10)
    window.actions_by_name["undo"].trigger()
    assert not window.banner.isVisible()
    window.actions_by_name["redo"].trigger()
    assert window.banner.button.text() == "Train the edited design"
    window.banner.button.click()
    wait(lambda: window.controller.record.design.graph == window.document.graph)
    assert window.session.state == "running"
    wait(lambda: window.training_panel.clock.step > 10)


def test_divergence_stops_with_a_sentence_and_a_node(make_window):
    window = make_window("regression", epochs=1000)
    optimizer = type(window.document.design.training.optimizer).registry["gradient_descent"](learning_rate=1e5)
    window.document.set_training(optimizer=optimizer)
    press_space(window)
    wait(lambda: window.session.state == "failed")
    assert window.banner.isVisible()
    assert window.banner.property("level") == "error"
    window.banner.button.click()
    assert len(window.canvas.selected_nodes()) == 1
    wait(lambda: window.controller.record is not None and window.controller.record.checkpoint is not None)


def test_a_design_with_problems_does_not_start_but_says_why(make_window):
    window = make_window()
    node = dense_id(window)
    window.document.disconnect(window.document.graph.incoming(node)[0])
    press_space(window)
    assert window.session.state == "idle"
    assert "has no input" in window.banner.text.text()
    assert "problem" in window.status.problems.text()


def test_a_failure_of_the_trainer_leaves_the_window_alive(make_window):
    window = make_window(epochs=50)

    def broken(*_args, **_kwargs):
        raise MemoryError("out of memory")
        yield

    function = window.session._function
    window.session._function = broken
    press_space(window)
    wait(lambda: window.session.state == "failed")
    assert window.banner.isVisible()
    window.session._function = function
    window.controller.reset()
    press_space(window)
    wait(lambda: window.session.state == "finished")


def test_saving_and_opening_keeps_weights_and_goes_on(make_window, tmp_path):
    window = make_window(epochs=1_000_000)
    press_space(window)
    wait(lambda: window.training_panel.clock.step > 100)
    file = tmp_path / "net.netloom"
    done = []
    window.files.save(file, lambda: done.append(True))
    wait(lambda: bool(done))
    assert window.session.state == "running"
    window.actions_by_name["train_stop"].trigger()
    wait(lambda: window.session.state == "finished")
    other = make_window()
    opened = []
    other.files.opened.connect(opened.append)
    other.files.open(file)
    wait(lambda: bool(opened))
    step = opened[0].checkpoint.step
    assert other.training_panel.clock.step == step > 0
    assert other.actions_by_name["train_toggle"].text() == "Resume"
    assert other.cost_plot.history()["costs"]
    wait(lambda: other.loader.prepared is not None)
    press_space(other)
    wait(lambda: other.training_panel.clock.step > step + 10)
    assert other.document.path == file
    assert "net.netloom" in other.windowTitle()


def test_a_file_that_cannot_be_opened_is_said_and_changes_nothing(make_window, tmp_path):
    window = make_window()
    design = window.document.design
    file = tmp_path / "bad.netloom"
    file.write_bytes(b"PK\x03\x04 cut short")
    window.files.open(file)
    wait(window.banner.isVisible)
    assert "bad.netloom" in window.banner.text.text()
    assert window.document.design is design


def test_closing_asks_about_changes(make_window, monkeypatch):
    window = make_window()
    window.document.rename(dense_id(window), "mine")
    assert window.isWindowModified()
    asked = []

    def cancel(*args, **_kwargs):
        asked.append(args[2])
        return QMessageBox.StandardButton.Cancel

    monkeypatch.setattr(QMessageBox, "question", cancel)
    assert not window.close()
    assert "not saved" in asked[0]
    monkeypatch.setattr(QMessageBox, "question", lambda *_a, **_k: QMessageBox.StandardButton.Discard)
    window.close()
    wait(lambda: not window.isVisible())


def test_closing_while_training_ends_the_thread(make_window):
    window = make_window(epochs=1_000_000)
    press_space(window)
    wait(lambda: window.training_panel.clock.step > 10)
    window.close()
    assert window.session.state == "idle"


def test_every_action_is_in_a_menu_and_has_a_tooltip(make_window):
    window = make_window()
    shortcuts = [spec.shortcut for spec in ACTIONS if spec.shortcut]
    assert len(set(shortcuts)) == len(shortcuts)
    for spec in ACTIONS:
        action = window.actions_by_name[spec.name]
        assert action.toolTip()
        assert not spec.icon or not action.icon().isNull()
        assert action.associatedObjects()


def test_both_themes_and_all_templates_open(make_window):
    window = make_window()
    for name in ("dark", "light"):
        set_theme(name, remember=False)
        window.grab()
    window.document.replace_design(load_template("two_inputs"))
    wait(lambda: window.loader.prepared is not None)
    window.grab()


def test_the_command_line_takes_files_and_commands(monkeypatch):
    from gui import launch

    with pytest.raises(launch.CannotStartError, match="netloom train template:xor --json"):
        launch.check_display({}, "linux")
    launch.check_display({"DISPLAY": ":0"}, "linux")
    launch.check_display({}, "darwin")
    monkeypatch.setattr(launch, "_is_there", lambda library: library != "libxcb-cursor.so.0")
    with pytest.raises(launch.CannotStartError, match="sudo apt install libxcb-cursor0"):
        launch.check_libraries({"DISPLAY": ":0"}, "linux")
    launch.check_libraries({"QT_QPA_PLATFORM": "offscreen"}, "linux")
    assert Path(launch.__file__).exists()


def test_a_picture_of_the_trained_window_is_made_from_the_command_line(tmp_path):
    out = tmp_path / "picture.png"
    command = [sys.executable, "-m", "gui", "screenshot", "template:xor", str(out), "--epochs", "5"]
    options = ["--data", "planar:spirals?m=120&classes=3", "--theme", "dark", "--width", "1000", "--height", "700"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    assert (QImage(str(out)).width(), QImage(str(out)).height()) == (1000, 700)
    done = subprocess.run([*command[:4], "nothing.json", str(out)], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "There is no file" in done.stderr
