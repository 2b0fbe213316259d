"""The views Filters, Activations, What excites a unit and Why this answer: they show what the engine computes."""

from __future__ import annotations

import time
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from engine.activation import ActivationFunction
from engine.attribution import Probe
from engine.data import DataSettings, PreparedData, prepare
from engine.data.dataset import Dataset, Target
from engine.design import Design
from engine.events import Weights
from engine.graph import Edge, GraphSpec, Node
from engine.layer import Layer
from engine.layers.convolution import Conv1D, Conv2D, Conv3D
from engine.layers.dense import Dense
from engine.layers.ends import Input, Output
from engine.layers.pooling import MaxPooling2D
from engine.layers.reshaping import Flatten
from engine.losses.basic import CategoricalCrossEntropy
from engine.network import compile_design
from gui.theme import set_theme
from gui.views.engine import ViewEngine
from gui.views.excitation import ExcitationView
from gui.views.feature_maps import FeatureMapsView
from gui.views.filter_numbers import Question as FilterQuestion
from gui.views.filter_numbers import compute_filters
from gui.views.filters import FiltersView
from gui.views.map_board import TileBoard
from gui.views.map_source import sight_of
from gui.views.map_tiles import map_tile
from gui.views.map_why import Question as WhyQuestion
from gui.views.map_why import compute_why
from gui.views.map_work import advance
from gui.views.why import WhyView
from gui.widgets.export import save_picture

RELU = ActivationFunction.from_data({"kind": "relu"})
NAMES = ("dark", "bright")


def chain(*layers: tuple[str, Layer]) -> Design:
    nodes = tuple(Node(id=name, layer=layer) for name, layer in layers)
    edges = tuple(Edge(source=a.id, target=b.id) for a, b in pairwise(nodes))
    return Design(graph=GraphSpec(nodes=nodes, edges=edges))


def images(shape: tuple[int, ...] = (8, 8, 1), m: int = 12) -> PreparedData:
    x = np.random.default_rng(4).uniform(size=(m, *shape))
    dataset = Dataset({"x": x}, {"y": Target("y", "classes", np.arange(m) % 2, NAMES)})
    return prepare(DataSettings(train=1.0, dev=0.0, standardize=False, standardize_target=False), dataset)


def small(shape: tuple[int, ...] = (8, 8, 1)) -> Design:
    return chain(
        ("x", Input(shape=shape)), ("conv", Conv2D(filters=3, activation=RELU)), ("pool", MaxPooling2D()),
        ("flat", Flatten()), ("out", Dense(units=2)), ("y", Output(loss=CategoricalCrossEntropy())),
    )  # fmt: skip


def edge_weights(design: Design) -> dict[str, np.ndarray]:
    """Filter 0 a vertical edge, filter 1 dead by its norm, filter 2 dead by its bias."""
    weights = compile_design(design).weights()
    w = np.zeros((3, 3, 1, 3), np.float32)
    w[:, 0, 0, 0], w[:, 2, 0, 0] = -1, 1
    w[..., 1] = 1e-7
    w[..., 2] = 0.5
    weights["conv/W"], weights["conv/b"] = w, np.array([0, 0, -100], np.float32)
    return weights


def opened(bench, kind, design: Design, data: PreparedData, weights=None, size=(760, 320)):
    view = kind(bench.context)
    bench.views.append(view)
    view.resize(*size)
    view.show()
    bench.context.set_problem(design, data)
    if weights is not None:
        bench.context.update_weights(Weights(5, 0, weights))
    return view


# Filters


def test_filters_are_sorted_by_norm_and_dead_ones_say_why(bench):
    design = small()
    view = opened(bench, FiltersView, design, images(), edge_weights(design))
    bench.wait_for(lambda: view._answer is not None and view._answer.step == 5, "no filters were shown")
    answer = view._answer
    assert answer.symbol == "W[1]"
    assert answer.order.tolist() == [0, 2, 1]
    assert answer.norms == pytest.approx([np.sqrt(6), 3e-7, 1.5], rel=1e-3)
    assert set(answer.dead) == {1, 2}
    assert "1/1000 of the median" in answer.dead[1]
    assert "all 0 for the first 12 training examples" in answer.dead[2]
    assert [tile.note for tile in view.board.tiles] == ["", "dead", "dead"]
    assert "2 dead (1, 2)" in view.caption._full
    np.testing.assert_allclose(answer.tiles[0].values, [[-1, 0, 1]] * 3)
    assert view._describe((0, 1, 2)).endswith("row 1, column 2: 1")
    assert [row[2] for row in view.table().rows] == [0, 2, 1]
    view.order.setCurrentIndex(1)
    view._on_choice_activated()
    bench.wait_for(lambda: view._answer.order.tolist() == [0, 1, 2], "filters were not sorted by number")


