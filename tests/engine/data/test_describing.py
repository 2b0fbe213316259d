"""What is said about columns, against pandas, SciPy and known numbers."""

from __future__ import annotations

import numpy as np
import pytest

from engine.data import Dataset, DataSettings, Target, parse_spec, prepare
from engine.data.describing import (
    BINS,
    column_values,
    counts_by,
    data_columns,
    describe,
    figures_of,
    group_bins,
    part_codes,
)
from engine.data.differences import FALSE_ALARMS, chi_squared, difference, empty_classes, kolmogorov_smirnov
from engine.data.relations import correlation, cross_table, group_means, measures, sample_rows, strongest

TABLE = """\
sex,class,age,fare,survived
male,3,22,7.25,no
female,1,38,71.2833,yes
female,3,,7.925,yes
female,1,35,53.1,yes
male,3,35,8.05,no
male,3,,8.4583,no
male,1,54,51.8625,no
male,3,2,21.075,no
female,3,27,11.1333,yes
,2,14,30.0708,yes
"""


@pytest.fixture
def passengers(tmp_path):
    path = tmp_path / "passengers.csv"
    path.write_text(TABLE)
    source = parse_spec(f"csv:{path}?target=survived")
    return prepare(DataSettings(source=source, train=0.6, dev=0.4))


@pytest.fixture
def frame():
    import io

    import pandas as pd

    return pd.read_csv(io.StringIO(TABLE))


def described(data):
    return {column.name: describe(data, column) for column in data_columns(data)}


def by_name(data):
    return {column.name: column for column in data_columns(data)}


def test_columns_are_those_of_the_table_again(passengers):
    columns = data_columns(passengers)
    assert [column.name for column in columns] == ["sex", "class", "age", "fare", "survived"]
    sex, target = columns[0], columns[-1]
    assert sex.choices == ("female", "male", "missing")
    assert (sex.type_text, target.type_text, columns[2].type_text) == ("text", "class", "number")
    assert target.role == "target"


def test_figures_are_those_of_pandas_and_filled_values_do_not_count(passengers, frame):
    found = described(passengers)
    expected = frame[["class", "age", "fare"]].describe()
    for name in ("class", "age", "fare"):
        figures = found[name].whole
        own = [figures.count, figures.mean, figures.std, figures.low, *figures.quarters, figures.high]
        np.testing.assert_allclose(own, expected[name].to_numpy(), rtol=1e-12, err_msg=f"describe() of {name}")
        assert figures.distinct == frame[name].nunique()
    assert found["age"].whole.missing == 2, "the two filled ages are missing, however they were filled"
    assert found["sex"].whole.missing == 1
    assert found["sex"].whole.distinct == 2


def test_value_counts_are_those_of_pandas(passengers, frame):
    found = described(passengers)
    counts = dict(zip(found["sex"].bins.names, found["sex"].total.tolist(), strict=True))
    assert counts == {"female": 4, "male": 5, "missing": 1}
    few = found["class"]
    assert dict(zip(few.bins.names, few.total.tolist(), strict=True)) == {"1": 3, "2": 1, "3": 6}
    assert sum(int(own.sum()) for own in few.counts.values()) == 10
    assert frame["class"].value_counts().to_dict() == {3: 6, 1: 3, 2: 1}


def test_groups_and_their_means_are_those_of_pandas(passengers, frame):
    columns, found = by_name(passengers), described(passengers)
    target = found["survived"]
    groups = target.bins.codes(column_values(passengers, columns["survived"]))
    names = ("class", "age", "fare")
    means = group_means([column_values(passengers, columns[name]) for name in names], groups, 2)
    expected = frame.groupby("survived")[list(names)].mean().to_numpy()
    np.testing.assert_allclose(means, expected, rtol=1e-12)


def test_cross_table_is_that_of_pandas(passengers, frame):
    import pandas as pd

    columns, found = by_name(passengers), described(passengers)
    first, second = ((columns[name], group_bins(found[name])) for name in ("class", "survived"))
    expected = pd.crosstab(frame["class"], frame["survived"]).to_numpy()
    np.testing.assert_array_equal(cross_table(passengers, first, second), expected)


