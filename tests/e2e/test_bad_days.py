"""Bad input and bad luck, as the user meets them: a clear sentence appears, and nothing is lost."""

from __future__ import annotations

import errno
import io
import json
import os
import threading
import zipfile
from pathlib import Path
from time import monotonic

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from engine import files_disk
from engine.files import Project, load_project, save_project
from engine.layers.dense import Dense
from engine.templates import load_template
from gui.runtime.trainer import THREAD_NAME

LEFT = Qt.MouseButton.LeftButton
CTRL = Qt.KeyboardModifier.ControlModifier
FOREVER = 1_000_000


def trainers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == THREAD_NAME]


def is_sentence(text: str) -> bool:
    return len(text) > 20 and text[0].isupper() | (text[0] in "'’") and text.rstrip()[-1] in ".!)"


@pytest.fixture
def busy_user(new_user):
    """A window in which a small network trains for ever."""
    user = new_user("xor", epochs=FOREVER)
    user.space()
    user.wait(lambda: user.step > 20)
    return user


def still_trains(user) -> None:
    step = user.step
    user.wait(lambda: user.step > step + 10, what="the run goes on")


def trains_again(user) -> None:
    """Space starts or goes on, whatever happened before."""
    user.space()
    assert user.window.session.state == "running", user.banner
    step = user.step
    user.wait(lambda: user.step > step + 5, what="it trains again")


# Files that cannot be opened


def bad_files() -> dict[str, tuple[bytes, str]]:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("design.json", load_template("xor").to_json())
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("design.json", b" " * (40 * 2**20))
    newer = json.dumps(load_template("xor").to_data() | {"schema": 99}).encode()
    return {
        "truncated": (whole.getvalue()[: len(whole.getvalue()) // 2], "damaged or cut short"),
        "cut json": (load_template("xor").to_json().encode()[:400], "not valid JSON"),
        "empty": (b"", "empty"),
        "foreign picture": (b"\x89PNG\r\n\x1a\n" + bytes(100), "not a Netloom project"),
        "foreign table": (b"age,fare\n1,2\n", "not a Netloom project"),
        "foreign zip": (_zip({"word/document.xml": b"<x/>"}), "design.json"),
        "newer": (newer, "newer Netloom"),
        "zip bomb": (bomb.getvalue(), "not opened"),
        "deep": (b'{"format": ' + b"[" * 100_000, "not"),
    }


def _zip(entries: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def test_files_that_cannot_be_opened_are_said_and_the_open_design_trains_on(busy_user, tmp_path):
    user = busy_user
    design, path = user.document.design, user.document.path
    for name, (content, words) in bad_files().items():
        file = tmp_path / f"{name}.netloom"
        file.write_bytes(content)
        user.open(file)
        assert words in user.banner, name
        assert file.name in user.banner
        assert is_sentence(user.banner), user.banner
        assert user.window.banner.property("level") == "error"
        assert user.document.design is design
        assert user.document.path == path
        still_trains(user)
    user.open(tmp_path / "no such file.netloom")
    assert "There is no file" in user.banner
    user.open(tmp_path)
    assert "folder" in user.banner
    still_trains(user)
    assert "xor" in user.window.windowTitle().lower()


def test_a_cyclic_file_opens_shows_its_problem_and_does_not_train(new_user, tmp_path):
    data = load_template("xor").to_data()
    ids = [node["id"] for node in data["nodes"]]
    middle = [i for i in ids if i.startswith("dense")]
    data["edges"] = [e for e in data["edges"] if e["target"] != middle[0]]
    data["edges"].append({"source": middle[-1], "target": middle[0], "port": 0})
    file = tmp_path / "round.json"
    file.write_text(json.dumps(data))
    user = new_user("moons")
    user.open(file)
    assert user.document.path == file
    assert any("cycle" in problem.message for problem in user.document.plan.problems)
    assert "problem" in user.window.status.problems.text()
    user.space()
    assert user.window.session.state == "idle"
    assert "cycle" in user.banner
    user.window.banner.button.click()
    assert len(user.canvas.selected_nodes()) == 1


def test_weights_of_the_wrong_shape_are_left_out_and_said(new_user, tmp_path):
    user = new_user("xor", epochs=30)
    user.space()
    user.wait(lambda: user.window.session.state == "finished")
    path = tmp_path / "net.netloom"
    user.save(path)
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    weights = load_tensors(entries["weights.safetensors"])
    name = next(iter(weights))
    weights[name] = np.zeros((3, 3), weights[name].dtype)
    entries["weights.safetensors"] = save_tensors(weights)
    path.write_bytes(_zip(entries))
    user.answer_questions(QMessageBox.StandardButton.Discard)
    user.open(path)
    assert name in user.banner
    assert "weights were left out" in user.banner
    assert user.document.path == path
    assert user.step == 0
    user.wait(lambda: user.window.loader.prepared is not None)
    trains_again(user)


# Tables


def write(path, header, rows):
    path.write_text("\n".join([",".join(header), *(",".join(map(str, row)) for row in rows)]) + "\n")
    return path


def numbers(count, seed=0):
    random = np.random.default_rng(seed)
    rows = random.normal(size=(count, 2)).round(3)
    return [[a, b, "yes" if a + b > 0 else "no"] for a, b in rows.tolist()]


HEADER = ("width", "height", "good")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda rows: rows[41].__setitem__(1, "tall"), ["height", "43", "tall"]),
        (lambda rows: rows[7].__setitem__(0, "inf"), ["width", "9"]),
        (lambda rows: [row.__setitem__(2, "yes") for row in rows], ["good", "only the class"]),
        (lambda rows: [row.__setitem__(2, "") for row in rows], ["good"]),
        (lambda rows: rows.clear(), ["table.csv"]),
    ],
    ids=["text in numbers", "infinite", "one class", "no target", "no rows"],
)
def test_tables_that_cannot_be_used_are_said_and_the_data_stays(new_user, tmp_path, change, words):
    user = new_user("xor", epochs=FOREVER)
    design = user.document.design
    rows = numbers(60)
    change(rows)
    sentence = user.open_csv(write(tmp_path / "table.csv", HEADER, rows))
    assert all(word in sentence for word in words), sentence
    assert is_sentence(sentence), sentence
    assert user.document.design is design
    assert user.window.loader.prepared is not None, "what could be trained before can be trained still"
    trains_again(user)


