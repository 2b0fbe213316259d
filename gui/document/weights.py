"""Which layers keep their trained weights when training starts again, and which begin anew."""

from __future__ import annotations

import weakref
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.carrying import stale_nodes
from engine.shapes import Shape

if TYPE_CHECKING:
    from gui.document.document import Document


class WeightMarks(QObject):
    """Compares the design with the weights of the last run, on every edit. It holds shapes, no weights."""

    changed = Signal()
    """Other nodes begin anew, or there are weights now; does not come when a design is replaced."""
    dropped_changed = Signal()
    """The user gave up weights, or keeps them after all."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self._owner = weakref.ref(document)
        self._trained: Mapping[str, Shape] | None = None
        self._dropped: frozenset[str] = frozenset()
        self._stale: frozenset[str] = frozenset()
        document.plan_changed.connect(self._refresh)
        document.design_replaced.connect(self._on_document_design_replaced)

    @property
    def are_trained(self) -> bool:
        """There are weights of a run."""
        return self._trained is not None

    @property
    def stale(self) -> frozenset[str]:
        """Nodes whose weights will be drawn anew at the next start."""
        return self._stale

    @property
    def dropped(self) -> frozenset[str]:
        """Nodes whose weights the user gave up."""
        return self._dropped

    def set_trained(self, shapes: Mapping[str, Shape] | None) -> None:
        """Say which weights there are, by name; None when there are none. Nothing is given up then."""
        before = (self._stale, self.are_trained, self._dropped)
        self._trained, self._dropped = shapes, frozenset()
        self._stale = self._find()
        if before != (self._stale, self.are_trained, self._dropped):
            self.changed.emit()

    def trainable(self, node_ids: Collection[str] | None = None) -> list[str]:
        """Those of the nodes (of all, if none are named) that have weights."""
        document = self._owner()
        nodes = document.plan.nodes if document is not None else {}
        return [i for i in (nodes if node_ids is None else node_ids) if i in nodes and nodes[i].parameters]

    def reinitialize(self, node_ids: Collection[str] | None = None) -> None:
        """Give up the weights of some nodes, or of all; they begin anew at the next start."""
        self._drop(self._dropped | set(self.trainable(node_ids)))

    def keep(self, node_ids: Collection[str]) -> None:
        """Take `reinitialize` back."""
        self._drop(self._dropped - set(node_ids))

    def _drop(self, dropped: frozenset[str]) -> None:
        if self._trained is not None and dropped != self._dropped:
            self._dropped = dropped
            self._stale = self._find()
            self.changed.emit()
            self.dropped_changed.emit()

    def _find(self) -> frozenset[str]:
        document = self._owner()
        if self._trained is None or document is None:
            return frozenset()
        return stale_nodes(self._trained, document.plan, self._dropped)

    def _refresh(self) -> None:
        before, self._stale = self._stale, self._find()
        if before != self._stale:
            self.changed.emit()

    def _on_document_design_replaced(self) -> None:
        self._trained, self._dropped, self._stale = None, frozenset(), frozenset()