def test_many_numbers_are_grouped_by_the_quarters_of_their_rows(passengers):
    columns, found = by_name(passengers), described(passengers)
    bins = group_bins(found["fare"])
    assert len(bins) == 4
    assert bins.names[0] == "up to 8.15207"
    codes = bins.codes(column_values(passengers, columns["fare"]))
    assert np.bincount(codes).tolist() == [3, 2, 2, 3]


def test_correlation_is_that_of_pandas_with_missing_values():
    import pandas as pd

    random = np.random.default_rng(0)
    x = random.normal(size=(300, 4)) @ random.normal(size=(4, 4)) + 1e6
    x[random.random(x.shape) < 0.2] = np.nan
    x[:, 3] = 5.0
    r = correlation(list(x.T))
    np.testing.assert_allclose(r[:3, :3], pd.DataFrame(x).corr().to_numpy()[:3, :3], atol=1e-9)
    assert np.isnan(r[3]).all(), "a constant column has no correlation"
    assert correlation([]).shape == (0, 0)


def test_two_categories_can_be_correlated(passengers, frame):
    found = described(passengers)
    kept = measures(list(found.values()))
    assert [measure.name for measure in kept] == ["class", "age", "fare", "survived = yes"]
    r = correlation([measure.values(passengers) for measure in kept])
    assert r[2, 3] == pytest.approx(frame["fare"].corr(frame["survived"] == "yes"), abs=1e-12)


def test_the_strongest_columns_are_kept():
    r = np.array([[1, 0.1, -0.9, 0.3], [0.1, 1, 0.2, 0.0], [-0.9, 0.2, 1, 0.4], [0.3, 0.0, 0.4, 1]])
    assert strongest(r, 2, lambda place: place == 3) == [2, 3]
    assert strongest(r, 2, lambda place: False) == [0, 2]


def test_a_histogram_counts_every_value_once():
    values = np.random.default_rng(1).normal(size=2_000)
    data = prepare(
        DataSettings(), Dataset({"x": values[:, None]}, {"y": Target("y", "values", values[:, None], columns=("y",))})
    )
    description = described(data)["x[0]"]
    assert BINS[0] <= len(description.bins) <= BINS[1]
    expected, _ = np.histogram(values, description.bins.edges)
    np.testing.assert_array_equal(description.total, expected)
    codes = description.bins.codes(column_values(data, description.column))
    np.testing.assert_array_equal(np.bincount(codes), expected)


def test_figures_of_little():
    assert figures_of(np.empty(0), 3).missing == 3
    one = figures_of(np.array([4.0]))
    assert (one.count, one.mean, one.median) == (1, 4.0, 4.0)
    assert np.isnan(one.std)


def test_a_column_without_any_value_is_described_too():
    x = np.column_stack([np.arange(10.0), np.full(10, np.nan)])
    labels = np.arange(10) % 2
    data = prepare(DataSettings(), Dataset({"x": x}, {"y": Target("y", "classes", labels, class_names=("a", "b"))}))
    found = described(data)
    empty = found["x[1]"]
    assert (empty.whole.count, empty.whole.missing, empty.whole.distinct) == (0, 10, 0)
    assert found["x[0]"].whole.low == 0, "not the rounding that scaling and back leaves of 0"
    assert difference(empty, "dev").p == 1
    assert [measure.name for measure in measures(list(found.values()))] == ["x[0]", "y = b"]
    codes = group_bins(empty).codes(column_values(data, empty.column))
    assert (codes == -1).all()


def test_counts_by_leaves_out_what_is_missing():
    counts = counts_by(np.array([0, 1, 1, -1]), 2, np.array([0, 0, 1, 1]), 2)
    assert counts.tolist() == [[1, 1], [0, 1]]


def test_part_codes_follow_the_parts(passengers):
    assert part_codes(passengers).tolist() == [0] * 6 + [1] * 4


SCIPY_KS = (
    (0.0, 8, 0.11583333333333334, 0.09904420498515605),
    (0.3, 8, 0.1283333333333334, 0.050338617046592905),
    (0.5, 0, 0.24666666666666665, 2.5086287197290647e-06),
)
"""Shift, decimals, and what SciPy 1.16's `ks_2samp(method="asymp")` says; importing scipy.stats takes 3 s."""


