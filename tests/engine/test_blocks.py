"""Blocks: members and ports, coming and going, memory of ports, and files."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from engine.annotations import Block, InnerPort, Note
from engine.blocks import (
    BlockInput,
    BlockTree,
    blocks_within,
    enclosing,
    external_edges,
    group,
    homes_among,
    members,
    ports,
    settled,
    ungroup,
    with_joined_ports,
)
from engine.design import Design
from engine.graph import Edge, GraphSpec, Node
from engine.layers.dense import Dense
from engine.layers.ends import Input, Output
from engine.layers.merging import Add
from engine.network import compile_design
from engine.plan import make_plan

GOLDEN = Path(__file__).parents[1] / "golden" / "blocks.json"


def node(node_id: str, layer, block: str = "") -> Node:
    return Node(id=node_id, layer=layer, block=block)


def edge(source: str, target: str, port: int = 0) -> Edge:
    return Edge(source=source, target=target, port=port)


def residual() -> GraphSpec:
    """input → [a → b → add], input → add → output."""
    nodes = (
        node("input", Input(shape=(4,))),
        node("a", Dense(units=4), "tower"),
        node("b", Dense(units=4), "tower"),
        node("add", Add(), "tower"),
        node("output", Output()),
    )
    edges = (edge("input", "a"), edge("a", "b"), edge("b", "add"), edge("input", "add", 1), edge("add", "output"))
    return GraphSpec(nodes=nodes, edges=edges, blocks=(Block(id="tower", name="Tower"),))


def ends(*names: str) -> tuple[InnerPort, ...]:
    return tuple(InnerPort(node=name.split(":")[0], port=int(name.split(":")[1])) for name in names)


def test_what_one_node_feeds_is_one_port():
    graph = residual()
    assert members(graph, "tower") == ["a", "b", "add"]
    found = ports(graph, "tower")
    assert found.inputs == (BlockInput(ends("a:0", "add:1"), "input"),)
    assert found.outputs == ("add",)
    into, out = external_edges(graph, "tower")
    assert into == [edge("input", "a"), edge("input", "add", 1)]
    assert out == [edge("add", "output")]


def test_a_port_for_every_source_and_every_reader():
    graph = residual()
    graph = graph.replace(
        nodes=(*graph.nodes, node("other", Input(shape=(4,)))),
        edges=(*graph.edges[:3], edge("other", "add", 1), edge("add", "output"), edge("b", "output", 1)),
    )
    found = ports(graph, "tower")
    assert found.inputs == (BlockInput(ends("a:0"), "input"), BlockInput(ends("add:1"), "other"))
    assert found.outputs == ("b", "add")


def test_a_block_with_nothing_around_it_has_its_free_ports():
    nodes = (node("a", Dense(units=4), "x"), node("b", Dense(units=4), "x"), node("join", Add(), "x"))
    graph = GraphSpec(nodes=nodes, edges=(edge("a", "b"),), blocks=(Block(id="x"),))
    found = ports(graph, "x")
    assert [port.ends for port in found.inputs] == [ends("a:0"), ends("join:0")]
    assert found.outputs == ("b", "join")
    assert ports(residual().without(["output"]), "tower").outputs == ("add",)
    ending = GraphSpec(nodes=(node("o", Output(), "x"), node("i", Input(), "x")), blocks=(Block(id="x"),))
    assert ports(ending, "x").outputs == ("i",), "an end of the network has no output"
    assert [port.ends for port in ports(ending, "x").inputs] == [ends("o:0")]


def test_ports_stay_joined_when_the_wire_goes():
    before = residual()
    cut = before.without((), [edge("input", "a"), edge("input", "add", 1)])
    assert len(ports(cut, "tower").inputs) == 1, "without the edit nobody remembers the second end"
    after = settled(before, cut)
    assert after.blocks[0].joined == (ends("a:0", "add:1"),)
    assert ports(after, "tower").inputs == (BlockInput(ends("a:0", "add:1")),)
    again = after.replace(edges=(*after.edges, edge("input", "a"), edge("input", "add", 1)))
    assert ports(settled(after, again), "tower").inputs == (BlockInput(ends("a:0", "add:1"), "input"),)


def test_ends_that_are_fed_by_different_nodes_are_different_ports_again():
    before = with_joined_ports(residual())
    other = node("other", Input(shape=(4,)))
    edges = tuple(e for e in before.edges if e != edge("input", "add", 1))
    after = settled(before, before.replace(nodes=(*before.nodes, other), edges=(*edges, edge("other", "add", 1))))
    assert [port.source for port in ports(after, "tower").inputs] == ["input", "other"]
    assert after.blocks[0].joined == (ends("add:1"),), "a joining layer's port is remembered, so that copies have it"


def test_a_deleted_end_is_forgotten():
    before = with_joined_ports(residual())
    after = settled(before, before.without(["add"]))
    assert after.blocks[0].joined == ()
    assert ports(after, "tower").inputs == (BlockInput(ends("a:0"), "input"),)


def test_empty_blocks_go_and_their_notes_stay():
    graph = residual().replace(notes=(Note(id="n", block="tower"),))
    after = settled(graph, graph.without(["a", "b", "add"]))
    assert after.blocks == ()
    assert after.notes == (Note(id="n"),)


def test_an_edit_that_moves_nothing_in_or_out_is_left_alone():
    graph = residual()
    assert settled(graph, graph) is graph
    plain = GraphSpec(nodes=(node("a", Dense()),))
    assert settled(plain, plain) is plain


def test_grouping_and_ungrouping():
    graph, inner = group(residual().replace(blocks=(), nodes=tuple(
        n.model_copy(update={"block": ""}) for n in residual().nodes)), ["a", "b"], "Inner")  # fmt: skip
    assert inner == "block_1"
    assert members(graph, inner) == ["a", "b"]
    graph, outer = group(graph, ["a", "b", "add"], "Outer")
    assert BlockTree(graph).enclosing(inner) == [inner, outer]
    assert members(graph, outer) == ["a", "b", "add"]
    assert graph.node("add").block == outer
    assert graph.node("a").block == inner
    graph, third = group(graph, ["b"])
    assert enclosing(graph, third) == [third, inner, outer]
    flat = ungroup(graph, inner)
    assert enclosing(flat, third) == [third, outer]
    assert flat.node("a").block == outer
    with pytest.raises(ValueError, match="nothing to group"):
        group(graph, [])


def test_a_group_across_blocks_lies_in_what_they_share():
    graph = residual().replace(
        blocks=(Block(id="all"), Block(id="x", parent="all"), Block(id="y", parent="all")),
        nodes=tuple(
            n.model_copy(update={"block": {"a": "x", "b": "x", "add": "y"}.get(n.id, "all")}) for n in residual().nodes
        ),
        notes=(Note(id="n", block="y"), Note(id="m", block="x")),
    )
    grouped, new = group(graph, ["b", "add"], "Both", ["n", "m"])
    assert enclosing(grouped, new) == [new, "all"]
    assert grouped.node("b").block == new
    assert grouped.node("add").block == "y"
    assert enclosing(grouped, "y") == ["y", new, "all"]
    assert {note.id: note.block for note in grouped.notes} == {"n": "y", "m": new}


def test_which_blocks_lie_in_a_selection():
    graph, _ = group(residual(), ["a", "b"], "Inner")
    assert blocks_within(graph, ["a", "b"]) == {"block_1"}
    assert blocks_within(graph, ["a", "b", "add", "input"]) == {"block_1", "tower"}
    assert homes_among(graph, {"tower"}) == {"tower": "tower", "block_1": "tower"}
    assert BlockTree(graph).common("block_1", "tower") == "tower"
    assert BlockTree(graph).common("block_1", "") == ""


def test_blocks_that_cannot_be_are_refused():
    nodes = (node("a", Dense(), "x"),)
    for blocks, words in [
        ((), "which is not there"),
        ((Block(id="x", parent="x"),), "lies in itself"),
        ((Block(id="x", parent="y"), Block(id="y", parent="x")), "lies in itself"),
        ((Block(id="x", parent="z"),), "which is no block"),
        ((Block(id="x"), Block(id="a")), "used 2 times"),
    ]:
        with pytest.raises(ValidationError, match=words):
            GraphSpec(nodes=nodes, blocks=blocks)


def test_the_engine_sees_the_flat_graph():
    flat = residual().replace(blocks=(), nodes=tuple(n.model_copy(update={"block": ""}) for n in residual().nodes))
    grouped, without = make_plan(residual()), make_plan(flat)
    assert [*grouped.nodes] == [*without.nodes]
    assert {n: p.parameters for n, p in grouped.nodes.items()} == {n: p.parameters for n, p in without.nodes.items()}
    batch = np.linspace(-1, 1, 8, dtype=np.float32).reshape(2, 4)
    predictions = [compile_design(Design(graph=graph)).forward(batch) for graph in (residual(), flat)]
    assert np.array_equal(*predictions), "the same seed draws the same weights"


def test_a_thousand_nodes_with_sixty_blocks_settle_in_ten_milliseconds():
    nodes = [node("start", Input(shape=(4,)))]
    nodes += [node(f"n{i}", Dense(units=4), f"b{i // 20}" if i < 960 else "") for i in range(999)]
    edges = [edge(nodes[i].id, nodes[i + 1].id) for i in range(999)]
    blocks = [Block(id=f"b{i}", parent=f"p{i // 4}") for i in range(48)] + [Block(id=f"p{i}") for i in range(12)]
    before = with_joined_ports(GraphSpec(nodes=tuple(nodes), edges=tuple(edges), blocks=tuple(blocks)))
    after = before.without((), [edges[500]])
    best = min(_seconds(lambda: settled(before, after)) for _ in range(5))
    assert best < 0.05, f"settling took {1000 * best:.1f} ms; it should be near 5"


def _seconds(work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def test_golden_design_of_schema_2_still_opens():
    text = GOLDEN.read_text(encoding="utf-8")
    design = Design.from_json(text)
    assert json.loads(text)["schema"] == 2
    assert Design.from_json(design.to_json()) == design
    graph = design.graph
    assert [(b.id, b.title, b.parent, b.collapsed, b.color) for b in graph.blocks] == [
        ("block_1", "Residual", "block_2", True, "orange"),
        ("block_2", "Tower", "", False, ""),
    ]
    assert members(graph, "block_2") == ["dense_1", "dense_2", "add_1"]
    assert ports(graph, "block_1").inputs == (BlockInput(ends("dense_1:0", "add_1:1"), "input_1"),)
    assert [(n.kind, n.text, n.extent, n.color, n.block) for n in graph.notes] == [
        ("text", "Adds its input to what it computes.", (220.0, 0.0), "yellow", ""),
        ("arrow", "", (0.0, -40.0), "", "block_2"),
    ]
    assert graph.node("dense_3").color == "teal"
    assert make_plan(graph).parameter_count == 2 * (8 * 8 + 8) + 8 + 1
    assert not make_plan(graph).problems


def test_a_design_without_blocks_and_notes_stays_schema_1():
    flat = residual().replace(blocks=(), nodes=tuple(n.model_copy(update={"block": ""}) for n in residual().nodes))
    data = Design(graph=flat).to_data()
    assert data["schema"] == 1
    assert {"blocks", "notes"}.isdisjoint(data)
    assert all({"block", "color"}.isdisjoint(part) for part in data["nodes"])
    assert Design(graph=residual()).to_data()["schema"] == 2
