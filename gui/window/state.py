"""Where Netloom keeps what outlives a crash, and locks that end with the process that holds them."""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path
from typing import IO

from platformdirs import user_state_path

FOLDER_VARIABLE = "NETLOOM_STATE_DIR"


def state_folder() -> Path:
    """The folder for recovery files and locks; `NETLOOM_STATE_DIR` names another one."""
    chosen = os.environ.get(FOLDER_VARIABLE)
    return Path(chosen) if chosen else user_state_path("Netloom", appauthor=False)


class ProcessLock:
    """A file that one window holds at a time. The system gives it free when the process ends, however it ends."""

    def __init__(self, path: Path):
        self.path = path
        self._stream: IO[bytes] | None = None

    @property
    def is_held(self) -> bool:
        """This object holds it."""
        return self._stream is not None

    def acquire(self) -> bool:
        """Take it; False when another window, of this process or of another one, has it."""
        if self._stream is not None:
            return True
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            stream = open(self.path, "a+b")  # noqa: SIM115  held until release
        except OSError:
            return True  # where nothing can be written, nothing is guarded
        if not _lock(stream):
            stream.close()
            return False
        with contextlib.suppress(OSError):
            stream.seek(0)
            stream.truncate()
            stream.write(str(os.getpid()).encode())
            stream.flush()
        self._stream = stream
        return True

    def release(self) -> None:
        """Give it back, and remove the file."""
        stream, self._stream = self._stream, None
        if stream is None:
            return
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)  # Windows: only after closing
        with contextlib.suppress(OSError):
            stream.close()
        if os.name == "nt":
            with contextlib.suppress(OSError):
                self.path.unlink(missing_ok=True)

    def holder(self) -> int | None:
        """The process that has it, if that is known."""
        try:
            return int(self.path.read_bytes() or b"0") or None
        except (OSError, ValueError):
            return None


def document_lock(path: Path) -> ProcessLock:
    """The lock of a document that is open in a window."""
    name = hashlib.sha256(os.path.realpath(path).encode()).hexdigest()[:32]
    return ProcessLock(state_folder() / "open" / f"{name}.lock")


if os.name == "nt":
    import msvcrt

    def _lock(stream: IO[bytes]) -> bool:
        try:
            stream.seek(1_000)  # behind the content, which others read
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        except OSError:
            return False
        return True
else:
    import fcntl

    def _lock(stream: IO[bytes]) -> bool:
        try:
            fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
