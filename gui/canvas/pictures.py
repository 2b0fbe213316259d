"""Nodes and labels drawn once and kept as pictures, so that panning, zooming and dragging stay fluid.

A picture is made for one scale. After zooming, those of the old scale are shown, stretched, until each frame's budget
of time has made them all sharp again; a node without any picture is a plain box meanwhile.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from time import perf_counter

from PySide6.QtCore import QObject, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPixmap, QTransform

LARGEST = 48_000_000
"""Pixels kept; four bytes each."""
BUDGET = 0.005
"""Seconds of each frame for making pictures sharp."""
FIRST_BUDGET = 0.01
"""Seconds of each frame for pictures that are missing."""
PAUSE = 15
"""Milliseconds until the next frame goes on."""
CALM = 0.08
"""Seconds after zooming before stretched pictures are made sharp: at the next turn of the wheel it would be in vain."""

Paint = Callable[[QPainter], None]


class Pictures(QObject):
    """The cache of one scene."""

    wanted = Signal()
    """Some pictures are missing or stretched: draw again."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._pictures: OrderedDict[Hashable, tuple[QPixmap, float, Hashable]] = OrderedDict()
        self._pixels = 0
        self._spent = 0.0
        self._zoom: float | None = None
        self._zoomed_at = 0.0
        self._calm = True
        self._again = QTimer(self, interval=PAUSE, singleShot=True)
        self._again.timeout.connect(self._on_again_timeout)

    def begin_frame(self, zoom: float) -> None:
        """A frame begins: there is time again."""
        self._spent = 0.0
        if self._zoom not in (None, zoom):
            self._zoomed_at = perf_counter()
        self._zoom = zoom
        self._calm = perf_counter() - self._zoomed_at >= CALM

    def draw(self, painter: QPainter, key: Hashable, version: Hashable, area: QRectF, paint: Paint) -> bool:
        """Draw what `paint` draws within an area; False if there is neither a picture nor time to make one.

        Args:
            painter: Of the item.
            key: Whose picture it is.
            version: What it depends on; a picture of another one is not shown.
            area: What it covers, in the item's coordinates.
            paint: Draws it.
        """
        device = painter.device()
        ratio = device.devicePixelRatioF()
        transform = painter.worldTransform()
        scale = transform.m11() * ratio
        found = self._pictures.get(key)
        fits = found is not None and found[2] == version
        if found is None or not fits or found[1] != scale:
            if (self._calm or not fits) and self._spent < (FIRST_BUDGET if self._calm and not fits else BUDGET):
                found, fits = self._make(key, version, area, scale, paint), True
            elif not self._again.isActive():
                self._again.start(PAUSE if self._calm else int(1000 * CALM) + 1)
        else:
            self._pictures.move_to_end(key)
        if found is None or not fits:
            return False
        picture = found[0]
        if found[1] == scale:
            corner = transform.map(area.topLeft())
            place = QPointF(round(corner.x() * ratio) / ratio, round(corner.y() * ratio) / ratio)
            painter.setWorldTransform(QTransform())
            picture.setDevicePixelRatio(ratio)
            painter.drawPixmap(place, picture)
            painter.setWorldTransform(transform)
        else:
            picture.setDevicePixelRatio(1.0)
            painter.drawPixmap(QRectF(area.topLeft(), QRectF(picture.rect()).size() / found[1]), picture, QRectF())
        return True

    def clear(self) -> None:
        """Forget all, such as when the theme changes."""
        self._pictures.clear()
        self._pixels = 0

    def forget(self, key: Hashable) -> None:
        """Forget one whose owner is gone."""
        old = self._pictures.pop(key, None)
        if old is not None:
            self._pixels -= old[0].width() * old[0].height()

    def _make(
        self, key: Hashable, version: Hashable, area: QRectF, scale: float, paint: Paint
    ) -> tuple[QPixmap, float, Hashable]:
        start = perf_counter()
        size = QSize(int(area.width() * scale) + 1, int(area.height() * scale) + 1)
        picture = QPixmap(size)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        painter.scale(scale, scale)
        painter.translate(-area.topLeft())
        paint(painter)
        painter.end()
        self.forget(key)
        self._pictures[key] = (picture, scale, version)
        self._pixels += size.width() * size.height()
        while self._pixels > LARGEST and len(self._pictures) > 1:
            _, (old, _, _) = self._pictures.popitem(last=False)
            self._pixels -= old.width() * old.height()
        self._spent += perf_counter() - start
        return self._pictures[key]

    def _on_again_timeout(self) -> None:
        self.wanted.emit()
