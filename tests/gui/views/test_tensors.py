"""The views Tensors and Over time: what they show is what the engine computes."""

from __future__ import annotations

import time
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QPointF, Qt
from PySide6.QtTest import QTest

from engine.activations.basic import ReLU
from engine.data import DataSettings, prepare
from engine.data.dataset import Dataset, Target
from engine.design import Design
from engine.events import Weights
from engine.graph import Edge, GraphSpec, Node
from engine.layer import Layer
from engine.layers.batch_normalization import BatchNormalization
from engine.layers.dense import Dense
from engine.layers.dropout import Dropout
from engine.layers.ends import Input, Output
from engine.layers.reshaping import Flatten
from engine.network import compile_design
from engine.settings import TrainingSettings
from engine.tensors import Tensor, histogram
from gui.document import Document
from gui.runtime.session import TrainingSession
from gui.theme import DARK, LIGHT
from gui.views.context import ViewContext
from gui.views.engine import ViewEngine
from gui.views.tensor_answer import Examples, Question, compute_answer
from gui.views.tensor_paint import colors_of
from gui.views.tensor_picture import GAP, NOT_FINITE, SPREAD, ZERO, codes_of, picture_of
from gui.views.tensor_recorder import LIMIT, Curve, recorder_of, thinned
from gui.views.tensor_text import number_text, share_text
from gui.views.tensors import TensorsView
from gui.views.watches import WatchesView
from gui.widgets.export import save_picture

X = np.array([[1.0, 2.0], [-1.0, 1.0], [0.0, -3.0], [2.0, 0.5]], np.float32)
Y = np.array([0, 1, 1, 0])
WEIGHTS = {
    "hidden/W": np.array([[1.0, -2.0], [0.0, 3.0]], np.float32),
    "hidden/b": np.array([0.0, -1.0], np.float32),
    "out/W": np.array([[3.0, -4.0]], np.float32),
    "out/b": np.array([0.5], np.float32),
}


def chain(*layers: tuple[str, Layer]) -> Design:
    nodes = tuple(Node(id=name, layer=layer) for name, layer in layers)
    edges = tuple(Edge(source=a.id, target=b.id) for a, b in pairwise(nodes))
    return Design(graph=GraphSpec(nodes=nodes, edges=edges))


def small() -> Design:
    return chain(
        ("x", Input(shape=(2,))), ("hidden", Dense(units=2, activation=ReLU())), ("out", Dense(units=1)),
        ("y", Output()),
    )  # fmt: skip


def data(x: np.ndarray = X, y: np.ndarray = Y):
    names = ("no", "yes")
    dataset = Dataset({"x": np.concatenate([x, x])}, {"y": Target("y", "classes", np.concatenate([y, y]), names)})
    settings = DataSettings(standardize=False, train=0.5, dev=0.5, test=0.0, stratified=False)
    prepared = prepare(settings, dataset)
    part = prepared.parts["train"]
    part.inputs["x"][...] = x  # the split shuffles; here places are to be known
    part.targets["y"][...] = y.reshape(part.targets["y"].shape)
    return prepared


@pytest.fixture
def setting():
    document = Document(small())
    session = TrainingSession(document)
    context = ViewContext(document, session, document)
    made = []

    def make(kind):
        view = kind(context)
        view.resize(760, 420)
        view.show()
        made.append(view)
        return view

    yield SimpleNamespace(context=context, session=session, make=make)
    context.close()
    session.close()
    for view in made:
        view.close()
        view.deleteLater()
    document.deleteLater()
    QCoreApplication.sendPostedEvents(None, 0)


def wait_for(condition, message: str) -> None:
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end, message
        QTest.qWait(5)


def cards(view: TensorsView) -> dict:
    return {widget.card.tensor.symbol: widget for widget in view.board.shown if widget.card is not None}


