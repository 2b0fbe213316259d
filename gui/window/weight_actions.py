"""Load and save weights: the entries of the File menu."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from engine.checkpoint import Checkpoint
from engine.files import SUFFIX, FileError
from gui.runtime.tasks import TaskRunner
from gui.training_controller import Message

if TYPE_CHECKING:
    from engine.data import PreparedData
    from engine.design import Design
    from engine.transfer import StoredWeights
    from gui.main_window import MainWindow
    from gui.window.weights_dialog import WeightsDialog


class WeightActions(QObject):
    """Takes the weights of another file as the first weights of the design, and writes those there are."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._tasks = TaskRunner(self)
        self.dialog: WeightsDialog | None = None
        """The dialog while it is open."""

    def choose(self) -> None:
        """Ask for a file with weights."""
        path = self._window.document.path
        kinds = f"Weights (*{SUFFIX} *.safetensors);;All files (*)"
        text, _ = QFileDialog.getOpenFileName(self._window, "Load weights", str(path.parent) if path else "", kinds)
        if text:
            self.load(Path(text))

    def load(self, path: Path) -> None:
        """Read a file in the background, and show what of it fits."""
        from engine.transfer import read_weights

        self._tasks.run(
            read_weights,
            path,
            on_success=lambda stored: self._show(path, stored),
            on_failure=self._show_failure,
        )

    def save(self) -> None:
        """Ask for a name, and write the weights of the last run."""
        from engine.transfer import WEIGHTS_SUFFIX, save_weights

        w = self._window
        record = w.controller.record
        if record is None or record.checkpoint is None:
            self._say("There are no weights to save yet. Train the design, or make one step.", "warning")
            return
        checkpoint: Checkpoint = record.checkpoint
        name = str(Path.home() / f"{w.document.design.name}{WEIGHTS_SUFFIX}")
        text, _ = QFileDialog.getSaveFileName(w, "Save weights", name, f"Weights (*{WEIGHTS_SUFFIX})")
        if not text:
            return
        path = Path(text) if Path(text).suffix else Path(text + WEIGHTS_SUFFIX)
        done = f"Saved the weights after step {checkpoint.step:,} as '{path.name}'."
        self._tasks.run(
            save_weights,
            path,
            checkpoint.weights,
            on_success=lambda _result: self._say(done),
            on_failure=self._show_failure,
        )

    def close(self) -> None:
        """The window ends."""
        if self.dialog is not None:
            self.dialog.close()
        self._tasks.close()

    def _show(self, path: Path, stored: StoredWeights) -> None:
        from engine.transfer import match_weights
        from gui.window.weights_dialog import WeightsDialog

        w = self._window
        plan = w.document.plan
        if plan.blocking:
            self._say(f"Weights need a design without problems. {plan.blocking[0].message}", "error")
            return
        matches = match_weights(plan, stored)
        if not any(match.fits for match in matches):
            text = f"No weight of '{path.name}' fits this design: neither names nor titles with the same shape."
            self._say(text, "error")
            return
        dialog = self.dialog = WeightsDialog(w, path.name, matches)
        dialog.accepted.connect(lambda: self._take(path, stored))
        dialog.finished.connect(self._on_dialog_finished)
        dialog.open()

    def _take(self, path: Path, stored: StoredWeights) -> None:
        from engine.transfer import first_weights

        w = self._window
        prepared, design = w.loader.prepared, w.document.design
        if self.dialog is None:
            return
        if prepared is None:
            self._say("The data is not loaded yet. Load the weights again when it is there.", "warning")
            return
        chosen = self.dialog.chosen
        partial = first_weights(design, chosen, stored)
        count = f"{len(chosen)} array{'s' if len(chosen) > 1 else ''}"
        text = f"Loaded {count} of '{path.name}'. Start trains from these weights."

        def done(checkpoint: Checkpoint) -> None:
            if w.document.design.graph == design.graph:
                w.controller.adopt(checkpoint, {})
                self._say(text)

        self._tasks.run(_completed, design, prepared, partial, on_success=done, on_failure=self._show_failure)

    def _say(self, text: str, level: str = "info") -> None:
        self._window.show_message(Message(text, level))  # type: ignore[arg-type]

    def _show_failure(self, error: Exception) -> None:
        known = isinstance(error, FileError | ValueError)
        self._say(str(error) if known else f"The weights cannot be used ({error}).", "error")

    def _on_dialog_finished(self, _result: int) -> None:
        if self.dialog is not None:
            self.dialog.deleteLater()
            self.dialog = None


def _completed(design: Design, data: PreparedData, partial: Checkpoint) -> Checkpoint:
    """The state before the first step, with what a partial one lacks drawn anew."""
    from engine.training import Trainer

    return Trainer(design, data, checkpoint=partial).checkpoint()
