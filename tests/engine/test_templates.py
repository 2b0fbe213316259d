"""Every template opens without a problem and reaches its quality."""

from importlib.resources import files

import pytest

from engine.data import prepare
from engine.design import Design, DesignFileError
from engine.events import Diverged, Finished
from engine.fitting import data_problems, fit_design
from engine.plan import make_plan
from engine.templates import load_template, template_names
from engine.training import train

REACHED = {
    "logistic": ("train", "accuracy", 0.97),
    "xor": ("train", "accuracy", 0.97),
    "spirals": ("train", "accuracy", 0.97),
    "flower": ("train", "accuracy", 0.88),
    "moons": ("dev", "accuracy", 0.95),
    "circles": ("dev", "accuracy", 0.95),
    "features": ("dev", "accuracy", 0.97),
    "softmax3": ("dev", "accuracy", 0.95),
    "regression": ("dev", "r2", 0.95),
    "breast_cancer": ("dev", "accuracy", 0.95),
    "digits_mlp": ("dev", "accuracy", 0.95),
    "digits_cnn": ("test", "accuracy", 0.97),
    "skip": ("dev", "accuracy", 0.93),
    "tower": ("dev", "accuracy", 0.95),
    "two_inputs": ("dev", "accuracy", 0.93),
}


def test_all_templates_are_there():
    assert set(REACHED) <= set(template_names())


@pytest.mark.parametrize("name", template_names())
def test_template_is_whole(name):
    design = load_template(name)
    plan = make_plan(design.graph)
    data = prepare(design.data)
    assert not plan.problems
    assert not plan.warnings
    assert not data_problems(plan, data)
    assert fit_design(design.graph, data) is design.graph
    assert len(design.description) > 200
    assert all(node.name for node in design.graph.nodes)


@pytest.mark.parametrize("name", template_names())
def test_template_is_tidy(name):
    design = load_template(name)
    places = [node.position for node in design.graph.nodes]
    at = {node.id: node.position for node in design.graph.nodes}
    assert len(set(places)) == len(places)
    assert all(x % 264 == 0 and y % 8 == 0 for x, y in places), "Columns are 264 apart, rows on the grid of 8."
    assert all(at[edge.source][0] < at[edge.target][0] for edge in design.graph.edges)
    assert max(y for _, y in places) - min(y for _, y in places) < 600
    text = (files("resources") / "templates" / f"{name}.json").read_text(encoding="utf-8")
    assert text == design.to_json()
    assert Design.from_json(text) == design


@pytest.mark.parametrize(("name", "wanted"), REACHED.items())
def test_template_learns(name, wanted):
    part, metric, bar = wanted
    events = list(train(load_template(name)))
    finished = events[-1]
    assert isinstance(finished, Finished)
    assert not any(isinstance(event, Diverged) for event in events)
    assert finished.parts[part][metric] > bar


def test_unknown_template_names_those_there_are():
    with pytest.raises(DesignFileError, match=r"no template 'chess'.*spirals"):
        load_template("chess")
