"""The command line, as a user and a script meet it."""

import csv
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from typer.testing import CliRunner

from engine.command_line import app, print_json
from engine.control import Control
from engine.data import prepare
from engine.design import Design
from engine.events import Checkpointed, Finished
from engine.files import FileError, Project, load_project, save_project
from engine.templates import load_template, template_names
from engine.training import train


def run(*words):
    return CliRunner().invoke(app, [str(word) for word in words], prog_name="netloom")


def trained(*words, code=0):
    result = run("train", *words, "--json")
    assert result.exit_code == code, result.output
    return json.loads(result.stdout.splitlines()[-1])


def refused(*words, code=2):
    result = run(*words)
    assert result.exit_code == code
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("netloom: ")
    assert line.endswith(".")
    return line


def process(*words, **options):
    return subprocess.Popen(
        [sys.executable, "-m", "engine", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.getcwd()},
        **options,
    )


# train


def test_train_ends_with_one_json_object():
    result = trained("template:breast_cancer", "--epochs", 5, "--seed", 3, "--dtype", "float64")
    assert list(result)[:8] == [
        "design",
        "epochs",
        "steps",
        "seconds",
        "steps_per_second",
        "seed",
        "backend",
        "dtype",
    ]
    assert (result["design"], result["epochs"], result["seed"]) == ("template:breast_cancer", 5, 3)
    assert (result["backend"], result["dtype"]) == ("numpy", "float64")
    assert result["steps"] == 5 * 11
    for part in ("train", "dev", "test"):
        assert result[part].keys() == {"cost", "accuracy"}
    assert "interrupted" not in result
    assert "diverged" not in result


def test_numbers_are_those_of_the_engine():
    design = load_template("moons")
    design = design.with_changes(training=design.training.replace(epochs=20, seed=5, dtype="float64"))
    (finished,) = [event for event in train(design) if isinstance(event, Finished)]
    result = trained("template:moons", "--epochs", 20, "--seed", 5, "--dtype", "float64")
    assert {part: result[part] for part in ("train", "dev")} == finished.parts
    assert result["test"] is None


def test_options_change_the_settings(tmp_path):
    trained("template:xor", "--epochs", 2, "--batch-size", 10, "--learning-rate", 0.5, "--out", tmp_path / "a.netloom")
    settings = load_project(tmp_path / "a.netloom").design.training
    assert (settings.epochs, settings.batch_size, settings.optimizer.learning_rate) == (2, 10, 0.5)


def test_other_data_fits_the_design(tmp_path):
    result = trained("template:xor", "--data", "sklearn:wine", "--epochs", 40, "--out", tmp_path / "wine.netloom")
    assert result["dev"]["accuracy"] > 0.9
    saved = load_project(tmp_path / "wine.netloom")
    assert saved.design.data.source.spec() == "sklearn:wine"
    assert saved.design.graph.node("dense_2").layer.units == 3
    values = trained("template:softmax3", "--data", "planar:plane?m=50", "--epochs", 2)
    assert values["train"].keys() == {"cost", "mae", "rmse", "r2"}


def test_own_csv(tmp_path):
    random = np.random.default_rng(0)
    rows = [(a, b, "yes" if a > b else "no") for a, b in random.random((80, 2)).round(3)]
    (tmp_path / "own.csv").write_text("a,b,answer\n" + "".join(f"{a},{b},{y}\n" for a, b, y in rows))
    spec = f"csv:{tmp_path / 'own.csv'}?target=answer"
    out = tmp_path / "own.netloom"
    result = trained("template:spirals", "--data", spec, "--epochs", 100, "--out", out)
    assert result["train"]["accuracy"] > 0.9
    assert trained(out, "--epochs", 100)["train"] == result["train"]  # its data is found again


def test_out_holds_weights_slots_and_history(tmp_path):
    out = tmp_path / "a.netloom"
    assert trained("template:xor", "--epochs", 7, "--out", out)["out"] == str(out)
    project = load_project(out)
    assert project.checkpoint.epoch == 7
    assert project.checkpoint.slots
    assert len(project.history["costs"]["mean"]) == 70
    assert set(project.history["parts"]) == {"train", "dev"}
    trained("template:xor", "--epochs", 1, "--out", tmp_path / "b.json")
    assert load_project(tmp_path / "b.json").checkpoint is None


