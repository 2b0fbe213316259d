"""Switches of the boundary plot, examples under the mouse, and numbers for a file."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from engine.events import Weights
from engine.losses.basic import CategoricalCrossEntropy, MeanSquaredError
from engine.network import compile_design
from gui.plots.boundary_plot import BoundaryPlot
from gui.plots.coloring import STRENGTH, rgb
from gui.theme import current_theme


@pytest.fixture
def plot(application):
    made = BoundaryPlot()
    made.resize(480, 420)
    made.show()
    yield made
    made.close_tasks()
    made.close()
    made.deleteLater()


@pytest.fixture
def shown(plot, wait_for):
    """Show a problem and hand back its network."""

    def show(design, data):
        network = compile_design(design, seed=7)
        plot.set_problem(design, data)
        plot.update_weights(Weights(5, 1, network.weights()))
        assert wait_for(lambda: plot.picture is not None and plot.picture.step == 5), plot.message
        box = plot._scene.plot.getViewBox()
        assert wait_for(lambda: box.sceneBoundingRect().width() > 100)
        return network

    return show


def scene_place(plot, part, index):
    x, y = plot.scene._places[part]
    return plot.scene.plot.getViewBox().mapViewToScene(QPointF(x[index], y[index]))


def test_examples_of_another_class_are_ringed_and_counted(plot, shown, problems):
    data = problems.data_of("planar:moons")
    network = shown(problems.chain(2, 1), data)
    wrong = {
        name: (network.forward(part.input())[:, 0] > 0.5).astype(int) != part.target()
        for name, part in data.parts.items()
    }
    for name, mask in wrong.items():
        np.testing.assert_array_equal(plot.picture.wrong[name], mask)
    count = sum(int(mask.sum()) for mask in wrong.values())
    assert count > 0
    x, y = plot.scene.rings.getData()
    assert len(x) == count
    raw = data.unscale_input(data.train.input())[wrong["train"]]
    np.testing.assert_allclose(np.column_stack([x, y])[: len(raw)], raw, atol=1e-5)
    m = sum(part.m for part in data.parts.values())
    assert f"{count:,} of {m:,} wrong" in plot._legend.text().replace("&nbsp;", " ")
    plot._options.rings.setChecked(False)
    assert not len(plot.scene.rings.getData()[0])
    assert "wrong" not in plot._legend.text()


def test_parts_can_be_hidden(plot, shown, wait_for, problems):
    data = problems.data_of("planar:moons")
    shown(problems.chain(2, 1), data)
    plot._options.parts["train"].setChecked(False)
    assert not len(plot.scene.clouds["train"].getData()[0])
    assert len(plot.scene.clouds["dev"].getData()[0]) == data.parts["dev"].m
    assert wait_for(lambda: set(plot.picture.predictions) == {"dev"})
    assert "train" not in plot._legend.text()
    assert plot._options.parts["test"].isHidden(), "a part that is not there needs no switch"


def test_discrete_colours_are_those_of_the_likeliest_class(plot, shown, wait_for, problems):
    shown(problems.chain(2, 3, CategoricalCrossEntropy()), problems.data_of("planar:blobs?classes=3"))
    plot._options.discrete.setChecked(True)
    assert wait_for(lambda: plot.picture.coloring.discrete)
    theme, pixels = current_theme(), plot.picture.pixels
    likeliest = plot.picture.surface.values.argmax(axis=-1)
    paper = rgb(theme.surface_raised)
    for k in np.unique(likeliest):
        expected = paper + STRENGTH * (rgb(theme.classes[k]) - paper)
        own = pixels[likeliest == k][:, 2::-1]
        np.testing.assert_allclose(own, np.broadcast_to(expected, own.shape), atol=1)


def test_discrete_values_come_in_bands(plot, shown, wait_for, problems):
    shown(problems.chain(2, 1, MeanSquaredError()), problems.data_of("planar:plane"))
    plot._options.discrete.setChecked(True)
    assert wait_for(lambda: plot.picture.coloring.discrete)
    assert len(np.unique(plot.picture.pixels.reshape(-1, 4), axis=0)) <= 10 + 2
    assert plot._options.rings.isHidden(), "values are not wrong or right"


def test_other_features_keep_the_values_of_the_example_looked_at(plot, shown, wait_for, problems):
    data = problems.data_of("sklearn:wine")
    network = shown(problems.chain(13, 3, CategoricalCrossEntropy()), data)
    plot.set_features(plot._evaluator.features[0], plot._evaluator.features[12])
    plot.set_example("train", 7)
    plot._options.at_example.setChecked(True)
    assert wait_for(lambda: plot.picture.surface.view.example == ("train", 7))
    surface = plot.picture.surface
    mu, sigma = data.input_statistics()
    rows = np.repeat(data.train.input()[7:8], len(surface.x), axis=0)
    rows[:, 0] = (surface.x - mu[0]) / sigma[0]
    rows[:, 12] = (surface.y[3] - mu[12]) / sigma[12]
    np.testing.assert_allclose(surface.values[3], network.forward(rows), atol=1e-5)
    assert "train example 7" in plot._legend.text().replace("&nbsp;", " ")
    plot.set_example("train", 8)
    assert wait_for(lambda: plot.picture.surface.view.example == ("train", 8)), "another example, another picture"


def test_an_example_says_its_features_its_class_and_what_is_predicted(plot, shown, problems):
    data = problems.data_of("planar:moons")
    network = shown(problems.chain(2, 1), data)
    p = float(network.forward(data.parts["dev"].input())[3, 0])
    plot._pointer.read_at(scene_place(plot, "dev", 3))
    text = plot._pointer.readout.text()
    raw = data.unscale_input(data.parts["dev"].input())[3]
    assert "Example 3</b> of the dev part" in text
    assert f"x1 {raw[0]:.4g}, x2 {raw[1]:.4g}".replace("-", "−") in text
    assert f"class {data.parts['dev'].target()[3]:.0f}" in text
    assert f"predicted {int(p > 0.5)}, P = {max(p, 1 - p):.2f}" in text


def test_a_click_and_the_keyboard_choose_examples(plot, shown, problems):
    shown(problems.chain(2, 1), problems.data_of("planar:moons"))
    chosen = []
    plot.example_chosen.connect(lambda part, place: chosen.append((part, place)))
    at = plot.canvas.mapFromScene(scene_place(plot, "dev", 3))
    QTest.mouseClick(plot.canvas.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert len(chosen) == 1
    plot.set_example(*chosen[0])
    assert len(plot.scene._chosen.getData()[0]) == 1
    plot.canvas.setFocus()
    plot._pointer.read_at(scene_place(plot, "dev", 3))
    QTest.keyClick(plot.canvas, Qt.Key.Key_Return)
    assert chosen[1] == chosen[0]
    QTest.keyClick(plot.canvas, Qt.Key.Key_Right)
    assert plot._pointer.readout.isVisible()
    assert not plot._pointer.readout.text().startswith("<b>Example 3</b> of the dev part")


def test_numbers_of_examples_and_cells(plot, shown, problems):
    data = problems.data_of("planar:moons")
    network = shown(problems.chain(2, 1), data)
    table = plot.table()
    m = sum(part.m for part in data.parts.values())
    cells = plot.picture.surface.x.size * plot.picture.surface.y.size
    assert list(table.header) == ["part", "example", "x1", "x2", "y", "P(0)", "P(1)"]
    assert len(table.rows) == m + cells
    part, place, *_, probability = table.rows[data.train.m + 2]
    assert (part, place) == ("dev", 2)
    assert probability == pytest.approx(float(network.forward(data.parts["dev"].input())[2, 0]), abs=1e-5)
    assert table.rows[-1][0] == "cell"


def test_it_says_why_there_is_no_data(plot, problems):
    plot.set_problem(problems.chain(2, 1), None, "The data is loading …")
    assert plot.message == "The data is loading …"
    plot.set_problem(problems.chain(2, 1), None, "There is no file 'x.csv'.")
    assert plot.message == "There is no file 'x.csv'."
    assert plot.table() is None
