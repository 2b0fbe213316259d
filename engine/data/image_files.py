"""Images that lie in a folder or in a zip file: which there are, and which class and part each belongs to."""

from __future__ import annotations

import os
import re
import threading
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from engine.data.errors import DataError
from engine.data.images import ENDINGS, MOST_BYTES, ImageError
from engine.data.loading import current_loading

DEEPEST = 8
"""Folders within folders that are looked into."""
PARTS = {
    "train": "train", "training": "train", "test": "test", "testing": "test",
    "val": "dev", "valid": "dev", "validation": "dev", "dev": "dev",
}  # fmt: skip

Classes = Literal["auto", "folders", "names"]


@dataclass(frozen=True)
class ImageFile:
    """A file that should be an image."""

    path: str
    """From the folder or the zip file on, with /."""
    size: int
    stamp: int
    """Changes when the file does."""


class Images:
    """The image files in a folder or a zip file, in the order of their names. Used as a context."""

    def __init__(self, place: Path) -> None:
        """Look what there is. Raises DataError."""
        self.place = place
        self._zip: zipfile.ZipFile | None = None
        self._lock = threading.Lock()
        self.others = 0
        """Files that do not end like an image."""
        if place.is_dir():
            found = self._walk()
        elif place.is_file():
            found = self._unpack()
        else:
            raise DataError(f"There is no folder '{place}'. Choose one with a sub-folder of images for each class.")
        self.files = sorted(found, key=lambda file: _natural(file.path))
        if not self.files:
            self.close()
            what = "folder" if place.is_dir() else "zip file"
            zipped = next(place.glob("*.zip"), None) if place.is_dir() else None
            advice = f"Choose '{zipped.name}' in it." if zipped else "It needs a sub-folder of images for each class."
            raise DataError(f"The {what} '{place.name}' holds no images ({', '.join(ENDINGS)}). {advice}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the zip file."""
        if self._zip is not None:
            self._zip.close()

    def read(self, file: ImageFile) -> bytes:
        """The bytes of a file; from any thread. Raises ImageError."""
        if file.size > MOST_BYTES:
            raise ImageError(f"{file.size / 1e6:,.0f} MB")
        try:
            if self._zip is None:
                return (self.place / file.path).read_bytes()
            with self._lock:
                return self._zip.read(file.path)
        except FileNotFoundError as error:
            raise ImageError("no longer there") from error
        except RuntimeError as error:
            raise ImageError("encrypted") from error
        except (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, KeyError) as error:
            raise ImageError("cannot be read") from error

    def _keep(self, path: str) -> bool:
        if any(part.startswith((".", "__MACOSX")) for part in path.split("/")):
            return False
        if path.rpartition(".")[2].lower() in ENDINGS:
            return True
        self.others += 1
        return False

    def _walk(self) -> Iterator[ImageFile]:
        waiting = [("", 0)]
        while waiting:
            folder, depth = waiting.pop()
            current_loading().check()
            try:
                with os.scandir(self.place / folder) as entries:
                    for entry in entries:
                        path = f"{folder}{entry.name}"
                        if entry.is_dir():
                            if depth < DEEPEST:
                                waiting.append((f"{path}/", depth + 1))
                        elif self._keep(path):
                            status = entry.stat()
                            yield ImageFile(path, status.st_size, status.st_mtime_ns)
            except OSError as error:
                if not folder:
                    raise DataError(f"'{self.place}' cannot be read: {error.strerror or error}.") from error

    def _unpack(self) -> Iterator[ImageFile]:
        try:
            self._zip = zipfile.ZipFile(self.place)
            for info in self._zip.infolist():
                if not info.is_dir() and self._keep(info.filename):
                    yield ImageFile(info.filename, info.file_size, info.CRC)
        except OSError as error:
            raise DataError(f"'{self.place}' cannot be read: {error.strerror or error}.") from error
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise DataError(f"'{self.place.name}' is no zip file, or is damaged. Copy or save it again.") from error


@dataclass(frozen=True)
class Sorted:
    """Files by part and class."""

    files: list[ImageFile]
    """The test part's last."""
    classes: list[str]
    """Of each file."""
    tests: int
    """How many at the end are the test part that the makers set aside."""
    notices: tuple[str, ...]


def sort(images: Images, classes: Classes) -> Sorted:
    """Find out the class of every file, and which are meant for testing. Raises DataError."""
    paths = _without_common(images.files)
    tops = {path[0] for path in paths if len(path) > 1}
    parts = {top: PARTS.get(_first_word(top), "") for top in tops}
    divided = bool(tops) and all(parts.values()) and "train" in parts.values()
    notices = []
    if images.others:
        notices.append(_left_out(images.others, "other file", "no image"))
    entries, outside = [], 0
    for file, path in zip(images.files, paths, strict=True):
        part = parts[path[0]] if divided and len(path) > 1 else "train"
        folders = path[1 if divided else 0 : -1]
        if divided and len(path) == 1:
            outside += 1
        else:
            entries.append((part == "test", folders, file))
    by_names = classes == "names" or (classes == "auto" and not any(folders for _, folders, _ in entries))
    if by_names:
        named = [(test, _prefix(file.path), file) for test, _, file in entries]
        _check_names([name for _, name, _ in named], images.place, asked=classes == "names")
        notices.append("The class of each image is the beginning of its file name.")
    else:
        outside += sum(not folders for _, folders, _ in entries)
        named = [(test, folders[0], file) for test, folders, file in entries if folders]
    if outside:
        notices.append(_left_out(outside, "image", "outside of the class folders"))
    if "dev" in parts.values() and divided:
        notices.append("The images for validation are shared out together with those for training.")
    named.sort(key=lambda entry: entry[0])
    tests = sum(test for test, _, _ in named)
    if tests == len(named):
        tests = 0
    return Sorted([file for _, _, file in named], [name for _, name, _ in named], tests, tuple(notices))


def class_order(names: set[str]) -> list[str]:
    """Names of classes as somebody would order them: numbers by size."""
    return sorted(names, key=_natural)


def _without_common(files: list[ImageFile]) -> list[list[str]]:
    """Paths, cut at /, without the folders that all share, but with the last folder of each."""
    paths = [file.path.split("/") for file in files]
    while len({path[0] for path in paths}) == 1 and all(len(path) > 2 for path in paths):
        paths = [path[1:] for path in paths]
    return paths


def _check_names(names: list[str], place: Path, *, asked: bool) -> None:
    counts = Counter(names)
    if "" in counts or not 2 <= len(counts) <= max(2, len(names) // 2):
        advice = (
            "File names must begin with the class, as in 'cat_1.png'."
            if asked
            else "Put the images of each class into a sub-folder, or begin their names with the class: 'cat_1.png'."
        )
        raise DataError(f"The classes of the images in '{place.name}' are not clear. {advice}")


def _prefix(path: str) -> str:
    match = re.match(r"([^_.\-\s]+)[_.\-\s].*\.", path.rpartition("/")[2])
    return match[1] if match else ""


def _first_word(name: str) -> str:
    return re.split(r"[^a-z]+", name.lower())[0]


def _natural(text: str) -> list[tuple[int, int, str]]:
    """Sorts 'img10' behind 'img9'."""
    pieces = re.split(r"(\d+)", text)
    return [(0, int(piece), "") if piece.isdigit() and piece.isascii() else (1, 0, piece) for piece in pieces if piece]


def _left_out(count: int, what: str, why: str) -> str:
    return f"{count:,} {what}{' was' if count == 1 else 's were'} left out: {why}."
