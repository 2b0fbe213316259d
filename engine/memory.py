"""How much memory a training needs, known before anything is allocated, against what is free."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.backend import BackendName, get_backend
from engine.compiler import trace
from engine.data import DataError, PreparedData
from engine.data.pixels import Pixels
from engine.design import Design
from engine.feed import EVALUATED_AT_MOST
from engine.layers.ends import Input
from engine.network import evaluation_chunk
from engine.plan import DesignError, Plan, make_plan
from engine.program import Program, Scope
from engine.settings import TrainingSettings

COPIES = 3
"""Of parameters and slots: the two states a diverged run goes back to, and the checkpoint that is being made."""
KERNELS = 0.1
"""Share of the activations that kernels calculate with and allocators lose; 0.02 to 0.12 were measured."""
SMALL = 256 * 2**20
"""Bytes; a training that needs no more is never refused."""
PROBES = (8, 16)
"""Batch sizes whose programs are written down: the bytes of a program grow in a straight line with its examples."""


class MemoryShortageError(DesignError):
    """A training would not fit in memory."""

    def __init__(self, message: str, batch_size: int) -> None:
        """Keep the batch size that would fit; 0 when none does."""
        super().__init__(message)
        self.batch_size = batch_size


@dataclass(frozen=True, slots=True)
class MemoryEstimate:
    """Bytes that a training holds at its peak, beside the data that is loaded already."""

    m: int
    """Examples in a batch."""
    parameters: int
    """Parameters, their gradients, and states such as running averages."""
    slots: int
    """What the optimizer remembers, and what it calculates with."""
    copies: int
    """Of parameters and slots, to go back to."""
    batch: int
    """Activations and their gradients, for a full batch and for the smaller last one."""
    evaluation: int
    """Activations for measuring the parts."""
    data: int
    """The examples in the precision of the network, where that is not how they are loaded."""

    @property
    def total(self) -> int:
        """All of it."""
        exact = self.parameters + self.slots + self.copies + self.batch + self.evaluation + self.data
        return exact + round(KERNELS * (self.batch + self.evaluation))


class MemoryModel:
    """The estimates of one design for any batch size; making one allocates no arrays."""

    def __init__(self, design: Design, parts: Mapping[str, int], data: int = 0) -> None:
        """Trace the design.

        Args:
            design: What is to be trained. Raises DesignError when it has problems.
            parts: Number of examples of each part.
            data: Bytes of a copy of the examples.
        """
        plan = make_plan(design.graph).require()
        self._itemsize = np.dtype(design.training.dtype).itemsize
        self._parts, self._data = parts, data
        used = [node for node in plan.nodes.values() if node.id in plan.used]
        count = sum(node.parameter_count for node in used)
        trained = sum(node.parameter_count for node in used if not node.node.frozen)
        remembered = sum(design.training.optimizer.slots().values()) * trained * self._itemsize
        self._parameters = 2 * count * self._itemsize
        self._slots = remembered + update_bytes(design.training, trained, self._itemsize)
        self._copies = COPIES * (count * self._itemsize + remembered)
        self._training = self._line(plan, training=True)
        self._measuring = self._line(plan, training=False)
        self._evaluation = self._evaluation_bytes(evaluation_chunk(plan, self._itemsize))

    def estimate(self, batch_size: int) -> MemoryEstimate:
        """For a batch size; 0 takes all of the training part."""
        m = self._parts["train"]
        size = min(batch_size or m, m)
        batch = self._bytes(self._training, size) + self._bytes(self._training, m % size if m > size else 0)
        return MemoryEstimate(
            size, self._parameters, self._slots, self._copies, batch, self._evaluation, self._data
        )  # fmt: skip

    def fitting(self, free: int) -> int:
        """The largest power of two that fits as a batch size; 0 when not even a single example does."""
        sizes = [2**power for power in range(20) if 2**power <= self._parts["train"]]
        return max((size for size in sizes if self.estimate(size).total <= free), default=0)

    def _line(self, plan: Plan, *, training: bool) -> tuple[float, float]:
        low, high = (
            program_bytes(trace(plan, m, training=training, backward=training), self._itemsize) for m in PROBES
        )
        slope = (high - low) / (PROBES[1] - PROBES[0])
        return low - slope * PROBES[0], slope

    @staticmethod
    def _bytes(line: tuple[float, float], m: int) -> int:
        return round(line[0] + line[1] * m) if m else 0

    def _evaluation_bytes(self, chunk: int) -> int:
        sizes: set[int] = set()
        for name, m in self._parts.items():
            for examined in {m, min(m, EVALUATED_AT_MOST) if name == "train" else m}:
                sizes |= {min(examined, chunk), examined % chunk}
        return sum(self._bytes(self._measuring, size) for size in sizes)


def program_bytes(program: Program, itemsize: int) -> int:
    """Bytes of the arrays that binding a program allocates, for numbers of so many bytes."""
    sizes = {"real": itemsize, "mask": 1, "index": 8}
    return sum(int(np.prod(b.shape, dtype=np.int64)) * sizes[b.element] for b in program.own_buffers)


def update_bytes(settings: TrainingSettings, trained: int, itemsize: int) -> int:
    """Bytes that penalties and the optimizer's step calculate with, for so many parameters."""
    program = Program(1, training=True)
    slots = {name: (rows, trained) for name, rows in settings.optimizer.slots().items()}
    scope = Scope(program, "optimizer", states=slots)
    settings.optimizer.update(scope, *(program.share(f"optimizer/{n}", (trained,)) for n in ("theta", "gradient")))
    return program_bytes(program, itemsize) + (bool(settings.l2) + bool(settings.l1)) * trained * itemsize