def test_missing_values_and_constant_columns_are_said_and_train(new_user, tmp_path):
    user = new_user("xor", epochs=40)
    rows = [[a, b, 3, good] for a, b, good in numbers(80)]
    rows[3][0] = "NaN"
    rows[9][1] = ""
    user.open_csv(write(tmp_path / "table.csv", ("width", "height", "floors", "good"), rows))
    panel = user.window.data_panel
    assert not panel.error.isVisible()
    assert "floors" in panel.notices.text()
    assert "missing" in panel.notices.text() or "filled" in panel.notices.text()
    assert user.window.loader.prepared.input_shape() == (2,)
    user.space()
    user.wait(lambda: user.window.session.state == "finished")
    assert np.isfinite(user.costs).all()
    assert user.accuracy("train") > 0.8


def test_fewer_rows_than_a_batch_are_said_and_train(new_user, tmp_path):
    user = new_user("xor", epochs=50, batch_size=64)
    user.open_csv(write(tmp_path / "table.csv", HEADER, numbers(12)))
    user.space()
    user.wait(lambda: user.window.session.state == "finished")
    assert "fewer than the batch size 64" in user.banner
    assert user.step == 50


def test_a_table_that_went_away_is_said_and_choosing_another_does_not_start_by_itself(new_user, tmp_path):
    table = write(tmp_path / "table.csv", HEADER, numbers(60))
    design = load_template("xor")
    source = {"kind": "csv", "path": str(table), "target": "good"}
    design = design.with_changes(data=type(design.data).model_validate({"source": source}))
    save_project(tmp_path / "a.json", Project(design))
    os.rename(table, tmp_path / "moved.csv")
    user = new_user("moons")
    user.open(tmp_path / "a.json")
    user.wait(lambda: not user.window.tasks.is_busy)
    assert "table.csv" in user.banner
    user.space()
    user.wait(lambda: not user.window.tasks.is_busy)
    assert "table.csv" in user.banner
    assert user.window.session.state == "idle"
    user.open_csv(tmp_path / "moved.csv")
    user.live(0.1)
    assert user.window.session.state == "idle", "nobody asked for that"
    assert user.banner == "", "the sentence is about a file that is not asked for any more"
    trains_again(user)