def show(setting, view: TensorsView, weights=WEIGHTS, step: int = 7) -> None:
    """Give the network its weights and wait until the view shows them."""
    setting.context.set_problem(small(), data())
    setting.context.update_weights(Weights(step, 0, weights))
    wait_for(lambda: view._answer is not None and view._answer.step == step, "the weights did not reach the view")


def test_every_card_has_the_numbers_of_the_engine(setting):
    view = setting.make(TensorsView)
    show(setting, view)
    shown = cards(view)
    assert list(shown) == ["W[1]", "dW[1]", "b[1]", "db[1]", "Z[1]", "dZ[1]", "A[1]", "dA[1]"]
    w = shown["W[1]"].card.statistics
    assert (w.minimum, w.mean, w.maximum, w.zeros) == (-2.0, 0.5, 3.0, 0.25)
    assert w.norm == pytest.approx(14**0.5)
    z = X @ WEIGHTS["hidden/W"].T + WEIGHTS["hidden/b"]
    assert shown["Z[1]"].card.picture.values == pytest.approx(z)
    assert shown["A[1]"].card.statistics.zeros == pytest.approx(np.mean(z <= 0)), "share of zeros behind ReLU"
    network = compile_design(small())
    network.set_weights(WEIGHTS)
    _, gradients = network.backward(X, Y)
    assert shown["dW[1]"].card.picture.values == pytest.approx(gradients["hidden/W"], abs=1e-7)
    assert shown["db[1]"].card.picture.values[0] == pytest.approx(gradients["hidden/b"], abs=1e-7)
    for widget in shown.values():
        assert widget.card.histogram.sum() == widget.card.statistics.size


def test_a_tensor_stands_above_its_gradient(setting):
    view = setting.make(TensorsView)
    show(setting, view)
    for symbol, widget in cards(view).items():
        if not symbol.startswith("d"):
            below = cards(view)[f"d{symbol}"].geometry()
            assert below.x() == widget.x(), f"d{symbol} is not below {symbol}"
            assert below.y() > widget.y(), f"d{symbol} is not below {symbol}"


def test_the_layer_follows_the_selection_until_it_is_pinned(setting):
    view = setting.make(TensorsView)
    show(setting, view)
    setting.context.select(["out"])
    wait_for(lambda: "W[2]" in cards(view), "the selected layer is not shown")
    assert cards(view)["W[2]"].card.statistics.norm == 5.0
    view.layer.choose("hidden")
    view.layer.activated.emit(view.layer.currentIndex())
    wait_for(lambda: "W[1]" in cards(view), "the chosen layer is not shown")
    assert view.pin.isChecked()
    setting.context.select(["x"])
    QTest.qWait(30)
    assert view.layer.currentData() == "hidden", "a pinned layer must stay"
    QTest.mouseClick(view.pin, Qt.MouseButton.LeftButton)
    wait_for(lambda: "A[0]" in cards(view), "without the pin the selection is shown again")


def test_the_number_under_the_mouse_names_unit_and_input(setting):
    view = setting.make(TensorsView)
    show(setting, view)
    widget = cards(view)["W[1]"]
    place = widget._cell_rect(1, 0).center()
    assert widget.text_at(place) == "W[1, 0] = 0: from input 0 to unit 1"
    QTest.mouseMove(widget, widget._cell_rect(0, 1).center().toPoint())
    assert "W[0, 1] = −2: from input 1 to unit 0" in view._overlay.text()
    z = cards(view)["Z[1]"]
    assert z.text_at(z._cell_rect(2, 1).center()) == "Z[2, 1] = −10: example 2, unit 1"
    b = cards(view)["b[1]"]
    assert b.text_at(b._cell_rect(0, 1).center()) == "b[1] = −1: unit 1"
    bins = widget._bins_rect()
    assert "1 value (25 %)" in widget.text_at(QPointF(bins.right() - 1, bins.center().y()))
    assert widget.text_at(QPointF(1, 1)) == ""


