"""The convolution bench: the numbers of the course, keys, mouse, learned filters, files."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from engine.convolution_bench import KERNELS
from engine.data import prepare
from engine.network import compile_design
from engine.templates import load_template
from gui.views.bench_kernel import read_fraction
from gui.views.convolution_bench import BLANK, EXAMPLE, LAYER, PHOTO, ConvolutionBenchView

LEFT = Qt.MouseButton.LeftButton
ROW = [0, 30, 30, 0]


@pytest.fixture
def view(bench) -> ConvolutionBenchView:
    made = ConvolutionBenchView(bench.context)
    bench.views.append(made)
    made.resize(1000, 620)
    made.show()
    QTest.qWait(10)
    return made


@pytest.fixture
def digits(bench):
    """The template for digits, with noise in place of the data, which would take seconds to load."""
    images = np.random.default_rng(0).uniform(0, 1, (20, 8, 8, 1))
    data = bench.data(images, np.arange(20) % 10, tuple("0123456789"), standardize=False)
    return load_template("digits_cnn"), data


def choose(view: ConvolutionBenchView, box, value) -> None:
    assert box.choose(value), f"{value!r} is not offered"
    box.activated.emit(box.currentIndex())


def at(grid, row: int, column: int) -> QPoint:
    return grid.rect_of(row, column).center().toPoint()


def type_into(box, text: str) -> None:
    box.lineEdit().selectAll()
    QTest.keyClicks(box, text)
    QTest.keyClick(box, Qt.Key.Key_Return)


def test_it_opens_with_the_example_of_the_course_and_needs_no_network(view):
    assert view.context.problem is None
    assert view.canvas.isVisible()
    assert view.bench.shown.tolist() == [ROW] * 4
    assert "⌊(6 + 2·0 − 3) / 1⌋ + 1 = 4" in view.stage.formula.accessibleName()
    view.player.go(1)
    assert view.stage.sum.text().endswith(" = 30")
    assert view.stage.sum.text().startswith("1·10 + 0·10 + (−1)·0 + ")
    assert view.stage.image.sheet.marked[0] == (0, 1)
    table = view.table()
    assert [row[3] for row in table.rows[:4]] == ROW
    assert view.export_button.isEnabled()


def test_arrows_move_the_window_and_home_empties_the_output(view):
    grid = view.stage.image
    grid.setFocus()
    QTest.keyClick(grid, Qt.Key.Key_Home)
    assert view.player.reached == 1
    QTest.keyClick(grid, Qt.Key.Key_Right)
    QTest.keyClick(grid, Qt.Key.Key_Down)
    assert view.bench.place(view.player.index) == (1, 1)
    assert view.stage.output.sheet.known == 6, "the output is filled up to the window"
    QTest.keyClick(grid, Qt.Key.Key_Left)
    QTest.keyClick(grid, Qt.Key.Key_Left)
    assert view.bench.place(view.player.index) == (1, 0), "the window stays on the image"
    QTest.keyClick(grid, Qt.Key.Key_End)
    assert view.player.index == 15
    assert view.stage.place.accessibleName() == "Row 4, column 4"


def test_the_mouse_drags_the_window_and_clicks_an_output(view):
    grid = view.stage.image
    QTest.mousePress(grid, LEFT, pos=at(grid, 1, 1))
    assert view.bench.place(view.player.index) == (0, 0)
    QTest.mouseMove(grid, at(grid, 3, 4))
    assert view.bench.place(view.player.index) == (2, 3), "the middle of the window follows the mouse"
    QTest.mouseMove(grid, at(grid, 30, 30))
    assert view.bench.place(view.player.index) == (3, 3)
    QTest.mouseRelease(grid, LEFT, pos=at(grid, 3, 4))
    QTest.mouseClick(view.stage.output, LEFT, pos=at(view.stage.output, 0, 2))
    assert view.bench.place(view.player.index) == (0, 2)
    QTest.mouseMove(view.stage.output, at(view.stage.output, 0, 1))
    assert view.stage._overlay.text() == "Row 1, column 2: 30"


def test_it_plays_pauses_and_stops_when_hidden(view, bench):
    view.buttons.speed.setValue(14)
    QTest.mouseClick(view.buttons.play, LEFT)
    assert view.player.is_playing
    assert view.player.reached == 1
    bench.wait_for(lambda: view.player.reached == 16, "the output did not build up")
    bench.wait_for(lambda: not view.player.is_playing, "it did not stop at the end")
    QTest.keyClick(view.stage.output, Qt.Key.Key_Space)
    assert view.player.is_playing
    assert view.buttons.pause.isVisible()
    view.hide()
    assert not view.player.is_playing


def test_numbers_are_typed_into_the_kernel(view):
    table = view.stage.kernel
    table.setFocus()
    table.setCurrentIndex(table.kernel.index(0, 0))
    QTest.keyClick(table, Qt.Key.Key_2)
    editor = table.findChild(QLineEdit)
    assert editor is not None, "typing must open the number"
    QTest.keyClick(editor, Qt.Key.Key_Return)
    QTest.qWait(10)  # Qt commits what was typed a little later
    assert view.bench.kernels[0, 0, 0, 0] == 2
    assert view.bench.shown[0].tolist() == [10, 40, 40, 0]
    assert view.controls.pick.currentText() == "Your own"
    QTest.keyClick(table, Qt.Key.Key_Tab)
    assert table.currentIndex().column() == 1, "Tab goes to the next number"
    table.kernel.setData(table.kernel.index(0, 0), "1/4")
    assert view.bench.kernels[0, 0, 0, 0] == 0.25
    table.kernel.setData(table.kernel.index(0, 0), "many")
    assert "'many' is not a number" in view.stage.notice.text()
    assert view.bench.kernels[0, 0, 0, 0] == 0.25


def test_fractions_are_read():
    assert read_fraction("1/8") == 0.125
    assert read_fraction("−0,5") == -0.5
    with pytest.raises(ValueError, match="divides by 0"):
        read_fraction("1/0")


def test_settings_change_output_and_formula(view):
    controls = view.controls
    choose(view, controls.padding, "explicit")
    assert view.bench.shown.shape == (6, 6)
    assert view.stage.image.sheet.pads == ((1, 1), (1, 1))
    type_into(controls.stride, "2")
    assert view.bench.shown.shape == (3, 3)
    assert "⌊(6 + 2·1 − 3) / 2⌋ + 1 = 3" in view.stage.formula.accessibleName()
    type_into(controls.dilation, "2")
    assert view.bench.shown.shape == (2, 2)
    assert len(view.stage.image.sheet.marked) == 9
    type_into(controls.rows, "7")
    assert "larger" in view.stage.place.accessibleName() or "cannot slide" in view.stage.place.accessibleName()
    assert view.table() is None
    type_into(controls.rows, "1")
    assert view.bench.kernels.shape[:2] == (1, 3), "a smaller kernel keeps the middle rows"


def test_flip_and_kernels_by_name(view):
    for name in KERNELS:
        choose(view, view.controls.pick, name)
        assert view.controls.pick.currentText() == name
    choose(view, view.controls.pick, "Vertical edges")
    view.controls.flip.setChecked(True)
    assert view.bench.shown[0].tolist() == [0, -30, -30, 0]


def test_pooling_marks_the_winner(view):
    choose(view, view.mode, "max")
    assert view.bench.shown.tolist() == [[10, 10, 0]] * 3
    assert view.stage.image.sheet.winner == (0, 0), "of equal values the first wins"
    assert view.stage.sum.text() == "max(10, 10, 10, 10) = 10  (first found in row 1, column 1)"
    view.player.go(1)
    assert view.stage.image.sheet.winner == (0, 2)
    choose(view, view.mode, "average")
    assert view.bench.shown[0].tolist() == [10, 5, 0]
    view.player.go(1)
    assert view.stage.sum.text() == "(10 + 0 + 10 + 0) / 4 = 5"
    assert view.stage.image.sheet.winner is None
    choose(view, view.mode, "convolution")
    assert view.bench.shown[0].tolist() == ROW, "the kernel and its stride are remembered"


def test_several_filters_and_the_channels_of_a_colour_picture(view, bench, tmp_path):
    image = QImage(6, 6, QImage.Format.Format_RGB32)
    image.fill(0xFF0A1400)
    image.save(str(tmp_path / "color.png"))
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "color.png"))])
    copy = Qt.DropAction.CopyAction
    view.dropEvent(QDropEvent(QPointF(9, 9), copy, data, LEFT, Qt.KeyboardModifier.NoModifier))
    bench.wait_for(lambda: view._source == PHOTO, "the dropped picture was not read")
    assert view.bench.image.shape == (6, 6, 3)
    assert view.bench.image[0, 0].tolist() == [10, 20, 0]
    assert "has 6 × 6 pixels" in view.stage.notice.text()
    choose(view, view.controls.pick, "Blur")
    lines = view.stage.sum.text().splitlines()
    assert [line.split(":")[0] for line in lines] == ["Red", "Green", "Blue", "Sum"]
    assert lines[-1] == "Sum: 10 + 20 + 0 = 30"
    type_into(view.controls.filters, "2")
    assert view.bench.output.shape == (4, 4, 2)
    assert view.bench.filter == 1
    choose(view, view.controls.filter, 0)
    assert np.allclose(view.bench.shown, 30)


def test_a_large_or_broken_file_is_told(view, bench, tmp_path):
    image = QImage(300, 150, QImage.Format.Format_RGB32)
    image.fill(0xFF808080)
    image.save(str(tmp_path / "large.png"))
    view.open_photo(str(tmp_path / "large.png"))
    bench.wait_for(lambda: not view._tasks.is_busy, "the picture was not read")
    assert view.bench.image.shape == (32, 64, 1), "a grey picture has one channel"
    assert "scaled down from 300 × 150 to 64 × 32" in view.stage.notice.text()
    (tmp_path / "broken.png").write_bytes(b"no picture")
    view.open_photo(str(tmp_path / "broken.png"))
    bench.wait_for(lambda: not view._tasks.is_busy, "the file was not read")
    assert "'broken.png' cannot be read as a picture" in view.stage.notice.text()
    assert view.bench.image.shape == (32, 64, 1)


def test_drawing_with_mouse_and_keys(view):
    choose(view, view.image, BLANK)
    grid = view.stage.image
    QTest.mousePress(grid, LEFT, pos=at(grid, 2, 2))
    QTest.mouseMove(grid, at(grid, 2, 3))
    QTest.mouseRelease(grid, LEFT, pos=at(grid, 2, 3))
    assert view.bench.image[2, 1:5, 0].tolist() == [0, 10, 10, 0]
    QTest.mouseClick(grid, LEFT, pos=at(grid, 2, 2))
    assert view.bench.image[2, 2, 0] == 5, "a click again takes the next value"
    QTest.keyClick(grid, Qt.Key.Key_Down)
    QTest.keyClick(grid, Qt.Key.Key_7)
    assert view.bench.image[3, 2, 0] == 7
    assert view.bench.output.any()
    view.pencil.setChecked(False)
    QTest.keyClick(grid, Qt.Key.Key_Right)
    assert view.bench.place(view.player.index) == (0, 1)


def test_examples_of_the_data(view, bench, digits):
    design, data = digits
    bench.context.set_problem(design, data)
    choose(view, view.image, EXAMPLE)
    assert np.allclose(view.bench.image, data.train.inputs["x"][0].reshape(8, 8, 1))
    bench.context.show_example("train", 3)
    assert np.allclose(view.bench.image, data.train.inputs["x"][3].reshape(8, 8, 1))


def test_a_learned_filter_follows_the_weights(view, bench, digits):
    design, data = digits
    bench.context.set_problem(design, data)
    bench.settle()
    network = compile_design(design)
    node = next(node for node in network.plan.nodes.values() if "filters" in type(node.layer).model_fields)
    choose(view, view.image, LAYER + node.id)
    bench.settle()
    choose(view, view.unit, 2)
    bench.settle()
    assert view.follows_weights
    assert np.allclose(view.bench.kernels[..., 0], network[f"{node.id}/W"][..., 2])
    assert "first weights" in view.stage.notice.text()
    wanted = np.full_like(network[f"{node.id}/W"], 0.5)
    bench.set_weights(design, {f"{node.id}/W": wanted}, step=9)
    bench.settle()
    assert np.allclose(view.bench.kernels, 0.5)
    assert "9 steps" in view.stage.notice.text()
    row, column = view.bench.output.shape[0] // 2, view.bench.output.shape[1] // 2
    around = data.train.inputs["x"][0].reshape(8, 8)[row - 1 : row + 2, column - 1 : column + 2]
    assert view.bench.shown[row, column] == pytest.approx(0.5 * around.sum(), abs=1e-5)
    choose(view, view.image, EXAMPLE)
    assert not view.follows_weights
    assert np.allclose(view.bench.kernels, 0.5), "the learned kernel can be laid on another image"
    choose(view, view.image, LAYER + node.id)
    bench.settle()
    other = load_template("spirals")
    bench.context.set_problem(other, prepare(other.data))
    bench.settle()
    assert view.bench.shown.tolist()[0] != []
    assert view._layer is None, "with the network its layer is gone"


def test_weights_that_are_no_numbers_do_not_break_it(view, bench, digits):
    design, data = digits
    bench.context.set_problem(design, data)
    node = next(n for n in compile_design(design).plan.nodes.values() if "filters" in type(n.layer).model_fields)
    shape = compile_design(design)[f"{node.id}/W"].shape
    bench.set_weights(design, {f"{node.id}/W": np.full(shape, np.nan)})
    choose(view, view.image, LAYER + node.id)
    bench.settle()
    assert np.isnan(view.bench.output).all()
    assert "not a number" in view.stage.sum.text()
    view.grab()


def test_in_a_low_dock_the_settings_open_in_a_panel(view):
    view.resize(560, 280)
    QTest.qWait(10)
    assert view._place.button.isVisible()
    assert not view.controls.isVisible()
    QTest.mouseClick(view._place.button, LEFT)
    assert view.controls.isVisible()
    choose(view, view.controls.pick, "Sobel")
    assert view.bench.shown[0].tolist() == [0, 40, 40, 0]
    view._place.panel.close()
    assert view.stage.image.cell >= 14, "the numbers of the image stay legible in a low dock"
    view.resize(1000, 620)
    QTest.qWait(10)
    assert view.controls.isVisible()
