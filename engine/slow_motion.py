"""Slow motion: one training step taken apart into sub-steps, computed by the very operations that training runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from engine.backend import flush_denormals
from engine.checkpoint import Checkpoint
from engine.data import PreparedData
from engine.design import Design
from engine.explaining.deriving import Explainer, Statement
from engine.explaining.writing import Writer
from engine.feed import Feed
from engine.graph import Edge
from engine.layers.ends import Input
from engine.network import compile_design, input_buffer, target_buffer
from engine.plan import PlanNode
from engine.slow_figures import Examples, Figure, figure_of
from engine.slow_words import Words
from engine.statistics import set_statistics
from engine.stepper import Stepper
from engine.tensors import statistics

Phase = Literal["batch", "forward", "cost", "backward", "update"]
PHASES: tuple[Phase, ...] = ("batch", "forward", "cost", "backward", "update")

MOST_FIGURES = 4
MOST_EXAMPLES, MOST_FEATURES = 6, 5
"""Rows and columns of the table of the batch."""


@dataclass(frozen=True, eq=False, slots=True)
class SubStep:
    """One moment of a training step."""

    phase: Phase
    name: str
    """What is done, such as "forward dense_1"; each comes once in a step."""
    title: str
    sentence: str
    nodes: tuple[str, ...] = ()
    """Ids of the nodes that are at work."""
    edges: tuple[Edge, ...] = ()
    """Along which numbers arrive: forward from the left, backward from the right."""
    label: str = ""
    """What arrives, in short."""
    formulas: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    examples: Examples | None = None


@dataclass(frozen=True, eq=False, slots=True)
class SlowStep:
    """One training step as a list of sub-steps."""

    step: int
    """Number of the step within the run, from 1."""
    epoch: int
    """Number of the epoch it belongs to, from 1."""
    rows: np.ndarray
    """Places in the training part of the examples of the batch, counted from 0."""
    substeps: tuple[SubStep, ...]
    cost_before: float
    """J of the batch with penalties, as training reports it."""
    cost_after: float
    """The same with the weights after the step, and the same units dropped."""
    after: Checkpoint
    """Where the following step begins."""


def slow_step(design: Design, data: PreparedData, checkpoint: Checkpoint | None = None) -> SlowStep:
    """Make the next training step on a network of its own, and keep what each part of it did.

    Args:
        design: What is trained, with the settings in force.
        data: On what.
        checkpoint: Where the run is; None for its beginning.

    Raises:
        DesignError, DataError: the design cannot be trained on the data.
        ValueError, KeyError: the checkpoint belongs to another network.
    """
    with np.errstate(all="ignore"), flush_denormals():
        return _Making(design, data, checkpoint).make()


class _Making:
    """A network that makes one step, and what it noted on the way."""

    def __init__(self, design: Design, data: PreparedData, checkpoint: Checkpoint | None) -> None:
        self.settings, self.data = design.training, data
        self.network = compile_design(design)
        feed = Feed.of(self.network, data.train)
        self.stepper = Stepper(self.network, feed, design.training)
        if checkpoint is not None:
            self.stepper.restore(checkpoint)
        if checkpoint is None or checkpoint.partial:
            set_statistics(self.network, feed)
        self.number, self.epoch = self.stepper.step + 1, self.stepper.epoch + 1
        self.program, self.rows = self.stepper.begin_step()
        plan = self.network.plan
        self.used = [node for node in plan.nodes.values() if node.id in plan.used]
        self.edges = [edge for edge in plan.graph.edges if {edge.source, edge.target} <= plan.used]
        self.writer = Writer(plan)
        self.explainer = Explainer(plan, self.program.m, training=True)
        self.words = Words(self.network, self.settings, self.writer, self.program.m)
        self.found: list[SubStep] = []

    def make(self) -> SlowStep:
        """The step, from the batch to the comparison of the costs."""
        random, network = self.network.random.bit_generator.state, self.network
        self._batch()
        self._forward()
        before = self._cost()
        self._backward()
        self._penalty()
        self._update()
        after = self._cost_again(random)
        self.found.append(
            SubStep("update", "done", "The step is done", self.words.done(self.number, before, after),
                    tuple(node.id for node in network.outputs), label=self.words.change(before, after))
        )  # fmt: skip
        self.stepper.end_step(self.program.m, before)
        return SlowStep(self.number, self.epoch, self.rows, tuple(self.found), before, after, self.stepper.checkpoint())

    # Phases

    def _batch(self) -> None:
        figures = [self._figure(input_buffer(node)) for node in self.network.inputs]
        self._run("target")
        figures += [self._figure(f"{node.id}/Y") for node in self.network.outputs]
        nodes = tuple(node.id for node in self.network.inputs)
        self.found.append(
            SubStep(
                "batch", "batch", self.words.examples(self.program.m),
                self.words.batch(self.rows, self.stepper, self.epoch), nodes,
                label=self.words.extent((self.program.m, *(self.network.inputs[0].shape or ()))),
                figures=tuple(figures[:MOST_FIGURES]), examples=self._examples(),
            )
        )  # fmt: skip

    def _forward(self) -> None:
        for node in self.used:
            if isinstance(node.layer, Input) or node.layer.terminal:
                continue
            self._run("forward", node.id)
            told = [s for s in self.explainer.formulas(node.id).forward if s.source in self]
            shown = [s for s in told if s.label in ("Z", "A")] + [s for s in told if s.label not in ("Z", "A")]
            masks = {name: self._array(name) for name in self._masks(node)}
            output = self._array(f"{node.id}/A")
            sentence = self.words.forward(node, told, output, masks)
            edges = tuple(edge for edge in self.edges if edge.target == node.id)
            self._add("forward", node, sentence, told, self._distinct((s.name, s.source) for s in shown), edges)

    def _cost(self) -> float:
        outputs = self.network.outputs
        for node in outputs:
            self._run("cost", node.id)
            told = [s for s in self.explainer.formulas(node.id).forward if s.source in self and s.label == "J"]
            cost = float(self._array(f"{node.id}/J"))
            edges = tuple(edge for edge in self.edges if edge.target == node.id)
            sentence = self.words.cost(node, told, cost)
            figures = self._distinct((name, name) for name in (f"{node.inputs[0]}/A", f"{node.id}/Y"))
            self._add("cost", node, sentence, told, figures, edges, self.words.amount("J", cost))
        total = float(self._array("cost"))
        penalty = self.network.penalty(self.program.m, self.settings.l2, self.settings.l1)
        ends = tuple(node.id for node in outputs)
        if len(outputs) > 1:
            text = self.words.amount("J", total)
            self.found.append(SubStep("cost", "cost", "All costs", self.words.total(total), ends, label=text))
        if self.words.is_penalized:
            nodes = tuple(dict.fromkeys(name.rpartition("/")[0] for name in self._penalized()))
            text, formula = self.words.penalty(total, penalty)
            label = self.words.amount("J", total + penalty)
            self.found.append(SubStep("cost", "penalty", "The penalty", text, nodes, label=label, formulas=(formula,)))
        return total + penalty

    def _backward(self) -> None:
        for node in reversed(self.used):
            end = node.layer.terminal
            if isinstance(node.layer, Input) or not self._takes_part(node):
                continue
            self._run("backward", node.id)
            told = [s for s in self.explainer.formulas(node.id).backward if s.source in self]
            sizes = [(s, self._array(s.source)) for s in told]
            sentence = self.words.backward(node, sizes, self._reached(node))
            arriving = () if end else tuple(edge for edge in self.edges if edge.source == node.id)
            self._add("backward", node, sentence, told, self._distinct((s.name, s.source) for s in told), arriving)

    def _penalty(self) -> None:
        names = self._penalized()
        before = {name: self.network.gradient(name) for name in names}
        self.network.updater.penalize(self.program.m)
        if not self.words.is_penalized:
            return
        after = {name: self.network.gradient(name) for name in names}
        nodes = tuple(dict.fromkeys(name.rpartition("/")[0] for name in names))
        figures = tuple(self._figure(_gradient(name), after[name]) for name in names[:MOST_FIGURES])
        self.found.append(
            SubStep("backward", "penalty gradient", "The penalty's gradient", self.words.decay(before, after), nodes,
                    formulas=self.words.decay_formulas(names), figures=figures)
        )  # fmt: skip

    def _update(self) -> None:
        network = self.network
        before = {name: network[name] for name, slot in network.store.layout.items() if slot.trained}
        network.updater.update()
        for node in self.used:
            names = [f"{node.id}/{name}" for name in node.parameters if f"{node.id}/{name}" in before]
            if not names:
                continue
            changes = {name: network[name] - before[name] for name in names}
            figures = [self._figure(name, change, "change of ") for name, change in changes.items()]
            figures += [self._figure(name, network[name]) for name in names]
            self.found.append(
                SubStep(
                    "update", f"update {node.id}", node.node.title, self.words.update(changes), (node.id,),
                    label=self.words.largest_change(changes), formulas=self.words.update_formulas(names),
                    figures=tuple(figures[:MOST_FIGURES]),
                )
            )  # fmt: skip
        if not before:
            self.found.append(SubStep("update", "update nothing", "Nothing to update", self.words.nothing()))

    def _cost_again(self, random: Any) -> float:
        """J of the same batch with the same units dropped, and all that looking changes as it was."""
        network = self.network
        kept = network.random.bit_generator.state
        states = {name: value.copy() for name, value in network.store.state.items()}
        network.random.bit_generator.state = random
        self.program.run("forward", "target", "cost")
        network.random.bit_generator.state = kept
        for name, value in states.items():
            network.store.state[name][...] = value
        return float(self._array("cost")) + network.penalty(self.program.m, self.settings.l2, self.settings.l1)

    # Parts

    def __contains__(self, name: str) -> bool:
        return name in self.program.program.buffers or name in self.program.program.external

    def _array(self, name: str) -> np.ndarray:
        return self.network.backend.to_host(self.program.array(name))

    def _run(self, phase: str, node: str = "") -> None:
        for operation, calls in self.program.operations(phase):
            if not node or operation.node == node:
                for call in calls:
                    call()

    def _takes_part(self, node: PlanNode) -> bool:
        """Whether a gradient reaches it."""
        if node.layer.terminal:
            return any(operation.node == node.id for operation, _ in self.program.operations("backward"))
        return f"{node.id}/dA" in self

    def _reached(self, node: PlanNode) -> list[str]:
        """Titles of the nodes before it that take a gradient from it."""
        plan = self.network.plan
        return [plan.nodes[name].node.title for name in dict.fromkeys(node.inputs) if f"{name}/dA" in self]

    def _penalized(self) -> list[str]:
        return [name for name, slot in self.network.store.layout.items() if slot.penalized and slot.trained]

    def _masks(self, node: PlanNode) -> list[str]:
        """Arrays of truth values that the layer names, such as D of dropout."""
        names = (statement.source for statement in self.explainer.formulas(node.id).forward)
        return [name for name in names if name in self and self.explainer.buffer(name).element == "mask"]

    def _add(
        self, phase: Phase, node: PlanNode, sentence: str, told: Iterable[Statement], figures: dict[str, str],
        edges: tuple[Edge, ...], label: str = "",
    ) -> None:  # fmt: skip
        shown = tuple(self._figure(name, self._array(source)) for name, source in [*figures.items()][:MOST_FIGURES])
        if not label and edges:
            label = self._arriving(phase, edges[0])
        elif not label and shown:
            label = self.words.label(shown[0].symbol, shown[0].shape, shown[0].statistics, phase)
        formulas = tuple(self.words.formula(statement) for statement in told)
        self.found.append(
            SubStep(phase, f"{phase} {node.id}", node.node.title, sentence, (node.id,), edges, label, formulas, shown)
        )

    def _arriving(self, phase: Phase, edge: Edge) -> str:
        """What flows along a wire: values from its source, or the gradient of these."""
        name = f"{edge.source}/{'dA' if phase == 'backward' else 'A'}"
        array = self._array(name)
        return self.words.label(self.writer.symbol(name).plain(), array.shape, statistics(array), phase)

    def _distinct(self, names: Iterable[tuple[str, str]]) -> dict[str, str]:
        """By how it is called, the name of each array in the program; without a second name of the same array."""
        found: dict[int, tuple[str, str]] = {}
        for name, source in names:
            found.setdefault(self.program.array(source).__array_interface__["data"][0], (name, source))
        return dict(found.values())

    def _figure(self, name: str, array: np.ndarray | None = None, before: str = "") -> Figure:
        values = self._array(name) if array is None else array
        of_examples = name not in self.network.store.arrays
        return figure_of(before + self.writer.symbol(name).plain(), values, of_examples)

    def _examples(self) -> Examples | None:
        """The first examples with flat inputs, as numbers, and their targets."""
        count, header, columns = min(len(self.rows), MOST_EXAMPLES), ["no."], [[f"{row + 1:,}" for row in self.rows]]
        flat = [node for node in self.network.inputs if len(node.shape or ()) == 1]
        for node in flat:
            values = self._array(input_buffer(node))
            names = self.data.column_names(getattr(node.layer, "source", "")) or ()
            for place in range(min(values.shape[1], MOST_FEATURES + 1 - len(header))):
                header.append(names[place] if place < len(names) else f"x{place + 1}")
                columns.append([self.words.number(value) for value in values[:, place]])
        for node in self.network.outputs if flat else ():
            target = self.data.target_of(getattr(node.layer, "source", ""))
            values = self._array(target_buffer(node)).reshape(len(self.rows), -1)[:, 0]
            header.append("y" if len(self.network.outputs) == 1 else f"y of {node.node.title}")
            named: Callable[[float], str] = (
                (lambda v, t=target: t.class_names[int(v)]) if target.class_names else self.words.number
            )
            columns.append([named(value) for value in values])
        rows = tuple(zip(*(column[:count] for column in columns), strict=True)) if flat else ()
        return Examples(tuple(header), rows, len(self.rows) - count) if rows else None


def _gradient(name: str) -> str:
    node, _, parameter = name.rpartition("/")
    return f"{node}/d{parameter}"


def with_live_values(run: Design, current: Design) -> Design:
    """The design of a run with the live settings that it has now, which the next step uses.

    Args:
        run: As the run began.
        current: As it is edited; what it has in addition or lacks is ignored.
    """
    settings = {item.name: getattr(current.training, item.name) for item in type(run.training).fields() if item.live}
    training = run.training.replace(optimizer=current.training.optimizer, **settings)
    layers, edited = {}, {node.id: node.layer for node in current.graph.nodes}
    for node in run.graph.nodes:
        other = edited.get(node.id)
        live = {
            i.name: getattr(other, i.name)
            for i in type(node.layer).fields()
            if i.live and type(other) is type(node.layer)
        }
        if live:
            layers[node.id] = node.layer.replace(**live)
    return run.with_changes(training=training, graph=run.graph.with_layers(layers) if layers else run.graph)
