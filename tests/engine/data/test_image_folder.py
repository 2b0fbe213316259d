"""Folders and zips of images: what is read, what each kind of image becomes, and what is said of bad ones."""

from __future__ import annotations

import shutil
import struct
import time
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from image_samples import GREEN, RED, encoded, make_folder, plain
from PIL import Image

from engine.data import DataError, DataSettings, parse_spec, prepare, source_for_file
from engine.data.cache import DataCache
from engine.data.images import ImageError, Rule, decode
from engine.data.loading import Loading, LoadingCancelledError
from engine.data.sources import image_folder
from engine.data.sources.image_folder import ImageFolder

SIGNS = Path(__file__).parents[4] / "shared" / "data" / "signs" / "64x64_SIGNS.zip"


def load(place: Path, **fields):
    return ImageFolder(path=str(place), **fields).load()


# What is found


def test_each_sub_folder_is_a_class(tmp_path: Path) -> None:
    make_folder(tmp_path, {"cats": 3, "dogs": 2})
    plain().save(tmp_path / "cats" / "10.bmp")
    (tmp_path / "dogs" / "deeper").mkdir()
    plain(GREEN).save(tmp_path / "dogs" / "deeper" / "a.webp", lossless=True)
    (tmp_path / "dogs" / "read me.txt").write_text("not an image")
    (tmp_path / ".DS_Store").write_bytes(b"x")
    data = load(tmp_path)
    assert data.targets["y"].class_names == ("cats", "dogs")
    assert data.targets["y"].values.tolist() == [0, 0, 0, 0, 1, 1, 1]
    assert data.inputs["x"].shape == (7, 8, 8, 3)
    assert np.array_equal(data.inputs["x"][3, 0, 0], [1, 0, 0]), "10.bmp comes behind 2.png, not behind 1.png"
    assert data.inputs["x"][6, 0, 0].tolist() == [0, 1, 0]
    assert data.test_rows is None
    assert data.notices == ("1 other file was left out: no image.",)


def test_folders_train_and_test_are_the_parts(tmp_path: Path) -> None:
    make_folder(tmp_path / "Train", {"2": 4, "10": 4})
    make_folder(tmp_path / "test", {"2": 2, "10": 3})
    make_folder(tmp_path / "val", {"2": 1, "10": 1})
    source = source_for_file(str(tmp_path))
    assert isinstance(source, ImageFolder)
    data = prepare(DataSettings(source=source, train=0.5, dev=0.3, test=0.2))
    assert data.target_of().class_names == ("2", "10"), "classes that are numbers go by size"
    assert data.parts["test"].m == 5
    assert data.parts["test"].rows.tolist() == list(range(10, 15))
    assert data.parts["train"].m + data.parts["dev"].m == 10


def test_a_zip_holds_the_same_as_its_folder(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "wrapped", {"a": 3, "b": 3})
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        for file in folder.rglob("*.png"):
            archive.write(file, file.relative_to(tmp_path))
        archive.writestr("__MACOSX/wrapped/a/._0.png", b"x")
    source = source_for_file(str(tmp_path / "set.zip"))
    assert isinstance(source, ImageFolder)
    zipped, plain_ = source.load(), load(folder)
    assert np.array_equal(zipped.inputs["x"], plain_.inputs["x"])
    assert zipped.targets["y"].values.tolist() == plain_.targets["y"].values.tolist() == [0, 0, 0, 1, 1, 1]
    assert source.spec() == f"images:{tmp_path}/set.zip"


def test_the_class_may_begin_the_file_name(tmp_path: Path) -> None:
    for name in ("cat.0", "cat.1", "dog_0", "dog_1"):
        plain().save(tmp_path / f"{name}.png")
    data = load(tmp_path)
    assert data.targets["y"].class_names == ("cat", "dog")
    assert "beginning of its file name" in data.notices[0]
    plain().save(tmp_path / "0815.png")
    with pytest.raises(DataError, match=r"not clear\. Put the images of each class into a sub-folder"):
        load(tmp_path)


# What an image becomes


