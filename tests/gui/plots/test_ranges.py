import numpy as np
import pytest

from gui.plots.ranges import FollowedRange, most_below


def test_a_growing_end_moves_the_axis_seldom():
    followed = FollowedRange()
    ranges = [r for end in range(0, 10_001, 10) if (r := followed.fit_end(0, end)) is not None]
    assert len(ranges) < 30
    assert ranges[-1][1] >= 10_000
    assert followed.fit_end(0, 100) is not None


def test_values_fit_and_small_moves_leave_the_axis_alone():
    followed = FollowedRange()
    low, high = followed.fit([np.array([0.2, 1.0, np.nan, np.inf])], False)
    assert (low, high) == (0, pytest.approx(1.12))
    assert followed.fit([np.array([0.1, 0.9])], False) is None
    assert followed.fit([np.array([0.1, 0.3])], False) is not None
    assert followed.fit([np.array([np.nan])], False) is None
    assert followed.fit([], False) is None


@pytest.mark.parametrize("values", [[3.0], [-5.0, -4.0], [1e-30, 1e30], [0.0, 0.0]])
@pytest.mark.parametrize("log", [False, True])
def test_all_values_are_inside(values, log):
    span = FollowedRange().fit([values], log)
    shown = np.log10(np.maximum([v for v in values if v > 0], 1e-12)) if log else np.array(values)
    if len(shown):
        assert span[0] <= shown.min() <= shown.max() <= span[1]
        assert span[0] < span[1]


def test_the_number_that_most_do_not_exceed():
    assert most_below(np.arange(101.0), 0.98) == 98
    assert np.isnan(most_below(np.empty(0), 0.98))