def test_the_cells_are_read_with_the_arrow_keys(setting):
    view = setting.make(TensorsView)
    show(setting, view)
    widget = cards(view)["W[1]"]
    widget.setFocus()
    QTest.keyClick(widget, Qt.Key.Key_Right)
    assert "W[0, 0] = 1" in view._overlay.text()
    QTest.keyClick(widget, Qt.Key.Key_Down)
    assert "W[1, 0] = 0" in view._overlay.text()
    QTest.keyClick(widget, Qt.Key.Key_Down)
    assert "W[1, 0] = 0" in view._overlay.text(), "the last row is the end"
    QTest.keyClick(widget, Qt.Key.Key_Escape)
    assert not view._overlay.isVisible()


def test_colour_scales_reach_as_far_as_they_say(setting):
    setting.make(TensorsView)
    engine = ViewEngine(small(), data())
    engine.set_weights(WEIGHTS, 1)

    def limits(scale):
        answer = compute_answer(engine, Question("out", Examples(), 0, scale))
        return {card.tensor.symbol: card.limit for card in answer.cards}

    own, layer, network = limits("own"), limits("layer"), limits("network")
    assert own["W[2]"] == 4.0
    assert own["b[2]"] == 0.5
    z = np.maximum(X @ WEIGHTS["hidden/W"].T + WEIGHTS["hidden/b"], 0) @ WEIGHTS["out/W"].T + 0.5
    assert layer["W[2]"] == layer["b[2]"] == pytest.approx(np.abs(z).max())
    assert network["W[2]"] == pytest.approx(max(np.abs(z).max(), 10.0)), "Z[1] goes down to −10"
    gradients = {layer[name] for name in ("dW[2]", "db[2]", "dZ[2] = dA[2]")}
    assert len(gradients) == 1, "gradients share a scale"
    assert gradients != {layer["W[2]"]}, "it is of their own"


def test_codes_are_symmetrical_around_zero():
    values = np.linspace(-2, 2, 41)
    codes = codes_of(values, 2.0).astype(int)
    assert (codes[20], codes[0], codes[-1]) == (ZERO, ZERO - SPREAD, ZERO + SPREAD)
    assert (codes + codes[::-1] == 2 * ZERO).all()
    assert codes_of(np.array([np.nan, np.inf, 9.0, 0.0]), 1.0).tolist() == [NOT_FINITE, NOT_FINITE, ZERO + SPREAD, ZERO]
    assert codes_of(np.array([0.0, np.nan]), 0.0).tolist() == [ZERO, NOT_FINITE]


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_colours_are_told_apart_by_sign_and_strength(theme):
    table = colors_of(theme)
    paper = table[ZERO]

    def distance(code: int) -> int:
        return sum(abs((table[code] >> shift & 255) - (paper >> shift & 255)) for shift in (0, 8, 16))

    for way in (1, -1):
        strengths = [distance(ZERO + way * k) for k in (0, 30, 60, 90, SPREAD)]
        assert strengths == sorted(strengths)
        assert strengths[0] == 0
    blue, orange = table[ZERO + SPREAD], table[ZERO - SPREAD]
    assert (blue & 255) > (orange & 255)
    assert (orange >> 16 & 255) > (blue >> 16 & 255)


def test_images_are_tiles_of_channels():
    array = np.arange(2 * 3 * 4 * 5, dtype=np.float32).reshape(2, 3, 4, 5)
    picture = picture_of(Tensor("a/A", "A[1]", "value", array.shape), array, 1.0, example=1)
    assert picture.values.shape == (2 * 4 - 1, 3 * 5 - 1), "five channels: three above two, a cell between"
    assert picture.index_at(4 + 1, 5 + 2) == (1, 2, 4)
    assert picture.values[5, 7] == array[1, 1, 2, 4]
    assert picture.index_at(3, 0) is None
    assert picture.codes[3, 0] == GAP
    assert picture.index_at(5, 11) is None, "there is no sixth channel"


