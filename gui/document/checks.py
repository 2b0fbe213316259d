"""What is wrong with the design as it is now, with the data at hand: kept for every view that shows problems."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.data import DataSettings, PreparedData
from engine.fitting import data_problems
from engine.fixes import Fix
from engine.graph import Edge
from engine.plan import Problem

if TYPE_CHECKING:
    from gui.document.document import Document


class Checks(QObject):
    """Problems of the plan, and of the design with its data; and their one-click fixes."""

    changed = Signal()
    """The problems may be others; comes with every change of the plan, but not when a design is replaced."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self._owner = weakref.ref(document)
        self._data: tuple[DataSettings, PreparedData] | None = None
        self._problems: tuple[Problem, ...] | None = None
        document.plan_changed.connect(self._on_document_plan_changed)
        document.data_changed.connect(self._on_document_plan_changed)
        document.design_replaced.connect(self._on_document_design_replaced)

    @property
    def data(self) -> PreparedData | None:
        """The data of the design; None while it is not loaded."""
        document = self._document
        return self._data[1] if self._data is not None and self._data[0] == document.design.data else None

    def set_data(self, settings: DataSettings, data: PreparedData) -> None:
        """Say what data belongs to these settings."""
        self._data = (settings, data)
        self._on_document_plan_changed()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Errors first, then warnings."""
        if self._problems is None:
            plan, data = self._document.plan, self.data
            found = [*plan.problems, *plan.warnings]
            if data is not None:
                broken = {problem.node for problem in plan.problems}
                found += [p for p in data_problems(plan, data) if p.node not in broken]
            self._problems = tuple(sorted(found, key=lambda problem: problem.severity != "error"))
        return self._problems

    @property
    def errors(self) -> list[Problem]:
        """What is wrong."""
        return [problem for problem in self.problems if problem.severity == "error"]

    @property
    def warnings(self) -> list[Problem]:
        """What is probably not meant."""
        return [problem for problem in self.problems if problem.severity == "warning"]

    def by_node(self) -> dict[str, list[Problem]]:
        """The problems of every node that has some."""
        found: dict[str, list[Problem]] = {}
        for problem in self.problems:
            if problem.node is not None:
                found.setdefault(problem.node, []).append(problem)
        return found

    def of_node(self, node_id: str) -> list[Problem]:
        """The problems of one node."""
        return [problem for problem in self.problems if problem.node == node_id]

    def of_edge(self, edge: Edge) -> list[Problem]:
        """The problems of one wire."""
        return [problem for problem in self.problems if problem.edge == edge]

    def fixes(self, problem: Problem) -> list[Fix]:
        """What would mend a problem, the best first; worked out now, so ask only for what is shown."""
        return self._document.plan.fixes(problem, self.data)

    def mend(self, fix: Fix) -> None:
        """Carry out a fix, as one undo step. One of an older design, whose layers are gone, does nothing."""
        document = self._document
        try:
            graph = fix.apply(document.graph)
        except (KeyError, ValueError):
            return
        document.set_graph(graph, fix.text)

    @property
    def _document(self) -> Document:
        document = self._owner()
        assert document is not None  # it owns this object
        return document

    def _on_document_plan_changed(self) -> None:
        self._problems = None
        self.changed.emit()

    def _on_document_design_replaced(self) -> None:
        self._problems = None
