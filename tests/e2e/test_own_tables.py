"""Real tables with text and missing values: from the wizard to a network that beats the linear baseline."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from engine.activations.basic import ReLU
from engine.baselines import Linear, Question, examples_of, fit
from engine.design import Design
from engine.graph import SPACING, Edge, GraphSpec, Node
from engine.layer import Layer
from engine.layers.dense import Dense
from engine.layers.dropout import Dropout
from engine.layers.ends import Input, Output
from engine.optimizers.basic import Adam
from engine.settings import TrainingSettings

TABULAR = Path(__file__).parents[3] / "shared" / "data" / "tabular"
RELU = ReLU()


def chain(*layers: Layer) -> GraphSpec:
    nodes = tuple(Node(id=f"{i}", layer=layer, position=(SPACING * i, 0.0)) for i, layer in enumerate(layers))
    return GraphSpec(nodes=nodes, edges=tuple(Edge(source=a.id, target=b.id) for a, b in pairwise(nodes)))


STORIES = {
    "titanic_train.csv": (
        "Survived",
        "accuracy",
        chain(
            Input(), Dense(units=16, activation=RELU), Dropout(keep_prob=0.7), Dense(units=8, activation=RELU),
            Dense(units=1), Output(),
        ),
        TrainingSettings(optimizer=Adam(learning_rate=0.005), batch_size=32, epochs=60, seed=1),
    ),
    "housing.csv": (
        "median_house_value",
        "r2",
        chain(Input(), Dense(units=64, activation=RELU), Dense(units=32, activation=RELU), Dense(units=1), Output()),
        TrainingSettings(optimizer=Adam(learning_rate=0.003), batch_size=128, epochs=12),
    ),
}  # fmt: skip


@pytest.mark.skipif(not TABULAR.is_dir(), reason="The real tables lie in ../shared/data/tabular, which is absent.")
@pytest.mark.parametrize("name", STORIES)
def test_a_real_table_becomes_a_network_that_beats_the_linear_baseline(new_user, monkeypatch, name):
    target, metric, graph, training = STORIES[name]
    user = new_user(Design(graph=graph, training=training))
    window, document = user.window, user.document

    # The wizard: the file, and the column to predict by the key T.
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_a, **_k: (str(TABULAR / name), ""))
    user.show_tab("data")
    QTest.mouseClick(window.data_panel.open_button, Qt.MouseButton.LeftButton)
    wizard = window.window_actions.files.data.wizard
    user.wait(lambda: wizard.examined is not None, what="the table is looked at")
    wizard.columns.clearSelection()
    wizard.columns.selectRow(wizard.columns.content.header.index(target))
    wizard.columns.setFocus()
    QTest.keyClick(wizard.columns, Qt.Key.Key_T)
    ready = lambda: wizard.loading is None and wizard.examined is not None  # noqa: E731
    user.wait(lambda: ready() and wizard.settings.source.target == target, what="the target is changed")
    QTest.mouseClick(wizard.accept_button, Qt.MouseButton.LeftButton)
    user.wait(lambda: document.design.data.source.kind == "csv", what="the data is loaded")
    assert not document.plan.problems, "the design must be fitted to the data"
    assert "missing value" in window.data_panel.notices.text()
    count = document.undo_stack.count()
    document.undo_stack.undo()
    assert document.design.data.source.kind != "csv", "loading is one undo step"
    document.undo_stack.redo()
    assert document.undo_stack.count() == count
    user.wait(lambda: window.loader.prepared is not None, what="the data is there again")

    # It learns, and beats the network without hidden layers that scikit-learn fits on the same split.
    user.space()
    user.wait(lambda: window.session.state == "finished", 40, "all epochs")
    user.wait(lambda: "dev" in window.controller.record.parts, what="the last figures")
    reached = window.controller.record.parts["dev"][metric]
    plan = document.plan
    baseline = fit(Linear, examples_of(window.loader.prepared, Question.of(plan.inputs, plan.outputs)))
    assert reached > baseline.parts["dev"][metric] + 0.01, f"the network reached {reached}, the baseline {baseline}"
