"""Blocks with mouse and keys: grouping, opening and closing, dragging, wiring, repeating, and the user's own."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from engine.graph import Edge, GraphSpec, Node
from engine.layers.dense import Dense
from engine.layers.dropout import Dropout
from engine.layers.ends import Input, Output
from engine.layers.merging import Add
from gui.canvas.commands import run_command
from gui.canvas.export import diagram_bytes
from gui.document.user_blocks import BLOCK_PREFIX, user_blocks

KEY = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier


def edge(source: str, target: str, port: int = 0) -> Edge:
    return Edge(source=source, target=target, port=port)


def residual() -> GraphSpec:
    places = (("input_1", Input(shape=(4,)), 0), ("dense_1", Dense(units=4), 264), ("dense_2", Dense(units=4), 528),
              ("add_1", Add(), 792), ("last", Dense(units=1), 1056), ("output_1", Output(), 1320))  # fmt: skip
    nodes = tuple(Node(id=name, layer=layer, position=(x, 0)) for name, layer, x in places)
    edges = (edge("input_1", "dense_1"), edge("dense_1", "dense_2"), edge("dense_2", "add_1"),
             edge("input_1", "add_1", 1), edge("add_1", "last"), edge("last", "output_1"))  # fmt: skip
    return GraphSpec(nodes=nodes, edges=edges)


@pytest.fixture
def tower(application, view, document):
    """input → [dense → dense → add] → last → output with the block closed; all is in sight."""
    document.replace_design(document.design.with_changes(graph=residual()))
    document.group(["dense_1", "dense_2", "add_1"], "Tower")
    view.select(["block_1"])
    run_command(view, "toggle_block")
    view.select([])
    document.undo_stack.clear()
    see(view, application)
    return "block_1"


def see(view, application) -> None:
    view.fit()
    application.processEvents()


def rect(view, item_id):
    return view.canvas_scene.rect_of([item_id])


def box(view, item_id):
    return view.canvas_scene.node_item(item_id).box


def body(view, item_id) -> QPointF:
    return box(view, item_id).rect.center() + QPointF(0, 8)


def positions(document) -> dict:
    return {node.id: node.position for node in document.graph.nodes}


def undo_and_redo(document, before) -> None:
    after = document.design
    assert document.undo_stack.count() == 1, "one gesture is one step"
    document.undo_stack.undo()
    assert document.design == before
    document.undo_stack.redo()
    assert document.design == after


def test_ctrl_g_groups_what_is_selected_and_ctrl_shift_g_ungroups(view, document) -> None:
    before = document.design
    view.select(["dense_1", "dense_2"])
    QTest.keyClick(view, KEY.Key_G, CTRL)
    assert [node.block for node in document.graph.nodes] == ["", "block_1", "block_1", ""]
    assert view.canvas_scene.selected_ids() == ["block_1"]
    assert view.selected_nodes() == ["dense_1", "dense_2"]
    frame = view.canvas_scene.frames.items["block_1"]
    assert frame.title == "Block"
    assert frame.rect == rect(view, "dense_1").united(rect(view, "dense_2")).adjusted(-16, -32, 16, 16)
    undo_and_redo(document, before)
    view.select(["block_1"])
    QTest.keyClick(view, KEY.Key_G, CTRL | SHIFT)
    assert document.graph.blocks == ()
    assert view.selected_nodes() == ["dense_1", "dense_2"]


def test_closing_brings_the_rest_nearer_and_opening_pushes_it_back(view, document, tower) -> None:
    closed, before = positions(document), document.design
    assert closed["last"] == (528, 0)
    assert closed["dense_1"] == (264, 0), "what is hidden stays"
    assert (box(view, tower).x, box(view, tower).y) == (264, 0)
    view.select([tower])
    QTest.keyClick(view, KEY.Key_Period, CTRL)
    assert positions(document) == {node.id: node.position for node in residual().nodes}
    assert not document.block(tower).collapsed
    undo_and_redo(document, before)
    QTest.keyClick(view, KEY.Key_Period, CTRL)
    assert positions(document) == closed


def test_what_is_above_and_below_makes_room_and_comes_back(view, document, tower) -> None:
    above = document.add_node(Dropout(), (264, -120))
    below = document.add_node(Dropout(), (264, 320))
    view.blocking.fold([tower], closed=False)
    document.move({"add_1": (792, 200)})
    view.blocking.fold([tower], closed=True)
    before = document.design.graph
    assert document.node(above).position[1] + 80 <= box(view, tower).y - 40
    view.blocking.fold([tower], closed=False)
    frame = view.canvas_scene.frames.items[tower].rect
    assert document.node(above).position[1] + 80 <= frame.top()
    assert document.node(below).position[1] >= frame.bottom()
    view.blocking.fold([tower], closed=True)
    assert document.design.graph == before


def test_a_closed_block_is_one_box_with_its_counts(view, document, tower) -> None:
    scene = view.canvas_scene
    assert list(scene.node_items()) == ["input_1", tower, "last", "output_1"]
    assert list(scene.edge_items()) == [edge("input_1", "dense_1"), edge("add_1", "last"), edge("last", "output_1")]
    look = scene.node_item(tower).look
    assert (look.title, look.detail, look.parameters, look.shape) == ("Tower", "3 layers", "40 parameters", "m × 4")
    assert scene.edge_item(edge("input_1", "add_1", 1)) is scene.edge_item(edge("input_1", "dense_1"))
    assert scene.node_item("dense_2") is scene.node_item(tower)
    document.set_layer_field("dense_2", "units", 7)
    look = scene.node_item(tower).look
    assert look.severity == "error"
    assert "equal shapes" in look.problem
    document.undo_stack.undo()
    document.set_frozen(["dense_1", "dense_2"], True)
    assert scene.node_item(tower).look.frozen
    assert "frozen" in scene.node_item(tower).look.summary


def test_a_drag_of_a_closed_block_moves_all_that_is_in_it(view, document, mouse, tower) -> None:
    document.add_note((264, 100), "in it")
    document.group(["dense_1", "dense_2", "add_1"], note_ids=["text_1"])
    document.undo_stack.undo()
    before, x = document.design, box(view, tower).x
    document.undo_stack.clear()
    mouse.press(body(view, tower))
    mouse.move(body(view, tower) + QPointF(40, 60))
    mouse.move(body(view, tower) + QPointF(0, 0) + QPointF(40, 60))
    assert box(view, tower).x > x, "it follows the mouse"
    mouse.release(body(view, tower))
    moved = {name: (x - before.graph.node(name).position[0], y) for name, (x, y) in positions(document).items()}
    assert moved["dense_1"] == moved["dense_2"] == moved["add_1"] != (0, 0)
    assert moved["last"] == (0, 0)
    assert (box(view, tower).x - x, box(view, tower).y) == moved["dense_1"]
    undo_and_redo(document, before)


def test_a_drag_of_the_name_moves_an_open_block(view, document, mouse, tower, application) -> None:
    view.blocking.fold([tower], closed=False)
    see(view, application)
    document.undo_stack.clear()
    before, frame = document.design, view.canvas_scene.frames.items[tower]
    start = frame.pos() + QPointF(60, 16)
    mouse.drag(start, start + QPointF(80, 80))
    moved = positions(document)
    assert moved["dense_1"] == (264 + 80, 80)
    assert moved["add_1"] == (792 + 80, 80)
    assert moved["last"] == (1056, 0)
    assert view.canvas_scene.selected_ids() == [tower]
    assert frame.rect.topLeft() == QPointF(264 + 80 - 16, 80 - 32)
    undo_and_redo(document, before)


def test_the_frame_follows_a_layer_that_is_dragged(view, document, mouse, tower, application) -> None:
    view.blocking.fold([tower], closed=False)
    see(view, application)
    mouse.press(body(view, "add_1"))
    mouse.move(body(view, "add_1") + QPointF(0, 64))
    frame = view.canvas_scene.frames.items[tower]
    assert frame.rect.bottom() == rect(view, "add_1").bottom() + 16
    QTest.keyClick(view, KEY.Key_Escape)
    assert frame.rect.bottom() == 80 + 16


def test_a_double_click_opens_and_one_on_the_name_renames(view, document, mouse, tower, application) -> None:
    at = view.mapFromScene(body(view, tower))
    QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert not document.block(tower).collapsed
    assert view.finder.menu is None
    see(view, application)
    title = view.canvas_scene.frames.items[tower]
    at = view.mapFromScene(title.pos() + QPointF(50, 16))
    QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    QTest.keyClicks(view._editor, "First tower")
    QTest.keyClick(view._editor, KEY.Key_Return)
    assert document.block(tower).title == "First tower"
    view.blocking.fold([tower], closed=True)
    see(view, application)
    QTest.keyClick(view, KEY.Key_F2)
    QTest.keyClicks(view._editor, "Second")
    QTest.keyClick(view._editor, KEY.Key_Return)
    assert view.canvas_scene.node_item(tower).look.title == "Second"


def test_the_button_opens_and_closes(view, document, mouse, tower, application) -> None:
    item = view.canvas_scene.node_item(tower)
    mouse.click(item.pos() + item.button_rect().center())
    assert not document.block(tower).collapsed
    see(view, application)
    frame = view.canvas_scene.frames.items[tower]
    at = frame.pos() + frame.button_rect().center()
    QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.mapFromScene(at))
    assert document.block(tower).collapsed
    assert view._editor is None
    assert view.finder.menu is None


def test_a_wire_to_a_port_of_a_block_is_wired_to_all_its_ends(view, document, mouse, tower) -> None:
    document.remove([], document.graph.outgoing("input_1"))
    document.undo_stack.clear()
    before = document.design
    assert len(box(view, tower).inlets) == 1
    mouse.drag(box(view, "input_1").output, box(view, tower).input(0))
    assert set(document.graph.outgoing("input_1")) == {edge("input_1", "dense_1"), edge("input_1", "add_1", 1)}
    undo_and_redo(document, before)
    document.undo_stack.undo()
    mouse.drag(box(view, "input_1").output, body(view, tower))
    assert len(document.graph.outgoing("input_1")) == 2, "the body takes the wire as well"
    document.undo_stack.undo()
    mouse.drag(box(view, tower).input(0), body(view, "input_1"))
    assert len(document.graph.outgoing("input_1")) == 2, "and backwards"


def test_a_wire_out_of_a_block_begins_at_its_inner_node(view, document, mouse, tower) -> None:
    document.disconnect(edge("add_1", "last"))
    mouse.drag(box(view, tower).output, box(view, "last").input(0))
    assert document.graph.incoming("last") == [edge("add_1", "last")]
    assert view.canvas_scene.edge_item(edge("add_1", "last")).label == "m × 4"


def test_blocks_light_up_and_say_why_a_wire_is_refused(view, document, mouse, tower) -> None:
    mouse.press(box(view, "last").output)
    item = view.canvas_scene.node_item(tower)
    assert item.port_state == "refused"
    mouse.move(body(view, tower))
    assert "close a cycle" in view._hint.text()
    mouse.release(body(view, tower))
    assert item.port_state == "normal"
    other = document.add_node(Input(shape=(3,)), (0, 160))
    see(view, _Application())
    mouse.press(box(view, other).output)
    assert item.port_state == "open"
    mouse.move(box(view, tower).input(0))
    assert item.port_state == "target"
    assert "equal shapes" in view._hint.text() or not view._hint.text()
    mouse.release(box(view, tower).input(0))
    assert {e.target for e in document.graph.outgoing(other)} == {"dense_1", "add_1"}


class _Application:
    def processEvents(self) -> None:
        pass


def test_a_wire_at_a_block_is_led_elsewhere_with_all_its_edges(view, document, mouse, tower) -> None:
    other = document.add_node(Input(shape=(4,)), (0, 160))
    see(view, _Application())
    document.undo_stack.clear()
    before = document.design
    wire = view.canvas_scene.edge_item(edge("input_1", "dense_1"))
    near_source = wire.path.pointAtPercent(0.3)
    mouse.drag(near_source, body(view, other))
    assert {e.target for e in document.graph.outgoing(other)} == {"dense_1", "add_1"}
    assert document.graph.outgoing("input_1") == []
    undo_and_redo(document, before)


def test_delete_copy_duplicate_and_arrows_take_a_closed_block_as_one(view, document, tower) -> None:
    before = document.design
    view.select([tower])
    QTest.keyClick(view, KEY.Key_Delete)
    assert [node.id for node in document.graph.nodes] == ["input_1", "last", "output_1"]
    undo_and_redo(document, before)
    document.undo_stack.undo()
    document.undo_stack.clear()
    view.select([tower])
    QTest.keyClick(view, KEY.Key_D, CTRL)
    assert view.canvas_scene.selected_ids() == ["block_2"]
    assert document.block("block_2").collapsed
    undo_and_redo(document, before)
    document.undo_stack.undo()
    view.select([tower])
    QTest.keyClick(view, KEY.Key_C, CTRL)
    QTest.keyClick(view, KEY.Key_V, CTRL)
    assert [block.title for block in document.graph.blocks] == ["Tower", "Tower"]
    document.undo_stack.undo()
    view.select([tower])
    QTest.keyClick(view, KEY.Key_Down)
    assert {positions(document)[name][1] for name in ("dense_1", "dense_2", "add_1")} == {8}
    assert box(view, tower).y == 8


def test_arrow_keys_walk_through_a_closed_block(view, tower) -> None:
    view.select(["input_1"])
    for wanted in (tower, "last", "output_1"):
        QTest.keyClick(view, KEY.Key_Right, ALT)
        assert view.canvas_scene.selected_ids() == [wanted]
    for wanted in ("last", tower, "input_1"):
        QTest.keyClick(view, KEY.Key_Left, ALT)
        assert view.canvas_scene.selected_ids() == [wanted]
    QTest.keyClick(view, KEY.Key_Down, ALT)
    assert view.canvas_scene.selected_ids() == [tower]
    view.blocking.fold([tower], closed=False)
    view.select(["input_1"])
    QTest.keyClick(view, KEY.Key_Down, ALT)
    assert view.canvas_scene.selected_ids() == [tower], "an open block is reached by the keys, too"
    QTest.keyClick(view, KEY.Key_Right, ALT)
    assert view.canvas_scene.selected_ids() == ["last"]


def test_selecting_aligning_and_tidying_see_one_box(application, view, document, tower) -> None:
    view.select([tower])
    run_command(view, "select_downstream")
    assert view.canvas_scene.selected_ids() == [tower, "last", "output_1"]
    run_command(view, "select_upstream")
    assert len(view.canvas_scene.selected_ids()) == 4
    document.move({"dense_1": (264, 96), "dense_2": (528, 96), "add_1": (792, 96)})
    assert box(view, tower).y == 96
    view.select([tower, "last"])
    run_command(view, "align_top")
    assert box(view, tower).y == box(view, "last").y == 0
    document.move({"last": (5000, 400)})
    view.select([])
    run_command(view, "tidy_right")
    while view.tidying.is_busy:
        application.processEvents()
    xs = [box(view, name).x for name in ("input_1", tower, "last", "output_1")]
    assert xs == [0, 280, 560, 840]
    assert positions(document)["dense_2"][0] - positions(document)["dense_1"][0] == 264, "what is in it stays as it was"


def test_a_hidden_node_is_shown_by_opening_its_blocks(view, document, tower) -> None:
    outer = document.group(["dense_1", "dense_2", "add_1", "last"], "Outer")
    view.blocking.fold([outer], closed=True)
    before = document.design
    document.undo_stack.clear()
    assert list(view.canvas_scene.node_items()) == ["input_1", outer, "output_1"]
    view.show_node("dense_2")
    assert view.selected_nodes() == ["dense_2"]
    assert not any(block.collapsed for block in document.graph.blocks)
    undo_and_redo(document, before)


def test_repeating_by_the_popup_is_one_step(view, document, mouse, tower) -> None:
    view.select([tower])
    before = document.design
    run_command(view, "repeat_block")
    popup = view.blocking.popup
    assert popup.number.value() == 3
    assert (popup.number.minimum(), popup.number.maximum()) == (2, 50)
    popup.number.setValue(4)
    QTest.keyClick(popup, KEY.Key_Return)
    assert [block.title for block in document.graph.blocks] == ["Tower", "Tower 2", "Tower 3", "Tower 4"]
    boxes = [box(view, block.id).x for block in document.graph.blocks]
    assert boxes == [264, 528, 792, 1056]
    assert document.node("last").position[0] == 528 + 3 * 264, "the rest makes room"
    assert not document.plan.problems
    undo_and_redo(document, before)


def test_the_popup_is_given_up_with_esc_and_says_what_cannot_be_repeated(view, document, tower) -> None:
    heard: list[str] = []
    view.noticed.connect(heard.append)
    view.select([tower])
    run_command(view, "repeat_block")
    QTest.keyClick(view.blocking.popup, KEY.Key_Escape)
    assert document.undo_stack.count() == 0
    view.select([document.group(["input_1"], "Start")])
    run_command(view, "repeat_block")
    assert heard == ["'Start' cannot be repeated: it has no input, so no wire can lead into a copy of it. Open it and "
                     "take out of it what begins or ends the network."]  # fmt: skip


def test_a_block_of_the_users_is_dropped_appended_and_inserted(view, document, mouse, tower, application) -> None:
    view.select([tower])
    heard: list[str] = []
    view.noticed.connect(heard.append)
    view.informed.connect(heard.append)
    run_command(view, "keep_block")
    assert heard == ["'Tower' is now in the palette under My blocks."]
    key = user_blocks.all()[0].key
    name = f"{BLOCK_PREFIX}{key}"
    try:
        before = document.design
        document.undo_stack.clear()
        mouse.drop(name, QPointF(500, 200))
        assert view.canvas_scene.selected_ids() == ["block_2"]
        new = box(view, "block_2")
        assert abs(new.rect.center().x() - 500) <= 8
        assert abs(new.y + 40 - 200) <= 8
        undo_and_redo(document, before)
        document.undo_stack.undo()
        document.undo_stack.clear()
        mouse.drop(name, (box(view, tower).output + box(view, "last").input(0)) / 2)
        assert [port.source for port in document.blocks.ports("block_2").inputs] == ["add_1"]
        assert document.graph.incoming("last") == [edge(document.blocks.ports("block_2").outputs[0], "last")]
        assert document.node("last").position[0] == 528 + 264
        undo_and_redo(document, before)
        document.undo_stack.undo()
        view.select([tower])
        QTest.keyClick(view, KEY.Key_Tab)
        menu = view.finder.menu
        QTest.keyClicks(menu.search, "my blocks")
        QTest.keyClick(menu.search, KEY.Key_Return)
        assert [port.source for port in document.blocks.ports("block_2").inputs] == ["add_1"]
    finally:
        user_blocks.remove(key)
    mouse.drop(name, QPointF(500, 200))
    assert "not in the palette any more" in heard[-1]


def test_new_layers_lie_in_the_open_block_where_they_are_put(view, document, mouse, tower, application) -> None:
    document.disconnect(edge("input_1", "add_1", 1))  # it lies under the others
    view.blocking.fold([tower], closed=False)
    see(view, application)
    mouse.drop("dropout", (box(view, "dense_1").output + box(view, "dense_2").input(0)) / 2)
    assert document.node("dropout_1").block == tower
    document.undo_stack.undo()
    view.select(["add_1"])
    view.append_layer("dropout")
    assert document.node("dropout_1").block == "", "between the block and what follows it"
    document.undo_stack.undo()
    document.disconnect(edge("add_1", "last"))
    view.select(["add_1"])
    view.append_layer("dropout")
    assert document.node("dropout_1").block == tower, "behind the last layer of the block"


def test_notes_in_a_closed_block_are_hidden(view, document, tower) -> None:
    view.blocking.fold([tower], closed=False)
    note = document.add_note((264, 100), "in it")
    document.set_graph(
        document.graph.replace(notes=tuple(n.model_copy(update={"block": tower}) for n in document.graph.notes)), "x"
    )
    frame = view.canvas_scene.frames.items[tower]
    assert frame.rect.contains(rect(view, note))
    view.blocking.fold([tower], closed=True)
    assert note not in view.canvas_scene.notes.shown()
    assert view.canvas_scene.selected_notes() == [note], "the block is selected, and so is what is in it"
    QTest.keyClick(view, KEY.Key_Delete)
    assert document.graph.notes == ()


def test_the_menu_of_a_block_and_its_sentence_for_the_screen_reader(view, document, tower) -> None:
    view.select([tower])
    texts = [action.text().split("\t")[0] for action in view.context_menu().actions()]
    for wanted in ("Open or close block", "Rename", "Repeat block…", "Add block to palette", "Ungroup"):
        assert wanted in texts
    assert view.accessibleDescription().startswith("Block 'Tower'. 3 layers. Output m × 4. 40 parameters.")
    view.blocking.fold([tower], closed=False)
    assert view.accessibleDescription() == "Open block 'Tower', 3 layers."


def test_the_diagram_is_exported_as_it_is_shown(view, document, tower) -> None:
    svg = diagram_bytes(view.canvas_scene, ".svg").decode()
    assert "Tower" in svg
    assert "dense_1" not in svg
    view.blocking.fold([tower], closed=False)
    svg = diagram_bytes(view.canvas_scene, ".svg").decode()
    assert "Tower" in svg
    assert "dense_1" in svg


def test_tidying_keeps_what_lies_in_an_open_block_together(application, view, document, tower) -> None:
    view.blocking.fold([tower], closed=False)
    for number in range(3):  # another branch beside the block
        document.add_node(Dense(units=4), (0, 300), "input_1" if not number else f"dense_{number + 2}")
    document.connect("dense_5", "last")
    document.add_node(Add(), (0, 0), "add_1")
    document.connect("dense_5", "add_2")
    view.select([])
    run_command(view, "tidy_right")
    while view.tidying.is_busy:
        application.processEvents()
    frame = view.canvas_scene.frames.items[tower].rect
    others = [rect(view, node.id) for node in document.graph.nodes if not node.block]
    assert not any(frame.intersects(other) for other in others)
    assert [box(view, name).y for name in ("dense_1", "dense_2")] == [box(view, "dense_1").y] * 2
    view.select([tower])
    document.move({"dense_2": (900, 700)})
    run_command(view, "tidy_down")
    while view.tidying.is_busy:
        application.processEvents()
    ys = [box(view, name).y for name in ("dense_1", "dense_2", "add_1")]
    assert ys == sorted(ys)
    assert len({box(view, name).x for name in ("dense_1", "dense_2")}) == 1, "only what is in the selected block"


def test_a_closed_block_is_pasted_with_its_box_at_the_pointer(view, document, mouse, tower) -> None:
    view.select([tower])
    QTest.keyClick(view, KEY.Key_C, CTRL)
    at = body(view, tower) + QPointF(80, 200)
    mouse.move(at, button=Qt.MouseButton.NoButton)
    QTest.keyClick(view, KEY.Key_V, CTRL)
    pasted = box(view, "block_2")
    assert abs(pasted.x + 96 - at.x()) <= 8
    assert abs(pasted.y + 40 - at.y()) <= 8