def test_kolmogorov_smirnov_is_that_of_scipy():
    random = np.random.default_rng(2)
    for shift, decimals, d, p in SCIPY_KS:
        first = np.sort(random.normal(size=400).round(decimals))
        second = np.sort(random.normal(shift, size=150).round(decimals))
        own = kolmogorov_smirnov(first, second)
        assert own.effect == pytest.approx(d, abs=1e-12)
        assert own.p == pytest.approx(p, rel=0.5), "the distribution in the limit, against SciPy's for m n / (m + n)"


def test_chi_squared_is_that_of_scipy():
    own = chi_squared(np.array([120, 80, 40, 30]), np.array([30, 35, 20, 15]))
    chi, p = 6.549973161567365, 0.08771238352546895  # chi2_contingency(..., correction=False)
    assert own.p == pytest.approx(p, rel=1e-9)
    assert own.effect == pytest.approx(np.sqrt(chi / 370), rel=1e-12)


def test_nothing_to_compare_is_no_difference():
    assert kolmogorov_smirnov(np.empty(0), np.ones(3)).p == 1
    assert chi_squared(np.array([0, 0]), np.array([3, 4])).p == 1
    assert chi_squared(np.array([3, 0]), np.array([4, 0])).p == 1


def _random_data(seed: int, m: int = 300):
    """Skewed, whole, tied and seldom things, none of which goes with the split."""
    random = np.random.default_rng(seed)
    columns = {
        "normal": random.normal(size=m),
        "skewed": random.lognormal(0, 2, m),
        "whole": random.integers(0, 5, m),
        "mostly 0": random.normal(size=m) * (random.random(m) < 0.05),
    }
    seldom = random.choice(30, m, p=np.array([0.71, *[0.01] * 29]))
    one_hot = np.eye(30)[seldom]
    names = (*columns, *(f"town={i}" for i in range(30)))
    x = np.column_stack([*columns.values(), one_hot])
    target = Target("y", "classes", random.choice(3, m, p=[0.6, 0.3, 0.1]), class_names=("a", "b", "c"))
    settings = DataSettings(train=0.7, dev=0.15, test=0.15, split_seed=seed, stratified=False)
    return prepare(settings, Dataset({"x": x}, {"y": target}, {"x": names}, as_is={"x": np.arange(34) >= 4}))


def test_random_splits_raise_no_false_alarm():
    alarms = []
    for seed in range(20):
        data = _random_data(seed)
        columns = data_columns(data)
        for column in columns:
            description = describe(data, column)
            alarms += [
                (seed, column.name, part)
                for part in ("dev", "test")
                if difference(description, part).is_warning(2 * len(columns))
            ]
    assert not alarms, f"random splits are no reason to warn (at most {FALSE_ALARMS:.1%} of them may): {alarms}"


def test_a_real_difference_is_warned_of():
    data = _random_data(0)
    shifted = data.parts["dev"].inputs["x"]
    shifted[:, 0] += 1.0
    shifted[:, 4:] = np.eye(30)[np.full(len(shifted), 7)]
    found = {column.name: difference(describe(data, column), "dev") for column in data_columns(data)}
    assert [name for name, own in found.items() if own.is_warning(10)] == ["normal", "town"]


def test_a_part_without_a_class_is_found():
    labels = np.array([0, 0, 0, 0, 0, 0, 0, 0, 1, 0])
    target = Target("y", "classes", labels, class_names=("a", "b"))
    settings = DataSettings(train=0.5, dev=0.5, stratified=False)
    data = prepare(settings, Dataset({"x": np.arange(10.0)[:, None]}, {"y": target}))
    part = next(part for part, own in data.parts.items() if 8 not in own.rows)
    assert empty_classes(described(data)["y"]) == {part: ["b"]}


def test_pictures_have_only_their_target():
    images = np.zeros((6, 4, 4, 1))
    target = Target("y", "classes", np.array([0, 1] * 3), class_names=("a", "b"))
    data = prepare(DataSettings(), Dataset({"image": images}, {"y": target}))
    assert [column.name for column in data_columns(data)] == ["y"]


def test_a_sample_is_the_same_each_time_and_in_order():
    rows = sample_rows(10_000)
    assert len(rows) == 5_000
    assert (np.diff(rows) > 0).all()
    np.testing.assert_array_equal(rows, sample_rows(10_000))
    assert sample_rows(7).tolist() == list(range(7))
