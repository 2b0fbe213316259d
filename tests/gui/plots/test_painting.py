"""Painting with real mouse and key events; what the document and the undo history hold afterwards."""

import time
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.data import DataSettings, parse_spec, prepare
from engine.data.sources.painted import MOST_POINTS, Painted
from engine.design import Design
from engine.losses.basic import CategoricalCrossEntropy
from gui.document.document import Document
from gui.plots.boundary_plot import BoundaryPlot
from gui.plots.painting import Painting

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


class Bench:
    """A plot, a document and the painting between them; data follows the document at once."""

    def __init__(self, design: Design, wait_for) -> None:
        self.wait_for = wait_for
        self.document = Document(design)
        self.plot = BoundaryPlot()
        self.plot.resize(480, 460)
        self.painting = Painting(self.plot, self.document, self.data)
        self.plot.show()
        self.document.data_changed.connect(self.follow)
        self.follow()

    def data(self):
        try:
            return prepare(self.document.design.data)
        except Exception:  # noqa: BLE001  the loader has none then
            return None

    def follow(self) -> None:
        data = self.data()
        self.plot.set_problem(self.document.design, data)
        assert self.wait_for(lambda: (self.plot.view is not None) == (data is not None))
        box = self.plot.scene.plot.getViewBox()
        assert self.wait_for(lambda: box.sceneBoundingRect().width() > 100)

    def start(self) -> None:
        QTest.mouseClick(self.painting.button, LEFT)
        assert self.painting.is_active
        QApplication.processEvents()

    def at(self, x: float, y: float) -> QPoint:
        box = self.plot.scene.plot.getViewBox()
        return self.plot.canvas.mapFromScene(box.mapViewToScene(QPointF(x, y)))

    def drag(self, *places: tuple[float, float], button=LEFT) -> None:
        view = self.plot.canvas.viewport()
        points = [self.at(*place) for place in places]
        QTest.mousePress(view, button, pos=points[0])
        for point in points[1:]:
            self.move(point, button)
        QTest.mouseRelease(view, button, pos=points[-1])

    def move(self, point: QPoint, button=LEFT) -> None:
        view = self.plot.canvas.viewport()
        place = QPointF(point)
        event = QMouseEvent(
            QEvent.Type.MouseMove, place, view.mapToGlobal(place), Qt.MouseButton.NoButton, button,
            Qt.KeyboardModifier.NoModifier,
        )  # fmt: skip
        QApplication.sendEvent(view, event)

    def key(self, key) -> None:
        QTest.keyClick(self.plot.canvas, key)

    @property
    def source(self) -> Any:
        return self.document.design.data.source

    @property
    def labels(self) -> list[int]:
        return self.source.array()[:, 2].astype(int).tolist()

    @property
    def texts(self) -> list[str]:
        stack = self.document.undo_stack
        return [stack.text(i) for i in range(stack.count())]


@pytest.fixture
def bench(application, wait_for, problems):
    made = []

    def make(spec="planar:painted", units=1, loss=None, inputs=2):
        design = problems.chain(inputs, units, loss).with_changes(data=DataSettings(source=parse_spec(spec)))
        made.append(Bench(design, wait_for))
        return made[-1]

    yield make
    for one in made:
        one.plot.close_tasks()
        one.plot.close()
        one.plot.deleteLater()


def test_a_click_with_the_point_tool_is_one_point_where_it_was_clicked(bench):
    b = bench()
    b.start()
    b.key(Qt.Key.Key_P)
    b.key(Qt.Key.Key_1)
    place = b.at(-0.5, 0.25)
    b.drag((-0.5, 0.25))
    x, y, label = b.source.array()[-1]
    width, height = b.plot.scene.plot.getViewBox().viewPixelSize()
    assert abs(x + 0.5) <= width, place
    assert abs(y - 0.25) <= height
    assert label == 1
    assert len(b.source.points) == 17
    assert b.texts == ["Paint 1 point"]


