"""Drawing, photos, and the live answer to them."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QImage, QPainter
from PySide6.QtTest import QTest

from engine.losses.basic import CategoricalCrossEntropy
from gui.views.draw import DrawView
from gui.views.draw_bars import likeliest
from gui.views.draw_image import Style, fitted, resample, seen_by, stroke, style_of, taken_from, wants_inverting

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
SIDE = 12


def glyphs(count: int = 20) -> np.ndarray:
    """White bars of 2 × 6 pixels in the middle of 12 × 12, as (m, 12, 12, 1)."""
    images = np.zeros((count, SIDE, SIDE, 1))
    images[:, 3:9, 5:7] = 1.0
    return images


def halves(bench, images: np.ndarray | None = None, **more):
    """A network whose class is "left" or "right": where there is more light."""
    images = glyphs() if images is None else images
    shape = images.shape[1:]
    data = bench.data(images, np.arange(len(images)) % 2, ("left", "right"), standardize=False, **more)
    weights = np.zeros((2, *shape))
    weights[0, :, : shape[1] // 2] = 0.5
    weights[1, :, shape[1] // 2 :] = 0.5
    return data, bench.design(data, CategoricalCrossEntropy(), 2), weights.reshape(2, -1)


@pytest.fixture
def view(bench) -> DrawView:
    data, design, weights = halves(bench)
    made = bench.show(DrawView, design, data, weights, [0.0, 0.0])
    made.centre.setChecked(False)
    bench.settle()
    return made


def spot(view: DrawView, y: float, x: float) -> QPoint:
    area = view.pad._area
    return QPoint(round(area.left() + x * area.width()), round(area.top() + y * area.height()))


def draw(view: DrawView, *places: tuple[float, float], button=LEFT) -> None:
    points = [spot(view, *place) for place in places]
    QTest.mousePress(view.pad, button, pos=points[0])
    for point in points[1:]:
        QTest.mouseMove(view.pad, point)
    QTest.mouseRelease(view.pad, button, pos=points[-1])


def chance(view: DrawView) -> float:
    """P(left)."""
    assert view._reply is not None
    assert view._reply.verdict is not None
    return float(view._reply.verdict.values[0])


# Numbers


def test_resampling_takes_means_over_areas():
    picture = np.arange(16.0).reshape(4, 4, 1)
    assert resample(picture, 0, 0, (2, 2), (2, 2))[..., 0].tolist() == [[2.5, 4.5], [10.5, 12.5]]
    assert resample(picture, -2, 0, (2, 2), (2, 1))[..., 0].tolist() == [[0], [2.5]], "outside there is 0"
    assert resample(picture, 0.5, 0, (1, 4), (1, 1))[0, 0, 0] == pytest.approx((1.5 + 5.5) / 2)


def test_what_the_data_looks_like():
    style = style_of(glyphs())
    assert (style.shape, style.low, style.high, style.background) == ((12, 12, 1), 0, 1, 0)
    assert style.is_plain
    assert style.extent == pytest.approx(6 / 12)
    assert style.centre == pytest.approx((0.5, 0.5))
    inverse = style_of(255 * (1 - glyphs()))
    assert (inverse.low, inverse.high, inverse.background) == (0, 255, 1)
    noise = style_of(np.random.default_rng(0).uniform(0, 1, (9, 12, 12, 3)))
    assert not noise.is_plain


def test_a_drawing_is_centred_as_the_data_is():
    style = Style((28, 28, 1), 0, 1, 0.0, True, 20 / 28)
    drawing = style.blank()
    n = style.fineness
    drawing[2 * n : 7 * n, 1 * n : 3 * n] = 1.0  # 5 × 2 of the network's pixels, near a corner
    seen = seen_by(drawing, style, centre=True)[..., 0]
    rows, columns = np.flatnonzero(seen.max(axis=1) > 0.5), np.flatnonzero(seen.max(axis=0) > 0.5)
    assert (rows[0], rows[-1]) == (4, 23), "20 pixels high in the middle of 28, as in MNIST"
    assert (columns[0], columns[-1]) == (10, 17)
    as_drawn = seen_by(drawing, style, centre=False)[..., 0]
    assert as_drawn.sum() == pytest.approx(10)
    assert as_drawn[2:7, 1:3].min() == pytest.approx(1)
    assert not seen_by(style.blank(), style, centre=True).any()


def test_a_stroke_is_soft_and_as_wide_as_the_brush():
    drawing = np.zeros((100, 100, 1))
    stroke(drawing, (50, 20), (50, 80), 10, np.ones(1))
    assert drawing[50, 50, 0] == 1
    assert drawing[58, 50, 0] < 1
    assert drawing[50, 50 + 45, 0] == 0
    assert drawing[:, 50, 0].sum() == pytest.approx(20, abs=0.5)
    stroke(drawing, (-500, -500), (-400, -400), 10, np.ones(1))  # far outside: nothing


def test_photos_are_cropped_or_shown_whole_and_inverted():
    style = Style((4, 4, 3), 0, 1)
    photo = np.zeros((10, 20, 3))
    photo[:, :10] = (1, 0, 0)
    cropped = seen_by(fitted(photo, style, crop=True, invert=False), style, centre=False)
    assert np.allclose(cropped[:, :2], (1, 0, 0), atol=1e-6)
    assert np.allclose(cropped[:, 2:], 0, atol=1e-6)
    whole = seen_by(fitted(photo, style, crop=False, invert=False), style, centre=False)
    assert np.allclose(whole[0], 0, atol=1e-6), "above the photo there is background"
    assert np.allclose(whole[1:3, :2], (1, 0, 0), atol=1e-6)
    digit = Style((4, 4, 1), 0, 1, 0.0, True)
    paper = np.full((8, 8, 1), 0.8)
    paper[2:6, 2:6] = 0.2
    assert wants_inverting(paper, digit)
    assert not wants_inverting(1 - paper, digit)
    ink = seen_by(fitted(paper, digit, crop=True, invert=True), digit, centre=False)[..., 0]
    assert np.allclose(ink[1:3, 1:3], 1, atol=1e-6), "the strongest ink is white"
    assert ink[0, 0] == 0, "the paper is the background"


def test_ten_classes_are_all_shown_and_five_of_more():
    assert likeliest(np.full(10, 0.1)) == list(range(10))
    values = np.arange(11.0)
    assert likeliest(values) == [10, 9, 8, 7, 6]


# The view


def test_a_stroke_changes_the_answer_at_once(view, bench):
    assert chance(view) == pytest.approx(0.5)
    draw(view, (0.2, 0.25), (0.8, 0.25))
    bench.settle()
    assert chance(view) > 0.9
    seen = view._reply.seen[..., 0]
    assert seen[6, 2:4].max() > 0.5
    assert seen[:, 6:].max() == 0
    logits = 0.5 * seen[:, :6].sum() - 0.5 * seen[:, 6:].sum()
    assert chance(view) == pytest.approx(1 / (1 + np.exp(-logits)), abs=1e-4)
    draw(view, (0.2, 0.25), (0.8, 0.25), button=RIGHT)
    bench.settle()
    assert chance(view) == pytest.approx(0.5, abs=0.05), "the right button erases"
    QTest.mouseClick(view.undo, LEFT)
    bench.settle()
    assert chance(view) > 0.9
    QTest.mouseClick(view.clear, LEFT)
    bench.settle()
    assert view.pad.is_blank
    view.pad.setFocus()
    QTest.keyClick(view.pad, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not view.pad.is_blank, "Ctrl+Z takes clearing back"


def test_it_is_drawn_with_the_keyboard_alone(view, bench):
    pad = view.pad
    pad.setFocus()
    for _ in range(4):
        QTest.keyClick(pad, Qt.Key.Key_Right)
    QTest.keyClick(pad, Qt.Key.Key_Space)
    for _ in range(3):
        QTest.keyClick(pad, Qt.Key.Key_Down)
    QTest.keyClick(pad, Qt.Key.Key_Space)
    QTest.keyClick(pad, Qt.Key.Key_Right)
    bench.settle()
    assert chance(view) < 0.2, "the stroke is on the right"
    assert view._reply.seen[6:9, 9:11].max() > 0.5
    QTest.keyClick(pad, Qt.Key.Key_Delete)
    assert pad.is_blank


def test_the_centre_switch_moves_what_the_network_sees(view, bench):
    draw(view, (0.2, 0.25), (0.8, 0.25))
    view.centre.setChecked(True)
    bench.settle()
    assert chance(view) == pytest.approx(0.5, abs=0.1), "in the middle there is as much left as right"
    rows = np.flatnonzero(view._reply.seen.max(axis=(1, 2)) > 0.3)
    assert rows[-1] - rows[0] + 1 in (6, 7), "as high as the bars of the data"


def test_layers_follow_and_are_pointed_at(view, bench):
    draw(view, (0.2, 0.25), (0.8, 0.25))
    bench.settle()
    (dense,) = [layer for layer in view.layers.layers if layer.shape == (2,)]
    expected = 0.5 * view._reply.seen[:, :6].sum()
    assert dense.picture.values[0, 0] == pytest.approx(expected, rel=1e-4)
    view.layers.grab()
    rect = view.layers._rects()[list(view.layers.layers).index(dense)]
    assert view.layers._text_at(QPointF(rect.left() + 3, rect.center().y())).startswith("dense_1, unit 1: ")
    asked = []
    bench.context.node_requested.connect(asked.append)
    QTest.mouseClick(view.layers, LEFT, pos=rect.center().toPoint())
    assert asked == [dense.node]


def test_the_numbers_are_exported(view, bench):
    draw(view, (0.2, 0.25), (0.8, 0.25))
    bench.settle()
    table = view.table()
    assert table.rows[0][0] == "P(y = left)"
    assert table.rows[0][4] == pytest.approx(chance(view))
    assert len(table.rows) == 2 + SIDE * SIDE


def test_the_example_looked_at_is_put_on_the_pad(view, bench):
    QTest.mouseClick(view.take, LEFT)
    bench.settle()
    assert np.allclose(view._reply.seen, glyphs(1)[0], atol=1e-6)


def test_a_photo_is_dropped_and_inverted(view, bench, tmp_path):
    image = QImage(240, 240, QImage.Format.Format_RGB32)
    image.fill(0xFFE8E8E0)
    painter = QPainter(image)
    painter.fillRect(40, 40, 40, 160, Qt.GlobalColor.black)
    painter.end()
    image.save(str(tmp_path / "paper.png"))
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "paper.png"))])
    copy = Qt.DropAction.CopyAction
    view.dropEvent(QDropEvent(QPointF(9, 9), copy, data, LEFT, Qt.KeyboardModifier.NoModifier))
    bench.wait_for(lambda: not view._tasks.is_busy, "the dropped picture was not read")
    bench.settle()
    assert view.invert.isVisible()
    assert view.invert.isChecked(), "dark ink on paper, while the data is bright on dark"
    assert chance(view) > 0.9
    assert "240 × 240 pixels" in view.notice.text()
    view.invert.setChecked(False)
    bench.settle()
    assert view._reply.seen[0, 0, 0] > 0.8
    (tmp_path / "bad.png").write_bytes(b"")
    view.open_photo(str(tmp_path / "bad.png"))
    bench.wait_for(lambda: not view._tasks.is_busy, "the file was not read")
    assert "'bad.png' cannot be read as a picture" in view.notice.text()


def test_colour_pictures_are_drawn_in_colour(bench):
    images = np.random.default_rng(1).uniform(0, 1, (12, 8, 8, 3))
    data, design, weights = halves(bench, images)
    view = bench.show(DrawView, design, data, weights, [0.0, 0.0])
    assert view.color.isVisible()
    assert not view.centre.isEnabled()
    assert view.color.choose("Red")
    view.color.activated.emit(0)
    draw(view, (0.5, 0.2), (0.5, 0.3))
    bench.settle()
    red, green, blue = view._reply.seen[4, 2]
    assert red > 2 * green
    assert red > 2 * blue or view._style.background == 1


def test_standardized_data_gets_standardized_drawings(bench):
    images = glyphs() * np.linspace(0.5, 1, 20)[:, None, None, None]
    data = bench.data(images, np.arange(20) % 2, ("left", "right"), standardize=True)
    design = bench.design(data, CategoricalCrossEntropy(), 2)
    weights = np.zeros((2, SIDE * SIDE))
    weights[0, 0] = 1.0
    view = bench.show(DrawView, design, data, weights, [0.0, 0.0])
    mu, sigma = (float(values[0]) for values in data.input_statistics())
    assert sigma != 1, "the test needs data that is standardized"
    z = (0 - mu) / sigma
    assert chance(view) == pytest.approx(1 / (1 + np.exp(-z)), abs=1e-5)


def test_networks_without_pictures_and_broken_weights_are_said(bench):
    data = bench.data(np.zeros((6, 2)), np.arange(6) % 2, ("a", "b"))
    view = bench.show(DrawView, bench.design(data, CategoricalCrossEntropy(), 2), data)
    assert "takes no pictures" in bench.message(view)
    data, design, weights = halves(bench)
    bench.context.set_problem(design, data)
    bench.set_weights(design, {"dense_1/W": weights * np.nan, "dense_1/b": [0, 0]})
    bench.settle()
    assert "not a finite number" in bench.message(view)
    bench.set_weights(design, {"dense_1/W": weights, "dense_1/b": [0, 0]}, step=2)
    bench.settle()
    assert not bench.message(view)
    assert chance(view) == pytest.approx(0.5)


def test_taken_from_the_data_is_seen_as_it_was():
    style = style_of(glyphs())
    image = np.random.default_rng(2).uniform(0, 1, (12, 12, 1))
    assert np.allclose(seen_by(taken_from(image, style), style, centre=False), image)