def test_first_filters_of_colour_images_are_in_colour_and_deeper_ones_by_channel(bench):
    design = chain(
        ("x", Input(shape=(8, 8, 3))), ("one", Conv2D(filters=4)), ("two", Conv2D(filters=3)), ("flat", Flatten()),
        ("out", Dense(units=2)), ("y", Output(loss=CategoricalCrossEntropy())),
    )  # fmt: skip
    data = images((8, 8, 3))
    engine = ViewEngine(design, data)
    w = np.zeros((3, 3, 3, 4), np.float32)
    w[0, 0, :, 0] = 2, 0, -2
    engine.network["one/W"] = w
    answer = compute_filters(engine, FilterQuestion("one", "W", by_norm=False))
    assert answer.colored
    assert answer.tiles[0].pixels[0, 0].tolist() == [0, 128, 255, 255], "blue, green, red of (2, 0, -2)"
    answer = compute_filters(engine, FilterQuestion("two", "W", by_norm=False))
    assert not answer.colored, "four channels are no colours"
    tile, w = answer.tiles[1], engine.network["two/W"]
    assert tile.index_at(0, 4) == (0, 0, 1)
    assert tile.values[0, 4] == w[0, 0, 1, 1]
    assert tile.index_at(3, 0) is None, "a gap between two maps"
    answer = compute_filters(engine, FilterQuestion("two", "W", channel=2, by_norm=False))
    np.testing.assert_array_equal(answer.tiles[1].values, w[:, :, 2, 1])


def test_dense_weights_behind_flatten_are_images(bench):
    design = chain(
        ("x", Input(shape=(4, 5, 1))), ("flat", Flatten()), ("out", Dense(units=2)),
        ("y", Output(loss=CategoricalCrossEntropy())),
    )  # fmt: skip
    engine = ViewEngine(design, images((4, 5, 1)))
    answer = compute_filters(engine, FilterQuestion("out", "W", by_norm=False))
    assert answer.shape == (4, 5, 1)
    np.testing.assert_array_equal(answer.tiles[1].values, engine.network["out/W"][1].reshape(4, 5))


# Activations


def test_every_channel_is_shown_and_a_click_tells_the_receptive_field(bench):
    design, data = small(), images()
    weights = edge_weights(design)
    view = opened(bench, FeatureMapsView, design, data, weights)
    bench.wait_for(lambda: view._answer is not None and view._answer.step == 5, "no activations were shown")
    x = data.train.inputs["x"][0, :, :, 0]
    expected = sum(x[a : a + 6, 2:8] - x[a : a + 6, 0:6] for a in range(3))
    np.testing.assert_allclose(view._answer.values[:, :, 0], np.maximum(expected, 0), atol=1e-5)
    assert [tile.title.split()[0] for tile in view.board.tiles] == ["0", "1", "2"]
    rect = view.board.tile_rect(0)
    spot = QPointF(rect.left() + rect.width() * 4.5 / 6, rect.top() + rect.height() * 2.5 / 6).toPoint()
    QTest.mouseClick(view.board.sheet, Qt.MouseButton.LeftButton, pos=spot)
    assert view.caption._full == "Pixel (2, 4) of conv sees rows 2–4, columns 4–6 of the image".replace(
        "conv", view.layer.currentText()
    )
    assert view.image.tiles[0].box == ((2, 5), (4, 7))
    assert view.board.tiles[0].box == ((2, 3), (4, 5))
    view.overlay.setChecked(True)
    heat = view.image.tiles[0].heat
    assert heat.shape == (8, 8)
    assert heat.max() <= 1
    assert len(view.table().rows) == 6 * 6 * 3


