"""A plot of points or curves with a legend; mouse and arrow keys go from point to point."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from gui.plots.style import Overlay, PlotCanvas, make_plot, style_plot
from gui.theme import current_theme, theme_notifier


class PointPlot(QWidget):
    """One plot whose points say what they are."""

    point_chosen = Signal(int)
    """A point was clicked, or Enter pressed at it."""
    restyled = Signal()
    """The theme changed: colours have to be chosen anew."""

    def __init__(self, name: str, *, reach: float = 24, parent: QWidget | None = None) -> None:
        """An empty plot.

        Args:
            name: For screen readers.
            reach: So many points of the screen the mouse may be away from a point that answers it.
            parent: Owner.
        """
        super().__init__(parent)
        self._reach = reach
        self._x = self._y = np.zeros(0)
        self._describe: Callable[[int], str] = str
        self._at = -1
        self.legend = QLabel(self)
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        self.legend.setWordWrap(True)
        self.legend.setContentsMargins(12, 0, 12, 4)
        self.canvas = PlotCanvas(self)
        self.canvas.setAccessibleName(name)
        self.canvas.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.plot: Any = make_plot(self.canvas, 0, bottom=" ", left=" ")
        self.plot.setMouseEnabled(False, False)
        self.plot.disableAutoRange()
        self.readout = Overlay(self.canvas, framed=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.legend)
        column.addWidget(self.canvas, 1)
        self.canvas.sceneObj.sigMouseMoved.connect(self._on_scene_mouse_moved)
        self.canvas.sceneObj.sigMouseClicked.connect(self._on_scene_mouse_clicked)
        self.canvas.viewport().installEventFilter(self)
        self.canvas.installEventFilter(self)
        theme_notifier.theme_changed.connect(self._on_theme_notifier_theme_changed)
        self._restyle()

    def set_axes(self, bottom: str, left: str, x: tuple[float, float], y: tuple[float, float]) -> None:
        """Name the axes and show these stretches of them."""
        for side, text in (("bottom", bottom), ("left", left)):
            axis = self.plot.getAxis(side)
            if axis.labelText != text:
                axis.setLabel(text, **axis.labelStyle)
        if self.plot.viewRange() != [list(x), list(y)]:
            self.plot.setRange(xRange=x, yRange=y, padding=0, disableAutoRange=True)

    def set_points(self, x: np.ndarray, y: np.ndarray, describe: Callable[[int], str]) -> None:
        """The points that answer the mouse; `describe` says in rich text what one is."""
        self._x, self._y, self._describe = x, y, describe
        if self.readout.isVisible() and 0 <= self._at < len(x):
            self._show(self._at)
        else:
            self._at = -1
            self.readout.hide()

    def _nearest(self, position: QPointF) -> int:
        box = self.plot.getViewBox()
        if not len(self._x) or not box.sceneBoundingRect().contains(position):
            return -1
        place, (across, down) = box.mapSceneToView(position), box.viewPixelSize()
        distance = np.hypot((self._x - place.x()) / across, (self._y - place.y()) / down)
        if not np.isfinite(distance).any():
            return -1
        best = int(np.nanargmin(distance))
        return best if distance[best] <= self._reach else -1

    def _show(self, index: int) -> None:
        self._at = index
        scene = self.plot.getViewBox().mapViewToScene(QPointF(float(self._x[index]), float(self._y[index])))
        place = self.canvas.mapFromScene(scene)
        self.readout.show_near(self._describe(index), place.x(), place.y())

    def _restyle(self) -> None:
        self.canvas.setBackground(current_theme().surface_raised)
        style_plot(self.plot)
        self.readout.restyle()

    def _on_theme_notifier_theme_changed(self) -> None:
        self._restyle()
        self.restyled.emit()

    def _on_scene_mouse_moved(self, position: QPointF) -> None:
        index = self._nearest(position)
        if index >= 0:
            self._show(index)
        else:
            self.readout.hide()

    def _on_scene_mouse_clicked(self, event: Any) -> None:
        index = self._nearest(event.scenePos())
        if index >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.point_chosen.emit(index)

    def _press(self, event: QKeyEvent) -> bool:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        if event.key() in steps and len(self._x):
            last = len(self._x) - 1
            self._show(min(max(self._at + steps[Qt.Key(event.key())], 0), last))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and 0 <= self._at < len(self._x):
            self.point_chosen.emit(self._at)
        else:
            return False
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Leave, QEvent.Type.FocusOut):
            self.readout.hide()
        elif watched is self.canvas and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._press(event)
        return super().eventFilter(watched, event)
