"""The canvas: shows the design and turns mouse and keys into edits of the document."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
)
from PySide6.QtWidgets import QMenu, QWidget

from engine.layer import Layer
from gui.canvas.drop import DropFeedback, dropped_layer
from gui.canvas.geometry import WIRE_REACH
from gui.canvas.gestures import Gesture
from gui.canvas.hint import Level, PointerHint
from gui.canvas.keys import run_key, takes_key
from gui.canvas.menu import selection_menu
from gui.canvas.placing import Placement, place_after, place_at
from gui.canvas.press import gesture_for_press
from gui.canvas.rename_editor import RenameEditor
from gui.canvas.scene import CanvasScene
from gui.canvas.zoom_view import ZoomView
from gui.document import Document

EMPTY_TEXT = "Drag a layer from the palette to here, or double-click one to add it."


class CanvasView(ZoomView):
    """Mirror and editor of a document's graph."""

    selection_changed = Signal(list)
    """Ids of the selected nodes."""
    space_tapped = Signal()
    """Space was pressed and released without panning; the canvas keeps the key from shortcuts of the window."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        self._scene = CanvasScene(document)
        super().__init__(self._scene, parent)
        self._scene.setParent(self)
        self._document = document
        self._gesture: Gesture | None = None
        self._drop = DropFeedback(self._scene)
        self._editor: RenameEditor | None = None
        self._space_held = self._space_used = False
        self._pointer = QPoint()
        self._hint = PointerHint(self.viewport())
        self.setAcceptDrops(True)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Design canvas")
        self.setObjectName("canvas")
        self._scene.selectionChanged.connect(self._on_scene_selection_changed)
        document.undo_stack.indexChanged.connect(self._on_undo_stack_index_changed)
        document.design_replaced.connect(self._on_document_design_replaced)
        self._on_scene_selection_changed()

    # For gestures and keys

    @property
    def document(self) -> Document:
        """The document that is shown."""
        return self._document

    @property
    def canvas_scene(self) -> CanvasScene:
        """The scene with its items by id."""
        return self._scene

    @property
    def gesture(self) -> Gesture | None:
        """The gesture that is going on."""
        return self._gesture

    def cancel_gesture(self) -> bool:
        """Give up the gesture that is going on; returns whether there was one."""
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            gesture.cancel()
            self._update_cursor()
        return gesture is not None

    def show_hint(self, text: str, level: Level = "info") -> None:
        """Show a sentence beside the pointer; "" hides it."""
        self._hint.show_text(text, level, self._pointer)

    def hold_space(self, held: bool) -> None:
        """Space went down or up: while it is down, the mouse pans."""
        if held:
            self._space_held, self._space_used = True, False
        elif self._space_held:
            self._space_held = False
            if not self._space_used:
                self.space_tapped.emit()
        self._update_cursor()

    # Edits

    def selected_nodes(self) -> list[str]:
        """Ids of the selected nodes."""
        return self._scene.selected_nodes()

    def append_layer(self, kind: str) -> str:
        """Add a layer behind the selected node (or the last) and wire it; returns the new node's id."""
        layer = Layer.registry[kind]()
        assert isinstance(layer, Layer)
        selected = self.selected_nodes()
        boxes = {box.id: box for box in self._scene.boxes()}
        return self._add(layer, place_after(self._document, boxes, layer, selected[-1] if selected else None))

    def drop_layer(self, kind: str, at: QPointF) -> str:
        """Add a layer with its middle at a point of the scene, or into the wire there; returns the new node's id."""
        layer = Layer.registry[kind]()
        assert isinstance(layer, Layer)
        edge = self._scene.edge_for_insert(at)
        boxes = {box.id: box for box in self._scene.boxes()}
        return self._add(layer, place_at(self._document, boxes, layer, (at.x(), at.y()), edge))

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

    def move_selection(self, dx: float, dy: float) -> None:
        """Move the selected nodes."""
        nodes = [self._document.node(node_id) for node_id in self.selected_nodes()]
        if nodes:
            self._document.move({node.id: (node.position[0] + dx, node.position[1] + dy) for node in nodes})
            self.show_rect(self._scene.node_item(nodes[0].id).box.rect)

    def select(self, node_ids: list[str]) -> None:
        """Select exactly these nodes."""
        self._scene.select(node_ids)

    def select_all(self) -> None:
        """Select every node and wire."""
        self._scene.select(list(self._scene.node_items()), list(self._scene.edge_items()))

    def show_node(self, node_id: str) -> None:
        """Select a node and bring it to the middle."""
        if self._document.has_node(node_id):
            self.select([node_id])
            self.centerOn(self._scene.node_item(node_id).box.rect.center())
            self._fitted = False
            self.setFocus()

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

    def context_menu(self) -> QMenu:
        """The menu for what is selected."""
        return selection_menu(self)

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

    # Views of the document

    def content_rect(self) -> QRectF:
        return self._scene.content_rect()

    def placeholder(self) -> str:
        return "" if self._document.graph.nodes else EMPTY_TEXT

    def render_image(self, size: QSize) -> QImage:
        selected = self.selected_nodes(), self._scene.selected_edges()
        blocked = self._scene.blockSignals(True)
        self._scene.clearSelection()
        image = super().render_image(size)
        self._scene.select(*selected)
        self._scene.blockSignals(blocked)
        return image

    def _update_cursor(self) -> None:
        if self._gesture is not None and self._gesture.cursor is not None:
            self.viewport().setCursor(self._gesture.cursor)
        elif self._space_held:
            self.viewport().setCursor(Qt.CursorShape.OpenHandCursor)
        else:
            self.viewport().unsetCursor()

    def _on_scene_selection_changed(self) -> None:
        nodes = self.selected_nodes()
        self.setAccessibleDescription(
            self._scene.node_item(nodes[0]).look.summary if len(nodes) == 1 else f"{len(nodes)} nodes selected"
        )
        self.selection_changed.emit(nodes)

    def _on_undo_stack_index_changed(self, _index: int) -> None:
        self.cancel_gesture()
        self.viewport().update()

    def _on_document_design_replaced(self) -> None:
        self.cancel_gesture()
        self.fit()

    def _on_editor_name_entered(self, node_id: str, name: str) -> None:
        self._editor = None
        if self._document.has_node(node_id):
            self._document.rename(node_id, name)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and takes_key(self, event):
            event.accept()
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.close_editor()
        self._pointer = event.position().toPoint()
        if self._gesture is None:
            panning = self._space_held or event.button() == Qt.MouseButton.MiddleButton
            self._space_used = self._space_used or panning
            self._gesture = gesture_for_press(self, event, panning)
            self._update_cursor()
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._pointer = event.position().toPoint()
        if self._gesture is None:
            super().mouseMoveEvent(event)  # hover
        else:
            self._gesture.move(self.mapToScene(self._pointer), self._pointer, event.modifiers())
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        gesture = self._gesture
        still_down = event.buttons() & (Qt.MouseButton.LeftButton | Qt.MouseButton.MiddleButton)
        if gesture is not None and not still_down:
            self._gesture = None
            gesture.finish(self.mapToScene(event.position().toPoint()))
            self._update_cursor()
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and self._scene.node_at(
            self.mapToScene(event.position().toPoint())
        ):
            self.cancel_gesture()
            self.rename_selected()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.cancel_gesture()
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            at = self.mapToScene(event.pos())
            node_id, edge = self._scene.node_at(at), self._scene.edge_at(at, self.reach(WIRE_REACH))
            if node_id is not None and node_id not in self.selected_nodes():
                self.select([node_id])
            elif node_id is None and edge is not None and edge not in self._scene.selected_edges():
                self._scene.select([], [edge])
            elif node_id is None and edge is None:
                self.select([])
        menu = self.context_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if takes_key(self, event):
            run_key(self, event)
            event.accept()
        else:
            event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self.hold_space(False)
        event.accept()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._space_used = True
        self.hold_space(False)
        self.viewport().update()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_layer(event.mimeData()) is not None:
            event.acceptProposedAction()
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        layer = dropped_layer(event.mimeData())
        if layer is None:
            event.ignore()
            return
        self._pointer = event.position().toPoint()
        self.show_hint(self._drop.show(layer, self.mapToScene(self._pointer)))
        event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._drop.hide()
        self.show_hint("")

    def dropEvent(self, event: QDropEvent) -> None:
        layer = dropped_layer(event.mimeData())
        self._drop.hide()
        self.show_hint("")
        if layer is None:
            event.ignore()
            return
        self.cancel_gesture()
        self.drop_layer(layer.kind, self.mapToScene(event.position().toPoint()))
        event.acceptProposedAction()
        self.setFocus()
