"""Selecting along the wires, aligning, distributing, tidying, the map, scrolling at the edge, and seeing from afar."""

from __future__ import annotations

import random
from itertools import pairwise
from threading import Event
from time import monotonic, perf_counter

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from engine.design import Design
from engine.graph import Edge, GraphSpec, Node
from engine.layers.dense import Dense
from gui.canvas.arranging import align, distribute, tidy
from gui.canvas.commands import CANVAS_COMMANDS, run_command
from gui.canvas.geometry import GRID, NODE_WIDTH, NodeBox, wire_path
from gui.canvas.layered import CancelledError
from gui.document.edits import FARTHEST

CTRL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
BOXES = [NodeBox("a", 0, 0), NodeBox("b", 300, 48, problem=True), NodeBox("c", 1000, 200, inputs=tuple(range(9)))]


def rects(boxes, places):
    return [NodeBox(b.id, *places[b.id], b.inputs, b.has_output, b.problem).rect for b in boxes]


def wait_for_tidy(application, view) -> None:
    end = monotonic() + 20
    while view.tidying.is_busy and monotonic() < end:
        application.processEvents()
    assert not view.tidying.is_busy


@pytest.mark.parametrize(
    ("side", "of"),
    [
        ("left", lambda r: r.left()),
        ("centre", lambda r: r.center().x()),
        ("right", lambda r: r.right()),
        ("top", lambda r: r.top()),
        ("bottom", lambda r: r.bottom()),
    ],
)
def test_aligned_sides_are_equal(side, of) -> None:
    assert len({of(rect) for rect in rects(BOXES, align(BOXES, side))}) == 1


def test_aligned_middles_make_straight_wires() -> None:
    boxes = [NodeBox("a", 0, 0), NodeBox("b", 300, 96)]
    assert len({y for _, y in align(boxes, "middle").values()}) == 1


def test_distributed_gaps_are_equal_up_to_the_grid() -> None:
    for axis in ("horizontal", "vertical"):
        boxes = [NodeBox(str(i), i * i * 80, i * i * 72 + i) for i in range(5)]
        placed = sorted(rects(boxes, distribute(boxes, axis) | {"4": (16 * 80, 16 * 72 + 4)}), key=lambda r: r.x())
        gaps = [b.left() - a.right() if axis == "horizontal" else b.top() - a.bottom() for a, b in pairwise(placed)]
        assert max(gaps) - min(gaps) <= 2 * GRID
    assert distribute(BOXES[:2], "horizontal") == {}


