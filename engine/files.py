"""Project files: `.netloom`, a zip of a design, its weights and its history; and bare designs as `.json`.

docs/file-format.md describes both. Nothing that is read is ever executed or unpickled.
"""

from __future__ import annotations

import json
import os
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from engine.checkpoint import Checkpoint
from engine.design import Design, DesignFileError
from engine.files_checkpoint import checkpoint_problem, fitted_checkpoint, pack_arrays, unpack_arrays
from engine.files_disk import MIB, Archive, FileError, read_json, write_atomically

__all__ = ["SUFFIX", "FileError", "Project", "checkpoint_problem", "load_project", "save_project"]

SUFFIX = ".netloom"

DESIGN = "design.json"
CHECKPOINT = "checkpoint.json"
WEIGHTS = "weights.safetensors"
SLOTS = "optimizer.safetensors"
HISTORY = "history.json"
THUMBNAIL = "thumbnail.png"

TEXT_AT_MOST = 32 * MIB
HISTORY_AT_MOST = 256 * MIB
ARRAYS_AT_MOST = 4_096 * MIB
PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Project:
    """What a project file holds."""

    design: Design
    checkpoint: Checkpoint | None = None
    """Weights and the state of the training, where it was trained."""
    history: dict[str, Any] = field(default_factory=dict)
    """Costs and changes of the run as plain values, see `engine.history`."""
    thumbnail: bytes | None = None
    """A small picture, PNG."""
    notices: tuple[str, ...] = ()
    """Plain sentences on what could not be read; empty when all is well."""


def save_project(path: str | Path, project: Project) -> None:
    """Save a project, or only its design where the name ends in `.json`.

    The old file stays whole until the new one is safe on the disk. Data files below the folder of the project are
    referred to relative to it, so that folder and project can be moved together.

    Raises:
        FileError: It cannot be written; the message says why. Nothing is changed then.
    """
    path = Path(path)
    text = _design_text(_with_source_path(project.design, lambda source: _relative(source, path)), path)
    if path.suffix.lower() == ".json":
        write_atomically(path, lambda stream: _write(stream, text))
    else:
        write_atomically(path, lambda stream: _write_archive(stream, text, project))


def load_project(path: str | Path) -> Project:
    """Open a project or a bare design, whichever the file holds.

    A design with problems (a cycle, an unknown layer) opens like any other: its plan shows them. Weights that are
    damaged or do not fit the design are left out, and `notices` says so.

    Raises:
        FileError: The file cannot be read, or holds no design that this Netloom understands.
    """
    path = Path(path).expanduser()
    try:
        with open(path, "rb") as stream:
            if stream.read(2) != b"PK":
                stream.seek(0)
                data = stream.read(TEXT_AT_MOST + 1)
                if len(data) > TEXT_AT_MOST:
                    raise FileError(f"'{path.name}' is too large to be a design. Choose a Netloom project.")
                return Project(_read_design(data, path, f"'{path.name}'"))
            stream.seek(0)
            return _read_archive(Archive(path, stream), path)
    except FileNotFoundError as error:
        raise FileError(f"There is no file '{path}'. Check the path.") from error
    except IsADirectoryError as error:
        raise FileError(f"'{path}' is a folder. Choose a file in it.") from error
    except OSError as error:
        raise FileError(f"'{path}' cannot be read: {error.strerror or error}.") from error


# Writing


def _write(stream: IO[bytes], data: bytes) -> None:
    stream.write(data)


def _write_archive(stream: IO[bytes], design: bytes, project: Project) -> None:
    with zipfile.ZipFile(stream, "w") as archive:
        _add(archive, DESIGN, design)
        if project.checkpoint is not None:
            _add(archive, CHECKPOINT, json.dumps(project.checkpoint.plain(), indent=2).encode())
            _add(archive, WEIGHTS, pack_arrays(project.checkpoint.weights), packed=False)
            _add(archive, SLOTS, pack_arrays(project.checkpoint.slots), packed=False)
        if project.history:
            _add(archive, HISTORY, json.dumps(project.history, default=_plain).encode())
        if project.thumbnail:
            _add(archive, THUMBNAIL, project.thumbnail, packed=False)


