"""The application: Qt is set up here, once, and ended in order."""

from __future__ import annotations

import logging
import signal
import sys
from functools import partial
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QCoreApplication, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from engine.design import Design, DesignFileError
from engine.templates import load_template
from gui.main_window import MainWindow
from gui.runtime.garbage import WindowGarbageCollector
from gui.theme import load_theme
from gui.training_controller import Message
from gui.window.recovery_files import find_recovered
from gui.window.start_page import shown_at_start
from gui.window.tour import tour_is_done
from gui.window.windows import active_window, close_all, open_windows

TEMPLATE = "template:"

log = logging.getLogger("netloom")


def make_application(arguments: list[str] | None = None) -> QApplication:
    """The application object, ready for windows."""
    QCoreApplication.setOrganizationName("Netloom")
    QCoreApplication.setApplicationName("Netloom")
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(arguments or sys.argv[:1])
    app.setApplicationDisplayName("Netloom")
    return app


def run(design: str = "") -> int:
    """Show the window, perhaps with a file or a template, until it is closed; returns the exit status."""
    app = make_application()
    load_theme()
    window = open_first(design)
    collector = WindowGarbageCollector(app)
    sys.excepthook = report_failure
    signal.signal(signal.SIGINT, lambda *_: QTimer.singleShot(0, close_all))
    beat = QTimer(app)
    beat.timeout.connect(_nothing)  # so that Python sees Ctrl-C
    beat.start(300)
    window.painted.connect(partial(begin, window))
    window.closed.connect(window.deleteLater)
    window.show()
    status = app.exec()
    for left in open_windows():
        left.session.close()
    sys.excepthook = sys.__excepthook__
    collector.close()
    return status


def open_first(design: str) -> MainWindow:
    """The first window: with a template, a file, or what Netloom starts with."""
    if design.startswith(TEMPLATE):
        try:
            return MainWindow(load_template(design.removeprefix(TEMPLATE)))
        except DesignFileError as error:
            window = MainWindow()
            window.show_message(Message(str(error), "error"))
            return window
    window = MainWindow(Design() if design else None)
    if design:
        window.files.open(Path(design))
    return window


def begin(window: MainWindow) -> None:
    """What follows when the first window is on the screen: recovery, and a start page or the tour."""
    files = window.window_actions.files
    window.tasks.run(find_recovered, on_success=files.offer)
    if shown_at_start():
        window.actions_by_name["start_page"].trigger()
    elif not tour_is_done():
        window.tour.start()


def report_failure(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Say in the window what went wrong in a slot, so that no failure closes it silently."""
    log.error("A failure in the window", exc_info=(kind, error, trace))
    window = active_window()
    if window is not None:
        text = f"Something went wrong in the program ({kind.__name__}: {error}). Nothing was changed; please report it."
        window.show_message(Message(text, "error"))


def _nothing() -> None:
    """Give Python a moment."""
