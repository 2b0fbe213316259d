"""What all result views look at: part, output, threshold, cell of the confusion matrix; chosen in one, seen in all."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from engine.answers import Answer, answers_of
from engine.data import DataError
from engine.plan import make_plan
from gui.views.context import ViewContext

FIRST_THRESHOLD = 0.5
NO_ANSWERS = "No output of this network predicts classes or single numbers."


class ResultState(QObject):
    """Shared by the result views of one context; `ResultState.of` finds it."""

    changed = Signal()
    """Another part, output, threshold or cell is looked at, or another network."""

    def __init__(self, context: ViewContext) -> None:
        """The first part and output; use `of` instead."""
        super().__init__(context)
        self._context = context
        self.parts: tuple[str, ...] = ()
        self.answers: tuple[Answer, ...] = ()
        self.complaint = NO_ANSWERS
        """Why there is no answer."""
        self.part = "dev"
        self.index = 0
        """Which of the answers."""
        self.threshold = FIRST_THRESHOLD
        self.cell: tuple[int, int] | None = None
        """True and predicted class that Examples is to show; None for all that are wrong."""
        context.problem_changed.connect(self._on_context_problem_changed)
        self._on_context_problem_changed()

    @classmethod
    def of(cls, context: ViewContext) -> ResultState:
        """The state of a context; it is a child of it."""
        found = context.findChild(cls)
        return found if isinstance(found, cls) else cls(context)

    @property
    def answer(self) -> Answer | None:
        """The answer looked at; None where there is none."""
        return self.answers[self.index] if self.index < len(self.answers) else None

    @property
    def has_threshold(self) -> bool:
        """There are two classes, so that one threshold decides."""
        return self.answer is not None and len(self.answer.class_names) == 2

    @property
    def used_threshold(self) -> float:
        """The threshold where there is one to choose, else the usual one."""
        return self.threshold if self.has_threshold else FIRST_THRESHOLD

    def choose(self, *, part: str | None = None, index: int | None = None, threshold: float | None = None) -> None:
        """Look at something else; what is not given stays."""
        before = (self.part, self.index, self.threshold)
        if index is not None and index != self.index:
            self.cell = None
        self.part = self.part if part is None else part
        self.index = self.index if index is None else index
        self.threshold = self.threshold if threshold is None else min(max(threshold, 0.0), 1.0)
        if (self.part, self.index, self.threshold) != before:
            self.changed.emit()

    def choose_cell(self, cell: tuple[int, int] | None) -> None:
        """Look at the examples of one cell of the confusion matrix, or at all again."""
        if cell != self.cell:
            self.cell = cell
            self.changed.emit()

    def _on_context_problem_changed(self) -> None:
        problem, before = self._context.problem, self.answers
        self.parts, self.answers, self.complaint = (), (), NO_ANSWERS
        if problem is not None:
            self.parts = tuple(part for part, found in problem.data.parts.items() if found.m)
            try:
                self.answers = answers_of(make_plan(problem.design.graph).outputs, problem.data)
            except (DataError, ValueError) as error:
                self.complaint = str(error)
            if self.part not in self.parts:
                self.part = "dev" if "dev" in self.parts else "train"
        if self.answers != before and problem is not None:
            self.index, self.threshold, self.cell = 0, FIRST_THRESHOLD, None
        self.changed.emit()
