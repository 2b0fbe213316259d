"""The base of the live views: who computes when, with which weights, and how seldom."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtTest import QTest

from engine.data import prepare
from engine.events import Weights
from engine.network import compile_design
from engine.templates import load_template
from gui.document import Document
from gui.runtime.session import TrainingSession
from gui.views.base import LiveView, view_types
from gui.views.context import ViewContext
from gui.views.engine import ViewEngine
from gui.widgets.export import Table


class MeanView(LiveView):
    """Shows the mean of a parameter."""

    title = "Mean"

    def build(self) -> None:
        self.answers: list[float] = []

    def question(self) -> Any:
        return "dense_1/W"

    @staticmethod
    def compute(engine: ViewEngine, question: Any) -> float:
        return float(engine.network[question].mean())

    def show_answer(self, answer: float) -> None:
        self.answers.append(answer)

    def table(self) -> Table:
        return Table(["mean"], [[mean] for mean in self.answers])


@pytest.fixture
def setting():
    design = load_template("spirals")
    document = Document(design)
    session = TrainingSession(document)
    context = ViewContext(document, session, document)
    view = MeanView(context)
    view.resize(300, 200)
    yield design, context, view
    context.close()
    session.close()
    view.close()
    view.deleteLater()
    document.deleteLater()
    QCoreApplication.sendPostedEvents(None, 0)


def wait_for(condition, message: str) -> None:
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end, message
        QTest.qWait(5)


def test_a_view_computes_when_shown_and_when_weights_come(setting):
    design, context, view = setting
    assert not view.answers
    context.set_problem(design, prepare(design.data))
    QTest.qWait(50)
    assert not view.answers, "a hidden view must not compute"
    view.show()
    wait_for(lambda: len(view.answers) == 1, "a view that is shown did not compute")
    first = compile_design(design).weights()
    assert view.answers[0] == pytest.approx(float(first["dense_1/W"].mean()), abs=1e-7)
    context.update_weights(Weights(7, 1, {name: np.ones_like(value) for name, value in first.items()}))
    wait_for(lambda: len(view.answers) == 2, "new weights did not reach the view")
    assert view.answers[1] == 1.0
    assert context.step == 7
    assert view.table().to_csv().splitlines()[0] == "mean"


def test_weights_of_another_network_leave_the_picture(setting):
    design, context, view = setting
    context.set_problem(design, prepare(design.data))
    view.show()
    wait_for(lambda: len(view.answers) == 1, "a view that is shown did not compute")
    context.update_weights(Weights(3, 0, {"dense_1/W": np.ones((1, 1))}))
    QTest.qWait(80)
    assert len(view.answers) == 1
    assert view.canvas.isVisible(), "the picture must stay"


def test_no_data_and_a_broken_design_are_said(setting):
    design, context, view = setting
    view.show()
    assert "no data" in view._message.text()
    graph = design.graph.without(["output_1"])
    context.set_problem(design.with_changes(graph=graph), prepare(design.data))
    wait_for(lambda: "Output" in view._message.text(), "the reason why nothing is shown is missing")
    assert not view.export_button.isEnabled()


def test_every_view_of_the_package_says_what_it_is():
    for kind in view_types():
        assert kind.name, f"{kind.__name__} needs a name"
        assert kind.title, f"{kind.__name__} needs a title"
        assert kind.help.endswith("."), f"{kind.__name__}.help must be a sentence for the menu"
