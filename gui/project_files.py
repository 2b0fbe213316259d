"""Opening and saving: what becomes of files, weights and the list of recent files."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QSettings, QTimer, Signal

from engine.events import Metrics
from engine.files import SUFFIX, Project, checkpoint_problem, load_project, save_project
from gui.document.document import Document
from gui.runtime.session import TrainingSession
from gui.runtime.tasks import TaskRunner
from gui.training_controller import TrainingController
from gui.window.state import ProcessLock, document_lock

if TYPE_CHECKING:
    from gui.window.recovery_files import Recovered

RECENT = "files/recent"
RECENT_AT_MOST = 10
FILE_FILTER = f"Netloom (*{SUFFIX} *.json);;Project with weights (*{SUFFIX});;Design only (*.json);;All files (*)"


class ProjectFiles(QObject):
    """Reads and writes project files in the background. Failures are sentences; the old file stays whole."""

    opened = Signal(object)
    """A Project that is now the document; the history is for whoever draws it."""
    saved = Signal(str)
    """Path of the file."""
    failed = Signal(str)
    noticed = Signal(str)

    def __init__(
        self,
        document: Document,
        session: TrainingSession,
        controller: TrainingController,
        runner: TaskRunner,
        parent: QObject | None = None,
    ):
        super().__init__(parent)
        self._document = document
        self._session = session
        self._controller = controller
        self._runner = runner
        self._saved_step: int | None = None
        self._pending: tuple[Path, Callable[[], None] | None] | None = None
        self._stamp: tuple[int, int] | None = None
        self._lock: ProcessLock | None = None
        self._notices: list[str] = []
        self.history: Callable[[], dict[str, Any]] = dict
        """Returns the history of the run, for the file."""
        self.coarse_history: Callable[[], dict[str, Any]] = dict
        """The same with fewer points, for the recovery file."""
        self.thumbnail: Callable[[], bytes | None] = lambda: None
        """Returns a small picture, PNG."""
        session.checkpointed.connect(self._on_session_checkpointed)
        session.state_changed.connect(self._on_session_state_changed)
        document.path_changed.connect(self._on_document_path_changed)

    @property
    def modified(self) -> bool:
        """Closing now would lose something: an edit, or training done since a project was saved."""
        if self._document.modified:
            return True
        if self._document.path is None or self._document.path.suffix == ".json":
            return False
        return self.trained_since_saved

    @property
    def trained_since_saved(self) -> bool:
        """There are steps of training that no file holds."""
        record = self._controller.record
        if record is None:
            return False
        trained = record.checkpoint.step if record.checkpoint else 0
        return self._session.is_active or trained != (self._saved_step or 0)

    def note_weights_changed(self, *_: object) -> None:
        """A weight was set by hand while no run was under way: no file has it."""
        self._saved_step = -1

    def full_history(self, *, coarse: bool = False) -> dict[str, Any]:
        """The history of the run with its last figures, as files hold it."""
        record = self._controller.record
        found = self.coarse_history() if coarse else self.history()
        return {**found, "parts": dict(record.parts) if record is not None else {}}

    def changed_on_disk(self) -> str:
        """A sentence when the document's file is not as it was opened or saved here; else nothing."""
        path = self._document.path
        if path is None or self._stamp is None or _stamp(path) in (None, self._stamp):
            return ""
        return f"'{path.name}' was changed by another program since it was opened here."

    def recover(self, recovered: Recovered) -> None:
        """Show what a recovery file holds; it is not saved yet."""
        project = recovered.project
        if project is None:
            self.failed.emit(recovered.sentence)
            return
        self._show(project, recovered.path)
        self._document.undo_stack.resetClean()
        self._saved_step = None
        text = f"'{recovered.name}' was recovered as it was at {recovered.when}. Save it to keep it."
        self._notices.insert(0, f"{text} {recovered.sentence}".strip())
        self._say_notices()

    def close(self) -> None:
        """The window ends: other windows may open its file."""
        self._hold(None)

    def _show(self, project: Project, path: Path | None) -> None:
        self._document.replace_design(project.design, path)
        self._controller.adopt(project.checkpoint, _parts(project.history))
        self._saved_step = project.checkpoint.step if project.checkpoint is not None else None
        self._stamp = _stamp(path) if path is not None else None
        self.opened.emit(project)

    def _hold(self, path: Path | None) -> str:
        """Say that this window has a file open; returns a sentence when another one has it as well."""
        lock = document_lock(path) if path is not None else None
        if lock is not None and self._lock is not None and lock.path == self._lock.path:
            return ""
        if self._lock is not None:
            self._lock.release()
        self._lock = lock
        if path is None or lock is None or lock.acquire():
            return ""
        holder = lock.holder()
        where = f" (process {holder})" if holder not in (None, os.getpid()) else ""
        return (
            f"'{path.name}' is also open in another window of Netloom{where}. "
            "What is saved last replaces what the other saved; save under another name to keep both."
        )

    def open(self, path: Path) -> None:
        """Open a file in place of the document."""
        self._runner.run(
            _load, path, on_success=self._on_task_loaded, on_failure=self._on_task_load_failed, latest="open"
        )

    def save(self, path: Path, then: Callable[[], None] | None = None) -> None:
        """Save to a file; while a network trains, its weights are asked for first."""
        if not path.suffix:
            path = path.with_suffix(SUFFIX)
        self._pending = (path, then)
        if not self._session.request_checkpoint():
            self._write()

    def _write(self) -> None:
        if self._pending is None:
            return
        (path, then), self._pending = self._pending, None
        record, design = self._controller.record, self._document.design
        checkpoint = record.checkpoint if record is not None else None
        note = ""
        if checkpoint is not None and checkpoint_problem(design, checkpoint):
            checkpoint = None
            note = "The design was saved without weights: it has changed since they were trained."
        history = self.full_history() if checkpoint is not None else {}
        project = Project(design, checkpoint, history, self.thumbnail())
        step = checkpoint.step if checkpoint is not None else None
        self._runner.run(
            save_project,
            path,
            project,
            on_success=lambda _none: self._finish_saving(path, design, step, note, then),
            on_failure=self._on_task_save_failed,
        )

    def _finish_saving(
        self, path: Path, design: object, step: int | None, note: str, then: Callable[[], None] | None
    ) -> None:
        if self._document.design is design:
            self._document.mark_saved(path)
        if self._document.path == path:
            self._stamp = _stamp(path)
        self._saved_step = step
        remember(path)
        self.saved.emit(str(path))
        if note:
            self.noticed.emit(note)
        if then is not None:
            then()

    def _on_session_checkpointed(self, _event: object) -> None:
        # Also the controller hears this event; the file is written after it has.
        if self._pending is not None:
            self._write()

    def _on_session_state_changed(self, state: str) -> None:
        if state in ("failed", "idle") and self._pending is not None:
            self._write()  # no checkpoint will come; what is known is saved

    def _on_document_path_changed(self) -> None:
        path = self._document.path
        if path is None:
            self._stamp = self._saved_step = None
        shared = self._hold(path)
        if shared:
            self._notices.append(shared)
            QTimer.singleShot(0, self._say_notices)  # after what is said while a design is replaced

    def _say_notices(self) -> None:
        notices, self._notices = self._notices, []
        if notices:
            self.noticed.emit(" ".join(notices))

    def _on_task_loaded(self, result: tuple[Path, Project]) -> None:
        path, project = result
        self._show(project, path)
        remember(path)
        self._notices[:0] = project.notices
        self._say_notices()

    def _on_task_load_failed(self, error: Exception) -> None:
        self.failed.emit(_sentence(error, "The file could not be opened"))

    def _on_task_save_failed(self, error: Exception) -> None:
        self.failed.emit(_sentence(error, "The file could not be saved"))


