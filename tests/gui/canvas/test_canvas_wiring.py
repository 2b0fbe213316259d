"""Wires whose ends are led elsewhere, the label with its dimensions, and ports that answer to a dragged wire."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtTest import QTest

from engine.graph import Edge
from engine.layers.ends import Input
from engine.layers.merging import Add
from gui.canvas.pictures import Pictures
from gui.canvas.shape_names import dimension_names, explain_shape

WIRE = Edge(source="dense_1", target="dense_2")


def box(view, node_id):
    return view.canvas_scene.node_item(node_id).box


def end_of(view, edge: Edge, share: float) -> QPointF:
    return view.canvas_scene.edge_item(edge).path.pointAtPercent(share)


@pytest.fixture
def add(document) -> str:
    node_id = document.add_node(Add(), (528, 200), connect_from="input_1")
    document.undo_stack.clear()
    return node_id


def test_the_end_of_a_wire_is_led_to_another_port_in_one_step(view, document, mouse, add) -> None:
    before = document.design
    mouse.drag(end_of(view, WIRE, 0.75), box(view, add).input(1))
    moved = Edge(source="dense_1", target=add, port=1)
    assert moved in document.graph.edges
    assert WIRE not in document.graph.edges
    assert view.canvas_scene.selected_edges() == [moved]
    after = document.design
    assert document.undo_stack.count() == 1
    document.undo_stack.undo()
    assert document.design == before
    document.undo_stack.redo()
    assert document.design == after


def test_the_beginning_of_a_wire_is_led_to_another_node(view, document, mouse) -> None:
    mouse.drag(end_of(view, WIRE, 0.25), box(view, "input_1").rect.center() + QPointF(10, 20))
    assert document.graph.incoming("dense_2") == [Edge(source="input_1", target="dense_2")]
    assert document.undo_stack.count() == 1


def test_a_wire_led_to_an_occupied_port_replaces_the_one_there(view, document, mouse, add) -> None:
    mouse.drag(end_of(view, WIRE, 0.75), box(view, add).input(0))
    assert document.graph.incoming(add) == [Edge(source="dense_1", target=add)]
    assert document.undo_stack.count() == 1


@pytest.mark.parametrize("ending", ["escape", "nothing", "refused", "itself"])
def test_a_wire_stays_when_its_end_is_not_led_anywhere(view, document, mouse, ending) -> None:
    before, items = document.design, len(view.scene().items())
    mouse.press(end_of(view, WIRE, 0.75))
    mouse.move(end_of(view, WIRE, 0.75) + QPointF(0, 40))
    assert view.canvas_scene.edge_item(WIRE)._faded
    place = {
        "escape": QPointF(600, 300),
        "nothing": QPointF(600, 300),
        "refused": box(view, "input_1").rect.center() + QPointF(0, 10),
        "itself": box(view, "dense_2").rect.center() + QPointF(0, 20),
    }[ending]
    mouse.move(place)
    if ending == "refused":
        assert "takes no input" in view._hint.text()
        assert view.canvas_scene.node_item("input_1").port_state == "refused"
    if ending == "escape":
        QTest.keyClick(view, Qt.Key.Key_Escape)
    mouse.release(place)
    assert document.design == before
    assert document.undo_stack.count() == 0
    assert not view.canvas_scene.edge_item(WIRE)._faded
    assert len(view.scene().items()) == items
    assert {item.port_state for item in view.canvas_scene.node_items().values()} == {"normal"}


def test_a_press_on_a_wire_only_selects_it(view, document, mouse) -> None:
    mouse.press(end_of(view, WIRE, 0.75))
    mouse.move(end_of(view, WIRE, 0.75) + QPointF(1, 1))
    mouse.release(end_of(view, WIRE, 0.75))
    assert view.canvas_scene.selected_edges() == [WIRE]
    assert document.undo_stack.count() == 0


def test_a_cycle_and_shapes_that_do_not_fit_are_told_at_the_pointer(view, mouse, add) -> None:
    mouse.press(end_of(view, Edge(source="input_1", target="dense_1"), 0.25))
    mouse.move(box(view, "dense_2").rect.center() + QPointF(0, 20))
    assert "close a cycle" in view._hint.text()
    view.cancel_gesture()
    mouse.press(end_of(view, WIRE, 0.75))
    mouse.move(end_of(view, WIRE, 0.75) + QPointF(0, 20))
    mouse.move(box(view, add).input(1))
    assert "needs equal shapes but gets (2,) and (4,)" in view._hint.text()
    view.cancel_gesture()


def test_outputs_light_up_when_a_wire_is_dragged_backwards(view, mouse) -> None:
    mouse.press(box(view, "dense_2").input(0))
    states = {i: item.port_state for i, item in view.canvas_scene.node_items().items()}
    assert states == {
        "input_1": "open_output",
        "dense_1": "refused",  # already connected
        "dense_2": "normal",
        "output_1": "refused",
    }
    view.cancel_gesture()


def test_labels_name_the_dimensions(view, document) -> None:
    document.set_layer("input_1", Input(shape=(28, 28, 3)), "Set shape")
    item = view.canvas_scene.edge_item(Edge(source="input_1", target="dense_1"))
    assert item.label == "m × 28 × 28 × 3"
    assert item.label_fits
    assert item._short == "28×28×3", "there is no room for more between neighbours"
    assert "m × n_H × n_W × n_C: m examples of n_H rows" in item.toolTip()
    assert dimension_names((4,)) == (("n", ""),)
    assert dimension_names((1, 2, 3, 4)) == ()
    assert explain_shape((1, 2, 3, 4)) == ""
    item.setSelected(True)
    assert not view.grab().isNull()


def test_pictures_are_kept_and_made_anew_when_something_changes(application, view, monkeypatch) -> None:
    monkeypatch.setattr("gui.canvas.pictures.BUDGET", 9.0)
    monkeypatch.setattr("gui.canvas.pictures.FIRST_BUDGET", 9.0)
    monkeypatch.setattr("gui.canvas.pictures.CALM", 0.0)
    view.grab()
    pictures, painted = view.canvas_scene.pictures, []
    assert isinstance(pictures, Pictures)
    item = view.canvas_scene.node_item("dense_1")
    paint = item._paint_node
    item._paint_node = lambda *a: (painted.append(1), paint(*a))[1]
    view.grab()
    view.select(["dense_1"])
    view.grab()
    assert painted == [], "selecting draws over the picture"
    view.document.rename("dense_1", "other")
    view.grab()
    assert painted == [1]
    view.zoom_by(1.3)
    view.grab()
    assert painted == [1, 1]
    assert item.boundingRect().contains(QRectF(0, 0, 192, 80))


def test_without_time_pictures_of_another_size_are_shown_and_made_sharp_later(application, view, monkeypatch) -> None:
    application.processEvents()
    wanted: list[bool] = []
    monkeypatch.setattr("gui.canvas.pictures.BUDGET", -1.0)
    monkeypatch.setattr("gui.canvas.pictures.FIRST_BUDGET", -1.0)
    monkeypatch.setattr("gui.canvas.pictures.CALM", 0.0)
    view.canvas_scene.pictures.wanted.connect(lambda: wanted.append(True))
    view.canvas_scene.pictures.clear()
    view.zoom_by(1.1)
    view.viewport().repaint()
    assert view.canvas_scene.pictures._again.isActive()
    monkeypatch.setattr("gui.canvas.pictures.BUDGET", 1.0)
    monkeypatch.setattr("gui.canvas.pictures.FIRST_BUDGET", 1.0)
    QTest.qWait(60)
    assert wanted
    assert not view.canvas_scene.pictures._again.isActive()
