import numpy as np
import pytest

from gui.plots.series import Series
from gui.plots.smoothing import SmoothedSeries, Smoothing, weighted_average


def looped(values, beta, corrected=False):
    v, found = 0.0, []
    for t, theta in enumerate(values, 1):
        v = beta * v + (1 - beta) * theta
        found.append(v / (1 - beta**t) if corrected else v)
    return np.array(found)


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9, 0.98, 0.9999])
@pytest.mark.parametrize("m", [1, 63, 64, 65, 5_000])
def test_the_average_is_that_of_the_loop(beta, m):
    values = np.random.default_rng(0).normal(size=m) + 3
    np.testing.assert_allclose(weighted_average(values, beta), looped(values, beta), atol=1e-12)


def test_numbers_known_by_hand():
    """Course 2, week 2: with β = 0.5 from v = 0, θ = 4, 8 gives v = 2, 5; with bias correction 4, 20/3."""
    np.testing.assert_allclose(weighted_average(np.array([4.0, 8.0]), 0.5), [2, 5])
    smoothed, series = SmoothedSeries(Smoothing(0.5, corrected=True)), Series()
    series.append(np.array([4.0, 8.0]))
    smoothed.update(series)
    assert [smoothed.at(1), smoothed.at(2)] == pytest.approx([4, 20 / 3])


@pytest.mark.parametrize("corrected", [False, True])
def test_a_growing_series_is_taken_on_piece_by_piece(corrected):
    values = np.random.default_rng(1).normal(size=3_000) + 3
    smoothed, series = SmoothedSeries(Smoothing(0.98, corrected)), Series()
    for piece in np.array_split(values, 41):
        series.append(piece)
        smoothed.update(series)
    expected = looped(values, 0.98, corrected)
    assert [smoothed.at(step) for step in (1, 64, 65, 3_000)] == pytest.approx(expected[[0, 63, 64, 2_999]].tolist())
    np.testing.assert_allclose(smoothed.envelope(0, 100, 300).mean, expected[:101], atol=1e-9)


def test_going_back_averages_anew():
    smoothed, series = SmoothedSeries(Smoothing(0.9, corrected=False)), Series()
    series.append(np.ones(100))
    smoothed.update(series)
    series.truncate(40)
    series.append(np.full(80, 3.0))
    smoothed.update(series)
    expected = looped([1.0] * 40 + [3.0] * 80, 0.9)
    assert smoothed.at(40) == pytest.approx(expected[39])
    assert smoothed.at(120) == pytest.approx(expected[-1])


def test_joined_blocks_are_averaged_by_their_means():
    smoothed, series = SmoothedSeries(Smoothing(0.999)), Series(capacity=1_000)
    series.append(np.linspace(5, 1, 5_000))
    smoothed.update(series)
    assert series.block == 8
    exact = looped(np.linspace(5, 1, 5_000), 0.999, corrected=True)
    assert smoothed.at(5_000) == pytest.approx(exact[-1], rel=0.01)


def test_what_is_not_a_number_leaves_the_average_as_it_was():
    smoothed, series = SmoothedSeries(Smoothing(0.9, corrected=False)), Series()
    series.append(np.array([2.0, np.nan, np.inf, 2.0]))
    smoothed.update(series)
    assert smoothed.at(4) == pytest.approx(looped([2, 2, 2, 2], 0.9)[-1])
