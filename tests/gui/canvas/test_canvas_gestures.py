"""Editing with the mouse: every gesture from press to release, its one undo step, and Esc."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from engine.graph import Edge
from engine.layers.merging import Add

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def box(view, node_id):
    return view.canvas_scene.node_item(node_id).box


def body(view, node_id):
    return box(view, node_id).rect.center() + QPointF(20, 20)


def key(view, code, modifiers=Qt.KeyboardModifier.NoModifier):
    QTest.keyClick(view, code, modifiers)


def steps(document):
    return document.undo_stack.count()


def test_a_layer_dropped_on_empty_canvas_stands_where_it_was_dropped(view, document, mouse) -> None:
    mouse.drop("dropout", QPointF(300, 250))
    node = document.graph.nodes[-1]
    assert (node.id, node.position) == ("dropout_1", (208, 208))
    assert view.selected_nodes() == ["dropout_1"]
    assert len(document.graph.edges) == 3
    document.undo_stack.undo()
    assert "dropout_1" not in view.canvas_scene.node_items()


def test_a_layer_dropped_on_a_wire_goes_into_it_and_the_rest_makes_room(view, document, mouse) -> None:
    middle = (box(view, "dense_1").output + box(view, "dense_2").input(0)) / 2
    mouse.drop("dropout", middle + QPointF(0, 10))
    assert Edge(source="dense_1", target="dropout_1") in document.graph.edges
    assert Edge(source="dropout_1", target="dense_2") in document.graph.edges
    assert document.node("dropout_1").position == (528, 0)
    assert document.node("dense_2").position == (792, 0)
    assert document.node("output_1").position == (1056, 0)
    assert not document.plan.problems
    assert steps(document) == 1


def test_while_a_layer_is_dragged_the_wire_it_would_go_into_is_marked(view, mouse) -> None:
    mouse.carry("dropout", (box(view, "dense_1").output + box(view, "dense_2").input(0)) / 2)
    item = view.canvas_scene.edge_item(Edge(source="dense_1", target="dense_2"))
    assert item._marked
    assert view._hint.text() == "Insert between hidden and dense_2"
    mouse.carry("dropout", QPointF(300, 300))
    assert not item._marked
    assert view._hint.isHidden()


def test_a_drag_that_carries_something_unknown_is_refused(view, document, mouse) -> None:
    mouse.drop("no_such_layer", QPointF(300, 250))
    assert steps(document) == 0


def test_a_wire_is_dragged_from_port_to_port(view, document, mouse) -> None:
    add = document.add_node(Add(), (528, 160))
    mouse.drag(box(view, "dense_1").output, box(view, add).input(0))
    mouse.drag(box(view, "input_1").output, box(view, add).input(1))
    assert [edge.source for edge in document.graph.incoming(add)] == ["dense_1", "input_1"]
    assert steps(document) == 3
    assert view.gesture is None


def test_a_wire_may_end_on_the_body_of_a_node_and_replaces_the_old_one(view, document, mouse) -> None:
    mouse.drag(box(view, "input_1").output, body(view, "dense_2"))
    assert document.graph.incoming("dense_2") == [Edge(source="input_1", target="dense_2")]
    assert steps(document) == 1
    document.undo_stack.undo()
    assert document.graph.incoming("dense_2") == [Edge(source="dense_1", target="dense_2")]


def test_a_wire_may_be_dragged_backwards_from_an_input(view, document, mouse) -> None:
    mouse.drag(box(view, "dense_2").input(0), body(view, "input_1"))
    assert document.graph.incoming("dense_2") == [Edge(source="input_1", target="dense_2")]


def test_ports_light_up_and_a_refusal_is_said_at_the_pointer(view, document, mouse) -> None:
    items = view.canvas_scene.node_items()
    mouse.press(box(view, "dense_2").output)
    assert [items[i].port_state for i in ("input_1", "dense_1", "output_1")] == ["refused", "refused", "refused"]
    mouse.move(body(view, "dense_1"))
    assert "close a cycle" in view._hint.text()
    assert view._hint.isVisible()
    mouse.release(body(view, "dense_1"))
    assert steps(document) == 0
    assert view._hint.isHidden()
    assert {item.port_state for item in items.values()} == {"normal"}


def test_shapes_that_do_not_fit_are_said_before_the_wire_is_let_go(view, document, mouse) -> None:
    add = document.add_node(Add(), (528, 160), connect_from="input_1")
    mouse.press(box(view, "dense_1").output)
    mouse.move(body(view, add))
    assert view.canvas_scene.node_item(add).port_state == "target"
    assert "equal shapes" in view._hint.text()
    mouse.release(body(view, add))
    assert len(document.graph.incoming(add)) == 2


def test_a_wire_dropped_on_empty_canvas_is_given_up_with_esc(view, document, mouse) -> None:
    items = len(view.scene().items())
    mouse.drag(box(view, "dense_1").output, QPointF(400, 300))
    QTest.keyClick(view.finder.menu.search, Qt.Key.Key_Escape)
    assert view.finder.menu is None
    assert steps(document) == 0
    assert len(view.scene().items()) == items


def test_a_click_on_a_port_opens_nothing(view, document, mouse) -> None:
    mouse.click(box(view, "dense_1").output)
    assert view.finder.menu is None
    assert steps(document) == 0


def test_clicks_select_and_modifiers_add_and_remove(view, mouse) -> None:
    heard: list[list[str]] = []
    view.selection_changed.connect(heard.append)
    mouse.click(body(view, "dense_1"))
    mouse.click(body(view, "dense_2"), CTRL)
    mouse.click(body(view, "output_1"), SHIFT)
    mouse.click(body(view, "dense_1"), CTRL)
    mouse.click(body(view, "dense_2"))
    mouse.click(QPointF(300, 300))
    assert heard == [
        ["dense_1"],
        ["dense_1", "dense_2"],
        ["dense_1", "dense_2", "output_1"],
        ["dense_2", "output_1"],
        ["dense_2"],
        [],
    ]


def test_a_wire_is_selected_by_a_click_and_deleted(view, document, mouse) -> None:
    edge = Edge(source="dense_1", target="dense_2")
    mouse.click(view.canvas_scene.edge_item(edge).path.pointAtPercent(0.5) + QPointF(0, 4))
    assert view.canvas_scene.selected_edges() == [edge]
    key(view, Qt.Key.Key_Delete)
    assert edge not in document.graph.edges
    document.undo_stack.undo()
    assert document.graph.edges[1] == edge


def test_a_rubber_band_selects_what_it_touches(view, mouse) -> None:
    mouse.drag(QPointF(240, -60), QPointF(600, 60))
    assert view.selected_nodes() == ["dense_1", "dense_2"]
    assert view.canvas_scene.selected_edges() == [Edge(source="dense_1", target="dense_2")]
    mouse.drag(QPointF(780, -60), QPointF(860, 60), CTRL)
    assert view.selected_nodes() == ["dense_1", "dense_2", "output_1"]


def test_selected_nodes_move_together_on_the_grid_in_one_step(view, document, mouse) -> None:
    mouse.click(body(view, "dense_1"))
    mouse.click(body(view, "dense_2"), CTRL)
    mouse.drag(body(view, "dense_1"), body(view, "dense_1") + QPointF(37, 101))
    assert document.node("dense_1").position == (304, 104)
    assert document.node("dense_2").position == (568, 104)
    assert steps(document) == 1
    mouse.drag(body(view, "dense_1"), body(view, "dense_1") + QPointF(16, 0))
    assert steps(document) == 2
    document.undo_stack.undo()
    document.undo_stack.undo()
    assert box(view, "dense_1").x == 264


def test_a_node_off_the_grid_stays_in_its_row(view, document, mouse) -> None:
    document.move({"dense_1": (264, 3)})
    mouse.drag(body(view, "dense_1"), body(view, "dense_1") + QPointF(42, 2))
    assert document.node("dense_1").position == (304, 3)


def test_wires_follow_while_a_node_is_dragged_and_the_document_waits(view, document, mouse) -> None:
    edge = view.canvas_scene.edge_item(Edge(source="dense_1", target="dense_2"))
    mouse.press(body(view, "dense_2"))
    mouse.move(body(view, "dense_2") + QPointF(0, 80))
    assert box(view, "dense_2").y == 80
    assert edge.path.currentPosition() == box(view, "dense_2").input(0)
    assert document.node("dense_2").position == (528, 0)


@pytest.mark.parametrize("gesture", ["move", "wire", "band", "pan"])
def test_esc_cancels_any_gesture(view, document, mouse, gesture) -> None:
    before, items = document.design, len(view.scene().items())
    start = {
        "move": body(view, "dense_1"),
        "wire": box(view, "dense_1").output,
        "band": QPointF(100, 200),
        "pan": QPointF(100, 200),
    }[gesture]
    button = Qt.MouseButton.MiddleButton if gesture == "pan" else Qt.MouseButton.LeftButton
    mouse.press(start, button=button)
    mouse.move(start + QPointF(80, 40), button=button)
    assert view.gesture is not None
    key(view, Qt.Key.Key_Escape)
    assert view.gesture is None
    mouse.release(start + QPointF(80, 40), button=button)
    assert document.design == before
    assert box(view, "dense_1").x == 264
    assert len(view.scene().items()) == items


def test_an_edit_from_elsewhere_cancels_the_gesture(view, document, mouse) -> None:
    mouse.press(body(view, "dense_1"))
    mouse.move(body(view, "dense_1") + QPointF(80, 40))
    document.remove(["dense_1"])
    assert view.gesture is None
    mouse.release(QPointF(300, 300))
    assert steps(document) == 1


def test_the_middle_button_and_space_pan(view, mouse) -> None:
    taps: list[bool] = []
    view.space_tapped.connect(lambda: taps.append(True))
    before = view.mapFromScene(QPointF(0, 0))
    mouse.drag(QPointF(300, 200), QPointF(360, 240), button=Qt.MouseButton.MiddleButton)
    middle = view.mapFromScene(QPointF(0, 0))
    assert middle.x() > before.x()
    QTest.keyPress(view, Qt.Key.Key_Space)
    mouse.drag(body(view, "dense_1"), body(view, "dense_1") + QPointF(40, 0))
    QTest.keyRelease(view, Qt.Key.Key_Space)
    assert view.mapFromScene(QPointF(0, 0)).x() > middle.x()
    assert view.document.node("dense_1").position == (264, 0)
    assert taps == []
    key(view, Qt.Key.Key_Space)
    assert taps == [True]
