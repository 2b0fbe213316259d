"""Every command of the canvas at random: undone to the start, redone to the end, and the picture always mirrors it."""

from __future__ import annotations

import random

from PySide6.QtCore import QPointF

from engine.blocks import enclosing
from gui.canvas.commands import CANVAS_COMMANDS, run_command
from gui.document.catalogue import all_layers

WITHOUT_CHOICE = [
    command.id
    for command in CANVAS_COMMANDS
    if not command.text.endswith("…") and command.id not in ("rename", "keep_block")
]
MENUS = ("add_layer", "connect_to", "replace_layer")


def choose_at_random(view, chance: random.Random) -> None:
    menu = view.finder.menu
    if menu is None:
        return
    possible = [entry.key for entry in menu._entries if not entry.refused]
    menu.close()
    if possible:
        view.finder._on_menu_entry_chosen(chance.choice(possible))


def write_at_random(view, chance: random.Random) -> None:
    """End what the commands for notes begin, and select some notes as well."""
    if view.noting.is_drawing:
        view.noting.put_arrow()
    if view.noting.editor is not None:
        view.noting.editor.setPlainText(chance.choice(["", "a note"]))
        view.noting.close_editor(chance.random() < 0.8)
    notes = [note.id for note in view.document.graph.notes]
    if len(notes) > 6:
        view.select(notes[3:])
        view.delete_selection()
    elif notes and chance.random() < 0.5:
        view.select([*view.selected_nodes(), chance.choice(notes)])
        run_command(view, chance.choice(["color_red", "color_none", "duplicate", "cut"]))


def cover(document, node) -> str:
    """The outermost closed block around a node, or the node."""
    closed = [name for name in enclosing(document.graph, node.block) if document.block(name).collapsed]
    return closed[-1] if closed else node.id


def visible_boxes(document) -> list[str]:
    return list(dict.fromkeys(cover(document, node) for node in document.graph.nodes))


def visible_edges(document) -> set:
    covers = {node.id: cover(document, node) for node in document.graph.nodes}
    return {edge for edge in document.graph.edges if covers[edge.source] != covers[edge.target]}


def open_blocks(document) -> set[str]:
    blocks = document.graph.blocks
    return {b.id for b in blocks if not any(document.block(name).collapsed for name in enclosing(document.graph, b.id))}


def wait(application, view) -> None:
    while view.tidying.is_busy:
        application.processEvents()


def test_five_hundred_random_commands_undo_to_the_start_and_redo_to_the_end(application, view, document) -> None:
    chance, before = random.Random(11), document.design
    for _ in range(500):
        ids = [node.id for node in document.graph.nodes]
        edges = list(document.graph.edges)
        if len(ids) > 14:
            view.select(chance.sample(ids, len(ids) - 8))
            view.delete_selection()
            continue
        if edges and chance.random() < 0.25:
            view.canvas_scene.select([], [chance.choice(edges)])
        else:
            view.select(chance.sample(ids, min(len(ids), chance.randrange(4))))
        kind = chance.randrange(5)
        if kind == 0:
            run_command(view, chance.choice(MENUS))
            choose_at_random(view, chance)
        elif kind == 1:
            view.drop_layer(chance.choice(all_layers()).kind, QPointF(chance.randrange(900), chance.randrange(300)))
        elif kind == 2:
            view.move_selection(chance.randrange(-9, 9) * 8.0, 8.0)
        else:
            command = chance.choice(WITHOUT_CHOICE)
            if command != "delete" or chance.random() < 0.3:
                run_command(view, command)
            wait(application, view)
            write_at_random(view, chance)
        scene = view.canvas_scene
        assert list(scene.notes.items) == [note.id for note in document.graph.notes]
        assert list(scene.node_items()) == visible_boxes(document)
        assert {edge for wire in scene.shown.wires.values() for edge in wire} == visible_edges(document)
        assert list(scene.edge_items()) == list(scene.shown.wires)
        assert set(scene.frames.items) == open_blocks(document)
    assert document.undo_stack.count() > 150
    end = document.design
    while document.undo_stack.canUndo():
        document.undo_stack.undo()
    assert document.design == before
    while document.undo_stack.canRedo():
        document.undo_stack.redo()
    assert document.design == end
    hidden = {node.id for node in document.graph.nodes if cover(document, node) != node.id}
    assert all(scene.node_item(n.id).box.x == n.position[0] for n in document.graph.nodes if n.id not in hidden)
