import numpy as np
import pytest

from engine.events import Progress
from gui.plots.curves import CostHistory


def long_history(m):
    history = CostHistory()
    history.append_progress(Progress(m, 0, np.linspace(5, 1, m)))
    return history


def test_a_long_history_goes_on_where_the_run_ended():
    history = CostHistory.from_data(long_history(25_001).to_data())
    assert history.costs.block == 2
    assert history.end == 25_001
    history.append_progress(Progress(25_003, 0, np.ones(2)))
    assert (history.costs.start, history.end) == (0, 25_003)
    assert history.costs.values[0] == pytest.approx(np.linspace(5, 1, 25_001)[:2].mean())


@pytest.mark.parametrize("gap", [1, 3])
def test_files_without_the_rest_are_bridged_with_the_last_mean(gap):
    data = long_history(50_000).to_data()
    data["costs"].pop("rest", None)
    history = CostHistory.from_data(data)
    assert history.costs.block == 4
    end = history.end
    history.append_progress(Progress(end + gap + 8, 0, np.full(8, 7.0)))
    assert (history.costs.start, history.end) == (0, end + gap + 8)
    assert history.costs.values[-1] == pytest.approx(7.0 if gap == 0 else history.costs.values[-1])
    assert history.costs.blocks == (end + gap + 8) // 4


def test_a_gap_of_a_whole_block_begins_a_new_curve():
    history = CostHistory.from_data(long_history(50_000).to_data())
    history.append_progress(Progress(60_010, 0, np.ones(10)))
    assert (history.costs.start, history.end) == (60_000, 60_010)
