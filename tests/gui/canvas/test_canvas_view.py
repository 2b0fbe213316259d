"""Keys, zoom, appending, renaming, and that the picture mirrors the document."""

from __future__ import annotations

import random

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QContextMenuEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.design import Design
from engine.graph import Edge, GraphSpec, Node
from engine.layers.dense import Dense
from engine.layers.dropout import Dropout
from engine.layers.ends import Input
from engine.layers.merging import Add
from gui.canvas import CanvasView
from gui.document import Document
from gui.theme import current_theme, set_theme

CTRL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier


def key(view, code, modifiers=Qt.KeyboardModifier.NoModifier):
    QTest.keyClick(view, code, modifiers)


def assert_mirrors(view: CanvasView, document: Document) -> None:
    """Every node and edge has exactly one item, in the right place and with the right text."""
    scene = view.canvas_scene
    assert list(scene.node_items()) == [node.id for node in document.graph.nodes]
    assert set(scene.edge_items()) == set(document.graph.edges)
    for node in document.graph.nodes:
        item = scene.node_item(node.id)
        assert (item.box.x, item.box.y) == node.position
        assert item.look.title == node.title
        assert bool(item.look.problem) == bool(document.plan.problems_of(node.id))
    for edge in document.graph.edges:
        path = scene.edge_item(edge).path
        assert path.pointAtPercent(0) == scene.node_item(edge.source).box.output
        assert path.currentPosition() == scene.node_item(edge.target).box.input(edge.port)


