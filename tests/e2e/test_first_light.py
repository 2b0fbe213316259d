"""The story of issue A: Space shows learning; then own data, a network drawn with the mouse, saved and gone on with."""

from __future__ import annotations

import csv
import shutil
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox
from sklearn.datasets import load_breast_cancer

from engine.files import load_project

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def patients(tmp_path):
    """The breast cancer data as a user's own table: the diagnosis is a text, in the second column."""
    found = load_breast_cancer()
    path = tmp_path / "my patients.csv"
    with open(path, "w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow([found.feature_names[0], "diagnosis", *found.feature_names[1:]])
        for row, target in zip(found.data, found.target, strict=True):
            writer.writerow([row[0], found.target_names[target], *row[1:]])
    return path


def test_space_shows_learning_at_once(new_user):
    user = new_user()
    window = user.window
    assert len(user.document.graph.nodes) == 5
    assert not user.document.plan.problems
    assert user.canvas.hasFocus()
    user.wait(lambda: window.boundary_plot.picture is not None, what="the untrained boundary")
    untrained = window.boundary_plot.picture.pixels.astype(int)
    user.document.set_training(epochs=1_000_000)  # else a fast machine is done before the second Space
    user.key(Qt.Key.Key_Space)
    assert window.session.state == "running"

    def learned() -> bool:
        return user.step > 3000 and user.accuracy("train") > 0.9 and window.boundary_plot.picture.step > 500

    user.wait(learned, what="it learns")
    user.key(Qt.Key.Key_Space)
    assert window.session.state == "paused"
    user.live(0.3)
    step, picture = user.step, window.boundary_plot.picture
    assert len(user.costs) == step
    assert np.mean(user.costs[-50:]) < 0.5 * np.mean(user.costs[:50])
    assert picture.pixels.shape != untrained.shape or np.abs(picture.pixels.astype(int) - untrained).mean() > 10
    user.live(0.2)
    assert user.step == step, "a paused run makes no steps"
    user.key(Qt.Key.Key_Space)
    user.wait(lambda: user.step > step)


def test_own_data_an_own_network_saved_opened_and_gone_on_with(new_user, patients, tmp_path):
    user = new_user()
    window, document = user.window, user.document
    user.answer_questions(QMessageBox.StandardButton.Discard)
    user.key(Qt.Key.Key_N, CTRL)
    assert not document.graph.nodes

    # The user's own table, and which column is to be predicted.
    user.open_csv(patients)
    form = window.data_panel.form
    assert form.declaration.path == str(patients)
    user.type_text(form.row("target"), "diagnosis")
    user.wait(lambda: document.design.data.source.target == "diagnosis", what="the target is read")
    assert not window.data_panel.error.isVisible()
    assert "569" in window.data_panel.facts.accessibleName()
    assert "malignant" in window.data_panel.classes.accessibleName()
    assert window.loader.prepared.input_shape() == (30,)

    # Five layers from the palette, wired from port to port.
    names = []
    for index, kind in enumerate(("input", "dense", "dense", "dense", "output")):
        place = QPoint(110 + index * 150, 90 + index * 70)
        names.append(user.drop(kind, place))
        assert user.canvas.selected_nodes() == [names[-1]]
        assert user.canvas.canvas_scene.node_at(user.canvas.mapToScene(place)) == names[-1], "it stays where it was put"
    user.key(Qt.Key.Key_0, CTRL)  # show all
    for source, target in pairwise(names):
        user.wire(source, target)
    assert [(edge.source, edge.target) for edge in document.graph.edges] == list(pairwise(names))

    # Units and activations in the properties panel.
    first, second, last = names[1:4]
    for node_id, units, activation in ((first, "16", "ReLU"), (second, "8", "Tanh"), (last, "1", "Linear")):
        user.click_node(node_id)
        form = window.properties_panel.node_page.form
        assert window.properties_panel.isVisible()
        user.type_number(form.row("units"), units)
        user.choose(form.row("activation").editor.box, activation)
    shapes = [document.plan.nodes[name].shape for name in names]
    assert shapes == [(30,), (16,), (8,), (1,), (1,)]
    assert document.plan.parameter_count == 30 * 16 + 16 + 16 * 8 + 8 + 8 + 1
    assert not document.plan.problems
    user.show_tab("training")
    user.type_number(window.training_panel.form.row("epochs"), "200")

    # It learns.
    user.space()
    assert window.session.state in ("running", "finished"), user.banner
    user.wait(lambda: window.session.state == "finished", 30, "200 epochs")
    user.live(0.2)
    assert user.step == 200 * 15  # 456 examples in batches of 32
    assert user.accuracy("train") >= 0.98
    assert user.accuracy("dev") >= 0.95
    figures = window.controller.record.parts

    # Saved: the file holds what the window shows.
    path = tmp_path / "patients.netloom"
    user.save(path)
    assert document.path == path
    assert not window.isWindowModified()
    project = load_project(path)
    assert project.design == document.design
    assert project.checkpoint.step == user.step
    weights = window.controller.record.checkpoint.weights
    costs = user.costs

    # A copy opened in another window (the file itself would only raise its own window): the same weights, figures and
    # curve; Space goes on after more epochs are asked for.
    other = new_user()
    other.answer_questions(QMessageBox.StandardButton.Discard)
    copy = shutil.copy(path, tmp_path / "copy.netloom")
    other.open(copy)
    assert other.banner == ""
    assert other.document.design == document.design
    opened = other.window.controller.record.checkpoint.weights
    assert set(opened) == set(weights)
    assert all(np.array_equal(opened[name], weights[name]) for name in weights)
    assert other.step == 3000
    assert other.accuracy("dev") == user.accuracy("dev")
    assert other.window.controller.record.parts == figures
    shown = other.window.cost_plot.history()["costs"]
    assert shown["start"] == 0
    assert np.allclose(shown["mean"], costs, rtol=1e-6) if "block" not in shown or shown["block"] == 1 else True
    other.wait(lambda: other.window.loader.prepared is not None, what="the data is loaded again")
    other.space()
    assert "200 epochs are done" in other.banner
    other.show_tab("training")
    other.type_number(other.window.training_panel.form.row("epochs"), "260")
    other.space()
    assert other.window.session.state in ("running", "finished"), other.banner
    other.wait(lambda: other.window.session.state == "finished", 30)
    other.live(0.1)
    assert len(other.costs) == 60 * 15
    assert other.step == 3900
    assert other.accuracy("dev") >= 0.95

    # Undo and redo: in the first window back to the empty canvas and forth again.
    drawn = document.design
    for _ in range(100):
        if not document.graph.nodes:
            break
        user.key(Qt.Key.Key_Z, CTRL)
    assert not document.graph.nodes
    while document.undo_stack.canRedo():
        user.key(Qt.Key.Key_Z, CTRL | SHIFT)
    assert document.design == drawn
    assert not window.isWindowModified()
    other.key(Qt.Key.Key_Z, CTRL)
    assert other.document.design.training.epochs == 200
    other.key(Qt.Key.Key_Z, CTRL | SHIFT)
    assert other.document.design.training.epochs == 260


def test_new_ends_fit_the_data_that_is_there(new_user):
    user = new_user("softmax3")
    user.answer_questions(QMessageBox.StandardButton.Discard)
    document = user.document
    user.canvas.select_all()
    user.key(Qt.Key.Key_Delete)
    assert not document.graph.nodes
    user.drop("input", QPoint(100, 100))
    output = user.drop("output", QPoint(500, 200))
    assert document.node(output).layer.loss.task == "classes"
    assert user.window.loader.prepared.input_shape() == (2,)


def test_a_wire_that_would_close_a_cycle_is_refused_while_it_is_drawn(new_user):
    user = new_user("xor")
    graph = user.document.graph
    hidden = user.node_of_kind("dense")
    scene = user.canvas.canvas_scene
    QTest.mousePress(
        user.canvas.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, user.place(scene.node_item(hidden).box.output)
    )
    point = user.place(scene.node_item(user.node_of_kind("input")).box.rect.center())
    QTest.mouseMove(user.canvas.viewport(), point)
    user.live(0.05)
    QTest.mouseRelease(user.canvas.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, point)
    assert user.document.graph == graph
    assert not user.document.modified
