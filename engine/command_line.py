"""The command line: train, inspect and list templates without a window. `gui.launch` adds the window to the same app.

What is slow to import waits until it is needed: `inspect` touches neither pandas nor scikit-learn nor the trainer.
"""

from __future__ import annotations

import functools
import json
import math
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn, ParamSpec, TypeVar

import typer
from pydantic import ValidationError

from engine.backend import BackendError
from engine.data import DataError, parse_spec
from engine.declaration import explain
from engine.design import Design, DesignFileError
from engine.files import FileError, Project, load_project
from engine.layer import Layer
from engine.plan import DesignError, Plan, Problem, make_plan
from engine.shapes import format_shape
from engine.templates import load_template, template_names

EXPECTED = (BackendError, DataError, DesignError, DesignFileError, FileError)
"""Errors that tell the user in a plain sentence what to do."""
TEMPLATE = "template:"

P = ParamSpec("P")
R = TypeVar("R")

app = typer.Typer(
    name="netloom",
    help="Draw a neural network, train it live, see why it learns.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


class BackendChoice(StrEnum):
    """Values of --backend."""

    numpy = "numpy"
    cupy = "cupy"


class DTypeChoice(StrEnum):
    """Values of --dtype."""

    float32 = "float32"
    float64 = "float64"


class TableChoice(StrEnum):
    """Values of --table."""

    csv = "csv"
    markdown = "markdown"


DesignArgument = Annotated[
    str,
    typer.Argument(metavar="DESIGN", help="A .netloom project, a design.json, or template:NAME.", show_default=False),
]
DataOption = Annotated[
    str | None,
    typer.Option(
        "--data",
        metavar="SPEC",
        help="planar:spirals?m=500&noise=0.1, sklearn:wine, csv:PATH?target=COLUMN, npz:PATH, idx:DIR, "
        "cifar:DIR, images:DIR?size=64x64 or h5:PATH?x=KEY&y=KEY, "
        "in place of the design's own data.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="End stdout with one line of JSON.")]


# For all commands


def speaks_plainly(command: Callable[P, R]) -> Callable[P, R]:
    """Turn the errors that a user can do something about into one sentence on stderr and the exit code 2."""

    @functools.wraps(command)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except EXPECTED as error:
            fail(str(error))
        except KeyboardInterrupt:
            fail("interrupted; nothing was saved.", 130)

    return wrapper


def say(message: str) -> None:
    """One sentence on stderr."""
    print(f"netloom: {message}", file=sys.stderr, flush=True)  # noqa: T201


def fail(message: str, code: int = 2) -> NoReturn:
    """Say why, and end with an exit code."""
    say(message)
    raise typer.Exit(code)


def open_design(design: str) -> Project:
    """What DESIGN names: a file or a template. Raises FileError or DesignFileError."""
    if design.startswith(TEMPLATE):
        return Project(load_template(design.removeprefix(TEMPLATE)))
    if not Path(design).suffix and design in template_names() and not Path(design).exists():
        raise FileError(f"There is no file '{design}'. The template is named {TEMPLATE}{design}.")
    project = load_project(design)
    for notice in project.notices:
        say(notice)
    return project


def with_data(design: Design, spec: str | None) -> Design:
    """The design with its data taken from a line of text, where there is one. Raises DataError."""
    if spec is None:
        return design
    return design.with_changes(data=design.data.replace(source=parse_spec(spec)))


def print_json(value: Any) -> None:
    """One line of JSON on stdout; a number that is not finite becomes null, since JSON has none."""
    print(json.dumps(_finite(value), ensure_ascii=False, allow_nan=False), flush=True)  # noqa: T201


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


# Commands


@app.command("train")
@speaks_plainly
def train_command(
    design: DesignArgument,
    data: DataOption = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the training part, in total.")] = None,
    seed: Annotated[int | None, typer.Option(help="Of the first weights, the batches and dropout.")] = None,
    backend: Annotated[BackendChoice, typer.Option(help="Where the arrays live.")] = BackendChoice.numpy,
    dtype: Annotated[DTypeChoice | None, typer.Option(help="Precision of all computed numbers.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Examples in a step; 0 takes all.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="α of the optimizer.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Save the trained project here.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where the project stopped.")] = False,
    weights: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Begin with the weights of this project or safetensors file that fit."),
    ] = None,
    history: Annotated[Path | None, typer.Option(metavar="FILE.csv", help="Save costs and figures by epoch.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Train a design without a window.

    The design's own data and settings are used where no option says otherwise; with --data the two ends of the network
    are fitted to the new data. Ctrl-C stops after the running step and saves a project with which --resume goes on.
    """
    project = open_design(design)
    if weights is not None and resume:
        fail("--resume goes on with the project's own weights; leave it out to begin with those of --weights.")
    settings = {
        "epochs": epochs,
        "seed": seed,
        "dtype": dtype.value if dtype else None,
        "batch_size": batch_size,
    }
    training = project.design.training
    try:
        training = training.replace(**{name: value for name, value in settings.items() if value is not None})
        if learning_rate is not None:
            training = training.replace(optimizer=training.optimizer.replace(learning_rate=learning_rate))
    except ValidationError as error:
        fail(explain(error, "The training settings"))
    changed = with_data(project.design, data).with_changes(training=training)

    from engine.command_train import TrainingCommand

    command = TrainingCommand(
        name=design,
        design=changed,
        fit=data is not None,
        before=project if resume else None,
        weights=weights,
        backend=backend.value,
        out=out,
        history=history,
    )
    code = command.run()
    if as_json:
        print_json(command.report())
    else:
        command.print_table()
    raise typer.Exit(code)


@app.command("inspect")
@speaks_plainly
def inspect_command(
    design: DesignArgument,
    data: DataOption = None,
    table: Annotated[
        TableChoice | None, typer.Option(help="Print the analysis table, with sizes and memory, as text to copy.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show shapes, parameters, counts and problems of a design. The exit code is 1 if there are problems."""
    found = with_data(open_design(design).design, data)
    plan = make_plan(found.graph)
    problems = [*plan.problems, *plan.warnings]
    if data is not None:
        from engine.data import prepare
        from engine.fitting import data_problems

        problems += data_problems(plan, prepare(found.data))
    errors = [problem for problem in problems if problem.severity == "error"]
    if table is not None:
        from engine.analysis import analyse

        rows = analyse(plan, m=found.training.batch_size or 1, dtype=found.training.dtype)
        print(rows.to_csv() if table is TableChoice.csv else rows.to_markdown(), end="")  # noqa: T201
    elif as_json:
        print_json(_plan_data(plan, problems))
    else:
        _print_plan(found, plan, problems)
    raise typer.Exit(1 if errors else 0)


@app.command("templates")
@speaks_plainly
def templates_command(as_json: JsonOption = False) -> None:
    """List the designs that come with the program; each carries its data and training settings."""
    rows = []
    for name in template_names():
        design = load_template(name)
        rows.append(
            {
                "name": name,
                "title": design.name,
                "description": design.description,
                "data": design.data.source.spec(),
                "parameters": make_plan(design.graph).parameter_count,
            }
        )
    if as_json:
        print_json(rows)
        return
    table = _table("Template", "Data", "Parameters")
    for row in rows:
        table.add_row(TEMPLATE + row["name"], row["data"], f"{row['parameters']:,}")
    console().print(table)


# What inspect shows


def _plan_data(plan: Plan, problems: list[Problem]) -> dict[str, Any]:
    messages = {severity: [p.message for p in problems if p.severity == severity] for severity in ("error", "warning")}
    nodes = [
        {
            "id": node.id,
            "kind": _kind(node.layer),
            "name": node.node.name,
            "output_shape": None if node.shape is None else list(node.shape),
            "parameters": node.parameter_count,
            "multiplications": node.multiplications,
            "problems": [p.message for p in problems if p.node == node.id and p.severity == "error"],
        }
        for node in plan.nodes.values()
    ]
    return {
        "nodes": nodes,
        "parameters": plan.parameter_count,
        "multiplications": plan.multiplications,
        "problems": messages["error"],
        "warnings": messages["warning"],
    }


def _kind(layer: Layer) -> str:
    """Also of a layer that this Netloom does not know, the kind that its file names."""
    return str(layer.to_data().get("kind", layer.kind))


def _print_plan(design: Design, plan: Plan, problems: list[Problem]) -> None:
    table = _table("Node", "Layer", "Output", "Parameters", "Multiplications", title=design.name)
    for node in plan.nodes.values():
        counts = (f"{node.parameter_count:,}", f"{node.multiplications:,}")
        table.add_row(node.node.title, node.layer.label, format_shape(node.shape), *counts)
    table.add_section()
    table.add_row("Total", "", "", f"{plan.parameter_count:,}", f"{plan.multiplications:,}")
    console().print(table)
    for problem in problems:
        print(f"{'Problem' if problem.severity == 'error' else 'Note'}: {problem.message}")  # noqa: T201


def _table(*columns: str, title: str | None = None) -> Any:
    from rich import box
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for column in columns:
        number = column in ("Parameters", "Multiplications")
        table.add_column(column, justify="right" if number else "left", no_wrap=number, overflow="fold")
    return table


def console() -> Any:
    """A rich console for stdout. Names are the user's: square brackets in them are no markup."""
    from rich.console import Console

    return Console(markup=False, highlight=False, emoji=False, soft_wrap=False)
