"""Where a design meets data: what does not fit, and the small changes that make it fit."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any
from weakref import WeakKeyDictionary

from engine.data import DataError, PreparedData, Target
from engine.fixes import FitToData, Fix, changed_layers, widest_before
from engine.graph import GraphSpec, Node
from engine.layer import Layer
from engine.layers.ends import Input, Output
from engine.loss import Loss
from engine.losses.basic import BinaryCrossEntropy, CategoricalCrossEntropy, MeanSquaredError
from engine.plan import Plan, PlanNode, Problem, make_plan
from engine.shapes import Shape

_FIT = (FitToData(),)
_REFUSALS: WeakKeyDictionary[PreparedData, dict[Any, str | None]] = WeakKeyDictionary()


def fit_design(graph: GraphSpec, data: PreparedData) -> GraphSpec:
    """Fit the ends of a network to data: the shapes of its Inputs, its losses, and the units before each Output.

    What fits already is left alone, and so is what cannot be fitted; `data_problems` then says what is wrong. An
    Output keeps a loss of its choice where the target allows that loss.

    Returns:
        The same object when there was nothing to change.
    """
    for node in graph.nodes:
        if isinstance(node.layer, Input):
            graph = _fit_input(graph, node, node.layer, data)
    for node in graph.nodes:
        if isinstance(node.layer, Output):
            graph = _fit_output(graph, node, node.layer, data)
    return graph


def fit_end(graph: GraphSpec, node_id: str, data: PreparedData) -> GraphSpec:
    """Fit one Input or Output to data, as `fit_design` does with all."""
    node = graph.node(node_id)
    if isinstance(node.layer, Input):
        return _fit_input(graph, node, node.layer, data)
    return _fit_output(graph, node, node.layer, data) if isinstance(node.layer, Output) else graph


def end_fixes(plan: Plan, node_id: str, data: PreparedData) -> Iterator[Fix]:
    """One-click fixes for an Input or Output that does not fit the data."""
    node = plan.nodes[node_id].node
    source = getattr(node.layer, "source", "")
    graph = fit_end(plan.graph, node_id, data)
    if graph is not plan.graph:
        changed = [new for old, new in zip(plan.graph.nodes, graph.nodes, strict=True) if old is not new]
        changed.sort(key=lambda node: node.id != node_id)
        text = " and ".join(_what_is_set(plan.nodes[new.id].node, new) for new in changed)
        yield Fix(text[:1].upper() + text[1:], lambda graph: fit_end(graph, node_id, data))
    elif source and _is_unknown(node.layer, data):
        whole = {node_id: node.layer.replace(source="")}
        what = "all features" if isinstance(node.layer, Input) else "the first target"
        yield Fix(f"Take {what}", lambda graph: fit_end(graph.with_layers(whole), node_id, data))


def _is_unknown(layer: Layer, data: PreparedData) -> bool:
    """Whether the data lacks what an end names as its source."""
    try:
        if isinstance(layer, Input):
            data.input_shape(layer.source)
        elif isinstance(layer, Output):
            data.target_of(layer.source)
    except DataError:
        return True
    return False


def _what_is_set(before: Node, after: Node) -> str:
    """How a button tells a fitted layer: "take Mean squared error", "give 'dense_3' 3 units"."""
    if isinstance(after.layer, Input):
        return f"set the shape of '{after.title}' to {' × '.join(map(str, after.layer.shape))}"
    if isinstance(after.layer, Output):
        return f"take {after.layer.loss.label}"
    name = after.layer.width_field
    width = getattr(after.layer, name)
    return f"give '{before.title}' {width} {name if width > 1 else name.removesuffix('s')}"


def fit_layer(layer: Layer, data: PreparedData) -> Layer:
    """A new end of a network made for the data: an Input of its shape, an Output with a loss for its target.

    Other layers come back as they are.
    """
    graph = GraphSpec(nodes=(Node(id="new", layer=layer),))
    return fit_design(graph, data).nodes[0].layer


def data_problems(plan: Plan, data: PreparedData) -> list[Problem]:
    """What does not fit between a network and its data, as plain sentences. Warnings are those it can train with."""
    problems: list[Problem] = []
    for node in plan.inputs:
        problems += _input_problems(node, data)
    for node in plan.outputs:
        problems += _output_problems(node, data)
    return problems


# Fitting


def _fit_input(graph: GraphSpec, node: Node, layer: Input, data: PreparedData) -> GraphSpec:
    try:
        shape = data.input_shape(layer.source)
    except DataError:
        return graph
    if prod(shape) == prod(layer.shape):  # a batch is reshaped on its way in
        return graph
    # As the data has it, or flat where only that suits the layers that follow.
    choices = dict.fromkeys((shape, (prod(shape),)))
    fitted = [graph.with_layers({node.id: layer.replace(shape=choice)}) for choice in choices]
    return min(fitted, key=lambda graph: len(make_plan(graph).problems))


def _fit_output(graph: GraphSpec, node: Node, layer: Output, data: PreparedData) -> GraphSpec:
    try:
        target = data.target_of(layer.source)
    except DataError:
        return graph
    plan = make_plan(graph)
    z = next(iter(plan.nodes[node.id].input_shapes), None) if node.id in plan.nodes else None
    if _fits(layer, z, target, data):
        return graph
    loss, units = _suitable(layer.loss, z, target)
    if loss is not layer.loss:
        graph = graph.with_layers({node.id: layer.replace(loss=loss)})
    inputs = plan.nodes[node.id].inputs if node.id in plan.nodes else ()
    last = widest_before(plan, inputs[0]) if inputs else None
    return graph.with_layers(changed_layers(plan, {last.id: {last.layer.width_field: units}})) if last else graph


def _fits(layer: Output, z: Shape | None, target: Target, data: PreparedData) -> bool:
    """Whether the loss is made for such a target and gets as many numbers as it needs."""
    task = layer.loss.task
    if z is None or (target.kind == "classes" and (task == "values" or (task == "classes" and z != (target.classes,)))):
        return False
    return not (target.kind == "values" and task == "classes") and _refusal(layer, z, data) is None


def _refusal(layer: Output, z: Shape, data: PreparedData) -> str | None:
    """Why the loss does not take the targets; None when it does. All targets are looked at, once for each question."""
    answers = _REFUSALS.setdefault(data, {})
    key = (layer.loss, layer.source, z)
    if key not in answers:
        try:
            for part in data.parts.values():
                layer.loss.encode(part.target(layer.source), z)
            answers[key] = None
        except (ValueError, DataError) as error:
            answers[key] = str(error)
    return answers[key]


def _suitable(loss: Loss, z: Shape | None, target: Target) -> tuple[Loss, int]:
    """A loss for the target, the present one if possible, and the number of values it needs."""
    if target.kind == "values":
        return loss if loss.task == "values" else MeanSquaredError(), prod(target.shape)
    if target.classes > 2 or (loss.task == "classes" and z == (2,)):
        return loss if loss.task == "classes" else CategoricalCrossEntropy(), target.classes
    return loss if loss.task == "binary" else BinaryCrossEntropy(), 1


# Problems


def _input_problems(node: PlanNode, data: PreparedData) -> Iterator[Problem]:
    layer, who = node.layer, f"Input '{node.node.title}'"
    assert isinstance(layer, Input)
    try:
        shape = data.input_shape(layer.source)
    except DataError as error:
        yield Problem(f"{who}: {error}", node.id, advice=_FIT)
        return
    if prod(shape) == prod(layer.shape):
        return
    what = f"'{layer.source}'" if layer.source else "the data"
    if len(shape) == 1:
        found = f"{what} has {shape[0]} feature{'s' if shape[0] > 1 else ''}"
    else:
        found = f"the examples of {what} have the shape {shape}"
    wanted = ", ".join(map(str, shape))
    yield Problem(f"{who} takes {layer.shape}, but {found}. Set its shape to {wanted}.", node.id, advice=_FIT)


def _output_problems(node: PlanNode, data: PreparedData) -> Iterator[Problem]:
    layer, who = node.layer, f"Output '{node.node.title}'"
    assert isinstance(layer, Output)
    try:
        target = data.target_of(layer.source)
    except DataError as error:
        yield Problem(f"{who}: {error}", node.id, advice=_FIT)
        return
    if not node.input_shapes:
        return
    z = node.input_shapes[0]
    refusal = _refusal(layer, z, data)
    if target.kind == "classes" and layer.loss.task == "values":
        message = (
            f"{who} compares numbers ({layer.loss.label}), but the target '{target.name}' has {target.classes} "
            f"classes. {_suitable(layer.loss, z, target)[0].label} is made for classes."
        )
        yield Problem(message, node.id, severity="error" if refusal is not None else "warning", advice=_FIT)
    elif refusal is not None:
        yield Problem(f"{who}: {refusal}", node.id, advice=_FIT)
    elif target.kind == "classes" and layer.loss.task == "classes" and z != (target.classes,):
        message = (
            f"{who} gets {prod(z)} values for {target.classes} classes. "
            f"Give the last layer {target.classes} units, one per class."
        )
        yield Problem(message, node.id, severity="warning", advice=_FIT)
