"""The Units view and the response maps: maps against the formula, and weights set by hand."""

from __future__ import annotations

import time
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtTest import QTest

from engine.activations.basic import Softmax, Tanh
from engine.data import DataSettings, parse_spec, prepare
from engine.design import Design
from engine.events import Weights
from engine.graph import Edge, GraphSpec, Node
from engine.layer import Layer
from engine.layers.dense import Dense
from engine.layers.ends import Input, Output
from engine.losses.basic import BinaryCrossEntropy, CategoricalCrossEntropy
from engine.network import compile_design
from gui.canvas.view import CanvasView
from gui.document import Document
from gui.runtime.session import TrainingSession
from gui.views.context import ViewContext
from gui.views.response_numbers import CELLS, unit_maps
from gui.views.responses import MapChoices, Responses
from gui.views.tensor_picture import NOT_FINITE, SPREAD, ZERO
from gui.views.units import UnitsView


def chain(*units, inputs=2, last=1, loss=None):
    layers = {"input_1": Input(shape=(inputs,))}
    layers |= {f"dense_{k}": Dense(units=n, activation=Tanh()) for k, n in enumerate(units, 1)}
    layers |= {"dense_last": Dense(units=last), "output_1": Output(loss=loss or BinaryCrossEntropy())}
    places = {name: (272.0 * k, 0.0) for k, name in enumerate(layers)}
    nodes = tuple(Node(id=name, layer=layer, position=places[name]) for name, layer in layers.items())
    return Design(graph=GraphSpec(nodes=nodes, edges=tuple(Edge(source=a, target=b) for a, b in pairwise(layers))))


class Bench:
    def __init__(self, design, spec):
        self.document = Document(design)
        self.session = TrainingSession(self.document)
        self.context = ViewContext(self.document, self.session, self.document)
        self.data = prepare(DataSettings(source=parse_spec(spec), standardize=False))
        self.edits = []
        self.context.weight_edited.connect(self.edits.append)
        self.view = UnitsView(self.context)
        self.view.resize(900, 600)

    def open(self, design):
        self.context.set_problem(design, self.data)
        self.view.show()
        wait_for(lambda: self.view.sheet.answer is not None, "nothing was computed")
        return self.view

    def set(self, design, **arrays):
        values = compile_design(design).weights()
        values |= {name.replace("__", "/"): np.asarray(value, np.float32) for name, value in arrays.items()}
        before = self.view.sheet.answer
        self.context.update_weights(Weights(1, 0, values))
        wait_for(lambda: self.view.sheet.answer is not before, "new weights did not come")


@pytest.fixture
def bench(application):
    made = []

    def make(design, spec="planar:moons"):
        made.append(Bench(design, spec))
        return made[-1]

    yield make
    for one in made:
        one.context.close()
        one.session.close()
        one.view.close()
        one.view.deleteLater()
        one.document.deleteLater()
    QCoreApplication.sendPostedEvents(None, 0)


def wait_for(condition, message):
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end, message
        QTest.qWait(5)


def press(widget, key):
    QTest.keyClick(widget, key)


def test_a_tanh_unit_of_the_first_feature_maps_tanh_of_x(bench):
    design = chain(2)
    one = bench(design)
    view = one.open(design)
    one.context.select(["dense_1"])
    one.set(design, dense_1__W=[[1, 0], [0, 0]], dense_1__b=[0, 0.5])
    wait_for(lambda: view.sheet.answer.question.node == "dense_1", "the selection is not followed")
    maps = view.sheet.answer.maps
    side = maps.x
    x = side.low + (np.arange(CELLS) + 0.5) * (side.high - side.low) / CELLS
    first, second = maps.units["dense_1"]
    assert first.limit == pytest.approx(np.abs(np.tanh(x)).max(), rel=1e-5)
    expected = np.rint(ZERO + SPREAD * np.tanh(x) / first.limit)
    assert np.abs(first.codes - expected[None]).max() <= 1, "the map is not tanh(x), the same in every row"
    assert (second.low, second.high) == pytest.approx((np.tanh(0.5), np.tanh(0.5)), rel=1e-5)
    y = maps.units["input_1"][1].codes
    assert y[0, 0] > ZERO > y[-1, 0], "the highest y belongs into the first row"


