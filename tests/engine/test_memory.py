"""How much memory a training needs is known before it begins, and what does not fit is refused."""

from __future__ import annotations

import time
import tracemalloc

import pytest
from typer.testing import CliRunner

from engine.command_line import app
from engine.compiler import trace
from engine.data import prepare
from engine.memory import (
    MemoryModel,
    MemoryShortageError,
    check_memory,
    free_bytes,
    in_gigabytes,
    memory_model,
    program_bytes,
)
from engine.network import compile_design
from engine.plan import make_plan
from engine.templates import load_template
from engine.training import Trainer


def test_the_bytes_of_a_program_are_those_that_binding_allocates():
    network = compile_design(load_template("lenet5"))
    program = network.program(16, training=True, backward=True)
    allocated = sum(buffer.array.nbytes for buffer in program.program.own_buffers)
    assert program_bytes(program.program, 4) == allocated


@pytest.mark.parametrize("name", ["vgg16", "resnet18", "googlenet", "digits_cnn", "spirals"])
def test_the_straight_line_meets_the_program_of_any_batch(name: str):
    design = load_template(name)
    estimate = MemoryModel(design, {"train": 64}).estimate(64)
    exact = program_bytes(trace(make_plan(design.graph), 64, training=True, backward=True), 4)
    assert estimate.batch == pytest.approx(exact, rel=1e-4)


def test_vgg16_has_the_known_parameters_and_nothing_is_allocated():
    tracemalloc.start()
    begun = time.perf_counter()
    model = MemoryModel(load_template("vgg16"), {"train": 64, "dev": 16})
    seconds = time.perf_counter() - begun
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert model.estimate(1).parameters == 2 * 138_357_544 * 4
    assert seconds < 1
    assert peak < 20e6, "an estimate must not allocate the arrays it counts"
    assert model.estimate(64).total > model.estimate(8).total > 4e9


def test_too_large_a_batch_is_refused_with_the_one_that_fits():
    design = load_template("digits_cnn")
    design = design.with_changes(training=design.training.replace(batch_size=1024))
    data = prepare(design.data)
    check_memory(design, data, free=2**40)
    model = memory_model(design, data)
    needed = model.estimate(1024).total
    import engine.memory

    small, engine.memory.SMALL = engine.memory.SMALL, 0
    try:
        with pytest.raises(MemoryShortageError) as caught:
            check_memory(design, data, free=needed - 1)
        assert caught.value.batch_size == 512
        text = str(caught.value)
        assert f"with batches of 1,024 needs about {in_gigabytes(needed)}, but" in text
        assert f"With a batch size of 512 it fits ({in_gigabytes(model.estimate(512).total)})." in text
        with pytest.raises(MemoryShortageError, match="Even a batch of one example needs") as caught:
            check_memory(design, data, free=1000)
        assert caught.value.batch_size == 0
    finally:
        engine.memory.SMALL = small


def test_the_trainer_and_the_command_line_refuse_before_they_allocate(monkeypatch):
    monkeypatch.setattr("engine.memory.free_bytes", lambda backend="numpy": 1_000_000)
    monkeypatch.setattr("engine.memory.SMALL", 0)
    design = load_template("digits_cnn")
    monkeypatch.setattr("engine.training.compile_design", lambda *a, **k: pytest.fail("it allocated"))
    with pytest.raises(MemoryShortageError):
        Trainer(design)
    result = CliRunner().invoke(app, ["train", "template:digits_cnn", "--epochs", "1"])
    assert result.exit_code == 2
    assert "needs about" in result.stderr


def test_what_is_free_is_known_here():
    free = free_bytes()
    assert free is not None
    assert 10e6 < free < 1e15
    assert in_gigabytes(14.2e9) == "14.2 GB"
    assert in_gigabytes(310e6) == "310 MB"
