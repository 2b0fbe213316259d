"""The canvas: shows the design and turns mouse and keys into edits of the document."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QMenu, QWidget

from gui.canvas.autoscroll import EdgeScroller
from gui.canvas.blocking import Blocking
from gui.canvas.copying import Copying
from gui.canvas.drop import DropFeedback, dropped_layer
from gui.canvas.editing_view import EditingView
from gui.canvas.finding import Finder
from gui.canvas.geometry import WIRE_REACH, PortHit
from gui.canvas.gestures import Gesture
from gui.canvas.hint import Level, PointerHint
from gui.canvas.keys import run_key, takes_key
from gui.canvas.menu import selection_menu
from gui.canvas.minimap import Minimap
from gui.canvas.node_maps import NodeMaps
from gui.canvas.noting import Noting
from gui.canvas.overview import is_far
from gui.canvas.press import double_click, gesture_for_press
from gui.canvas.speaking import Speaker
from gui.canvas.tidying import Tidying
from gui.document import Document

GONE = "This block is not in the palette any more. Its file was removed or cannot be read."


class CanvasView(EditingView):
    """Mirror and editor of a document's graph."""

    selection_changed = Signal(list)
    """Ids of the selected nodes and blocks."""
    noticed = Signal(str)
    """A sentence for the user, such as why nothing was pasted."""
    informed = Signal(str)
    """A sentence about what was done, where the canvas does not show it."""
    table_pasted = Signal(str)
    """What was pasted is no layers but the cells of a table."""
    space_tapped = Signal()
    """Space was pressed and released without panning; the canvas keeps the key from shortcuts of the window."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(document, parent)
        self._gesture: Gesture | None = None
        self._drop = DropFeedback(self._scene)
        self._space_held = self._space_used = self._folded = False
        self._pointer = QPoint()
        self._pointer_inside = False
        self._menu_at: QPointF | None = None
        self._hint = PointerHint(self)
        self._scroller = EdgeScroller(self)
        self.finder = Finder(self)
        self.copying = Copying(self)
        self.blocking = Blocking(self)
        self.noting = Noting(self)
        self.speaker = Speaker(self)
        self.tidying = Tidying(self)
        self.minimap = Minimap(self)
        self.maps = NodeMaps(self)
        self.setAcceptDrops(True)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Design canvas")
        self.setObjectName("canvas")
        self._scene.selectionChanged.connect(self._on_scene_selection_changed)
        self._scene.pictures.wanted.connect(self.viewport().update)
        self.seen_changed.connect(self._on_seen_changed)
        document.undo_stack.indexChanged.connect(self._on_undo_stack_index_changed)
        document.design_replaced.connect(self._on_document_design_replaced)
        self._on_scene_selection_changed()

    # For gestures and keys

    @property
    def gesture(self) -> Gesture | None:
        """The gesture that is going on."""
        return self._gesture

    def cancel_gesture(self) -> bool:
        """Give up the gesture that is going on; returns whether there was one."""
        gesture, self._gesture = self._gesture, None
        self._scroller.stop()
        if gesture is not None:
            gesture.cancel()
            self.update_cursor()
        return gesture is not None

    def show_hint(self, text: str, level: Level = "info", *, anywhere: bool = False) -> None:
        """Show a sentence beside the pointer, or else in the middle if `anywhere`; "" hides it."""
        middle = anywhere and not self._pointer_inside
        self._hint.show_text(text, level, self.viewport().rect().center() if middle else self._pointer)

    def offer_layers(self, start: PortHit, at: QPointF) -> None:
        """Offer the layers that fit at the loose end of a wire from a port to a point of the scene."""
        self.finder.follow(start, at)

    def hold_space(self, held: bool) -> None:
        """Space went down or up: while it is down, the mouse pans."""
        if held:
            self._space_held, self._space_used = True, False
        elif self._space_held:
            self._space_held = False
            if not self._space_used:
                self.space_tapped.emit()
        self.update_cursor()

    def pointer_in_scene(self) -> QPointF | None:
        """Where the mouse, or the menu it opened, is in the scene; None while it is elsewhere."""
        if self._menu_at is not None:
            return self._menu_at
        return self.mapToScene(self._pointer) if self._pointer_inside else None

    def menu_point(self) -> QPointF | None:
        """Where in the scene the context menu was opened with the mouse; None when none was."""
        return self._menu_at

    def close_editor(self) -> None:
        """End a renaming or writing that is going on, and take the text."""
        super().close_editor()
        self.noting.close_editor(True)

    def rename_selected(self) -> None:
        """Open a field over the name of the selected node, or the text of the selected note."""
        if self.noting.selected() is not None:
            self.noting.edit()
        else:
            super().rename_selected()

    def append_layer(self, kind: str) -> str:
        try:
            return super().append_layer(kind)
        except KeyError:
            self.noticed.emit(GONE)
            return ""

    def reveal(self, node_id: str) -> None:
        self.blocking.reveal(node_id)

    def repeat_drag(self) -> None:
        """The canvas scrolled under the pointer while something is dragged."""
        if self._gesture is not None:
            self._gesture.move(self.mapToScene(self._pointer), self._pointer, Qt.KeyboardModifier.NoModifier)
        elif self._drop.layer is not None:
            self.show_hint(self._drop.show(self._drop.layer, self.mapToScene(self._pointer)))

    # Commands that depend on the mouse

    def paste(self) -> list[str]:
        """Paste what is on the clipboard at the pointer, or beside the original; returns the new ids."""
        return self.copying.paste(self.pointer_in_scene())

    def toggle_minimap(self) -> None:
        """Show the map while something is out of sight, or never."""
        self.minimap.set_wanted(not self.minimap.wanted)

    def context_menu(self) -> QMenu:
        """The menu for what is selected."""
        return selection_menu(self)

    def update_cursor(self) -> None:
        """Show what the next press does."""
        if self._gesture is not None and self._gesture.cursor is not None:
            self.viewport().setCursor(self._gesture.cursor)
        elif self._space_held:
            self.viewport().setCursor(Qt.CursorShape.OpenHandCursor)
        elif self.noting.is_drawing:
            self.viewport().setCursor(Qt.CursorShape.CrossCursor)
        else:
            self.viewport().unsetCursor()

    def _end_drop(self) -> None:
        self._drop.hide()
        self._scroller.stop()
        self.show_hint("")

    # Slots

    def _on_scene_selection_changed(self) -> None:
        self.speaker.update()
        self.selection_changed.emit([*self._scene.selected_boxes(), *self._scene.frames.selected()])

    def _on_seen_changed(self) -> None:
        far = is_far(self.zoom, len(self._document.graph.nodes))
        modes = self.ViewportUpdateMode
        self.setViewportUpdateMode(modes.FullViewportUpdate if far else modes.SmartViewportUpdate)
        self._scene.set_far(far)
        self._scene.show_carried()
        self.minimap.refresh()

    def _on_undo_stack_index_changed(self, _index: int) -> None:
        self.cancel_gesture()
        self.finder.close()
        self.viewport().update()

    def _on_document_design_replaced(self) -> None:
        self.cancel_gesture()
        self.finder.close()
        self.noting.close_editor(False)
        self.noting.stop_drawing()
        self.tidying.cancel()
        self.fit()

    # Qt

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.ShortcutOverride and takes_key(self, event):
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Tab and takes_key(self, event):
                self.keyPressEvent(event)  # Qt would move the focus; Shift+Tab still does
                return True
        return super().event(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self._scene.pictures.begin_frame(self.zoom)
        if event.type() == QEvent.Type.Leave:
            self._pointer_inside = False
        return super().viewportEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.seen_changed.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.close_editor()
        self._menu_at = None
        self._pointer, self._pointer_inside = event.position().toPoint(), True
        if self._gesture is None:
            panning = self._space_held or event.button() == Qt.MouseButton.MiddleButton
            self._space_used = self._space_used or panning
            before = self._document.graph
            self._gesture = gesture_for_press(self, event, panning)
            self._folded = self._document.graph is not before  # the button of a block was pressed
            self.update_cursor()
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._menu_at = None
        self._pointer, self._pointer_inside = event.position().toPoint(), True
        if self._gesture is None:
            super().mouseMoveEvent(event)  # hover
            self.noting.follow_pointer()
        else:
            self._gesture.move(self.mapToScene(self._pointer), self._pointer, event.modifiers())
            self.update_cursor()
            if self._gesture.scrolls:
                self._scroller.follow(self._pointer)
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        gesture = self._gesture
        still_down = event.buttons() & (Qt.MouseButton.LeftButton | Qt.MouseButton.MiddleButton)
        if gesture is not None and not still_down:
            self._gesture = None
            self._scroller.stop()
            gesture.finish(self.mapToScene(event.position().toPoint()))
            self.update_cursor()
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)
        if event.button() != Qt.MouseButton.LeftButton or self._space_held:
            return
        at = self.mapToScene(event.position().toPoint())
        self.cancel_gesture()
        if not self._folded:
            double_click(self, at)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.cancel_gesture()
        self.noting.stop_drawing()
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            at = self._menu_at = self.mapToScene(event.pos())
            node_id, edge = self._scene.node_at(at), self._scene.edge_at(at, self.reach(WIRE_REACH))
            node_id = node_id or self.noting.note_at(at)
            if node_id is None and edge is None:
                node_id = self._scene.frames.at(at)
            if node_id is not None and node_id not in self._scene.selected_ids():
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
            self._menu_at = None
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
        self.speaker.update()
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._space_used = True
        self.hold_space(False)
        self.noting.stop_drawing()
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
        self._scroller.follow(self._pointer)
        event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._end_drop()

    def dropEvent(self, event: QDropEvent) -> None:
        layer = dropped_layer(event.mimeData())
        self._end_drop()
        if layer is None:
            event.ignore()
            return
        self.cancel_gesture()
        try:
            self.drop_layer(layer, self.mapToScene(event.position().toPoint()))
        except KeyError:
            self.noticed.emit(GONE)
            return
        event.acceptProposedAction()
        self.setFocus()