# Saving


@pytest.fixture
def saved_user(new_user, tmp_path):
    user = new_user("xor", epochs=30)
    user.space()
    user.wait(lambda: user.window.session.state == "finished")
    path = tmp_path / "mine" / "net.netloom"
    path.parent.mkdir()
    user.save(path)
    assert load_project(path).checkpoint.step == user.step
    user.document.rename(user.node_of_kind("dense"), "changed")
    assert user.window.isWindowModified()
    return user, path


@pytest.mark.parametrize(("number", "words"), [(errno.ENOSPC, "disk is full"), (errno.EROFS, "read-only")])
def test_a_full_disk_or_a_read_only_folder_leave_the_old_file_and_say_so(saved_user, monkeypatch, number, words):
    user, path = saved_user
    before = path.read_bytes()

    def refuse(*_args):
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(files_disk.os, "fsync" if number == errno.ENOSPC else "replace", refuse)
        user.save(path)
    assert words in user.banner
    assert "unchanged" in user.banner
    assert is_sentence(user.banner)
    assert user.window.isWindowModified()
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == [path.name]
    user.save(path)  # there is room again
    assert not user.window.isWindowModified()
    assert load_project(path).design == user.document.design


@pytest.mark.skipif(not os.path.isdir("/sys"), reason="a folder nobody can write to")
def test_a_new_file_in_a_folder_that_cannot_be_written(new_user):
    user = new_user("xor")
    user.document.rename(user.node_of_kind("dense"), "changed")
    user.save(Path("/sys/net.netloom"))
    assert "read-only" in user.banner
    assert user.document.path is None
    assert user.window.isWindowModified()
    user.save(Path("/sys/none/net.netloom"))
    assert "no folder" in user.banner


def test_closing_after_a_failed_save_keeps_the_window(saved_user, monkeypatch):
    user, _path = saved_user

    def refuse(*_args):
        raise OSError(errno.ENOSPC, "No space left on device")

    user.answer_questions(QMessageBox.StandardButton.Save)
    with monkeypatch.context() as patch:
        patch.setattr(files_disk.os, "fsync", refuse)
        assert not user.window.close()
        user.wait(lambda: "disk is full" in user.banner)
        user.live(0.1)
        assert user.window.isVisible()
    assert user.window.isWindowModified()


# While it trains


def test_everything_may_be_edited_while_it_trains(busy_user):
    user = busy_user
    document, run = user.document, user.window.controller.record.design
    dense = user.node_of_kind("dense")
    user.click_node(dense)
    user.key(Qt.Key.Key_Delete)
    assert not document.has_node(dense)
    assert "changed since training started" in user.banner
    still_trains(user)
    user.drop("dense", QPoint(200, 60))
    for node in list(document.graph.nodes):
        document.rename(node.id, f"my {node.id}")
    document.set_layer_field(user.node_of_kind("dense"), "units", 1000)
    user.canvas.select_all()
    user.key(Qt.Key.Key_Delete)
    assert not document.graph.nodes
    still_trains(user)
    while document.undo_stack.canUndo():
        user.key(Qt.Key.Key_Z, CTRL)
    assert document.design == run
    assert user.banner == ""
    still_trains(user)
    assert user.window.session.state == "running"


def test_other_data_while_it_trains(busy_user, tmp_path):
    user = busy_user
    run = user.window.controller.record.data
    user.open_csv(write(tmp_path / "table.csv", ("a", *HEADER), [[1.5 * i, *row] for i, row in enumerate(numbers(90))]))
    user.wait(lambda: user.document.design.data.source.kind == "csv")
    assert "data" in user.banner.lower() or "canvas" in user.banner.lower()
    still_trains(user)
    assert user.window.controller.record.data is run
    user.live(0.3)  # the plots live on
    user.window.actions_by_name["train_reset"].trigger()
    assert user.window.session.state == "idle"
    assert user.banner == ""
    trains_again(user)
    assert user.window.controller.record.data is not run


