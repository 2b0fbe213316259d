"""Where slow motion is: some training steps in a row, one of their sub-steps, and whether it goes on by itself."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from engine.slow_motion import SlowStep, SubStep

MOST_STEPS = 20
"""Steps that are kept to go back to."""


class SlowPlayer(QObject):
    """Moves through the sub-steps, by hand or at a speed."""

    moved = Signal()
    """Another sub-step is shown, or none."""
    steps_changed = Signal()
    playing_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.steps: list[SlowStep] = []
        self.place = 0
        """Which of the steps."""
        self.index = 0
        """Which of its sub-steps."""
        self._timer = QTimer(self, interval=1000)
        self._timer.timeout.connect(self._on_timer_timeout)

    @property
    def step(self) -> SlowStep | None:
        """The step that is shown."""
        return self.steps[self.place] if self.steps else None

    @property
    def substep(self) -> SubStep | None:
        """The sub-step that is shown."""
        return self.step.substeps[self.index] if self.step is not None else None

    @property
    def is_playing(self) -> bool:
        """It goes on by itself."""
        return self._timer.isActive()

    @property
    def is_at_end(self) -> bool:
        """It shows the last sub-step."""
        return self.step is None or self.index >= len(self.step.substeps) - 1

    def begin(self, step: SlowStep) -> None:
        """Forget all steps and show the beginning of this one."""
        self.steps = [step]
        self.steps_changed.emit()
        self.show_step(0)

    def append(self, step: SlowStep) -> None:
        """Show the beginning of the step that follows the last."""
        self.steps = [*self.steps, step][-MOST_STEPS:]
        self.steps_changed.emit()
        self.show_step(len(self.steps) - 1)

    def clear(self) -> None:
        """Forget all steps."""
        self.pause()
        if self.steps:
            self.steps, self.place, self.index = [], 0, 0
            self.steps_changed.emit()
            self.moved.emit()

    def show_step(self, place: int) -> None:
        """Show the beginning of one of the steps."""
        self.place, self.index = place, 0
        self.moved.emit()

    def go(self, index: int) -> None:
        """Show a sub-step; the first or last where there are not so many."""
        if self.step is not None:
            index = min(max(index, 0), len(self.step.substeps) - 1)
            if index != self.index:
                self.index = index
                self.moved.emit()

    def play(self) -> None:
        """Go on by itself; from the end, begin again."""
        if self.step is None or self.is_playing:
            return
        if self.is_at_end:
            self.go(0)
        self._timer.start()
        self.playing_changed.emit()

    def pause(self) -> None:
        """Stay where it is."""
        if self.is_playing:
            self._timer.stop()
            self.playing_changed.emit()

    def set_speed(self, per_second: float) -> None:
        """Sub-steps in a second while it plays."""
        self._timer.setInterval(round(1000 / per_second))

    def _on_timer_timeout(self) -> None:
        self.go(self.index + 1)
        if self.is_at_end:
            self.pause()
