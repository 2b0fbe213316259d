"""Images in IDX files: what is read, and what is said of files that are not whole."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from engine.data import DataError, DataSettings, parse_spec, prepare
from engine.data.sources.idx_files import IMAGES, LABELS, IdxFiles

MNIST = Path(__file__).parents[4] / "shared" / "data" / "mnist"


def idx(array: np.ndarray, magic: int) -> bytes:
    return struct.pack(f">{1 + array.ndim}I", magic, *array.shape) + array.astype(np.uint8).tobytes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    random = np.random.default_rng(0)
    for start, m in (("train", 40), ("t10k", 10)):
        images, labels = random.integers(0, 256, (m, 4, 5)), np.arange(m) % 3
        (tmp_path / f"{start}-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(images, IMAGES)))
        (tmp_path / f"{start}-labels.idx1-ubyte").write_bytes(idx(labels, LABELS))
    return tmp_path


def test_the_makers_test_set_is_the_test_part(folder: Path) -> None:
    source = parse_spec(f"idx:{folder}")
    data = prepare(DataSettings(source=source, train=0.6, dev=0.2, test=0.2))
    assert {name: part.m for name, part in data.parts.items()} == {"train": 30, "dev": 10, "test": 10}
    assert data.parts["test"].rows.tolist() == list(range(40, 50))
    assert data.input_shape() == (4, 5, 1)
    whole = source.load()
    assert whole.inputs["x"].dtype == np.float32
    assert np.array_equal(data.parts["test"].input(), whole.inputs["x"][40:]), "pixels must not be standardized"
    assert data.target_of().class_names == ("0", "1", "2")
    assert IdxFiles(path=str(folder), use="train").load().m == 40


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda data: data[:-7], "should hold 800 bytes of data but holds 793"),
        (lambda data: b"\0\0\x08\x01" + data[4:], "no IDX file of 3 axes: it begins with 2049, not with 2051"),
        (lambda data: data[:9], "is cut short: 9 bytes"),
        (lambda data: gzip.compress(data)[:40], "cannot be read"),
        (lambda data: idx(np.zeros((39, 4, 5)), IMAGES), "39 images, but .* holds 40 labels"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(folder: Path, spoil, sentence: str) -> None:
    path = folder / "train-images-idx3-ubyte.gz"
    path.write_bytes(spoil(gzip.decompress(path.read_bytes())))
    with pytest.raises(DataError, match=sentence):
        IdxFiles(path=str(folder)).load()


def test_a_folder_without_the_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="lacks files that begin with 'train-images'"):
        IdxFiles(path=str(tmp_path)).load()
    with pytest.raises(DataError, match="no folder"):
        IdxFiles(path=str(tmp_path / "nowhere")).load()


@pytest.mark.skipif(not MNIST.is_dir(), reason="MNIST is not beside this checkout")
def test_mnist_itself() -> None:
    data = IdxFiles(path=str(MNIST), use="test").load()
    assert data.inputs["x"].shape == (10_000, 28, 28, 1)
    assert np.bincount(data.targets["y"].values).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
