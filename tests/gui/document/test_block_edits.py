"""Every edit of blocks: do, undo, redo; repeating, copies, wires to ports of blocks, and the user's own blocks."""

from __future__ import annotations

import json

import pytest

from engine.annotations import Block, Note
from engine.blocks import BlockTree
from engine.design import Design
from engine.graph import Edge, GraphSpec, Node
from engine.layers.dense import Dense
from engine.layers.dropout import Dropout
from engine.layers.ends import Input, Output
from engine.layers.merging import Add
from engine.plan import make_plan
from gui.document import Document, edits
from gui.document.block_edits import BlockEdits
from gui.document.fragment import from_text, to_text
from gui.document.repeating import block_part, new_names, top_block
from gui.document.user_blocks import UserBlocks, blocks_folder


def edge(source: str, target: str, port: int = 0) -> Edge:
    return Edge(source=source, target=target, port=port)


def residual_design() -> Design:
    """input → [dense_1 → dense_2 → add] → last → output, and input → add, with a note in the block."""
    nodes = (
        Node(id="input", layer=Input(shape=(4,))),
        Node(id="dense_1", layer=Dense(units=4), position=(264, 0), block="tower"),
        Node(id="dense_2", layer=Dense(units=4), position=(528, 0), block="tower"),
        Node(id="add", layer=Add(), position=(792, 0), block="tower"),
        Node(id="last", layer=Dense(units=1), position=(1056, 0)),
        Node(id="output", layer=Output(), position=(1320, 0)),
    )
    edges = (
        edge("input", "dense_1"), edge("dense_1", "dense_2"), edge("dense_2", "add"), edge("input", "add", 1),
        edge("add", "last"), edge("last", "output"),
    )  # fmt: skip
    blocks = (Block(id="tower", name="Tower", color="teal"),)
    notes = (Note(id="note", text="adds", position=(264, 120), block="tower"),)
    return Design(graph=GraphSpec(nodes=nodes, edges=edges, blocks=blocks, notes=notes))


@pytest.fixture
def document() -> Document:
    return Document(residual_design())


def kept() -> GraphSpec:
    return block_part(residual_design().graph, "tower")


EDITS = {
    "group": lambda d: d.group(["dense_1", "dense_2"], note_ids=["note"]),
    "ungroup": lambda d: d.ungroup(["tower"], {"last": (2000, 0)}),
    "take_out": lambda d: d.take_out(["add"]),
    "rename_block": lambda d: d.rename_block("tower", "  first\ntower "),
    "set_collapsed": lambda d: d.set_collapsed(["tower"], True, {"last": (528, 0), "note": (0, 8)}),
    "repeat_block": lambda d: d.repeat_block("tower", 3, 800.0, {"last": (2656, 0)}),
    "add_block": lambda d: d.add_block(kept(), (0, 400), "last"),
    "wire": lambda d: d.wire("input", [("last", 0), ("output", 0)]),
    "rewire": lambda d: d.rewire([edge("add", "last")], "dense_2", [("last", 0)]),
}


@pytest.mark.parametrize("name", EDITS)
def test_every_edit_is_one_step_that_undoes_and_redoes(document: Document, name: str) -> None:
    before = document.design
    EDITS[name](document)
    after = document.design
    assert after != before
    assert document.undo_stack.count() == 1
    document.undo_stack.undo()
    assert document.design == before
    assert document.plan == make_plan(before.graph)
    document.undo_stack.redo()
    assert document.design == after
    assert document.plan == make_plan(after.graph)


def test_every_public_edit_is_in_the_table() -> None:
    reading = {"has_block", "block", "why_not_repeat", "why_not_wire", "problem_of_wire", "why_not_rewire"}
    reading |= {"problem_of_rewire", "rewire_refusals"}
    methods = {name for name, value in vars(BlockEdits).items() if callable(value) and not name.startswith("_")}
    assert methods - reading == set(EDITS)


def test_views_hear_of_blocks(document: Document) -> None:
    heard: list[str] = []
    document.blocks_changed.connect(lambda: heard.append("blocks"))
    document.plan_changed.connect(lambda: heard.append("plan"))
    document.group(["dense_1", "dense_2"])
    document.rename_block("tower", "x")
    document.take_out(["dense_1"])
    assert heard == ["blocks"] * 3, "blocks change neither shapes nor counts"
    heard.clear()
    document.move({"dense_1": (0, 0)})
    document.rename("dense_1", "first")
    assert "blocks" not in heard


