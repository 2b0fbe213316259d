"""Entries of the context menu that mend problems and give up trained weights."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QMenu

from engine.graph import Edge
from gui.document.document import Document

FIXES_AT_MOST = 4


def add_fixes(menu: QMenu, document: Document, node_ids: list[str], edges: list[Edge]) -> None:
    """Put the one-click fixes of the selected nodes and wires on top of the menu."""
    checks = document.checks
    problems = [problem for node_id in node_ids for problem in checks.of_node(node_id)]
    problems += [problem for edge in edges for problem in checks.of_edge(edge) if problem not in problems]
    fixes = {fix.text: fix for problem in problems for fix in checks.fixes(problem)}
    for fix in [*fixes.values()][:FIXES_AT_MOST]:
        menu.addAction(f"Fix: {fix.text}".replace("&", "&&"), partial(checks.mend, fix))
    if fixes:
        menu.addSeparator()


def add_weights(menu: QMenu, document: Document, node_ids: list[str] | None) -> None:
    """Offer to begin some layers anew (all, without ids), once there are trained weights."""
    weights = document.weights
    owners = weights.trainable(node_ids)
    if not weights.are_trained or not owners:
        return
    kept = [node_id for node_id in owners if node_id not in weights.stale]
    if node_ids is None:
        menu.addSeparator()
        menu.addAction("Re-initialize all weights", partial(weights.reinitialize, None)).setEnabled(bool(kept))
        return
    if not kept and weights.dropped.issuperset(owners):
        menu.addAction("Keep trained weights", partial(weights.keep, owners))
        return
    action = menu.addAction("Re-initialize weights", partial(weights.reinitialize, owners))
    action.setEnabled(bool(kept))
