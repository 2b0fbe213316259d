"""Images that stay in 8 bits: they look like floats, train the same to the bit, and may lie on disk."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from image_samples import make_folder
from strict_device import make_module

from engine import network
from engine.backend import Backend
from engine.checkpoint import Checkpoint
from engine.data import DataError, Dataset, Target, prepare
from engine.data import pixel_store as store
from engine.data.pixels import PixelFile, Pixels
from engine.data.sources import image_folder
from engine.data.sources.image_folder import ImageFolder
from engine.design import Design
from engine.fitting import fit_design
from engine.templates import load_template
from engine.training import Trainer

RAW = np.random.default_rng(0).integers(0, 256, (40, 8, 8, 3), np.uint8)
WHOLE = RAW.astype(np.float32) / 255
ROWS = np.array([3, 1, 30, 30, 7])


@pytest.fixture(params=["all", "some", "file"])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Pixels, np.ndarray]:
    """Pixels, and the array they look like."""
    if request.param == "all":
        return Pixels(RAW), WHOLE
    picked = np.arange(39, -1, -1)
    if request.param == "some":
        return Pixels(RAW).pick(picked), WHOLE[picked]
    (tmp_path / "x.u8").write_bytes(RAW.tobytes())
    file = PixelFile(tmp_path / "x.u8", RAW.shape)
    return Pixels(file.array, file=file).pick(picked), WHOLE[picked]


@pytest.mark.parametrize(
    "key",
    [
        0, -1, slice(3, 9), slice(None), slice(None, None, -2), ROWS, list(ROWS), np.arange(40) % 3 == 0, ..., (2, 3),
        (2, 3, 1, 0), (slice(5), 2), (slice(5), slice(2, 4), ..., 0), (..., 1), (ROWS, 2), (ROWS, ROWS % 8),
        np.array([-1, -40]),
    ],
    ids=str,
)  # fmt: skip
def test_indexing_is_that_of_an_array_of_floats(pair, key) -> None:
    pixels, array = pair
    found = pixels[key]
    assert found.dtype == np.float32
    assert np.array_equal(found, array[key])


def test_what_else_an_array_can_do(pair) -> None:
    pixels, array = pair
    assert (len(pixels), pixels.shape, pixels.ndim, pixels.size) == (40, array.shape, 4, array.size)
    assert np.array_equal(np.concatenate([pixels, pixels]), np.concatenate([array, array]))
    flat = pixels.reshape(40, -1)
    assert isinstance(flat, Pixels), "examples of another shape need no copy"
    assert np.array_equal(flat[ROWS], array.reshape(40, -1)[ROWS])
    assert np.array_equal(pixels.reshape(-1), array.reshape(-1))
    assert np.asarray(pixels, np.float64).dtype == np.float64
    wide = np.empty((5, 8, 8, 3))
    pixels.take(ROWS, 0, wide, "clip")
    assert np.array_equal(wide, array[ROWS].astype(np.float64)), "in float64 as float32 has them"
    pixels.look_ahead(ROWS)
    for wrong in (40, -41):
        with pytest.raises(IndexError):
            pixels[wrong]


def design_for(images, name: str = "digits_cnn") -> tuple[Design, object]:
    data = Dataset(
        {"x": images},
        {"y": Target("y", "classes", np.arange(40) % 2, class_names=("a", "b"))},
        as_is={"x": np.array(True)},
    )
    template = load_template(name)
    prepared = prepare(template.data, data)
    training = template.training.replace(epochs=2, batch_size=7, seed=3)
    return template.with_changes(graph=fit_design(template.graph, prepared), training=training), prepared


def trained(images, checkpoint: Checkpoint | None = None, steps: int = 0) -> Trainer:
    design, prepared = design_for(images)
    trainer = Trainer(design, prepared, checkpoint=checkpoint)
    for _ in trainer.run(slice_seconds=0):
        if steps and trainer.step >= steps:
            break
    return trainer


def test_training_is_the_same_to_the_bit_in_floats_in_bytes_and_from_disk(tmp_path: Path) -> None:
    (tmp_path / "x.u8").write_bytes(RAW.tobytes())
    file = PixelFile(tmp_path / "x.u8", RAW.shape)
    floats = trained(WHOLE)
    for images in (Pixels(RAW), Pixels(file.array, file=file)):
        other = trained(images)
        assert other.step == floats.step == 10
        assert other.last_parts == floats.last_parts
        for name, value in floats.network.weights().items():
            assert np.array_equal(other.network[name], value), name
        resumed = trained(images, trained(images, steps=3).checkpoint())
        for name, value in floats.network.weights().items():
            assert np.array_equal(resumed.network[name], value), f"{name} differs after a pause"


@pytest.mark.parametrize("limit", [2**30, 0], ids=["on the device", "batch by batch"])
def test_a_device_gets_bytes(limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a stand-in that refuses host arrays as CuPy does."""
    monkeypatch.setitem(sys.modules, "cupy", make_module())
    monkeypatch.setattr(Backend, "free_bytes", lambda self: None)
    monkeypatch.setattr(network, "PIXELS_ON_DEVICE", limit)
    found = []
    for images in (WHOLE, Pixels(RAW)):
        design, prepared = design_for(images, "moons")
        trainer = Trainer(design, prepared, backend="cupy")
        list(trainer.run())
        found.append(trainer.network.weights())
    for name, value in found[0].items():
        assert np.array_equal(found[1][name], value), name