def test_the_keyboard_reaches_every_pixel(bench):
    design = small()
    view = opened(bench, FeatureMapsView, design, images())
    bench.wait_for(lambda: bool(view.board.tiles), "no activations were shown")
    sheet = view.board.sheet
    sheet.setFocus()
    QTest.keyClick(sheet, Qt.Key.Key_Right)
    assert view.board.current == 1
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Right):
        QTest.keyClick(sheet, key, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(sheet, Qt.Key.Key_Return)
    assert "(1, 2)" in view.caption._full
    assert "rows 1–3, columns 2–4" in view.caption._full


def test_scales_are_shared_as_chosen(bench):
    design = small()
    view = opened(bench, FeatureMapsView, design, images(), edge_weights(design))
    bench.wait_for(lambda: view._answer is not None and view._answer.step == 5, "no activations were shown")
    own = view._answer.limits.tolist()
    assert own[2] == 0
    assert own[0] > own[1]
    view.scale.choose("layer")
    view.refresh()
    bench.wait_for(lambda: view._answer.question.scale == "layer", "the scale did not change")
    assert view._answer.limits.tolist() == [own[0]] * 3


def test_another_example_and_a_flat_layer(bench):
    design, data = small(), images()
    view = opened(bench, FeatureMapsView, design, data)
    bench.wait_for(lambda: view._answer is not None, "no activations were shown")
    bench.context.show_example("train", 3)
    bench.wait_for(lambda: view._answer.question.place == 3, "the example did not change")
    view.layer.choose("out")
    view._on_layer_activated()
    bench.wait_for(lambda: view._answer.question.node == "out", "the layer did not change")
    assert view.board.tiles[0].count == 2
    view._on_board_pressed((0, 0, 1))
    assert view.caption._full.startswith("Unit 1 of")
    assert "rows 0–5, columns 0–5" not in view.caption._full
    assert "rows 0–7, columns 0–7 of the image" in view.caption._full


# What excites a unit


def test_the_patches_are_those_that_excite_most(bench):
    design, data = small(), images(m=40)
    weights = edge_weights(design)
    view = opened(bench, ExcitationView, design, data, weights)
    bench.wait_for(
        lambda: view._answer is not None and view._answer.search.step == 5 and view._answer.ascent.finished,
        "the search did not end",
    )
    answer, x = view._answer, data.train.inputs["x"][..., 0]
    a = np.stack([sum(x[:, r : r + 6, 2:8] - x[:, r : r + 6, 0:6] for r in range(3))])[0]
    best = a.reshape(40, -1).max(1)
    order = np.argsort(-best)[:9]
    assert list(answer.examples) == order.tolist()
    assert answer.values == pytest.approx(best[order], abs=1e-4)
    row, column = np.unravel_index(a[order[0]].argmax(), (6, 6))
    np.testing.assert_allclose(
        answer.tiles[0].values[..., 0], x[order[0], row : row + 3, column : column + 3], atol=1e-6
    )
    assert len(view.table().rows) == 9
    assert answer.made is not None
    assert float(answer.made.title.replace("−", "-")) > best.max(), "ascent must reach more than the data does"
    view._on_board_pressed((2, 0, 0))
    assert bench.context.example == ("train", int(order[2]))


def test_cancel_keeps_what_was_found_and_refresh_begins_anew(bench):
    design = small()
    view = opened(bench, ExcitationView, design, images())
    bench.wait_for(lambda: view._answer is not None and view._answer.ascent.finished, "the search did not end")
    assert view.bar.button.text() == "Refresh"
    view.asked += 1
    view.running = False
    view.refresh()
    bench.wait_for(lambda: view._answer.question.asked == 1, "nothing was asked")
    bench.settle()
    assert not view._answer.search.finished, "stopped: nothing may be computed"
    assert "Stopped" in view.bar.text._full
    view.bar.button.click()
    bench.wait_for(lambda: view._answer.ascent.finished, "Refresh did not begin anew")


def test_a_computation_keeps_its_weights_while_others_come(bench):
    design = small()
    engine = ViewEngine(design, images())
    first, seen = engine.network["out/b"].copy(), []

    def steps():
        for k in range(3):
            seen.append(engine.network["out/b"].copy())
            yield k / 3, k
            time.sleep(0.05)  # longer than a slice

    assert not advance(engine, "job", 1, steps).finished
    values = engine.network.weights()
    values["out/b"] = values["out/b"] + 9
    later = Weights(8, 0, values)
    engine.set_weights(later.values, later.step)
    engine.memory["weights"] = later
    while not advance(engine, "job", 1, steps).finished:
        pass
    assert len(seen) == 3
    assert all((b == first).all() for b in seen)
    assert engine.memory["weights"] is None, "the context has to see that it must give its weights again"
    engine.set_weights(later.values, later.step)
    engine.memory["weights"] = later
    assert not advance(engine, "job", 1, steps).finished, "weights changed much: computed anew"
    assert advance(engine, "job", 1, steps, run=False).value == 2, "the finished result stays until then"


# Why this answer


def test_saliency_of_a_linear_network_is_its_weights(bench):
    design = chain(
        ("x", Input(shape=(4, 5, 1))), ("flat", Flatten()), ("out", Dense(units=2)),
        ("y", Output(loss=CategoricalCrossEntropy())),
    )  # fmt: skip
    data = images((4, 5, 1))
    engine = ViewEngine(design, data)
    w = np.zeros((2, 20), np.float32)
    w[1, 7], w[1, 13] = 2, -3
    engine.network["out/W"] = w
    question = WhyQuestion("train", 0, label=1, patch=1, stride=1)
    while not (answer := compute_why(engine, question)).occlusion.finished:
        pass
    np.testing.assert_allclose(answer.maps["Saliency"], np.abs(w[1]).reshape(4, 5))
    x = data.train.inputs["x"]
    mean = np.asarray(x).mean()
    fall = w[1].reshape(4, 5) * (x[0, :, :, 0] - mean)
    np.testing.assert_allclose(answer.maps["Occlusion"], fall, atol=1e-5)
    assert "no layer with places" in answer.note
    assert "What speaks for bright?" in answer.sentence


def test_grad_cam_of_the_view_is_that_of_the_engine(bench):
    design, data = small(), images()
    view = opened(bench, WhyView, design, data)
    bench.wait_for(lambda: view._answer is not None and view._answer.occlusion.finished, "occlusion did not end")
    answer = view._answer
    network = ViewEngine(design, data).network
    probe = Probe(network, "out")
    z = probe.forward({"x": data.train.inputs["x"][:1]})[0]
    label = int(z.argmax())
    a = probe.output("pool")[0]
    g = network["out/W"][label].reshape(a.shape)
    cam = np.maximum((a * g.mean((0, 1))).sum(-1), 0)
    assert answer.maps["Grad-CAM"].max() == pytest.approx(cam.max(), rel=0.3), "stretched between middles of cells"
    assert answer.maps["Grad-CAM"][0, 0] == pytest.approx(cam[0, 0], abs=1e-5)
    assert [tile.title for tile in answer.tiles] == ["Image", "Saliency", "Grad-CAM", "Occlusion"]
    assert len(view.table().rows) == 64
    view.label.choose(0)
    view.restart()
    bench.wait_for(lambda: view._answer.question.label == 0 and view._answer.occlusion.finished, "no other score")
    assert "What speaks for dark?" in view.sentence._full


# Other inputs, other states


@pytest.mark.parametrize("kind", [FeatureMapsView, ExcitationView, WhyView])
@pytest.mark.parametrize("axes", [1, 3])
def test_signals_are_curves_and_volumes_have_slices(bench, kind, axes):
    shape, layer = ((12, 2), Conv1D(filters=3)) if axes == 1 else ((4, 4, 4, 1), Conv3D(filters=2))
    design = chain(
        ("x", Input(shape=shape)), ("conv", layer), ("flat", Flatten()), ("out", Dense(units=2)),
        ("y", Output(loss=CategoricalCrossEntropy())),
    )  # fmt: skip
    data = images(shape)
    assert sight_of(data, compile_design(design).inputs[0]).kind == ("signal" if axes == 1 else "volume")
    view = opened(bench, kind, design, data)
    bench.wait_for(lambda: bool(view.board.tiles), f"{kind.__name__} shows nothing for {axes} axes")
    bench.settle()
    tile = view.board.tiles[-1]
    assert tile.is_curve == (axes == 1)
    view.board.pressed.emit((0, 0, 0))
    view.board.pointed.emit((0, 0, 0), QPoint(5, 5))
    if kind is FeatureMapsView:
        assert f"of the {'signal' if axes == 1 else 'volume'}" in view.caption._full
    assert view.table().rows


@pytest.mark.parametrize("kind", [ExcitationView, WhyView])
def test_rows_of_numbers_are_said(bench, kind):
    design = chain(("x", Input(shape=(3,))), ("out", Dense(units=2)), ("y", Output(loss=CategoricalCrossEntropy())))
    data = images((3,))
    view = opened(bench, kind, design, data)
    bench.wait_for(lambda: "rows of numbers" in bench.message(view), "a sentence is missing")


@pytest.mark.parametrize("kind", [FiltersView, FeatureMapsView, ExcitationView, WhyView])
def test_broken_weights_another_design_and_both_themes_raise_nothing(bench, kind, tmp_path):
    design = small()
    weights = {name: np.full_like(value, np.nan) for name, value in compile_design(design).weights().items()}
    view = opened(bench, kind, design, images(), weights)
    bench.wait_for(lambda: not bench.context._waiting or bench.message(view) or view._answer, "nothing was shown")
    bench.settle()
    bench.context.set_problem(chain(("x", Input(shape=(8, 8, 1))), ("flat", Flatten()), ("out", Dense(units=2)),
                              ("y", Output(loss=CategoricalCrossEntropy()))), images())  # fmt: skip
    bench.settle()
    for theme in ("dark", "light"):
        set_theme(theme, remember=False)
        save_picture(view.picture(), tmp_path / f"{theme}.svg")
        assert (tmp_path / f"{theme}.svg").stat().st_size > 200


def test_a_board_makes_tiles_as_large_as_they_fit_and_then_scrolls(application):
    board = TileBoard("Board")
    board.resize(400, 200)
    board.show()
    board.show_tiles([map_tile(str(k), np.eye(4), 1.0) for k in range(3)])
    assert board.tile_rect(2).right() <= 400
    assert board.tile_rect(0).width() >= 100
    board.show_tiles([map_tile(str(k), np.eye(4), 1.0) for k in range(300)])
    assert board.tile_rect(0).width() == 52
    assert board.sheet.height() > 200
    assert board.sheet.width() <= 400
    board.close()
    board.deleteLater()
