"""CIFAR's binary version and HDF5 files: what is read, and what is said of files that are wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from image_samples import cifar_record

from engine.data import DataError, DataSettings, parse_spec, prepare, source_for_file
from engine.data import pixel_store as store
from engine.data.pixels import Pixels
from engine.data.sources import hdf5_file
from engine.data.sources.cifar_files import CifarFiles


@pytest.fixture
def cifar(tmp_path: Path) -> Path:
    inner = tmp_path / "cifar-10-batches-bin"
    inner.mkdir()
    for number in (1, 2):
        records = [cifar_record([i % 10], 100 * number + i) for i in range(10)]
        (inner / f"data_batch_{number}.bin").write_bytes(b"".join(records))
    (inner / "test_batch.bin").write_bytes(b"".join(cifar_record([i], i) for i in range(5)))
    (inner / "batches.meta.txt").write_text("airplane automobile bird cat deer dog frog horse ship truck\n\n")
    return tmp_path


def test_cifar_10(cifar: Path) -> None:
    source = source_for_file(str(cifar))
    assert source == CifarFiles(path=str(cifar))
    data = prepare(DataSettings(source=source, train=0.5, dev=0.3, test=0.2))
    assert data.parts["test"].rows.tolist() == [20, 21, 22, 23, 24]
    assert data.target_of().class_names[3] == "cat"
    planes = np.frombuffer(cifar_record([3], 3)[1:], np.uint8).reshape(3, 32, 32)
    image = np.asarray(source.load().inputs["x"])[23]
    assert np.array_equal(image, planes.transpose(1, 2, 0) / np.float32(255)), "red, green and blue lie in planes"
    assert CifarFiles(path=str(cifar), use="train").load().m == 20


def test_cifar_100(tmp_path: Path) -> None:
    for name in ("train", "test"):
        (tmp_path / f"{name}.bin").write_bytes(b"".join(cifar_record([i % 20, i], i) for i in range(100)))
    fine = parse_spec(f"cifar:{tmp_path}").load()
    assert fine.targets["y"].classes == 100
    assert fine.targets["y"].values[99] == 99
    assert parse_spec(f"cifar:{tmp_path}?labels=coarse").load().targets["y"].values[99] == 19


def test_what_is_wrong_with_cifar_is_said(cifar: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = cifar / "cifar-10-batches-bin" / "data_batch_2.bin"
    whole = file.read_bytes()
    for content, sentence in (
        (whole[:-5], "30,725 bytes, no multiple of the 3,073 of an image"),
        (b"", "has 0 bytes"),
        (whole[:3073] + b"\x0b" + whole[3074:], r"Image 2 of 'data_batch_2.bin' has the label 11, but .* from 0 to 9"),
    ):
        file.write_bytes(content)
        with pytest.raises(DataError, match=sentence):
            CifarFiles(path=str(cifar)).load()
    with pytest.raises(DataError, match="holds no files of CIFAR's binary version"):
        CifarFiles(path=str(tmp_path_factory.mktemp("empty"))).load()


# HDF5


@pytest.fixture
def write(tmp_path: Path):
    h5py = pytest.importorskip("h5py", reason="HDF5 is an extra: pip install netloom[hdf5]")

    def make(name: str, **arrays) -> str:
        path = tmp_path / name
        with h5py.File(path, "w") as file:
            for key, values in arrays.items():
                file[key.replace("__", "/")] = values
        return str(path)

    return make


def images(m: int, channels: int = 3, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (m, 6, 5, channels), np.uint8)


def test_the_files_of_the_course(write) -> None:
    """Keys, shapes (1, m) and names of classes as in the course's cats."""
    names = np.array([b"non-cat", b"cat"])
    train = write("train.h5", train_set_x=images(8), train_set_y=np.arange(8) % 2, list_classes=names)
    test = write("test.h5", test_set_x=images(4, seed=1), test_set_y=(np.arange(4) % 2)[None], list_classes=names)
    source = parse_spec(f"h5:{train}?x=train_set_x&y=train_set_y&test={test}")
    data = source.load()
    assert isinstance(data.inputs["x"], Pixels)
    assert data.inputs["x"].shape == (12, 6, 5, 3)
    assert np.array_equal(data.inputs["x"][8:], images(4, seed=1) / np.float32(255))
    assert data.test_rows is not None
    assert data.test_rows.tolist() == [8, 9, 10, 11]
    assert data.targets["y"].class_names == ("non-cat", "cat")
    assert data.targets["y"].values.tolist() == [0, 1] * 6
    assert parse_spec(f"h5:{train}").load().m == 8, "keys that end in _x and _y need not be said"


def test_tables_and_deeper_keys(write) -> None:
    x = np.random.default_rng(0).normal(size=(20, 3))
    data = parse_spec(f"h5:{write('t.h5', group__x=x, group__y=x @ [1, 2, 3])}").load()
    assert data.targets["y"].kind == "values"
    assert np.array_equal(data.inputs["x"], x)
    assert data.columns["x"] == ("x1", "x2", "x3")
    grey = parse_spec(f"h5:{write('g.h5', x=images(9, 1)[..., 0], y=np.array([b'a', b'b', b'c'] * 3))}").load()
    assert grey.inputs["x"].shape == (9, 6, 5, 1)
    assert grey.targets["y"].class_names == ("a", "b", "c")


def test_what_is_wrong_with_an_hdf5_file_is_said(write, tmp_path: Path) -> None:
    good = write("good.h5", x=images(8), y=np.arange(8) % 2)
    grey = write("grey.h5", x=images(4, 1), y=np.arange(4) % 2)
    other = write("other.h5", pictures=images(8), y=np.arange(8) % 2)
    short = write("short.h5", x=images(8), y=np.arange(7) % 2)
    single = write("single.h5", x=images(8), y=np.zeros(8, int))
    beyond = write("beyond.h5", x=images(8), y=np.arange(8) % 3, classes=np.array([b"a", b"b"]))
    (tmp_path / "no.h5").write_bytes(b"x" * 100)
    for spec, sentence in (
        (f"h5:{good}?x=imges", r"no key 'imges'\. Its keys are 'x', 'y'"),
        (f"h5:{other}", "not clear which key of 'other.h5' holds x. Its keys are 'pictures', 'y': say x=KEY"),
        (f"h5:{good}?test={grey}", r"have the shape \(6, 5, 3\), those of 'grey.h5' \(6, 5, 1\)"),
        (f"h5:{good}?test={other}", "'other.h5' has no key 'x'"),
        (f"h5:{short}", r"the shape \(8, 6, 5, 3\) and 'y' holds 7 examples"),
        (f"h5:{single}", "only the class '0'"),
        (f"h5:{beyond}", "Example 3 of 'beyond.h5' has the label 2, but the file names 2 classes"),
        (f"h5:{tmp_path}/no.h5", "no HDF5 file, or is damaged"),
        (f"h5:{tmp_path}/nowhere.h5", "There is no file"),
        (f"h5:{good}?x=y&y=y", "x and y are both 'y'"),
    ):
        with pytest.raises(DataError, match=sentence):
            parse_spec(spec).load()


def test_many_images_of_an_hdf5_file_are_kept_on_disk(write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(hdf5_file, "IN_MEMORY", 500)
    source = parse_spec(f"h5:{write('many.h5', x=images(30), y=np.arange(30) % 2)}")
    for _ in range(2):
        pixels = source.load().inputs["x"]
        assert isinstance(pixels, Pixels)
        assert pixels.is_streamed
        assert np.array_equal(pixels, images(30) / np.float32(255))
    assert len(list((tmp_path / "cache").glob("*.u8"))) == 1
