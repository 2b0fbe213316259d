"""Every declaration of every family, without a test of its own: documentation, files, bounds, refusals."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from engine_tools import design, graph
from pydantic import ValidationError

from engine.activation import ActivationFunction
from engine.augmentation import Augmentation
from engine.data import DataSource
from engine.declaration import Declaration, FieldDescription, explain, field
from engine.design import Design
from engine.events import Changed, Finished, Progress
from engine.graph import Node
from engine.initializer import Initializer
from engine.initializers.basic import Constant
from engine.layer import Layer, ParameterSpec, UnknownLayer
from engine.layers.dense import Dense
from engine.layers.ends import Input, Output
from engine.loss import Loss
from engine.network import compile_design
from engine.optimizer import Optimizer
from engine.plan import DesignError, make_plan
from engine.program import Buffer, Scope
from engine.training import Trainer

FAMILIES = (Layer, Loss, Optimizer, Initializer, ActivationFunction, DataSource, Augmentation)
MEMBERS = [pytest.param(member, id=f"{f.__name__}-{member.kind}") for f in FAMILIES for member in f.members()]


def family_of(member: type[Declaration]) -> type[Declaration]:
    return next(family for family in FAMILIES if issubclass(member, family))


def outside(f: FieldDescription) -> Iterator[Any]:
    """Values just outside the bounds of a field."""
    small = 1 if f.kind == "integer" else 1e-3
    if f.minimum is not None:
        yield f.minimum if f.open_minimum else f.minimum - small
    if f.maximum is not None:
        yield f.maximum if f.open_maximum else f.maximum + small


def at_bounds(f: FieldDescription) -> Iterator[Any]:
    cast = int if f.kind == "integer" else float
    if f.minimum is not None and not f.open_minimum:
        yield cast(f.minimum)
    if f.maximum is not None and not f.open_maximum:
        yield cast(f.maximum)


def test_families_are_filled() -> None:
    assert all(len(family.members()) >= 5 for family in FAMILIES), "A family is not loaded; see engine/discovery.py."


@pytest.mark.parametrize("member", MEMBERS)
def test_documentation(member: type[Declaration]) -> None:
    summary = member.summary()
    assert summary.endswith((".", ":")) or "." in summary, (
        f"{member.__name__} needs a docstring; line 1 is its tooltip."
    )
    assert len(summary) <= 120, f"The first docstring line of {member.__name__} is too long for a tooltip."
    assert member.label, f"{member.__name__} needs a label."
    assert "declaration" not in summary.lower(), f"{member.__name__} inherits a docstring; write its own."
    for f in member.fields():
        assert f.help.strip(), f"{member.__name__}.{f.name} needs help: the form shows it as a tooltip."
        assert f.label.strip(), f"{member.__name__}.{f.name} needs a label."
        assert not f.live or f.kind in ("integer", "real"), f"{member.__name__}.{f.name}: only numbers can be live."
        if f.log:
            assert f.kind in ("integer", "real"), f"{member.__name__}.{f.name}: only numbers have a log slider."
            assert f.minimum is not None, f"{member.__name__}.{f.name} is log and needs a lower bound."
            assert f.minimum >= 0, f"{member.__name__}.{f.name} is log and needs a lower bound of 0 or more."


@pytest.mark.parametrize("member", MEMBERS)
def test_round_trip_defaults_and_hash(member: type[Declaration]) -> None:
    family = family_of(member)
    value = member()
    data = json.loads(json.dumps(value.to_data()))
    assert next(iter(data)) == "kind", f"{member.__name__}.to_data must begin with its kind."
    assert family.from_data(data) == value, f"{member.__name__} does not survive to_data and from_data."
    assert type(family.from_data(data)) is member
    assert family.from_data(member.kind) == value, "A kind alone stands for its defaults."
    assert hash(value) == hash(member()), f"{member.__name__} must be hashable: plans are kept by it."
    assert member.model_validate(value.to_data()) == value, f"A default of {member.__name__} is not legal."
    for old in member.replaces:
        assert type(family.from_data(data | {"kind": old})) is member, f"The old kind '{old}' must still be read."
    for f in member.fields():
        assert f.default == getattr(value, f.name)
        for legal in at_bounds(f):
            changed = value.replace(**{f.name: legal})
            assert family.from_data(json.loads(json.dumps(changed.to_data()))) == changed
        if f.kind == "choice":
            assert all(getattr(value.replace(**{f.name: choice}), f.name) == choice for choice in f.choices)
        if f.optional:
            assert getattr(value.replace(**{f.name: None}), f.name) is None
    with pytest.raises(ValidationError):
        value.kind_of_nonsense = 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("member", MEMBERS)
def test_wrong_values_are_refused_with_a_sentence(member: type[Declaration]) -> None:
    value = member()
    for f in member.fields():
        wrong: list[Any] = list(outside(f))
        if f.kind == "real":
            wrong += [float("inf"), float("-inf"), float("nan"), "much"]
        if f.kind == "integer":
            wrong += [1.5, "much", float("inf")]
        if f.kind == "choice":
            wrong.append("no such choice")
        if f.kind == "declaration":
            wrong += [{"kind": "no such kind"}, 3]
        for bad in wrong:
            with pytest.raises(ValidationError) as caught:
                value.replace(**{f.name: bad})
            sentence = explain(caught.value, member.label)
            hint = f"explain() must name the field '{f.name}' and the value, but says: {sentence}"
            assert sentence.startswith(member.label), hint
            assert f.name in sentence, hint
            assert sentence.endswith("."), hint
            assert "\n" not in sentence, hint
    with pytest.raises(ValidationError) as caught:
        member.from_data({"kind": member.kind, "colour": "red"})
    assert explain(caught.value, member.label) == f"{member.label} has no field 'colour'."


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_unknown_kinds_and_newer_versions(family: type[Declaration]) -> None:
    member = family.members()[0]
    for bad, part in (
        ({"kind": "no_such_kind"}, "no_such_kind"),
        ({"kind": member.kind, "version": member.version + 1}, f"version {member.version + 1}"),
        ({"kind": member.kind, "version": "new"}, "version new"),
        ({"kind": 7}, "7"),
        ({"kind": ["dense"]}, "dense"),
        (None, "None"),
        (12, "12"),
    ):
        with pytest.raises(ValidationError) as caught:
            family.from_data(bad)
        assert part in explain(caught.value, "File"), f"The refusal of {bad} must name what it found."
    with pytest.raises(TypeError, match="declared twice"):

        class Again(family, kind=member.kind):  # type: ignore[valid-type, misc, call-arg]
            """The same kind once more."""

    assert family.registry[member.kind] is member


# One class makes a layer


@pytest.fixture
def scale() -> Iterator[type[Layer]]:
    """A new layer: what an author writes, in one place; it is taken back afterwards."""

    class Scale(Layer, kind="test_scale", category="Test"):
        """Multiplies every value by a learned factor and a fixed one."""

        samples = (((3,),),)

        first: float = field(1.5, help="First value of the learned factor.", gt=0)
        fixed: float = field(1.0, help="The fixed factor.", ge=0, le=10, live=True)

        def parameters(self, *inputs: tuple[int, ...]) -> dict[str, ParameterSpec]:
            return {"s": ParameterSpec(inputs[0], Constant(value=self.first), penalized=True)}

        def forward(self, p: Scope, *inputs: Buffer) -> Buffer:
            grown = p.multiply(inputs[0], p.parameter("s"), "grown")
            return p.multiply(grown, p.live("fixed"), "A")

        def backward(self, p: Scope, dy: Buffer) -> Buffer | None:
            dgrown = p.multiply(dy, p.live("fixed"))
            p.sum_examples(p.multiply(dgrown, p.inputs[0]), p.gradient("s"))
            return p.multiply(dgrown, p.parameter("s"), "dX") if p.needs() else None

    yield Scale
    del Layer.registry["test_scale"]


def test_a_new_layer_is_one_class(scale: type[Layer]) -> None:
    nodes = {"x": Input(), "scale": (scale(), "x"), "z": (Dense(units=1), "scale"), "out": (Output(), "z")}
    small = design(nodes, dtype="float64", epochs=3, batch_size=10, l2=0.1)
    assert Design.from_json(small.to_json()) == small, "A new layer must be saved and read without further code."
    plan = make_plan(small.graph)
    assert plan.nodes["scale"].shape == (2,)
    assert plan.nodes["scale"].parameter_count == 2
    network = compile_design(small)
    assert np.array_equal(network["scale/s"], [1.5, 1.5])
    _, gradients = network.backward(np.ones((4, 2)), np.ones(4))
    h = 1e-6
    changed = []
    for step in (h, -h):
        network["scale/s"] = [1.5 + step, 1.5]
        changed.append(network.cost(np.ones((4, 2)), np.ones(4)))
    assert gradients["scale/s"][0] == pytest.approx((changed[0] - changed[1]) / (2 * h), rel=1e-7)
    trainer = Trainer(small)
    trainer.control.set_live("scale/fixed", 2.0)
    events = list(trainer.run())
    assert isinstance(events[-1], Finished)
    assert any(isinstance(event, Changed) and event.name == "scale/fixed" for event in events)
    assert sum(len(event.costs) for event in events if isinstance(event, Progress)) == 15
    assert not np.array_equal(trainer.network["scale/s"], [1.5, 1.5]), "A new layer's parameters must be trained."


def test_the_new_layer_is_gone_and_its_file_is_kept() -> None:
    assert "test_scale" not in Layer.registry, "The test above must take its layer back."
    data = {"id": "s", "layer": {"kind": "test_scale", "version": 3, "first": 1.5, "odd": [1, {"a": "ü"}]}}
    node = Node.model_validate(data)
    assert isinstance(node.layer, UnknownLayer)
    assert node.model_dump(mode="json")["layer"] == data["layer"], "An unknown layer must be saved as it was found."
    spec = graph({"x": Input(), "s": (node.layer, "x"), "z": (Dense(units=1), "s"), "out": (Output(), "z")})
    plan = make_plan(spec)
    assert "test_scale" in plan.problems_of("s")[0].message, "The problem of an unknown layer must name its kind."
    with pytest.raises(DesignError, match="test_scale"):
        plan.require()