def test_a_repeated_block_is_a_series(document: Document) -> None:
    made = document.repeat_block("tower", 3, 800.0)
    graph, plan = document.graph, document.plan
    assert made == ["tower", "block_1", "block_2"]
    assert [block.title for block in graph.blocks] == ["Tower", "Tower 2", "Tower 3"]
    assert {block.color for block in graph.blocks} == {"teal"}
    assert len(graph.nodes) == 6 + 2 * 3
    assert len(graph.notes) == 3
    tree = BlockTree(graph)
    outputs = [tree.ports(name).outputs for name in made]
    assert [len(found) for found in outputs] == [1, 1, 1]
    assert [tree.ports(name).inputs[0].source for name in made] == ["input", outputs[0][0], outputs[1][0]]
    assert [len(tree.ports(name).inputs) for name in made] == [1, 1, 1]
    assert graph.incoming("last") == [edge(outputs[2][0], "last")]
    assert graph.outgoing("add") == [edge("add", tree.ports("block_1").inputs[0].ends[0].node), edge(
        "add", tree.ports("block_1").inputs[0].ends[1].node, 1)]  # fmt: skip
    assert not plan.problems
    assert plan.parameter_count == 3 * 2 * 20 + 5
    xs = [[node.position[0] for node in tree.members(name)] for name in made]
    assert xs == [[264, 528, 792], [1064, 1328, 1592], [1864, 2128, 2392]]


def test_a_block_in_a_block_is_repeated_and_so_is_the_outer_one(document: Document) -> None:
    document.repeat_block("tower", 3, 800.0)
    outer = document.group([node.id for node in document.graph.nodes if node.block], "Outer")
    document.repeat_block(outer, 3, 3000.0)
    tree = document.blocks
    inner = [block for block in document.graph.blocks if block.parent]
    assert len(inner) == 9
    assert sorted(len(tree.members(block.id)) for block in inner) == [3] * 9
    assert [len(tree.members(block.id)) for block in document.graph.blocks if not block.parent] == [9, 9, 9]
    assert not document.plan.problems
    assert document.plan.parameter_count == 9 * 2 * 20 + 5
    inside = next(block.id for block in inner)
    parent = document.block(inside).parent
    made = document.repeat_block(inside, 2, 800.0)
    assert document.block(made[1]).parent == parent


def test_what_cannot_follow_itself_is_not_repeated(document: Document) -> None:
    start = document.group(["input"], "Start")
    end = document.group(["last", "output"], "End")
    assert document.why_not_repeat("tower") == ""
    for block_id, words in ((start, "'Start' cannot be repeated: it has no input"), (end, "it has no output")):
        assert words in document.why_not_repeat(block_id)
        with pytest.raises(ValueError, match="cannot be repeated"):
            document.repeat_block(block_id, 2, 264.0)
    assert document.undo_stack.count() == 2


def test_a_copy_of_a_block_has_the_ports_of_the_original(document: Document) -> None:
    copies = document.duplicate(["dense_1", "dense_2", "add"], note_ids=["note"])
    new = copies["tower"]
    assert document.block(new).name == "Tower"
    assert [len(port.ends) for port in document.blocks.ports(new).inputs] == [2]
    assert document.note(copies["note"]).block == new
    text = to_text(edits.part(document.graph, ["dense_1", "dense_2", "add"]))
    other = Document(Design())
    pasted = other.paste(from_text(text))
    ends = [(end.node, end.port) for end in other.blocks.ports(pasted["tower"]).inputs[0].ends]
    assert ends == [("dense_1", 0), ("add", 1)]


def test_a_copy_of_a_part_stays_in_the_block(document: Document) -> None:
    copies = document.duplicate(["dense_1", "last"])
    assert document.node(copies["dense_1"]).block == "tower"
    assert document.node(copies["last"]).block == ""
    inner = document.group(["dense_1", "dense_2"], "Inner")
    copy = document.duplicate(["dense_1", "dense_2"])[inner]
    assert document.block(copy).parent == "tower"


def test_removing_all_in_a_block_removes_the_block(document: Document) -> None:
    document.remove(["dense_1", "dense_2", "add"], (), ["note"])
    assert document.graph.blocks == ()
    assert document.graph.notes == ()
    document.undo_stack.undo()
    assert document.design == residual_design()


def test_wires_to_all_ends_of_a_port(document: Document) -> None:
    wire = [edge("input", "dense_1"), edge("input", "add", 1)]
    document.remove([], wire)
    ends = [(end.node, end.port) for end in document.blocks.ports("tower").inputs[0].ends]
    assert ends == [("dense_1", 0), ("add", 1)]
    assert document.why_not_wire("input", ends) == ""
    assert "close a cycle" in document.why_not_wire("last", ends)
    document.wire("input", ends)
    assert document.graph.incoming("add")[1] == edge("input", "add", 1)
    assert "already connected" in document.why_not_wire("input", ends)
    with pytest.raises(ValueError, match="already connected"):
        document.wire("input", ends)
    other = document.add_node(Input(shape=(3,)), (0, 200))
    problem = document.problem_of_wire(other, ends)
    assert problem is not None
    assert "equal shapes" in problem.message
    moved = document.rewire(wire, other, ends)
    assert moved.source == other
    assert document.blocks.ports("tower").inputs[0].source == other
    assert document.rewire_refusals(document.graph.outgoing(other), False)["last"].startswith("This wire would close")