def test_large_matrices_are_drawn_in_part_and_read_at_the_right_place():
    array = np.arange(1000.0 * 10).reshape(1000, 10)
    picture = picture_of(Tensor("a/W", "W[1]", "parameter", array.shape, True), array, 1.0)
    assert picture.step == (4, 1)
    assert picture.values.shape == (250, 10)
    assert picture.index_at(100, 3) == (400, 3)
    assert picture.values[100, 3] == array[400, 3]


def test_weights_that_are_not_numbers_are_shown_as_such(setting):
    view = setting.make(TensorsView)
    broken = {name: value.copy() for name, value in WEIGHTS.items()}
    broken["hidden/W"][0, 0] = np.nan
    show(setting, view, broken)
    widget = cards(view)["W[1]"]
    assert widget.card.statistics.not_finite == 0.25
    assert widget.card.picture.codes[0, 0] == NOT_FINITE
    assert "not a number" in widget.text_at(widget._cell_rect(0, 0).center())
    assert not view.grab().isNull()


def test_looking_as_in_training_changes_no_running_average():
    design = chain(
        ("x", Input(shape=(2,))), ("norm", BatchNormalization()), ("drop", Dropout(keep_prob=0.5)),
        ("out", Dense(units=1)), ("y", Output()),
    )  # fmt: skip
    engine = ViewEngine(design, data())
    before = engine.network["norm/running_mean"]

    def card(node: str, symbol: str, training: bool):
        answer = compute_answer(engine, Question(node, Examples(training=training)))
        return next(card for card in answer.cards if symbol in card.tensor.symbol)

    assert card("norm", "X̂", True).statistics.mean == pytest.approx(0, abs=1e-6), "normalized over the batch"
    assert (engine.network["norm/running_mean"] == before).all()
    assert card("norm", "X̂", False).statistics.mean == pytest.approx(X.mean(), abs=1e-4), "running averages are 0 and 1"
    assert {0.0, 1.0} >= set(np.unique(card("drop", "D", True).picture.values).tolist())
    assert "X[0] = A[0]" in card("drop", "A", False).tensor.symbol


def test_one_example_and_a_part_that_is_not_there(setting):
    view = setting.make(TensorsView)
    show(setting, view)
    view.batch.choose("Examples", "chosen")
    wait_for(lambda: cards(view)["Z[1]"].card.tensor.shape == (1, 2), "one example was chosen")
    setting.context.show_example("train", 2)
    wait_for(lambda: cards(view)["Z[1]"].card.rows.tolist() == [2], "the chosen example is not shown")
    assert cards(view)["Z[1]"].card.picture.values[0] == pytest.approx([6.0, -10.0])
    with pytest.raises(ValueError, match="has no examples"):
        Examples("dev", 0).run(ViewEngine(small(), data()))


def test_a_layer_that_is_gone_and_one_that_is_not_connected(setting):
    view = setting.make(TensorsView)
    show(setting, view)
    graph = small().graph
    lonely = Node(id="lonely", layer=Dense(units=3))
    design = Design(graph=GraphSpec(nodes=(*graph.nodes, lonely), edges=graph.edges))
    setting.context.set_problem(design, data())
    setting.context.select(["lonely"])
    wait_for(lambda: "leads to no Output" in view._message.text(), "it must be said why nothing is shown")
    setting.context.set_problem(chain(("x", Input(shape=(2,))), ("only", Dense(units=1)), ("y", Output())), data())
    wait_for(lambda: "W[1]" in cards(view) and view.canvas.isVisible(), "another design must be shown")
    assert view.layer.currentData() == "only"
    with pytest.raises(ValueError, match="not in the network any more"):
        compute_answer(ViewEngine(small(), data()), Question("gone", Examples()))


def test_images_in_a_network():
    images = np.arange(4 * 3 * 3 * 2, dtype=np.float32).reshape(4, 3, 3, 2)
    design = chain(("x", Input(shape=(3, 3, 2))), ("flat", Flatten()), ("out", Dense(units=1)), ("y", Output()))
    answer = compute_answer(ViewEngine(design, data(images)), Question("x", Examples(), example=3))
    picture = answer.cards[0].picture
    assert picture.example == 3
    assert picture.tiles == 2
    assert picture.values[0, 4] == images[3, 0, 0, 1], "the second channel is right of the first"


