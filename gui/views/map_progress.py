"""A view whose computation takes long: a bar with its progress, Cancel and Refresh."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QWidget

from gui.views.base import LiveView
from gui.views.map_work import Slice
from gui.widgets.basic import Button, ElidedLabel

STEPS = 1000


def padded(label: ElidedLabel, bottom: int = 4) -> QHBoxLayout:
    """A line of words with room around it; margins of the label itself would cut the words off."""
    row = QHBoxLayout()
    row.setContentsMargins(12, 0, 12, bottom)
    row.addWidget(label)
    return row


class WorkBar(QWidget):
    """What is computed, how far it is, and a button that stops it or begins anew."""

    cancelled = Signal()
    refreshed = Signal()

    def __init__(self) -> None:
        """An empty bar."""
        super().__init__()
        self.text = ElidedLabel("", "small")
        self.bar = QProgressBar()
        self.bar.setRange(0, STEPS)
        self.bar.setTextVisible(False)
        self.bar.setMaximumWidth(160)
        self.bar.setAccessibleName("Progress")
        self.button = Button("Refresh", tooltip="Compute it anew with the weights of now")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 2, 12, 4)
        row.setSpacing(12)
        row.addWidget(self.text, 1)
        row.addWidget(self.bar, 1)
        row.addWidget(self.button)
        self.button.clicked.connect(self._on_button_clicked)
        self._running = False

    def show_state(self, text: str, share: float, *, running: bool) -> None:
        """Show how far it is."""
        self.text.set_full_text(text)
        self.bar.setValue(round(share * STEPS))
        self.bar.setVisible(running)
        if running != self._running:
            self._running = running
            self.button.setText("Cancel" if running else "Refresh")
            tip = "Stop computing; what was found stays" if running else "Compute it anew with the weights of now"
            self.button.setToolTip(tip)
            self.button.setAccessibleName(self.button.text())

    def _on_button_clicked(self) -> None:
        if self._running:
            self.cancelled.emit()
        else:
            self.refreshed.emit()


class WorkingView(LiveView):
    """Base of the views that compute in slices (`gui.views.map_work`)."""

    def make_bar(self) -> None:
        """Make the bar; a subclass calls it in `build` and puts `self.bar` where it belongs."""
        self.bar = WorkBar()
        self.running = True
        """The user has not stopped it."""
        self.asked = 0
        """How often the user asked for it anew: part of the question."""
        self.bar.cancelled.connect(self._on_bar_cancelled)
        self.bar.refreshed.connect(self._on_bar_refreshed)

    def restart(self) -> None:
        """Something else is to be computed."""
        self.running = True
        self.refresh()

    def show_work(self, text: str, work: Slice) -> None:
        """Show how far it is, and go on with it when the other views had their turn."""
        going = self.running and not work.finished
        if not work.finished and not self.running:
            text = f"Stopped at {work.share:.0%}. {text}"
        self.bar.show_state(text, work.share, running=going)
        if going:
            QTimer.singleShot(0, self, self._go_on)  # only then has the context reckoned how long to rest

    def _go_on(self) -> None:
        if self.running:
            self.context.ask(self)

    def _on_bar_cancelled(self) -> None:
        self.running = False
        self.refresh()

    def _on_bar_refreshed(self) -> None:
        self.asked += 1
        self.restart()
