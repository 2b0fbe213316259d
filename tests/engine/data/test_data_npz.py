"""Own arrays: what is understood, and what is refused with which sentence."""

import io
import zipfile

import numpy as np
import pytest

from engine.data import DataError, Dataset, DataSettings, prepare
from engine.data.sources.npz_file import NpzFile

X = np.random.RandomState(0).randn(12, 3)
LABELS = np.arange(12) % 3


@pytest.fixture
def load(tmp_path):
    def load(arrays: dict[str, np.ndarray] | bytes, **fields) -> Dataset:
        path = tmp_path / "t.npz"
        if isinstance(arrays, bytes):
            path.write_bytes(arrays)
        else:
            np.savez_compressed(path, **arrays)
        return NpzFile(path=str(path), **fields).load()

    return load


@pytest.mark.parametrize(
    ("y", "kind", "classes", "shape"),
    [
        (LABELS, "classes", 3, ()),
        (LABELS[:, None].astype(np.uint8), "classes", 3, ()),
        (LABELS == 0, "classes", 2, ()),
        (np.array(["a", "b", "c"])[LABELS], "classes", 3, ()),
        (np.eye(4)[LABELS], "classes", 4, ()),
        (np.eye(3, dtype=int)[LABELS], "classes", 3, ()),
        (X[:, 0], "values", 0, (1,)),
        (X[:, :2].astype(np.float32), "values", 0, (2,)),
        (np.arange(12), "values", 0, (1,)),
        (np.arange(24).reshape(12, 2), "values", 0, (2,)),
    ],
)
def test_what_a_target_is(load, y, kind, classes, shape):
    target = load({"x": X, "y": y}).targets["y"]
    assert (target.kind, target.classes, target.shape) == (kind, classes, shape)
    if kind == "classes":
        expected = y.reshape(12, -1).argmax(axis=1) if y.ndim == 2 and y.shape[1] > 1 else y.reshape(-1)
        assert [target.class_names.index(str(v).replace(".0", "")) for v in expected] == target.values.tolist()


def test_the_task_can_be_said(load):
    assert load({"x": X, "y": LABELS}, task="regression").targets["y"].kind == "values"
    assert load({"x": X, "y": LABELS.astype(float)}, task="classification").targets["y"].class_names == ("0", "1", "2")


def test_arrays_are_found(load):
    assert list(load({"X": X, "Y": LABELS}).inputs) == ["X"]
    assert list(load({"features": X, "label": LABELS}).targets) == ["label"]
    assert list(load({"p": X, "q": X[:, 0]}, x="q").targets) == ["p"]
    data = load(
        {"x": X, "image": np.zeros((12, 4, 4, 1), np.uint8), "side": X[:, 0], "y": LABELS, "note": np.arange(3)}
    )
    assert {name: values.shape for name, values in data.inputs.items()} == {
        "x": (12, 3),
        "image": (12, 4, 4, 1),
        "side": (12, 1),
    }
    assert data.columns == {"x": ("x1", "x2", "x3"), "side": ("side",)}
    assert data.inputs["image"].dtype == np.float32
    assert data.notices == (
        "'note' with the shape (3,) (int64) was left out: a further input needs numbers and 12 rows.",
    )
    assert prepare(DataSettings(), data).train.input("image").shape[1:] == (4, 4, 1)


def with_value(value: float, *place: int, shape: tuple[int, ...] = (12, 3)) -> np.ndarray:
    values = np.ones(shape)
    values[place] = value
    return values


