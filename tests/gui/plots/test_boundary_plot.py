import numpy as np
import pytest
from PySide6.QtCore import QPointF

from engine.events import Weights
from engine.graph import GraphSpec
from engine.losses.basic import CategoricalCrossEntropy, Hinge, MeanSquaredError
from engine.network import compile_design
from gui.plots.boundary_plot import NO_PROBLEM_TEXT, BoundaryPlot
from gui.plots.coloring import STRENGTH, color_classes, rgb
from gui.theme import current_theme


@pytest.fixture
def plot(application):
    made = BoundaryPlot()
    made.resize(480, 400)
    made.show()
    yield made
    made.close_tasks()
    made.close()
    made.deleteLater()


@pytest.fixture
def shown(plot, wait_for):
    """Show a problem, optionally with other weights, and hand back its network and the picture's surface."""

    def show(design, data, seed=7):
        network = compile_design(design, seed=seed)
        plot.set_problem(design, data)
        plot.update_weights(Weights(5, 1, network.weights()))
        assert wait_for(lambda: plot.picture is not None and plot.picture.step == 5), plot.message
        box = plot._scene.plot.getViewBox()
        assert wait_for(lambda: box.sceneBoundingRect().width() > 100)
        return network, plot.picture.surface

    return show


def raw_grid(surface):
    x, y = np.meshgrid(surface.x, surface.y)
    return np.stack([x.ravel(), y.ravel()], axis=1)


def test_two_classes_equal_the_network_on_the_same_grid(shown, problems):
    design, data = problems.chain(2, 1), problems.data_of("planar:moons")
    network, surface = shown(design, data)
    expected = network.forward(data.scale_input(raw_grid(surface)))[:, 0]
    np.testing.assert_allclose(surface.values[..., 1].ravel(), expected, atol=1e-5)
    np.testing.assert_allclose(surface.values.sum(axis=-1), 1, atol=1e-6)


def test_several_classes_equal_the_network_and_have_the_right_colours(plot, shown, problems):
    design, data = problems.chain(2, 4, CategoricalCrossEntropy()), problems.data_of("planar:blobs?classes=4")
    network, surface = shown(design, data)
    expected = network.forward(data.scale_input(raw_grid(surface)))
    np.testing.assert_allclose(surface.values.reshape(-1, 4), expected, atol=1e-5)
    theme = current_theme()
    np.testing.assert_array_equal(
        plot.picture.pixels, color_classes(surface.values, theme.classes, theme.surface_raised)
    )


def test_sure_places_have_the_colour_of_their_class_and_even_ones_that_of_the_paper():
    colors, paper = ("#ff0000", "#0000ff", "#00ff00"), "#ffffff"
    pixels = color_classes(np.array([[1, 0, 0], [0, 1, 0], [0.5, 0.5, 0], [0.2, 0.4, 0.4]]), colors, paper)
    for pixel, color in zip(pixels, colors[:2], strict=False):
        expected = rgb(paper) + STRENGTH * (rgb(color) - rgb(paper))
        np.testing.assert_allclose(pixel[2::-1], expected, atol=1)
    np.testing.assert_array_equal(pixels[2:], np.full((2, 4), 255))


def test_values_over_two_features_are_in_original_units(shown, problems):
    design, data = problems.chain(2, 1, MeanSquaredError()), problems.data_of("planar:plane")
    network, surface = shown(design, data)
    expected = data.unscale_target(network.forward(data.scale_input(raw_grid(surface))))[:, 0]
    np.testing.assert_allclose(surface.values.ravel(), expected, atol=1e-5)


def test_values_over_one_feature_are_a_curve_through_the_data(plot, shown, problems):
    design, data = problems.chain(1, 1, MeanSquaredError()), problems.data_of("planar:sine")
    network, surface = shown(design, data)
    expected = data.unscale_target(network.forward(data.scale_input(surface.x[:, None])))[:, 0]
    x, y = plot._scene.curves[0].getData()
    np.testing.assert_allclose(x, surface.x)
    np.testing.assert_allclose(y, expected, atol=1e-5)
    train = plot._scene.clouds["train"].getData()
    np.testing.assert_allclose(train[0], data.unscale_input(data.train.input())[:, 0], atol=1e-6)
    np.testing.assert_allclose(train[1], data.unscale_target(data.train.target())[:, 0], atol=1e-6)


def test_of_many_features_two_are_chosen_and_the_others_keep_their_median(plot, shown, wait_for, problems):
    design, data = problems.chain(13, 3, CategoricalCrossEntropy()), problems.data_of("sklearn:wine")
    network, surface = shown(design, data)
    assert plot._x.isVisible()
    assert plot._x.count() == 13
    features = plot._evaluator.features
    plot.set_features(features[0], features[12])
    assert wait_for(lambda: plot.picture.surface.view.y == features[12])
    surface = plot.picture.surface
    rows = np.repeat(np.median(data.train.input(), axis=0)[None], len(surface.x) * len(surface.y), axis=0)
    raw = raw_grid(surface)
    mu, sigma = data.input_statistics()
    rows[:, 0] = (raw[:, 0] - mu[0]) / sigma[0]
    rows[:, 12] = (raw[:, 1] - mu[12]) / sigma[12]
    np.testing.assert_allclose(surface.values.reshape(-1, 3), network.forward(rows), atol=1e-5)


