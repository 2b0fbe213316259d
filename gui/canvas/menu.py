"""The context menu of the canvas."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

if TYPE_CHECKING:
    from gui.canvas.view import CanvasView


def selection_menu(view: CanvasView) -> QMenu:
    """What can be done with the selection; with nothing selected, with the whole canvas."""
    menu = QMenu(view)
    nodes, edges = view.selected_nodes(), view.canvas_scene.selected_edges()
    if nodes:
        menu.addAction("Rename\tF2", view.rename_selected).setEnabled(len(nodes) == 1)
        menu.addAction("Duplicate\tCtrl+D", view.duplicate_selection)
        frozen = all(view.document.node(node_id).frozen for node_id in nodes)
        text = "Unfreeze parameters" if frozen else "Freeze parameters"
        menu.addAction(text, partial(view.freeze_selection, not frozen))
        menu.addSeparator()
    if nodes or edges:
        menu.addAction("Delete\tDel", view.delete_selection)
    else:
        menu.addAction("Select all\tCtrl+A", view.select_all).setEnabled(bool(view.document.graph.nodes))
        menu.addAction("Fit to window\tCtrl+0", view.fit)
        menu.addAction("Zoom to 100 %\tCtrl+1", view.reset_zoom)
    return menu
