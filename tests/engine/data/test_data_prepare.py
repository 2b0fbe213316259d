"""Splitting, filling, scaling and asking for columns."""

from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from engine.data import DataError, Dataset, DataSettings, Target, prepare
from engine.data.split import split


def labelled(counts: dict[str, int], seed: int = 0) -> Target:
    labels = np.repeat(np.arange(len(counts)), list(counts.values()))
    return Target("y", "classes", np.random.RandomState(seed).permutation(labels), class_names=tuple(counts))


def table(m: int = 60, seed: int = 0) -> Dataset:
    """Age and fare with gaps, a text column of two categories, a price."""
    random = np.random.RandomState(seed)
    x = np.c_[random.normal(40, 12, m), random.normal(300, 90, m), np.eye(2)[np.arange(m) % 2]]
    x[::7, 0] = np.nan
    price = Target("price", "values", random.normal(1000, 50, (m, 1)), columns=("price",))
    return Dataset(
        {"x": x},
        {"price": price},
        columns={"x": ("age", "fare", "sex=f", "sex=m")},
        as_is={"x": np.array([False, False, True, True])},
    )


SHARES = {"train": 0.6, "dev": 0.2, "test": 0.2}


@pytest.mark.parametrize(
    "counts",
    [
        {"a": 50, "b": 50},
        {"a": 997, "b": 3},
        {"a": 40, "b": 7, "c": 3, "d": 4},
        {f"c{i}": 3 + i % 4 for i in range(40)},
    ],
)
def test_a_stratified_split_keeps_the_mix(counts):
    target = labelled(counts)
    m = len(target.values)
    parts, notices = split(m, SHARES, 0, target)
    assert sorted(np.concatenate(list(parts.values()))) == list(range(m)), "Every row belongs to exactly one part."
    assert notices == []
    for label, (name, count) in enumerate(counts.items()):
        held = {part: int((target.values[rows] == label).sum()) for part, rows in parts.items()}
        assert min(held.values()) >= 1, f"Class {name} has {count} rows and must be in every part."
        for part, share in SHARES.items():
            assert abs(held[part] - share * count) <= 2
    for part, share in SHARES.items():
        assert abs(len(parts[part]) - share * m) <= len(counts) * 0.35 + 1


def test_rare_classes_go_to_the_training_part_with_a_notice():
    parts, notices = split(52, SHARES, 0, labelled({"a": 49, "rare": 2, "once": 1}))
    assert notices == [
        "Class 'rare' has only 2 rows, so it is in the train and dev part only.",
        "Class 'once' has only 1 row, so it is in the train part only.",
    ]
    assert sum(len(rows) for rows in parts.values()) == 52
    _, notices = split(40, {"train": 0.8, "dev": 0.2}, 0, labelled({f"c{i}": 1 for i in range(40)}))
    assert notices == ["The classes have too few rows for a stratified split, so it is a plain one."]
    _, notices = split(48, {"train": 0.8, "dev": 0.2}, 0, labelled({"a": 40} | {f"c{i}": 1 for i in range(8)}))
    assert notices == ["8 classes have fewer rows than there are parts, so not every part holds them."]


def test_a_seed_fixes_the_split_for_ever():
    target = labelled({"a": 12, "b": 8})
    one, two = split(20, SHARES, 3, target)[0], split(20, SHARES, 3, target)[0]
    other = split(20, SHARES, 4, target)[0]
    assert all(np.array_equal(one[part], two[part]) for part in SHARES)
    assert not all(np.array_equal(one[part], other[part]) for part in SHARES)
    plain = split(10, {"train": 0.8, "dev": 0.2}, 0, None)[0]
    assert plain["dev"].tolist() == [0, 5], "A stored project must find the same dev rows with every NumPy."


@pytest.mark.parametrize(("m", "expected"), [(3, [1, 1, 1]), (5, [3, 1, 1]), (10, [6, 2, 2]), (1001, [601, 200, 200])])
def test_a_plain_split_leaves_no_part_empty(m, expected):
    parts, _ = split(m, SHARES, 0, None)
    assert [len(rows) for rows in parts.values()] == expected


def test_fewer_rows_than_parts_is_an_error():
    with pytest.raises(DataError, match="2 rows, which is too few for 3 parts"):
        split(2, SHARES, 0, None)


def test_parts_that_get_nothing_are_not_there():
    prepared = prepare(DataSettings(train=1, dev=0))
    assert list(prepared.parts) == ["train"]
    assert list(prepare(DataSettings(train=0.5, dev=0.25, test=0.25)).parts) == ["train", "dev", "test"]


def test_parts_must_sum_to_one():
    with pytest.raises(ValidationError, match=r"must sum to 1, but 0\.5 \+ 0\.2 \+ 0 is 0\.7"):
        DataSettings(train=0.5)
    settings = DataSettings(train=0.7, dev=0.2, test=0.1)
    assert DataSettings.from_data(settings.to_data()) == settings


