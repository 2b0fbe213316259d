"""Images in folders, one sub-folder per class, or the same in a zip file."""

from __future__ import annotations

import itertools
import os
import re
from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np

from engine.data.dataset import Dataset, Target
from engine.data.errors import DataError
from engine.data.image_files import Classes, ImageFile, Images, Sorted, class_order, sort
from engine.data.images import ENDINGS, Fit, ImageError, Mode, Rule, decode, measure
from engine.data.loading import current_loading
from engine.data.pixel_store import PixelWriter, digest, find
from engine.data.pixels import Pixels
from engine.data.source import DataSource
from engine.declaration import field

MEASURED = 5_000
"""Images whose size and colour are looked at before all are decoded."""
AT_ONCE = 256
"""Images that are decoded between two looks at whether somebody cancelled."""
KEPT_SIDE = 256
"""Images of one size are left as they are up to this side."""
OTHERWISE = (64, 64)
QUICK_LOOK = 3_000
"""Names that are looked at to find out whether a folder holds images."""


class ImageFolder(DataSource, kind="images", label="Folder of images"):
    """Photos or drawings: a folder, or a zip file, with a sub-folder for each class.

    Folders train and test, with the class folders in them, are the training and the test part. Pixels are scaled to
    0 … 1 and are not standardized. PNG, JPEG, BMP, WebP and GIF; images that cannot be read are left out and listed.

    Shape: (n_H, n_W, n_C) with 1, 3 or 4 channels.
    """

    prefix: ClassVar[str] = "images"
    subject: ClassVar[str] = "path"
    category: ClassVar[str] = "Own files"
    endings: ClassVar[tuple[str, ...]] = ("zip",)
    folders: ClassVar[bool] = True

    path: str = field("", help="The folder or zip file.")
    size: str = field(
        "",
        help="Height and width, such as 64x64. Empty: as they are, when all have one size up to 256x256, else 64x64.",
    )
    fit: Fit = field("crop", help="For images of another shape: crop what stands out, pad with black, or stretch them.")
    color: Literal["auto", "grey", "rgb", "rgba"] = field(
        "auto",
        label="Colour",
        help="Auto: grey if all images are, else RGB. White shines through what is transparent.",
    )
    classes: Classes = field("auto", help="What names the class: the sub-folder, or the beginning of the file name.")

    @classmethod
    def reads_folder(cls, folder: Path) -> bool:
        """There is an image among what lies at most three folders deep, as far as a quick look goes."""
        waiting, looks = deque([(folder, 0)]), 0
        while waiting and looks < QUICK_LOOK:
            place, depth = waiting.popleft()
            try:
                for entry in itertools.islice(os.scandir(place), QUICK_LOOK):
                    looks += 1
                    if entry.name.rpartition(".")[2].lower() in ENDINGS and not entry.name.startswith("."):
                        return True
                    if depth < 3 and not entry.name.startswith(".") and entry.is_dir():
                        waiting.append((Path(entry), depth + 1))
            except OSError:
                continue
        return False

    def stamp(self) -> str | None:
        """Changes when a file of the folder does."""
        with Images(self._place()) as images:
            return digest([(file.path, file.size, file.stamp) for file in images.files])

    def load(self) -> Dataset:
        """Read and decode the images. Raises DataError."""
        asked = _parsed(self.size)
        current_loading().report(0, "Looking for images")
        with Images(self._place()) as images:
            found = sort(images, self.classes)
            if len(set(found.classes)) < 2:
                raise DataError(
                    f"'{images.place.name}' holds only the class '{found.classes[0]}' ({len(found.files):,} images). "
                    "There must be at least two: put the images of each into a sub-folder of their own."
                )
            listing = [(file.path, file.size, file.stamp) for file in found.files]
            key = digest([str(images.place.resolve()), self.size, self.fit, self.color, listing])
            kept = find(key)
            if kept is None:
                kept = _decode_all(images, found, key, asked, self.fit, self.color)
        pixels, notes = kept
        return _dataset(pixels, found, notes["skipped"], (*found.notices, *notes["notices"]))

    def _place(self) -> Path:
        place = Path(self.path).expanduser()
        if not self.path or not place.exists():
            raise DataError(f"There is no folder '{place}'. Choose one with a sub-folder of images for each class.")
        return place


def _parsed(size: str) -> tuple[int, int] | None:
    if not size.strip():
        return None
    match = re.fullmatch(r"\s*(\d+)(?:\s*[x×, ]\s*(\d+))?\s*", size)
    height, width = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not (1 <= height <= 4096 and 1 <= width <= 4096):
        raise DataError(f"'{size}' is no size of images. Write height x width from 1 to 4096, such as 64x64.")
    return height, width