def test_resume_is_the_same_as_not_stopping(tmp_path):
    options = ("--dtype", "float64", "--out", tmp_path / "a.netloom")
    whole = trained("template:skip", "--epochs", 6, *options)
    whole_history = load_project(tmp_path / "a.netloom").history["costs"]
    trained("template:skip", "--epochs", 3, *options)
    rest = trained(tmp_path / "a.netloom", "--epochs", 6, "--resume", "--out", tmp_path / "a.netloom")
    assert (rest["train"], rest["dev"], rest["steps"]) == (whole["train"], whole["dev"], whole["steps"])
    assert load_project(tmp_path / "a.netloom").history["costs"] == whole_history
    afresh = trained(tmp_path / "a.netloom", "--epochs", 6)
    assert afresh["train"] == whole["train"]


def test_history_as_a_table(tmp_path):
    trained("template:xor", "--epochs", 30, "--history", tmp_path / "h.csv")
    rows = list(csv.DictReader((tmp_path / "h.csv").open(encoding="utf-8")))
    assert [int(row["epoch"]) for row in rows] == list(range(1, 31))
    assert float(rows[-1]["cost"]) > 0
    assert float(rows[-1]["dev/accuracy"]) >= 0


def test_a_table_for_readers():
    result = run("train", "template:two_inputs", "--epochs", 3)
    assert result.exit_code == 0
    assert "accuracy" in result.stdout
    assert "3 epochs" in result.stdout
    assert "steps to go" in result.stderr


def test_divergence_is_a_sentence_and_null(tmp_path):
    out = tmp_path / "a.netloom"
    words = ("template:logistic", "--data", "planar:plane", "--learning-rate", "1e6")
    result = run("train", *words, "--json", "--out", out)
    assert result.exit_code == 1
    assert "overflowed" in result.stderr
    report = json.loads(result.stdout.splitlines()[-1], parse_constant=pytest.fail)
    assert report["diverged"]["message"].startswith("The numbers overflowed at step")
    weights = load_project(out).checkpoint.weights
    assert all(np.isfinite(array).all() for array in weights.values())


def test_json_never_holds_nan(capsys):
    print_json({"a": [float("nan"), (float("inf"), 1.5)], "b": {"c": float("-inf")}, "d": None})
    assert json.loads(capsys.readouterr().out) == {"a": [None, [None, 1.5]], "b": {"c": None}, "d": None}


# Wrong calls


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("train", "template:chess"), "no template 'chess'"),
        (("train", "xor"), "template:xor"),
        (("train", "nowhere.netloom"), "no file 'nowhere.netloom'"),
        (("train", "template:xor", "--data", "planar:chess"), "planar:chess"),
        (("train", "template:xor", "--data", "planar:xor?m=many"), "'m'"),
        (("train", "template:xor", "--data", "csv:nowhere.csv?target=y"), "nowhere.csv"),
        (("train", "template:two_inputs", "--data", "planar:xor"), "0:6"),
        (("train", "template:xor", "--epochs", "-1"), "'epochs' must be greater than or equal to 0, but is -1"),
        (("train", "template:xor", "--seed", "-1"), "'seed'"),
        (("train", "template:xor", "--learning-rate", "0"), "'learning_rate'"),
        (("train", "template:xor", "--resume"), "without --resume"),
        (("train", "template:xor", "--out", "/no/such/folder/a.netloom"), "There is no folder"),
        (("inspect", "template:chess"), "no template 'chess'"),
        (("inspect", "template:xor", "--data", "sklearn:chess"), "sklearn:chess"),
        (("inspect", "."), "folder"),
    ],
)
def test_bad_input_is_one_sentence(words, part):
    assert part in refused(*words)


@pytest.mark.parametrize("words", [("train",), ("train", "template:xor", "--bogus"), ("bogus",)])
def test_wrong_usage(words):
    result = run(*words)
    assert result.exit_code == 2
    assert "Usage" in result.stderr


def test_cupy_is_missed_in_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", None)
    assert "CuPy is not installed" in refused("train", "template:xor", "--backend", "cupy")


