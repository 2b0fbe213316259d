import pytest

from engine.events import Weights
from gui.plots.boundary_plot import BoundaryPlot
from gui.plots.pace import DUTY, FIRST_GRID, GRIDS, ViewPace
from gui.runtime.feed import WeightsFeed
from gui.runtime.session import TrainingSession


def test_while_training_the_boundary_follows_and_ends_at_the_final_weights(application, wait_for, problems):
    plot, session = BoundaryPlot(), TrainingSession()
    feed = WeightsFeed(session, plot)
    finals = []
    session.checkpointed.connect(finals.append)
    plot.resize(300, 300)
    plot.show()
    design, data = problems.chain(2, 1, epochs=1_000_000, batch_size=16), problems.data_of("planar:moons")
    plot.set_problem(design, data)
    steps = set()
    plot.drawn.connect(lambda: plot.picture and steps.add(plot.picture.step))
    session.start(design, data)
    assert wait_for(lambda: len(steps) > 5)
    session.stop()
    assert wait_for(lambda: bool(finals) and plot.picture.step == finals[-1].step)
    session.close()
    plot.close_tasks()
    plot.close()
    plot.deleteLater()
    feed.deleteLater()


def test_one_request_at_a_time_and_none_for_a_view_that_is_hidden(application):
    class View:
        wants_weights = True
        got: list[Weights] = []

        def update_weights(self, weights):
            self.got.append(weights)

    asked = []
    session, view = TrainingSession(), View()
    session.request_weights = lambda: asked.append(1) or True
    feed = WeightsFeed(session, view)
    session.progressed.emit(None)
    session.progressed.emit(None)
    assert len(asked) == 1
    session.weights_arrived.emit(Weights(1, 0, {}))
    session.progressed.emit(None)
    assert len(asked) == 2
    assert len(view.got) == 1
    session.weights_arrived.emit(Weights(2, 0, {}))
    view.wants_weights = False
    session.progressed.emit(None)
    assert len(asked) == 2
    feed.deleteLater()


@pytest.mark.parametrize("cell", [1e-9, 1e-7, 3e-7, 1e-6, 1e-4])
def test_a_view_keeps_to_its_share_of_the_time(cell):
    pace = ViewPace()
    for _ in range(30):
        pace.report(cell * pace.grid**2, pace.grid**2)
    assert pace.grid in GRIDS
    assert cell * pace.grid**2 / pace.interval <= 1.01 * DUTY
    assert pace.interval >= 0.03
    assert (pace.grid == GRIDS[0]) == (cell >= 1e-5)
    if cell <= 1e-7:
        assert pace.grid == FIRST_GRID


def test_the_first_of_a_size_also_compiles_and_does_not_count():
    pace = ViewPace()
    pace.report(float("nan"), 100)
    assert pace == ViewPace()


@pytest.mark.parametrize(("cell", "grid"), [(1e-7, 400), (1e-6, 280), (3e-6, 200), (1e-4, 140)])
def test_a_picture_that_stays_is_as_fine_as_can_be_computed_soon(cell, grid):
    pace = ViewPace()
    assert pace.fine_grid == 200, "nothing is known yet"
    for _ in range(50):
        pace.report(cell * pace.grid**2, pace.grid**2)
    assert pace.fine_grid == grid