def _add(archive: zipfile.ZipFile, name: str, data: bytes, packed: bool = True) -> None:
    # Without a date, equal projects are equal files. Numbers and pictures hardly pack, and reading them is faster so.
    entry = zipfile.ZipInfo(name)
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, data, zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED)


def _plain(value: Any) -> Any:
    """Arrays and NumPy numbers in a history as lists and numbers."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"A history holds plain values, but there is a {type(value).__name__}.")


def _design_text(design: Design, path: Path) -> bytes:
    try:
        return design.to_json().encode()
    except ValueError as error:  # a number that is not finite, half a character: JSON has neither
        raise FileError(f"'{path}' could not be saved: the design holds a value that JSON cannot ({error}).") from error


# Reading


def _read_archive(archive: Archive, path: Path) -> Project:
    data = archive.read(DESIGN, TEXT_AT_MOST)
    if data is None:
        raise FileError(f"{archive.who} is a zip file but no Netloom project: it has no entry '{DESIGN}'.")
    design = _read_design(data, path, f"{archive.who}, '{DESIGN}'")
    checkpoint, notices = _read_checkpoint(archive, design)
    history, thumbnail = {}, None
    try:
        found = archive.read(HISTORY, HISTORY_AT_MOST)
        history = read_json(found, f"{archive.who}: the history", finite=False) if found else {}
        thumbnail = archive.read(THUMBNAIL, TEXT_AT_MOST)
    except FileError as error:
        notices.append(f"{error} The rest was opened.")
    if not isinstance(history, dict):
        history = {}
    if thumbnail is not None and not thumbnail.startswith(PNG):
        thumbnail = None
    return Project(design, checkpoint, history, thumbnail, tuple(notices))


def _read_checkpoint(archive: Archive, design: Design) -> tuple[Checkpoint | None, list[str]]:
    try:
        plain = archive.read(CHECKPOINT, TEXT_AT_MOST)
        weights = archive.read(WEIGHTS, ARRAYS_AT_MOST)
        slots = archive.read(SLOTS, ARRAYS_AT_MOST)
        if plain is None and weights is None:
            return None, []
        if plain is None or weights is None:
            missing = CHECKPOINT if plain is None else WEIGHTS
            return None, [f"{archive.who} has no entry '{missing}', so it was opened without weights."]
        return fitted_checkpoint(
            design,
            read_json(plain, f"{archive.who}, '{CHECKPOINT}'"),
            unpack_arrays(weights, f"{archive.who}, '{WEIGHTS}'"),
            unpack_arrays(slots, f"{archive.who}, '{SLOTS}'") if slots else {},
        )
    except FileError as error:
        return None, [f"{error} The design was opened without weights."]


def _read_design(data: bytes, path: Path, what: str) -> Design:
    if not data.strip():
        raise FileError(f"{what} is empty. Open another copy of it.")
    if not data.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        raise FileError(
            f"{what} is not a Netloom project. Choose a file that ends in {SUFFIX}, or the JSON of a design."
        )
    try:
        design = Design.from_data(read_json(data, what))
        design.to_json().encode()  # what opens can be saved again
    except DesignFileError as error:
        raise FileError(f"{what}: {error}") from error
    except FileError:
        raise
    except (ValueError, RecursionError) as error:
        raise FileError(f"{what} holds a value that cannot be used: {error}.") from error
    return _with_source_path(design, lambda source: _absolute(source, path))


# Paths of data files


def _with_source_path(design: Design, change: Any) -> Design:
    """The design with the path of its data changed, if its source is a file."""
    source = design.data.source
    path = getattr(source, "path", "") if "path" in type(source).model_fields else ""
    if not isinstance(path, str) or not path or change(path) == path:
        return design
    return design.with_changes(data=design.data.replace(source=source.replace(path=change(path))))


def _relative(source: str, project: Path) -> str:
    absolute = Path(os.path.abspath(Path(source).expanduser()))
    folder = Path(os.path.abspath(project.expanduser())).parent
    return absolute.relative_to(folder).as_posix() if absolute.is_relative_to(folder) else str(absolute)


def _absolute(source: str, project: Path) -> str:
    return os.path.abspath(project.absolute().parent / Path(source).expanduser())
