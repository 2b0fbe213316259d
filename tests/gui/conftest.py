"""What all window tests share: one offscreen application, and failure on Qt warnings, leaked threads and timers."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Iterator

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
pytest.importorskip("PySide6", reason="the window's tests need Qt")

from PySide6.QtCore import QCoreApplication, QEvent, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

_HARMLESS = (
    "This plugin does not support propagateSizeHints",
    "This plugin does not support raise()",
    "propagateSizeHints",
)


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

    threads = set(threading.enumerate())
    widgets = set(map(id, QApplication.topLevelWidgets()))
    previous = qInstallMessageHandler(keep)
    yield
    for widget in QApplication.topLevelWidgets():
        if id(widget) not in widgets:
            widget.close()
            widget.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    application.processEvents()
    gc.collect()
    qInstallMessageHandler(previous)
    timers = [timer for timer in application.findChildren(QTimer) if timer.isActive() and timer.interval() > 0]
    left = [t.name for t in threading.enumerate() if t not in threads and not t.daemon and t.is_alive()]
    warnings = [text for text in messages if not any(part in text for part in _HARMLESS)]
    assert not warnings, f"Qt warned: {warnings}"
    assert not left, f"Threads left running: {left}"
    assert not timers, f"Timers left running: {timers}"