def graph_of(count: int, chance: random.Random) -> tuple[list[NodeBox], list[tuple[str, str]]]:
    boxes = [NodeBox(str(i), chance.randrange(900), chance.randrange(900), problem=i % 7 == 0) for i in range(count)]
    edges = [(str(chance.randrange(i)), str(i)) for i in range(1, count)]
    edges += [(str(a), str(b)) for a, b in (sorted(chance.sample(range(count), 2)) for _ in range(count // 3))]
    return boxes, edges


@pytest.mark.parametrize("direction", ["right", "down"])
@pytest.mark.parametrize("count", [1, 2, 9, 60])
def test_tidy_follows_the_wires_and_nothing_overlaps(direction, count) -> None:
    chance = random.Random(count)
    boxes, edges = graph_of(count, chance)
    places = tidy(boxes, edges, direction)
    assert set(places) == {box.id for box in boxes}
    for source, target in edges:
        along = 0 if direction == "right" else 1
        assert places[source][along] < places[target][along]
    found = rects(boxes, places)
    assert not any(a.intersects(b) for i, a in enumerate(found) for b in found[:i])
    assert all(value % GRID == 0 for place in places.values() for value in place)
    assert tidy(boxes, edges, direction) == places


def test_no_wire_of_a_residual_tower_passes_behind_a_node() -> None:
    boxes = [NodeBox(str(i), 0, 0) for i in range(13)]
    edges = [(str(i), str(i + 1)) for i in range(12)] + [(str(i), str(i + 4)) for i in range(0, 9, 4)]
    places = tidy(boxes, edges, "right")
    assert len({places[str(i)][1] for i in range(0, 13, 4)}) == 1, "both ends of a skip connection are in one row"
    found = {box.id: NodeBox(box.id, *places[box.id]) for box in boxes}
    for source, target in edges:
        path = wire_path(found[source].output, found[target].input(0))
        points = [path.pointAtPercent(step / 60) for step in range(61)]
        others = [box.rect for box in found.values() if box.id not in (source, target)]
        assert not any(rect.contains(point) for rect in others for point in points)


def test_a_chain_is_straight() -> None:
    boxes = [NodeBox(str(i), 0, 0, problem=i == 3) for i in range(13)]
    assert len({y for _, y in tidy(boxes, [(str(i), str(i + 1)) for i in range(12)], "right").values()}) == 1


def test_tidy_survives_cycles_loops_and_loose_parts() -> None:
    boxes = [NodeBox(i, 0, 0) for i in "abcdef"]
    places = tidy(boxes, [("a", "b"), ("b", "c"), ("c", "a"), ("d", "d"), ("e", "nobody"), ("a", "b")], "right")
    found = rects(boxes, places)
    assert not any(a.intersects(b) for i, a in enumerate(found) for b in found[:i])
    assert tidy([], [], "right") == {}


def test_a_thousand_nodes_are_tidied_in_time_and_it_can_be_cancelled() -> None:
    boxes, edges = graph_of(1000, random.Random(1))
    start = perf_counter()
    tidy(boxes, edges, "right")
    assert perf_counter() - start < 6, "2 s on a quiet machine"
    with pytest.raises(CancelledError):
        tidy(boxes, edges, "right", lambda: True)


def test_tidying_is_one_step_in_the_background(application, view, document) -> None:
    document.move({"dense_1": (900, 700), "dense_2": (40, 400), "output_1": (-300, 90)})
    document.undo_stack.clear()
    before = document.design
    QTest.keyClick(view, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert view.tidying.is_busy
    wait_for_tidy(application, view)
    xs = [document.node(i).position[0] for i in ("input_1", "dense_1", "dense_2", "output_1")]
    assert xs == sorted(xs)
    assert len({node.position[1] for node in document.graph.nodes}) == 1
    assert document.undo_stack.count() == 1
    document.undo_stack.undo()
    assert document.design == before
    QTest.keyClick(view, Qt.Key.Key_L, CTRL_SHIFT)
    wait_for_tidy(application, view)
    ys = [document.node(i).position[1] for i in ("input_1", "dense_1", "dense_2", "output_1")]
    assert ys == sorted(ys)


def test_only_the_selected_nodes_are_tidied(application, view, document) -> None:
    document.move({"dense_1": (300, 200)})
    view.select(["dense_1", "dense_2"])
    run_command(view, "tidy_right")
    wait_for_tidy(application, view)
    assert document.node("input_1").position == (0, 0)
    assert document.node("output_1").position == (792, 0)
    assert document.node("dense_1").position[1] == document.node("dense_2").position[1]


def test_tidying_is_cancelled_with_esc_and_dropped_after_an_edit(application, view, document, monkeypatch) -> None:
    release, sentences = Event(), []
    view.noticed.connect(sentences.append)
    monkeypatch.setattr("gui.canvas.tidying.tidy", lambda *a: (release.wait(5), {"dense_1": (0.0, 999.0)})[1])
    before = document.design
    run_command(view, "tidy_right")
    view.tidying._on_patience_timeout()
    assert view.tidying._note.isVisible()
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert not view.tidying.is_busy
    assert view.tidying._note.isHidden()
    run_command(view, "tidy_right")
    document.rename("dense_1", "edited")
    release.set()
    wait_for_tidy(application, view)
    document.undo_stack.undo()
    assert document.design == before
    assert len(sentences) == 1
    assert "changed while" in sentences[0]


def test_upstream_and_downstream_are_selected(view) -> None:
    view.select(["dense_2"])
    QTest.keyClick(view, Qt.Key.Key_Left, CTRL_SHIFT)
    assert view.selected_nodes() == ["input_1", "dense_1", "dense_2"]
    view.select(["dense_2"])
    QTest.keyClick(view, Qt.Key.Key_Right, CTRL_SHIFT)
    assert view.selected_nodes() == ["dense_2", "output_1"]


@pytest.mark.parametrize("command", [c.id for c in CANVAS_COMMANDS if c.id.startswith(("align", "distribute"))])
def test_every_arrangement_is_one_step(view, document, command) -> None:
    document.move({"dense_1": (240, 128), "dense_2": (900, 248)})
    document.undo_stack.clear()
    before = document.design
    run_command(view, command)
    assert document.design == before, "nothing is selected"
    view.select_all()
    run_command(view, command)
    after = document.design
    assert after != before
    assert document.undo_stack.count() == 1
    document.undo_stack.undo()
    assert document.design == before
    document.undo_stack.redo()
    assert document.design == after


def test_commands_have_distinct_ids_and_keys() -> None:
    ids = [command.id for command in CANVAS_COMMANDS]
    keys = [key for command in CANVAS_COMMANDS for key in (command.shortcut, *command.more_keys) if key]
    assert len(set(ids)) == len(ids)
    assert len(set(keys)) == len(keys)
    assert all(command.help for command in CANVAS_COMMANDS)


def test_the_map_shows_while_something_is_out_of_sight_and_moves_the_view(application, view, document) -> None:
    view.fit()
    assert view.minimap.isHidden()
    document.move({"output_1": (4000, 2000)})
    assert view.minimap.isVisible()
    at = QPoint(view.minimap.width() - 14, view.minimap.height() // 2 + 22)
    view.minimap.grab()
    QTest.mouseClick(view.minimap, Qt.MouseButton.LeftButton, pos=at)
    assert view.seen().center().x() > 2500
    QTest.keyClick(view, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    assert view.minimap.isHidden()
    QTest.keyClick(view, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    assert view.minimap.isVisible()
    document.replace_design(Design())
    assert view.minimap.isHidden()


def test_the_canvas_scrolls_while_something_is_dragged_to_its_edge(application, view, document, mouse) -> None:
    item = view.canvas_scene.node_item("dense_1")
    before = view.seen().left()
    mouse.press(item.box.rect.center() + QPointF(20, 20))
    mouse.move(view.mapToScene(QPoint(6, 300)))
    assert view._scroller.is_active
    QTest.qWait(120)
    assert view.seen().left() < before - 20
    assert item.box.x < before
    view.cancel_gesture()
    assert not view._scroller.is_active
    assert item.box.x == 264


def test_many_nodes_are_drawn_plainly_from_afar_and_can_still_be_picked(application, view, document) -> None:
    nodes = tuple(Node(id=f"n{i}", layer=Dense(), position=(i % 20 * 264.0, i // 20 * 112.0)) for i in range(200))
    edges = tuple(Edge(source=f"n{i}", target=f"n{i + 1}") for i in range(199))
    document.replace_design(Design(graph=GraphSpec(nodes=nodes, edges=edges)))
    assert view.canvas_scene.is_far
    far = view.grab().toImage()
    at = view.mapFromScene(view.canvas_scene.node_item("n45").box.rect.center())
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert view.selected_nodes() == ["n45"]
    assert view.grab().toImage() != far
    document.remove(["n44"])
    assert "n44" not in view.canvas_scene.node_items()
    view.reset_zoom()
    assert not view.canvas_scene.is_far
    assert not view.grab().isNull()
    view.select_all()
    view.delete_selection()
    assert view.scene().items() == []


def test_a_node_far_away_does_not_hide_the_others(application, view, document) -> None:
    document.move({"output_1": (1e9, 1e9)})
    assert document.node("output_1").position == (FARTHEST, FARTHEST)
    view.fit()
    assert any(view.sees(view.canvas_scene.node_item(i).box.rect) for i in ("input_1", "dense_1", "dense_2"))
    run_command(view, "tidy_right")
    wait_for_tidy(application, view)
    assert document.node("output_1").position[0] < 2000
    assert view.seen().contains(view.content_rect())
    assert view.content_rect().width() > NODE_WIDTH
