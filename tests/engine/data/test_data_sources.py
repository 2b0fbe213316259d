"""Every data source, without a test of its own: round trips, determinism, declared sizes."""

import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from image_samples import cifar_record, make_folder

from engine.data import DataError, Dataset, DataSettings, DataSource, parse_spec, prepare
from engine.data.sources.cifar_files import CifarFiles
from engine.data.sources.csv_file import CsvFile
from engine.data.sources.hdf5_file import Hdf5File
from engine.data.sources.idx_files import IdxFiles
from engine.data.sources.image_folder import ImageFolder
from engine.data.sources.npy_file import NpyFile
from engine.data.sources.npz_file import NpzFile
from engine.data.sources.parquet_file import ParquetFile
from engine.data.sources.pasted_table import PastedTable
from engine.data.sources.planar import PlanarSource


def example(kind: type[DataSource], folder) -> DataSource:
    """A source that loads: file sources get a small file."""
    if not kind.subject:
        return kind()
    random = np.random.RandomState(0)
    x, y = random.randn(30, 3), np.arange(30) % 2
    path = folder / f"odd name % & ? = # ü.{kind.kind}"
    if kind is CsvFile:
        rows = [",".join(f"{v:.6f}" for v in row) + f",{label}" for row, label in zip(x, y, strict=True)]
        path.write_text("\n".join(["a,b,c,label", *rows]), encoding="utf-8")
    elif kind is NpzFile:
        np.savez(path.open("wb"), x=x, y=y)
    elif kind is NpyFile:
        np.save(path.open("wb"), np.c_[x, y])
    elif kind is ParquetFile:
        pytest.importorskip("pyarrow", reason="Parquet is an extra: pip install netloom[parquet]")
        import pandas

        pandas.DataFrame(x, columns=list("abc")).assign(label=y).to_parquet(path)
    elif kind is IdxFiles:
        path.mkdir()
        for start in ("train", "t10k"):
            write_idx(path / f"{start}-images-idx3-ubyte", np.abs(x.reshape(30, 3, 1)) * 50)
            write_idx(path / f"{start}-labels-idx1-ubyte", y)
    elif kind is PastedTable:
        lines = [f"{a:.3f}\t{b:.3f}\t{label}" for (a, b, _), label in zip(x, y, strict=True)]
        return PastedTable(text="\n".join(["a\tb\tlabel", *lines]))
    elif kind is ImageFolder:
        make_folder(path, {"1_a": 15, "0_b": 15})
    elif kind is CifarFiles:
        path.mkdir()
        for name in ("data_batch_1", "test_batch"):
            (path / f"{name}.bin").write_bytes(b"".join(cifar_record([i % 10], i) for i in range(30)))
    elif kind is Hdf5File:
        h5py = pytest.importorskip("h5py", reason="HDF5 is an extra: pip install netloom[hdf5]")
        with h5py.File(path, "w") as file:
            file["x"], file["y"] = x, y
    else:
        pytest.fail(f"Teach `example` in {__file__} to write a file for '{kind.kind}'.")
    return kind.model_validate({kind.subject: str(path)})


def write_idx(path: Path, array: np.ndarray) -> None:
    path.write_bytes(
        struct.pack(f">{1 + array.ndim}I", 0x800 + array.ndim, *array.shape) + array.astype("u1").tobytes()
    )


def changed(kind: type[DataSource], source: DataSource) -> DataSource:
    """The source with every field moved away from its default."""
    changes = {}
    for f in kind.fields():
        if f.name == kind.subject:
            continue
        if f.kind == "boolean":
            changes[f.name] = not f.default
        elif f.kind == "choice":
            changes[f.name] = f.choices[-1]
        elif f.kind == "texts":
            changes[f.name] = ("0.5,-1.25,0", "1e-06,2,1", "-3,4,0.5")
        elif f.kind == "text":
            changes[f.name] = "ä, b & c=50 %?+#"
        elif f.default == f.maximum:
            changes[f.name] = f.minimum
        else:
            changes[f.name] = f.default + 1 if f.maximum is None or f.default + 1 <= f.maximum else f.maximum
    return source.replace(**changes)


def arrays(data: Dataset) -> list[np.ndarray]:
    return [*data.inputs.values(), *(target.values for target in data.targets.values())]


@pytest.fixture(params=DataSource.members(), ids=lambda kind: kind.kind)
def kind(request) -> type[DataSource]:
    return request.param


