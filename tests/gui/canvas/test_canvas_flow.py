"""The overlay that shows where values go: glow, arrows and label over nodes, wires and closed blocks."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest

from engine.annotations import Block
from engine.graph import Edge
from engine.templates import load_template
from gui.canvas.flow import Flow, flow_color
from gui.canvas.view import CanvasView
from gui.document import Document
from gui.theme import current_theme

FIRST = Edge(source="input_1", target="dense_1")


@pytest.fixture
def canvas():
    view = CanvasView(Document(load_template("spirals")))
    view.resize(900, 400)
    view.show()
    view.reset_zoom()
    view.center_on(view.canvas_scene.node_item("dense_1").rect.center())
    QTest.qWait(20)
    yield view
    view.canvas_scene.clear_flow()
    view.close()


def color_at(view: CanvasView, point: QPointF) -> QColor:
    return QColor(view.viewport().grab().toImage().pixel(view.mapFromScene(point)))


def test_the_node_at_work_glows_in_the_colour_of_the_direction(canvas):
    scene = canvas.canvas_scene
    rect = scene.node_item("dense_1").rect
    edge_of_box = QPointF(rect.center().x() + 30, rect.bottom())
    for direction in ("forward", "backward", "update"):
        scene.show_flow(Flow(("dense_1",), direction=direction))
        seen, wanted = color_at(canvas, edge_of_box), flow_color(direction, current_theme())
        pairs = ((seen.red(), wanted.red()), (seen.green(), wanted.green()), (seen.blue(), wanted.blue()))
        away = sum(abs(a - b) for a, b in pairs)
        assert away < 60, f"{direction}: the border is {seen.name()}, not {wanted.name()}"
    scene.clear_flow()
    assert scene.flow.item is None
    assert color_at(canvas, edge_of_box) != flow_color("update", current_theme())


def test_arrows_run_only_while_it_moves(canvas):
    scene = canvas.canvas_scene
    scene.show_flow(Flow(("dense_1",), (FIRST,), "forward", "A[0]  64 × 2", moving=True))
    assert scene.flow.is_moving
    phase = scene.flow.item._phase
    QTest.qWait(120)
    assert scene.flow.item._phase != phase, "the arrows stand still"
    scene.show_flow(Flow(("dense_1",), (FIRST,), "forward", "A[0]  64 × 2"))
    assert not scene.flow.is_moving
    scene.show_flow(Flow(("dense_1",), (), moving=True))
    assert not scene.flow.is_moving, "without a wire there is nothing to move"
    scene.show_flow(Flow(("dense_1",), (FIRST,), moving=True))
    scene.clear_flow()
    assert not scene.flow.is_moving


def test_the_label_stands_clear_of_the_nodes(canvas):
    scene = canvas.canvas_scene
    scene.show_flow(Flow(("dense_1",), (FIRST,), label="A[0]  64 × 2,  mean 0.12"))
    label = scene.flow.item.label_rect
    assert not label.isEmpty()
    for name in ("input_1", "dense_1"):
        assert not label.intersects(scene.node_item(name).rect), f"the label covers {name}"


def test_it_moves_with_its_node_and_survives_its_end(canvas):
    scene, document = canvas.canvas_scene, canvas._document
    scene.show_flow(Flow(("dense_1", "gone"), (FIRST,), label="x"))
    before = scene.flow.item.boundingRect().center()
    x, y = document.node("dense_1").position
    document.move({"dense_1": (x, y + 200)})
    assert scene.flow.item.boundingRect().center().y() > before.y() + 50
    document.remove(["dense_1"])
    assert scene.flow.item.label_rect.isEmpty()


def test_a_closed_block_glows_for_its_nodes(canvas):
    document, scene = canvas._document, canvas.canvas_scene
    graph = document.graph
    nodes = [n.model_copy(update={"block": "block_1"}) if n.id in ("dense_1", "dense_2") else n for n in graph.nodes]
    graph = graph.replace(nodes=tuple(nodes), blocks=(Block(id="block_1", name="hidden", collapsed=True),))
    document.set_graph(graph, "Group")
    scene.show_flow(Flow(("dense_2",), (Edge(source="dense_1", target="dense_2"), FIRST)))
    item = scene.flow.item
    assert item._rects == [scene.node_item("block_1").rect]
    assert len(item._paths) == 1, "the wire between the hidden nodes is not seen, the one into the block is"


def test_it_follows(canvas):
    scene = canvas.canvas_scene
    canvas.center_on(QPointF(-5000, 0))
    scene.show_flow(Flow(("dense_3",)))
    seen = canvas.mapToScene(canvas.viewport().rect()).boundingRect()
    assert not seen.intersects(scene.node_item("dense_3").rect), "it must not scroll unless asked"
    scene.show_flow(Flow(("dense_3",), follow=True))
    seen = canvas.mapToScene(canvas.viewport().rect()).boundingRect()
    assert seen.contains(scene.node_item("dense_3").rect)


def test_it_is_no_obstacle_for_the_mouse(canvas):
    scene = canvas.canvas_scene
    scene.show_flow(Flow(("dense_1",), (FIRST,), label="A[0]"))
    centre = scene.node_item("dense_1").rect.center()
    assert scene.node_at(centre) == "dense_1"
    assert scene.items(centre)[0] is scene.node_item("dense_1"), "the overlay takes the mouse from the node"