def _stamp(path: Path) -> tuple[int, int] | None:
    """What changes when a file is written; None when it is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _load(path: Path) -> tuple[Path, Project]:
    return path, load_project(path)


def _parts(history: dict[str, Any]) -> dict[str, Metrics]:
    """The last figures, as they were saved; nothing when they cannot be read."""
    found = history.get("parts")
    if not isinstance(found, dict):
        return {}
    try:
        return {str(part): {str(k): float(v) for k, v in values.items()} for part, values in found.items()}
    except (AttributeError, TypeError, ValueError):
        return {}


def _sentence(error: Exception, what: str) -> str:
    text = str(error)
    return text if text.endswith((".", "!")) else f"{what}: {text or type(error).__name__}."


def recent() -> list[Path]:
    """Files opened or saved lately, newest first."""
    value = QSettings().value(RECENT, [])
    texts = [value] if isinstance(value, str) else list(value or [])  # type: ignore[call-overload]
    return [Path(str(text)) for text in texts if text]


def remember(path: Path) -> None:
    """Put a file on top of the recent ones."""
    path = path.absolute()
    paths = [path, *(other for other in recent() if other != path)][:RECENT_AT_MOST]
    QSettings().setValue(RECENT, [str(item) for item in paths])


def forget(path: Path) -> None:
    """Take a file off the recent ones."""
    QSettings().setValue(RECENT, [str(item) for item in recent() if item != path])
