"""Fine-tuning: a new head for the data, and everything before it frozen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.plan import DesignError
from engine.transfer import with_new_head

if TYPE_CHECKING:
    from gui.canvas.view import CanvasView


def replace_head(view: CanvasView) -> None:
    """Let the last layers with weights begin anew, made for the data, and freeze the others; one step to undo."""
    document = view.document
    try:
        graph, new = with_new_head(document.graph, document.checks.data)
    except DesignError as error:
        view.show_hint(str(error), "error", anywhere=True)
        return
    document.set_graph(graph, "Replace the head")
    view.select(list(new))
    titles = " and ".join(f"'{document.node(node_id).title}'" for node_id in new)
    view.show_hint(f"{titles} will learn anew; all layers before are frozen.", anywhere=True)
