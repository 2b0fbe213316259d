"""The colours for nodes, blocks and notes: readable in both themes, and chosen with mouse and keys."""

from __future__ import annotations

from typing import get_args

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from engine.annotations import Color
from gui.theme import DARK, LIGHT, Theme
from gui.widgets.swatches import COLORS, Swatches, color_name


def luminance(color: str) -> float:
    """Relative luminance after WCAG 2.1."""
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_measured_as_defined() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("color", get_args(Color))
def test_every_colour_can_be_read(theme: Theme, color: str) -> None:
    tint = theme.tint(color)
    for text in (tint.text, theme.text, theme.text_muted):
        assert contrast(text, tint.fill) >= 4.5, f"{text} on {color} {tint.fill} in the {theme.name} theme"
    assert contrast(tint.text, theme.canvas) >= 4.5
    assert contrast(tint.line, theme.canvas) >= 3.0, f"an arrow in {color} on the {theme.name} canvas"
    assert (color == "") or color in theme.tints


def test_a_name_that_is_not_known_looks_as_usual() -> None:
    assert LIGHT.tint("mauve") == LIGHT.tint("")


class Form(QWidget):
    """The row between two fields."""

    def __init__(self) -> None:
        super().__init__()
        self.before, self.swatches, self.after = QLineEdit(), Swatches(), QLineEdit()
        column = QVBoxLayout(self)
        for widget in (self.before, self.swatches, self.after):
            column.addWidget(widget)


@pytest.fixture
def form(application) -> Form:
    form = Form()
    form.show()
    form.activateWindow()
    application.processEvents()
    return form


def test_a_colour_is_chosen_by_click_and_by_keys(form) -> None:
    chosen: list[str] = []
    swatches = form.swatches
    swatches.color_chosen.connect(chosen.append)
    QTest.mouseClick(swatches.buttons["green"], Qt.MouseButton.LeftButton)
    assert chosen == ["green"]
    assert not swatches.buttons["green"].isChecked(), "the document decides what is marked"
    swatches.set_color("teal")
    form.before.setFocus()
    QTest.keyClick(form.before, Qt.Key.Key_Tab)
    assert swatches.buttons["teal"].hasFocus(), "Tab comes to the one that is marked"
    QTest.keyClick(swatches.buttons["teal"], Qt.Key.Key_Right)
    QTest.keyClick(swatches.buttons["blue"], Qt.Key.Key_Space)
    QTest.keyClick(swatches.buttons["blue"], Qt.Key.Key_Left)
    QTest.keyClick(swatches.buttons["teal"], Qt.Key.Key_Left)
    QTest.keyClick(swatches.buttons["green"], Qt.Key.Key_Return)
    assert chosen == ["green", "blue", "green"]
    QTest.keyClick(swatches.buttons["green"], Qt.Key.Key_Tab)
    assert form.after.hasFocus(), "the row is one stop of Tab"
    QTest.keyClick(form.after, Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    assert swatches.buttons["teal"].hasFocus()
    QTest.keyClick(swatches.buttons["teal"], Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    assert form.before.hasFocus()


def test_every_circle_has_a_name(form) -> None:
    names = [form.swatches.buttons[color].accessibleName() for color in COLORS]
    assert names == [color_name(color) for color in COLORS]
    assert names[:2] == ["No colour", "Red"]
    assert len({*names}) == 10
