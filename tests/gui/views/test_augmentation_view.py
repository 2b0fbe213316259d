"""The augmentation view: the list edits the design, each edit one step to undo, and the picture follows."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtTest import QTest

from engine.augmentations.geometric import Mirror, Rotation, ShiftPlace
from engine.augmentations.values import Brightness, Loudness, Mixup
from engine.losses.basic import CategoricalCrossEntropy
from gui.views.augmentation import AugmentationView


@pytest.fixture
def view(bench):
    x = np.random.default_rng(0).random((12, 6, 6, 1))
    data = bench.data(x, np.arange(12) % 2, ("a", "b"))
    design = bench.design(data, CategoricalCrossEntropy(), units=2)
    bench.document.replace_design(design)
    return bench.show(AugmentationView, design, data)


def settle(bench, view):
    bench.settle()
    return view._answer


def test_without_augmentations_the_example_is_shown_as_it_is(bench, view):
    answer = settle(bench, view)
    assert answer.examples.shape == (1, 6, 6, 1)
    assert view.list.empty.isVisible()
    assert view.caption.accessibleName() == "Example 1 of the training part, as it is"
    assert not view.again_button.isEnabled()


def test_eight_variants_follow_the_list_and_the_example(bench, view):
    bench.document.set_training(augmentations=(Mirror(probability=1),))
    answer = settle(bench, view)
    assert answer.examples.shape == (9, 6, 6, 1)
    own = bench.context.problem.data.train.input()[0]
    assert np.allclose(answer.examples[0], own)
    assert all(np.allclose(variant, own[:, ::-1], atol=1e-6) for variant in answer.examples[1:])
    bench.context.show_example("train", 3)
    answer = settle(bench, view)
    assert np.allclose(answer.examples[1], bench.context.problem.data.train.input()[3][:, ::-1], atol=1e-6)
    assert len(view.table().rows) == 9


def test_other_numbers_are_drawn_by_the_button_only(bench, view):
    bench.document.set_training(augmentations=(Rotation(), Mixup(strength=1)))
    first = settle(bench, view).examples
    view.refresh()
    assert np.array_equal(first, settle(bench, view).examples)
    QTest.mouseClick(view.again_button, Qt.MouseButton.LeftButton)
    assert not np.array_equal(first, settle(bench, view).examples)


def test_each_edit_is_one_step_to_undo(bench, view):
    document = bench.document
    view.list.add(Rotation)
    view.list.add(Brightness)
    assert [type(card.item) for card in view.list.cards] == [Rotation, Brightness]
    QTest.mouseClick(view.list.cards[1].up_button, Qt.MouseButton.LeftButton)
    assert document.design.training.augmentations == (Brightness(), Rotation())
    card = view.list.cards[1]
    QTest.keyClick(card.switch, Qt.Key.Key_Space)
    if document.design.training.augmentations[1].on:
        card.switch.click()
    assert document.design.training.augmentations == (Brightness(), Rotation(on=False))
    assert not card.form.isEnabled()
    QTest.mouseClick(view.list.cards[0].remove_button, Qt.MouseButton.LeftButton)
    assert document.design.training.augmentations == (Rotation(on=False),)
    for expected in ((Brightness(), Rotation(on=False)), (Brightness(), Rotation()), (Rotation(), Brightness())):
        document.undo_stack.undo()
        assert document.design.training.augmentations == expected
        assert [card.item for card in view.list.cards] == list(expected)
    QCoreApplication.sendPostedEvents(None, 0)


def test_what_does_not_fit_cannot_be_added_and_is_told(bench, view):
    menu = view.list.menu()
    enabled = {action.text(): action.isEnabled() for action in menu.actions() if not action.isSeparator()}
    menu.deleteLater()
    assert enabled["Rotation"]
    assert not enabled["Loudness"]
    bench.document.set_training(augmentations=(Loudness(),))
    settle(bench, view)
    assert view.list.cards[0].warning.text() == "Only for signals (T, n_x)."
    assert "'Loudness' is for signals" in view.caption.accessibleName()


def test_a_setting_reaches_the_design(bench, view):
    view.list.add(ShiftPlace)
    view.list.cards[0].form.field_edited.emit("strength", 0.3, True)
    form = view.list.cards[0].form
    form._on_row_edited("strength", 0.3, True)
    assert bench.document.design.training.augmentations == (ShiftPlace(strength=0.3),)


def test_signals_are_curves(bench):
    x = np.sin(np.linspace(0, 6, 40))[None, :, None] * np.ones((4, 1, 2))
    data = bench.data(x, np.arange(4) % 2, ("a", "b"))
    design = bench.design(data, CategoricalCrossEntropy(), units=2)
    bench.document.replace_design(design)
    view = bench.show(AugmentationView, design, data)
    bench.document.set_training(augmentations=(Loudness(),))
    assert settle(bench, view).examples.shape == (9, 40, 2)
    assert not view.tiles.grab().toImage().isNull()
