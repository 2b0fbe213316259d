"""Every edit: do, undo, redo; what the views are told; and which wires are refused."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from pydantic import ValidationError

from engine.data import DataSettings
from engine.design import Design
from engine.graph import Edge, GraphSpec, Node
from engine.layer import Layer
from engine.layers.activation import Activation
from engine.layers.dense import Dense
from engine.layers.dropout import Dropout
from engine.layers.ends import Input, Output
from engine.layers.merging import Add
from engine.plan import make_plan
from gui.document import Document, edits
from gui.document.document import Document as DocumentClass
from gui.document.repeating import block_part

SIGNALS = ("node_added", "node_removed", "node_changed", "edge_added", "edge_removed", "plan_changed")


def small_design() -> Design:
    nodes = (
        Node(id="input_1", layer=Input()),
        Node(id="dense_1", layer=Dense(units=4), name="hidden", position=(200, 0)),
        Node(id="dense_2", layer=Dense(units=1), position=(400, 0)),
        Node(id="output_1", layer=Output(), position=(600, 0)),
    )
    edges = (
        Edge(source="input_1", target="dense_1"),
        Edge(source="dense_1", target="dense_2"),
        Edge(source="dense_2", target="output_1"),
    )
    return Design(graph=GraphSpec(nodes=nodes, edges=edges))


@pytest.fixture
def document() -> DocumentClass:
    return Document(small_design())


def listen(document: Document) -> list[tuple]:
    heard: list[tuple] = []
    for name in SIGNALS:
        getattr(document, name).connect(lambda *values, name=name: heard.append((name, *values)))
    return heard


EDITS = {
    "add_node": lambda d: d.add_node(Dropout(), (10, 20), connect_from="dense_1"),
    "insert_node": lambda d: d.insert_node(Dropout(), (10, 20), d.graph.edges[1], {"dense_2": (9, 9)}),
    "remove": lambda d: d.remove(["dense_1"], [d.graph.edges[2]]),
    "duplicate": lambda d: d.duplicate(["dense_1", "dense_2"]),
    "paste": lambda d: d.paste(edits.part(small_design().graph, ["dense_1", "dense_2"]), (8, 8)),
    "replace_node": lambda d: d.replace_node("dense_2", Add()),
    "reconnect": lambda d: d.reconnect(d.graph.edges[1], "input_1", "dense_2"),
    "connect": lambda d: d.connect("input_1", "dense_2"),
    "disconnect": lambda d: d.disconnect(d.graph.edges[0]),
    "move": lambda d: d.move({"dense_1": (8, 16), "dense_2": (80, 16)}),
    "set_layer_field": lambda d: d.set_layer_field("dense_1", "units", 7),
    "set_layer": lambda d: d.set_layer("dense_2", Output(), "Change layer"),
    "rename": lambda d: d.rename("dense_1", "  first\nhidden "),
    "set_frozen": lambda d: d.set_frozen(["dense_1"], True),
    "set_training": lambda d: d.set_training(batch_size=8, l2=0.1),
    "set_data": lambda d: d.set_data(DataSettings(split_seed=3), d.graph.model_copy(update={"edges": ()})),
    "set_graph": lambda d: d.set_graph(GraphSpec(), "Clear"),
    "set_design_info": lambda d: d.set_design_info(name="Moons", description="A test"),
}


@pytest.mark.parametrize("name", EDITS)
def test_every_edit_is_one_step_that_undoes_and_redoes(document: Document, name: str) -> None:
    before = document.design
    EDITS[name](document)
    after = document.design
    assert after != before
    assert document.undo_stack.count() == 1
    assert document.modified
    document.undo_stack.undo()
    assert document.design == before
    assert document.plan == make_plan(before.graph)
    assert not document.modified
    document.undo_stack.redo()
    assert document.design == after
    assert document.plan == make_plan(after.graph)


def test_every_public_edit_is_in_the_table() -> None:
    reading = {"why_not_connect", "problem_of_connecting", "can_insert", "refusals", "why_not_add"}
    reading |= {"why_not_reconnect", "reconnect_refusals", "source_refusals", "problem_of_reconnecting"}
    other = {"replace_design", "mark_saved", "end_merge"}
    methods = {n for n, v in vars(Document).items() if callable(v) and not n.startswith("_") and n not in SIGNALS}
    signals = {n for n in methods if n.endswith(("_changed", "_replaced"))}
    assert methods - reading - other - signals == set(EDITS)


def test_views_hear_exactly_what_changed(document: Document) -> None:
    heard = listen(document)
    document.remove(["dense_1"])
    edges = small_design().graph.edges
    removed = [("edge_removed", edges[0]), ("edge_removed", edges[1])]
    assert heard == [*removed, ("node_removed", "dense_1"), ("plan_changed",)]
    heard.clear()
    document.undo_stack.undo()
    added = [("edge_added", edges[0]), ("edge_added", edges[1])]
    assert heard == [("node_added", "dense_1"), *added, ("plan_changed",)]
    heard.clear()
    document.move({"dense_1": (0, 8)})
    assert heard == [("node_changed", "dense_1")]
    assert document.plan == make_plan(document.graph)


def test_an_edit_that_changes_nothing_is_no_step(document: Document) -> None:
    document.move({"dense_1": document.node("dense_1").position})
    document.rename("dense_1", "hidden")
    document.set_training()
    document.remove([])
    assert document.undo_stack.count() == 0


def test_settings_of_the_same_field_are_one_step_until_the_slider_is_released(document: Document) -> None:
    for units in (5, 6, 7):
        document.set_layer_field("dense_1", "units", units)
    document.set_layer_field("dense_2", "units", 3)
    document.end_merge()
    document.set_layer_field("dense_2", "units", 4)
    assert document.undo_stack.count() == 3
    assert document.undo_stack.undoText() == "Set Units"
    document.undo_stack.undo()
    document.undo_stack.undo()
    document.undo_stack.undo()
    assert document.design == small_design()


def test_moving_back_within_a_step_leaves_no_step(document: Document) -> None:
    document.move({"dense_1": (0, 0)})
    document.move({"dense_1": (200, 0)})
    assert document.undo_stack.count() == 0
    assert document.design == small_design()


def test_a_value_that_is_not_legal_changes_nothing(document: Document) -> None:
    with pytest.raises(ValidationError):
        document.set_layer_field("dense_1", "units", 0)
    with pytest.raises(ValidationError):
        document.set_training(batch_size=-1)
    assert document.design == small_design()
    assert document.undo_stack.count() == 0


@pytest.mark.parametrize(
    ("source", "target", "port", "words"),
    [
        ("output_1", "dense_1", None, "Nothing can follow it"),
        ("dense_1", "input_1", None, "takes no input"),
        ("dense_1", "dense_1", None, "cannot feed itself"),
        ("dense_2", "dense_1", None, "close a cycle"),
        ("dense_1", "dense_2", 3, "no port 4"),
        ("dense_1", "dense_2", None, "already connected"),
        ("nobody", "dense_2", None, "no node 'nobody'"),
    ],
)
def test_impossible_wires_are_refused_with_a_sentence(document, source, target, port, words) -> None:
    reason = document.why_not_connect(source, target, port)
    assert words in reason
    assert reason.endswith(".")
    with pytest.raises(ValueError, match=words):
        document.connect(source, target, port)
    assert document.design == small_design()


def test_a_wire_into_an_occupied_port_replaces_the_old_one_in_one_step(document: Document) -> None:
    edge = document.connect("input_1", "dense_2")
    assert document.graph.incoming("dense_2") == [edge] == [Edge(source="input_1", target="dense_2")]
    assert document.undo_stack.count() == 1


def test_a_joining_layer_takes_new_ports(document: Document) -> None:
    add = document.add_node(Add(), (0, 200), connect_from="dense_1")
    assert document.connect("dense_2", add).port == 1
    assert document.connect("input_1", add).port == 2
    assert document.connect("dense_2", add, 0).port == 0
    assert [edge.source for edge in document.graph.incoming(add)] == ["dense_2", "dense_2", "input_1"]


def test_shapes_that_would_not_fit_are_foreseen(document: Document) -> None:
    add = document.add_node(Add(), (0, 200), connect_from="input_1")
    problem = document.problem_of_connecting("dense_1", add)
    assert problem is not None
    assert "equal shapes" in problem.message
    assert document.problem_of_connecting("input_1", "dense_2") is None


def test_replacing_the_design_starts_a_new_history(document: Document) -> None:
    heard = listen(document)
    replaced = []
    document.design_replaced.connect(lambda: replaced.append(True))
    document.rename("dense_1", "x")
    heard.clear()
    document.replace_design(Design(name="other"), Path("other.netloom"))
    assert replaced == [True]
    assert heard == []
    assert (document.path, document.modified, document.undo_stack.count()) == (Path("other.netloom"), False, 0)


def test_saving_marks_the_design_as_unmodified(document: Document) -> None:
    changes: list[bool] = []
    document.modified_changed.connect(changes.append)
    document.rename("dense_1", "x")
    document.mark_saved(Path("a.netloom"))
    assert not document.modified
    document.undo_stack.undo()
    assert document.modified
    assert changes == [True, False, True]


def test_positions_stay_where_a_user_can_go(document: Document) -> None:
    document.move({"dense_1": (1e9, float("-inf"))})
    assert document.node("dense_1").position == (edits.FARTHEST, -edits.FARTHEST)
    with pytest.raises(ValueError, match="cannot be placed"):
        document.move({"dense_1": (float("nan"), 0)})


def test_a_node_is_replaced_with_its_name_wires_and_common_settings(document: Document) -> None:
    node_id = document.replace_node("dense_1", Add())
    node = document.node(node_id)
    assert (node.id, node.title, node.position) == ("add_1", "hidden", (200, 0))
    assert [n.id for n in document.graph.nodes] == ["input_1", "add_1", "dense_2", "output_1"]
    assert document.graph.edges[:2] == (
        Edge(source="input_1", target="add_1"),
        Edge(source="add_1", target="dense_2"),
    )
    document.connect("input_1", "add_1")
    document.replace_node("add_1", Dense(units=3))
    assert document.graph.incoming("dense_1") == [Edge(source="input_1", target="dense_1")]
    document.replace_node("dense_1", Output())
    assert document.graph.outgoing("output_2") == []
    document.replace_node("dense_2", Input())
    assert document.graph.incoming("input_2") == []


def test_settings_with_the_same_name_survive_a_replacement() -> None:
    layer = Dense(units=32)
    assert edits.with_settings_of(Dense(), layer).units == 32
    assert edits.with_settings_of(Dropout(), layer) == Dropout()


def test_a_wire_is_led_elsewhere_in_one_step(document: Document) -> None:
    add = document.add_node(Add(), (0, 200), connect_from="input_1")
    wire = Edge(source="dense_1", target="dense_2")
    place = document.graph.edges.index(wire)
    moved = document.reconnect(wire, "dense_1", add)
    assert moved == Edge(source="dense_1", target=add, port=1)
    assert document.graph.edges.index(moved) == place
    assert document.undo_stack.count() == 2
    back = document.reconnect(moved, "dense_1", add, 1)
    assert back == moved
    assert document.undo_stack.count() == 2
    with pytest.raises(ValueError, match="takes no input"):
        document.reconnect(moved, "dense_1", "input_1")
    assert "cycle" in document.why_not_reconnect(Edge(source="input_1", target="dense_1"), add, "dense_1")
    problem = document.problem_of_reconnecting(moved, "dense_1", add, 1)
    assert problem is not None
    assert "equal shapes" in problem.message


def test_all_refusals_at_once_are_those_of_each_wire(document: Document) -> None:
    document.add_node(Add(), (0, 200), connect_from="input_1")
    for node in document.graph.nodes:
        found = document.source_refusals(node.id, 0)
        for other in document.graph.nodes:
            assert found[other.id][:12] == document.why_not_connect(other.id, node.id, 0)[:12]
    for edge in document.graph.edges:
        for moves_target in (True, False):
            for node_id, reason in document.reconnect_refusals(edge, moves_target).items():
                ends = (edge.source, node_id, None) if moves_target else (node_id, edge.target, edge.port)
                assert reason == document.why_not_reconnect(edge, *ends)


def test_only_layers_that_fit_follow_or_precede(document: Document) -> None:
    assert document.why_not_add(Dense(), "dense_1") == ""
    assert "no input" in document.why_not_add(Input(), "dense_1")
    assert "end of the network" in document.why_not_add(Dense(), "output_1")
    assert "end of the network" in document.why_not_add(Output(), None, ("dense_1", 0))
    assert document.why_not_add(Input(), None, ("dense_1", 0)) == ""
    assert "flat input" in document.why_not_add(Input(shape=(4, 4)), None, ("dense_1", 0))
    document.set_layer("input_1", Input(shape=(4, 4)), "Set shape")
    assert "flat input" in document.why_not_add(Dense(), "input_1")
    assert document.why_not_add(Dropout(), "input_1") == ""
    assert document.why_not_add(Dense(), "dense_1") == "", "an unknown shape refuses nothing"


def test_a_new_node_may_feed_a_port(document: Document) -> None:
    node_id = document.add_node(Dense(units=2), (0, 300), None, ("dense_2", 0))
    assert document.graph.incoming("dense_2") == [Edge(source=node_id, target="dense_2")]
    assert document.undo_stack.count() == 1


def test_pasted_nodes_get_new_ids_and_keep_their_names(document: Document) -> None:
    part = edits.part(document.graph, ["dense_1", "dense_2"])
    copies = document.paste(part, (10, 20))
    assert copies == {"dense_1": "dense_3", "dense_2": "dense_4"}
    assert document.node("dense_3").name == "hidden"
    assert document.node("dense_3").position == (210, 20)
    assert Edge(source="dense_3", target="dense_4") in document.graph.edges
    free = Document(Design())
    assert free.paste(part) == {"dense_1": "dense_1", "dense_2": "dense_2"}


def test_a_design_with_a_node_far_away_is_brought_back() -> None:
    far = Node(id="a", layer=Input(), position=(1e9, -1e9))
    document = Document(Design(graph=GraphSpec(nodes=(far,))))
    assert document.node("a").position == (edits.FARTHEST, -edits.FARTHEST)
    document.replace_design(Design(graph=GraphSpec(nodes=(far,))))
    assert document.node("a").position == (edits.FARTHEST, -edits.FARTHEST)
    assert not document.modified


def random_block_edit(document: Document, chance: random.Random, ids: list[str], blocks: list[str]) -> None:
    kind = chance.randrange(8)
    if kind <= 1 or not blocks:
        document.group(chance.sample(ids, 3), note_ids=[note.id for note in document.graph.notes[:1]])
    elif kind == 2:
        document.ungroup(chance.sample(blocks, 1), {ids[0]: (8.0, 8.0)})
    elif kind == 3:
        document.set_collapsed(blocks[:2], chance.random() < 0.5, {ids[-1]: (16.0, 16.0)})
    elif kind == 4:
        document.rename_block(chance.choice(blocks), str(chance.random()))
        document.set_color(blocks[:1], "blue")
    elif kind == 5 and not document.why_not_repeat(blocks[0]) and len(document.blocks.members(blocks[0])) < 12:
        document.repeat_block(blocks[0], 2, 264.0)
    elif kind == 6:
        inner = [node.id for node in document.graph.nodes if node.block]
        document.take_out(inner[:1])
        document.duplicate(inner[:3])
    else:
        source, ends = chance.choice(ids), document.blocks.ports(chance.choice(blocks)).inputs
        wire = [(end.node, end.port) for end in ends[0].ends] if ends else []
        if wire and not document.why_not_wire(source, wire):
            document.wire(source, wire)
        fragment = block_part(document.graph, blocks[0])
        if len(fragment.nodes) < 10:
            document.add_block(fragment, (0.0, 300.0), source)


def random_edit(document: Document, chance: random.Random) -> None:
    ids = [node.id for node in document.graph.nodes]
    layers: list[type[Layer]] = [Dense, Activation, Dropout, Add, Input, Output]
    place = (chance.randrange(-500, 500), chance.randrange(-500, 500))
    notes = [note.id for note in document.graph.notes]
    kind = chance.randrange(26)
    blocks = [block.id for block in document.graph.blocks]
    if kind <= 1 or len(ids) < 3:
        document.add_node(chance.choice(layers)(), place, chance.choice([None, *ids]))
    elif kind >= 21:
        random_block_edit(document, chance, ids, blocks)
    elif kind == 18:
        document.add_note(place, str(place), chance.choice(["text", "arrow"]), (100.0, place[1]))
    elif kind == 19 and notes:
        document.change_note(chance.choice(notes), text=str(place), extent=(150.0, place[0]))
        document.remove(chance.sample(ids, 1), [], chance.sample(notes, len(notes) // 5))
    elif kind == 20:
        document.set_color(chance.sample([*ids, *notes], 2), chance.choice(["", "red", "teal"]))
        document.move({chance.choice([*ids, *notes]): place})
        document.duplicate(ids[:1], note_ids=notes[:1])
    elif kind == 2:
        document.remove(chance.sample(ids, chance.randrange(1, 3)))
    elif kind <= 4:
        source, target = chance.choice(ids), chance.choice(ids)
        if not document.why_not_connect(source, target):
            document.connect(source, target)
    elif kind == 5 and document.graph.edges:
        document.disconnect(chance.choice(document.graph.edges))
    elif kind == 6:
        document.move({chance.choice(ids): place, chance.choice(ids): place})
    elif kind == 7 and document.graph.edges:
        document.insert_node(Dropout(), place, chance.choice(document.graph.edges))
    elif kind == 8:
        document.duplicate(chance.sample(ids, 2))
    elif kind == 9:
        document.set_layer(chance.choice(ids), chance.choice(layers)(), "Change layer")
    elif kind == 10:
        document.rename(chance.choice(ids), str(place))
        document.set_training(seed=abs(place[0]))
    elif kind == 11:
        document.paste(edits.part(document.graph, chance.sample(ids, 2)), place)
    elif kind == 12:
        document.replace_node(chance.choice(ids), chance.choice(layers)())
    elif kind == 13 and document.graph.edges:
        edge, end = chance.choice(document.graph.edges), chance.choice(ids)
        ends = (edge.source, end, None) if chance.random() < 0.5 else (end, edge.target, edge.port)
        if not document.why_not_reconnect(edge, *ends):
            document.reconnect(edge, *ends)
    elif kind == 14:
        document.set_frozen(chance.sample(ids, 2), chance.random() < 0.5)
        document.set_design_info(name=str(place))
    elif kind == 15:
        document.set_data(DataSettings(split_seed=abs(place[0])))
        document.set_layer_field(ids[0], "source", str(place)) if ids[0].startswith("input") else None
    elif kind == 16:
        document.move({node_id: (place[0], index * 96.0) for index, node_id in enumerate(ids)}, "Tidy")
    else:
        target = chance.choice(ids)
        document.add_node(Dense(), place, None, (target, None))
        document.set_graph(document.graph.model_copy(update={"edges": document.graph.edges[1:]}), "Cut")


def test_five_hundred_random_edits_undo_to_the_start_and_redo_to_the_end(document: Document) -> None:
    chance = random.Random(7)
    for number in range(500):
        random_edit(document, chance)
        if len(document.graph.nodes) > 40:
            document.remove([node.id for node in document.graph.nodes[20:]])
        if number % 10:
            continue
        assert document.plan == make_plan(document.graph)
        for node in document.graph.nodes[:2]:
            foreseen = {n.id: document.why_not_connect(node.id, n.id) for n in document.graph.nodes}
            assert document.refusals(node.id) == foreseen
    end = document.design
    while document.undo_stack.canUndo():
        document.undo_stack.undo()
    assert document.design == small_design()
    while document.undo_stack.canRedo():
        document.undo_stack.redo()
    assert document.design == end
    assert document.plan == make_plan(end.graph)
