"""What a crash leaves: at most two seconds are lost, and whatever lies in the folder is met with a sentence."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from time import monotonic, sleep, time

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QSettings

from engine.checkpoint import Checkpoint
from engine.files import load_project
from engine.templates import load_template
from gui.main_window import MainWindow
from gui.window import recovery_files
from gui.window.recovery_files import Snapshot, find_recovered, new_recovery_file, write_snapshot
from gui.window.state import ProcessLock, document_lock

ROOT = Path(__file__).parents[3]
DRIVER = """
import sys, time
from PySide6.QtCore import QSettings, QTimer
QSettings.setDefaultFormat(QSettings.Format.IniFormat)
QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, {settings!r})
from engine.templates import load_template
from gui.application import make_application
from gui.main_window import MainWindow
app = make_application()
design = load_template("xor")
design = design.with_changes(training=design.training.replace(epochs=10_000_000))
window = MainWindow(design, remember=False)
window.show()
def say(*words):
    print(time.time(), *words, flush=True)
{body}
app.exec()
"""
EDITING = """
count = 0
def edit():
    global count
    count += 1
    window.document.set_design_info(name=f"edit {count}")
    window.document.end_merge()
    say(count)
timer = QTimer(interval=40)
timer.timeout.connect(edit)
timer.start()
"""
TRAINING = """
window.session.progressed.connect(lambda p: say(p.step))
window.loader.data_loaded.connect(lambda _: window.controller.toggle())
"""


@pytest.fixture(autouse=True)
def _own_state(tmp_path, monkeypatch):
    monkeypatch.setenv("NETLOOM_STATE_DIR", str(tmp_path / "state"))
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))


@pytest.fixture
def make_window(application):
    windows = []

    def make(template="xor"):
        window = MainWindow(load_template(template), remember=False)
        window.show()
        windows.append(window)
        wait(lambda: window.loader.prepared is not None)
        return window

    yield make
    for window in windows:
        window._closing = True
        window.close()
        window.deleteLater()


@pytest.fixture
def run(tmp_path):
    """Starts a window in another process; it is killed in the end."""
    started = []

    def start(body):
        code = textwrap.dedent(DRIVER).format(settings=str(tmp_path / "settings"), body=body)
        process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def wait(condition, timeout=15):
    end = monotonic() + timeout
    while not condition():
        assert monotonic() < end, "waited too long"
        QCoreApplication.processEvents()
        sleep(0.005)


def killed(process, seconds):
    """Kill -9 after some seconds of work; returns what was said: (time, number)."""
    said = []
    first = None
    while True:
        moment, number = process.stdout.readline().split()
        said.append((float(moment), int(number)))
        first = first or float(moment)
        if float(moment) - first > seconds:
            process.send_signal(signal.SIGKILL)
            killed_at = time()
            break
    process.wait()
    said += [(float(line.split()[0]), int(line.split()[1])) for line in process.stdout if len(line.split()) == 2]
    return said, killed_at


def at_least(said, moment):
    """The number that had been reached at a time."""
    return max((number for when, number in said if when <= moment), default=0)


@pytest.mark.skipif(os.name == "nt", reason="kill -9 is a thing of Unix")
def test_kill_in_the_middle_of_editing_loses_two_seconds_at_most(run, make_window):
    said, killed_at = killed(run(EDITING), 2.5)
    found = find_recovered()
    assert len(found) == 1
    recovered = int(found[0].project.design.name.split()[1])
    assert recovered >= at_least(said, killed_at - 2.0) > 5
    window = make_window()
    window.window_actions.files.offer(found)
    assert "can be recovered" in window.banner.text.text()
    window.banner.button.click()
    assert window.document.design.name == f"edit {recovered}"
    assert window.document.modified
    assert "was recovered" in window.banner.text.text()
    file = found[0].file
    wait(lambda: load_project(file).design == window.document.design)
    assert find_recovered() == []  # this window goes on with the file
    window.document.undo_stack.setClean()
    wait(lambda: not file.exists())


@pytest.mark.skipif(os.name == "nt", reason="kill -9 is a thing of Unix")
def test_kill_in_the_middle_of_training_loses_two_seconds_at_most(run, make_window):
    said, killed_at = killed(run(TRAINING), 5.0)
    found = find_recovered()
    assert len(found) == 1
    checkpoint = found[0].project.checkpoint
    assert checkpoint.step >= at_least(said, killed_at - 2.0) > 0
    window = make_window()
    window.window_actions.files.offer(found)
    window.actions_by_name["recover"].trigger()
    assert window.training_panel.clock.step == checkpoint.step
    assert window.cost_plot.history()["costs"]
    wait(lambda: window.loader.prepared is not None)
    window.controller.toggle()
    wait(lambda: window.training_panel.clock.step > checkpoint.step)
    weights = window.controller.record.checkpoint.weights
    assert all(np.isfinite(array).all() for array in weights.values())


def test_a_window_that_still_runs_is_not_offered(run):
    process = run(EDITING)
    for _ in range(30):
        process.stdout.readline()
    assert list(recovery_files.recovery_folder().glob("*.netloom"))
    assert find_recovered() == []


def test_nothing_is_kept_when_nothing_can_be_lost(make_window, tmp_path):
    window = make_window()
    folder = recovery_files.recovery_folder()
    window.document.set_design_info(name="kept")
    wait(window.recovery.file.exists)
    done = []
    window.files.save(tmp_path / "net.netloom", lambda: done.append(1))
    wait(lambda: bool(done) and not window.recovery.file.exists())
    window.document.set_design_info(name="again")
    wait(window.recovery.file.exists)
    window._closing = True
    window.close()
    assert list(folder.iterdir()) == []


def test_a_change_is_written_within_a_second(make_window):
    window = make_window()
    for name in ("one", "two", "three"):
        window.document.set_design_info(name=name)
        begun = monotonic()
        file = window.recovery.file
        wait(lambda file=file, name=name: file.exists() and load_project(file).design.name == name)
        assert monotonic() - begun < 1.0


def test_a_cut_file_is_said_and_can_be_discarded(make_window):
    file = new_recovery_file()
    write_snapshot(file, Snapshot(load_template("moons"), None, True))
    file.write_bytes(file.read_bytes()[:200])
    found = find_recovered()
    assert found[0].project is None
    assert "damaged" in found[0].sentence
    assert file.name not in found[0].sentence
    window = make_window()
    design = window.document.design
    window.window_actions.files.offer(found)
    assert "damaged" in window.banner.text.text()
    window.actions_by_name["recover"].trigger()
    page = window.window_actions.files.page
    assert page.isVisible()
    page.discard_requested.emit(found[0])
    assert not file.exists()
    assert not window.actions_by_name["recover"].isEnabled()
    assert window.document.design is design


def test_a_file_older_than_the_document_becomes_a_copy(make_window, tmp_path):
    path = tmp_path / "net.json"
    file = new_recovery_file()
    write_snapshot(file, Snapshot(load_template("moons"), path, True))
    path.write_text(load_template("circles").to_json())
    os.utime(path, (time() + 5, time() + 5))
    found = find_recovered()
    assert "was saved after" in found[0].sentence
    window = make_window()
    window.window_actions.files.offer(found)
    window.actions_by_name["recover"].trigger()
    assert window.document.path is None
    assert "copy" in window.banner.text.text()
    assert load_project(path).design.name == load_template("circles").name


def test_weights_that_are_too_large_are_left_out(monkeypatch):
    monkeypatch.setattr(recovery_files, "WEIGHTS_AT_MOST", 10)
    checkpoint = Checkpoint(3, 1, 0, 0, "float32", {"a/W": np.zeros((4, 4))})
    file = new_recovery_file()
    write_snapshot(file, Snapshot(load_template("xor"), None, True, checkpoint, {"costs": {}}))
    found = find_recovered()
    assert found[0].project.checkpoint is None
    assert "too large" in found[0].sentence
    found[0].discard()


def test_two_instances_do_not_offer_the_same_file():
    file = new_recovery_file()
    write_snapshot(file, Snapshot(load_template("xor"), None, True))
    first = find_recovered()
    assert len(first) == 1
    assert find_recovered() == []
    first[0].lock.release()
    assert len(find_recovered()) == 1


def test_what_killed_processes_leave_is_tidied():
    folder = recovery_files.recovery_folder()
    folder.mkdir(parents=True)
    half, lock = folder / ".netloom-1234.tmp", folder / "1-x.lock"
    half.write_bytes(b"half")
    os.utime(half, (time() - 1000, time() - 1000))
    lock.write_bytes(b"1")
    assert find_recovered() == []
    assert list(folder.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_said_once(make_window, tmp_path):
    (tmp_path / "state").write_text("a file where the folder should be")
    window = make_window()
    window.document.set_design_info(name="one")
    wait(window.banner.isVisible)
    assert "crash" in window.banner.text.text()
    window.show_message(None)
    window.document.set_design_info(name="two")
    wait(lambda: not window.recovery._timer.isActive() and not window.recovery._runner.is_busy)
    assert not window.banner.isVisible()


def test_the_same_file_in_two_instances_is_said(make_window, tmp_path):
    path = tmp_path / "net.json"
    path.write_text(load_template("circles").to_json())
    other = document_lock(path)
    assert other.acquire()
    window = make_window()
    window.files.open(path)
    wait(window.banner.isVisible)
    assert "also open in another window" in window.banner.text.text()
    other.release()
    assert ProcessLock(other.path).acquire()