@pytest.mark.parametrize(
    ("image", "mode", "pixel"),
    [
        (plain(), "RGB", [255, 0, 0]),
        (plain(), "L", [76]),
        (plain(100, mode="L"), "RGB", [100, 100, 100]),
        (plain(1, mode="1"), "L", [255]),
        (plain((255, 0, 0, 0), mode="RGBA"), "RGB", [255, 255, 255]),
        (plain((255, 0, 0, 128), mode="RGBA"), "RGBA", [255, 0, 0, 128]),
        (plain((10, 0), mode="LA"), "L", [255]),
        (plain().convert("P", palette=Image.Palette.ADAPTIVE), "RGB", [255, 0, 0]),
        (Image.fromarray(np.full((8, 8), 40_000, np.uint16)), "L", [156]),
        (Image.fromarray(np.full((8, 8), 65_535, np.uint16)), "RGB", [255, 255, 255]),
    ],
    ids=["rgb", "to-grey", "grey", "bilevel", "transparent", "alpha", "grey-alpha", "palette", "16-bit", "16-bit-rgb"],
)
def test_colours(image: Image.Image, mode, pixel: list[int]) -> None:
    pixels = decode(encoded(image), Rule(4, 4, "stretch", mode))
    assert pixels.shape == (4, 4, len(mode))
    assert pixels[2, 2].tolist() == pixel


def test_a_photo_is_turned_as_its_camera_says(tmp_path: Path) -> None:
    lying = Image.new("RGB", (16, 8), RED)
    lying.paste(GREEN, (0, 0, 8, 8))  # left half
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    for place in ("a/0.jpg", "a/1.jpg", "b/0.jpg"):
        (tmp_path / place).write_bytes(encoded(lying, "JPEG", exif=exif, quality=95))
    data = load(tmp_path)
    assert data.inputs["x"].shape == (3, 16, 8, 3), "height and width after turning"
    top, bottom = data.inputs["x"][0][2, 4], data.inputs["x"][0][13, 4]
    assert top[1] > 0.9
    assert bottom[0] > 0.9


@pytest.mark.parametrize(
    ("fit", "corner", "middle"),
    [("crop", [255, 0, 0], [255, 0, 0]), ("pad", [0, 0, 0], [255, 0, 0]), ("stretch", [0, 255, 0], [255, 0, 0])],
)
def test_what_becomes_of_another_shape(fit, corner: list[int], middle: list[int]) -> None:
    wide = Image.new("RGB", (32, 8), GREEN)
    wide.paste(RED, (8, 0, 24, 8))
    pixels = decode(encoded(wide), Rule(8, 8, fit, "RGB"))
    assert pixels[0, 0].tolist() == corner
    assert pixels[4, 4].tolist() == middle


def test_images_of_different_sizes_and_colours(tmp_path: Path) -> None:
    make_folder(tmp_path, {"a": 2, "b": 2})
    plain(9, (20, 30), "L").save(tmp_path / "a" / "other.png")
    data = load(tmp_path)
    assert data.inputs["x"].shape == (5, 64, 64, 3)
    assert data.notices == (
        "Some images are grey (1 of 5 looked at); all became RGB.",
        "Images of 8 × 8 to 30 × 20 were scaled and cropped to 64 × 64.",
    )
    small = parse_spec(f"images:{tmp_path}?size=5x7&fit=pad&color=grey").load()
    assert small.inputs["x"].shape == (5, 5, 7, 1)
    assert "padded with black to 5 × 7" in small.notices[0]
    for size in ("0x4", "big", "5x5000"):
        with pytest.raises(DataError, match="is no size of images"):
            load(tmp_path, size=size)


# Bad input


