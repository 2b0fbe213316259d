"""Project files: nothing is lost, and no file from outside does harm."""

import contextlib
import dataclasses
import errno
import io
import json
import os
import subprocess
import sys
import zipfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import engine.files_disk as disk
from engine.data.sources.csv_file import CsvFile
from engine.design import Design
from engine.events import Checkpointed, Finished, Progress
from engine.files import FileError, Project, checkpoint_problem, load_project, save_project
from engine.files_checkpoint import pack_arrays
from engine.history import HistoryRecorder
from engine.network import compile_design
from engine.plan import make_plan
from engine.templates import load_template
from engine.training import train

GOLDEN = Path(__file__).parents[1] / "golden"
PNG = b"\x89PNG\r\n\x1a\n picture"


def short(name="xor", **settings):
    design = load_template(name)
    return design.with_changes(training=design.training.replace(**{"epochs": 3, "dtype": "float64"} | settings))


@pytest.fixture(scope="module")
def trained():
    recorder, checkpoint, design = HistoryRecorder(), None, short()
    for event in train(design):
        recorder.append(event)
        if isinstance(event, Checkpointed):
            checkpoint = event.checkpoint
    return Project(design, checkpoint, recorder.to_data(), PNG)


@pytest.fixture
def saved(trained, tmp_path):
    path = tmp_path / "a.netloom"
    save_project(path, trained)
    return path