def test_nothing_leaks_from_dev_rows():
    data, settings = table(), DataSettings(train=0.6, dev=0.2, test=0.2)
    before = prepare(settings, data)
    x, y = data.inputs["x"].copy(), data.targets["price"].values.copy()
    others = np.concatenate([before.parts["dev"].rows, before.parts["test"].rows])
    x[others, :2] = 1e6
    y[others] = -1e6
    after = prepare(
        settings, replace(data, inputs={"x": x}, targets={"price": replace(data.targets["price"], values=y)})
    )
    np.testing.assert_array_equal(before.train.input(), after.train.input())
    np.testing.assert_array_equal(before.train.target(), after.train.target())
    np.testing.assert_array_equal(before.input_statistics(), after.input_statistics())
    np.testing.assert_array_equal(before.input_scaling["x"].fill, after.input_scaling["x"].fill)
    assert after.parts["dev"].input()[:, 1].min() > 1000, "Dev rows are scaled by the μ and σ of the training rows."


@pytest.mark.parametrize("fill", ["median", "mean"])
def test_missing_values_are_filled_from_the_training_rows(fill):
    data = replace(table(), fill=fill)
    prepared = prepare(DataSettings(standardize=False), data)
    train = data.inputs["x"][prepared.train.rows, 0]
    expected = getattr(np, f"nan{fill}")(train)
    for part in prepared.parts.values():
        gaps = np.isnan(data.inputs["x"][part.rows, 0])
        assert gaps.any()
        np.testing.assert_allclose(part.input()[gaps, 0], expected)


def test_a_gap_in_the_dev_part_alone_gets_the_middle_of_the_training_part():
    x = np.arange(10.0, 20.0)[:, None]
    target = Target("y", "classes", np.arange(10) % 2, class_names=("a", "b"))
    settings = DataSettings(train=0.8, dev=0.2, standardize=False, stratified=False)
    rows = prepare(settings, Dataset({"x": x}, {"y": target}, columns={"x": ("x",)})).parts["dev"].rows
    x[rows[0]] = np.nan
    data = prepare(settings, Dataset({"x": x}, {"y": target}, columns={"x": ("x",)}))
    assert data.parts["dev"].input()[0, 0] == np.median(data.train.input())


def test_standardizing_and_back():
    data = table()
    prepared = prepare(DataSettings(), data)
    x = prepared.train.input()
    np.testing.assert_allclose(x[:, :2].mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(x[:, :2].std(axis=0), 1, atol=1e-12)
    assert set(x[:, 2:].ravel()) == {0.0, 1.0}, "The zeros and ones of a text column stay."
    np.testing.assert_allclose(prepared.train.target().std(), 1)
    np.testing.assert_allclose(
        prepared.unscale_target(prepared.train.target()), data.targets["price"].values[prepared.train.rows]
    )
    raw = data.inputs["x"][prepared.train.rows]
    np.testing.assert_allclose(prepared.scale_input(raw), x)
    known = ~np.isnan(raw)
    np.testing.assert_allclose(prepared.unscale_input(x)[known], raw[known])
    np.testing.assert_allclose(
        prepared.scale_input([[300], [200]], "fare"), prepared.scale_input([[0, 300, 0, 0], [0, 200, 0, 0]])[:, 1:2]
    )
    with pytest.raises(DataError, match=r"needs the shape \(4,\), but has \(2,\)"):
        prepared.scale_input([[300, 1]])
    mu, sigma = prepared.input_statistics("fare")
    np.testing.assert_allclose((mu, sigma), ([np.mean(raw[:, 1])], [np.std(raw[:, 1])]))
    untouched = prepare(DataSettings(standardize=False, standardize_target=False), data)
    np.testing.assert_array_equal(untouched.train.target(), data.targets["price"].values[untouched.train.rows])


def test_constant_and_empty_columns_become_zero_with_a_notice():
    data = table()
    x = data.inputs["x"].copy()
    x[:, 0], x[:, 1] = np.nan, 0.1 + 0.2
    prepared = prepare(DataSettings(), replace(data, inputs={"x": x}))
    assert not prepared.train.input()[:, :2].any()
    assert prepared.notices == (
        "Of 'x', column 'age' had no value in the training part; every missing value became 0.",
        "Of 'x', column 'fare' had the same value in every training row and became 0 there.",
    )


def test_images_are_standardized_per_channel_and_keep_their_type():
    random = np.random.RandomState(0)
    images = random.uniform(0, 255, (40, 4, 4, 3)).astype(np.float32)
    data = Dataset({"image": images}, {"y": labelled({"a": 20, "b": 20})})
    prepared = prepare(DataSettings(), data)
    assert prepared.train.input().dtype == np.float32
    assert prepared.input_shape() == (4, 4, 3)
    assert prepared.input_statistics()[0].shape == (3,)
    np.testing.assert_allclose(prepared.train.input().mean(axis=(0, 1, 2)), 0, atol=1e-5)


def test_numbers_too_large_are_named():
    data = table()
    x = data.inputs["x"].copy()
    x[4, 1] = np.inf
    with pytest.raises(DataError, match=r"Row 5 of the data \(the first is 1\) has inf in column 'fare'"):
        prepare(DataSettings(), replace(data, inputs={"x": x}))
    price = data.targets["price"]
    gap = np.where(np.arange(data.m)[:, None] == 2, np.nan, price.values)
    with pytest.raises(DataError, match=r"Row 3 of the data .* has no target 'price'"):
        prepare(DataSettings(), replace(data, targets={"price": replace(price, values=gap)}))


def test_columns_are_asked_for_by_name_range_or_group():
    prepared = prepare(DataSettings(), table())
    part, x = prepared.train, prepared.train.input()
    for source, columns in {
        "": [0, 1, 2, 3],
        "x": [0, 1, 2, 3],
        "fare": [1],
        "fare, age": [1, 0],
        "sex": [2, 3],
        "sex=m,age": [3, 0],
        "0:2": [0, 1],
        "2": [2],
        "0:2,3": [0, 1, 3],
    }.items():
        np.testing.assert_array_equal(part.input(source), x[:, columns], err_msg=source)
        assert part.input(source).flags.c_contiguous
        assert prepared.input_shape(source) == (len(columns),)
        assert prepared.column_names(source) == tuple(np.array(prepared.columns["x"])[columns])
    assert part.input("") is part.inputs["x"], "The default array must not be copied on every call."


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        ("far", ["no input 'far'", "Did you mean 'fare'?", "'age', 'fare', 'sex=f', 'sex=m'"]),
        ("age, heigth", ["no input 'heigth'"]),
        ("0:5", ["no columns '0:5'", "0 to 3"]),
        ("2:2", ["no columns '2:2'"]),
        (",", ["names no input"]),
    ],
)
def test_unknown_columns_are_explained(source, parts):
    prepared = prepare(DataSettings(), table())
    with pytest.raises(DataError) as caught:
        prepared.train.input(source)
    assert all(part in str(caught.value) for part in parts), str(caught.value)