FAULTS = {
    "lengths": ({"x": X, "y": LABELS[:7]}, {}, ["(12, 3)", "(7,)", "same number of examples"]),
    "no examples": ({"x": X[:0], "y": LABELS[:0]}, {}, ["no examples"]),
    "no columns": ({"x": X[:, :0], "y": LABELS}, {}, ["(12, 0)"]),
    "nan": ({"x": with_value(np.nan, 4, 2), "y": LABELS}, {}, ["array 'x', row 4, column 2 (counted from 0): nan"]),
    "inf": ({"x": with_value(-np.inf, 4, 2), "y": LABELS}, {}, ["row 4, column 2", "-inf"]),
    "nan in y": ({"x": X, "y": with_value(np.nan, 5, shape=(12,))}, {}, ["array 'y', row 5 (counted from 0)"]),
    "nan in image": ({"x": with_value(np.nan, 4, 1, 0, shape=(12, 2, 2)), "y": LABELS}, {}, ["row 4, entry (1, 0)"]),
    "many nan": ({"x": X * np.nan, "y": LABELS}, {}, ["row 0, column 0", "one of 36"]),
    "object": ({"x": X.astype(object), "y": LABELS}, {}, ["'x' holds Python objects", "never loaded"]),
    "complex": ({"x": X + 1j, "y": LABELS}, {}, ["'x' is of type complex128"]),
    "text": ({"x": X.astype(str), "y": LABELS}, {}, ["'x' is of type <U"]),
    "one class": ({"x": X, "y": LABELS * 0}, {}, ["only the class '0' in all 12 rows"]),
    "constant": ({"x": X, "y": LABELS * 0.0 + 2.5}, {}, ["'y' is 2.5 in all 12 rows"]),
    "no x": ({"a": X, "b": X, "y": LABELS}, {}, ["no array named x", "'a', 'b', 'y'", "say x=NAME"]),
    "no y": ({"x": X, "a": LABELS, "b": LABELS}, {}, ["no array named y", "'x', 'a', 'b'"]),
    "only x": ({"x": X}, {}, ["no array named y"]),
    "unknown": ({"images": X, "y": LABELS}, {"x": "image"}, ["no array 'image' (x)", "Did you mean 'images'?"]),
    "same": ({"x": X, "y": LABELS}, {"y": "x"}, ["both 'x'"]),
    "deep y": ({"x": X, "y": np.zeros((12, 2, 2))}, {}, ["(12, 2, 2)", "(m, k)"]),
    "not one-hot": ({"x": X, "y": X}, {"task": "classification"}, ["a single 1 among zeros"]),
    "bomb": ({"x": np.zeros((2_000_000, 1)), "y": LABELS}, {"limit": 0.01}, ["0.0 GiB", "limit of 0.01 GiB"]),
    "foreign": (b"hello", {}, ["not an NPZ file", "numpy.savez"]),
    "empty": (b"", {}, ["not an NPZ file"]),
    "other zip": ({}, {}, ["no array named x"]),
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda name: name.replace(" ", "_"))
def test_faults_are_explained(load, fault):
    arrays, fields, parts = FAULTS[fault]
    with pytest.raises(DataError) as caught:
        load(arrays, **fields)
    for part in parts:
        assert part in str(caught.value)
    assert str(caught.value).endswith("."), "A message is made of whole sentences."


def archive(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        for name, content in members.items():
            file.writestr(name, content)
    return stream.getvalue()


def npy(values: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, values)
    return stream.getvalue()


def test_damaged_files(load, tmp_path):
    stored = archive({"x.npy": npy(X), "y.npy": npy(LABELS)})
    np.savez_compressed(tmp_path / "good.npz", x=X, y=LABELS)
    good = (tmp_path / "good.npz").read_bytes()
    assert load(stored).m == load(good).m == 12
    for end in range(0, len(good), 37):
        with pytest.raises(DataError):
            load(good[:end])
    for whole, place in [(file, place) for file in (stored, good) for place in range(0, len(file), 7)]:
        flipped = bytearray(whole)
        flipped[place] ^= 0xFF
        try:  # a flipped time stamp does no harm; anything else must be a DataError
            load(bytes(flipped))
        except DataError:
            continue
    with pytest.raises(DataError, match="is damaged or truncated"):
        load(stored[:300])
    with pytest.raises(DataError, match="single NPY array"):
        load(npy(X))


def test_a_false_shape_never_allocates(load):
    head = len(npy(X)) - X.nbytes
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (120000000000, 3), }".ljust(head - 11) + b"\n"
    lie = npy(X)[:10] + header + X.tobytes()
    with pytest.raises(DataError, match=r"'x' states the shape \(120000000000, 3\), but 288 bytes follow"):
        load(archive({"x.npy": lie, "y.npy": npy(LABELS)}))


def test_structured_arrays_are_refused(load):
    with pytest.raises(DataError, match="holds Python objects"):
        load({"x": np.zeros(12, dtype=[("a", float), ("b", int)]), "y": LABELS})