def test_a_stroke_of_the_brush_is_one_step_and_stays_below_the_brush(bench):
    b = bench()
    before = b.source
    b.start()
    b.key(Qt.Key.Key_1)
    b.drag((-0.8, 0.9), (-0.4, 0.9), (0, 0.9))
    added = b.source.array()[16:]
    width, height = b.plot.scene.plot.getViewBox().viewPixelSize()
    radius = b.painting.strip.radius
    assert len(added) >= 10
    assert (added[:, 2] == 1).all()
    assert np.abs(added[:, 1] - 0.9).max() <= (radius + 1) * height
    assert added[:, 0].min() >= -0.8 - (radius + 1) * width
    assert added[:, 0].max() <= (radius + 1) * width
    assert b.texts == [f"Paint {len(added)} points"]
    b.document.undo_stack.undo()
    assert b.source == before
    assert len(b.painting.points) == 16
    b.document.undo_stack.redo()
    assert len(b.source.points) == 16 + len(added)


def test_points_are_shown_before_the_button_is_released(bench):
    b = bench()
    b.start()
    QTest.mousePress(b.plot.canvas.viewport(), LEFT, pos=b.at(0, 0))
    shown = b.painting._items._new.getData()[0]
    assert len(shown) == 4, "Points must be there in the same frame, not when the document follows."
    assert len(b.source.points) == 16
    QTest.mouseRelease(b.plot.canvas.viewport(), LEFT, pos=b.at(0, 0))
    assert len(b.source.points) == 20


def test_the_eraser_and_the_right_button_take_away_what_they_touch(bench):
    b = bench("planar:painted?points=0,0,0;0.9,0,1;0,0.9,0;0.9,0.9,1;-0.9,-0.9,1")
    b.start()
    b.key(Qt.Key.Key_E)
    b.drag((-0.4, 0.9), (0.4, 0.9))
    assert b.source.points == ("0,0,0", "0.9,0,1", "0.9,0.9,1", "-0.9,-0.9,1")
    b.key(Qt.Key.Key_B)
    b.drag((0.9, 0.5), (0.9, 1.0), button=RIGHT)
    assert b.source.points == ("0,0,0", "0.9,0,1", "-0.9,-0.9,1")
    b.drag((0.4, -0.6), button=RIGHT)
    assert b.texts == ["Erase 1 point", "Erase 1 point"], "A stroke that erases nothing is no step."


def test_another_source_with_two_features_is_copied_in_a_step_of_its_own(bench):
    b = bench("planar:spirals?m=60")
    points = b.source.load().inputs["x"]
    b.start()
    assert b.texts == [], "Looking at the tools changes nothing."
    b.drag((0, 0))
    assert b.texts == ["Copy the points to paint on", "Paint 4 points"]
    np.testing.assert_allclose(b.source.array()[:60, :2], points, rtol=1e-4, atol=1e-4)
    b.document.undo_stack.undo()
    assert len(b.source.points) == 60
    b.document.undo_stack.undo()
    assert b.source == parse_spec("planar:spirals?m=60")


def test_data_with_other_features_gives_an_empty_plane(bench):
    b = bench("sklearn:iris", units=3, loss=CategoricalCrossEntropy(), inputs=4)
    b.start()
    assert len(b.painting.points) == 0
    assert not b.plot._choices.isVisible(), "There are no features to choose on a plane that is painted."
    assert "4 features" in b.painting.strip.note.accessibleName()
    b.key(Qt.Key.Key_P)
    b.drag((0.5, 0.5))
    assert len(b.source.points) == 1
    assert "Only class 0 is painted. Draw a second one." in b.painting.strip.note.accessibleName()
    b.key(Qt.Key.Key_1)
    b.drag((-0.5, -0.5))
    b.drag((-0.5, 0.5))
    nodes = {node.id: node.layer for node in b.document.graph.nodes}
    assert nodes["input_1"].shape == (2,), "The design is fitted to the points as soon as they can be trained on."
    assert nodes["dense_2"].units == 1, "Two classes take one unit and binary cross-entropy."
    assert b.plot.shows_plane
    assert len(b.texts) == 3