def test_contract(kind, tmp_path):
    source = example(kind, tmp_path)
    assert kind.prefix, f"{kind.__name__} needs a ClassVar `prefix`, the word before the colon of its spec."
    assert kind.category, f"{kind.__name__} needs a category, so that a list of sources can group it."
    assert kind.summary().endswith("."), f"The first line of the docstring of {kind.__name__} must be a sentence."
    for variant in (source, changed(kind, source)):
        assert DataSource.from_data(variant.to_data()) == variant, "to_data and from_data must be inverse."
        assert parse_spec(variant.spec()) == variant, f"spec {variant.spec()!r} must be read back as the same source."

    data, again = source.load(), source.load()
    for a, b in zip(arrays(data), arrays(again), strict=True):
        np.testing.assert_array_equal(a, b, err_msg="Loading twice must give the same arrays.")
    if "seed" in kind.model_fields:
        other = source.replace(seed=source.seed + 1).load()
        assert not all(np.array_equal(a, b) for a, b in zip(arrays(data), arrays(other), strict=True)), (
            "Another seed must give other data."
        )
    if "m" in kind.model_fields:
        assert [source.replace(m=m).load().m for m in (source.m, 10, 37)] == [source.m, 10, 37]

    for name, values in data.inputs.items():
        assert np.issubdtype(values.dtype, np.floating), f"Input '{name}' must be of a float type."
        if values.ndim == 2:
            assert len(data.columns[name]) == values.shape[1], f"Every column of '{name}' needs a name."
    for target in data.targets.values():
        if target.kind == "classes":
            assert target.values.dtype == np.int64
            assert target.values.ndim == 1
            assert set(target.values) == set(range(target.classes)), "Every class must occur, counted from 0."
            assert len(set(target.class_names)) == target.classes
        else:
            assert target.values.ndim == 2
            assert len(target.columns) == target.values.shape[1]

    prepared = prepare(DataSettings(source=source), data)
    assert prepared.input_shape() == prepared.train.input().shape[1:]
    for part in prepared.parts.values():
        for values in (*part.inputs.values(), *part.targets.values()):
            assert np.isfinite(values).all(), "Prepared values must be finite."


@pytest.mark.parametrize("kind", PlanarSource.members(), ids=lambda kind: kind.kind)
def test_planar_sets_are_easy_to_learn_from_without_standardizing(kind):
    data = kind().load()
    x = data.inputs["x"]
    assert np.abs(x).max() < (5 if kind.kind == "flower" else 2.6)
    assert data.columns["x"] == (("x",) if kind.kind == "sine" else ("x1", "x2"))


def test_flower_equals_the_course():
    np.random.seed(1)  # load_planar_dataset of the course, line by line
    m, D, a = 400, 2, 4
    N = int(m / 2)
    X, Y = np.zeros((m, D)), np.zeros((m, 1), dtype="uint8")
    for j in range(2):
        ix = range(N * j, N * (j + 1))
        t = np.linspace(j * 3.12, (j + 1) * 3.12, N) + np.random.randn(N) * 0.2
        r = a * np.sin(4 * t) + np.random.randn(N) * 0.2
        X[ix] = np.c_[r * np.sin(t), r * np.cos(t)]
        Y[ix] = j
    data = parse_spec("planar:flower").load()
    np.testing.assert_array_equal(data.inputs["x"], X)
    np.testing.assert_array_equal(data.targets["y"].values, Y[:, 0])
    # The values the course's own notebook prints are rounded to these.
    np.testing.assert_allclose(data.inputs["x"][0], [1.20444229, 3.57611416], atol=1e-8)

    whole = prepare(DataSettings(source=parse_spec("planar:flower"), train=1, dev=0, standardize=False))
    np.testing.assert_array_equal(whole.train.input(), X, err_msg="The whole set must keep the order of the course.")


@pytest.mark.parametrize("m", [400, 51])
def test_moons_and_circles_equal_scikit_learn(m):
    from sklearn.datasets import make_circles, make_moons

    for spec, (x, y) in {
        f"planar:moons?m={m}&noise=0.2&seed=7": make_moons(m, noise=0.2, random_state=7),
        f"planar:circles?m={m}&noise=0.2&seed=7&factor=0.4": make_circles(m, noise=0.2, factor=0.4, random_state=7),
    }.items():
        data = parse_spec(spec).load()
        np.testing.assert_allclose(data.inputs["x"], x, atol=1e-12)
        np.testing.assert_array_equal(data.targets["y"].values, y)


