"""A view with commands on what is selected: adding, removing, moving, arranging, and finding one's way."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QGraphicsItem, QWidget

from engine.graph import Edge
from gui.canvas.adding import Addition, addition
from gui.canvas.arranging import Axis, Places, Side, align, distribute
from gui.canvas.drawing import drawing_for_file
from gui.canvas.geometry import NodeBox
from gui.canvas.overview import is_far
from gui.canvas.placing import Placement, place_after, place_at, place_in_wire
from gui.canvas.rename_editor import RenameEditor
from gui.canvas.scene import CanvasScene
from gui.canvas.zoom_view import ZoomView
from gui.document import Document
from gui.document.edits import ancestors, descendants
from gui.theme import current_theme

EMPTY_TEXT = "Drag a layer from the palette to here, or press Tab to add one."


class EditingView(ZoomView):
    """Mirror of a document's graph, and the edits that need no mouse."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        self._scene = CanvasScene(document)
        super().__init__(self._scene, parent)
        self._scene.setParent(self)
        self._document = document
        self._editor: RenameEditor | None = None

    @property
    def document(self) -> Document:
        """The document that is shown."""
        return self._document

    @property
    def is_fitted(self) -> bool:
        """Whether the whole design is shown, and stays so when it grows."""
        return self._fitted

    @property
    def canvas_scene(self) -> CanvasScene:
        """The scene with its items by id."""
        return self._scene

    def selected_nodes(self) -> list[str]:
        """Ids of the selected nodes."""
        return self._scene.selected_nodes()

    # Adding and removing

    def append_layer(self, kind: str) -> str:
        """Add a layer, or a block of the user's, behind what is selected (or the last) and wire it; returns its id."""
        new = addition(kind)
        return self._add(new, place_after(self._document, self._boxes(), new.fits, self.anchor()))

    def drop_layer(self, kind: str, at: QPointF) -> str:
        """Add a layer or block with its middle at a point of the scene, or into the wire there; returns its id."""
        new, edge = addition(kind), self._scene.edge_for_insert(at)
        if edge is None:
            self._fitted = False  # what was put there with the mouse stays under it
        placement = place_at(self._document, self._boxes(), new.fits, (at.x(), at.y()), edge)
        return self._add(new, placement, self._scene.frames.around(at))

    def insert_layer(self, kind: str, edge: Edge) -> str:
        """Add a layer or block into a wire; returns its id."""
        return self._add(addition(kind), place_in_wire(self._document, self._boxes(), edge))

    def anchor(self) -> str | None:
        """The node that something new is put behind: the selected one, or that at the output of the selected block."""
        scene = self._scene
        selected = [*scene.selected_boxes(), *scene.frames.selected()]
        if not selected or not self._document.has_block(selected[-1]):
            return selected[-1] if selected else None
        outputs = self._document.blocks.ports(selected[-1]).outputs
        return outputs[0] if outputs else scene.shown.nodes_of(selected[-1])[-1]

    def _add(self, new: Addition, placement: Placement, block: str = "") -> str:
        scene = self._scene
        wire = scene.shown.wires[placement.edge] if placement.edge is not None else ()
        if placement.connect_from is not None and not block:
            block = scene.shown.visible_block(placement.connect_from)
        item_id = new.add(self._document, placement, wire, scene.moved(placement.moves), block)
        self.select([item_id])
        if self._fitted:
            self.fit()
        else:
            self.show_rect(scene.rect_of([item_id]))
        return item_id

    def _boxes(self) -> dict[str, NodeBox]:
        """The boxes by the ids of all nodes."""
        shown, boxes = self._scene.shown, {box.id: box for box in self._scene.boxes()}
        return boxes | {node_id: boxes[block_id] for node_id, block_id in shown.home.items()}

    def delete_selection(self) -> None:
        """Remove the selected nodes, wires and notes."""
        scene = self._scene
        self._document.remove(self.selected_nodes(), scene.shown.behind(scene.selected_edges()), scene.selected_notes())

    def duplicate_selection(self) -> None:
        """Copy the selected nodes with the wires among them, and notes, and select the copies."""
        nodes, notes = self.selected_nodes(), self._scene.selected_notes()
        if nodes or notes:
            self.select(list(self._document.duplicate(nodes, note_ids=notes).values()))

    def freeze_selection(self, frozen: bool) -> None:
        """Keep the selected nodes' parameters as they are, or let them learn again."""
        self._document.set_frozen(self.selected_nodes(), frozen)

    # Moving and arranging

    def move_selection(self, dx: float, dy: float) -> None:
        """Move the selected nodes and notes."""
        items = [self._document.node(node_id) for node_id in self.selected_nodes()]
        items += [self._document.note(note_id) for note_id in self._scene.selected_notes()]
        if items:
            self._document.move({item.id: (item.position[0] + dx, item.position[1] + dy) for item in items})
            self.show_rect(self._scene.rect_of(self._scene.selected_ids()[:1]))

    def align_selection(self, side: Side) -> None:
        """Bring one side, or the middle, of the selected nodes into one line."""
        self._arrange(align(self._selected_boxes(), side) if len(self._scene.selected_boxes()) > 1 else {}, "Align")

    def distribute_selection(self, axis: Axis) -> None:
        """Make the gaps between the selected nodes equal."""
        self._arrange(distribute(self._selected_boxes(), axis), "Distribute")

    def _selected_boxes(self) -> list:
        return [self._scene.node_item(box_id).box for box_id in self._scene.selected_boxes()]

    def _arrange(self, places: Places, text: str) -> None:
        if places:
            self._document.move(self._scene.moves_for(places), f"{text} {len(places)} nodes")
            self.show_rect(self._scene.rect_of(places))

    # Selecting and finding

    def select(self, node_ids: list[str]) -> None:
        """Select exactly these nodes and notes."""
        self._scene.select(node_ids)

    def select_all(self) -> None:
        """Select every node, note and wire."""
        self._scene.select([*self._scene.node_items(), *self._scene.notes.shown()], list(self._scene.edge_items()))

    def select_upstream(self) -> None:
        """Add everything that the selected nodes depend on."""
        graph = self._document.graph
        self._scene.select(set().union(*(ancestors(graph, node_id) for node_id in self.selected_nodes())))

    def select_downstream(self) -> None:
        """Add everything that depends on the selected nodes."""
        graph = self._document.graph
        self._scene.select(set().union(*(descendants(graph, node_id) for node_id in self.selected_nodes())))

    def show_node(self, node_id: str) -> None:
        """Select a node and bring it to the middle; the blocks that hide it are opened."""
        if self._document.has_node(node_id):
            self.reveal(node_id)
            self.select([node_id])
            self.center_on(self._scene.node_item(node_id).box.rect.center())
            self.setFocus()

    def reveal(self, node_id: str) -> None:
        """Open the blocks that hide a node."""

    # Renaming

    def rename_selected(self) -> None:
        """Open a field over the name of the selected node or block."""
        selected, document = self._scene.selected_ids(), self._document
        if len(selected) != 1 or not (document.has_node(selected[0]) or document.has_block(selected[0])):
            return
        self.close_editor()
        item_id = selected[0]
        named = document.node(item_id) if document.has_node(item_id) else document.block(item_id)
        item = self._scene.frames.items.get(item_id) or self._scene.node_item(item_id)
        self.show_rect(item.rect)
        place = self.mapFromScene(item.mapRectToScene(item.title_rect())).boundingRect()
        editor = RenameEditor(item_id, named.name, item_id, self.viewport())
        editor.name_entered.connect(self._on_editor_name_entered)
        editor.setGeometry(place.left() - 6, place.center().y() - 14, min(max(150, place.width() + 12), 260), 28)
        editor.show()
        editor.setFocus()
        self._editor = editor

    def close_editor(self) -> None:
        """End a renaming that is going on, and take the name."""
        editor, self._editor = self._editor, None
        if editor is not None:
            editor.close_editor(True)

    def _on_editor_name_entered(self, node_id: str, name: str) -> None:
        self._editor = None
        if self._document.has_node(node_id):
            self._document.rename(node_id, name)
        elif self._document.has_block(node_id):
            self._document.rename_block(node_id, name)

    # What is seen

    def content_rect(self) -> QRectF:
        return self._scene.content_rect()

    def central_point(self) -> QPointF:
        """A place in the thick of the design: the node in the middle of all, by order along both axes."""
        boxes = self._scene.boxes()
        if not boxes:
            return QPointF()
        x = sorted(box.x for box in boxes)[len(boxes) // 2]
        y = sorted(box.y for box in boxes)[len(boxes) // 2]
        nearest = min(boxes, key=lambda box: abs(box.x - x) + abs(box.y - y))
        return nearest.rect.center()

    def plain_items(self) -> list[QGraphicsItem] | None:
        return self._scene.plain_items()

    def seen(self) -> QRectF:
        """The part of the scene that is seen."""
        area = self.viewport().rect()
        return QRectF(self.mapToScene(QPoint(0, 0)), self.mapToScene(area.bottomRight()))

    def sees(self, rect: QRectF) -> bool:
        """Whether a part of the scene is in sight, at least some of it."""
        return self.seen().intersects(rect)

    def middle(self) -> QPointF:
        """The point of the scene in the middle of the viewport."""
        return self.mapToScene(self.viewport().rect().center())

    def placeholder(self) -> str:
        return "" if self._document.graph.nodes or self._document.graph.notes else EMPTY_TEXT

    def render_image(self, size: QSize) -> QImage:
        rect = self.content_rect()
        scale = min(size.width() / max(1.0, rect.width()), size.height() / max(1.0, rect.height()))
        with (
            drawing_for_file(current_theme(), exact=False),
            self._scene.drawn(is_far(scale, len(self._document.graph.nodes))),
        ):
            return super().render_image(size)
