"""What all window tests share: one offscreen application, and failure on Qt warnings, leaked threads and timers."""

from __future__ import annotations

import gc
import os
import tempfile
import threading
from collections.abc import Iterator

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["NETLOOM_STATE_DIR"] = tempfile.mkdtemp(prefix="netloom-state-")
pytest.importorskip("PySide6", reason="the window's tests need Qt")

from PySide6.QtCore import QCoreApplication, QEvent, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

_HARMLESS = (
    "This plugin does not support propagateSizeHints",
    "This plugin does not support raise()",
    "propagateSizeHints",
    "This plugin does not support grabbing the keyboard",
)


MANY = 40_000
"""Objects from which they are set aside."""


def _running_timers() -> dict[int, str]:
    """Active timers made in Python, by id."""
    timers = [thing for thing in gc.get_objects() if type(thing) is QTimer and isValid(thing) and thing.isActive()]
    return {id(timer): f"{timer.interval()} ms, child of {timer.parent()!r}" for timer in timers}


def _set_imports_aside() -> None:
    """What lives between two tests is mostly imported modules; looking through all of it took a quarter of a second."""
    if len(gc.get_objects()) > MANY:
        gc.collect()
        gc.freeze()


@pytest.fixture(scope="session")
def application() -> QApplication:
    """The one QApplication of the test run."""
    instance = QApplication.instance()
    return instance if isinstance(instance, QApplication) else QApplication([])


@pytest.fixture(autouse=True)
def _clean_qt(application: QApplication) -> Iterator[None]:
    """Fail on Qt warnings, and on threads, running timers and top-level windows that a test leaves behind."""
    messages: list[str] = []

    def keep(kind: QtMsgType, context: object, text: str) -> None:
        if kind in (QtMsgType.QtWarningMsg, QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg):
            messages.append(text)

    _set_imports_aside()
    timers = _running_timers()
    threads = set(threading.enumerate())
    widgets = set(map(id, QApplication.topLevelWidgets()))
    previous = qInstallMessageHandler(keep)
    gc.disable()  # as in the program: a worker thread must not collect what belongs to Qt
    yield
    for widget in QApplication.topLevelWidgets():
        if isValid(widget) and id(widget) not in widgets:
            widget.close()
            widget.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    application.processEvents()
    gc.collect()
    qInstallMessageHandler(previous)
    for _ in range(5):  # timers that stop by themselves after some passes of the event loop are no leak
        running = [text for timer, text in _running_timers().items() if timer not in timers]
        if not running:
            break
        application.processEvents()
    left = [t.name for t in threading.enumerate() if t not in threads and not t.daemon and t.is_alive()]
    warnings = [text for text in messages if not any(part in text for part in _HARMLESS)]
    assert not warnings, f"Qt warned: {warnings}"
    assert not left, f"Threads left running: {left}"
    assert not running, f"Timers left running: {running}"