def entries(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewrite(path, **changes):
    """Replace entries of a project; `None` removes one. Names have _ for the dot."""
    content = entries(path) | {name.replace("__", "."): data for name, data in changes.items()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            if data is not None:
                archive.writestr(name, data)


def assert_equal(first, second):
    assert first.plain() == second.plain()
    for arrays, others in ((first.weights, second.weights), (first.slots, second.slots)):
        assert arrays.keys() == others.keys()
        for name, array in arrays.items():
            assert others[name].dtype == array.dtype
            np.testing.assert_array_equal(others[name], array)


# Round trips


def test_project_comes_back_whole(trained, saved):
    loaded = load_project(saved)
    assert loaded.design == trained.design
    assert loaded.history == trained.history
    assert loaded.thumbnail == PNG
    assert loaded.notices == ()
    assert_equal(trained.checkpoint, loaded.checkpoint)
    assert all(array.flags.writeable for array in loaded.checkpoint.weights.values())


def test_entries_are_readable_by_others(trained, saved):
    content = entries(saved)
    assert next(iter(content)) == "design.json"
    assert json.loads(content["design.json"])["schema"] == 1
    assert set(content) == {
        "design.json",
        "checkpoint.json",
        "weights.safetensors",
        "optimizer.safetensors",
        "history.json",
        "thumbnail.png",
    }


def test_equal_projects_are_equal_files(trained, saved, tmp_path):
    save_project(tmp_path / "b.netloom", load_project(saved))
    assert entries(tmp_path / "b.netloom") == entries(saved)


def test_bare_design(trained, tmp_path):
    save_project(tmp_path / "a.json", trained)
    assert (tmp_path / "a.json").read_text(encoding="utf-8") == trained.design.to_json()
    assert load_project(tmp_path / "a.json") == Project(trained.design)


def test_content_decides_and_not_the_name(saved, trained, tmp_path):
    os.rename(saved, tmp_path / "renamed.json")
    assert load_project(tmp_path / "renamed.json").checkpoint is not None
    (tmp_path / "bom.netloom").write_bytes(b"\xef\xbb\xbf" + trained.design.to_json().encode())
    assert load_project(tmp_path / "bom.netloom").design == trained.design


@pytest.mark.parametrize("name", ["xor", "skip", "two_inputs", "breast_cancer"])
def test_a_run_goes_on_from_a_file_bit_by_bit(name, tmp_path):
    design = short(name, epochs=4)
    whole = [event for event in train(design) if isinstance(event, Progress | Finished)]
    first = short(name, epochs=2)
    checkpoint = next(event.checkpoint for event in train(first) if isinstance(event, Checkpointed))
    save_project(tmp_path / "a.netloom", Project(first, checkpoint))
    rest = [
        event
        for event in train(design, checkpoint=load_project(tmp_path / "a.netloom").checkpoint)
        if isinstance(event, Progress | Finished)
    ]
    costs = np.concatenate([event.costs for event in rest if isinstance(event, Progress)])
    expected = np.concatenate([event.costs for event in whole if isinstance(event, Progress)])
    np.testing.assert_array_equal(costs, expected[-len(costs) :])
    assert rest[-1].parts == whole[-1].parts


def test_unknown_layers_survive(trained, tmp_path):
    data = trained.design.to_data()
    strange = {"kind": "teleport", "version": 3, "z": [1.5, None, {"ü": "✓"}], "a": 1e-300, "big": 2**70}
    data["nodes"][1]["layer"] = strange
    path = tmp_path / "a.json"
    path.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    for target in ("b.netloom", "c.json"):
        loaded = load_project(path)
        save_project(tmp_path / target, loaded)
        path = tmp_path / target
    assert path.read_bytes() == (tmp_path / "a.json").read_bytes()
    assert any("teleport" in problem.message for problem in make_plan(loaded.design.graph).problems)


def test_weights_wait_for_unknown_layers(trained, saved):
    design = trained.design.to_data()
    design["nodes"][1]["layer"] = {"kind": "teleport"}
    rewrite(saved, design__json=json.dumps(design))
    loaded = load_project(saved)
    assert_equal(trained.checkpoint, loaded.checkpoint)


def test_a_cyclic_design_opens_and_shows_its_problem(trained, tmp_path):
    data = trained.design.to_data()
    data["edges"] = [{"source": "dense_1", "target": "dense_2"}, {"source": "dense_2", "target": "dense_1"}]
    path = tmp_path / "a.json"
    path.write_text(json.dumps(data))
    loaded = load_project(path)
    assert any("cycle" in problem.message for problem in make_plan(loaded.design.graph).problems)
    save_project(tmp_path / "b.netloom", loaded)
    assert load_project(tmp_path / "b.netloom") == loaded


def test_numbers_that_are_not_finite_come_back(trained, tmp_path):
    weights = {name: np.full_like(array, np.nan) for name, array in trained.checkpoint.weights.items()}
    broken = dataclasses.replace(trained.checkpoint, weights=weights)
    history = {"costs": [float("nan"), float("inf")], "array": np.array([1.5, np.nan]), "count": np.int64(3)}
    save_project(tmp_path / "a.netloom", Project(trained.design, broken, history))
    loaded = load_project(tmp_path / "a.netloom")
    assert all(np.isnan(array).all() for array in loaded.checkpoint.weights.values())
    np.testing.assert_equal(loaded.history, {"costs": [np.nan, np.inf], "array": [1.5, np.nan], "count": 3})


def test_transposed_weights_are_not_scrambled(trained, tmp_path):
    weights = {name: np.asfortranarray(array) for name, array in trained.checkpoint.weights.items()}
    save_project(
        tmp_path / "a.netloom", Project(trained.design, dataclasses.replace(trained.checkpoint, weights=weights))
    )
    assert_equal(trained.checkpoint, load_project(tmp_path / "a.netloom").checkpoint)


def test_golden_file_still_opens():
    expected = json.loads((GOLDEN / "first_light.json").read_text())
    project = load_project(GOLDEN / "first_light.netloom")
    assert (GOLDEN / "first_light.netloom").stat().st_size < 20_000
    assert project.notices == ()
    assert project.design.name == "First light"
    assert project.design.data.source.spec() == "planar:xor"
    assert project.thumbnail.startswith(b"\x89PNG")
    assert project.checkpoint.step == expected["step"]
    assert project.history["costs"]["mean"][-3:] == expected["costs"]
    for name, values in expected["weights"].items():
        assert project.checkpoint.weights[name].ravel().tolist() == values
    network = compile_design(project.design)
    network.set_weights(project.checkpoint.weights)
    points = np.array([[0.5, 0.5], [-0.5, 0.5], [0.1, -0.9]])
    np.testing.assert_allclose(np.ravel(network.forward(points)), expected["predictions"], rtol=1e-4)
    longer = project.design.training.replace(epochs=21)
    resumed = list(train(project.design.with_changes(training=longer), checkpoint=project.checkpoint))
    assert resumed[-1].epoch == 21


# Paths of data


def with_csv(path):
    design = load_template("xor")
    return design.with_changes(data=design.data.replace(source=CsvFile(path=str(path), target="y")))


def test_data_below_the_project_is_found_after_a_move(tmp_path, monkeypatch):
    (tmp_path / "old" / "tables").mkdir(parents=True)
    table = tmp_path / "old" / "tables" / "a b.csv"
    table.write_text("x,y\n1,0\n")
    save_project(tmp_path / "old" / "p.netloom", Project(with_csv(table)))
    stored = json.loads(entries(tmp_path / "old" / "p.netloom")["design.json"])
    assert stored["data"]["source"]["path"] == "tables/a b.csv"
    os.rename(tmp_path / "old", tmp_path / "new")
    assert load_project(tmp_path / "new" / "p.netloom").design.data.source.path == str(
        tmp_path / "new" / "tables" / "a b.csv"
    )
    monkeypatch.chdir(tmp_path / "new")
    assert Path(load_project("p.netloom").design.data.source.path).exists()
    save_project("q.json", Project(with_csv("tables/a b.csv")))  # relative to the working folder
    assert json.loads(Path("q.json").read_text())["data"]["source"]["path"] == "tables/a b.csv"


def test_data_elsewhere_keeps_its_absolute_path(tmp_path):
    (tmp_path / "p").mkdir()
    save_project(tmp_path / "p" / "a.json", Project(with_csv(tmp_path / "data.csv")))
    stored = json.loads((tmp_path / "p" / "a.json").read_text())
    assert stored["data"]["source"]["path"] == str(tmp_path / "data.csv")
    assert load_project(tmp_path / "p" / "a.json").design.data.source.path == str(tmp_path / "data.csv")


# Bad files


def bad(path, content=None):
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(FileError) as caught:
        load_project(path)
    message = str(caught.value)
    assert path.name in message
    assert message.endswith(".")
    return message


def test_missing_file_and_folder(tmp_path):
    assert "There is no file" in bad(tmp_path / "none.netloom")
    assert "folder" in bad(tmp_path)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "not a Netloom project"),
        (b"age,fare\n1,2\n", "not a Netloom project"),
        (b"{}", "not a Netloom design"),
        (b"[1, 2]", "not a Netloom project"),
        (b'{"format": "netloom-design", "schema": 1, "nodes": [', "not valid JSON"),
        (b'{"format": "netloom-design", "schema": 99}', "newer Netloom"),
        (b'{"format": "netloom-design", "schema": "1"}', "schema"),
        (b'{"format": "netloom-design", "schema": 1, "nodes": 3}', "lists"),
        (b'{"format": "netloom-design", "schema": 1, "nodes": [{"id": "a/b", "layer": {}}]}', "id"),
        (b'{"format": "netloom-design", "schema": 1, "training": {"epochs": NaN}}', "NaN"),
        (b'{"format": "netloom-design", "schema": 1, "edges": [{"source": "a", "target": "b"}]}', "no node"),
        (b'{"format": "netloom-design", "schema": 1, "name": "\\ud800"}', "cannot be used"),
        (b'{"format": "netloom-design", "schema": ' + b"9" * 5_000 + b"}", "not a Netloom file"),
        (b'{"format": ' + b"[" * 100_000, "not"),
        (b'{"format": "caf\xe9"}', "UTF-8"),
        (b"PK\x03\x04 and then nothing", "damaged"),
    ],
)
def test_foreign_and_broken_files(tmp_path, content, word):
    assert word in bad(tmp_path / "a.netloom", content)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_truncated_project(saved, share):
    content = saved.read_bytes()
    assert "damaged or cut short" in bad(saved, content[: int(len(content) * share)])