def test_a_design_with_problems_is_not_trained(tmp_path):
    save_project(tmp_path / "a.json", Project(Design()))
    assert "no Output" in refused("train", tmp_path / "a.json")


def test_a_damaged_file(tmp_path):
    (tmp_path / "a.netloom").write_bytes(b"PK\x03\x04")
    assert "damaged" in refused("train", tmp_path / "a.netloom")
    assert "damaged" in refused("inspect", tmp_path / "a.netloom")


def test_weights_of_another_design_are_not_resumed(tmp_path):
    out = tmp_path / "a.netloom"
    trained("template:xor", "--epochs", 1, "--out", out)
    assert "cannot go on" in refused("train", out, "--resume", "--data", "sklearn:wine")


def test_a_result_that_cannot_be_saved_is_kept_elsewhere(tmp_path, monkeypatch):
    import engine.command_train as module

    real = module.save_project

    def save(path, project):
        if path.name == "a.netloom":
            raise FileError("'a.netloom' could not be saved: the disk is full.")
        real(path, project)

    monkeypatch.setattr(module, "save_project", save)
    monkeypatch.setattr(module.tempfile, "gettempdir", lambda: str(tmp_path / "spare"))
    (tmp_path / "spare").mkdir()
    result = run("train", "template:xor", "--epochs", 2, "--out", tmp_path / "a.netloom")
    assert result.exit_code == 2
    assert "the disk is full" in result.stderr
    (spare,) = (tmp_path / "spare").iterdir()
    assert str(spare) in result.stderr
    assert load_project(spare).checkpoint.epoch == 2


# Ctrl-C


def interrupted(*words, cwd, count=1):
    """Start a run, press Ctrl-C once it trains, and wait for the end."""
    child = process("train", *words, cwd=cwd)
    assert "steps to go" in child.stderr.readline()
    time.sleep(0.3)
    for _ in range(count):
        child.send_signal(signal.SIGINT)
    out, errors = child.communicate(timeout=60)
    return child.returncode, out, errors


@pytest.mark.skipif(sys.platform == "win32", reason="signals differ")
def test_ctrl_c_saves_and_resume_ends_with_the_same_costs(tmp_path):
    save_project(tmp_path / "mine.json", Project(load_template("xor")))
    code, out, errors = interrupted(
        tmp_path / "mine.json", "--epochs", 2000, "--dtype", "float64", "--json", cwd=tmp_path
    )
    assert code == 130
    assert "Traceback" not in errors
    path = tmp_path / "mine-interrupted.netloom"
    assert str(path) in errors
    report = json.loads(out.splitlines()[-1])
    assert report["interrupted"] is True
    assert report["out"] == str(path)
    assert 0 < report["steps"] < 20_000
    stopped = load_project(path)
    assert stopped.checkpoint.step == report["steps"]
    rest = trained(path, "--resume")
    whole = trained(tmp_path / "mine.json", "--epochs", 2000, "--dtype", "float64")
    assert rest["steps"] == whole["steps"] == 20_000
    assert (rest["train"], rest["dev"]) == (whole["train"], whole["dev"])


@pytest.mark.skipif(sys.platform == "win32", reason="signals differ")
def test_ctrl_c_keeps_to_out_or_the_working_folder(tmp_path):
    words = ("--epochs", 1_000_000, "--out", "kept.netloom")
    code, _, errors = interrupted("template:xor", *words, cwd=tmp_path)
    assert code == 130
    assert "kept.netloom" in errors
    assert load_project(tmp_path / "kept.netloom").checkpoint.step > 0
    code, _, _ = interrupted("template:xor", "--epochs", 1_000_000, "--out", "design.json", cwd=tmp_path)
    assert code == 130
    assert load_project(tmp_path / "xor-interrupted.netloom").checkpoint.step > 0
    assert sorted(os.listdir(tmp_path)) == ["design.json", "kept.netloom", "xor-interrupted.netloom"]


