"""Adding, replacing and connecting through the menu in which one types: with real keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from engine.graph import Edge
from engine.layer import Layer
from engine.layers.ends import Input
from engine.layers.merging import Add
from gui.canvas.find_menu import Entry, FindMenu

LEFT = Qt.MouseButton.LeftButton


def box(view, node_id):
    return view.canvas_scene.node_item(node_id).box


def key(widget, code, modifiers=Qt.KeyboardModifier.NoModifier):
    QTest.keyClick(widget, code, modifiers)


def choose(view, text: str) -> None:
    QTest.keyClicks(view.finder.menu.search, text)
    key(view.finder.menu.search, Qt.Key.Key_Return)


def double_click(view, at: QPointF) -> None:
    QTest.mouseDClick(view.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, view.mapFromScene(at))


def assert_one_step(document, before) -> None:
    after = document.design
    assert after != before
    assert document.undo_stack.count() == 1
    document.undo_stack.undo()
    assert document.design == before
    document.undo_stack.redo()
    assert document.design == after


def test_tab_adds_behind_the_selected_node(view, document) -> None:
    before = document.design
    view.select(["dense_1"])
    key(view, Qt.Key.Key_Tab)
    assert "after hidden" in view.finder.menu.search.placeholderText()
    assert len(view.finder.menu.keys()) == len([layer for layer in Layer.members() if layer.category])
    choose(view, "drop")
    assert view.selected_nodes() == ["dropout_1"]
    assert Edge(source="dense_1", target="dropout_1") in document.graph.edges
    assert_one_step(document, before)
    assert view.finder.menu is None
    assert view.hasFocus()


def test_tab_with_a_wire_selected_inserts_into_it(view, document) -> None:
    edge, before = document.graph.edges[1], document.design
    view.canvas_scene.select([], [edge])
    key(view, Qt.Key.Key_Tab)
    assert set(view.finder.menu.keys()).isdisjoint({"input", "output"})
    choose(view, "dropout")
    assert edge not in document.graph.edges
    assert_one_step(document, before)


def test_a_double_click_on_empty_canvas_adds_there(view, document) -> None:
    double_click(view, QPointF(300, 260))
    assert view.finder.menu is not None
    choose(view, "dense")
    x, y = document.node("dense_3").position
    assert abs(x + 96 - 300) <= 8
    assert abs(y + 40 - 260) <= 8
    assert len(document.graph.edges) == 3


def test_a_double_click_on_a_node_renames_and_on_a_wire_inserts(view, document) -> None:
    double_click(view, box(view, "dense_1").rect.center() + QPointF(30, 10))
    assert view.finder.menu is None
    assert view._editor is not None
    key(view._editor, Qt.Key.Key_Escape)
    double_click(view, view.canvas_scene.edge_item(document.graph.edges[1]).path.pointAtPercent(0.5))
    choose(view, "dropout")
    assert Edge(source="dense_1", target="dropout_1") in document.graph.edges


def test_esc_closes_the_menu_and_changes_nothing(view, document) -> None:
    key(view, Qt.Key.Key_Tab)
    QTest.keyClicks(view.finder.menu.search, "dense")
    key(view.finder.menu.search, Qt.Key.Key_Escape)
    assert view.finder.menu is None
    assert document.undo_stack.count() == 0


def test_a_wire_dropped_on_empty_canvas_offers_what_fits_and_is_wired_in_one_step(view, document, mouse) -> None:
    document.set_layer("input_1", Input(shape=(4, 4)), "Set shape")
    document.undo_stack.clear()
    before = document.design
    mouse.drag(box(view, "input_1").output, QPointF(300, 300))
    keys = view.finder.menu.keys()
    assert "dense" not in keys, "it needs a flat input"
    assert "input" not in keys
    assert "flatten" in keys
    choose(view, "flatten")
    assert Edge(source="input_1", target="flatten_1") in document.graph.edges
    port = box(view, "flatten_1").input(0)
    assert abs(port.x() - 300) <= 8
    assert abs(port.y() - 300) <= 8
    assert_one_step(document, before)


def test_a_wire_dropped_backwards_offers_what_may_come_before(view, document, mouse) -> None:
    before = document.design
    mouse.drag(box(view, "dense_2").input(0), QPointF(400, 300))
    keys = view.finder.menu.keys()
    assert "output" not in keys
    assert "dense" in keys
    choose(view, "dense")
    assert document.graph.incoming("dense_2") == [Edge(source="dense_3", target="dense_2")]
    assert_one_step(document, before)


def test_a_node_is_replaced_from_the_keyboard(view, document) -> None:
    before = document.design
    view.select(["dense_1"])
    key(view, Qt.Key.Key_R)
    kinds = view.finder.menu.keys()
    assert "dense" not in kinds
    choose(view, "dropout")
    assert document.node("dropout_1").name == "hidden"
    assert document.graph.edges[:2] == (
        Edge(source="input_1", target="dropout_1"),
        Edge(source="dropout_1", target="dense_2"),
    )
    assert view.selected_nodes() == ["dropout_1"]
    assert_one_step(document, before)


def test_nodes_are_connected_from_the_keyboard(view, document) -> None:
    document.add_node(Add(), (528, 200), connect_from="input_1")
    document.undo_stack.clear()
    before = document.design
    view.select(["dense_2"])
    key(view, Qt.Key.Key_W)
    menu = view.finder.menu
    assert menu.keys()[0] == "add_1", "what is possible comes first"
    assert "equal shapes" in menu.remark
    assert view.canvas_scene.node_item("add_1").port_state == "target"
    QTest.keyClicks(menu.search, "hidden")
    assert "close a cycle" in menu.remark
    key(menu.search, Qt.Key.Key_Return)
    assert view.finder.menu is menu, "what is refused cannot be chosen"
    menu.search.clear()
    choose(view, "add")
    assert Edge(source="dense_2", target="add_1", port=1) in document.graph.edges
    assert view.canvas_scene.node_item("add_1").port_state == "normal"
    assert_one_step(document, before)


def test_a_selected_wire_is_led_elsewhere_from_the_keyboard(view, document) -> None:
    document.add_node(Add(), (528, 200), connect_from="input_1")
    view.canvas_scene.select([], [Edge(source="dense_1", target="dense_2")])
    key(view, Qt.Key.Key_W)
    choose(view, "add")
    assert view.canvas_scene.selected_edges() == [Edge(source="dense_1", target="add_1", port=1)]
    assert document.graph.incoming("dense_2") == []


def test_a_node_is_found_by_name(view, document) -> None:
    document.move({"dense_1": (9000, 0)})
    key(view, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    choose(view, "hidd")
    assert view.selected_nodes() == ["dense_1"]
    assert view.sees(box(view, "dense_1").rect)


def test_undo_elsewhere_closes_the_menu(view, document) -> None:
    document.rename("dense_1", "x")
    view.select(["dense_1"])
    key(view, Qt.Key.Key_W)
    document.undo_stack.undo()
    assert view.finder.menu is None


@pytest.mark.parametrize("title", ["x" * 200, "a very long name " * 12])
def test_long_names_stay_inside_menu_box_and_hint(view, document, mouse, title) -> None:
    document.rename("dense_1", title)
    view.select(["dense_1"])
    key(view, Qt.Key.Key_W)
    assert view.finder.menu.width() == 332
    assert not view.finder.menu.grab().isNull()
    view.finder.close()
    mouse.press(box(view, "dense_2").output)
    mouse.move(box(view, "dense_1").rect.center())
    assert view._hint.isVisible()
    assert view._hint.width() < 360
    view.cancel_gesture()


def test_the_menu_walks_and_ranks(application) -> None:
    entries = [Entry("a", "Dense"), Entry("b", "Add", refused="no"), Entry("c", "Hidden dense"), Entry("d", "Addition")]
    menu = FindMenu(entries, "Choose", None)  # type: ignore[arg-type]
    heard: list[str] = []
    menu.entry_chosen.connect(heard.append)
    assert menu.keys() == ["a", "c", "d", "b"]
    key(menu, Qt.Key.Key_Up)
    assert menu.current == "b"
    key(menu, Qt.Key.Key_Down)
    assert menu.current == "a"
    menu.search.setText("den")
    assert menu.keys() == ["a", "c"]
    menu.search.setText("zzz")
    assert menu.current == ""
    assert "Nothing matches" in menu.remark
    key(menu.search, Qt.Key.Key_Return)
    assert heard == []
    menu.search.setText("add")
    assert menu.keys() == ["d", "b"]
    key(menu.search, Qt.Key.Key_Tab)
    assert menu.current == "b"
    menu.close()