def memory_model(design: Design, data: PreparedData) -> MemoryModel:
    """The model of a design on its data."""
    copied = 0
    dtype = np.dtype(design.training.dtype)
    for part in data.parts.values():
        for node in make_plan(design.graph).inputs:
            assert isinstance(node.layer, Input)
            try:
                values = part.input(node.layer.source)
            except DataError:
                continue  # the run itself says so
            if not isinstance(values, Pixels) and values.dtype != dtype:
                copied += values.size * dtype.itemsize
    return MemoryModel(design, {name: part.m for name, part in data.parts.items()}, copied)


def check_memory(design: Design, data: PreparedData, backend: BackendName = "numpy", free: int | None = None) -> None:
    """Refuse a training that would not fit in what is free (asked of the system when None).

    Raises:
        MemoryShortageError: with the estimate, what is free, and the batch size that fits.
        DesignError: the design has problems.
    """
    free = free_bytes(backend) if free is None else free
    if free is None:
        return
    model = memory_model(design, data)
    needed = model.estimate(design.training.batch_size)
    if needed.total <= max(free, SMALL):
        return
    where = "are free" if backend == "numpy" else "are free on the graphics card"
    text = (
        f"Training {design.name} with batches of {needed.m:,} needs about {in_gigabytes(needed.total)}, "
        f"but {in_gigabytes(free)} {where}."
    )
    size = model.fitting(free)
    if size:
        advice = f"With a batch size of {size} it fits ({in_gigabytes(model.estimate(size).total)})."
    else:
        least = in_gigabytes(model.estimate(1).total)
        advice = f"Even a batch of one example needs {least}: take smaller layers, or close other programs."
    raise MemoryShortageError(f"{text} {advice}", size)


def in_gigabytes(count: float) -> str:
    """A number of bytes to read: "14.2 GB", "310 MB"."""
    return f"{count / 1e9:.1f} GB" if count >= 0.95e9 else f"{count / 1e6:.0f} MB"


# What is free


def free_bytes(backend: BackendName = "numpy") -> int | None:
    """Memory that can be had without swapping; None where the system does not say."""
    if backend != "numpy":
        return get_backend(backend).free_bytes()
    try:
        if sys.platform == "win32":
            return _free_on_windows()
        if sys.platform == "darwin":
            return _free_on_mac()
        return _free_on_linux()
    except (OSError, ValueError, KeyError, AttributeError):
        return None


def _free_on_linux() -> int:
    fields = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
    free = int(fields["MemAvailable"].split()[0]) * 1024
    group = _free_in_group(Path("/sys/fs/cgroup"))
    return free if group is None else min(free, group)


def _free_in_group(folder: Path) -> int | None:
    """Left of the limit of a container (control groups, version 2); files that were only read do not count."""
    try:
        limit = (folder / "memory.max").read_text().strip()
        if limit == "max":
            return None
        fields = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
        taken = int((folder / "memory.current").read_text()) - int(fields.get("inactive_file", 0))
        return max(0, int(limit) - taken)
    except (OSError, ValueError):
        return None


def _free_on_windows() -> int:
    class Status(ctypes.Structure):
        _fields_ = (
            ("length", ctypes.c_ulong),
            ("load", ctypes.c_ulong),
            *((name, ctypes.c_ulonglong) for name in ("total", "free", "c", "d", "e", "f", "g")),
        )

    status = Status(length=ctypes.sizeof(Status))
    if not ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):  # type: ignore[attr-defined]
        raise OSError("GlobalMemoryStatusEx failed")
    return int(status.free)


def _free_on_mac() -> int:
    import re
    import subprocess

    text = subprocess.run(["/usr/bin/vm_stat"], capture_output=True, text=True, check=True, timeout=5).stdout
    page = int(re.findall(r"page size of (\d+)", text)[0])
    pages = {name: int(count) for name, count in re.findall(r"Pages (\w+):\s+(\d+)", text)}
    return page * (pages["free"] + pages["inactive"] + pages.get("speculative", 0))
