from itertools import pairwise

import numpy as np
import pytest

from gui.plots.series import Points, Series


def filled(values, pieces=7, **settings):
    series = Series(**settings)
    for piece in np.array_split(np.asarray(values, float), pieces):
        series.append(piece)
    return series


def test_it_holds_exactly_what_was_appended():
    values = np.random.default_rng(0).normal(size=12_345)
    series = filled(values, 97, start=100)
    np.testing.assert_array_equal(series.values, values)
    assert (series.start, series.end, series.steps) == (100, 100 + 12_345, 12_345)
    assert series.last == values[-1]


def test_a_short_stretch_is_drawn_number_by_number():
    values = np.random.default_rng(0).normal(size=5_000)
    envelope = filled(values).envelope(1000, 1200, 300)
    np.testing.assert_array_equal(envelope.low, values[envelope.step.astype(int) - 1])
    np.testing.assert_array_equal(envelope.low, envelope.high)
    assert envelope.step[0] <= 1000
    assert envelope.step[-1] >= 1200


@pytest.mark.parametrize("m", [1, 3, 100, 4_097, 100_003, 1_000_000])
def test_any_length_is_drawn_in_a_bounded_number_of_columns_that_hold_every_extreme(m):
    values = np.random.default_rng(1).normal(size=m)
    series = filled(values, 50)
    envelope = series.envelope(0, m, 300, 50)
    assert len(envelope.step) <= 4 * 300 + 2
    assert envelope.low.min() == values.min()
    assert envelope.high.max() == values.max()
    assert envelope.step[-1] == m
    assert series.bounds() == (values.min(), values.max())


def test_a_million_numbers_in_slices_are_looked_at_a_bounded_number_of_times():
    series = Series()
    values = np.random.default_rng(2).normal(size=1_000_000)
    for start in range(0, len(values), 500):
        series.append(values[start : start + 500])
    sizes = [level.size for level in series._lows]
    assert sizes[0] == 1_000_000
    assert all(coarse == fine // 4 for fine, coarse in pairwise(sizes))
    for level, size in enumerate(sizes):
        width = 4**level
        np.testing.assert_array_equal(series._lows[level].values, values[: size * width].reshape(-1, width).min(axis=1))


def test_the_moving_average_is_that_of_the_last_steps():
    values = np.random.default_rng(3).normal(size=400)
    envelope = filled(values).envelope(0, 400, 500, 40)
    for step, mean in zip(envelope.step.astype(int), envelope.mean, strict=True):
        assert mean == pytest.approx(values[max(0, step - 40) : step].mean(), abs=1e-12)


def test_memory_is_bounded_and_extremes_and_means_stay():
    values = np.random.default_rng(4).normal(size=50_001)
    series = filled(values, 333, capacity=1_000)
    assert series.blocks <= 1_000
    assert series.end == 50_001
    whole = values[: series.blocks * series.block]
    np.testing.assert_allclose(series.values, whole.reshape(-1, series.block).mean(axis=1), atol=1e-9)
    assert series.bounds() == (whole.min(), whole.max())


def test_truncate_and_at():
    values = np.arange(1, 101, dtype=float)
    series = filled(values)
    assert series.at(37, 4) == (37, 37.0, 35.5)
    assert series.at(0) is None
    assert series.at(101) is None
    series.truncate(60)
    np.testing.assert_array_equal(series.values, values[:60])
    series.append(np.array([7.0]))
    assert series.at(61) == (61, 7.0, 7.0)
    assert series.envelope(0, 61, 300).high.max() == 60


@pytest.mark.parametrize("m", [0, 10, 30_000])
def test_data_round_trip(m):
    values = np.random.default_rng(5).normal(size=m)
    data = filled(values).to_data(20_000)
    again = Series.from_data(data)
    assert len(data["mean"]) <= 20_000
    assert again.end == m
    if m:
        assert again.bounds() == (values.min(), values.max())
    if m == 10:
        np.testing.assert_array_equal(again.values, values)


def test_numbers_that_are_not_finite_do_not_spoil_the_mean_of_the_others():
    series = filled([1.0, np.inf, 3.0], 1)
    assert series.at(3, 1) == (3, 3.0, 3.0)


def test_points_go_back_thin_out_and_find():
    points = Points()
    for step in range(1, 50_001):
        points.append(step, float(step))
    assert len(points.steps) <= Points.LIMIT
    steps, values = points.drawn(1_000)
    assert len(steps) <= 1_001
    assert steps[-1] == points.steps[-1]
    np.testing.assert_array_equal(steps, values)
    points.append(10, 1.0)
    assert points.steps[-1] == 10
    assert points.at(1e9) == (10, 1.0)
    assert points.at(0) is None


def test_a_cut_or_saved_series_keeps_its_end():
    """A history of more than 20,000 steps is kept in blocks: what fills no block must not be lost."""
    values = np.random.default_rng(5).normal(size=1_003)
    data = filled(values).to_data(100)
    assert data["block"] == 16
    loaded = Series.from_data(data)
    assert loaded.end == 1_003
    np.testing.assert_allclose(loaded.values, values[:992].reshape(-1, 16).mean(axis=1))
    again = Series.from_data(loaded.to_data(100))
    assert again.to_data(100) == loaded.to_data(100)
    loaded.truncate(501)
    assert loaded.end == 501
    loaded.append(np.ones(11))
    assert loaded.blocks == 32
    assert loaded.values[-1] == pytest.approx((5 * values[496:512].mean() + 11) / 16)
