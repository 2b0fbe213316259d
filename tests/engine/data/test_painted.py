"""Painted points: text and numbers, files, limits, and what cannot be trained on."""

import json

import numpy as np
import pytest
from pydantic import ValidationError

from engine.data import DataError, DataSettings, parse_spec, prepare
from engine.data.sources.painted import MOST_POINTS, Painted
from engine.design import Design

FOUR = np.array([[0.5, -1.25, 0], [1 / 3, 2, 3], [-0.0, 1e-7, 3], [12345.678, 0, 0]])


def test_points_are_kept_to_five_digits_one_line_each():
    source = Painted.of(FOUR)
    assert source.points == ("0.5,-1.25,0", "0.33333,2,3", "0,1e-07,3", "12346,0,0")
    np.testing.assert_allclose(source.array(), FOUR, rtol=5e-5)
    text = Design(data=DataSettings(source=source)).to_json()
    assert '        "0.33333,2,3",\n' in text, "One point a line apart, for version control."
    assert Design.from_json(text).data.source == source


def test_classes_keep_their_numbers():
    data = Painted.of(FOUR).load()
    assert data.targets["y"].class_names == ("0", "1", "2", "3")
    assert data.targets["y"].values.tolist() == [0, 3, 3, 0]
    assert data.columns["x"] == ("x1", "x2")


def test_values():
    data = Painted.of(FOUR + [0, 0, 0.25], "values").load()
    np.testing.assert_allclose(data.targets["y"].values[:, 0], [0.25, 3.25, 3.25, 0.25])
    as_classes = Painted.of(FOUR + [0, 0, 0.25], "values").replace(target="classes")
    assert as_classes.load().targets["y"].values.tolist() == [0, 3, 3, 0], "Values round to the nearest class."


def test_on_the_command_line():
    source = parse_spec("planar:painted?points=0,0,0;1,1,1;2,2,1")
    assert source.load().m == 3
    assert source.spec() == "planar:painted?points=0,0,0;1,1,1;2,2,1"
    assert parse_spec("planar:painted").load().m == 16


@pytest.mark.parametrize(
    ("points", "target", "sentence"),
    [
        ([], "classes", "No point is painted yet. Choose Paint"),
        ([[0, 0, 2], [1, 1, 2]], "classes", "Only class 2 is painted. Choose Paint"),
        ([[0, 0, 0.5], [1, 1, 0.5]], "values", "All painted points have the value 0.5. Choose Paint"),
        ([[0, 0, 1]], "classes", "Only class 1 is painted"),
    ],
)
def test_too_little_is_a_sentence(points, target, sentence):
    with pytest.raises(DataError, match=sentence):
        prepare(DataSettings(source=Painted.of(np.array(points).reshape(-1, 3), target)))


def test_one_point_of_a_class_and_a_class_without_points_are_told():
    points = np.array([[i, -i, 0] for i in range(10)] + [[0, 3, 2]])
    notices = prepare(DataSettings(source=Painted.of(points))).notices
    assert "The training part holds no row of the classes '1'." in notices
    assert any("Class '2' has only 1 row" in notice for notice in notices)


@pytest.mark.parametrize(
    ("points", "message"),
    [
        (["1,2"], "point 1, '1,2', is not of the form"),
        (["1,2,0", "1,nan,0"], "point 2, '1,nan,0'"),
        (["1,2,0", "1e999,1,0"], "point 2"),
        (["1,2,x"], "three numbers"),
        ([1, 2], "must be texts"),
        (["0,0,0"] * (MOST_POINTS + 1), "5,001 points are too many"),
    ],
)
def test_what_is_no_point_is_refused(points, message):
    with pytest.raises(ValidationError, match=message):
        Painted(points=points)


def test_a_design_with_a_broken_point_says_which():
    data = json.loads(Design(data=DataSettings(source=Painted())).to_json())
    data["data"]["source"]["points"][3] = "here"
    with pytest.raises(Exception, match="point 4, 'here'"):
        Design.from_data(data)
