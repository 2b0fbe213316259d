"""A small design on a shown canvas, and a mouse that really presses, moves and releases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.design import Design
from engine.graph import Edge, GraphSpec, Node
from engine.layers.dense import Dense
from engine.layers.ends import Input, Output
from gui.canvas import CanvasView
from gui.document import Document
from gui.document.appearance import LAYER_MIME_TYPE

NONE = Qt.KeyboardModifier.NoModifier
LEFT = Qt.MouseButton.LeftButton


class Mouse:
    """Real Qt events at points of the scene."""

    def __init__(self, view: CanvasView) -> None:
        self.view = view
        self.area = view.viewport()
        self._data: QMimeData | None = None

    def place(self, at: QPointF) -> QPoint:
        point = self.view.mapFromScene(at)
        assert self.area.rect().contains(point), f"{at} is not to be seen"
        return point

    def press(self, at: QPointF, modifiers=NONE, button=LEFT) -> None:
        QTest.mousePress(self.area, button, modifiers, self.place(at))

    def move(self, at: QPointF, modifiers=NONE, button=LEFT) -> None:
        point = self.view.mapFromScene(at)
        place = QPointF(point)
        everywhere = QPointF(self.area.mapToGlobal(point))
        event = QMouseEvent(QEvent.Type.MouseMove, place, everywhere, Qt.MouseButton.NoButton, button, modifiers)
        QApplication.sendEvent(self.area, event)

    def release(self, at: QPointF, modifiers=NONE, button=LEFT) -> None:
        QTest.mouseRelease(self.area, button, modifiers, self.view.mapFromScene(at))

    def click(self, at: QPointF, modifiers=NONE) -> None:
        QTest.mouseClick(self.area, LEFT, modifiers, self.place(at))

    def drag(self, start: QPointF, end: QPointF, modifiers=NONE, button=LEFT) -> None:
        self.press(start, modifiers, button)
        for step in range(1, 6):
            self.move(start + (end - start) * (step / 5), modifiers, button)
        self.release(end, modifiers, button)

    def carry(self, kind: str, at: QPointF) -> None:
        """Drag a layer from the palette to here."""
        data = QMimeData()
        data.setData(LAYER_MIME_TYPE, kind.encode())
        point, copy = self.place(at), Qt.DropAction.CopyAction
        self._send(QDragEnterEvent(point, copy, data, LEFT, NONE))
        self._send(QDragMoveEvent(point, copy, data, LEFT, NONE))
        self._data = data

    def leave(self) -> None:
        """End a drag without dropping; Qt remembers the widget under it otherwise."""
        if self._data is not None:
            self._send(QDragLeaveEvent())
            self._data = None

    def drop(self, kind: str, at: QPointF) -> None:
        """Drag a layer from the palette to here and let it go."""
        self.carry(kind, at)
        self._send(QDropEvent(QPointF(self.place(at)), Qt.DropAction.CopyAction, self._data, LEFT, NONE))
        self._data = None

    def _send(self, event: QEvent) -> None:
        QApplication.sendEvent(self.area, event)


def design() -> Design:
    nodes = (
        Node(id="input_1", layer=Input()),
        Node(id="dense_1", layer=Dense(units=4), name="hidden", position=(264, 0)),
        Node(id="dense_2", layer=Dense(units=1), position=(528, 0)),
        Node(id="output_1", layer=Output(), position=(792, 0)),
    )
    edges = (
        Edge(source="input_1", target="dense_1"),
        Edge(source="dense_1", target="dense_2"),
        Edge(source="dense_2", target="output_1"),
    )
    return Design(graph=GraphSpec(nodes=nodes, edges=edges))


@pytest.fixture
def document() -> Document:
    return Document(design())


@pytest.fixture
def view(application: QApplication, document: Document) -> Iterator[CanvasView]:
    canvas = CanvasView(document)
    canvas.resize(1300, 700)
    canvas.show()
    canvas.setFocus()
    application.processEvents()
    canvas.reset_zoom()
    canvas.centerOn(492, 100)
    yield canvas
    canvas.close()
    canvas.deleteLater()


@pytest.fixture
def mouse(view: CanvasView) -> Iterator[Mouse]:
    hand = Mouse(view)
    yield hand
    hand.leave()