def test_the_table_has_a_line_for_each_tensor(setting):
    view = setting.make(TensorsView)
    show(setting, view)
    table = view.table()
    assert len(table.rows) == 8
    assert table.to_csv().splitlines()[1].startswith("hidden,W[1],2x2,7,-2.0,0.5,3.0,3.74")


# Over time


def watch(setting, view: TensorsView, symbol: str) -> None:
    QTest.mouseClick(cards(view)[symbol].eye, Qt.MouseButton.LeftButton)


def test_a_watch_records_the_norm_that_backward_gives(setting):
    view = setting.make(TensorsView)
    show(setting, view)
    watch(setting, view, "dW[1]")
    recorder = recorder_of(setting.context)
    curve = next(iter(recorder.curves.values()))["norm"]
    wait_for(lambda: list(curve.steps) == [7], "nothing was recorded")
    halved = {name: value / 2 for name, value in WEIGHTS.items()}
    view.hide()
    setting.context.update_weights(Weights(9, 0, halved))
    wait_for(lambda: list(curve.steps) == [7, 9], "a hidden view must not stop the record")
    for weights, value in zip((WEIGHTS, halved), curve.values, strict=True):
        network = compile_design(small())
        network.set_weights(weights)
        assert value == pytest.approx(np.linalg.norm(network.backward(X, Y)[1]["hidden/W"]), rel=1e-5)


def test_over_time_draws_the_watched_and_lists_them(setting):
    view, over = setting.make(TensorsView), setting.make(WatchesView)
    show(setting, view)
    assert "Press the eye" in over._message.text()
    watch(setting, view, "W[1]")
    watch(setting, view, "dA[1]")
    wait_for(lambda: over.table() is not None and len(over.table().rows) == 1, "nothing was recorded")
    assert over.canvas.isVisible()
    setting.context.update_weights(Weights(8, 0, {name: 2 * value for name, value in WEIGHTS.items()}))
    wait_for(lambda: len(over.table().rows) == 2, "the second step is missing")
    table = over.table()
    assert table.header[:2] == ["step", "norm of W[1] · hidden"]
    assert "first 32 of train" in table.header[2]
    assert [row[:2] for row in table.rows] == [[7, pytest.approx(14**0.5)], [8, pytest.approx(2 * 14**0.5)]]
    x, y = over._lines.points("0")
    assert x.tolist() == [7, 8]
    assert y.tolist() == [row[1] for row in table.rows]
    assert over.legend.rows[0].value.text() == "7.48"
    over.quantity.choose("zeros")
    over.quantity.activated.emit(0)
    assert over.legend.rows[0].value.text() == "25 %", "all quantities were recorded from the start"
    over.quantity.choose("minimum")
    over.quantity.activated.emit(0)
    over.log.click()
    assert np.isnan(over._lines.points("0")[1]).all(), "negative numbers have no place on a logarithmic axis"
    assert not over.grab().isNull()


def test_values_over_time_are_read_with_the_keyboard(setting):
    view, over = setting.make(TensorsView), setting.make(WatchesView)
    show(setting, view)
    watch(setting, view, "W[1]")
    curve = next(iter(view.recorder.curves.values()))["norm"]
    wait_for(lambda: curve.steps, "nothing was recorded")
    curve.append(20, 5.0)
    over._plot_canvas.setFocus()
    QTest.keyClick(over._plot_canvas, Qt.Key.Key_Left)
    assert "Step 20" in over._readout.text()
    assert "W[1] · hidden 5" in over._readout.text()
    QTest.keyClick(over._plot_canvas, Qt.Key.Key_Left)
    assert "Step 7" in over._readout.text()
    assert "3.74" in over._readout.text()