def test_several_inputs_and_targets():
    m = 30
    random = np.random.RandomState(0)
    values = Target("v", "values", random.randn(m, 2), columns=("v1", "v2"))
    more = Target("w", "values", random.randn(m, 1), columns=("w",))
    kinds = labelled({"a": 15, "b": 15})
    data = Dataset(
        {"x": random.randn(m, 2), "image": random.rand(m, 3, 3, 1)},
        {"v": values, "w": more, "kinds": replace(kinds, name="kinds")},
        columns={"x": ("x1", "x2")},
    )
    prepared = prepare(DataSettings(), data)
    part = prepared.train
    assert part.input("image").shape == (part.m, 3, 3, 1)
    assert part.target().shape == (part.m, 2)
    assert part.target("v2").shape == (part.m, 1)
    assert part.target("w, v1").shape == (part.m, 2)
    assert part.target("kinds").shape == (part.m,)
    assert prepared.target_of("kinds").classes == 2
    combined = prepared.target_of("w, v1")
    assert combined.columns == ("w", "v1")
    assert combined.shape == (2,)
    np.testing.assert_allclose(prepared.unscale_target(part.target("w, v1"), "w, v1"), combined.values[part.rows])
    counts = prepared.class_counts("train", "kinds")
    assert sum(counts.values()) == part.m
    assert prepared.class_counts() == {}
    with pytest.raises(DataError, match="Ask for it alone"):
        part.input("x1, image")
    with pytest.raises(DataError, match="Ask for it alone"):
        part.target("w, kinds")
    with pytest.raises(DataError, match="is a class"):
        prepared.unscale_target(np.zeros((1, 1)), "kinds")
    with pytest.raises(DataError, match="no target 'u'"):
        part.target("u")


def test_a_data_set_must_fit_together():
    target = labelled({"a": 3, "b": 3})
    with pytest.raises(DataError, match="'x' has 5, 'y' has 6"):
        Dataset({"x": np.zeros((5, 2))}, {"y": target})
    with pytest.raises(DataError, match="at least one input"):
        Dataset({}, {"y": target})


def test_a_class_that_training_never_sees_is_said():
    target = Target("y", "classes", np.array([0] * 19 + [1]), class_names=("a", "b"))
    for seed in range(20):
        prepared = prepare(
            DataSettings(stratified=False, split_seed=seed), Dataset({"x": np.ones((20, 1))}, {"y": target})
        )
        if prepared.class_counts()["b"] == 0:
            assert "The training part holds no row of the classes 'b'." in prepared.notices
            return
    pytest.fail("No seed put the last row into the dev part.")
