"""How far it is with what loads, and a button to stop it."""

from __future__ import annotations

from typing import Any, Protocol

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from engine.data.loading import Loading
from gui.widgets.basic import Button, ElidedLabel

POLL = 100
"""Milliseconds between two looks at the progress."""
PATIENCE = 3
"""Looks before anything is shown: what loads quickly must not flicker."""
STEPS = 1000


class Loads(Protocol):
    """Something that loads in the background."""

    busy_changed: Any

    @property
    def loading(self) -> Loading | None:
        """How far it is."""
        ...

    def cancel(self) -> None:
        """Stop it."""
        ...


class LoadingProgress(QWidget):
    """A bar, what is being done, and Cancel; seen only while something takes long."""

    def __init__(self, loader: Loads, *, stop: str = "Cancel", parent: QWidget | None = None):
        super().__init__(parent)
        self._loader = loader
        self._looks = 0
        self.text = ElidedLabel("", "small")
        self.bar = QProgressBar()
        self.bar.setRange(0, STEPS)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of loading")
        self.cancel_button = Button(stop, "", "Stop loading; everything stays as it is")
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addWidget(self.text)
        column.addWidget(self.bar)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addLayout(column, 1)
        row.addWidget(self.cancel_button)
        self._timer = QTimer(self, interval=POLL)
        self._timer.timeout.connect(self._on_timer_timeout)
        self.cancel_button.clicked.connect(loader.cancel)
        loader.busy_changed.connect(self._on_loader_busy_changed)
        self.hide()

    def _on_loader_busy_changed(self, busy: bool) -> None:
        if not busy:
            self._timer.stop()
            self.hide()
        elif not self._timer.isActive():
            self._looks = 0
            self._timer.start()

    def _on_timer_timeout(self) -> None:
        loading = self._loader.loading
        if loading is None:
            return
        self._looks += 1
        self.bar.setValue(round(loading.fraction * STEPS))
        self.text.set_full_text(f"{loading.text or 'Loading'}, {loading.fraction:.0%}")
        if self._looks >= PATIENCE:
            self.show()
