"""Pictures of designs for cards: drawn one at a time while nothing else happens, and kept."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QImage

from engine.design import Design
from engine.files import THUMBNAIL, load_project
from engine.templates import load_template
from gui.canvas.view import CanvasView
from gui.document.document import Document
from gui.runtime.tasks import TaskRunner
from gui.theme import current_theme, theme_notifier
from gui.window.cards import PICTURE, Card

PNG_AT_MOST = 8 * 2**20

_kept: dict[tuple[str, str], QImage] = {}
"""By template and theme, for all windows."""


class Pictures(QObject):
    """Fills cards with pictures of templates and of files."""

    def __init__(self, parent: QObject | None = None):
        super().__init__(parent)
        self._tasks = TaskRunner(self)
        self._wanted: list[tuple[Card, str]] = []
        self._drawn: list[tuple[Card, str]] = []
        self._designs: list[tuple[Card, Design]] = []
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._on_timer_timeout)
        theme_notifier.theme_changed.connect(self._on_theme_notifier_theme_changed)

    def want_template(self, card: Card, name: str) -> None:
        """Draw a template onto a card, soon."""
        kept = _kept.get((name, current_theme().name))
        if kept is not None:
            card.set_picture(kept)
            self._drawn.append((card, name))
        else:
            self._wanted.append((card, name))
            self._timer.start()

    def want_file(self, card: Card, path: Path) -> None:
        """Show the picture that a file holds, or draw its design."""
        self._tasks.run(
            read_picture, path, on_success=lambda found: self._show(card, found), on_failure=lambda _error: None
        )

    def forget(self) -> None:
        """The cards are gone."""
        self._timer.stop()
        self._wanted.clear()
        self._drawn.clear()
        self._designs.clear()

    def close(self) -> None:
        """Read no more files."""
        self.forget()
        self._tasks.close()

    def _show(self, card: Card, found: bytes | Design) -> None:
        if isinstance(found, Design):
            self._designs.append((card, found))
            self._timer.start()
            return
        picture = QImage.fromData(found)
        if not picture.isNull():
            _try(card.set_picture, picture)

    def _on_timer_timeout(self) -> None:
        if self._wanted:
            card, name = self._wanted.pop(0)
            picture = _kept[name, current_theme().name] = draw(load_template(name), card.devicePixelRatioF())
            self._drawn.append((card, name))
            _try(card.set_picture, picture)
        elif self._designs:
            card, design = self._designs.pop(0)
            _try(card.set_picture, draw(design, self._ratio()))
        else:
            self._timer.stop()

    def _ratio(self) -> float:
        return next((card.devicePixelRatioF() for card, _ in self._drawn), 1.0)

    def _on_theme_notifier_theme_changed(self) -> None:
        drawn, self._drawn = self._drawn, []
        for card, name in drawn:
            self.want_template(card, name)


def draw(design: Design, ratio: float = 1.0) -> QImage:
    """A picture of a design, as the canvas shows it."""
    document = Document(design)
    view = CanvasView(document)
    picture = view.render_image(PICTURE * max(ratio, 1.0))
    picture.setDevicePixelRatio(1.0)
    view.deleteLater()
    document.deleteLater()
    return picture


def read_picture(path: Path) -> bytes | Design:
    """The picture in a project file, or else its design; runs in the background."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            try:
                entry = archive.getinfo(THUMBNAIL)
            except KeyError:
                entry = None
            if entry is not None and entry.file_size <= PNG_AT_MOST:
                return archive.read(entry)
    return load_project(path).design


def _try(show: Callable[[QImage], None], picture: QImage) -> None:
    """The card may be gone meanwhile."""
    try:
        show(picture)
    except RuntimeError:
        return