def test_a_watch_ends_where_the_user_says(setting):
    view, over = setting.make(TensorsView), setting.make(WatchesView)
    show(setting, view)
    watch(setting, view, "W[1]")
    watch(setting, view, "b[1]")
    QTest.mouseClick(over.legend.rows[0].close_button, Qt.MouseButton.LeftButton)
    assert [row.name.text() for row in over.legend.rows] == ["b[1] · hidden"]
    assert not cards(view)["W[1]"].eye.isChecked()
    assert cards(view)["b[1]"].eye.isChecked()
    watch(setting, view, "b[1]")
    assert not view.recorder.curves
    assert "Press the eye" in over._message.text()


def test_a_new_run_clears_the_curves_and_a_resumed_one_goes_on(setting):
    view = setting.make(TensorsView)
    show(setting, view)
    watch(setting, view, "W[1]")
    curve = next(iter(view.recorder.curves.values()))["norm"]
    wait_for(lambda: list(curve.steps) == [7], "nothing was recorded")
    curve.append(30, 1.0)
    setting.session.started.emit(SimpleNamespace(step=20))
    assert list(curve.steps) == [7], "what came after the step that it goes on from is forgotten"
    assert view.recorder.question() is None, "the weights at hand are of before"
    setting.context.update_weights(Weights(21, 0, WEIGHTS))
    wait_for(lambda: list(curve.steps) == [7, 21], "a resumed run goes on")
    setting.session.started.emit(SimpleNamespace(step=0))
    assert not curve.steps
    setting.context.update_weights(Weights(3, 0, WEIGHTS))
    wait_for(lambda: list(curve.steps) == [3], "a new run begins anew")


def test_a_layer_that_is_deleted_is_not_watched_any_more(setting):
    view = setting.make(TensorsView)
    show(setting, view)
    watch(setting, view, "W[1]")
    setting.context.select(["out"])
    wait_for(lambda: "W[2]" in cards(view), "the selected layer is not shown")
    watch(setting, view, "W[2]")
    setting.context.set_problem(chain(("x", Input(shape=(2,))), ("out", Dense(units=1)), ("y", Output())), data())
    assert [w.node for w in view.recorder.watches] == ["out"]


def test_long_curves_are_thinned_and_keep_their_extremes():
    curve = Curve()
    values = np.sin(np.arange(12_000) / 50)
    values[7_777] = 9.0
    for step, value in enumerate(values):
        curve.append(step, float(value))
    assert len(curve.steps) <= LIMIT
    assert max(curve.values) == 9.0
    assert curve.steps[list(curve.values).index(9.0)] == 7_777
    assert curve.steps[-1] == 11_999
    assert min(curve.values) == pytest.approx(values.min())
    assert list(curve.steps) == sorted(set(curve.steps))
    steps, drawn = curve.drawn(500)
    assert len(steps) <= 500
    assert drawn.max() == 9.0
    assert curve.at(7_777.4) == (7_777, 9.0)


def test_equal_and_missing_values_are_thinned_too():
    steps, values = thinned(np.arange(9), np.array([1.0] * 4 + [np.nan] * 4 + [2.0]))
    assert len(steps) == 5
    assert steps[-1] == 8
    assert values[0] == 1.0


def test_the_eye_and_the_cards_have_names_for_those_who_cannot_see(setting):
    view = setting.make(TensorsView)
    show(setting, view)
    widget = cards(view)["dW[1]"]
    assert widget.accessibleName() == "dW[1], 2 × 2"
    assert "norm" in widget.accessibleDescription()
    assert widget.eye.accessibleName() == "Watch dW[1]"
    assert "penalty are not included" in widget.toolTip()
    assert "current weights" in widget.toolTip()
    widget.eye.setFocus()
    QTest.keyClick(widget.eye, Qt.Key.Key_Space)
    assert view.recorder.watches[0].tensor.symbol == "dW[1]"


