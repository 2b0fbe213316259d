"""The program as a process: it starts with the tour once, offers what a crash left, and ends with its last window."""

import os
import subprocess
import sys
from pathlib import Path

from engine.templates import load_template
from gui.window.recovery_files import Snapshot, new_recovery_file, write_snapshot

ROOT = Path(__file__).parents[3]
DRIVER = """
import sys
from PySide6.QtCore import QSettings, QTimer
QSettings.setDefaultFormat(QSettings.Format.IniFormat)
QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, sys.argv[1])
from gui import application
from gui.window.windows import open_windows
def look():
    window = open_windows()[0]
    files = window.window_actions.files
    page = files._page is not None and files._page.isVisible()
    print("tour", window.tour.index, "page", page, "message", window.banner.text.text(), flush=True)
    window.tour.end()
    window.actions_by_name["new_window"].trigger()
    QTimer.singleShot(300, close_one)
def close_one():
    print("windows", len(open_windows()), flush=True)
    open_windows()[0].close()
    QTimer.singleShot(300, close_other)
def close_other():
    print("windows", len(open_windows()), flush=True)
    open_windows()[0].close()
first = application.open_first
def open_first(design):
    window = first(design)
    window.painted.connect(lambda: QTimer.singleShot(1000, look))
    return window
application.open_first = open_first
sys.exit(application.run("template:xor"))
"""


def run(folder):
    environment = os.environ | {"NETLOOM_STATE_DIR": str(folder / "state"), "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-c", DRIVER, str(folder / "settings")]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout.splitlines()


def test_the_tour_comes_once_and_the_process_ends_with_the_last_window(tmp_path, monkeypatch):
    assert run(tmp_path) == ["tour 0 page False message ", "windows 2", "windows 1"]
    monkeypatch.setenv("NETLOOM_STATE_DIR", str(tmp_path / "state"))
    write_snapshot(new_recovery_file(), Snapshot(load_template("moons"), None, True))
    settings = next((tmp_path / "settings").rglob("*.ini"))
    settings.write_text(settings.read_text().replace("[window]\n", "[window]\nstart_page=true\n"))
    line = run(tmp_path)[0]
    assert line.startswith("tour -1 page True message Netloom ended without saving 'Two moons'.")
