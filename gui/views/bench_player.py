"""Where the window of the convolution bench is, by hand or at a speed, and how much of the output there is."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gui.widgets.basic import ToolButton
from gui.widgets.numbers import QuietSlider

SLOWEST, FASTEST, USUAL = -2, 14, 2
"""Ends and beginning of the slider: 2^(position / 2) places in a second, from 0.5 to 128."""


class BenchPlayer(QObject):
    """Moves through `count` places; `reached` of them have been seen since the beginning."""

    moved = Signal()
    playing_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.count = 0
        self.index = 0
        self.reached = 0
        self._timer = QTimer(self, interval=500)
        self._timer.timeout.connect(self._on_timer_timeout)

    @property
    def is_playing(self) -> bool:
        """It goes on by itself."""
        return self._timer.isActive()

    def set_count(self, count: int) -> None:
        """Another output, which is there in full."""
        if count != self.count:
            self.pause()
            self.count = self.reached = count
            self.index = min(self.index, max(count - 1, 0))

    def go(self, index: int) -> None:
        """Go to a place; the output is there at least up to it."""
        if self.count:
            self.index = min(max(index, 0), self.count - 1)
            self.reached = max(self.reached, self.index + 1)
            self.moved.emit()

    def restart(self) -> None:
        """Begin with an empty output."""
        self.index, self.reached = 0, min(1, self.count)
        self.moved.emit()

    def toggle(self) -> None:
        """Play, from the beginning where the end is reached; or pause."""
        if self.is_playing:
            self.pause()
        elif self.count:
            if self.reached >= self.count:
                self.restart()
            else:
                self.go(self.reached - 1)
            self._timer.start()
            self.playing_changed.emit()

    def pause(self) -> None:
        """Stay."""
        if self.is_playing:
            self._timer.stop()
            self.playing_changed.emit()

    def set_speed(self, per_second: float) -> None:
        """Places in a second while it plays."""
        self._timer.setInterval(max(1, round(1000 / per_second)))

    def _on_timer_timeout(self) -> None:
        if self.index >= self.count - 1:
            self.pause()
            return
        self.go(self.index + 1)
        if self.index >= self.count - 1:
            self.pause()


class BenchButtons(QWidget):
    """To the start, back, play or pause, forward, to the end; and the speed."""

    def __init__(self, player: BenchPlayer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._player = player
        self.to_start = ToolButton("to_start", "Empty the output and begin anew (Home)")
        self.back = ToolButton("back", "One place back (Left)")
        self.play = ToolButton("play", "Slide the window: the output builds up (Space)")
        self.pause = ToolButton("pause", "Pause (Space)")
        self.forward = ToolButton("forward", "One place on (Right)")
        self.to_end = ToolButton("to_end", "To the end: the whole output (End)")
        self.speed = QuietSlider()
        self.speed.setRange(SLOWEST, FASTEST)
        self.speed.setAccessibleName("Speed")
        self.speed.setFixedWidth(80)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for button, slot in (
            (self.to_start, player.restart), (self.back, self._on_back_clicked), (self.play, player.toggle),
            (self.pause, player.toggle), (self.forward, self._on_forward_clicked), (self.to_end, self._on_end_clicked),
        ):  # fmt: skip
            button.clicked.connect(slot)
            row.addWidget(button)
        row.addSpacing(4)
        row.addWidget(self.speed)
        self.speed.valueChanged.connect(self._on_speed_value_changed)
        self.speed.setValue(USUAL)
        player.moved.connect(self.refresh)
        player.playing_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show what can be done now."""
        player = self._player
        had_focus = self.play.hasFocus() or self.pause.hasFocus()
        self.play.setVisible(not player.is_playing)
        self.pause.setVisible(player.is_playing)
        if had_focus:
            (self.pause if player.is_playing else self.play).setFocus()
        for button, usable in (
            (self.to_start, player.count > 0), (self.back, player.index > 0), (self.play, player.count > 0),
            (self.forward, player.index < player.count - 1),
            (self.to_end, player.reached < player.count or player.index < player.count - 1),
        ):  # fmt: skip
            button.setEnabled(usable)

    def _on_back_clicked(self) -> None:
        self._player.go(self._player.index - 1)

    def _on_forward_clicked(self) -> None:
        self._player.go(self._player.index + 1)

    def _on_end_clicked(self) -> None:
        self._player.go(self._player.count - 1)

    def _on_speed_value_changed(self, position: int) -> None:
        speed = 2 ** (position / 2)
        self.speed.setToolTip(f"Speed: {speed:.3g} places in a second")
        self._player.set_speed(speed)
