"""The application: Qt is set up here, once, and ended in order."""

from __future__ import annotations

import logging
import signal
import sys
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
    sys.excepthook = _Reporter(window)
    signal.signal(signal.SIGINT, lambda *_: QTimer.singleShot(0, app.closeAllWindows))
    beat = QTimer(app)
    beat.timeout.connect(_nothing)  # so that Python sees Ctrl-C
    beat.start(300)
    window.show()
    status = app.exec()
    window.session.close()
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


class _Reporter:
    """Says in the window what went wrong in a slot, so that no failure closes it silently."""

    def __init__(self, window: MainWindow):
        self._window = window

    def __call__(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        log.error("A failure in the window", exc_info=(kind, error, trace))
        text = f"Something went wrong in the program ({kind.__name__}: {error}). Nothing was changed; please report it."
        self._window.show_message(Message(text, "error"))


def _nothing() -> None:
    """Give Python a moment."""
