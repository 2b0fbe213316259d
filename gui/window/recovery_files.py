"""Recovery files: a project file per window in the state folder, beside a lock that dies with the window's process."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from engine.checkpoint import Checkpoint
from engine.design import Design
from engine.files import SUFFIX, FileError, Project, load_project, save_project
from gui.window.state import ProcessLock, state_folder

KEY = "recovery"
"""Entry of the project's history that says where the document belongs."""
WEIGHTS_AT_MOST = 32 * 2**20
"""Bytes of weights that a recovery file keeps; larger ones would not be written in time."""


@dataclass(frozen=True)
class Snapshot:
    """What a window would lose if it ended now."""

    design: Design
    path: Path | None
    """The file of the document."""
    edited: bool
    """There are edits that were not saved."""
    checkpoint: Checkpoint | None = None
    history: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Recovered:
    """A recovery file of a window that is gone."""

    file: Path
    lock: ProcessLock
    time: float
    path: Path | None = None
    project: Project | None = None
    """None when the file is damaged."""
    sentence: str = ""
    """What the user should know about it."""

    @property
    def name(self) -> str:
        """How the document is called."""
        if self.path is not None:
            return self.path.name
        return (self.project.design.name if self.project else "") or "Untitled"

    @property
    def when(self) -> str:
        """The time of the last change, for people."""
        moment = datetime.fromtimestamp(self.time)
        return moment.strftime("%H:%M" if moment.date() == datetime.now().date() else "%d %b %Y, %H:%M")

    def discard(self) -> None:
        """Remove it for good."""
        with contextlib.suppress(OSError):
            self.file.unlink(missing_ok=True)
        self.lock.release()


def recovery_folder() -> Path:
    """Where the recovery files lie."""
    return state_folder() / "recovery"


def new_recovery_file() -> Path:
    """A name that no other window has."""
    return recovery_folder() / f"{os.getpid()}-{secrets.token_hex(4)}{SUFFIX}"


def lock_of(file: Path) -> ProcessLock:
    """The lock that says that the window of a recovery file still runs."""
    return ProcessLock(file.with_suffix(".lock"))


def write_snapshot(file: Path, snapshot: Snapshot) -> None:
    """Write a recovery file, atomically. Raises FileError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    where = {"path": str(snapshot.path.absolute()) if snapshot.path else "", "edited": snapshot.edited}
    checkpoint, dropped = snapshot.checkpoint, False
    if checkpoint is not None and weights_size(checkpoint) > WEIGHTS_AT_MOST:
        checkpoint, dropped = None, True
    history = dict(snapshot.history) if checkpoint is not None else {}
    save_project(file, Project(snapshot.design, checkpoint, history | {KEY: where | {"dropped": dropped}}))


def weights_size(checkpoint: Checkpoint) -> int:
    """Bytes of the weights and of what the optimizer keeps."""
    return sum(array.nbytes for arrays in (checkpoint.weights, checkpoint.slots) for array in arrays.values())


def find_recovered() -> list[Recovered]:
    """The recovery files of windows that do not run any more, newest first; each is locked for this process."""
    folder = recovery_folder()
    if not folder.is_dir():
        return []
    found = []
    for file in folder.glob(f"*{SUFFIX}"):
        lock = lock_of(file)
        if lock.acquire():
            if file.exists():
                found.append(_read(file, lock))
            else:
                lock.release()
    for left in (*folder.glob(".netloom-*.tmp"), *folder.glob("*.lock")):
        _tidy(left)
    return sorted(found, key=lambda item: -item.time)


def _tidy(left: Path) -> None:
    """Remove what a killed process left: half a file, or a lock without a file."""
    if left.suffix == ".lock":
        lock = ProcessLock(left)
        if not left.with_suffix(SUFFIX).exists() and lock.acquire():
            lock.release()
        return
    with contextlib.suppress(OSError):
        if datetime.now().timestamp() - left.stat().st_mtime > 60:  # another window may be writing it
            left.unlink()


def _read(file: Path, lock: ProcessLock) -> Recovered:
    time = file.stat().st_mtime
    recovered = Recovered(file, lock, time)
    try:
        project = load_project(file)
    except FileError as error:
        reason = str(error).replace(f"'{file.name}'", "The file")
        text = f"The recovery file of {recovered.when} is damaged and cannot be used. {reason}"
        return replace(recovered, sentence=text)
    history = dict(project.history)
    where = history.pop(KEY, {})
    where = where if isinstance(where, dict) else {}
    path = Path(str(where["path"])) if where.get("path") else None
    recovered = replace(recovered, path=path, project=replace(project, history=history))
    if path is not None and path.exists() and path.stat().st_mtime > time:
        text = (
            f"'{path.name}' was saved after this recovery file of {recovered.when} was written. "
            "It is recovered as a copy without a name; the file stays as it is."
        )
        return replace(recovered, path=None, sentence=text)
    if path is not None and not path.exists():
        return replace(recovered, sentence=f"The file '{path}' is not there any more; saving makes it anew.")
    if where.get("dropped"):
        text = "The weights were too large for the recovery file: the design was recovered, and starts untrained."
        return replace(recovered, sentence=text)
    return replace(recovered, sentence=" ".join(project.notices).replace(f"'{file.name}'", "The recovery file"))
