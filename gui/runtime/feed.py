"""Feeds a view with the weights of the running training, at the pace at which it draws them."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QObject

from engine.events import Checkpointed, Weights
from gui.runtime.session import TrainingSession


class WeightsView(Protocol):
    """What shows weights, such as the boundary plot."""

    @property
    def wants_weights(self) -> bool:
        """Weights that came now would be drawn at once."""
        ...

    def update_weights(self, weights: Weights) -> None:
        """Draw other weights."""
        ...


class WeightsFeed(QObject):
    """Asks the session for weights while a view wants some: one request at a time, at most one a tick.

    The weights that come with a checkpoint, so also those at the end of a run, are shown in any case.
    """

    def __init__(self, session: TrainingSession, view: WeightsView, parent: QObject | None = None) -> None:
        """Connect a session with a view."""
        super().__init__(parent)
        self._session = session
        self._view = view
        self._asked = False
        session.started.connect(self._on_session_started)
        session.progressed.connect(self._on_session_progressed)
        session.weights_arrived.connect(self._on_session_weights_arrived)
        session.checkpointed.connect(self._on_session_checkpointed)
        session.state_changed.connect(self._on_session_state_changed)

    def ask(self) -> None:
        """Ask for weights if the view wants some and none are on their way."""
        if not self._asked and self._view.wants_weights:
            self._asked = self._session.request_weights()

    def _on_session_started(self, _started: object) -> None:
        self._asked = False
        self.ask()

    def _on_session_progressed(self, _progress: object) -> None:
        self.ask()

    def _on_session_weights_arrived(self, weights: Weights) -> None:
        self._asked = False
        self._view.update_weights(weights)

    def _on_session_checkpointed(self, event: Checkpointed) -> None:
        self._view.update_weights(Weights(event.step, event.epoch, event.checkpoint.weights))

    def _on_session_state_changed(self, state: str) -> None:
        if state not in ("running", "paused"):
            self._asked = False
