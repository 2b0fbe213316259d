"""Reading values off the boundary plot: under the mouse, or at a place that the arrow keys move."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent

from gui.plots.boundary_job import Picture
from gui.plots.boundary_scene import BoundaryScene
from gui.plots.boundary_words import example_text
from gui.plots.style import Overlay, PlotCanvas
from gui.plots.surface import SurfaceEvaluator

STEP = 12.0
"""Points of the screen that an arrow key moves; with Shift one."""
ARROWS = {
    Qt.Key.Key_Left: QPointF(-1, 0),
    Qt.Key.Key_Right: QPointF(1, 0),
    Qt.Key.Key_Up: QPointF(0, -1),
    Qt.Key.Key_Down: QPointF(0, 1),
}


class BoundaryPointer(QObject):
    """Says what is predicted at a place, or what the example there is; a click or Enter chooses it."""

    example_chosen = Signal(str, int)

    def __init__(self, canvas: PlotCanvas, scene: BoundaryScene, parent: QObject) -> None:
        """Watch the mouse and the keys of a canvas."""
        super().__init__(parent)
        self._canvas, self._scene = canvas, scene
        self._shown: tuple[SurfaceEvaluator, Picture] | None = None
        self._at: QPointF | None = None
        self.readout = Overlay(canvas, framed=True)
        canvas.sceneObj.sigMouseMoved.connect(self.read_at)
        canvas.sceneObj.sigMouseClicked.connect(self._on_scene_mouse_clicked)
        canvas.viewport().installEventFilter(self)
        canvas.installEventFilter(self)

    def show_picture(self, evaluator: SurfaceEvaluator | None, picture: Picture | None) -> None:
        """Read off this picture."""
        self._shown = (evaluator, picture) if evaluator is not None and picture is not None else None
        if self._shown is None:
            self.hide()
        elif self.readout.isVisible() and self._at is not None:
            self.read_at(self._at)

    def hide(self) -> None:
        """Say nothing."""
        self.readout.hide()

    def read_at(self, position: QPointF) -> None:
        """Say what is at a place of the scene."""
        self._at = position
        text = ""
        if self._shown is not None:
            evaluator, picture = self._shown
            near = self._scene.nearest(position)
            if near is not None:
                view = picture.surface.view
                text = example_text(evaluator, view, self._scene.shown[near[0]], near[1], picture)
            else:
                text = self._scene.text_at(position, picture.surface)
        if text:
            place = self._canvas.mapFromScene(position)
            self.readout.show_near(text, place.x(), place.y())
        else:
            self.hide()

    def _choose(self, position: QPointF) -> None:
        near = self._scene.nearest(position)
        if near is not None:
            self.example_chosen.emit(near[0], int(self._scene.shown[near[0]].rows[near[1]]))

    def _on_scene_mouse_clicked(self, event: Any) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._choose(event.scenePos())

    def _press(self, event: QKeyEvent) -> bool:
        box = self._scene.plot.getViewBox().sceneBoundingRect()
        at = self._at if self._at is not None and box.contains(self._at) else box.center()
        if event.key() in ARROWS:
            step = 1.0 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else STEP
            there = at + ARROWS[Qt.Key(event.key())] * step
            if box.contains(there):
                self.read_at(there)
            return True
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(at)
            return True
        return False

    # Qt

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Leave, QEvent.Type.FocusOut):
            self.hide()
        elif watched is self._canvas and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._press(event)
        return super().eventFilter(watched, event)