# The store


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of its own, in which every set is kept on disk."""
    folder = tmp_path / "cache"
    monkeypatch.setattr(store, "cache_folder", lambda: folder)
    monkeypatch.setattr(store.PixelWriter.__init__, "__defaults__", (0,))
    return folder


def test_images_are_decoded_once_and_kept(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_folder(tmp_path / "set", {"a": 5, "b": 5})
    (folder / "b" / "1.png").write_bytes(b"")
    source = ImageFolder(path=str(folder))
    first = source.load()
    pixels = first.inputs["x"]
    assert isinstance(pixels, Pixels)
    assert pixels.is_streamed
    assert sorted(path.suffix for path in cache.iterdir()) == [".json", ".u8"]
    with monkeypatch.context() as patch:
        patch.setattr(image_folder, "_decode_all", None)  # would fail
        again = source.load()
    assert np.array_equal(again.inputs["x"], first.inputs["x"])
    assert again.notices == first.notices, "what was skipped is told each time"
    assert again.targets["y"].values.tolist() == first.targets["y"].values.tolist() == [0] * 5 + [1] * 4
    before = source.stamp()
    make_folder(tmp_path / "other", {"c": 1})
    shutil.copy(tmp_path / "other" / "c" / "0.png", folder / "b" / "1.png")
    assert source.stamp() != before
    assert source.load().m == 10, "a file that was mended is decoded"


def test_a_damaged_or_cut_cache_file_is_made_again(cache: Path, tmp_path: Path) -> None:
    source = ImageFolder(path=str(make_folder(tmp_path / "set", {"a": 5, "b": 5})))
    expected = np.asarray(source.load().inputs["x"])
    (kept,) = cache.glob("*.u8")
    cut = kept.read_bytes()[:-10]
    kept.unlink()
    kept.write_bytes(cut)
    assert np.array_equal(source.load().inputs["x"], expected)
    kept.with_suffix(".json").write_text("{")
    assert np.array_equal(source.load().inputs["x"], expected)


def test_what_is_left_half_done_is_removed(cache: Path) -> None:
    with store.PixelWriter("key", (4, 2, 2, 3)) as writer:
        writer.append(RAW[:2, :2, :2])
        assert [path.suffix for path in cache.iterdir()] == [".part"]
    assert list(cache.iterdir()) == []


def test_the_cache_forgets_what_was_not_used_for_longest(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for age, key in ((300, "old"), (100, "new"), (200, "mid")):
        with store.PixelWriter(key, (10, 10, 10, 1)) as writer:
            writer.append(RAW[:10, :1, :1, :1].repeat(10, 1).repeat(10, 2))
            writer.finish({})
        os.utime(cache / f"{key}.u8", (2e9 - age, 2e9 - age))
    abandoned = cache / "x.1-2.part"
    abandoned.write_bytes(b"x")
    os.utime(abandoned, (1, 1))
    monkeypatch.setattr(store, "LARGEST_CACHE", 2_500)
    store.make_room(cache, 1_000)
    assert sorted(path.name for path in cache.iterdir()) == ["new.json", "new.u8"]


def test_a_full_disk_is_said(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(Path("/"))
    monkeypatch.setattr(store.shutil, "disk_usage", lambda path: usage._replace(free=1_000_000))
    with pytest.raises(DataError, match=r"take 3\.0 GB, but only 0\.0 GB are free"):
        store.PixelWriter("key", (1_000_000, 10, 100, 3))
