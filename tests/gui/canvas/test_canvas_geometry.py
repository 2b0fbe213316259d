"""Hit-testing and placing as pure functions."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFont

from gui.canvas.geometry import (
    NODE_HEIGHT,
    NODE_WIDTH,
    NodeBox,
    PortHit,
    distance_to_path,
    free_place,
    node_at,
    port_at,
    wire_path,
)
from gui.canvas.text import elided, elided_lines, short_count, text_width


def test_the_nearest_port_is_found_within_reach() -> None:
    box = NodeBox("a", 0, 0, inputs=(0, 1, 2))
    assert port_at(QPointF(NODE_WIDTH + 3, 42), [box]) == PortHit("a", None)
    assert port_at(QPointF(-2, NODE_HEIGHT / 2 - 15), [box]) == PortHit("a", 0)
    assert port_at(QPointF(-2, NODE_HEIGHT / 2 + 15), [box]) == PortHit("a", 2)
    assert port_at(QPointF(60, 40), [box]) is None
    assert port_at(QPointF(NODE_WIDTH, 40), [NodeBox("end", 0, 0, has_output=False)]) is None


def test_the_topmost_node_is_found() -> None:
    boxes = [NodeBox("below", 0, 0), NodeBox("above", 50, 20)]
    assert node_at(QPointF(60, 40), boxes) == "above"
    assert node_at(QPointF(10, 10), boxes) == "below"
    assert node_at(QPointF(-10, 10), boxes) is None


def test_many_ports_make_a_box_higher() -> None:
    box = NodeBox("a", 0, 0, inputs=tuple(range(12)))
    assert box.body_height > NODE_HEIGHT
    assert box.rect.contains(box.input(0))
    assert box.rect.contains(box.input(11))


def test_wires_end_at_their_ports_and_go_around_when_backwards() -> None:
    for end in (QPointF(200, 0), QPointF(200, 300), QPointF(-300, 0), QPointF(-300, 400), QPointF(5, 5)):
        path = wire_path(QPointF(0, 0), end)
        assert path.pointAtPercent(0) == QPointF(0, 0)
        assert path.currentPosition() == end
        assert distance_to_path(end, path) < 1
    assert wire_path(QPointF(0, 0), QPointF(-300, 0)).boundingRect().height() > NODE_HEIGHT / 2


def test_a_free_place_overlaps_nothing() -> None:
    boxes = [NodeBox(str(row), 0, row * 100, problem=True) for row in range(5)]
    x, y = free_place((10, 0), boxes)
    place = QRectF(x, y, NODE_WIDTH, NODE_HEIGHT)
    assert not any(place.intersects(box.rect) for box in boxes)
    assert free_place((1000, 3), boxes) == (1000, 0)


def test_no_text_is_wider_than_its_room(application) -> None:
    font = QFont(application.font())
    text = "needs a flat input but gets something with avery" + "long" * 60 + "word"
    assert text_width(elided(text, font, 100), font) <= 100
    lines = elided_lines(text, font, 120, 2)
    assert len(lines) == 2
    assert all(text_width(line, font) <= 121 for line in lines)
    assert elided_lines("short", font, 120, 2) == ("short",)


def test_counts_are_short() -> None:
    assert [short_count(n) for n in (7, 9402, 785_408, 1_234_567)] == ["7", "9,402", "785 k", "1.23 M"]
