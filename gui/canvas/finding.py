"""What the find menu is used for on the canvas: to add, follow a wire, replace, connect and go to a node."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QPointF

from engine.graph import Edge, Node
from engine.layer import Layer
from engine.shapes import format_shape
from gui.canvas.adding import addition
from gui.canvas.find_menu import Entry, FindMenu
from gui.canvas.geometry import NODE_HEIGHT, NODE_WIDTH, PortHit, snap
from gui.canvas.preview_items import WirePreview
from gui.document.appearance import layer_color, layer_icon
from gui.document.catalogue import all_layers
from gui.document.user_blocks import BLOCK_PREFIX, CATEGORY, user_blocks
from gui.theme import current_theme

if TYPE_CHECKING:
    from gui.canvas.view import CanvasView


class Finder(QObject):
    """Opens the menu, one at a time, and does with the choice what it was opened for."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        self._menu: FindMenu | None = None
        self._choose: Callable[[str], object] | None = None
        self._show: Callable[[str], object] | None = None
        self._wire: WirePreview | None = None

    @property
    def menu(self) -> FindMenu | None:
        """The menu that is open."""
        return self._menu

    def close(self) -> None:
        """Close the menu, if one is open."""
        if self._menu is not None:
            self._menu.close()

    def add(self, at: QPointF | None = None) -> None:
        """Add a layer or block: at a point of the scene, into the selected wire, or behind what is selected."""
        view = self._view
        scene, anchor = view.canvas_scene, view.anchor()
        edges = scene.selected_edges()
        edge = edges[0] if at is None and len(edges) == 1 and anchor is None else None
        if edge is not None:
            layers = [layer for layer in all_layers() if view.document.can_insert(layer)]
            blocks = [entry for entry in _block_entries() if addition(entry.key).fits.wire]
            middle = scene.edge_item(edge).path.pointAtPercent(0.5)
            prompt = f"Insert between {self._title(edge.source)} and {self._title(edge.target)}"
            self._open([*_layer_entries(layers), *blocks], prompt, middle, partial(self._insert, edge))
        elif at is None and anchor is not None:
            prompt = f"Add a layer after {self._title(anchor)}"
            self._open(_all_entries(), prompt, scene.node_item(anchor).box.output, view.append_layer)
        else:
            place = at if at is not None else view.pointer_in_scene()
            choose = view.append_layer if place is None else partial(self._drop, place)
            self._open(_all_entries(), "Add a layer", place or view.middle(), choose)

    def follow(self, start: PortHit, at: QPointF) -> None:
        """Add one of the layers that fit at the loose end of a wire, and wire it."""
        document, scene = self._view.document, self._view.canvas_scene
        ends = (start.node, None) if start.port is None else (None, (start.node, start.port))
        fitting = [layer for layer in all_layers() if not document.why_not_add(layer(), *ends)]
        fitting.sort(key=lambda layer: layer.terminal)
        title = self._title(start.node)
        if not fitting:
            self._view.noticed.emit(f"No layer fits at this end of '{title}'.")
            return
        self._wire = WirePreview()
        scene.addItem(self._wire)
        forward, fixed = start.port is None, scene.place_of(start)
        self._wire.set_ends(*((fixed, at) if forward else (at, fixed)), "loose")
        prompt = f"Add a layer {'after' if forward else 'before'} {title}"
        self._open(_layer_entries(fitting), prompt, at, partial(self._follow, start, at))

    def replace(self) -> None:
        """Put another kind of layer into the place of the selected node."""
        nodes = self._view.canvas_scene.selected_boxes()
        if len(nodes) != 1 or not self._view.document.has_node(nodes[0]):
            return
        node = self._view.document.node(nodes[0])
        box = self._view.canvas_scene.node_item(node.id).box
        entries = [self._replacement(node, layer) for layer in all_layers() if layer.kind != node.layer.kind]
        entries.sort(key=lambda entry: entry.note.startswith("drops"))
        prompt = f"Replace {_cut(node.title)} by"
        self._open(entries, prompt, box.rect.bottomLeft(), partial(self._replace, node.id))

    def connect_to(self) -> None:
        """Wire the selected node to another one, or let the selected wire end elsewhere."""
        view, document = self._view, self._view.document
        anchor, edges = view.anchor(), view.canvas_scene.selected_edges()
        if anchor is not None:
            refusals, source, edge = document.refusals(anchor), anchor, None
            prompt = f"Connect {self._title(source)} to"
        elif len(edges) == 1:
            edge = edges[0]
            refusals, source = document.rewire_refusals(self._behind(edge), True), edge.source
            prompt = f"Lead the wire from {self._title(source)} to"
        else:
            return
        others = [planned.node for planned in document.plan.nodes.values() if planned.id != source]
        entries = [self._node_entry(node, refusals.get(node.id, "")) for node in others]
        self._wire = WirePreview()
        view.canvas_scene.addItem(self._wire)
        place = view.canvas_scene.node_item(source).box.rect.bottomLeft()
        shown = partial(self._show_target, source, edge)
        self._open(entries, prompt, place, partial(self._connect, source, edge), shown)

    def go_to(self) -> None:
        """Find a node by its name and show it."""
        nodes = [planned.node for planned in self._view.document.plan.nodes.values()]
        self._open([self._node_entry(node) for node in nodes], "Find a node", self._view.middle(), self._view.show_node)

    def _open(
        self,
        entries: Sequence[Entry],
        prompt: str,
        place: QPointF,
        choose: Callable[[str], object],
        show: Callable[[str], object] | None = None,
    ) -> None:
        self.close()
        view = self._view
        area = view.viewport().rect()
        corner = view.mapFromScene(place) + QPoint(12, 12)
        corner = QPoint(max(8, min(area.right() - 8, corner.x())), max(8, min(area.bottom() - 8, corner.y())))
        self._choose, self._show = choose, show
        self._menu = FindMenu(entries, prompt, view)
        self._menu.entry_chosen.connect(self._on_menu_entry_chosen)
        self._menu.current_changed.connect(self._on_menu_current_changed)
        self._menu.closed.connect(self._on_menu_closed)
        self._menu.open_at(view.viewport().mapToGlobal(corner))
        self._on_menu_current_changed(self._menu.current)

    # What is done with a choice

    def _drop(self, at: QPointF, kind: str) -> None:
        self._view.drop_layer(kind, at)

    def _insert(self, edge: Edge, kind: str) -> None:
        self._view.insert_layer(kind, edge)

    def _follow(self, start: PortHit, at: QPointF, kind: str) -> None:
        document, top = self._view.document, snap(at.y() - NODE_HEIGHT / 2)
        layer, scene = _new(kind), self._view.canvas_scene
        block = scene.frames.around(at)
        if start.port is None:
            node_id = document.add_node(layer, (snap(at.x()), top), start.node, block=block)
        else:
            end, *others = scene.shown.ends_of(start.node, start.port)
            place = (snap(at.x() - NODE_WIDTH), top)
            node_id = document.add_node(layer, place, None, end, also_to=others, block=block)
        self._view.select([node_id])

    def _replace(self, node_id: str, kind: str) -> None:
        self._view.select([self._view.document.replace_node(node_id, _new(kind))])

    def _connect(self, source: str, edge: Edge | None, target: str) -> None:
        document = self._view.document
        if edge is None:
            document.connect(source, target)
        else:
            moved = document.rewire(self._behind(edge), source, [(target, None)])
            self._view.canvas_scene.select([], [moved])

    def _show_target(self, source: str, edge: Edge | None, target: str) -> None:
        """Draw the wire to the current line, and say what would be wrong with it."""
        scene, document = self._view.canvas_scene, self._view.document
        for node_id, item in scene.node_items().items():
            item.set_port_state("target" if target and node_id == scene.shown.box_of(target) else "normal")
        if self._wire is None or self._menu is None:
            return
        self._wire.setVisible(bool(target))
        if not target:
            return
        reason = (
            document.why_not_connect(source, target)
            if edge is None
            else document.why_not_rewire(self._behind(edge), source, [(target, None)])
        )
        problem = None
        if not reason and edge is None:
            problem = document.problem_of_connecting(source, target)
        elif not reason and edge is not None:
            problem = document.problem_of_rewire(self._behind(edge), source, [(target, None)])
        if problem is not None:
            self._menu.show_remark(problem.message, True)
        box = scene.node_item(target).box
        self._view.show_rect(box.rect)
        end = box.place(PortHit(target, box.inputs[-1])) if box.inputs else box.rect.center()
        state = "refused" if reason else "doubtful" if problem is not None else "possible"
        self._wire.set_ends(scene.place_of(PortHit(source, None)), end, state)

    # Entries

    def _behind(self, edge: Edge) -> tuple[Edge, ...]:
        return self._view.canvas_scene.shown.wires[edge]

    def _title(self, node_id: str) -> str:
        return _cut(self._view.document.node(node_id).title)

    def _node_entry(self, node: Node, refused: str = "") -> Entry:
        planned, theme = self._view.document.plan.nodes[node.id], current_theme()
        help = f"{node.layer.label} with the output {format_shape(planned.shape)}"
        return Entry(
            node.id, node.title, node.layer.label, help, layer_icon(node.layer), layer_color(node.layer, theme),
            f"{node.id} {node.layer.label}", refused,
        )  # fmt: skip

    def _replacement(self, node: Node, layer: type[Layer]) -> Entry:
        graph = self._view.document.graph
        into, out = len(graph.incoming(node.id)), len(graph.outgoing(node.id))
        room = into if layer.variadic else len(layer.ports)
        lost = max(0, into - room) + (out if layer.terminal else 0)
        entry = _layer_entry(layer)
        return Entry(
            entry.key, entry.label, f"drops {lost} wire{'s' if lost > 1 else ''}" if lost else entry.note,
            entry.help, entry.icon, entry.color, entry.more,
        )  # fmt: skip

    # Slots

    def _on_menu_entry_chosen(self, key: str) -> None:
        choose, self._choose = self._choose, None
        if choose is not None:
            choose(key)
        self._view.setFocus()

    def _on_menu_current_changed(self, key: str) -> None:
        if self._show is not None:
            self._show(key)

    def _on_menu_closed(self) -> None:
        if self._show is not None:
            for item in self._view.canvas_scene.node_items().values():
                item.set_port_state("normal")
        self._menu = self._show = None
        wire, self._wire = self._wire, None
        if wire is not None and wire.scene() is not None:
            self._view.canvas_scene.removeItem(wire)


def _new(kind: str) -> Layer:
    layer = Layer.registry[kind]()
    assert isinstance(layer, Layer)
    return layer


def _all_entries() -> list[Entry]:
    return [*_layer_entries(all_layers()), *_block_entries()]


def _block_entries() -> list[Entry]:
    """The blocks that the user has kept."""
    theme = current_theme()
    return [
        Entry(f"{BLOCK_PREFIX}{block.key}", block.name, CATEGORY, block.summary, "layers/block",
              theme.tint(block.color).line, f"block {CATEGORY} {block.summary}")
        for block in user_blocks.all()
    ]  # fmt: skip


def _layer_entries(layers: Sequence[type[Layer]]) -> list[Entry]:
    return [_layer_entry(layer) for layer in layers]


def _layer_entry(layer: type[Layer]) -> Entry:
    theme, summary = current_theme(), layer.summary()
    return Entry(
        layer.kind, layer.label, layer.category, summary, layer_icon(layer), layer_color(layer, theme),
        f"{layer.kind} {layer.category} {summary}",
    )  # fmt: skip


def _cut(text: str) -> str:
    return text if len(text) <= 24 else f"{text[:23]}…"