def test_a_third_class_fits_the_network_in_the_same_step(bench):
    b = bench()
    b.start()
    b.key(Qt.Key.Key_2)
    b.drag((0, 0.9), (0.3, 0.9))
    assert b.document.graph.node("dense_2").layer.units == 3
    assert len(b.texts) == 1
    b.document.undo_stack.undo()
    assert b.document.graph.node("dense_2").layer.units == 1


def test_values_are_painted_for_regression(bench):
    b = bench("planar:plane?m=40")
    b.start()
    strip = b.painting.strip
    b.key(Qt.Key.Key_P)
    b.key(Qt.Key.Key_9)
    assert strip.label == strip.value_editor.field.slider[1]
    b.drag((0, 0))
    assert b.source.target == "values"
    assert b.source.array()[-1, 2] == strip.label
    strip.value_editor.edited.emit(0.37, True)
    b.drag((0.1, 0.1))
    assert b.source.array()[-1, 2] == 0.37


def test_clear_leaves_a_plane_to_paint_on(bench):
    b = bench()
    b.start()
    QTest.mouseClick(b.painting.strip.clear_button, LEFT)
    assert b.source.points == ()
    assert "No point is painted yet. Draw some." in b.painting.strip.note.accessibleName()
    assert b.plot.scene.plot.opacity() == 1
    b.drag((0, 0))
    assert len(b.source.points) == 4
    assert b.texts[0] == "Clear the points"


def test_with_the_keyboard_alone(bench):
    b = bench()
    b.start()
    for key in (Qt.Key.Key_P, Qt.Key.Key_1, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Return):
        b.key(key)
    x, y, label = b.source.array()[-1]
    (x_low, x_high), (y_low, y_high) = b.plot.scene.plot.viewRange()
    width, height = b.plot.scene.plot.getViewBox().viewPixelSize()
    assert x == pytest.approx((x_low + x_high) / 2 + 8 * width, abs=0.01)
    assert y == pytest.approx((y_low + y_high) / 2 + 8 * height, abs=0.01)
    assert label == 1
    b.key(Qt.Key.Key_Escape)
    assert not b.painting.is_active
    assert not b.painting.strip.isVisible()
    b.key(Qt.Key.Key_Return)
    assert len(b.source.points) == 17, "Keys paint only while painting."


def test_there_is_a_limit_and_it_is_told(bench):
    m = MOST_POINTS - 2
    points = np.random.default_rng(0).uniform(-1, 1, (m, 3))
    b = bench()
    b.document.set_data(DataSettings(source=Painted.of(points.round(1) * [1, 1, 0] + [0, 0, 1])), text="many")
    b.start()
    b.drag((0, 0))
    assert len(b.source.points) == MOST_POINTS
    b.drag((0, 0), (0.5, 0))
    assert len(b.source.points) == MOST_POINTS


def test_leaving_shows_the_examples_by_part_again(bench):
    b = bench()
    counts = [len(cloud.getData()[0]) for cloud in b.plot.scene.clouds.values()]
    b.start()
    assert not any(len(cloud.getData()[0]) for cloud in b.plot.scene.clouds.values())
    assert b.painting.strip.isVisible()
    QTest.mouseClick(b.painting.button, LEFT)
    assert [len(cloud.getData()[0]) for cloud in b.plot.scene.clouds.values()] == counts
    assert not len(b.painting._items._old.getData()[0])


def test_the_picture_covers_the_frame(bench, wait_for):
    b = bench()
    b.start()
    (x_low, x_high), _ = b.plot.scene.plot.viewRange()
    image = b.plot.scene.image
    assert wait_for(lambda: image.boundingRect().left() == pytest.approx(x_low))
    assert image.boundingRect().right() == pytest.approx(x_high)


def test_a_stroke_costs_little(bench):
    b = bench("planar:moons?m=1000")
    b.start()
    begun = time.perf_counter()
    b.painting._begin(b.plot.scene.plot.getViewBox().sceneBoundingRect().center(), False)
    assert time.perf_counter() - begun < 0.05
    begun = time.perf_counter()
    b.painting._finish()
    assert time.perf_counter() - begun < 0.5, "A stroke must not be heard in the window's thread."
