"""The buttons of slow motion, as on a player, and its speed."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gui.widgets.basic import Label, ToolButton
from gui.widgets.numbers import QuietSlider

SLOWEST, FASTEST, USUAL = -4, 6, 0
"""Ends and beginning of the slider: 2^(position / 2) sub-steps in a second, from 0.25 to 8."""


class PlayButtons(QWidget):
    """To the start, back, play or pause, forward, to the end."""

    to_start_clicked = Signal()
    back_clicked = Signal()
    play_clicked = Signal()
    """Play or pause."""
    forward_clicked = Signal()
    to_end_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.to_start = ToolButton("to_start", "To the beginning of the step (Home)")
        self.back = ToolButton("back", "One sub-step back (Left)")
        self.play = ToolButton("play", "Play (Space)")
        self.pause = ToolButton("pause", "Pause (Space)")
        self.forward = ToolButton("forward", "One sub-step forward (Right)")
        self.to_end = ToolButton("to_end", "To the end of the step (End)")
        self._row = {
            self.to_start: self.to_start_clicked, self.back: self.back_clicked, self.play: self.play_clicked,
            self.pause: self.play_clicked, self.forward: self.forward_clicked, self.to_end: self.to_end_clicked,
        }  # fmt: skip
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for button, signal in self._row.items():
            button.clicked.connect(signal)
            row.addWidget(button)

    @property
    def have_focus(self) -> bool:
        """One of them has the focus, which only the keyboard gives."""
        return any(button.hasFocus() for button in self._row)

    def show_state(self, *, playing: bool, can_play: bool, can_go_back: bool, can_go_on: bool) -> None:
        """What can be done now."""
        had_focus = self.play.hasFocus() or self.pause.hasFocus()
        self.play.setEnabled(can_play)
        self.play.setVisible(not playing)
        self.pause.setVisible(playing)
        if had_focus:
            (self.pause if playing else self.play).setFocus()
        for button, usable in (
            (self.to_start, can_go_back), (self.back, can_go_back), (self.forward, can_go_on), (self.to_end, can_go_on)
        ):  # fmt: skip
            button.setEnabled(usable)


class SpeedSlider(QWidget):
    """Sub-steps in a second."""

    speed_changed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.slider = QuietSlider()
        self.slider.setRange(SLOWEST, FASTEST)
        self.slider.setPageStep(2)
        self.slider.setMaximumWidth(140)
        self.slider.setAccessibleName("Speed")
        self.text = Label("", "muted")
        self.text.setMinimumWidth(self.text.fontMetrics().horizontalAdvance("0.25 per s  "))
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.slider)
        row.addWidget(self.text)
        self.slider.valueChanged.connect(self._on_slider_value_changed)
        self._on_slider_value_changed(USUAL)

    def _on_slider_value_changed(self, position: int) -> None:
        speed = 2 ** (position / 2)
        self.text.setText(f"{speed:.2g} per s")
        self.slider.setToolTip(f"{speed:.2g} sub-steps in a second")
        self.speed_changed.emit(speed)