def test_flipped_bytes_never_crash(saved):
    content = saved.read_bytes()
    random = np.random.default_rng(0)
    for _ in range(60):
        damaged = bytearray(content)
        for place in random.integers(0, len(content), 5):
            damaged[place] = random.integers(256)
        saved.write_bytes(damaged)
        with contextlib.suppress(FileError):
            load_project(saved)


def test_zip_without_a_design(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.docx", "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    assert "no entry 'design.json'" in bad(tmp_path / "a.docx")


def test_zip_bombs_are_not_unpacked(tmp_path, trained):
    path = tmp_path / "a.netloom"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("design.json", b" " * (20 * 2**20))
    assert "is not opened" in bad(path)
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(disk.ENTRIES_AT_MOST + 1):
            archive.writestr(f"{number}", "")
    assert "entries" in bad(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("design.json", os.urandom(2**20) + b" " * (33 * 2**20))
    assert "more than the" in bad(path)


def test_a_false_size_does_not_help(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("design.json", b" " * 2**20)
        archive.infolist()[0].file_size = 100  # in the directory only
    assert "damaged" in bad(tmp_path / "a.netloom", buffer.getvalue())


def test_names_that_lead_outside_mean_nothing(saved, tmp_path):
    rewrite(saved, **{"/etc/evil__txt": b"x", "../../evil__txt": b"x", "..\\design__json": b"x"})
    assert load_project(saved).checkpoint is not None
    assert sorted(os.listdir(tmp_path)) == ["a.netloom"]


def test_encrypted_or_oddly_packed_entries(saved):
    content = entries(saved)
    with zipfile.ZipFile(saved, "w", zipfile.ZIP_LZMA) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    assert "design.json" in bad(saved)


# Weights that do not fit


def opened_without_weights(path, *words):
    loaded = load_project(path)
    assert loaded.checkpoint is None
    (notice,) = loaded.notices
    for word in words:
        assert word in notice
    return loaded


def test_weights_of_the_wrong_shape(trained, saved):
    weights = trained.checkpoint.weights | {"dense_1/W": np.zeros((8, 3))}
    rewrite(saved, weights__safetensors=pack_arrays(weights))
    loaded = opened_without_weights(saved, "'dense_1/W'", "(8, 2)", "(8, 3)")
    assert loaded.design == trained.design
    assert loaded.history == trained.history


def test_weights_of_the_wrong_name_or_type(trained, saved):
    renamed = {name.replace("dense_1", "other"): array for name, array in trained.checkpoint.weights.items()}
    rewrite(saved, weights__safetensors=pack_arrays(renamed))
    opened_without_weights(saved, "lack 'dense_1/W'")
    rewrite(saved, weights__safetensors=pack_arrays({n: a.astype("i8") for n, a in trained.checkpoint.weights.items()}))
    opened_without_weights(saved, "int64", "float64")


def test_weights_too_many(trained, saved):
    rewrite(saved, weights__safetensors=pack_arrays(trained.checkpoint.weights | {"ghost/W": np.zeros(3)}))
    loaded = load_project(saved)
    assert_equal(trained.checkpoint, loaded.checkpoint)
    assert "ghost/W" in loaded.notices[0]


def test_slots_that_do_not_fit_start_afresh(trained, saved):
    slots = {name: array[:, :1] for name, array in trained.checkpoint.slots.items()}
    rewrite(saved, optimizer__safetensors=pack_arrays(slots))
    loaded = load_project(saved)
    assert "starts afresh" in loaded.notices[0]
    longer = trained.design.training.replace(epochs=4)
    events = list(train(trained.design.with_changes(training=longer), checkpoint=loaded.checkpoint))
    assert events[-1].epoch == 4


@pytest.mark.parametrize(
    "change",
    [
        {"step": -1},
        {"step": "many"},
        {"position": 1e400},
        {"dtype": "float16"},
        {"random": {}},
        {"random": {"batches": {"bit_generator": "MT19937"}, "dropout": {}}},
        {"epoch_cost": 3},
        {"evaluated": [0]},
    ],
)
def test_damaged_state_of_the_training(trained, saved, change):
    rewrite(saved, checkpoint__json=json.dumps(trained.checkpoint.plain() | change))
    assert opened_without_weights(saved).design == trained.design


def test_damaged_or_missing_entries_leave_the_design(trained, saved):
    for changes in (
        {"weights__safetensors": b"\xff" * 100},
        {"weights__safetensors": None},
        {"checkpoint__json": b"[]"},
        {"checkpoint__json": b"{"},
        {"checkpoint__json": None},
        {"optimizer__safetensors": b"x"},
    ):
        save_project(saved, trained)
        rewrite(saved, **changes)
        assert opened_without_weights(saved).design == trained.design
    save_project(saved, trained)
    rewrite(saved, history__json=b"{", thumbnail__png=b"GIF89a")
    loaded = load_project(saved)
    assert loaded.checkpoint is not None
    assert (loaded.history, loaded.thumbnail) == ({}, None)
    assert "history" in loaded.notices[0]


def test_checkpoint_problem(trained):
    assert checkpoint_problem(trained.design, trained.checkpoint) is None
    assert "(8, 1)" not in (checkpoint_problem(load_template("spirals"), trained.checkpoint) or "")
    assert "'dense_1/W'" in str(checkpoint_problem(load_template("spirals"), trained.checkpoint))
    assert checkpoint_problem(Design(), trained.checkpoint) is None


# Saving where it is not possible


@pytest.fixture
def full_disk(monkeypatch):
    def fsync(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(disk.os, "fsync", fsync)


def test_full_disk_leaves_the_old_file(saved, trained, full_disk, tmp_path):
    before = saved.read_bytes()
    with pytest.raises(FileError, match=r"a\.netloom' could not be saved: the disk is full.*unchanged"):
        save_project(saved, Project(Design()))
    assert saved.read_bytes() == before
    with pytest.raises(FileError):
        save_project(tmp_path / "new.netloom", trained)
    assert os.listdir(tmp_path) == ["a.netloom"]


def test_full_disk_in_the_middle(saved, trained, monkeypatch, tmp_path):
    before = saved.read_bytes()
    real = zipfile.ZipFile.writestr

    def writestr(self, entry, *args):
        if entry.filename.endswith("safetensors"):
            raise OSError(errno.ENOSPC, "No space left on device")
        real(self, entry, *args)

    monkeypatch.setattr(zipfile.ZipFile, "writestr", writestr)
    with pytest.raises(FileError, match="disk is full"):
        save_project(saved, trained)
    assert saved.read_bytes() == before
    assert os.listdir(tmp_path) == ["a.netloom"]


@pytest.mark.skipif(sys.platform == "win32", reason="no resource limits")
def test_file_size_limit_of_the_system(saved, tmp_path):
    before = saved.read_bytes()
    program = (
        "import resource, sys\n"
        "from engine.files import *\n"
        "project = load_project(sys.argv[1])\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))\n"
        "try: save_project(sys.argv[1], project)\n"
        "except FileError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, saved], capture_output=True, text=True, check=True)
    assert "the disk is full" in done.stdout
    assert saved.read_bytes() == before
    assert os.listdir(tmp_path) == ["a.netloom"]


def test_read_only_folder(saved, trained, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(FileError, match="read-only"):
        save_project(saved, trained)


def test_a_failure_while_replacing(saved, trained, monkeypatch, tmp_path):
    before = saved.read_bytes()

    def refuse(*_args):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(disk.os, "replace", refuse)
    with pytest.raises(FileError, match="read-only"):
        save_project(saved, trained)
    assert saved.read_bytes() == before
    assert os.listdir(tmp_path) == ["a.netloom"]


def test_places_that_are_not_there(trained, tmp_path):
    with pytest.raises(FileError, match="there is no folder"):
        save_project(tmp_path / "none" / "a.netloom", trained)
    with pytest.raises(FileError, match="folder"):
        save_project(tmp_path, trained)


def test_a_link_stays_a_link_and_rights_stay(saved, trained, tmp_path):
    saved.chmod(0o640)
    link = tmp_path / "link.netloom"
    link.symlink_to(saved)
    save_project(link, Project(Design(name="new")))
    assert link.is_symlink()
    assert load_project(saved).design.name == "new"
    assert saved.stat().st_mode & 0o777 == 0o640


def test_a_design_that_json_cannot_hold_is_not_half_written(trained, saved):
    before = saved.read_bytes()
    with pytest.raises(FileError, match="JSON cannot"):
        save_project(saved, Project(trained.design.with_changes(name="\ud800")))
    assert saved.read_bytes() == before


# History


def test_history_of_a_long_run_is_kept_in_blocks(monkeypatch):
    monkeypatch.setattr("engine.history.BLOCKS_AT_MOST", 16)
    recorder = HistoryRecorder()
    costs = np.linspace(1, 0, 100)
    for start, stop in pairwise(range(0, 101, 25)):
        recorder.append(Progress(stop, 0, costs[start:stop]))
    data = recorder.to_data()["costs"]
    assert (data["block"], len(data["mean"])) == (8, 12)
    assert data["high"][0] == 1
    assert data["low"][0] == costs[7]
    np.testing.assert_allclose(data["mean"], costs[:96].reshape(12, 8).mean(1))


def test_history_goes_on_and_forgets_what_is_made_again():
    events = list(train(short(epochs=4)))
    recorder = HistoryRecorder()
    for event in events:
        recorder.append(event)
    again = HistoryRecorder(json.loads(json.dumps(recorder.to_data())))
    for event in train(short(epochs=4)):
        again.append(event)
    assert again.to_data() == recorder.to_data()


@pytest.mark.parametrize(
    "data",
    [
        {"costs": 3},
        {"costs": {"start": 0, "block": 2**62, "mean": [1.0]}, "changes": [], "evaluations": []},
        {"costs": {"start": 0, "block": 1, "mean": ["a"]}, "changes": [], "evaluations": []},
        {"costs": {"start": 0, "block": 1, "mean": [1.0]}, "changes": [], "evaluations": [3]},
    ],
)
def test_a_history_that_cannot_be_read_is_a_sentence(data):
    with pytest.raises(ValueError, match="history"):
        HistoryRecorder(data)
