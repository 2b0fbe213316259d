"""Pictures of designs for cards: drawn one at a time while nothing else happens, and kept."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QWidget

from engine.data import prepare
from engine.design import Design
from engine.files import THUMBNAIL, load_project
from engine.templates import load_template
from gui.canvas.view import CanvasView
from gui.document.document import Document
from gui.runtime.tasks import TaskRunner
from gui.theme import current_theme, theme_notifier
from gui.window.cards import PICTURE, Card

PNG_AT_MOST = 8 * 2**20
FINER = 3
"""Times that a picture is drawn larger than it is shown, so that small nodes keep their look."""
NETWORK_HEIGHT = 40
"""Of a picture that also shows data."""
PLANAR, POINTS, DOT = "planar", 220, 1.5

Points = tuple[np.ndarray, np.ndarray | None]
"""Places in the plane, and their classes."""

_kept: dict[tuple[str, str], QImage] = {}
"""By template and theme, for all windows."""


class Pictures(QObject):
    """Fills cards with pictures of templates and of files."""

    def __init__(self, parent: QObject | None = None):
        super().__init__(parent)
        self._tasks = TaskRunner(self)
        self._wanted: list[tuple[Card, str, Points | None]] = []
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
            return
        self._tasks.run(
            sample,
            load_template(name),
            on_success=lambda points: self._want(card, name, points),
            on_failure=lambda _error: self._want(card, name, None),
        )

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

    def _want(self, card: Card, name: str, points: Points | None) -> None:
        self._wanted.append((card, name, points))
        self._timer.start()

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
            card, name, points = self._wanted.pop(0)
            picture = draw(load_template(name), self._ratio(), points)
            _kept[name, current_theme().name] = picture
            self._drawn.append((card, name))
            _try(card.set_picture, picture)
        elif self._designs:
            card, design = self._designs.pop(0)
            _try(card.set_picture, draw(design, self._ratio()))
        else:
            self._timer.stop()

    def _ratio(self) -> float:
        parent = self.parent()
        return parent.devicePixelRatioF() if isinstance(parent, QWidget) else 1.0

    def _on_theme_notifier_theme_changed(self) -> None:
        drawn, self._drawn = self._drawn, []
        for card, name in drawn:
            self.want_template(card, name)


def draw(design: Design, ratio: float = 1.0, points: Points | None = None) -> QImage:
    """A picture of a design, as the canvas shows it; with points of its data, these above it."""
    document = Document(design)
    view = CanvasView(document)
    size = PICTURE if points is None else QSize(PICTURE.width(), NETWORK_HEIGHT)
    network = view.render_image(size * (FINER * max(ratio, 1.0)))
    view.deleteLater()
    document.deleteLater()
    whole = QSize(PICTURE * max(ratio, 1.0))
    smooth = Qt.TransformationMode.SmoothTransformation
    network = network.scaledToWidth(whole.width(), smooth)
    if points is None:
        return network
    picture = QImage(whole, QImage.Format.Format_ARGB32_Premultiplied)
    theme = current_theme()
    picture.fill(QColor(theme.canvas))
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.drawImage(0, whole.height() - network.height(), network)
    painter.scale(max(ratio, 1.0), max(ratio, 1.0))
    painter.setPen(Qt.PenStyle.NoPen)
    places, classes = points
    area = QRectF(0, 12, PICTURE.width(), PICTURE.height() - NETWORK_HEIGHT - 14)
    low, span = places.min(axis=0), np.maximum(np.ptp(places, axis=0), 1e-9)
    wide = min(area.width() - 48, area.height() * (2.2 if classes is None else span[0] / span[1]))
    left = area.center().x() - wide / 2
    for index, (x, y) in enumerate((places - low) / span):
        color = theme.train if classes is None else theme.classes[int(classes[index]) % len(theme.classes)]
        painter.setBrush(QColor(color))
        painter.drawEllipse(QPointF(left + x * wide, area.bottom() - y * area.height()), DOT, DOT)
    painter.end()
    return picture


def sample(design: Design) -> Points | None:
    """Some examples of data that is made for the plane; runs in the background."""
    if design.data.source.prefix != PLANAR:
        return None
    data = prepare(design.data)
    part, target = data.parts["train"], data.target_of()
    x = np.asarray(next(iter(part.inputs.values())))[:POINTS].reshape(-1, data.input_shape()[0])
    y = np.asarray(next(iter(part.targets.values())))[:POINTS].reshape(len(x), -1)[:, 0]
    if x.shape[1] == 1:
        return np.column_stack([x[:, 0], y]), None
    return (x[:, :2], y if target.kind == "classes" else None) if x.shape[1] == 2 else None


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