def test_scale_per_layer_and_what_is_no_number():
    values = np.array([[[1.0, 4.0], [-0.5, np.nan]]])
    own, other = unit_maps(values, 0, 2, "unit")
    assert (own.limit, other.limit) == (1.0, 4.0)
    assert own.codes.tolist() == [[ZERO + SPREAD, ZERO - SPREAD // 2]]
    assert other.codes.tolist() == [[ZERO + SPREAD, NOT_FINITE]]
    layer = unit_maps(values, 0, 2, "layer")[0]
    assert layer.limit == 4.0
    assert abs(int(layer.codes[0, 0]) - (ZERO + SPREAD / 4)) <= 0.5
    nothing = unit_maps(np.full((1, 2, 1), np.nan), 0, 1, "unit")[0]
    assert np.isnan(nothing.low)


def test_keys_walk_over_weights_and_enter_sets_one(bench):
    design = chain(3)
    one = bench(design)
    view = one.open(design)
    one.context.select(["dense_1"])
    wait_for(lambda: view.sheet.answer.question.node == "dense_1", "the selection is not followed")
    view.sheet.setFocus()
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Right):
        press(view.sheet, key)
    w = compile_design(design)["dense_1/W"]
    assert "W[1][2, 0]" in view._line.accessibleName()
    press(view.sheet, Qt.Key.Key_Return)
    assert view.editor.isVisible()
    assert view.editor.box.value() == pytest.approx(float(w[2, 0]), rel=1e-5)
    QTest.keyClicks(view.editor.box.lineEdit(), "1.25")
    press(view.editor.box, Qt.Key.Key_Return)
    (edit,) = one.edits
    assert (edit.name, edit.place, edit.value) == ("dense_1/W", (2, 0), 1.25)
    assert not view.editor.isVisible()
    press(view.sheet, Qt.Key.Key_Return)
    assert view.editor.back_button.isVisible(), "a weight that was set by hand can be set back"
    view.editor.back_button.click()
    assert one.edits[-1].value == pytest.approx(float(w[2, 0]))
    press(view.sheet, Qt.Key.Key_Return)
    assert not view.editor.back_button.isVisible()
    QTest.keyClicks(view.editor.box.lineEdit(), "3")
    press(view.editor.box, Qt.Key.Key_Escape)
    assert not view.editor.isVisible()
    assert len(one.edits) == 2, "Esc must leave the weight as it is"


@pytest.mark.parametrize("text", ["1e9999", "nan", "two", "1e39"])
def test_what_is_no_weight_is_refused_with_a_sentence(bench, text):
    design = chain(2)
    one = bench(design)
    view = one.open(design)
    view.sheet.setFocus()
    press(view.sheet, Qt.Key.Key_Return)
    QTest.keyClicks(view.editor.box.lineEdit(), text)
    press(view.editor.box, Qt.Key.Key_Return)
    assert not one.edits
    assert view.editor.complaint.isVisible()
    assert len(view.editor.complaint.text()) > 20


def test_a_click_on_line_and_bias_and_the_output_bias(bench):
    design = chain(2)
    one = bench(design)
    view = one.open(design)
    one.context.select(["dense_last"])
    wait_for(lambda: view.sheet.answer.question.node == "dense_last", "the selection is not followed")
    at = view.sheet.layout_now
    QTest.mouseClick(view.sheet, Qt.MouseButton.LeftButton, pos=at.wire(0, 1).pointAtPercent(0.25).toPoint())
    assert view.editor.title.text() == "W[2][0, 1]"
    QTest.mouseClick(view.sheet, Qt.MouseButton.LeftButton, pos=at.bias_rect(0).center().toPoint())
    assert view.editor.title.text() == "b[2][0]", "the bias of the output unit must be visible and settable"
    view.editor.slider.setValue(view.editor.slider.maximum())
    view.editor.set_button.click()
    assert (one.edits[0].name, one.edits[0].place, one.edits[0].value) == (
        "dense_last/b",
        (0,),
        float(f"{max(3, 2 * view.sheet.answer.largest):.3g}"),
    )
    QTest.mouseMove(view.sheet, at.unit_rect(0).center().toPoint())
    assert view.sheet.large_picture().title == "dense_last, unit 0"


def test_pages_table_softmax_and_three_features(bench):
    design = chain(20, inputs=4, last=3, loss=CategoricalCrossEntropy())
    one = bench(design, "sklearn:iris")
    view = one.open(design)
    one.context.select(["dense_1"])
    wait_for(lambda: view.sheet.answer.question.node == "dense_1", "the selection is not followed")
    assert view._page_rows[1][1].text() == "units 0–7 of 20"
    press(view.sheet, Qt.Key.Key_PageDown)
    press(view.sheet, Qt.Key.Key_PageDown)
    wait_for(lambda: view.sheet.answer.question.first_unit in (8, 16), "the page was not turned")
    assert view.table().header[-1] == "value"
    assert view._x.isVisible(), "four features: two of them can be chosen"
    first = view.sheet.answer
    view._x.choose(one.data.columns[next(iter(one.data.columns))][3])
    wait_for(lambda: view.sheet.answer is not first, "another feature was not computed")
    assert view.sheet.answer.maps.x.title == one.data.columns[next(iter(one.data.columns))][3]


def test_images_have_weights_but_no_maps(bench):
    layers = {
        "input_1": Input(shape=(8, 8, 1)),
        "flatten_1": Layer.from_data({"kind": "flatten"}),
        "dense_1": Dense(units=10, activation=Softmax()),
        "output_1": Output(loss=CategoricalCrossEntropy()),
    }
    nodes = tuple(Node(id=name, layer=layer) for name, layer in layers.items())
    design = Design(graph=GraphSpec(nodes=nodes, edges=tuple(Edge(source=a, target=b) for a, b in pairwise(layers))))
    one = bench(design, "sklearn:digits")
    view = one.open(design)
    assert view.sheet.answer.maps is None
    assert "images" in view._remark.text()
    assert view.sheet.answer.W.shape == (8, 8)
    assert view.sheet.answer.inputs == 64


def test_weights_that_are_no_numbers_are_drawn(bench):
    design = chain(2)
    one = bench(design)
    view = one.open(design)
    one.set(design, dense_1__W=np.full((2, 2), np.nan))
    assert not view.sheet.grab().isNull()
    view.sheet.setFocus()
    press(view.sheet, Qt.Key.Key_Right)
    press(view.sheet, Qt.Key.Key_Return)
    assert view.editor.isVisible()


def test_strips_hang_from_small_layers_and_compute_nothing_when_hidden(bench):
    design = chain(3, 20)
    one = bench(design)
    canvas = CanvasView(one.document)
    canvas.resize(900, 300)
    responses = Responses(canvas.maps, one.context)
    canvas.show()
    canvas.reset_zoom()
    one.context.set_problem(design, one.data)
    wait_for(lambda: canvas.maps.strip_of("dense_1") is not None, "no maps came")
    assert canvas.maps.strip_of("dense_2") is None, "20 units are too many for a strip"
    strip = canvas.maps.strip_of("dense_1")
    assert strip is not None
    assert strip.sceneBoundingRect().top() >= canvas.canvas_scene.node_item("dense_1").rect.bottom() - 2.5
    asked, chosen = [], []
    one.context.view_requested.connect(asked.append)
    MapChoices.of(one.context).unit_chosen.connect(lambda node, unit: chosen.append((node, unit)))
    place = canvas.mapFromScene(strip.mapToScene(strip.tile_rect(2).center()))
    QTest.mouseMove(canvas.viewport(), place)
    wait_for(lambda: canvas.maps.tip.picture is not None, "hovering shows no large map")
    assert canvas.maps.tip.picture is not None
    assert canvas.maps.tip.picture.title == "dense_1, unit 2"
    QTest.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert (asked, chosen) == (["units"], [("dense_1", 2)])
    canvas.maps.toggle()
    assert canvas.maps.strip_of("dense_1") is None
    assert not responses.is_shown, "hidden maps must compute nothing"
    canvas.maps.toggle()
    wait_for(lambda: canvas.maps.strip_of("dense_1") is not None, "maps did not come back")
    canvas.select(["dense_1"])
    canvas.delete_selection()
    assert canvas.maps.strip_of("dense_1") is None, "a layer that is gone has no maps"
    canvas.zoom_by(0.3)
    assert not responses.is_shown
    canvas.close()
    canvas.deleteLater()


def test_a_strip_gives_way_to_a_layer_below_it(bench):
    design = chain(3)
    one = bench(design)
    canvas = CanvasView(one.document)
    canvas.resize(900, 400)
    Responses(canvas.maps, one.context)
    canvas.show()
    canvas.reset_zoom()
    one.context.set_problem(design, one.data)
    wait_for(lambda: canvas.maps.strip_of("dense_1") is not None, "no maps came")
    strip = canvas.maps.strip_of("dense_1")
    assert strip is not None
    x, y = one.document.node("dense_1").position
    one.document.move({"dense_last": (x, y + 88)})
    assert not strip.isVisible()
    one.document.undo_stack.undo()
    assert strip.isVisible()
    canvas.close()
    canvas.deleteLater()
