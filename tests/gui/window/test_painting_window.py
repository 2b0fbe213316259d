"""Painting in the whole window: what a run, the boundary and the data panel make of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import monotonic, sleep

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QPoint, QSettings, Qt
from PySide6.QtTest import QTest

from engine.data.sources.painted import Painted
from engine.files import load_project
from engine.templates import load_template
from gui.main_window import MainWindow


@pytest.fixture
def window(application, tmp_path) -> Iterator[MainWindow]:
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))
    made = MainWindow(load_template("circles"), remember=False)
    made.show()
    wait(lambda: made.loader.prepared is not None)
    made.plots.make()
    wait(lambda: made.boundary_plot.picture is not None)
    yield made
    made.document.undo_stack.setClean()
    made.controller.reset()
    made._closing = True
    made.close()
    made.deleteLater()
    QTest.qWait(30)


def wait(condition: Callable[[], object], seconds: float = 15) -> None:
    end = monotonic() + seconds
    while not condition():
        assert monotonic() < end, "waited too long"
        QCoreApplication.processEvents()
        sleep(0.003)


def paint(window: MainWindow, place: QPoint | None = None) -> None:
    plot = window.boundary_plot
    if not window.plots.painting.is_active:
        QTest.mouseClick(window.plots.painting.button, Qt.MouseButton.LeftButton)
    rect = plot.canvas.mapFromScene(plot.scene.plot.getViewBox().sceneBoundingRect()).boundingRect()
    QTest.mouseClick(plot.canvas.viewport(), Qt.MouseButton.LeftButton, pos=place or rect.center())


def test_a_run_keeps_its_data_until_it_is_trained_anew_and_says_so(window):
    window.document.set_training(epochs=1_000_000)
    window.controller.toggle()
    wait(lambda: window.session.state == "running" and window.controller.record.checkpoint is not None)
    paint(window)
    assert isinstance(window.document.design.data.source, Painted)
    assert window.banner.isVisible()
    assert "The data has changed since training started; this run goes on" in window._message.text
    assert window.session.state == "running"
    assert window.controller.record.data.train.m == 320
    wait(lambda: window.loader.prepared is not None)
    window.actions_by_name["train_restart"].trigger()
    wait(lambda: window.session.state == "running" and not window.controller.stale)
    m = len(window.document.design.data.source.points)
    assert m == 404
    assert sum(part.m for part in window.controller.record.data.parts.values()) == m


def test_what_was_learned_is_shown_on_the_points_that_are_painted_after_training(window):
    window.document.set_training(epochs=60)
    window.controller.toggle()
    wait(lambda: window.session.state == "finished")
    trained = window.controller.record.checkpoint
    wait(lambda: window.boundary_plot.picture.step == trained.step)
    paint(window)
    wait(lambda: window.loader.prepared is not None)
    assert window.controller.kept_weights.step == trained.step
    before = window.boundary_plot.picture
    wait(lambda: window.boundary_plot.picture is not None and window.boundary_plot.picture is not before)
    wait(lambda: window.boundary_plot.picture.step == trained.step)
    shown = window.boundary_plot._evaluator.network.weights()
    np.testing.assert_array_equal(shown["dense_1/W"], trained.weights["dense_1/W"])


def test_painted_points_are_saved_in_the_project(window, tmp_path):
    paint(window)
    source = window.document.design.data.source
    wait(lambda: window.loader.prepared is not None)
    path = tmp_path / "painted.netloom"
    window.files.save(path)
    wait(path.exists)
    wait(lambda: not window.document.modified)
    assert load_project(path).design.data.source == source


def test_the_data_panel_shows_painted_points_without_a_field_for_each(window):
    paint(window)
    wait(lambda: window.loader.prepared is not None and window.data_panel.facts.isVisibleTo(window.data_panel))
    form = window.data_panel.form
    assert type(form.declaration) is Painted
    with pytest.raises(KeyError):
        form.row("points")
    assert form.row("target").editor.field.choices == ("classes", "values")


def test_opening_another_design_ends_painting(window):
    paint(window)
    window.document.replace_design(load_template("moons"))
    assert not window.plots.painting.is_active
    assert not window.plots.painting.strip.isVisible()