def test_arrow_keys_move_the_selection_in_one_step(view, document) -> None:
    view.select(["dense_1"])
    for _ in range(3):
        key(view, Qt.Key.Key_Right)
    key(view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert document.node("dense_1").position == (288, 40)
    assert document.undo_stack.count() == 1


def test_arrow_keys_walk_along_the_wires(view) -> None:
    view.select([])
    key(view, Qt.Key.Key_Right)
    assert view.selected_nodes() == ["input_1"]
    key(view, Qt.Key.Key_Right, ALT)
    key(view, Qt.Key.Key_Right, ALT)
    assert view.selected_nodes() == ["dense_2"]
    key(view, Qt.Key.Key_Left, ALT)
    assert view.selected_nodes() == ["dense_1"]
    key(view, Qt.Key.Key_Down, ALT)
    assert view.selected_nodes() == ["dense_2"]


def test_everything_is_selected_deleted_and_comes_back(view, document) -> None:
    before = document.design
    key(view, Qt.Key.Key_A, CTRL)
    assert len(view.selected_nodes()) == 4
    assert len(view.canvas_scene.selected_edges()) == 3
    key(view, Qt.Key.Key_Backspace)
    assert document.graph == GraphSpec()
    assert view.scene().items() == []
    document.undo_stack.undo()
    assert document.design == before
    assert_mirrors(view, document)


def test_the_selection_is_duplicated_with_its_wires(view, document) -> None:
    view.select(["dense_1", "dense_2"])
    key(view, Qt.Key.Key_D, CTRL)
    assert view.selected_nodes() == ["dense_3", "dense_4"]
    assert Edge(source="dense_3", target="dense_4") in document.graph.edges


def test_the_wheel_zooms_to_the_pointer(view) -> None:
    at = QPointF(200, 150)
    under = view.mapToScene(at.toPoint())
    for turn in (120, 120, -120, 120):
        everywhere = QPointF(view.viewport().mapToGlobal(at.toPoint()))
        event = QWheelEvent(
            at, everywhere, QPoint(), QPoint(0, turn), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(view.viewport(), event)
    assert view.zoom == pytest.approx(1.44)
    moved = view.mapFromScene(under) - at.toPoint()
    assert moved.manhattanLength() <= 3


def test_zoom_has_limits_and_fit_shows_everything(view, document) -> None:
    for _ in range(40):
        view.zoom_in()
    assert view.zoom == pytest.approx(4)
    for _ in range(80):
        view.zoom_out()
    assert view.zoom == pytest.approx(0.1)
    document.move({"output_1": (3000, 2000)})
    key(view, Qt.Key.Key_0, CTRL)
    area = view.mapToScene(view.viewport().rect()).boundingRect()
    assert area.contains(view.content_rect())
    key(view, Qt.Key.Key_1, CTRL)
    assert view.zoom == pytest.approx(1)


def test_a_layer_is_appended_behind_the_selected_node(view, document) -> None:
    view.select(["dense_1"])
    first = view.append_layer("dropout")
    second = view.append_layer("activation")
    sources = {edge.target: edge.source for edge in document.graph.edges}
    assert (sources[first], sources[second], sources["dense_2"]) == ("dense_1", first, second)
    assert document.undo_stack.count() == 2
    assert not document.plan.problems
    rects = [box.rect for box in view.canvas_scene.boxes()]
    assert not any(a.intersects(b) for i, a in enumerate(rects) for b in rects[:i])


def test_with_nothing_selected_a_layer_goes_before_the_output(view, document) -> None:
    node_id = view.append_layer("dropout")
    assert Edge(source=node_id, target="output_1") in document.graph.edges


def test_a_network_is_built_from_nothing_by_appending(application) -> None:
    document = Document(Design())
    view = CanvasView(document)
    for kind in ("input", "dense", "dropout", "dense", "output"):
        view.append_layer(kind)
    assert [edge.source for edge in document.graph.edges] == ["input_1", "dense_1", "dropout_1", "dense_2"]
    assert [problem for problem in document.plan.problems if "units" not in problem.message][1:] == []
    view.append_layer("input")
    rects = [box.rect for box in view.canvas_scene.boxes()]
    assert not any(a.intersects(b) for i, a in enumerate(rects) for b in rects[:i])
    view.deleteLater()


def test_a_node_is_renamed_in_place(view, document, mouse) -> None:
    view.select(["dense_1"])
    key(view, Qt.Key.Key_F2)
    editor = view._editor
    assert editor is not None
    QTest.keyClicks(editor, "first")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert document.node("dense_1").name == "first"
    assert view.hasFocus()
    view.rename_selected()
    QTest.keyClicks(view._editor, "other")
    QTest.keyClick(view._editor, Qt.Key.Key_Escape)
    assert document.node("dense_1").name == "first"
    view.rename_selected()
    QTest.keyClicks(view._editor, "x" * 300)
    mouse.click(QPointF(300, 300))
    assert document.node("dense_1").name == "x" * 200
    assert document.undo_stack.count() == 2


def test_the_menu_freezes_and_offers_only_what_is_possible(view, document) -> None:
    view.select([])
    texts = [action.text().split("\t")[0] for action in view.context_menu().actions() if action.text()]
    assert "Add layer…" in texts
    assert "Rename" not in texts
    view.select(["dense_1"])
    freeze = next(action for action in view.context_menu().actions() if "reeze" in action.text())
    freeze.trigger()
    assert document.node("dense_1").frozen
    assert view.canvas_scene.node_item("dense_1").look.frozen
    at = view.mapFromScene(view.canvas_scene.node_item("output_1").box.rect.center())
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, view.viewport().mapToGlobal(at))
    QApplication.sendEvent(view.viewport(), event)
    assert view.selected_nodes() == ["output_1"]
    menu = QApplication.activePopupWidget()
    assert menu is not None
    menu.close()


def test_nodes_show_shape_count_and_problem(view, document) -> None:
    look = view.canvas_scene.node_item("dense_1").look
    assert (look.title, look.detail, look.shape, look.parameters) == (
        "hidden", "4 units, Linear", "m × 4", "12 parameters",
    )  # fmt: skip
    assert view.canvas_scene.edge_item(Edge(source="dense_1", target="dense_2")).label == "m × 4"
    document.set_layer("input_1", Input(shape=(4, 4)), "Set shape")
    look = view.canvas_scene.node_item("dense_1").look
    assert look.severity == "error"
    assert look.problem.startswith("Needs a flat input but gets (4, 4).")
    assert "Dense 'hidden' needs a flat input" in view.canvas_scene.node_item("dense_1").toolTip()
    document.undo_stack.undo()
    assert view.canvas_scene.node_item("dense_1").look.problem == ""


def test_a_shape_label_hides_where_it_would_be_cut(view, document) -> None:
    item = view.canvas_scene.edge_item(Edge(source="dense_1", target="dense_2"))
    assert item.label_fits
    document.move({"dense_2": (472, 40)})
    assert not item.label_fits
    document.move({"dense_2": (472, 200)})
    assert item.label_fits
    document.move({"dense_2": (0, 200)})
    assert item.label_fits


def test_unknown_layers_are_shown_with_their_reason(view, document) -> None:
    node = Node.model_validate({"id": "u", "layer": {"kind": "from_the_future"}})
    document.replace_design(Design(graph=GraphSpec(nodes=(node,))))
    look = view.canvas_scene.node_item("u").look
    assert look.unknown
    assert look.detail == "from_the_future"
    assert "Cannot be used" in look.problem
    assert not view.grab().isNull()


def test_the_picture_mirrors_the_document_through_random_edits_and_undo(view, document) -> None:
    chance = random.Random(3)
    for _ in range(60):
        ids = [node.id for node in document.graph.nodes]
        source, target = chance.choice(ids), chance.choice(ids)
        action = chance.randrange(6)
        if action == 0 or len(ids) < 3:
            document.add_node(chance.choice([Dense, Dropout, Add])(), (chance.randrange(900), 160), source)
        elif action == 1 and not document.why_not_connect(source, target):
            document.connect(source, target)
        elif action == 2 and len(ids) > 3:
            document.remove([source])
        elif action == 3 and document.graph.edges:
            document.disconnect(chance.choice(document.graph.edges))
        elif action == 4:
            document.rename(source, f"name {chance.random()}")
        else:
            document.undo_stack.undo()
        assert_mirrors(view, document)
    while document.undo_stack.canUndo():
        document.undo_stack.undo()
        assert_mirrors(view, document)


def test_colours_follow_the_theme(view) -> None:
    before = current_theme().name
    try:
        pictures = []
        for name in ("light", "dark"):
            set_theme(name, remember=False)
            image = view.render_image(QSize(320, 180))
            assert image.pixelColor(2, 2).name() == current_theme().canvas
            pictures.append(image)
        assert pictures[0] != pictures[1]
    finally:
        set_theme(before, remember=False)


def test_a_thumbnail_shows_no_selection_and_keeps_it(view, document) -> None:
    plain = view.render_image(QSize(320, 180))
    heard: list[list[str]] = []
    view.select(["dense_1"])
    view.selection_changed.connect(heard.append)
    assert view.render_image(QSize(320, 180)) == plain
    assert view.selected_nodes() == ["dense_1"]
    assert heard == []
    assert not Document().graph.nodes
    document.replace_design(Design())
    assert view.render_image(QSize(10, 10)).size() == QSize(10, 10)


def test_a_node_is_shown_when_asked_for(view, document) -> None:
    document.move({"output_1": (5000, 4000)})
    view.show_node("output_1")
    assert view.selected_nodes() == ["output_1"]
    assert "Output 'output_1'" in view.accessibleDescription()
    area = view.mapToScene(view.viewport().rect()).boundingRect()
    assert area.contains(view.canvas_scene.node_item("output_1").box.rect)
    view.show_node("nobody")


def test_the_document_outlives_its_canvas(application) -> None:
    document = Document(Design(graph=GraphSpec(nodes=(Node(id="a", layer=Input()),))))
    view = CanvasView(document)
    view.deleteLater()
    del view
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    document.rename("a", "b")
    document.add_node(Dense(), (0, 0), "a")
    assert document.node("a").title == "b"


def test_another_design_may_come_in_the_middle_of_a_gesture(view, document, mouse) -> None:
    mouse.press(view.canvas_scene.node_item("dense_1").box.output)
    mouse.move(QPointF(500, 200))
    document.replace_design(Design(graph=GraphSpec(nodes=(Node(id="a", layer=Input()),))))
    assert view.gesture is None
    assert list(view.canvas_scene.node_items()) == ["a"]
    mouse.release(QPointF(500, 200))
    assert len(view.scene().items()) == 1
    assert_mirrors(view, document)