def test_a_stop_in_the_middle_of_an_epoch_resumes_bit_by_bit(tmp_path):
    design = load_template("breast_cancer")
    design = design.with_changes(training=design.training.replace(epochs=4, dtype="float64"))
    data = prepare(design.data)
    control = Control(paused=True)
    control.step(17)
    checkpoint = None
    for event in train(design, data, control=control):
        if event.step == 17:
            control.stop()
        if isinstance(event, Checkpointed):
            checkpoint = event.checkpoint
    assert checkpoint.position > 0
    save_project(tmp_path / "a.netloom", Project(design, checkpoint))
    (whole,) = [event for event in train(design, data) if isinstance(event, Finished)]
    rest = trained(tmp_path / "a.netloom", "--resume")
    assert {part: rest[part] for part in whole.parts} == whole.parts


# inspect and templates


def test_inspect_counts():
    result = run("inspect", "template:digits_mlp", "--json")
    assert result.exit_code == 0
    report = json.loads(result.stdout.splitlines()[-1])
    assert report["parameters"] == 64 * 64 + 64 + 64 * 32 + 32 + 32 * 10 + 10
    assert report["multiplications"] == 64 * 64 + 64 * 32 + 32 * 10
    assert (report["problems"], report["warnings"]) == ([], [])
    node = report["nodes"][1]
    assert node == {
        "id": "dense_1",
        "kind": "dense",
        "name": "hidden 1",
        "output_shape": [64],
        "parameters": 4160,
        "multiplications": 4096,
        "problems": [],
    }


def test_inspect_shows_problems(tmp_path):
    data = load_template("skip").to_data()
    data["nodes"][4]["layer"]["units"] = 5
    data["nodes"][9]["layer"] = {"kind": "teleport"}
    (tmp_path / "a.json").write_text(json.dumps(data))
    result = run("inspect", tmp_path / "a.json", "--json")
    assert result.exit_code == 1
    report = json.loads(result.stdout.splitlines()[-1])
    by_id = {node["id"]: node for node in report["nodes"]}
    assert by_id["dense_4"]["kind"] == "teleport"
    assert by_id["dense_4"]["output_shape"] is None
    assert by_id["dense_4"]["problems"][0] in report["problems"]
    readable = run("inspect", tmp_path / "a.json")
    assert readable.exit_code == 1
    assert "Problem: Unknown layer 'logit' cannot be used" in readable.stdout


def test_inspect_against_data():
    assert run("inspect", "template:xor", "--data", "planar:moons").exit_code == 0
    result = run("inspect", "template:xor", "--data", "sklearn:wine", "--json")
    assert result.exit_code == 1
    problems = json.loads(result.stdout.splitlines()[-1])["problems"]
    assert problems[0] == "Input 'x1, x2' takes (2,), but the data has 13 features. Set its shape to 13."


def test_names_with_brackets_are_shown_as_they_are():
    assert "a[l] + z[l+2]" in run("inspect", "template:skip").stdout


def test_templates():
    rows = json.loads(run("templates", "--json").stdout.splitlines()[-1])
    assert [row["name"] for row in rows] == template_names()
    assert rows[0].keys() == {"name", "title", "description", "data", "parameters"}
    readable = run("templates").stdout
    assert all(f"template:{name}" in readable for name in template_names())


# Imports


@pytest.mark.parametrize(
    ("words", "absent"),
    [
        (("inspect", "template:xor", "--json"), ("PySide6", "cupy", "pandas", "sklearn", "rich", "engine.training")),
        (("train", "template:xor", "--epochs", "1", "--json"), ("PySide6", "cupy", "pandas", "sklearn", "gui")),
    ],
)
def test_only_what_is_needed_is_imported(words, absent):
    program = (
        "import sys\n"
        "from engine.command_line import app\n"
        f"app({list(words)!r}, standalone_mode=False)\n"
        f"print([name for name in {list(absent)!r} if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_python_m_engine():
    child = process("inspect", "template:xor", "--json")
    out, errors = child.communicate(timeout=60)
    assert (child.returncode, errors) == (0, "")
    assert json.loads(out)["parameters"] == 33
    child = process()
    out, _ = child.communicate(timeout=60)
    assert child.returncode == 0
    assert "templates" in out


def test_inspect_prints_the_analysis_table() -> None:
    result = run("inspect", "template:digits_mlp", "--table", "csv")
    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert lines[0].startswith("Layer,Kind,Activation shape,Activation size,Parameters")
    assert lines[-1].startswith("Total,")
    assert run("inspect", "template:digits_mlp", "--table", "markdown").stdout.startswith("| Layer | Kind |")