def test_the_same_feature_twice_makes_the_other_give_way(plot, shown, problems):
    shown(problems.chain(13, 3, CategoricalCrossEntropy()), problems.data_of("sklearn:wine"))
    x, y = plot.view.x, plot.view.y
    plot._x.setCurrentIndex(plot._y.currentIndex())
    assert (plot.view.x, plot.view.y) == (y, x)
    assert plot._x.currentText() == y.title
    assert plot._y.currentText() == x.title


def test_two_inputs_get_their_own_columns(shown, problems):
    design, data = problems.two_inputs(), problems.data_of("planar:moons")
    network, surface = shown(design, data)
    assert (surface.view.x.title, surface.view.y.title) == ("x2", "x1")
    scaled = data.scale_input(raw_grid(surface)[:, ::-1])
    expected = network.forward({"input_1": scaled[:, 1:], "input_2": scaled[:, :1]})[:, 0]
    np.testing.assert_allclose(surface.values[..., 1].ravel(), expected, atol=1e-5)


def test_a_hinge_shows_its_score(plot, shown, problems):
    design, data = problems.chain(2, 1, Hinge()), problems.data_of("planar:moons")
    network, surface = shown(design, data)
    score = network.forward(data.scale_input(raw_grid(surface)))[:, 0]
    np.testing.assert_allclose(surface.values[..., 1].ravel(), np.clip((score + 1) / 2, 0, 1), atol=1e-5)
    assert "score" in text_at(plot, 0.0, 0.0)


def text_at(plot, x, y):
    return plot._scene.text_at(plot._scene.plot.getViewBox().mapViewToScene(QPointF(x, y)), plot.picture.surface)


def test_the_probability_under_the_mouse(plot, shown, problems):
    design, data = problems.chain(2, 1), problems.data_of("planar:moons")
    network, _ = shown(design, data)
    p = float(network.forward(data.scale_input(np.array([[0.31, -0.25]])))[0, 0])
    likely, shown_p = ("1", p) if p > 0.5 else ("0", 1 - p)
    words = text_at(plot, 0.31, -0.25)
    assert words.startswith(f"P({likely}) = ")
    assert float(words.split(" = ")[1].split()[0]) == pytest.approx(shown_p, abs=0.011)
    assert words.endswith("at (0.31, −0.25)")


def test_points_have_the_colour_of_their_class_and_dev_is_hollow(plot, shown, problems):
    data = problems.data_of("planar:moons")
    shown(problems.chain(2, 1), data)
    cloud, theme = plot._scene.clouds["train"], current_theme()
    colors = [point.brush().color().name() for point in cloud.points()]
    assert colors == [theme.classes[k] for k in data.train.target()]
    dev = plot._scene.clouds["dev"]
    assert {point.brush().color().name() for point in dev.points()} == {theme.surface_raised}
    assert [point.pen().color().name() for point in dev.points()] == [
        theme.classes[k] for k in data.parts["dev"].target()
    ]
    np.testing.assert_allclose(cloud.getData()[0], data.unscale_input(data.train.input())[:, 0], atol=1e-6)


@pytest.mark.parametrize(
    ("design", "spec", "words"),
    [
        (lambda p: p.chain(2, 1).with_changes(graph=GraphSpec()), "planar:moons", "No boundary yet"),
        (lambda p: p.chain(64, 10, CategoricalCrossEntropy()), "sklearn:digits?images=true", "m × 8 × 8 × 1"),
        (lambda p: p.chain(3, 1), "planar:moons", "takes 3 numbers, but the data has 2"),
    ],
)
def test_without_a_boundary_a_sentence_says_why(plot, wait_for, problems, design, spec, words):
    assert plot.message == NO_PROBLEM_TEXT
    plot.set_problem(design(problems), problems.data_of(spec))
    assert wait_for(lambda: words in plot.message), plot.message
    assert not plot.wants_weights
    plot.set_problem(problems.chain(2, 1), problems.data_of("planar:moons"))
    assert wait_for(lambda: plot.picture is not None)
    assert plot.message == ""
    plot.set_problem(problems.chain(2, 1), None)
    assert plot.message == NO_PROBLEM_TEXT


def test_weights_of_another_design_leave_the_picture_alone(plot, shown, wait_for, problems):
    shown(problems.chain(2, 1), problems.data_of("planar:moons"))
    before = plot.picture.pixels
    plot.update_weights(Weights(9, 1, {"dense_9/W": np.zeros(3)}))
    wait_for(lambda: False, 0.1)
    np.testing.assert_array_equal(plot.picture.pixels[:1, :1], before[:1, :1])
    assert plot.picture.step != 9


def test_of_many_weights_the_newest_are_drawn(plot, shown, wait_for, problems):
    network, _ = shown(problems.chain(2, 1), problems.data_of("planar:moons"))
    for step in range(10, 200):
        plot.update_weights(Weights(step, 1, network.weights()))
    assert wait_for(lambda: plot.picture.step == 199)


def test_the_same_problem_again_changes_nothing(plot, shown, problems):
    data = problems.data_of("planar:moons")
    shown(problems.chain(2, 1), data)
    evaluator = plot._evaluator
    plot.set_problem(problems.chain(2, 1), data)
    assert plot._evaluator is evaluator