def _decode_all(
    images: Images, found: Sorted, key: str, size: tuple[int, int] | None, fit: Fit, color: str
) -> tuple[Pixels, dict]:
    """The images that can be read, and notes: which were skipped and why, and sentences for the user."""
    workers = min(8, os.cpu_count() or 1)
    with ThreadPoolExecutor(workers, "decoding") as pool:
        rule, notices = _rule(images, found.files, size, fit, color, pool)
        skipped: list[tuple[int, str]] = []
        with PixelWriter(key, (len(found.files), *rule.shape)) as writer:
            for start, results in _in_blocks(pool, lambda file: _tried(images, file, rule), found.files):
                skipped += [(start + i, result) for i, result in enumerate(results) if isinstance(result, str)]
                block = [result for result in results if not isinstance(result, str)]
                if block:
                    writer.append(np.stack(block))
                current_loading().report(
                    0.1 + 0.8 * start / len(found.files), f"Decoding images: {start:,} of {len(found.files):,}"
                )
            if len(skipped) == len(found.files):
                path, why = found.files[0].path, skipped[0][1]
                raise DataError(
                    f"None of the {len(skipped):,} images in '{images.place.name}' can be read; '{path}' is: {why}."
                )
            notes = {"skipped": skipped, "notices": notices}
            return writer.finish(notes), notes


def _rule(
    images: Images, files: list[ImageFile], size: tuple[int, int] | None, fit: Fit, color: str, pool: ThreadPoolExecutor
) -> tuple[Rule, list[str]]:
    """What every image becomes, and sentences on it."""
    modes: dict[str, Mode] = {"grey": "L", "rgb": "RGB", "rgba": "RGBA"}
    sample = files[:: -(-len(files) // MEASURED)]
    sizes: Counter[tuple[int, int]] = Counter()
    grey = 0
    for start, results in _in_blocks(pool, lambda file: _measured(images, file), sample):
        for height, width, is_grey in filter(None, results):
            sizes[height, width] += 1
            grey += is_grey
        current_loading().report(0.1 * start / len(sample), "Looking at the sizes of the images")
    known = sizes.total()
    mode = modes.get(color) or ("L" if grey == known and known else "RGB")
    notices = []
    if color == "auto" and 0 < grey < known:
        notices.append(f"Some images are grey ({grey:,} of {known:,} looked at); all became RGB.")
    same = len(sizes) == 1 and max(next(iter(sizes))) <= KEPT_SIDE
    height, width = size or (next(iter(sizes)) if same else OTHERWISE)
    if sizes and set(sizes) != {(height, width)}:
        low, high = min(sizes, key=np.prod), max(sizes, key=np.prod)
        was = f"{low[0]} × {low[1]}" if len(sizes) == 1 else f"{low[0]} × {low[1]} to {high[0]} × {high[1]}"
        how = {"crop": "scaled and cropped", "pad": "scaled and padded with black", "stretch": "stretched"}[fit]
        notices.append(f"Images of {was} were {how} to {height} × {width}.")
    return Rule(height, width, fit, mode), notices


def _in_blocks(pool: ThreadPoolExecutor, work, files: list[ImageFile]) -> Iterator[tuple[int, list]]:
    """Results block by block, each with the number of its first file."""
    for start in range(0, len(files), AT_ONCE):
        yield start, list(pool.map(work, files[start : start + AT_ONCE], chunksize=1))


def _tried(images: Images, file: ImageFile, rule: Rule) -> np.ndarray | str:
    """The image, or why there is none."""
    try:
        return decode(images.read(file), rule)
    except ImageError as error:
        return str(error)


def _measured(images: Images, file: ImageFile) -> tuple[int, int, bool] | None:
    try:
        return measure(images.read(file))
    except ImageError:
        return None


def _dataset(pixels: Pixels, found: Sorted, skipped: list, notices: tuple[str, ...]) -> Dataset:
    gone = {index for index, _ in skipped}
    kept = [i for i in range(len(found.files)) if i not in gone]
    names = class_order({found.classes[i] for i in kept})
    if len(names) < 2:
        raise DataError(
            f"Only images of the class '{names[0]}' can be read; {len(skipped):,} others cannot. At least two classes "
            "are needed."
        )
    number = {name: i for i, name in enumerate(names)}
    labels = np.array([number[found.classes[i]] for i in kept], np.int64)
    first_test = len(found.files) - found.tests
    tests = np.array([row for row, i in enumerate(kept) if i >= first_test], np.int64)
    if skipped:
        what = "1 image was" if len(skipped) == 1 else f"{len(skipped):,} images were"
        shown = ", ".join(f"'{found.files[i].path}' ({why})" for i, why in skipped[:10])
        more = f" and {len(skipped) - 10:,} more" if len(skipped) > 10 else ""
        notices = (*notices, f"{what} left out: {shown}{more}.")
    return Dataset(
        {"x": pixels},
        {"y": Target("y", "classes", labels, class_names=tuple(names))},
        notices=notices,
        as_is={"x": np.array(True)},
        test_rows=tests if 0 < len(tests) < len(kept) else None,
    )