def test_broken_images_are_skipped_and_listed(tmp_path: Path) -> None:
    make_folder(tmp_path, {"a": 3, "b": 3}, ending="jpg")
    whole = encoded(Image.effect_noise((64, 64), 80), "JPEG")
    bad = {"empty": b"", "cut": whole[: len(whole) // 2], "text": b"hello", "bomb": bomb(50_000, 50_000)}
    for name, content in bad.items():
        (tmp_path / "a" / f"x{name}.jpg").write_bytes(content)
    data = load(tmp_path, size="8x8")
    assert data.m == 6
    listed = data.notices[-1]
    for words in (
        "4 images were left out",
        "'a/xempty.jpg' (an empty file)", "'a/xcut.jpg' (cut short)", "'a/xtext.jpg' (no image)",
        "'a/xbomb.jpg' (more pixels than any photograph: a decompression bomb?)",
    ):  # fmt: skip
        assert words in listed, listed


def bomb(width: int, height: int) -> bytes:
    """A tiny PNG that claims to be huge."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(99))) + chunk(b"IEND", b"")


@pytest.mark.filterwarnings("ignore:Image size")
def test_a_bomb_is_told_before_it_is_unpacked() -> None:
    with pytest.raises(ImageError, match=r"10,000 × 9,000 pixels: a decompression bomb"):
        decode(bomb(10_000, 9_000), Rule(8, 8, "crop", "RGB"))


def test_what_cannot_be_used_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no folder"):
        load(tmp_path / "nowhere")
    with pytest.raises(DataError, match=r"holds no images \(png, .*sub-folder of images for each class"):
        load(tmp_path)
    make_folder(tmp_path, {"cats": 4})
    with pytest.raises(DataError, match=r"holds only the class 'cats' \(4 images\)"):
        load(tmp_path, classes="folders")
    (tmp_path / "dogs").mkdir()
    (tmp_path / "dogs" / "0.png").write_bytes(b"")
    with pytest.raises(DataError, match="Only images of the class 'cats' can be read"):
        load(tmp_path)
    for file in (tmp_path / "cats").iterdir():
        file.write_bytes(b"")
    with pytest.raises(DataError, match=r"None of the 5 images .* 'cats/0.png' is: an empty file"):
        load(tmp_path)
    (tmp_path / "x.zip").write_bytes(b"PK nothing")
    with pytest.raises(DataError, match="no zip file, or is damaged"):
        load(tmp_path / "x.zip")


def test_a_folder_that_changes_is_read_again_but_not_under_a_run(tmp_path: Path) -> None:
    make_folder(tmp_path, {"a": 3, "b": 3})
    source, cache = ImageFolder(path=str(tmp_path)), DataCache()
    first = cache.load(source)
    before = np.asarray(first.inputs["x"])
    assert cache.load(source) is first, "nothing changed: a change of the split must not decode again"
    shutil.rmtree(tmp_path / "b")
    assert np.array_equal(first.inputs["x"], before)
    make_folder(tmp_path, {"c": 2})
    assert cache.load(source).targets["y"].class_names == ("a", "c")


def test_a_file_that_vanishes_while_loading_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_folder(tmp_path, {"a": 3, "b": 3})
    rule = image_folder._rule

    def late(images, *rest):
        (tmp_path / "a" / "1.png").unlink()
        return rule(images, *rest)

    monkeypatch.setattr(image_folder, "_rule", late)
    data = load(tmp_path)
    assert data.m == 5
    assert data.notices[-1] == "1 image was left out: 'a/1.png' (no longer there)."


def test_loading_can_be_cancelled(tmp_path: Path) -> None:
    make_folder(tmp_path, {"a": 3, "b": 3})
    loading = Loading()
    loading.cancel()
    with loading.active(), pytest.raises(LoadingCancelledError):
        load(tmp_path)


def test_a_thousand_tiny_images_load_in_less_than_two_seconds(tmp_path: Path) -> None:
    content = encoded(plain(), "JPEG")
    for name in "ab":
        (tmp_path / name).mkdir()
        for i in range(500):
            (tmp_path / name / f"{i}.jpg").write_bytes(content)
    start = time.perf_counter()
    assert load(tmp_path).m == 1_000
    assert time.perf_counter() - start < 2


@pytest.mark.skipif(not SIGNS.exists(), reason="the SIGNS photos are not beside this checkout")
def test_the_signs_of_the_course() -> None:
    data = load(SIGNS)
    assert data.inputs["x"].shape == (1200, 64, 64, 3)
    assert data.targets["y"].class_names == tuple("012345")
    assert data.test_rows is not None
    assert len(data.test_rows) == 120
