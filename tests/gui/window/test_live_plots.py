"""The plots of a window: earlier runs stay, loading is said, examples are shared with the live views."""

from time import monotonic, sleep

import pytest
from PySide6.QtCore import QCoreApplication, QSettings
from PySide6.QtTest import QTest

from engine.templates import load_template
from gui.main_window import MainWindow


@pytest.fixture
def window(application, tmp_path):
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))
    design = load_template("xor")
    made = MainWindow(design.with_changes(training=design.training.replace(epochs=3)), remember=False)
    made.plots.make()
    yield made
    made.document.undo_stack.setClean()
    made._closing = True
    made.close()
    made.deleteLater()
    QTest.qWait(30)


def wait(condition, timeout=10.0):
    end = monotonic() + timeout
    while not condition():
        assert monotonic() < end, "waited too long"
        QCoreApplication.processEvents()
        sleep(0.005)


def train(window):
    window.controller.toggle()
    wait(lambda: window.session.state == "finished")


def test_while_data_loads_the_plots_say_so(window):
    assert "loading" in window.boundary_plot.message
    assert "loading" in window.view_context.complaint
    window.show()
    wait(lambda: window.boundary_plot.message == "")


def test_earlier_runs_stay_until_another_design_is_opened(window):
    window.show()
    wait(lambda: window.loader.prepared is not None)
    train(window)
    cost = window.cost_plot
    assert not cost.ghosts
    document = window.document
    document.set_training(optimizer=document.design.training.optimizer.replace(learning_rate=0.25), seed=3)
    train(window)
    assert [ghost.number for ghost in cost.ghosts] == [1]
    assert cost.ghosts[0].history.end == cost.data.end
    assert "(now 0.25)" in cost.ghosts[0].differences(cost._settings)
    assert "Seed 0 (now 3)" in cost.ghosts[0].differences(cost._settings)
    window.controller.reset()
    assert cost.ghosts[1].title == "run 2 · α 0.25 · seed 3"
    assert not cost.data
    document.replace_design(load_template("moons"))
    assert not cost.ghosts


def test_an_example_clicked_in_the_boundary_is_the_one_that_all_views_look_at(window):
    window.show()
    wait(lambda: window.loader.prepared is not None)
    window.boundary_plot.example_chosen.emit("train", 4)
    assert window.view_context.example == ("train", 4)
    window.view_context.show_example("train", 6)
    assert window.boundary_plot._example == ("train", 6)