def test_another_file_is_opened_while_it_trains(busy_user, tmp_path):
    user = busy_user
    file = tmp_path / "moons.json"
    save_project(file, Project(load_template("moons")))
    user.open(file)
    assert user.window.session.state == "idle"
    assert user.step == 0
    user.wait(lambda: user.window.loader.prepared is not None)
    user.wait(lambda: not trainers(), 2, "the old run's thread ended")
    trains_again(user)


def test_divergence_names_the_node_and_keeps_finite_weights(new_user):
    user = new_user("regression", epochs=1000)
    user.show_tab("training")
    form = user.window.training_panel.form
    user.choose(form.row("optimizer").editor.box, "Gradient descent")
    user.type_number(form.row("optimizer").editor.form.row("learning_rate"), "1e5")
    user.space()
    user.wait(lambda: user.window.session.state == "failed")
    user.wait(lambda: user.window.controller.record.checkpoint is not None)
    titles = [node.title for node in user.document.graph.nodes]
    assert any(f"'{title}'" in user.banner for title in titles), user.banner
    assert is_sentence(user.banner)
    assert user.window.banner.property("level") == "error"
    weights = user.window.controller.record.checkpoint.weights
    assert all(np.isfinite(values).all() for values in weights.values())
    QTest.mouseClick(user.window.banner.button, LEFT)
    assert len(user.canvas.selected_nodes()) == 1
    user.type_number(form.row("optimizer").editor.form.row("learning_rate"), "0.01")
    trains_again(user)
    assert user.banner == ""


@pytest.mark.parametrize(
    "error", [ZeroDivisionError("division by zero"), MemoryError(), KeyError("W"), RuntimeError("")]
)
def test_a_trainer_that_fails_closes_nothing_and_trains_again(new_user, error):
    user = new_user("xor", epochs=FOREVER)
    session = user.window.session
    function = session._function

    def broken(*args, **kwargs):
        for number, event in enumerate(function(*args, **kwargs)):
            yield event
            if number == 5:
                raise error

    session._function = broken
    user.space()
    user.wait(lambda: session.state == "failed")
    assert is_sentence(user.banner), user.banner
    user.wait(lambda: not trainers(), 2)
    session._function = function
    trains_again(user)
    assert user.banner == ""


# Stopping and closing


def wide():
    """Steps of some milliseconds: the largest network that a first user may draw."""
    design = load_template("digits_mlp")
    nodes = tuple(
        node.model_copy(update={"layer": node.layer.replace(units=512)})
        if isinstance(node.layer, Dense) and node.layer.units > 10
        else node
        for node in design.graph.nodes
    )
    training = design.training.replace(epochs=100_000, batch_size=256)
    return design.with_changes(graph=design.graph.model_copy(update={"nodes": nodes}), training=training)


@pytest.mark.parametrize("design", ["xor", "wide"])
def test_stop_acts_within_a_fifth_of_a_second(new_user, design):
    user = new_user(wide()) if design == "wide" else new_user(design, epochs=FOREVER)
    seconds = []
    for _ in range(3):
        user.space()
        user.wait(lambda: user.window.session.state == "running")
        step = user.step
        user.wait(lambda step=step: user.step > step + 2)
        begun = monotonic()
        user.window.actions_by_name["train_stop"].trigger()
        user.wait(lambda: user.window.session.state == "finished", 2)
        seconds.append(monotonic() - begun)
    assert sorted(seconds)[1] < 0.2, seconds


@pytest.mark.parametrize("design", ["xor", "wide"])
def test_closing_while_training_ends_the_thread(new_user, design):
    user = new_user(wide()) if design == "wide" else new_user(design, epochs=FOREVER)
    user.space()
    user.wait(lambda: user.step > 2)
    assert len(trainers()) == 1
    begun = monotonic()
    assert user.window.close()
    assert monotonic() - begun < 2
    assert not trainers()
    assert not user.window.isVisible()
