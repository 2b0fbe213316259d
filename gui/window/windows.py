"""The windows of the program: each has its own document and session; the program ends with the last."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from gui.main_window import MainWindow

_open: list[MainWindow] = []


def open_windows() -> list[MainWindow]:
    """All windows that were not closed, oldest first."""
    return list(_open)


def add_window(window: MainWindow) -> None:
    """Keep a window until it is closed."""
    _open.append(window)


def remove_window(window: MainWindow) -> None:
    """A window was closed."""
    if window in _open:
        _open.remove(window)


def active_window() -> MainWindow | None:
    """The window that the user works in, or else the newest."""
    active = QApplication.activeWindow()
    return next((w for w in _open if w is active), _open[-1] if _open else None)


def window_of(path: Path, besides: MainWindow) -> MainWindow | None:
    """Another window that shows this file."""
    real = os.path.realpath(path)
    for window in _open:
        if window is not besides and window.document.path and os.path.realpath(window.document.path) == real:
            return window
    return None


def close_all() -> None:
    """Close every window, until the user says no to one."""
    for window in reversed(open_windows()):
        window.close_refused = False
        window.close()
        if window.close_refused:
            return
