"""The data views: columns, parts and relations, with known numbers."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.special  # noqa: F401  it takes long in a thread beside qWait, which keeps the interpreter
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from engine.data import Dataset, DataSettings, Target, parse_spec, prepare
from engine.design import Design
from engine.losses.basic import BinaryCrossEntropy
from gui.theme import set_theme
from gui.views.data_columns import ColumnsView
from gui.views.data_grid import strength_color
from gui.views.data_parts import PartsView
from gui.views.data_relations import RelationsView
from gui.views.data_view import LOOKING, DataDesk

PETS = """\
kind,weight,age,happy
cat,4,1,yes
dog,20,2,yes
cat,5,,no
dog,30,4,no
cat,6,5,yes
dog,10,6,yes
cat,3,7,no
dog,40,,no
"""


def show(bench, kind, data, design=None, size=(900, 600)):
    """A data view after it has found out what it shows."""
    view = kind(bench.context)
    bench.views.append(view)
    view.resize(*size)
    view.show()
    bench.context.set_problem(design or bench.design(data, BinaryCrossEntropy()), data)
    settle(bench, view)
    return view


def settle(bench, view):
    QTest.qWait(10)
    bench.wait_for(lambda: not view.desk.tasks.is_busy, "the data is still being looked at")
    QTest.qWait(10)


@pytest.fixture
def pets(tmp_path):
    path = tmp_path / "pets.csv"
    path.write_text(PETS)
    return prepare(DataSettings(source=parse_spec(f"csv:{path}?target=happy"), train=0.5, dev=0.5))


def row(table, name):
    return next(texts for texts in table.rows_model.rows if texts[0] == name)


def test_columns_are_shown_with_their_figures(bench, pets):
    view = show(bench, ColumnsView, pets)
    assert [texts[0] for texts in view.columns.rows_model.rows] == ["kind", "weight", "age", "happy"]
    weight = row(view.columns, "weight")
    assert weight[2:9] == ["number", "–", "8", "3", "14.75", "8", "40"]
    assert weight[9] == f"{np.std([4, 20, 5, 30, 6, 10, 3, 40], ddof=1):.4g}"
    assert row(view.columns, "age")[3] == "2"
    assert row(view.columns, "kind")[2:5] == ["text", "–", "2"]
    assert "8 rows (4 train, 4 dev)" in view.caption.toolTip() + view.caption.text()


def test_a_chosen_row_shows_its_counts_by_class(bench, pets):
    view = show(bench, ColumnsView, pets)
    assert view.columns.currentIndex().row() == 0, "the first column is shown first"
    assert view.detail.table().rows == [["cat", 4], ["dog", 4]]
    view.by.setCurrentIndex(view.by.findText("By happy"))
    view.by.activated.emit(view.by.currentIndex())
    settle(bench, view)
    assert view.detail.table().header == ["kind", "no examples", "yes examples"]
    assert view.detail.table().rows == [["cat", 2, 2], ["dog", 2, 2]]
    assert "kind by happy" in view.detail.name.text()


def test_arrow_keys_go_from_column_to_column(bench, pets):
    view = show(bench, ColumnsView, pets)
    view.columns.setFocus()
    QTest.keyClick(view.columns, Qt.Key.Key_Down)
    settle(bench, view)
    assert view.desk.column == "weight"
    assert view.detail.close_look.column.name == "weight"


def test_a_histogram_says_its_counts_under_the_mouse(bench):
    values = np.arange(200.0)
    data = bench.data(values[:, None], (values > 99).astype(int), ("no", "yes"))
    view = show(bench, ColumnsView, data)
    close = view.detail.close_look
    assert close.bins.are_stretches
    assert int(close.counts.sum()) == 200
    text = view.detail._describe(0)
    assert f"{int(close.counts[0, 0])} (" in text
    view.by.setCurrentIndex(view.by.count() - 1)
    view.refresh()
    settle(bench, view)
    assert "no:" in view.detail._describe(0)
    assert "0 (0.0" in view.detail._describe(0), "no example of 'yes' is small"


def test_bars_tell_their_counts_in_a_tooltip(bench, pets):
    view = show(bench, ColumnsView, pets)
    bars = view.detail.bars
    assert bars._tip(10) == "cat: 4 (50.0\N{NO-BREAK SPACE}%)"
    assert bars._tip(4000) == ""
    assert "dog" in bars.accessibleDescription()


def test_the_view_works_while_the_design_is_broken(bench, pets):
    view = show(bench, ColumnsView, pets, Design())
    bench.wait_for(lambda: not bench.context._engine_busy, "the engine is still being made")
    assert not bench.message(view), "a design without layers must not hide the data"
    assert view.columns.rows_model.rows


def test_no_data_is_said(bench):
    view = ColumnsView(bench.context)
    bench.views.append(view)
    view.show()
    bench.context.set_problem(Design(), None)
    assert "no data" in bench.message(view)


def test_looking_is_said_until_there_is_something(bench, pets):
    view = ColumnsView(bench.context)
    bench.views.append(view)
    view.show()
    bench.context.set_problem(Design(), pets)
    assert bench.message(view) == LOOKING
    settle(bench, view)
    assert not bench.message(view)


def test_another_network_on_the_same_data_changes_nothing(bench, pets):
    view = show(bench, ColumnsView, pets)
    before = view._answer
    bench.context.set_problem(Design(), pets)
    settle(bench, view)
    assert view._answer is before


def test_a_column_chosen_in_one_view_is_chosen_in_all(bench, pets):
    columns, parts = show(bench, ColumnsView, pets), show(bench, PartsView, pets)
    assert DataDesk.of(bench.context) is columns.desk is parts.desk
    columns.desk.choose("age")
    settle(bench, parts)
    assert parts.detail.close_look.column.name == "age"
    assert columns.columns.currentIndex().row() == 2


def test_pictures_show_the_mean_of_each_class(bench):
    images = np.zeros((40, 5, 5, 1))
    labels = np.arange(40) % 2
    images[labels == 1] = 1.0
    data = bench.data(images, labels, ("dark", "light"))
    view = show(bench, ColumnsView, data)
    assert [(own.name, own.count) for own in view.pictures.pictures] == [("dark", 20), ("light", 20)]
    assert view.pictures.pictures[0].pixels[0, 0, 0] == 0
    assert view.pictures.pictures[1].pixels[0, 0, 0] == 255
    assert view.detail.table().rows == [["dark", 20], ["light", 20]]
    relations = show(bench, RelationsView, data)
    assert "nothing to relate" in bench.message(relations)


def test_parts_stand_side_by_side(bench, pets):
    view = show(bench, PartsView, pets)
    train = [pets.targets["happy"].values[pets.parts[part].rows] for part in ("train", "dev")]
    assert [len(own) for own in train] == [4, 4]
    raw = np.array([4, 20, 5, 30, 6, 10, 3, 40.0])
    own = raw[pets.parts["train"].rows]
    assert row(view.columns, "weight")[2] == f"{own.mean():.4g} ± {own.std(ddof=1):.3g}"
    assert "No column differs" in view.verdict.text()
    assert view.detail.close_look.groups == ("train", "dev")


def test_a_difference_between_parts_is_warned_of(bench):
    random = np.random.default_rng(0)
    x = random.normal(size=(400, 2))
    data = prepare(
        DataSettings(train=0.5, dev=0.5),
        Dataset(
            {"x": x}, {"y": Target("y", "classes", random.integers(0, 2, 400), ("a", "b"))}, {"x": ("same", "other")}
        ),
    )
    data.parts["dev"].inputs["x"][:, 1] += 2
    view = show(bench, PartsView, data)
    assert "'other' is distributed differently in the dev part" in view.verdict.text()
    assert view.verdict.property("role") == "warning"
    assert row(view.columns, "other")[-1] == "differs"
    assert row(view.columns, "same")[-1] == ""


def test_only_a_training_part_leaves_nothing_to_compare(bench):
    data = bench.data([[0.0], [1.0]], [0, 1], ("a", "b"))
    view = show(bench, PartsView, data)
    assert "nothing to compare" in bench.message(view)


def test_any_two_columns_can_be_scattered(bench, pets):
    view = show(bench, RelationsView, pets)
    view.choose("scatter", x="weight", y="age", color="kind")
    settle(bench, view)
    x, y = view.points.getData()
    assert sorted(x.tolist()) == pytest.approx([3, 4, 6, 10, 20, 30])
    assert sorted(y.tolist()) == pytest.approx([1, 2, 4, 5, 6, 7])
    assert "2 without a value" in view.caption.text()
    assert "cat" in view.plot.legend.text()
    place = int(np.nanargmax(view._answer.x.values))
    assert "weight: <b>40</b>" in view._describe(place)
    assert "kind: <b>dog</b>" in view._describe(place)


def test_a_clicked_point_is_the_example_looked_at(bench, pets):
    view = show(bench, RelationsView, pets)
    view.choose("scatter", x="weight", y="age", color="happy")
    settle(bench, view)
    view.plot.point_chosen.emit(5)
    assert bench.context.example == ("dev", 1)


def test_a_number_colours_from_low_to_high(bench, pets):
    random = np.random.default_rng(1)
    data = bench.data(random.normal(size=(100, 3)), random.integers(0, 2, 100), ("a", "b"))
    view = show(bench, RelationsView, data)
    view.choose("scatter", x="x[0]", y="x[1]", color="x[2]")
    settle(bench, view)
    assert not view._answer.groups
    assert 0 <= np.nanmin(view._answer.codes) <= np.nanmax(view._answer.codes) <= 1
    view.choose("scatter", color="One colour")
    settle(bench, view)
    assert view.plot.legend.text() == ""


def test_the_correlation_matrix_opens_its_scatter(bench, pets):
    view = show(bench, RelationsView, pets)
    view.choose("correlation")
    settle(bench, view)
    grid = view.grid.cells.grid
    assert grid.rows == ("kind = dog", "weight", "age", "happy = yes")
    r = np.corrcoef([0, 1, 0, 1, 0, 1, 0, 1], [4, 20, 5, 30, 6, 10, 3, 40])[0, 1]
    assert grid.texts[0][1] == f"{r:.2f}"
    view.grid.setCurrentIndex(view.grid.cells.index(2, 1))
    assert "age and weight: r =" in view.caption.text()
    area = view.grid.visualRect(view.grid.cells.index(2, 1))
    QTest.mouseClick(view.grid.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(area.center()))
    settle(bench, view)
    assert view.choice.mode == "scatter"
    assert (view._answer.x.name, view._answer.y.name) == ("weight", "age")


def test_group_means_and_cross_table(bench, pets):
    view = show(bench, RelationsView, pets)
    view.choose("means", group="kind")
    settle(bench, view)
    grid = view.grid.cells.grid
    assert (grid.rows, grid.columns) == (("cat", "dog"), ("examples", "weight", "age"))
    assert grid.texts == [["4", "4.5", "4.333"], ["4", "25", "4"]]
    view.choose("cross", group="kind", by="happy")
    settle(bench, view)
    grid = view.grid.cells.grid
    assert [texts[-1] for texts in grid.texts] == ["4", "4", "8"]
    assert grid.texts[0][0].startswith("2 · 50")
    assert view.table().rows == [["cat", 2, 2, 4], ["dog", 2, 2, 4], ["sum", 4, 4, 8]]


def test_colours_of_strengths_are_the_papers_at_0(bench):
    assert strength_color(0.0) == strength_color(float("nan"))
    assert strength_color(0.9).blue() > strength_color(0.9).red()
    assert strength_color(-0.9).red() > strength_color(-0.9).blue()


def test_every_view_has_numbers_and_survives_the_other_theme(bench, pets):
    views = [show(bench, kind, pets) for kind in (ColumnsView, PartsView, RelationsView)]
    try:
        for view in views:
            assert view.table().to_csv()
            set_theme("dark", remember=False)
            assert not view.grab().isNull()
            set_theme("light", remember=False)
            assert not view.grab().isNull()
    finally:
        set_theme("light", remember=False)
