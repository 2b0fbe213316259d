"""Pictures of the real window, made without a screen: `netloom screenshot`."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Literal

from PySide6.QtCore import QEventLoop, QSettings, QTimer

from engine.data import DataError, parse_spec
from engine.design import Design, DesignFileError
from engine.files import FileError, load_project
from engine.templates import load_template
from gui.application import TEMPLATE, make_application
from gui.main_window import MainWindow
from gui.theme import set_theme
from gui.window.state import FOLDER_VARIABLE

LONGEST = 600.0
"""Seconds after which training is given up."""
SETTLE = 0.8
"""Seconds for plots to be drawn finely."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What to show."""

    design: str
    out: Path
    data: str = ""
    epochs: int = -1
    seed: int = -1
    theme: Literal["light", "dark"] = "light"
    width: int = 1440
    height: int = 900


def take(picture: Picture) -> str:
    """Open the window, train, save a picture of it; returns a sentence when that failed, else nothing."""
    try:
        design = _design(picture)
    except (DataError, DesignFileError, FileError, ValueError) as error:
        return str(error)
    with tempfile.TemporaryDirectory() as folder:
        # The user's own settings are neither read nor changed.
        os.environ[FOLDER_VARIABLE] = folder
        QSettings.setDefaultFormat(QSettings.Format.IniFormat)
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, folder)
        make_application()
        set_theme(picture.theme, remember=False)
        window = MainWindow(design, remember=False)
        try:
            return _take(window, picture)
        finally:
            window.document.undo_stack.setClean()
            window.close()


def _take(window: MainWindow, picture: Picture) -> str:
    failures: list[str] = []
    window.loader.load_failed.connect(failures.append)
    window.session.failed.connect(failures.append)
    window.resize(picture.width, picture.height)
    window.show()
    if picture.data:
        window.loader.change(window.document.design.data.replace(source=parse_spec(picture.data)))
    _wait(lambda: bool(failures) or (window.loader.prepared is not None and not window.loader.is_busy), LONGEST)
    if failures:
        return failures[0]
    if picture.epochs != 0:
        window.controller.toggle()
        if not window.session.is_active:
            return window.banner.text.text() or "The design cannot be trained."
        _wait(lambda: not window.session.is_active, LONGEST)
        if failures:
            return failures[0]
    _wait(lambda: False, SETTLE)
    _wait(lambda: not window.tasks.is_busy, 10)
    picture.out.parent.mkdir(parents=True, exist_ok=True)
    if not window.grab().save(str(picture.out)):
        return f"The picture could not be written to '{picture.out}'. Check the folder and the ending (.png)."
    return ""


def _design(picture: Picture) -> Design:
    if picture.design.startswith(TEMPLATE):
        design = load_template(picture.design.removeprefix(TEMPLATE))
    else:
        design = load_project(picture.design).design
    if picture.data:
        parse_spec(picture.data)  # fails early
    changes = {}
    if picture.epochs > 0:
        changes["epochs"] = picture.epochs
    if picture.seed >= 0:
        changes["seed"] = picture.seed
    return design.with_changes(training=design.training.replace(**changes)) if changes else design


def _wait(done: Callable[[], bool], seconds: float) -> None:
    """Let the window live until something is so, or the time is over."""
    end = monotonic() + seconds
    loop = QEventLoop()
    timer = QTimer(interval=10)

    def look() -> None:
        if done() or monotonic() > end:
            loop.quit()

    timer.timeout.connect(look)
    timer.start()
    loop.exec()
    timer.stop()
