"""A user at the whole window: keys through the window system, a mouse that presses and drags, patched file dialogs."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
pytest.importorskip("PySide6", reason="the window's tests need Qt")

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, QSettings, Qt
from PySide6.QtGui import QDrag, QDragEnterEvent, QDragMoveEvent, QDropEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox, QWidget

from engine.design import Design
from engine.templates import load_template
from gui.main_window import MainWindow

_spec = importlib.util.spec_from_file_location("gui_conftest", Path(__file__).parents[1] / "gui" / "conftest.py")
assert _spec is not None
assert _spec.loader is not None
_shared = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_shared)
application = _shared.application
_clean_qt = _shared._clean_qt

NONE = Qt.KeyboardModifier.NoModifier
CTRL = Qt.KeyboardModifier.ControlModifier
LEFT = Qt.MouseButton.LeftButton
COPY = Qt.DropAction.CopyAction


def wait(condition: Callable[[], object], seconds: float = 10.0, what: str = "") -> None:
    """Let the window live until something is so."""
    end = monotonic() + seconds
    while not condition():
        assert monotonic() < end, f"waited too long{': ' + what if what else ''}"
        QCoreApplication.processEvents()
        sleep(0.003)  # QTest.qWait would keep the interpreter lock from the other threads


def live(seconds: float) -> None:
    """Let the window live for a while."""
    end = monotonic() + seconds
    while monotonic() < end:
        QCoreApplication.processEvents()
        sleep(0.003)


class User:
    """Drives one window as a person would, and reads what it shows."""

    wait = staticmethod(wait)
    live = staticmethod(live)

    def __init__(self, window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
        self.window = window
        self.canvas = window.canvas
        self.document = window.document
        self._monkeypatch = monkeypatch
        self.costs: list[float] = []
        """Every cost that the session has told since it started or was opened."""
        window.session.progressed.connect(lambda progress: self.costs.extend(progress.costs.tolist()))
        window.session.started.connect(lambda started: self.costs.clear() if started.step == 0 else None)

    # Keys

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
        """Press a key; it goes where the focus is, and shortcuts see it first."""
        self.window.activateWindow()
        wait(self.window.isActiveWindow, what="the window has the focus")
        QTest.keyClick(self.window.windowHandle(), key, modifiers)

    def space(self) -> None:
        """Press Space on the canvas."""
        self.canvas.setFocus()
        self.key(Qt.Key.Key_Space)

    # Mouse on the canvas

    def place(self, at: QPointF) -> QPoint:
        point = self.canvas.mapFromScene(at)
        assert self.canvas.viewport().rect().contains(point), f"{at} is not to be seen"
        return point

    def drag(self, start: QPointF, end: QPointF) -> None:
        """Press at a point of the scene, move, and release at another."""
        area = self.canvas.viewport()
        a, b = self.place(start), self.place(end)
        QTest.mousePress(area, LEFT, NONE, a)
        for step in range(1, 6):
            point = QPointF(a) + (QPointF(b) - QPointF(a)) * (step / 5)
            everywhere = QPointF(area.mapToGlobal(point.toPoint()))
            event = QMouseEvent(QEvent.Type.MouseMove, point, everywhere, Qt.MouseButton.NoButton, LEFT, NONE)
            QApplication.sendEvent(area, event)
        QTest.mouseRelease(area, LEFT, NONE, b)

    def wire(self, source: str, target: str, port: int = 0) -> None:
        """Drag a wire from an output port to an input port."""
        scene = self.canvas.canvas_scene
        self.drag(scene.node_item(source).box.output, scene.node_item(target).box.input(port))

    def click_node(self, node_id: str) -> None:
        """Select a node by a click on its body."""
        middle = self.canvas.canvas_scene.node_item(node_id).box.rect.center()
        QTest.mouseClick(self.canvas.viewport(), LEFT, NONE, self.place(middle + QPointF(20, 20)))

    def drop(self, kind: str, at: QPoint) -> str:
        """Drag a layer from the palette and let it go at a point of the canvas's viewport; returns the node's id."""
        tree = self.window.palette_panel.tree
        item = next(item for item in tree.layer_items() if item.data(0, int(Qt.ItemDataRole.UserRole)) == kind)
        area, before = self.canvas.viewport(), {node.id for node in self.document.graph.nodes}
        assert area.rect().contains(at)

        def carry(drag: QDrag, *_: object) -> Qt.DropAction:  # a nested loop of the window system cannot run here
            QApplication.sendEvent(area, QDragEnterEvent(at, COPY, drag.mimeData(), LEFT, NONE))
            QApplication.sendEvent(area, QDragMoveEvent(at, COPY, drag.mimeData(), LEFT, NONE))
            QApplication.sendEvent(area, QDropEvent(QPointF(at), COPY, drag.mimeData(), LEFT, NONE))
            return COPY

        self._monkeypatch.setattr(QDrag, "exec", carry)
        tree.scrollToItem(item)
        rect = tree.visualItemRect(item)
        start = rect.center()
        QTest.mousePress(tree.viewport(), LEFT, NONE, start)
        for offset in (5, 40):
            point = QPointF(start + QPoint(offset, 2))
            everywhere = QPointF(tree.viewport().mapToGlobal(point.toPoint()))
            event = QMouseEvent(QEvent.Type.MouseMove, point, everywhere, Qt.MouseButton.NoButton, LEFT, NONE)
            QApplication.sendEvent(tree.viewport(), event)
        QTest.mouseRelease(tree.viewport(), LEFT, NONE, start + QPoint(40, 2))
        new = [node.id for node in self.document.graph.nodes if node.id not in before]
        assert len(new) == 1, "nothing was dropped"
        return new[0]

    # Forms and panels

    def show_tab(self, name: str) -> None:
        """Bring the dock with this panel to the front."""
        getattr(self.window.docks, name).raise_()
        QCoreApplication.processEvents()

    def type_number(self, row: Any, text: str) -> None:
        """Type into the box of a row of a form."""
        box = row.editor.box
        self._type(box, text)
        assert not row.problem.text(), row.problem.text()

    def type_text(self, row: Any, text: str) -> None:
        """Type into the line of a row of a form."""
        self._type(row.editor.line, text)

    def _type(self, widget: QWidget, text: str) -> None:
        self.window.activateWindow()
        widget.setFocus()
        QTest.keyClick(widget, Qt.Key.Key_A, CTRL)
        QTest.keyClicks(widget, text)
        QTest.keyClick(widget, Qt.Key.Key_Return)

    def choose(self, box: Any, text: str) -> None:
        """Choose an entry of a combo box by its keys."""
        index = box.findText(text)
        assert index >= 0, f"no entry '{text}'"
        box.setFocus()
        while box.currentIndex() != index:
            before = box.currentIndex()
            QTest.keyClick(box, Qt.Key.Key_Down if before < index else Qt.Key.Key_Up)
            assert box.currentIndex() != before

    def open_csv(self, path: Path) -> str:
        """Choose a CSV file with the button of the data panel, and load it; returns why it cannot be, or ""."""
        panel = self.window.data_panel
        self._monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_a, **_k: (str(path), ""))
        self.show_tab("data")
        QTest.mouseClick(panel.open_button, LEFT)
        wizard = self.window.window_actions.files.data.wizard
        assert wizard is not None, "the data wizard did not open"
        wait(lambda: wizard.examined is not None or wizard.error.isVisible(), what="the table is looked at")
        sentence = wizard.error.text()
        QTest.mouseClick(wizard.cancel_button if sentence else wizard.accept_button, LEFT)
        wait(lambda: not self.window.tasks.is_busy, what="the file is read")
        return sentence

    # Files

    def save(self, path: Path) -> None:
        """Ctrl+S; the dialog answers with the path. Returns when it is saved or has failed."""
        self._monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a, **_k: (str(path), ""))
        done: list[str] = []
        self.window.files.saved.connect(done.append)
        self.window.files.failed.connect(done.append)
        self.key(Qt.Key.Key_S, CTRL)
        wait(lambda: bool(done), what="the file is saved")

    def open(self, path: Path) -> None:
        """Ctrl+O; the dialog answers with the path. Returns when it is open or has failed."""
        self._monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_a, **_k: (str(path), ""))
        done: list[object] = []
        self.window.files.opened.connect(done.append)
        self.window.files.failed.connect(done.append)
        self.key(Qt.Key.Key_O, CTRL)
        wait(lambda: bool(done), what="the file is opened")

    def answer_questions(self, answer: QMessageBox.StandardButton) -> None:
        """What the user presses in every question from now on."""
        self._monkeypatch.setattr(QMessageBox, "question", lambda *_a, **_k: answer)

    # What is shown

    @property
    def step(self) -> int:
        return self.window.training_panel.clock.step

    @property
    def banner(self) -> str:
        """The sentence above the canvas; empty when there is none."""
        return self.window.banner.text.text() if self.window.banner.isVisible() else ""

    def accuracy(self, part: str = "dev") -> float:
        """The accuracy as the training panel shows it."""
        text = self.window.training_panel.figures.values[part][1].text()
        return float(text.replace("%", "").strip()) / 100

    def node_of_kind(self, kind: str) -> str:
        return next(node.id for node in self.document.graph.nodes if node.layer.kind == kind)


@pytest.fixture(autouse=True)
def _own_settings(tmp_path: Path) -> None:
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))


@pytest.fixture
def new_user(application: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., User]]:
    """Open windows; each is closed at the end."""
    windows: list[MainWindow] = []

    def make(design: Design | str | None = None, **training: Any) -> User:
        found = load_template(design) if isinstance(design, str) else design
        if found is not None and training:
            found = found.with_changes(training=found.training.replace(**training))
        window = MainWindow(found, remember=False)
        window.resize(1440, 900)
        window.show()
        windows.append(window)
        wait(lambda: window.loader.prepared is not None, what="the data is loaded")
        return User(window, monkeypatch)

    yield make
    for window in windows:
        window._closing = True
        window.close()
        window.deleteLater()
    live(0.05)  # the window's turn ends
