"""A view with commands on what is selected: adding, removing, moving, arranging, and finding one's way."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from engine.graph import Edge
from engine.layer import Layer
from gui.canvas.arranging import Axis, Places, Side, align, distribute
from gui.canvas.drawing import drawing_for_file
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
    def canvas_scene(self) -> CanvasScene:
        """The scene with its items by id."""
        return self._scene

    def selected_nodes(self) -> list[str]:
        """Ids of the selected nodes."""
        return self._scene.selected_nodes()

    # Adding and removing

    def append_layer(self, kind: str) -> str:
        """Add a layer behind the selected node (or the last) and wire it; returns the new node's id."""
        layer, selected = _new(kind), self.selected_nodes()
        return self._add(layer, place_after(self._document, self._boxes(), layer, selected[-1] if selected else None))

    def drop_layer(self, kind: str, at: QPointF) -> str:
        """Add a layer with its middle at a point of the scene, or into the wire there; returns the new node's id."""
        layer, edge = _new(kind), self._scene.edge_for_insert(at)
        if edge is None:
            self._fitted = False  # what was put there with the mouse stays under it
        return self._add(layer, place_at(self._document, self._boxes(), layer, (at.x(), at.y()), edge))

    def insert_layer(self, kind: str, edge: Edge) -> str:
        """Add a layer into a wire; returns the new node's id."""
        return self._add(_new(kind), place_in_wire(self._document, self._boxes(), edge))

    def _add(self, layer: Layer, placement: Placement) -> str:
        if placement.edge is not None:
            node_id = self._document.insert_node(layer, placement.position, placement.edge, placement.moves)
        else:
            node_id = self._document.add_node(layer, placement.position, placement.connect_from)
        self.select([node_id])
        if self._fitted:
            self.fit()
        else:
            self.show_rect(self._scene.node_item(node_id).box.rect)
        return node_id

    def _boxes(self) -> dict:
        return {box.id: box for box in self._scene.boxes()}

    def delete_selection(self) -> None:
        """Remove the selected nodes and wires."""
        self._document.remove(self.selected_nodes(), self._scene.selected_edges())

    def duplicate_selection(self) -> None:
        """Copy the selected nodes with the wires among them, and select the copies."""
        if self.selected_nodes():
            self.select(list(self._document.duplicate(self.selected_nodes()).values()))

    def freeze_selection(self, frozen: bool) -> None:
        """Keep the selected nodes' parameters as they are, or let them learn again."""
        self._document.set_frozen(self.selected_nodes(), frozen)

    # Moving and arranging

    def move_selection(self, dx: float, dy: float) -> None:
        """Move the selected nodes."""
        nodes = [self._document.node(node_id) for node_id in self.selected_nodes()]
        if nodes:
            self._document.move({node.id: (node.position[0] + dx, node.position[1] + dy) for node in nodes})
            self.show_rect(self._scene.node_item(nodes[0].id).box.rect)

    def align_selection(self, side: Side) -> None:
        """Bring one side, or the middle, of the selected nodes into one line."""
        self._arrange(align(self._selected_boxes(), side) if len(self.selected_nodes()) > 1 else {}, "Align")

    def distribute_selection(self, axis: Axis) -> None:
        """Make the gaps between the selected nodes equal."""
        self._arrange(distribute(self._selected_boxes(), axis), "Distribute")

    def _selected_boxes(self) -> list:
        return [self._scene.node_item(node_id).box for node_id in self.selected_nodes()]

    def _arrange(self, places: Places, text: str) -> None:
        if places:
            self._document.move(places, f"{text} {len(places)} nodes")
            self.show_rect(self._scene.rect_of(places))

    # Selecting and finding

    def select(self, node_ids: list[str]) -> None:
        """Select exactly these nodes."""
        self._scene.select(node_ids)

    def select_all(self) -> None:
        """Select every node and wire."""
        self._scene.select(list(self._scene.node_items()), list(self._scene.edge_items()))

    def select_upstream(self) -> None:
        """Add everything that the selected nodes depend on."""
        graph = self._document.graph
        self._scene.select(set().union(*(ancestors(graph, node_id) for node_id in self.selected_nodes())))

    def select_downstream(self) -> None:
        """Add everything that depends on the selected nodes."""
        graph = self._document.graph
        self._scene.select(set().union(*(descendants(graph, node_id) for node_id in self.selected_nodes())))

    def show_node(self, node_id: str) -> None:
        """Select a node and bring it to the middle."""
        if self._document.has_node(node_id):
            self.select([node_id])
            self.center_on(self._scene.node_item(node_id).box.rect.center())
            self.setFocus()

    # Renaming

    def rename_selected(self) -> None:
        """Open a field over the name of the selected node."""
        selected = self.selected_nodes()
        if len(selected) != 1 or not self._document.has_node(selected[0]):
            return
        self.close_editor()
        node, item = self._document.node(selected[0]), self._scene.node_item(selected[0])
        self.show_rect(item.box.rect)
        place = self.mapFromScene(item.mapRectToScene(item.title_rect())).boundingRect()
        editor = RenameEditor(node.id, node.name, node.id, self.viewport())
        editor.name_entered.connect(self._on_editor_name_entered)
        editor.setGeometry(place.left() - 6, place.center().y() - 14, max(150, place.width() + 12), 28)
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
        return "" if self._document.graph.nodes else EMPTY_TEXT

    def render_image(self, size: QSize) -> QImage:
        rect = self.content_rect()
        scale = min(size.width() / max(1.0, rect.width()), size.height() / max(1.0, rect.height()))
        with (
            drawing_for_file(current_theme(), exact=False),
            self._scene.drawn(is_far(scale, len(self._document.graph.nodes))),
        ):
            return super().render_image(size)


def _new(kind: str) -> Layer:
    layer = Layer.registry[kind]()
    assert isinstance(layer, Layer)
    return layer
