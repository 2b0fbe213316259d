"""Copied nodes as text: there and back, and a sentence for everything else."""

from __future__ import annotations

import contextlib
import json
import random

import pytest

from engine.design import Design
from engine.graph import Edge, GraphSpec, Node
from engine.layers.dense import Dense
from engine.layers.ends import Input
from gui.document.fragment import FragmentError, from_text, to_text


def graph() -> GraphSpec:
    nodes = (
        Node(id="input_1", layer=Input(), name="x · “α”", position=(-3.5, 8)),
        Node(id="dense_1", layer=Dense(units=7), frozen=True),
    )
    return GraphSpec(nodes=nodes, edges=(Edge(source="input_1", target="dense_1"),))


def test_there_and_back() -> None:
    text = to_text(graph())
    assert from_text(text) == graph()
    assert json.loads(text)["format"] == "netloom-nodes"
    assert from_text(json.dumps(json.loads(text), indent=4)) == graph()
    assert from_text(Design(graph=graph()).to_json()) == graph()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "nothing to paste"),
        ("Hello world, this is a long line of some text", "Hello world"),
        ("[1, 2]", "no layers"),
        ('{"format": "other"}', "no layers"),
        ('{"format": "netloom-nodes", "nodes": [', "cut short"),
        ('{"format": "netloom-nodes", "nodes": []}', "no layers in"),
        ('{"format": "netloom-nodes", "nodes": 3}', "must be lists"),
        ('{"format": "netloom-nodes", "schema": 9, "nodes": []}', "newer Netloom"),
        ('{"format": "netloom-nodes", "schema": "x", "nodes": []}', "newer Netloom"),
        ("[" * 100_000, "cannot be read"),
    ],
)
def test_garbage_is_told_in_a_sentence(text: str, words: str) -> None:
    with pytest.raises(FragmentError, match=words) as error:
        from_text(text)
    assert str(error.value).endswith((".", '{"format": "netloom-nodes".', "short."))


def test_repeated_ids_and_wires_to_nowhere_are_told() -> None:
    data = json.loads(to_text(graph()))
    data["nodes"].append(data["nodes"][0])
    with pytest.raises(FragmentError, match="used 2 times"):
        from_text(json.dumps(data))
    data = json.loads(to_text(graph()))
    data["edges"][0]["target"] = "nobody"
    with pytest.raises(FragmentError, match="nobody"):
        from_text(json.dumps(data))
    data = json.loads(to_text(graph()))
    data["nodes"][0]["position"] = [float("nan"), 0]
    with pytest.raises(FragmentError, match="position"):
        from_text(json.dumps(data))


def test_layers_that_are_not_known_are_kept() -> None:
    data = json.loads(to_text(graph()))
    data["nodes"][1]["layer"] = {"kind": "from_the_future", "size": 3}
    found = from_text(json.dumps(data))
    assert json.loads(to_text(found))["nodes"][1]["layer"] == {"kind": "from_the_future", "size": 3}


def test_any_damage_is_a_sentence_or_a_graph() -> None:
    chance, text = random.Random(4), to_text(graph())
    for _ in range(300):
        place = chance.randrange(len(text))
        damaged = text[:place] + chance.choice(["", "x", "[", '"', "0", "}"]) + text[place + chance.randrange(3) :]
        with contextlib.suppress(FragmentError):
            assert isinstance(from_text(damaged), GraphSpec)
