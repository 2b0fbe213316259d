"""The lines of weights as a picture that is made anew a few lines at a time, so that no frame waits for it."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np
from PySide6.QtCore import QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPaintEngine, QPainter, QPainterPath, QPen, QPixmap

from gui.theme import Theme, current_theme, qcolor
from gui.views.unit_layout import UnitLayout

THINNEST, WIDEST = 0.75, 7.0
"""Widths of the lines of weights."""
BUDGET = 0.003
"""Seconds of a frame for lines."""
PAUSE = 12
"""Milliseconds until more lines are drawn."""


def wire_pen(value: float, largest: float, theme: Theme) -> QPen:
    """Width for the size, colour for the sign; dashed for 0, dotted for what is no number."""
    if not math.isfinite(value):
        return QPen(QColor(theme.error), 2, Qt.PenStyle.DotLine)
    if value == 0:
        return QPen(qcolor(theme.wire, 150), THINNEST, Qt.PenStyle.DashLine)
    share = min(abs(value) / (largest or 1.0), 1.0)
    color = qcolor(theme.classes[1] if value > 0 else theme.classes[0], round(120 + 135 * share))
    return QPen(color, THINNEST + (WIDEST - THINNEST) * share, c=Qt.PenCapStyle.FlatCap)


@dataclass(slots=True)
class _Job:
    """A picture in the making."""

    key: Hashable
    pixmap: QPixmap
    W: np.ndarray
    largest: float
    paths: list[tuple[tuple[int, int], QPainterPath]]
    done: int = field(default=0)


class WirePicture(QObject):
    """The lines of one page."""

    changed = Signal()
    """A newer picture is complete: draw again."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._shown: _Job | None = None
        self._job: _Job | None = None
        self._paths: tuple[UnitLayout, list[tuple[tuple[int, int], QPainterPath]]] | None = None
        self._timer = QTimer(self, interval=PAUSE, singleShot=True)
        self._timer.timeout.connect(self._on_timer_timeout)

    def draw(self, painter: QPainter, at: UnitLayout, W: np.ndarray, largest: float, ratio: float) -> None:
        """Draw the lines of weights W (units, inputs): at once where the page is another one, else soon.

        Args:
            painter: In points of the widget.
            at: Where the lines are.
            W: The weights.
            largest: What the widest line stands for.
            ratio: Pixels of the widget's screen per point; a painter of another scale (of a file) gets lines.
        """
        for_file = painter.paintEngine().type() == QPaintEngine.Type.SVG or painter.deviceTransform().m11() != ratio
        if for_file:
            _paint(painter, _Job(None, QPixmap(), W, largest, self._paths_of(at)), math.inf)
            return
        key = (at, ratio, current_theme().name)
        if self._shown is None or self._shown.key != key:
            self._shown = self._begin(key, at, W, largest, ratio)
            self._job = None
            self._go_on(self._shown, math.inf)
        elif self._job is None and not _same(self._shown, W, largest):
            self._job = self._begin(key, at, W, largest, ratio)
            self._timer.start()
        painter.drawPixmap(0, 0, self._shown.pixmap)

    def stop(self) -> None:
        """It is not seen any more."""
        self._timer.stop()
        self._job = self._shown = None

    def _paths_of(self, at: UnitLayout) -> list[tuple[tuple[int, int], QPainterPath]]:
        if self._paths is None or self._paths[0] != at:
            places = [place for place in at.places() if place[1] >= 0]
            self._paths = at, [(place, at.wire(*place)) for place in places]
        return self._paths[1]

    def _begin(self, key: Hashable, at: UnitLayout, W: np.ndarray, largest: float, ratio: float) -> _Job:
        pixmap = QPixmap(QSize(round(at.width), round(at.height)) * ratio)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        return _Job(key, pixmap, W, largest, self._paths_of(at))

    def _go_on(self, job: _Job, seconds: float) -> bool:
        painter = QPainter(job.pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        complete = _paint(painter, job, seconds)
        painter.end()
        return complete

    def _on_timer_timeout(self) -> None:
        job = self._job
        if job is None:
            return
        if self._go_on(job, BUDGET):
            self._shown, self._job = job, None
            self.changed.emit()
        else:
            self._timer.start()


def _paint(painter: QPainter, job: _Job, seconds: float) -> bool:
    """Draw more lines; True when all are drawn."""
    theme, end = current_theme(), perf_counter() + seconds
    painter.setBrush(Qt.BrushStyle.NoBrush)
    while job.done < len(job.paths) and perf_counter() < end:
        (unit, column), path = job.paths[job.done]
        painter.setPen(wire_pen(float(job.W[unit, column]), job.largest, theme))
        painter.drawPath(path)
        job.done += 1
    return job.done == len(job.paths)


def _same(job: _Job, W: np.ndarray, largest: float) -> bool:
    """No line would look otherwise."""
    if job.W is W:
        return True
    steps = 4 * WIDEST
    old, new = (np.rint(steps * values / (limit or 1.0)) for values, limit in ((job.W, job.largest), (W, largest)))
    return np.array_equal(old, new, equal_nan=True)