def test_a_layer_goes_into_all_edges_of_a_wire(document: Document) -> None:
    node_id = document.insert_node(Dropout(), (132, 0), [edge("input", "dense_1"), edge("input", "add", 1)])
    assert {e.target for e in document.graph.outgoing(node_id)} == {"dense_1", "add"}
    assert document.node(node_id).block == ""
    assert len(document.blocks.ports("tower").inputs) == 1
    inner = document.insert_node(Dropout(), (400, 0), edge("dense_1", "dense_2"))
    assert document.node(inner).block == "tower"


def test_names_of_new_blocks() -> None:
    graph = residual_design().graph
    assert new_names(graph, "Block", 2) == ["Block", "Block 2"]
    assert new_names(graph, "Tower", 2) == ["Tower 2", "Tower 3"]
    assert new_names(graph, "Tower 2", 1) == ["Tower 2"]


# The user's own blocks


@pytest.fixture
def user_blocks(tmp_path, monkeypatch) -> UserBlocks:
    monkeypatch.setenv("NETLOOM_STATE_DIR", str(tmp_path))
    return UserBlocks()


def test_a_kept_block_comes_back(user_blocks: UserBlocks) -> None:
    heard: list[bool] = []
    user_blocks.changed.connect(lambda: heard.append(True))
    assert user_blocks.all() == []
    assert user_blocks.add(kept()) == "Tower"
    assert user_blocks.add(kept()) == "Tower 2"
    names = [(block.key, block.name, block.color) for block in user_blocks.all()]
    assert names == [("tower", "Tower", "teal"), ("tower_2", "Tower 2", "teal")]
    block = user_blocks.all()[0]
    assert block.summary == "3 layers: Dense, Add."
    assert [b.collapsed for b in block.graph.blocks] == [True]
    assert [len(port.ends) for port in BlockTree(block.graph).ports("tower").inputs] == [2]
    user_blocks.rename("tower", "  Good \n one ")
    assert [b.name for b in user_blocks.all()] == ["Good one", "Tower 2"]
    text = user_blocks.remove("tower")
    assert user_blocks.get("tower") is None
    user_blocks.restore("tower", text)
    assert user_blocks.get("tower").name == "Good one"
    assert len(heard) == 5
    assert not [path for path in blocks_folder().iterdir() if path.suffix != ".json"]


def test_broken_files_are_left_out_with_a_sentence(user_blocks: UserBlocks, caplog) -> None:
    user_blocks.add(kept())
    (blocks_folder() / "cut.json").write_text('{"format": "netloom-nodes", "nod', "utf-8")
    (blocks_folder() / "flat.json").write_text(to_text(edits.part(residual_design().graph, ["last"])), "utf-8")
    (blocks_folder() / "bytes.json").write_bytes(b"\xff\xfe\x00")
    assert [block.key for block in user_blocks.all()] == ["tower"]
    said = " ".join(user_blocks.problems)
    assert len(user_blocks.problems) == 3
    for words in ("'cut.json'", "may be cut short", "'flat.json'", "holds no block", "'bytes.json'", "no text"):
        assert words in said
    assert len(caplog.records) == 3
    assert user_blocks.get("cut") is None
    assert user_blocks.get("../../etc/passwd") is None


def test_a_kept_block_goes_into_a_design(document: Document) -> None:
    wire = [edge("last", "output")]
    new = document.add_block(kept(), (1000, 0), edges=wire)
    ports = document.blocks.ports(new)
    assert ports.inputs[0].source == "last"
    assert len(ports.inputs[0].ends) == 2
    assert document.graph.incoming("output") == [edge(ports.outputs[0], "output")]
    inner = document.add_block(kept(), (1000, 0), edges=[edge("dense_1", "dense_2")])
    assert document.block(inner).parent == "tower"
    ending = Document(residual_design())
    end = ending.group(["last", "output"], "End")
    with pytest.raises(ValueError, match="needs an input and an output"):
        document.add_block(block_part(ending.graph, end), (0, 0), edges=wire)


def test_a_copied_design_with_blocks_can_be_pasted() -> None:
    text = residual_design().to_json()
    assert json.loads(text)["schema"] == 2
    assert top_block(from_text(text)) is None
    assert len(from_text(text).blocks) == 1
