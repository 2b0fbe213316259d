"""Slow motion in the window: buttons and keys, the canvas, a run that is paused for it, and chains of steps."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt, QVariantAnimation
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMainWindow

from engine.checkpoint import Checkpoint
from engine.data import PreparedData, prepare
from engine.design import Design
from engine.losses.basic import BinaryCrossEntropy
from engine.templates import load_template
from engine.training import Trainer
from gui.canvas.flow import Flow
from gui.canvas.scene import CanvasScene
from gui.views.slow_motion import SlowMotionView

LEFT = Qt.MouseButton.LeftButton


class Stage:
    """A view of the template "xor" whose canvas is there, too."""

    def __init__(self, bench) -> None:
        self.bench = bench
        self.design: Design = load_template("xor")
        self.data: PreparedData = prepare(self.design.data)
        bench.document.replace_design(self.design)
        self.flows: list[Flow | None] = []
        bench.context.flow_shown.connect(self.flows.append)
        self.view: SlowMotionView = bench.show(SlowMotionView, self.design, self.data)
        self.player = self.view._player

    @property
    def name(self) -> str:
        assert self.player.substep is not None
        return self.player.substep.name


@pytest.fixture
def stage(bench) -> Stage:
    return Stage(bench)


def click(button) -> None:
    assert button.isVisible()
    assert button.isEnabled(), f"{button.accessibleName()} cannot be pressed"
    QTest.mouseClick(button, LEFT)


def test_it_opens_with_the_batch_of_the_first_step(stage):
    assert stage.name == "batch"
    assert stage.player.step.step == 1
    assert stage.view._page.sentence.startswith("The batch: the next")
    assert stage.flows[-1].nodes == ("input_1",)
    assert not stage.flows[-1].moving, "nothing moves before Play"
    assert "first weights" in stage.view._page._remark.text()


def test_buttons_go_to_and_fro(stage):
    view, count = stage.view, len(stage.player.step.substeps)
    assert not view._buttons.back.isEnabled()
    assert not view._buttons.to_start.isEnabled()
    click(view._buttons.forward)
    assert stage.name == "forward dense_1"
    click(view._buttons.to_end)
    assert stage.player.index == count - 1
    assert stage.name == "done"
    assert not view._buttons.forward.isEnabled()
    click(view._buttons.back)
    assert stage.player.index == count - 2
    click(view._buttons.to_start)
    assert stage.name == "batch"


def test_keys_go_to_and_fro_and_space_plays_here_only(stage):
    view = stage.view
    window = QMainWindow()
    window.setCentralWidget(view)
    trained: list[bool] = []
    shortcut = QShortcut(QKeySequence("Space"), window)
    shortcut.activated.connect(lambda: trained.append(True))
    window.show()
    window.activateWindow()
    QTest.qWait(20)
    view.setFocus()
    for key, wanted in (
        (Qt.Key.Key_Right, "forward dense_1"), (Qt.Key.Key_Right, "forward dense_2"),
        (Qt.Key.Key_Left, "forward dense_1"), (Qt.Key.Key_End, "done"), (Qt.Key.Key_Home, "batch"),
    ):  # fmt: skip
        QTest.keyClick(window.focusWidget(), key)
        assert stage.name == wanted
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Space)
    assert stage.player.is_playing
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Space)
    assert not stage.player.is_playing
    assert not trained, "Space must not start a training while this view has the focus"
    window.takeCentralWidget()
    view.setParent(None)
    window.close()


def test_it_plays_to_the_end_at_its_speed_and_begins_again(stage):
    view = stage.view
    view._speed.slider.setValue(view._speed.slider.maximum())
    assert view._speed.text.text() == "8 per s"
    view._player.set_speed(100)
    click(view._buttons.play)
    assert stage.flows[-1].moving
    assert view._buttons.pause.isVisible()
    assert not view._buttons.play.isVisible()
    stage.bench.wait_for(lambda: stage.name == "done", "it did not come to the end")
    assert not stage.player.is_playing
    assert not stage.flows[-1].moving
    click(view._buttons.play)
    assert stage.name == "batch"
    click(view._buttons.pause)
    assert not stage.player.is_playing


def test_a_click_on_the_timeline_goes_there(stage):
    timeline, count = stage.view._timeline, len(stage.player.step.substeps)
    for index in (3, count - 1, 0):
        QTest.mouseClick(timeline, LEFT, pos=timeline.mark_rect(index).center().toPoint())
        assert stage.player.index == index
    assert "Sub-step 1 of" in timeline.accessibleDescription()


def test_the_next_step_follows_from_the_result(stage):
    trainer = Trainer(stage.design, stage.data)
    costs = [trainer._stepper.one_step() for _ in range(3)]
    for number in (2, 3):
        click(stage.view._next)
        stage.bench.wait_for(lambda number=number: len(stage.player.steps) == number, "the next step did not come")
    assert [step.step for step in stage.player.steps] == [1, 2, 3]
    assert [step.cost_before for step in stage.player.steps] == pytest.approx(costs, abs=1e-7)
    assert stage.name == "batch"
    assert stage.view._steps.currentText() == "Step 3"
    stage.view._steps.activated.emit(0)
    assert stage.player.step.step == 1


def test_numbers_can_be_taken_along(stage):
    table = stage.view.table()
    lines = [dict(zip(table.header, row, strict=True)) for row in table.rows]
    z = next(line for line in lines if line["array"] == "Z[1]")
    figure = stage.player.step.substeps[1].figures[0]
    assert z["phase"] == "forward"
    assert z["mean"] == figure.statistics.mean
    assert z["shape"] == "x".join(f" {size} " for size in figure.shape).strip()


def test_the_number_under_the_mouse_is_told(stage):
    stage.player.go(1)
    picture = stage.view._page.picture
    picture.resize(400, 200)
    tile = picture._tiles[0]
    value = tile.figure.tiles[0][0, 0]
    text = picture.text_at(tile.rect.topLeft() + QPoint(2, 2))
    assert text.startswith("Z[1][0, 0] = ")
    assert float(text.split("= ")[1].replace("−", "-")) == pytest.approx(value, rel=0.01)
    assert picture.text_at(QPoint(-5, -5)) == ""


def test_play_pauses_a_running_training_and_shows_its_next_step(stage):
    session, view = stage.bench.session, stage.view
    design = stage.design.with_changes(training=stage.design.training.replace(epochs=10_000_000))
    progress: list[object] = []
    session.progressed.connect(progress.append)
    session.start(design, stage.data)
    stage.bench.context.set_problem(design, stage.data)
    stage.bench.wait_for(lambda: bool(progress), "training did not start")
    assert "Press Play" in stage.bench.message(view)
    assert not stage.player.steps
    assert stage.flows[-1] is None, "the canvas still shows a step that is over"
    click(view._buttons.play)
    assert session.state == "paused"
    stage.bench.wait_for(lambda: bool(stage.player.steps) and stage.player.is_playing, "the next step is missing")
    checkpoint = stage.bench.context.checkpoint
    assert isinstance(checkpoint, Checkpoint)
    assert checkpoint.step > 0
    assert stage.player.step.step == checkpoint.step + 1
    assert "Training was paused for this" in view._page._remark.text()
    arrived: list[Checkpoint] = []
    session.checkpointed.connect(lambda event: arrived.append(event.checkpoint))
    session.step()
    stage.bench.wait_for(lambda: stage.player.step.step == checkpoint.step + 2, "the view did not follow a single step")
    for name, value in arrived[-1].weights.items():
        np.testing.assert_array_equal(value, stage.bench.context.checkpoint.weights[name])
    session.stop()
    stage.bench.wait_for(lambda: session.state == "finished", "training did not stop")


def test_it_shows_the_very_step_that_training_makes(stage):
    session, context = stage.bench.session, stage.bench.context
    session.start(stage.design, stage.data, paused=True)
    session.step(3)
    stage.bench.wait_for(lambda: bool(stage.player.steps) and stage.player.step.step == 4, "step 4 is missing")
    expected = stage.player.step.after.weights
    session.step()
    stage.bench.wait_for(lambda: stage.player.step.step == 5, "the state after 4 steps is missing")
    assert context.checkpoint.step == 4
    for name, value in context.checkpoint.weights.items():
        np.testing.assert_allclose(value, expected[name], atol=1e-7, err_msg=name)
    session.stop()


def test_a_hidden_view_leaves_the_canvas_and_stands_still(stage):
    click(stage.view._buttons.play)
    assert stage.player.is_playing
    stage.view.hide()
    assert not stage.player.is_playing
    assert stage.flows[-1] is None
    stage.view.show()
    QTest.qWait(20)
    assert stage.flows[-1] is not None, "it comes back to where it was"


def test_it_scrolls_only_when_told_to(stage):
    assert stage.flows[-1].follow
    QTest.mouseClick(stage.view._follow, LEFT, pos=QPoint(8, stage.view._follow.height() // 2))
    assert not stage.flows[-1].follow


def test_a_change_of_the_settings_makes_another_step(stage):
    stage.player.go(4)
    before = stage.player.step
    document = stage.bench.document
    document.set_training(l2=0.9)
    stage.bench.wait_for(lambda: stage.player.step is not before, "the penalty did not come into the step")
    assert "penalty" in [substep.name for substep in stage.player.step.substeps]


def test_nothing_moves_after_closing(stage):
    scene = CanvasScene(stage.bench.document)
    stage.bench.context.flow_shown.connect(scene.show_flow)
    click(stage.view._buttons.play)
    stage.player.go(1)
    animation = scene.flow._animation
    assert isinstance(animation, QVariantAnimation)
    stage.view.close()
    assert animation.state() == QVariantAnimation.State.Stopped
    assert scene.flow.item is None
    assert not stage.player.is_playing


def test_problems_are_said(bench):
    data = prepare(load_template("xor").data)
    design = bench.design(data, BinaryCrossEntropy())
    broken = design.with_changes(graph=design.graph.without(["output_1"]))
    view = bench.show(SlowMotionView, broken, data)
    assert "Output" in bench.message(view)
    assert not view._buttons.play.isEnabled()
    assert bench.context.problem is None