def test_digits_come_flat_or_as_images():
    flat, images = parse_spec("sklearn:digits").load(), parse_spec("sklearn:digits?images=true").load()
    assert flat.inputs["x"].shape == (1797, 64)
    assert images.inputs["x"].shape == (1797, 8, 8, 1)
    assert (flat.inputs["x"].min(), flat.inputs["x"].max()) == (0, 1)
    prepared = prepare(DataSettings(source=parse_spec("sklearn:digits?images=true")))
    assert prepared.train.input().max() == 1, "Pixels are not standardized."


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("moons", ["'planar:'", "'csv:'"]),
        ("", ["names no data source"]),
        ("plannar:moons", ["Did you mean 'planar'?"]),
        ("titanic.csv", ["Did you mean 'csv:titanic.csv'?"]),
        ("planar:spiral", ["Did you mean 'spirals'?", "'flower'"]),
        ("sklearn:brest_cancer", ["Did you mean 'breast_cancer'?"]),
        ("planar:moons?nois=0.1", ["no field 'nois'", "Did you mean 'noise'?", "'m', 'noise', 'seed'"]),
        ("sklearn:iris?m=3", ["no fields"]),
        ("planar:moons?noise=much", ["'noise'", "'much'"]),
        ("planar:moons?m=3", ["'m'", "10", "'3'"]),
        ("planar:moons?noise=inf", ["'noise'"]),
        ("planar:moons?m=50&m=60", ["'m'", "twice"]),
        ("planar:moons?m", ["m=VALUE"]),
        ("csv:", ["csv:PATH"]),
        ("csv:a.csv?path=b.csv", ["no field 'path'"]),
        ("csv:a.csv?missing=zero", ["'missing'", "'median'", "'zero'"]),
    ],
)
def test_wrong_specs_are_explained(text, parts):
    with pytest.raises(DataError) as caught:
        parse_spec(text)
    for part in parts:
        assert part in str(caught.value)


def test_specs_are_short_and_readable():
    assert parse_spec(" planar:spirals?m=500&noise=0.1&seed=1 ").spec() == "planar:spirals?m=500&noise=0.1"
    windows = CsvFile(path=r"C:\Dätä\my table.csv", target="Survived")
    assert windows.spec() == r"csv:C:\Dätä\my%20table.csv?target=Survived"
    assert parse_spec(windows.spec()) == windows


def test_importing_data_loads_no_heavy_library():
    code = "import sys, engine.data; print([m for m in ('pandas', 'sklearn', 'scipy', 'PySide6') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]", "Import heavy libraries inside the function that needs them."


@pytest.mark.parametrize("kind", [kind for kind in PlanarSource.members() if "balance" in kind.model_fields])
def test_balance_is_the_share_of_class_1(kind):
    for balance, ones in ((0.5, 100), (0.2, 40), (0.98, 196), (0.02, 4)):
        values = kind(m=200, balance=balance).load().targets["y"].values
        assert abs(int(values.sum()) - ones) <= (0 if balance != 0.5 or kind.kind != "checkerboard" else 20)
    assert kind(m=10, balance=0.02).load().targets["y"].values.sum() == 1, "No class may be empty."


@pytest.mark.parametrize("kind", ["blobs", "spirals"])
def test_evenness_makes_classes_smaller_by_equal_factors(kind):
    counts = np.bincount(parse_spec(f"planar:{kind}?classes=3&m=700&evenness=0.25").load().targets["y"].values)
    assert counts.sum() == 700
    np.testing.assert_allclose(counts, [400, 200, 100], atol=2)
    few = np.bincount(parse_spec(f"planar:{kind}?classes=8&m=10&evenness=0.02").load().targets["y"].values)
    assert few.min() == 1


def test_unbalanced_xor_and_checkerboard_keep_their_rule():
    xor = parse_spec("planar:xor?noise=0&balance=0.2&m=500").load()
    x = xor.inputs["x"]
    np.testing.assert_array_equal(xor.targets["y"].values, (x[:, 0] * x[:, 1] < 0).astype(int))
    board = parse_spec("planar:checkerboard?noise=0&balance=0.8&m=500&cells=5").load()
    cells = np.floor((board.inputs["x"] + 1) / 2 * 5).astype(int)
    assert cells.min() >= 0
    assert cells.max() <= 4
    np.testing.assert_array_equal(board.targets["y"].values, cells.sum(axis=1) % 2)
