"""The Inspector: known numbers, clicks that lead through the network, and every state it can be in."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QPoint, Qt
from PySide6.QtTest import QTest

from engine.data import prepare
from engine.events import Weights
from engine.explaining.writing import number_text
from engine.network import compile_design
from engine.templates import load_template
from gui.document import Document
from gui.runtime.session import TrainingSession
from gui.views.context import ViewContext
from gui.views.inspector import InspectorView


class Setting:
    """A view with its context, for a template."""

    def __init__(self, name: str) -> None:
        self.design = load_template(name)
        self.document = Document(self.design)
        self.session = TrainingSession(self.document)
        self.context = ViewContext(self.document, self.session, self.document)
        self.view = InspectorView(self.context)
        self.view.resize(520, 900)
        self.data = prepare(self.design.data)
        self.context.set_problem(self.design, self.data)
        self.view.show()

    def select(self, node: str) -> None:
        self.context.select([node])
        wait_for(lambda: self.told(node), f"'{node}' is not shown: {self.view._message.text()}")

    def told(self, node: str) -> bool:
        told, view = self.view._told, self.view
        wanted = (view._node, view._unit, view._feature, *self.context.example)
        shown = told and (told.asked.node, told.asked.unit, told.asked.feature, told.asked.part, told.asked.place)
        return shown == wanted and view._node == node and view.canvas.isVisible()

    def text(self) -> list[str]:
        return self.view._sheet.text().splitlines()

    def close(self) -> None:
        self.context.close()
        self.session.close()
        self.view.close()
        self.view.deleteLater()
        self.document.deleteLater()
        QCoreApplication.sendPostedEvents(None, 0)


@pytest.fixture
def open_template():
    opened: list[Setting] = []

    def make(name: str) -> Setting:
        opened.append(Setting(name))
        return opened[-1]

    yield make
    for setting in opened:
        setting.close()


def wait_for(condition: Callable[[], Any], message: str) -> None:
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end, message
        QTest.qWait(5)


def numbers_of(setting: Setting, weights: dict[str, np.ndarray], example: int) -> dict[str, np.ndarray]:
    """The arrays of one example, from the engine itself."""
    network = compile_design(setting.design)
    network.set_weights(weights)
    x = setting.data.parts["train"].input("")[example : example + 1]
    y = setting.data.parts["train"].target("")[example : example + 1]
    _, gradients = network.backward(x, y, training=False)
    program = network.program(1, backward=True)
    return gradients | {name: program.array(f"dense_1/{name}").copy() for name in ("Z", "A", "dA", "dZ")}


def test_the_numbers_are_those_of_the_engine(open_template):
    setting = open_template("moons")
    weights = {name: value + 0.25 for name, value in compile_design(setting.design).weights().items()}
    setting.context.update_weights(Weights(9, 0, weights))
    setting.select("dense_1")
    setting.view.look_at("dense_1", 3, 1)
    setting.context.show_example("train", 7)
    wait_for(lambda: setting.told("dense_1"), "the unit and the example are not shown")
    want = numbers_of(setting, weights, 7)
    told = setting.view._told
    assert told.output == pytest.approx(want["A"][0], abs=1e-6)
    assert told.chosen == pytest.approx(float(want["Z"][0, 3]), abs=1e-6)
    lines = setting.text()
    for begin, value in (("z[1]_4 = ", want["Z"][0, 3]), ("dw[1]_4,2 = ", want["dense_1/W"][3, 1])):
        line = next(line for line in lines if line.startswith(begin))
        assert line.endswith(f" = {number_text(float(value))}"), line
    rows = setting.view.table().rows
    assert ["Forward", "Z[1] = A[0] W[1]ᵀ + b[1]", "(32, 8)  (32, 2)  (2, 8)  (8,)"] in rows


def test_clicks_lead_to_where_numbers_come_from_and_back(open_template):
    setting = open_template("moons")
    asked: list[str] = []
    setting.context.node_requested.connect(asked.append)
    setting.context.node_requested.connect(lambda node: setting.context.select([node]))  # as the canvas does
    setting.select("dense_2")
    sheet = setting.view._sheet
    number = next(
        i
        for i, piece in enumerate(sheet.links)
        if piece.target == "dense_1/A" and len(piece.place) == 2 and piece.place[1]
    )
    unit = sheet.links[number].place[1]
    QTest.mouseClick(sheet, Qt.MouseButton.LeftButton, pos=sheet.link_center(number).toPoint())
    wait_for(lambda: setting.told("dense_1"), "the click did not lead to the layer before")
    assert asked == ["dense_1"]
    assert setting.view._unit == unit
    assert setting.view._unit_box.value() == unit + 1
    QTest.mouseClick(setting.view._back, Qt.MouseButton.LeftButton)
    wait_for(lambda: setting.told("dense_2"), "Back did not lead back")
    assert asked == ["dense_1", "dense_2"]
    assert not setting.view._back.isEnabled()


def test_a_weight_chooses_its_unit_and_input_by_keyboard(open_template):
    setting = open_template("moons")
    setting.select("dense_1")
    sheet = setting.view._sheet
    setting.view.activateWindow()
    sheet.setFocus()
    number = next(i for i, piece in enumerate(sheet.links) if piece.target == "dense_1/W" and piece.place == (0, 1))
    QTest.keyClick(sheet, Qt.Key.Key_Home)
    for _ in range(number):
        QTest.keyClick(sheet, Qt.Key.Key_Right)
    QTest.keyClick(sheet, Qt.Key.Key_Return)
    wait_for(lambda: setting.told("dense_1"), "the weight is not shown")
    assert (setting.view._unit, setting.view._feature) == (0, 1)
    assert any(line.startswith("w[1]_1,2 = ") for line in setting.text())


def test_bars_and_boxes_choose_units_and_examples(open_template):
    setting = open_template("moons")
    setting.select("dense_1")
    bars = setting.view._bars
    QTest.mouseClick(bars, Qt.MouseButton.LeftButton, pos=QPoint(bars.bar_center(5), 20))
    assert setting.view._unit == 5
    QTest.keyClick(bars, Qt.Key.Key_Left)
    wait_for(lambda: setting.told("dense_1"), "the bar's unit is not shown")
    assert setting.view._unit_box.value() == 5
    QTest.mouseClick(setting.view._next, Qt.MouseButton.LeftButton)
    assert setting.context.example == ("train", 1)
    setting.view._on_example_edited(10**9)
    assert setting.context.example[1] == setting.data.parts["train"].m - 1, "a number too large means the last example"
    setting.view._on_unit_box_edited(99)
    assert setting.view._unit == 7, "a number too large means the last unit"


@pytest.mark.parametrize("name", ["two_inputs", "regression", "digits_cnn"])
def test_every_node_of_a_design_is_told(open_template, name: str):
    setting = open_template(name)
    for node in setting.design.graph.nodes:
        setting.select(node.id)
        assert len(setting.text()) >= 4, f"too little is said on '{node.id}' of {name}"
        assert setting.view.table().rows


def test_states_without_a_picture(open_template):
    setting = open_template("skip")
    view = setting.view
    wait_for(lambda: "Select a layer" in view._message.text(), "what to do is not said")
    setting.select("dense_2")
    graph = setting.design.graph.without(["dense_2"])
    setting.context.set_problem(setting.design.with_changes(graph=graph), setting.data)
    wait_for(lambda: not view.canvas.isVisible(), "a deleted layer is still shown")
    assert "Select a layer" in view._message.text() or "input" in view._message.text()


def test_a_layer_that_leads_nowhere_is_named(open_template):
    from engine.graph import Edge, Node
    from engine.layers.dense import Dense

    setting = open_template("moons")
    graph = setting.design.graph
    wider = type(graph)(
        nodes=(*graph.nodes, Node(id="loose", layer=Dense(units=2))),
        edges=(*graph.edges, Edge(source="dense_1", target="loose", port=0)),
    )
    setting.context.set_problem(setting.design.with_changes(graph=wider), setting.data)
    setting.context.select(["loose"])
    wait_for(lambda: "leads to no Output" in setting.view._message.text(), setting.view._message.text())


def test_weights_that_are_not_finite_are_shown_as_such(open_template):
    setting = open_template("moons")
    weights = {name: np.full_like(value, np.nan) for name, value in compile_design(setting.design).weights().items()}
    setting.context.update_weights(Weights(1, 0, weights))
    setting.select("dense_1")
    assert any("NaN" in line for line in setting.text())
