"""What `netloom train` does: one run with a progress bar, that Ctrl-C stops without losing it."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine.backend import BackendName
from engine.checkpoint import Checkpoint
from engine.command_line import TEMPLATE, console, say
from engine.control import Control
from engine.data import PreparedData, prepare
from engine.data.errors import listed
from engine.design import Design
from engine.events import Checkpointed, Diverged, Evaluated, Event, Finished, Metrics, Notice, Progress, Started
from engine.files import SUFFIX, FileError, Project, checkpoint_problem, save_project
from engine.files_disk import write_atomically
from engine.fitting import data_problems, fit_design
from engine.history import HistoryRecorder
from engine.plan import DesignError, Plan, make_plan
from engine.training import Trainer
from engine.transfer import first_weights, match_weights, read_weights

PARTS = ("train", "dev", "test")
SHOWN_EVERY = 0.1
"""Seconds between two pictures of the progress bar."""
LOGGED_EVERY = 10.0
"""Seconds between two lines where stderr is no terminal."""
SIGNALS = (signal.SIGINT, signal.SIGTERM)


class TrainingCommand:
    """One call of `netloom train`."""

    def __init__(
        self,
        *,
        name: str,
        design: Design,
        fit: bool,
        before: Project | None,
        backend: BackendName,
        out: Path | None,
        history: Path | None,
        weights: Path | None = None,
    ) -> None:
        """Get ready. Raises an error with a plain sentence where the run cannot begin.

        Args:
            name: DESIGN as the user wrote it.
            design: What to train, with its settings and data.
            fit: Fit the ends of the network to the data.
            before: The project to go on with.
            backend: "numpy" or "cupy".
            out: Where to save.
            history: Where to save the figures as a table.
            weights: Of another file, to begin with.
        """
        self.name = name
        self.backend: BackendName = backend
        self.out = out
        self.history = history
        self.saved: Path | None = None
        for path in (out, history):
            if path is not None and not path.expanduser().absolute().parent.is_dir():
                raise FileError(f"There is no folder '{path.parent}' for '{path.name}'. Make it, or choose another.")
        self.data: PreparedData = prepare(design.data)
        if fit:
            design = design.with_changes(graph=fit_design(design.graph, self.data))
        self.design = design
        self.control = Control()
        self.recorder = HistoryRecorder()
        self._signal = 0
        self._trainer = self._make_trainer(before, weights)
        self._started: Started | None = None
        self._finished: Finished | None = None
        self._diverged: Diverged | None = None
        self._checkpoint: Checkpoint | None = None
        self._parts: dict[str, Metrics] = {}

    def _make_trainer(self, before: Project | None, weights: Path | None) -> Trainer:
        plan = make_plan(self.design.graph).require()
        problems = [p.message for p in data_problems(plan, self.data) if p.severity == "error"]
        if problems:
            raise DesignError(" ".join(problems))
        checkpoint = self._taken_over(plan, weights) if weights is not None else None
        if before is not None:
            checkpoint = before.checkpoint
            if checkpoint is None:
                raise FileError(f"'{self.name}' holds no weights to go on with. Train it without --resume.")
            misfit = checkpoint_problem(self.design, checkpoint)
            if misfit is not None:
                raise FileError(f"'{self.name}' cannot go on: {misfit} Train it without --resume.")
            if checkpoint.epoch >= self.design.training.epochs:
                say(f"epoch {checkpoint.epoch} is reached already; --epochs takes the total number.")
            try:
                self.recorder = HistoryRecorder(before.history)
            except ValueError as error:
                say(str(error))
        return Trainer(self.design, self.data, backend=self.backend, control=self.control, checkpoint=checkpoint)

    def _taken_over(self, plan: Plan, weights: Path) -> Checkpoint:
        stored = read_weights(weights)
        matches = match_weights(plan, stored)
        checkpoint = first_weights(self.design, matches, stored)
        new = [match.name for match in matches if not match.fits]
        rest = f"; {listed(new, 8)} begin anew" if new else ""
        say(f"{len(matches) - len(new)} of {len(matches)} arrays from '{weights.name}'{rest}.")
        return checkpoint

    def run(self) -> int:
        """Train, and save what was asked for.

        Returns:
            The exit code: 0, 1 after a divergence, 128 + the signal that stopped it (130 for Ctrl-C).
        """
        with _progress() as show, self._stopped_by_signals():
            for event in self._trainer.run(0.05):
                self.recorder.append(event)
                self._take(event)
                show(event)
        self._save()
        if self._diverged is not None:
            say(self._diverged.message)
            return 1
        return 128 + self._signal if self._interrupted else 0

    @property
    def _interrupted(self) -> bool:
        """A signal ended the run before its last epoch."""
        return bool(self._signal) and self._finished is not None and self._finished.stopped

    def _take(self, event: Event) -> None:
        if isinstance(event, Started):
            self._started = event
            for notice in event.notices:
                say(notice)
        elif isinstance(event, Notice):
            say(event.message)
        elif isinstance(event, Evaluated):
            self._parts = event.parts
        elif isinstance(event, Diverged):
            self._diverged = event
        elif isinstance(event, Checkpointed):
            self._checkpoint = event.checkpoint
        elif isinstance(event, Finished):
            self._finished = event

    # Ctrl-C

    @contextmanager
    def _stopped_by_signals(self) -> Iterator[None]:
        """The first Ctrl-C lets the running step end, so that a consistent state is saved; the second gives up."""
        before = {number: signal.signal(number, self._on_signal) for number in SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _on_signal(self, number: int, _frame: Any) -> None:
        if self._signal:
            raise KeyboardInterrupt
        self._signal = number
        self.control.stop()

    # Saving

    def _save(self) -> None:
        if self.history is not None:
            write_atomically(self.history, self._write_history)
        target = self.out
        project = Project(self.design, self._checkpoint, self.recorder.to_data())
        if target is not None:
            self.saved = _save_somewhere(target, project)
        if self._interrupted and (target is None or target.suffix.lower() == ".json"):  # neither keeps the weights
            self.saved = _save_somewhere(self._interrupted_path(), project)
        if self._interrupted:
            epoch = self._finished.epoch + 1 if self._finished else 1
            say(f"stopped in epoch {epoch}. netloom train '{self.saved}' --resume goes on from there.")

    def _interrupted_path(self) -> Path:
        if self.name.startswith(TEMPLATE):
            return Path(f"{self.name.removeprefix(TEMPLATE)}-interrupted{SUFFIX}")
        path = Path(self.name)
        stem = path.stem.removesuffix("-interrupted")
        return path.with_name(f"{stem}-interrupted{SUFFIX}")

    def _write_history(self, stream: Any) -> None:
        import io

        text = io.TextIOWrapper(stream, "utf-8", newline="")
        self.recorder.write_csv(text)
        text.detach()

    # Reports

    def report(self) -> dict[str, Any]:
        """The result as plain values; parts that were not measured are None."""
        assert self._started is not None
        assert self._finished is not None
        steps, seconds = self._finished.step - self._started.step, self._finished.seconds
        report: dict[str, Any] = {
            "design": self.name,
            "epochs": self._finished.epoch,
            "steps": self._finished.step,
            "seconds": round(seconds, 4),
            "steps_per_second": round(steps / seconds, 1) if seconds > 0 else None,
            "seed": self._trainer.settings.seed,
            "backend": self.backend,
            "dtype": self.design.training.dtype,
            "parameters": self._started.parameters,
            **{part: self._parts.get(part) for part in PARTS},
            "out": None if self.saved is None else str(self.saved),
        }
        if self._interrupted:
            report["interrupted"] = True
        if self._diverged is not None:
            event = self._diverged
            report["diverged"] = {
                "message": event.message,
                "node": event.node,
                "tensor": event.tensor,
                "good_step": event.good_step,
            }
        return report

    def print_table(self) -> None:
        """The result for a reader."""
        from rich import box
        from rich.table import Table

        report = self.report()
        names = list(dict.fromkeys(name for metrics in self._parts.values() for name in metrics))
        table = Table("", *names, box=box.SIMPLE_HEAD)
        for part, metrics in self._parts.items():
            table.add_row(part, *(f"{metrics[name]:.6g}" if name in metrics else "" for name in names))
        out = console()
        if self._parts:
            out.print(table)
        speed = f", {report['steps_per_second']:,.0f} steps/s" if report["steps_per_second"] else ""
        line = f"{report['epochs']:,} epochs, {report['steps']:,} steps in {report['seconds']:.2f} s{speed}"
        out.print(line)
        if self.saved is not None:
            out.print(f"Saved as {self.saved}", soft_wrap=True)


def _save_somewhere(path: Path, project: Project) -> Path:
    """Save, and if that fails (a full disk, a folder taken away) in the folder for temporary files: hours are in it.

    Returns:
        Where it was saved.

    Raises:
        FileError: It cannot be saved there either.
    """
    try:
        save_project(path, project)
    except FileError as error:
        spare = Path(tempfile.gettempdir()) / f"{path.stem}-{time.strftime('%Y%m%d-%H%M%S')}{SUFFIX}"
        save_project(spare, project)
        raise FileError(f"{error} The result of the training is in '{spare}'.") from error
    return path


@contextmanager
def _progress() -> Iterator[Any]:
    """A function that shows an event: a bar in a terminal, now and then a line elsewhere."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield _Log()
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("epoch {task.fields[epoch]:,}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %  cost {task.fields[cost]:.4g}"),
        TimeRemainingColumn(),
    )
    # Drawn by this thread: one of its own would take the interpreter from the training.
    with Bar(*columns, console=Console(stderr=True), auto_refresh=False, transient=True) as bar:
        yield _Bar(bar)


class _Bar:
    def __init__(self, bar: Any) -> None:
        self._bar = bar
        self._task = bar.add_task("", total=None, epoch=0, cost=float("nan"))
        self._shown = 0.0

    def __call__(self, event: Event) -> None:
        if isinstance(event, Started):
            self._bar.update(self._task, total=event.total_steps, completed=event.step, epoch=event.epoch)
        elif isinstance(event, Progress) and time.monotonic() - self._shown > SHOWN_EVERY:
            self._shown = time.monotonic()
            self._bar.update(self._task, completed=event.step, epoch=event.epoch, cost=float(event.costs[-1]))
            self._bar.refresh()


class _Log:
    def __init__(self) -> None:
        self._total = 0
        self._shown = time.monotonic()

    def __call__(self, event: Event) -> None:
        if isinstance(event, Started):
            self._total = event.total_steps
            say(f"{event.parameters:,} parameters, {event.total_steps - event.step:,} steps to go.")
        elif isinstance(event, Progress) and time.monotonic() - self._shown > LOGGED_EVERY:
            self._shown = time.monotonic()
            say(f"step {event.step:,} of {self._total:,}, epoch {event.epoch:,}, cost {event.costs[-1]:.4g}")