def test_numbers_are_short():
    assert [number_text(x) for x in (0.0, -0.04123, 1.234e-5, 1e20, float("nan"), float("-inf"))] == [
        "0", "−0.0412", "1.23e−5", "1e20", "–", "−∞",
    ]  # fmt: skip
    assert [share_text(x) for x in (0, 1e-5, 0.5, 0.99999, 1)] == ["0 %", "< 0.1 %", "50 %", "> 99.9 %", "100 %"]


def test_a_narrow_dock_stacks_pairs_and_a_wide_one_uses_its_room(setting):
    view = setting.make(TensorsView)
    show(setting, view)
    view.resize(400, 336)
    QTest.qWait(10)
    assert len({widget.x() for widget in view.board.shown}) == 1, "one pair beside the other needs more room"
    first, second = (cards(view)[name].geometry() for name in ("W[1]", "dW[1]"))
    assert second.bottom() <= view.board.viewport().height(), "a pair is seen at once in a dock of 336 points"
    view.resize(1400, 900)
    QTest.qWait(10)
    assert len({widget.x() for widget in view.board.shown}) == 4
    assert cards(view)["W[1]"].height() > 1.8 * first.height()


def test_the_whole_board_is_exported_also_what_is_scrolled_out_of_sight(setting, tmp_path):
    view = setting.make(TensorsView)
    view.resize(400, 336)
    show(setting, view)
    picture = view.picture()
    assert all(picture.rect().contains(widget.geometry()) for widget in view.board.shown)
    assert picture.height() > view.board.viewport().height()
    for name in ("tensors.png", "tensors.svg"):
        save_picture(picture, tmp_path / name)
        assert (tmp_path / name).stat().st_size > 5_000
    drawing = (tmp_path / "tensors.svg").read_text("utf-8")
    assert all(symbol in drawing for symbol in cards(view)), "names must be text in an SVG"


def test_a_record_that_fails_says_why_and_goes_on_later(setting):
    view, over = setting.make(TensorsView), setting.make(WatchesView)
    show(setting, view)
    watch(setting, view, "dW[1]")
    curve = next(iter(view.recorder.curves.values()))["norm"]
    wait_for(lambda: curve.steps, "nothing was recorded")
    view.recorder.take_failure(ValueError("The test part has no examples."))
    assert over.complaint.accessibleName() == "The test part has no examples."
    setting.context.update_weights(Weights(8, 0, WEIGHTS))
    wait_for(lambda: curve.end == 8, "the record did not go on")
    assert over.complaint.accessibleName() == ""


def test_a_hidden_view_does_not_keep_the_others_from_new_weights(setting):
    first, second = setting.make(TensorsView), setting.make(TensorsView)
    show(setting, first)
    second.hide()
    setting.context.update_weights(Weights(8, 0, WEIGHTS))
    wait_for(lambda: first._answer.step == 8 and setting.context.wants_weights, "the hidden view blocks the feed")


@pytest.mark.parametrize("limit", [1e-44, 1e-30])
def test_the_smallest_numbers_have_a_scale_too(limit):
    values = np.array([-limit, 0.0, limit], np.float32)
    assert codes_of(values, limit).tolist()[1] == ZERO
    counts = histogram(values, limit)
    assert (counts[20], counts.sum()) == (1, 3)


def test_watches_of_a_closed_dock_are_recorded_up_to_the_last_step_of_a_run(setting):
    view = setting.make(TensorsView)
    show(setting, view)
    watch(setting, view, "dW[1]")
    curve = next(iter(view.recorder.curves.values()))["norm"]
    wait_for(lambda: curve.steps, "nothing was recorded")
    view.hide()
    training = TrainingSettings(epochs=1_000_000, batch_size=4)
    setting.session.start(small().with_changes(training=training), data())
    wait_for(lambda: len(curve.steps) >= 4, "a hidden recorder must go on while a network trains")
    setting.session.stop()
    wait_for(lambda: not setting.session.is_active, "the run did not stop")
    wait_for(lambda: curve.end == setting.context.step, "the last step is missing")
    assert setting.context.step > 100
