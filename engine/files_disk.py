"""The careful part of project files: writing so that the old file survives, reading so that a bad file does no harm."""

from __future__ import annotations

import errno
import json
import os
import secrets
import shutil
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

MIB = 2**20

ENTRIES_AT_MOST = 1_000
UNPACKED_AT_MOST = 8_192 * MIB
RATIO_AT_MOST = 100
"""Times that the entries together may grow when unpacked; small ones may grow more."""
RATIO_COUNTS_ABOVE = 16 * MIB

DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    RuntimeError,
    NotImplementedError,
    ValueError,
    LookupError,
    OverflowError,
    MemoryError,
)
"""What a damaged or hostile archive makes zipfile raise."""


class FileError(ValueError):
    """A project file cannot be read or written; the message says which, why and what to do."""


# Writing


def write_atomically(path: Path, write: Callable[[IO[bytes]], None]) -> None:
    """Write a file beside the old one and put it in its place once it is safe on the disk.

    Args:
        path: The file. Whatever goes wrong, what it held before stays whole.
        write: Writes the content into an open file.

    Raises:
        FileError: The disk is full, the folder cannot be written to, …
    """
    target = Path(os.path.realpath(path))  # a link stays a link
    temporary = target.with_name(f".netloom-{secrets.token_hex(4)}.tmp")
    try:
        if target.exists() and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, "the file is read-only")
        with open(temporary, "xb") as stream:
            write(stream)
            stream.flush()
            os.fsync(stream.fileno())
        if target.exists():
            shutil.copymode(target, temporary)
        os.replace(temporary, target)
    except OSError as error:
        kept = " The file that was there is unchanged." if target.is_file() else ""
        raise FileError(f"'{path}' could not be saved: {_reason(error, path)}{kept}") from error
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    """Make the new name last through a power cut; not every system can, and the file is whole either way."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError:
        pass
    finally:
        os.close(descriptor)


def _reason(error: OSError, path: Path) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "the disk is full. Free some space, or save it elsewhere."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "the file or its folder is read-only. Choose another folder."
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return f"there is no folder '{path.parent}'. Make it, or choose another one."
    if error.errno == errno.EISDIR:
        return "there is a folder of that name. Choose another name."
    return f"{error.strerror or error}. Save it elsewhere."


# Reading


def read_json(data: bytes, what: str, *, finite: bool = True) -> Any:
    """Parse JSON from a file.

    Args:
        data: The bytes.
        what: Subject of the message when it fails, such as "'a.json'".
        finite: Refuse NaN and Infinity, which Python reads but JSON does not know.

    Raises:
        FileError: It is not JSON.
    """
    try:
        return json.loads(data.decode("utf-8-sig"), parse_constant=_refuse_constant if finite else None)
    except UnicodeDecodeError as error:
        raise FileError(f"{what} is not text in UTF-8, so it is no Netloom file.") from error
    except json.JSONDecodeError as error:
        raise FileError(
            f"{what} is not valid JSON (line {error.lineno}, column {error.colno}: {error.msg}). "
            "It may be cut short; take a copy of it if you have one."
        ) from error
    except (ValueError, RecursionError) as error:
        raise FileError(f"{what} is not a Netloom file: {error}.") from error


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"it holds {name}, which is no number")


class Archive:
    """A zip file from anywhere: only entries that are asked for by name are read, and only within limits.

    Nothing is unpacked to the disk, so the names of other entries (absolute ones, or with "..") mean nothing.
    """

    def __init__(self, path: Path, stream: IO[bytes]) -> None:
        """Open it. Raises FileError when it is no zip file, is cut short, or would unpack to an absurd size."""
        self.who = f"'{path.name}'"
        try:
            self._zip = zipfile.ZipFile(stream)
        except DAMAGE as error:
            raise FileError(f"{self.who} is damaged or cut short. Copy it again, or open another copy.") from error
        entries = self._zip.infolist()
        unpacked = sum(entry.file_size for entry in entries)
        packed = sum(entry.compress_size for entry in entries)
        bomb = unpacked > RATIO_COUNTS_ABOVE and unpacked > RATIO_AT_MOST * packed
        if len(entries) > ENTRIES_AT_MOST or unpacked > UNPACKED_AT_MOST or bomb:
            raise FileError(
                f"{self.who} is not opened: it holds {len(entries)} entries that unpack from {packed / MIB:.1f} MiB to "
                f"{unpacked / MIB:.1f} MiB. No Netloom project looks like that."
            )

    def read(self, name: str, at_most: int) -> bytes | None:
        """The content of an entry; None where there is none.

        Raises:
            FileError: It is larger than `at_most` bytes, or damaged.
        """
        try:
            entry = self._zip.getinfo(name)
        except KeyError:
            return None
        if entry.file_size > at_most:
            raise FileError(
                f"{self.who}: '{name}' would unpack to {entry.file_size / MIB:.1f} MiB, more than the "
                f"{at_most / MIB:.0f} MiB that it may have."
            )
        try:
            if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise NotImplementedError("Netloom writes no other compression")
            return self._zip.read(entry)
        except (*DAMAGE, OSError) as error:
            raise FileError(f"{self.who}: the entry '{name}' is damaged. Open another copy of the file.") from error
