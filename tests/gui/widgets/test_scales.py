"""Slider scales: places and values belong together, and every value they give is legal."""

import pytest

from engine.data.source import DataSource
from engine.layer import Layer
from engine.optimizer import Optimizer
from engine.settings import TrainingSettings
from gui.widgets.numbers import format_number, read_number
from gui.widgets.scales import STEPS, LinearScale, LogScale, scale_for

FIELDS = [
    (member, field)
    for member in [*Layer.members(), *Optimizer.members(), *DataSource.members(), TrainingSettings]
    for field in member.fields()
    if scale_for(field) is not None
]


def test_the_log_scale_maps_both_ways():
    scale = LogScale(1e-6, 10.0)
    assert scale.position(1e-6) == 0
    assert scale.position(10) == STEPS
    assert scale.value(0) == 1e-6
    assert scale.value(STEPS) == 10
    for value in (1e-5, 3e-4, 0.01, 0.5, 2):
        assert scale.value(scale.position(value)) == pytest.approx(value, rel=0.02)
    assert scale.position(1e9) == STEPS
    assert scale.position(1e-12) == 0


def test_zero_is_the_leftmost_place():
    scale = LogScale(1e-6, 10.0, zero=True)
    assert scale.value(0) == 0
    assert scale.position(0) == 0
    assert scale.position(1e-6) > 0
    assert scale.value(scale.position(1e-6)) == pytest.approx(1e-6)


def test_whole_numbers_stay_whole_and_all_small_ones_are_reached():
    scale = LogScale(1, 10_000, zero=True, integral=True)
    values = {scale.value(position) for position in range(STEPS + 1)}
    assert all(isinstance(value, int) for value in values)
    assert set(range(21)) <= values


def test_the_linear_scale_maps_both_ways():
    scale = LinearScale(0, 1)
    assert scale.value(scale.position(0.37)) == pytest.approx(0.37)
    assert LinearScale(2, 12, True).value(0) == 2


@pytest.mark.parametrize(("member", "field"), FIELDS, ids=lambda x: getattr(x, "name", getattr(x, "kind", "")))
def test_every_value_of_every_slider_is_legal(member, field):
    scale = scale_for(field)
    for position in range(0, STEPS + 1, 50):
        member().replace(**{field.name: scale.value(position)})


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.01, "0.01"), (1e-8, "1e-8"), (250000.0, "250000"), (3, "3"), (1.5e-7, "1.5e-7"), (0, "0"), (0.1 + 0.2, "0.3"),
     (1e12, "1e12"), (4294967295, "4294967295"), (None, "")],
)  # fmt: skip
def test_numbers_are_written_as_they_are_best_read(value, text):
    assert format_number(value) == text


def test_whole_numbers_are_read_exactly():
    assert read_number("9007199254740993", integral=True) == 9007199254740993
    with pytest.raises(ValueError, match="not a whole number"):
        read_number("2.5", integral=True)


def test_a_slider_may_be_shorter_than_what_is_legal():
    from engine.data.sources.planar import Moons

    seed = next(item for item in Moons.fields() if item.name == "seed")
    scale = scale_for(seed)
    assert scale is not None
    assert (scale.value(0), scale.value(500), scale.value(1000)) == (0, 50, 100)
    assert scale.position(4_000_000_000) == 1000, "What was typed stands at the end."
    assert Moons(seed=4_000_000_000).seed == 4_000_000_000
