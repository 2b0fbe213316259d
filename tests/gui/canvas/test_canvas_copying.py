"""Cut, copy and paste, also between windows and with a text editor; and the diagram as a file."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import QMimeData, QPointF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtTest import QTest

from engine.design import Design
from engine.graph import Edge
from engine.layers.ends import Input
from gui.canvas import CanvasView
from gui.canvas.export import ExportError, diagram_bytes, export_diagram
from gui.document import Document
from gui.document.fragment import NODES_MIME_TYPE
from gui.theme import current_theme, set_theme

CTRL = Qt.KeyboardModifier.ControlModifier


def key(view, code, modifiers=CTRL):
    QTest.keyClick(view, code, modifiers)


def test_copied_nodes_are_pasted_beside_and_again_farther(view, document) -> None:
    view.select(["dense_1", "dense_2"])
    key(view, Qt.Key.Key_C)
    assert document.undo_stack.count() == 0
    key(view, Qt.Key.Key_V)
    assert view.selected_nodes() == ["dense_3", "dense_4"]
    assert Edge(source="dense_3", target="dense_4") in document.graph.edges
    assert document.node("dense_3").name == "hidden"
    assert document.node("dense_3").position == (296, 32)
    key(view, Qt.Key.Key_V)
    assert document.node("dense_5").position == (328, 64)
    assert document.undo_stack.count() == 2


def test_pasting_follows_the_pointer(view, document, mouse) -> None:
    view.select(["dense_1"])
    key(view, Qt.Key.Key_C)
    mouse.move(QPointF(400, 300))
    key(view, Qt.Key.Key_V)
    x, y = document.node("dense_3").position
    assert abs(x + 96 - 400) + abs(y + 40 - 300) <= 16
    key(view, Qt.Key.Key_V)
    assert document.node("dense_4").position == (x + 32, y + 32)


def test_cut_removes_and_paste_brings_back(view, document) -> None:
    before = document.design
    view.select(["dense_1"])
    key(view, Qt.Key.Key_X)
    assert not document.has_node("dense_1")
    key(view, Qt.Key.Key_V)
    assert document.node("dense_1").position == (264, 0)
    while document.undo_stack.canUndo():
        document.undo_stack.undo()
    assert document.design == before


def test_layers_go_through_plain_text_into_another_window(application, view, document) -> None:
    view.select(["dense_1", "dense_2"])
    key(view, Qt.Key.Key_C)
    data = QGuiApplication.clipboard().mimeData()
    assert data.hasFormat(NODES_MIME_TYPE)
    text = data.text()
    assert len(json.loads(text)["nodes"]) == 2
    plain = QMimeData()
    plain.setText(text.replace('"hidden"', '"edited by hand"'))
    QGuiApplication.clipboard().setMimeData(plain)
    other = CanvasView(Document(Design()))
    other.resize(800, 500)
    other.show()
    key(other, Qt.Key.Key_V)
    assert other.document.node("dense_1").name == "edited by hand"
    assert other.document.graph.edges == (Edge(source="dense_1", target="dense_2"),)
    assert other.sees(other.canvas_scene.node_item("dense_1").box.rect)
    other.close()
    other.deleteLater()


@pytest.mark.parametrize("text", ["", "hello", '{"format": "netloom-nodes"', "\x00\ud7ff" * 50])
def test_pasting_garbage_says_so_and_changes_nothing(view, document, text) -> None:
    sentences: list[str] = []
    view.noticed.connect(sentences.append)
    data = QMimeData()
    data.setText(text)
    QGuiApplication.clipboard().setMimeData(data)
    key(view, Qt.Key.Key_V)
    assert len(sentences) == 1
    assert document.undo_stack.count() == 0
    assert document.graph.edges


def test_copying_nothing_keeps_the_clipboard(view) -> None:
    QGuiApplication.clipboard().setText("kept")
    view.select([])
    key(view, Qt.Key.Key_C)
    key(view, Qt.Key.Key_X)
    assert QGuiApplication.clipboard().text() == "kept"


def picture(data: bytes) -> QImage:
    return QImage.fromData(data)


def test_a_png_shows_everything_in_the_light_theme(view, document, tmp_path) -> None:
    document.move({"output_1": (3000, 900)})
    name = current_theme().name
    plain = diagram_bytes(view.canvas_scene, ".png")
    try:
        set_theme("dark", remember=False)
        view.select_all()
        view.zoom_by(0.2)
        assert picture(diagram_bytes(view.canvas_scene, ".png")) == picture(plain)
    finally:
        set_theme(name, remember=False)  # type: ignore[arg-type]
    image = picture(plain)
    assert image.width() > 2 * 3000
    assert image.pixelColor(2, 2).name() == "#ffffff"
    clear = picture(diagram_bytes(view.canvas_scene, ".png", transparent=True))
    assert clear.pixelColor(2, 2).alpha() == 0
    export_diagram(view.canvas_scene, tmp_path / "a.PNG")
    assert (tmp_path / "a.PNG").read_bytes()[:4] == b"\x89PNG"


def test_an_svg_holds_the_text_and_no_pixels(view, document) -> None:
    document.set_layer("input_1", Input(shape=(4, 4, 3)), "Set shape")
    data = diagram_bytes(view.canvas_scene, ".svg")
    text = data.decode()
    assert ">hidden<" in text
    assert "<image" not in text
    renderer = QSvgRenderer(data)
    assert renderer.isValid()
    assert abs(renderer.viewBox().width() - (792 + 192 + 48)) < 4


def test_a_pdf_has_one_page_of_the_size_of_the_diagram(view, document) -> None:
    data = diagram_bytes(view.canvas_scene, ".pdf")
    assert data.startswith(b"%PDF")
    assert data.count(b"/Type /Page\n") == 1
    document.move({"output_1": (90_000, 0)})
    assert diagram_bytes(view.canvas_scene, ".pdf").startswith(b"%PDF")


def test_exporting_nothing_or_into_nowhere_is_told(view, document, tmp_path) -> None:
    with pytest.raises(ExportError, match="cannot be written as"):
        export_diagram(view.canvas_scene, tmp_path / "a.gif")
    with pytest.raises(ExportError, match="could not be written to"):
        export_diagram(view.canvas_scene, tmp_path / "no" / "where.svg")
    document.replace_design(Design())
    with pytest.raises(ExportError, match="empty"):
        export_diagram(view.canvas_scene, tmp_path / "a.svg")
    assert view.render_image(QSize(20, 20)).size() == QSize(20, 20)
