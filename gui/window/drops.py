"""Files that are dropped onto the window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData

from engine.data import DataSource
from engine.files import SUFFIX

DESIGNS = (SUFFIX, ".json")


def dropped_file(data: QMimeData) -> Path | None:
    """The first file that a drag carries."""
    for url in data.urls() if data.hasUrls() else ():
        if url.isLocalFile():
            return Path(url.toLocalFile())
    return None


def is_design(path: Path) -> bool:
    """The ending is that of a design or project."""
    return path.suffix.lower() in DESIGNS


def data_endings() -> list[str]:
    """Endings of the files that a data source reads, such as ".csv"."""
    return [f".{ending}" for kind in DataSource.members() for ending in kind.endings]


def is_data(path: Path) -> bool:
    """A data source reads such files; or it is a folder, which may hold images."""
    return path.is_dir() or path.suffix.lower() in data_endings()
