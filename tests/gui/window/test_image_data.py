"""Folders and zips of images: chosen in the menu, chosen in the data panel, dropped on the window."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest
from PIL import Image
from PySide6.QtCore import QCoreApplication, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from engine.layers.ends import Input
from engine.templates import load_template
from gui.main_window import MainWindow


def wait(condition, seconds=8.0):
    end = monotonic() + seconds
    while not condition():
        assert monotonic() < end, "waited too long"
        QCoreApplication.processEvents()
        sleep(0.005)


@pytest.fixture
def window(application) -> Iterator[MainWindow]:
    window = MainWindow(load_template("xor"), remember=False)
    window.show()
    wait(lambda: window.loader.prepared is not None)
    yield window
    window._closing = True
    window.close()
    window.deleteLater()
    QTest.qWait(30)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, color in (("cats", (200, 0, 0)), ("dogs", (0, 0, 200))):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for i in range(10):
            Image.new("RGB", (12, 10), color).save(tmp_path / "pets" / name / f"{i}.png")
    return tmp_path / "pets"


def source(window: MainWindow):
    return window.document.design.data.source


def drop(window: MainWindow, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    buttons, action, none = Qt.MouseButton.LeftButton, Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(50, 50), action, data, buttons, none)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(50, 50), action, data, buttons, none))


def test_a_folder_dropped_on_the_window_fits_the_design_in_one_undo_step(window, folder):
    before = window.document.design
    (folder / "cats" / "broken.jpg").write_bytes(b"")
    drop(window, folder)
    wait(lambda: source(window).kind == "images")
    first = next(node.layer for node in window.document.graph.nodes if isinstance(node.layer, Input))
    assert first.shape == (360,), "10 x 12 pixels in 3 channels, side by side for the Dense layer that follows"
    assert not window.document.plan.problems
    assert window.loader.prepared.target_of().class_names == ("cats", "dogs")
    assert "'cats/broken.jpg' (an empty file)" in window.data_panel.notices.text()
    assert window.data_panel.path.isVisible(), "the panel must show which folder it is"
    assert {"size", "fit", "color", "classes"} <= {field.name for field in type(source(window)).fields()}
    for name in ("size", "fit", "color"):
        assert window.data_panel.form.row(name).isVisible(), f"the policy '{name}' must be shown"
    window.actions_by_name["undo"].trigger()
    assert window.document.design == before
    wait(lambda: window.loader.prepared is not None)


def test_the_menu_and_the_panel_ask_for_a_folder(window, folder, monkeypatch):
    asked = []
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_a, **_k: asked.append(1) or str(folder))
    window.actions_by_name["open_images"].trigger()
    wait(lambda: source(window).kind == "images")
    box = window.data_panel.source_box
    for kind in ("idx", "cifar"):
        box.setCurrentIndex(box.findData(kind))
        box.activated.emit(box.currentIndex())
    assert len(asked) == 3, "these kinds read a folder: the panel must ask for it"
    wait(lambda: not window.loader.is_busy)
    assert source(window).path == str(folder)


def test_a_zip_of_images_is_data(window, folder):
    place = folder.parent / "pets.zip"
    with zipfile.ZipFile(place, "w") as archive:
        for file in folder.rglob("*.png"):
            archive.write(file, file.relative_to(folder.parent))
    drop(window, place)
    wait(lambda: source(window).kind == "images")
    assert window.loader.prepared.input_shape() == (10, 12, 3)


def test_a_folder_that_cannot_be_used_leaves_everything_as_it_is(window, folder):
    before = window.document.design
    drop(window, folder / "cats")
    wait(lambda: not window.loader.is_busy and window.data_panel.error.isVisible())
    assert "The classes of the images in 'cats' are not clear" in window.data_panel.error.text()
    assert window.document.design == before
    (folder / "empty").mkdir()
    drop(window, folder / "empty")
    assert "'empty' is a folder in which Netloom finds no data" in window.banner.text.text()
